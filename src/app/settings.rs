//! What a run works with: what to transcribe, how, and into which files.
//!
//! The options of a run are declared in tables beside the structures that hold them; [`Settings::options`] lists them all. Each
//! source of values (settings file, command line) gives [`Values`] of these options, one is put [over](Values::over) the
//! other, and [`Settings::new`] deserialises the result.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::audio::Selection;
use crate::digest::Sha256;
use crate::format::{Format, Style};
use crate::options::{Group, Kind, OptionSpec};
use crate::wording::Language;
use crate::{Error, Glossary, GlossaryId, Millis, TranscribeOptions, whisper};

use super::UsageError;

mod captions;
mod language;
pub(in crate::app) mod meeting;
mod speakers;
mod values;

use captions::captions;
pub use language::{language_code, language_name};
pub(crate) use speakers::{Align, Estimate, check_channels};
pub use speakers::{KnownSpeakers, speaker_count, speaker_name, time};
pub use values::Values;

/// Settings of a run, all checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What is asked of the transcription, and recorded in the transcript.
    #[serde(flatten)]
    pub transcribe: TranscribeOptions,
    /// What is known of who speaks.
    #[serde(flatten)]
    pub known: KnownSpeakers,
    /// The terms to expect and to correct; `None`: none.
    #[serde(skip)]
    pub glossary: Option<Glossary>,
    /// The files that say this: glossary, who speaks when, meeting. No transcript may be written over one.
    #[serde(skip)]
    pub inputs: Vec<PathBuf>,
    /// The model, by its name or path; `None`: the best that is installed.
    pub model: Option<String>,
    /// Files to write; empty if only standard output was asked for.
    #[serde(rename = "output_format", deserialize_with = "formats")]
    pub formats: Vec<Format>,
    /// Folder of the files; `None`: beside the recording.
    #[serde(skip)]
    pub output_dir: Option<PathBuf>,
    /// The format that goes to standard output; `None`: nothing does.
    #[serde(skip)]
    pub stdout: Option<Format>,
    /// How files look.
    #[serde(skip)]
    pub style: Style,
    /// Whether pages contain the recording itself.
    pub embed_audio: bool,
    /// Whether to report how well the captions keep to their limits.
    pub report: bool,
    /// Whether JSON has words.
    #[serde(rename = "word_timestamps")]
    pub words: bool,
    /// Whether to compute on a graphics card.
    #[serde(rename = "device", deserialize_with = "is_gpu")]
    pub gpu: bool,
    /// Processor cores to use; `None`: all.
    pub threads: Option<u16>,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// Whether an interrupted run is resumed.
    pub resume: bool,
}

/// The options of a run, apart from those of captions and of the transcription itself. Within a heading, help texts list them
/// before those.
const FIRST: &[OptionSpec] = &[
    output(
        "resume",
        "BOOL",
        Kind::Switch,
        "Resume an interrupted run of the same recording, model and settings: true or false",
    )
    .default("true")
    .recordings_only()
    .not_in_file(),
    output("line-numbers", "", Kind::Flag, "Number the lines of a docx, so that people can refer to them")
        .recordings_only()
        .not_in_file(),
    output("embed-audio", "", Kind::Flag, "Put the audio into an html, 15 MB an hour, so that it needs no other file")
        .recordings_only()
        .not_in_file(),
    output("ui-language", "LANGUAGE", UI_LANGUAGES, "Language of buttons and messages on pages: {range}")
        .default("that of the browser"),
    OptionSpec::new(Group::Decoding, "device", "DEVICE", DEVICES, "Where to compute")
        .default("gpu if built for one, else cpu")
        .recordings_only(),
    OptionSpec::new(Group::Model, "model", "MODEL", Kind::Text, "Model: its name, or the path of a ggml file")
        .short('m')
        .default("the best installed"),
    output("output-format", "FORMATS", FORMATS, "Files to write: {range}")
        .short('f')
        .default("json,srt; live also vtt"),
    output("output-dir", "FOLDER", Kind::Path, "Folder for the files")
        .short('o')
        .default("beside the recording; live: the current one"),
    output("overwrite", "", Kind::Flag, "Replace existing transcripts").not_in_file(),
    output("word-timestamps", "BOOL", Kind::Switch, "Word timestamps in JSON: true or false").default("true"),
];

/// Likewise, but listed behind those.
const LAST: &[OptionSpec] =
    &[OptionSpec::new(Group::Decoding, "threads", "N", Kind::Integer(1, 512), "Processor cores to use")
        .short('t')
        .default("all")];

const FORMATS: Kind = Kind::List { item: format, items: Format::names };
const UI_LANGUAGES: Kind = Kind::Name { value: ui_language, values: "de or en" };
const DEVICES: Kind = Kind::Choice(&[("cpu", "The processor"), ("gpu", "The graphics card")]);

