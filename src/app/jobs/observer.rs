//! What the library reports while it transcribes, as events of a job and lines of its checkpoint.

use std::sync::{Mutex, PoisonError};

use super::run::Run;
use crate::app::store::checkpoint::Checkpoint;
use crate::app::{CancelToken, JobEvent};
use crate::{CheckpointRecord, Event, Millis, Observer, Warning};

/// Passes on events, and writes what a later run need not do again.
pub(super) struct JobObserver<'a, 'w> {
    run: &'a Run<'a, 'w>,
    begin: Millis,
    checkpoint: Mutex<Option<Checkpoint>>,
    /// Where the work of an earlier run ends.
    resumed: Mutex<Millis>,
    cancel: CancelToken,
}

impl<'a, 'w> JobObserver<'a, 'w> {
    /// For a job of which what is transcribed begins at `begin`.
    pub(super) fn new(run: &'a Run<'a, 'w>, begin: Millis, checkpoint: Option<Checkpoint>) -> JobObserver<'a, 'w> {
        let cancel = run.queued.cancel.clone();
        JobObserver { run, begin, checkpoint: Mutex::new(checkpoint), resumed: Mutex::new(begin), cancel }
    }

    /// Where what is transcribed begins.
    pub(super) fn begin(&self) -> Millis {
        self.begin
    }

    /// The checkpoint, and how much an earlier run had done.
    pub(super) fn end(self) -> (Option<Checkpoint>, Millis) {
        let resumed = self.resumed.into_inner().unwrap_or_else(PoisonError::into_inner) - self.begin;
        (self.checkpoint.into_inner().unwrap_or_else(PoisonError::into_inner), resumed)
    }

    fn record(&self, track: usize, record: &CheckpointRecord) {
        if let Ok(mut checkpoint) = self.checkpoint.lock()
            && let Some(checkpoint) = &mut *checkpoint
            && !checkpoint.add(track, record)
        {
            self.run.tell(JobEvent::NoCheckpoint);
        }
    }
}

impl Observer for JobObserver<'_, '_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Opened(end) => self.run.tell(JobEvent::Opened { begin: self.begin, end }),
            Event::Reached(position) => self.run.tell(JobEvent::Progress { position, resumed: false }),
            Event::Resumed(position) => {
                if let Ok(mut resumed) = self.resumed.lock() {
                    *resumed = position.max(*resumed);
                }
                self.run.tell(JobEvent::Progress { position, resumed: true });
            }
            Event::Warning(warning) => self.run.tell(JobEvent::Warning(warning)),
            Event::Checkpoint(record) => self.record(0, record),
            Event::Segment(_) => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// The same for one of several tracks: its progress is a part of that of the job.
pub(super) struct TrackObserver<'o, 'a, 'w> {
    pub(super) job: &'o JobObserver<'a, 'w>,
    /// Its number, from 0.
    pub(super) track: usize,
    /// The name of its file, if the tracks have several.
    pub(super) file: Option<&'o str>,
    /// Where in it the work begins.
    pub(super) begin: Millis,
    /// The part of all the work that was done before it.
    pub(super) before: f64,
    /// The part of all the work for each second of it.
    pub(super) share: f64,
    /// How much is transcribed of the job, tracks or not.
    pub(super) length: Millis,
    /// What other tracks told.
    pub(super) told: &'o Mutex<Vec<Warning>>,
}

impl TrackObserver<'_, '_, '_> {
    /// How far the job is when the track is transcribed up to `position`.
    fn progress(&self, position: Millis) -> Millis {
        let part = (self.before + (position - self.begin).seconds() * self.share).clamp(0.0, 1.0);
        self.job.begin + Millis::from_seconds(self.length.seconds() * part)
    }
}

/// A warning about this file; `None`: about whichever it names.
pub(super) fn of_file(warning: &Warning, file: Option<&str>) -> Warning {
    Warning { file: file.map(str::to_owned).or(warning.file.clone()), ..warning.clone() }
}

impl Observer for TrackObserver<'_, '_, '_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Reached(position) => self.job.event(Event::Reached(self.progress(position))),
            Event::Resumed(position) => self.job.event(Event::Resumed(self.progress(position))),
            Event::Warning(warning) => {
                let warning = of_file(warning, self.file);
                let is_new = self.told.lock().is_ok_and(|told| !told.contains(&warning));
                if is_new {
                    self.job.event(Event::Warning(&warning));
                    self.told.lock().into_iter().for_each(|mut told| told.push(warning.clone()));
                }
            }
            Event::Checkpoint(record) => self.job.record(self.track, record),
            Event::Opened(_) | Event::Segment(_) => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.job.cancelled()
    }
}
