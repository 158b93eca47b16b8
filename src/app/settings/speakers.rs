//! What is known of who speaks: which channel or track is whose, how tracks lie in time, and who speaks when.

use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::digest::Sha256;
use crate::import::{Voices, canonical};
use crate::names::composed;
use crate::options::{Group, Kind, OptionSpec};
use crate::speakers::{MAX_SPEAKERS, SpeakerCount};
use crate::transcript::{self, MAX_CHANNELS, SpeakerTimes};
use crate::{Channels, Millis, Span, Transcript, Warning, WarningKind, import};

use super::{UsageError, Values};

pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        Group::Speakers,
        "speakers",
        "COUNT",
        Kind::Name { value: count, values: "auto, off, a number, or a range such as 2-5" },
        "How many voices to tell apart in a recording: {range}",
    )
    .default("auto, if `transcribe models get speakers` was run"),
    option(
        "tracks",
        "",
        Kind::Flag,
        "The recordings are tracks of one conversation, one for each person; a folder stands for those in it. In `batch`, each folder is a conversation of its own",
    )
    .recordings_only()
    .conflicts_with("channels"),
    option(
        "speaker",
        "KEY=NAME",
        Kind::Pairs { value: name },
        "Name of who speaks in a channel (1=NAME) or a track (FILE=NAME); can be given several times",
    )
    .recordings_only(),
    option(
        "offset",
        "FILE=TIME",
        Kind::Pairs { value: offset },
        "When a track begins, against the others: FILE=+1.35s, or -0.5; can be given several times",
    )
    .recordings_only(),
    option(
        "align",
        "",
        Kind::Flag,
        "Find when tracks begin, and how their clocks drift, by what they all hear, also if they lie less than a second apart",
    )
    .recordings_only(),
    option(
        "names-from",
        "FILE",
        Kind::Path,
        "Who speaks when: captions with names (Teams, Zoom, Webex), or a table (CSV) with start, end and name. In `batch`, a name or pattern of files beside each recording: '*.vtt'",
    )
    .recordings_only()
    .conflicts_with("tracks"),
];

/// The longest offset, in seconds: a day.
const LONGEST_OFFSET: f64 = 86_400.0;

/// An option about a single run.
const fn option(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Speakers, name, value_name, kind, help).not_in_file()
}

/// The canonical form of `--speakers`.
fn count(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    text.parse::<Estimate>().map(|_| text)
}

/// What is said of how many speakers there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Estimate {
    /// Voices are not told apart.
    Off,
    /// They are, and so many are found.
    Speakers(SpeakerCount),
}

impl FromStr for Estimate {
    type Err = String;

    fn from_str(text: &str) -> Result<Estimate, String> {
        let expected = || format!("expected auto, off, a number up to {MAX_SPEAKERS}, or a range such as 2-5");
        let number = |text: &str| {
            let number = text.trim().parse().ok().filter(|number| (1..=MAX_SPEAKERS).contains(number));
            number.and_then(|number| NonZeroUsize::new(usize::from(number))).ok_or_else(expected)
        };
        Ok(match text {
            "off" => Estimate::Off,
            "auto" => Estimate::Speakers(SpeakerCount::Auto),
            text => Estimate::Speakers(match text.split_once(['-', '–']) {
                None => SpeakerCount::Exactly(number(text)?),
                Some((low, high)) => {
                    let (low, high) = (number(low)?, number(high)?);
                    if high < low {
                        return Err(expected());
                    }
                    SpeakerCount::Between(low, high)
                }
            }),
        })
    }
}

fn estimate<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Estimate>, D::Error> {
    String::deserialize(from)?.parse().map(Some).map_err(serde::de::Error::custom)
}

