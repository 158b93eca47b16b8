//! JSON as openai-whisper writes it (`whisper/transcribe.py`, and `--output_format json`): its fields and no others.
//!
//! We keep no token numbers, so `tokens` is empty, and `seek`, where the window began in hundredths of a second, is
//! the segment's start. Everything else that we know is in our own JSON only.

use super::{Displayed, Each, WholeText, clean, probability, put, rounded, spaced};
use crate::format::text::blank_before;
use crate::{Segment, Transcript, Word};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, io};

pub(in crate::format) fn write(transcript: &Transcript, out: &mut impl io::Write) -> io::Result<()> {
    put(&Root(transcript), out)
}

struct Root<'a>(&'a Transcript);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transcript = self.0;
        // Its own writers look at the first segment for `words` and then expect them in all.
        let with_words = transcript.segments.iter().any(|s| !s.words.is_empty());
        let segments = || transcript.segments.iter().enumerate().map(|(id, s)| JsonSegment::of(id, s, with_words));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &Displayed(WholeText(transcript)))?;
        map.serialize_entry("segments", &Each(segments))?;
        map.serialize_entry("language", &clean(&transcript.language))?;
        map.end()
    }
}

#[derive(Serialize)]
struct JsonSegment<'a> {
    id: usize,
    seek: u64,
    start: f64,
    end: f64,
    text: Cow<'a, str>,
    tokens: [u32; 0],
    temperature: f32,
    avg_logprob: f32,
    compression_ratio: f32,
    no_speech_prob: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<JsonWord<'a>>>,
}

#[derive(Serialize)]
struct JsonWord<'a> {
    word: Cow<'a, str>,
    start: f64,
    end: f64,
    probability: f32,
}

impl<'a> JsonSegment<'a> {
    fn of(id: usize, segment: &'a Segment, with_words: bool) -> JsonSegment<'a> {
        let word = |(n, word): (usize, &'a Word)| JsonWord {
            word: spaced(if n == 0 { blank_before(segment) } else { word.spaced }, &word.text),
            start: word.span.start.seconds(),
            end: word.span.end.seconds(),
            probability: probability(word.confidence),
        };
        JsonSegment {
            id,
            seek: segment.span.start.0 / 10,
            start: segment.span.start.seconds(),
            end: segment.span.end.seconds(),
            text: spaced(blank_before(segment), &segment.text),
            tokens: [],
            temperature: probability(segment.temperature),
            avg_logprob: rounded(segment.avg_logprob, -100.0, 0.0),
            compression_ratio: rounded(segment.compression_ratio, 0.0, 1e6),
            no_speech_prob: probability(segment.no_speech_prob),
            words: with_words.then(|| segment.words.iter().enumerate().map(word).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::format::{Format, testing::*};

    #[test]
    fn german_and_english() {
        let mut council = council();
        council.segments.truncate(1);
        insta::assert_snapshot!(written(Format::Whisper, &council), @r#"
        {
          "text": " Guten Abend, meine Damen und Herren.",
          "segments": [
            {"id": 0, "seek": 34, "start": 0.34, "end": 2.4, "text": " Guten Abend, meine Damen und Herren.", "tokens": [], "temperature": 0.0, "avg_logprob": -0.1875, "compression_ratio": 1.32, "no_speech_prob": 0.01, "words": [
              {"word": " Guten", "start": 0.34, "end": 0.672, "probability": 0.95},
              {"word": " Abend,", "start": 0.672, "end": 1.07, "probability": 0.95},
              {"word": " meine", "start": 1.07, "end": 1.403, "probability": 0.95},
              {"word": " Damen", "start": 1.403, "end": 1.735, "probability": 0.95},
              {"word": " und", "start": 1.735, "end": 1.934, "probability": 0.95},
              {"word": " Herren.", "start": 1.934, "end": 2.4, "probability": 0.95}
            ]}
          ],
          "language": "de"
        }
        "#);
        insta::assert_snapshot!(written(Format::Whisper, &wordless(council)), @r#"
        {
          "text": " Guten Abend, meine Damen und Herren.",
          "segments": [
            {"id": 0, "seek": 34, "start": 0.34, "end": 2.4, "text": " Guten Abend, meine Damen und Herren.", "tokens": [], "temperature": 0.0, "avg_logprob": -0.1875, "compression_ratio": 1.32, "no_speech_prob": 0.01}
          ],
          "language": "de"
        }
        "#);
    }
}
