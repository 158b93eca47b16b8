//! All tests of the whole: one program, so that it links once.

#![allow(clippy::unwrap_used)]

#[cfg(feature = "download")]
mod models;
