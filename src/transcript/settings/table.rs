//! How people set what is asked of a transcription.

use super::TranscribeOptions;
use crate::options::{Group, Kind, OptionSpec};

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

impl TranscribeOptions {
    /// The declarations of all its options. `language` is a single one of [`languages`](Self::languages), `vad` is whether
    /// speech is [detected](super::VadOptions::detects), and options that begin with `vad-` are fields of [`vad`](Self::vad).
    pub const OPTIONS: &[OptionSpec] = &[
        part("from", "TIME", Kind::Time, "Start at this time: seconds, m:ss or h:mm:ss"),
        part("to", "TIME", Kind::Time, "End at this time, written the same way"),
        part("track", "N", Kind::Integer(1, 65_535), "Audio track, counted from 1")
            .default("the first that can be decoded"),
        model("language", "LANGUAGE", Kind::Text, "Language spoken: code (de) or English name (german)")
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
            "File with names and terms to expect, and to correct where misheard: one a line, `Term: sound-alike, sound-alike`",
        ),
        decoding("beam-size", "N", Kind::Integer(1, 8), "Hypotheses kept while decoding, {range}")
            .default("1, and 5 where the result is doubtful"),
        decoding("temperature", "T", Kind::Number(0.0, 1.0), "Initial sampling temperature, {range}").default("0"),
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
