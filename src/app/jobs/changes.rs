//! Changes of the speakers of a transcript that lies on the disk, of which the last can be taken back.

use std::path::{Path, PathBuf};

use crate::app::store::{Readers, file_name, folder_of, hidden_name, write_whole};
use crate::format::{self, Format, Style};
use crate::import::{self, Source};
use crate::{Error, Transcript};

/// What the file is called in which a transcript stays as it was: `.talk.json.speakers-before`, which no pattern of transcripts finds.
const SUFFIX: &str = "speakers-before";

/// What came of taking a change back.
#[derive(Clone, Debug, PartialEq)]
pub enum Undone {
    /// The transcript is as it was before; the change can be taken back once more, and is there again.
    Done(Box<Transcript>),
    /// There is no change.
    Nothing,
    /// Something else was changed since, which would be lost.
    ChangedSince,
}

/// Writes a transcript whose speakers have changed. The one before is kept beside it, for those who may read it.
///
/// # Errors
/// [`Error::Write`]; [`Error::Exists`] if something else lies where it would be kept.
pub fn write_changed(path: &Path, before: &Transcript, after: &Transcript) -> Result<(), Error> {
    let replace = kept(path, before)?.is_some();
    write(before, &place(path), replace, Readers::Of(&[path.to_owned()]))?;
    write(after, path, true, Readers::AsUsual)
}

/// Takes the last change back.
///
/// # Errors
/// As [`write_changed`].
pub fn undo(path: &Path, now: &Transcript) -> Result<Undone, Error> {
    let Some(before) = kept(path, now)? else { return Ok(Undone::Nothing) };
    if !is_same_but_speakers(&before, now) {
        return Ok(Undone::ChangedSince);
    }
    // What was heard again since stays so.
    let before = Transcript { checked: now.checked.clone(), ..before };
    // Whatever fails, both are on the disk.
    let now_kept = hidden(path, "speakers-now");
    write(now, &now_kept, true, Readers::Of(&[path.to_owned()]))?;
    write(&before, path, true, Readers::AsUsual)?;
    let failed = |source| Error::Write { path: now_kept.clone(), source };
    std::fs::rename(&now_kept, place(path)).map_err(failed)?;
    Ok(Undone::Done(Box::new(before)))
}

fn write(transcript: &Transcript, path: &Path, replace: bool, readers: Readers<'_>) -> Result<(), Error> {
    let mut content = Vec::new();
    // Writing into memory does not fail.
    let _ = format::write(Format::Json, transcript, &Style::default(), &mut content);
    write_whole(&content, path, replace, readers)
}

fn place(path: &Path) -> PathBuf {
    hidden(path, SUFFIX)
}

fn hidden(path: &Path, suffix: &str) -> PathBuf {
    folder_of(path).join(hidden_name(&file_name(path), suffix))
}

/// The transcript that is kept for this one; `None`: none is.
///
/// # Errors
/// [`Error::Exists`] if something else lies there.
fn kept(path: &Path, now: &Transcript) -> Result<Option<Transcript>, Error> {
    let place = place(path);
    if place.symlink_metadata().is_err() {
        return Ok(None);
    }
    match import::read(&place) {
        Ok((found, Source::Transcribe)) if found.recording == now.recording => Ok(Some(found)),
        _ => Err(Error::Exists { path: place }),
    }
}

/// Whether the same is said, by the same model, with the same edits; segments may be cut elsewhere.
fn is_same_but_speakers(one: &Transcript, other: &Transcript) -> bool {
    let words = |transcript: &Transcript| {
        let texts = transcript.segments.iter().flat_map(|segment| segment.text.split_whitespace());
        texts.map(str::to_owned).collect::<Vec<_>>()
    };
    let edits = |transcript: &Transcript| transcript.edits.iter().map(|edit| edit.span).collect::<Vec<_>>();
    one.model == other.model && edits(one) == edits(other) && words(one) == words(other)
}
