//! From tokens to words. A token is a piece of a word, and sometimes only a piece of a character.

use super::{Millis, Span, Word};

/// A token on the recording's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    /// Not always whole characters.
    pub(crate) bytes: &'a [u8],
    pub(crate) span: Span,
    /// In `0.0..=1.0`.
    pub(crate) probability: f32,
}

/// Languages that are written without blanks, as openai-whisper has them.
const WITHOUT_BLANKS: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];

/// Whether the language is written with blanks between words.
pub(crate) fn has_blanks(language: &str) -> bool {
    !WITHOUT_BLANKS.contains(&language)
}

/// Puts the tokens of one clip together, segment by segment.
pub(crate) struct Assembler {
    blanks: bool,
    /// The start of a character whose rest comes with the next segment.
    begun: Vec<u8>,
    /// The end of the last word.
    reached: Millis,
}

struct Open {
    bytes: Vec<u8>,
    span: Span,
    probability: f32,
    tokens: f32,
}

impl Assembler {
    pub(crate) fn new(language: &str) -> Assembler {
        Assembler { blanks: has_blanks(language), begun: Vec::new(), reached: Millis::default() }
    }

    /// Lets the next segment begin before the end of the last: segments of two voices overlap.
    pub(crate) fn overlapping(&mut self) {
        self.reached = Millis::default();
    }

    /// The words of the next segment, which is heard within `span`: in order, inside of it, behind those before, none of
    /// them empty.
    pub(crate) fn words(&mut self, span: Span, tokens: &[Token<'_>]) -> Vec<Word> {
        let mut words: Vec<Open> = Vec::new();
        for token in tokens.iter().filter(|t| !t.bytes.is_empty()) {
            let starts = match words.last() {
                None => true,
                Some(last) if !is_whole(&last.bytes) => false,
                Some(_) if self.blanks => token.bytes.starts_with(b" "),
                Some(_) => !std::str::from_utf8(token.bytes).is_ok_and(is_punctuation),
            };
            match words.last_mut().filter(|_| !starts) {
                Some(last) => {
                    last.bytes.extend_from_slice(token.bytes);
                    last.span.end = token.span.end;
                    last.probability += token.probability;
                    last.tokens += 1.0;
                }
                None => {
                    let mut bytes = std::mem::take(&mut self.begun);
                    bytes.extend_from_slice(token.bytes);
                    words.push(Open { bytes, span: token.span, probability: token.probability, tokens: 1.0 });
                }
            }
        }
        if let Some(last) = words.last_mut() {
            let whole = last.bytes.len() - unfinished(&last.bytes);
            self.begun = last.bytes.split_off(whole);
        }
        let mut time = self.reached.max(span.start);
        let words = words.into_iter().filter_map(|open| {
            let text = String::from_utf8_lossy(&open.bytes);
            let spaced = text.starts_with(char::is_whitespace);
            let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
            let start = open.span.start.clamp(time, span.end.max(time));
            let end = open.span.end.clamp(start, span.end.max(start));
            time = end;
            let confidence = (open.probability / open.tokens).clamp(0.0, 1.0);
            (!text.is_empty()).then_some(Word { span: Span { start, end }, text, spaced, confidence })
        });
        let words: Vec<Word> = words.collect();
        self.reached = words.last().map_or(self.reached, |word| word.span.end);
        words
    }
}

/// Bytes at the end that begin a character without finishing it.
pub(crate) fn unfinished(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(e) if e.error_len().is_none() => bytes.len() - e.valid_up_to(),
        _ => 0,
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    unfinished(bytes) == 0
}

fn is_punctuation(text: &str) -> bool {
    text.chars().all(|c| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens<'a>(pieces: &[&'a [u8]]) -> Vec<Token<'a>> {
        (0..)
            .zip(pieces)
            .map(|(i, bytes)| Token { bytes, span: Span::new(i * 100, i * 100 + 100), probability: 0.5 })
            .collect()
    }

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|w| w.text.as_str()).collect()
    }

    #[test]
    fn pieces_become_words_with_their_punctuation() {
        let tokens = tokens(&[b" Der", b" B\xc3\xbcrger", b"meister", b",", b" Herr", b" \"", b"M", b"\"."]);
        let words = Assembler::new("de").words(Span::new(0, 800), &tokens);
        assert_eq!(texts(&words), ["Der", "Bürgermeister,", "Herr", "\"M\"."]);
        assert_eq!(words[1].span, Span::new(100, 400));
        assert_eq!(crate::transcript::text_of(&words), "Der Bürgermeister, Herr \"M\".");
    }

    #[test]
    fn a_character_may_be_split_between_tokens_and_even_segments() {
        let mut assembler = Assembler::new("ja");
        let first = assembler.words(Span::new(0, 300), &tokens(&["今".as_bytes(), b"\xe6", b"\x97\xa5", b"\xe3\x81"]));
        let second = assembler.words(Span::new(300, 600), &tokens(&[b"\xaf", "。".as_bytes()]));
        assert_eq!(texts(&first), ["今", "日"]);
        assert_eq!(texts(&second), ["は。"]);
    }

    #[test]
    fn times_never_run_backwards_or_leave_the_segment() {
        let mut made = tokens(&[b" a", b" b", b" c"]);
        made[1].span = Span::new(0, 9_000);
        let words = Assembler::new("en").words(Span::new(50, 250), &made);
        let spans: Vec<_> = words.iter().map(|w| (w.span.start.0, w.span.end.0)).collect();
        assert_eq!(spans, [(50, 100), (100, 250), (250, 250)]);
    }
}
