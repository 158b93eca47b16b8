//! Reads JSON, and says where a file is broken without quoting from it.

use crate::{Error, TranscriptErrorKind};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::path::Path;

pub(super) const NO_TIMES: &str = "it has text, but no segments or words with times";
pub(super) const NO_TEXT: &str = "it has segments or words, but none has a text";

/// A file that is refused as a whole.
pub(super) fn broken(path: &Path, reason: &str, kind: TranscriptErrorKind) -> Error {
    Error::Transcript { path: path.into(), place: None, reason: reason.into(), kind }
}

/// The value in `text`, with the place where it is broken.
///
/// # Errors
/// [`Error::Transcript`]; it holds nothing of the text.
pub(crate) fn parse_json<T: DeserializeOwned>(text: impl AsRef<[u8]>, path: &Path) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(text.as_ref());
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|e| (Some(e.path().to_string()), e.into_inner()));
    let parsed = parsed.and_then(|value| json.end().map(|()| value).map_err(|e| (None, e)));
    parsed.map_err(|(field, error): (Option<String>, serde_json::Error)| {
        let field = field.filter(|field| field != "." && field != "?" && error.is_data());
        let line = format!("line {}, column {}", error.line(), error.column());
        let place = field.map_or(line.clone(), |field| format!("`{field}` ({line})"));
        Error::Transcript { path: path.into(), place: Some(place), reason: reason(&error), kind: kind(&error) }
    })
}

/// The same JSON with `null` for what is no number, and how many there were: Python writes `NaN` and `Infinity`.
pub(super) fn with_numbers(text: &str) -> (Cow<'_, str>, usize) {
    const NO_NUMBERS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !NO_NUMBERS.iter().any(|word| text.contains(word)) {
        return (Cow::Borrowed(text), 0);
    }
    let mut made = String::with_capacity(text.len() + 16);
    let (mut rest, mut count) = (text, 0);
    while let Some(at) = rest.find(['"', 'N', '-', 'I']) {
        made.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = NO_NUMBERS.iter().find(|word| rest.starts_with(**word));
        let length = match found {
            Some(word) => word.len(),
            None if rest.starts_with('"') => string(rest),
            None => 1,
        };
        made.push_str(if found.is_some() { "null" } else { &rest[..length] });
        count += usize::from(found.is_some());
        rest = &rest[length..];
    }
    made.push_str(rest);
    (Cow::Owned(made), count)
}

/// The length of the string that `json` begins with, in bytes; all of it if the string does not end.
fn string(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| match byte {
        b'"' if !escaped => true,
        byte => {
            escaped = byte == b'\\' && !escaped;
            false
        }
    });
    end.map_or(json.len(), |at| at + 2)
}

/// The error's message without what it quotes from the file.
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

/// A value that cannot be right, such as a time of -5 s; `place` says where it is.
pub(crate) fn misplaced(path: &Path, place: String, reason: &str) -> Error {
    let kind = TranscriptErrorKind::Invalid;
    Error::Transcript { path: path.into(), place: Some(place), reason: reason.into(), kind }
}
