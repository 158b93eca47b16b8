//! Which words may be the same name heard wrongly, and which must never be taken for one.

use std::collections::HashMap;
use std::sync::LazyLock;

use rphonetic::{Cologne, DoubleMetaphone, Encoder};

/// The likeliest words of German and English, likeliest first: see `scripts/common_words.py`.
const LISTS: [&str; 2] = [include_str!("common/de.txt"), include_str!("common/en.txt")];

/// Words that say nothing about what stands beside them, counted from the likeliest.
const EVERYWHERE: usize = 2_000;

/// Place in the likelier of the two lists: meetings mix the languages.
static PLACES: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let mut places = HashMap::new();
    for (place, word) in LISTS.iter().flat_map(|list| list.lines().enumerate()) {
        places.entry(word).and_modify(|known: &mut usize| *known = place.min(*known)).or_insert(place);
    }
    places
});

/// Is it a word of German or English, so that the model may well have meant it? `word` is in lower case. So is what
/// is put together from two of them, as in `bürgerrad`.
pub(super) fn is_common(word: &str) -> bool {
    let known = |part: &str| part.chars().count() < 3 || PLACES.contains_key(part);
    let part = |part: &str| part.chars().count() >= 3 && known(part);
    known(word) || word.char_indices().any(|(at, _)| part(&word[..at]) && part(&word[at..]))
}

/// Does it stand in any text, whatever that is about? `word` is in lower case.
pub(super) fn is_everywhere(word: &str) -> bool {
    word.chars().count() < 3 || PLACES.get(word).is_some_and(|place| *place < EVERYWHERE)
}

/// Edits that may lie between a term of so many letters and what was heard; `None`: too short to guess.
fn edits(letters: usize) -> Option<usize> {
    match letters {
        ..4 => None,
        4..8 => Some(1),
        8..12 => Some(2),
        _ => Some(3),
    }
}

/// How many edits lie between two words, if they may be the same one: both in lower case, letters only.
pub(super) fn distance(heard: &str, term: &str, language: &str) -> Option<usize> {
    let (letters, limit) = (heard.chars().count(), edits(term.chars().count())?);
    // What follows the term is an ending of it.
    let inflected = heard != term && heard.starts_with(term);
    if letters < 4 || inflected || heard.chars().next() != term.chars().next() {
        return None;
    }
    let near = letters.abs_diff(term.chars().count()) <= limit;
    let edits = near.then(|| strsim::damerau_levenshtein(heard, term)).filter(|edits| *edits <= limit)?;
    sounds_alike(heard, term, language).then_some(edits)
}

/// By rules that there are for German and English only; `language` as [`Segment::language`](crate::Segment::language).
fn sounds_alike(heard: &str, term: &str, language: &str) -> bool {
    // The crate's English rules panic on other letters, and who has umlauts in a name is none too English.
    let english = language == "en" && heard.is_ascii() && term.is_ascii();
    let codes = |word: &str| {
        if !english {
            return vec![Cologne.encode(word)];
        }
        let both = DoubleMetaphone::new(Some(word.len())).double_metaphone(word);
        vec![both.primary(), both.alternate()]
    };
    let term = codes(term);
    matches!(language, "de" | "en") && codes(heard).iter().any(|heard| term.iter().any(|term| near(heard, term)))
}

/// The same sounds; in long words but one. Endings are grammar, so the last sound is the same.
fn near(a: &str, b: &str) -> bool {
    let long = a.len().min(b.len()) >= 6 && a.bytes().last() == b.bytes().last();
    !a.is_empty() && (a == b || long && strsim::damerau_levenshtein(a, b) <= 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn common_words_are_known() {
        for word in
            ["fahrt", "führt", "mai", "rat", "wirt", "maler", "bürgerrad", "bürgerrat", "meetings", "in", "claire"]
        {
            assert!(is_common(word), "{word}");
        }
        for word in ["dembrahne", "brane", "simplizessemus", "saarhannake", "gremelshausen"] {
            assert!(!is_common(word), "{word}");
        }
        assert!(is_everywhere("neue") && is_everywhere("das") && !is_everywhere("klinikum"));
    }

    #[test]
    fn the_lists_are_as_they_should_be() {
        for (list, words) in LISTS.iter().zip([40_000, 20_000]) {
            assert_eq!(list.lines().count(), words);
            assert!(list.lines().all(|word| word == word.to_lowercase() && word.chars().all(char::is_alphabetic)));
        }
    }

    #[test]
    fn sounds_count_as_the_language_has_them() {
        assert_eq!(distance("dembrahne", "dembrane", "de"), Some(1));
        assert_eq!(distance("vischer", "fischer", "de"), None, "another first letter");
        assert_eq!(distance("fürst", "fürth", "de"), None, "another sound");
        assert_eq!(distance("macdonalt", "macdonald", "en"), Some(1));
        assert_eq!(distance("dembrahne", "dembrane", "fr"), None, "no rules");
    }

    proptest! {
        #[test]
        fn no_name_is_too_odd(heard in "a[a-z]{3,12}|.{4,12}", term in "a[a-z]{3,12}|.{4,12}") {
            for (heard, term) in [(&heard, &term), (&heard, &heard)] {
                for language in ["de", "en"] {
                    distance(heard, term, language);
                    sounds_alike(heard, term, language);
                }
            }
        }
    }
}
