//! Sessions that were killed: their journals are there, and their files are finished from them.

use std::fs;
use std::path::{Path, PathBuf};

use transcribe::format::Captions;
use transcribe::{Error, ModelId, PartialReason, RecordingId, Settings};

use super::book::{Begin, SessionLog, VERSION};
use super::clerk::{SUFFIX, SessionWriter, place};
use crate::cli::Outcome;
use crate::cli::progress::Reporter;

/// Finishes the session that `file` is of: its journal, or one of its files.
pub(super) fn one(file: &Path, reporter: Reporter) -> Outcome {
    let folder = file.parent().unwrap_or(Path::new(""));
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let is_journal = file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX));
    let journal = if is_journal { file.to_owned() } else { place(folder, &stem) };
    if !journal.is_file() {
        reporter.misused(&format!(
            "`{}` needs no recovery: there is no journal beside it\nhint: that of a session is called `.NAME.{SUFFIX}`",
            file.display()
        ));
        return Outcome::Unusable;
    }
    match finish(journal, reporter) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            reporter.failed(None, &error);
            Outcome::Failed
        }
    }
}

/// Finishes whatever lies in `folder` and is not at work.
pub(super) fn all(folder: &Path, reporter: Reporter) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let journals = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!(".{SUFFIX}"))));
    for journal in journals {
        match finish(journal, reporter) {
            // Another session, which goes on.
            Ok(()) | Err(Error::Busy { .. }) => {}
            Err(error) => reporter.failed(None, &error),
        }
    }
}

fn finish(journal: PathBuf, reporter: Reporter) -> Result<(), Error> {
    let begin = Begin {
        version: 0,
        program: String::new(),
        name: String::new(),
        formats: Vec::new(),
        words: true,
        captions: Captions::default(),
        model: ModelId::default(),
        settings: Settings::default(),
        recording: RecordingId::default(),
    };
    let mut clerk = SessionWriter::open(journal.clone(), SessionLog::new(begin), false, reporter)?;
    if clerk.book.begin.version == 0 {
        // It was killed before it began.
        clerk.close();
        return Ok(());
    }
    if clerk.book.begin.version != VERSION {
        let reason = std::io::Error::other("it is of another version of this program");
        return Err(Error::Read { path: journal, source: reason });
    }
    let transcript = clerk.book.so_far(PartialReason::SessionKilled);
    if let Err(error) = clerk.write(&transcript) {
        if !matches!(error, Error::Exists { .. }) {
            return Err(error);
        }
        // Somebody has edited them, or they are of another session: all stays.
        clerk.book.begin.name.push_str("-recovered");
        clerk.write(&transcript)?;
    }
    reporter.note(&format!(
        "recovered a session that was killed, {}: {}",
        transcript.duration,
        clerk.names().join(", ")
    ));
    clerk.close();
    Ok(())
}
