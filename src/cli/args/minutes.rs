//! Minutes of a meeting.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use transcribe::minutes::{Kind, Land};

use super::Files;

const EXAMPLES: &str = "\
Examples:
  transcribe minutes --init                                  writes meeting.toml, to fill in
  transcribe minutes meeting.json --meeting meeting.toml     writes meeting.results.docx beside it
  transcribe minutes meeting.json --kind course -f html,md   an outline of who spoke when
  transcribe minutes meeting.json --per-item -o council      a file for each item of the agenda";

/// `transcribe minutes TRANSCRIPT...`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Minutes {
    /// The transcript: JSON of this program, or whatever `transcribe import` reads; several are parts of one meeting
    #[arg(required_unless_present = "init", value_name = "TRANSCRIPT")]
    pub(crate) transcripts: Vec<PathBuf>,
    /// Data of the meeting: meeting.toml, or the meeting of OParl 1.1 as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) meeting: Option<PathBuf>,
    /// Kind of minutes: results, course or verbatim; several with commas
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "KINDS",
        default_value = "results",
        hide_possible_values = true
    )]
    pub(crate) kind: Vec<KindArg>,
    /// Files to write: docx, html, md; json: what was found, for programs; oparl: the meeting of OParl with times
    #[arg(short = 'f', long, alias = "output_format", value_enum, value_delimiter = ',', value_name = "FORMATS")]
    #[arg(default_value = "docx", hide_possible_values = true)]
    pub(crate) output_format: Vec<MinutesFormat>,
    /// Write a file for each item of the agenda
    #[arg(long)]
    pub(crate) per_item: bool,
    /// Leave out what is not public; without it, that goes into files of its own
    #[arg(long)]
    pub(crate) public_only: bool,
    #[arg(long, value_name = "LAND", value_parser = |code: &str| code.parse::<Land>())]
    #[arg(help = format!("Say what the law of this Land requires and is missing: {}", Land::codes()))]
    pub(crate) land: Option<Land>,
    /// Listen for the phrases in this file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) cues: Option<PathBuf>,
    /// What people decided about a draft: the edits file, with `minutes` in it
    #[arg(long, value_name = "FILE")]
    pub(crate) edits: Option<PathBuf>,
    /// Write meeting.toml with all fields, to fill in
    #[arg(long, conflicts_with_all = ["meeting", "per_item", "public_only", "land", "cues", "edits"])]
    pub(crate) init: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// A kind of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    Results,
    Course,
    Verbatim,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Kind {
        match kind {
            KindArg::Results => Kind::Results,
            KindArg::Course => Kind::Course,
            KindArg::Verbatim => Kind::Verbatim,
        }
    }
}

/// A kind of file of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum MinutesFormat {
    Docx,
    Html,
    Md,
    Json,
    Oparl,
}
