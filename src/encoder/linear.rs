//! Multiplication with a matrix of weights, in 8-bit integers.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::{ExtendInit, MinMax, Quantize};

/// Sums that are computed before they are made numbers: few enough to stay in the cache.
const SUMS: usize = 1 << 18;

/// `out = input * weights + bias`, for rows of input.
pub(crate) struct Linear {
    weights: PackedBMatrix<i8>,
    /// What 1 in the weights of an output stands for.
    scales: Vec<f32>,
    /// Of the weights of an output, as they are rounded.
    totals: Vec<i32>,
    bias: Vec<f32>,
    /// The largest value of the input that the processor's instructions add up without loss.
    top: u8,
}

/// Room for rows of values from 0 to [`Linear::top`], each with what 0 and 1 stand for, and what they add up to.
#[derive(Default)]
pub(crate) struct Quantised {
    values: Vec<u8>,
    zeros: Vec<u8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Linear {
    /// `weights` has a row for each output, as ggml files have it.
    pub(crate) fn new(weights: &[f32], bias: Vec<f32>) -> Linear {
        let inputs = weights.len() / bias.len();
        assert_eq!(weights.len(), bias.len() * inputs);
        Linear::of_rows(weights.chunks_exact(inputs), inputs, bias)
    }

    /// The same from one row of `inputs` weights after the other, as many as `bias` has values.
    pub(crate) fn of_rows(rows: impl Iterator<Item = impl AsRef<[f32]>>, inputs: usize, bias: Vec<f32>) -> Linear {
        let outputs = bias.len();
        let mut rounded: Vec<i8> = Vec::with_capacity(outputs * inputs);
        let (mut scales, mut totals) = (Vec::with_capacity(outputs), Vec::with_capacity(outputs));
        for row in rows {
            let row = row.as_ref();
            let largest = row.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
            let scale = (largest / 127.0).max(f32::MIN_POSITIVE);
            rounded.extend(row.iter().map(|weight| (weight / scale).round() as i8));
            totals.push(rounded[rounded.len() - inputs..].iter().map(|weight| i32::from(*weight)).sum());
            scales.push(scale);
        }
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        // Where products are added up in pairs of 16 bits, two of 127 * 127 still fit.
        let top = if super::may_saturate() { 127 } else { 255 };
        let weights = NdTensorView::from_data([outputs, inputs], &rounded[..]).transposed();
        let weights = gemm.prepack_b(weights);
        Linear { weights, scales, totals, bias, top }
    }

    /// Values in a row of output.
    pub(crate) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Multiplies the rows of `input` into those of `out`.
    pub(crate) fn apply(&self, input: &[f32], work: &mut Quantised, out: &mut [f32]) {
        let (inputs, outputs) = (self.weights.rows(), self.outputs());
        let together = (SUMS / outputs).max(16);
        for (input, out) in input.chunks(together * inputs).zip(out.chunks_mut(together * outputs)) {
            work.quantise(input, inputs, self.top);
            let Quantised { values, zeros, scales, sums } = work;
            sums.resize(out.len(), 0);
            let rows = GemmInputA::Unpacked(NdTensorView::from_data([zeros.len(), inputs], &values[..]));
            let weights = GemmInputB::Packed(&self.weights);
            GemmExecutor::new().gemm(sums, rows, weights, GemmOptions::default()).expect("the lengths fit");
            let rows = out.chunks_exact_mut(outputs).zip(sums.chunks_exact(outputs));
            for (((out, sums), zero), scale) in rows.zip(zeros).zip(scales) {
                // The library could take the zeros off, but takes those of other rows (rten-gemm 0.27).
                let zero = i32::from(*zero);
                let columns = sums.iter().zip(&self.totals).zip(self.scales.iter().zip(&self.bias));
                for (value, ((sum, total), (column, bias))) in out.iter_mut().zip(columns) {
                    *value = (sum - zero * total) as f32 * (*scale * column) + bias;
                }
            }
        }
    }
}

impl Quantised {
    /// Rounds each row of `width` values so that its least becomes 0 and its largest `top`, and 0.0 stays what it is.
    fn quantise(&mut self, input: &[f32], width: usize, top: u8) {
        self.values.clear();
        self.values.reserve(input.len());
        self.zeros.clear();
        self.scales.clear();
        for row in input.chunks_exact(width) {
            let (least, most) = MinMax::new(row).dispatch();
            let (least, most) = (least.min(0.0), most.max(0.0));
            let scale = ((most - least) / f32::from(top)).max(f32::MIN_POSITIVE);
            let zero = (-least / scale).round() as u8;
            self.values.extend_init(|free| Quantize::new(row, &mut free[..width], scale.recip(), zero).dispatch());
            self.zeros.push(zero);
            self.scales.push(scale);
        }
    }
}
