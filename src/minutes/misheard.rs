//! Words of cues that recognition misspells or divides: `einstimmich`, `Hand zeichen`.

use crate::glossary::{distance, is_common, sounds_the_same};

/// Most edits of a word that is put right.
const MOST_EDITS: usize = 2;

/// Words that cues are made of, in lower case.
#[derive(Debug, Default)]
pub(super) struct Misheard {
    /// Each of letters only.
    pub(super) words: Vec<String>,
    /// ISO 639-1.
    pub(super) language: String,
}

impl Misheard {
    /// A text with these words put right where they were misspelt or divided. Common words are kept: they may have been meant.
    pub(super) fn corrected(&self, text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let mut said: Vec<String> = Vec::with_capacity(words.len());
        let mut at = 0;
        while at < words.len() {
            let joined = words.get(at + 1).and_then(|next| self.joined(words[at], next));
            at += if joined.is_some() { 2 } else { 1 };
            said.push(joined.unwrap_or_else(|| self.word(words[at - 1])));
        }
        said.join(" ")
    }

    /// The word that two make together. No dash, number or punctuation may be between them.
    fn joined(&self, first: &str, second: &str) -> Option<String> {
        let is_word = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
        let (begin, end) = (core(first), core(second));
        if !is_word(begin) || !is_word(end) || !first.ends_with(begin) || !second.starts_with(end) {
            return None;
        }
        let both = format!("{begin}{end}").to_lowercase();
        self.words.contains(&both).then(|| format!("{first}{second}"))
    }

    fn word(&self, word: &str) -> String {
        let plain = core(word);
        let letters = plain.chars().count();
        let longest = self.words.iter().map(|term| term.chars().count()).max().unwrap_or_default();
        // Nor is it looked up then: that takes long for long words.
        if letters < 4 || letters > longest + MOST_EDITS || !plain.chars().all(char::is_alphabetic) {
            return word.to_owned();
        }
        let lower = plain.to_lowercase();
        if self.words.contains(&lower) || is_common(&lower) {
            return word.to_owned();
        }
        // `Änderungsanträge` is another form of the term.
        let is_form = |term: &str| folded(&lower).starts_with(&folded(term));
        let near = self.words.iter().filter(|term| !is_form(term) && sounds_the_same(&lower, term, &self.language));
        let near = near.filter_map(|term| Some((distance(&lower, term, &self.language)?, term)));
        let nearest = near.filter(|(edits, _)| *edits <= MOST_EDITS).min_by_key(|(edits, _)| *edits);
        nearest.map_or_else(|| word.to_owned(), |(_, term)| word.replace(plain, &in_case_of(plain, term)))
    }
}

/// A term, with a capital if the word has one.
fn in_case_of(word: &str, term: &str) -> String {
    let mut letters = term.chars();
    match letters.next() {
        Some(first) if word.starts_with(char::is_uppercase) => first.to_uppercase().chain(letters).collect(),
        _ => term.to_owned(),
    }
}

/// Letters without dots.
fn folded(word: &str) -> String {
    word.replace('ä', "a").replace('ö', "o").replace('ü', "u")
}

/// A word without what stands around it.
fn core(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_and_divided_words_are_put_right() {
        let words = ["einstimmig", "enthaltungen", "handzeichen"].map(str::to_owned).to_vec();
        let misheard = Misheard { words, language: "de".into() };
        for (text, expected) in [
            ("Das ist einstimmich.", "Das ist einstimmig."),
            ("Bei zwei Enthaltungn, danke", "Bei zwei Enthaltungen, danke"),
            ("Ich bitte um das Hand zeichen!", "Ich bitte um das Handzeichen!"),
            ("Das ist „ein stimmig“.", "Das ist „einstimmig“."),
        ] {
            assert_eq!(misheard.corrected(text), expected);
        }
    }

    #[test]
    fn other_words_are_kept() {
        let words = [
            "einstimmig",
            "einstimmigkeit",
            "enthaltung",
            "enthaltungen",
            "änderungsantrag",
            "ergänzungsantrag",
            "angenommen",
            "handzeichen",
        ];
        let misheard = Misheard { words: words.map(str::to_owned).to_vec(), language: "de".into() };
        let long = "abstimmung".repeat(100_000);
        for text in [
            "",
            "Das ist ein stimmiges Bild.",
            "Die Einstellung. Hand, Zeichen",
            "– Einstimmigkeit. – Einstimmig.",
            "Mit 45 % angenommen",
            "Zwei Änderungsanträge, drei Ergänzungsanträge und den Änderungsanträgen",
            "Entlastungen, Entwaldung, Entfaltungen",
            &long,
        ] {
            assert_eq!(misheard.corrected(text), text);
        }
    }
}
