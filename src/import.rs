//! Reads a transcript from a file: this program's JSON, and what other programs write.
//!
//! The kind of a file is told by its content, not by its name. Words without times share the time between their neighbours;
//! segments out of order are sorted, with a warning; an end before its start counts as the start. A broken file is refused as a
//! whole, with the place of the error. Only single broken cues of WebVTT are skipped, as browsers do, with a warning.

mod json;
mod parsing;
mod rows;
mod sentences;
mod subtitles;
mod transcribe;
mod voices;
mod whisper;
mod whisper_cpp;

use crate::{Error, Transcript, TranscriptErrorKind, Warning, WarningKind, files};
use encoding_rs::{Encoding, UTF_8};
use parsing::broken;
pub(crate) use parsing::{misplaced, parse_json};
pub(crate) use rows::span;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;
pub(crate) use voices::{Voices, canonical, numbered};

/// What kind of file a transcript was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// JSON of this program.
    Transcribe,
    /// JSON of openai-whisper, faster-whisper or WhisperX.
    Whisper,
    /// JSON of whisper.cpp, short (`-oj`) or full (`-ojf`).
    WhisperCpp,
    /// SubRip captions.
    Srt,
    /// WebVTT captions.
    Vtt,
}

/// For people: `WebVTT captions`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Source::Transcribe => "a transcript of this program",
            Source::Whisper => "JSON of a Whisper program",
            Source::WhisperCpp => "JSON of whisper.cpp",
            Source::Srt => "SubRip captions",
            Source::Vtt => "WebVTT captions",
        })
    }
}

/// Reads a transcript from the file at `path`.
///
/// # Errors
/// [`Error::Read`], [`Error::Transcript`].
pub fn read(path: &Path) -> Result<(Transcript, Source), Error> {
    let bytes = files::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    parse(&bytes, path)
}

/// Reads a transcript from the content of a file; `path` is for messages.
///
/// # Errors
/// [`Error::Transcript`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<(Transcript, Source), Error> {
    let no_text = || broken(path, "it holds no text", TranscriptErrorKind::NotText);
    let (text, encoding) = decode(bytes).ok_or_else(no_text)?;
    let start = text.trim_start();
    let (mut transcript, source) = match start.as_bytes().first() {
        Some(b'{' | b'[') => json::read(&text, path)?,
        _ if start.starts_with("WEBVTT") => (subtitles::vtt(start, path)?, Source::Vtt),
        _ if start.contains("-->") => (subtitles::srt(&text, path)?, Source::Srt),
        None => return Err(broken(path, "it is empty", TranscriptErrorKind::UnknownFormat)),
        _ => {
            return Err(broken(
                path,
                "it is neither JSON nor captions (SRT, WebVTT)",
                TranscriptErrorKind::UnknownFormat,
            ));
        }
    };
    if let Some(encoding) = encoding {
        let kind = WarningKind::EncodingGuessed { encoding: encoding.name().into() };
        transcript.warnings.push(Warning::new(None, kind));
    }
    Ok((transcript, source))
}

/// The text, and its encoding if that is not UTF-8; `None` if it is not text.
fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, Option<&'static Encoding>)> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return Some((text, Some(encoding).filter(|e| *e != UTF_8)));
    }
    if bytes.contains(&0) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some((Cow::Borrowed(text), None)),
        // whisper.cpp's full JSON has tokens that end within a character.
        Err(_) if bytes.trim_ascii_start().starts_with(b"{") => Some((String::from_utf8_lossy(bytes), None)),
        Err(_) => {
            let mut guess = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
            guess.feed(bytes, true);
            let encoding = guess.guess(None, chardetng::Utf8Detection::Deny);
            Some((encoding.decode_without_bom_handling(bytes).0, Some(encoding)))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
