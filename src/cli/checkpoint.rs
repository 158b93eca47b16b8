//! What a run has done so far, in a hidden file beside the outputs, so that the next one goes on where it was killed.
//!
//! A line for each step, safe on the disk before the next one is done. The first line says of what: with another recording,
//! model or setting, or another version of this program, the work begins anew. The file is locked as long as a run works with
//! it; the lock ends with the process, however that ends. It holds what was said, and is deleted when the recording is done.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use transcribe::{Error, ModelId, RecordingId, Settings, Step};

use super::output::{Written, hidden};

/// Of the file's layout.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Begin(Box<Begin>),
    Step(Step),
    /// These files are about to be written.
    Files(Vec<Written>),
}

/// What the steps are of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Begin {
    version: u32,
    program: String,
    recording: RecordingId,
    model: ModelId,
    settings: Settings,
}

impl Begin {
    pub(super) fn new(recording: RecordingId, model: ModelId, settings: Settings) -> Begin {
        Begin { version: VERSION, program: env!("CARGO_PKG_VERSION").into(), recording, model, settings }
    }
}

/// An open and locked checkpoint.
pub(super) struct Checkpoint {
    path: PathBuf,
    file: File,
    begin: Option<Box<Begin>>,
    steps: Vec<Step>,
    ours: Vec<Written>,
    /// Where the last whole line ends.
    end: u64,
    /// Are there steps in it?
    useful: bool,
    /// It could not be written to.
    broken: bool,
}

/// What lies at the beginning: steps to go on from, or why there are none although an earlier run left some.
pub(super) struct Start {
    pub(super) steps: Vec<Step>,
    pub(super) anew: Option<&'static str>,
}

/// Where the checkpoint of the files `stem.*` in `folder` lies.
pub(super) fn place(folder: &Path, stem: &str) -> PathBuf {
    folder.join(hidden(stem, "transcribe-checkpoint"))
}

/// The files that an earlier run wrote, as its checkpoint at `path` tells; none without one.
pub(super) fn written(path: &Path) -> Vec<Written> {
    match File::open(path).and_then(read) {
        Ok(read) => read.ours,
        Err(_) => Vec::new(),
    }
}

#[derive(Default)]
struct Content {
    begin: Option<Box<Begin>>,
    steps: Vec<Step>,
    ours: Vec<Written>,
    end: u64,
}

/// Reads up to the first line that is not whole.
fn read(mut file: File) -> io::Result<Content> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut content = Content::default();
    for line in text.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
        match serde_json::from_slice(line) {
            Ok(Line::Begin(begin)) => content.begin = Some(begin),
            Ok(Line::Step(step)) => content.steps.push(step),
            Ok(Line::Files(files)) => content.ours.extend(files),
            Err(_) => break,
        }
        content.end += line.len() as u64;
    }
    Ok(content)
}

