//! From the outcome of a job to its entry in the manifest.

use jiff::Timestamp;

use super::manifest::{Entry, EntryError, EntryWarning, Status};
use super::output_folder::OutputFolder;
use super::{Batch, Item};
use crate::app::jobs::FinishedJob;
use crate::app::store::WrittenFile;
use crate::wording::{self, Language};
use crate::{Completeness, Error, Millis, Warning};

impl Batch<'_> {
    /// The entry of a recording whose job has ended.
    pub(super) fn entry(&self, item: &Item, finished: &FinishedJob, folder: &OutputFolder) -> Entry {
        let transcript = finished.transcript.as_ref();
        let complete = transcript.is_some_and(|t| t.completeness == Completeness::Complete);
        let summary = finished.summary.as_ref();
        let warning = |warning: &Warning| EntryWarning {
            time: warning.at.map(Millis::seconds),
            code: warning.kind.code().to_owned(),
            message: wording::warning(warning, Language::English),
        };
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
            earlier: earlier_files(&finished.written, item),
            started: finished.started,
            elapsed: finished.elapsed.as_secs_f64(),
            duration: transcript.map(|t| t.duration.seconds()),
            language: transcript.map(|t| t.language.clone()),
            words: summary.map(|summary| summary.words),
            check: summary.and_then(|summary| serde_json::to_value(&summary.check).ok()),
            warnings: transcript.map_or_else(Vec::new, |t| t.warnings.iter().map(warning).collect()),
            error: finished.error.as_ref().map(|error| self.entry_error(error)),
            ..self.blank_entry(item, folder)
        }
    }

    /// The entry of a recording that could not be begun.
    pub(super) fn failed_entry(&self, item: &Item, error: EntryError, folder: &OutputFolder) -> Entry {
        Entry { error: Some(error), earlier: earlier_files(&[], item), ..self.blank_entry(item, folder) }
    }

    pub(super) fn entry_error(&self, error: &Error) -> EntryError {
        EntryError { message: error.to_string(), hint: (self.options.hint)(error) }
    }

    fn blank_entry(&self, item: &Item, output: &OutputFolder) -> Entry {
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
            model: Some(self.model.clone()),
            settings: Some(self.settings.transcribe.clone()),
            word_timestamps: self.settings.words,
            output: output.relative(&item.job.folder),
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
}

/// Files that an earlier run wrote and this one did not; they still belong to this program.
fn earlier_files(written: &[WrittenFile], item: &Item) -> Vec<WrittenFile> {
    let again = |earlier: &&WrittenFile| written.iter().any(|file| file.name == earlier.name);
    item.job.own_files.iter().filter(|earlier| !again(earlier)).cloned().collect()
}
