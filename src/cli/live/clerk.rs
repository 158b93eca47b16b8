//! Writes down what happens, in a thread of its own, so that no disk can hold up the captions: each entry in a journal, and all
//! files anew every minute.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use transcribe::format::{self, Format};
use transcribe::{Error, Transcript};

use super::book::{Begin, Entry, SessionLog};
use crate::cli::lines::Lines;
use crate::cli::output::{self, Written, hidden};
use crate::cli::progress::Reporter;

/// Between two versions of the files.
const EVERY: Duration = Duration::from_secs(60);

/// How the name of a journal ends.
pub(super) const SUFFIX: &str = "transcribe-live";

/// Where the journal of the session `name` in `folder` lies.
pub(super) fn place(folder: &Path, name: &str) -> PathBuf {
    folder.join(hidden(name, SUFFIX))
}

pub(super) struct SessionWriter {
    journal: Lines,
    path: PathBuf,
    folder: PathBuf,
    pub(super) book: SessionLog,
    overwrite: bool,
    reporter: Reporter,
    /// Something could not be written, and that was said.
    complained: bool,
}

impl SessionWriter {
    /// Begins a session whose files lie in `folder`.
    ///
    /// # Errors
    /// [`Error::Exists`] if there is a journal or file of this name, [`Error::Busy`], [`Error::Write`].
    pub(super) fn begin(
        folder: &Path,
        begin: Begin,
        overwrite: bool,
        reporter: Reporter,
    ) -> Result<SessionWriter, Error> {
        let path = place(folder, &begin.name);
        if path.exists() {
            let reason = "it is of a session that could not be recovered; move it away, or take another `--name`";
            return Err(Error::Read { path, source: std::io::Error::other(reason) });
        }
        let mut clerk = SessionWriter::open(path, SessionLog::new(begin.clone()), overwrite, reporter)?;
        for (_, file) in clerk.files() {
            if file.exists() && !overwrite {
                let _ = std::fs::remove_file(&clerk.path);
                return Err(Error::Exists { path: file });
            }
        }
        let path = clerk.path.clone();
        clerk.journal.add(&Entry::Begin(Box::new(begin))).map_err(|source| Error::Write { path, source })?;
        Ok(clerk)
    }

    /// Now it really begins.
    pub(super) fn started(&mut self, at: String) {
        self.book.begin.recording.started = Some(at);
        let _ = self.journal.add(&Entry::Begin(Box::new(self.book.begin.clone())));
    }

    /// Opens the journal at `path` of a session that is over.
    ///
    /// # Errors
    /// [`Error::Busy`] if it is not over, [`Error::Write`].
    pub(super) fn open(
        path: PathBuf,
        mut book: SessionLog,
        overwrite: bool,
        reporter: Reporter,
    ) -> Result<SessionWriter, Error> {
        let fail = |source| Error::Write { path: path.clone(), source };
        let Some(mut journal) = Lines::open(&path, |entry| book.enter(entry)).map_err(fail)? else {
            return Err(Error::Busy { path, holder: None });
        };
        // Half a line, from when it was killed.
        journal.cut().map_err(fail)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(SessionWriter { journal, path, folder, book, overwrite, reporter, complained: false })
    }

    /// Writes until nobody tells anything any more.
    pub(super) fn work(mut self, told: Receiver<Entry>) -> SessionWriter {
        let mut written = Instant::now();
        let mut news = false;
        loop {
            match told.recv_timeout(EVERY.saturating_sub(written.elapsed())) {
                Ok(entry) => {
                    news |= matches!(entry, Entry::Line(_) | Entry::CheckpointRecord(_) | Entry::Marker(_));
                    let added = self.journal.add(&entry);
                    self.check(added.map_err(|source| Error::Write { path: self.path.clone(), source }));
                    self.book.enter(entry);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self,
            }
            if written.elapsed() >= EVERY {
                written = Instant::now();
                if std::mem::take(&mut news) {
                    let transcript = self.book.so_far("the session is not over");
                    let done = self.write(&transcript);
                    self.check(done);
                }
            }
        }
    }

    /// The captions go on, and so does the memory of them.
    fn check(&mut self, done: Result<(), Error>) {
        match done {
            Ok(()) => self.complained = false,
            Err(error) if !self.complained => {
                self.complained = true;
                let hint = crate::cli::hints::hint(&error).map(|hint| format!("; {hint}")).unwrap_or_default();
                self.reporter.note(&format!(
                    "warning: {error}{hint}: what is said from now on is in memory only until that can be done"
                ));
            }
            Err(_) => {}
        }
    }

    fn files(&self) -> Vec<(Format, PathBuf)> {
        let formats = self.book.begin.formats.iter().filter_map(|name| name.parse::<Format>().ok());
        formats.map(|f| (f, self.folder.join(format!("{}.{}", self.book.begin.name, f.extension())))).collect()
    }

    /// The names of the files, for people.
    pub(super) fn names(&self) -> Vec<String> {
        self.files().iter().filter(|(_, file)| file.is_file()).map(|(_, file)| file.display().to_string()).collect()
    }

    /// Writes all files anew.
    ///
    /// # Errors
    /// [`Error::Exists`] for a file that somebody has changed since, [`Error::Write`]; the others are written.
    pub(super) fn write(&mut self, transcript: &Transcript) -> Result<(), Error> {
        let style = format::Style { captions: self.book.begin.captions, ..format::Style::default() };
        let mut contents = Vec::new();
        for (format, path) in self.files() {
            let mut content = Vec::new();
            // Writing into memory does not fail.
            let _ = match format.lists_words() && !self.book.begin.words {
                true => format::write(format, &without_words(transcript), &style, &mut content),
                false => format::write(format, transcript, &style, &mut content),
            };
            contents.push((Written::of(&path, &content), path, content));
        }
        let may: Vec<bool> = contents
            .iter()
            .map(|(_, path, _)| self.overwrite || self.book.ours.iter().any(|file| file.is_at(path)))
            .collect();
        // Who is killed between two files knows by it that they are its own.
        let ours: Vec<Written> = contents.iter().map(|(written, ..)| written.clone()).collect();
        let noted = self.journal.add(&Entry::Files(ours.clone()));
        let mut done = noted.map_err(|source| Error::Write { path: self.path.clone(), source });
        for ((written, path, content), replace) in contents.into_iter().zip(may) {
            match output::write(&content, &path, replace) {
                Ok(()) => {
                    self.book.ours.retain(|file| file.name != written.name);
                    self.book.ours.push(written);
                }
                Err(error) => done = done.and(Err(error)),
            }
        }
        done
    }

    /// All is written, and nobody needs the journal any more.
    pub(super) fn close(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn without_words(transcript: &Transcript) -> Transcript {
    let mut shown = transcript.clone();
    shown.segments.iter_mut().for_each(|segment| segment.words.clear());
    shown
}
