//! What can be typed. Names as users of whisper-cli and openai-whisper expect them; snake_case is accepted too.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use transcribe::format::Format;

#[cfg(feature = "app")]
mod app;
mod common;
mod live;
mod minutes;
mod reports;
#[cfg(feature = "summarise")]
mod summarise;
mod transcripts;
mod typed;
mod values;
#[cfg(feature = "app")]
pub(crate) use app::{App, AppCommand, Serve, Token};
pub(crate) use common::{Common, Progress};
pub(crate) use live::Live;
pub(crate) use minutes::{Minutes, MinutesFormat};
pub(crate) use reports::{Contributions, Participation, ReportFormat};
#[cfg(feature = "summarise")]
pub(crate) use summarise::{Summarise, SummaryFormat};
pub(crate) use transcripts::{Apply, Export, Files, Import, Speakers};
use typed::OfRecordings;
pub(crate) use typed::Typed;
pub(crate) use values::ShardArg;
use values::parse_shard;

const EXAMPLES: &str = "\
Examples:
  transcribe meeting.mp3                        writes meeting.json and meeting.srt beside it
  transcribe -l de -f txt,vtt -o out *.m4a      German, as text and WebVTT, into the folder out
  transcribe --from 10:00 --to 25:30 long.wav   one agenda item
  transcribe --stdout txt interview.flac        to the screen, no files
  transcribe models get large-v3-turbo-q8_0     a better model";

const BATCH_EXAMPLES: &str = "\
Examples:
  transcribe batch -n recordings              shows what would be done
  transcribe batch -r -l de -o out archive    the folders in it, too; transcripts in the same folders under out
  transcribe batch -r --tracks meetings       each folder of tracks is one meeting
  transcribe batch --names-from '*.vtt' in    names from captions beside each recording
  transcribe batch --watch -o out inbox       whatever comes into the folder, until Ctrl-C";

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
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, args_override_self = true)]
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
    /// Transcribe whole folders; skips what is done and resumes what was interrupted
    Batch(Box<Batch>),
    /// Open the application in the browser: drop recordings, correct transcripts, save documents
    #[cfg(feature = "app")]
    App(App),
    /// Serve programs that speak OpenAI's audio API: Nextcloud, Open WebUI, Subtitle Edit and others
    #[cfg(feature = "app")]
    Serve(Serve),
    /// Show live captions from a microphone, and write the transcript
    Live(Box<Live>),
    /// List the microphones
    Devices,
    /// Write other formats of a transcript, without transcribing again
    Export(Export),
    /// Turn another program's transcript into one of this program
    Import(Import),
    /// Apply corrections from the review page to a transcript
    Apply(Apply),
    /// Show who speaks in a transcript; name, merge and correct voices, or tell them apart again
    Speakers(Speakers),
    /// Draft minutes of a meeting from its transcript: agenda, votes, decisions, tasks, each with its evidence
    Minutes(Minutes),
    /// Count who takes part in a meeting, and how much
    Participation(Participation),
    /// Write what each contributes for programs such as Talk to the City and Polis
    Contributions(Contributions),
    /// Have a language model on this computer write what was said, as a draft that is checked
    #[cfg(feature = "summarise")]
    Summarise(Box<Summarise>),
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

/// `transcribe RECORDING...`
#[derive(Debug, Args)]
pub(crate) struct Transcribe {
    /// Recordings: any sound or video file; `-` is standard input
    #[arg(required_unless_present = "version", value_name = "RECORDING")]
    pub(crate) recordings: Vec<PathBuf>,
    /// End in order when standard input ends, as at Ctrl-C, for programs that start this one
    #[arg(long, help_heading = "Messages")]
    pub(crate) stop_at_eof: bool,
    /// The recordings are parts of one, in this order: one transcript, named after the first
    #[arg(long, help_heading = "Part of the recording")]
    pub(crate) join: bool,
    /// Write one format to standard output; files only with -f or -o
    #[arg(long, help_heading = "Output", value_name = "FORMAT")]
    pub(crate) stdout: Option<Format>,
    #[command(flatten)]
    pub(crate) options: Typed<OfRecordings>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `transcribe batch FOLDER...`
#[derive(Debug, Args)]
#[command(after_help = BATCH_EXAMPLES)]
pub(crate) struct Batch {
    /// Folders with recordings
    #[arg(required = true, value_name = "FOLDER")]
    pub(crate) folders: Vec<PathBuf>,
    /// Look into the folders in it, too
    #[arg(short, long, help_heading = "Which recordings")]
    pub(crate) recursive: bool,
    /// Follow symbolic links to files and folders; without it, they are passed over
    #[arg(long, help_heading = "Which recordings")]
    pub(crate) follow_links: bool,
    /// Only what matches this pattern, e.g. '*.wav' or 'table-*/*.mp3'; can be given several times
    #[arg(long, help_heading = "Which recordings", value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out what matches this pattern, and what is in a folder that does
    #[arg(long, help_heading = "Which recordings", value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Take talk_0.wav, talk_1.wav and so on as parts of one recording
    #[arg(long, help_heading = "Which recordings", conflicts_with = "tracks")]
    pub(crate) join: bool,
    /// Only those that failed before, or were not finished
    #[arg(long, help_heading = "Which recordings")]
    pub(crate) retry_failed: bool,
    /// Show what would be done, and do nothing
    #[arg(short = 'n', long, help_heading = "How")]
    pub(crate) dry_run: bool,
    /// Stay, and take new recordings as soon as they have stopped growing
    #[arg(long, help_heading = "How", conflicts_with_all = ["dry_run", "retry_failed", "shard"])]
    pub(crate) watch: bool,
    /// With --watch: a recording is whole when it has not changed for so many seconds [default: 10]
    #[arg(long, help_heading = "How", value_name = "S", requires = "watch")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) settle: Option<u64>,
    /// The I-th of N equal parts of the work, for N machines; only N where Slurm or Kubernetes tells I
    #[arg(long, help_heading = "How", value_name = "I/N", value_parser = parse_shard)]
    pub(crate) shard: Option<ShardArg>,
    /// Join the manifests of all shards in these folders, and transcribe nothing
    #[arg(long, help_heading = "How", conflicts_with_all = ["dry_run", "watch", "shard"])]
    pub(crate) merge_manifests: bool,
    #[command(flatten)]
    pub(crate) options: Typed<OfRecordings>,
    #[command(flatten)]
    pub(crate) common: Common,
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
    fn the_last_of_two_counts_and_lists_grow() {
        let line = "transcribe -q -q --overwrite --overwrite -l de -l en -f txt -f json a.wav";
        let cli = Cli::parse_from(line.split(' '));
        let values = cli.transcribe.options.values;
        assert_eq!((values.get("language"), values.get("overwrite")), (Some(&"en".into()), Some(&true.into())));
        assert_eq!(values.get("output-format"), Some(&vec!["txt", "json"].into()));
        let Some(Command::Live(live)) = Cli::parse_from(["transcribe", "live", "-l", "de", "-l", "en"]).command else {
            panic!("a session");
        };
        assert_eq!(live.options.values.get("language"), Some(&"en".into()));
    }

    #[test]
    fn a_recording_after_a_switch_is_a_recording() {
        let cli = Cli::parse_from(["transcribe", "--word_timestamps", "False", "--output_dir", "x", "a.wav"]);
        assert_eq!(cli.transcribe.options.values.get("word-timestamps"), Some(&false.into()));
        assert_eq!(cli.transcribe.recordings, [PathBuf::from("a.wav")]);
    }
}
