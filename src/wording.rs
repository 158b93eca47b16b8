//! All text that people read in outputs, by language: headings, remarks, reasons, warnings, labels, and the pages' buttons and
//! messages. Programs read codes instead.
//!
//! Each language has a file of its own with the same functions; to add a language is to add a file and a [`Language`].

#[cfg(feature = "app")]
pub(crate) mod app;
mod de;
mod en;
mod minutes;
mod pages;
mod participation;
mod reasons;
#[cfg(feature = "summarise")]
mod summary;

pub(crate) use minutes::{MinutesText, minutes};
pub(crate) use pages::review;
#[cfg(feature = "page")]
pub(crate) use pages::{Refusal, live, live_page, refusal};
pub(crate) use participation::{ParticipationTexts, decimal, percent, role};
pub(crate) use reasons::reason;
#[cfg(feature = "summarise")]
pub(crate) use summary::SummaryTexts;

use crate::{GapReason, MarkerKind, Millis, PartialReason, RemovalReason, Warning, WarningKind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A language that outputs can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// `de`.
    #[serde(rename = "de")]
    German,
    /// `en`.
    #[default]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// All languages, in alphabetical order of their codes.
    pub const ALL: [Language; 2] = [Language::German, Language::English];

    /// The language for a transcript in `code` (ISO 639-1): German for `de`, else English.
    pub fn of(code: &str) -> Language {
        if code == "de" { Language::German } else { Language::English }
    }

    /// The first known language of an `Accept-Language` header, whatever its weights; else English.
    #[cfg(feature = "page")]
    pub(crate) fn accepted(header: &str) -> Language {
        let codes = header.split(',').filter_map(|part| part.split(['-', ';']).next()).map(str::trim);
        let known = |code: &str| Language::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code));
        codes.filter_map(known).next().unwrap_or_default()
    }

    /// ISO 639-1: `de`.
    pub fn code(self) -> &'static str {
        match self {
            Language::German => "de",
            Language::English => "en",
        }
    }
}

/// What stands where there is no text, without the times: `inaudible`.
pub fn gap(reason: GapReason, language: Language) -> &'static str {
    match language {
        Language::German => de::gap(reason),
        Language::English => en::gap(reason),
    }
}

/// Why text was removed: `the text repeats itself`.
pub fn removal(reason: &RemovalReason, language: Language) -> Cow<'_, str> {
    match language {
        Language::German => de::removal(reason),
        Language::English => en::removal(reason),
    }
}

/// Why a transcript ends early: `interrupted`.
pub fn partial(reason: &PartialReason, language: Language) -> Cow<'_, str> {
    match language {
        Language::German => de::partial(reason),
        Language::English => en::partial(reason),
    }
}

/// A warning in one sentence, in lower case where the language allows, without a full stop and without its time.
pub fn warning(warning: &Warning, language: Language) -> String {
    let text = kind(&warning.kind, language);
    match &warning.file {
        Some(file) => format!("{file}: {text}"),
        None => text,
    }
}

/// What a warning is about, without its file.
pub(crate) fn kind(kind: &WarningKind, language: Language) -> String {
    match language {
        Language::German => de::warning(kind),
        Language::English => en::warning(kind),
    }
}

/// Labels of documents.
#[derive(Debug)]
pub(crate) struct Labels {
    /// The title of a document about a recording without a name.
    pub(crate) title: &'static str,
    /// When the recording began.
    pub(crate) date: &'static str,
    /// How long it is.
    pub(crate) length: &'static str,
    /// Which model wrote the text.
    pub(crate) model: &'static str,
    /// Nobody has checked the text.
    pub(crate) draft: &'static str,
    /// People have changed some of the text.
    pub(crate) edited_draft: &'static str,
    /// Before a remark.
    pub(crate) note: &'static str,
    /// Before the number of a speaker without a name.
    pub(crate) speaker: &'static str,
    /// The tier of text whose speaker is not known.
    pub(crate) speech: &'static str,
    /// The tier of gaps.
    pub(crate) gaps: &'static str,
    /// Behind a speaker's name, the tier of single words.
    pub(crate) words: &'static str,
    /// A place to find again.
    pub(crate) marker: &'static str,
    /// The beginning of an item of the agenda.
    pub(crate) agenda_item: &'static str,
    /// A decision.
    pub(crate) decision: &'static str,
}

