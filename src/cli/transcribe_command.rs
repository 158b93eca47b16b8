//! `transcribe RECORDING...`: each transcript is written as soon as it is done.

use std::path::PathBuf;
use std::sync::Arc;

use clap::CommandFactory as _;
use transcribe::app::jobs::{self, FileUse, FinishedJob, Job, TrackFiles, with_queue};
use transcribe::app::models::LoadedModel;
use transcribe::app::{CancelToken, Settings, UsageError};
use transcribe::{Error, Millis};

use super::args::{Cli, Transcribe};
use super::config::SettingsFile;
use super::display::Display;
use super::{Exit, check_stdout, config, interrupt, model, output};

pub(super) fn run(args: Transcribe) -> Exit {
    let file = config::read(args.common.config.as_deref());
    let reporter = args.common.reporter(&file);
    let (settings, jobs) = match file.and_then(|file| prepare(&args, file)) {
        Ok(prepared) => prepared,
        Err(error) => return reporter.misused(&error),
    };
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    if args.stop_at_eof {
        interrupt::cancels_at_eof(&cancel);
    }
    let mut exit = Exit::Done;
    let mut ready = Vec::new();
    for job in jobs {
        for other in &job.left_out {
            reporter.left_out(other);
        }
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
    match model::select(&args.common, &settings, &display)
        .and_then(|model| model.load(&settings))
        .and_then(|model| model.with_networks(&settings, &display))
    {
        Ok(model) => exit.max(transcribe(&model, settings, ready, &cancel, &display)),
        Err(error) => {
            reporter.failed(None, &error);
            Exit::untried(&error)
        }
    }
}

/// From arguments and settings file to settings and jobs.
fn prepare(args: &Transcribe, file: SettingsFile) -> Result<(Settings, Vec<Job>), UsageError> {
    let Transcribe { recordings, join, stdout, options: typed, .. } = args;
    let tracks = typed.values.flag("tracks");
    if stdout.is_some() && recordings.len() > 1 && !join && !tracks {
        return Err(UsageError::new("`--stdout` works with one recording", "`-f` and `-o` write files for many"));
    }
    check_stdout(*stdout)?;
    no_command(recordings)?;
    if args.stop_at_eof && recordings.iter().any(|r| jobs::is_stdin(r)) {
        return Err(UsageError::new("standard input is the recording", "leave `--stop-at-eof` or `-` out"));
    }
    if *join && recordings.iter().any(|r| jobs::is_stdin(r)) {
        return Err(UsageError::new("standard input can't be a part of a recording", "leave `--join` or `-` out"));
    }
    // Files are written beside standard output only if the command line asks for them.
    let is_wanted = |name: &str| stdout.is_none() || !["output-format", "output-dir"].contains(&name);
    let values = typed.values.clone().over(file.values.only(|spec| is_wanted(spec.name)));
    let settings = Settings::new(&values, *stdout)?;
    let recordings: Vec<Vec<PathBuf>> =
        if *join { vec![recordings.clone()] } else { recordings.iter().map(|r| vec![r.clone()]).collect() };
    let job = |parts| Job::new(parts, &settings.formats, settings.output_dir.as_deref());
    let mut jobs: Vec<Job> = match settings.known.tracks {
        true => vec![of_tracks(args, &settings)?],
        false => recordings.into_iter().map(job).collect(),
    };
    jobs.iter_mut().for_each(|job| job.inputs.clone_from(&settings.inputs));
    distinct(&jobs)?;
    Ok((settings, jobs))
}

/// A command that stands behind an option is taken for a recording.
fn no_command(recordings: &[PathBuf]) -> Result<(), UsageError> {
    let is_command =
        |path: &&PathBuf| Cli::command().get_subcommands().any(|command| path.as_os_str() == command.get_name());
    match recordings.first().filter(|path| !path.exists()).filter(is_command) {
        Some(command) => {
            let command = command.display();
            let hint = format!("options go behind a command: `transcribe {command} …`");
            Err(UsageError::new(format!("`{command}` is a command, and no recording of this name is there"), hint))
        }
        None => Ok(()),
    }
}

/// The job of a conversation.
fn of_tracks(args: &Transcribe, settings: &Settings) -> Result<Job, UsageError> {
    if args.join || args.recordings.iter().any(|recording| jobs::is_stdin(recording)) {
        return Err(UsageError::new("`--tracks` takes files that begin together", "leave `--join` and `-` out"));
    }
    let TrackFiles { files, left_out } = TrackFiles::find(&args.recordings)?;
    settings.known.check_files(&files)?;
    let mut job = Job::of_tracks(files, &settings.formats, settings.output_dir.as_deref());
    job.left_out = left_out;
    Ok(job)
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

/// Writes what is for standard output.
fn print(finished: &FinishedJob) -> Result<(), Error> {
    let Some(content) = &finished.stdout else { return Ok(()) };
    output::print(content).map_err(|source| Error::Write { path: "standard output".into(), source })
}

/// No two recordings may have the same files, and none may be overwritten.
fn distinct(jobs: &[Job]) -> Result<(), UsageError> {
    let Some(clash) = jobs::clashes(&jobs.iter().collect::<Vec<_>>()).into_iter().next() else { return Ok(()) };
    let (first, second) = (jobs[clash.jobs.0].recording().display(), jobs[clash.jobs.1].recording().display());
    let file = clash.file.display();
    let elsewhere = "`-o FOLDER` writes elsewhere";
    Err(match clash.of_first {
        FileUse::Recording => UsageError::new(
            format!("the transcript of `{second}` would be written over the recording `{first}`"),
            elsewhere,
        ),
        FileUse::Input => UsageError::new(
            format!("the transcript of `{second}` would be written over `{file}`, which is read for it"),
            elsewhere,
        ),
        FileUse::Output if first.to_string() == second.to_string() => format!("`{first}` is given twice").into(),
        FileUse::Output => UsageError::new(
            format!("`{first}` and `{second}` would both be written to `{file}`"),
            "rename one, or transcribe them one by one with different `-o` folders",
        ),
    })
}

/// Finds whatever can go wrong before the model is loaded. Gives the length, if the container says so.
fn check(job: &Job, settings: &Settings) -> Result<Option<Millis>, Error> {
    job.conflict(settings.overwrite)?;
    job.prepare()?;
    job.length(settings)
}
