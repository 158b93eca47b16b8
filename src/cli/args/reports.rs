//! What is made of transcripts: numbers of who takes part.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use transcribe::Millis;
use transcribe::contributions::{Preset, SHORTEST_LENGTH};
use transcribe::options::Kind;
use transcribe::wording::Language;

use super::transcripts::Files;

const PARTICIPATION_EXAMPLES: &str = "\
Examples:
  transcribe participation council.json --meeting meeting.toml   council.participation.html beside it
  transcribe participation -f csv,html -o out table-*.json       the tables of an assembly in one report";

const CONTRIBUTIONS_EXAMPLES: &str = "\
Examples:
  transcribe contributions table-*.json --for t3c -o out       for Talk to the City: out/contributions.t3c.csv
  transcribe contributions a.json --for kouchou,polis          a.kouchou.csv and a.polis.csv
  transcribe contributions a.json --for sensemaker --meeting meeting.toml --exclude-role moderator";

/// `transcribe participation TRANSCRIPT...`
#[derive(Debug, Args)]
#[command(after_help = PARTICIPATION_EXAMPLES)]
pub(crate) struct Participation {
    /// Transcripts: JSON of this program, or whatever `transcribe import` reads; several are the tables, or the parts, of one assembly
    #[arg(required = true, value_name = "TRANSCRIPT")]
    pub(crate) transcripts: Vec<PathBuf>,
    /// Files to write [default: html]
    #[arg(short = 'f', long, alias = "output_format", value_delimiter = ',', value_name = "FORMATS")]
    pub(crate) output_format: Vec<ReportFormat>,
    /// Write one format to standard output; files only with -f
    #[arg(long, value_name = "FORMAT")]
    pub(crate) stdout: Option<ReportFormat>,
    /// What is known of the meeting: who was there, in what role and group, and the agenda
    #[arg(long, value_name = "FILE")]
    pub(crate) meeting: Option<PathBuf>,
    /// Take what was said in items that are not public, too
    #[arg(long)]
    pub(crate) include_closed: bool,
    /// Count a second time without those who have one of these roles [default: chair,moderator]
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    pub(crate) exclude_role: Vec<String>,
    /// Language of the report: de or en [default: that of the transcript]
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub(crate) ui_language: Option<Language>,
    /// A longer pause of a person ends a turn, e.g. 1s or 800ms [default: 1s]
    #[arg(long, value_name = "S", value_parser = duration, help_heading = "How it is counted")]
    pub(crate) turn_gap: Option<Millis>,
    /// The longest backchannel [default: 1s]
    #[arg(long, value_name = "S", value_parser = duration, help_heading = "How it is counted")]
    pub(crate) backchannel: Option<Millis>,
    /// Who begins so shortly before another ends, or after another began, takes over from nobody [default: 500ms]
    #[arg(long, value_name = "S", value_parser = duration, help_heading = "How it is counted")]
    pub(crate) terminal_overlap: Option<Millis>,
    /// How long somebody must go on after another fell silent, to have taken over [default: 1s]
    #[arg(long, value_name = "S", value_parser = duration, help_heading = "How it is counted")]
    pub(crate) hold: Option<Millis>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// `transcribe contributions TRANSCRIPT...`
#[derive(Debug, Args)]
#[command(after_help = CONTRIBUTIONS_EXAMPLES)]
pub(crate) struct Contributions {
    /// Transcripts: JSON of this program, or whatever `transcribe import` reads; several go into one file
    #[arg(required = true, value_name = "TRANSCRIPT")]
    pub(crate) transcripts: Vec<PathBuf>,
    #[arg(long = "for", value_name = "PROGRAMS", value_delimiter = ',', required = true)]
    #[arg(help = format!("Programs that are to read them: {}", Preset::names()))]
    pub(crate) programs: Vec<Preset>,
    /// What is known of the meeting: names, roles and groups of those who speak
    #[arg(long, value_name = "FILE")]
    pub(crate) meeting: Option<PathBuf>,
    /// Take what was said in items that are not public, too
    #[arg(long)]
    pub(crate) include_closed: bool,
    /// Leave out what those say who have one of these roles, e.g. moderator
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    pub(crate) exclude_role: Vec<String>,
    /// Keep fillers such as "mhm" where they cannot be marked
    #[arg(long)]
    pub(crate) fillers: bool,
    /// The longest contribution in characters; less where a program takes less [default: 2000]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(SHORTEST_LENGTH as u64..=1_000_000))]
    pub(crate) max_length: Option<usize>,
    /// The largest file in bytes [default: 153600 for t3c, else any]
    #[arg(long, value_name = "BYTES", value_parser = RangedU64ValueParser::<usize>::new().range(16_384..=1_000_000_000))]
    pub(crate) max_file_size: Option<usize>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum ReportFormat {
    /// A page with charts
    Html,
    /// Markdown
    Md,
    /// A Word document
    Docx,
    /// All numbers, for spreadsheets and programs
    Csv,
}

impl ReportFormat {
    /// As on the command line, and at the end of file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ReportFormat::Html => "html",
            ReportFormat::Md => "md",
            ReportFormat::Docx => "docx",
            ReportFormat::Csv => "csv",
        }
    }
}

/// `de` or `en`.
pub(super) fn language(text: &str) -> Result<Language, String> {
    let known = Language::ALL.into_iter().find(|language| language.code() == text);
    known.ok_or_else(|| "expected de or en".to_owned())
}

/// `0.8`, `0.8s` or `800ms`.
fn duration(text: &str) -> Result<Millis, String> {
    let kind = Kind::Duration { longest: 60.0, examples: "0.8 or 800ms" };
    let seconds = kind.parse(text)?.as_f64().unwrap_or_default();
    Ok(Millis((seconds * 1000.0).round() as u64))
}
