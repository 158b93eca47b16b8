//! Multi-head self-attention.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::Softmax;

use super::linear::Linear;
use super::norm::Norm;
use super::{BLOCK_FRAMES, Scratch, add};

/// Values of a frame that one head works on.
const HEAD: usize = 64;

/// Buffers for all frames, kept between blocks.
#[derive(Default)]
pub(super) struct AttentionScratch {
    /// Queries, keys and values of each frame.
    projected: Vec<f32>,
    /// The output of each head, one head after the other.
    heads: Vec<f32>,
}

pub(super) struct Attention {
    /// Queries, keys and values of a frame, in this order.
    project: Linear,
    out: Linear,
}

impl Attention {
    pub(super) fn new(project: Linear, out: Linear) -> Attention {
        Attention { project, out }
    }

    /// Adds the attention's output, computed from `norm(frames)`, to `frames`.
    pub(super) fn add(&self, norm: &Norm, frames: &mut [f32], scratch: &mut AttentionScratch) {
        let width = self.out.outputs();
        let count = frames.len() / width;
        let AttentionScratch { projected, heads } = scratch;
        projected.resize(3 * frames.len(), 0.0);
        heads.resize(frames.len(), 0.0);
        let blocks = frames.par_chunks(BLOCK_FRAMES * width).zip(projected.par_chunks_mut(BLOCK_FRAMES * 3 * width));
        blocks.for_each_init(Scratch::default, |scratch, (block, projected)| {
            scratch.input.clear();
            scratch.input.extend_from_slice(block);
            norm.apply(&mut scratch.input);
            self.project.apply(&scratch.input, &mut scratch.quantised, projected);
        });
        heads
            .par_chunks_mut(count * HEAD)
            .enumerate()
            .for_each(|(head, out)| Attention::head(projected, head, width, out));
        let blocks = frames.par_chunks_mut(BLOCK_FRAMES * width).enumerate();
        blocks.for_each_init(Scratch::default, |scratch, (index, block)| {
            scratch.input.clear();
            for frame in (index * BLOCK_FRAMES..).take(block.len() / width) {
                let of_heads = heads.chunks_exact(count * HEAD).map(|head| &head[frame * HEAD..][..HEAD]);
                scratch.input.extend(of_heads.flatten());
            }
            scratch.out.resize(block.len(), 0.0);
            self.out.apply(&scratch.input, &mut scratch.quantised, &mut scratch.out);
            add(block, &scratch.out);
        });
    }

    /// Computes the output of one head for all frames.
    fn head(projected: &[f32], head: usize, width: usize, out: &mut [f32]) {
        let (gemm, count) = (GemmExecutor::new(), out.len() / HEAD);
        // Rows of this head's queries (0), keys (1) or values (2), in place.
        let rows = |part: usize, from: usize, count: usize| {
            let start = from * 3 * width + part * width + head * HEAD;
            NdTensorView::from_slice_with_strides([count, HEAD], &projected[start..], [3 * width, 1])
                .expect("it is long enough")
        };
        let keys = gemm.prepack_b(rows(1, 0, count).transposed());
        let values = gemm.prepack_b(rows(2, 0, count));
        let scaled = GemmOptions { alpha: (HEAD as f32).sqrt().recip(), ..GemmOptions::default() };
        let mut weights = Vec::new();
        for (index, out) in out.chunks_mut(BLOCK_FRAMES * HEAD).enumerate() {
            let block = out.len() / HEAD;
            weights.resize(block * count, 0.0);
            let queries = GemmInputA::Unpacked(rows(0, index * BLOCK_FRAMES, block));
            let done = gemm.gemm(&mut weights, queries, GemmInputB::Packed(&keys), scaled.clone());
            done.expect("the lengths fit");
            for row in weights.chunks_exact_mut(count) {
                Softmax::new_mut(row).dispatch();
            }
            let weights = GemmInputA::Unpacked(NdTensorView::from_data([block, count], &weights[..]));
            let done = gemm.gemm(out, weights, GemmInputB::Packed(&values), GemmOptions::default());
            done.expect("the lengths fit");
        }
    }
}
