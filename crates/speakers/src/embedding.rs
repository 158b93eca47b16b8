//! CAM++ (Wang et al., 2023): a vector for a piece of speech, by which voices are told apart.
//!
//! The architecture is that of 3D-Speaker's `CAMPPlus`: convolutions over frequency and time, then densely connected layers over
//! time, each masked by what it hears around, then mean and deviation over the whole piece.

use std::iter;

use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

mod dense;
mod fbank;
mod head;

use dense::Block;
use fbank::{Fbank, MELS};
use head::{Head, MAPS, PLACES};

/// Values of a vector.
pub(crate) const VALUES: usize = 192;

/// Channels into the dense blocks, and what each layer adds.
const CHANNELS: usize = 128;
const GROWTH: usize = 32;

/// Layers of each block, and the distance of the frames that they see.
const BLOCKS: [(usize, usize); 3] = [(12, 1), (24, 2), (16, 2)];

/// Channels at the end.
const LAST: usize = 512;

/// Frames that the first layer over time sees, every second one as its middle.
const REACH: usize = 5;

/// Frames of 10 ms that a piece must have.
const LEAST_FRAMES: usize = 8;

/// A voice as far as one piece of speech shows it; of length 1.
pub(crate) type Vector = [f32; VALUES];

pub(crate) struct Embedding {
    fbank: Fbank,
    head: Head,
    first: (Matrix, Vec<f32>),
    blocks: Vec<Block>,
    last: Norm,
    out: (Matrix, Vec<f32>),
}

/// Batch norm as it is after training: a scale and a shift for each channel.
struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Embedding {
    /// # Errors
    /// If a tensor is missing or does not fit.
    pub(crate) fn new(weights: &Weights) -> Result<Embedding, WeightsError> {
        let net = weights.of("xvector");
        let inputs = MAPS * PLACES;
        let first = net.of("tdnn").get("linear.weight", &[CHANNELS, inputs, REACH])?;
        let norm = Norm::new(&net.of("tdnn.nonlinear.batchnorm"), CHANNELS)?;
        // Frames have the maps of a place one after the other, PyTorch has the places of a map.
        let of_first = |at: usize, output: usize| {
            let (tap, place, map) = (at / inputs, at % inputs / MAPS, at % MAPS);
            first[(output * inputs + map * PLACES + place) * REACH + tap] * norm.scale[output]
        };
        let mut channels = CHANNELS;
        let mut blocks = Vec::new();
        for (number, (layers, distance)) in iter::zip(1.., BLOCKS) {
            blocks.push(Block::new(&net, number, channels, (layers, distance))?);
            channels = (channels + layers * GROWTH) / 2;
        }
        let out = net.get("dense.linear.weight", &[VALUES, 2 * LAST, 1])?;
        let out_norm = Norm::plain(&net.of("dense.nonlinear.batchnorm"), VALUES)?;
        let of_out = |input: usize, output: usize| out[output * 2 * LAST + input] * out_norm.scale[output];
        Ok(Embedding {
            fbank: Fbank::new(),
            head: Head::new(&weights.of("head"))?,
            first: (Matrix::from_fn(REACH * inputs, CHANNELS, of_first), norm.shift),
            blocks,
            last: Norm::new(&net.of("out_nonlinear.batchnorm"), LAST)?,
            out: (Matrix::from_fn(2 * LAST, VALUES, of_out), out_norm.shift),
        })
    }

    #[cfg(test)]
    pub(crate) fn fbank(&self) -> &Fbank {
        &self.fbank
    }

    /// The vector of a piece of speech, or `None` if it is too short (less than 0.1 s) or silent.
    pub(crate) fn apply(&self, samples: &[f32]) -> Option<Vector> {
        let mut vector = self.unscaled(samples)?;
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
        vector.iter().all(|value| value.is_finite()).then_some(vector)
    }

    /// The vector as the network gives it, of any length.
    pub(crate) fn unscaled(&self, samples: &[f32]) -> Option<Vector> {
        let mut frames = self.fbank.apply(samples);
        if frames.len() < LEAST_FRAMES * MELS {
            return None;
        }
        remove_mean(&mut frames);
        Some(self.raw(&frames))
    }

    /// What the network gives for frames whose mean is removed.
    fn raw(&self, frames: &[f32]) -> Vector {
        let width = MAPS * PLACES;
        let (rows, count) = self.head.apply(frames, REACH / 2);
        let mut rows = {
            let mut out = vec![0.0; count.div_ceil(2) * CHANNELS];
            self.first.0.multiply(&rows, 2 * width, &self.first.1, &mut out);
            out.iter_mut().for_each(|value| *value = value.max(0.0));
            out
        };
        for block in &self.blocks {
            rows = block.apply(&rows);
        }
        self.last.apply(&mut rows);
        let mut vector = [0.0; VALUES];
        self.out.0.multiply(&moments(&rows), 2 * LAST, &self.out.1, &mut vector);
        vector
    }
}

