//! What can be typed. Names as users of whisper-cli and openai-whisper expect them; snake_case is accepted too.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use transcribe::Millis;
use transcribe::format::Format;

const EXAMPLES: &str = "\
Examples:
  transcribe meeting.mp3                        writes meeting.json and meeting.srt beside it
  transcribe -l de -f txt,vtt -o out *.m4a      German, as text and WebVTT, into the folder out
  transcribe --from 10:00 --to 25:30 long.wav   one agenda item
  transcribe --stdout txt interview.flac        to the screen, no files
  transcribe models get large-v3-turbo-q8_0     a better model";

/// What only `--help` adds.
const MORE: &str = "\
Exit codes: 0 all done; 1 a recording failed, the others are written; 2 nothing was tried;
130 interrupted, what was done is written.

Environment: TRANSCRIBE_MODELS is the folder for models, TRANSCRIBE_MODEL_MIRROR the address that
`transcribe models get` downloads from.";

/// Turns recordings into timestamped transcripts, entirely on this machine.
#[derive(Debug, Parser)]
#[command(name = "transcribe", about, after_help = EXAMPLES, disable_version_flag = true, max_term_width = 100)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{MORE}"))]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) transcribe: Transcribe,
    /// Print the version; with -v what it was built with
    #[arg(short = 'V', long, help_heading = "Messages")]
    pub(crate) version: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List, get, check and remove models
    #[command(subcommand)]
    Models(Models),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// What `transcribe models` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// Show what there is, with size, languages and memory, and what is installed
    List,
    /// Download a model from its publisher, resuming where a download broke off
    #[cfg(feature = "download")]
    Get {
        /// Name from `transcribe models list`
        name: String,
        /// Address of a folder with the same files at another server
        #[arg(long, value_name = "URL", env = "TRANSCRIBE_MODEL_MIRROR", hide_env_values = true)]
        mirror: Option<String>,
        /// Silence notes and progress
        #[arg(short, long)]
        quiet: bool,
    },
    /// Compare installed models with their published SHA-256
    Check {
        /// All installed ones if none is named
        names: Vec<String>,
    },
    /// Print where a model lies
    Path {
        /// Folder of all models if none is named
        name: Option<String>,
    },
    /// Delete a model
    Remove {
        /// Name from `transcribe models list`
        name: String,
    },
}

/// Everything about transcribing. `None` and empty: not given.
#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// Recordings: any sound or video file; `-` is standard input
    #[arg(required_unless_present = "version", value_name = "RECORDING")]
    pub(crate) recordings: Vec<PathBuf>,

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

    /// Files to write: json, srt, vtt, txt, tsv [default: json,srt]
    #[arg(short = 'f', long, alias = "output_format", value_delimiter = ',', help_heading = "Output")]
    #[arg(value_name = "FORMATS")]
    pub(crate) output_format: Vec<Format>,
    /// Folder for the files [default: beside the recording]
    #[arg(short, long, alias = "output_dir", help_heading = "Output", value_name = "FOLDER")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Write one format (json, srt, vtt, txt or tsv) to standard output; files only with -f or -o
    #[arg(long, help_heading = "Output", value_name = "FORMAT")]
    pub(crate) stdout: Option<Format>,
    /// Replace transcripts that are there already
    #[arg(long, help_heading = "Output")]
    pub(crate) overwrite: bool,
    /// Times of single words in JSON: true or false [default: true]
    #[arg(long, alias = "word_timestamps", help_heading = "Output", value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = false, default_missing_value = "true", value_parser = parse_bool)]
    pub(crate) word_timestamps: Option<bool>,

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
    /// Where to compute [default: gpu if built for one, else cpu]
    #[arg(long, help_heading = "Decoding", value_name = "DEVICE")]
    pub(crate) device: Option<Device>,

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

/// `90`, `90.5`, `1:30` or `1:02:03.5`.
fn parse_time(text: &str) -> Result<Millis, String> {
    let wrong = || "expected seconds, m:ss or h:mm:ss".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let (last, higher) = parts.split_last().ok_or_else(wrong)?;
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds: f64 = Some(*last).filter(|s| plain(s)).and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
    if higher.len() > 2 || (!higher.is_empty() && seconds >= 60.0) {
        return Err(wrong());
    }
    let mut minutes = 0_u64;
    for part in higher {
        let part: u32 = Some(*part).filter(|s| plain(s)).and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
        minutes = minutes * 60 + u64::from(part);
    }
    Ok(Millis(minutes * 60_000 + (seconds * 1000.0).round() as u64))
}

fn parse_temperature(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|t| (0.0..=1.0).contains(t)).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn parse_threshold(text: &str) -> Result<f32, String> {
    let expected = || "expected a number from 0.05 to 0.95".to_owned();
    text.parse().ok().filter(|t| (0.05..=0.95).contains(t)).ok_or_else(expected)
}

/// As Python writes it, too.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times() {
        let ok = |text: &str| parse_time(text).map(|t| t.0);
        assert_eq!(ok("90"), Ok(90_000));
        assert_eq!(ok("90.5"), Ok(90_500));
        assert_eq!(ok("1:30"), Ok(90_000));
        assert_eq!(ok("1:02:03.25"), Ok(3_723_250));
        for bad in ["", ":", "1:", "1:60", "-5", "x", "1:2:3:4", "1e3", "inf", "1.5:00"] {
            assert!(ok(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_recording_after_a_switch_is_a_recording() {
        let cli = Cli::parse_from(["transcribe", "--word_timestamps", "False", "--output_dir", "x", "a.wav"]);
        assert_eq!(cli.transcribe.word_timestamps, Some(false));
        assert_eq!(cli.transcribe.recordings, [PathBuf::from("a.wav")]);
    }
}
