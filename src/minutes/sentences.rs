//! What was said, as sentences with who says them and when.

use std::collections::BTreeMap;

use crate::meeting::Role;
use crate::{Millis, Segment, Span, SpeakerId, Transcript};

/// Words after which a sentence ends without a full stop, where nobody wrote any.
const LONGEST: usize = 60;

/// Words before a full stop that ends no sentence.
const ABBREVIATIONS: [&str; 41] = [
    "dr", "prof", "nr", "bzw", "ca", "abs", "art", "st", "str", "vgl", "sog", "inkl", "evtl", "ggf", "usw", "z", "b",
    "d", "h", "u", "a", "i", "v", "o", "s", "tel", "ing", "dipl", "mag", "med", "mr", "mrs", "ms", "no", "vs", "mio",
    "mrd", "rd", "drs", "drucks", "jur",
];

/// A sentence, or the part of one before or after a dash.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sentence {
    /// With single blanks.
    pub(super) text: String,
    /// The same, as cues are looked for in it.
    pub(super) plain: String,
    /// Number of the sentence that it is, or is a part of.
    pub(super) number: usize,
    /// The segment that it begins in.
    pub(super) segment: usize,
    /// When it is said.
    pub(super) span: Span,
    /// Who says it.
    pub(super) speaker: Option<SpeakerId>,
    /// In which role; `None`: not known.
    pub(super) role: Option<Role>,
    /// Is the model unsure of it?
    pub(super) uncertain: bool,
}

impl Sentence {
    pub(super) fn words(&self) -> usize {
        self.text.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count()
    }
}

/// All sentences in order. None goes on across one of `breaks`.
pub(super) fn sentences(
    transcript: &Transcript,
    roles: &BTreeMap<SpeakerId, Role>,
    breaks: &[Millis],
) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut number = 0;
    let mut start = 0;
    while start < transcript.segments.len() {
        let speaker = transcript.segments[start].speaker;
        let begin = transcript.segments[start].span.start;
        let goes_on = |segment: &&Segment| {
            let broken = breaks.iter().any(|at| begin < *at && *at <= segment.span.start);
            segment.speaker == speaker && !broken
        };
        let turn = transcript.segments[start..].iter().take_while(goes_on).count();
        let role = speaker.and_then(|speaker| roles.get(&speaker).copied());
        let pieces = Turn::new(&transcript.segments[start..start + turn]).sentences();
        for (text, at, end, is_end) in pieces {
            let segment = start + at.0;
            let uncertain = transcript.segments[segment].is_uncertain();
            let span = Span::new(at.1, end);
            found.push(Sentence { plain: text.clone(), text, number, segment, span, speaker, role, uncertain });
            number += usize::from(is_end);
        }
        number += 1;
        start += turn;
    }
    found
}

/// Words that one speaker says without another between them.
struct Turn {
    /// The text of each word, the number of its segment, when it begins and when it ends, in milliseconds.
    words: Vec<(String, usize, u64, u64)>,
    /// Numbers of words that begin a segment after a sentence's end or a pause.
    breaks: Vec<usize>,
}

impl Turn {
    fn new(segments: &[Segment]) -> Turn {
        let mut turn = Turn { words: Vec::new(), breaks: Vec::new() };
        for (n, segment) in segments.iter().enumerate() {
            let pause = n > 0 && segment.span.start.0 > segments[n - 1].span.end.0 + 2_000;
            if pause {
                turn.breaks.push(turn.words.len());
            }
            let texts: Vec<&str> = segment.text.split_whitespace().collect();
            let length = segment.span.length().0;
            for (at, text) in texts.iter().enumerate() {
                let guess = |part: usize| segment.span.start.0 + length * part as u64 / texts.len() as u64;
                let timed = segment.words.get(at).filter(|_| segment.words.len() == texts.len());
                let (start, end) =
                    timed.map_or((guess(at), guess(at + 1)), |word| (word.span.start.0, word.span.end.0));
                turn.words.push(((*text).to_owned(), n, start, end));
            }
        }
        turn
    }

