//! Voice activity detection, and cutting a recording into chunks at pauses.
//!
//! Whisper reads 30 s at a time and invents text where nobody speaks, so it gets chunks that contain speech and end at
//! pauses. Two streaming steps make them, neither of which ever goes back: [`VoiceActivityDetector`] finds regions of
//! speech (one network proposes, [`Silero`] confirms), and [`Chunker`] packs the regions into chunks. Only the samples
//! of the chunk that is being filled stay in memory. Nothing here knows about words.
//!
//! Two types hold sound, throughout the crate:
//!
//! - A [`Chunk`] **owns** a piece that was cut from a recording, and knows where speech is in it. It is the unit of
//!   work of the [pipeline](crate::pipeline).
//! - A [`Clip`](crate::Clip) **borrows** any stretch of samples, together with the time of the first one. It is what a
//!   [recogniser](crate::Recogniser) reads: a whole chunk or a part of it.
//!
//! Both are on the recording's clock and keep the pauses inside them, so no time is ever shifted.

mod buffer;
mod chunk;
mod chunker;
mod confirmer;
mod detector;
mod music;
mod silero;
mod utterances;
pub use crate::transcript::VadOptions;
pub use chunk::Chunk;
pub use chunker::Chunker;
pub use detector::{SpeechRegion, VoiceActivityDetector};
pub use silero::Silero;
pub(crate) use utterances::Utterances;
