//! Words of cues that recognition misspells or divides: `einstimmich`, `Hand zeichen`.

use crate::glossary::{distance, is_common};

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

    /// The word that two make together.
    fn joined(&self, first: &str, second: &str) -> Option<String> {
        let both = format!("{first}{second}");
        let core = core(&both).to_lowercase();
        self.words.contains(&core).then_some(both)
    }

    fn word(&self, word: &str) -> String {
        let plain = core(word);
        let lower = plain.to_lowercase();
        let known = || self.words.contains(&lower) || is_common(&lower);
        if lower.chars().count() < 4 || !lower.chars().all(char::is_alphabetic) || known() {
            return word.to_owned();
        }
        let near = self.words.iter().filter_map(|term| Some((distance(&lower, term, &self.language)?, term)));
        near.min_by_key(|(edits, _)| *edits).map_or_else(|| word.to_owned(), |(_, term)| word.replace(plain, term))
    }
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
            ("Bei zwei Enthaltungn, danke", "Bei zwei enthaltungen, danke"),
            ("Ich bitte um das Hand zeichen!", "Ich bitte um das Handzeichen!"),
            ("Das ist ein stimmiges Bild.", "Das ist ein stimmiges Bild."),
            ("Die Einstellung. Hand, Zeichen", "Die Einstellung. Hand, Zeichen"),
            ("", ""),
        ] {
            assert_eq!(misheard.corrected(text), expected);
        }
    }
}
