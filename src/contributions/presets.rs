//! Contributions as programs for deliberation read them. What each program accepts is in `docs/deliberation.md`, with sources.

mod convokit;
mod lists;
mod table;
mod talk_to_the_city;
mod text;

use super::{Contribution, USUAL_LENGTH};
use std::fmt;
use std::str::FromStr;

/// A program that reads contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// Talk to the City.
    T3c,
    /// Sensemaker of Jigsaw.
    Sensemaker,
    /// Kōchō AI.
    Kouchou,
    /// Polis: seed comments.
    Polis,
    /// Decidim: proposals.
    Decidim,
    /// ConvoKit.
    Convokit,
    /// Harmonica.
    Harmonica,
    /// Dembrane.
    Dembrane,
    /// Everything that is known, for spreadsheets and programs of one's own.
    Csv,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What follows the name of the transcript, without the dot: `t3c-2.csv`, or `convokit/utterances.jsonl` in a folder.
    pub ending: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// What files may not exceed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The largest file in bytes; `None`: as the program accepts it by default.
    pub bytes: Option<usize>,
    /// Whether fillers stay, where a program has no place to mark them.
    pub fillers: bool,
    /// ISO 639-1 code of the language, which Decidim wants to know.
    pub language: String,
}

impl Preset {
    /// All of them, in the order in which help texts name them.
    pub const ALL: [Preset; 9] = [
        Preset::T3c,
        Preset::Sensemaker,
        Preset::Kouchou,
        Preset::Polis,
        Preset::Decidim,
        Preset::Convokit,
        Preset::Harmonica,
        Preset::Dembrane,
        Preset::Csv,
    ];

    /// What it is called on the command line, and in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Preset::T3c => "t3c",
            Preset::Sensemaker => "sensemaker",
            Preset::Kouchou => "kouchou",
            Preset::Polis => "polis",
            Preset::Decidim => "decidim",
            Preset::Convokit => "convokit",
            Preset::Harmonica => "harmonica",
            Preset::Dembrane => "dembrane",
            Preset::Csv => "csv",
        }
    }

    /// The names of all as help texts have them.
    pub fn names() -> String {
        Preset::ALL.map(Preset::name).join(", ")
    }

    /// How long contributions may be, in UTF-16 units, if so much is asked for: as much as the program takes.
    pub fn length(self, asked: Option<usize>) -> usize {
        let most = match self {
            Preset::T3c => talk_to_the_city::LONGEST,
            Preset::Polis => lists::LONGEST_OF_POLIS,
            _ => usize::MAX,
        };
        asked.unwrap_or(USUAL_LENGTH).min(most)
    }

    /// Whether the program has a place to mark fillers.
    pub fn marks_fillers(self) -> bool {
        matches!(self, Preset::Convokit | Preset::Csv)
    }

    /// The files for these contributions, which are no longer than [`length`](Self::length); none without contributions.
    pub fn write(self, contributions: &[Contribution], limits: &Limits) -> Vec<Written> {
        let kept = |one: &&Contribution| self.marks_fillers() || limits.fillers || !one.filler;
        let contributions: Vec<&Contribution> = contributions.iter().filter(kept).collect();
        if contributions.is_empty() {
            return Vec::new();
        }
        match self {
            Preset::T3c => talk_to_the_city::write(&contributions, limits),
            Preset::Sensemaker => lists::sensemaker(&contributions, limits),
            Preset::Kouchou => lists::kouchou(&contributions, limits),
            Preset::Polis => lists::polis(&contributions, limits),
            Preset::Decidim => lists::decidim(&contributions, limits),
            Preset::Csv => lists::everything(&contributions, limits),
            Preset::Convokit => convokit::write(&contributions),
            Preset::Harmonica | Preset::Dembrane => text::write(self.name(), &contributions),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Preset, String> {
        let found = Preset::ALL.into_iter().find(|preset| preset.name() == name);
        found.ok_or_else(|| format!("expected one of {}", Preset::names()))
    }
}
