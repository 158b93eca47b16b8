//! Where a transcript comes from: recording, model and settings.

use super::Millis;
use serde::{Deserialize, Serialize};

/// The recording of a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingId {
    /// File name without folders; `stdin` for standard input. Of the first file, if there are several.
    pub name: String,
    /// In bytes; of all files together. 0 for a live session whose sound was not saved.
    pub size: u64,
    /// Of the whole file, or of all of them as if they were one; 64 lower-case hexadecimal digits. Empty for such a session.
    pub sha256: String,
    /// Names of the files if they are several, in order; else empty.
    pub parts: Vec<String>,
    /// When it began, in RFC 3339; known for live sessions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
}

/// The model that was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelId {
    /// File name without folders.
    pub file: String,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// The glossary that was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlossaryId {
    /// File name without folders.
    pub file: String,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Settings of voice activity detection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vad {
    /// Score at which speech begins, in `0.0..=1.0`.
    pub threshold: f32,
    /// The shortest speech.
    pub min_speech: Millis,
    /// Shorter pauses are part of the speech.
    pub min_silence: Millis,
    /// Time that is added on both sides of speech.
    pub padding: Millis,
    /// The longest clip that is decoded at once.
    pub longest: Millis,
}

/// All settings that can change the text or its times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Languages that may be spoken, as [`Segment::language`](super::Segment::language); empty: any.
    pub languages: Vec<String>,
    /// Whether speech is translated to English.
    pub translate: bool,
    /// Given to the model before each clip; may be empty.
    pub prompt: String,
    /// The glossary; `None`: there was none.
    pub glossary: Option<GlossaryId>,
    /// Beam size; `None`: greedy decoding, and 5 where that leaves doubts.
    pub beam_size: Option<u8>,
    /// The initial sampling temperature, in `0.0..=1.0`.
    pub temperature: f32,
    /// Voice activity detection; `None`: everything was decoded.
    pub vad: Option<Vad>,
    /// Start of the part to transcribe.
    pub from: Millis,
    /// End of the part to transcribe; `None`: to the end.
    pub to: Option<Millis>,
    /// Audio track, counted from 1; `None`: the first that can be decoded.
    pub track: Option<u16>,
}
