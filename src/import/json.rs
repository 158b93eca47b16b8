//! Which JSON it is, and where it is broken.

use super::{Source, ours, whisper, whisper_cpp};
use crate::format::json::ours::SCHEMA;
use crate::{Error, Transcript, TranscriptErrorKind};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::path::Path;

/// What tells one from the other.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Probe {
    transcribe: Option<Schema>,
    transcribe_edits: Option<IgnoredAny>,
    transcription: Option<IgnoredAny>,
    segments: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Schema {
    schema: Option<u32>,
}

pub(super) fn read(text: &str, path: &Path) -> Result<(Transcript, Source), Error> {
    if text.trim_start().starts_with('[') {
        return Ok((whisper::list(parse(text, path)?, path)?, Source::Whisper));
    }
    let refused = |reason: &str, kind| Err(super::broken(path, reason, kind));
    match parse(text, path)? {
        Probe { transcribe: Some(Schema { schema: Some(schema) }), .. } if schema > SCHEMA => {
            let reason = format!("a newer version of this program wrote it (format {schema}, this one knows {SCHEMA})");
            refused(&reason, TranscriptErrorKind::Newer)
        }
        Probe { transcribe: Some(_), .. } => Ok((ours::transcript(parse(text, path)?, path)?, Source::Transcribe)),
        Probe { transcribe_edits: Some(_), .. } => {
            refused("it holds edits of a transcript", TranscriptErrorKind::Edits)
        }
        Probe { transcription: Some(_), .. } => {
            Ok((whisper_cpp::transcript(parse(text, path)?, path)?, Source::WhisperCpp))
        }
        Probe { segments: Some(_), .. } => Ok((whisper::transcript(parse(text, path)?, path)?, Source::Whisper)),
        _ => refused("it has neither `segments` nor `transcription`", TranscriptErrorKind::UnknownFormat),
    }
}

/// The value in `text`, with the place where it is broken.
///
/// # Errors
/// [`Error::Transcript`]; it holds nothing of the text.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|e| (Some(e.path().to_string()), e.into_inner()));
    let parsed = parsed.and_then(|value| json.end().map(|()| value).map_err(|e| (None, e)));
    parsed.map_err(|(field, error): (Option<String>, serde_json::Error)| {
        let field = field.filter(|field| field != "." && field != "?" && error.is_data());
        let line = format!("line {}, column {}", error.line(), error.column());
        let place = field.map_or(line.clone(), |field| format!("`{field}` ({line})"));
        Error::Transcript { path: path.into(), place: Some(place), reason: reason(&error), kind: kind(&error) }
    })
}

/// The error's own words, without what it quotes from the file.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    match error.classify() {
        serde_json::error::Category::Eof => "the file ends in the middle".into(),
        serde_json::error::Category::Data => match text.rsplit_once(", expected ") {
            Some((_, "f64" | "f32" | "u64" | "u32" | "u16" | "u8" | "i64")) => "expected a number".into(),
            Some((_, expected)) => format!("expected {expected}"),
            None if text.starts_with("missing field") || text.starts_with("duplicate field") => text.to_owned(),
            None => "an unexpected value".into(),
        },
        _ => text.to_owned(),
    }
}

fn kind(error: &serde_json::Error) -> TranscriptErrorKind {
    match error.classify() {
        serde_json::error::Category::Eof => TranscriptErrorKind::Truncated,
        _ => TranscriptErrorKind::Invalid,
    }
}

/// A value that can't be where it stands, such as a time: its place.
pub(crate) fn misplaced(path: &Path, place: String, reason: &str) -> Error {
    Error::Transcript {
        path: path.into(),
        place: Some(place),
        reason: reason.into(),
        kind: TranscriptErrorKind::Invalid,
    }
}
