//! The work on recordings: as many at a time as keep all workers busy, each with its checkpoint, its files and its summary.

use std::io::{self, Read, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use jiff::Timestamp;
use transcribe::audio::{self, Part, Recording};
use transcribe::format::Format;
use transcribe::pipeline::{self, Workers};
use transcribe::{Completeness, Error, Event, Millis, Observer, RecordingId, Transcript, Warning, models};

use super::checkpoint::{Begin, Checkpoint};
use super::jobs::{self, Job};
use super::options::Options;
use super::output::{self, Written};
use super::progress::{Follower, Overall, Reporter};
use super::recognisers::Loaded;
use super::{Outcome, interrupt, report};

/// What all recordings of a run have in common.
pub(super) struct Work<'a> {
    pub(super) options: &'a Options,
    pub(super) loaded: &'a Loaded,
    pub(super) reporter: Reporter,
}

/// What became of a recording.
pub(super) struct Finished {
    pub(super) started: Timestamp,
    pub(super) took: Duration,
    pub(super) stamp: Option<Stamp>,
    pub(super) written: Vec<Written>,
    /// Without its text.
    pub(super) transcript: Option<Transcript>,
    pub(super) words: usize,
    /// As [`report::facts`].
    pub(super) check: Option<serde_json::Value>,
    pub(super) error: Option<Error>,
}

/// By which a file that was changed is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) modified: SystemTime,
}

/// Of all files together: their size, and the time of the last change.
pub(super) fn stamp(parts: &[PathBuf]) -> io::Result<Stamp> {
    let mut all = Stamp { size: 0, modified: SystemTime::UNIX_EPOCH };
    for part in parts {
        let meta = fs::metadata(part)?;
        all.size += meta.len();
        all.modified = all.modified.max(meta.modified()?);
    }
    Ok(all)
}

/// How much sound is to be transcribed, as far as the container tells. Opens the recording.
///
/// # Errors
/// Those of [`audio::open`].
pub(super) fn length(parts: &[PathBuf], part: Part) -> Result<Option<Millis>, Error> {
    open(parts, part).map(|recording| recording.end().map(|end| end - part.from))
}

fn open(parts: &[PathBuf], part: Part) -> Result<Recording, Error> {
    match parts {
        [one] => audio::open(one, part),
        many => audio::join(many, part),
    }
}

