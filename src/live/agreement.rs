//! What two looks at the same speech agree on: pure, without sound.
//!
//! LocalAgreement-2 (Liu, Spanakis, Niehues: Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial
//! Hypothesis Selection, Interspeech 2020; as Macháček et al. used it with Whisper, 2023): a word is settled when two
//! hypotheses in a row have it, and all words before it.

use std::cmp::Reverse;

use crate::{Millis, Word};

/// Words that are compared to find the place where settled text ends; as whisper_streaming has it.
const COMPARED: usize = 5;
/// How far apart two looks may place the same word, in milliseconds.
const APART: u64 = 1_500;

/// Letters and digits in lower case; the word as it is if it has none.
fn plain(word: &Word) -> String {
    let letters: String = word.text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.is_empty() { word.text.clone() } else { letters }
}

fn middle(word: &Word) -> u64 {
    (word.span.start.0 + word.span.end.0) / 2
}

/// How many of the words that were heard are settled already: those up to the last settled word, found by its text and
/// that of the words before it, else by its time.
pub(super) fn known(settled: &[Word], heard: &[Word]) -> usize {
    let Some(last) = settled.last() else { return 0 };
    let tail: Vec<String> = settled.iter().rev().take(COMPARED).map(plain).collect();
    let texts: Vec<String> = heard.iter().map(plain).collect();
    let run = |count: usize| texts[..count].iter().rev().zip(&tail).take_while(|(a, b)| a == b).count();
    let apart = |count: usize| middle(&heard[count - 1]).abs_diff(middle(last));
    // Where all that can be compared is the same, the nearest in time counts; else the longest run.
    let likeness = |count: usize| match run(count) {
        run if run == count.min(tail.len()) => (usize::MAX, Reverse(apart(count))),
        run => (run, Reverse(apart(count))),
    };
    let by_text =
        (1..=heard.len()).filter(|count| run(*count) > 0 && apart(*count) <= APART).max_by_key(|n| likeness(*n));
    match by_text {
        Some(count) => count,
        None => heard.partition_point(|word| middle(word) < last.span.end.0),
    }
}

/// How many words at the start of `tail` the look before has, too. A last word with a full stop is not among them, for that may
/// stand there only because the sound ends.
pub(super) fn agreed(before: &[Word], tail: &[Word]) -> usize {
    let same = before.iter().zip(tail).take_while(|(a, b)| plain(a) == plain(b)).count();
    match tail.get(same.wrapping_sub(1)) {
        Some(last) if same == tail.len() && last.text.ends_with(['.', '!', '?', '…', ',']) => same - 1,
        _ => same,
    }
}

/// The best place to begin the next look: in the longest pause between two words that are settled, not after `latest` and, if
/// there is one, not before `earliest`.
pub(super) fn begin(settled: &[Word], earliest: Millis, latest: Millis) -> Option<Millis> {
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
    fn said(start: u64, text: &str) -> Vec<Word> {
        crate::transcript::words_of(start, 300, text)
    }

    #[test]
    fn goes_on_after_what_is_settled() {
        let settled = said(0, "Ich eröffne die 14. Sitzung");
        assert_eq!(known(&settled, &said(0, "ich eröffne die 14. Sitzung des Rats")), 5);
        assert_eq!(known(&settled, &said(700, "die 14. Sitzung, des Rats")), 3);
        assert_eq!(
            known(&settled, &said(0, "Ich öffne 14 Sitzungen des Rats")),
            5,
            "by time where no text is the same"
        );
        assert_eq!(known(&settled, &said(1_500, "des Rats")), 0);
        assert_eq!(known(&[], &said(0, "Ich")), 0);
        assert_eq!(known(&settled, &[]), 0);
    }

    #[test]
    fn a_word_said_twice_is_known_once() {
        let settled = said(0, "nein nein");
        assert_eq!(known(&settled, &said(0, "nein nein nein nein")), 2);
        assert_eq!(known(&settled, &said(300, "nein nein nein")), 1);
    }

    #[test]
    fn two_looks_agree_on_words() {
        assert_eq!(agreed(&said(0, "Guten Abend, meine"), &said(0, "guten Abend meine Damen")), 3);
        assert_eq!(agreed(&said(0, "Guten Abend"), &said(0, "Gute Nacht")), 0);
        assert_eq!(agreed(&said(0, "das ist so."), &said(0, "das ist so.")), 2, "the full stop may be the sound's end");
        assert_eq!(agreed(&said(0, "das ist so."), &said(0, "das ist so. Und")), 3);
        assert_eq!(agreed(&[], &said(0, "ja")), 0);
    }

    #[test]
    fn the_next_look_begins_in_a_pause() {
        let mut words = said(0, "eins zwei drei vier fünf");
        words[3].span.start = Millis(1_100);
        assert_eq!(begin(&words, Millis(0), Millis(1_400)), Some(Millis(1_000)));
        assert_eq!(begin(&words, Millis(0), Millis(700)), Some(Millis(600)), "the latest of equal ones");
        assert_eq!(begin(&words[..1], Millis(0), Millis(9_000)), None);
    }

    proptest! {
        /// However the looks differ, what is settled plus what goes on is what a look at everything gives, if it hears
        /// the same words at about the same times.
        #[test]
        fn nothing_is_lost_or_doubled(
            texts in proptest::collection::vec("[abc]", 1..30),
            settled in 0_usize..30,
            from in 0_usize..30,
            shift in -100_i64..100,
        ) {
            let all = said(1_000, &texts.join(" "));
            let settled = settled.min(all.len());
            let mut pass = all[from.min(settled.saturating_sub(1))..].to_vec();
            for word in &mut pass {
                let moved = |at: Millis| Millis(at.0.saturating_add_signed(shift));
                word.span = Span { start: moved(word.span.start), end: moved(word.span.end) };
            }
            let rest = &pass[known(&all[..settled], &pass)..];
            let texts = |words: &[Word]| words.iter().map(|w| w.text.clone()).collect::<Vec<_>>();
            prop_assert_eq!(texts(rest), texts(&all[settled..]));
        }
    }
}
