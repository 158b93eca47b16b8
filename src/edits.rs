//! What people changed in a transcript, as a file of its own, and how it is put into one.
//!
//! An edit is about a stretch of the recording, not about a segment's number: so it also fits the transcript that a better model
//! makes of the same recording. The model's text stays in the transcript's [edits](crate::Transcript::edits). What somebody
//! else has changed there in the meantime is not replaced, unless that is asked for.
//!
//! `docs/formats.md` describes the file. The review page writes it.

mod apply;
mod carry;

use crate::import::json::{misplaced, parse as parse_json};
use crate::import::span;
use crate::{Error, Segment, Span};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use apply::Applied;
pub use carry::carry;

/// Raised only if something changes its meaning.
const VERSION: u32 = 1;

/// Changes of a transcript, by the names of its voices and by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    /// Name of the recording's file.
    pub recording: String,
    /// Its SHA-256; empty if not known.
    pub sha256: String,
    /// What voices were called, and what they are called now.
    pub names: BTreeMap<String, String>,
    /// In order.
    pub changes: Vec<Change>,
}

/// New text for a stretch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// All that is replaced, and all that takes its place, lies within.
    pub span: Span,
    /// The text of the segments that are replaced, joined by blanks.
    pub before: String,
    /// What stands there now; nothing, if it was deleted.
    pub after: Vec<Said>,
}

/// What somebody says in a [`Change`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// When.
    pub span: Span,
    /// Whose words they are, by name as it was before [`Edits::names`]; `None`: not known.
    pub speaker: Option<String>,
    /// Not empty.
    pub text: String,
}

#[derive(Deserialize)]
struct File {
    transcribe_edits: u32,
    #[serde(default)]
    recording: Recording,
    #[serde(default)]
    names: BTreeMap<String, String>,
    edits: Vec<FileEdit>,
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
struct FileSegment {
    start: f64,
    end: f64,
    #[serde(default)]
    speaker: Option<String>,
    text: String,
}

impl Edits {
    /// Reads what the review page wrote.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Transcript`].
    pub fn read(path: &Path) -> Result<Edits, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.into(), source })?;
        Edits::parse(&text, path)
    }

    /// The same from what was read already; `path` is for messages.
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
            for (m, said) in edit.segments.into_iter().enumerate() {
                let span = span(said.start, said.end).ok_or_else(|| wrong(format!(".segments[{m}]")))?;
                stretch = Span::new(stretch.start.0.min(span.start.0), stretch.end.0.max(span.end.0));
                let text = line(&said.text);
                if !text.is_empty() {
                    after.push(Said {
                        span,
                        speaker: said.speaker.map(|name| line(&name)).filter(|n| !n.is_empty()),
                        text,
                    });
                }
            }
            after.sort_by_key(|said| said.span.start);
            changes.push(Change { span: stretch, before: edit.before, after });
        }
        changes.sort_by_key(|change| change.span.start);
        let names = file.names.into_iter().map(|(old, new)| (old, line(&new))).collect();
        Ok(Edits { recording: file.recording.name, sha256: file.recording.sha256, names, changes })
    }

    /// Is there nothing to change?
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.changes.is_empty()
    }
}

/// On one line, with single blanks.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts, joined by blanks.
fn joined<'a>(segments: impl IntoIterator<Item = &'a Segment>) -> String {
    segments.into_iter().map(|segment| segment.text.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
