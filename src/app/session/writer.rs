//! The writer of a live session. It works in a thread of its own, so that no disk can hold up the captions: each entry goes into
//! the journal at once, and all files are written anew every minute.

use std::collections::BTreeSet;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::log::{Entry, Header, SessionLog};
use super::{SessionEvent, tell};
use crate::app::Listener;
use crate::app::jobs::without_word_times;
use crate::app::store::journal::{self, Journal, Seal};
use crate::app::store::{Key, PendingFile, Readers, WrittenFile, hidden_name, output_file, replaceable, write_all};
use crate::format::{self, Captions, Format, Style};
use crate::{Completeness, Error, PartialReason, Transcript, files, import};

/// Between two versions of the files.
const WRITE_EVERY: Duration = Duration::from_secs(60);

/// The end of a journal's name.
pub(super) const SUFFIX: &str = "transcribe-live";

/// The path of the journal of the session `name` in `folder`.
pub(super) fn journal_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(hidden_name(name, SUFFIX))
}

pub(super) struct SessionWriter {
    /// `None`: the session is only finished, from a journal that somebody else may have written.
    journal: Option<Journal>,
    path: PathBuf,
    folder: PathBuf,
    pub(super) log: SessionLog,
    overwrite: bool,
    /// Formats whose file somebody else has in its place.
    aside: BTreeSet<Format>,
}

impl SessionWriter {
    /// Begins a session whose files go into `folder`, not over one of the `inputs` that are read for it. Without a `key`, it can't be
    /// recovered on its own if it is killed.
    ///
    /// # Errors
    /// [`Error::Exists`] if a file of it exists, [`Error::Read`] if a journal does, [`Error::Busy`] if such a session runs,
    /// [`Error::Write`].
    pub(super) fn begin(
        folder: &Path,
        header: Header,
        key: Option<Key>,
        overwrite: bool,
        inputs: &[PathBuf],
    ) -> Result<SessionWriter, Error> {
        let path = journal_path(folder, &header.name);
        let fail = |source| Error::Write { path: path.clone(), source };
        let opened = Journal::open_locked::<Entry>(&path, key.map(|key| Seal::new(key, SUFFIX))).map_err(fail)?;
        let Some((mut journal, read)) = opened else {
            let holder = "a live session of this name; `--name` gives this one another".to_owned();
            return Err(Error::Busy { path: folder.join(&header.name), holder: Some(holder) });
        };
        if !read.lines.is_empty() || read.has_unsealed {
            let reason = "it is of a session that was not recovered; `--recover` finishes it, or take another `--name`";
            return Err(Error::Read { path, source: std::io::Error::other(reason) });
        }
        journal.remove_torn_line().map_err(fail)?;
        let log = SessionLog::new(header.clone());
        let (journal, folder, aside) = (Some(journal), folder.to_owned(), BTreeSet::new());
        let mut writer = SessionWriter { journal, path, folder, log, overwrite, aside };
        if let Some(error) = writer.conflict(inputs) {
            writer.close();
            return Err(error);
        }
        writer.append(&Entry::Header(Box::new(header)))?;
        Ok(writer)
    }

    /// What keeps a file from being written; `None`: nothing.
    fn conflict(&self, inputs: &[PathBuf]) -> Option<Error> {
        let real = |path: &PathBuf| std::fs::canonicalize(path).ok();
        let inputs: Vec<PathBuf> = inputs.iter().filter_map(real).collect();
        let there = self.files().into_iter().map(|(_, file)| file).filter(|file| file.symlink_metadata().is_ok());
        there
            .map(|file| match self.overwrite {
                _ if real(&file).is_some_and(|file| inputs.contains(&file)) => {
                    let source = std::io::Error::other("it is read for this session; take another `--name`");
                    Some(Error::Write { path: file, source })
                }
                true => replaceable(&file).err(),
                false => Some(Error::Exists { path: file }),
            })
            .find_map(|conflict| conflict)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), Error> {
        let appended = self.journal.as_mut().map_or(Ok(()), |journal| journal.append(entry));
        appended.map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// Records that sound is captured from now on; `at` is the time of day as RFC 3339 has it.
    pub(super) fn started(&mut self, at: String) {
        self.log.header.recording.started = Some(at);
        let _ = self.append(&Entry::Header(Box::new(self.log.header.clone())));
    }

    /// Takes up the session whose sealed journal is at `path`; `None` if it is not sealed with this user's key.
    ///
    /// # Errors
    /// [`Error::Busy`] if the session runs, [`Error::Write`] if the journal can't be opened or is none of ours.
    pub(super) fn open(path: &Path) -> Result<Option<SessionWriter>, Error> {
        let fail = |source| Error::Write { path: path.into(), source };
        let seal = Key::existing().map(|key| Seal::new(key, SUFFIX));
        let Some((mut journal, read)) = Journal::open_locked(path, seal).map_err(fail)? else {
            return Err(Error::Busy { path: path.into(), holder: None });
        };
        if read.lines.is_empty() && read.has_unsealed {
            return Ok(None);
        }
        journal.remove_torn_line().map_err(fail)?;
        Ok(Some(SessionWriter::with(Some(journal), path, read.lines)))
    }

    /// Takes up the session whose journal is at `path`, whoever wrote it, to finish it once. So it replaces no files.
    ///
    /// # Errors
    /// [`Error::Busy`] if the session runs, [`Error::Read`] if the journal can't be read.
    pub(super) fn open_unverified(path: &Path) -> Result<SessionWriter, Error> {
        let fail = |source| Error::Read { path: path.into(), source };
        let file = files::open_regular(path).map_err(fail)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(Error::Busy { path: path.into(), holder: None });
        }
        let lines = journal::read_unverified(file).map_err(fail)?.lines;
        let mut writer = SessionWriter::with(None, path, lines);
        writer.log.own_files.clear();
        // Nobody checked these limits.
        writer.log.header.captions = Captions::default();
        let formats = &mut writer.log.header.formats;
        let mut seen = BTreeSet::new();
        formats.retain(|format| seen.insert(format.clone()));
        Ok(writer)
    }

