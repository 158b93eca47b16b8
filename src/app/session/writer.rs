//! The writer of a live session. It works in a thread of its own, so that no disk can hold up the captions: each entry goes into
//! the journal at once, and all files are written anew every minute.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::log::{Entry, Header, SessionLog};
use super::{SessionEvent, tell};
use crate::app::Listener;
use crate::app::jobs::without_word_times;
use crate::app::store::journal::Journal;
use crate::app::store::{PendingFile, WrittenFile, hidden_name, write_all};
use crate::format::{self, Format, Style};
use crate::{Error, PartialReason, Transcript};

/// Between two versions of the files.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// The end of a journal's name.
pub(super) const SUFFIX: &str = "transcribe-live";

/// The path of the journal of the session `name` in `folder`.
pub(super) fn journal_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(hidden_name(name, SUFFIX))
}

pub(super) struct SessionWriter {
    journal: Journal,
    path: PathBuf,
    folder: PathBuf,
    pub(super) log: SessionLog,
    overwrite: bool,
}

impl SessionWriter {
    /// Begins a session whose files go into `folder`.
    ///
    /// # Errors
    /// [`Error::Exists`] if a file of it exists, [`Error::Read`] if a journal does, [`Error::Busy`], [`Error::Write`].
    pub(super) fn begin(folder: &Path, header: Header, overwrite: bool) -> Result<SessionWriter, Error> {
        let path = journal_path(folder, &header.name);
        if path.exists() {
            let reason = "it is of a session that could not be recovered; move it away, or take another `--name`";
            return Err(Error::Read { path, source: std::io::Error::other(reason) });
        }
        let mut writer = SessionWriter::open(path, header.clone(), overwrite)?;
        for (_, file) in writer.files() {
            if file.exists() && !overwrite {
                let _ = std::fs::remove_file(&writer.path);
                return Err(Error::Exists { path: file });
            }
        }
        let path = writer.path.clone();
        writer.journal.append(&Entry::Header(Box::new(header))).map_err(|source| Error::Write { path, source })?;
        Ok(writer)
    }

    /// Records that sound is captured from now on; `at` is the time of day as RFC 3339 has it.
    pub(super) fn started(&mut self, at: String) {
        self.log.header.recording.started = Some(at);
        let _ = self.journal.append(&Entry::Header(Box::new(self.log.header.clone())));
    }

    /// Opens the journal at `path`; its own header, if it has one, replaces `header`.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process works with it, [`Error::Read`] if it is no journal of this version,
    /// [`Error::Write`].
    pub(super) fn open(path: PathBuf, header: Header, overwrite: bool) -> Result<SessionWriter, Error> {
        let fail = |source| Error::Write { path: path.clone(), source };
        let Some((mut journal, entries)) = Journal::open_locked(&path).map_err(fail)? else {
            return Err(Error::Busy { path, holder: None });
        };
        let mut log = SessionLog::new(header);
        let is_empty = entries.is_empty();
        entries.into_iter().for_each(|entry| log.add(entry));
        // A session that was killed while its first line was written has no whole line.
        let text = std::fs::read(&path).map_err(fail)?;
        if is_empty && text.contains(&b'\n') {
            let reason = std::io::Error::other("it is of another version of this program");
            return Err(Error::Read { path, source: reason });
        }
        journal.remove_torn_line().map_err(fail)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(SessionWriter { journal, path, folder, log, overwrite })
    }

    /// Writes until all senders of entries are gone.
    pub(super) fn run(mut self, entries: Receiver<Entry>, listener: &dyn Listener) -> SessionWriter {
        let mut written = Instant::now();
        let (mut changed, mut failing) = (false, false);
        // Told once, until writing works again. Captions go on, and so does the log in memory.
        let mut check = |done: Result<(), Error>| match done {
            Ok(()) => failing = false,
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tell(listener, SessionEvent::WritingFailed(&error));
                }
            }
        };
        loop {
            match entries.recv_timeout(WRITE_EVERY.saturating_sub(written.elapsed())) {
                Ok(entry) => {
                    changed |= matches!(entry, Entry::Line(_) | Entry::Record(_) | Entry::Marker(_));
                    let added = self.journal.append(&entry);
                    check(added.map_err(|source| Error::Write { path: self.path.clone(), source }));
                    self.log.add(entry);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self,
            }
            if written.elapsed() >= WRITE_EVERY {
                written = Instant::now();
                if std::mem::take(&mut changed) {
                    let transcript = self.log.partial(PartialReason::SessionRunning);
                    check(self.write(&transcript));
                }
            }
        }
    }

    fn files(&self) -> Vec<(Format, PathBuf)> {
        let Header { name, formats, .. } = &self.log.header;
        let formats = formats.iter().filter_map(|format| format.parse::<Format>().ok());
        formats.map(|format| (format, self.folder.join(format!("{name}.{}", format.extension())))).collect()
    }

    /// The files that exist.
    pub(super) fn existing_files(&self) -> Vec<PathBuf> {
        self.files().into_iter().map(|(_, file)| file).filter(|file| file.is_file()).collect()
    }

    /// Writes all files anew.
    ///
    /// # Errors
    /// [`Error::Exists`] for a file that somebody has changed since, [`Error::Write`]; the others are written.
    pub(super) fn write(&mut self, transcript: &Transcript) -> Result<(), Error> {
        let style = Style { captions: self.log.header.captions, ..Style::default() };
        let mut pending = Vec::new();
        for (format, path) in self.files() {
            let mut content = Vec::new();
            // Writing into memory does not fail.
            let _ = match format.lists_words() && !self.log.header.words {
                true => format::write(format, &without_word_times(transcript), &style, &mut content),
                false => format::write(format, transcript, &style, &mut content),
            };
            let replace = self.overwrite || self.log.own_files.iter().any(|file| file.is_at(&path));
            pending.push((PendingFile::new(path, content), replace));
        }
        let records: Vec<WrittenFile> = pending.iter().map(|(file, _)| file.record.clone()).collect();
        let recorded = self.journal.append(&Entry::Files(records));
        let recorded = recorded.map_err(|source| Error::Write { path: self.path.clone(), source });
        let (written, errors) = write_all(pending);
        for file in written {
            self.log.own_files.retain(|own| own.name != file.name);
            self.log.own_files.push(file);
        }
        recorded.and(errors.into_iter().next().map_or(Ok(()), Err))
    }

    /// Everything is written, and the journal is needed no longer.
    pub(super) fn close(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
