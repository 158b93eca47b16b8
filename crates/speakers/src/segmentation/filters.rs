//! SincNet's band-pass filters (Ravanelli and Bengio, 2018): the first layer of the segmentation.

use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

/// Samples from one frame of the filters to the next.
pub(super) const HOP: usize = 10;

/// Filters: a cosine and a sine for each of 40 bands.
pub(super) const BANDS: usize = 80;

/// Taps of a filter.
const TAPS: usize = 251;

/// The least frequency and the least width of a band, in hertz.
const LEAST: f64 = 50.0;

pub(crate) struct Filters {
    taps: Matrix,
    /// What each filter gives for samples of 1.
    sums: Vec<f32>,
}

impl Filters {
    /// # Errors
    /// If a tensor is missing or does not fit.
    pub(super) fn new(weights: &Weights) -> Result<Filters, WeightsError> {
        let low = weights.get("low_hz_", &[BANDS / 2, 1])?;
        let band = weights.get("band_hz_", &[BANDS / 2, 1])?;
        // Half of a Hamming window, and angles per hertz.
        let window = weights.get("window_", &[TAPS / 2])?;
        let angles = weights.get("n_", &[1, TAPS / 2])?;
        let mut filters = Vec::with_capacity(BANDS);
        for odd in [false, true] {
            for (low, band) in low.iter().zip(&band) {
                let low = LEAST + f64::from(low.abs());
                let high = (low + LEAST + f64::from(band.abs())).clamp(LEAST, 8000.0);
                let half = angles.iter().zip(&window).map(|(angle, weight)| {
                    let (angle, weight) = (f64::from(*angle), f64::from(*weight));
                    let ends = [low * angle, high * angle];
                    let [from, to] = if odd { [-ends[0].cos(), -ends[1].cos()] } else { ends.map(f64::sin) };
                    (to - from) / (angle / 2.0) * weight / (2.0 * (high - low))
                });
                let half: Vec<f32> = half.map(|tap| tap as f32).collect();
                let (middle, sign) = if odd { (0.0, -1.0) } else { (1.0, 1.0) };
                let mirrored = half.iter().rev().map(|tap| sign * tap);
                filters.push(half.iter().copied().chain([middle]).chain(mirrored).collect::<Vec<f32>>());
            }
        }
        let sums = filters.iter().map(|taps| taps.iter().map(|tap| f64::from(*tap)).sum::<f64>() as f32).collect();
        Ok(Filters { taps: Matrix::from_fn(TAPS, BANDS, |tap, band| filters[band][tap]), sums })
    }

    /// What each filter gives, a row of [`BANDS`] values for each [`HOP`] samples from which enough follow.
    pub(crate) fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let rows = Filters::rows(samples.len());
        let mut out = vec![0.0; rows * BANDS];
        self.taps.multiply(samples, HOP, &[], &mut out);
        out
    }

    /// Values that [`Filters::apply`] gives for [`HOP`] samples.
    pub(crate) fn values_per_hop() -> usize {
        BANDS
    }

    /// Values that [`Filters::apply`] gives for so many samples.
    pub(crate) fn values(samples: usize) -> usize {
        Filters::rows(samples) * BANDS
    }

    fn rows(samples: usize) -> usize {
        (samples + HOP).saturating_sub(TAPS) / HOP
    }

    pub(super) fn sums(&self) -> &[f32] {
        &self.sums
    }
}
