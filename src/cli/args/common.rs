//! The options that several ways of transcribing have.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use transcribe::Millis;
use transcribe::format::Format;

use crate::cli::captions::CaptionArgs;

use super::values::{parse_bool, parse_temperature, parse_threshold, parse_time};

/// `None` and empty: not given.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Model, by name or as the path of a ggml file [default: the best installed]
    #[arg(short, long, help_heading = "Model and language", value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Language spoken: code (de) or English name (german) [default: auto, which detects it]
    #[arg(short, long, help_heading = "Model and language", value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// The languages that may be spoken, e.g. de,en: told apart for each stretch of speech
    #[arg(long, value_delimiter = ',', help_heading = "Model and language", value_name = "LANGUAGES")]
    #[arg(conflicts_with = "language")]
    pub(crate) languages: Vec<String>,
    /// Write English, whatever language is spoken
    #[arg(long, help_heading = "Model and language")]
    pub(crate) translate: bool,
    /// Names and terms to expect, e.g. "Frau Özdemir, Bürgerrat, Klinikum Fürth"
    #[arg(long, alias = "initial-prompt", alias = "initial_prompt", help_heading = "Model and language")]
    #[arg(value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    /// List of names and terms, one a line, `Term: sound-alike, sound-alike`: expected, and put right where misheard
    #[arg(long, help_heading = "Model and language", value_name = "FILE")]
    pub(crate) glossary: Option<PathBuf>,

    #[arg(short = 'f', long, alias = "output_format", value_delimiter = ',', help_heading = "Output")]
    #[arg(value_name = "FORMATS")]
    #[arg(help = format!("Files to write: {} [default: json,srt; live also vtt]", Format::names()))]
    pub(crate) output_format: Vec<Format>,
    /// Folder for the files [default: beside the recording; live: the current one]
    #[arg(short, long, alias = "output_dir", help_heading = "Output", value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Replace transcripts that are there already
    #[arg(long, help_heading = "Output")]
    pub(crate) overwrite: bool,
    /// Times of single words in JSON: true or false [default: true]
    #[arg(long, alias = "word_timestamps", help_heading = "Output", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = false, default_missing_value = "true", value_parser = parse_bool)]
    pub(crate) word_timestamps: Option<bool>,

    #[command(flatten)]
    pub(crate) captions: CaptionArgs,

    /// Hypotheses kept while decoding, 1 to 8 [default: 1, and 5 where that leaves doubts]
    #[arg(long, alias = "beam_size", help_heading = "Decoding", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) beam_size: Option<u8>,
    /// Where the sampling temperature starts, 0 to 1 [default: 0]
    #[arg(long, help_heading = "Decoding", value_name = "T", value_parser = parse_temperature)]
    pub(crate) temperature: Option<f32>,
    /// Look for speech and decode nothing else: true or false, for singing and whispering [default: true]
    #[arg(long, help_heading = "Speech", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = false, default_missing_value = "true", value_parser = parse_bool)]
    pub(crate) vad: Option<bool>,
    /// Score at which speech begins, 0.05 to 0.95; lower finds more, noise as well [default: 0.5]
    #[arg(long, alias = "vad_threshold", help_heading = "Speech", value_name = "P", value_parser = parse_threshold)]
    pub(crate) vad_threshold: Option<f32>,
    /// Shorter sounds are no speech [default: 90]
    #[arg(long, alias = "vad_min_speech_duration_ms", help_heading = "Speech", value_name = "MS")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=5_000))]
    pub(crate) vad_min_speech_duration_ms: Option<u64>,
    /// Shorter pauses are part of the speech [default: 500]
    #[arg(long, alias = "vad_min_silence_duration_ms", help_heading = "Speech", value_name = "MS")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=5_000))]
    pub(crate) vad_min_silence_duration_ms: Option<u64>,
    /// Sound decoded on either side of speech [default: 400]
    #[arg(long, alias = "vad_speech_pad_ms", help_heading = "Speech", value_name = "MS")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=2_000))]
    pub(crate) vad_speech_pad_ms: Option<u64>,
    /// The longest stretch decoded at once, 10 to 28 s [default: 28]
    #[arg(long, alias = "vad_max_speech_duration_s", help_heading = "Speech", value_name = "S")]
    #[arg(value_parser = clap::value_parser!(u64).range(10..=28))]
    pub(crate) vad_max_speech_duration_s: Option<u64>,
    /// Processor cores to use [default: all]
    #[arg(short, long, help_heading = "Decoding", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) threads: Option<u16>,

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

    /// Answers of a scripted recogniser instead of a model, for tests
    #[arg(long, hide = true, value_name = "FILE")]
    pub(crate) scripted: Option<PathBuf>,
}

/// The options that only recordings have.
#[derive(Debug, Default, Args)]
pub(crate) struct Recorded {
    /// Go on where an interrupted run of the same recording, model and settings ended: true or false [default: true]
    #[arg(long, help_heading = "Output", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = false, default_missing_value = "true", value_parser = parse_bool)]
    pub(crate) resume: Option<bool>,
    #[command(flatten)]
    pub(crate) documents: Documents,
    /// Start here: seconds, m:ss or h:mm:ss
    #[arg(long, help_heading = "Part of the recording", value_name = "TIME", value_parser = parse_time)]
    pub(crate) from: Option<Millis>,
    /// End here, written likewise
    #[arg(long, help_heading = "Part of the recording", value_name = "TIME", value_parser = parse_time)]
    pub(crate) to: Option<Millis>,
    /// Audio track, counted from 1 [default: the first that can be decoded]
    #[arg(long, help_heading = "Part of the recording", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) track: Option<u16>,
    /// Where to compute [default: gpu if built for one, else cpu]
    #[arg(long, help_heading = "Decoding", value_name = "DEVICE")]
    pub(crate) device: Option<Device>,
}

/// The options about files for people.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Documents {
    /// Number the lines of a docx, so that people can refer to them
    #[arg(long, help_heading = "Output")]
    pub(crate) line_numbers: bool,
    /// Put the sound into an html, 15 MB an hour, so that one file is all that is needed
    #[arg(long, help_heading = "Output")]
    pub(crate) embed_audio: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Device {
    /// The processor
    Cpu,
    /// The graphics card
    Gpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
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
