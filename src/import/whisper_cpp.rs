//! whisper.cpp's JSON, as `examples/cli/cli.cpp` of its version 1.9 writes it: `-oj`, and with tokens `-ojf`.

use super::parsing::misplaced;
use super::rows::{self, Row, collect};
use super::voices::Voices;
use crate::retime::same_text;
use crate::{Error, ModelId, Segment, Span, Transcript, Word};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
pub(super) struct Root {
    #[serde(default)]
    params: Params,
    #[serde(default)]
    result: Outcome,
    transcription: Vec<JsonSegment>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    model: String,
    language: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    language: String,
}

#[derive(Deserialize)]
struct JsonSegment {
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
    let mut all = Vec::with_capacity(root.transcription.len());
    for (n, segment) in root.transcription.into_iter().enumerate() {
        let no_time = || misplaced(path, format!("`transcription[{n}].offsets`"), "that is no time in milliseconds");
        let span = segment.offsets.span().ok_or_else(no_time)?;
        let text = segment.text.trim().to_owned();
        let words = Some(words(&segment.tokens)).filter(|words| same_text(&text, words)).unwrap_or_default();
        // A question mark stands for an unknown speaker.
        let voice = segment.speaker.filter(|name| !matches!(&**name, "" | "?")).map(|name| match name.parse::<u16>() {
            Ok(number) => format!("Speaker {}", u32::from(number) + 1),
            Err(_) => name,
        });
        all.push(Row {
            segment: Segment { span, text, words, language: language.clone(), ..Segment::default() },
            voice,
        });
    }
    collect(&mut transcript, all, &mut Voices::default());
    Ok(transcript)
}

impl Offsets {
    fn span(&self) -> Option<Span> {
        rows::span(self.from as f64 / 1000.0, self.to as f64 / 1000.0)
    }
}

/// Words of tokens: a token that begins with a blank begins a word; marks such as `[_BEG_]` are left out.
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
