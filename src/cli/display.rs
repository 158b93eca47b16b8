//! Shows on standard error what the application tells: the words for its events.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use transcribe::app::batch::{BatchEvent, UnusedPattern};
use transcribe::app::jobs::JobId;
use transcribe::app::store::RestartReason;
use transcribe::app::{AppEvent, JobEvent, Listener, UsageError};
use transcribe::{Error, Millis, Span};

use super::progress::{JobProgress, Overall, Reporter};
use super::{batch_table, captions, interrupt, summary};

/// Listens to the application and shows what it tells.
pub(super) struct Display {
    reporter: Reporter,
    jobs: Mutex<Jobs>,
}

/// The jobs that run together.
#[derive(Default)]
struct Jobs {
    lengths: Vec<Option<Millis>>,
    /// `None` for a single job.
    overall: Option<Overall>,
    running: HashMap<JobId, JobProgress>,
    /// Jobs that gave a transcript, and have not ended.
    transcribed: Vec<JobId>,
}

impl Display {
    pub(super) fn new(reporter: Reporter) -> Display {
        Display { reporter, jobs: Mutex::default() }
    }

    /// Jobs begin; with each: how much is to be transcribed, if that is known.
    pub(super) fn begin(&self, lengths: &[Option<Millis>]) {
        let total = Millis(lengths.iter().flatten().map(|length| length.0).sum());
        let overall = (lengths.len() > 1).then(|| Overall::new(self.reporter, lengths.len(), total));
        *self.jobs() = Jobs { lengths: lengths.to_vec(), overall, ..Jobs::default() };
    }

    /// All jobs have ended.
    pub(super) fn end(&self) {
        let jobs = std::mem::take(&mut *self.jobs());
        jobs.running.into_values().for_each(JobProgress::finish);
        jobs.overall.iter().for_each(Overall::end);
    }

    /// A job failed in what came after it.
    pub(super) fn failed(&self, name: &str, error: &Error) {
        self.reporter.failed(Some(name), error);
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self, id: JobId, name: &str, event: JobEvent<'_>) {
        let note = |text: String| self.reporter.note(&format!("{name}: {text}"));
        match event {
            JobEvent::Opened { begin, end } => {
                self.jobs().running.insert(id, JobProgress::new(self.reporter, name, begin, end));
            }
            JobEvent::Progress { position, resumed } => {
                let Jobs { running, overall, .. } = &mut *self.jobs();
                if let Some(progress) = running.get_mut(&id) {
                    progress.reached(position, resumed, overall.as_mut());
                }
            }
            JobEvent::Warning(warning) => self.reporter.warning(name, warning),
            JobEvent::DecodedByFfmpeg => {
                self.reporter.detail(&format!("{name}: decoded by the installed ffmpeg"));
            }
            JobEvent::TrackAligned { file, start, drift } => {
                let clock = match drift {
                    drift if drift.abs() < 0.05 => String::new(),
                    drift if drift > 0.0 => format!(", its clock is {drift:.1} ppm slow"),
                    drift => format!(", its clock is {:.1} ppm fast", -drift),
                };
                note(format!("`{file}` begins at {:.3} s{clock}", start.seconds()));
            }
            JobEvent::TellingSpeakersApart { position } => {
                if let Some(progress) = self.jobs().running.get_mut(&id) {
                    progress.voices(position);
                }
            }
            JobEvent::Resuming => note("resuming the interrupted run".into()),
            JobEvent::NotResuming(reason) => {
                note(format!("not resuming the interrupted run, because {}", restart_reason(reason)));
            }
            JobEvent::NoCheckpoint => self.reporter.note(&format!(
                "warning: {name}: cannot write the checkpoint; this run could not be resumed if it were interrupted"
            )),
            JobEvent::EditsKept { count, from } => {
                note(format!("{} of `{}` kept", edits(count), from.display()));
            }
            JobEvent::SpeakersDiffer { places, transcript } => note(other_speakers(places, transcript)),
            JobEvent::EditsUnreadable { transcript, renamed_to } => {
                let (transcript, renamed_to) = (transcript.display(), renamed_to.display());
                note(format!("`{transcript}` cannot be read, so its edits are not kept; it is now `{renamed_to}`"));
            }
            JobEvent::EarlierHasMore => note("the earlier transcript covers more, and stays".into()),
            JobEvent::Failed(error) => self.reporter.failed(Some(name), error),
            JobEvent::Transcribed { summary: done, captions: report } => {
                let progress = self.jobs().running.remove(&id);
                progress.into_iter().for_each(JobProgress::finish);
                self.jobs().transcribed.push(id);
                self.reporter.done(&summary::text(done), summary::event(done));
                if let Some(report) = report {
                    let (text, event) = captions::report(name, report);
                    self.reporter.answer(&text, event);
                }
            }
            JobEvent::Ended { error, transcribed } => self.ended(id, name, error, transcribed),
            _ => {}
        }
    }

