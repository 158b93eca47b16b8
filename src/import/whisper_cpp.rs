//! whisper.cpp's JSON, as `examples/cli/cli.cpp` of its version 1.9 writes it: `-oj`, and with tokens `-ojf`.

use super::{Row, Voices, collect, json::misplaced};
use crate::retime::same_text;
use crate::{Error, ModelId, Segment, Span, Transcript, Word};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
pub(super) struct Root {
    #[serde(default)]
    params: Params,
    #[serde(default)]
    result: Found,
    transcription: Vec<Said>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    model: String,
    language: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    language: String,
}

#[derive(Deserialize)]
struct Said {
    offsets: Offsets,
    text: String,
    #[serde(default)]
    tokens: Vec<Token>,
    #[serde(default)]
    speaker: Option<String>,
}

/// Milliseconds.
#[derive(Deserialize)]
struct Offsets {
    from: i64,
    to: i64,
}

#[derive(Deserialize)]
struct Token {
    text: String,
    #[serde(default)]
    offsets: Option<Offsets>,
    #[serde(default)]
    p: f32,
}

pub(super) fn transcript(root: Root, path: &Path) -> Result<Transcript, Error> {
    let language =
        [root.result.language, root.params.language].into_iter().find(|code| !code.is_empty() && code != "auto");
    let language = language.unwrap_or_default();
    let file = root.params.model.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut transcript = Transcript {
        language: language.clone(),
        model: ModelId { file, sha256: String::new() },
        ..Transcript::default()
    };
    let mut rows = Vec::with_capacity(root.transcription.len());
    for (n, said) in root.transcription.into_iter().enumerate() {
        let no_time = || misplaced(path, format!("`transcription[{n}].offsets`"), "that is no time in milliseconds");
        let span = said.offsets.span().ok_or_else(no_time)?;
        let text = said.text.trim().to_owned();
        let words = Some(words(&said.tokens)).filter(|words| same_text(&text, words)).unwrap_or_default();
        // A question mark stands for a voice that it could not tell.
        let voice = said.speaker.filter(|name| !matches!(&**name, "" | "?")).map(|name| match name.parse::<u16>() {
            Ok(number) => format!("Speaker {}", u32::from(number) + 1),
            Err(_) => name,
        });
        let segment = Segment { span, text, words, language: language.clone(), ..Segment::default() };
        rows.push(Row { segment, voice });
    }
    collect(&mut transcript, rows, &mut Voices::default());
    Ok(transcript)
}

impl Offsets {
    fn span(&self) -> Option<Span> {
        super::span(self.from as f64 / 1000.0, self.to as f64 / 1000.0)
    }
}

/// Tokens that begin with a blank begin a word; marks such as `[_BEG_]` are none.
fn words(tokens: &[Token]) -> Vec<Word> {
    let mut words: Vec<(Word, u32)> = Vec::new();
    for token in tokens.iter().filter(|token| !(token.text.starts_with("[_") && token.text.ends_with(']'))) {
        let Some(span) = token.offsets.as_ref().and_then(Offsets::span) else { continue };
        let blank = token.text.starts_with(' ');
        match words.last_mut() {
            Some((word, tokens)) if !blank => {
                word.text.push_str(&token.text);
                word.span = Span::new(word.span.start.0, word.span.end.0.max(span.end.0));
                word.confidence += token.p;
                *tokens += 1;
            }
            _ => {
                let text = token.text.trim_start().to_owned();
                words.push((Word { span, text, spaced: true, confidence: token.p }, 1));
            }
        }
    }
    let mean =
        |(word, tokens): (Word, u32)| Word { confidence: (word.confidence / tokens as f32).clamp(0.0, 1.0), ..word };
    words.into_iter().map(mean).filter(|word| !word.text.is_empty()).collect()
}
