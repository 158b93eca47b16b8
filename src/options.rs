//! Options that people can set: their names, values and ranges.
//!
//! Each option is declared once, as an [`OptionSpec`] beside the structure that holds its value. The command line and the
//! settings file are built from these declarations, so that names, ranges and messages are the same in both.

use serde_json::Value;

mod values;

/// The declaration of an option.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec {
    /// The long name: `beam-size` is `--beam-size` on the command line and `beam-size` in a settings file.
    pub name: &'static str,
    /// The one-letter name on the command line.
    pub short: Option<char>,
    /// Another long name on the command line, apart from the one with underscores.
    pub alias: Option<&'static str>,
    /// What stands for the value in help texts; empty for a [flag](Kind::Flag).
    pub value_name: &'static str,
    /// Which values it may have.
    pub kind: Kind,
    /// What it does, as a phrase. `{range}` stands for the range or the list of its values.
    pub help: &'static str,
    /// What holds without it, for people; empty: nothing to mention.
    pub default: &'static str,
    /// Under which heading help texts list it.
    pub group: Group,
    /// Which commands have it.
    pub scope: Scope,
    /// Whether a settings file may set it.
    pub in_file: bool,
    /// The option that cannot be set together with it.
    pub conflict: Option<&'static str>,
}

/// Which values an option may have.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// True if it is given.
    Flag,
    /// True or false; true if it is given without a value.
    Switch,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// One of these names, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of few values that may be written in many ways.
    Name {
        /// The canonical form of a value.
        ///
        /// # Errors
        /// Why it is not one.
        value: fn(&str) -> Result<String, String>,
        /// All possible values, for help texts.
        values: &'static str,
    },
    /// A place in the recording: seconds, `m:ss` or `h:mm:ss`.
    Time,
    /// A length of time from zero up to so many seconds: `0.8`, `0.8s` or `800ms`.
    Duration {
        /// The longest one, in seconds.
        longest: f64,
        /// Examples for messages.
        examples: &'static str,
    },
    /// Any text.
    Text,
    /// Several names, separated by commas.
    List {
        /// The canonical form of an item.
        ///
        /// # Errors
        /// Why it is not one.
        item: fn(&str) -> Result<String, String>,
        /// All possible items, for help texts; empty: too many to list.
        items: fn() -> String,
    },
    /// A pair `KEY=VALUE`, several if it is given several times.
    Pairs {
        /// The canonical form of a value.
        ///
        /// # Errors
        /// Why it is not one.
        value: fn(&str) -> Result<Value, String>,
    },
    /// The path of a file or folder; in a settings file relative to the folder of that file.
    Path,
}

/// The headings of help texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The model, and what it is told about the recording.
    Model,
    /// Which part of the recording is transcribed.
    Part,
    /// Who speaks.
    Speakers,
    /// The files to write.
    Output,
    /// What captions look like.
    Captions,
    /// How text is decoded, and on what.
    Decoding,
    /// How speech is detected.
    Speech,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Model => "Model and language",
            Group::Part => "Part of the recording",
            Group::Speakers => "Speakers",
            Group::Output => "Output",
            Group::Captions => "Captions",
            Group::Decoding => "Decoding",
            Group::Speech => "Speech",
        }
    }
}

/// Which commands have an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that transcribe, live or from files.
    All,
    /// Those that transcribe files.
    Recordings,
}

impl OptionSpec {
    /// An option of all commands that a settings file may set.
    pub const fn new(
        group: Group,
        name: &'static str,
        value_name: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> OptionSpec {
        OptionSpec {
            name,
            short: None,
            alias: None,
            value_name,
            kind,
            help,
            default: "",
            group,
            scope: Scope::All,
            in_file: true,
            conflict: None,
        }
    }

    /// With a one-letter name.
    pub const fn short(self, short: char) -> OptionSpec {
        OptionSpec { short: Some(short), ..self }
    }

    /// With another long name.
    pub const fn alias(self, alias: &'static str) -> OptionSpec {
        OptionSpec { alias: Some(alias), ..self }
    }

    /// With a description of what holds without it.
    pub const fn default(self, default: &'static str) -> OptionSpec {
        OptionSpec { default, ..self }
    }

    /// Only for commands that transcribe files.
    pub const fn recordings_only(self) -> OptionSpec {
        OptionSpec { scope: Scope::Recordings, ..self }
    }

    /// Not in a settings file, since it is about a single run.
    pub const fn not_in_file(self) -> OptionSpec {
        OptionSpec { in_file: false, ..self }
    }

    /// Never together with another option.
    pub const fn conflicts_with(self, other: &'static str) -> OptionSpec {
        OptionSpec { conflict: Some(other), ..self }
    }

    /// The help text, with range and default.
    pub fn help(&self) -> String {
        let text = self.help.replace("{range}", &self.kind.range());
        match self.default {
            "" => text,
            default => format!("{text} [default: {default}]"),
        }
    }

    /// The name of its field in the structure that holds it: with underscores.
    pub fn field(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The checked value of what a settings file says.
    ///
    /// # Errors
    /// Why it cannot have this value.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        self.kind.check(value)
    }
}