/// Takes the mean of each value over all frames away from it: without that all voices sound alike to the network.
fn remove_mean(frames: &mut [f32]) {
    let count = (frames.len() / MELS) as f32;
    let mut means = [0.0; MELS];
    for frame in frames.chunks_exact(MELS) {
        means.iter_mut().zip(frame).for_each(|(sum, value)| *sum += value);
    }
    for frame in frames.chunks_exact_mut(MELS) {
        frame.iter_mut().zip(&means).for_each(|(value, sum)| *value -= sum / count);
    }
}

/// Mean and standard deviation of each channel over all rows.
fn moments(rows: &[f32]) -> Vec<f32> {
    let count = rows.len() / LAST;
    let mut both = vec![0.0; 2 * LAST];
    let (means, deviations) = both.split_at_mut(LAST);
    for row in rows.chunks_exact(LAST) {
        means.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    means.iter_mut().for_each(|sum| *sum /= count as f32);
    for row in rows.chunks_exact(LAST) {
        let values = deviations.iter_mut().zip(row).zip(&*means);
        values.for_each(|((sum, value), mean)| *sum += (value - mean) * (value - mean));
    }
    deviations.iter_mut().for_each(|sum| *sum = (*sum / (count - 1) as f32).sqrt());
    both
}

impl Norm {
    /// As in PyTorch.
    const EPSILON: f32 = 1e-5;

    fn new(weights: &Weights, channels: usize) -> Result<Norm, WeightsError> {
        let Norm { mut scale, mut shift } = Norm::plain(weights, channels)?;
        let weight = weights.get("weight", &[channels])?;
        let bias = weights.get("bias", &[channels])?;
        scale.iter_mut().zip(&weight).for_each(|(scale, weight)| *scale *= weight);
        shift.iter_mut().zip(weight.iter().zip(&bias)).for_each(|(shift, (weight, bias))| {
            *shift = *shift * weight + bias;
        });
        Ok(Norm { scale, shift })
    }

    /// One without a weight and a bias.
    fn plain(weights: &Weights, channels: usize) -> Result<Norm, WeightsError> {
        let means = weights.get("running_mean", &[channels])?;
        let variances = weights.get("running_var", &[channels])?;
        let scale: Vec<f32> = variances.iter().map(|variance| (variance + Norm::EPSILON).sqrt().recip()).collect();
        let shift = means.iter().zip(&scale).map(|(mean, scale)| -mean * scale).collect();
        Ok(Norm { scale, shift })
    }

    /// Normalises rows; what is negative then becomes 0.
    fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.scale.len()) {
            let values = row.iter_mut().zip(&self.scale).zip(&self.shift);
            values.for_each(|((value, scale), shift)| *value = (*value * scale + shift).max(0.0));
        }
    }

    /// The same for the beginning of a longer row, into another one.
    fn apply_into(&self, row: &[f32], out: &mut [f32]) {
        let values = out.iter_mut().zip(row).zip(self.scale.iter().zip(&self.shift));
        values.for_each(|((out, value), (scale, shift))| *out = (value * scale + shift).max(0.0));
    }
}
