//! One job, from its recording to its files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use super::observer::JobObserver;
use super::outputs::{Outputs, write_outputs};
use super::queue::{Queue, QueuedJob};
use super::recording::{self, FileStamp};
use super::sound::{Made, Sound};
use super::speakers::{carry_known_names, carry_speakers};
use super::stdin::{self, StdinCopy};
use super::summary::{CaptionReport, Summary};
use super::{FinishedJob, is_stdin};
use crate::app::settings::Estimate;
use crate::app::store::checkpoint::{Checkpoint, Header, Resume, TrackRecord};
use crate::app::store::file_name;
use crate::app::{AppEvent, JobEvent};
use crate::edits::{self, Applied};
use crate::format::Format;
use crate::{
    Completeness, Error, Gap, GapReason, Millis, PartialReason, RecordingId, Transcript, Warning, WarningKind, import,
};

/// Runs a job. Whatever goes wrong with it concerns no other.
pub(super) fn run(queue: &Queue<'_, '_>, queued: &QueuedJob) -> FinishedJob {
    let run = Run { queue, queued };
    let finished = FinishedJob::new(queued.id, &queued.job.name);
    if queued.cancel.is_cancelled() {
        return FinishedJob { error: Some(Error::Cancelled), ..finished };
    }
    let started = finished.started;
    match catch_unwind(AssertUnwindSafe(|| run.transcribe(finished))) {
        Ok(finished) => finished,
        Err(_) => FinishedJob {
            started,
            error: Some(Error::Recognise("internal error".into())),
            ..FinishedJob::new(queued.id, &queued.job.name)
        },
    }
}

/// A job that runs.
pub(super) struct Run<'a, 'w> {
    pub(super) queue: &'a Queue<'a, 'w>,
    pub(super) queued: &'a QueuedJob,
}

/// The recording of a job, opened.
struct Opened {
    /// Standard input; deleted when dropped.
    _copied: Option<StdinCopy>,
    parts: Vec<PathBuf>,
    stamp: FileStamp,
    sound: Sound,
    id: RecordingId,
}

/// Carries over what only the live session knew in which the recording was made: when it began, what was marked, and when nothing was
/// heard, and why.
fn carry_notes(earlier: &Transcript, transcript: &mut Transcript) {
    transcript.recording.started.clone_from(&earlier.recording.started);
    transcript.markers.clone_from(&earlier.markers);
    let of_session = |gap: &&Gap| matches!(gap.reason, GapReason::Paused | GapReason::Lost | GapReason::Missed);
    transcript.gaps.extend(earlier.gaps.iter().filter(of_session).cloned());
    transcript.gaps.sort_by_key(|gap| gap.span.start);
}

impl Run<'_, '_> {
    pub(super) fn tell(&self, event: JobEvent<'_>) {
        let (id, name) = (self.queued.id, self.queued.job.name.as_str());
        self.queue.listener.event(&AppEvent::Job { id, name, event });
    }

    fn transcribe(&self, mut finished: FinishedJob) -> FinishedJob {
        let mut finished = match self.open() {
            Ok(opened) => {
                finished.stamp = Some(opened.stamp);
                self.transcribe_opened(opened, finished)
            }
            Err(error) => FinishedJob { error: Some(error), ..finished },
        };
        if is_stdin(self.queued.job.recording()) {
            finished.error = finished.error.map(stdin::named);
        }
        finished
    }

    fn open(&self) -> Result<Opened, Error> {
        let QueuedJob { job, settings, cancel, .. } = self.queued;
        // Where no file is wanted, none is written.
        let folder = Some(&*job.folder).filter(|_| !job.files.is_empty());
        let copy = || StdinCopy::new(folder, cancel, self.queue.listener);
        let copied = is_stdin(job.recording()).then(copy).transpose()?;
        let parts = copied.as_ref().map_or_else(|| job.parts.clone(), |copy| vec![copy.path.clone()]);
        let unreadable = |source| Error::Read { path: job.recording().into(), source };
        let stamp = recording::stamp(&parts).map_err(unreadable)?;
        let sound = match job.tracks {
            true => Sound::open_tracks(&parts, settings, cancel),
            false => Sound::open(&parts, settings, cancel)?,
        };
        if sound.is_by_ffmpeg() {
            self.tell(JobEvent::DecodedByFfmpeg);
        }
        settings.known.missing.iter().for_each(|warning| self.tell(JobEvent::Warning(warning)));
        let is_named = copied.is_some() || job.tracks;
        let name = if is_named { job.title() } else { file_name(job.recording()) };
        let mut id = recording::identify(name, &parts, cancel).map_err(|source| match cancel.is_cancelled() {
            true => Error::Cancelled,
            false => unreadable(source),
        })?;
        if job.tracks {
            id.parts.clear();
        }
        Ok(Opened { _copied: copied, parts, stamp, sound, id })
    }

