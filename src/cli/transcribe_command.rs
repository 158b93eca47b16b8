//! `transcribe RECORDING...`: each transcript is written as soon as it is done.

use std::io::{self, Write as _};
use std::sync::Arc;

use transcribe::app::jobs::{self, FinishedJob, Job, with_queue};
use transcribe::app::models::LoadedModel;
use transcribe::app::{CancelToken, Settings};
use transcribe::{Error, Millis};

use super::args::Transcribe;
use super::display::Display;
use super::progress::Reporter;
use super::{Exit, config, interrupt, model, options};

pub(super) fn run(mut args: Transcribe) -> Exit {
    let prepared = prepare(&mut args);
    let args = args.common;
    let reporter = Reporter::new(args.progress, args.quiet, args.verbose);
    let (settings, jobs) = match prepared {
        Ok(prepared) => prepared,
        Err(text) => {
            reporter.misused(&text);
            return Exit::Unusable;
        }
    };
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    let mut exit = Exit::Done;
    let mut ready = Vec::new();
    for job in jobs {
        match check(&job, &settings) {
            Ok(length) => ready.push((job, length)),
            Err(error) => {
                reporter.failed(Some(&job.name), &error);
                exit = Exit::Failed;
            }
        }
    }
    if ready.is_empty() {
        return exit;
    }
    let display = Display::new(reporter);
    match model::select(&args, &settings, &display).and_then(|model| model.load(&settings)) {
        Ok(model) => exit.max(transcribe(&model, settings, ready, &cancel, &display)),
        Err(error) => {
            reporter.failed(None, &error);
            Exit::Unusable
        }
    }
}

/// From arguments to settings and jobs.
fn prepare(args: &mut Transcribe) -> Result<(Settings, Vec<Job>), String> {
    let Transcribe { recordings, join, stdout, recorded, common } = args;
    config::fill_in(common, recorded, stdout.is_none())?;
    if stdout.is_some() && recordings.len() > 1 && !*join {
        return Err("`--stdout` works with one recording\nhint: `-f` and `-o` write files for many".into());
    }
    options::for_stdout(*stdout)?;
    if *join && recordings.iter().any(|r| jobs::is_stdin(r)) {
        return Err("standard input can't be a part of a recording\nhint: leave `--join` or `-` out".into());
    }
    let settings = options::settings(common, Some(recorded), *stdout)?;
    let recordings = std::mem::take(recordings);
    let recordings = if *join { vec![recordings] } else { recordings.into_iter().map(|r| vec![r]).collect() };
    let job = |parts| Job::new(parts, &settings.formats, common.output_dir.as_deref());
    let jobs: Vec<Job> = recordings.into_iter().map(job).collect();
    distinct(&jobs)?;
    Ok((settings, jobs))
}

/// Transcribes all, those that were given first first.
fn transcribe(
    model: &LoadedModel,
    settings: Settings,
    jobs: Vec<(Job, Option<Millis>)>,
    cancel: &CancelToken,
    display: &Display,
) -> Exit {
    display.begin(&jobs.iter().map(|(_, length)| *length).collect::<Vec<_>>());
    let settings = Arc::new(settings);
    let detect_languages = settings.transcribe.languages.len() != 1;
    let mut exit = Exit::Done;
    with_queue(model, detect_languages, cancel, display, |queue| {
        for (job, _) in jobs {
            queue.add(job, &settings);
        }
        while let Some(finished) = queue.next() {
            exit = exit.max(if finished.error.is_some() { Exit::Failed } else { Exit::Done });
            let printed = print(&finished);
            if let Err(error) = &printed {
                display.failed(&finished.name, error);
                exit = exit.max(Exit::Failed);
            }
            finished.close(printed.is_ok());
        }
    });
    display.end();
    if cancel.is_cancelled() { Exit::Interrupted } else { exit }
}

/// Writes what is for standard output. A reader that has seen enough is no error.
fn print(finished: &FinishedJob) -> Result<(), Error> {
    let Some(content) = &finished.stdout else { return Ok(()) };
    match io::stdout().write_all(content).and_then(|()| io::stdout().flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// No two recordings may have the same files, and none may be overwritten.
fn distinct(jobs: &[Job]) -> Result<(), String> {
    let Some(clash) = jobs::clashes(&jobs.iter().collect::<Vec<_>>()).into_iter().next() else { return Ok(()) };
    let (first, second) = (jobs[clash.jobs.0].recording().display(), jobs[clash.jobs.1].recording().display());
    let file = clash.file.display();
    Err(if clash.is_recording {
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

/// Finds whatever can go wrong before the model is loaded. Gives the length, if the container says so.
fn check(job: &Job, settings: &Settings) -> Result<Option<Millis>, Error> {
    job.conflict(settings.overwrite)?;
    job.prepare()?;
    job.length(settings)
}
