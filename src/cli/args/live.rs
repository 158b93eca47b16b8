//! `transcribe live`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::common::Common;
use super::typed::{OfSessions, Typed};
use super::values::parse_speed;

const EXAMPLES: &str = "\
Examples:
  transcribe live -l de                          captions in the terminal, transcript in the current folder
  transcribe live --serve -o minutes             captions also on a page for the projector
  transcribe live --input talk.wav --speed 1     a recording instead of the microphone, to try it out

Keys: space pauses (nothing is heard, and the gap is marked), m sets a marker, t the next item of the agenda,
b a decision, 1 to 9 say who speaks, 0 nobody in particular, q ends.";

/// `transcribe live`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Live {
    /// Microphone: its name or a part of it, see `transcribe devices` [default: the system's]
    #[arg(long, help_heading = "Sound", value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// Take a recording for the microphone; `-` is standard input: WAV, or raw sound with 16 bit, 16 kHz, mono
    #[arg(long, help_heading = "Sound", value_name = "FILE", conflicts_with = "device")]
    pub(crate) input: Option<PathBuf>,
    /// How fast that recording plays, in times real time; 0: as fast as the captions can [default: 1]
    #[arg(long, help_heading = "Sound", value_name = "X", value_parser = parse_speed, requires = "input")]
    pub(crate) speed: Option<f64>,
    /// Keep the sound, too: a new .wav or .flac file [default: it is in memory only]
    #[arg(long, help_heading = "Sound", value_name = "FILE")]
    pub(crate) save_audio: Option<PathBuf>,
    /// When it is over, transcribe the saved sound again with this better model
    #[arg(long, help_heading = "Sound", value_name = "MODEL", requires = "save_audio")]
    pub(crate) refine: Option<String>,
    /// Show the captions on a web page [default address: 127.0.0.1:7272]
    #[arg(long, help_heading = "Captions", value_name = "ADDRESS", num_args = 0..=1)]
    #[arg(default_missing_value = "127.0.0.1:7272")]
    pub(crate) serve: Option<SocketAddr>,
    /// Allow an address that other machines reach: anyone with the link can read along
    #[arg(long, help_heading = "Captions", requires = "serve")]
    pub(crate) network: bool,
    /// Name of the files, without extension [default: live- with date and time]
    #[arg(long, help_heading = "Output", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Finish the files of a session that was killed, named by one of them
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    #[arg(conflicts_with_all = ["device", "input", "save_audio", "serve", "name"])]
    pub(crate) recover: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: Typed<OfSessions>,
    #[command(flatten)]
    pub(crate) common: Common,
}
