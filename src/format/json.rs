//! Everything known, for programs, in a form that readers of openai-whisper's and of WhisperX's JSON accept.
//!
//! `docs/transcript.schema.json` is the contract and describes every field; within a version fields and codes are only added. Where
//! the two programs differ, each has its own place: `segments[].text` and `segments[].words[].word` begin with the blank
//! before them, as in openai-whisper, so that joining them gives the text; `word_segments[].word`
//! has no blanks, as in WhisperX. What neither has is in `transcribe`.
//!
//! The file is streamed: of an 8-hour meeting only the transcript itself is in memory.

use super::text::{self, blank_before};
use crate::{Segment, Transcript, Word};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, fmt, io};

pub(crate) mod extension;
mod layout;
pub(super) mod whisper;
pub(super) mod whispercpp;
pub(super) mod whisperx;

pub(super) fn write(transcript: &Transcript, out: &mut impl io::Write) -> io::Result<()> {
    put(&Root(transcript), out)
}

/// Streams JSON in a layout that people can read.
fn put(root: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    root.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, layout::Layout::default()))?;
    writeln!(out)
}

struct Root<'a>(&'a Transcript);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transcript = self.0;
        // openai-whisper's own writers look at the first segment for `words` and then expect them in all.
        let with_words = transcript.segments.iter().any(|s| !s.words.is_empty());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &Displayed(WholeText(transcript)))?;
        map.serialize_entry("language", &clean(&transcript.language))?;
        map.serialize_entry("duration", &transcript.duration.seconds())?;
        map.serialize_entry(
            "segments",
            &Each(|| transcript.segments.iter().enumerate().map(|(n, s)| segment(transcript, n, s, with_words))),
        )?;
        let words = || transcript.segments.iter().flat_map(|s| flat_words(transcript, s));
        map.serialize_entry("word_segments", &Each(words))?;
        map.serialize_entry("transcribe", &extension::TranscribeExtension::of(transcript))?;
        map.end()
    }
}

#[derive(Serialize)]
pub(crate) struct JsonSegment<'a> {
    id: usize,
    start: f64,
    end: f64,
    text: Cow<'a, str>,
    avg_logprob: f32,
    no_speech_prob: f32,
    temperature: f32,
    compression_ratio: f32,
    language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    edited: bool,
    #[serde(skip_serializing_if = "is_false")]
    uncertain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<JsonWord<'a>>>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn segment<'a>(transcript: &Transcript, id: usize, segment: &'a Segment, with_words: bool) -> JsonSegment<'a> {
    let word = |(n, word): (usize, &'a Word)| JsonWord {
        word: spaced(if n == 0 { blank_before(segment) } else { word.spaced }, &word.text),
        start: word.span.start.seconds(),
        end: word.span.end.seconds(),
        probability: Some(probability(word.confidence)),
        score: probability(word.confidence),
        uncertain: word.is_uncertain(),
        speaker: None,
    };
    JsonSegment {
        id,
        start: segment.span.start.seconds(),
        end: segment.span.end.seconds(),
        text: spaced(blank_before(segment), &segment.text),
        avg_logprob: rounded(segment.avg_logprob, -100.0, 0.0),
        no_speech_prob: probability(segment.no_speech_prob),
        temperature: probability(segment.temperature),
        compression_ratio: rounded(segment.compression_ratio, 0.0, 1e6),
        language: clean(&segment.language),
        speaker: speaker(transcript, segment),
        edited: segment.edited,
        uncertain: segment.is_uncertain(),
        words: with_words.then(|| segment.words.iter().enumerate().map(word).collect()),
    }
}

#[derive(Serialize)]
struct JsonWord<'a> {
    word: Cow<'a, str>,
    start: f64,
    end: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f32>,
    score: f32,
    #[serde(skip_serializing_if = "is_false")]
    uncertain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
}

fn flat_words<'a>(transcript: &'a Transcript, segment: &'a Segment) -> impl Iterator<Item = JsonWord<'a>> {
    let speaker = speaker(transcript, segment);
    let flat = move |word: &'a Word| JsonWord {
        word: text::line(&word.text),
        start: word.span.start.seconds(),
        end: word.span.end.seconds(),
        probability: None,
        score: probability(word.confidence),
        uncertain: word.is_uncertain(),
        speaker: speaker.clone(),
    };
    segment.words.iter().map(flat)
}

fn speaker(transcript: &Transcript, segment: &Segment) -> Option<String> {
    segment.speaker.map(|speaker| text::speaker_id(transcript, speaker))
}

/// A list that is streamed.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// A string that is streamed.
struct Displayed<D>(D);

impl<D: fmt::Display> Serialize for Displayed<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The segments' texts, one after the other.
struct WholeText<'a>(&'a Transcript);

impl fmt::Display for WholeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.segments.iter().try_for_each(|s| f.write_str(&spaced(blank_before(s), &s.text)))
    }
}

fn clean(text: &str) -> String {
    text::line(text).into_owned()
}

/// `text` on one line, with a blank before it if `blank` is true; empty text stays empty.
fn spaced(blank: bool, text: &str) -> Cow<'_, str> {
    match text::line(text) {
        line if blank && !line.is_empty() => Cow::Owned([" ", &line].concat()),
        line => line,
    }
}

fn probability(value: f32) -> f32 {
    rounded(value, 0.0, 1.0)
}

/// Rounded to 4 decimals, which is more than any of these figures is precise; NaN counts as `low`.
fn rounded(value: f32, low: f32, high: f32) -> f32 {
    let value = if value.is_nan() { low } else { value.clamp(low, high) };
    // In f64, for in f32 the product of a large value loses digits; adding 0 makes -0 plain 0.
    ((f64::from(value) * 1e4).round() / 1e4) as f32 + 0.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
