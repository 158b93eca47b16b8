//! Speakers' names at the beginning of captions, in the several ways of writing them.
//!
//! Nothing but the file itself says whether `Ergebnis: 3 zu 2` is somebody's sentence or a result, and a wrong name is worse than
//! none. So names are believed only if every cue begins with one in the same way of writing, and if most of them come again.
//! Labels that programs make up (`SPEAKER_00`, `Speaker 1`) cannot be anything else, and are believed one by one; beside them, a
//! name must come again or look like one. A cue may hold what several say: where one of its lines begins with a name of the file, the
//! cue is divided.

use super::name_words::{SOUNDS, is_word};
use super::rows::Row;
use super::voices::numbered;
use crate::format::ends_sentence;
use crate::retime::{retime, same_text};
use crate::wording::is_unknown_speaker;
use crate::{Millis, Segment, Span};
use std::collections::{HashMap, HashSet};

/// Letters of the longest name; MAXQDA's limit, too.
const LONGEST_NAME: usize = 63;
/// Words of the longest name.
const MOST_WORDS: usize = 10;
/// Characters in which a name ends if there is one.
const LOOK_AHEAD: usize = 2 * LONGEST_NAME;

/// A way of writing names.
#[derive(Clone, Copy, PartialEq)]
enum Syntax {
    /// `>> NAME: text`.
    Chevron,
    /// `[Name] text`, `[Name]: text`.
    Brackets,
    /// `(Name) text`, `(Name): text`.
    Parentheses,
    /// `Name: text`, as Zoom has it.
    Colon,
    /// `Name:text` and `名：text`, if each cue has it, and most without a blank.
    Tight,
}

impl Syntax {
    const ALL: [Syntax; 5] = [Syntax::Chevron, Syntax::Brackets, Syntax::Parentheses, Syntax::Colon, Syntax::Tight];

    /// The name and the text after it, if the text begins with what could be a name.
    fn split(self, text: &str) -> Option<(&str, &str)> {
        let text = text.trim_start_matches(|c: char| matches!(c, '-' | '–' | '—') || c.is_whitespace());
        let (name, rest) = match self {
            Syntax::Chevron => Syntax::Colon.split(text.strip_prefix(">>")?.trim_start_matches('>').trim_start())?,
            Syntax::Brackets => enclosed(text, '[', ']')?,
            Syntax::Parentheses => enclosed(text, '(', ')')?,
            Syntax::Colon => text.split_once(": ").or_else(|| text.strip_suffix(':').map(|name| (name, "")))?,
            Syntax::Tight => text
                .split_once([':', '：'])
                .filter(|(name, rest)| !rest.starts_with('/') && !is_gendered(name, rest))?,
        };
        let (name, rest) = (name.trim(), rest.trim());
        (is_likely(name) && (is_label(name) || !is_time(name, rest))).then_some((name, rest))
    }

    /// Where in a text a name may stand, apart from the beginning.
    fn places(self, text: &str) -> Vec<usize> {
        let sign = match self {
            Syntax::Chevron => ">>",
            Syntax::Brackets => "[",
            Syntax::Parentheses => "(",
            Syntax::Colon | Syntax::Tight => "\n",
        };
        let lines = text.match_indices('\n').map(|(at, _)| at + 1);
        let signs = text.match_indices(sign).map(|(at, sign)| if sign == "\n" { at + 1 } else { at });
        let mut places: Vec<usize> = lines.chain(signs).filter(|at| *at > 0).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The name at one of the [places](Self::places).
    fn name_at(self, text: &str, at: usize) -> Option<&str> {
        let near = text[at..].char_indices().nth(LOOK_AHEAD).map_or(text.len(), |(end, _)| at + end);
        let (name, _) = self.split(text[at..near].lines().next()?)?;
        let proper = !name.starts_with(char::is_lowercase) || is_label(name);
        (proper && !is_word(name)).then_some(name)
    }
}

fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix(open)?.split_once(close)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    // `[Musik]` is a sound, and so is `[lacht] …`.
    let is_name = is_label(name.trim()) || !rest.is_empty() && !is_sound(name);
    is_name.then_some((name, rest))
}

