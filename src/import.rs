//! From a file to a transcript: our own JSON, and what other programs write.
//!
//! What a file is, its content says, not its name. Words without times get them from what is around; segments out of order
//! are sorted, with a warning; an end before its start counts as the start. A file that is broken is refused as a whole, with
//! the place, apart from single cues of WebVTT, which are left out as browsers do, with a warning.

pub(crate) mod json;
mod ours;
mod subtitles;
mod voices;
mod whisper;
mod whisper_cpp;

use crate::{Error, Millis, Segment, Span, Transcript, TranscriptErrorKind, Warning};
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;
use std::path::Path;
use std::{fmt, fs};
pub(crate) use voices::Voices;

/// What a file was before it became a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Our own JSON.
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

/// Reads a transcript, whoever wrote it.
///
/// # Errors
/// [`Error::Read`], [`Error::Transcript`].
pub fn read(path: &Path) -> Result<(Transcript, Source), Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    parse(&bytes, path)
}

/// The same from what was read already; `path` is for messages.
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
        let message = format!("the file is not UTF-8; it was read as {}", encoding.name());
        transcript.warnings.push(Warning { at: None, message });
    }
    Ok((transcript, source))
}

fn broken(path: &Path, reason: &str, kind: TranscriptErrorKind) -> Error {
    Error::Transcript { path: path.into(), place: None, reason: reason.into(), kind }
}

/// The text, and its encoding if it is another than UTF-8. `None`: it is none.
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

/// A segment as it was read, with what its voice is called.
struct Row {
    segment: Segment,
    voice: Option<String>,
}

/// Puts what was read into a transcript: in order, without what says nothing, with numbers for voices.
fn collect(transcript: &mut Transcript, mut rows: Vec<Row>, voices: &mut Voices) {
    rows.retain(|row| !row.segment.text.trim().is_empty());
    let unsorted = !rows.is_sorted_by_key(|row| row.segment.span.start);
    if unsorted {
        rows.sort_by_key(|row| row.segment.span.start);
        let message = "segments were out of order, and were sorted by their start".into();
        transcript.warnings.push(Warning { at: None, message });
    }
    rows.iter().flat_map(|row| &row.voice).for_each(|name| voices.meet(name));
    let segments =
        rows.into_iter().map(|row| Segment { speaker: row.voice.and_then(|name| voices.id(&name)), ..row.segment });
    transcript.segments = segments.collect();
    transcript.names = voices.names();
    if transcript.duration == Millis(0) {
        let ends = transcript.segments.iter().map(|segment| segment.span.end);
        transcript.duration = ends.max().unwrap_or_default();
    }
    if transcript.language.is_empty() {
        transcript.language = most_spoken(&transcript.segments);
    }
}

fn most_spoken(segments: &[Segment]) -> String {
    let mut times: Vec<(&str, u64)> = Vec::new();
    for segment in segments.iter().filter(|segment| !segment.language.is_empty()) {
        match times.iter_mut().find(|(language, _)| *language == segment.language) {
            Some((_, time)) => *time += segment.span.length().0,
            None => times.push((&segment.language, segment.span.length().0)),
        }
    }
    times.into_iter().max_by_key(|(_, time)| *time).map(|(language, _)| language.to_owned()).unwrap_or_default()
}

/// Later times are wrong: 1000 hours, in seconds.
const LATEST: f64 = 3_600_000.0;

/// Seconds of a file on our clock; `None` if that can't be. Just below zero is zero, as some programs round.
fn millis(seconds: f64) -> Option<Millis> {
    (-1.0..=LATEST).contains(&seconds).then(|| Millis((seconds.max(0.0) * 1000.0).round() as u64))
}

/// Both ends; an end before the start counts as none.
pub(crate) fn span(start: f64, end: f64) -> Option<Span> {
    Some(Span::new(millis(start)?.0, millis(end)?.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
