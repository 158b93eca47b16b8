//! Multiplication with a matrix of weights, in 8-bit integers.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::MinMax;

/// Sums that are computed before they are made numbers: few enough to stay in the cache.
const SUMS: usize = 1 << 18;

/// A number so large that what is added to it is rounded to whole ones, which are then its lowest bits.
const WHOLE: f32 = 12_582_912.0;

thread_local! {
    /// Kept, since it asks the processor what it can do, which takes long on virtual ones.
    static GEMM: GemmExecutor<u8, i8, i32> = GemmExecutor::new();
}

/// The least that 1 in a rounded input stands for; a row of zeros has it.
const LEAST: f32 = 1e-30;

/// `out = input * weights + bias`, for rows of input.
pub(crate) struct Linear {
    weights: PackedBMatrix<i8>,
    /// What 1 in the weights of an output stands for.
    scales: Vec<f32>,
    /// Of the weights of an output, as they are rounded.
    totals: Vec<i32>,
    bias: Vec<f32>,
    /// Rows of rounded input for one of input. Where the processor adds up products in pairs of 16 bits, there are two of 7
    /// bits, whose products with weights of 8 fit: the second is what rounding left of the first. Else one of 8 bits.
    parts: usize,
}

/// Room for rows of rounded inputs, each with what 0 and 1 stand for, and what they add up to.
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
        let weights = NdTensorView::from_data([outputs, inputs], &rounded[..]).transposed();
        let (weights, parts) = GEMM.with(|gemm| (gemm.prepack_b(weights), if gemm.may_saturate() { 2 } else { 1 }));
        Linear { weights, scales, totals, bias, parts }
    }

    /// As processors do it that add up in 16 bits.
    #[cfg(test)]
    pub(super) fn in_two_parts(self) -> Linear {
        Linear { parts: 2, ..self }
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
            work.quantise(input, inputs, self.parts);
            let Quantised { values, zeros, scales, sums } = work;
            sums.resize(zeros.len() * outputs, 0);
            let rows = GemmInputA::Unpacked(NdTensorView::from_data([zeros.len(), inputs], &values[..]));
            let weights = GemmInputB::Packed(&self.weights);
            GEMM.with(|gemm| gemm.gemm(sums, rows, weights, GemmOptions::default())).expect("the lengths fit");
            let mut rows = sums.chunks_exact(outputs).zip(zeros.iter().zip(&*scales));
            for out in out.chunks_exact_mut(outputs) {
                out.copy_from_slice(&self.bias);
                for (sums, (zero, scale)) in rows.by_ref().take(self.parts) {
                    // The library could take the zeros off, but takes those of other rows (rten-gemm 0.27).
                    let zero = i32::from(*zero);
                    let columns = sums.iter().zip(&self.totals).zip(&self.scales);
                    for (value, ((sum, total), column)) in out.iter_mut().zip(columns) {
                        *value += (sum - zero * total) as f32 * (scale * column);
                    }
                }
            }
        }
    }
}

impl Quantised {
    /// Rounds rows of `width` values so that 0.0 stays what it is, each into as many `parts` as [`Linear::parts`] says.
    fn quantise(&mut self, input: &[f32], width: usize, parts: usize) {
        self.values.clear();
        self.values.reserve(parts * input.len());
        self.zeros.clear();
        self.scales.clear();
        let top = if parts == 1 { 255.0 } else { 127.0 };
        let mut left = Vec::new();
        for row in input.chunks_exact(width) {
            let (least, most) = MinMax::new(row).dispatch();
            let (least, most) = (least.min(0.0), most.max(0.0));
            let scale = ((most - least) / top).max(LEAST);
            let zero = (-least / scale).round() as u8;
            self.round(row, scale, zero);
            if parts == 2 {
                let rounded = self.values[self.values.len() - width..].iter();
                let rest = |(value, part): (_, &u8)| value - (f32::from(*part) - f32::from(zero)) * scale;
                left.clear();
                left.extend(row.iter().zip(rounded).map(rest));
                self.round(&left, scale / 127.0, 64);
            }
        }
    }

    /// Adds a row, rounded. In plain arithmetic, which compilers make vectors of.
    fn round(&mut self, row: &[f32], scale: f32, zero: u8) {
        let (inverse, first) = (scale.recip(), f32::from(zero));
        let rounded = |value: &f32| ((value * inverse).max(-first).min(255.0 - first) + WHOLE + first).to_bits() as u8;
        self.values.extend(row.iter().map(rounded));
        self.zeros.push(zero);
        self.scales.push(scale);
    }
}
