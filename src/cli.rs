//! The command line: from arguments to validated options, from options to work, from errors to words and exit codes.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 all done, 1 at least one recording
//! failed and the others are written, 2 nothing was tried, 130 interrupted.

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use transcribe::Error;
use transcribe::app::{Outcome, UsageError};
use transcribe::format::Format;

#[cfg(feature = "app")]
mod app;
mod args;
mod batch;
mod batch_table;
mod captions;
mod config;
mod contributions;
mod display;
mod hints;
mod interrupt;
mod live;
mod minutes;
mod model;
mod models;
mod output;
mod participation;
mod processor;
mod progress;
mod public;
#[cfg(feature = "app")]
mod serve;
mod shard;
mod speakers;
#[cfg(feature = "summarise")]
mod summarise;
mod summary;
mod transcribe_command;
mod transcripts;

use args::{Cli, Command};
use progress::Reporter;

/// How the program ends: its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything is done.
    Done = 0,
    /// Something failed; the rest is done.
    Failed = 1,
    /// Nothing was tried.
    Unusable = 2,
    /// The user interrupted it; what was done is written.
    Interrupted = 130,
}

impl Exit {
    /// How it ends when this error kept everything from being tried.
    fn untried(error: &Error) -> Exit {
        match error {
            Error::Cancelled => Exit::Interrupted,
            _ => Exit::Unusable,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Done => Exit::Done,
            Outcome::Failed => Exit::Failed,
            Outcome::Cancelled => Exit::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// The whole program.
pub(crate) fn run() -> ExitCode {
    quiet_panics();
    #[cfg(unix)]
    interrupt::outlive_file_limit();
    let parsed = Cli::command().try_get_matches().and_then(|matches| {
        hints::only_for(&matches);
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            return match output::say_usage(&error) {
                Ok(()) => ExitCode::from(error.exit_code() as u8),
                Err(error) => not_printed(&error).into(),
            };
        }
    };
    if let Err(error) = processor::check() {
        return Reporter::new(None, false, false).misused(&error).into();
    }
    if cli.version {
        return version(cli.transcribe.common.verbose).into();
    }
    match cli.command {
        Some(Command::Batch(batch)) => batch::run(*batch),
        #[cfg(feature = "app")]
        Some(Command::App(args)) => app::run(args),
        #[cfg(feature = "app")]
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Live(live)) => live::run(*live),
        Some(Command::Devices) => live::devices(),
        Some(Command::Export(args)) => transcripts::export(args),
        Some(Command::Import(args)) => transcripts::import(args),
        Some(Command::Apply(args)) => transcripts::apply(args),
        Some(Command::Speakers(args)) => speakers::run(args),
        Some(Command::Participation(args)) => participation::run(args),
        Some(Command::Contributions(args)) => contributions::run(args),
        Some(Command::Minutes(args)) => minutes::run(args),
        #[cfg(feature = "summarise")]
        Some(Command::Summarise(args)) => summarise::run(*args),
        Some(Command::Models(command)) => models::run(command),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "transcribe", &mut text);
            print(&text)
        }
        None => transcribe_command::run(cli.transcribe),
    }
    .into()
}

/// Nothing may be left on the screen of what a crash was about, for that could be what was said.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
        progress::crashed(&format!("internal error{place}"));
    }));
}

fn version(verbose: bool) -> Exit {
    let mut text = format!("transcribe {}\n", env!("CARGO_PKG_VERSION"));
    if verbose {
        text.push_str(&transcribe::whisper::system_info());
        text.push('\n');
    }
    print(text.as_bytes())
}

/// Data for the user.
fn print(text: &[u8]) -> Exit {
    match output::print(text) {
        Ok(()) => Exit::Done,
        Err(error) => not_printed(&error),
    }
}

fn not_printed(error: &io::Error) -> Exit {
    output::say_error(&format!("cannot write to standard output: {error}"), None);
    Exit::Failed
}

/// May this format go to standard output?
///
/// # Errors
/// If a terminal cannot show it.
fn check_stdout(format: Option<Format>) -> Result<(), UsageError> {
    match format.filter(|format| !format.is_text() && output::stdout_is_terminal()) {
        Some(format) => Err(UsageError::new(
            format!("`{format}` is not text, a terminal cannot show it"),
            format!("`-f {format}` writes a file"),
        )),
        None => Ok(()),
    }
}

/// An error and the way out, on standard error.
pub(crate) fn report(error: &Error) {
    output::say_error(&error.to_string(), hints::hint(error).as_deref());
}
