//! Which speech has text: pure functions of the speech in a chunk and its recognised words.

use crate::{Millis, Segment, Span, Word};

/// Shorter speech without text is a breath, or a word whose time is slightly wrong.
const MIN_GAP: Millis = Millis(600);
/// Tolerance on both sides of a word, whose time may be wrong.
const TOLERANCE: Millis = Millis(300);
/// Longest time that a word can take, and what each of its letters adds: 99 % of words within a sentence take less.
const MAX_WORD: (u64, u64) = (300, 100);
/// Time that a word usually takes, and what each of its letters adds.
const USUAL_WORD: (u64, u64) = (100, 65);
/// Letters that a digit stands for: 1998 is "neunzehnhundertachtundneunzig".
const DIGIT: u64 = 5;

/// Spans with at least 0.6 s of speech and no text, in order. Empty if `speech` is empty, that is, unknown.
pub(super) fn gaps(speech: &[Span], segments: &[Segment]) -> Vec<Span> {
    let mut gaps: Vec<(Span, u64)> = Vec::new();
    let covered = covered(segments);
    let text_between = |from: Millis, to: Millis| covered.iter().any(|c| c.start < to && c.end > from);
    for (span, _) in pieces(speech, &covered).into_iter().filter(|(_, covered)| !covered) {
        match gaps.last_mut() {
            Some((gap, speech)) if !text_between(gap.end, span.start) => {
                gap.end = span.end;
                *speech += span.length().0;
            }
            _ => gaps.push((span, span.length().0)),
        }
    }
    gaps.into_iter().filter(|(_, speech)| *speech >= MIN_GAP.0).map(|(gap, _)| gap).collect()
}

/// How much of the speech has text, in total.
pub(super) fn with_text(speech: &[Span], segments: &[Segment]) -> Millis {
    let pieces = pieces(speech, &covered(segments));
    Millis(pieces.iter().filter(|(_, covered)| *covered).map(|(span, _)| span.length().0).sum())
}

/// The parts of `speech` outside of `excluded`, both in order.
pub(super) fn without(speech: &[Span], excluded: &[Span]) -> Vec<Span> {
    pieces(speech, excluded).into_iter().filter(|(_, excluded)| !excluded).map(|(span, _)| span).collect()
}

/// Spans that have text, in order; those that touch are joined.
fn covered(segments: &[Segment]) -> Vec<Span> {
    let mut covered: Vec<Span> = Vec::new();
    // The model stretches words over speech that it left out: a longer one than can be says no more than where it begins.
    let word = |w: &Word| {
        let letters: u64 = w.text.chars().map(|c| if c.is_ascii_digit() { DIGIT } else { 1 }).sum();
        let takes = |(base, each): (u64, u64)| Millis(base + each * letters);
        let is_stretched = w.span.length() > takes(MAX_WORD);
        let end = if is_stretched { w.span.start + takes(USUAL_WORD) } else { w.span.end };
        Span { start: w.span.start, end }
    };
    for segment in segments {
        let words: Vec<Span> = match segment.words.as_slice() {
            [] => vec![segment.span],
            words => words.iter().map(word).collect(),
        };
        for Span { start, end } in words {
            let (start, end) = (start - TOLERANCE, end + TOLERANCE);
            match covered.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => covered.push(Span { start, end }),
            }
        }
    }
    covered
}

