//! The one binary of integration tests.

#![allow(clippy::unwrap_used)]

mod format;
