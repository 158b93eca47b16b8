//! Who speaks when: segments made of words, turns of one speaker, and the language that is spoken most.

use super::{Millis, Segment, Span, SpeakerId, Word};
use std::collections::BTreeMap;

/// Shorter overlaps are no crosstalk: models do not place words more precisely.
const CROSSTALK: Millis = Millis(200);
/// So many unknown speakers may talk at the same time; beyond that, times are rather wrong.
const MOST_UNKNOWN: usize = 3;

/// The text of words in a row, without a blank before the first.
pub(crate) fn text_of(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if word.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

impl Segment {
    /// A segment of `words`: their time and text, and nothing else; `None` if there are no words.
    pub fn of_words(words: Vec<Word>) -> Option<Segment> {
        Segment::default().with_words(words)
    }

    /// The same segment with other words, such as some of its own: it takes their time and text. `None` if there are no words.
    #[must_use]
    pub fn with_words(self, words: Vec<Word>) -> Option<Segment> {
        let span = Span { start: words.first()?.span.start, end: words.last()?.span.end };
        Some(Segment { span, text: text_of(&words), words, ..self })
    }

    /// Splits the segment between words for which `key` differs. A segment of one part, or without words, stays as it is.
    #[must_use]
    pub fn split_by<K: PartialEq>(self, key: impl Fn(&Word) -> K) -> Vec<Segment> {
        let parts: Vec<Vec<Word>> = self.words.chunk_by(|a, b| key(a) == key(b)).map(<[_]>::to_vec).collect();
        match parts.len() {
            0 | 1 => vec![self],
            _ => parts.into_iter().filter_map(|words| self.clone().with_words(words)).collect(),
        }
    }
}

/// Runs of segments of one speaker, in order. Where speakers interrupt each other, each interruption is a turn.
pub(crate) fn turns<'s, 'a>(segments: &'s [&'a Segment]) -> impl Iterator<Item = &'s [&'a Segment]> + use<'s, 'a> {
    segments.chunk_by(|a, b| a.speaker == b.speaker)
}

/// Who speaks when, in order of start. Segments of one speaker with less than `pause` between them are one stretch, whoever
/// speaks in between.
pub(crate) fn speaking<'a>(
    segments: impl Iterator<Item = &'a Segment>,
    pause: Millis,
) -> Vec<(Option<SpeakerId>, Span)> {
    let mut stretches: Vec<(Option<SpeakerId>, Span)> = Vec::new();
    let mut last: BTreeMap<Option<SpeakerId>, usize> = BTreeMap::new();
    for segment in segments {
        let open = last.get(&segment.speaker).map(|at| &mut stretches[*at].1);
        match open.filter(|span| segment.span.start >= span.start && segment.span.start - span.end < pause) {
            Some(span) => span.end = span.end.max(segment.span.end),
            None => {
                last.insert(segment.speaker, stretches.len());
                stretches.push((segment.speaker, segment.span));
            }
        }
    }
    stretches
}

