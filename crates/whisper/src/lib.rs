//! Whisper speech recognition: whisper.cpp, with the encoder and all products with weights replaced by 8-bit integer arithmetic.
//!
//! A [`Model`] holds the weights. Each [`Decoder`] of it turns clips of up to 30 s into [`Token`]s, on threads and with memory of
//! its own. Several decoders with one thread each are faster than one with several.
//!
//! All unsafe code of the project is in this crate. whisper.cpp is used as it is, through whisper-rs; `ggml_backend` explains
//! how the arithmetic is replaced at run time. So the crate builds and works with any compiler flags, on any processor; what
//! differs is the speed, and [`system_info`] tells what was compiled in.

mod cancel;
mod decoder;
mod encoder;
mod encoder_cache;
mod finite;
mod ggml_backend;
mod memory;
mod model;
mod model_file;
mod processor;
mod prompt;
#[cfg(unix)]
mod signals;

pub use decoder::{DecodeOptions, Decoded, Decoder, Token, TokenRun};
pub use memory::return_large_blocks;
pub use model::{Model, has_gpu, languages, system_info};
pub use model_file::{ModelFile, StoredWeight};
pub use processor::{is_compiled_without_avx2, missing_instructions};
#[cfg(unix)]
pub use signals::is_ignored;

/// Samples in a second of sound, as Whisper expects them.
pub const SAMPLE_RATE: usize = 16_000;

/// Why a model could not be loaded, or a clip not decoded. Holds no text of the clip.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a model that whisper.cpp can use, or can't be read.
    #[error("{0}")]
    Load(String),
    /// The processor lacks instructions that ggml was compiled for.
    #[error("whisper.cpp was compiled for a processor with {}, and this one has none", .0.join(", "))]
    Instructions(Vec<&'static str>),
    /// There is not enough memory to work with the model.
    #[error("not enough memory to work with it")]
    Memory,
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The model computed what is no number, as a damaged one does.
    #[error("it computes what is no number")]
    NotFinite,
    /// Decoding failed.
    #[error("{0}")]
    Decode(String),
}
