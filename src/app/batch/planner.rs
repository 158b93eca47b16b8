//! From folders to a plan: looks at the recordings, and lets [`plan`](super::plan) decide what to do with each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::entry::{Entry, Key, Status, key};
use super::find::PassedOver;
use super::output_folder::OutputFolder;
use super::plan::{Candidate, Decision, PathCheck, Wanted, decide};
use super::{Batch, BatchEvent, shard};
use crate::app::CancelToken;
use crate::app::jobs::Job;
use crate::app::jobs::recording::{self, FileStamp, identify};
use crate::app::store::{WrittenFile, checkpoint, text_of};
use crate::digest::Sha256;
use crate::{Error, Millis, audio};

/// A recording and what to do with it.
#[derive(Debug)]
pub struct Item {
    /// Its files.
    pub job: Job,
    /// What to do.
    pub decision: Decision,
    /// How much of it is to be transcribed, if its container says so.
    pub length: Option<Millis>,
    /// Why it can't be opened; `None`: it can.
    pub error: Option<Error>,
    /// Its length, once this run has transcribed it.
    pub done: Option<Millis>,
    /// Number of its output folder.
    pub(super) folder: usize,
    /// The folder that it was found in, if that is not the folder of the manifest.
    pub(super) found_in: Option<String>,
    /// By which the manifest knows it.
    pub(super) key: Key,
    /// Likewise all its files, if there are several.
    pub(super) parts: Vec<String>,
    pub(super) stamp: Option<FileStamp>,
    pub(super) modified: Option<Timestamp>,
    /// The files that the manifest names.
    pub(super) files: Vec<WrittenFile>,
}

pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    /// Digest of names and lengths of all recordings, if shards must agree on them.
    pub(super) digest: Option<String>,
    /// Whether some folder could not be searched.
    pub(super) incomplete: bool,
    pub(super) passed_over: PassedOver,
}

