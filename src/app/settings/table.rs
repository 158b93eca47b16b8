//! How people set what a run does, apart from the transcription itself and captions.

use crate::format::Format;
use crate::options::{Group, Kind, OptionSpec};

const FORMATS: Kind = Kind::List { item: format, items: Format::names };
const DEVICES: Kind = Kind::Choice(&[("cpu", "The processor"), ("gpu", "The graphics card")]);

fn format(name: &str) -> Result<String, String> {
    name.parse::<Format>().map(|format| format.to_string()).map_err(|e| e.to_string())
}

const fn output(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Output, name, value_name, kind, help)
}

pub(super) const FIRST: &[OptionSpec] = &[
    output(
        "resume",
        "BOOL",
        Kind::Switch,
        "Resume an interrupted run of the same recording, model and settings: true or false",
    )
    .default("true")
    .recordings_only()
    .not_in_file(),
    output("line-numbers", "", Kind::Flag, "Number the lines of a docx, so that people can refer to them")
        .recordings_only()
        .not_in_file(),
    output("embed-audio", "", Kind::Flag, "Put the audio into an html, 15 MB an hour, so that it needs no other file")
        .recordings_only()
        .not_in_file(),
    OptionSpec::new(Group::Decoding, "device", "DEVICE", DEVICES, "Where to compute")
        .default("gpu if built for one, else cpu")
        .recordings_only(),
    OptionSpec::new(Group::Model, "model", "MODEL", Kind::Text, "Model: its name, or the path of a ggml file")
        .short('m')
        .default("the best installed"),
    output("output-format", "FORMATS", FORMATS, "Files to write: {range}")
        .short('f')
        .default("json,srt; live also vtt"),
    output("output-dir", "FOLDER", Kind::Path, "Folder for the files")
        .short('o')
        .default("beside the recording; live: the current one"),
    output("overwrite", "", Kind::Flag, "Replace existing transcripts").not_in_file(),
    output("word-timestamps", "BOOL", Kind::Switch, "Word timestamps in JSON: true or false").default("true"),
];

pub(super) const LAST: &[OptionSpec] =
    &[OptionSpec::new(Group::Decoding, "threads", "N", Kind::Integer(1, 512), "Processor cores to use")
        .short('t')
        .default("all")];
