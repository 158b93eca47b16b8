//! The settings file: the same names as the long options, in TOML.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::Deserialize;

use transcribe::Millis;

use super::args::{Common, Device, Progress, Recorded};
use super::captions::{CaptionArgs, Preset, parse_duration, parse_gap};

/// Every option that can be set for good. Its value counts where the command line says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    model: Option<String>,
    language: Option<String>,
    languages: Option<Vec<String>>,
    translate: Option<bool>,
    prompt: Option<String>,
    glossary: Option<PathBuf>,
    output_format: Option<Formats>,
    output_dir: Option<PathBuf>,
    word_timestamps: Option<bool>,
    captions: Option<Preset>,
    max_line_width: Option<u16>,
    max_line_count: Option<u8>,
    max_cps: Option<f64>,
    min_duration: Option<Seconds>,
    min_gap: Option<Seconds>,
    report: Option<bool>,
    beam_size: Option<u8>,
    temperature: Option<f32>,
    vad: Option<bool>,
    vad_threshold: Option<f32>,
    vad_min_speech_duration_ms: Option<u64>,
    vad_min_silence_duration_ms: Option<u64>,
    vad_speech_pad_ms: Option<u64>,
    vad_max_speech_duration_s: Option<u64>,
    threads: Option<u16>,
    device: Option<Device>,
    progress: Option<Progress>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Formats {
    One(String),
    Many(Vec<String>),
}

/// A number, or a text with a unit.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

impl Seconds {
    fn text(&self) -> String {
        match self {
            Seconds::Number(number) => number.to_string(),
            Seconds::Text(text) => text.clone(),
        }
    }
}

/// Fills in what `args` leaves open; `files`: those about files, too.
///
/// # Errors
/// With file and cause, if the file can't be used; a default file that is not there is no error.
pub(super) fn fill_in(args: &mut Common, recorded: &mut Recorded, files: bool) -> Result<(), String> {
    let path = match &args.config {
        Some(path) => path.clone(),
        None => match default_path().filter(|p| p.is_file()) {
            Some(path) => path,
            None => return Ok(()),
        },
    };
    let wrong = |reason: String| format!("cannot use the settings in `{}`: {reason}", path.display());
    let read = |source| transcribe::Error::Read { path: path.clone(), source }.to_string();
    let text = std::fs::read_to_string(&path).map_err(read)?;
    apply(args, recorded, files, &text, path.parent().unwrap_or(Path::new(""))).map_err(wrong)
}

fn default_path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("transcribe").join("config.toml"))
}

