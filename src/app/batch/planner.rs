//! From folders to a plan: looks at the recordings, and lets [`plan`](super::plan) decide what to do with each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Entry, Key, Status, key};
use super::find::PassedOver;
use super::output_folder::OutputFolder;
use super::plan::{Candidate, Decision, PathCheck, Wanted, decide};
use super::{Batch, BatchEvent, shard};
use crate::app::jobs::recording::{self, FileStamp, identify};
use crate::app::jobs::{Job, TrackFiles, meeting_folder};
use crate::app::store::{WrittenFile, checkpoint, text_of};
use crate::app::{CancelToken, Settings, UsageError};
use crate::digest::Sha256;
use crate::{Error, Millis, audio};

/// A recording and what to do with it.
#[derive(Debug)]
pub struct Item {
    /// Its files.
    pub job: Job,
    /// What it is transcribed with.
    pub settings: Arc<Settings>,
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
    /// Its path as the manifest has it.
    pub(super) recording: String,
    /// By which the manifest knows it.
    pub(super) key: Key,
    /// The folder in which other files may say more of it.
    pub(super) beside_in: PathBuf,
    /// Those that do, or may do.
    pub(super) beside: Vec<PathBuf>,
    /// Whether its tracks are of several calls.
    mixed: bool,
    /// Likewise all its files, if there are several or they are tracks.
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
    /// All recordings that were found, also those that are left out.
    pub(super) parts: Vec<PathBuf>,
}

