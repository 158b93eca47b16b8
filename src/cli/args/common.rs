//! The options about messages, and where settings come from.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use transcribe::app::UsageError;

use crate::cli::config::SettingsFile;
use crate::cli::progress::Reporter;

/// What all ways of transcribing have, apart from the options of the application's table. `None`: not given.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Settings file with the names of the long options [default: transcribe/config.toml in the user's config folder]
    #[arg(long, help_heading = "Messages", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How progress is shown [default: auto]
    #[arg(long, help_heading = "Messages", value_name = "KIND")]
    pub(crate) progress: Option<Progress>,
    /// Silence notes and progress
    #[arg(short, long, help_heading = "Messages", conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: workers, instruction sets, when ffmpeg decodes
    #[arg(short, long, help_heading = "Messages")]
    pub(crate) verbose: bool,

    /// If no model is installed, get the recommended one without asking
    #[cfg(feature = "download")]
    #[arg(long, help_heading = "Model and language")]
    pub(crate) yes: bool,

    /// Answers of a scripted recogniser instead of a model, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) scripted: Option<PathBuf>,
}

impl Common {
    /// What is shown, as the command line says, or the settings file where there is a usable one.
    pub(crate) fn reporter(&self, file: &Result<SettingsFile, UsageError>) -> Reporter {
        let progress = self.progress.or(file.as_ref().ok().and_then(|file| file.progress));
        Reporter::new(progress, self.quiet, self.verbose)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A bar on a terminal, else plain
    Auto,
    /// A line now and then
    Plain,
    /// One JSON object a line, on standard error
    Json,
    /// Nothing
    None,
}