/// Whether what stands in brackets is a sound or a remark: it has the word for one, or is in lower case.
fn is_sound(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let lowercase = text.contains(char::is_lowercase) && !text.contains(char::is_uppercase);
    lowercase || words.any(|word| SOUNDS.split_whitespace().any(|sound| sound == word))
}

/// Whether a colon without a blank stands within a word, as in `Kolleg:innen` and `jede:r`.
fn is_gendered(name: &str, rest: &str) -> bool {
    let ending = rest.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_ending = ["in", "r", "n", "e", "s", "m", "er", "en", "es", "em"].contains(&ending);
    name.ends_with(char::is_alphabetic) && (is_ending || ending.starts_with("innen"))
}

/// What one voice says in a cue, with the name before it, if there is one.
struct Part {
    name: Option<String>,
    text: String,
}

impl Part {
    /// Whether it is nothing but a sound, such as `[Musik]`.
    fn is_sound(&self) -> bool {
        self.text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).is_some_and(is_sound)
    }
}

/// The names of a file, before they are believed.
#[derive(Default)]
struct Names {
    /// They begin a cue, or lines within several.
    known: HashSet<String>,
    /// They are a sentence's beginning, not names.
    doubted: HashSet<String>,
}

/// Gives the rows the speakers that their texts begin with, if they can be believed, and divides those in which several speak.
/// `false` if names may be there that are not taken. Lines of texts end in `\n`.
pub(super) fn assign(rows: &mut Vec<Row>) -> bool {
    for syntax in Syntax::ALL.into_iter().filter(|syntax| *syntax != Syntax::Tight || is_mostly_tight(rows)) {
        let mut known = Names { known: known(syntax, rows), ..Names::default() };
        let cues = |known: &Names| -> Vec<Option<Vec<Part>>> {
            rows.iter().map(|row| divided(syntax, &row.segment.text, known)).collect()
        };
        let mut parted = cues(&known);
        known.doubted = beside_labels(&names_of(&parted));
        if !known.doubted.is_empty() {
            parted = cues(&known);
        }
        let names = names_of(&parted);
        let labels = syntax != Syntax::Tight && labels_only(&names);
        if names.iter().any(Option::is_some) && (all_have_one(&names) || labels) {
            let inherit = turns_only(rows, &parted);
            let clear = parted.iter().all(Option::is_some);
            *rows = taken(std::mem::take(rows), parted, inherit);
            return clear;
        }
    }
    !may_have_names(rows)
}

/// The names of all parts of all cues.
fn names_of(cues: &[Option<Vec<Part>>]) -> Vec<Option<&str>> {
    cues.iter().flatten().flatten().map(|part| part.name.as_deref()).collect()
}

/// Whether fewer texts have a blank behind the colon of their name than have none.
fn is_mostly_tight(rows: &[Row]) -> bool {
    let texts = || rows.iter().map(|row| on_one_line(&row.segment.text));
    let count = |syntax: Syntax| texts().filter(|text| syntax.split(text).is_some()).count();
    count(Syntax::Colon) * 2 < count(Syntax::Tight)
}

/// Names that begin a cue, or lines within several.
fn known(syntax: Syntax, rows: &[Row]) -> HashSet<String> {
    let mut known = HashSet::new();
    let mut once = HashSet::new();
    for text in rows.iter().map(|row| &*row.segment.text) {
        known.extend(syntax.split(&on_one_line(text)).map(|(name, _)| name.to_owned()));
        for name in syntax.places(text).into_iter().filter_map(|at| syntax.name_at(text, at)) {
            if !once.insert(name.to_owned()) {
                known.insert(name.to_owned());
            }
        }
    }
    known
}

