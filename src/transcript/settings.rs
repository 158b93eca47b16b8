//! What is asked of a transcription: whatever can change the text or its times.
//!
//! The same value is what the pipeline works with and what a transcript records; its serde form is `transcribe.settings` in
//! the JSON. The [`OPTIONS`](TranscribeOptions::OPTIONS) declare how people set it.

use serde::{Deserialize, Serialize};

use super::{GlossaryId, Millis};
use crate::options::{Group, Kind, OptionSpec};

mod channels;
mod form;
pub use channels::{Channels, MAX_CHANNELS};

/// What is asked of a transcription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscribeOptions {
    /// Languages that may be spoken, as [`Segment::language`](super::Segment::language); empty: any. Unless it is exactly one,
    /// the language is detected for each stretch of speech.
    pub languages: Vec<String>,
    /// Whether the text is translated into English.
    pub translate: bool,
    /// Names and style to expect, given to the model before each chunk; may be empty.
    pub prompt: String,
    /// Which glossary is used; `None`: none. Its terms go to the pipeline beside these options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glossary: Option<GlossaryId>,
    /// Hypotheses kept while decoding, in `1..=8`; `None`: one, and five or eight where the result is doubtful.
    pub beam_size: Option<u8>,
    /// Sampling temperature, in `0.0..=1.0`.
    pub temperature: f32,
    /// How speech is detected, and cut into chunks. Old files without it have no record of it.
    #[serde(with = "form::nullable", default = "VadOptions::everything")]
    pub vad: VadOptions,
    /// Where the part to transcribe begins.
    #[serde(with = "form::seconds")]
    pub from: Millis,
    /// Where it ends; `None`: at the end of the recording.
    #[serde(with = "form::optional_seconds")]
    pub to: Option<Millis>,
    /// Audio track, counted from 1; `None`: the default one of the file.
    pub track: Option<u16>,
    /// The channels of that track.
    #[serde(skip_serializing_if = "Channels::is_mix")]
    pub channels: Channels,
}

impl TranscribeOptions {
    /// The declarations of all its options. `language` is a single one of [`languages`](Self::languages), `vad` is whether
    /// speech is [detected](VadOptions::detects), and options that begin with `vad-` are fields of [`vad`](Self::vad).
    pub const OPTIONS: &[OptionSpec] = &[
        part("from", "TIME", Kind::Time, "Start at this time: seconds, m:ss or h:mm:ss"),
        part("to", "TIME", Kind::Time, "End at this time, written the same way"),
        part("track", "N", Kind::Integer(1, 65_535), "Audio track, counted from 1")
            .default("the default one of the file"),
        OptionSpec::new(
            Group::Speakers,
            "channels",
            "CHANNELS",
            CHANNELS,
            "Channels to transcribe: all mixed into one, split into one speaker each, or one of them by its number",
        )
        .recordings_only()
        .default("mix"),
        model("language", "LANGUAGE", Kind::Text, "Language spoken: code (de) or name (german, deutsch)")
            .short('l')
            .default("auto, which detects it")
            .conflicts_with("languages"),
        model(
            "languages",
            "LANGUAGES",
            LANGUAGES,
            "Languages that may be spoken, e.g. de,en: detected for each stretch of speech",
        )
        .conflicts_with("language"),
        model("translate", "", Kind::Flag, "Write English, whatever language is spoken"),
        model(
            "prompt",
            "TEXT",
            Kind::Text,
            "Names and terms to expect, e.g. \"Frau Özdemir, Bürgerrat, Klinikum Fürth\"",
        )
        .alias("initial-prompt"),
        model(
            "glossary",
            "FILE",
            Kind::Path,
            "File with names and terms to expect, and to correct where misheard: one per line, `Term: sound-alike, sound-alike`",
        ),
        model(
            "meeting",
            "FILE",
            Kind::Path,
            "Data of the meeting (meeting.toml, or OParl 1.1): its glossary, names of persons, and languages. In `batch`, one for all, or a name or pattern of files beside each recording",
        )
        .not_in_file(),
        decoding("beam-size", "N", Kind::Integer(1, 8), "Hypotheses kept while decoding, {range}")
            .default("1, and 5 or 8 where the result is doubtful"),
        decoding("temperature", "T", Kind::Number(0.0, 1.0), "Sampling temperature, {range}").default("0"),
        speech(
            "vad",
            "BOOL",
            Kind::Switch,
            "Detect speech, and decode nothing else: true or false; false for singing and whispering",
        )
        .default("true"),
        speech(
            "vad-threshold",
            "P",
            Kind::Number(0.05, 0.95),
            "Score at which speech begins, {range}; a lower one finds more speech, and more noise",
        )
        .default("0.5"),
        speech("vad-min-speech-duration-ms", "MS", Kind::Integer(0, 5_000), "Shorter sounds are not speech")
            .default("90"),
        speech("vad-min-silence-duration-ms", "MS", Kind::Integer(0, 5_000), "Shorter pauses are part of the speech")
            .default("500"),
        speech("vad-speech-pad-ms", "MS", Kind::Integer(0, 2_000), "Audio decoded before and after speech")
            .default("400"),
        speech(
            "vad-max-speech-duration-s",
            "S",
            Kind::Integer(10, 28),
            "The longest stretch decoded at once, {range} s",
        )
        .default("28"),
    ];
}

