//! What is asked of a transcription: whatever can change the text or its times.
//!
//! The same value is what the pipeline works with and what a transcript records; its serde form is `transcribe.settings` in
//! the JSON. The [`OPTIONS`](TranscribeOptions::OPTIONS) declare how people set it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Unexpected};

use super::{GlossaryId, Millis};

mod table;

/// What is asked of a transcription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscribeOptions {
    /// Languages that may be spoken, as [`Segment::language`](super::Segment::language); empty: any. Unless it is exactly one,
    /// the language is detected for each stretch of speech.
    pub languages: Vec<String>,
    /// Whether the text is translated into English.
    pub translate: bool,
    /// Names and style to expect, given to the model before each clip; may be empty.
    pub prompt: String,
    /// Which glossary is used; `None`: none. Its terms go to the pipeline beside these options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glossary: Option<GlossaryId>,
    /// Hypotheses kept while decoding, in `1..=8`; `None`: one, and five where the result is doubtful.
    pub beam_size: Option<u8>,
    /// Initial sampling temperature, in `0.0..=1.0`; it rises where the text is not good enough.
    pub temperature: f32,
    /// How speech is detected, and cut into clips. Old files without it have no record of it.
    #[serde(with = "nullable", default = "VadOptions::everything")]
    pub vad: VadOptions,
    /// Where the part to transcribe begins.
    #[serde(with = "seconds")]
    pub from: Millis,
    /// Where it ends; `None`: at the end of the recording.
    #[serde(with = "optional_seconds")]
    pub to: Option<Millis>,
    /// Audio track, counted from 1; `None`: the first that can be decoded.
    pub track: Option<u16>,
}

/// How speech is detected, and cut into clips.
///
/// What has no option keeps its default, and is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VadOptions {
    /// Score at which speech begins, in `0.0..=1.0`; 0: everything counts as speech.
    #[serde(rename = "threshold")]
    pub enter: f32,
    /// How far below [`enter`](Self::enter) the score must fall for speech to end.
    #[serde(skip)]
    pub hysteresis: f32,
    /// Score of [`Silero`](crate::speech::Silero) that must be reached in the 5 s before or after a stretch of speech, or else
    /// the stretch is noise. 0: none is.
    #[serde(skip)]
    pub confirm: f32,
    /// Score of [`Silero`](crate::speech::Silero) that noise and music hardly ever reach.
    #[serde(skip)]
    pub certain: f32,
    /// For how long altogether a clip must reach it to be [certain](crate::speech::Chunk::certain), in windows of 32 ms.
    #[serde(skip)]
    pub min_certain: Millis,
    /// Shorter stretches are not speech but a cough or a door.
    #[serde(rename = "min_speech_duration_ms", alias = "min_speech")]
    pub min_speech: Millis,
    /// Shorter pauses are part of the speech.
    #[serde(rename = "min_silence_duration_ms", alias = "min_silence")]
    pub min_silence: Millis,
    /// Added on both sides, so that soft beginnings and ends of words are included.
    #[serde(rename = "speech_pad_ms", alias = "padding")]
    pub padding: Millis,
    /// A clip ends at a pause that is at least this long.
    #[serde(skip)]
    pub long_pause: Millis,
    /// The length of the longest clip; less than 5 s counts as 5 s. Whisper's window is 30 s.
    #[serde(rename = "max_speech_duration_s", alias = "longest", with = "longest")]
    pub longest: Millis,
}

impl Default for VadOptions {
    fn default() -> VadOptions {
        VadOptions {
            enter: 0.5,
            hysteresis: 0.5 - 0.3,
            confirm: 0.3,
            certain: 0.5,
            min_certain: Millis(64),
            min_speech: Millis(90),
            min_silence: Millis(500),
            padding: Millis(400),
            long_pause: Millis(2_500),
            longest: Millis(28_000),
        }
    }
}

impl VadOptions {
    /// Everything counts as speech and is cut at its quietest places.
    pub fn everything() -> VadOptions {
        VadOptions { enter: 0.0, ..VadOptions::default() }
    }

    /// Whether speech is detected at all.
    pub fn detects(&self) -> bool {
        self.enter > 0.0
    }

    /// Score below which speech may end; not above [`enter`](Self::enter).
    pub fn leave(&self) -> f32 {
        match self.detects() {
            true => (self.enter - self.hysteresis).max(0.01),
            false => 0.0,
        }
    }
}

/// Times of the recording, in seconds.
mod seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(time: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.seconds())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let wrong = || serde::de::Error::invalid_value(Unexpected::Float(seconds), &"a time in seconds");
        // Some programs round to just below zero; a recording of 1,000 hours is a mistake.
        let time = (-1.0..=3_600_000.0).contains(&seconds).then(|| Millis::from_seconds(seconds));
        time.ok_or_else(wrong)
    }
}

/// The same, or null.
mod optional_seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(time: &Option<Millis>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Millis::seconds).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Millis>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "seconds")] Millis);
        Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
    }
}

/// The longest clip, in seconds. Old manifests and checkpoints have milliseconds, which can be told by their size.
mod longest {
    use super::*;
    pub(super) use seconds::serialize;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let longest = seconds::deserialize(deserializer)?;
        Ok(if longest < Millis(1_000_000) { longest } else { Millis(longest.0 / 1_000) })
    }
}

/// Null: everything counts as speech.
mod nullable {
    use super::*;

    pub(super) fn serialize<S: Serializer>(vad: &VadOptions, serializer: S) -> Result<S::Ok, S::Error> {
        Some(vad).filter(|vad| **vad != VadOptions::everything()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VadOptions, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or_else(VadOptions::everything))
    }
}