impl Batch<'_> {
    /// Searches the folders. Recordings of which all files are in `ignore` are left out.
    pub(super) fn plan(&self, folders: &[OutputFolder], ignore: &BTreeSet<PathBuf>) -> Plan {
        let (mut items, incomplete, passed_over) = self.find(ignore);
        let known: Vec<_> = folders.iter().map(OutputFolder::known).collect();
        let entries: Vec<Option<&Entry>> = items.iter().map(|item| known[item.folder].get(&item.key)).collect();
        for (item, entry) in items.iter_mut().zip(&entries) {
            item.job.own_files = entry.iter().flat_map(|e| e.files.iter().chain(&e.earlier)).cloned().collect();
            item.job.was_done = entry.is_some_and(|entry| entry.status == Status::Done);
            item.files = entry.map_or_else(Vec::new, |entry| entry.files.clone());
        }
        let decisions = self.decide(&items, &entries);
        for (item, decision) in items.iter_mut().zip(decisions) {
            item.decision = decision;
            // Shards must compute the same split, whatever is done by then.
            if item.decision == Decision::Transcribe || self.options.shard.is_some() {
                match item.job.length(self.settings) {
                    Ok(length) => item.length = length,
                    Err(error) => item.error = Some(error),
                }
            }
        }
        let digest = self.options.shard.map(|shard| {
            let lengths: Vec<Millis> = items.iter().map(|item| item.length.unwrap_or_default()).collect();
            let line = |item: &Item| format!("{} {}\n", item.job.name, item.length.unwrap_or_default().0);
            let all: String = items.iter().map(line).collect();
            let mut ours = shard::split(&lengths, shard).into_iter();
            items.retain(|_| ours.next().unwrap_or_default());
            Sha256::of_bytes(all).to_string()
        });
        for item in &items {
            if let Decision::Refuse(reason) = &item.decision
                && self.is_new(format!("{}: {reason}", item.job.name))
            {
                self.tell(BatchEvent::Refused { name: &item.job.name, reason });
            }
        }
        Plan { items, digest, incomplete, passed_over }
    }

    /// The recordings in all folders, whether some folder could not be searched, and what is no recording.
    fn find(&self, ignore: &BTreeSet<PathBuf>) -> (Vec<Item>, bool, PassedOver) {
        let (mut items, mut incomplete, mut passed_over) = (Vec::new(), false, PassedOver::default());
        for (number, folder) in self.options.folders.iter().enumerate() {
            let found = self.search.run(folder);
            passed_over.add(found.passed_over);
            for unsearched in found.unsearched {
                incomplete |= unsearched.is_failure;
                if self.is_new(format!("{}: {}", unsearched.path.display(), unsearched.reason)) {
                    let (path, reason, is_failure) = (&*unsearched.path, &*unsearched.reason, unsearched.is_failure);
                    self.tell(BatchEvent::NotSearched { path, reason, is_failure });
                }
            }
            let groups = match self.options.join {
                true => audio::group(found.recordings),
                false => found.recordings.into_iter().map(|path| vec![path]).collect(),
            };
            let output = if self.options.output_dir.is_some() { 0 } else { number };
            let ignored = |parts: &[PathBuf]| parts.iter().all(|part| ignore.contains(&folder.join(part)));
            let groups = groups.into_iter().filter(|parts| !ignored(parts));
            items.extend(groups.map(|parts| self.item(folder, &parts, output)));
        }
        (items, incomplete, passed_over)
    }

    fn decide(&self, items: &[Item], entries: &[Option<&Entry>]) -> Vec<Decision> {
        let wanted = Wanted {
            model: self.model.clone(),
            settings: self.settings.transcribe.clone(),
            word_timestamps: self.settings.words,
            overwrite: self.settings.overwrite,
            retry_failed: self.options.retry_failed,
        };
        let overwrite = self.settings.overwrite;
        let checks: Vec<DiskChecks<'_>> = items
            .iter()
            .zip(entries)
            .map(|(item, entry)| DiskChecks { item, entry: *entry, overwrite, cancel: self.cancel })
            .collect();
        fn candidate<'a>(checks: &'a DiskChecks<'a>) -> Candidate<'a> {
            let job = &checks.item.job;
            Candidate {
                job,
                stamp: checks.item.stamp,
                entry: checks.entry,
                has_files: job.files.iter().all(|(_, file)| file.is_file()),
                has_checkpoint: job.checkpoint().is_some_and(|path| path.is_file()),
                checks,
            }
        }
        decide(&checks.iter().map(candidate).collect::<Vec<_>>(), &wanted)
    }

    /// The recording in `parts`, paths from `folder`; its files go into the output folder of this number.
    fn item(&self, folder: &Path, parts: &[PathBuf], output_folder: usize) -> Item {
        let relative = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let output_dir = self.options.output_dir.as_deref();
        let base = output_dir.unwrap_or(folder);
        let output = match relative.parent() {
            Some(within) if !within.as_os_str().is_empty() => base.join(within),
            _ => base.to_owned(),
        };
        let paths: Vec<PathBuf> = parts.iter().map(|part| folder.join(part)).collect();
        let stamp = recording::stamp(&paths).ok();
        let mut job = Job::new(paths, &self.settings.formats, Some(&output));
        job.name = slashed(relative);
        let canonical = || std::fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
        let found_in = output_dir.map(|_| text_of(canonical().as_os_str()));
        let key = key(found_in.as_deref(), &job.name);
        Item {
            job,
            folder: output_folder,
            found_in,
            key,
            parts: if parts.len() > 1 { parts.iter().map(|part| slashed(part)).collect() } else { Vec::new() },
            stamp,
            modified: stamp.and_then(|stamp| Timestamp::try_from(stamp.modified).ok()),
            decision: Decision::Transcribe,
            files: Vec::new(),
            length: None,
            error: None,
            done: None,
        }
    }
}

/// A path as a manifest has it, with `/`.
pub(super) fn slashed(path: &Path) -> String {
    let parts: Vec<String> = path.components().map(|part| text_of(part.as_os_str())).collect();
    parts.join("/")
}

/// Looks into recordings, transcripts and checkpoints.
struct DiskChecks<'a> {
    item: &'a Item,
    entry: Option<&'a Entry>,
    overwrite: bool,
    cancel: &'a CancelToken,
}

impl PathCheck for DiskChecks<'_> {
    fn is_unfinished(&self) -> bool {
        self.item.job.checkpoint().is_some_and(|path| checkpoint::is_unfinished(&path, &self.item.files))
    }

    fn is_same(&self) -> bool {
        let before = self.entry.and_then(|entry| entry.sha256.as_deref());
        let now = identify(String::new(), &self.item.job.parts, self.cancel).ok();
        before.is_some() && before == now.as_ref().map(|now| now.sha256.as_str())
    }

    fn conflict(&self) -> Result<(), Error> {
        self.item.job.conflict(self.overwrite)
    }
}
