//! The checkpoint of a recording: what a run has done so far, in a hidden file beside the outputs.
//!
//! A line for each record, safe on the disk before the next. The header names recording, model, settings and program version; if
//! one of them differs, the work starts over behind another header. Lines are never rewritten, so the program always knows which
//! files are its own. The file is locked while a run works with it, and sealed with the user's key: nobody else can plant text in
//! it. It contains transcript text, and is deleted when the recording is done.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::journal::{self, Journal, Seal};
use super::{Key, WrittenFile, hidden_name, text_of};
use crate::files;
use crate::{CheckpointRecord, Error, Millis, ModelId, RecordingId, TranscribeOptions};

/// Version of the file's layout.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Box<Header>),
    /// The records behind it are of the track of this number; before the first, of track 0.
    Track(usize),
    Record(CheckpointRecord),
    Files(Files),
}

/// What the records behind it belong to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    version: u32,
    program: String,
    /// Path of the recording.
    path: String,
    recording: RecordingId,
    model: ModelId,
    settings: TranscribeOptions,
}

impl Header {
    pub(crate) fn new(path: &Path, recording: RecordingId, model: ModelId, settings: TranscribeOptions) -> Header {
        let path = canonical(path);
        Header { version: VERSION, program: env!("CARGO_PKG_VERSION").into(), path, recording, model, settings }
    }
}

fn canonical(path: &Path) -> String {
    text_of(std::fs::canonicalize(path).unwrap_or_else(|_| path.into()).as_os_str())
}

/// Files that are about to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Files {
    files: Vec<WrittenFile>,
    /// How far the recording is transcribed in them; `None`: to its end.
    until: Option<Millis>,
}

/// An open and locked checkpoint.
pub(crate) struct Checkpoint {
    path: PathBuf,
    journal: Journal,
    content: Content,
    /// Whether there is anything to resume from.
    has_records: bool,
    /// Whether lines are left that do not count.
    has_unsealed: bool,
    /// The track of the next record.
    track: usize,
    /// Whether writing has failed.
    broken: bool,
}

/// Why an interrupted run is not resumed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartReason {
    /// The settings forbid it.
    NotWanted,
    /// The recording has another content.
    Recording,
    /// It used another model.
    Model,
    /// It had other settings.
    Settings,
    /// Another version of this program wrote it.
    Version,
    /// It is not sealed with the key of this user: a version that had no keys wrote it, or somebody else did.
    NotSealed,
}

/// A record with the number of its track; 0 if there is only one.
pub(crate) type TrackRecord = (usize, CheckpointRecord);

/// Records to resume from, each with the number of its track, or why those of an earlier run are not used.
pub(crate) struct Resume {
    pub(crate) records: Vec<TrackRecord>,
    pub(crate) restart: Option<RestartReason>,
}

/// The end of its name.
pub(crate) const SUFFIX: &str = "transcribe-checkpoint";

/// The path of the checkpoint of the files `stem.*` in `folder`.
pub(crate) fn path_of(folder: &Path, stem: &str) -> PathBuf {
    folder.join(hidden_name(stem, SUFFIX))
}

/// The files that an earlier run wrote for `recording`, according to the checkpoint at `path`; empty without one.
pub(crate) fn written_files(path: &Path, recording: &Path) -> Vec<WrittenFile> {
    match read(path) {
        Ok(content) if content.header.as_ref().is_none_or(|header| header.path == canonical(recording)) => content.own,
        _ => Vec::new(),
    }
}

/// Deletes the checkpoint at `path` of a recording that is done with these `files`, unless a run works with it. A run that was
/// killed at the very end leaves one.
pub(crate) fn delete_finished(path: &Path, files: &[WrittenFile]) {
    if path.is_file()
        && let Ok(checkpoint) = Checkpoint::open(path.into(), path, Key::existing())
        && checkpoint.content.last.files == files
    {
        checkpoint.close(true);
    }
}

/// Whether the checkpoint at `path` names other files than these, which may not all have been written.
pub(crate) fn is_unfinished(path: &Path, files: &[WrittenFile]) -> bool {
    let last = read(path).map(|content| content.last.files);
    last.is_ok_and(|last| !last.is_empty() && last != files)
}

#[derive(Default)]
struct Content {
    header: Option<Box<Header>>,
    /// Those behind the last header.
    records: Vec<TrackRecord>,
    /// The track of the last line.
    track: usize,
    /// All files that were written, also behind earlier headers.
    own: Vec<WrittenFile>,
    /// Those of them in which the recording is not transcribed to its end.
    partial: Vec<WrittenFile>,
    last: Files,
}

impl FromIterator<Line> for Content {
    fn from_iter<T: IntoIterator<Item = Line>>(lines: T) -> Content {
        let mut content = Content::default();
        for line in lines {
            match line {
                Line::Header(header) => {
                    content.header = Some(header);
                    content.records.clear();
                    content.track = 0;
                }
                Line::Track(track) => content.track = track,
                Line::Record(record) => content.records.push((content.track, record)),
                Line::Files(files) => content.add(files),
            }
        }
        content
    }
}

