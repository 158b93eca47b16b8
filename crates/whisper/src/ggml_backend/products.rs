//! Products with a model's weights, in 8-bit integers.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use whisper_rs_sys as sys;

use crate::encoder::{Linear, QuantisedRows};
use crate::memory;
use crate::model_file::dequantise;

/// The least number of tokens in a Whisper model's vocabulary: no other weights have as many outputs.
pub(super) const VOCABULARY: i64 = 51_864;

/// `WHISPER_MAX_DECODERS`. whisper.cpp reads the logits of each of up to so many tokens, one for each hypothesis. Of more, which
/// are a prompt, it reads those of the last.
pub(super) const HYPOTHESES: usize = 8;

/// The weights of one model in 8 bits, each made when it is first multiplied with.
#[derive(Default)]
pub(crate) struct ProductWeights(RwLock<BTreeMap<usize, Arc<Linear>>>);

/// Can `operation` be computed by [`ProductWeights::multiply`]? If it is the product of weights in ordinary memory with rows of
/// 32-bit floats.
///
/// # Safety
/// An operation with its sources in place.
pub(super) unsafe fn is_product(operation: &sys::ggml_tensor) -> bool {
    if operation.op != sys::ggml_op_GGML_OP_MUL_MAT {
        return false;
    }
    // SAFETY: a product has two sources.
    unsafe {
        let (weights, input) = (&*operation.src[0], &*operation.src[1]);
        let buffer = weights.buffer;
        !buffer.is_null()
            && sys::ggml_backend_buffer_is_host(buffer)
            && sys::ggml_backend_buffer_get_usage(buffer)
                == sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS
            && sys::ggml_is_contiguous(weights)
            && sys::ggml_is_contiguous(input)
            && input.type_ == sys::ggml_type_GGML_TYPE_F32
            && weights.ne[2..] == [1, 1]
            && input.ne[2..] == [1, 1]
    }
}

impl ProductWeights {
    /// Computes a product.
    ///
    /// # Safety
    /// [`is_product`] is true of it, its tensors have memory, and all products with its weights go through `self`.
    pub(super) unsafe fn multiply(&self, product: &sys::ggml_tensor, scratch: &mut QuantisedRows) {
        // SAFETY: contiguous 32-bit floats, as many as the dimensions say.
        let (weights, input, out) = unsafe {
            let (weights, input) = (&*product.src[0], &*product.src[1]);
            let count = |tensor: &sys::ggml_tensor| (tensor.ne[0] * tensor.ne[1]) as usize;
            let read = std::slice::from_raw_parts(input.data.cast::<f32>(), count(input));
            (weights, read, std::slice::from_raw_parts_mut(product.data.cast::<f32>(), count(product)))
        };
        let (width, rows) = (weights.ne[0] as usize, product.ne[1] as usize);
        // The logits of a prompt are much work, and only those of its last token are read.
        let skipped = if weights.ne[1] >= VOCABULARY && rows > HYPOTHESES { rows - 1 } else { 0 };
        // SAFETY: as for the caller.
        let linear = unsafe { self.linear(weights) };
        linear.apply(&input[skipped * width..], scratch, &mut out[skipped * weights.ne[1] as usize..]);
    }

    /// The weights of a tensor, ready for multiplication.
    ///
    /// # Safety
    /// It holds a model's weights, and all products with them go through `self`.
    unsafe fn linear(&self, tensor: &sys::ggml_tensor) -> Arc<Linear> {
        let address = tensor.data.expose_provenance();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&address).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let made = || {
                let (inputs, outputs) = (tensor.ne[0] as usize, tensor.ne[1] as usize);
                // SAFETY: the bytes of a tensor of weights, which nobody writes any more.
                let bytes = unsafe {
                    std::slice::from_raw_parts(tensor.data.cast::<u8>(), sys::ggml_nbytes(std::ptr::from_ref(tensor)))
                };
                let row = |row: &[u8]| dequantise(tensor.type_, row, inputs).expect("a row of this type");
                let made = Linear::of_rows(bytes.chunks_exact(tensor.nb[1]).map(row), inputs, vec![0.0; outputs]);
                if tensor.ne[1] < VOCABULARY {
                    // SAFETY: a model's weights are only used in products, except the token embedding, which is also
                    // looked up. As for the caller, all products are ours.
                    unsafe { memory::discard(address..address + bytes.len()) };
                }
                Arc::new(made)
            };
            all.entry(address).or_insert_with(made).clone()
        })
    }
}
