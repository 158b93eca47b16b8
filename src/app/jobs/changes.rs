//! Changes of the speakers of a transcript that lies on the disk, of which the last can be taken back.

use std::io;
use std::path::{Path, PathBuf};

use crate::app::store::{Readers, file_name, folder_of, hidden_name, write_whole};
use crate::digest::Sha256;
use crate::format::{self, Format, Style};
use crate::import::{self, Source};
use crate::{Error, Transcript, files};

/// What the file is called in which a transcript stays as it was: `.talk.json.speakers-before`, which no pattern of transcripts finds.
const SUFFIX: &str = "speakers-before";

/// What came of taking a change back.
#[derive(Clone, Debug, PartialEq)]
pub enum Undone {
    /// The transcript is as it was before; the change can be taken back once more, and is there again.
    Done(Box<Transcript>),
    /// There is no change of this transcript.
    Nothing,
    /// Something else was changed since, which would be lost.
    ChangedSince,
}

/// A transcript as it was before a change.
struct Kept {
    transcript: Transcript,
    /// [`digest`] of what the change made of it.
    made: String,
}

/// Writes a transcript whose speakers have changed. The one before is kept beside it, for those who may read it.
///
/// # Errors
/// [`Error::Write`], also if something else lies where it would be kept.
pub fn write_changed(path: &Path, before: &Transcript, after: &Transcript) -> Result<(), Error> {
    let place = hidden(path, SUFFIX);
    let replace = kept(&place)?.is_some();
    keep(before, after, &place, replace, path)?;
    write_whole(&json(after), path, true, Readers::AsUsual)
}

/// Takes the last change back.
///
/// # Errors
/// As [`write_changed`].
pub fn undo(path: &Path, now: &Transcript) -> Result<Undone, Error> {
    let place = hidden(path, SUFFIX);
    let Some(Kept { transcript: before, made }) = kept(&place)? else { return Ok(Undone::Nothing) };
    if digest(now) != made {
        // What was to be written may never have been, or be of a recording that lay here before.
        let is_of_now = before.recording.sha256 == now.recording.sha256 && digest(&before) != digest(now);
        return Ok(if is_of_now { Undone::ChangedSince } else { Undone::Nothing });
    }
    // What was heard again since stays so.
    let before = Transcript { checked: now.checked.clone(), ..before };
    // Whatever fails, both are on the disk.
    let now_kept = hidden(path, "speakers-now");
    keep(now, &before, &now_kept, true, path)?;
    write_whole(&json(&before), path, true, Readers::AsUsual)?;
    let failed = |source| Error::Write { path: now_kept.clone(), source };
    std::fs::rename(&now_kept, place).map_err(failed)?;
    Ok(Undone::Done(Box::new(before)))
}

/// Whether people have changed who speaks in the transcript at `path`, by what is kept of it.
pub(super) fn is_changed(path: &Path, transcript: &Transcript) -> bool {
    let kept = kept(&hidden(path, SUFFIX)).ok().flatten();
    kept.is_some_and(|kept| kept.transcript.recording.sha256 == transcript.recording.sha256)
}

fn json(transcript: &Transcript) -> Vec<u8> {
    let mut content = Vec::new();
    // Writing into memory does not fail.
    let _ = format::write(Format::Json, transcript, &Style::default(), &mut content);
    content
}

/// A digest of a transcript, whatever was heard again.
fn digest(transcript: &Transcript) -> String {
    Sha256::of_bytes(json(&Transcript { checked: Vec::new(), ..transcript.clone() })).to_string()
}

/// Writes a transcript to `place`, behind a line with the digest of what a change makes of it, for the readers of `path`.
fn keep(transcript: &Transcript, made: &Transcript, place: &Path, replace: bool, path: &Path) -> Result<(), Error> {
    let content = [digest(made).as_bytes(), b"\n", &json(transcript)].concat();
    write_whole(&content, place, replace, Readers::Of(&[path.to_owned()]))
}

fn hidden(path: &Path, suffix: &str) -> PathBuf {
    folder_of(path).join(hidden_name(&file_name(path), suffix))
}

/// The transcript that is kept at `place`, of whatever recording; `None`: none is.
///
/// # Errors
/// [`Error::Write`] if something else lies there.
fn kept(place: &Path) -> Result<Option<Kept>, Error> {
    if place.symlink_metadata().is_err() {
        return Ok(None);
    }
    let found = files::read(place).ok().and_then(|content| {
        let line = content.iter().position(|byte| *byte == b'\n')?;
        let made = std::str::from_utf8(&content[..line]).ok()?;
        let (transcript, source) = import::parse(&content[line + 1..], place).ok()?;
        (source == Source::Transcribe).then(|| Kept { transcript, made: made.to_owned() })
    });
    let other = || io::Error::new(io::ErrorKind::AlreadyExists, "something else than an earlier transcript lies there");
    found.map(Some).ok_or_else(|| Error::Write { path: place.to_owned(), source: other() })
}
