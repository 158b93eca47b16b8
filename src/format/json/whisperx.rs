//! JSON as WhisperX writes it after alignment (`whisperx/types.py`): segments with words and speakers, all words
//! once more in `word_segments`, and the language; nothing else.

use super::{Each, clean, probability, put, spaced, speaker};
use crate::format::text::{self, blank_before};
use crate::{Segment, Transcript};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, io};

pub(in crate::format) fn write(transcript: &Transcript, out: &mut impl io::Write) -> io::Result<()> {
    put(&Root(transcript), out)
}

struct Root<'a>(&'a Transcript);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transcript = self.0;
        let segments = || transcript.segments.iter().map(|s| JsonSegment::of(transcript, s));
        let all_words = || transcript.segments.iter().flat_map(|s| words(transcript, s));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("segments", &Each(segments))?;
        map.serialize_entry("word_segments", &Each(all_words))?;
        map.serialize_entry("language", &clean(&transcript.language))?;
        map.end()
    }
}

#[derive(Serialize)]
struct JsonSegment<'a> {
    start: f64,
    end: f64,
    text: Cow<'a, str>,
    words: Vec<JsonWord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
}

#[derive(Serialize)]
struct JsonWord<'a> {
    word: Cow<'a, str>,
    start: f64,
    end: f64,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
}

impl<'a> JsonSegment<'a> {
    fn of(transcript: &Transcript, segment: &'a Segment) -> JsonSegment<'a> {
        JsonSegment {
            start: segment.span.start.seconds(),
            end: segment.span.end.seconds(),
            text: spaced(blank_before(segment), &segment.text),
            words: words(transcript, segment).collect(),
            speaker: speaker(transcript, segment),
        }
    }
}

fn words<'a>(transcript: &Transcript, segment: &'a Segment) -> impl Iterator<Item = JsonWord<'a>> + use<'a> {
    let speaker = speaker(transcript, segment);
    segment.words.iter().map(move |word| JsonWord {
        word: text::line(&word.text),
        start: word.span.start.seconds(),
        end: word.span.end.seconds(),
        score: probability(word.confidence),
        speaker: speaker.clone(),
    })
}

#[cfg(test)]
mod tests {
    use crate::format::{Format, testing::*};

    #[test]
    fn german_and_english() {
        let mut council = council();
        council.segments.drain(..3);
        insta::assert_snapshot!(written(Format::WhisperX, &council), @r#"
        {
          "segments": [
            {"start": 16.8, "end": 17.2, "text": " Gern.", "words": [
              {"word": "Gern.", "start": 16.8, "end": 17.2, "score": 0.95, "speaker": "Speaker 1"}
            ], "speaker": "Speaker 1"}
          ],
          "word_segments": [
            {"word": "Gern.", "start": 16.8, "end": 17.2, "score": 0.95, "speaker": "Speaker 1"}
          ],
          "language": "de"
        }
        "#);
        council.segments[0].speaker = None;
        insta::assert_snapshot!(written(Format::WhisperX, &wordless(council)), @r#"
        {
          "segments": [
            {"start": 16.8, "end": 17.2, "text": " Gern.", "words": []}
          ],
          "word_segments": [],
          "language": "de"
        }
        "#);
    }
}