/// How many voices are told apart: `auto`, `3`, `2-5`.
///
/// # Errors
/// If the text says nothing of it.
pub fn speaker_count(text: &str) -> Result<SpeakerCount, UsageError> {
    match count(text).and_then(|text| text.parse()) {
        Ok(Estimate::Speakers(count)) => Ok(count),
        Ok(Estimate::Off) => Err(UsageError::new("`off` tells nobody apart", "a number, a range such as 2-5, or auto")),
        Err(expected) => Err(UsageError::new(format!("`{text}` is no number of speakers"), expected)),
    }
}

/// The name that somebody gives to a speaker, on one line and as transcripts have it.
///
/// # Errors
/// If nothing is left of it, or if it is longer than 63 characters.
pub fn speaker_name(text: &str) -> Result<String, UsageError> {
    Ok(canonical(&transcript::speaker_name(text)?).into_owned())
}

/// A place in a recording: seconds, `m:ss` or `h:mm:ss`; `None` if it is none.
pub fn time(text: &str) -> Option<Millis> {
    let seconds = Kind::Time.parse(text.trim()).ok()?.as_f64()?;
    Some(Millis((seconds * 1000.0).round() as u64))
}

fn name(text: &str) -> Result<Value, String> {
    transcript::speaker_name(text).map(|name| canonical(&name).into())
}

/// `+1.35s`, `-0.5`, `350ms`.
fn offset(text: &str) -> Result<Value, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok().map(|number| number / unit);
    let possible = seconds.filter(|seconds| seconds.abs() <= LONGEST_OFFSET);
    possible.map(Value::from).ok_or_else(|| "expected a time of at most a day, e.g. +1.35s, -0.5 or 350ms".into())
}

/// What is known of who speaks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct KnownSpeakers {
    /// Whether the recordings that are named are tracks of one conversation.
    pub tracks: bool,
    /// How many voices are told apart; `None`: as many as there are, if the networks for it are installed.
    #[serde(rename = "speakers", deserialize_with = "estimate")]
    pub(crate) estimate: Option<Estimate>,
    /// Names of channels, by their numbers from 1, or of tracks, by their files.
    #[serde(rename = "speaker")]
    names: Vec<(String, String)>,
    /// When tracks begin, by their files, in seconds.
    #[serde(rename = "offset")]
    offsets: Vec<(String, f64)>,
    /// Whether all tracks are aligned by their sound, not only those that clearly need it.
    align: bool,
    /// Who speaks when; empty: not known.
    #[serde(skip)]
    pub(crate) times: Vec<(Span, String)>,
    /// What could not be learnt, which a reader of the transcript must know.
    #[serde(skip)]
    pub missing: Vec<Warning>,
}

/// Which tracks are aligned by their sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Never,
    /// Those that lie so far apart that it can't be an echo.
    FarApart,
    Always,
}

impl KnownSpeakers {
    /// Reads what is in files, and checks that all of it makes sense for recordings of which these channels are read.
    pub(super) fn complete(&mut self, values: &Values, channels: Channels) -> Result<(), UsageError> {
        if let Some(path) = values.path("names-from") {
            check_channels(channels)?;
            self.times = import::speaker_times(path).map_err(|error| {
                UsageError::new(
                    error.to_string(),
                    "captions with names, or a table: start,end,name in seconds or h:mm:ss",
                )
            })?;
        }
        let about_tracks = [(!self.offsets.is_empty(), "offset"), (self.align, "align")];
        if let Some((_, option)) = about_tracks.iter().find(|(given, _)| *given && !self.tracks) {
            return Err(UsageError::new(format!("`--{option}` is about tracks"), "add `--tracks`"));
        }
        if self.tracks {
            return Ok(());
        }
        if channels != Channels::Split && !self.names.is_empty() {
            let hint = "add `--channels split`, or `--tracks` if each person has a file";
            return Err(UsageError::new("`--speaker` names channels or tracks", hint));
        }
        let is_channel = |key: &str| key.parse().is_ok_and(|number| (1..=MAX_CHANNELS).contains(&number));
        match self.names.iter().find(|(key, _)| !is_channel(key)) {
            Some((key, _)) => {
                Err(UsageError::new(format!("`{key}` is no number of a channel"), "`--speaker 1=NAME` names the first"))
            }
            None => Ok(()),
        }
    }

