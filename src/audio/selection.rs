//! Which part of a recording is read: the track, its channels, and the span of time.

use crate::Millis;
pub use crate::transcript::{Channels, MAX_CHANNELS};

/// What is read of a recording. The default is all of the default track, mixed to mono.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Audio track, counted from 1; `None` for the default one, or the first with sound if that is silent.
    pub track: Option<u16>,
    /// The channels of that track.
    pub channels: Channels,
    /// Where to begin.
    pub from: Millis,
    /// Where to end; `None` for the end of the recording.
    pub to: Option<Millis>,
}

/// How many tracks and channels a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Audio tracks of the file.
    pub(super) tracks: u16,
    /// Channels of the selected track.
    pub(super) channels: u16,
}

impl Channels {
    /// Number of streams that are made of a track with `available` channels.
    ///
    /// # Errors
    /// The reason, if there is no such channel, or there are too many to be split.
    pub(super) fn streams(self, available: u16) -> Result<usize, String> {
        if available > MAX_CHANNELS {
            return Err(format!("the track has {available} channels, and at most {MAX_CHANNELS} can be read"));
        }
        match self {
            Channels::Mix => Ok(1),
            Channels::Only(channel) if (1..=available).contains(&channel) => Ok(1),
            Channels::Only(channel) => Err(format!("there is no channel {channel}: the track has {available}")),
            Channels::Split => Ok(usize::from(available.max(1))),
        }
    }

    /// The channels among interleaved samples of `available` channels, of which `streams` streams are made: all that there
    /// are for [`Channels::Mix`]. A channel that is missing is silent; with [`Channels::Split`], one beyond `streams` is left
    /// out.
    pub(super) fn apply(self, interleaved: &[f32], available: usize, streams: usize) -> Vec<Vec<f32>> {
        let available = available.max(1);
        let channel = |index: usize| -> Vec<f32> {
            match index < available {
                true => interleaved.chunks_exact(available).map(|frame| frame[index]).collect(),
                false => vec![0.0; interleaved.len() / available],
            }
        };
        match self {
            Channels::Mix => (0..available).map(channel).collect(),
            Channels::Only(number) => vec![channel(usize::from(number).wrapping_sub(1))],
            Channels::Split => (0..streams).map(channel).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_picked_or_split() {
        let interleaved = [0.5, -0.5, 0.25, 1.0, 0.0, 0.5];
        assert_eq!(Channels::Mix.apply(&interleaved, 2, 1), [[0.5, 0.25, 0.0], [-0.5, 1.0, 0.5]]);
        assert_eq!(Channels::Only(2).apply(&interleaved, 2, 1), [[-0.5, 1.0, 0.5]]);
        assert_eq!(Channels::Split.apply(&interleaved, 2, 2), [[0.5, 0.25, 0.0], [-0.5, 1.0, 0.5]]);
        assert_eq!(Channels::Mix.apply(&interleaved, 3, 1), [[0.5, 1.0], [-0.5, 0.0], [0.25, 0.5]]);
        assert_eq!(Channels::Mix.apply(&[], 2, 1), [[0.0; 0]; 2]);
    }

    #[test]
    fn a_track_may_change_its_number_of_channels() {
        assert_eq!(Channels::Only(2).apply(&[0.5, 0.25], 1, 1), [[0.0, 0.0]]);
        assert_eq!(Channels::Split.apply(&[0.5, 0.25], 1, 2), [[0.5, 0.25], [0.0, 0.0]]);
        assert_eq!(Channels::Split.apply(&[0.1, 0.2, 0.3], 3, 2), [[0.1], [0.2]]);
    }

    #[test]
    fn only_channels_that_exist_are_read() {
        assert_eq!(Channels::Mix.streams(64), Ok(1));
        assert_eq!(Channels::Only(2).streams(2), Ok(1));
        assert_eq!(Channels::Only(3).streams(2), Err("there is no channel 3: the track has 2".into()));
        assert!(Channels::Only(0).streams(2).is_err());
        assert_eq!(Channels::Split.streams(64), Ok(64));
        for channels in [Channels::Mix, Channels::Only(1), Channels::Split] {
            let error = channels.streams(65).expect_err("too many");
            assert_eq!(error, "the track has 65 channels, and at most 64 can be read");
        }
    }
}
