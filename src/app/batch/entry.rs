//! The entry of a recording in the manifest, and how the outcome of a job becomes one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::output_folder::OutputFolder;
use super::{Batch, Item};
use crate::app::jobs::FinishedJob;
use crate::app::store::WrittenFile;
use crate::names::composed;
use crate::wording::{self, Language};
use crate::{Completeness, Error, Millis, ModelId, TranscribeOptions, Warning};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Done,
    /// Only its beginning is transcribed.
    Partial,
    Failed,
}

/// A recording in the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Path from `folder`, with `/`.
    pub(super) recording: String,
    /// The folder that it was found in, if that is not the folder of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) folder: Option<String>,
    /// Paths of all parts, if there are several, or of the tracks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<String>,
    pub(super) status: Status,
    /// In bytes, of all parts.
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) modified: Option<Timestamp>,
    #[serde(default)]
    pub(super) sha256: Option<String>,
    #[serde(default)]
    pub(super) model: Option<ModelId>,
    #[serde(default)]
    pub(super) settings: Option<TranscribeOptions>,
    /// Digest of what was said of who speaks: names of channels and tracks, their offsets, a list of who spoke when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) speakers: Option<String>,
    /// Whether JSON was to have the times of words.
    #[serde(default)]
    pub(super) word_timestamps: bool,
    /// Folder of `files`, from that of the manifest, with `/`; empty: the same.
    #[serde(default)]
    pub(super) output: String,
    #[serde(default)]
    pub(super) files: Vec<WrittenFile>,
    /// Files that earlier runs wrote there, with other settings or formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<WrittenFile>,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    /// Of the recording, in seconds.
    #[serde(default)]
    pub(super) duration: Option<f64>,
    /// Time of the work on it, in seconds; others may have run at the same time.
    pub(super) elapsed: f64,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) words: Option<usize>,
    /// As in the event `done`: coverage, gaps, places to check.
    #[serde(default, deserialize_with = "check_with_codes")]
    pub(super) check: Option<Value>,
    #[serde(default)]
    pub(super) warnings: Vec<EntryWarning>,
    #[serde(default)]
    pub(super) error: Option<EntryError>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EntryWarning {
    /// In seconds.
    pub(super) time: Option<f64>,
    /// As in the transcript's JSON; `other` in manifests of version 1.
    #[serde(default = "other")]
    pub(super) code: String,
    pub(super) message: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EntryError {
    pub(super) message: String,
    #[serde(default)]
    pub(super) hint: Option<String>,
}

/// The check with codes, also from manifests of version 1.
fn check_with_codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let mut check = Option::<Value>::deserialize(deserializer)?;
    let places = check.as_mut().and_then(|check| check.get_mut("listen_again")?.as_array_mut());
    for why in places.into_iter().flatten().filter_map(|place| place.get_mut("why")) {
        match why.as_str() {
            Some("no text") => *why = "no_text".into(),
            Some("taken out") => *why = "removed".into(),
            _ => {}
        }
    }
    Ok(check)
}

fn other() -> String {
    "other".into()
}

/// Folder and path by which a recording is found again.
pub(super) type Key = (Option<String>, String);
pub(super) type Entries = BTreeMap<Key, Entry>;

impl Entry {
    pub(super) fn key(&self) -> Key {
        key(self.folder.as_deref(), &self.recording)
    }
}

/// The key of a recording: names are one however they are composed.
pub(super) fn key(folder: Option<&str>, recording: &str) -> Key {
    (folder.map(|folder| composed(folder).into_owned()), composed(recording).into_owned())
}

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
        let now = Timestamp::now();
        Entry {
            recording: item.recording.clone(),
            folder: item.found_in.clone(),
            parts: item.parts.clone(),
            status: Status::Failed,
            size: 0,
            modified: None,
            sha256: None,
            model: Some(self.model.clone()),
            settings: Some(item.settings.transcribe.clone()),
            speakers: item.settings.known.digest(),
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
    let again = |earlier: &&WrittenFile| written.iter().any(|file| file.is_called(&earlier.name));
    item.job.own_files.iter().filter(|earlier| !again(earlier)).cloned().collect()
}
