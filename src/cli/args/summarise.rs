//! `transcribe summarise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use transcribe::summarise::{Api, SMALLEST_CONTEXT};
use transcribe::wording::Language;

use super::Files;
use super::reports::language;

const EXAMPLES: &str = "\
Example:
  ollama pull MODEL
  transcribe summarise meeting.json --server http://127.0.0.1:11434 --model MODEL --meeting meeting.toml

The server must run on this computer. Everything that the model writes is a draft.";

/// `transcribe summarise TRANSCRIPT`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Summarise {
    /// The transcript: JSON of this program, or whatever `transcribe import` reads
    #[arg(value_name = "TRANSCRIPT")]
    pub(crate) transcript: PathBuf,
    /// Address of a server on this computer, such as Ollama, llama.cpp or LM Studio
    #[arg(long, value_name = "URL", help_heading = "Language model")]
    pub(crate) server: String,
    /// The model, as the server calls it
    #[arg(long, value_name = "NAME", help_heading = "Language model")]
    pub(crate) model: String,
    /// How the server is asked [default: ollama if it is one, else openai]; Ollama is asked in any case whether it runs the model itself
    #[arg(long, value_name = "KIND", help_heading = "Language model")]
    pub(crate) api: Option<ApiArg>,
    /// Tokens that the model can take at once; a longer item is summarised in parts
    #[arg(long, value_name = "TOKENS", help_heading = "Language model", default_value_t = 16_384)]
    #[arg(value_parser = clap::value_parser!(u32).range(i64::from(SMALLEST_CONTEXT)..=1_048_576))]
    pub(crate) context: u32,
    /// Seconds to wait for each answer
    #[arg(long, value_name = "SECONDS", help_heading = "Language model", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    /// What is known of the meeting: persons, and the agenda
    #[arg(long, value_name = "FILE")]
    pub(crate) meeting: Option<PathBuf>,
    /// Take what was said in items that are not public, too
    #[arg(long)]
    pub(crate) include_closed: bool,
    /// Language of the summary: de or en [default: that of the transcript]
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub(crate) ui_language: Option<Language>,
    /// Files to write
    #[arg(
        short = 'f',
        long,
        alias = "output_format",
        value_delimiter = ',',
        value_name = "FORMATS",
        default_value = "md"
    )]
    pub(crate) output_format: Vec<SummaryFormat>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApiArg {
    /// /api/chat
    Ollama,
    /// /v1/chat/completions
    Openai,
}

impl From<ApiArg> for Api {
    fn from(api: ApiArg) -> Api {
        match api {
            ApiArg::Ollama => Api::Ollama,
            ApiArg::Openai => Api::OpenAi,
        }
    }
}

/// A format of a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// Markdown
    Md,
    /// A Word document
    Docx,
    /// A page
    Html,
}

impl SummaryFormat {
    /// As on the command line, and at the end of file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            SummaryFormat::Md => "md",
            SummaryFormat::Docx => "docx",
            SummaryFormat::Html => "html",
        }
    }
}
