//! The work on recordings: as many at a time as keep all workers busy, each with its checkpoint, its files and its summary.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use transcribe::edits::{self, Applied};
use transcribe::format::{Format, Style};
use transcribe::import;
use transcribe::pipeline::{self, Workers};
use transcribe::{
    CheckpointRecord, Completeness, Error, Event, Millis, Observer, PartialReason, RecordingId, Transcript, Warning,
    WarningKind,
};

use super::captions;
use super::checkpoint::{Begin, Checkpoint, Start};
use super::jobs::{self, Job};
use super::output::{self, Written};
use super::progress::{Follower, Overall, Reporter};
use super::recognisers::Loaded;
use super::source::{self, Stamp};
use super::transcripts::edits_in_words;
use super::{Outcome, embed, interrupt, paths, report};
use transcribe::app::Settings;

/// What all recordings of a run have in common.
pub(super) struct Work<'a> {
    pub(super) options: &'a Settings,
    pub(super) loaded: &'a Loaded,
    pub(super) reporter: Reporter,
}

/// What became of a recording.
pub(super) struct Finished {
    pub(super) started: Timestamp,
    pub(super) took: Duration,
    /// So much of the recording was transcribed by this run.
    pub(super) new: Millis,
    pub(super) stamp: Option<Stamp>,
    pub(super) written: Vec<Written>,
    /// Without its text.
    pub(super) transcript: Option<Transcript>,
    pub(super) words: usize,
    /// As [`report::facts`].
    pub(super) check: Option<serde_json::Value>,
    pub(super) error: Option<Error>,
    /// To be closed when all this is written down.
    checkpoint: Option<Checkpoint>,
}

