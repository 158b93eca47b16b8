//! Words of a segment: their times and the blanks between them.

use crate::transcript::unspaced_script;
use crate::{Millis, Span, Word};

/// Seconds by which words may lie outside of their segment, or before the word before them.
pub(super) const LOOSE: f64 = 1.0;

/// The numbers of those that are too late or too early for the others: whichever are fewer.
pub(super) fn out_of_order(starts: &[(usize, f64)]) -> Vec<usize> {
    let (mut latest, mut next) = (f64::MIN, f64::MAX);
    let is_early = |(n, start): &(usize, f64)| {
        latest = latest.max(*start);
        (*start < latest - LOOSE).then_some(*n)
    };
    let is_late = |(n, start): &(usize, f64)| {
        next = next.min(*start);
        (*start > next + LOOSE).then_some(*n)
    };
    let early: Vec<usize> = starts.iter().filter_map(is_early).collect();
    let late: Vec<usize> = starts.iter().rev().filter_map(is_late).collect();
    if late.len() < early.len() { late } else { early }
}

/// The text of words, with a blank before those that have one, apart from scripts without blanks.
pub(super) fn text_of_words(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        let unspaced = text.ends_with(unspaced_script) && word.text.starts_with(unspaced_script);
        if word.spaced && !unspaced {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Words without times share the time between their neighbours.
pub(super) fn timed(words: Vec<(Option<Millis>, Option<Millis>, Word)>, span: Span) -> Vec<Word> {
    // For each word the next start that is known, and how many words share the time until then.
    let mut ahead = vec![(span.end, 1); words.len()];
    for n in (1..words.len()).rev() {
        let (to, sharing) = ahead[n];
        ahead[n - 1] = words[n].0.map_or((to, sharing + 1), |start| (start, 1));
    }
    let mut from = span.start;
    let timed = words.into_iter().zip(ahead).map(|((start, end, word), (to, sharing))| {
        let start = start.unwrap_or(from);
        let end = end.unwrap_or_else(|| Millis(start.0 + (to - start).0 / sharing));
        from = end;
        Word { span: Span::new(start.0, end.0), ..word }
    });
    timed.collect()
}

/// Takes the blanks between words from the text.
pub(super) fn respaced(text: &str, words: &mut [Word]) {
    let mut rest = text;
    for word in words {
        let after = rest.trim_start();
        word.spaced = after.len() < rest.len() || rest.len() == text.len();
        rest = after.get(word.text.len()..).unwrap_or_default();
    }
}
