//! Tests of the library and of the whole program. One binary, so that the crate is linked once.

#![allow(clippy::unwrap_used)]
mod format;
mod models;
mod sound;
mod tidy;
