//! pyannote segmentation-3.0: up to three speakers in a window of 10 s, two of them at once, and when each speaks.
//!
//! The architecture is that of pyannote.audio's `PyanNet`: band-pass filters, two convolutions, four layers of LSTM in both
//! directions, and a perceptron. A speaker has a number within a window only.

use rayon::prelude::*;
use rten_simd::{SimdOp, SimdUnaryOp};
use rten_vecmath::{LeakyRelu, LogSoftmax};

use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

mod filters;
mod lstm;

pub(crate) use filters::Filters;
use filters::{BANDS, HOP};
use lstm::Layer;

/// Samples in a window.
pub(crate) const WINDOW: usize = 160_000;

/// Frames in a window.
pub(crate) const FRAMES: usize = 589;

/// Samples between the beginnings of two frames.
pub(crate) const FRAME_STEP: usize = 270;

/// Samples that a frame hears.
pub(crate) const FRAME_LENGTH: usize = 991;

/// Sets of speakers that a frame can have: none, each of three, each pair.
pub(crate) const CLASSES: usize = 7;

/// Channels after the convolutions.
const CHANNELS: usize = 60;

/// Frames that a convolution sees.
const REACH: usize = 5;

/// Frames of which a maximum is taken.
const POOL: usize = 3;

/// Slope of negative values.
const SLOPE: LeakyRelu = LeakyRelu { alpha: 0.01 };

/// As in PyTorch.
const EPSILON: f32 = 1e-5;

pub(crate) struct Segmentation {
    filters: Filters,
    /// Scale and shift of the samples of a window that have mean 0 and variance 1.
    samples: [f32; 2],
    convolutions: [(Matrix, Vec<f32>); 2],
    norms: [Norm; 3],
    layers: Vec<Layer>,
    perceptron: [(Matrix, Vec<f32>); 3],
}

/// A window of samples, together with what the filters give for it.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    /// [`WINDOW`] samples.
    pub(crate) samples: &'a [f32],
    /// [`Filters::apply`] of them.
    pub(crate) filtered: &'a [f32],
}

