//! Speakers' names at the beginning of captions, in the several ways of writing them.
//!
//! Nothing but the file itself says whether `Ergebnis: 3 zu 2` is somebody's sentence or a result, and a wrong name is worse than
//! none. So names are believed only if every cue begins with one in the same way of writing, and if most of them come again.
//! Labels that programs make up (`SPEAKER_00`, `Speaker 1`) cannot be anything else, and are believed one by one.

use super::rows::Row;
use super::voices::numbered;
use crate::retime::{retime, same_text};
use std::collections::{HashMap, HashSet};

/// Letters of the longest name; MAXQDA's limit, too.
const LONGEST_NAME: usize = 63;
/// Words of the longest name.
const MOST_WORDS: usize = 10;
/// Words that stand before a colon in minutes, speeches and interviews, and are nobody's name.
const LABELS: &str = "\
    abstimmung achtung also anfang anmerkung antrag antwort applaus aufgabe aussage beginn beifall beispiel bemerkung \
    beschluss bitte danke datum einwand ende ergebnis fazit folie frage gelächter heiterkeit hinweis ja kurz lachen motto \
    musik nein nun ort pause problem punkt quelle satz schluss seite stimmen stimmt tagesordnung tagesordnungspunkt thema \
    these titel top uhr uhrzeit unruhe vorschlag warnung wichtig zeit ziel zitat zuruf zusammenfassung zwischenfrage \
    zwischenruf \
    action agenda answer applause attention conclusion date decision end example item laughter location motion music no \
    note notice ok page point question quote reminder result silence slide so start summary time title topic vote warning \
    well yes";

/// Verbs at the end of what introduces somebody's words.
const SAYING: &str =
    "sagt sagte sagten meint meinte fragt fragte antwortet antwortete heißt hieß said says asked asks answered replied";

/// A way of writing names.
#[derive(Clone, Copy)]
enum Syntax {
    /// `>> NAME: text`.
    Chevron,
    /// `[Name] text`, `[Name]: text`.
    Brackets,
    /// `(Name) text`, `(Name): text`.
    Parentheses,
    /// `Name: text`, as Zoom has it.
    Colon,
}

impl Syntax {
    const ALL: [Syntax; 4] = [Syntax::Chevron, Syntax::Brackets, Syntax::Parentheses, Syntax::Colon];

    /// The name and the text after it, if the text begins with what could be a name.
    fn split(self, text: &str) -> Option<(&str, &str)> {
        let (name, rest) = match self {
            Syntax::Chevron => Syntax::Colon.split(text.strip_prefix(">>")?.trim_start_matches('>').trim_start())?,
            Syntax::Brackets => enclosed(text, '[', ']')?,
            Syntax::Parentheses => enclosed(text, '(', ')')?,
            Syntax::Colon => text.split_once(": ").or_else(|| text.strip_suffix(':').map(|name| (name, "")))?,
        };
        let (name, rest) = (name.trim(), rest.trim());
        (is_likely(name) && !is_time(name, rest)).then_some((name, rest))
    }
}

fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix(open)?.split_once(close)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    // `[Musik]` is a sound.
    (!rest.is_empty()).then_some((name, rest))
}

/// Gives the rows the speakers that their texts begin with, if they can be believed. `false` if names may be there that are not.
pub(super) fn assign(rows: &mut [Row]) -> bool {
    for syntax in Syntax::ALL {
        let split: Vec<_> = rows.iter().map(|row| syntax.split(&row.segment.text)).collect();
        if split.iter().any(Option::is_some) && (all_have_one(&split) || labels_only(&split)) {
            let inherit = turns_only(&split);
            let split: Vec<_> =
                split.iter().map(|part| part.map(|(name, rest)| (name.to_owned(), rest.to_owned()))).collect();
            take(rows, split, inherit);
            return true;
        }
    }
    !may_have_names(rows)
}

/// Whether texts of rows without a speaker may begin with names: one comes again, or half of these texts begin like that, or one
/// with the label of a program.
pub(super) fn may_have_names(rows: &[Row]) -> bool {
    let texts: Vec<&str> = rows.iter().filter(|row| row.voice.is_none()).map(|row| &*row.segment.text).collect();
    Syntax::ALL.into_iter().any(|syntax| {
        let names = texts.iter().filter_map(|text| syntax.split(text)).map(|(name, _)| name);
        let names: Vec<&str> = names.filter(|name| !name.starts_with(char::is_lowercase)).collect();
        let mut again = HashSet::new();
        // `[Beifall] Danke` is nobody's, but `Frage: …` may be.
        let colon = matches!(syntax, Syntax::Colon | Syntax::Chevron);
        let somebody = names.iter().filter(|name| !is_word(name)).count();
        names.iter().filter(|name| colon || !is_word(name)).any(|name| !again.insert(name))
            || somebody * 2 >= texts.len().max(1)
            || names.iter().any(|name| is_label(name))
    })
}

