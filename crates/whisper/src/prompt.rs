//! From a prompt to tokens.

use whisper_rs::{WhisperContext, WhisperTokenId};

/// Tokens of the prompt that the model reads: half of its text context, less one.
pub(crate) const MOST_TOKENS: usize = 223;
/// Bytes of the prompt that are tokenised, its last ones; 223 tokens of text have 700 to 1,100. whisper.cpp's tokenizer is a
/// regular expression that takes 330 bytes of stack for each byte of a word, of the 2 MiB that a thread has.
const MOST_BYTES: usize = 2_000;

/// The last tokens of `text`, as many as the model reads. Empty if there is no text.
pub(crate) fn tokens(context: &WhisperContext, text: &str) -> Vec<WhisperTokenId> {
    let clean: String = end(text.trim()).chars().filter(|c| *c != '\0').collect();
    let clean = clean.trim();
    if clean.is_empty() {
        return Vec::new();
    }
    let tokens = context.tokenize(&format!(" {clean}"), clean.len() + 8).unwrap_or_default();
    tokens[tokens.len().saturating_sub(MOST_TOKENS)..].to_vec()
}

/// The last [`MOST_BYTES`] of `text`, from the first word that is whole if there is one.
fn end(text: &str) -> &str {
    let cut = text.ceil_char_boundary(text.len().saturating_sub(MOST_BYTES));
    let end = &text[cut..];
    match end.find(char::is_whitespace) {
        Some(at) if cut > 0 => &end[at..],
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_is_cut_before_a_word() {
        let short = "Dembrane, Frau Özdemir";
        assert_eq!(end(short), short);
        let long = format!("{} {short}", "Wort ".repeat(1_000));
        assert!(end(&long).ends_with(short) && end(&long).starts_with(" Wort Wort"));
        assert!(end(&long).len() > MOST_BYTES - 10 && end(&long).len() <= MOST_BYTES);
    }

    #[test]
    fn a_word_without_end_is_cut_within_it() {
        assert_eq!(end(&"a".repeat(100_000)), "a".repeat(MOST_BYTES));
        let umlauts = "ü".repeat(50_000);
        assert_eq!(end(&format!("{umlauts}x")), format!("{}x", "ü".repeat(MOST_BYTES / 2 - 1)));
        assert_eq!(end(&format!("{umlauts} Ende")), " Ende");
    }
}
