//! Words that got no time: where the model's attention jumps, several of them lie on one point, and a neighbour has all of it.

use crate::{Segment, Span};

/// Nobody says a letter faster, in milliseconds: the fastest speech has 25 letters a second.
const LETTER: u64 = 20;

/// Lets words that nobody could say so fast share the time of the slower neighbour, by their letters. Nothing else is moved, and all stay in order.
pub(super) fn spread(segments: &mut [Segment]) {
    let mut words: Vec<(Span, u64)> = Vec::new();
    for word in segments.iter().flat_map(|segment| &segment.words) {
        words.push((word.span, word.text.chars().filter(|c| c.is_alphanumeric()).count().max(1) as u64));
    }
    let hurried = |(span, letters): &(Span, u64)| span.length().0 < letters * LETTER;
    let mut at = 0;
    while at < words.len() {
        let run = words[at..].iter().take_while(|word| hurried(word)).count();
        let end = at + run;
        if run > 0 {
            // How long a letter takes there; nothing beats nobody.
            let pace =
                |n: Option<usize>| n.and_then(|n| words.get(n)).map_or(0, |(span, letters)| span.length().0 / letters);
            let (before, after) = (pace(at.checked_sub(1)), pace(Some(end)));
            match before > after {
                true => share(&mut words[at - 1..end]),
                false if after > 0 => share(&mut words[at..=end]),
                false => {}
            }
        }
        at = end + 1;
    }
    let mut spans = words.into_iter().map(|(span, _)| span);
    for segment in segments {
        for (word, span) in segment.words.iter_mut().zip(&mut spans) {
            word.span = span;
        }
        if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
            segment.span = Span { start: first.span.start, end: last.span.end };
        }
    }
}

/// By letters, from the first start to the last end.
fn share(words: &mut [(Span, u64)]) {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
    let all = Span { start: first.0.start, end: last.0.end };
    let total: u64 = words.iter().map(|(_, letters)| letters).sum();
    let mut done = 0;
    for (span, letters) in words {
        let at = |done: u64| all.start.0 + all.length().0 * done / total;
        *span = Span::new(at(done), at(done + *letters));
        done += *letters;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Word;

    /// Words with their starts and ends; `|` begins a segment.
    fn spread_out(words: &[(&str, u64, u64)]) -> Vec<(u64, u64)> {
        let mut segments = vec![Segment::default()];
        for (text, start, end) in words {
            if let Some(text) = text.strip_prefix('|') {
                segments.push(Segment { text: text.into(), ..Segment::default() });
            }
            let word = Word { span: Span::new(*start, *end), text: text.trim_matches('|').into(), ..Word::default() };
            segments.last_mut().expect("there is one").words.push(word);
        }
        spread(&mut segments);
        segments.iter().flat_map(|s| &s.words).map(|w| (w.span.start.0, w.span.end.0)).collect()
    }

    #[test]
    fn words_without_time_get_some_of_the_slower_neighbour() {
        assert_eq!(
            spread_out(&[("aaaa", 0, 400), ("bb", 400, 400), ("cccccc", 400, 1200)]),
            [(0, 400), (400, 600), (600, 1200)]
        );
        assert_eq!(
            spread_out(&[("aaaa", 0, 4000), ("bb", 4000, 4000), ("|cc", 4000, 4010), ("d", 4010, 4110)]),
            [(0, 2005), (2005, 3007), (3007, 4010), (4010, 4110)]
        );
    }

    #[test]
    fn what_can_be_said_stays() {
        let fine = [("aaaa", 0, 80), ("b", 80, 100), ("ccc", 5000, 5060)];
        assert_eq!(spread_out(&fine), fine.map(|(_, start, end)| (start, end)));
        assert_eq!(spread_out(&[("aaa", 5, 5), ("bbb", 5, 5)]), [(5, 5), (5, 5)]);
        assert_eq!(spread_out(&[]), []);
    }
}
