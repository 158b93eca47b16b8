//! Long turns, split where a sentence ends.

use super::length;
use super::turns::Token;
use crate::Span;
use crate::format::sentence_ends_between;

/// The parts of a turn, none longer than `longest`: of about the same length, ending with a sentence, else with a word, else anywhere.
pub(super) fn split(tokens: Vec<Token>, language: &str, longest: usize) -> Vec<(Span, String)> {
    let tokens: Vec<Token> = tokens.into_iter().flat_map(|token| pieces(token, longest)).collect();
    let total = length_of(&tokens);
    let even = total.div_ceil(total.div_ceil(longest).max(1));
    let mut parts: Vec<Vec<Token>> = Vec::new();
    let (mut part, mut have): (Vec<Token>, usize) = (Vec::new(), 0);
    for sentence in sentences(tokens, language) {
        let more = length_of(&sentence);
        if have > 0 && (have >= even || have + 1 + more > longest) {
            parts.push(std::mem::take(&mut part));
            have = 0;
        }
        for token in sentence {
            let own = length(&token.text);
            if have > 0 && have + usize::from(token.spaced) + own > longest {
                parts.push(std::mem::take(&mut part));
                have = 0;
            }
            have += own + usize::from(token.spaced && have > 0);
            part.push(token);
        }
    }
    parts.push(part);
    parts.into_iter().filter(|part| !part.is_empty()).map(joined).collect()
}

/// Words up to the end of each sentence.
fn sentences(tokens: Vec<Token>, language: &str) -> Vec<Vec<Token>> {
    let mut sentences: Vec<Vec<Token>> = Vec::new();
    for token in tokens {
        let last = sentences.last().and_then(|sentence| sentence.last());
        match (last.is_some_and(|last| !sentence_ends_between(&last.text, &token.text, language)), sentences.last_mut())
        {
            (true, Some(sentence)) => sentence.push(token),
            _ => sentences.push(vec![token]),
        }
    }
    sentences
}

/// A word that is longer than a contribution may be, cut.
fn pieces(token: Token, longest: usize) -> Vec<Token> {
    if length(&token.text) <= longest {
        return vec![token];
    }
    let mut pieces: Vec<String> = vec![String::new()];
    let mut room = longest;
    for c in token.text.chars() {
        if c.len_utf16() > room {
            pieces.push(String::new());
            room = longest;
        }
        room -= c.len_utf16();
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces.into_iter().map(|text| Token { text, ..token.clone() }).collect()
}

fn length_of(tokens: &[Token]) -> usize {
    let blanks = tokens.iter().skip(1).filter(|token| token.spaced).count();
    tokens.iter().map(|token| length(&token.text)).sum::<usize>() + blanks
}

fn joined(tokens: Vec<Token>) -> (Span, String) {
    let start = tokens.iter().map(|token| token.span.start.0).min().unwrap_or_default();
    let end = tokens.iter().map(|token| token.span.end.0).max().unwrap_or_default();
    let mut text = String::new();
    for token in tokens {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    (Span::new(start, end), text)
}