    fn with(journal: Option<Journal>, path: &Path, entries: Vec<Entry>) -> SessionWriter {
        let mut log = SessionLog::new(Header::default());
        entries.into_iter().for_each(|entry| log.add(entry));
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        SessionWriter { journal, path: path.to_owned(), folder, log, overwrite: false, aside: BTreeSet::new() }
    }

    /// Whether only this user can have written what is known of the session.
    pub(super) fn is_verified(&self) -> bool {
        self.journal.is_some()
    }

    /// Writes until all senders of entries are gone.
    pub(super) fn run(mut self, entries: Receiver<Entry>, listener: &dyn Listener) -> SessionWriter {
        let mut written = Instant::now();
        let (mut changed, mut failing) = (false, false);
        // Told once, until writing works again. Captions go on, and so does the log in memory.
        let mut check = |done: Result<(), Error>| match done {
            Ok(()) => {
                if std::mem::take(&mut failing) {
                    tell(listener, SessionEvent::WritingAgain);
                }
            }
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
                    check(self.append(&entry));
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
        let formats = self.log.header.formats.iter().filter_map(|format| format.parse::<Format>().ok());
        formats.map(|format| (format, self.file(format, self.aside.contains(&format)))).collect()
    }

    /// The path of a file, or of the one beside it that is written if somebody else has one in its place.
    fn file(&self, format: Format, aside: bool) -> PathBuf {
        let name = format!("{}{}", self.log.header.name, if aside { "-recovered" } else { "" });
        output_file(&self.folder, name.as_ref(), format)
    }

    fn is_own(&self, path: &Path) -> bool {
        self.log.own_files.iter().any(|file| file.is_at(path))
    }

    /// The transcript that this session wrote at its end; `None`: it did not come to that, or somebody has changed it since.
    pub(super) fn complete(&self) -> Option<Transcript> {
        let read = |path: PathBuf| import::read(&path).ok().filter(|_| self.is_own(&path));
        let transcripts = [false, true].into_iter().filter_map(|aside| read(self.file(Format::Json, aside)));
        transcripts.map(|(transcript, _)| transcript).find(|found| found.completeness == Completeness::Complete)
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
            let replace = self.overwrite || self.is_own(&path);
            pending.push((PendingFile::new(path, content), replace));
        }
        let records: Vec<WrittenFile> = pending.iter().map(|(file, _)| file.record.clone()).collect();
        let recorded = self.append(&Entry::Files(records));
        // As the sound: what is said is for whoever listens, until the user gives it to others.
        let (written, errors) = write_all(pending, Readers::User);
        for file in written {
            self.log.own_files.retain(|own| own.name != file.name);
            self.log.own_files.push(file);
        }
        recorded.and(errors.into_iter().next().map_or(Ok(()), Err))
    }

    /// Writes all files at the end. What somebody has changed since stays, and goes into a file beside it.
    ///
    /// # Errors
    /// [`Error::Write`], and [`Error::Exists`] for that other file; the others are written.
    pub(super) fn write_at_end(&mut self, transcript: &Transcript, listener: &dyn Listener) -> Result<(), Error> {
        match self.write(transcript) {
            Err(Error::Exists { .. }) => {}
            written => return written,
        }
        let before = self.files();
        let is_taken = |path: &Path| path.symlink_metadata().is_ok() && !self.is_own(path);
        let taken: Vec<Format> = before.iter().filter(|(_, path)| is_taken(path)).map(|(format, _)| *format).collect();
        self.aside.extend(taken);
        self.write(transcript)?;
        for ((_, stays), (_, file)) in before.iter().zip(self.files()).filter(|((_, stays), (_, file))| stays != file) {
            tell(listener, SessionEvent::SetAside { stays, file: &file });
        }
        Ok(())
    }

    /// Everything is written, and the journal is needed no longer.
    pub(super) fn close(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
