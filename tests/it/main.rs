//! Tests of the library and of the whole program. One binary, so that the crate is linked once.

#![allow(clippy::unwrap_used)]
mod bad_input;
mod batch;
mod browser;
mod captions;
mod channels;
mod format;
mod guards;
mod interrupt;
mod live;
#[cfg(all(feature = "microphone", target_os = "linux"))]
mod microphone;
#[cfg(feature = "download")]
mod models;
#[cfg(feature = "page")]
mod page;
mod program;
mod real;
mod resume;
mod review;
mod run;
mod save;
mod sound;
mod tidy;
mod transcripts;
