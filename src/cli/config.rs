//! The settings file: the same names as the long options, in TOML.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::ValueEnum as _;
use etcetera::BaseStrategy as _;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use transcribe::app::{Settings, UsageError, Values};
use transcribe::options::{Kind, OptionSpec};

use super::args::Progress;

/// What a settings file says. Nothing, if there is none.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    pub(super) values: Values,
    /// How progress is shown, which concerns the terminal alone.
    pub(super) progress: Option<Progress>,
}

/// Bytes of a settings file that are read.
const LARGEST: u64 = 1 << 20;

/// Reads the file that is named, or the user's own if there is one.
///
/// # Errors
/// With file and cause, if the file can't be used.
pub(super) fn read(named: Option<&Path>) -> Result<SettingsFile, UsageError> {
    let default = || default_path().filter(|path| path.is_file());
    let Some(path) = named.map(PathBuf::from).or_else(default) else { return Ok(SettingsFile::default()) };
    let unreadable = |source| transcribe::Error::Read { path: path.clone(), source }.to_string();
    let mut text = String::new();
    File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)).map_err(unreadable)?;
    let wrong = |reason: String| format!("cannot use the settings in `{}`: {reason}", path.display());
    Ok(parse(&text, path.parent().unwrap_or(Path::new(""))).map_err(wrong)?)
}

fn default_path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("transcribe").join("config.toml"))
}

/// The options that a file may set: those of the table, and `progress`.
fn options() -> impl Iterator<Item = &'static OptionSpec> {
    Settings::options().filter(|spec| spec.in_file)
}

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| options().map(|spec| spec.name).chain(["progress"]).collect());

/// `folder`: where paths in the file begin.
fn parse(text: &str, folder: &Path) -> Result<SettingsFile, String> {
    let Entries(entries) = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
    let mut file = SettingsFile::default();
    for (name, value) in entries {
        let wrong = |reason: String| format!("`{name}`: {reason}");
        let Some(spec) = options().find(|spec| spec.name == name) else {
            file.progress = Some(progress(&value).map_err(wrong)?);
            continue;
        };
        let value = spec.check(&value).map_err(wrong)?;
        file.values = match (spec.kind, value) {
            (Kind::Path, Value::String(path)) => {
                let path = in_home(&path).map_err(wrong)?;
                file.values.with_path(&name, folder.join(path))
            }
            (_, value) => file.values.with(&name, value),
        };
    }
    match file.values.conflict() {
        Some((one, other)) => Err(format!("it has both `{one}` and `{other}`")),
        None => Ok(file),
    }
}

/// The path, in the user's home folder if it begins with `~/`, as a shell would have it on the command line.
fn in_home(path: &str) -> Result<PathBuf, String> {
    let rest = if path == "~" { Some("") } else { path.strip_prefix("~/") };
    match rest {
        Some(rest) => Ok(std::env::home_dir().ok_or("this user has no home folder")?.join(rest)),
        None => Ok(path.into()),
    }
}