    fn transcribe_opened(&self, opened: Opened, finished: FinishedJob) -> FinishedJob {
        let QueuedJob { job, settings, cancel, .. } = self.queued;
        let Opened { _copied, parts, stamp, sound, id } = opened;
        let by_ffmpeg = sound.is_by_ffmpeg();
        let begin = sound.begin(settings);
        let (checkpoint, records) = match self.open_checkpoint(&id) {
            Ok(opened) => opened,
            Err(error) => return FinishedJob { error: Some(error), ..finished },
        };
        let observer = JobObserver::new(self, begin, checkpoint);
        let started = Instant::now();
        let made = sound.transcribe(self, records, &observer);
        let elapsed = started.elapsed();
        let (checkpoint, resumed) = observer.end();
        let finished = FinishedJob { elapsed, resumed, ..finished };
        let (mut transcript, mut errors): Made = match made {
            Ok(made) => made,
            Err(error) => {
                checkpoint.into_iter().for_each(|checkpoint| checkpoint.close(false));
                return FinishedJob { error: Some(error), ..finished };
            }
        };
        // The signal that cancels us may have ended ffmpeg as well, so where it ended need not be the recording's end.
        if by_ffmpeg && cancel.is_cancelled() && transcript.completeness == Completeness::Complete {
            let reason = PartialReason::Interrupted;
            transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
            errors = vec![Error::Cancelled];
        }
        if !is_stdin(job.recording()) {
            let changed = self.check_unchanged(stamp, &mut transcript);
            errors.extend(changed.filter(|_| errors.is_empty()));
        }
        let tracks = std::mem::take(&mut transcript.recording.tracks);
        transcript.recording = RecordingId { tracks, ..id };
        transcript.model = self.queue.model.id();
        transcript.settings = settings.transcribe.clone();
        let warning = settings.known.name_speakers(&mut transcript);
        warning.iter().for_each(|warning| self.tell(JobEvent::Warning(warning)));
        let earlier = self.earlier(&transcript);
        let is_known = self.take_over(earlier.as_ref(), &mut transcript);
        let write =
            |transcript: &Transcript, before| write_outputs(self.queued, &parts, transcript, earlier.as_ref(), before);
        let mut outputs = write(&transcript, Outputs { checkpoint, ..Outputs::default() });
        if !is_known && outputs.errors.is_empty() && !outputs.earlier_has_more {
            match self.tell_speakers_apart(&parts, &mut transcript) {
                Ok(true) => outputs = write(&transcript, outputs),
                Ok(false) => {}
                Err(error) => errors.push(error),
            }
        }
        if let Some(earlier) = earlier.filter(|_| !outputs.earlier_has_more) {
            self.tell_other_speakers(&earlier, &transcript);
        }
        self.finish(finished, transcript, begin, outputs, errors)
    }

    /// Carries over what people, and a live session, know of the recording; returns whether that or the recording says who speaks.
    fn take_over(&self, earlier: Option<&Transcript>, transcript: &mut Transcript) -> bool {
        let known = &self.queued.settings.known;
        let is_known = !transcript.speakers().is_empty();
        match earlier {
            Some(earlier) if is_known => carry_known_names(earlier, transcript, |name| known.gives(name)),
            Some(earlier) if known.estimate != Some(Estimate::Off) => carry_speakers(earlier, transcript),
            _ => {}
        }
        let is_known = is_known || self.keeps_speakers(transcript);
        earlier.iter().for_each(|earlier| carry_notes(earlier, transcript));
        self.keep_edits(earlier, transcript);
        is_known
    }

    /// Whether a transcript has who speaks from people: that is no estimate, and none takes its place unless it is asked for.
    fn keeps_speakers(&self, transcript: &Transcript) -> bool {
        let asked = matches!(self.queued.settings.known.estimate, Some(Estimate::Speakers(_)));
        !asked && transcript.has_known_speakers()
    }

