//! `transcribe batch FOLDER...`: finds the recordings, plans, transcribes what is not done yet, and keeps the manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;
use transcribe::app::{Settings, UsageError};
use transcribe::{Error, Millis};

mod entry;
mod find;
mod manifest;
mod merge;
mod output_folder;
mod plan;
mod planner;
mod shard;
mod table;
mod watch;

use self::find::Search;
use self::manifest::Run;
use self::output_folder::OutputFolder;
use self::plan::Decision;
use self::planner::{Item, Planner};
use self::shard::Part;
use super::args::Batch;
use super::config::SettingsFile;
use super::jobs::Job;
use super::recognisers::{Loaded, SelectedModel};
use super::work::{Finished, Work};
use super::{Outcome, checkpoint, config, interrupt, output};

pub(super) fn run(args: Batch) -> Outcome {
    let file = config::read(args.common.config.as_deref());
    let reporter = args.common.reporter(&file);
    let prepared = file.and_then(|file| prepare(&args, file));
    let args = Batch { folders: distinct(&args.folders, args.recursive), ..args };
    let result = prepared.map_err(Failure::Misused).and_then(|(options, search, part)| {
        if args.merge_manifests {
            return Ok(merge::run(&args.folders, reporter));
        }
        if let Some(part) = part {
            reporter.note(&format!("shard {} of {}", part.index, part.count));
        }
        let found = SelectedModel::of(&args.common, &options, &|text| reporter.note(&text))?;
        let planner = Planner::new(&args, &options, &search, part, reporter, found.id()?);
        match args.dry_run {
            true => dry_run(&planner),
            false => transcribe(&planner, found),
        }
    });
    result.unwrap_or_else(|failure| match failure {
        Failure::Misused(error) => reporter.misused(&error),
        Failure::Error(error) => {
            reporter.failed(None, &error);
            Outcome::Unusable
        }
    })
}

