//! Products with matrices of weights, in 32-bit floats.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

thread_local! {
    /// Kept, because making one executes `cpuid`, which is slow in virtual machines.
    static GEMM: GemmExecutor = GemmExecutor::new();
}

/// Weights from `inputs` to `outputs` values, packed for products.
pub(crate) struct Matrix {
    packed: PackedBMatrix<f32>,
    inputs: usize,
    outputs: usize,
}

impl Matrix {
    /// A matrix of the weight that `weight` gives for an input and an output.
    pub(crate) fn from_fn(inputs: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Matrix {
        let values = NdTensor::from_fn([inputs, outputs], |[input, output]| weight(input, output));
        let packed = GEMM.with(|gemm| gemm.prepack_b(values.view()));
        Matrix { packed, inputs, outputs }
    }

    /// A matrix of weights that has a row for each output, as PyTorch has them.
    pub(crate) fn of_rows(weights: &[f32], inputs: usize) -> Matrix {
        Matrix::from_fn(inputs, weights.len() / inputs, |input, output| weights[output * inputs + input])
    }

    /// `out = input * weights + bias`, for rows of input that begin `stride` values after each other; they may overlap.
    /// `bias` has a value for each output, or is empty.
    ///
    /// # Panics
    /// If `input` is shorter than the rows of `out` need.
    pub(crate) fn multiply(&self, input: &[f32], stride: usize, bias: &[f32], out: &mut [f32]) {
        let bias = (!bias.is_empty()).then_some(BiasVector::Row(bias));
        self.gemm(input, stride, out, GemmOptions { bias, ..GemmOptions::default() });
    }

    /// `out += input * weights`.
    ///
    /// # Panics
    /// As [`Matrix::multiply`].
    pub(crate) fn add(&self, input: &[f32], stride: usize, out: &mut [f32]) {
        self.gemm(input, stride, out, GemmOptions { beta: 1.0, ..GemmOptions::default() });
    }

    fn gemm(&self, input: &[f32], stride: usize, out: &mut [f32], options: GemmOptions<f32, f32, f32>) {
        let rows = out.len() / self.outputs;
        if rows == 0 {
            return;
        }
        let input = &input[..(rows - 1) * stride + self.inputs];
        let view = NdTensorView::from_slice_with_strides([rows, self.inputs], input, [stride, 1]);
        let view = GemmInputA::Unpacked(view.expect("it is long enough"));
        let done = GEMM.with(|gemm| gemm.gemm(out, view, GemmInputB::Packed(&self.packed), options));
        done.expect("the lengths fit");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_may_overlap_and_sums_may_be_added_to() {
        let matrix = Matrix::of_rows(&[1.0, 2.0, 3.0, -1.0, 0.0, 1.0], 3);
        let mut out = [0.0; 4];
        matrix.multiply(&[1.0, 2.0, 3.0, 4.0], 1, &[0.5, 0.0], &mut out);
        assert_eq!(out, [14.5, 2.0, 20.5, 2.0]);
        matrix.add(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 3, &mut out);
        assert_eq!(out, [15.5, 1.0, 21.5, 1.0]);
    }
}