/// What several say in one cue; `None` if it is in doubt whether another one begins to speak in it.
fn divided(syntax: Syntax, text: &str, names: &Names) -> Option<Vec<Part>> {
    let mut starts = vec![0];
    for at in syntax.places(text) {
        let Some(name) = syntax.name_at(text, at).filter(|name| !names.doubted.contains(*name)) else { continue };
        let begins_line = text[..at].ends_with('\n');
        let dashed = text[at..].starts_with(['-', '–', '—']);
        let likely = syntax != Syntax::Colon || dashed || ends_sentence(text[..at].trim_end());
        if names.known.contains(name) || is_label(name) || syntax == Syntax::Chevron {
            starts.push(at);
        } else if begins_line && likely && syntax != Syntax::Tight {
            return None;
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let part = |(start, end): (&usize, usize)| {
        let text = on_one_line(&text[*start..end]);
        match syntax.split(&text) {
            Some((name, rest)) if !is_word(name) && !names.doubted.contains(name) => {
                Part { name: Some(spelled_out(name)), text: rest.to_owned() }
            }
            _ => Part { name: None, text },
        }
    };
    Some(starts.iter().zip(ends).map(part).collect())
}

/// Whether texts of rows without a speaker may begin with names: one comes again, or half of these texts begin like that, or one
/// with the label of a program, or most with a line that comes again.
pub(super) fn may_have_names(rows: &[Row]) -> bool {
    let nobodys = || rows.iter().filter(|row| row.voice.is_none()).map(|row| &*row.segment.text);
    let texts: Vec<String> = nobodys().map(on_one_line).collect();
    let in_text = Syntax::ALL.into_iter().filter(|syntax| *syntax != Syntax::Tight).any(|syntax| {
        let names = texts.iter().filter_map(|text| syntax.split(text)).map(|(name, _)| name);
        let names: Vec<&str> = names.filter(|name| !name.starts_with(char::is_lowercase)).collect();
        let mut again = HashSet::new();
        // `[Beifall] Danke` is nobody's, but `Frage: …` may be.
        let colon = matches!(syntax, Syntax::Colon | Syntax::Chevron);
        let somebody = names.iter().filter(|name| !is_word(name)).count();
        names.iter().filter(|name| colon || !is_word(name)).any(|name| !again.insert(name))
            || somebody * 2 >= texts.len().max(1)
            || names.iter().any(|name| is_label(name))
    });
    in_text || has_lines_of_names(&nobodys().collect::<Vec<_>>())
}

/// Whether more than half of the texts begin with a line of their own that is no sentence, and most of these come again.
fn has_lines_of_names(texts: &[&str]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let lines = texts.iter().filter_map(|text| text.split_once('\n')).map(|(line, _)| line);
    let lines = lines.filter(|line| is_likely(line) && !line.starts_with(char::is_lowercase) && !ends_sentence(line));
    lines.for_each(|line| *counts.entry(line).or_default() += 1);
    let (lines, again): (usize, usize) = (counts.values().sum(), counts.values().filter(|count| **count > 1).sum());
    lines * 2 > texts.len() && again * 2 > lines
}

/// What stands where names do in a file with labels, but is none: it comes once, and has more than three words, or one that does not
/// begin like a name.
fn beside_labels(names: &[Option<&str>]) -> HashSet<String> {
    let mut once = HashMap::new();
    for name in names.iter().flatten() {
        once.entry(*name).and_modify(|once| *once = false).or_insert(true);
    }
    if !once.keys().any(|name| is_label(name)) {
        return HashSet::new();
    }
    let is_proper = |name: &str| {
        name.split_whitespace().count() <= 3
            && !name.split_whitespace().any(|word| word.starts_with(char::is_lowercase))
    };
    let doubted = once.into_iter().filter(|(name, once)| *once && !is_label(name) && !is_proper(name));
    doubted.map(|(name, _)| name.to_owned()).collect()
}

/// Whether all have a name. Most of the names come again, or one is the label of a program:
/// people give names to some of those.
fn all_have_one(names: &[Option<&str>]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in names {
        let Some(name) = name else { return false };
        *counts.entry(name).or_default() += 1;
    }
    let again: usize = counts.values().filter(|count| **count > 1).sum();
    // One word that all cues begin with may be anything.
    let somebody = counts.len() > 1 || counts.keys().all(|name| name.contains(' '));
    counts.keys().any(|name| is_label(name)) || somebody && again * 2 > names.len()
}

/// Whether all that could be names are labels of programs.
fn labels_only(names: &[Option<&str>]) -> bool {
    names.iter().flatten().all(|name| is_label(name))
}

/// Whether the file is as this program and Deepgram write captions: the first cue has a label with a number, and others stand only
/// where somebody else was shown before, or longest. Then a cue without one is of the same speaker.
fn turns_only(rows: &[Row], cues: &[Option<Vec<Part>>]) -> bool {
    let (mut speaking, mut longest) = (None, (Millis(0), None));
    for (row, parts) in rows.iter().zip(cues) {
        for part in parts.iter().flatten().filter(|part| !part.is_sound()) {
            let named = part.name.as_deref();
            let is_numbered = |name: &str| numbered(name).is_some() || is_unknown_speaker(name) || name == FIRST;
            let again = named == speaking && longest.1 == speaking;
            if named.map_or(speaking.is_none(), |name| again || !is_numbered(name)) {
                return false;
            }
            speaking = named.or(speaking);
            if row.segment.span.end >= longest.0 {
                longest = (row.segment.span.end, speaking);
            }
        }
    }
    speaking.is_some()
}

/// The rows with their speakers, and one for each part of a cue; `inherit`: who has no name is whoever spoke before.
fn taken(rows: Vec<Row>, cues: Vec<Option<Vec<Part>>>, inherit: bool) -> Vec<Row> {
    let mut speaking = None;
    let mut taken = Vec::with_capacity(rows.len());
    for (row, parts) in rows.into_iter().zip(cues) {
        let Some(parts) = parts else {
            speaking = None;
            taken.push(row);
            continue;
        };
        let lengths = parts.iter().map(|part| part.text.chars().count());
        for (part, span) in parts.iter().zip(shares(row.segment.span, lengths.collect())) {
            if part.name.is_some() || !inherit {
                speaking.clone_from(&part.name);
            }
            let segment = said(&row.segment, &part.text, if parts.len() > 1 { Some(span) } else { None });
            let voice = speaking.clone().filter(|_| !part.is_sound());
            taken.push(Row { segment, voice });
        }
    }
    taken
}

/// What is said of a segment; `share`: its part of the time, if others speak in it, too.
fn said(segment: &Segment, text: &str, share: Option<Span>) -> Segment {
    let mut said = Segment { text: text.to_owned(), ..segment.clone() };
    if !said.words.is_empty() && !same_text(text, &said.words) {
        said.words = retime(text, said.span, &said.words);
    }
    if let Some(share) = share {
        said.span = match (said.words.first(), said.words.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start.0, last.span.end.0),
            _ => share,
        };
    }
    said
}

/// Divides a span by the length of texts.
pub(super) fn shares(span: Span, lengths: Vec<usize>) -> Vec<Span> {
    let total = lengths.iter().sum::<usize>().max(1) as u64;
    let mut done = 0;
    let share = |length: usize| {
        let at = |done: u64| span.start.0 + span.length().0 * done / total;
        let from = at(done);
        done += length as u64;
        Span::new(from, at(done))
    };
    lengths.into_iter().map(share).collect()
}

pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Deepgram's first speaker.
const FIRST: &str = "Speaker 0";

/// The name, but `Speaker 0` for `speaker:0`, as Deepgram writes it in SubRip.
fn spelled_out(name: &str) -> String {
    match name.strip_prefix("speaker:").filter(|number| number.bytes().all(|b| b.is_ascii_digit())) {
        Some(number) => format!("Speaker {number}"),
        None => name.to_owned(),
    }
}

/// `SPEAKER_00`, `Speaker 1`, `Sprecher A`, `speaker:0`; `Speaker ?` is nobody's, but a label, too.
fn is_label(name: &str) -> bool {
    if is_unknown_speaker(name) {
        return true;
    }
    let lower = name.to_lowercase();
    let rest = ["speaker", "sprecherin", "sprecher", "spk"].iter().find_map(|word| lower.strip_prefix(word));
    let number = rest.map(|rest| rest.trim_start_matches(['_', ' ', '-', '#', ':']));
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
    if is_unknown_speaker(name) {
        return true;
    }
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