impl Labels {
    pub(crate) fn of(language: Language) -> &'static Labels {
        match language {
            Language::German => &de::LABELS,
            Language::English => &en::LABELS,
        }
    }

    /// What a marker is called.
    pub(crate) fn marker(&self, kind: MarkerKind) -> &'static str {
        match kind {
            MarkerKind::Marker => self.marker,
            MarkerKind::AgendaItem => self.agenda_item,
            MarkerKind::Decision => self.decision,
        }
    }
}

/// What a speaker without a name is called: `Speaker 1`.
pub(crate) fn speaker(number: u16, language: Language) -> String {
    format!("{} {number}", Labels::of(language).speaker)
}

/// What a speaker who is not known is called where others are: `Speaker ?`.
pub(crate) fn unknown_speaker(language: Language) -> String {
    format!("{} ?", Labels::of(language).speaker)
}

/// Whether that is the name, in any language, or as other programs write it: `speaker_?`, `Speaker?`.
pub(crate) fn is_unknown_speaker(name: &str) -> bool {
    let bare = |name: &str| name.replace(|c: char| c.is_whitespace() || c == '_', "").to_lowercase();
    name.ends_with('?') && Language::ALL.into_iter().any(|language| bare(&unknown_speaker(language)) == bare(name))
}

/// The number in what a speaker without a name is called, in any language; `None` for any other name.
pub(crate) fn speaker_number(name: &str) -> Option<u16> {
    let (label, number) = name.rsplit_once(' ')?;
    let known = Language::ALL.into_iter().any(|language| Labels::of(language).speaker == label);
    number.parse().ok().filter(|n: &u16| known && *n > 0 && n.to_string() == number)
}

/// That a transcript ends early, and why.
pub(crate) fn incomplete(until: Millis, reason: &PartialReason, language: Language) -> String {
    let reason = partial(reason, language);
    match language {
        Language::German => de::incomplete(until, &reason),
        Language::English => en::incomplete(until, &reason),
    }
}

/// Where the text of a page comes from; `model` may be empty.
pub(crate) fn origin(length: Millis, model: &str, language: Language) -> String {
    match language {
        Language::German => de::origin(length, model),
        Language::English => en::origin(length, model),
    }
}

/// That a page plays the first of several files, whose `names` are joined by commas.
pub(crate) fn first_of(count: usize, names: &str, language: Language) -> String {
    match language {
        Language::German => de::first_of(count, names),
        Language::English => en::first_of(count, names),
    }
}

/// That a page plays one of several tracks, the file `played`.
pub(crate) fn track_of(count: usize, played: &str, language: Language) -> String {
    match language {
        Language::German => de::track_of(count, played),
        Language::English => en::track_of(count, played),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "page")]
    #[test]
    fn the_first_known_language_of_a_browser_counts() {
        assert_eq!(Language::accepted("fr-FR, de-AT;q=0.8, en;q=0.5"), Language::German);
        assert_eq!(Language::accepted("en-GB,de"), Language::English);
        assert_eq!(Language::accepted("*"), Language::English);
    }

    #[test]
    fn speakers_without_a_name_are_known_in_all_languages() {
        for language in Language::ALL {
            assert_eq!(speaker_number(&speaker(12, language)), Some(12));
        }
        for other in ["Speaker", "Speaker 0", "Speaker 01", "Speaker 70000", "Anna 1", "1"] {
            assert_eq!(speaker_number(other), None, "{other}");
        }
    }
}
