//! Where levels rise in both tracks alike: to 20 ms, in the whole of both.

use realfft::RealFftPlanner;

use super::{Levels, Line, MOST_DRIFT};

/// Seconds between two levels.
const STEP: f64 = 0.02;
/// Levels of a stretch that is looked for at once: ten minutes. Clocks are not yet far apart then.
const STRETCH: usize = 30_000;
/// Most stretches that are looked for.
const MOST: usize = 12;
/// Fewer levels say too little: 8 s.
const FEWEST: usize = 400;
/// Quieter levels count as this, in dB.
const QUIET: f32 = -70.0;
/// The steepest rise that counts, in dB.
const STEEPEST: f32 = 15.0;
/// By how many standard deviations the best place must be better than all are.
const CLEAR: f32 = 7.0;
/// How much better than the next best it must be.
const BETTER: f32 = 1.2;
/// Places of several stretches belong together that are so near a line, in seconds.
const TOLERANCE: f64 = 0.05;

/// By how much the track with the levels `other` is later than it seems against `one`.
pub(super) fn line(one: &Levels, other: &Levels) -> Option<Line> {
    let (one_rises, other_rises) = (rises(one), rises(other));
    if one_rises.len().min(other_rises.len()) < FEWEST {
        return None;
    }
    let length = other_rises.len();
    let stretch = STRETCH.min(length);
    let count = length.div_ceil(STRETCH).min(MOST);
    let starts = (0..count).map(|n| (length - stretch) * n / count.saturating_sub(1).max(1));
    let size = (one_rises.len() + stretch).next_power_of_two();
    let found = Correlator::new(&one_rises, size)?;
    let points: Vec<(f64, f64)> = starts
        .filter_map(|start| {
            let lag = found.find(&other_rises[start..start + stretch])?;
            let time = (start + stretch / 2) as f64 * STEP + other.start();
            Some((time, (lag - start as f64) * STEP + one.start() - other.start()))
        })
        .collect();
    Line::through(&points, TOLERANCE, MOST_DRIFT)
}

/// By how much the level rises at each moment, less the mean: where somebody begins to speak, a syllable, a knock.
fn rises(levels: &Levels) -> Vec<f32> {
    let levels: Vec<f32> = levels.frames().map(|level| level.max(QUIET)).collect();
    let mut rises: Vec<f32> = levels.windows(3).map(|three| (three[2] - three[0]).clamp(0.0, STEEPEST)).collect();
    let mean = rises.iter().sum::<f32>() / rises.len().max(1) as f32;
    rises.iter_mut().for_each(|rise| *rise -= mean);
    rises
}

/// Looks for stretches in a track.
struct Correlator {
    planner: std::cell::RefCell<RealFftPlanner<f32>>,
    spectrum: Vec<realfft::num_complex::Complex<f32>>,
    size: usize,
    length: usize,
}

impl Correlator {
    fn new(track: &[f32], size: usize) -> Option<Correlator> {
        let mut planner = RealFftPlanner::new();
        let spectrum = spectrum(&mut planner, track, size)?;
        Some(Correlator { planner: planner.into(), spectrum, size, length: track.len() })
    }

    /// At which of its levels the stretch begins; below zero if before it. `None` if no place is clearly the best.
    fn find(&self, stretch: &[f32]) -> Option<f64> {
        let mut planner = self.planner.borrow_mut();
        let mut product = spectrum(&mut planner, stretch, self.size)?;
        for (value, track) in product.iter_mut().zip(&self.spectrum) {
            *value = track * value.conj();
        }
        let mut sums = vec![0.0; self.size];
        // What rounding leaves there would be an error.
        (product[0].im, product[self.size / 2].im) = (0.0, 0.0);
        planner.plan_fft_inverse(self.size).process(&mut product, &mut sums).ok()?;
        let from = self.size - (stretch.len() - 1);
        let places = || (0..self.length).chain(from..self.size);
        let best = places().max_by(|a, b| sums[*a].total_cmp(&sums[*b]))?;
        let beside = |place: usize| place.abs_diff(best).min(self.size - place.abs_diff(best)) <= 10;
        let next = places().filter(|place| !beside(*place)).map(|place| sums[place]).fold(0.0, f32::max);
        let count = places().count() as f32;
        let mean = places().map(|place| sums[place]).sum::<f32>() / count;
        let spread = (places().map(|place| (sums[place] - mean).powi(2)).sum::<f32>() / count).sqrt();
        let is_clear = spread > 0.0 && sums[best] - mean >= CLEAR * spread && sums[best] >= BETTER * next;
        let place = if best < self.length { best as f64 } else { best as f64 - self.size as f64 };
        is_clear.then_some(place)
    }
}

fn spectrum(
    planner: &mut RealFftPlanner<f32>,
    values: &[f32],
    size: usize,
) -> Option<Vec<realfft::num_complex::Complex<f32>>> {
    let fft = planner.plan_fft_forward(size);
    let (mut padded, mut spectrum) = (vec![0.0; size], fft.make_output_vec());
    padded[..values.len()].copy_from_slice(values);
    fft.process(&mut padded, &mut spectrum).ok()?;
    Some(spectrum)
}
