//! The object `transcribe` of the JSON, which other programs do not have, for writing and for reading. All times are seconds.

use super::{JsonSegment, clean, probability, segment};
use crate::format::text::speaker_id;
use crate::wording::{self, Language};
use crate::{Completeness, Millis, PartialReason, RemovalReason, SpeakerId, TranscribeOptions, Transcript, VadOptions};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Raised if something changes its meaning. Version 1 had English sentences in the place of codes.
pub(crate) const SCHEMA: u32 = 2;

/// Missing fields count as empty, apart from the version.
#[derive(Deserialize, Serialize)]
pub(crate) struct TranscribeExtension<S> {
    pub(crate) schema: u32,
    #[serde(default)]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) model: File,
    #[serde(default)]
    pub(crate) recording: Recording,
    #[serde(default = "not_recorded", serialize_with = "with_language")]
    pub(crate) settings: TranscribeOptions,
    #[serde(default)]
    pub(crate) coverage: Coverage,
    #[serde(default)]
    pub(crate) gaps: Vec<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) markers: Vec<Marker>,
    #[serde(default)]
    pub(crate) removed: Vec<Removal>,
    #[serde(default)]
    pub(crate) corrections: Vec<Correction>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) edits: Vec<Edit<S>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) checked: Vec<Checked>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) speakers: Vec<Speaker>,
    #[serde(default)]
    pub(crate) warnings: Vec<Warning>,
    #[serde(default = "complete")]
    pub(crate) complete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

fn complete() -> bool {
    true
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct File {
    pub(crate) file: String,
    pub(crate) sha256: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tracks: Vec<TrackFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started: Option<String>,
    pub(crate) duration: f64,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct TrackFile {
    pub(crate) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) speaker: Option<u16>,
    pub(crate) start: f64,
    /// In parts per million.
    pub(crate) drift: f64,
}

#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Coverage {
    pub(crate) speech: f64,
    pub(crate) with_text: f64,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Gap {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) reason: String,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Marker {
    pub(crate) time: f64,
    pub(crate) kind: crate::MarkerKind,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Removal {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) text: String,
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) uncertain: bool,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Correction {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Edit<S> {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) machine: Vec<S>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Checked {
    pub(crate) start: f64,
    pub(crate) end: f64,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Speaker {
    pub(crate) id: u16,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certainty: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) perhaps: Option<u16>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Warning {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// `code`, what belongs to it, and `message`.
    #[serde(flatten)]
    pub(crate) kind: Map<String, Value>,
}

impl<'a> TranscribeExtension<JsonSegment<'a>> {
    // Long because it lists every field of the object once.
    pub(super) fn of(transcript: &'a Transcript) -> Self {
        let Transcript { recording, model, settings, .. } = transcript;
        let (until, reason) = match &transcript.completeness {
            Completeness::Complete => (None, None),
            Completeness::Partial { until, reason } => (Some(until.seconds()), Some(reason)),
        };
        TranscribeExtension {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: File { file: model.file.clone(), sha256: model.sha256.clone() },
            recording: Recording {
                name: recording.name.clone(),
                size: recording.size,
                sha256: recording.sha256.clone(),
                parts: recording.parts.iter().map(|part| clean(part)).collect(),
                tracks: listed(&recording.tracks, |track| TrackFile {
                    file: clean(&track.file),
                    speaker: track.speaker.map(|id| id.0),
                    start: track.start.seconds(),
                    drift: track.drift as f64 / 1000.0,
                }),
                started: recording.started.as_deref().map(clean),
                duration: transcript.duration.seconds(),
            },
            settings: TranscribeOptions {
                temperature: probability(settings.temperature),
                // Without detection it is null, whatever the longest clip is.
                vad: match settings.vad.detects() {
                    true => VadOptions { onset: probability(settings.vad.onset), ..settings.vad },
                    false => VadOptions::everything(),
                },
                ..settings.clone()
            },
            coverage: Coverage {
                speech: transcript.coverage.speech.seconds(),
                with_text: transcript.coverage.with_text.seconds(),
            },
            gaps: listed(&transcript.gaps, |gap| Gap {
                start: gap.span.start.seconds(),
                end: gap.span.end.seconds(),
                reason: gap.reason.code().to_owned(),
            }),
            markers: listed(&transcript.markers, |marker| Marker { time: marker.at.seconds(), kind: marker.kind }),
            removed: listed(&transcript.removed, |removal| Removal {
                start: removal.span.start.seconds(),
                end: removal.span.end.seconds(),
                text: clean(&removal.text),
                reason: removal.reason.code().to_owned(),
                message: match &removal.reason {
                    RemovalReason::Other(message) => Some(clean(message)),
                    _ => None,
                },
                uncertain: removal.uncertain,
            }),
            corrections: listed(&transcript.corrections, |correction| Correction {
                start: correction.span.start.seconds(),
                end: correction.span.end.seconds(),
                from: clean(&correction.from),
                to: clean(&correction.to),
            }),
            edits: listed(&transcript.edits, |edit| {
                let with_words = edit.machine.iter().any(|s| !s.words.is_empty());
                let machine = edit.machine.iter().enumerate().map(|(n, s)| segment(transcript, n, s, with_words));
                Edit { start: edit.span.start.seconds(), end: edit.span.end.seconds(), machine: machine.collect() }
            }),
            checked: listed(&transcript.checked, |span| Checked {
                start: span.start.seconds(),
                end: span.end.seconds(),
            }),
            speakers: speakers(transcript),
            warnings: listed(&transcript.warnings, |warning| Warning {
                time: warning.at.map(Millis::seconds),
                file: warning.file.as_deref().map(clean),
                kind: kind(warning),
            }),
            complete: reason.is_none(),
            until,
            reason: reason.map(|reason| reason.code().to_owned()),
            message: match reason {
                Some(PartialReason::Failed(message)) => Some(clean(message)),
                _ => None,
            },
        }
    }
}

/// All who speak, also those that only the model's text has.
fn speakers(transcript: &Transcript) -> Vec<Speaker> {
    let there = transcript.speakers();
    let speaker = |id: &SpeakerId| {
        let voice = transcript.voices.get(id);
        Speaker {
            id: id.0,
            name: speaker_id(transcript, *id),
            former_names: transcript.former_names.get(id).into_iter().flatten().map(|name| clean(name)).collect(),
            certainty: voice.map(|voice| (f64::from(voice.certainty) * 100.0).round() / 100.0),
            perhaps: voice.and_then(|voice| voice.perhaps).filter(|other| there.contains(other)).map(|other| other.0),
        }
    };
    there.iter().map(speaker).collect()
}

/// A warning's code and data, and an English sentence for people.
fn kind(warning: &crate::Warning) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(&warning.kind) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for value in fields.values_mut() {
        if let Value::String(text) = value {
            *text = clean(text);
        }
    }
    let message = wording::kind(&warning.kind, Language::English);
    fields.insert("message".into(), clean(&message).into());
    fields
}

/// With `language`, the one language that was asked for, for readers that expect it; null: none or several.
fn with_language<S: Serializer>(settings: &TranscribeOptions, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithLanguage<'a> {
        language: Option<&'a str>,
        #[serde(flatten)]
        settings: &'a TranscribeOptions,
    }
    let language = match settings.languages.as_slice() {
        [only] => Some(only.as_str()),
        _ => None,
    };
    WithLanguage { language, settings }.serialize(serializer)
}

fn not_recorded() -> TranscribeOptions {
    Transcript::default().settings
}

fn listed<'a, T, U>(list: &'a [T], one: impl Fn(&'a T) -> U) -> Vec<U> {
    list.iter().map(one).collect()
}