    /// The checkpoint of the job, if it needs one, and what an earlier run has left in it.
    fn open_checkpoint(&self, id: &RecordingId) -> Result<(Option<Checkpoint>, Vec<TrackRecord>), Error> {
        let QueuedJob { job, settings, .. } = self.queued;
        let Some(path) = job.checkpoint() else { return Ok((None, Vec::new())) };
        let mut checkpoint = Checkpoint::open(path, job.recording(), self.queue.key())?;
        let header = Header::new(job.recording(), id.clone(), self.queue.model.id(), settings.transcribe.clone());
        let Resume { records, restart } = checkpoint.begin(header, settings.resume, settings.overwrite)?;
        if let Some(reason) = restart {
            self.tell(JobEvent::NotResuming(reason));
        }
        if !records.is_empty() {
            self.tell(JobEvent::Resuming);
        }
        Ok((Some(checkpoint), records))
    }

    /// Notes in the transcript if the recording is not what it was before. What was recognised stays in any case.
    fn check_unchanged(&self, before: FileStamp, transcript: &mut Transcript) -> Option<Error> {
        let job = &self.queued.job;
        match recording::stamp(&job.parts) {
            Ok(now) if now == before => None,
            Ok(_) => {
                if transcript.completeness == Completeness::Complete {
                    let reason = PartialReason::RecordingChanged;
                    transcript.completeness = Completeness::Partial { until: transcript.duration, reason };
                }
                Some(Error::Changed { path: job.recording().into() })
            }
            Err(_) => {
                transcript.warnings.push(Warning::new(None, WarningKind::RecordingRemoved));
                None
            }
        }
    }

    /// The transcript of the same recording that lies where this one will.
    fn earlier(&self, transcript: &Transcript) -> Option<Transcript> {
        let QueuedJob { job, settings, .. } = self.queued;
        let json = job.file(Format::Json);
        // Not a pipe, which would never end.
        if !json.is_file() {
            return None;
        }
        match import::read(&json) {
            Ok((earlier, import::Source::Transcribe)) => {
                Some(earlier).filter(|earlier| earlier.recording.sha256 == transcript.recording.sha256)
            }
            Err(Error::Transcript { .. }) if settings.overwrite && job.files.iter().any(|(_, file)| *file == json) => {
                let names = (1..).map(|n| if n == 1 { "broken".into() } else { format!("broken-{n}") });
                let mut paths = names.map(|name| json.with_added_extension(name));
                let renamed_to = paths.find(|path| path.symlink_metadata().is_err())?;
                // A link stays, and what it leads to is replaced.
                let _ = match json.is_symlink() {
                    true => std::fs::copy(&json, &renamed_to).map(drop),
                    false => std::fs::rename(&json, &renamed_to),
                };
                self.tell(JobEvent::EditsUnreadable { transcript: &json, renamed_to: &renamed_to });
                None
            }
            _ => None,
        }
    }

    /// Carries over what people changed in an earlier transcript of the recording.
    fn keep_edits(&self, earlier: Option<&Transcript>, transcript: &mut Transcript) {
        let Some(earlier) = earlier.filter(|earlier| !earlier.edits.is_empty()) else { return };
        let Applied { done, .. } = edits::carry(earlier, transcript);
        self.tell(JobEvent::EditsKept { count: done, from: &self.queued.job.file(Format::Json) });
    }

    /// Sums up. All errors but the last are told now; the last is that of the job.
    fn finish(
        &self,
        finished: FinishedJob,
        transcript: Transcript,
        begin: Millis,
        outputs: Outputs,
        mut errors: Vec<Error>,
    ) -> FinishedJob {
        let QueuedJob { job, settings, .. } = self.queued;
        let Outputs { written, stdout, checkpoint, earlier_has_more, errors: failed } = outputs;
        if earlier_has_more {
            self.tell(JobEvent::EarlierHasMore);
        }
        errors.extend(failed);
        let error = errors.pop();
        errors.iter().for_each(|error| self.tell(JobEvent::Failed(error)));
        let end = match &transcript.completeness {
            Completeness::Complete => transcript.duration.min(settings.selection().to.unwrap_or(transcript.duration)),
            Completeness::Partial { until, .. } => *until,
        };
        let transcribed = end - begin;
        let files = job.files.iter().map(|(_, file)| file.clone()).filter(|file| file.is_file()).collect();
        let summary = Summary::new(&job.name, &transcript, [transcribed, finished.resumed], finished.elapsed, files);
        let captions = settings.report.then(|| CaptionReport::new(&transcript, settings.style.captions));
        self.tell(JobEvent::Transcribed { summary: &summary, captions: captions.as_ref() });
        let (segments, removed, corrections) = (Vec::new(), Vec::new(), Vec::new());
        FinishedJob {
            transcribed,
            written,
            stdout,
            transcript: Some(Transcript { segments, removed, corrections, ..transcript }),
            summary: Some(summary),
            error,
            checkpoint,
            ..finished
        }
    }
}
