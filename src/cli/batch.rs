//! `transcribe batch FOLDER...`: finds the recordings, plans, transcribes what is not done yet, and keeps the manifest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;
use transcribe::audio;
use transcribe::{Error, Millis, ModelId, models};

mod entry;
mod find;
mod home;
mod manifest;
mod merge;
mod plan;
mod shard;
mod table;
mod watch;

use self::find::Search;
use self::home::Home;
use self::manifest::Run;
use self::plan::{Candidate, Decision, Wanted};
use self::shard::Part;
use super::args::Batch;
use super::jobs::Job;
use super::options::Options;
use super::progress::Reporter;
use super::recognisers::{Found, Loaded};
use super::work::{self, Work};
use super::{Outcome, config, interrupt};

pub(super) fn run(mut args: Batch) -> Outcome {
    let prepared =
        config::fill_in(&mut args.common, true).and_then(|()| Ok((Options::of(&args.common, None)?, search(&args)?)));
    let reporter = Reporter::new(args.common.progress, args.common.quiet, args.common.verbose);
    let environment = |name: &str| std::env::var(name).ok();
    let prepared = prepared.and_then(|(options, search)| Ok((options, search, shard::part(args.shard, environment)?)));
    let (options, search, part) = match prepared {
        Ok(prepared) => prepared,
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
    };
    if args.merge_manifests {
        return merge::run(&args.folders, reporter);
    }
    if let Some(part) = part {
        reporter.note(&format!("shard {} of {}", part.index, part.count));
    }
    let result = match args.dry_run {
        true => dry_run(&args, &options, &search, part, reporter),
        false => transcribe(&args, &options, &search, part, reporter),
    };
    result.unwrap_or_else(|failure| {
        match failure {
            Failure::Misused(text) => reporter.misused(&text),
            Failure::Error(error) => reporter.failed(None, &error),
        }
        Outcome::Unusable
    })
}

/// Why nothing was tried.
enum Failure {
    Misused(String),
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

fn search(args: &Batch) -> Result<Search, String> {
    for folder in &args.folders {
        if !folder.is_dir() {
            let what = if folder.exists() { "is no folder" } else { "is not there" };
            return Err(format!(
                "`{}` {what}\nhint: `transcribe batch` takes folders; recordings go without `batch`",
                folder.display()
            ));
        }
    }
    Search::new(args.recursive, &args.include, &args.exclude)
}

fn dry_run(
    args: &Batch,
    options: &Options,
    search: &Search,
    part: Option<Part>,
    reporter: Reporter,
) -> Result<Outcome, Failure> {
    let model = Found::of(&args.common, options, &|text| reporter.note(&text))?.id()?;
    let homes = homes(args, None)?;
    let batch = Planner { args, options, search, part, reporter, model };
    let plan = batch.plan(&homes, &BTreeMap::new());
    table::print(&plan, &homes, &batch.model);
    Ok(Outcome::Done)
}

fn transcribe(
    args: &Batch,
    options: &Options,
    search: &Search,
    part: Option<Part>,
    reporter: Reporter,
) -> Result<Outcome, Failure> {
    interrupt::listen();
    let begun = Instant::now();
    let mut homes = homes(args, part)?;
    for home in &mut homes {
        home.lock(part)?;
    }
    let found = Found::of(&args.common, options, &|text| reporter.note(&text))?;
    let batch = Planner { args, options, search, part, reporter, model: found.id()? };
    let mut plan = batch.plan(&homes, &BTreeMap::new());
    let mut outcome = Outcome::Done;
    batch.tell_refused(&plan);
    // A folder in which all is done needs no model in memory.
    if args.watch || plan.items.iter().any(|item| item.decision == Decision::Transcribe) {
        let loaded = found.load(options)?;
        outcome = match args.watch {
            true => watch::run(&batch, &homes, &loaded, &args.folders)?,
            false => batch.carry_out(&mut plan, &homes, &loaded),
        };
    }
    if !args.watch {
        outcome = outcome.max(batch.close(&plan, &homes, begun.elapsed()));
    }
    for home in homes {
        home.close();
    }
    Ok(outcome)
}

/// The folders of manifests: the one for all files, or each folder with recordings.
fn homes(args: &Batch, part: Option<Part>) -> Result<Vec<Home>, Failure> {
    let folders = match &args.common.output_dir {
        Some(folder) => vec![folder.clone()],
        None => args.folders.clone(),
    };
    folders.into_iter().map(|folder| Home::open(folder, part).map_err(Failure::Misused)).collect()
}

/// A recording and what to do with it.
struct Item {
    job: Job,
    /// Which of the homes.
    home: usize,
    /// As the manifest has it.
    key: manifest::Key,
    /// Likewise all files, if there are several.
    parts: Vec<String>,
    decision: Decision,
    length: Option<Millis>,
    /// It can't be opened.
    error: Option<Error>,
}

struct Plan {
    items: Vec<Item>,
}

/// What does not change between two looks at the folders.
struct Planner<'a> {
    args: &'a Batch,
    options: &'a Options,
    search: &'a Search,
    part: Option<Part>,
    reporter: Reporter,
    model: ModelId,
}

