//! From folders to a plan: looks at the recordings, and asks [`plan`](super::plan) what to do with each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use transcribe::digest::Sha256;
use transcribe::{Error, Millis, ModelId, audio};

use super::find::Search;
use super::manifest::{Entry, Key, Status};
use super::output_folder::OutputFolder;
use super::plan::{Candidate, Decision, PathCheck, Wanted, decide};
use super::shard::{self, Part};
use super::slashed;
use crate::cli::args::Batch;
use crate::cli::checkpoint;
use crate::cli::jobs::Job;
use crate::cli::output::{Written, text_of};
use crate::cli::progress::Reporter;
use crate::cli::source::{self, Stamp};
use transcribe::app::Settings;

/// A recording and what to do with it.
pub(super) struct Item {
    pub(super) job: Job,
    /// Which of the homes.
    pub(super) home: usize,
    /// As the manifest has it.
    pub(super) key: Key,
    /// Likewise all files, if there are several.
    pub(super) parts: Vec<String>,
    pub(super) stamp: Option<Stamp>,
    pub(super) modified: Option<Timestamp>,
    pub(super) decision: Decision,
    /// What it was done with, as the manifest says.
    pub(super) files: Vec<Written>,
    pub(super) length: Option<Millis>,
    /// It can't be opened.
    pub(super) error: Option<Error>,
    /// How long it is, now that it is done.
    pub(super) done: Option<Millis>,
}

pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    /// Of names and lengths of all recordings, if shards are to agree on them.
    pub(super) digest: Option<String>,
    /// Some folder could not be looked at.
    pub(super) missed: bool,
}