const CHANNELS: Kind = Kind::Name {
    value: |text| text.parse::<Channels>().map(|channels| channels.to_string()),
    values: "mix, split or a number from 1 to 64",
};
const LANGUAGES: Kind = Kind::List { item: |text| Ok(text.to_owned()), items: String::new };

/// An option that is about a single recording.
const fn part(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Part, name, value_name, kind, help).recordings_only().not_in_file()
}

const fn model(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Model, name, value_name, kind, help)
}

const fn decoding(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Decoding, name, value_name, kind, help)
}

const fn speech(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Speech, name, value_name, kind, help)
}

/// How speech is detected, and cut into chunks.
///
/// What has no option keeps its default, and is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VadOptions {
    /// Score at which speech begins, in `0.0..=1.0`; 0: everything counts as speech.
    #[serde(rename = "threshold")]
    pub onset: f32,
    /// How far below [`onset`](Self::onset) the score must fall for speech to end.
    #[serde(skip)]
    pub hysteresis: f32,
    /// Score of [`Silero`](crate::speech::Silero) that must be reached in the 5 s before or after a stretch of speech, or else
    /// the stretch is noise. 0: none is.
    #[serde(skip)]
    pub confirm: f32,
    /// Score of [`Silero`](crate::speech::Silero) that noise and music hardly ever reach.
    #[serde(skip)]
    pub certain: f32,
    /// For how long altogether a chunk must reach it to be [certain](crate::speech::Chunk::certain), in windows of 32 ms.
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
    /// A chunk ends at a pause that is at least this long.
    #[serde(skip)]
    pub long_pause: Millis,
    /// The length of the longest chunk; less than 5 s counts as 5 s. Whisper's window is 30 s.
    #[serde(rename = "max_speech_duration_s", alias = "longest", with = "form::longest")]
    pub max_chunk: Millis,
}

impl Default for VadOptions {
    fn default() -> VadOptions {
        VadOptions {
            onset: 0.5,
            hysteresis: 0.5 - 0.3,
            confirm: 0.3,
            certain: 0.5,
            min_certain: Millis(64),
            min_speech: Millis(90),
            min_silence: Millis(500),
            padding: Millis(400),
            long_pause: Millis(2_500),
            max_chunk: Millis(28_000),
        }
    }
}

impl VadOptions {
    /// Everything counts as speech and is cut at its quietest places.
    pub fn everything() -> VadOptions {
        VadOptions { onset: 0.0, ..VadOptions::default() }
    }

    /// Whether speech is detected at all.
    pub fn detects(&self) -> bool {
        self.onset > 0.0
    }

    /// Score below which speech may end; not above [`onset`](Self::onset).
    pub fn offset(&self) -> f32 {
        match self.detects() {
            true => (self.onset - self.hysteresis).max(0.01),
            false => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json, to_value};

    #[test]
    fn what_is_recorded_is_read() {
        let vad = VadOptions { onset: 0.6, max_chunk: Millis(20_000), ..VadOptions::default() };
        let everything = VadOptions { max_chunk: Millis(10_000), ..VadOptions::everything() };
        for vad in [VadOptions::default(), vad, VadOptions::everything(), everything] {
            let options = TranscribeOptions { vad, from: Millis(1), to: Some(Millis(9_007)), ..Default::default() };
            let recorded = to_value(&options).expect("JSON");
            assert_eq!(from_value::<TranscribeOptions>(recorded.clone()).expect("options"), options, "{recorded}");
        }
    }

    #[test]
    fn without_detection_there_is_nothing_to_record_of_it() {
        let options = TranscribeOptions { vad: VadOptions::everything(), ..TranscribeOptions::default() };
        assert_eq!(to_value(&options).expect("JSON")["vad"], Value::Null);
    }

    #[test]
    fn the_form_of_old_manifests_is_read() {
        let vad = json!({"threshold": 0.6, "min_speech": 80, "min_silence": 400, "padding": 300, "longest": 20_000});
        let old = json!({"languages": ["de"], "glossary": null, "vad": vad, "from": 0, "to": null, "track": null});
        let read: TranscribeOptions = from_value(old).expect("options");
        let (min_speech, min_silence, padding) = (Millis(80), Millis(400), Millis(300));
        let max_chunk = Millis(20_000);
        let vad = VadOptions { onset: 0.6, min_speech, min_silence, padding, max_chunk, ..VadOptions::default() };
        assert_eq!(read, TranscribeOptions { languages: vec!["de".into()], vad, ..TranscribeOptions::default() });
    }

    #[test]
    fn a_time_that_cannot_be_is_a_mistake() {
        let wrong = from_value::<TranscribeOptions>(json!({"from": -5.0})).expect_err("no time");
        assert!(wrong.to_string().ends_with("expected a time in seconds"), "{wrong}");
    }

    #[test]
    fn speech_ends_at_a_lower_score_than_it_begins() {
        assert_eq!(VadOptions::default().offset(), 0.3);
        assert_eq!(VadOptions { onset: 0.05, ..VadOptions::default() }.offset(), 0.01);
        assert_eq!(VadOptions::everything().offset(), 0.0);
    }
}
