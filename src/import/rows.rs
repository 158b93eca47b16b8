//! Segments as they are read, and how they become a transcript.

use super::parsing::broken;
use super::voices::Voices;
use crate::format::ends_sentence;
use crate::transcript::{is_blank, language_code, main_language};
use crate::wording::is_unknown_speaker;
use crate::{Error, Millis, Segment, Span, Transcript, TranscriptErrorKind, Warning, WarningKind, Word};
use std::path::Path;

/// A segment as it was read, with the name of its speaker.
pub(super) struct Row {
    pub(super) segment: Segment,
    pub(super) voice: Option<String>,
}

/// Puts what was read into a transcript: in order, without empty segments, with numbers for speakers who are known, and codes for
/// languages.
pub(super) fn collect(transcript: &mut Transcript, mut rows: Vec<Row>, voices: &mut Voices) {
    let languages = rows.iter_mut().map(|row| &mut row.segment.language).chain([&mut transcript.language]);
    let unknown = languages.filter_map(normalise).count();
    if unknown > 0 {
        transcript.warnings.push(Warning::new(None, WarningKind::LanguageUnknown));
    }
    rows.retain(|row| !is_blank(&row.segment.text));
    rows.iter_mut().for_each(|row| row.voice = row.voice.take().filter(|name| !is_unknown_speaker(name)));
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

/// What stands for no language in particular.
const NO_LANGUAGE: [&str; 7] = ["", "auto", "und", "mul", "mis", "zxx", "unknown"];

/// Makes a code of whatever names a language: `de` of `german`, `deu` or `de-DE`. What is not known is left out, and that is `Some`.
fn normalise(language: &mut String) -> Option<()> {
    if let Some(code) = language_code(language) {
        if language != code {
            code.clone_into(language);
        }
        return None;
    }
    let unknown = !NO_LANGUAGE.contains(&&*language.trim().to_lowercase());
    language.clear();
    unknown.then_some(())
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

/// Seconds in milliseconds; `None` if that cannot be a time. Just outside of what is believed counts as its end: some programs round
/// below zero, and in what this one writes the last word has a length.
pub(super) fn millis(seconds: f64) -> Option<Millis> {
    let believed = (-1.0..=LATEST + 1.0).contains(&seconds);
    believed.then(|| Millis((seconds.clamp(0.0, LATEST) * 1000.0).round() as u64))
}

/// A span in seconds; an end before the start counts as the start.
pub(crate) fn span(start: f64, end: f64) -> Option<Span> {
    Some(Span::new(millis(start)?.0, millis(end)?.0))
}

/// Counts the times of another program's file that cannot be right, and so are not known.
#[derive(Default)]
pub(super) struct TimeCheck {
    right: u64,
    wrong: u64,
}

impl TimeCheck {
    /// `time`, in seconds, if it can be right.
    pub(super) fn known(&mut self, time: Option<f64>) -> Option<f64> {
        let known = time.filter(|time| millis(*time).is_some());
        self.right += u64::from(known.is_some());
        self.wrong += u64::from(known.is_none() && time.is_some());
        known
    }

    /// Whether a time was right.
    pub(super) fn knows_any(&self) -> bool {
        self.right > 0
    }

    /// Counts a time that cannot be right beside the others.
    pub(super) fn misplaced(&mut self) {
        self.wrong += 1;
    }

    /// Start and end, in seconds, as far as they can be right: the end is not before the start.
    pub(super) fn both(&mut self, start: Option<f64>, end: Option<f64>) -> (Option<f64>, Option<f64>) {
        let (start, end) = (self.known(start), self.known(end));
        let backwards = start.zip(end).is_some_and(|(start, end)| end < start);
        self.wrong += u64::from(backwards);
        (start, end.filter(|_| !backwards))
    }

    /// The warning that there were some.
    ///
    /// # Errors
    /// [`Error::Transcript`] if none was right.
    pub(super) fn warning(&self, path: &Path) -> Result<Option<Warning>, Error> {
        match (self.wrong, self.right) {
            (0, _) => Ok(None),
            (_, 0) => Err(broken(path, "all times are before zero or after 1000 hours", TranscriptErrorKind::Invalid)),
            (count, _) => Ok(Some(Warning::new(None, WarningKind::TimesOutOfRange { count }))),
        }
    }
}
