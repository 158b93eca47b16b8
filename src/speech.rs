//! Where people speak, and where to cut between them.
//!
//! Whisper hears 30 s at a time and invents text where nobody speaks, so it gets clips that hold speech, cut at
//! pauses. Two steps, both streams that never look back: [`Detector`] marks stretches of speech (voice activity
//! detection; what it finds is judged by [`Silero`]), [`Chunker`] packs them into clips and keeps only the sound of the
//! clip that it is filling. A clip ([`Chunk`]) knows when it began, and pauses inside it stay, so no time is ever shifted.
//! Nothing here knows words.

mod chunk;
mod chunker;
mod confirmer;
mod detector;
mod silero;
mod track;
mod utterances;
pub use crate::transcript::VadOptions;
pub use chunk::Chunk;
pub use chunker::Chunker;
pub use detector::{Detector, Stretch};
pub use silero::Silero;
pub(crate) use utterances::Utterances;