fn progress(value: &Value) -> Result<Progress, String> {
    let names: Vec<String> =
        Progress::value_variants().iter().filter_map(|p| Some(p.to_possible_value()?.get_name().to_owned())).collect();
    let known = value.as_str().and_then(|name| Progress::from_str(name, false).ok());
    known.ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// Names and values as they are in the file; each name is one of [`NAMES`], so that a mistake in one is shown with its line.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and values of options")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    entries.push((name, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The name of an option that a file may set.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let name = String::deserialize(deserializer)?;
        match NAMES.contains(&name.as_str()) {
            true => Ok(Name(name)),
            false => Err(serde::de::Error::unknown_field(&name, &NAMES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::{CommandFactory as _, Parser as _};
    use serde_json::json;
    use transcribe::format::Format;

    fn with(line: &[&str], text: &str) -> Result<Settings, String> {
        let typed = Cli::parse_from([&["transcribe", "a.wav"], line].concat()).transcribe.options.values;
        let file = parse(text, Path::new("folder"))?;
        Settings::new(&typed.over(file.values), None).map_err(|error| error.message)
    }

    #[test]
    fn the_command_line_counts_more() {
        let text = "language = \"de\"\nbeam-size = 2\noutput-format = \"txt, vtt\"\noutput-dir = \"out\"";
        let settings = with(&["-l", "en"], text).expect("settings");
        assert_eq!(settings.transcribe.languages, ["en"]);
        assert_eq!(settings.transcribe.beam_size, Some(2));
        assert_eq!(settings.formats, [Format::Txt, Format::Vtt]);
        assert_eq!(settings.output_dir, Some("folder/out".into()));
    }

    #[test]
    fn a_tilde_is_the_home_folder() {
        let folder = |path: &str| with(&[], &format!("output-dir = \"{path}\"")).expect("settings").output_dir;
        let home = std::env::home_dir().expect("a home folder");
        assert_eq!((folder("~/out"), folder("~")), (Some(home.join("out")), Some(home)));
        assert_eq!(folder("a~/out"), Some("folder/a~/out".into()));
    }

    #[test]
    fn captions_are_set_for_good() {
        let text = "captions = \"ard\"\nmax-cps = 13\nmin-gap = \"83ms\"\nmin-duration = 1.2";
        let values = parse(text, Path::new("")).expect("settings").values;
        assert_eq!((values.get("captions"), values.get("max-cps")), (Some(&json!("ard")), Some(&json!(13.0))));
        assert_eq!((values.get("min-gap"), values.get("min-duration")), (Some(&json!(0.083)), Some(&json!(1.2))));
    }

    #[test]
    fn progress_is_set_for_good() {
        let file = parse("progress = \"json\"", Path::new("")).expect("settings");
        assert_eq!(file.progress, Some(Progress::Json));
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |text: &str| with(&[], text).expect_err("a mistake");
        assert!(wrong("langauge = \"de\"").contains("langauge"));
        assert!(wrong("beam-size = 9").contains("beam-size"));
        assert!(wrong("min-gap = 83").contains("`min-gap`: expected up to 1 second"));
        assert!(wrong("captions = \"zdf\"").contains("netflix-de"));
        assert!(wrong("output-format = [\"doc\"]").contains("doc"));
        assert!(wrong("progress = \"loud\"").contains("auto, plain, json, none"));
        assert!(wrong("language = \"de\"\nlanguages = [\"de\"]").contains("both `language` and `languages`"));
    }

    /// A text that is out of an option's range; `None` if it has no range.
    fn out_of_range(kind: Kind) -> Option<String> {
        match kind {
            Kind::Integer(_, high) => Some((high + 1).to_string()),
            Kind::Number(_, high) => Some((high + 1.0).to_string()),
            Kind::Duration { longest, .. } => Some((longest + 1.0).to_string()),
            _ => None,
        }
    }

    #[test]
    fn what_the_file_may_set_is_on_the_command_line_with_the_same_range_and_message() {
        let command = Cli::command();
        let mut ranges = 0;
        for name in NAMES.iter() {
            assert!(command.get_arguments().any(|arg| arg.get_long() == Some(name)), "--{name}");
        }
        for spec in options() {
            let Some(value) = out_of_range(spec.kind) else { continue };
            let file = with(&[], &format!("{} = {value}", spec.name)).expect_err(spec.name);
            let line = ["transcribe", "a.wav", &format!("--{}", spec.name), &value];
            let typed = Cli::try_parse_from(line).expect_err(spec.name).to_string();
            let reason = file.strip_prefix(&format!("`{}`: ", spec.name)).expect("the name of the option");
            let expected =
                format!("error: invalid value '{value}' for '--{} <{}>': {reason}\n", spec.name, spec.value_name);
            assert!(typed.starts_with(&expected), "{typed}\n{expected}");
            ranges += 1;
        }
        assert!(ranges >= 10, "{ranges}");
    }
}
