//! Where a transcript comes from: recording, model and glossary.

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
#[serde(default)]
pub struct GlossaryId {
    /// File name without folders.
    pub file: String,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}