impl Content {
    fn add(&mut self, files: Files) {
        self.own.extend_from_slice(&files.files);
        self.partial.retain(|partial| !files.files.iter().any(|file| file.is_called(&partial.name)));
        if files.until.is_some() {
            self.partial.extend_from_slice(&files.files);
        }
        self.last = files;
    }
}

fn read(path: &Path) -> io::Result<Content> {
    let file = files::open_own(path)?;
    let read = journal::read_sealed(file, &mut Key::existing().map(|key| Seal::new(key, SUFFIX)))?;
    Ok(Content::from_iter(read.lines))
}

impl Checkpoint {
    /// Opens the checkpoint at `path`, which is created if it is missing. `recording` is for the error. Without a `key`, nothing
    /// can be resumed from it, now or later.
    ///
    /// # Errors
    /// [`Error::Busy`] if another run works with it, [`Error::Write`] if it can't be created or is none of ours.
    pub(crate) fn open(path: PathBuf, recording: &Path, key: Option<Key>) -> Result<Checkpoint, Error> {
        let fail = |source| Error::Write { path: path.clone(), source };
        let seal = key.map(|key| Seal::new(key, SUFFIX));
        let Some((journal, read)) = Journal::open_locked(&path, seal).map_err(fail)? else {
            return Err(Error::Busy { path: recording.into(), holder: None });
        };
        let content = Content::from_iter(read.lines);
        let (has_records, has_unsealed) = (!content.records.is_empty(), read.has_unsealed);
        let track = content.track;
        Ok(Checkpoint { path, journal, content, has_records, has_unsealed, track, broken: false })
    }

