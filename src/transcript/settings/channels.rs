//! Which channels of a recording are transcribed.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// Most channels of a track that can be read.
pub const MAX_CHANNELS: u16 = 64;

/// Which channels of a track are read, and how. For serde it is a string: `mix`, `split` or a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channels {
    /// The mean of all channels, as one stream.
    #[default]
    Mix,
    /// One channel, counted from 1, as one stream.
    Only(u16),
    /// Each channel as a stream of its own. All streams share one clock and have the same length.
    Split,
}

impl Channels {
    /// Whether it is [`Channels::Mix`].
    pub(crate) fn is_mix(&self) -> bool {
        *self == Channels::Mix
    }
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Channels::Mix => f.write_str("mix"),
            Channels::Split => f.write_str("split"),
            Channels::Only(channel) => channel.fmt(f),
        }
    }
}

impl FromStr for Channels {
    type Err = String;

    fn from_str(text: &str) -> Result<Channels, String> {
        match text {
            "mix" => Ok(Channels::Mix),
            "split" => Ok(Channels::Split),
            number => {
                let known = number.parse().ok().filter(|number| (1..=MAX_CHANNELS).contains(number));
                known
                    .map(Channels::Only)
                    .ok_or_else(|| format!("expected mix, split or a number from 1 to {MAX_CHANNELS}"))
            }
        }
    }
}

impl Serialize for Channels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Channels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Channels, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for channels in [Channels::Mix, Channels::Split, Channels::Only(1), Channels::Only(64)] {
            assert_eq!(channels.to_string().parse(), Ok(channels));
        }
        for bad in ["", "0", "65", "-1", "Split", "left", "1,2"] {
            assert!(bad.parse::<Channels>().is_err(), "{bad}");
        }
    }
}
