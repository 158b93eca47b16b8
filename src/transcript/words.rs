//! Words: what counts as one in any script, and that each takes time.

use super::{Millis, Segment, Span};
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use std::sync::LazyLock;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Number of words in `text`: what stands between blanks, and in scripts without blanks (Chinese, Japanese, Thai, Lao, Khmer,
/// Burmese) what the dictionary of the Unicode consortium's ICU takes for a word.
pub fn count_words(text: &str) -> usize {
    let count = |part: &str| match part.contains(unspaced_script) {
        true => SEGMENTER.segment_str(part).iter_with_word_type().filter(|(_, kind)| kind.is_word_like()).count(),
        false => 1,
    };
    text.split_whitespace().map(count).sum()
}

/// Characters of the scripts that are written without blanks, where a line may break between any two.
pub(crate) fn unspaced_script(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{312f}'
        | '\u{31a0}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3fffd}')
}

/// The shortest time of a word that has none, in milliseconds: whisper's own resolution.
const SHORTEST: u64 = 20;

/// The segment with a length for itself and for each of its words; `None` if all have one already.
///
/// A word without a length takes time from the words beside it, and of the segment's words none begins before the one before it.
/// The segment grows only if it is too short for its words.
pub(crate) fn with_lengths(segment: &Segment) -> Option<Segment> {
    let empty = |span: Span| span.length() == Millis(0);
    if !empty(segment.span) && !segment.words.iter().any(|word| empty(word.span)) {
        return None;
    }
    let mut segment = segment.clone();
    let end = segment.words.iter().map(|word| word.span.end.0).fold(segment.span.end.0, u64::max);
    let start = segment.words.first().map_or(segment.span.start.0, |word| word.span.start.0);
    let count = segment.words.len().max(1) as u64;
    let shortest = ((end - start.min(end)) / count).clamp(1, SHORTEST);
    let end = end.max(start.saturating_add(shortest * count));
    let mut free = start;
    for word in &mut segment.words {
        let from = word.span.start.0.max(free);
        word.span = Span::new(from, word.span.end.0.max(from.saturating_add(shortest)));
        free = from.saturating_add(shortest);
    }
    // What was pushed past the end goes back, and takes the words before along.
    let mut latest = end;
    for word in segment.words.iter_mut().rev() {
        let to = word.span.end.0.min(latest);
        word.span = Span::new(word.span.start.0.min(to.saturating_sub(shortest)), to);
        latest = word.span.end.0.min(latest).saturating_sub(shortest);
    }
    if empty(segment.span) {
        let shortest = if segment.words.is_empty() { SHORTEST } else { 1 };
        segment.span = Span::new(segment.span.start.0, end.max(segment.span.start.0.saturating_add(shortest)));
    }
    segment.span.end = segment.span.end.max(Millis(segment.words.last().map_or(0, |word| word.span.end.0)));
    Some(segment)
}

#[cfg(test)]
mod tests {
    use super::super::{Word, words_of};
    use super::*;

    #[test]
    fn words_are_counted_in_every_script() {
        assert_eq!(count_words("Guten Abend, meine Damen und Herren – 14. Sitzung"), 9);
        assert_eq!(count_words("会議を始めます。"), 4);
        assert_eq!(count_words("我们今天讨论预算。"), 4);
        assert_eq!(count_words("สวัสดีครับ"), 2);
        assert_eq!(count_words("안녕하세요 여러분"), 2);
        assert_eq!(count_words("2024年のGDP"), 4);
        assert_eq!(count_words(" \n"), 0);
    }

    fn lengthened(spans: &[(u64, u64)], span: (u64, u64)) -> (Vec<(u64, u64)>, (u64, u64)) {
        let words =
            spans.iter().map(|(start, end)| Word { span: Span::new(*start, *end), ..Word::default() }).collect();
        let segment = Segment { span: Span::new(span.0, span.1), words, ..Segment::default() };
        let segment = with_lengths(&segment).unwrap_or(segment);
        let shown = |span: Span| (span.start.0, span.end.0);
        (segment.words.iter().map(|word| shown(word.span)).collect(), shown(segment.span))
    }

    #[test]
    fn every_word_takes_time() {
        let at_the_end = lengthened(&[(50, 100), (100, 250), (250, 250)], (50, 250));
        assert_eq!(at_the_end, (vec![(50, 100), (100, 230), (230, 250)], (50, 250)));
        let between = lengthened(&[(0, 100), (100, 100), (100, 100), (100, 300)], (0, 300));
        assert_eq!(between, (vec![(0, 100), (100, 120), (120, 140), (140, 300)], (0, 300)));
        let none = lengthened(&[(7, 7), (7, 7), (7, 7)], (7, 7));
        assert_eq!(none, (vec![(7, 8), (8, 9), (9, 10)], (7, 10)));
        assert_eq!(lengthened(&[], (5, 5)), (vec![], (5, 25)));
        let whole = Segment { span: Span::new(0, 200), words: words_of(0, 100, "a b"), ..Segment::default() };
        assert_eq!(with_lengths(&whole), None);
    }

    proptest::proptest! {
        #[test]
        fn no_time_is_empty_and_words_stay_in_order(
            spans in proptest::collection::vec((0u64..400, 0u64..60), 0..12), start in 0u64..400, length in 0u64..400,
        ) {
            let mut words: Vec<Word> = spans
                .iter()
                .map(|(start, length)| Word { span: Span::new(*start, start + length), ..Word::default() })
                .collect();
            words.sort_by_key(|word| word.span.start);
            let segment = Segment { span: Span::new(start, start + length), words, ..Segment::default() };
            let made = with_lengths(&segment).unwrap_or_else(|| segment.clone());
            proptest::prop_assert_eq!(made.words.len(), segment.words.len());
            proptest::prop_assert!(made.span.length() > Millis(0));
            proptest::prop_assert!(made.words.iter().all(|word| word.span.length() > Millis(0)), "{:?}", made);
            proptest::prop_assert!(made.words.is_sorted_by_key(|word| word.span.start), "{:?}", made);
        }
    }
}
