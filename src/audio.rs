//! From files to sound at 16 kHz, on the clock of the recording: mixed to mono, or each channel by itself.
//!
//! Nothing but [`Samples`] leaves this module, so no other needs to know sample rates or codecs.

use crate::{Millis, Span};

mod adts;
mod codecs;
mod container;
mod decode;
mod ffmpeg;
mod file;
mod level;
mod matroska;
#[cfg(feature = "microphone")]
pub mod microphone;
mod mix;
mod mp4;
mod open;
mod opus;
mod outliers;
mod parts;
mod piped;
mod resample;
mod save;
mod selection;
mod source;
mod tracks;
mod wav;
pub use open::{Recording, arriving, join, open};
pub use opus::opus;
pub use parts::group;
pub use piped::PipedSound;
pub use save::Saver;
pub use selection::{Channels, MAX_CHANNELS, Selection};

/// Samples a second, as Whisper expects.
pub const RATE: u32 = 16_000;

/// Sound of one channel at [`RATE`], each sample finite and in `-1.0..=1.0`.
///
/// Functions that take it need not check rate or channels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(Vec<f32>);

impl Samples {
    /// Takes sound of one channel at [`RATE`]. Samples that are not a number become silence, those beyond full scale are
    /// clipped.
    pub fn from_mono_16k(mut samples: Vec<f32>) -> Samples {
        for s in &mut samples {
            *s = if s.is_nan() { 0.0 } else { s.clamp(-1.0, 1.0) };
        }
        Samples(samples)
    }

    /// Length, rounded down.
    pub fn duration(&self) -> Millis {
        duration(self.0.len() as u64)
    }

    /// The clip of these samples that begins at `start`.
    pub fn clip(&self, start: Millis) -> Clip<'_> {
        Clip { start, samples: &self.0 }
    }
}

impl std::ops::Deref for Samples {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

/// The length of so many samples, rounded down.
pub(crate) fn duration(samples: u64) -> Millis {
    Millis(samples.saturating_mul(1000) / u64::from(RATE))
}

/// Number of samples before `time`.
pub(crate) fn samples_before(time: Millis) -> u64 {
    time.0.saturating_mul(u64::from(RATE)) / 1000
}

/// Sound of one channel at [`RATE`], with its start, so that no caller adds offsets.
#[derive(Clone, Copy, Debug)]
pub struct Clip<'a> {
    /// Time of the first sample.
    pub start: Millis,
    /// Each in `-1.0..=1.0`.
    pub samples: &'a [f32],
}

impl<'a> Clip<'a> {
    /// The part of it within `span`.
    pub fn part(self, span: Span) -> Clip<'a> {
        let index = |at: Millis| samples_before(at - self.start).min(self.samples.len() as u64) as usize;
        let (from, to) = (index(span.start), index(span.end));
        Clip { start: self.start + duration(from as u64), samples: &self.samples[from..to.max(from)] }
    }

    /// The first time after it.
    pub fn end(&self) -> Millis {
        self.start + duration(self.samples.len() as u64)
    }

    /// Its start and end.
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_samples_become_silence_or_full_scale() {
        let made = Samples::from_mono_16k(vec![f32::NAN, f32::INFINITY, -7.5, 0.25]);
        assert_eq!(*made, [0.0, 1.0, -1.0, 0.25]);
    }
}
