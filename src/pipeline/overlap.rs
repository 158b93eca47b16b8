//! Joins the texts of two chunks that share sound because there was no pause to cut at: no word is lost or doubled.

use crate::checkpoint_record::ChunkResult;
use crate::{Millis, Segment, Span, Word};

use super::quality::normalised;

/// Sound that both chunks contain on either side of the middle of the overlap.
const SHARED: Millis = Millis(1_000);
/// Largest difference, in milliseconds, between the times of the same word in the two chunks.
const MAX_TIME_DIFFERENCE: u64 = 700;

/// Removes from the end of `before` and the start of `after` what both contain: words, removals and corrections.
/// `overlap`: middle of the sound that they share.
pub(super) fn join(before: &mut ChunkResult, after: &mut ChunkResult, overlap: Millis) {
    join_texts(&mut before.segments, &mut after.segments, overlap);
    before.removed.retain(|removal| middle(removal.span) < overlap);
    after.removed.retain(|removal| middle(removal.span) >= overlap);
    for result in [before, after] {
        let spans = |s: &Segment| match s.words.as_slice() {
            [] => vec![s.span],
            words => words.iter().map(|word| word.span).collect(),
        };
        let starts: Vec<Millis> = result.segments.iter().flat_map(spans).map(|span| span.start).collect();
        result.corrections.retain(|correction| starts.contains(&correction.span.start));
    }
}

fn join_texts(before: &mut Vec<Segment>, after: &mut Vec<Segment>, overlap: Millis) {
    let (tail, head) = (words(before), words(after));
    // Only words in the shared sound are compared: `tail[first..]` and `head[..last]`.
    let first = tail.iter().position(|w| w.span.end + SHARED > overlap).unwrap_or(tail.len());
    let last = head.iter().rposition(|w| w.span.start < overlap + SHARED).map_or(0, |n| n + 1);
    let (keep, drop) = match common_run(&tail[first..], &head[..last]) {
        // Words in both: the first chunk keeps them, and the second continues after them.
        Some((i, j, length)) => (first + i + length, j + length),
        // If only one of them has words there, they are kept.
        None if first == tail.len() || last == 0 => return,
        None => {
            let early = |w: &Word| middle(w.span) < overlap;
            (tail.partition_point(early), head.partition_point(early))
        }
    };
    retain_words(before, |n| n < keep);
    retain_words(after, |n| n >= drop);
}

fn middle(span: Span) -> Millis {
    Millis((span.start.0 + span.end.0) / 2)
}

fn words(segments: &[Segment]) -> Vec<Word> {
    segments.iter().flat_map(|s| &s.words).cloned().collect()
}

/// The longest run of words that both have at about the same time: its start in each, and its length.
fn common_run(tail: &[Word], head: &[Word]) -> Option<(usize, usize, usize)> {
    let same = |a: &Word, b: &Word| {
        let text = normalised(&a.text);
        !text.is_empty()
            && text == normalised(&b.text)
            && a.span.start.0.abs_diff(b.span.start.0) <= MAX_TIME_DIFFERENCE
    };
    let run = |i: usize, j: usize| tail[i..].iter().zip(&head[j..]).take_while(|(a, b)| same(a, b)).count();
    let runs = (0..tail.len()).flat_map(|i| (0..head.len()).map(move |j| (i, j)));
    runs.map(|(i, j)| (i, j, run(i, j))).filter(|(.., n)| *n > 0).max_by_key(|(i, j, n)| (*n, std::cmp::Reverse(i + j)))
}

