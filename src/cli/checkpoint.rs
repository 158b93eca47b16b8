//! What a run has done so far, in a hidden file beside the outputs, so that the next one goes on where it was killed.
//!
//! A line for each step, safe on the disk before the next one is done. The first line says of what: with another recording,
//! model or setting, or another version of this program, the work begins anew, behind another such line. Nothing is ever
//! rewritten, so what is known of our files is never lost. The file is locked as long as a run works with it. It holds what was
//! said, and is deleted when the recording is done.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use transcribe::{CheckpointRecord, Error, Millis, ModelId, RecordingId, TranscribeOptions};

use super::lines::{self, Lines};
use super::output::{Written, hidden, text_of};

/// Of the file's layout.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Begin(Box<Begin>),
    CheckpointRecord(CheckpointRecord),
    Files(Files),
}

/// What the steps after it are of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Begin {
    version: u32,
    program: String,
    /// Where the recording lies.
    path: String,
    recording: RecordingId,
    model: ModelId,
    settings: TranscribeOptions,
}

impl Begin {
    pub(super) fn new(path: &Path, recording: RecordingId, model: ModelId, settings: TranscribeOptions) -> Begin {
        let path = real(path);
        Begin { version: VERSION, program: env!("CARGO_PKG_VERSION").into(), path, recording, model, settings }
    }
}

fn real(path: &Path) -> String {
    text_of(std::fs::canonicalize(path).unwrap_or_else(|_| path.into()).as_os_str())
}

/// Files that are about to be written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Files {
    files: Vec<Written>,
    /// How far the recording is transcribed in them; `None`: to its end.
    until: Option<Millis>,
}

/// An open and locked checkpoint.
pub(super) struct Checkpoint {
    path: PathBuf,
    lines: Lines,
    content: Content,
    /// Is there anything to go on from?
    has_steps: bool,
    /// It could not be written to.
    broken: bool,
}

/// What lies at the beginning: steps to go on from, or why there are none although an earlier run left some.
pub(super) struct Start {
    pub(super) steps: Vec<CheckpointRecord>,
    pub(super) anew: Option<&'static str>,
}

/// Where the checkpoint of the files `stem.*` in `folder` lies.
pub(super) fn place(folder: &Path, stem: &str) -> PathBuf {
    folder.join(hidden(stem, "transcribe-checkpoint"))
}

/// The files that an earlier run wrote for `recording`, as its checkpoint at `path` tells; none without one.
pub(super) fn written(path: &Path, recording: &Path) -> Vec<Written> {
    match File::open(path).and_then(read) {
        Ok(content) if content.begin.as_ref().is_none_or(|begin| begin.path == real(recording)) => content.ours,
        _ => Vec::new(),
    }
}

/// Takes away the checkpoint at `path` of a recording that is done with these `files`, unless a run works with it: one that
/// was killed at the very end left it.
pub(super) fn forget(path: &Path, files: &[Written]) {
    if path.is_file()
        && let Ok(checkpoint) = Checkpoint::open(path.into(), path)
        && checkpoint.content.last.files == files
    {
        checkpoint.close(true);
    }
}

/// Is there a checkpoint at `path` of files that may not all have been written, or not these?
pub(super) fn is_open(path: &Path, files: &[Written]) -> bool {
    let last = File::open(path).and_then(read).map(|content| content.last.files);
    last.is_ok_and(|last| !last.is_empty() && last != files)
}

#[derive(Default)]
struct Content {
    begin: Option<Box<Begin>>,
    /// Of the last beginning.
    steps: Vec<CheckpointRecord>,
    /// All files that were written, of earlier beginnings as well.
    ours: Vec<Written>,
    last: Files,
}

impl Content {
    fn take(&mut self, line: Line) {
        match line {
            Line::Begin(begin) => {
                self.begin = Some(begin);
                self.steps.clear();
            }
            Line::CheckpointRecord(step) => self.steps.push(step),
            Line::Files(files) => {
                self.ours.extend_from_slice(&files.files);
                self.last = files;
            }
        }
    }
}

fn read(file: File) -> io::Result<Content> {
    let mut content = Content::default();
    lines::read(file, |line| content.take(line))?;
    Ok(content)
}

impl Checkpoint {
    /// Opens the checkpoint at `path`, which is made if it is not there. `recording` is for the error.
    ///
    /// # Errors
    /// [`Error::Busy`] if another run works with it, [`Error::Write`] if it can't be made.
    pub(super) fn open(path: PathBuf, recording: &Path) -> Result<Checkpoint, Error> {
        let fail = |source| Error::Write { path: path.clone(), source };
        let mut content = Content::default();
        let Some(lines) = Lines::open(&path, |line| content.take(line)).map_err(fail)? else {
            return Err(Error::Busy { path: recording.into(), holder: None });
        };
        let has_steps = !content.steps.is_empty();
        Ok(Checkpoint { path, lines, content, has_steps, broken: false })
    }

