//! How loud tracks are, from moment to moment, and which channels hold the same sound.

use crate::audio::{RATE, Recording};
use crate::{Millis, Span};

/// Length of a frame.
const FRAME: Millis = Millis(20);
/// Samples in a frame.
const SAMPLES: usize = RATE as usize / 50;
/// The level of digital silence, in dB below full scale.
const FLOOR: f32 = -120.0;
/// Steps of a stored level in a decibel.
const STEPS: f32 = 2.0;
/// Where no frame is louder, nothing is heard: −66 dBFS.
const SILENT: f32 = -66.0;
/// Channels are the same sound if that explains so much of their energy.
const SAME: f64 = 0.99;
/// So many samples are between two that are compared.
const SPARSE: usize = 8;

/// The level of a track every 20 ms, as a byte each: 1.4 MB for 8 hours.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Time of the first frame on the track's own clock.
    start: Millis,
    /// Half decibels above [`FLOOR`].
    steps: Vec<u8>,
    /// Energy of the frame that is not complete, and its samples.
    open: (f32, usize),
}

impl Levels {
    /// Those of sound that begins at `start`.
    pub fn new(start: Millis) -> Levels {
        Levels { start, ..Levels::default() }
    }

    /// Adds the next samples.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(SAMPLES - self.open.1));
            self.open = (self.open.0 + now.iter().map(|s| s * s).sum::<f32>(), self.open.1 + now.len());
            samples = later;
            if self.open.1 == SAMPLES {
                let level = decibels(self.open.0 / SAMPLES as f32);
                self.steps.push(((level - FLOOR) * STEPS).round().clamp(0.0, 255.0) as u8);
                self.open = (0.0, 0);
            }
        }
    }

    /// When they begin, in seconds of the track's own clock.
    pub(super) fn start(&self) -> f64 {
        self.start.seconds()
    }

    /// Where they end, on the track's own clock.
    pub fn length(&self) -> Millis {
        self.start + Millis(self.steps.len() as u64 * FRAME.0)
    }

    /// Whether nothing is heard in it.
    pub fn is_silent(&self) -> bool {
        self.steps.iter().all(|step| decoded(*step) < SILENT)
    }

    /// The level at a time of its own clock, in dB of full scale; −120 outside of it.
    pub(super) fn at(&self, seconds: f64) -> f32 {
        let frame = (seconds - self.start.seconds()) / FRAME.seconds();
        let known = (frame >= 0.0).then(|| self.steps.get(frame as usize)).flatten();
        known.map_or(FLOOR, |step| decoded(*step))
    }

    /// The mean level of a stretch of its own clock, by its energy.
    pub(super) fn over(&self, span: Span) -> f32 {
        let frame = |time: Millis| ((time - self.start).0 / FRAME.0) as usize;
        let (from, to) = (frame(span.start), frame(span.end).max(frame(span.start) + 1));
        let power = |at: usize| 10_f32.powf(self.steps.get(at).map_or(FLOOR, |step| decoded(*step)) / 10.0);
        decibels((from..to).map(power).sum::<f32>() / (to - from) as f32)
    }

    /// The levels of all frames, in dB of full scale.
    pub(super) fn frames(&self) -> impl ExactSizeIterator<Item = f32> + '_ {
        self.steps.iter().map(|step| decoded(*step))
    }
}

fn decoded(step: u8) -> f32 {
    FLOOR + f32::from(step) / STEPS
}

fn decibels(power: f32) -> f32 {
    (10.0 * power.max(1e-12).log10()).max(FLOOR)
}

/// The levels of the streams of a recording, and which of them are the same.
#[derive(Debug)]
pub struct Measured {
    /// Of each stream.
    pub levels: Vec<Levels>,
    /// For each stream, the first that holds the same sound, perhaps louder or with opposite sign; itself if there is none.
    pub same_as: Vec<usize>,
}

/// Reads `recording` to its end. Where it can't be read any further, that counts as its end: who transcribes it learns why.
pub fn measure(mut recording: Recording, cancelled: &dyn Fn() -> bool) -> Measured {
    recording.keep_level();
    let mut levels: Vec<Levels> = Vec::new();
    let mut products: Vec<Vec<f64>> = Vec::new();
    while let Ok(Some(streams)) = recording.read_channels() {
        if cancelled() {
            break;
        }
        if levels.is_empty() {
            let start = recording.position() - streams.first().map_or(Millis(0), |stream| stream.duration());
            levels = vec![Levels::new(start); streams.len()];
            products = (0..streams.len()).map(|one| vec![0.0; one + 1]).collect();
        }
        for (one, stream) in streams.iter().enumerate() {
            levels[one].push(stream);
            for (sum, other) in products[one].iter_mut().zip(&streams) {
                let pairs = stream.iter().zip(other.iter()).step_by(SPARSE);
                *sum += pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>();
            }
        }
    }
    let is_same = |one: usize, other: usize| {
        let (both, energies) = (products[one][other], products[one][one] * products[other][other]);
        energies > 0.0 && both * both >= SAME * energies
    };
    let same_as = (0..levels.len()).map(|one| (0..one).find(|other| is_same(one, *other)).unwrap_or(one)).collect();
    Measured { levels, same_as }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_sound() {
        let mut levels = Levels::new(Millis(1_000));
        // In pieces of any size.
        let sound = [vec![0.1; 16_000], vec![0.0; 16_000], vec![1.0; 100]].concat();
        sound.chunks(777).for_each(|piece| levels.push(piece));
        assert_eq!(levels.frames().len(), 100);
        assert_eq!((levels.at(1.5), levels.at(2.5), levels.at(0.5), levels.at(99.0)), (-20.0, FLOOR, FLOOR, FLOOR));
        let half = levels.over(Span::new(1_500, 2_500));
        assert!((half + 23.0).abs() < 0.1, "{half}");
        assert!(!levels.is_silent());
        let mut hum = Levels::new(Millis(0));
        hum.push(&[0.0003; 3_200]);
        assert!(hum.is_silent());
    }
}
