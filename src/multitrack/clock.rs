//! The clock of a track, against that of the conversation.

use crate::audio::RATE;
use crate::{Millis, Span};

/// How the times of a track become those of the conversation. The default: they are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// When the track begins, in seconds; below zero if that is before the conversation.
    pub offset: f64,
    /// By how many parts per million the clock of its recorder is slow; below zero if it is fast.
    pub drift: f64,
}

impl Clock {
    /// The time of the conversation, in seconds, at `local` seconds of the track.
    pub(super) fn seconds(&self, local: f64) -> f64 {
        self.offset + local * self.rate()
    }

    /// The time of the conversation at `local` of the track; never below zero.
    pub fn time(&self, local: Millis) -> Millis {
        Millis::from_seconds(self.seconds(local.seconds()))
    }

    /// The same for a stretch of time.
    pub fn span(&self, local: Span) -> Span {
        Span { start: self.time(local.start), end: self.time(local.end) }
    }

    /// The time of the track at `time` of the conversation; its beginning if that is earlier.
    pub fn local(&self, time: Millis) -> Millis {
        Millis::from_seconds((time.seconds() - self.offset) / self.rate())
    }

    /// The 16 kHz sample of the track that is heard at a sample of the conversation; below zero before it begins.
    pub(super) fn sample(&self, at: u64) -> i64 {
        let rate = f64::from(RATE);
        (((at as f64 / rate - self.offset) / self.rate()) * rate).round() as i64
    }

    /// Seconds of the conversation for each second of the track.
    fn rate(&self) -> f64 {
        1.0 + self.drift * 1e-6
    }

    /// This clock, which is against that of a track, against that of the conversation, which this track has.
    #[must_use]
    pub(super) fn within(&self, track: &Clock) -> Clock {
        Clock { offset: track.seconds(self.offset), drift: (self.rate() * track.rate() - 1.0) * 1e6 }
    }

    /// The same clock, where the clock of the conversation is `other`.
    #[must_use]
    pub fn relative_to(&self, other: &Clock) -> Clock {
        let drift = (self.rate() / other.rate() - 1.0) * 1e6;
        Clock { offset: (self.offset - other.offset) / other.rate(), drift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let clock = Clock { offset: 1.35, drift: 100.0 };
        assert_eq!(clock.time(Millis(10_000_000)), Millis(10_002_350));
        assert_eq!(clock.local(Millis(10_002_350)), Millis(10_000_000));
        assert_eq!(clock.local(Millis(1_000)), Millis(0), "before it begins");
        assert_eq!(Clock { offset: -2.0, drift: 0.0 }.time(Millis(500)), Millis(0));
        assert_eq!(Clock::default().time(Millis(77)), Millis(77));
    }

    #[test]
    fn any_track_can_be_the_clock() {
        let (one, other) = (Clock { offset: 3.0, drift: 50.0 }, Clock { offset: -4.0, drift: -30.0 });
        assert_eq!(one.relative_to(&one), Clock::default());
        let relative = one.relative_to(&other);
        for local in [0, 1_000_000, 20_000_000] {
            // Through the clock of the conversation, or directly.
            let through = (one.seconds(local as f64 / 1000.0) - other.offset) / other.rate();
            assert!((relative.seconds(local as f64 / 1000.0) - through).abs() < 1e-6);
        }
    }
}
