//! Recovery of sessions that were killed: their files are finished from the journals that they left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::writer::{SUFFIX, SessionWriter, journal_path};
use super::{SessionEvent, tell};
use crate::app::store::{file_name, folder_of};
use crate::app::{AppEvent, Listener};
use crate::format::{self, Format, Style};
use crate::{Error, PartialReason, Transcript, files, import};

/// The journal of the session that `file` belongs to: the journal itself, one of its output files, or their name. `None` if there
/// is none, so nothing needs recovery.
pub fn journal_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let name = file_name(file);
    let before_dots = name.rmatch_indices('.').map(|(dot, _)| &name[..dot]);
    let of_files = std::iter::once(&*name).chain(before_dots).map(|name| journal_path(folder, name));
    let itself = name.ends_with(SUFFIX).then(|| file.to_owned());
    itself.into_iter().chain(of_files).find(|journal| journal.is_file())
}

/// The name that the journal of a session has, with `NAME` for that of its files.
pub fn journal_pattern() -> String {
    format!(".NAME.{SUFFIX}")
}

/// Finishes all sessions of this user in `folder` that are not running. What fails is told, and the others are finished all the
/// same.
pub fn recover_all(folder: &Path, listener: &dyn Listener) {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(here).into_iter().flatten().flatten();
    let is_of_others = |path: &Path| path.symlink_metadata().is_ok_and(|meta| !files::is_own(&meta, here));
    let journals = entries
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!(".{SUFFIX}"))))
        .filter(|path| !is_of_others(path));
    for journal in journals {
        match open_own(&journal).and_then(|writer| finish(writer, &journal, listener)) {
            // A session that is running.
            Ok(()) | Err(Error::Busy { .. }) => {}
            Err(error) => listener.event(&AppEvent::Failed(&error)),
        }
    }
}

/// Finishes the files of the session with this journal, which the user has named, so it may be anybody's, and deletes the journal.
///
/// # Errors
/// [`Error::Busy`] if the session is running, [`Error::Read`], [`Error::Write`]; the journal stays then.
pub fn recover(journal: PathBuf, listener: &dyn Listener) -> Result<(), Error> {
    let writer = match SessionWriter::open(&journal) {
        Ok(Some(writer)) => writer,
        Err(error @ Error::Busy { .. }) => return Err(error),
        Ok(None) | Err(_) => SessionWriter::open_unverified(&journal)?,
    };
    finish(writer, &journal, listener)
}

/// A journal that nobody has named: only what this user has written counts, and what belongs to it.
fn open_own(journal: &Path) -> Result<SessionWriter, Error> {
    let refuse = |reason: &str| Err(Error::Read { path: journal.into(), source: io::Error::other(reason) });
    let Some(writer) = SessionWriter::open(journal)? else {
        return refuse(
            "it is not sealed with your key: an older version of this program or somebody else wrote it; \
             `transcribe live --recover FILE` finishes it all the same",
        );
    };
    // A header that is there before anything else can only be missing in an empty journal.
    let is_empty = writer.log.header.version == 0;
    match is_empty || journal_path(folder_of(journal), &writer.log.header.name).file_name() == journal.file_name() {
        true => Ok(writer),
        false => refuse("it has got another name; `transcribe live --recover FILE` finishes it all the same"),
    }
}

/// A transcript of somebody else's journal as any other that is read: without paths, and with times that can be.
fn as_read(transcript: &Transcript, journal: &Path) -> Result<Transcript, Error> {
    let mut json = Vec::new();
    // Writing into memory does not fail.
    let _ = format::write(Format::Json, transcript, &Style::default(), &mut json);
    import::parse(&json, journal).map(|(transcript, _)| transcript)
}

fn finish(mut writer: SessionWriter, journal: &Path, listener: &dyn Listener) -> Result<(), Error> {
    let is_verified = writer.is_verified();
    if is_verified && writer.log.header.version == 0 {
        // It was killed before it began.
        writer.close();
        return Ok(());
    }
    if let Some(fault) = writer.log.header.fault() {
        return Err(Error::Read { path: journal.into(), source: io::Error::other(fault) });
    }
    // It may have ended, and was killed behind that, while its sound was transcribed again.
    let mut transcript = writer.complete().unwrap_or_else(|| writer.log.partial(PartialReason::SessionKilled));
    if !is_verified {
        transcript = as_read(&transcript, journal)?;
    }
    writer.write_at_end(&transcript, listener)?;
    let (duration, files) = (transcript.duration, &*writer.existing_files());
    tell(listener, SessionEvent::Recovered { duration, files, is_verified });
    writer.close();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::log::{Header, VERSION};
    use super::*;
    use crate::{Completeness, Segment, Span};

    #[test]
    fn what_is_complete_stays_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let formats = vec!["json".to_owned(), "txt".to_owned()];
        let header = Header { version: VERSION, name: "talk".into(), formats, ..Header::default() };
        let segments = vec![Segment { span: Span::new(0, 900), text: "Guten Abend".into(), ..Segment::default() }];
        let transcript = Transcript { segments, ..Transcript::default() };
        let mut writer = SessionWriter::begin(folder.path(), header, None, false, &[]).expect("begun");
        writer.write(&transcript).expect("written");
        // Somebody has changed one of its files, and it was killed before it was done.
        fs::write(path("talk.txt"), "mine").expect("written");
        finish(writer, &journal_path(folder.path(), "talk"), &()).expect("finished");
        let (found, _) = import::read(&path("talk.json")).expect("a transcript");
        assert_eq!((found.completeness, found.segments.len()), (Completeness::Complete, 1));
        assert_eq!(fs::read_to_string(path("talk.txt")).expect("text"), "mine");
        assert!(fs::read_to_string(path("talk-recovered.txt")).expect("text").contains("Guten Abend"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
    }
}
