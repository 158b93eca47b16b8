//! Where people speak, and where to cut between them.
//!
//! Whisper hears 30 s at a time and invents text where nobody speaks, so it gets clips that hold speech, cut at
//! pauses. Two steps, both streams that never look back: [`Detector`] marks stretches of speech (voice activity
//! detection; what it finds is judged by [`Silero`]), [`Chunker`] packs them into clips and keeps only the sound of the
//! clip that it is filling. A clip ([`Chunk`]) knows when it began, and pauses inside it stay, so no time is ever shifted.
//! Nothing here knows words.

use crate::Millis;

mod chunk;
mod chunker;
mod confirmer;
mod detector;
mod silero;
mod track;
mod utterances;
pub use chunk::Chunk;
pub use chunker::Chunker;
pub use detector::{Detector, Stretch};
pub use silero::Silero;
pub(crate) use utterances::Utterances;

/// How speech is found and cut. All times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VadOptions {
    /// Score at which speech begins, in `0.0..=1.0`.
    pub enter: f32,
    /// Score below which it may end; not above `enter`.
    pub leave: f32,
    /// Score of [`Silero`] that must be reached in the 5 s before or after what was found, or else it is a noise. 0: it
    /// never is.
    pub confirm: f32,
    /// Score of [`Silero`] that hardly a noise or music reaches.
    pub certain: f32,
    /// For how long altogether a clip must reach it to be [certain](Chunk::certain); judged are windows of 32 ms.
    pub min_certain: Millis,
    /// Shorter stretches are no speech: a cough, a door.
    pub min_speech: Millis,
    /// Shorter pauses are part of the speech.
    pub min_silence: Millis,
    /// Added on both sides, so that soft beginnings and ends of words are in.
    pub padding: Millis,
    /// A clip ends at a pause that is at least this long.
    pub long_pause: Millis,
    /// No clip is longer. Whisper's window is 30 s. Less than 5 s is taken for 5 s.
    pub longest: Millis,
}

impl Default for VadOptions {
    fn default() -> VadOptions {
        VadOptions {
            enter: 0.5,
            leave: 0.3,
            confirm: 0.3,
            certain: 0.5,
            min_certain: Millis(64),
            min_speech: Millis(90),
            min_silence: Millis(500),
            padding: Millis(400),
            long_pause: Millis(2_500),
            longest: Millis(28_000),
        }
    }
}

impl VadOptions {
    /// Everything counts as speech, cut at its quietest places. Nothing is judged.
    pub fn everything() -> VadOptions {
        VadOptions { enter: 0.0, leave: 0.0, ..VadOptions::default() }
    }

    /// Is speech looked for at all?
    pub fn detects(&self) -> bool {
        self.enter > 0.0
    }
}
