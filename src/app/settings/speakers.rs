//! What is known of who speaks: which channel or track is whose.

use serde::Deserialize;
use serde_json::Value;

use crate::Channels;
use crate::options::{Group, Kind, OptionSpec};
use crate::transcript::{MAX_CHANNELS, speaker_name};

use super::UsageError;

pub(super) const OPTIONS: &[OptionSpec] = &[
    option(
        "speaker",
        "N=NAME",
        Kind::Pairs { value: name },
        "Name of who speaks in a channel, with `--channels split`; can be given several times",
    )
    .recordings_only(),
];

/// An option about a single run.
const fn option(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Speakers, name, value_name, kind, help).not_in_file()
}

fn name(text: &str) -> Result<Value, String> {
    speaker_name(text).map(Value::from)
}

/// What is known of who speaks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct KnownSpeakers {
    /// Names of channels, by their numbers from 1.
    #[serde(rename = "speaker")]
    names: Vec<(String, String)>,
}

impl KnownSpeakers {
    /// Whether it makes sense for recordings of which these channels are read.
    pub(super) fn check(&self, channels: Channels) -> Result<(), UsageError> {
        if channels != Channels::Split && !self.names.is_empty() {
            return Err(UsageError::new("`--speaker` names channels that are split", "add `--channels split`"));
        }
        let is_channel = |key: &str| key.parse().is_ok_and(|number| (1..=MAX_CHANNELS).contains(&number));
        match self.names.iter().find(|(key, _)| !is_channel(key)) {
            Some((key, _)) => Err(UsageError::new(
                format!("`{key}` is no number of a channel"),
                "`--speaker 1=NAME` names the first",
            )),
            None => Ok(()),
        }
    }

    /// The name of a channel, counted from 1; the last one that was given.
    pub(crate) fn of_channel(&self, number: usize) -> Option<&str> {
        let is_it = |(key, _): &&(String, String)| key.parse() == Ok(number);
        self.names.iter().rev().find(is_it).map(|(_, name)| &**name)
    }
}