impl Batch<'_> {
    /// Searches the folders. Recordings of which all files are in `ignore` are left out.
    pub(super) fn plan(&self, folders: &[OutputFolder], ignore: &BTreeSet<PathBuf>) -> Plan {
        let (mut items, incomplete, passed_over) = self.find();
        let known: Vec<_> = folders.iter().map(OutputFolder::known).collect();
        for item in &mut items {
            let entry = known[item.folder].get(&item.key);
            item.job.own_files = entry.iter().flat_map(|e| e.files.iter().chain(&e.earlier)).cloned().collect();
            item.job.was_done = entry.is_some_and(|entry| entry.status == Status::Done);
            item.files = entry.map_or_else(Vec::new, |entry| entry.files.clone());
        }
        // Whose file it is depends on all recordings in the folder.
        self.options.beside.complete(&mut items);
        for item in &mut items {
            item.job.inputs = [&*item.settings.inputs, &item.beside].concat();
        }
        let parts = items.iter().flat_map(|item| item.job.parts.clone()).collect();
        items.retain(|item| !item.job.parts.iter().all(|part| ignore.contains(part)));
        let entries: Vec<Option<&Entry>> = items.iter().map(|item| known[item.folder].get(&item.key)).collect();
        let decisions = self.decide(&items, &entries);
        for (item, decision) in items.iter_mut().zip(decisions) {
            item.decision = decision;
            // Shards must compute the same split, whatever is done by then.
            if item.decision == Decision::Transcribe || self.options.shard.is_some() {
                match item.job.length(&item.settings) {
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
        self.tell_left_out(&items);
        Plan { items, digest, incomplete, passed_over, parts }
    }

    /// What is said of a track that is none of `parts`.
    pub(super) fn mistake(&self, parts: &[PathBuf]) -> Option<UsageError> {
        self.settings.known.check_files(parts).err().filter(|_| self.settings.known.tracks)
    }

    /// Tells which recordings are not transcribed since they are no tracks.
    fn tell_left_out(&self, items: &[Item]) {
        for item in items.iter().filter(|item| item.decision == Decision::Transcribe) {
            for path in item.job.left_out.iter().filter(|path| self.is_new(path.display().to_string())) {
                self.tell(BatchEvent::LeftOut(path));
            }
        }
    }

    /// The recordings in all folders, whether some folder could not be searched, and what is no recording.
    fn find(&self) -> (Vec<Item>, bool, PassedOver) {
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
            let output = if self.options.output_dir.is_some() { 0 } else { number };
            if self.settings.known.tracks {
                let meetings = TrackFiles::by_folder(found.recordings).into_iter();
                items.extend(meetings.map(|tracks| self.meeting(folder, &tracks, output)));
                continue;
            }
            let groups = match self.options.join {
                true => audio::group(found.recordings),
                false => found.recordings.into_iter().map(|path| vec![path]).collect(),
            };
            items.extend(groups.into_iter().map(|parts| self.recording(folder, &parts, output)));
        }
        (items, incomplete, passed_over)
    }

    fn decide(&self, items: &[Item], entries: &[Option<&Entry>]) -> Vec<Decision> {
        let wanted = Wanted {
            model: self.model.clone(),
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
                settings: &checks.item.settings,
                parts: &checks.item.parts,
                stamp: checks.item.stamp,
                entry: checks.entry,
                has_files: job.files.iter().all(|(_, file)| file.is_file()),
                has_checkpoint: job.checkpoint().is_some_and(|path| path.is_file()),
                checks,
            }
        }
        let mut decisions = decide(&checks.iter().map(candidate).collect::<Vec<_>>(), &wanted);
        for (item, decision) in items.iter().zip(&mut decisions) {
            if item.mixed && *decision == Decision::Transcribe {
                *decision = Decision::Refuse("its tracks are of several calls: each needs a folder of its own".into());
            }
        }
        decisions
    }

    /// The recording in `parts`, paths from `folder`; its files go into the output folder of this number.
    fn recording(&self, folder: &Path, parts: &[PathBuf], output_folder: usize) -> Item {
        let relative = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let within = relative.parent().unwrap_or(Path::new(""));
        let paths = parts.iter().map(|part| folder.join(part)).collect();
        let mut job = Job::new(paths, &self.settings.formats, Some(&self.output(folder, within)));
        job.name = slashed(relative);
        let parts: Vec<String> = parts.iter().map(|part| slashed(part)).filter(|_| parts.len() > 1).collect();
        Item { parts, ..self.item(folder, within, job, output_folder) }
    }

    /// The conversation with these tracks, paths from `folder`; its files go into the output folder of this number.
    fn meeting(&self, folder: &Path, tracks: &TrackFiles, output_folder: usize) -> Item {
        let first = tracks.files.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
        let within = meeting_folder(first);
        let paths = |files: &[PathBuf]| files.iter().map(|file| folder.join(file)).collect();
        let output = self.output(folder, within);
        let mut job = Job::of_tracks(paths(&tracks.files), &self.settings.formats, Some(&output));
        job.tracks = tracks.tells_speakers();
        job.left_out = paths(&tracks.left_out);
        let name = Some(slashed(within)).filter(|name| !name.is_empty());
        let recording = name.clone().unwrap_or_else(|| ".".into());
        job.name = name.unwrap_or(job.name);
        let parts = tracks.files.iter().map(|file| slashed(file)).collect();
        let item = self.item(folder, within, job, output_folder);
        let key = key(item.found_in.as_deref(), &recording);
        Item { recording, key, parts, mixed: !tracks.are_of_one_call(), ..item }
    }

    /// Where files go of what lies `within` a folder.
    fn output(&self, folder: &Path, within: &Path) -> PathBuf {
        let base = self.options.output_dir.as_deref().unwrap_or(folder);
        if within.as_os_str().is_empty() { base.to_owned() } else { base.join(within) }
    }

    /// A job that was found `within` a folder, with what the disk says of it.
    fn item(&self, folder: &Path, within: &Path, job: Job, output_folder: usize) -> Item {
        let stamp = recording::stamp(&job.parts).ok();
        let canonical = || std::fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
        let found_in = self.options.output_dir.as_ref().map(|_| text_of(canonical().as_os_str()));
        let key = key(found_in.as_deref(), &job.name);
        Item {
            recording: job.name.clone(),
            job,
            settings: self.settings.clone(),
            folder: output_folder,
            found_in,
            key,
            beside_in: folder.join(within),
            beside: Vec::new(),
            mixed: false,
            parts: Vec::new(),
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
