//! What may be shown to everybody of a meeting with items that are not public.

use super::pieces::joined;
use crate::minutes::Minutes;
use crate::{Millis, Segment, Span, Transcript, Word};

/// A transcript without what was said in items that are not public, as far as it is known where they are, and the times of these items.
pub fn public(mut transcript: Transcript, minutes: &Minutes) -> (Transcript, Vec<Span>) {
    let closed = minutes.stretches.iter().filter(|one| one.items.iter().any(|item| minutes.items[*item].closed));
    let closed = joined(closed.map(|one| (one.span.start.0, one.span.end.0)).collect());
    let closed: Vec<Span> = closed.into_iter().map(|(start, end)| Span::new(start, end)).collect();
    transcript.segments = transcript.segments.into_iter().filter_map(|segment| without(segment, &closed)).collect();
    (transcript, closed)
}

/// A segment without its words in some spans; `None` if none is left. Words without times share that of the segment evenly.
fn without(segment: Segment, spans: &[Span]) -> Option<Segment> {
    let first = spans.partition_point(|span| span.end <= segment.span.start);
    let is_hidden = |at: Millis| spans[first..].iter().take_while(|span| span.start <= at).any(|span| at < span.end);
    let last = segment.span.end.max(segment.span.start + Millis(1));
    if spans.get(first).is_none_or(|span| span.start >= last) {
        return Some(segment);
    }
    if !segment.words.is_empty() {
        let words: Vec<Word> = segment.words.iter().filter(|word| !is_hidden(word.span.start)).cloned().collect();
        return segment.with_words(words);
    }
    let words: Vec<&str> = segment.text.split_whitespace().collect();
    let (start, length) = (segment.span.start.0, u128::from(segment.span.length().0));
    let at = |n: usize| Millis(start + (length * n as u128 / words.len().max(1) as u128) as u64);
    let kept: Vec<usize> = (0..words.len()).filter(|n| !is_hidden(at(*n))).collect();
    let span = Span { start: at(*kept.first()?), end: at(kept.last()? + 1) };
    let text = kept.iter().map(|n| words[*n]).collect::<Vec<_>>().join(" ");
    Some(Segment { span, text, ..segment })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::minutes::{Item, Stretch};
    use crate::transcript::words_of;

    fn meeting(closed: &[(u64, u64)]) -> Minutes {
        let stretch = |(n, (start, end)): (usize, &(u64, u64))| {
            [(vec![0], *start, *end), (vec![1], *end, *end + n as u64)].map(|(items, start, end)| Stretch {
                items,
                span: Span::new(start, end),
                ..Stretch::default()
            })
        };
        Minutes {
            items: vec![Item { closed: true, ..Item::default() }, Item::default()],
            stretches: closed.iter().enumerate().flat_map(stretch).collect(),
            ..Minutes::default()
        }
    }

    #[test]
    fn what_is_not_public_is_cut_at_the_word() {
        let said =
            |start, end, text: &str| Segment { span: Span::new(start, end), text: text.into(), ..Segment::default() };
        let timed = Segment::of_words(words_of(4_000, 500, "eins zwei drei vier")).unwrap();
        let segments = vec![said(0, 4_000, "ganz öffentlich"), timed, said(6_000, 10_000, "fünf sechs sieben acht")];
        let left = |closed: &[(u64, u64)]| {
            let transcript = Transcript { segments: segments.clone(), ..Transcript::default() };
            let (public, spans) = public(transcript, &meeting(closed));
            assert_eq!(spans, closed.iter().map(|(start, end)| Span::new(*start, *end)).collect::<Vec<_>>());
            public.segments.into_iter().map(|one| (one.span, one.text.trim().to_owned())).collect::<Vec<_>>()
        };
        let all = (Span::new(0, 4_000), "ganz öffentlich".to_owned());
        assert_eq!(left(&[]).len(), 3);
        assert_eq!(
            left(&[(5_000, 8_000)]),
            [
                all.clone(),
                (Span::new(4_000, 5_000), "eins zwei".to_owned()),
                (Span::new(8_000, 10_000), "sieben acht".to_owned()),
            ]
        );
        assert_eq!(left(&[(4_000, 6_000), (6_500, 20_000)]), [all, (Span::new(6_000, 7_000), "fünf".to_owned())]);
        assert_eq!(left(&[(0, 20_000)]), []);
    }
}