/// Scale and shift of each channel, after it has mean 0 and variance 1 over time.
struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Segmentation {
    /// # Errors
    /// If a tensor is missing or does not fit.
    pub(crate) fn new(weights: &Weights) -> Result<Segmentation, WeightsError> {
        let net = weights.of("sincnet");
        let of_samples = net.of("wav_norm1d");
        let convolution = |name: &str, inputs| -> Result<_, WeightsError> {
            let part = net.of(name);
            let weights = part.get("weight", &[CHANNELS, inputs, REACH])?;
            let matrix = Matrix::from_fn(REACH * inputs, CHANNELS, |at, output| {
                weights[(output * inputs + at % inputs) * REACH + at / inputs]
            });
            Ok((matrix, part.get("bias", &[CHANNELS])?))
        };
        let norm = |name: &str, channels| -> Result<_, WeightsError> {
            let part = net.of(name);
            Ok(Norm { scale: part.get("weight", &[channels])?, shift: part.get("bias", &[channels])? })
        };
        let linear = |name: &str, inputs, outputs| -> Result<_, WeightsError> {
            let part = weights.of(name);
            Ok((Matrix::of_rows(&part.get("weight", &[outputs, inputs])?, inputs), part.get("bias", &[outputs])?))
        };
        let lstm = weights.of("lstm");
        let layers = (0..lstm::LAYERS).map(|layer| {
            let inputs = if layer == 0 { CHANNELS } else { 2 * lstm::WIDTH };
            Layer::new(&lstm, layer, inputs)
        });
        Ok(Segmentation {
            filters: Filters::new(&net.of("conv1d.0.filterbank"))?,
            samples: [of_samples.get("weight", &[1])?[0], of_samples.get("bias", &[1])?[0]],
            convolutions: [convolution("conv1d.1", BANDS)?, convolution("conv1d.2", CHANNELS)?],
            norms: [norm("norm1d.0", BANDS)?, norm("norm1d.1", CHANNELS)?, norm("norm1d.2", CHANNELS)?],
            layers: layers.collect::<Result<_, _>>()?,
            perceptron: [
                linear("linear.0", 2 * lstm::WIDTH, lstm::WIDTH)?,
                linear("linear.1", lstm::WIDTH, lstm::WIDTH)?,
                linear("classifier", lstm::WIDTH, CLASSES)?,
            ],
        })
    }

    /// The filters, which need only be applied once where windows overlap.
    pub(crate) fn filters(&self) -> &Filters {
        &self.filters
    }

    /// The log probabilities of the [`CLASSES`] in each of the [`FRAMES`] of each window.
    pub(crate) fn apply(&self, windows: &[Window]) -> Vec<Vec<f32>> {
        let count = windows.len();
        let fronts: Vec<Vec<f32>> = windows.par_iter().map(|window| self.front(*window)).collect();
        // The LSTM goes through all windows at once: a row for each window, then those of the next frame.
        let mut rows = Vec::with_capacity(count * FRAMES * CHANNELS);
        for frame in 0..FRAMES {
            for front in &fronts {
                rows.extend_from_slice(&front[frame * CHANNELS..][..CHANNELS]);
            }
        }
        drop(fronts);
        for layer in &self.layers {
            rows = layer.apply(&rows, count);
        }
        let mut answers = vec![Vec::with_capacity(FRAMES * CLASSES); count];
        // In pieces, so that what is between the layers stays in the cache.
        let mut scratch = [Vec::new(), Vec::new(), vec![0.0; count * CLASSES]];
        for frame in rows.chunks_exact(count * 2 * lstm::WIDTH) {
            self.classify(frame, count, &mut scratch);
            for (answer, classes) in answers.iter_mut().zip(scratch[2].chunks_exact(CLASSES)) {
                answer.extend_from_slice(classes);
            }
        }
        answers
    }

    /// The perceptron, for a frame of each of `count` windows.
    fn classify(&self, frame: &[f32], count: usize, scratch: &mut [Vec<f32>; 3]) {
        let [first, second, out] = scratch;
        first.resize(count * lstm::WIDTH, 0.0);
        second.resize(count * lstm::WIDTH, 0.0);
        let [(one, one_bias), (two, two_bias), (three, three_bias)] = &self.perceptron;
        one.multiply(frame, 2 * lstm::WIDTH, one_bias, first);
        SLOPE.map_mut(first);
        two.multiply(first, lstm::WIDTH, two_bias, second);
        SLOPE.map_mut(second);
        three.multiply(second, lstm::WIDTH, three_bias, out);
        for classes in out.chunks_exact_mut(CLASSES) {
            LogSoftmax::new_mut(classes).dispatch();
        }
    }

    /// Filters and convolutions: [`FRAMES`] rows of [`CHANNELS`] values.
    fn front(&self, window: Window) -> Vec<f32> {
        let mut rows = self.pooled_bands(window);
        self.norms[0].apply(&mut rows);
        for ((matrix, bias), (norm, inputs)) in
            self.convolutions.iter().zip(self.norms[1..].iter().zip([BANDS, CHANNELS]))
        {
            let frames = rows.len() / inputs - (REACH - 1);
            let mut out = vec![0.0; frames * CHANNELS];
            matrix.multiply(&rows, inputs, bias, &mut out);
            rows = out
                .chunks_exact(POOL * CHANNELS)
                .flat_map(|three| {
                    let [a, b, c] = [0, 1, 2].map(|at| &three[at * CHANNELS..][..CHANNELS]);
                    a.iter().zip(b).zip(c).map(|((a, b), c)| a.max(*b).max(*c))
                })
                .collect();
            norm.apply(&mut rows);
        }
        rows
    }

    /// The largest magnitude that each band has in three frames, as if the samples had been normalised before the filters: these
    /// are linear.
    fn pooled_bands(&self, window: Window) -> Vec<f32> {
        let count = window.samples.len() as f64;
        let mean = window.samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
        let variance = window.samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count;
        let [scale, shift] = self.samples;
        let scale = scale / (variance as f32 + EPSILON).sqrt();
        let shift = shift - mean as f32 * scale;
        let shifts: Vec<f32> = self.filters.sums().iter().map(|sum| shift * sum).collect();
        let mut pooled = Vec::with_capacity(window.filtered.len() / POOL);
        for three in window.filtered.chunks_exact(POOL * BANDS) {
            let [a, b, c] = [0, 1, 2].map(|at| &three[at * BANDS..][..BANDS]);
            let of = |value: &f32, shift: &f32| (value * scale + shift).abs();
            let most = a.iter().zip(b).zip(c).zip(&shifts);
            pooled.extend(most.map(|(((a, b), c), shift)| of(a, shift).max(of(b, shift)).max(of(c, shift))));
        }
        pooled
    }
}

impl Norm {
    /// Normalises rows, and takes a tenth of a hundredth of what is negative then.
    fn apply(&self, rows: &mut [f32]) {
        let width = self.scale.len();
        let count = (rows.len() / width) as f32;
        let mut means = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            means.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        means.iter_mut().for_each(|sum| *sum /= count);
        let mut variances = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            let values = variances.iter_mut().zip(row).zip(&means);
            values.for_each(|((sum, value), mean)| *sum += (value - mean) * (value - mean));
        }
        let scales = variances.iter().zip(&self.scale).map(|(sum, scale)| scale / (sum / count + EPSILON).sqrt());
        let scales: Vec<f32> = scales.collect();
        let shifts = self.shift.iter().zip(&means).zip(&scales).map(|((shift, mean), scale)| shift - mean * scale);
        let shifts: Vec<f32> = shifts.collect();
        for row in rows.chunks_exact_mut(width) {
            let values = row.iter_mut().zip(&scales).zip(&shifts);
            values.for_each(|((value, scale), shift)| {
                let normal = *value * scale + shift;
                *value = normal.max(SLOPE.alpha * normal);
            });
        }
    }
}

/// Samples from which the filters are applied again.
pub(crate) const FILTER_HOP: usize = HOP;
