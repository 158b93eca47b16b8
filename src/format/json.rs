//! Everything known, for programs: one file that readers of openai-whisper's and of WhisperX's JSON accept.
//!
//! `docs/transcript.schema.json` is the contract, and describes every field; fields are only ever added. Where the
//! two models differ, each gets its own place: `segments[].text` and `segments[].words[].word` begin with the blank
//! that stands before them, as openai-whisper has it, so that joining them gives the text; `word_segments[].word`
//! has no blanks, as WhisperX has it. What neither knows lies in `transcribe`, out of their way.
//!
//! Nothing here is kept in memory but the transcript itself: an 8-hour meeting is written as it goes.

use super::text::{self, blank_before};
use crate::{Completeness, Millis, Segment, Transcript, Word};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, fmt, io};

mod layout;

/// Raised only if something that is written already changes its meaning.
const SCHEMA: u32 = 1;

pub(super) fn write(transcript: &Transcript, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, layout::Layout::default());
    Root(transcript).serialize(&mut serializer)?;
    writeln!(out)
}

struct Root<'a>(&'a Transcript);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let transcript = self.0;
        // openai-whisper's own writers look at the first segment for `words` and then expect them in all.
        let with_words = transcript.segments.iter().any(|s| !s.words.is_empty());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &Shown(Joined(transcript)))?;
        map.serialize_entry("language", &clean(&transcript.language))?;
        map.serialize_entry("duration", &transcript.duration.seconds())?;
        map.serialize_entry(
            "segments",
            &Each(|| transcript.segments.iter().enumerate().map(|(n, s)| segment(n, s, with_words))),
        )?;
        map.serialize_entry("word_segments", &Each(|| transcript.segments.iter().flat_map(flat_words)))?;
        map.serialize_entry("transcribe", &ours(transcript))?;
        map.end()
    }
}

#[derive(Serialize)]
struct JsonSegment<'a, W> {
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
    uncertain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<W>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn segment(id: usize, segment: &Segment, with_words: bool) -> impl Serialize {
    let words = move || {
        segment.words.iter().enumerate().map(move |(n, word)| JsonWord {
            word: spaced(if n == 0 { blank_before(segment) } else { word.spaced }, &word.text),
            start: word.span.start.seconds(),
            end: word.span.end.seconds(),
            probability: Some(probability(word.confidence)),
            score: probability(word.confidence),
            uncertain: word.is_uncertain(),
            speaker: None,
        })
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
        speaker: segment.speaker.map(text::speaker_name),
        uncertain: segment.is_uncertain(),
        words: with_words.then_some(Each(words)),
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

fn flat_words<'a>(segment: &'a Segment) -> impl Iterator<Item = JsonWord<'a>> {
    let flat = |word: &'a Word| JsonWord {
        word: text::line(&word.text),
        start: word.span.start.seconds(),
        end: word.span.end.seconds(),
        probability: None,
        score: probability(word.confidence),
        uncertain: word.is_uncertain(),
        speaker: segment.speaker.map(text::speaker_name),
    };
    segment.words.iter().map(flat)
}

