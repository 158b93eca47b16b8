//! Recovery of sessions that were killed: their files are finished from the journals that they left.

use std::fs;
use std::path::{Path, PathBuf};

use super::log::{Header, VERSION};
use super::writer::{SUFFIX, SessionWriter, journal_path};
use super::{SessionEvent, tell};
use crate::app::{AppEvent, Listener};
use crate::format::Captions;
use crate::{Error, ModelId, PartialReason, RecordingId, TranscribeOptions};

/// The journal of the session that `file` belongs to: the journal itself, or one of its output files. `None` if there is none,
/// so nothing needs recovery.
pub fn journal_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let is_journal = file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX));
    let journal = if is_journal { file.to_owned() } else { journal_path(folder, &stem) };
    journal.is_file().then_some(journal)
}

/// The name that the journal of a session has, with `NAME` for that of its files.
pub fn journal_pattern() -> String {
    format!(".NAME.{SUFFIX}")
}

/// Finishes all sessions in `folder` that are not running. What fails is told, and the others are finished all the same.
pub fn recover_all(folder: &Path, listener: &dyn Listener) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let journals = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!(".{SUFFIX}"))));
    for journal in journals {
        match recover(journal, listener) {
            // A session that is running.
            Ok(()) | Err(Error::Busy { .. }) => {}
            Err(error) => listener.event(&AppEvent::Failed(&error)),
        }
    }
}

/// Finishes the files of the session with this journal, and deletes the journal.
///
/// # Errors
/// [`Error::Busy`] if the session is running, [`Error::Read`], [`Error::Write`]; the journal stays then.
pub fn recover(journal: PathBuf, listener: &dyn Listener) -> Result<(), Error> {
    let unknown = Header {
        version: 0,
        program: String::new(),
        name: String::new(),
        formats: Vec::new(),
        words: true,
        captions: Captions::default(),
        model: ModelId::default(),
        settings: TranscribeOptions::default(),
        recording: RecordingId::default(),
    };
    let mut writer = SessionWriter::open(journal.clone(), unknown, false)?;
    if writer.log.header.version == 0 {
        // It was killed before it began.
        writer.close();
        return Ok(());
    }
    if writer.log.header.version != VERSION {
        let reason = std::io::Error::other("it is of another version of this program");
        return Err(Error::Read { path: journal, source: reason });
    }
    let transcript = writer.log.partial(PartialReason::SessionKilled);
    if let Err(error) = writer.write(&transcript) {
        if !matches!(error, Error::Exists { .. }) {
            return Err(error);
        }
        // Somebody has edited them, or they belong to another session: they stay.
        writer.log.header.name.push_str("-recovered");
        writer.write(&transcript)?;
    }
    let (duration, files) = (transcript.duration, &*writer.existing_files());
    tell(listener, SessionEvent::Recovered { duration, files });
    writer.close();
    Ok(())
}