    /// Checks that all that is said of tracks is about one of these files.
    ///
    /// # Errors
    /// If it is not.
    pub fn check_files(&self, files: &[std::path::PathBuf]) -> Result<(), UsageError> {
        let keys = self.names.iter().map(|(key, _)| key).chain(self.offsets.iter().map(|(key, _)| key));
        let unknown = keys.into_iter().find(|key| !files.iter().any(|file| is_called(file, key)));
        match unknown {
            Some(key) => Err(UsageError::new(
                format!("`{key}` is none of the tracks"),
                "the name of a file is expected, with or without its ending",
            )),
            None => Ok(()),
        }
    }

    /// A digest of who is said to speak, by which a later run knows whether that is still so; `None`: nothing is said.
    pub(crate) fn digest(&self) -> Option<String> {
        let KnownSpeakers { names, offsets, align, times, .. } = self;
        let nothing = names.is_empty() && offsets.is_empty() && !align && times.is_empty();
        (!nothing).then(|| Sha256::of_bytes(json!([names, offsets, align, times]).to_string()).to_string())
    }

    /// Gives what is said the speakers that are known by its times, if any are, and the transcript the warnings about them. Returns
    /// the one that could not be given before.
    pub(crate) fn name_speakers(&self, transcript: &mut Transcript) -> Option<Warning> {
        transcript.warnings.splice(0..0, self.missing.iter().cloned());
        if self.times.is_empty() {
            return None;
        }
        let outside = self.times.iter().all(|(span, _)| span.start >= transcript.duration);
        let warning = outside.then(|| Warning::new(None, WarningKind::NamesOutOfRange));
        transcript.warnings.extend(warning.clone());
        let mut voices = Voices::default();
        let mut named: Vec<&(Span, String)> = self.times.iter().collect();
        named.sort_by_key(|(span, _)| span.start);
        named.iter().for_each(|(_, name)| voices.meet(name));
        let times = named.iter().filter_map(|(span, name)| Some((*span, voices.id(name)?))).collect();
        transcript.segments = SpeakerTimes::new(times).assign(std::mem::take(&mut transcript.segments));
        let speaking = transcript.speakers();
        transcript.names = voices.names().into_iter().filter(|(id, _)| speaking.contains(id)).collect();
        warning
    }

    /// Whether somebody asks for voices to be told apart.
    pub fn tells_voices_apart(&self) -> bool {
        matches!(self.estimate, Some(Estimate::Speakers(_)))
    }

    /// How many voices are told apart in a recording, if any are.
    pub(crate) fn count(&self) -> SpeakerCount {
        match self.estimate {
            Some(Estimate::Speakers(count)) => count,
            _ => SpeakerCount::Auto,
        }
    }

    /// The name of a channel, counted from 1; the last one that was given.
    pub(crate) fn of_channel(&self, number: usize) -> Option<&str> {
        let is_it = |(key, _): &&(String, String)| key.parse() == Ok(number);
        self.names.iter().rev().find(is_it).map(|(_, name)| &**name)
    }

    /// Whether somebody is called so by `--speaker`.
    pub(crate) fn gives(&self, name: &str) -> bool {
        self.names.iter().any(|(_, given)| given == name)
    }

    /// The greatest number of a channel that is named; 0: none is.
    pub(crate) fn last_channel(&self) -> u16 {
        self.names.iter().filter_map(|(key, _)| key.parse().ok()).max().unwrap_or_default()
    }

    /// The name of who speaks in a track; the last one that was given.
    pub(crate) fn of_file(&self, file: &Path) -> Option<&str> {
        self.names.iter().rev().find(|(key, _)| is_called(file, key)).map(|(_, name)| &**name)
    }