impl Work<'_> {
    /// Transcribes all, those that were given first first; `done` hears of each by its number as soon as it is out
    /// of the way, from any thread. With each job: how long it is, if that is known.
    pub(super) fn run(&self, jobs: &[(&Job, Option<Millis>)], done: &(dyn Fn(usize, &Finished) + Sync)) -> Outcome {
        let mut recognisers = self.loaded.recognisers(self.options.wishes.languages.len() != 1);
        let workers = recognisers.workers.len();
        self.reporter.detail(&format!("{workers} workers, {}", transcribe::whisper::system_info()));
        let length = Millis(jobs.iter().filter_map(|(_, length)| *length).map(|length| length.0).sum());
        let overall = (jobs.len() > 1).then(|| Overall::new(self.reporter, jobs.len(), length));
        let overall = overall.as_ref();
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // While some are being opened or written, the others keep the workers busy.
        let at_once = jobs.len().min(workers + 2);
        pipeline::with_workers(&mut recognisers, |workers| {
            thread::scope(|scope| {
                for _ in 0..at_once {
                    scope.spawn(|| {
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            let Some((job, length)) = jobs.get(number) else { break };
                            if interrupt::stopping() {
                                break;
                            }
                            let finished = self.one(job, workers, overall);
                            if let Some(error) = &finished.error {
                                // Of many, some have hardly begun when the user stops all.
                                let begun = finished.transcript.is_some() || jobs.len() == 1;
                                if begun || !matches!(error, Error::Cancelled) {
                                    self.reporter.failed(Some(&job.name), error);
                                }
                                failed.fetch_add(1, Ordering::Relaxed);
                            }
                            if let Some(overall) = overall {
                                let told = length.unwrap_or_default();
                                let reached =
                                    finished.transcript.as_ref().map_or(Millis(0), |t| match &t.completeness {
                                        Completeness::Complete => t.duration,
                                        Completeness::Partial { until, .. } => *until,
                                    });
                                overall.finished(finished.error.is_none(), told, reached - self.options.part.from);
                            }
                            done(number, &finished);
                        }
                    });
                }
            });
        });
        overall.inspect(|overall| overall.end());
        match (interrupt::stopping(), failed.into_inner()) {
            (true, _) => Outcome::Interrupted,
            (false, 0) => Outcome::Done,
            (false, _) => Outcome::Failed,
        }
    }

    /// One recording. Whatever goes wrong with it concerns no other.
    fn one(&self, job: &Job, workers: &Workers<'_>, overall: Option<&Overall>) -> Finished {
        let mut finished = Finished {
            started: Timestamp::now(),
            took: Duration::ZERO,
            stamp: None,
            written: Vec::new(),
            transcript: None,
            words: 0,
            check: None,
            error: None,
        };
        let work = AssertUnwindSafe(|| self.try_one(job, workers, overall, &mut finished));
        let crashed = |_| Err(Error::Recognise("the program made a mistake".into()));
        if let Err(error) = catch_unwind(work).unwrap_or_else(crashed) {
            finished.error = Some(error);
        }
        finished
    }

    fn try_one(
        &self,
        job: &Job,
        workers: &Workers<'_>,
        overall: Option<&Overall>,
        finished: &mut Finished,
    ) -> Result<(), Error> {
        let from_stdin = jobs::is_stdin(job.recording());
        let spooled = from_stdin.then(|| spool(&job.folder)).transpose()?;
        let parts = spooled.as_ref().map_or_else(|| job.parts.clone(), |file| vec![file.path().to_owned()]);
        let unreadable = |source| Error::Read { path: job.recording().into(), source };
        let before = stamp(&parts).map_err(unreadable)?;
        finished.stamp = Some(before);
        let recording = open(&parts, self.options.part)?;
        if recording.is_by_ffmpeg() {
            self.reporter.detail(&format!("{}: decoded by the installed ffmpeg", job.name));
        }
        let by_ffmpeg = recording.is_by_ffmpeg();
        let begin = recording.position().max(self.options.part.from);
        let mut checkpoint = job.checkpoint().map(|path| Checkpoint::open(path, job.recording())).transpose()?;
        let id = identify(job, &parts).map_err(|source| match interrupt::stopping() {
            true => Error::Cancelled,
            false => unreadable(source),
        })?;
        let mut steps = Vec::new();
        if let Some(checkpoint) = &mut checkpoint {
            let begin = Begin::new(id.clone(), self.loaded.id(), self.options.settings());
            let start = checkpoint.begin(begin, self.options.resume)?;
            if let Some(why) = start.anew {
                self.reporter.note(&format!("{}: an interrupted run is not gone on with, for {why}", job.name));
            }
            steps = start.steps;
        }
        if !steps.is_empty() {
            self.reporter.note(&format!("{}: goes on where an earlier run ended", job.name));
        }
        let follower = self.reporter.follow(&job.name, begin, overall);
        let watcher = Watcher { follower: &follower, checkpoint: Mutex::new(checkpoint), work: self, job };
        let made = workers.transcribe(recording, &self.options.wishes, steps, &watcher);
        let checkpoint = watcher.checkpoint.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = follower.known();
        finished.took = follower.finish();
        let (mut transcript, mut failure) = match made {
            Ok(made) => made,
            Err(error) => {
                checkpoint.into_iter().for_each(|checkpoint| checkpoint.close(false));
                return Err(error);
            }
        };
        // The signal that stops us may have ended ffmpeg as well, so its end need not be that of the recording.
        if by_ffmpeg && interrupt::stopping() && transcript.completeness == Completeness::Complete {
            let reason = Error::Cancelled.to_string();
            transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
            failure = Some(Error::Cancelled);
        }
        if !from_stdin {
            self.compare(job, before, &mut transcript, &mut failure);
        }
        transcript.recording = id;
        transcript.model = self.loaded.id();
        transcript.settings = self.options.settings();
        self.deliver(job, &transcript, checkpoint, finished, &mut failure);
        self.summarise(job, &transcript, begin, known, finished);
        finished.words = words(&transcript);
        finished.check = Some(report::facts(&transcript));
        let (segments, removed, corrections) = (Vec::new(), Vec::new(), Vec::new());
        finished.transcript = Some(Transcript { segments, removed, corrections, ..transcript });
        failure.map_or(Ok(()), Err)
    }

    /// Is the recording still what it was? What was heard of it stays in any case.
    fn compare(&self, job: &Job, before: Stamp, transcript: &mut Transcript, failure: &mut Option<Error>) {
        match stamp(&job.parts) {
            Ok(now) if now == before => {}
            Ok(_) => {
                let error = Error::Changed { path: job.recording().into() };
                if transcript.completeness == Completeness::Complete {
                    let reason = "the recording was changed while it was read".into();
                    transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
                }
                *failure = failure.take().or(Some(error));
            }
            Err(_) => {
                let message = "the recording was taken away while it was transcribed".to_owned();
                transcript.warnings.push(Warning { at: None, message });
            }
        }
    }

    /// Writes whatever was asked for.
    fn deliver(
        &self,
        job: &Job,
        transcript: &Transcript,
        mut checkpoint: Option<Checkpoint>,
        finished: &mut Finished,
        failure: &mut Option<Error>,
    ) {
        let mut files = Vec::new();
        for (format, path) in &job.files {
            // Writing into memory does not fail.
            let mut content = Vec::new();
            let _ = transcribe::format::write(*format, &self.shown(transcript, *format), &mut content);
            files.push((path, Written::of(path, &content), content));
        }
        // Who is killed between two files finds by it that they are its own. If that can't be written, neither can they.
        let ours: Vec<Written> = files.iter().map(|(_, written, _)| written.clone()).collect();
        let may = |checkpoint: &Option<Checkpoint>, path: &Path| {
            self.options.overwrite
                || job.ours.iter().any(|written| written.is_at(path))
                || checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.owns(path))
        };
        let replace: Vec<bool> = files.iter().map(|(path, ..)| may(&checkpoint, path)).collect();
        if let Some(checkpoint) = &mut checkpoint {
            let _ = checkpoint.files(&ours);
        }
        for ((path, written, content), replace) in files.into_iter().zip(replace) {
            match output::write(&content, path, replace) {
                Ok(()) => finished.written.push(written),
                // The others may still find room.
                Err(error) => self.keep(failure, error, &job.name),
            }
        }
        if let Some(format) = self.options.stdout {
            let mut text = Vec::new();
            let written = transcribe::format::write(format, &self.shown(transcript, format), &mut text);
            let written = written.and_then(|()| io::stdout().write_all(&text)).and_then(|()| io::stdout().flush());
            match written {
                Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                    self.keep(failure, Error::Write { path: "standard output".into(), source }, &job.name);
                }
                _ => {}
            }
        }
        checkpoint.into_iter().for_each(|checkpoint| checkpoint.close(failure.is_none()));
    }

    /// Two failures: the first is told at once, the last is returned.
    fn keep(&self, failure: &mut Option<Error>, error: Error, name: &str) {
        if let Some(earlier) = failure.replace(error) {
            self.reporter.failed(Some(name), &earlier);
        }
    }

    /// Captions always need the times of words; JSON has them if they are wanted.
    fn shown(&self, transcript: &Transcript, format: Format) -> Transcript {
        let mut shown = transcript.clone();
        if format == Format::Json && !self.options.words {
            shown.segments.iter_mut().for_each(|s| s.words.clear());
        }
        shown
    }

    fn summarise(&self, job: &Job, transcript: &Transcript, begin: Millis, known: Millis, finished: &Finished) {
        let files: Vec<String> =
            job.files.iter().filter(|(_, file)| file.is_file()).map(|(_, file)| file.display().to_string()).collect();
        let end = match &transcript.completeness {
            Completeness::Complete => transcript.duration.min(self.options.part.to.unwrap_or(transcript.duration)),
            Completeness::Partial { until, .. } => *until,
        };
        let done = report::Done { name: &job.name, transcript, length: end - begin, known, took: finished.took, files };
        self.reporter.done(&done.summary(), done.facts());
    }
}