    /// Was the file at `path` written by a run that this one goes on from?
    pub(super) fn owns(&self, path: &Path) -> bool {
        self.content.ours.iter().any(|file| file.is_at(path))
    }

    /// Did an earlier run write more of the recording than up to `until`?
    pub(super) fn has_more_than(&self, until: Millis) -> bool {
        !self.content.last.files.is_empty() && self.content.last.until.is_none_or(|earlier| earlier > until)
    }

    /// Goes on from what is there if it is of the same work, else begins anew.
    ///
    /// # Errors
    /// [`Error::Exists`] if it is of another recording, and not to be replaced; [`Error::Write`].
    pub(super) fn begin(&mut self, begin: Begin, resume: bool, overwrite: bool) -> Result<Start, Error> {
        let Some(earlier) = &self.content.begin else { return self.start(begin, None) };
        let other = earlier.recording != begin.recording;
        if other && earlier.path != begin.path && !overwrite {
            return Err(Error::Exists { path: self.path.clone() });
        }
        let why = [
            (!resume, "`--resume` is false"),
            (other, "the recording is another one"),
            (earlier.model != begin.model, "it had another model"),
            (earlier.settings != begin.settings, "it had other settings"),
            (
                (earlier.version, &earlier.program) != (begin.version, &begin.program),
                "it was of another version of this program",
            ),
        ];
        match why.into_iter().find(|(differs, _)| *differs) {
            Some((_, why)) => self.start(begin, Some(why)),
            None => {
                self.lines.cut().map_err(|source| Error::Write { path: self.path.clone(), source })?;
                let steps = std::mem::take(&mut self.content.steps);
                self.has_steps = !steps.is_empty();
                Ok(Start { steps, anew: None })
            }
        }
    }

    fn start(&mut self, begin: Begin, anew: Option<&'static str>) -> Result<Start, Error> {
        let had_steps = !std::mem::take(&mut self.content.steps).is_empty();
        let begun = self.lines.cut().and_then(|()| self.lines.add(&Line::Begin(Box::new(begin))));
        begun.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        self.has_steps = false;
        Ok(Start { steps: Vec::new(), anew: anew.filter(|_| had_steps) })
    }

    /// Remembers a step; `false` if that failed just now. Later ones are then forgotten, too.
    pub(super) fn step(&mut self, step: &CheckpointRecord) -> bool {
        if self.broken {
            return true;
        }
        self.broken = self.lines.add(&Line::CheckpointRecord(step.clone())).is_err();
        self.has_steps |= !self.broken;
        !self.broken
    }

    /// Remembers that these files are ours, before they are written; `until` as in [`Files::until`].
    ///
    /// # Errors
    /// What the system says; it is then not remembered.
    pub(super) fn files(&mut self, files: &[Written], until: Option<Millis>) -> io::Result<()> {
        let files = Files { files: files.to_vec(), until };
        self.lines.add(&Line::Files(files.clone()))?;
        self.content.ours.extend_from_slice(&files.files);
        self.content.last = files;
        Ok(())
    }

    /// Ends the work. The file stays if the recording is not `done` and there is something to go on from, or files that
    /// the next run may replace.
    pub(super) fn close(self, done: bool) {
        let has_files = || self.content.ours.iter().any(|file| self.path.with_file_name(&file.name).exists());
        if done || !(self.has_steps || has_files()) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(sha256: &str) -> Begin {
        let recording = RecordingId { sha256: sha256.into(), ..RecordingId::default() };
        Begin::new(Path::new("talk.wav"), recording, ModelId::default(), TranscribeOptions::default())
    }

    fn step(number: u32) -> CheckpointRecord {
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
        assert!(first.begin(begin("a"), true, false).expect("begun").steps.is_empty());
        assert!(first.step(&step(0)) && first.step(&step(1)));
        assert!(matches!(Checkpoint::open(path.clone(), Path::new("talk.wav")), Err(Error::Busy { .. })));
        first.close(false);
        // The power went while the second was being written.
        let length = std::fs::metadata(&path).expect("a file").len();
        File::options().write(true).open(&path).and_then(|f| f.set_len(length - 7)).expect("cut");
        let mut second = open();
        assert_eq!(second.begin(begin("a"), true, false).expect("begun").steps, [step(0)]);
        assert!(second.step(&step(2)));
        second.close(false);
        assert_eq!(open().begin(begin("a"), true, false).expect("begun").steps, [step(0), step(2)]);
        let start = open().begin(begin("b"), true, false).expect("begun");
        assert_eq!((start.steps, start.anew), (vec![], Some("the recording is another one")));
    }

    #[test]
    fn it_stays_only_if_it_is_of_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = place(folder.path(), "talk");
        for (useful, done, stays) in [(false, false, false), (true, false, true), (true, true, false)] {
            let mut checkpoint = Checkpoint::open(path.clone(), Path::new("talk.wav")).expect("a checkpoint");
            checkpoint.begin(begin("a"), true, false).expect("begun");
            if useful {
                checkpoint.step(&step(0));
            }
            checkpoint.close(done);
            assert_eq!(path.exists(), stays);
        }
    }
}