impl Planner<'_> {
    /// Looks through the folders. `leave` are recordings that are not to be looked at.
    fn plan(&self, homes: &[Home], leave: &BTreeMap<PathBuf, work::Stamp>) -> Plan {
        let mut items = Vec::new();
        for (number, folder) in self.args.folders.iter().enumerate() {
            let (found, missed) = self.search.run(folder);
            missed.iter().for_each(|text| self.reporter.note(&format!("warning: {text}")));
            let groups = match self.args.join {
                true => audio::group(found),
                false => found.into_iter().map(|path| vec![path]).collect(),
            };
            let home = if self.args.common.output_dir.is_some() { 0 } else { number };
            let groups = groups.into_iter().filter(|parts| !parts.iter().any(|p| leave.contains_key(&folder.join(p))));
            items.extend(groups.map(|parts| self.item(folder, &parts, home)));
        }
        let wanted = Wanted {
            model: self.model.clone(),
            settings: self.options.settings(),
            word_timestamps: self.options.words,
            overwrite: self.options.overwrite,
            retry_failed: self.args.retry_failed,
        };
        let entries: Vec<_> = homes.iter().map(Home::known).collect();
        let candidates: Vec<Candidate> = items
            .iter_mut()
            .map(|item| {
                let entry = entries[item.home].get(&item.key).cloned();
                item.job.ours = entry.iter().flat_map(|entry| entry.files.clone()).collect();
                Candidate {
                    stamp: work::stamp(&item.job.parts).ok(),
                    has_files: item.job.files.iter().all(|(_, file)| file.is_file()),
                    conflict: match item.job.conflict(self.options.overwrite) {
                        Ok(()) => None,
                        Err(Error::Exists { path } | Error::Write { path, .. }) => Some(path),
                        Err(_) => None,
                    },
                    job: item.job.clone(),
                    entry,
                }
            })
            .collect();
        let decisions = plan::decide(&candidates, &wanted);
        for ((item, candidate), decision) in items.iter_mut().zip(candidates).zip(decisions) {
            item.decision = match decision {
                Decision::Compare => same_content(&candidate),
                other => other,
            };
            // Shards must come to the same parts, whatever is done by then.
            if item.decision == Decision::Transcribe || self.part.is_some() {
                match work::length(&item.job.parts, self.options.part) {
                    Ok(length) => item.length = length,
                    Err(error) => item.error = Some(error),
                }
            }
        }
        if let Some(part) = self.part {
            let lengths: Vec<Millis> = items.iter().map(|item| item.length.unwrap_or_default()).collect();
            let mut ours = shard::split(&lengths, part).into_iter();
            items.retain(|_| ours.next().unwrap_or_default());
        }
        Plan { items }
    }

    /// The recording in `parts`, paths from `folder`.
    fn item(&self, folder: &Path, parts: &[PathBuf], home: usize) -> Item {
        let relative = parts.first().map_or(Path::new(""), PathBuf::as_path);
        let base = self.args.common.output_dir.as_deref().unwrap_or(folder);
        let output = match relative.parent() {
            Some(within) if !within.as_os_str().is_empty() => base.join(within),
            _ => base.to_owned(),
        };
        let paths: Vec<PathBuf> = parts.iter().map(|part| folder.join(part)).collect();
        let names = if parts.len() > 1 { parts.iter().map(|part| slashed(part)).collect() } else { Vec::new() };
        let mut job = Job::new(paths, &self.options.formats, Some(&output));
        job.name = slashed(relative);
        let folder =
            self.args.common.output_dir.is_some().then(|| std::fs::canonicalize(folder).unwrap_or(folder.into()));
        let key = (folder, job.name.clone());
        Item { job, home, key, parts: names, decision: Decision::Transcribe, length: None, error: None }
    }

    /// Says what can't be done as it is.
    fn tell_refused(&self, plan: &Plan) {
        for item in &plan.items {
            if let Decision::Refuse(why) = &item.decision {
                self.reporter
                    .misused(&format!("{}: {why}\nhint: rename one, or leave one out with `--exclude`", item.job.name));
            }
        }
    }

    /// Transcribes what is to be transcribed, and records each.
    fn carry_out(&self, plan: &mut Plan, homes: &[Home], loaded: &Loaded) -> Outcome {
        let mut outcome = Outcome::Done;
        let unrecorded = Mutex::new(None);
        let record = |item: &Item, entry: manifest::Entry| {
            if let Err(error) = homes[item.home].record(entry)
                && let Ok(mut unrecorded) = unrecorded.lock()
                && unrecorded.is_none()
            {
                *unrecorded = Some(error);
            }
        };
        for item in plan.items.iter_mut().filter(|item| item.decision == Decision::Transcribe) {
            let error = item.error.take().map_or_else(|| item.job.prepare().err(), Some);
            if let Some(error) = error {
                self.reporter.failed(Some(&item.job.name), &error);
                record(item, entry::failed(item, &self.model, self.options, &homes[item.home], &error));
                item.decision = Decision::Refuse(error.to_string());
                outcome = Outcome::Failed;
            }
        }
        let ready: Vec<&Item> = plan.items.iter().filter(|item| item.decision == Decision::Transcribe).collect();
        let jobs: Vec<(&Job, Option<Millis>)> = ready.iter().map(|item| (&item.job, item.length)).collect();
        let work = Work { options: self.options, loaded, reporter: self.reporter };
        let failed = Mutex::new(BTreeMap::new());
        let begun = Instant::now();
        let sound = Mutex::new(Millis(0));
        outcome = outcome.max(work.run(&jobs, &|number, finished| {
            let item = ready[number];
            if let (Some(transcript), Ok(mut sound)) = (&finished.transcript, sound.lock()) {
                *sound = *sound + transcript.duration;
            }
            // What the user stopped did not fail.
            let error = finished.error.as_ref().filter(|error| !matches!(error, Error::Cancelled));
            if let (Some(error), Ok(mut failed)) = (error, failed.lock()) {
                failed.insert(item.key.clone(), error.to_string());
            }
            record(item, entry::of(item, finished, &self.model, self.options, &homes[item.home]));
        }));
        let took = begun.elapsed();
        let sound = sound.into_inner().unwrap_or_default();
        if sound.0 > 0 && !jobs.is_empty() {
            let run = Run { model: self.model.sha256.clone(), duration: sound.seconds(), elapsed: took.as_secs_f64() };
            homes.iter().for_each(|home| home.ran(&run));
        }
        drop((jobs, ready));
        for (key, why) in failed.into_inner().unwrap_or_default() {
            for item in plan.items.iter_mut().filter(|item| item.key == key) {
                item.decision = Decision::Refuse(why.clone());
            }
        }
        if let Ok(Some(error)) = unrecorded.into_inner() {
            self.reporter.failed(None, &error);
            outcome = outcome.max(Outcome::Failed);
        }
        outcome
    }

    /// Writes the manifests and the closing table.
    fn close(&self, plan: &Plan, homes: &[Home], took: Duration) -> Outcome {
        let mut outcome = Outcome::Done;
        for item in &plan.items {
            match &item.decision {
                Decision::Skip(_) => homes[item.home].keep(&item.key),
                Decision::Refuse(_) => outcome = Outcome::Failed,
                Decision::Transcribe | Decision::Compare => {}
            }
        }
        for home in homes {
            if let Err(error) = home.write() {
                self.reporter.failed(None, &error);
                outcome = Outcome::Failed;
            }
        }
        let (text, facts) = table::closing(plan, homes, took);
        self.reporter.done(&text, json!({"event": "batch", "totals": facts}));
        outcome
    }
}

/// Has only the time of the recording changed?
fn same_content(candidate: &Candidate) -> Decision {
    let sha256 = match candidate.job.parts.as_slice() {
        [one] => models::sha256(one).ok(),
        _ => None,
    };
    match candidate.entry.as_ref().is_some_and(|entry| entry.sha256.is_some() && entry.sha256 == sha256) {
        true => Decision::Skip("done".into()),
        false => Decision::Transcribe,
    }
}

/// A path as it stands in a manifest.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