pub(super) fn words(transcript: &Transcript) -> usize {
    transcript.segments.iter().map(|s| s.text.split_whitespace().count()).sum()
}

/// Passes on what happens, and what is worth remembering.
struct Watcher<'a> {
    follower: &'a Follower<'a>,
    checkpoint: Mutex<Option<Checkpoint>>,
    work: &'a Work<'a>,
    job: &'a Job,
}

impl Observer for Watcher<'_> {
    fn event(&self, event: Event<'_>) {
        if let (Event::Step(step), Ok(mut checkpoint)) = (event, self.checkpoint.lock())
            && let Some(checkpoint) = &mut *checkpoint
            && !checkpoint.step(step)
        {
            let name = &self.job.name;
            self.work
                .reporter
                .note(&format!("warning: {name}: no checkpoint can be written; it could not be gone on with"));
        }
        self.follower.event(event);
    }

    fn cancelled(&self) -> bool {
        self.follower.cancelled()
    }
}

fn identify(job: &Job, parts: &[PathBuf]) -> io::Result<RecordingId> {
    let mut all: Box<dyn Read> = Box::new(io::empty());
    for part in parts {
        all = Box::new(all.chain(fs::File::open(part)?));
    }
    let sha256 = models::sha256_of(all, |_| match interrupt::stopping() {
        true => std::ops::ControlFlow::Break(()),
        false => std::ops::ControlFlow::Continue(()),
    })?;
    let names = if job.parts.len() > 1 { job.parts.iter().map(|p| output::name_of(p)).collect() } else { Vec::new() };
    let name = match jobs::is_stdin(job.recording()) {
        true => job.name.clone(),
        false => output::name_of(job.recording()),
    };
    Ok(RecordingId { name, size: stamp(parts)?.size, sha256, parts: names })
}

/// Containers want to be read back and forth, so standard input first goes into a file beside the output.
fn spool(folder: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let write = |source| Error::Write { path: folder.into(), source };
    let mut file = tempfile::Builder::new().prefix(".transcribe-stdin-").tempfile_in(folder).map_err(write)?;
    interrupt::forget_with(file.path().into());
    io::copy(&mut io::stdin().lock(), &mut file).map_err(write)?;
    Ok(file)
}
