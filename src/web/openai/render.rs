//! A transcript as OpenAI's API writes it.

use std::io;

use serde_json::{Map, Value, json};

use super::fields::{AnswerFormat, Shape, Task};
use crate::app::language_name;
use crate::format::{Format, Style, write};
use crate::{SpeakerId, Transcript};

/// The answer in one piece.
///
/// # Errors
/// If the transcript can't be written.
pub(super) fn rendered(transcript: &Transcript, shape: Shape) -> io::Result<Vec<u8>> {
    let whole = Whole::of(transcript)?;
    Ok(match shape.format {
        AnswerFormat::Json => json!({"text": whole.text, "usage": usage(transcript)}).to_string().into(),
        AnswerFormat::VerboseJson => Value::from(whole.verbose(transcript, shape)).to_string().into(),
        AnswerFormat::DiarizedJson => json!({
            "task": shape.task.name(),
            "duration": transcript.duration.seconds(),
            "text": whole.text,
            "segments": diarized(transcript),
            "usage": usage(transcript),
        })
        .to_string()
        .into(),
        AnswerFormat::Text => format!("{}\n", whole.text).into(),
        AnswerFormat::Srt => captions(transcript, Format::Srt)?,
        AnswerFormat::Vtt => captions(transcript, Format::Vtt)?,
    })
}

/// The answer as events: the text of each segment, then the whole.
///
/// # Errors
/// If the transcript can't be written.
pub(super) fn events(transcript: &Transcript, shape: Shape) -> io::Result<Vec<u8>> {
    let whole = Whole::of(transcript)?;
    let mut all = String::new();
    for (n, segment) in whole.segments.iter().enumerate() {
        let text = segment["text"].as_str().unwrap_or_default();
        let delta = if n == 0 { text.trim_start() } else { text };
        all += &event("transcript.text.delta", &json!({"type": "transcript.text.delta", "delta": delta}));
    }
    let mut done = Map::new();
    done.insert("type".into(), "transcript.text.done".into());
    if shape.format == AnswerFormat::DiarizedJson {
        let segments = diarized(transcript);
        all.extend(segments.iter().map(|segment| event("transcript.text.segment", segment)));
        done.insert("text".into(), whole.text.into());
        done.insert("segments".into(), segments.into());
    } else {
        done.append(&mut whole.verbose(transcript, shape));
    }
    all += &event("transcript.text.done", &done.into());
    Ok(all.into())
}

/// A server-sent event. JSON has no line ends.
pub(super) fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// What openai-whisper's JSON has, which the API took over.
struct Whole {
    /// Without a blank before it.
    text: String,
    segments: Vec<Value>,
    words: Vec<Value>,
}

impl Whole {
    fn of(transcript: &Transcript) -> io::Result<Whole> {
        let mut bytes = Vec::new();
        write(Format::Whisper, transcript, &Style::default(), &mut bytes)?;
        let mut whole: Value = serde_json::from_slice(&bytes)?;
        let text = whole["text"].as_str().unwrap_or_default().trim().to_owned();
        let Value::Array(mut segments) = whole["segments"].take() else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let listed = segments.iter_mut().filter_map(|segment| segment.as_object_mut()?.remove("words"));
        let words = listed.filter_map(|words| words.as_array().cloned()).flatten().map(|word| {
            let text = word["word"].as_str().unwrap_or_default().trim();
            json!({"word": text, "start": word["start"], "end": word["end"]})
        });
        let words = words.collect();
        Ok(Whole { text, segments, words })
    }

    fn verbose(self, transcript: &Transcript, shape: Shape) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("task".into(), shape.task.name().into());
        map.insert("language".into(), language(transcript, shape.task).into());
        map.insert("duration".into(), transcript.duration.seconds().into());
        map.insert("text".into(), self.text.into());
        map.insert("segments".into(), self.segments.into());
        if shape.words {
            map.insert("words".into(), self.words.into());
        }
        map.insert("usage".into(), usage(transcript));
        map
    }
}

/// The English name of the language, in lower case; empty if nobody speaks.
fn language(transcript: &Transcript, task: Task) -> String {
    match task {
        Task::Translate => "english".into(),
        Task::Transcribe => language_name(&transcript.language).to_lowercase(),
    }
}

/// Whole seconds.
fn usage(transcript: &Transcript) -> Value {
    json!({"type": "duration", "seconds": transcript.duration.0.div_ceil(1000)})
}

fn captions(transcript: &Transcript, format: Format) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write(format, transcript, &Style::default(), &mut bytes)?;
    Ok(bytes)
}

fn diarized(transcript: &Transcript) -> Vec<Value> {
    let segment = |(n, segment): (usize, &crate::Segment)| {
        json!({
            "id": format!("seg_{n}"),
            "type": "transcript.text.segment",
            "start": segment.span.start.seconds(),
            "end": segment.span.end.seconds(),
            "text": segment.text,
            "speaker": segment.speaker.map_or_else(|| "unknown".to_owned(), label),
        })
    };
    transcript.segments.iter().enumerate().map(segment).collect()
}

/// `A` to `Z`, then `AA` and so on.
fn label(speaker: SpeakerId) -> String {
    let (mut rest, mut letters) = (u32::from(speaker.0), Vec::new());
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}