/// What does not change between two looks at the folders.
pub(super) struct Planner<'a> {
    pub(super) args: &'a Batch,
    pub(super) options: &'a Settings,
    search: &'a Search,
    pub(super) part: Option<Part>,
    pub(super) reporter: Reporter,
    pub(super) model: ModelId,
    /// What was told already.
    told: Mutex<BTreeSet<String>>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        args: &'a Batch,
        options: &'a Settings,
        search: &'a Search,
        part: Option<Part>,
        reporter: Reporter,
        model: ModelId,
    ) -> Planner<'a> {
        Planner { args, options, search, part, reporter, model, told: Mutex::default() }
    }

    /// Looks through the folders. Recordings of which all files are in `leave` are not looked at.
    pub(super) fn plan(&self, homes: &[OutputFolder], leave: &BTreeSet<PathBuf>) -> Plan {
        let (mut items, mut missed) = (Vec::new(), false);
        for (number, folder) in self.args.folders.iter().enumerate() {
            let (found, left_out) = self.search.run(folder);
            for left_out in left_out {
                missed |= left_out.is_failure;
                self.tell_once(left_out.is_failure, left_out.text);
            }
            let groups = match self.args.join {
                true => audio::group(found),
                false => found.into_iter().map(|path| vec![path]).collect(),
            };
            let home = if self.args.common.output_dir.is_some() { 0 } else { number };
            let groups =
                groups.into_iter().filter(|parts| !parts.iter().all(|part| leave.contains(&folder.join(part))));
            items.extend(groups.map(|parts| self.item(folder, &parts, home)));
        }
        let known: Vec<_> = homes.iter().map(OutputFolder::known).collect();
        let entries: Vec<Option<&Entry>> = items.iter().map(|item| known[item.home].get(&item.key)).collect();
        for (item, entry) in items.iter_mut().zip(&entries) {
            item.job.ours = entry.iter().flat_map(|e| e.files.iter().chain(&e.earlier)).cloned().collect();
            item.job.was_done = entry.is_some_and(|entry| entry.status == Status::Done);
            item.files = entry.map_or_else(Vec::new, |entry| entry.files.clone());
        }
        let decisions = self.decide(&items, &entries);
        for (item, decision) in items.iter_mut().zip(decisions) {
            item.decision = decision;
            // Shards must come to the same parts, whatever is done by then.
            if item.decision == Decision::Transcribe || self.part.is_some() {
                match source::length(&item.job.parts, self.options.part) {
                    Ok(length) => item.length = length,
                    Err(error) => item.error = Some(error),
                }
            }
        }
        let digest = self.part.map(|part| {
            let lengths: Vec<Millis> = items.iter().map(|item| item.length.unwrap_or_default()).collect();
            let named = |item: &Item| format!("{} {}\n", item.job.name, item.length.unwrap_or_default().0);
            let all: String = items.iter().map(named).collect();
            let mut ours = shard::split(&lengths, part).into_iter();
            items.retain(|_| ours.next().unwrap_or_default());
            Sha256::of_bytes(all).to_string()
        });
        for item in &items {
            if let Decision::Refuse(why) = &item.decision {
                let hint = "hint: rename one, leave one out with `--exclude`, or write elsewhere with `-o`";
                self.tell_once(true, format!("{}: {why}\n{hint}", item.job.name));
            }
        }
        Plan { items, digest, missed }
    }

    fn decide(&self, items: &[Item], entries: &[Option<&Entry>]) -> Vec<Decision> {
        let wanted = Wanted {
            model: self.model.clone(),
            settings: self.options.recorded(),
            word_timestamps: self.options.words,
            overwrite: self.options.overwrite,
            retry_failed: self.args.retry_failed,
        };
        let overwrite = self.options.overwrite;
        let looks: Vec<Closely<'_>> =
            items.iter().zip(entries).map(|(item, entry)| Closely { item, entry: *entry, overwrite }).collect();
        fn candidate<'a>(look: &'a Closely<'a>) -> Candidate<'a> {
            let job = &look.item.job;
            Candidate {
                job,
                stamp: look.item.stamp,
                entry: look.entry,
                has_files: job.files.iter().all(|(_, file)| file.is_file()),
                has_checkpoint: job.checkpoint().is_some_and(|path| path.is_file()),
                look,
            }
        }
        decide(&looks.iter().map(candidate).collect::<Vec<_>>(), &wanted)
    }

    /// The recording in `parts`, paths from `folder`.
    fn item(&self, folder: &Path, parts: &[PathBuf], home: usize) -> Item {
        let relative = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let output_dir = self.args.common.output_dir.as_deref();
        let base = output_dir.unwrap_or(folder);
        let output = match relative.parent() {
            Some(within) if !within.as_os_str().is_empty() => base.join(within),
            _ => base.to_owned(),
        };
        let paths: Vec<PathBuf> = parts.iter().map(|part| folder.join(part)).collect();
        let stamp = source::stamp(&paths).ok();
        let mut job = Job::new(paths, &self.options.formats, Some(&output));
        job.name = slashed(relative);
        let real = || std::fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
        let key = (output_dir.map(|_| text_of(real().as_os_str())), job.name.clone());
        Item {
            job,
            home,
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

    fn tell_once(&self, is_failure: bool, text: String) {
        if self.told.lock().is_ok_and(|mut told| told.insert(text.clone())) {
            match is_failure {
                true => self.reporter.misused(&text),
                false => self.reporter.note(&format!("warning: {text}")),
            }
        }
    }
}

/// Looks into recordings, transcripts and checkpoints.
struct Closely<'a> {
    item: &'a Item,
    entry: Option<&'a Entry>,
    overwrite: bool,
}

impl PathCheck for Closely<'_> {
    fn is_open(&self) -> bool {
        self.item.job.checkpoint().is_some_and(|path| checkpoint::is_open(&path, &self.item.files))
    }

    fn is_same(&self) -> bool {
        let before = self.entry.and_then(|entry| entry.sha256.as_deref());
        let now = source::identify(String::new(), &self.item.job.parts).ok();
        before.is_some() && before == now.as_ref().map(|now| now.sha256.as_str())
    }

    fn conflict(&self) -> Result<(), Error> {
        self.item.job.conflict(self.overwrite)
    }
}
