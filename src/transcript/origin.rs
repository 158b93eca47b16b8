//! Where a transcript comes from: recording, model and glossary.

use serde::{Deserialize, Serialize};

use super::{Millis, SpeakerId};

/// The recording of a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingId {
    /// File name without folders; `stdin` for standard input. Of the first file, if there are several; the name of a conversation
    /// of several tracks.
    pub name: String,
    /// In bytes; of all files together. 0 for a live session whose sound was not saved.
    pub size: u64,
    /// Of the whole file, or of all of them as if they were one; 64 lower-case hexadecimal digits. Empty for such a session.
    pub sha256: String,
    /// Names of the files if they are several, in order; else empty.
    pub parts: Vec<String>,
    /// The tracks of a conversation, one file for each person; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<TrackId>,
    /// When it began, in RFC 3339; known for live sessions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
}

/// One of several tracks of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackId {
    /// File name without folders.
    pub file: String,
    /// Who speaks in it; `None`: nobody was heard.
    pub speaker: Option<SpeakerId>,
    /// When it begins, by the clock of the conversation, which is that of a track that begins at 0.
    pub start: Millis,
    /// By how many parts per billion the clock of its recorder is slow; below zero if it is fast.
    pub drift: i64,
}

impl RecordingId {
    /// Name of the file whose times are those of the transcript, and which a player can play along; empty if it is not known.
    pub fn media(&self) -> &str {
        let is_clock = |track: &&TrackId| track.start == Millis(0) && track.drift == 0;
        self.tracks.iter().find(is_clock).or(self.tracks.first()).map_or(&self.name, |track| &track.file)
    }
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
