//! What happens while the application works, for the front end to show.

use std::path::Path;

use super::batch::BatchEvent;
use super::jobs::{CaptionReport, JobId, Summary};
use super::session::SessionEvent;
use super::store::checkpoint::RestartReason;
use crate::{Error, Millis, Span, Warning};

/// Receives events, from any thread. It must return soon, for the work waits for it. `()` ignores them.
pub trait Listener: Sync {
    /// Something happened.
    fn event(&self, event: &AppEvent<'_>);
}

impl Listener for () {
    fn event(&self, _: &AppEvent<'_>) {}
}

/// Something that happened. Contains no transcript text.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum AppEvent<'a> {
    /// It concerns one job.
    Job {
        /// Which one.
        id: JobId,
        /// The name of its recording.
        name: &'a str,
        /// What happened to it.
        event: JobEvent<'a>,
    },
    /// It concerns a batch.
    Batch(BatchEvent<'a>),
    /// It concerns a live session.
    Session(SessionEvent<'a>),
    /// No model was named, so the best installed one is used.
    ModelChosen {
        /// Its name.
        name: &'a str,
    },
    /// The model is none of the published ones.
    ModelNotPublished {
        /// The name of its file.
        file: &'a str,
    },
    /// Speakers are not told apart, since the networks for it can't be had.
    SpeakersNotTold(&'a Error),
    /// So many workers recognise speech.
    WorkersStarted {
        /// At least one.
        count: usize,
    },
    /// A temporary file was created, which the front end must delete if it ends the process early.
    TemporaryFile(&'a Path),
    /// This user has no key to seal checkpoints with, so what is interrupted can't be resumed later.
    NoKey(&'a Error),
    /// Something failed that belongs to no job, and the work goes on.
    Failed(&'a Error),
}

/// What happened to a job.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum JobEvent<'a> {
    /// The recording is open.
    Opened {
        /// Where the part to transcribe begins.
        begin: Millis,
        /// Where it ends, if the container says so.
        end: Option<Millis>,
    },
    /// Everything before `position` is transcribed.
    Progress {
        /// On the recording's clock.
        position: Millis,
        /// Whether an earlier run had done it.
        resumed: bool,
    },
    /// Something to know about the recording.
    Warning(&'a Warning),
    /// How a track lies in time was found by its sound.
    TrackAligned {
        /// The name of its file.
        file: &'a str,
        /// When it begins, after the track that begins first.
        start: Millis,
        /// By how many parts per million its clock is slow; below zero if it is fast.
        drift: f64,
    },
    /// The installed ffmpeg decodes the recording.
    DecodedByFfmpeg,
    /// An interrupted run is resumed.
    Resuming,
    /// An interrupted run is not resumed.
    NotResuming(RestartReason),
    /// The checkpoint can't be written, so the run could not be resumed later.
    NoCheckpoint,
    /// The text is written, and the voices before `position` were heard to tell speakers apart.
    TellingSpeakersApart {
        /// On the recording's clock.
        position: Millis,
    },
    /// Edits of an earlier transcript were carried over.
    EditsKept {
        /// How many.
        count: usize,
        /// The earlier transcript.
        from: &'a Path,
    },
    /// People had changed who speaks in an earlier transcript, and somebody else speaks in the new one at some places.
    SpeakersDiffer {
        /// In order; not empty.
        places: &'a [Span],
        /// Where the earlier one lay.
        transcript: &'a Path,
    },
    /// The earlier transcript can't be read and was renamed, so its edits are lost to the new one.
    EditsUnreadable {
        /// The earlier transcript.
        transcript: &'a Path,
        /// Its new name.
        renamed_to: &'a Path,
    },
    /// The files of an earlier run cover more of the recording and were not replaced.
    EarlierHasMore,
    /// Something failed; another error, which ends the job, follows.
    Failed(&'a Error),
    /// There is a transcript, complete or not, and its files are written.
    Transcribed {
        /// What a reader should know about it.
        summary: &'a Summary,
        /// How well captions keep to their limits; `None` unless the settings ask for it.
        captions: Option<&'a CaptionReport>,
    },
    /// The work on it is over, with or without an error.
    Ended {
        /// What went wrong; `None`: nothing.
        error: Option<&'a Error>,
        /// How far it is transcribed, from the beginning of the part.
        transcribed: Millis,
    },
}
