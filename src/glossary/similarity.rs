//! Which words may be a misrecognised term, and which are common words.

use std::collections::HashMap;
use std::sync::LazyLock;

use rphonetic::{Cologne, DoubleMetaphone, Encoder};

/// The most frequent words of German and English, in order of frequency, made by `scripts/common_words.py`.
const LISTS: [&str; 2] = [include_str!("common/de.txt"), include_str!("common/en.txt")];

/// How many of the most frequent words occur in any text, whatever its subject.
const UBIQUITOUS: usize = 2_000;

/// Rank of each word, in the list where it is more frequent, since meetings mix the languages.
static RANKS: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let mut ranks = HashMap::new();
    for (rank, word) in LISTS.iter().flat_map(|list| list.lines().enumerate()) {
        ranks.entry(word).and_modify(|other: &mut usize| *other = rank.min(*other)).or_insert(rank);
    }
    ranks
});

/// Whether a word, in lower case, is a common word of German or English, which the model may well have meant. Compounds
/// of two such words, as `bürgerrad`, count, too.
pub(crate) fn is_common(word: &str) -> bool {
    let known = |part: &str| part.chars().count() < 3 || RANKS.contains_key(part);
    let is_part = |part: &str| part.chars().count() >= 3 && known(part);
    known(word) || word.char_indices().any(|(at, _)| is_part(&word[..at]) && is_part(&word[at..]))
}

/// Whether a word, in lower case, occurs in any text, whatever its subject.
pub(super) fn is_ubiquitous(word: &str) -> bool {
    word.chars().count() < 3 || RANKS.get(word).is_some_and(|rank| *rank < UBIQUITOUS)
}

/// Most edits between a term of so many letters and a misrecognised word; `None` if the term is too short to tell.
fn max_edits(letters: usize) -> Option<usize> {
    match letters {
        ..4 => None,
        4..8 => Some(1),
        8..12 => Some(2),
        _ => Some(3),
    }
}

/// Number of edits between a recognised word and a term, both letters in lower case; `None` if the word is not similar
/// enough to be the term.
pub(crate) fn distance(word: &str, term: &str, language: &str) -> Option<usize> {
    let (letters, limit) = (word.chars().count(), max_edits(term.chars().count())?);
    // Letters after the term are an ending of it.
    let inflected = word != term && word.starts_with(term);
    if letters < 4 || inflected || word.chars().next() != term.chars().next() {
        return None;
    }
    let near = letters.abs_diff(term.chars().count()) <= limit;
    let edits = near.then(|| strsim::damerau_levenshtein(word, term)).filter(|edits| *edits <= limit)?;
    sounds_alike(word, term, language).then_some(edits)
}

/// Whether two words sound alike in German or English; `false` in other languages, for which there are no rules.
/// `language` as [`Segment::language`](crate::Segment::language).
fn sounds_alike(word: &str, term: &str, language: &str) -> bool {
    compare_sounds(word, term, language, similar)
}

/// Whether two words, in lower case, sound the same in German or English; `false` in other languages.
pub(crate) fn sounds_the_same(word: &str, term: &str, language: &str) -> bool {
    compare_sounds(word, term, language, |a, b| !a.is_empty() && a == b)
}

fn compare_sounds(word: &str, term: &str, language: &str, alike: fn(&str, &str) -> bool) -> bool {
    // The crate's English rules panic on other letters, and names with umlauts are hardly English.
    let english = language == "en" && word.is_ascii() && term.is_ascii();
    let codes = |word: &str| {
        if !english {
            return vec![Cologne.encode(word)];
        }
        let both = DoubleMetaphone::new(Some(word.len())).double_metaphone(word);
        vec![both.primary(), both.alternate()]
    };
    let term = codes(term);
    matches!(language, "de" | "en") && codes(word).iter().any(|word| term.iter().any(|term| alike(word, term)))
}

/// Whether two phonetic codes are equal, or long and differ in one sound but the last, because endings are grammar.
fn similar(a: &str, b: &str) -> bool {
    let long = a.len().min(b.len()) >= 6 && a.bytes().last() == b.bytes().last();
    !a.is_empty() && (a == b || long && strsim::damerau_levenshtein(a, b) <= 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_words_and_their_compounds_are_common() {
        for word in
            ["fahrt", "führt", "mai", "rat", "wirt", "maler", "bürgerrad", "bürgerrat", "meetings", "in", "claire"]
        {
            assert!(is_common(word), "{word}");
        }
        for word in ["dembrahne", "brane", "simplizessemus", "saarhannake", "gremelshausen"] {
            assert!(!is_common(word), "{word}");
        }
        assert!(is_ubiquitous("neue") && is_ubiquitous("das") && !is_ubiquitous("klinikum"));
    }

    #[test]
    fn the_lists_are_complete_and_in_lower_case() {
        for (list, words) in LISTS.iter().zip([40_000, 20_000]) {
            assert_eq!(list.lines().count(), words);
            assert!(list.lines().all(|word| word == word.to_lowercase() && word.chars().all(char::is_alphabetic)));
        }
    }

    #[test]
    fn sounds_depend_on_the_language() {
        assert_eq!(distance("dembrahne", "dembrane", "de"), Some(1));
        assert_eq!(distance("vischer", "fischer", "de"), None, "another first letter");
        assert_eq!(distance("fürst", "fürth", "de"), None, "another sound");
        assert_eq!(distance("macdonalt", "macdonald", "en"), Some(1));
        assert_eq!(distance("dembrahne", "dembrane", "fr"), None, "no rules");
    }

    proptest! {
        #[test]
        fn no_word_causes_a_panic(word in "a[a-z]{3,12}|.{4,12}", term in "a[a-z]{3,12}|.{4,12}") {
            for (word, term) in [(&word, &term), (&word, &word)] {
                for language in ["de", "en"] {
                    distance(word, term, language);
                    sounds_alike(word, term, language);
                }
            }
        }
    }
}
