//! Speech models: which ones are published, where they are on this computer, how to download and verify them.
//!
//! A model is one `.bin` file in whisper.cpp's ggml format. [`catalogue`] lists the published ones, [`Store`] finds them on
//! the disk, [`download`] fetches them, and [`Header::read`] validates a file before whisper.cpp loads it, because
//! whisper.cpp ends the process on a damaged one.
//!
//! Running a model is the task of [`whisper`](crate::whisper).

mod catalogue;
#[cfg(feature = "download")]
pub mod download;
mod header;
mod identify;
mod store;

pub use catalogue::{Archive, DEFAULT, Model, ModelKind, RECOMMENDED, catalogue, nearest, published, size_for_people};
pub use header::Header;
pub(crate) use header::stored_weights;
pub use identify::{identify, is_published};
pub use store::{Installed, Store, by_name};
