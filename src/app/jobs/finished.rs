//! What became of a job.

use std::time::Duration;

use jiff::Timestamp;

use super::recording::FileStamp;
use super::{JobId, Summary};
use crate::app::store::WrittenFile;
use crate::app::store::checkpoint::Checkpoint;
use crate::{Error, Millis, Transcript};

/// A job that has ended.
pub struct FinishedJob {
    /// Its number in the queue.
    pub id: JobId,
    /// The name of its recording.
    pub name: String,
    /// When the work began.
    pub started: Timestamp,
    /// How long the recogniser worked on it, together with others.
    pub elapsed: Duration,
    /// How far it is transcribed, from the beginning of the part.
    pub transcribed: Millis,
    /// How much of that an earlier run had done.
    pub resumed: Millis,
    /// Size and last change of the recording when the work began; `None` if it could not be read.
    pub(crate) stamp: Option<FileStamp>,
    /// Files that were written.
    pub written: Vec<WrittenFile>,
    /// The content for standard output, if the settings ask for it.
    pub stdout: Option<Vec<u8>>,
    /// The transcript without its text; `None` if there is none.
    pub transcript: Option<Transcript>,
    /// What a reader should know about the transcript; `None` if there is none.
    pub summary: Option<Summary>,
    /// What went wrong; `None`: nothing.
    pub error: Option<Error>,
    pub(super) checkpoint: Option<Checkpoint>,
}

impl FinishedJob {
    pub(super) fn new(id: JobId, name: &str) -> FinishedJob {
        FinishedJob {
            id,
            name: name.to_owned(),
            started: Timestamp::now(),
            elapsed: Duration::ZERO,
            transcribed: Millis(0),
            resumed: Millis(0),
            stamp: None,
            written: Vec::new(),
            stdout: None,
            transcript: None,
            summary: None,
            error: None,
            checkpoint: None,
        }
    }

    /// Ends the job for good. `recorded`: its outcome is written down wherever it belongs, so the checkpoint is needed no
    /// longer unless the job failed.
    pub fn close(self, recorded: bool) {
        let done = recorded && self.error.is_none();
        self.checkpoint.into_iter().for_each(|checkpoint| checkpoint.close(done));
    }
}
