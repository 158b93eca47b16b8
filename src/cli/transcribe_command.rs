//! `transcribe RECORDING...`: each written as soon as it is done.

use std::path::PathBuf;

use transcribe::app::{Settings, UsageError};
use transcribe::{Error, Millis};

use super::args::Transcribe;
use super::config::SettingsFile;
use super::jobs::{self, Job};
use super::recognisers::Loaded;
use super::work::Work;
use super::{Outcome, check_stdout, config, interrupt, source};

pub(super) fn run(args: Transcribe) -> Outcome {
    let file = config::read(args.common.config.as_deref());
    let reporter = args.common.reporter(&file);
    let (options, jobs) = match file.and_then(|file| prepare(&args, file)) {
        Ok(prepared) => prepared,
        Err(error) => return reporter.misused(&error),
    };
    interrupt::listen();
    let mut outcome = Outcome::Done;
    let mut ready = Vec::new();
    for job in &jobs {
        match check(job, &options) {
            Ok(length) => ready.push((job, length)),
            Err(error) => {
                reporter.failed(Some(&job.name), &error);
                outcome = Outcome::Failed;
            }
        }
    }
    if ready.is_empty() {
        return outcome;
    }
    let loaded = match Loaded::of(&args.common, &options, &|text| reporter.note(&text)) {
        Ok(loaded) => loaded,
        Err(error) => {
            reporter.failed(None, &error);
            return Outcome::Unusable;
        }
    };
    let work = Work { options: &options, loaded: &loaded, reporter };
    work.run(&ready, &|_, _| true).max(outcome)
}

/// Settings and jobs.
fn prepare(args: &Transcribe, file: SettingsFile) -> Result<(Settings, Vec<Job>), UsageError> {
    let Transcribe { recordings, join, stdout, options: typed, common: _ } = args;
    if stdout.is_some() && recordings.len() > 1 && !join {
        return Err(UsageError::new("`--stdout` works with one recording", "`-f` and `-o` write files for many"));
    }
    check_stdout(*stdout)?;
    if *join && recordings.iter().any(|r| jobs::is_stdin(r)) {
        return Err(UsageError::new("standard input can't be a part of a recording", "leave `--join` or `-` out"));
    }
    // Files are written beside standard output only if the command line asks for them.
    let is_asked = |name: &str| stdout.is_none() || !["output-format", "output-dir"].contains(&name);
    let values = typed.values.clone().over(file.values.only(|spec| is_asked(spec.name)));
    let settings = Settings::new(&values, *stdout)?;
    let recordings: Vec<Vec<PathBuf>> =
        if *join { vec![recordings.clone()] } else { recordings.iter().map(|r| vec![r.clone()]).collect() };
    let job = |parts| Job::new(parts, &settings.formats, settings.output_dir.as_deref());
    let jobs: Vec<Job> = recordings.into_iter().map(job).collect();
    distinct(&jobs)?;
    Ok((settings, jobs))
}

/// No two recordings may have the same files, and none may be written over.
fn distinct(jobs: &[Job]) -> Result<(), UsageError> {
    let Some(clash) = jobs::clashes(&jobs.iter().collect::<Vec<_>>()).into_iter().next() else { return Ok(()) };
    let (first, second) = (jobs[clash.jobs.0].recording().display(), jobs[clash.jobs.1].recording().display());
    let file = clash.file.display();
    Err(if clash.recording {
        UsageError::new(
            format!("the transcript of `{second}` would be written over the recording `{first}`"),
            "`-o FOLDER` writes elsewhere",
        )
    } else if first.to_string() == second.to_string() {
        format!("`{first}` is given twice").into()
    } else {
        UsageError::new(
            format!("`{first}` and `{second}` would both be written to `{file}`"),
            "rename one, or transcribe them one by one with different `-o` folders",
        )
    })
}

/// Whatever can be known to go wrong before the model is loaded. Gives the length, if the container tells.
fn check(job: &Job, options: &Settings) -> Result<Option<Millis>, Error> {
    job.conflict(options.overwrite)?;
    job.prepare()?;
    match jobs::is_stdin(job.recording()) {
        true => Ok(None),
        false => source::length(&job.parts, options.part()),
    }
}