type Split<'a> = Option<(&'a str, &'a str)>;

/// Whether all have a name, and none is a word for something else. Most of the names come again, or one is the label of a program:
/// people give names to some of those.
fn all_have_one(split: &[Split<'_>]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for part in split {
        let Some((name, _)) = part else { return false };
        *counts.entry(name).or_default() += 1;
    }
    let again: usize = counts.values().filter(|count| **count > 1).sum();
    // One word that all cues begin with may be anything.
    let somebody = counts.len() > 1 || counts.keys().all(|name| name.contains(' '));
    let believed = counts.keys().any(|name| is_label(name)) || somebody && again * 2 > split.len();
    believed && !counts.keys().any(|name| is_word(name))
}

/// Whether it is a word that stands before a colon or in brackets, also with a number (`Frage 1`), or somebody's saying (`Er sagte`).
fn is_word(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut parts = name.split_whitespace();
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let is_number = |part: &str| part.is_empty() || part.len() == 1 || part.bytes().all(|b| b.is_ascii_digit());
    LABELS.split_whitespace().any(|label| label == first)
        && parts.next().is_none()
        && is_number(last.trim_end_matches(['.', ')']))
        || SAYING.split_whitespace().any(|verb| verb == last)
}

/// Whether all that could be names are labels of programs.
fn labels_only(split: &[Split<'_>]) -> bool {
    split.iter().flatten().all(|(name, _)| is_label(name))
}

/// Whether the file is as this program writes captions: the first cue has a label with a number, and none comes twice in a row. Then
/// a cue without one is of the same speaker.
fn turns_only(split: &[Split<'_>]) -> bool {
    let names: Vec<&str> = split.iter().flatten().map(|(name, _)| *name).collect();
    split.first().is_some_and(Option::is_some)
        && names.iter().all(|name| numbered(name).is_some())
        && names.windows(2).all(|pair| pair[0] != pair[1])
}

fn take(rows: &mut [Row], split: Vec<Option<(String, String)>>, inherit: bool) {
    let mut speaking = None;
    for (row, part) in rows.iter_mut().zip(split) {
        match part {
            Some((name, rest)) => {
                speaking = Some(name);
                let segment = &mut row.segment;
                if !segment.words.is_empty() && !same_text(&rest, &segment.words) {
                    segment.words = retime(&rest, segment.span, &segment.words);
                }
                segment.text = rest;
            }
            None if !inherit => speaking = None,
            None => {}
        }
        row.voice.clone_from(&speaking);
    }
}

/// `SPEAKER_00`, `Speaker 1`, `Sprecher A`, `S1`.
fn is_label(name: &str) -> bool {
    let lower = name.to_lowercase();
    let rest = ["speaker", "sprecherin", "sprecher", "spk", "s"].iter().find_map(|word| lower.strip_prefix(word));
    let number = rest.map(|rest| rest.trim_start_matches(['_', ' ', '-', '#']));
    let spelled = |number: &str| match number.parse::<u16>() {
        Ok(_) => number.len() <= 4,
        Err(_) => number.len() == 1 && number.bytes().all(|b| b.is_ascii_lowercase()) && lower.len() > 6,
    };
    number.is_some_and(spelled)
}

/// Whether it could be a name: of letters or digits, not too long, and neither a sentence nor its end.
fn is_likely(name: &str) -> bool {
    // `Dr.`, `Dipl.-Ing.`: the end of a sentence is longer, and has no other full stop.
    let ends = |part: &str| part.ends_with('.') && part.chars().count() > 5 && part.matches('.').count() == 1;
    let words = name.split_whitespace().count();
    let lowercase = !name.contains(|c: char| c.is_uppercase() || c.is_numeric()) && name.contains(char::is_lowercase);
    name.chars().count() <= LONGEST_NAME
        && name.contains(char::is_alphanumeric)
        && !name.contains(['?', '!', '"', '„', '“', '”', '«', '»', ';', '<', '>'])
        && words <= if lowercase { 3 } else { MOST_WORDS }
        && !name.split_whitespace().any(ends)
}

/// `um 10: 30`, `3: 2`; telephone numbers are longer.
fn is_time(name: &str, rest: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    name.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(|c: char| c.is_ascii_digit()) && digits < 6
}
