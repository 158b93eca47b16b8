//! `transcribe app` and `transcribe serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::parse_speed;

const SERVE_EXAMPLES: &str = "\
Examples:
  transcribe app token add Nextcloud            a token for a program, shown this once
  transcribe serve                              for programs on this computer, at http://127.0.0.1:7273/v1
  transcribe serve --listen 0.0.0.0:7273 --network   for others in the network, too";

/// `transcribe app`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct App {
    #[command(subcommand)]
    pub(crate) command: Option<AppCommand>,
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
    #[arg(long, value_name = "FOLDER", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Recordings at once [default: as cores and memory allow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Days that recordings of programs, which came through the API, are kept with their transcripts after the work
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) keep_uploads: u16,
    /// Language of pages: de or en [default: that of the browser]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) ui_language: Option<String>,
    /// Address of a folder that models are downloaded from, at another server
    #[arg(long, value_name = "URL", env = "TRANSCRIBE_MODEL_MIRROR", hide_env_values = true)]
    pub(crate) mirror: Option<String>,

    /// Answers of a scripted recogniser instead of a model, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) scripted: Option<PathBuf>,
    /// A recording in place of the microphone, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// How fast that recording plays, in times real time, for tests
    #[arg(long, hide = true, value_name = "X", value_parser = parse_speed, requires = "input")]
    pub(crate) speed: Option<f64>,
}

/// What `transcribe app` can do besides.
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Tokens for programs that use the OpenAI API of the application, or of `transcribe serve`
    #[command(subcommand)]
    Token(Token),
}

/// What `transcribe app token` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// List the names of those that have one
    List,
    /// Make one, and print it: it is not shown again
    Add {
        /// The name of the program that gets it
        name: String,
    },
    /// Delete one: whoever has it is not let in again
    Revoke {
        /// Name from `transcribe app token list`
        name: String,
    },
}

/// `transcribe serve`
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// Address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7273")]
    pub(crate) listen: SocketAddr,
    /// Allow an address that other machines reach: whoever has a token can use it, and nothing is encrypted
    #[arg(long)]
    pub(crate) network: bool,
    /// Folder for recordings, transcripts and tokens [default: that of `transcribe app`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Recordings at once [default: as cores and memory allow]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Days that recordings are kept with their transcripts after the work
    #[arg(long, value_name = "DAYS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) keep_uploads: u16,

    /// Answers of a scripted recogniser instead of a model, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) scripted: Option<PathBuf>,
}
