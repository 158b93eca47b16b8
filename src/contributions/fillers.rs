//! Words that show that somebody listens, and contribute nothing.

/// In any language.
const ALL: [&str; 16] =
    ["mhm", "hm", "hmm", "mm", "mmh", "mh", "ah", "aha", "äh", "ähm", "eh", "oh", "uh", "um", "ok", "okay"];
const GERMAN: [&str; 28] = [
    "ja",
    "jaja",
    "jo",
    "joa",
    "jawohl",
    "nee",
    "nö",
    "genau",
    "gut",
    "gern",
    "gerne",
    "danke",
    "bitte",
    "schön",
    "sehr",
    "stimmt",
    "richtig",
    "klar",
    "natürlich",
    "doch",
    "so",
    "also",
    "eben",
    "na",
    "tja",
    "super",
    "prima",
    "alles",
];
const ENGLISH: [&str; 22] = [
    "yes", "yeah", "yep", "yup", "right", "sure", "exactly", "well", "good", "great", "fine", "thanks", "thank", "you",
    "please", "alright", "all", "so", "huh", "true", "indeed", "cool",
];
/// The most words of a filler.
const LONGEST: usize = 4;

/// Whether all words of `text` are fillers of `language` (ISO 639-1), and they are few. "Nein" and "no" are none: they are an answer.
pub(super) fn is_filler(text: &str, language: &str) -> bool {
    let own: &[&str] = match language {
        "de" => &GERMAN,
        "en" => &ENGLISH,
        _ => &[],
    };
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let known = |word: &String| ALL.contains(&word.as_str()) || own.contains(&word.as_str());
    words.len() <= LONGEST && words.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::is_filler;

    #[test]
    fn few_words_that_only_show_that_somebody_listens() {
        for text in ["Mhm.", "Ja, genau!", "Hm, hm.", "Ja, ja, ja.", "Sehr gut.", "…", "Alles klar."] {
            assert!(is_filler(text, "de"), "{text}");
        }
        for text in ["Nein.", "Ja, ja, ja, ja, ja.", "Ja, aber das kostet.", "Genau zwölf.", "Yes, thank you."] {
            assert!(!is_filler(text, "de"), "{text}");
        }
        assert!(is_filler("Yes, thank you.", "en") && !is_filler("Oui.", "fr") && is_filler("Hmm.", "fr"));
        assert!(!is_filler("No.", "en"));
    }
}