/// Lanes in which no two speakers overlap: the number of each segment's lane. A segment goes to the lane in which its speaker is
/// still speaking, or else to the first in which nobody is. One whose speaker is not known goes where somebody known is speaking; two
/// of unknown speakers that overlap, as captions of other programs may, are of two. Without crosstalk all are in lane 0.
pub(crate) fn lanes(segments: &[Segment]) -> Vec<usize> {
    // Of each lane: until when each of its speakers speaks.
    let mut lanes: Vec<BTreeMap<Option<SpeakerId>, Millis>> = Vec::new();
    let mut numbers = Vec::with_capacity(segments.len());
    for segment in segments {
        let start = segment.span.start;
        let same = |speaker: Option<SpeakerId>, end: Millis| match (speaker, segment.speaker) {
            (None, None) => end < start + CROSSTALK,
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let own = lanes.iter().position(|lane| lane.iter().any(|(speaker, end)| *end > start && same(*speaker, *end)));
        let free = || lanes.iter().position(|lane| lane.values().all(|end| *end < start + CROSSTALK));
        let another = if segment.speaker.is_none() && lanes.len() >= MOST_UNKNOWN { 0 } else { lanes.len() };
        let at = own.or_else(free).unwrap_or(another);
        if at == lanes.len() {
            lanes.push(BTreeMap::new());
        }
        let end = lanes[at].entry(segment.speaker).or_default();
        *end = segment.span.end.max(*end);
        numbers.push(at);
    }
    numbers
}

/// The language that is spoken longest, the last in alphabetical order of those that are equal; empty if there is none.
pub(crate) fn main_language(segments: &[Segment]) -> String {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| !segment.language.is_empty()) {
        *times.entry(&segment.language).or_default() += segment.span.length().0.max(1);
    }
    let longest = times.into_iter().max_by_key(|(_, time)| *time);
    longest.map(|(language, _)| language.to_owned()).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::words_of;
    use super::*;

    fn segment(start: u64, end: u64, speaker: Option<u16>) -> Segment {
        Segment { span: Span::new(start, end), speaker: speaker.map(SpeakerId), ..Segment::default() }
    }

    #[test]
    fn a_segment_of_some_of_its_words_has_their_time_and_text() {
        let whole = Segment { language: "de".into(), ..Segment::of_words(words_of(1000, 100, "a b c d")).unwrap() };
        let part = whole.clone().with_words(whole.words[1..3].to_vec()).unwrap();
        assert_eq!((part.span, &*part.text, &*part.language), (Span::new(1100, 1300), "b c", "de"));
        assert_eq!(whole.clone().with_words(Vec::new()), None);
        let parts = whole.clone().split_by(|word| word.span.start < Millis(1200));
        assert_eq!(parts.iter().map(|part| &*part.text).collect::<Vec<_>>(), ["a b", "c d"]);
        assert_eq!(whole.clone().split_by(|_| ()), [whole]);
    }

    #[test]
    fn interruptions_are_turns_of_their_own() {
        let segments =
            [segment(0, 9, Some(1)), segment(3, 4, Some(2)), segment(9, 12, Some(1)), segment(12, 13, Some(1))];
        let all: Vec<&Segment> = segments.iter().collect();
        assert_eq!(turns(&all).map(<[_]>::len).collect::<Vec<_>>(), [1, 1, 2]);
        let stretches = speaking(segments.iter(), Millis(1));
        assert_eq!(stretches, [(Some(SpeakerId(1)), Span::new(0, 13)), (Some(SpeakerId(2)), Span::new(3, 4))]);
    }

    #[test]
    fn crosstalk_needs_a_second_lane_and_nothing_else_does() {
        let crosstalk = [
            segment(0, 9000, Some(1)),
            segment(3000, 4000, Some(2)),
            segment(8900, 12_000, Some(2)),
            segment(10_000, 11_000, None),
        ];
        assert_eq!(lanes(&crosstalk), [0, 1, 0, 0]);
        let muddle = [(0, 9000, Some(1)), (3000, 4000, Some(1)), (3000, 4000, None), (3000, 4000, Some(1))];
        let muddle = muddle.map(|(start, end, speaker)| segment(start, end, speaker));
        assert_eq!(lanes(&muddle), [0, 0, 0, 0]);
        let unknown = [(0, 9000), (3000, 4000), (3500, 5000), (3600, 4000), (5000, 6000), (8900, 9900)];
        let unknown = unknown.map(|(start, end)| segment(start, end, None));
        assert_eq!(lanes(&unknown), [0, 1, 2, 0, 1, 0]);
    }

    #[test]
    fn the_main_language_is_spoken_longest() {
        let spoken = |language: &str, length| Segment { language: language.into(), ..segment(0, length, None) };
        assert_eq!(main_language(&[spoken("de", 5), spoken("en", 8), spoken("de", 4), spoken("", 99)]), "de");
        assert_eq!(main_language(&[spoken("fr", 5), spoken("en", 5)]), "fr");
        assert_eq!(main_language(&[]), "");
    }
}
