//! `transcribe RECORDING...`: each written as soon as it is done.

use transcribe::Error;

use super::args::Transcribe;
use super::jobs::{self, Job};
use super::options;
use super::progress::Reporter;
use super::recognisers::Loaded;
use super::work::Work;
use super::{Outcome, config, interrupt, source};
use transcribe::app::Settings;

pub(super) fn run(args: Transcribe) -> Outcome {
    let Transcribe { recordings, join, stdout, mut recorded, common: mut args } = args;
    let prepared = config::fill_in(&mut args, &mut recorded, stdout.is_none()).and_then(|()| {
        if stdout.is_some() && recordings.len() > 1 && !join {
            return Err("`--stdout` works with one recording\nhint: `-f` and `-o` write files for many".into());
        }
        options::for_stdout(stdout)?;
        if join && recordings.iter().any(|r| jobs::is_stdin(r)) {
            return Err("standard input can't be a part of a recording\nhint: leave `--join` or `-` out".into());
        }
        let options = options::settings(&args, Some(&recorded), stdout)?;
        let recordings = if join { vec![recordings] } else { recordings.into_iter().map(|r| vec![r]).collect() };
        let job = |parts| Job::new(parts, &options.formats, args.output_dir.as_deref());
        let jobs: Vec<Job> = recordings.into_iter().map(job).collect();
        distinct(&jobs)?;
        Ok((options, jobs))
    });
    let reporter = Reporter::new(args.progress, args.quiet, args.verbose);
    let (options, jobs) = match prepared {
        Ok(prepared) => prepared,
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
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
    let loaded = match Loaded::of(&args, &options, &|text| reporter.note(&text)) {
        Ok(loaded) => loaded,
        Err(error) => {
            reporter.failed(None, &error);
            return Outcome::Unusable;
        }
    };
    let work = Work { options: &options, loaded: &loaded, reporter };
    work.run(&ready, &|_, _| true).max(outcome)
}

/// No two recordings may have the same files, and none may be written over.
fn distinct(jobs: &[Job]) -> Result<(), String> {
    let Some(clash) = jobs::clashes(&jobs.iter().collect::<Vec<_>>()).into_iter().next() else { return Ok(()) };
    let (first, second) = (jobs[clash.jobs.0].recording().display(), jobs[clash.jobs.1].recording().display());
    let file = clash.file.display();
    Err(if clash.recording {
        format!(
            "the transcript of `{second}` would be written over the recording `{first}`\nhint: `-o FOLDER` writes elsewhere"
        )
    } else if first.to_string() == second.to_string() {
        format!("`{first}` is given twice")
    } else {
        format!(
            "`{first}` and `{second}` would both be written to `{file}`\n\
             hint: rename one, or transcribe them one by one with different `-o` folders"
        )
    })
}

/// Whatever can be known to go wrong before the model is loaded. Gives the length, if the container tells.
fn check(job: &Job, options: &Settings) -> Result<Option<transcribe::Millis>, Error> {
    job.conflict(options.overwrite)?;
    job.prepare()?;
    match jobs::is_stdin(job.recording()) {
        true => Ok(None),
        false => source::length(&job.parts, options.part),
    }
}
