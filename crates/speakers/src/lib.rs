//! Who spoke when in a recording, from 16 kHz mono samples.
//!
//! Two networks do the hearing. [`Networks`] holds both, read from one file of weights, which [`convert`] makes:
//!
//! - pyannote segmentation-3.0 (MIT, Hervé Bredin, CNRS): up to three voices in a window of 10 s, and when each speaks.
//! - CAM++ (Apache-2.0, 3D-Speaker, Alibaba): a vector for a piece of speech; those of one voice are close to each other.
//!
//! The vectors are biometric data. They stay in memory: nothing here writes a file, and no vector leaves the crate.
#![forbid(unsafe_code)]

pub mod convert;
mod diarization;
mod embedding;
mod evidence;
mod listener;
mod matrix;
mod networks;
mod segmentation;
#[cfg(test)]
mod testing;
mod weights;

pub use diarization::{Diarization, Speaker, SpeakerCount, Turn};
pub use evidence::Evidence;
pub use listener::Listener;
pub use networks::{Networks, NetworksError};
pub use weights::WeightsError;

/// Samples per second of everything that goes in.
pub const SAMPLE_RATE: usize = 16_000;
