//! JSON as whisper.cpp's `whisper-cli -ojf` writes it (`output_json` in `examples/cli/cli.cpp`).
//!
//! We keep words and no token numbers: each word is one token with the number -1. Sizes within the model are 0, for a
//! transcript does not know them; they are there so that readers with fixed types take the file. `speaker` is the name, where
//! whisper.cpp has the number of a channel.

use super::{Each, clean, probability, put, spaced, speaker};
use crate::format::text::blank_before;
use crate::{Millis, Segment, Span, Transcript, Word};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::json;
use std::{borrow::Cow, io};

pub(in crate::format) fn write(transcript: &Transcript, out: &mut impl io::Write) -> io::Result<()> {
    put(&Root(transcript), out)
}

struct Root<'a>(&'a Transcript);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transcript = self.0;
        let file = clean(&transcript.model.file);
        let kind = file.trim_start_matches("ggml-").trim_end_matches(".bin");
        let sizes = json!({"ctx": 0, "state": 0, "head": 0, "layer": 0});
        let model = json!({
            "type": kind,
            "multilingual": !kind.contains(".en"),
            "vocab": 0,
            "audio": sizes,
            "text": sizes,
            "mels": 0,
            "ftype": 0,
        });
        let asked = match &transcript.settings.languages[..] {
            [language] => clean(language),
            _ => "auto".to_owned(),
        };
        let segments = || transcript.segments.iter().map(|s| JsonSegment::of(transcript, s));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("systeminfo", "")?;
        map.serialize_entry("model", &model)?;
        let translate = transcript.settings.translate;
        map.serialize_entry("params", &json!({"model": file, "language": asked, "translate": translate}))?;
        map.serialize_entry("result", &json!({"language": clean(&transcript.language)}))?;
        map.serialize_entry("transcription", &Each(segments))?;
        map.end()
    }
}

#[derive(Serialize)]
struct JsonSegment<'a> {
    timestamps: FromTo<Stamp>,
    offsets: FromTo<u64>,
    text: Cow<'a, str>,
    tokens: Vec<Token<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
}

#[derive(Serialize)]
struct Token<'a> {
    text: Cow<'a, str>,
    timestamps: FromTo<Stamp>,
    offsets: FromTo<u64>,
    id: i32,
    p: f32,
    t_dtw: i32,
}

#[derive(Serialize)]
struct FromTo<T> {
    from: T,
    to: T,
}

impl<'a> JsonSegment<'a> {
    fn of(transcript: &Transcript, segment: &'a Segment) -> JsonSegment<'a> {
        let token = |(n, word): (usize, &'a Word)| Token {
            text: spaced(if n == 0 { blank_before(segment) } else { word.spaced }, &word.text),
            timestamps: timestamps(word.span),
            offsets: offsets(word.span),
            id: -1,
            p: probability(word.confidence),
            t_dtw: -1,
        };
        JsonSegment {
            timestamps: timestamps(segment.span),
            offsets: offsets(segment.span),
            text: spaced(blank_before(segment), &segment.text),
            tokens: segment.words.iter().enumerate().map(token).collect(),
            speaker: speaker(transcript, segment),
        }
    }
}

fn timestamps(span: Span) -> FromTo<Stamp> {
    FromTo { from: Stamp(span.start), to: Stamp(span.end) }
}

/// `00:12:03,456`.
struct Stamp(Millis);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Millis(t) = self.0;
        let (h, m, s, t) = (t / 3_600_000, t / 60_000 % 60, t / 1000 % 60, t % 1000);
        serializer.collect_str(&format_args!("{h:02}:{m:02}:{s:02},{t:03}"))
    }
}

fn offsets(span: Span) -> FromTo<u64> {
    FromTo { from: span.start.0, to: span.end.0 }
}

#[cfg(test)]
mod tests {
    use crate::format::{Format, testing::*};

    #[test]
    fn german_and_english() {
        let mut council = council();
        council.segments.drain(..3);
        insta::assert_snapshot!(written(Format::WhisperCpp, &council), @r#"
        {
          "systeminfo": "",
          "model": {
            "type": "base-q8_0",
            "multilingual": true,
            "vocab": 0,
            "audio": {
              "ctx": 0,
              "state": 0,
              "head": 0,
              "layer": 0
            },
            "text": {
              "ctx": 0,
              "state": 0,
              "head": 0,
              "layer": 0
            },
            "mels": 0,
            "ftype": 0
          },
          "params": {
            "model": "ggml-base-q8_0.bin",
            "language": "auto",
            "translate": false
          },
          "result": {
            "language": "de"
          },
          "transcription": [
            {"timestamps": {"from": "00:00:16,800", "to": "00:00:17,200"}, "offsets": {"from": 16800, "to": 17200}, "text": " Gern.", "tokens": [
              {"text": " Gern.", "timestamps": {"from": "00:00:16,800", "to": "00:00:17,200"}, "offsets": {"from": 16800, "to": 17200}, "id": -1, "p": 0.95, "t_dtw": -1}
            ], "speaker": "Speaker 1"}
          ]
        }
        "#);
    }
}