/// Why nothing was tried.
enum Failure {
    Misused(UsageError),
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

fn prepare(args: &Batch, file: SettingsFile) -> Result<(Settings, Search, Option<Part>), UsageError> {
    for folder in &args.folders {
        if !folder.is_dir() {
            let what = if folder.exists() { "is no folder" } else { "is not there" };
            return Err(UsageError::new(
                format!("`{}` {what}", folder.display()),
                "`transcribe batch` takes folders; recordings go without `batch`",
            ));
        }
    }
    let environment = |name: &str| std::env::var(name).ok();
    let part = match args.merge_manifests {
        true => None,
        false => shard::part(args.shard, environment)?,
    };
    if args.watch && part.is_some() {
        let message = "a folder that is watched can't be shared among several tasks";
        return Err(UsageError::new(message, "`--shard 1/1` does all here"));
    }
    let search = Search::new(args.recursive, &args.include, &args.exclude)?;
    let values = args.options.values.clone().over(file.values);
    Ok((Settings::new(&values, None)?, search, part))
}

/// Without those that are named twice, or lie in another that is looked through anyway.
fn distinct(folders: &[PathBuf], recursive: bool) -> Vec<PathBuf> {
    let real = |folder: &PathBuf| std::fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
    let all: Vec<PathBuf> = folders.iter().map(real).collect();
    let wanted = |n: &usize| {
        let inside = |(other, folder): (usize, &PathBuf)| match all[*n] == *folder {
            true => other < *n,
            false => recursive && all[*n].starts_with(folder),
        };
        !all.iter().enumerate().any(inside)
    };
    (0..folders.len()).filter(wanted).map(|n| folders[n].clone()).collect()
}

/// The folders of manifests: the one for all files, or each folder with recordings.
fn homes(planner: &Planner<'_>) -> Vec<PathBuf> {
    match &planner.options.output_dir {
        Some(folder) => vec![folder.clone()],
        None => planner.args.folders.clone(),
    }
}

fn dry_run(planner: &Planner<'_>) -> Result<Outcome, Failure> {
    let homes = homes(planner).into_iter().map(|folder| OutputFolder::open(folder, None));
    let homes = homes.collect::<Result<Vec<_>, _>>().map_err(Failure::Misused)?;
    let plan = planner.plan(&homes, &BTreeSet::new());
    table::print(&plan.items, &homes, &planner.model);
    Ok(if plan.missed { Outcome::Failed } else { Outcome::Done })
}

fn transcribe(planner: &Planner<'_>, found: SelectedModel) -> Result<Outcome, Failure> {
    interrupt::listen();
    let begun = Instant::now();
    let mut locked = Vec::new();
    for folder in homes(planner) {
        locked.push(OutputFolder::lock(folder, planner.part)?.map_err(Failure::Misused)?);
    }
    let homes = locked;
    let outcome = if planner.args.watch {
        watch::run(planner, &homes, &found.load(planner.options)?)
    } else {
        let mut plan = planner.plan(&homes, &BTreeSet::new());
        let mut outcome = if plan.missed { Outcome::Failed } else { Outcome::Done };
        record_refused(planner, &plan.items, &homes);
        // A folder in which all is done needs no model in memory.
        if plan.items.iter().any(|item| item.decision == Decision::Transcribe) {
            let loaded = found.load(planner.options)?;
            outcome = outcome.max(carry_out(planner, &mut plan.items, &homes, &loaded));
        }
        outcome.max(close(planner, &plan.items, &homes, plan.digest.as_deref(), begun.elapsed()))
    };
    homes.into_iter().for_each(OutputFolder::close);
    Ok(outcome)
}

/// What can't be done as it is stands in the manifest, too. If that can't be written, `close` says so.
fn record_refused(planner: &Planner<'_>, items: &[Item], homes: &[OutputFolder]) {
    for item in items {
        if let Decision::Refuse(message) = &item.decision {
            let failure = manifest::Failure { message: message.clone(), hint: None };
            let entry = entry::failed(item, &planner.model, planner.options, &homes[item.home], failure);
            let _ = homes[item.home].record(entry);
        }
    }
}

/// Transcribes what is to be transcribed, and records each.
fn carry_out(planner: &Planner<'_>, items: &mut [Item], homes: &[OutputFolder], loaded: &Loaded) -> Outcome {
    let mut outcome = Outcome::Done;
    let unrecorded = Mutex::new(None);
    let record = |item: &Item, entry: manifest::Entry| match homes[item.home].record(entry) {
        Ok(()) => true,
        Err(error) => {
            if let Ok(mut unrecorded) = unrecorded.lock() {
                unrecorded.get_or_insert(error);
            }
            false
        }
    };
    for item in items.iter_mut().filter(|item| item.decision == Decision::Transcribe) {
        let error = item.error.take().map_or_else(|| item.job.prepare().err(), Some);
        if let Some(error) = error {
            planner.reporter.failed(Some(&item.job.name), &error);
            let failure = entry::failure(&error);
            record(item, entry::failed(item, &planner.model, planner.options, &homes[item.home], failure));
            item.decision = Decision::Refuse(error.to_string());
            outcome = Outcome::Failed;
        }
    }
    let ready: Vec<usize> = (0..items.len()).filter(|n| items[*n].decision == Decision::Transcribe).collect();
    let jobs: Vec<(&Job, Option<Millis>)> = ready.iter().map(|n| (&items[*n].job, items[*n].length)).collect();
    let ended: Mutex<Vec<(usize, Result<Millis, String>)>> = Mutex::new(Vec::new());
    let new = Mutex::new(Millis(0));
    let begun = Instant::now();
    let work = Work { options: planner.options, loaded, reporter: planner.reporter };
    outcome = outcome.max(work.run(&jobs, &|number, finished: &Finished| {
        let item = &items[ready[number]];
        if let Ok(mut new) = new.lock() {
            *new = *new + finished.new;
        }
        let result = match (&finished.error, &finished.transcript) {
            // What the user stopped did not fail. What was there before is still there.
            (Some(Error::Cancelled), _) if finished.written.is_empty() => return false,
            (Some(Error::Cancelled), _) => None,
            (Some(error), _) => Some(Err(error.to_string())),
            (None, transcript) => Some(Ok(transcript.as_ref().map_or(Millis(0), |transcript| transcript.duration))),
        };
        if let (Some(result), Ok(mut ended)) = (result, ended.lock()) {
            ended.push((ready[number], result));
        }
        record(item, entry::of(item, finished, &planner.model, planner.options, &homes[item.home]))
    }));
    let new = new.into_inner().unwrap_or_default();
    if new.0 > 0 {
        let elapsed = begun.elapsed().as_secs_f64();
        let run = Run { model: planner.model.sha256.clone(), duration: new.seconds(), elapsed };
        homes.iter().for_each(|home| home.ran(&run));
    }
    drop(jobs);
    for (number, result) in ended.into_inner().unwrap_or_default() {
        match result {
            Ok(sound) => items[number].done = Some(sound),
            Err(why) => items[number].decision = Decision::Refuse(why),
        }
    }
    if let Ok(Some(error)) = unrecorded.into_inner() {
        planner.reporter.failed(None, &error);
        outcome = outcome.max(Outcome::Failed);
    }
    outcome
}

/// Writes the manifests and the closing table.
fn close(planner: &Planner<'_>, items: &[Item], homes: &[OutputFolder], plan: Option<&str>, took: Duration) -> Outcome {
    let mut outcome = Outcome::Done;
    for item in items {
        match &item.decision {
            Decision::Done => {
                homes[item.home].keep(&item.key, |entry| entry.modified = item.modified.or(entry.modified));
                item.job.checkpoint().iter().for_each(|path| checkpoint::forget(path, &item.files));
            }
            Decision::Skip(_) => homes[item.home].keep(&item.key, |_| {}),
            Decision::Refuse(_) => outcome = Outcome::Failed,
            Decision::Transcribe => {}
        }
    }
    for home in homes {
        if let Err(error) = home.write(plan) {
            planner.reporter.failed(None, &error);
            outcome = Outcome::Failed;
        }
    }
    if items.is_empty() && planner.part.is_none() {
        let deeper = if planner.args.recursive { "" } else { "; `--recursive` looks into the folders in it, too" };
        planner.reporter.note(&format!("no recordings found{deeper}"));
    }
    let (text, facts) = table::closing(items, took);
    planner.reporter.done(&text, json!({"event": "batch", "totals": facts}));
    outcome
}

/// A path as it stands in a manifest.
fn slashed(path: &Path) -> String {
    let parts: Vec<String> = path.components().map(|part| output::text_of(part.as_os_str())).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_looked_through_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("in")).expect("room");
        let all = [
            folder.path().to_owned(),
            folder.path().join("in"),
            folder.path().join("in/../in"),
            folder.path().join("."),
        ];
        assert_eq!(distinct(&all, true), all[..1]);
        assert_eq!(distinct(&all, false), all[..2]);
    }
}
