//! What two hypotheses of the same speech agree on: pure functions of their words.
//!
//! LocalAgreement-2 (Liu, Spanakis, Niehues: Low-Latency Sequence-to-Sequence Speech Recognition and Translation by
//! Partial Hypothesis Selection, Interspeech 2020; used with Whisper by Macháček et al., 2023): a word is settled when
//! two hypotheses in a row contain it and all words before it.

use std::cmp::Reverse;

use crate::{Millis, Word};

/// Most words that are compared to find the end of the settled text, as in whisper_streaming.
const COMPARED: usize = 5;
/// Largest difference between the times of the same word in two hypotheses, in milliseconds.
const MAX_TIME_DIFFERENCE: u64 = 1_500;

/// Letters and digits of a word in lower case; the word as it is if it has none.
fn normalised(word: &Word) -> String {
    let letters: String = word.text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.is_empty() { word.text.clone() } else { letters }
}

fn middle(word: &Word) -> u64 {
    (word.span.start.0 + word.span.end.0) / 2
}

/// How many words at the start of a hypothesis are settled already. The last settled word is found by its text and that
/// of the words before it, or else by its time.
pub(super) fn settled_count(settled: &[Word], hypothesis: &[Word]) -> usize {
    let Some(last) = settled.last() else { return 0 };
    let tail: Vec<String> = settled.iter().rev().take(COMPARED).map(normalised).collect();
    let texts: Vec<String> = hypothesis.iter().map(normalised).collect();
    let run = |count: usize| texts[..count].iter().rev().zip(&tail).take_while(|(a, b)| a == b).count();
    let difference = |count: usize| middle(&hypothesis[count - 1]).abs_diff(middle(last));
    // Among complete matches the nearest in time counts; otherwise the longest run does.
    let rank = |count: usize| match run(count) {
        run if run == count.min(tail.len()) => (usize::MAX, Reverse(difference(count))),
        run => (run, Reverse(difference(count))),
    };
    let by_text = (1..=hypothesis.len())
        .filter(|count| run(*count) > 0 && difference(*count) <= MAX_TIME_DIFFERENCE)
        .max_by_key(|count| rank(*count));
    match by_text {
        Some(count) => count,
        None => hypothesis.partition_point(|word| middle(word) < last.span.end.0),
    }
}

/// How many words at the start of `tail` are also at the start of `previous`, the tail of the previous hypothesis. A
/// last word with punctuation does not count, because that may be there only because the sound ends.
pub(super) fn agreed_count(previous: &[Word], tail: &[Word]) -> usize {
    let same = previous.iter().zip(tail).take_while(|(a, b)| normalised(a) == normalised(b)).count();
    match tail.get(same.wrapping_sub(1)) {
        Some(last) if same == tail.len() && last.text.ends_with(['.', '!', '?', '…', ',']) => same - 1,
        _ => same,
    }
}

/// The best start for the next pass: the middle of the longest pause between two settled words within
/// `earliest..=latest`, the last of equal ones; `None` if there are no two words.
pub(super) fn next_start(settled: &[Word], earliest: Millis, latest: Millis) -> Option<Millis> {
    let pauses = settled.windows(2).map(|two| (two[0].span.end, two[1].span.start));
    let within = pauses.filter(|(end, start)| *end >= earliest && *start <= latest);
    within
        .max_by_key(|(end, start)| (*start - *end, *start))
        .map(|(end, start)| Millis((end.0 + start.0.max(end.0)) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use proptest::prelude::*;

    /// Words of 300 ms, beginning at `start`.
    fn words(start: u64, text: &str) -> Vec<Word> {
        crate::transcript::words_of(start, 300, text)
    }

    #[test]
    fn continues_after_the_settled_words() {
        let settled = words(0, "Ich eröffne die 14. Sitzung");
        assert_eq!(settled_count(&settled, &words(0, "ich eröffne die 14. Sitzung des Rats")), 5);
        assert_eq!(settled_count(&settled, &words(700, "die 14. Sitzung, des Rats")), 3);
        assert_eq!(
            settled_count(&settled, &words(0, "Ich öffne 14 Sitzungen des Rats")),
            5,
            "by time if no text is the same"
        );
        assert_eq!(settled_count(&settled, &words(1_500, "des Rats")), 0);
        assert_eq!(settled_count(&[], &words(0, "Ich")), 0);
        assert_eq!(settled_count(&settled, &[]), 0);
    }

    #[test]
    fn a_repeated_word_is_settled_once() {
        let settled = words(0, "nein nein");
        assert_eq!(settled_count(&settled, &words(0, "nein nein nein nein")), 2);
        assert_eq!(settled_count(&settled, &words(300, "nein nein nein")), 1);
    }

    #[test]
    fn two_hypotheses_agree_on_words() {
        assert_eq!(agreed_count(&words(0, "Guten Abend, meine"), &words(0, "guten Abend meine Damen")), 3);
        assert_eq!(agreed_count(&words(0, "Guten Abend"), &words(0, "Gute Nacht")), 0);
        assert_eq!(
            agreed_count(&words(0, "das ist so."), &words(0, "das ist so.")),
            2,
            "the full stop may come from the end of the sound"
        );
        assert_eq!(agreed_count(&words(0, "das ist so."), &words(0, "das ist so. Und")), 3);
        assert_eq!(agreed_count(&[], &words(0, "ja")), 0);
    }

    #[test]
    fn the_next_pass_begins_in_a_pause() {
        let mut settled = words(0, "eins zwei drei vier fünf");
        settled[3].span.start = Millis(1_100);
        assert_eq!(next_start(&settled, Millis(0), Millis(1_400)), Some(Millis(1_000)));
        assert_eq!(next_start(&settled, Millis(0), Millis(700)), Some(Millis(600)), "the latest of equal ones");
        assert_eq!(next_start(&settled[..1], Millis(0), Millis(9_000)), None);
    }

    proptest! {
        /// Settled words plus the rest of a later hypothesis are all words, wherever the hypothesis begins, if it has
        /// the same words at about the same times.
        #[test]
        fn nothing_is_lost_or_doubled(
            texts in proptest::collection::vec("[abc]", 1..30),
            settled in 0_usize..30,
            from in 0_usize..30,
            shift in -100_i64..100,
        ) {
            let all = words(1_000, &texts.join(" "));
            let settled = settled.min(all.len());
            let mut hypothesis = all[from.min(settled.saturating_sub(1))..].to_vec();
            for word in &mut hypothesis {
                let moved = |at: Millis| Millis(at.0.saturating_add_signed(shift));
                word.span = Span { start: moved(word.span.start), end: moved(word.span.end) };
            }
            let rest = &hypothesis[settled_count(&all[..settled], &hypothesis)..];
            let texts = |words: &[Word]| words.iter().map(|w| w.text.clone()).collect::<Vec<_>>();
            prop_assert_eq!(texts(rest), texts(&all[settled..]));
        }
    }
}
