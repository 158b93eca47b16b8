//! `transcribe app`.

use std::path::PathBuf;

use clap::Args;

/// `transcribe app`
#[derive(Debug, Args)]
pub(crate) struct App {
    /// Print the link, and open no browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// End the application; what is not finished goes on at the next start
    #[arg(long, conflicts_with = "no_open")]
    pub(crate) stop: bool,
    /// Port on this computer [default: 7273, or a free one if that is taken]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Folder for recordings, transcripts and what is known of them [default: transcribe/app in the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Recordings at once [default: as cores and memory allow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Language of pages: de or en [default: that of the browser]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) ui_language: Option<String>,
    /// Address of a folder that models are downloaded from, at another server
    #[arg(long, value_name = "URL", env = "TRANSCRIBE_MODEL_MIRROR", hide_env_values = true)]
    pub(crate) mirror: Option<String>,

    /// Answers of a scripted recogniser instead of a model, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) scripted: Option<PathBuf>,
}
