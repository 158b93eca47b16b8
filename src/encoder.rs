//! Whisper's encoder: from a spectrogram to what the decoder attends to, in 8-bit integers.
//!
//! whisper.cpp lets an encoder of another make take the place of its own; this is one for processors, and several times as
//! fast (docs/performance.md). The decoder and all else stay whisper.cpp's. The architecture is that of OpenAI's
//! `whisper/model.py`, `AudioEncoder`: two convolutions, sine positions, blocks of attention and a perceptron, each
//! behind a layer norm and added to what came in.
//!
//! Weights are rounded to 8 bits once, with a scale for each output; what they are multiplied with is rounded frame by frame.
//! Attention, norms and convolutions are computed in 32-bit floats.

use rayon::prelude::*;
use rten_gemm::GemmExecutor;
use rten_simd::SimdUnaryOp;
use rten_vecmath::Gelu;

mod attention;
mod convolution;
mod linear;
mod norm;

use attention::{Attention, Room};
use convolution::{Convolution, padded};
pub(crate) use linear::{Linear, Quantised};
use norm::Norm;

/// Frames that go through a layer together: enough to read the weights seldom, few enough to stay in the cache.
const TOGETHER: usize = 96;

/// What an encoder looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Frequency bands of the spectrogram.
    pub(crate) mels: usize,
    /// Values in a frame; a multiple of 64.
    pub(crate) width: usize,
    /// Blocks of attention and perceptron.
    pub(crate) layers: usize,
}

/// The weights, ready to be multiplied with.
pub(crate) struct Encoder {
    shape: Shape,
    first: Convolution,
    second: Convolution,
    /// A frame for each 20 ms.
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

/// Which instructions the multiplications are made of, on this processor.
pub(crate) fn kernel() -> String {
    GemmExecutor::<u8, i8, i32>::new().kernel_name().to_owned()
}

impl Encoder {
    /// An encoder of the weights that `weight` finds by their names in a ggml file, in the order in which they stand there.
    ///
    /// # Errors
    /// Those of `weight`.
    ///
    /// # Panics
    /// If a weight is not as long as `shape` says.
    pub(crate) fn new<E>(shape: Shape, mut weight: impl FnMut(&str) -> Result<Vec<f32>, E>) -> Result<Encoder, E> {
        let Shape { mels, width, layers } = shape;
        let mut convolution = |name: &str, inputs, stride| {
            let kernel = weight(&format!("encoder.{name}.weight"))?;
            Ok(Convolution::new(&kernel, weight(&format!("encoder.{name}.bias"))?, inputs, stride))
        };
        let first = convolution("conv1", mels, 1)?;
        let second = convolution("conv2", width, 2)?;
        let mut blocks = Vec::with_capacity(layers);
        for layer in 0..layers {
            let mut of = |name: &str| weight(&format!("encoder.blocks.{layer}.{name}"));
            let before_attention = Norm::new(of("attn_ln.weight")?, of("attn_ln.bias")?);
            // One multiplication for all three. Keys have no bias.
            let ask = [of("attn.query.weight")?, of("attn.key.weight")?, of("attn.value.weight")?].concat();
            let ask = Linear::new(&ask, [of("attn.query.bias")?, vec![0.0; width], of("attn.value.bias")?].concat());
            let attention = Attention::new(ask, Linear::new(&of("attn.out.weight")?, of("attn.out.bias")?));
            let before_perceptron = Norm::new(of("mlp_ln.weight")?, of("mlp_ln.bias")?);
            let widen = Linear::new(&of("mlp.0.weight")?, of("mlp.0.bias")?);
            let narrow = Linear::new(&of("mlp.2.weight")?, of("mlp.2.bias")?);
            blocks.push(Block { before_attention, attention, before_perceptron, widen, narrow });
        }
        let positions = weight("encoder.positional_embedding")?;
        let last = Norm::new(weight("encoder.ln_post.weight")?, weight("encoder.ln_post.bias")?);
        Ok(Encoder { shape, first, second, positions, blocks, last })
    }

    /// What it looks like.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Encodes a spectrogram of `mels` bands, each `2 * frames` long, one after the other, into `frames` rows of `width` values,
    /// on the threads of the rayon pool that it is called in. Between the blocks it asks `stop` whether to leave off; then
    /// `out` holds nothing of use.
    ///
    /// # Panics
    /// If a length does not fit the shape.
    pub(crate) fn encode(&self, mel: &[f32], out: &mut [f32], stop: &dyn Fn() -> bool) {
        let Shape { mels, width, .. } = self.shape;
        let frames = out.len() / width;
        assert_eq!(mel.len(), mels * 2 * frames);
        let mut heard = padded(2 * frames, mels);
        for (band, values) in mel.chunks_exact(2 * frames).enumerate() {
            let places = heard[mels + band..].iter_mut().step_by(mels);
            places.zip(values).for_each(|(place, value)| *place = *value);
        }
        let mut once = padded(2 * frames, width);
        self.first.apply(&heard, &mut once[width..][..2 * frames * width]);
        self.second.apply(&once, out);
        drop((heard, once));
        add(out, &self.positions);
        let mut room = Room::default();
        for block in &self.blocks {
            if stop() {
                return;
            }
            block.attention.add(&block.before_attention, out, &mut room);
            block.perceptron(width, out);
        }
        self.last.apply(out);
    }
}

impl Block {
    /// Adds to each frame what the perceptron makes of it.
    fn perceptron(&self, width: usize, frames: &mut [f32]) {
        frames.par_chunks_mut(TOGETHER * width).for_each_init(Desk::default, |desk, frames| {
            desk.input.clear();
            desk.input.extend_from_slice(frames);
            self.before_perceptron.apply(&mut desk.input);
            desk.wide.resize(frames.len() / width * self.widen.outputs(), 0.0);
            self.widen.apply(&desk.input, &mut desk.work, &mut desk.wide);
            Gelu {}.map_mut(&mut desk.wide);
            desk.out.resize(frames.len(), 0.0);
            self.narrow.apply(&desk.wide, &mut desk.work, &mut desk.out);
            add(frames, &desk.out);
        });
    }
}

/// Room for one who works on [`TOGETHER`] frames.
#[derive(Default)]
struct Desk {
    input: Vec<f32>,
    work: Quantised,
    wide: Vec<f32>,
    out: Vec<f32>,
}

fn add(values: &mut [f32], more: &[f32]) {
    values.iter_mut().zip(more).for_each(|(value, more)| *value += more);
}

#[cfg(test)]
mod tests;
