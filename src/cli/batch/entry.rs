//! From what became of a recording to its entry in the manifest.

use jiff::Timestamp;
use transcribe::{Completeness, Error, Millis, ModelId};

use super::manifest::{Entry, Failure, Note, Status};
use super::{Item, OutputFolder};
use crate::cli::output::Written;
use crate::cli::work::Finished;
use transcribe::app::Settings;

/// A recording that was worked on.
pub(super) fn of(item: &Item, finished: &Finished, model: &ModelId, options: &Settings, home: &OutputFolder) -> Entry {
    let transcript = finished.transcript.as_ref();
    let complete = transcript.is_some_and(|t| t.completeness == Completeness::Complete);
    Entry {
        status: match (&finished.error, complete, transcript) {
            (None, true, _) => Status::Done,
            (_, false, Some(_)) => Status::Partial,
            _ => Status::Failed,
        },
        size: finished.stamp.map_or(0, |stamp| stamp.size),
        modified: finished.stamp.and_then(|stamp| Timestamp::try_from(stamp.modified).ok()),
        sha256: transcript.map(|t| t.recording.sha256.clone()),
        files: finished.written.clone(),
        earlier: earlier(&finished.written, item),
        started: finished.started,
        elapsed: finished.took.as_secs_f64(),
        duration: transcript.map(|t| t.duration.seconds()),
        language: transcript.map(|t| t.language.clone()),
        words: transcript.map(|_| finished.words),
        check: finished.check.clone(),
        warnings: transcript.map_or_else(Vec::new, |t| {
            let note = |w: &transcribe::Warning| Note { time: w.at.map(Millis::seconds), message: w.message.clone() };
            t.warnings.iter().map(note).collect()
        }),
        error: finished.error.as_ref().map(failure),
        ..blank(item, model, options, home)
    }
}

/// A recording that could not be begun.
pub(super) fn failed(item: &Item, model: &ModelId, options: &Settings, home: &OutputFolder, error: Failure) -> Entry {
    Entry { error: Some(error), earlier: earlier(&[], item), ..blank(item, model, options, home) }
}

/// What an earlier run wrote and this one did not is still ours.
fn earlier(written: &[Written], item: &Item) -> Vec<Written> {
    let again = |earlier: &&Written| written.iter().any(|file| file.name == earlier.name);
    item.job.ours.iter().filter(|earlier| !again(earlier)).cloned().collect()
}

pub(super) fn failure(error: &Error) -> Failure {
    Failure { message: error.to_string(), hint: crate::cli::hints::hint(error) }
}

fn blank(item: &Item, model: &ModelId, options: &Settings, home: &OutputFolder) -> Entry {
    let (folder, recording) = item.key.clone();
    let now = Timestamp::now();
    Entry {
        recording,
        folder,
        parts: item.parts.clone(),
        status: Status::Failed,
        size: 0,
        modified: None,
        sha256: None,
        model: Some(model.clone()),
        settings: Some(options.recorded()),
        word_timestamps: options.words,
        output: home.place(&item.job.folder),
        files: Vec::new(),
        earlier: Vec::new(),
        started: now,
        ended: now,
        duration: None,
        elapsed: 0.0,
        language: None,
        words: None,
        check: None,
        warnings: Vec::new(),
        error: None,
    }
}