fn apply(args: &mut Common, recorded: &mut Recorded, files: bool, text: &str, folder: &Path) -> Result<(), String> {
    let config: Config = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
    let in_range = |name: &str, ok: bool| if ok { Ok(()) } else { Err(format!("`{name}` is out of range")) };
    in_range("beam-size", config.beam_size.is_none_or(|n| (1..=8).contains(&n)))?;
    in_range("temperature", config.temperature.is_none_or(|t| (0.0..=1.0).contains(&t)))?;
    in_range("vad-threshold", config.vad_threshold.is_none_or(|t| (0.05..=0.95).contains(&t)))?;
    in_range("vad-min-speech-duration-ms", config.vad_min_speech_duration_ms.is_none_or(|t| t <= 5_000))?;
    in_range("vad-min-silence-duration-ms", config.vad_min_silence_duration_ms.is_none_or(|t| t <= 5_000))?;
    in_range("vad-speech-pad-ms", config.vad_speech_pad_ms.is_none_or(|t| t <= 2_000))?;
    in_range("vad-max-speech-duration-s", config.vad_max_speech_duration_s.is_none_or(|s| (10..=28).contains(&s)))?;
    in_range("max-line-width", config.max_line_width.is_none_or(|n| (10..=500).contains(&n)))?;
    in_range("max-line-count", config.max_line_count.is_none_or(|n| (1..=3).contains(&n)))?;
    in_range("max-cps", config.max_cps.is_none_or(|n| (5.0..=100.0).contains(&n)))?;
    in_range("threads", config.threads.is_none_or(|n| (1..=512).contains(&n)))?;
    if args.output_format.is_empty() && files {
        let names = match config.output_format {
            None => Vec::new(),
            Some(Formats::One(names)) => names.split(',').map(|n| n.trim().to_owned()).collect(),
            Some(Formats::Many(names)) => names,
        };
        for name in names {
            args.output_format.push(name.parse().map_err(|e| format!("`output-format`: {e}"))?);
        }
    }
    if files {
        args.output_dir = args.output_dir.take().or(config.output_dir.map(|dir| folder.join(dir)));
    }
    args.model = args.model.take().or(config.model);
    if args.languages.is_empty() && args.language.is_none() {
        args.language = config.language;
        args.languages = config.languages.unwrap_or_default();
        if args.language.is_some() && !args.languages.is_empty() {
            return Err("it has both `language` and `languages`".into());
        }
    }
    args.prompt = args.prompt.take().or(config.prompt);
    args.glossary = args.glossary.take().or(config.glossary.map(|file| folder.join(file)));
    args.translate |= config.translate.unwrap_or(false);
    args.word_timestamps = args.word_timestamps.or(config.word_timestamps);
    let time = |name: &str, given: Option<Seconds>, parse: fn(&str) -> Result<Millis, String>| {
        given.map(|given| parse(&given.text()).map_err(|e| format!("`{name}`: {e}"))).transpose()
    };
    args.captions = std::mem::take(&mut args.captions).or(CaptionArgs {
        captions: config.captions,
        max_line_width: config.max_line_width,
        max_line_count: config.max_line_count,
        max_cps: config.max_cps,
        min_duration: time("min-duration", config.min_duration, parse_duration)?,
        min_gap: time("min-gap", config.min_gap, parse_gap)?,
        report: config.report.unwrap_or(false),
    });
    args.beam_size = args.beam_size.or(config.beam_size);
    args.temperature = args.temperature.or(config.temperature);
    args.vad = args.vad.or(config.vad);
    if args.vad != Some(false) {
        args.vad_threshold = args.vad_threshold.or(config.vad_threshold);
        args.vad_min_speech_duration_ms = args.vad_min_speech_duration_ms.or(config.vad_min_speech_duration_ms);
        args.vad_min_silence_duration_ms = args.vad_min_silence_duration_ms.or(config.vad_min_silence_duration_ms);
        args.vad_speech_pad_ms = args.vad_speech_pad_ms.or(config.vad_speech_pad_ms);
    }
    args.vad_max_speech_duration_s = args.vad_max_speech_duration_s.or(config.vad_max_speech_duration_s);
    args.threads = args.threads.or(config.threads);
    recorded.device = recorded.device.or(config.device);
    args.progress = args.progress.or(config.progress);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::Parser as _;
    use transcribe::format::Format;

    fn with(line: &[&str], text: &str) -> Result<Common, String> {
        let mut args = Cli::parse_from([&["transcribe", "a.wav"], line].concat()).transcribe.common;
        apply(&mut args, &mut Recorded::default(), true, text, Path::new("folder")).map(|()| args)
    }

    #[test]
    fn the_command_line_counts_more() {
        let text = "language = \"de\"\nbeam-size = 2\noutput-format = \"txt, vtt\"\noutput-dir = \"out\"";
        let args = with(&["-l", "en"], text).expect("settings");
        assert_eq!(args.language.as_deref(), Some("en"));
        assert_eq!(args.beam_size, Some(2));
        assert_eq!(args.output_format, [Format::Txt, Format::Vtt]);
        assert_eq!(args.output_dir, Some("folder/out".into()));
    }

    #[test]
    fn captions_are_set_for_good() {
        let text = "captions = \"ard\"\nmax-cps = 13\nmin-gap = \"83ms\"\nmin-duration = 1.2";
        let captions = with(&[], text).expect("settings").captions;
        assert_eq!((captions.captions, captions.max_cps), (Some(Preset::Ard), Some(13.0)));
        assert_eq!((captions.min_gap, captions.min_duration), (Some(Millis(83)), Some(Millis(1200))));
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |text: &str| with(&[], text).expect_err("a mistake");
        assert!(wrong("langauge = \"de\"").contains("langauge"));
        assert!(wrong("beam-size = 9").contains("beam-size"));
        assert!(wrong("min-gap = 83").contains("`min-gap`: expected up to 1 second"));
        assert!(wrong("captions = \"zdf\"").contains("netflix-de"));
        assert!(wrong("output-format = [\"doc\"]").contains("doc"));
    }
}
