//! Segments as they are read, and how they become a transcript.

use super::voices::Voices;
use crate::format::{ends_sentence, is_blank};
use crate::transcript::{language_code, main_language};
use crate::{Millis, Segment, Span, Transcript, Warning, WarningKind, Word};

/// A segment as it was read, with the name of its speaker.
pub(super) struct Row {
    pub(super) segment: Segment,
    pub(super) voice: Option<String>,
}

/// Puts what was read into a transcript: in order, without empty segments, with numbers for speakers and codes for languages.
pub(super) fn collect(transcript: &mut Transcript, mut rows: Vec<Row>, voices: &mut Voices) {
    let languages = rows.iter_mut().map(|row| &mut row.segment.language).chain([&mut transcript.language]);
    let unknown = languages.filter_map(normalise).count();
    if unknown > 0 {
        transcript.warnings.push(Warning::new(None, WarningKind::LanguageUnknown));
    }
    rows.retain(|row| !is_blank(&row.segment.text));
    let unsorted = !rows.is_sorted_by_key(|row| row.segment.span.start);
    if unsorted {
        rows.sort_by_key(|row| row.segment.span.start);
        transcript.warnings.push(Warning::new(None, WarningKind::SegmentsSorted));
    }
    rows.iter().flat_map(|row| &row.voice).for_each(|name| voices.meet(name));
    let segments =
        rows.into_iter().map(|row| Segment { speaker: row.voice.and_then(|name| voices.id(&name)), ..row.segment });
    transcript.segments = segments.collect();
    transcript.names = voices.names();
    if transcript.duration == Millis(0) {
        let ends = transcript.segments.iter().map(|segment| segment.span.end);
        transcript.duration = ends.max().unwrap_or_default();
    }
    if transcript.language.is_empty() {
        transcript.language = main_language(&transcript.segments);
    }
}

/// Makes a code of whatever names a language: `de` of `german`, `deu` or `de-DE`. What is not known stays if it looks like a code;
/// or else it is left out, and that is `Some`.
fn normalise(language: &mut String) -> Option<()> {
    let is_code = |text: &str| text.len() <= 3 && text.bytes().all(|b| b.is_ascii_lowercase());
    match language_code(language) {
        Some(code) if language != code => *language = code.to_owned(),
        None if language == "auto" => language.clear(),
        None if !is_code(language) => {
            language.clear();
            return Some(());
        }
        _ => {}
    }
    None
}

/// A longer pause ends a sentence that has no full stop.
const PAUSE: Millis = Millis(2_000);
/// A sentence that lasts longer is divided.
const LONGEST: Millis = Millis(30_000);

/// Segments of words that come without any: a sentence each.
pub(super) fn sentences(words: Vec<Word>) -> Vec<Segment> {
    let mut sentences: Vec<Vec<Word>> = Vec::new();
    for word in words {
        let goes_on = |sentence: &&mut Vec<Word>| match (sentence.first(), sentence.last()) {
            (Some(first), Some(last)) => {
                let ended = ends_sentence(&last.text) && (word.spaced || !last.text.ends_with('.'));
                !ended && word.span.start - last.span.end < PAUSE && word.span.end - first.span.start < LONGEST
            }
            _ => true,
        };
        match sentences.last_mut().filter(goes_on) {
            Some(sentence) => sentence.push(word),
            None => sentences.push(vec![word]),
        }
    }
    sentences.into_iter().filter_map(Segment::of_words).collect()
}

/// The latest time that is believed: 1000 hours, in seconds.
pub(super) const LATEST: f64 = 3_600_000.0;

/// Seconds in milliseconds; `None` if that cannot be a time. Just below zero is zero, as some programs round.
pub(super) fn millis(seconds: f64) -> Option<Millis> {
    (-1.0..=LATEST).contains(&seconds).then(|| Millis((seconds.max(0.0) * 1000.0).round() as u64))
}

/// A span in seconds; an end before the start counts as the start.
pub(crate) fn span(start: f64, end: f64) -> Option<Span> {
    Some(Span::new(millis(start)?.0, millis(end)?.0))
}
