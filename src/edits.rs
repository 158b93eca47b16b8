//! Changes that people make to a transcript, in a file of their own, and how they are applied.
//!
//! An edit refers to a time span of the recording, not to the number of a segment, so it also fits the transcript that a better
//! model makes of the same recording. The model's text is kept in the transcript's [edits](crate::Transcript::edits). What
//! somebody else has changed there in the meantime is replaced only on request.
//!
//! `docs/formats.md` describes the file. The review page writes it.

mod apply;
mod carry;
mod fitting;
mod minutes;
mod speakers;
mod take_back;

use crate::import::{canonical, misplaced, parse_json, span};
use crate::transcript::is_blank;
use crate::{Error, Segment, Span, SpeakerId, files};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub use apply::{Applied, OtherName};
pub use carry::carry;
pub use minutes::{Decision, MinutesEdit};

/// Raised only if something changes its meaning.
const VERSION: u32 = 1;

/// Changes of a transcript, by its speakers and by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    /// File name of the recording.
    pub recording: String,
    /// Its SHA-256 in hexadecimal digits; empty if not known.
    pub sha256: String,
    /// The old and the new names of speakers.
    pub names: BTreeMap<String, String>,
    /// The speakers of the transcript that was edited, by their old names; none in files of former versions.
    pub speakers: BTreeMap<String, EditsSpeaker>,
    /// In order of time.
    pub changes: Vec<Change>,
    /// Places that were listened to again, or are to be listened to once more.
    pub checked: Vec<Checked>,
    /// What people decide about a draft of minutes, in the order of the file.
    pub minutes: Vec<MinutesEdit>,
}

/// A speaker of the transcript that was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditsSpeaker {
    /// The number there.
    pub id: SpeakerId,
    /// The names before, as in [`Transcript::former_names`](crate::Transcript::former_names).
    pub former_names: Vec<String>,
}

/// New text for a time span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Contains what is replaced and what replaces it.
    pub span: Span,
    /// The text of the segments that are replaced, joined by blanks.
    pub before: String,
    /// The new text; empty if the old one was deleted.
    pub after: Vec<EditedSegment>,
}

/// Whether somebody has listened to a place again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The place.
    pub span: Span,
    /// Whether that is done.
    pub done: bool,
}

/// A segment of the new text of a [`Change`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditedSegment {
    /// When it is said.
    pub span: Span,
    /// Who says it, by the name before [`Edits::names`]; `None`: not known.
    pub speaker: Option<String>,
    /// Something of it can be seen.
    pub text: String,
}

#[derive(Deserialize)]
struct File {
    transcribe_edits: u32,
    #[serde(default)]
    recording: Recording,
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(default)]
    speakers: Vec<FileSpeaker>,
    edits: Vec<FileEdit>,
    #[serde(default)]
    checked: Vec<FileChecked>,
    #[serde(default)]
    minutes: Vec<minutes::FileMinutes>,
}

#[derive(Deserialize)]
struct FileSpeaker {
    id: u16,
    name: String,
    #[serde(default)]
    former_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Recording {
    name: String,
    sha256: String,
}

#[derive(Deserialize)]
struct FileEdit {
    start: f64,
    end: f64,
    #[serde(default)]
    before: String,
    segments: Vec<FileSegment>,
}

#[derive(Deserialize)]
struct FileChecked {
    start: f64,
    end: f64,
    done: bool,
}

#[derive(Deserialize)]
struct FileSegment {
    start: f64,
    end: f64,
    #[serde(default)]
    speaker: Option<String>,
    text: String,
}

impl Edits {
    /// Reads a file that the review page wrote.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Transcript`].
    pub fn read(path: &Path) -> Result<Edits, Error> {
        let read = files::read(path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e)));
        let text = read.map_err(|source| Error::Read { path: path.into(), source })?;
        Edits::parse(&text, path)
    }

    /// Reads the content of such a file; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Transcript`].
    pub fn parse(text: &str, path: &Path) -> Result<Edits, Error> {
        let file: File = parse_json(text.trim_start_matches('\u{feff}'), path)?;
        if file.transcribe_edits != VERSION {
            let reason = format!("edits of another format ({}; this program knows {VERSION})", file.transcribe_edits);
            return Err(misplaced(path, "`transcribe_edits`".into(), &reason));
        }
        let mut changes = Vec::with_capacity(file.edits.len());
        for (n, edit) in file.edits.into_iter().enumerate() {
            let wrong = |place: String| misplaced(path, format!("`edits[{n}]{place}`"), "that is no time in seconds");
            let mut stretch = span(edit.start, edit.end).ok_or_else(|| wrong(String::new()))?;
            let mut after = Vec::with_capacity(edit.segments.len());
            for (m, segment) in edit.segments.into_iter().enumerate() {
                let span = span(segment.start, segment.end).ok_or_else(|| wrong(format!(".segments[{m}]")))?;
                stretch = Span::new(stretch.start.0.min(span.start.0), stretch.end.0.max(span.end.0));
                let text = line(&segment.text);
                if !is_blank(&text) {
                    after.push(EditedSegment {
                        span,
                        speaker: segment.speaker.map(|name| speaker(&name)).filter(|name| !is_blank(name)),
                        text,
                    });
                }
            }
            after.sort_by_key(|segment| segment.span.start);
            changes.push(Change { span: stretch, before: edit.before, after });
        }
        changes.sort_by_key(|change| change.span.start);
        let names = file.names.into_iter().map(|(old, new)| (speaker(&old), speaker(&new))).collect();
        let known = |one: FileSpeaker| {
            let former_names = one.former_names.iter().map(|name| speaker(name)).collect();
            (speaker(&one.name), EditsSpeaker { id: SpeakerId(one.id), former_names })
        };
        let speakers = file.speakers.into_iter().map(known).collect();
        let wrong = |n| misplaced(path, format!("`checked[{n}]`"), "that is no time in seconds");
        let checked = file.checked.into_iter().enumerate().map(|(n, FileChecked { start, end, done })| {
            Ok(Checked { span: span(start, end).ok_or_else(|| wrong(n))?, done })
        });
        let checked = checked.collect::<Result<_, Error>>()?;
        let minutes = file.minutes.into_iter().enumerate();
        let minutes = minutes.map(|(n, one)| one.checked(n, path)).collect::<Result<_, Error>>()?;
        let (recording, sha256) = (file.recording.name, file.recording.sha256);
        Ok(Edits { minutes, recording, sha256, names, speakers, changes, checked })
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.changes.is_empty() && self.checked.is_empty()
    }
}

/// On one line; `Speaker 1` for what a page in another language calls so.
fn speaker(name: &str) -> String {
    canonical(&line(name)).into_owned()
}

/// On one line, with single blanks.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts, joined by blanks.
fn joined_text<'a>(segments: impl IntoIterator<Item = &'a Segment>) -> String {
    segments.into_iter().map(|segment| segment.text.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
