//! Times for words that somebody changed: unchanged words keep their times, new ones share the time in between.

use crate::transcript::{is_blank, is_invisible, unspaced_script};
use crate::{Span, Word};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The words of `text` in `span`, which replace the words `old`.
///
/// A word that is also in `old`, apart from punctuation and capitals, keeps its time and confidence; words that replace others share
/// their time by length. New words have a confidence of 1. Empty if `text` is empty.
pub(crate) fn retime(text: &str, span: Span, old: &[Word]) -> Vec<Word> {
    let new = tokens(text, old);
    let keys = |words: &mut dyn Iterator<Item = &str>| words.map(key).collect::<Vec<_>>();
    let (before, after) =
        (keys(&mut old.iter().map(|w| &*w.text)), keys(&mut new.iter().map(|(text, _)| text.as_str())));
    let mut words: Vec<Word> = Vec::with_capacity(new.len());
    let mut new = new.into_iter();
    for op in capture_diff_slices(Algorithm::Patience, &before, &after) {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                for (word, (text, spaced)) in old[old_index..old_index + len].iter().zip(new.by_ref()) {
                    words.push(Word { span: within(word.span, span), text, spaced, confidence: word.confidence });
                }
            }
            DiffOp::Replace { old_index, old_len, new_len, .. } => {
                let there = &old[old_index..old_index + old_len];
                let stretch = Span::new(there[0].span.start.0, there[old_len - 1].span.end.0);
                share(within(stretch, span), new.by_ref().take(new_len), &mut words);
            }
            DiffOp::Insert { old_index, new_len, .. } => {
                let from = words.last().map_or(span.start.0, |word| word.span.end.0);
                let to = old.get(old_index).map_or(span.end.0, |word| word.span.start.0);
                share(within(Span::new(from, to), span), new.by_ref().take(new_len), &mut words);
            }
            DiffOp::Delete { .. } => {}
        }
    }
    words
}

/// Whether `text` is the text of `words`, apart from blanks and what cannot be seen.
pub(crate) fn same_text(text: &str, words: &[Word]) -> bool {
    let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect::<String>();
    solid(text) == words.iter().map(|word| solid(&word.text)).collect::<String>()
}

/// What of a word is compared: letters and digits, or the whole word if it has none.
fn key(word: &str) -> String {
    let key: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if key.is_empty() { word.to_owned() } else { key }
}

/// Words between blanks, or single characters in a language without blanks. What cannot be seen is no word.
fn tokens(text: &str, old: &[Word]) -> Vec<(String, bool)> {
    let unspaced = match old.len() {
        0 | 1 => text.chars().filter(|c| c.is_alphanumeric()).all(unspaced_script) && text.contains(unspaced_script),
        _ => old[1..].iter().all(|word| !word.spaced),
    };
    let split = text.split_whitespace().filter(|part| !is_blank(part));
    if !unspaced {
        return split.map(|part| (part.to_owned(), true)).collect();
    }
    let mut words: Vec<(String, bool)> = Vec::new();
    for part in split {
        let mut spaced = !words.is_empty();
        for c in part.chars() {
            match words.last_mut() {
                Some((word, _)) if is_invisible(c) => word.push(c),
                None if is_invisible(c) => {}
                _ => words.push((c.to_string(), std::mem::take(&mut spaced))),
            }
        }
    }
    words
}

fn within(word: Span, span: Span) -> Span {
    let clamp = |time: u64| time.clamp(span.start.0, span.end.0);
    Span::new(clamp(word.start.0), clamp(word.end.0))
}

fn share(span: Span, new: impl Iterator<Item = (String, bool)>, words: &mut Vec<Word>) {
    let new: Vec<_> = new.collect();
    let total: usize = new.iter().map(|(text, _)| text.chars().count()).sum();
    let at = |done: usize| span.start.0 + span.length().0 * done as u64 / total.max(1) as u64;
    let mut done = 0;
    for (text, spaced) in new {
        let from = done;
        done += text.chars().count();
        words.push(Word { span: Span::new(at(from), at(done)), text, spaced, confidence: 1.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::words_of;

    fn shown(words: &[Word]) -> String {
        let one = |w: &Word| format!("{}@{}-{}", w.text, w.span.start.0, w.span.end.0);
        words.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_stays_keeps_its_time() {
        let old = words_of(1000, 100, "guten abend meine tamen und herren");
        let new = retime("Guten Abend, meine sehr geehrten Damen und Herren!", Span::new(1000, 1600), &old);
        assert_eq!(
            shown(&new),
            "Guten@1000-1100 Abend,@1100-1200 meine@1200-1300 sehr@1300-1323 geehrten@1323-1370 Damen@1370-1400 \
             und@1400-1500 Herren!@1500-1600"
        );
        assert_eq!(new[0].confidence, old[0].confidence);
        assert_eq!(new[5].confidence, 1.0);
    }

    #[test]
    fn without_words_the_time_is_shared() {
        assert_eq!(shown(&retime("ja nein", Span::new(0, 600), &[])), "ja@0-200 nein@200-600");
        assert!(retime(" \u{feff} ", Span::new(0, 600), &words_of(0, 100, "a b")).is_empty());
        assert_eq!(shown(&retime("ja \u{200b} nein", Span::new(0, 600), &[])), "ja@0-200 nein@200-600");
        assert!(same_text("a \u{feff} b", &words_of(0, 100, "a b")));
    }

    #[test]
    fn a_moved_segment_takes_its_words_along() {
        let new = retime("a b", Span::new(150, 160), &words_of(0, 100, "a b"));
        assert_eq!(shown(&new), "a@150-150 b@150-160");
    }

    #[test]
    fn characters_where_no_blanks_are() {
        let mut old = words_of(0, 100, "会 議 で す");
        old.iter_mut().for_each(|word| word.spaced = false);
        assert_eq!(
            shown(&retime("会議でした", Span::new(0, 400), &old)),
            "会@0-100 議@100-200 で@200-300 し@300-350 た@350-400"
        );
        assert!(same_text("会議です", &old) && !same_text("会議", &old));
        assert_eq!(shown(&retime("会議。", Span::new(0, 300), &[])), "会@0-100 議@100-200 。@200-300");
        assert_eq!(shown(&retime("\u{200b}会\u{200b}議", Span::new(0, 300), &[])), "会\u{200b}@0-200 議@200-300");
        assert_eq!(shown(&retime("Die 会議", Span::new(0, 500), &[])), "Die@0-300 会議@300-500");
    }
}
