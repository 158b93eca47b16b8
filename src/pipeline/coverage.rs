//! Does all speech have text? Pure functions over the stretches of speech of a clip and the words that were heard in it.

use crate::{Millis, Segment, Span, Word};

/// Speech without text that is shorter is a breath, or a word whose time is a little off.
const SHORTEST_HOLE: Millis = Millis(1_000);
/// How far a word's time may be off.
const REACH: Millis = Millis(400);
/// How long one word lasts at most; the model's times stretch words over what it left out.
const LONGEST_WORD: Millis = Millis(1_500);

/// Stretches that hold at least 1 s of speech and no text, in order. None if where speech is is unknown (empty).
pub(super) fn holes(speech: &[Span], segments: &[Segment]) -> Vec<Span> {
    let mut holes: Vec<(Span, u64)> = Vec::new();
    let covered = covered(segments);
    let text_between = |from: Millis, to: Millis| covered.iter().any(|c| c.start < to && c.end > from);
    for (span, _) in pieces(speech, &covered).into_iter().filter(|(_, covered)| !covered) {
        match holes.last_mut() {
            Some((hole, spoken)) if !text_between(hole.end, span.start) => {
                hole.end = span.end;
                *spoken += span.length().0;
            }
            _ => holes.push((span, span.length().0)),
        }
    }
    holes.into_iter().filter(|(_, spoken)| *spoken >= SHORTEST_HOLE.0).map(|(hole, _)| hole).collect()
}

/// How much of the speech has text.
pub(super) fn with_text(speech: &[Span], segments: &[Segment]) -> Millis {
    let pieces = pieces(speech, &covered(segments));
    Millis(pieces.iter().filter(|(_, covered)| *covered).map(|(span, _)| span.length().0).sum())
}

/// Speech without what lies in `out`, which is in order.
pub(super) fn without(speech: &[Span], out: &[Span]) -> Vec<Span> {
    pieces(speech, out).into_iter().filter(|(_, out)| !out).map(|(span, _)| span).collect()
}

/// Where there is text: in order, touching stretches joined.
fn covered(segments: &[Segment]) -> Vec<Span> {
    let mut covered: Vec<Span> = Vec::new();
    let word = |w: &Word| Span { start: w.span.start, end: w.span.end.min(w.span.start + LONGEST_WORD) };
    for segment in segments {
        let words: Vec<Span> = match segment.words.as_slice() {
            [] => vec![segment.span],
            words => words.iter().map(word).collect(),
        };
        for Span { start, end } in words {
            let (start, end) = (start - REACH, end + REACH);
            match covered.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => covered.push(Span { start, end }),
            }
        }
    }
    covered
}

/// Speech, cut where text begins and ends; is it covered?
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

    fn said(words: &[(u64, u64)]) -> Vec<Segment> {
        let word =
            |(start, end): &(u64, u64)| Word { span: Span::new(*start, *end), text: "x".into(), ..Word::default() };
        vec![Segment { words: words.iter().map(word).collect(), ..Segment::default() }]
    }

    #[test]
    fn a_missing_sentence_is_a_hole() {
        let speech = [Span::new(0, 5_000), Span::new(6_000, 9_000), Span::new(9_500, 12_000)];
        let segments = said(&[(0, 1_000), (1_000, 2_400), (2_400, 3_900), (3_900, 5_000), (11_000, 12_000)]);
        assert_eq!(holes(&speech, &segments), [Span::new(6_000, 10_600)]);
        assert_eq!(with_text(&speech, &segments), Millis(6_400));
    }

    #[test]
    fn a_word_stretched_over_what_is_missing_hides_nothing() {
        assert_eq!(holes(&[Span::new(0, 8_000)], &said(&[(0, 500), (500, 8_000)])), [Span::new(2_400, 8_000)]);
    }

    #[test]
    fn breaths_and_silence_are_none() {
        let segments = said(&[(0, 1_000), (2_700, 4_000)]);
        assert_eq!(holes(&[Span::new(0, 4_000)], &segments), []);
        assert_eq!(holes(&[Span::new(0, 1_000), Span::new(2_700, 4_000)], &segments), []);
        assert_eq!(holes(&[], &segments), []);
    }

    #[test]
    fn what_lies_in_a_noise_is_no_speech() {
        let speech = [Span::new(0, 2_000), Span::new(3_000, 6_000)];
        let left = without(&speech, &[Span::new(1_500, 4_000), Span::new(5_500, 9_000)]);
        assert_eq!(left, [Span::new(0, 1_500), Span::new(4_000, 5_500)]);
    }

    #[test]
    fn no_text_at_all() {
        assert_eq!(holes(&[Span::new(0, 4_000)], &[]), [Span::new(0, 4_000)]);
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
            let segments = said(&spans(&words));
            let pieces = pieces(&speech, &covered(&segments));
            let sum = |spans: &mut dyn Iterator<Item = Span>| spans.map(|s| s.length().0).sum::<u64>();
            prop_assert_eq!(sum(&mut pieces.iter().map(|(s, _)| *s)), sum(&mut speech.iter().copied()));
            for hole in holes(&speech, &segments) {
                prop_assert!(hole.length() >= SHORTEST_HOLE);
                for word in &segments[0].words {
                    let middle = Millis((word.span.start.0 + word.span.end.0.min(word.span.start.0 + 1_500)) / 2);
                    prop_assert!(middle < hole.start || middle >= hole.end);
                }
            }
        }
    }
}
