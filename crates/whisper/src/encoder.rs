//! Whisper's encoder in 8-bit integers: from a spectrogram to what the decoder attends to.
//!
//! The architecture is that of OpenAI's `whisper/model.py`, `AudioEncoder`: two convolutions, sinusoidal positions, and
//! residual blocks of self-attention and a perceptron, each behind a layer norm. On a processor it is several times as fast as
//! whisper.cpp's encoder (docs/performance.md).
//!
//! Weights are rounded to 8 bits once, with one scale for each output; activations are rounded frame by frame. Attention,
//! norms and convolutions are computed in 32-bit floats.

use rayon::prelude::*;
use rten_gemm::GemmExecutor;
use rten_simd::SimdUnaryOp;
use rten_vecmath::Gelu;

mod attention;
mod convolution;
mod linear;
mod norm;

use attention::{Attention, AttentionScratch};
use convolution::{Convolution, padded};
pub(crate) use linear::{Linear, QuantisedRows};
use norm::Norm;

/// Frames that go through a layer at once: many enough that the weights are seldom read, few enough to stay in the cache.
const BLOCK_FRAMES: usize = 96;

/// The frames that a model's encoder sees at once: 30 s.
pub(crate) const FRAMES: usize = 1500;

/// The dimensions of an encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Frequency bands of the spectrogram.
    pub(crate) mels: usize,
    /// Values in a frame, a multiple of 64.
    pub(crate) width: usize,
    /// Residual blocks.
    pub(crate) layers: usize,
}

/// An encoder with its weights prepared for multiplication.
pub(crate) struct Encoder {
    shape: Shape,
    first: Convolution,
    second: Convolution,
    /// One row of `width` values for each frame of 20 ms.
    positions: Vec<f32>,
    blocks: Vec<Block>,
    last: Norm,
}

struct Block {
    before_attention: Norm,
    attention: Attention,
    before_perceptron: Norm,
    widen: Linear,
    narrow: Linear,
}

/// The name of the instructions that the 8-bit products use on this processor.
pub(crate) fn kernel() -> String {
    GemmExecutor::<u8, i8, i32>::new().kernel_name().to_owned()
}

impl Encoder {
    /// Builds an encoder from weights that `weight` reads by their name in a ggml file and the number of values expected.
    ///
    /// # Errors
    /// Those of `weight`, which must fail if the number of values differs.
    pub(crate) fn new<E>(
        shape: Shape,
        mut weight: impl FnMut(&str, usize) -> Result<Vec<f32>, E>,
    ) -> Result<Encoder, E> {
        let Shape { mels, width, layers } = shape;
        let mut convolution = |name: &str, inputs, stride| {
            let kernel = weight(&format!("encoder.{name}.weight"), convolution::REACH * inputs * width)?;
            Ok(Convolution::new(&kernel, weight(&format!("encoder.{name}.bias"), width)?, inputs, stride))
        };
        let first = convolution("conv1", mels, 1)?;
        let second = convolution("conv2", width, 2)?;
        let mut blocks = Vec::with_capacity(layers);
        for layer in 0..layers {
            blocks.push(Block::new(width, |name, count| weight(&format!("encoder.blocks.{layer}.{name}"), count))?);
        }
        let positions = weight("encoder.positional_embedding", FRAMES * width)?;
        let last = Norm::new(weight("encoder.ln_post.weight", width)?, weight("encoder.ln_post.bias", width)?);
        Ok(Encoder { shape, first, second, positions, blocks, last })
    }

