//! Speech models: which there are, where they lie, how they get there, and whether a file is one.
//!
//! A model is one `.bin` file in whisper.cpp's ggml format. [`CATALOGUE`] knows the published ones, [`Store`]
//! finds them on the disk, [`download`] fetches them, and [`Header::read`] looks through a file before
//! whisper.cpp may see it: a damaged one would make it end the process.
//!
//! Not for running a model; that is [`whisper`](crate::whisper)'s part.

mod catalogue;
mod digest;
#[cfg(feature = "download")]
pub mod download;
mod header;
mod store;
mod weights;

pub use catalogue::{CATALOGUE, DEFAULT, Model, RECOMMENDED, nearest, published, size_for_people};
pub use digest::{identify, sha256, sha256_of};
pub use header::Header;
pub use store::{Installed, Store, by_name};
pub use weights::{Weight, Weights};
