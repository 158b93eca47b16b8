//! Reads a transcript from a file: this program's JSON, and what other programs write.
//!
//! The kind of a file is told by its content, not by its name. Words without times share the time between their neighbours;
//! segments out of order are sorted, with a warning; an end before its start counts as the start, and times that cannot be right as
//! not known, with a warning. Captions are read however carelessly they were written, and whatever had to be guessed or left out is
//! a warning. Broken JSON is refused as a whole, with the place of the error, and so are captions of which nothing can be read.

mod cues;
mod encoding;
mod json;
mod lenient;
mod name_words;
mod names;
mod parsing;
mod rolling;
mod rows;
mod sentences;
mod speaker_log;
mod subtitles;
mod timing;
mod transcribe;
mod voices;
mod whisper;
mod whisper_cpp;
mod words;

use crate::transcript::is_invisible;
use crate::{Error, Transcript, TranscriptErrorKind, Warning, WarningKind, files};
pub(crate) use encoding::decoded;
use parsing::broken;
pub(crate) use parsing::{misplaced, parse_json};
pub(crate) use rows::span;
pub use speaker_log::speaker_times;
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
    if let Some(transcript) = whisper_cpp::with_split_characters(bytes, path) {
        return Ok((transcript, Source::WhisperCpp));
    }
    let no_text = || broken(path, "it holds no text", TranscriptErrorKind::NotText);
    let (text, encoding) = encoding::decode(bytes).ok_or_else(no_text)?;
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let (mut transcript, source) = match start.as_bytes().first() {
        // whisper.cpp prints `[00:00:00.000 --> 00:00:02.000]  Text`.
        Some(b'[') if start.lines().next().is_some_and(cues::has_times) => {
            (subtitles::captions(start, false, path)?, Source::Srt)
        }
        Some(b'{' | b'[') if is_like_json(start) => json::read(start, path)?,
        _ if start.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("WEBVTT")) => {
            (subtitles::captions(start, true, path)?, Source::Vtt)
        }
        _ if cues::has_times(start) => (subtitles::captions(start, false, path)?, Source::Srt),
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
        let kind = match encoding {
            "UTF-8" => WarningKind::CharactersDamaged,
            encoding => WarningKind::EncodingGuessed { encoding: encoding.into() },
        };
        transcript.warnings.push(Warning::new(None, kind));
    }
    Ok((transcript, source))
}

/// Whether it goes on like JSON after its first bracket: `[Script Info]` and `{1}{25}` do not, and `[00:12.00]` is a time.
fn is_like_json(text: &str) -> bool {
    let mut signs = text.chars().filter(|c| !c.is_whitespace());
    let (first, second) = (signs.next(), signs.next());
    match (first, second) {
        (_, None) => true,
        (Some('{'), Some(next)) => matches!(next, '"' | '}' | '\''),
        (_, Some(next)) => matches!(next, '{' | '[' | ']' | '"'),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