    /// Whether tracks are aligned by their sound; `of_call`: they are named as those of a call, which begin together.
    pub(crate) fn aligns(&self, of_call: bool) -> Align {
        match self.align {
            true => Align::Always,
            false if of_call => Align::Never,
            false => Align::FarApart,
        }
    }

    /// When a track begins, in seconds; the last one that was given.
    pub(crate) fn offset(&self, file: &Path) -> Option<f64> {
        self.offsets.iter().rev().find(|(key, _)| is_called(file, key)).map(|(_, offset)| *offset)
    }
}

/// Checks that who speaks can be known from a list although these channels are read.
pub(crate) fn check_channels(channels: Channels) -> Result<(), UsageError> {
    match channels {
        Channels::Split => Err(UsageError::new(
            "with `--channels split` each channel has its speaker",
            "leave `--names-from` or `--channels` out",
        )),
        _ => Ok(()),
    }
}

/// Whether `key` means a file: its path, its name, or its name without the ending.
fn is_called(file: &Path, key: &str) -> bool {
    let names = [Some(file.as_os_str()), file.file_name(), file.file_stem()];
    names.into_iter().flatten().any(|name| composed(&name.to_string_lossy()) == composed(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_file_is_found_by_its_name() {
        let known = KnownSpeakers {
            names: vec![("1-anna.flac".into(), "Anna".into()), ("1-anna".into(), "Anna Meyer".into())],
            offsets: vec![("x/2-bert.flac".into(), -0.5)],
            ..KnownSpeakers::default()
        };
        assert_eq!(known.of_file(Path::new("x/1-anna.flac")), Some("Anna Meyer"));
        assert_eq!(known.of_file(Path::new("x/2-bert.flac")), None);
        assert_eq!(known.offset(Path::new("x/2-bert.flac")), Some(-0.5));
        assert_eq!(known.check_files(&["x/1-anna.flac".into(), "x/2-bert.flac".into()]), Ok(()));
        let wrong = known.check_files(&["x/1-anna.flac".into()]).expect_err("no such file");
        assert_eq!(wrong.message, "`x/2-bert.flac` is none of the tracks");
    }

    #[test]
    fn times_of_names_outside_the_recording_are_told() {
        for (start, told) in [(4_999, false), (5_000, true)] {
            let known =
                KnownSpeakers { times: vec![(Span::new(start, 9_000), "Anna".into())], ..KnownSpeakers::default() };
            let mut transcript = Transcript { duration: Millis(5_000), ..Transcript::default() };
            let warning = known.name_speakers(&mut transcript);
            assert_eq!(warning.map(|warning| warning.kind), told.then_some(WarningKind::NamesOutOfRange), "{start}");
            assert_eq!(transcript.warnings.len(), usize::from(told), "{start}");
        }
    }

    #[test]
    fn speakers_are_a_number_a_range_or_a_word() {
        let number = |number| NonZeroUsize::new(number).expect("more than zero");
        let speakers = |text: &str| count(text).and_then(|text| text.parse::<Estimate>());
        assert_eq!(speakers("Auto"), Ok(Estimate::Speakers(SpeakerCount::Auto)));
        assert_eq!(speakers("off"), Ok(Estimate::Off));
        assert_eq!(speakers("3"), Ok(Estimate::Speakers(SpeakerCount::Exactly(number(3)))));
        assert_eq!(speakers("2 - 5"), Ok(Estimate::Speakers(SpeakerCount::Between(number(2), number(5)))));
        for bad in ["", "0", "51", "5-2", "2-", "-2", "two", "2-5-7", "1.5"] {
            assert!(speakers(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn offsets_have_signs_and_units() {
        for (text, expected) in [("+1.35s", 1.35), ("-0.5", -0.5), ("350ms", 0.35), ("0", 0.0), ("-2 s", -2.0)] {
            assert_eq!(offset(text), Ok(expected.into()), "{text}");
        }
        for bad in ["", "s", "1:30", "nan", "inf", "90000", "+"] {
            assert!(offset(bad).is_err(), "{bad}");
        }
    }
}
