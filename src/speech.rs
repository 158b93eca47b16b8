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

use crate::Millis;

mod buffer;
mod chunk;
mod chunker;
mod confirmer;
mod detector;
mod silero;
mod utterances;
pub use chunk::Chunk;
pub use chunker::Chunker;
pub use detector::{SpeechRegion, VoiceActivityDetector};
pub use silero::Silero;
pub(crate) use utterances::Utterances;

/// How speech is found, and how long chunks are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VadOptions {
    /// Score at which speech begins, in `0.0..=1.0`; at 0, all sound counts as speech and none is looked for.
    pub onset: f32,
    /// Score below which speech may end, in `0.0..=1.0`; not above `onset`.
    pub offset: f32,
    /// Score of [`Silero`], in `0.0..=1.0`, that must be reached within 5 s before or after a region of speech, which
    /// counts as noise otherwise; at 0, nothing counts as noise.
    pub confirm: f32,
    /// Score of [`Silero`], in `0.0..=1.0`, that noise and music hardly ever reach.
    pub certain: f32,
    /// Total time for which a chunk must reach `certain` to be [certain](Chunk::certain), in windows of 32 ms.
    pub min_certain: Millis,
    /// Shorter regions are not speech but a cough or a door.
    pub min_speech: Millis,
    /// Shorter pauses are part of the speech.
    pub min_silence: Millis,
    /// Added on both sides of a region, so that soft beginnings and endings of words are included.
    pub padding: Millis,
    /// A chunk ends at a pause of at least this length.
    pub long_pause: Millis,
    /// No chunk is longer. Whisper's window is 30 s. Values below 5 s count as 5 s.
    pub max_chunk: Millis,
}

impl Default for VadOptions {
    fn default() -> VadOptions {
        VadOptions {
            onset: 0.5,
            offset: 0.3,
            confirm: 0.3,
            certain: 0.5,
            min_certain: Millis(64),
            min_speech: Millis(90),
            min_silence: Millis(500),
            padding: Millis(400),
            long_pause: Millis(2_500),
            max_chunk: Millis(28_000),
        }
    }
}

impl VadOptions {
    /// No detection: all sound counts as speech, and chunks end at its quietest places.
    pub fn everything() -> VadOptions {
        VadOptions { onset: 0.0, offset: 0.0, ..VadOptions::default() }
    }

    /// Whether speech is looked for at all.
    pub fn detects(&self) -> bool {
        self.onset > 0.0
    }
}