/// What only we know.
#[derive(Serialize)]
struct Ours<G, M, R, C, W> {
    schema: u32,
    version: &'static str,
    model: Model,
    recording: Recording,
    settings: Settings,
    coverage: Coverage,
    gaps: G,
    #[serde(skip_serializing_if = "Option::is_none")]
    markers: Option<M>,
    removed: R,
    corrections: C,
    warnings: W,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Model {
    file: String,
    sha256: String,
}

#[derive(Serialize)]
struct Recording {
    name: String,
    size: u64,
    sha256: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    duration: f64,
}

#[derive(Serialize)]
struct Settings {
    language: Option<String>,
    languages: Vec<String>,
    translate: bool,
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    glossary: Option<Model>,
    beam_size: Option<u8>,
    temperature: f32,
    vad: Option<Vad>,
    from: f64,
    to: Option<f64>,
    track: Option<u16>,
}

#[derive(Serialize)]
struct Vad {
    threshold: f32,
    min_speech_duration_ms: u64,
    min_silence_duration_ms: u64,
    speech_pad_ms: u64,
    max_speech_duration_s: f64,
}

#[derive(Serialize)]
struct Correction {
    start: f64,
    end: f64,
    from: String,
    to: String,
}

/// In seconds.
#[derive(Serialize)]
struct Coverage {
    speech: f64,
    with_text: f64,
}

#[derive(Serialize)]
struct Gap {
    start: f64,
    end: f64,
    reason: String,
}

#[derive(Serialize)]
struct Marker {
    time: f64,
    kind: crate::MarkerKind,
}

#[derive(Serialize)]
struct Removal {
    start: f64,
    end: f64,
    text: String,
    reason: String,
}

#[derive(Serialize)]
struct Warning {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<f64>,
    message: String,
}

fn ours(transcript: &Transcript) -> impl Serialize {
    let Transcript { recording, model, settings, .. } = transcript;
    let (complete, until, reason) = match &transcript.completeness {
        Completeness::Complete => (true, None, None),
        Completeness::Partial { until, reason } => (false, Some(until.seconds()), Some(clean(reason))),
    };
    Ours {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        model: Model { file: model.file.clone(), sha256: model.sha256.clone() },
        recording: Recording {
            name: recording.name.clone(),
            size: recording.size,
            sha256: recording.sha256.clone(),
            parts: recording.parts.iter().map(|part| clean(part)).collect(),
            started: recording.started.as_deref().map(clean),
            duration: transcript.duration.seconds(),
        },
        settings: Settings {
            language: match settings.languages.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            languages: settings.languages.clone(),
            translate: settings.translate,
            prompt: settings.prompt.clone(),
            glossary: settings.glossary.as_ref().map(|g| Model { file: g.file.clone(), sha256: g.sha256.clone() }),
            beam_size: settings.beam_size,
            temperature: probability(settings.temperature),
            vad: settings.vad.map(|vad| Vad {
                threshold: probability(vad.threshold),
                min_speech_duration_ms: vad.min_speech.0,
                min_silence_duration_ms: vad.min_silence.0,
                speech_pad_ms: vad.padding.0,
                max_speech_duration_s: vad.longest.seconds(),
            }),
            from: settings.from.seconds(),
            to: settings.to.map(Millis::seconds),
            track: settings.track,
        },
        coverage: Coverage {
            speech: transcript.coverage.speech.seconds(),
            with_text: transcript.coverage.with_text.seconds(),
        },
        gaps: Each(|| {
            transcript.gaps.iter().map(|gap| Gap {
                start: gap.span.start.seconds(),
                end: gap.span.end.seconds(),
                reason: gap.reason.to_string(),
            })
        }),
        markers: (!transcript.markers.is_empty()).then_some(Each(|| {
            transcript.markers.iter().map(|marker| Marker { time: marker.at.seconds(), kind: marker.kind })
        })),
        removed: Each(|| {
            transcript.removed.iter().map(|removal| Removal {
                start: removal.span.start.seconds(),
                end: removal.span.end.seconds(),
                text: clean(&removal.text),
                reason: clean(&removal.reason),
            })
        }),
        corrections: Each(|| {
            transcript.corrections.iter().map(|correction| Correction {
                start: correction.span.start.seconds(),
                end: correction.span.end.seconds(),
                from: clean(&correction.from),
                to: clean(&correction.to),
            })
        }),
        warnings: Each(|| {
            let warning = |w: &crate::Warning| Warning { time: w.at.map(Millis::seconds), message: clean(&w.message) };
            transcript.warnings.iter().map(warning)
        }),
        complete,
        until,
        reason,
    }
}

/// A list written as it is made.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// A string written as it is made.
struct Shown<D>(D);

impl<D: fmt::Display> Serialize for Shown<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The segments' texts, one after the other.
struct Joined<'a>(&'a Transcript);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.segments.iter().try_for_each(|s| f.write_str(&spaced(blank_before(s), &s.text)))
    }
}

fn clean(text: &str) -> String {
    text::line(text).into_owned()
}

/// Nothing stays nothing.
fn spaced(blank: bool, text: &str) -> Cow<'_, str> {
    match text::line(text) {
        line if blank && !line.is_empty() => Cow::Owned([" ", &line].concat()),
        line => line,
    }
}

fn probability(value: f32) -> f32 {
    rounded(value, 0.0, 1.0)
}

/// To 4 decimals, which is more than any of these figures is worth; what is not a number counts as `low`.
fn rounded(value: f32, low: f32, high: f32) -> f32 {
    let value = if value.is_nan() { low } else { value.clamp(low, high) };
    // In f64, for in f32 the product of a large value loses digits; adding 0 makes -0 plain 0.
    ((f64::from(value) * 1e4).round() / 1e4) as f32 + 0.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