    /// Each with its text, its segment and time, its end, and whether a whole sentence ends there.
    fn sentences(&self) -> Vec<(String, (usize, u64), u64, bool)> {
        let mut found = Vec::new();
        let mut start = 0;
        for at in 0..self.words.len() {
            let next = self.words.get(at + 1);
            let ends = next.is_none()
                || self.breaks.contains(&(at + 1))
                || ends(&self.words[at].0, next.map_or("", |word| &word.0), &self.words[at.saturating_sub(1)].0)
                || at + 1 - start >= LONGEST;
            let dash = next.is_some_and(|word| matches!(&*word.0, "–" | "-" | "—")) && at > start;
            if ends || dash {
                let words = &self.words[start..=at];
                let text = words.iter().map(|word| &*word.0).collect::<Vec<_>>().join(" ");
                found.push((text, (words[0].1, words[0].2), words[words.len() - 1].3, ends));
                start = at + 1;
            }
        }
        found
    }
}

/// Words after which a number is no ordinal.
const NUMBERED: [&str; 6] = ["punkt", "top", "ziffer", "item", "nummer", "number"];

/// Whether a sentence ends after `word`, between two others.
fn ends(word: &str, next: &str, before: &str) -> bool {
    let core = word.trim_end_matches(['"', '“', '”', '’', ')', '»', '«', '\'']);
    if core.ends_with(['!', '?', '…']) {
        return true;
    }
    let Some(stem) = core.strip_suffix('.') else { return false };
    let begins = next
        .starts_with(|c: char| c.is_uppercase() || matches!(c, '–' | '-' | '—' | '„' | '"' | '(' | '»' | '«'))
        || next.starts_with(|c: char| c.is_ascii_digit());
    let plain = stem.trim_start_matches(['(', '„', '"']).to_lowercase();
    let counted = NUMBERED.iter().any(|name| before.to_lowercase().trim_end_matches(['n', 'e', 's']).ends_with(name));
    let is_ordinal = plain.len() <= 3 && plain.chars().all(|c| c.is_ascii_digit()) && !counted;
    let is_short = ABBREVIATIONS.contains(&plain.as_str()) || plain.contains('.');
    begins && !plain.is_empty() && (!is_short && !is_ordinal || next.starts_with(['–', '—']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(segments: &[(u16, &str)]) -> Vec<String> {
        let segment = |(n, (speaker, text)): (u64, &(u16, &str))| Segment {
            span: Span::new(n * 1_000, n * 1_000 + 1_000),
            text: (*text).to_owned(),
            speaker: Some(SpeakerId(*speaker)),
            ..Segment::default()
        };
        let segments = (0..).zip(segments).map(segment).collect();
        let transcript = Transcript { segments, ..Transcript::default() };
        sentences(&transcript, &BTreeMap::new(), &[]).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn sentences_go_across_segments_and_not_across_speakers() {
        let found = texts(&[(1, "Ich bitte um das"), (1, "Handzeichen. – Das ist einstimmig."), (2, "danke")]);
        assert_eq!(found, ["Ich bitte um das Handzeichen.", "– Das ist einstimmig.", "danke"]);
    }

    #[test]
    fn full_stops_that_end_nothing() {
        let found = texts(&[(1, "Dr. Meyer kam am 3. Mai, d. h. gestern. Nr. 5 folgt 2010. Dann z. B. Ende? Ja")]);
        assert_eq!(found, ["Dr. Meyer kam am 3. Mai, d. h. gestern.", "Nr. 5 folgt 2010.", "Dann z. B. Ende?", "Ja"]);
    }

    #[test]
    fn dashes_divide_a_sentence() {
        assert_eq!(
            texts(&[(1, "Ich bitte um Ihr Votum – das ist einstimmig.")]),
            ["Ich bitte um Ihr Votum", "– das ist einstimmig."]
        );
    }
}