impl Checkpoint {
    /// Opens the checkpoint at `path`, which is made if it is not there. `recording` is for the error.
    ///
    /// # Errors
    /// [`Error::Busy`] if another run works with it, [`Error::Write`] if it can't be made.
    pub(super) fn open(path: PathBuf, recording: &Path) -> Result<Checkpoint, Error> {
        let fail = |source| Error::Write { path: path.clone(), source };
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: recording.into(), holder: None }),
            // Some network drives know no locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let Content { begin, steps, ours, end } = file.try_clone().and_then(read).map_err(fail)?;
        let useful = !steps.is_empty();
        Ok(Checkpoint { path, file, begin, steps, ours, end, useful, broken: false })
    }

    /// Was the file at `path` written by a run that this one goes on from?
    pub(super) fn owns(&self, path: &Path) -> bool {
        self.ours.iter().any(|file| file.is_at(path))
    }

    /// Goes on from what is there if it is of the same work, else begins anew.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn begin(&mut self, begin: Begin, resume: bool) -> Result<Start, Error> {
        let anew = self.begin.as_ref().and_then(|earlier| {
            let why = [
                (!resume, "`--resume` is false"),
                (earlier.recording != begin.recording, "the recording is another one"),
                (earlier.model != begin.model, "it had another model"),
                (earlier.settings != begin.settings, "it had other settings"),
                (**earlier != begin, "it was of another version of this program"),
            ];
            why.into_iter().find(|(differs, _)| *differs).map(|(_, why)| why)
        });
        let steps = std::mem::take(&mut self.steps);
        let fresh = anew.is_some() || self.begin.is_none();
        let result = match fresh {
            false => self.file.set_len(self.end).and_then(|()| self.file.seek(SeekFrom::Start(self.end)).map(drop)),
            true => self.rewrite(begin),
        };
        result.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        let anew = anew.filter(|_| !steps.is_empty());
        Ok(Start { steps: if fresh { Vec::new() } else { steps }, anew })
    }

    fn rewrite(&mut self, begin: Begin) -> io::Result<()> {
        self.useful = false;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.add(&Line::Begin(Box::new(begin)))?;
        if !self.ours.is_empty() {
            self.add(&Line::Files(self.ours.clone()))?;
        }
        Ok(())
    }

    /// Remembers a step; `false` if that failed just now. Later ones are then forgotten, too.
    pub(super) fn step(&mut self, step: &Step) -> bool {
        if self.broken {
            return true;
        }
        self.useful = true;
        let line = Line::Step(step.clone());
        self.broken = self.add(&line).and_then(|()| self.file.sync_data()).is_err();
        !self.broken
    }

    /// Remembers that these files are ours, before they are written.
    pub(super) fn files(&mut self, files: &[Written]) -> io::Result<()> {
        self.ours.extend_from_slice(files);
        self.add(&Line::Files(files.to_vec())).and_then(|()| self.file.sync_data())
    }

    fn add(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }

    /// Ends the work. The file stays if the recording is not `done` and there is something to go on from, or files that
    /// the next run may replace.
    pub(super) fn close(self, done: bool) {
        let has_files = || self.ours.iter().any(|file| self.path.with_file_name(&file.name).exists());
        if done || !(self.useful || has_files()) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(sha256: &str) -> Begin {
        let recording = RecordingId { sha256: sha256.into(), ..RecordingId::default() };
        Begin::new(recording, ModelId::default(), Settings::default())
    }

    fn step(number: u32) -> Step {
        let text = format!(
            r#"{{"clip":{{"number":{number},"span":{{"start":0,"end":9}},"found":{{"segments":[],"gaps":[],"removed":[],"corrections":[],"coverage":{{"speech":0,"with_text":0}}}}}}}}"#
        );
        serde_json::from_str(&text).expect("a step")
    }

    #[test]
    fn it_goes_on_after_the_last_whole_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = place(folder.path(), "talk");
        let open = || Checkpoint::open(path.clone(), Path::new("talk.wav")).expect("a checkpoint");
        let mut first = open();
        assert!(first.begin(begin("a"), true).expect("begun").steps.is_empty());
        assert!(first.step(&step(0)) && first.step(&step(1)));
        assert!(matches!(Checkpoint::open(path.clone(), Path::new("talk.wav")), Err(Error::Busy { .. })));
        first.close(false);
        // The power went while the second was being written.
        let length = std::fs::metadata(&path).expect("a file").len();
        File::options().write(true).open(&path).and_then(|f| f.set_len(length - 7)).expect("cut");
        let mut second = open();
        assert_eq!(second.begin(begin("a"), true).expect("begun").steps, [step(0)]);
        assert!(second.step(&step(2)));
        second.close(false);
        assert_eq!(open().begin(begin("a"), true).expect("begun").steps, [step(0), step(2)]);
        let start = open().begin(begin("b"), true).expect("begun");
        assert_eq!((start.steps, start.anew), (vec![], Some("the recording is another one")));
    }

    #[test]
    fn it_stays_only_if_it_is_of_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = place(folder.path(), "talk");
        for (useful, done, stays) in [(false, false, false), (true, false, true), (true, true, false)] {
            let mut checkpoint = Checkpoint::open(path.clone(), Path::new("talk.wav")).expect("a checkpoint");
            checkpoint.begin(begin("a"), true).expect("begun");
            if useful {
                checkpoint.step(&step(0));
            }
            checkpoint.close(done);
            assert_eq!(path.exists(), stays);
        }
    }
}
