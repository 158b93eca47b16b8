//! Layer norm.

use rten_simd::SimdOp;
use rten_vecmath::{Normalize, NormalizeOptions, Sum, SumSquareSub};

/// As in PyTorch and whisper.cpp.
const EPSILON: f32 = 1e-5;

/// Normalises a frame to mean 0 and variance 1, then scales and shifts each value.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn new(scale: Vec<f32>, shift: Vec<f32>) -> Norm {
        assert_eq!(scale.len(), shift.len());
        Norm { scale, shift }
    }

    /// Normalises frames, stored one after the other.
    pub(super) fn apply(&self, frames: &mut [f32]) {
        let width = self.scale.len();
        for frame in frames.chunks_exact_mut(width) {
            let mean = Sum::new(frame).dispatch() / width as f32;
            let variance = SumSquareSub::new(frame, mean).dispatch() / width as f32;
            let options = NormalizeOptions {
                pre_scale_bias: mean,
                scale: (variance + EPSILON).sqrt().recip(),
                element_scale: Some(&self.scale),
                bias: 0.0,
                element_bias: Some(&self.shift),
            };
            Normalize::new_mut(frame, options).dispatch();
        }
    }
}