/// Keeps the words whose number, counted over all segments, satisfies `keep`. Segments that lose all their words are
/// removed.
fn retain_words(segments: &mut Vec<Segment>, keep: impl Fn(usize) -> bool) {
    let mut number = 0..;
    segments.retain_mut(|segment| {
        let count = segment.words.len();
        segment.words.retain(|_| number.next().is_some_and(&keep));
        if segment.words.len() == count {
            return true;
        }
        let (span, words) = (segment.span, std::mem::take(&mut segment.words));
        let Some(part) = std::mem::take(segment).with_words(words) else { return false };
        *segment = part;
        segment.span.start = span.start.max(segment.span.start);
        segment.span.end = span.end.min(segment.span.end).max(segment.span.start);
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Correction, Removal};

    /// A segment of words of 300 ms each, beginning at `start`.
    fn segments(start: u64, text: &str) -> Vec<Segment> {
        let words = crate::transcript::words_of(start, 300, text);
        let span = Span::new(start, start + 300 * words.len() as u64);
        vec![Segment { span, text: text.into(), words, ..Segment::default() }]
    }

    fn joined(before: (u64, &str), after: (u64, &str), overlap: u64) -> String {
        let (mut before, mut after) = (segments(before.0, before.1), segments(after.0, after.1));
        join_texts(&mut before, &mut after, Millis(overlap));
        let text: Vec<String> = before.into_iter().chain(after).map(|s| s.text).collect();
        text.join(" | ")
    }

    #[test]
    fn words_in_both_chunks_are_kept_once() {
        let before = (8_500, "wir kommen nun zum Haushalt der Stadt Fü");
        let after = (9_450, "Haushalt, der Stadt Fürth und");
        assert_eq!(joined(before, after, 10_000), "wir kommen nun zum Haushalt der Stadt | Fürth und");
    }

    #[test]
    fn words_without_length_are_kept() {
        let (mut before, mut after) = (segments(9_000, "old coins"), segments(9_300, "coins a severe storm"));
        after[0].words.iter_mut().take(3).for_each(|w| w.span = Span::new(9_300, 9_300));
        join_texts(&mut before, &mut after, Millis(10_000));
        assert_eq!(after[0].text, "a severe storm");
    }

    #[test]
    fn times_may_differ_a_little() {
        let before = (8_500, "wir kommen nun zum Haushalt der");
        assert_eq!(joined(before, (9_900, "Haushalt der Stadt"), 10_000), "wir kommen nun zum Haushalt der | Stadt");
    }

    #[test]
    fn without_a_common_word_times_decide() {
        assert_eq!(joined((9_000, "a b c d e f"), (9_100, "u v w x y z"), 10_000), "a b c | x y z");
    }

    #[test]
    fn one_chunk_may_have_no_words() {
        assert_eq!(joined((5_000, "a b c"), (12_000, "x y z"), 10_000), "a b c | x y z");
        let mut only = segments(9_500, "a b c");
        join_texts(&mut only, &mut Vec::new(), Millis(10_000));
        assert_eq!(only[0].text, "a b c", "words that the next chunk lacks are kept");
    }

    #[test]
    fn removals_and_corrections_go_with_their_text() {
        let result = |start: u64, text: &str| ChunkResult {
            segments: segments(start, text),
            removed: vec![
                Removal { span: Span::new(9_100, 9_300), text: start.to_string(), ..Removal::default() },
                Removal { span: Span::new(10_500, 10_700), text: start.to_string(), ..Removal::default() },
            ],
            corrections: segments(start, text)[0]
                .words
                .iter()
                .map(|w| Correction { span: w.span, ..Correction::default() })
                .collect(),
            ..ChunkResult::default()
        };
        let (mut before, mut after) = (result(9_000, "a b c d e f"), result(9_100, "u v w x y z"));
        join(&mut before, &mut after, Millis(10_000));
        let corrections = |result: &ChunkResult| result.corrections.iter().map(|c| c.span.start.0).collect::<Vec<_>>();
        assert_eq!([corrections(&before), corrections(&after)], [[9_000, 9_300, 9_600], [10_000, 10_300, 10_600]]);
        let removed =
            |result: &ChunkResult| result.removed.iter().map(|r| (r.span.start.0, r.text.clone())).collect::<Vec<_>>();
        assert_eq!([removed(&before), removed(&after)], [[(9_100, "9000".into())], [(10_500, "9100".into())]]);
    }
}
