//! Convolutions over three frames.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdUnaryOp;
use rten_tensor::{AsView, NdTensor, NdTensorView};
use rten_vecmath::Gelu;

/// Frames in a kernel.
pub(super) const REACH: usize = 3;

/// A convolution over each frame and its neighbours, with zeros beyond the ends, followed by GELU.
pub(super) struct Convolution {
    kernel: PackedBMatrix<f32>,
    bias: Vec<f32>,
    inputs: usize,
    stride: usize,
}

impl Convolution {
    /// `kernel` holds, for each output and input, the weights of the three frames, as in a ggml file.
    ///
    /// # Panics
    /// If its length is not `3 * inputs * bias.len()`.
    pub(super) fn new(kernel: &[f32], bias: Vec<f32>, inputs: usize, stride: usize) -> Convolution {
        let outputs = bias.len();
        assert_eq!(kernel.len(), outputs * inputs * REACH);
        // A row of the product's input is three frames, one after the other.
        let by_frame = NdTensor::from_fn([REACH * inputs, outputs], |[at, output]| {
            kernel[(output * inputs + at % inputs) * REACH + at / inputs]
        });
        Convolution { kernel: GemmExecutor::new().prepack_b(by_frame.view()), bias, inputs, stride }
    }

    /// Convolves frames that have one more at each end, see [`padded`].
    pub(super) fn apply(&self, padded: &[f32], out: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.bias.len());
        let rows = [out.len() / outputs, REACH * inputs];
        let rows = NdTensorView::from_slice_with_strides(rows, padded, [self.stride * inputs, 1]);
        let rows = GemmInputA::Unpacked(rows.expect("it is long enough"));
        let done = GemmExecutor::new().gemm(out, rows, GemmInputB::Packed(&self.kernel), GemmOptions::default());
        done.expect("the lengths fit");
        for frame in out.chunks_exact_mut(outputs) {
            frame.iter_mut().zip(&self.bias).for_each(|(value, bias)| *value += bias);
        }
        Gelu {}.map_mut(out);
    }
}

/// Zeros for `frames` frames of `width` values, and one more frame at each end.
pub(super) fn padded(frames: usize, width: usize) -> Vec<f32> {
    vec![0.0; (frames + 2) * width]
}