    fn ended(&self, id: JobId, name: &str, error: Option<&Error>, transcribed: Millis) {
        let jobs = &mut *self.jobs();
        jobs.running.remove(&id).into_iter().for_each(JobProgress::finish);
        let begun = jobs.transcribed.iter().position(|other| *other == id);
        begun.map(|at| jobs.transcribed.swap_remove(at));
        // Of many jobs, some have hardly begun when the user cancels all.
        let quiet = begun.is_none() && jobs.overall.is_some();
        if let Some(error) = error.filter(|error| !(quiet && matches!(error, Error::Cancelled))) {
            self.reporter.failed(Some(name), error);
        }
        let length = jobs.lengths.get(id.0).copied().flatten().unwrap_or_default();
        if let Some(overall) = &mut jobs.overall {
            overall.finished(error.is_none(), length, transcribed);
        }
    }

    fn batch(&self, event: BatchEvent<'_>) {
        let reporter = self.reporter;
        match event {
            BatchEvent::NotSearched { path, reason, is_failure } => {
                let text = format!("`{}` is left out: {reason}", path.display());
                match is_failure {
                    true => drop(reporter.misused(&text.into())),
                    false => reporter.note(&format!("warning: {text}")),
                }
            }
            BatchEvent::PassedOver(others) => {
                batch_table::passed_over(others).into_iter().for_each(|text| reporter.note(&text));
            }
            BatchEvent::UnusedPattern(UnusedPattern { pattern, excludes }) => {
                let option = if *excludes { "--exclude" } else { "--include" };
                reporter.note(&format!("warning: `{option} {pattern}` matches nothing"));
            }
            BatchEvent::LeftOut(path) => reporter.left_out(path),
            BatchEvent::Refused { name, reason } => {
                let hint = "rename one, leave one out with `--exclude`, or write elsewhere with `-o`";
                reporter.misused(&UsageError::new(format!("{name}: {reason}"), hint));
            }
            BatchEvent::Mistake(error) => {
                reporter.misused(error);
            }
            BatchEvent::Started { lengths } => self.begin(lengths),
            BatchEvent::Stopped => self.end(),
            BatchEvent::Watching { folders } => {
                let names: Vec<String> = folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
                reporter.note(&format!("watching {}; Ctrl-C ends it", names.join(", ")));
            }
            BatchEvent::NothingFound { recursive } => {
                let deeper = if recursive { "" } else { "; `--recursive` looks into the folders in it, too" };
                reporter.note(&format!("no recordings found{deeper}"));
            }
            BatchEvent::Finished { items, elapsed } => {
                let (text, totals) = batch_table::closing(items, elapsed);
                reporter.done(&text, json!({"event": "batch", "totals": totals}));
            }
            _ => {}
        }
    }
}

impl Listener for Display {
    fn event(&self, event: &AppEvent<'_>) {
        match *event {
            AppEvent::Job { id, name, event } => self.job(id, name, event),
            AppEvent::Batch(event) => self.batch(event),
            AppEvent::ModelChosen { name } => {
                self.reporter.note(&format!("model: {name} (the best installed; `-m` takes another)"));
            }
            AppEvent::ModelNotPublished { file } => {
                self.reporter.note(&format!("model: {file} is none of the published ones, so it was not verified"));
            }
            AppEvent::SpeakersNotTold(error) => self.reporter.note(&format!(
                "warning: speakers are not told apart: {error}; `transcribe models get speakers` gets what is needed"
            )),
            AppEvent::WorkersStarted { count } => {
                self.reporter.detail(&format!("{count} workers, {}", transcribe::whisper::system_info()));
            }
            AppEvent::TemporaryFile(path) => interrupt::delete_at_exit(path.into()),
            AppEvent::NoKey(error) => self.reporter.note(&format!(
                "warning: {error}; without a key of your own, what is interrupted cannot be resumed later; \
                 `XDG_STATE_HOME=FOLDER` names another folder for it"
            )),
            AppEvent::Failed(error) => self.reporter.failed(None, error),
            _ => {}
        }
    }
}

/// `1 edit`, `2 edits`.
pub(super) fn edits(count: usize) -> String {
    format!("{count} edit{}", if count == 1 { "" } else { "s" })
}

/// Places that are named.
const NAMED: usize = 3;

/// That somebody else speaks than in the earlier transcript, and where.
fn other_speakers(places: &[Span], transcript: &Path) -> String {
    let mut named: Vec<String> = places.iter().take(NAMED).map(|span| format!("{}–{}", span.start, span.end)).collect();
    if places.len() > NAMED {
        named.push(format!("and {} more", places.len() - NAMED));
    }
    format!(
        "who speaks had been corrected in `{}`, and is somebody else now at {}; `transcribe speakers` corrects it again",
        transcript.display(),
        named.join(", ")
    )
}

/// Behind `because`.
fn restart_reason(reason: RestartReason) -> &'static str {
    match reason {
        RestartReason::NotWanted => "`--resume` is false",
        RestartReason::Recording => "the recording is another one",
        RestartReason::Model => "it used another model",
        RestartReason::Settings => "it had other settings",
        RestartReason::Version => "another version of this program wrote it",
        RestartReason::NotSealed => {
            "its checkpoint is not sealed with your key: an older version of this program or somebody else wrote it"
        }
        _ => "it is of another kind",
    }
}