impl Work<'_> {
    /// Transcribes all, those that were given first first; `done` hears of each by its number as soon as it is out
    /// of the way, from any thread, and says whether it is written down what became of it. With each job: how long it is, if that is known.
    pub(super) fn run(
        &self,
        jobs: &[(&Job, Option<Millis>)],
        done: &(dyn Fn(usize, &Finished) -> bool + Sync),
    ) -> Outcome {
        if jobs.is_empty() {
            return Outcome::Done;
        }
        let mut recognisers = self.loaded.recognisers(self.options.transcribe.languages.len() != 1);
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
                            let mut finished = self.one(job, workers, overall);
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
                                let reached = finished.transcript.as_ref().map_or(Millis(0), |t| self.end(t));
                                overall.finished(finished.error.is_none(), told, reached - self.options.part.from);
                            }
                            let whole = done(number, &finished) && finished.error.is_none();
                            finished.checkpoint.take().into_iter().for_each(|checkpoint| checkpoint.close(whole));
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
            new: Millis(0),
            stamp: None,
            written: Vec::new(),
            transcript: None,
            words: 0,
            check: None,
            error: None,
            checkpoint: None,
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
        let spooled = from_stdin.then(|| source::spool(&job.folder)).transpose()?;
        let parts = spooled.as_ref().map_or_else(|| job.parts.clone(), |file| vec![file.path().to_owned()]);
        let unreadable = |source| Error::Read { path: job.recording().into(), source };
        let id_name = if from_stdin { job.name.clone() } else { output::name_of(job.recording()) };
        let before = source::stamp(&parts).map_err(unreadable)?;
        finished.stamp = Some(before);
        let recording = source::open(&parts, self.options.part)?;
        if recording.is_by_ffmpeg() {
            self.reporter.detail(&format!("{}: decoded by the installed ffmpeg", job.name));
        }
        let by_ffmpeg = recording.is_by_ffmpeg();
        let begin = recording.position().max(self.options.part.from);
        let id = source::identify(id_name, &parts).map_err(|source| match interrupt::stopping() {
            true => Error::Cancelled,
            false => unreadable(source),
        })?;
        let mut checkpoint = job.checkpoint().map(|path| Checkpoint::open(path, job.recording())).transpose()?;
        let steps = checkpoint.as_mut().map_or(Ok(Vec::new()), |checkpoint| self.go_on(job, checkpoint, &id))?;
        let follower = self.reporter.follow(&job.name, begin, overall);
        let watcher = Watcher { follower: &follower, checkpoint: Mutex::new(checkpoint), work: self, job };
        let made = workers.transcribe(recording, &self.options.transcribe, steps, &watcher);
        let checkpoint = watcher.checkpoint.into_inner().unwrap_or_else(PoisonError::into_inner);
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
            let reason = PartialReason::Interrupted;
            transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
            failure = Some(Error::Cancelled);
        }
        if !from_stdin {
            self.compare(job, before, &mut transcript, &mut failure);
        }
        transcript.recording = id;
        transcript.model = self.loaded.id();
        transcript.settings = self.options.recorded();
        self.keep_edits(job, &mut transcript);
        self.deliver(job, &parts, &transcript, checkpoint, finished, &mut failure);
        let length = self.end(&transcript) - begin;
        finished.new = length - known;
        self.summarise(job, &transcript, length, known, finished);
        finished.words = words(&transcript);
        finished.check = Some(report::facts(&transcript));
        let (segments, removed, corrections) = (Vec::new(), Vec::new(), Vec::new());
        finished.transcript = Some(Transcript { segments, removed, corrections, ..transcript });
        failure.map_or(Ok(()), Err)
    }

    /// What an earlier run has done.
    fn go_on(&self, job: &Job, checkpoint: &mut Checkpoint, id: &RecordingId) -> Result<Vec<CheckpointRecord>, Error> {
        let begin = Begin::new(job.recording(), id.clone(), self.loaded.id(), self.options.recorded());
        let Start { steps, anew } = checkpoint.begin(begin, self.options.resume, self.options.overwrite)?;
        if let Some(why) = anew {
            self.reporter.note(&format!("{}: an interrupted run is not gone on with, for {why}", job.name));
        }
        if !steps.is_empty() {
            self.reporter.note(&format!("{}: goes on where an earlier run ended", job.name));
        }
        Ok(steps)
    }

    /// Is the recording still what it was? What was heard of it stays in any case.
    fn compare(&self, job: &Job, before: Stamp, transcript: &mut Transcript, failure: &mut Option<Error>) {
        match source::stamp(&job.parts) {
            Ok(now) if now == before => {}
            Ok(_) => {
                let error = Error::Changed { path: job.recording().into() };
                if transcript.completeness == Completeness::Complete {
                    let reason = PartialReason::RecordingChanged;
                    transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
                }
                *failure = failure.take().or(Some(error));
            }
            Err(_) => {
                transcript.warnings.push(Warning::new(None, WarningKind::RecordingRemoved));
            }
        }
    }

    /// What people changed in an earlier transcript of the recording stays.
    fn keep_edits(&self, job: &Job, transcript: &mut Transcript) {
        let master = job.file(Format::Json);
        let earlier = match import::read(&master) {
            Ok((earlier, import::Source::Transcribe)) => earlier,
            Err(Error::Transcript { .. })
                if self.options.overwrite && job.files.iter().any(|(_, file)| *file == master) =>
            {
                let aside = format!("{}.broken", master.display());
                let _ = std::fs::rename(&master, &aside);
                let name = master.display();
                let text = format!("`{name}` cannot be read, so its edits are not kept; it is now `{aside}`");
                return self.reporter.note(&format!("{}: {text}", job.name));
            }
            _ => return,
        };
        if earlier.recording.sha256 != transcript.recording.sha256 || earlier.edits.is_empty() {
            return;
        }
        let Applied { done, .. } = edits::carry(&earlier, transcript);
        self.reporter.note(&format!("{}: {} of `{}` kept", job.name, edits_in_words(done), master.display()));
    }

    /// Writes whatever was asked for.
    fn deliver(
        &self,
        job: &Job,
        parts: &[PathBuf],
        transcript: &Transcript,
        mut checkpoint: Option<Checkpoint>,
        finished: &mut Finished,
        failure: &mut Option<Error>,
    ) {
        let until = match &transcript.completeness {
            Completeness::Complete => None,
            Completeness::Partial { until, .. } => Some(*until),
        };
        let more =
            |until| job.was_done || checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_more_than(until));
        let media = paths::link(job.recording(), &job.folder).filter(|_| !jobs::is_stdin(job.recording()));
        let style = Style { media, ..self.options.style.clone() };
        let content = |format, failure: &mut Option<Error>| {
            let (shown, embed) = (self.shown(transcript, format), Some(parts).filter(|_| self.options.embed_audio));
            embed::written(format, &shown, &style, embed).unwrap_or_else(|error| {
                // Better without its sound than not at all.
                self.keep(failure, error, &job.name);
                embed::written(format, &shown, &style, None).unwrap_or_default()
            })
        };
        let mut files = Vec::new();
        if until.is_some_and(more) && !self.options.overwrite {
            self.reporter.note(&format!("{}: the earlier transcript has more, and stays", job.name));
        } else {
            for (format, path) in &job.files {
                let content = content(*format, failure);
                files.push((path, Written::of(path, &content), content));
            }
        }
        let ours: Vec<Written> = files.iter().map(|(_, written, _)| written.clone()).collect();
        let may = |path: &Path| {
            self.options.overwrite
                || job.ours.iter().any(|written| written.is_at(path))
                || checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.owns(path))
        };
        let replace: Vec<bool> = files.iter().map(|(path, ..)| may(path)).collect();
        // Who is killed between two files knows by it that they are its own.
        if let Some(checkpoint) = checkpoint.as_mut().filter(|_| !ours.is_empty()) {
            let _ = checkpoint.files(&ours, until);
        }
        for ((path, written, content), replace) in files.into_iter().zip(replace) {
            match output::write(&content, path, replace) {
                Ok(()) => finished.written.push(written),
                // The others may still find room.
                Err(error) => self.keep(failure, error, &job.name),
            }
        }
        if let Some(format) = self.options.stdout {
            match io::stdout().write_all(&content(format, failure)).and_then(|()| io::stdout().flush()) {
                Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                    self.keep(failure, Error::Write { path: "standard output".into(), source }, &job.name);
                }
                _ => {}
            }
        }
        finished.checkpoint = checkpoint;
    }

    /// Two failures: the first is told at once, the last is returned.
    fn keep(&self, failure: &mut Option<Error>, error: Error, name: &str) {
        if let Some(earlier) = failure.replace(error) {
            self.reporter.failed(Some(name), &earlier);
        }
    }

    /// Captions and the like always need the times of words; what lists single ones has them if they are wanted.
    fn shown<'t>(&self, transcript: &'t Transcript, format: Format) -> Cow<'t, Transcript> {
        if !format.lists_words() || self.options.words {
            return Cow::Borrowed(transcript);
        }
        let mut shown = transcript.clone();
        shown.segments.iter_mut().for_each(|s| s.words.clear());
        Cow::Owned(shown)
    }

    /// Up to where it is transcribed.
    fn end(&self, transcript: &Transcript) -> Millis {
        match &transcript.completeness {
            Completeness::Complete => transcript.duration.min(self.options.part.to.unwrap_or(transcript.duration)),
            Completeness::Partial { until, .. } => *until,
        }
    }

    fn summarise(&self, job: &Job, transcript: &Transcript, length: Millis, known: Millis, finished: &Finished) {
        let files: Vec<String> =
            job.files.iter().filter(|(_, file)| file.is_file()).map(|(_, file)| file.display().to_string()).collect();
        let done = report::Done { name: &job.name, transcript, length, known, took: finished.took, files };
        self.reporter.done(&done.summary(), done.facts());
        if self.options.report {
            let (text, facts) = captions::report(&job.name, transcript, &self.options.style.captions);
            self.reporter.answer(&text, facts);
        }
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
        if let (Event::Checkpoint(step), Ok(mut checkpoint)) = (event, self.checkpoint.lock())
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