    /// The dimensions.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Encodes a spectrogram of `mels` bands, stored one after the other with `2 * frames` values each, into `frames` rows of
    /// `width` values.
    ///
    /// Runs on the threads of the rayon pool in which it is called. Calls `stop` before each block; once that returns `true`
    /// it returns, and the content of `out` is undefined.
    ///
    /// # Panics
    /// If a length does not match the shape, or there are more than [`FRAMES`] frames.
    pub(crate) fn encode(&self, mel: &[f32], out: &mut [f32], stop: &dyn Fn() -> bool) {
        let Shape { mels, width, .. } = self.shape;
        let frames = out.len() / width;
        assert!(frames <= FRAMES && mel.len() == mels * 2 * frames);
        // Convolutions read frames, not bands.
        let mut transposed = padded(2 * frames, mels);
        for (band, values) in mel.chunks_exact(2 * frames).enumerate() {
            let column = transposed[mels + band..].iter_mut().step_by(mels);
            column.zip(values).for_each(|(place, value)| *place = *value);
        }
        let mut convolved = padded(2 * frames, width);
        self.first.apply(&transposed, &mut convolved[width..][..2 * frames * width]);
        self.second.apply(&convolved, out);
        drop((transposed, convolved));
        add(out, &self.positions);
        let mut scratch = AttentionScratch::default();
        for block in &self.blocks {
            if stop() {
                return;
            }
            block.attention.add(&block.before_attention, out, &mut scratch);
            block.add_perceptron(width, out);
        }
        self.last.apply(out);
    }
}

impl Block {
    /// A block of the weights that `weight` reads by their name within the layer and the number of values expected.
    fn new<E>(width: usize, mut weight: impl FnMut(&str, usize) -> Result<Vec<f32>, E>) -> Result<Block, E> {
        let before_attention = Norm::new(weight("attn_ln.weight", width)?, weight("attn_ln.bias", width)?);
        // One product for queries, keys and values. Whisper's keys have no bias.
        let [mut weights, mut biases] = [Vec::new(), Vec::new()];
        for part in ["query", "key", "value"] {
            weights.extend(weight(&format!("attn.{part}.weight"), width * width)?);
            biases.extend(match part {
                "key" => vec![0.0; width],
                _ => weight(&format!("attn.{part}.bias"), width)?,
            });
        }
        let project = Linear::new(&weights, biases);
        let out = Linear::new(&weight("attn.out.weight", width * width)?, weight("attn.out.bias", width)?);
        let before_perceptron = Norm::new(weight("mlp_ln.weight", width)?, weight("mlp_ln.bias", width)?);
        let widen = Linear::new(&weight("mlp.0.weight", 4 * width * width)?, weight("mlp.0.bias", 4 * width)?);
        let narrow = Linear::new(&weight("mlp.2.weight", 4 * width * width)?, weight("mlp.2.bias", width)?);
        Ok(Block { before_attention, attention: Attention::new(project, out), before_perceptron, widen, narrow })
    }

    /// Adds the perceptron's output to each frame.
    fn add_perceptron(&self, width: usize, frames: &mut [f32]) {
        frames.par_chunks_mut(BLOCK_FRAMES * width).for_each_init(Scratch::default, |scratch, frames| {
            scratch.input.clear();
            scratch.input.extend_from_slice(frames);
            self.before_perceptron.apply(&mut scratch.input);
            scratch.wide.resize(frames.len() / width * self.widen.outputs(), 0.0);
            self.widen.apply(&scratch.input, &mut scratch.quantised, &mut scratch.wide);
            Gelu {}.map_mut(&mut scratch.wide);
            scratch.out.resize(frames.len(), 0.0);
            self.narrow.apply(&scratch.wide, &mut scratch.quantised, &mut scratch.out);
            add(frames, &scratch.out);
        });
    }
}

/// Buffers of one thread for [`BLOCK_FRAMES`] frames.
#[derive(Default)]
struct Scratch {
    input: Vec<f32>,
    quantised: QuantisedRows,
    wide: Vec<f32>,
    out: Vec<f32>,
}

/// Adds `more` to `values`, as far as both go.
fn add(values: &mut [f32], more: &[f32]) {
    values.iter_mut().zip(more).for_each(|(value, more)| *value += more);
}

#[cfg(test)]
mod tests;
