//! What of a text can be seen.

/// Whether nothing of `text` can be seen: it is empty, or has only blanks and invisible characters.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Whether `c` shows nothing by itself: a control character other than blanks and line ends, what Unicode calls default ignorable
/// (marks of direction, joiners, variation selectors, fillers, the byte order mark), or what is no character.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Braille without dots, the blank of some who want to seem silent.
            | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_blank() {
        let blank = [
            "",
            " \t\n\u{a0}\u{2003}\u{202f}\u{3000}\u{2028}",
            "\u{200b}\u{200c}\u{200d}\u{2060}",
            "\u{feff}",
            "\u{ad} \u{ad}",
            "\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{61c}",
            "\u{fe0f}\u{e0100}\u{180b}",
            "\u{3164}\u{ffa0}\u{115f}\u{1160}\u{2800}",
            "\u{1}\u{7f}\u{9f}",
        ];
        for text in blank {
            assert!(is_blank(text), "{text:?}");
        }
        for text in [".", "\u{200b}a", "\u{1f469}\u{200d}\u{1f52c}", "\u{301}", "\u{fffd}", "…", "０"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
