//! The serde forms of settings.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Unexpected};

use super::{Millis, VadOptions};

/// Times of the recording, in seconds.
pub(super) mod seconds {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(time: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.seconds())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let wrong = || serde::de::Error::invalid_value(Unexpected::Float(seconds), &"a time in seconds");
        // Some programs round to just below zero; a recording of 1,000 hours is a mistake.
        let time = (-1.0..=3_600_000.0).contains(&seconds).then(|| Millis::from_seconds(seconds));
        time.ok_or_else(wrong)
    }
}

/// The same, or null.
pub(super) mod optional_seconds {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(time: &Option<Millis>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(Millis::seconds).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Millis>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "seconds")] Millis);
        Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
    }
}

/// The longest clip, in seconds. Old manifests and checkpoints have milliseconds, which can be told by their size.
pub(super) mod longest {
    use super::*;
    pub(in super::super) use seconds::serialize;

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let longest = seconds::deserialize(deserializer)?;
        Ok(if longest < Millis(1_000_000) { longest } else { Millis(longest.0 / 1_000) })
    }
}

/// Null: everything counts as speech.
pub(super) mod nullable {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(vad: &VadOptions, serializer: S) -> Result<S::Ok, S::Error> {
        Some(vad).filter(|vad| **vad != VadOptions::everything()).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VadOptions, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or_else(VadOptions::everything))
    }
}
