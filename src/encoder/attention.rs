//! What each frame takes from all others.

use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::Softmax;

use super::linear::Linear;
use super::norm::Norm;
use super::{Desk, TOGETHER, add};

/// Values that each head looks at.
const HEAD: usize = 64;

/// Room for what the frames ask of each other and take, by heads.
#[derive(Default)]
pub(super) struct Room {
    asked: Vec<f32>,
    heads: Vec<f32>,
}

pub(super) struct Attention {
    /// Queries, keys and values of a frame, in this order.
    ask: Linear,
    out: Linear,
}

impl Attention {
    pub(super) fn new(ask: Linear, out: Linear) -> Attention {
        Attention { ask, out }
    }

    /// Adds to each of `frames` what it takes from the others, all behind `norm`.
    pub(super) fn add(&self, norm: &Norm, frames: &mut [f32], room: &mut Room) {
        let width = self.out.outputs();
        let count = frames.len() / width;
        let Room { asked, heads } = room;
        asked.resize(3 * frames.len(), 0.0);
        heads.resize(frames.len(), 0.0);
        let each = frames.par_chunks(TOGETHER * width).zip(asked.par_chunks_mut(TOGETHER * 3 * width));
        each.for_each_init(Desk::default, |desk, (some, asked)| {
            desk.input.clear();
            desk.input.extend_from_slice(some);
            norm.apply(&mut desk.input);
            self.ask.apply(&desk.input, &mut desk.work, asked);
        });
        heads
            .par_chunks_mut(count * HEAD)
            .enumerate()
            .for_each(|(head, taken)| Attention::head(asked, head, width, taken));
        let each = frames.par_chunks_mut(TOGETHER * width).enumerate();
        each.for_each_init(Desk::default, |desk, (place, some)| {
            desk.input.clear();
            for frame in (place * TOGETHER..).take(some.len() / width) {
                let of_head = heads.chunks_exact(count * HEAD).map(|head| &head[frame * HEAD..][..HEAD]);
                desk.input.extend(of_head.flatten());
            }
            desk.out.resize(some.len(), 0.0);
            self.out.apply(&desk.input, &mut desk.work, &mut desk.out);
            add(some, &desk.out);
        });
    }

    /// What the frames take from each other, looked at by one head.
    fn head(asked: &[f32], head: usize, width: usize, taken: &mut [f32]) {
        let (gemm, count) = (GemmExecutor::new(), taken.len() / HEAD);
        // Rows of one head's queries, keys or values, where they stand.
        let rows = |which: usize, from: usize, count: usize| {
            let start = from * 3 * width + which * width + head * HEAD;
            NdTensorView::from_slice_with_strides([count, HEAD], &asked[start..], [3 * width, 1])
                .expect("it is long enough")
        };
        let keys = gemm.prepack_b(rows(1, 0, count).transposed());
        let values = gemm.prepack_b(rows(2, 0, count));
        let scaled = GemmOptions { alpha: (HEAD as f32).sqrt().recip(), ..GemmOptions::default() };
        let mut weights = Vec::new();
        for (place, taken) in taken.chunks_mut(TOGETHER * HEAD).enumerate() {
            let some = taken.len() / HEAD;
            weights.resize(some * count, 0.0);
            let queries = GemmInputA::Unpacked(rows(0, place * TOGETHER, some));
            let done = gemm.gemm(&mut weights, queries, GemmInputB::Packed(&keys), scaled.clone());
            done.expect("the lengths fit");
            for row in weights.chunks_exact_mut(count) {
                Softmax::new_mut(row).dispatch();
            }
            let weights = GemmInputA::Unpacked(NdTensorView::from_data([some, count], &weights[..]));
            let done = gemm.gemm(taken, weights, GemmInputB::Packed(&values), GemmOptions::default());
            done.expect("the lengths fit");
        }
    }
}
