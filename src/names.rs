//! Names as people compare them: of files, of speakers, of languages.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The name in Unicode's composed form (NFC). The same name may be written in two ways: macOS and some programs write `ü` as `u`
/// and a mark.
pub(crate) fn composed(name: &str) -> Cow<'_, str> {
    match is_nfc(name) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.nfc().collect()),
    }
}

/// The name in lower case and without marks, for those who have no key for them: `francais` and `Francais` for `Français`. German
/// umlauts may also be written with an `e`, so `ae`, `oe` and `ue` lose it.
pub(crate) fn folded(name: &str) -> String {
    let plain: String = name.nfd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
    ["a", "o", "u"].iter().fold(plain, |text, vowel| text.replace(&format!("{vowel}e"), vowel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_written_in_two_ways() {
        assert_eq!(composed("Mu\u{308}ller"), "Müller");
        assert!(matches!(composed("Müller"), Cow::Borrowed("Müller")));
        assert_ne!(composed("Muller"), composed("Müller"));
    }

    #[test]
    fn marks_and_case_can_be_left_out() {
        assert_eq!(folded("Français"), folded("FRANCAIS"));
        assert_eq!(folded("Französisch"), folded("franzoesisch"));
        assert_eq!(folded("Türkçe"), folded("turkce"));
        assert_ne!(folded("Polnisch"), folded("Spanisch"));
    }
}
