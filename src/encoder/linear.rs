//! Multiplication with a matrix of weights, in 8-bit integers.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::{ExtendInit, MinMax, Quantize};

/// `out = input * weights + bias`, for rows of input.
pub(super) struct Linear {
    weights: PackedBMatrix<i8>,
    columns: Vec<Column>,
    /// The largest value of the input that the processor's instructions add up without loss.
    top: u8,
}

/// What belongs to one value of the output.
struct Column {
    /// What 1 in its weights stands for.
    scale: f32,
    /// Of its weights, as they are rounded.
    sum: i32,
    bias: f32,
}

/// Rows of values from 0 to [`Linear::top`], each with what 0 and 1 stand for.
#[derive(Default)]
pub(super) struct Quantised {
    values: Vec<u8>,
    zeros: Vec<u8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Linear {
    /// `weights` has a row for each output, as ggml files have it.
    pub(super) fn new(weights: &[f32], bias: Vec<f32>) -> Linear {
        let (outputs, inputs) = (bias.len(), weights.len() / bias.len());
        assert_eq!(weights.len(), outputs * inputs);
        let mut rounded: Vec<i8> = Vec::with_capacity(weights.len());
        let mut columns = Vec::with_capacity(outputs);
        for (row, bias) in weights.chunks_exact(inputs).zip(bias) {
            let largest = row.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
            let scale = (largest / 127.0).max(f32::MIN_POSITIVE);
            rounded.extend(row.iter().map(|weight| (weight / scale).round() as i8));
            let sum = rounded[rounded.len() - inputs..].iter().map(|weight| i32::from(*weight)).sum();
            columns.push(Column { scale, sum, bias });
        }
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        // Where products are added up in pairs of 16 bits, two of 127 * 127 still fit.
        let top = if gemm.may_saturate() { 127 } else { 255 };
        let weights = gemm.prepack_b(NdTensorView::from_data([outputs, inputs], &rounded[..]).transposed());
        Linear { weights, columns, top }
    }

    /// Values in a row of output.
    pub(super) fn outputs(&self) -> usize {
        self.columns.len()
    }

    /// Multiplies the rows of `input`; `out` holds the result afterwards and nothing else.
    pub(super) fn apply(&self, input: &[f32], work: &mut Quantised, out: &mut Vec<f32>) {
        let (inputs, outputs) = (self.weights.rows(), self.outputs());
        work.quantise(input, inputs, self.top);
        let Quantised { values, zeros, scales, sums } = work;
        sums.resize(zeros.len() * outputs, 0);
        let rows = NdTensorView::from_data([zeros.len(), inputs], &values[..]);
        let done = GemmExecutor::new().gemm(
            sums,
            GemmInputA::Unpacked(rows),
            GemmInputB::Packed(&self.weights),
            GemmOptions::default(),
        );
        done.expect("the lengths fit");
        out.clear();
        for ((sums, zero), scale) in sums.chunks_exact(outputs).zip(zeros).zip(scales) {
            // The library would take the zeros off, but takes those of other rows (rten-gemm 0.27).
            let value = |sum: i32, column: &Column| {
                (sum - i32::from(*zero) * column.sum) as f32 * (*scale * column.scale) + column.bias
            };
            out.extend(sums.iter().zip(&self.columns).map(|(sum, column)| value(*sum, column)));
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
