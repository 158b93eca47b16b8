//! What can be done with transcripts that are there.

use std::path::PathBuf;

use clap::Args;
use transcribe::format::Format;

use super::typed::{OfExports, Typed};

/// `transcribe export TRANSCRIPT...`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Transcripts: JSON of this program, or whatever `transcribe import` reads
    #[arg(required = true, value_name = "TRANSCRIPT")]
    pub(crate) transcripts: Vec<PathBuf>,
    #[arg(short = 'f', long, alias = "output_format", value_delimiter = ',', value_name = "FORMATS")]
    #[arg(help = format!("Files to write: {}", Format::names()))]
    #[arg(required_unless_present_any = ["stdout", "report"])]
    pub(crate) output_format: Vec<Format>,
    /// Write one format to standard output; files only with -f
    #[arg(long, value_name = "FORMAT")]
    pub(crate) stdout: Option<Format>,
    /// Where the recording lies, for formats that play it [default: beside the transcript, by the name in it]
    #[arg(long, value_name = "FILE")]
    pub(crate) media: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: Typed<OfExports>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// `transcribe import FILE...`
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// JSON of whisper.cpp, openai-whisper, faster-whisper or WhisperX; SRT; WebVTT, also of Teams and Zoom
    #[arg(required = true, value_name = "FILE")]
    pub(crate) transcripts: Vec<PathBuf>,
    /// The recording that it is of, so that later steps find it
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: Option<PathBuf>,
    /// Language spoken, where the file does not say: code (de) or name (german, deutsch)
    #[arg(short, long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// `transcribe apply EDITS TRANSCRIPT`
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// What the review page saved
    #[arg(value_name = "EDITS")]
    pub(crate) edits: PathBuf,
    /// The JSON that they are to be put into
    #[arg(value_name = "TRANSCRIPT")]
    pub(crate) transcript: PathBuf,
    /// Replace other edits of the same places
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Silence notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `transcribe speakers TRANSCRIPT [RECORDING]`
#[derive(Debug, Args)]
pub(crate) struct Speakers {
    /// The JSON of the transcript
    #[arg(value_name = "TRANSCRIPT")]
    pub(crate) transcript: PathBuf,
    /// The recording, to tell its voices apart [default: beside the transcript, by the name in it]
    #[arg(value_name = "RECORDING")]
    pub(crate) recording: Option<PathBuf>,
    /// Tell voices apart again: auto, a number, or a range such as 2-5
    #[arg(long, value_name = "COUNT")]
    pub(crate) speakers: Option<String>,
    /// Give a voice a name; can be given several times
    #[arg(long, value_name = "S1=NAME")]
    pub(crate) rename: Vec<String>,
    /// Make voices one; can be given several times
    #[arg(long, value_name = "S2,S4")]
    pub(crate) merge: Vec<String>,
    /// Give what is said in a stretch to a voice, or to somebody new; can be given several times
    #[arg(long, value_name = "FROM-TO=S3")]
    pub(crate) assign: Vec<String>,
    /// Take the last change back; once more, and it is there again
    #[arg(long, conflicts_with_all = ["recording", "speakers", "rename", "merge", "assign"])]
    pub(crate) undo: bool,
    /// Processor cores to use [default: all]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) threads: Option<u16>,
    /// Silence notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Where files go.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Folder for the files [default: beside the transcript]
    #[arg(short, long, alias = "output_dir", value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace files that are there already
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Silence notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