fn format(name: &str) -> Result<String, String> {
    name.parse::<Format>().map(|format| format.to_string()).map_err(|e| e.to_string())
}

fn ui_language(name: &str) -> Result<String, String> {
    let code = language_code(name).ok().flatten().filter(|code| ["de", "en"].contains(&code.as_str()));
    code.ok_or_else(|| "expected de or en".into())
}

const fn output(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Output, name, value_name, kind, help)
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            transcribe: TranscribeOptions::default(),
            known: KnownSpeakers::default(),
            glossary: None,
            inputs: Vec::new(),
            model: None,
            formats: Vec::new(),
            output_dir: None,
            stdout: None,
            style: Style::default(),
            embed_audio: false,
            report: false,
            words: true,
            gpu: whisper::has_gpu(),
            threads: None,
            overwrite: false,
            resume: true,
        }
    }
}

fn formats<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Format>, D::Error> {
    let mut formats: Vec<Format> = Vec::new();
    for name in Vec::<String>::deserialize(deserializer)? {
        let format = name.parse().map_err(serde::de::Error::custom)?;
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(formats)
}

fn is_gpu<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(String::deserialize(deserializer)? == "gpu")
}

impl Settings {
    /// The declarations of all options of a run, in the order in which help texts list them.
    pub fn options() -> impl Iterator<Item = &'static OptionSpec> {
        [FIRST, captions::OPTIONS, TranscribeOptions::OPTIONS, speakers::OPTIONS, LAST].into_iter().flatten()
    }

    /// The part of a recording to transcribe.
    pub fn selection(&self) -> Selection {
        let TranscribeOptions { track, channels, from, to, .. } = self.transcribe;
        Selection { track, channels, from, to }
    }

    /// The settings that have these values, and the defaults of all others. `stdout`: the format for standard output.
    ///
    /// # Errors
    /// Values that contradict each other, an unknown language, a glossary that cannot be read.
    pub fn new(values: &Values, stdout: Option<Format>) -> Result<Settings, UsageError> {
        let mut settings: Settings = values.read()?;
        if settings.gpu && !whisper::has_gpu() {
            return Err(UsageError::new(
                "this program was built without support for graphics cards",
                "build it with `--features vulkan`, `cuda`, `hipblas` or `metal`, or leave `--device` out",
            ));
        }
        let options = &mut settings.transcribe;
        if options.to == Some(Millis(0)) {
            return Err(UsageError::new("`--to 0` leaves nothing to transcribe", "without `--to`, it goes to the end"));
        }
        if let Some(to) = options.to.filter(|to| options.from >= *to) {
            return Err(format!("`--from` ({}) is not before `--to` ({to})", options.from).into());
        }
        options.languages = language::codes(values)?;
        values.check_vad()?;
        settings.known.complete(values, options.channels)?;
        if let Some(path) = values.path("glossary") {
            let (glossary, id) = glossary(path).map_err(glossary_error)?;
            (settings.glossary, options.glossary) = (Some(glossary), Some(id));
        }
        if let Some(path) = values.path("meeting") {
            meeting::complete(&mut settings, values, path)?;
        }
        let inputs = ["glossary", "names-from", "meeting"].into_iter().filter_map(|name| values.path(name));
        settings.inputs = inputs.map(PathBuf::from).collect();
        settings.output_dir = values.path("output-dir").map(PathBuf::from);
        settings.stdout = stdout;
        if settings.formats.is_empty() && (stdout.is_none() || settings.output_dir.is_some()) {
            settings.formats = vec![Format::Json, Format::Srt];
        }
        settings.style = style(values)?;
        Ok(settings)
    }
}

/// How files look.
///
/// # Errors
/// Limits of captions although captions are not divided.
pub fn style(values: &Values) -> Result<Style, UsageError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Pages {
        ui_language: Option<Language>,
    }
    let Pages { ui_language } = values.read()?;
    let line_numbers = values.flag("line-numbers");
    Ok(Style { captions: captions(values)?, line_numbers, ui_language, ..Style::default() })
}

/// The hint for an error of the glossary.
fn glossary_error(error: Error) -> UsageError {
    let hint = match &error {
        Error::Glossary { .. } => Some("one term a line, as UTF-8 text, e.g. `Dembrane: Dembrahne, Dem Brane`"),
        Error::Read { source, .. } if source.kind() == ErrorKind::NotFound => Some("check the name and the folder"),
        _ => None,
    };
    UsageError { message: error.to_string(), hint: hint.map(str::to_owned) }
}

/// A glossary, and which it is.
fn glossary(path: &Path) -> Result<(Glossary, GlossaryId), Error> {
    let glossary = Glossary::read(path)?;
    let sha256 = Sha256::of_file(path).map_err(|source| Error::Read { path: path.into(), source })?.to_string();
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((glossary, GlossaryId { file, sha256 }))
}

#[cfg(test)]
mod tests;
