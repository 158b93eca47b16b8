//! Densely connected layers over time, each masked by what it hears around: most of CAM++.

use super::{GROWTH, Norm};
use crate::matrix::Matrix;
use crate::weights::{Weights, WeightsError};

/// Channels within a layer.
const NARROW: usize = 128;

/// Channels of the network that makes the mask.
const MASK: usize = NARROW / 2;

/// Frames that a layer sees.
const REACH: usize = 3;

/// Frames of 20 ms of which the mask hears the mean, beside that of the whole piece.
const SURROUNDINGS: usize = 100;

/// Layers that each see the output of all before them, then a product that halves the channels.
pub(super) struct Block {
    layers: Vec<Layer>,
    transit_norm: Norm,
    transit: Matrix,
    channels: usize,
}

struct Layer {
    norm: Norm,
    /// With the norm that follows.
    narrow: (Matrix, Vec<f32>),
    local: [Matrix; REACH],
    distance: usize,
    mask: [(Vec<f32>, Vec<f32>); 2],
}

impl Block {
    /// # Errors
    /// If a tensor is missing or does not fit.
    pub(super) fn new(
        weights: &Weights,
        number: usize,
        inputs: usize,
        (layers, distance): (usize, usize),
    ) -> Result<Block, WeightsError> {
        let of_block = weights.of(&format!("block{number}"));
        let transit = weights.of(&format!("transit{number}"));
        let channels = inputs + layers * GROWTH;
        let layers = (0..layers)
            .map(|layer| Layer::new(&of_block.of(&format!("tdnnd{}", layer + 1)), inputs + layer * GROWTH, distance));
        let matrix = transit.get("linear.weight", &[channels / 2, channels, 1])?;
        Ok(Block {
            layers: layers.collect::<Result<_, _>>()?,
            transit_norm: Norm::new(&transit.of("nonlinear.batchnorm"), channels)?,
            transit: Matrix::of_rows(&matrix, channels),
            channels,
        })
    }

    /// From rows of as many values as the block has inputs to rows of half of its channels.
    pub(super) fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let inputs = self.channels - self.layers.len() * GROWTH;
        let count = rows.len() / inputs;
        let mut all = vec![0.0; count * self.channels];
        for (to, row) in all.chunks_exact_mut(self.channels).zip(rows.chunks_exact(inputs)) {
            to[..inputs].copy_from_slice(row);
        }
        let mut scratch = Scratch::default();
        for (number, layer) in self.layers.iter().enumerate() {
            let known = inputs + number * GROWTH;
            layer.apply(&all, self.channels, count, &mut scratch);
            for (to, row) in all.chunks_exact_mut(self.channels).zip(scratch.out.chunks_exact(GROWTH)) {
                to[known..known + GROWTH].copy_from_slice(row);
            }
        }
        self.transit_norm.apply(&mut all);
        let mut out = vec![0.0; count * self.channels / 2];
        self.transit.multiply(&all, self.channels, &[], &mut out);
        out
    }
}

/// Buffers of a block.
#[derive(Default)]
struct Scratch {
    input: Vec<f32>,
    /// With as many frames of zeros at both ends as a layer sees there.
    narrow: Vec<f32>,
    out: Vec<f32>,
}

impl Layer {
    fn new(weights: &Weights, inputs: usize, distance: usize) -> Result<Layer, WeightsError> {
        let narrow = weights.get("linear1.weight", &[NARROW, inputs, 1])?;
        let after = Norm::new(&weights.of("nonlinear2.batchnorm"), NARROW)?;
        let cam = weights.of("cam_layer");
        let local = cam.get("linear_local.weight", &[GROWTH, NARROW, REACH])?;
        let weight = |input, output| narrow[output * inputs + input] * after.scale[output];
        let of_tap =
            |tap| Matrix::from_fn(NARROW, GROWTH, |input, output| local[(output * NARROW + input) * REACH + tap]);
        Ok(Layer {
            norm: Norm::new(&weights.of("nonlinear1.batchnorm"), inputs)?,
            narrow: (Matrix::from_fn(inputs, NARROW, weight), after.shift),
            local: [0, 1, 2].map(of_tap),
            distance,
            mask: [
                (cam.get("linear1.weight", &[MASK, NARROW, 1])?, cam.get("linear1.bias", &[MASK])?),
                (cam.get("linear2.weight", &[GROWTH, MASK, 1])?, cam.get("linear2.bias", &[GROWTH])?),
            ],
        })
    }

    /// Leaves rows of [`GROWTH`] values in `scratch.out`, from the beginning of rows of `stride` values.
    fn apply(&self, rows: &[f32], stride: usize, count: usize, scratch: &mut Scratch) {
        let Scratch { input, narrow, out } = scratch;
        let inputs = self.norm.scale.len();
        input.resize(count * inputs, 0.0);
        for (to, row) in input.chunks_exact_mut(inputs).zip(rows.chunks_exact(stride)) {
            self.norm.apply_into(row, to);
        }
        let margin = self.distance * NARROW;
        narrow.clear();
        narrow.resize(count * NARROW + 2 * margin, 0.0);
        let middle = &mut narrow[margin..][..count * NARROW];
        self.narrow.0.multiply(input, inputs, &self.narrow.1, middle);
        middle.iter_mut().for_each(|value| *value = value.max(0.0));
        out.resize(count * GROWTH, 0.0);
        self.local[0].multiply(narrow, NARROW, &[], out);
        self.local[1].add(&narrow[margin..], NARROW, out);
        self.local[2].add(&narrow[2 * margin..], NARROW, out);
        let middle = &narrow[margin..][..count * NARROW];
        let whole = mean(middle);
        let parts = middle.chunks(SURROUNDINGS * NARROW).zip(out.chunks_mut(SURROUNDINGS * GROWTH));
        for (part, out) in parts {
            let heard: Vec<f32> = mean(part).iter().zip(&whole).map(|(part, whole)| part + whole).collect();
            let between = product(&self.mask[0], &heard, |value| value.max(0.0));
            let mask = product(&self.mask[1], &between, |value| 1.0 / (1.0 + (-value).exp()));
            for row in out.chunks_exact_mut(GROWTH) {
                row.iter_mut().zip(&mask).for_each(|(value, mask)| *value *= mask);
            }
        }
    }
}

/// The mean of rows.
fn mean(rows: &[f32]) -> Vec<f32> {
    let count = (rows.len() / NARROW) as f32;
    let mut sums = vec![0.0; NARROW];
    for row in rows.chunks_exact(NARROW) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}

/// The product of one row with weights that have a row for each output.
fn product((weights, bias): &(Vec<f32>, Vec<f32>), row: &[f32], then: impl Fn(f32) -> f32) -> Vec<f32> {
    let dot = |weights: &[f32]| weights.iter().zip(row).map(|(weight, value)| weight * value).sum::<f32>();
    weights.chunks_exact(row.len()).zip(bias).map(|(weights, bias)| then(dot(weights) + bias)).collect()
}
