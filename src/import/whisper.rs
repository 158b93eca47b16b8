//! JSON of openai-whisper, faster-whisper and WhisperX: the fields that this program's JSON has, too.
//!
//! openai-whisper's words begin with the blank before them. WhisperX's do not, and have no times where it could not align them
//! (figures, mostly). Where the words do not make up the text, somebody has edited the text, and the text counts.

use super::parsing::misplaced;
use super::rows::{Row, collect, millis, span};
use super::voices::Voices;
use crate::retime::{retime, same_text};
use crate::{Error, Millis, ModelId, Segment, Span, Transcript, Word};
use serde::Deserialize;
use std::path::Path;

/// The file.
#[derive(Deserialize)]
pub(super) struct Root<O> {
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) duration: Option<f64>,
    pub(super) segments: Vec<JsonSegment>,
    #[serde(default = "Option::default")]
    pub(super) transcribe: Option<O>,
}

/// A segment.
#[derive(Deserialize)]
pub(super) struct JsonSegment {
    start: f64,
    end: f64,
    text: String,
    #[serde(default)]
    words: Option<Vec<JsonWord>>,
    #[serde(default)]
    pub(super) speaker: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    avg_logprob: Option<f32>,
    #[serde(default)]
    no_speech_prob: Option<f32>,
    #[serde(default)]
    temperature: Option<f32>,
    #[serde(default)]
    compression_ratio: Option<f32>,
    #[serde(default)]
    edited: bool,
}

#[derive(Deserialize)]
struct JsonWord {
    #[serde(alias = "text")]
    word: String,
    #[serde(default)]
    start: Option<f64>,
    #[serde(default)]
    end: Option<f64>,
    #[serde(default)]
    probability: Option<f32>,
    #[serde(default)]
    score: Option<f32>,
    #[serde(default)]
    confidence: Option<f32>,
}

/// What other programs do not write.
type Foreign = serde::de::IgnoredAny;

pub(super) fn transcript(root: Root<Foreign>, path: &Path) -> Result<Transcript, Error> {
    let language = root.language.unwrap_or_default();
    let mut transcript = Transcript { model: ModelId::default(), language: language.clone(), ..Transcript::default() };
    transcript.duration = root.duration.and_then(millis).unwrap_or_default();
    let rows = rows(root.segments, &language, "segments", path)?;
    collect(&mut transcript, rows, &mut Voices::default());
    Ok(transcript)
}

/// A list of segments alone, as people write them out with faster-whisper.
pub(super) fn list(segments: Vec<JsonSegment>, path: &Path) -> Result<Transcript, Error> {
    transcript(Root { language: None, duration: None, segments, transcribe: None }, path)
}

/// Reads segments; `list` is their place in the file.
pub(super) fn rows(segments: Vec<JsonSegment>, language: &str, list: &str, path: &Path) -> Result<Vec<Row>, Error> {
    let row = |(n, segment): (usize, JsonSegment)| segment.row(language, || format!("{list}[{n}]"), path);
    segments.into_iter().enumerate().map(row).collect()
}

impl JsonSegment {
    fn row(self, language: &str, place: impl Fn() -> String, path: &Path) -> Result<Row, Error> {
        let wrong = |field: &str| misplaced(path, format!("`{}{field}`", place()), "that is no time in seconds");
        let span = span(self.start, self.end).ok_or_else(|| wrong(""))?;
        let mut words = Vec::new();
        let blanks = self.words.iter().flatten().any(|word| word.word.starts_with(char::is_whitespace));
        for (n, word) in self.words.into_iter().flatten().enumerate() {
            let time = |time: Option<f64>| match time {
                Some(time) => millis(time).ok_or_else(|| wrong(&format!(".words[{n}]"))).map(Some),
                None => Ok(None),
            };
            let (start, end) = (time(word.start)?, time(word.end)?);
            let text = word.word.trim();
            if !text.is_empty() {
                let confidence = word.probability.or(word.score).or(word.confidence).unwrap_or(1.0).clamp(0.0, 1.0);
                let spaced = !blanks || word.word.starts_with(char::is_whitespace);
                words.push((start, end, Word { span, text: text.into(), spaced, confidence }));
            }
        }
        let mut words = timed(words, span);
        let text = self.text.trim().to_owned();
        if !words.is_empty() && !same_text(&text, &words) {
            words = retime(&text, span, &words);
        } else if !blanks {
            respaced(&text, &mut words);
        }
        let language = self.language.filter(|code| !code.is_empty()).unwrap_or_else(|| language.to_owned());
        let segment = Segment {
            span,
            text,
            words,
            speaker: None,
            language,
            avg_logprob: self.avg_logprob.unwrap_or_default(),
            no_speech_prob: self.no_speech_prob.unwrap_or_default(),
            temperature: self.temperature.unwrap_or_default(),
            compression_ratio: self.compression_ratio.unwrap_or_default(),
            edited: self.edited,
        };
        let voice = self.speaker.filter(|name| !name.trim().is_empty()).map(|name| name.trim().to_owned());
        Ok(Row { segment, voice })
    }
}

/// Words without times share the time between their neighbours.
fn timed(words: Vec<(Option<Millis>, Option<Millis>, Word)>, span: Span) -> Vec<Word> {
    // For each word the next start that is known, and how many words share the time until then.
    let mut ahead = vec![(span.end, 1); words.len()];
    for n in (1..words.len()).rev() {
        let (to, sharing) = ahead[n];
        ahead[n - 1] = words[n].0.map_or((to, sharing + 1), |start| (start, 1));
    }
    let mut from = span.start;
    let timed = words.into_iter().zip(ahead).map(|((start, end, word), (to, sharing))| {
        let start = start.unwrap_or(from);
        let end = end.unwrap_or_else(|| Millis(start.0 + (to - start).0 / sharing));
        from = end;
        Word { span: Span::new(start.0, end.0), ..word }
    });
    timed.collect()
}

/// Takes the blanks between words from the text.
fn respaced(text: &str, words: &mut [Word]) {
    let mut rest = text;
    for word in words {
        let after = rest.trim_start();
        word.spaced = after.len() < rest.len() || rest.len() == text.len();
        rest = after.get(word.text.len()..).unwrap_or_default();
    }
}