    /// Whether the file at `path` was written by a run that this one follows.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        self.content.own.iter().any(|file| file.is_at(path))
    }

    /// Whether an earlier run wrote more of the recording than up to `until`.
    pub(crate) fn has_more_than(&self, until: Millis) -> bool {
        !self.content.last.files.is_empty() && self.content.last.until.is_none_or(|earlier| earlier > until)
    }

    /// Resumes if the records belong to the same work, else starts over.
    ///
    /// # Errors
    /// [`Error::Exists`] if it belongs to another recording and must not be replaced; [`Error::Write`].
    pub(crate) fn begin(&mut self, header: Header, resume: bool, overwrite: bool) -> Result<Resume, Error> {
        let Some(earlier) = &self.content.header else {
            let reason = self.has_unsealed.then_some(RestartReason::NotSealed);
            return self.start(header, reason);
        };
        let other = earlier.recording != header.recording;
        if other && earlier.path != header.path && !overwrite {
            return Err(Error::Exists { path: self.path.clone() });
        }
        let versions = |header: &Header| (header.version, header.program.clone());
        let reasons = [
            (!resume, RestartReason::NotWanted),
            (other, RestartReason::Recording),
            (earlier.model != header.model, RestartReason::Model),
            (earlier.settings != header.settings, RestartReason::Settings),
            (versions(earlier) != versions(&header), RestartReason::Version),
        ];
        match reasons.into_iter().find(|(differs, _)| *differs) {
            Some((_, reason)) => self.start(header, Some(reason)),
            None => {
                let removed = self.journal.remove_torn_line();
                removed.map_err(|source| Error::Write { path: self.path.clone(), source })?;
                let records = std::mem::take(&mut self.content.records);
                self.has_records = !records.is_empty();
                Ok(Resume { records, restart: None })
            }
        }
    }

    fn start(&mut self, header: Header, reason: Option<RestartReason>) -> Result<Resume, Error> {
        let had_records = !std::mem::take(&mut self.content.records).is_empty();
        let reason = reason.filter(|reason| had_records || *reason == RestartReason::NotSealed);
        let started =
            self.journal.remove_torn_line().and_then(|()| self.journal.append(&Line::Header(Box::new(header))));
        started.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        self.has_records = false;
        self.track = 0;
        Ok(Resume { records: Vec::new(), restart: reason })
    }

    /// Adds a record of a track; `false` if that failed just now. Later ones are not written then.
    pub(crate) fn add(&mut self, track: usize, record: &CheckpointRecord) -> bool {
        if self.broken {
            return true;
        }
        let begun = if track == self.track { Ok(()) } else { self.journal.append(&Line::Track(track)) };
        self.track = track;
        self.broken = begun.and_then(|()| self.journal.append(&Line::Record(record.clone()))).is_err();
        self.has_records |= !self.broken;
        !self.broken
    }

    /// Records that these files are the program's own, before they are written; `until` as in [`Files::until`].
    ///
    /// # Errors
    /// Those of writing; nothing is recorded then.
    pub(crate) fn add_files(&mut self, files: &[WrittenFile], until: Option<Millis>) -> io::Result<()> {
        let files = Files { files: files.to_vec(), until };
        self.journal.append(&Line::Files(files.clone()))?;
        self.content.add(files);
        Ok(())
    }

    /// Ends the work. The file stays if the recording is not `done` and there is something to resume from, or files that the
    /// next run may replace; and if it is done in some formats, for the files of others that an interrupted run wrote.
    pub(crate) fn close(self, done: bool) {
        let place = |file: &WrittenFile| self.path.with_file_name(&file.name);
        let is_of_use = match done {
            true => self.content.partial.iter().any(|file| file.is_at(&place(file))),
            false => self.has_records || self.content.own.iter().any(|file| place(file).exists()),
        };
        if !is_of_use {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sha256: &str) -> Header {
        let recording = RecordingId { sha256: sha256.into(), ..RecordingId::default() };
        Header::new(Path::new("talk.wav"), recording, ModelId::default(), TranscribeOptions::default())
    }

    fn record(number: u32) -> CheckpointRecord {
        let text = format!(
            r#"{{"chunk":{{"number":{number},"span":{{"start":0,"end":9}},"result":{{"segments":[],"gaps":[],"removed":[],"corrections":[],"coverage":{{"speech":0,"with_text":0}}}}}}}}"#
        );
        serde_json::from_str(&text).expect("a record")
    }

    #[test]
    fn it_goes_on_after_the_last_whole_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path_of(folder.path(), "talk");
        let opened = |key| Checkpoint::open(path.clone(), Path::new("talk.wav"), key);
        let open = || opened(Some(Key::for_test(1))).expect("a checkpoint");
        let mut first = open();
        assert!(first.begin(header("a"), true, false).expect("begun").records.is_empty());
        assert!(first.add(0, &record(0)) && first.add(3, &record(1)) && first.add(3, &record(2)));
        assert!(matches!(opened(None), Err(Error::Busy { .. })));
        first.close(false);
        // The power went while the second was being written.
        let length = std::fs::metadata(&path).expect("a file").len();
        std::fs::File::options().write(true).open(&path).and_then(|f| f.set_len(length - 7)).expect("cut");
        let mut second = open();
        let records = |resume: Resume| resume.records;
        assert_eq!(records(second.begin(header("a"), true, false).expect("begun")), [(0, record(0)), (3, record(1))]);
        assert!(second.add(3, &record(4)) && second.add(0, &record(5)));
        second.close(false);
        let all = [(0, record(0)), (3, record(1)), (3, record(4)), (0, record(5))];
        assert_eq!(records(open().begin(header("a"), true, false).expect("begun")), all);
        let start = open().begin(header("b"), true, false).expect("begun");
        assert_eq!((start.records, start.restart), (vec![], Some(RestartReason::Recording)));
    }

    #[test]
    fn it_stays_only_if_it_is_of_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path_of(folder.path(), "talk");
        for (useful, done, stays) in [(false, false, false), (true, false, true), (true, true, false)] {
            let key = Some(Key::for_test(1));
            let mut checkpoint = Checkpoint::open(path.clone(), Path::new("talk.wav"), key).expect("a checkpoint");
            checkpoint.begin(header("a"), true, false).expect("begun");
            if useful {
                checkpoint.add(0, &record(0));
            }
            checkpoint.close(done);
            assert_eq!(path.exists(), stays);
        }
    }

    #[test]
    fn it_counts_only_with_the_key_that_sealed_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path_of(folder.path(), "talk");
        let open = |key: Option<u8>| {
            Checkpoint::open(path.clone(), Path::new("talk.wav"), key.map(Key::for_test)).expect("a checkpoint")
        };
        for (before, now, restart) in [
            (Some(1), Some(1), None),
            (Some(2), Some(1), Some(RestartReason::NotSealed)),
            (None, Some(1), Some(RestartReason::NotSealed)),
            (Some(1), None, Some(RestartReason::NotSealed)),
            (None, None, Some(RestartReason::NotSealed)),
        ] {
            let mut first = open(before);
            first.begin(header("a"), false, false).expect("begun");
            first.add(0, &record(0));
            let own = WrittenFile::new(&folder.path().join("talk.json"), b"text");
            first.add_files(&[own], None).expect("added");
            first.close(false);
            let mut second = open(now);
            let is_sealed = restart.is_none();
            assert_eq!((second.content.own.len(), second.has_more_than(Millis(0))), (is_sealed.into(), is_sealed));
            let resume = second.begin(header("a"), true, false).expect("begun");
            assert_eq!((resume.records.len(), resume.restart), (is_sealed.into(), restart), "{before:?} {now:?}");
            // It is told once.
            second.add(0, &record(0));
            second.close(false);
            if now.is_some() {
                assert_eq!(open(now).begin(header("a"), true, false).expect("begun").restart, None);
            }
            std::fs::remove_file(&path).expect("removed");
        }
    }

    #[test]
    fn a_file_that_is_no_checkpoint_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path_of(folder.path(), "talk");
        std::fs::write(&path, "notes of mine\n").expect("written");
        let opened = Checkpoint::open(path.clone(), Path::new("talk.wav"), Some(Key::for_test(1)));
        let refused = opened.err().map(|error| error.to_string());
        assert!(refused.is_some_and(|text| text.ends_with("it is no file of this program; move it away")));
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "notes of mine\n");
    }
}
