//! `transcribe batch FOLDER...`

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use transcribe::app::batch::{Batch, BatchError, BatchOptions, BesideFiles, MergeProblem, Merged, Shard, merge};
use transcribe::app::{CancelToken, Settings, UsageError};

use super::args::Batch as Args;
use super::config::SettingsFile;
use super::display::Display;
use super::hints::hint;
use super::progress::Reporter;
use super::{Exit, batch_table, config, interrupt, model, shard};

/// How long a recording must stay as it is before it is transcribed, in seconds.
const SETTLE: u64 = 10;

pub(super) fn run(args: Args) -> Exit {
    let file = config::read(args.common.config.as_deref());
    let reporter = args.common.reporter(&file);
    let (settings, options) = match file.and_then(|file| prepare(&args, file)) {
        Ok(prepared) => prepared,
        Err(error) => return reporter.misused(&error),
    };
    if args.merge_manifests {
        return merge_all(&args.folders, reporter);
    }
    if let Some(shard) = options.shard {
        reporter.note(&format!("shard {} of {}", shard.index, shard.count));
    }
    match transcribe(&args, &settings, options, reporter) {
        Ok(exit) => exit,
        Err(error) => report(&error, reporter),
    }
}

fn prepare(args: &Args, file: SettingsFile) -> Result<(Settings, BatchOptions), UsageError> {
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
    let shard = match args.merge_manifests {
        true => None,
        false => shard::shard(args.shard, environment)?,
    };
    if args.watch && shard.is_some() {
        let message = "a folder that is watched can't be shared among several tasks";
        return Err(UsageError::new(message, "`--shard 1/1` does all here"));
    }
    let (settings, beside) = BesideFiles::split(args.options.values.clone().over(file.values))?;
    let options = BatchOptions {
        folders: args.folders.clone(),
        recursive: args.recursive,
        follow_links: args.follow_links,
        include: args.include.clone(),
        exclude: args.exclude.clone(),
        beside,
        join: args.join,
        retry_failed: args.retry_failed,
        output_dir: settings.output_dir.clone(),
        shard,
        hint,
    };
    Ok((settings, options))
}

fn transcribe(args: &Args, settings: &Settings, options: BatchOptions, reporter: Reporter) -> Result<Exit, BatchError> {
    let (cancel, display) = (CancelToken::new(), Display::new(reporter));
    let model = match args.dry_run {
        true => model::installed(&args.common, settings, &display),
        false => model::select(&args.common, settings, &display),
    }?;
    let batch = Batch::new(options, settings, &model, &cancel, &display)?;
    if args.dry_run {
        let preview = batch.preview()?;
        let printed = super::print(batch_table::preview(&preview).as_bytes());
        return Ok(printed.max(if preview.incomplete { Exit::Failed } else { Exit::Done }));
    }
    interrupt::cancels(&cancel);
    let outcome = match args.watch {
        true => batch.watch(model, Duration::from_secs(args.settle.unwrap_or(SETTLE))),
        false => batch.run(model),
    };
    outcome.map(Exit::from)
}

fn report(error: &BatchError, reporter: Reporter) -> Exit {
    let hint = match error {
        BatchError::Other(error) => {
            reporter.failed(None, error);
            return Exit::untried(error);
        }
        BatchError::Mistake(mistake) => return reporter.misused(mistake),
        BatchError::Manifest { is_newer: false, .. } => {
            Some("repair it or move it away: all recordings are then looked at again, and no transcript is replaced")
        }
        BatchError::NoManifest { .. } => {
            Some("it is where the transcripts go: in the folder of `-o`, or beside the recordings")
        }
        _ => None,
    };
    reporter.misused(&UsageError { message: error.to_string(), hint: hint.map(str::to_owned) })
}

fn merge_all(folders: &[PathBuf], reporter: Reporter) -> Exit {
    let mut exit = Exit::Done;
    for folder in folders {
        match merge(folder) {
            Ok(merged) => {
                let Merged { totals, problems, .. } = &merged;
                let texts: Vec<String> = problems.iter().map(problem).collect();
                let name = folder.display().to_string();
                let event = json!({"event": "merged", "folder": name, "totals": totals, "complaints": texts});
                reporter.done(&merged_text(&name, &merged, &texts), event);
                if !problems.is_empty() || totals.done < totals.recordings {
                    exit = exit.max(Exit::Failed);
                }
            }
            Err(error) => exit = report(&error, reporter),
        }
    }
    exit
}

fn merged_text(name: &str, merged: &Merged, problems: &[String]) -> String {
    let Merged { totals, failed, .. } = merged;
    let mut text = format!(
        "{name}: {} recordings: {} done, {} partial, {} failed",
        totals.recordings, totals.done, totals.partial, totals.failed
    );
    failed.iter().for_each(|(recording, error)| text.push_str(&format!("\n  {recording}: {error}")));
    problems.iter().for_each(|problem| text.push_str(&format!("\n  {problem}")));
    text
}

fn problem(problem: &MergeProblem) -> String {
    let names = |shards: &[Shard]| {
        let names: Vec<String> = shards.iter().map(|shard| format!("{}/{}", shard.index, shard.count)).collect();
        names.join(", ")
    };
    match problem {
        MergeProblem::Missing(shards) => format!("no manifest of shard {}", names(shards)),
        MergeProblem::Unfinished(shards) => format!("not ended in order: shard {}; run it again", names(shards)),
        MergeProblem::DifferentPlans => "the shards did not see the same recordings; run all of them again".into(),
    }
}
