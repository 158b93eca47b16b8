//! Tells whose JSON a file is.

use super::lenient::Listed;
use super::parsing::{broken, parse_json, with_numbers};
use super::{Source, transcribe, whisper, whisper_cpp};
use crate::format::json::extension::SCHEMA;
use crate::{Error, Transcript, TranscriptErrorKind, Warning, WarningKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::path::Path;

/// The fields that tell one kind from another.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Probe {
    transcribe: Option<Schema>,
    transcribe_edits: Option<IgnoredAny>,
    transcription: Listed,
    segments: Listed,
    words: Listed,
    word_segments: Listed,
    chunks: Listed,
    text: Option<IgnoredAny>,
}

impl Probe {
    /// The lists of Whisper programs other than whisper.cpp.
    fn lists(&self) -> [Listed; 4] {
        [self.segments, self.words, self.word_segments, self.chunks]
    }

    /// An empty list decides nothing where another one is full.
    fn is_of_whisper_cpp(&self) -> bool {
        match self.transcription {
            Listed::Nothing => false,
            Listed::Empty => !self.lists().contains(&Listed::Filled),
            Listed::Filled => true,
        }
    }
}

#[derive(Deserialize)]
struct Schema {
    schema: Option<u32>,
}

pub(super) fn read(text: &str, path: &Path) -> Result<(Transcript, Source), Error> {
    let (text, unknown) = with_numbers(text);
    let (mut transcript, source) = of_numbers(&text, path)?;
    if unknown > 0 {
        transcript.warnings.push(Warning::new(None, WarningKind::NumbersUnknown { count: unknown as u64 }));
    }
    Ok((transcript, source))
}

/// Reads JSON as its standard has it.
fn of_numbers(text: &str, path: &Path) -> Result<(Transcript, Source), Error> {
    if text.trim_start().starts_with('[') {
        return Ok((whisper::list(parse_json(text, path)?, path)?, Source::Whisper));
    }
    let refused = |reason: &str, kind| Err(broken(path, reason, kind));
    let probe = parse_json(text, path);
    if probe.is_err() && is_several_values(text) {
        let reason =
            "it has several values one after the other, as JSON Lines has them; a list of them (`[ , ]`) can be read";
        return refused(reason, TranscriptErrorKind::UnknownFormat);
    }
    match probe? {
        Probe { transcribe: Some(Schema { schema: Some(schema) }), .. } if schema > SCHEMA => {
            let reason = format!("a newer version of this program wrote it (format {schema}, this one knows {SCHEMA})");
            refused(&reason, TranscriptErrorKind::Newer)
        }
        Probe { transcribe: Some(_), .. } => {
            Ok((transcribe::transcript(parse_json(text, path)?, path)?, Source::Transcribe))
        }
        Probe { transcribe_edits: Some(_), .. } => {
            refused("it holds edits of a transcript", TranscriptErrorKind::Edits)
        }
        probe if probe.is_of_whisper_cpp() => {
            Ok((whisper_cpp::transcript(parse_json(text, path)?, path)?, Source::WhisperCpp))
        }
        probe if probe.text.is_some() || probe.lists() != [Listed::Nothing; 4] => {
            Ok((whisper::transcript(parse_json(text, path)?, path)?, Source::Whisper))
        }
        _ => refused("it has neither `segments` nor `transcription`", TranscriptErrorKind::UnknownFormat),
    }
}

/// Whether a whole value is followed by another.
fn is_several_values(text: &str) -> bool {
    let values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.take(2).filter(Result::is_ok).count() == 2
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