/// `speech` split where `covered` spans begin and end, each piece with whether it is covered.
fn pieces(speech: &[Span], covered: &[Span]) -> Vec<(Span, bool)> {
    let mut pieces = Vec::new();
    for span in speech {
        let mut at = span.start;
        for text in covered.iter().filter(|c| c.start < span.end && c.end > span.start) {
            if at < text.start {
                pieces.push((Span { start: at, end: text.start }, false));
            }
            let (start, end) = (at.max(text.start), span.end.min(text.end));
            pieces.push((Span { start, end }, true));
            at = end;
        }
        if at < span.end {
            pieces.push((Span { start: at, end: span.end }, false));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments(words: &[(u64, u64)]) -> Vec<Segment> {
        let word = |(start, end): &(u64, u64)| Word {
            span: Span::new(*start, *end),
            text: "twelve chars".into(),
            ..Word::default()
        };
        vec![Segment { words: words.iter().map(word).collect(), ..Segment::default() }]
    }

    #[test]
    fn a_missing_sentence_is_a_gap() {
        let speech = [Span::new(0, 5_000), Span::new(6_000, 9_000), Span::new(9_500, 12_000)];
        let segments = segments(&[(0, 1_000), (1_000, 2_400), (2_400, 3_900), (3_900, 5_000), (11_000, 12_000)]);
        assert_eq!(gaps(&speech, &segments), [Span::new(6_000, 10_700)]);
        assert_eq!(with_text(&speech, &segments), Millis(6_300));
    }

    #[test]
    fn the_rest_of_a_short_sentence_is_a_gap() {
        // "Das will" without "sie am Mittwoch abgeben", before another sentence.
        let segments = segments(&[(0, 300), (1_600, 2_400)]);
        assert_eq!(gaps(&[Span::new(0, 1_400), Span::new(1_500, 2_400)], &segments), [Span::new(600, 1_300)]);
    }

    #[test]
    fn a_word_stretched_over_missing_text_does_not_hide_it() {
        let gaps = |word: (u64, u64), speech| gaps(&[Span::new(0, speech)], &segments(&[(0, 500), word]));
        assert_eq!(gaps((500, 8_000), 8_000), [Span::new(1_680, 8_000)]);
        // The longest that such a word can take, and more than that.
        assert_eq!(gaps((500, 2_000), 2_600), []);
        assert_eq!(gaps((500, 2_100), 2_600), [Span::new(1_680, 2_600)]);
    }

    #[test]
    fn a_number_takes_longer_than_its_digits() {
        let word = Word { span: Span::new(0, 2_600), text: "1.250.000".into(), ..Word::default() };
        let segment = Segment { words: vec![word], ..Segment::default() };
        assert_eq!(gaps(&[Span::new(0, 3_000)], &[segment]), []);
    }

    #[test]
    fn breaths_and_silence_are_not_gaps() {
        let segments = segments(&[(0, 1_000), (2_100, 3_500)]);
        assert_eq!(gaps(&[Span::new(0, 4_000)], &segments), []);
        assert_eq!(gaps(&[Span::new(0, 1_000), Span::new(2_100, 4_000)], &segments), []);
        assert_eq!(gaps(&[], &segments), []);
    }

    #[test]
    fn excluded_spans_are_not_speech() {
        let speech = [Span::new(0, 2_000), Span::new(3_000, 6_000)];
        let rest = without(&speech, &[Span::new(1_500, 4_000), Span::new(5_500, 9_000)]);
        assert_eq!(rest, [Span::new(0, 1_500), Span::new(4_000, 5_500)]);
    }

    #[test]
    fn all_speech_without_text_is_a_gap() {
        assert_eq!(gaps(&[Span::new(0, 4_000)], &[]), [Span::new(0, 4_000)]);
    }

    proptest! {
        #[test]
        fn every_piece_of_speech_is_covered_or_not(
            speech in proptest::collection::vec((0_u64..3_000, 1_u64..5_000), 0..8),
            words in proptest::collection::vec((0_u64..3_000, 0_u64..3_000), 0..8),
        ) {
            let spans = |steps: &[(u64, u64)]| {
                let mut at = 0;
                let step = |(gap, length): &(u64, u64)| {
                    let start = at + gap;
                    at = start + length;
                    (start, at)
                };
                steps.iter().map(step).collect::<Vec<_>>()
            };
            let speech: Vec<Span> = spans(&speech).iter().map(|(s, e)| Span::new(*s, *e)).collect();
            let segments = segments(&spans(&words));
            let pieces = pieces(&speech, &covered(&segments));
            let sum = |spans: &mut dyn Iterator<Item = Span>| spans.map(|s| s.length().0).sum::<u64>();
            prop_assert_eq!(sum(&mut pieces.iter().map(|(s, _)| *s)), sum(&mut speech.iter().copied()));
            for gap in gaps(&speech, &segments) {
                prop_assert!(gap.length() >= MIN_GAP);
                for word in &segments[0].words {
                    let middle = Millis((word.span.start.0 + word.span.end.0.min(word.span.start.0 + 1_500)) / 2);
                    prop_assert!(middle < gap.start || middle >= gap.end);
                }
            }
        }
    }
}
