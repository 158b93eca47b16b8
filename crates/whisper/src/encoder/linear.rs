//! The product with a matrix of weights, in 8-bit integers.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::MinMax;

/// Integer sums computed before they are converted to floats: few enough to stay in the cache.
const SUMS: usize = 1 << 18;

/// 1.5 · 2²³: adding it rounds a float to an integer, which is then its lowest bits.
const ROUNDING: f32 = 12_582_912.0;

thread_local! {
    /// Kept, because making one executes `cpuid`, which is slow in virtual machines.
    static GEMM: GemmExecutor<u8, i8, i32> = GemmExecutor::new();
}

/// The smallest scale of a rounded row; that of a row of zeros.
const LEAST_SCALE: f32 = 1e-30;

/// `out = input * weights + bias`, for rows of input.
pub(crate) struct Linear {
    weights: PackedBMatrix<i8>,
    /// The value that 1 stands for in the weights of each output.
    scales: Vec<f32>,
    /// The sum of the rounded weights of each output.
    totals: Vec<i32>,
    bias: Vec<f32>,
    /// Rounded rows for each row of input. With AVX2 alone, pairs of products are added in 16 bits, which products of 8-bit
    /// inputs overflow: there are then two rows of 7 bits, the second for what rounding left of the first. Otherwise one of
    /// 8 bits.
    parts: usize,
}

/// Rounded rows of input: the integers, and for each row the one that means 0.0 and its scale. Reused between products,
/// together with a buffer for their sums.
#[derive(Default)]
pub(crate) struct QuantisedRows {
    values: Vec<u8>,
    zeros: Vec<u8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Linear {
    /// `weights` has a row for each output, as in a ggml file.
    ///
    /// # Panics
    /// If its length is no multiple of that of `bias`.
    pub(crate) fn new(weights: &[f32], bias: Vec<f32>) -> Linear {
        let inputs = weights.len() / bias.len();
        assert_eq!(weights.len(), bias.len() * inputs);
        Linear::of_rows(weights.chunks_exact(inputs), inputs, bias)
    }

    /// The same from an iterator of rows of `inputs` weights, as many as `bias` has values.
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

    /// Computes as on a processor with AVX2 alone.
    #[cfg(test)]
    pub(super) fn in_two_parts(self) -> Linear {
        Linear { parts: 2, ..self }
    }

    /// The number of values in a row of output.
    pub(crate) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Writes the product of each row of `input` to the row of `out`.
    pub(crate) fn apply(&self, input: &[f32], rows: &mut QuantisedRows, out: &mut [f32]) {
        let (inputs, outputs) = (self.weights.rows(), self.outputs());
        let block = (SUMS / outputs).max(16);
        for (input, out) in input.chunks(block * inputs).zip(out.chunks_mut(block * outputs)) {
            rows.quantise(input, inputs, self.parts);
            let QuantisedRows { values, zeros, scales, sums } = rows;
            sums.resize(zeros.len() * outputs, 0);
            let rows = GemmInputA::Unpacked(NdTensorView::from_data([zeros.len(), inputs], &values[..]));
            let weights = GemmInputB::Packed(&self.weights);
            GEMM.with(|gemm| gemm.gemm(sums, rows, weights, GemmOptions::default())).expect("the lengths fit");
            let mut rows = sums.chunks_exact(outputs).zip(zeros.iter().zip(&*scales));
            for out in out.chunks_exact_mut(outputs) {
                out.copy_from_slice(&self.bias);
                for (sums, (zero, scale)) in rows.by_ref().take(self.parts) {
                    // rten-gemm 0.27 can subtract the zero points itself, but uses those of other rows.
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

impl QuantisedRows {
    /// Rounds rows of `width` values so that 0.0 is exact, each into `parts` rows, see [`Linear::parts`].
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
            let scale = ((most - least) / top).max(LEAST_SCALE);
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

    /// Adds a rounded row. Plain arithmetic, which the compiler vectorises.
    fn round(&mut self, row: &[f32], scale: f32, zero: u8) {
        let (inverse, first) = (scale.recip(), f32::from(zero));
        let rounded =
            |value: &f32| ((value * inverse).max(-first).min(255.0 - first) + ROUNDING + first).to_bits() as u8;
        self.values.extend(row.iter().map(rounded));
        self.zeros.push(zero);
        self.scales.push(scale);
    }
}
