//! Which operations of whisper.cpp's graphs belong to its encoder.
//!
//! whisper.cpp encodes in two graphs: the convolutions, from the input `mel` to `embd_conv`, and the blocks, from a view
//! of `embd_conv` to the last norm. Its other graphs use other weights: those of the decoder.

use std::ffi::CStr;
use std::ops::Range;

use whisper_rs_sys as sys;

/// Operations on the way from a result to an input of its graph; whisper.cpp's graphs have at most 4096.
const LONGEST_PATH: usize = 4096;

/// The tensor whose memory `tensor` uses: itself, or what it is a view of.
fn base(tensor: &sys::ggml_tensor) -> &sys::ggml_tensor {
    // SAFETY: tensors of a graph live as long as it does, and `view_src` is null or one of them.
    unsafe { tensor.view_src.as_ref() }.unwrap_or(tensor)
}

/// Is it a model's weight, or a view of one?
fn is_weight(tensor: &sys::ggml_tensor) -> bool {
    let buffer = base(tensor).buffer;
    if buffer.is_null() {
        return false;
    }
    // SAFETY: a tensor's buffer is null or valid.
    let usage = unsafe { sys::ggml_backend_buffer_get_usage(buffer) };
    usage == sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS
}

/// Where a weight, or what it is a view of, is in memory.
fn addresses(weight: &sys::ggml_tensor) -> Range<usize> {
    let start = base(weight).data.expose_provenance();
    // SAFETY: a tensor in place.
    start..start + unsafe { sys::ggml_nbytes(base(weight)) }
}

/// What an operation is computed from.
fn sources(tensor: &sys::ggml_tensor) -> impl Iterator<Item = &sys::ggml_tensor> {
    // SAFETY: as in `base`; ggml's casts have themselves as their second source.
    tensor.src.iter().filter_map(|source| unsafe { source.as_ref() }).filter(|source| !std::ptr::eq(*source, tensor))
}

/// The name that whisper.cpp gave it, or that ggml made.
fn name(tensor: &sys::ggml_tensor) -> &CStr {
    // SAFETY: the array outlives the slice, and has the same layout.
    let bytes = unsafe { std::slice::from_raw_parts(tensor.name.as_ptr().cast::<u8>(), tensor.name.len()) };
    CStr::from_bytes_until_nul(bytes).unwrap_or_default()
}

/// Is it where the second graph of the encoder begins?
fn is_convolved(tensor: &sys::ggml_tensor) -> bool {
    name(tensor).to_bytes().starts_with(b"embd_conv")
}

/// The addresses of the weights that `operation` is computed with, if it belongs to the encoder. Told by the input at which its
/// graph begins, so it takes as long as the graph is deep.
pub(super) fn encoder_weights(operation: &sys::ggml_tensor) -> Option<Vec<Range<usize>>> {
    let mut at = operation;
    for _ in 0..LONGEST_PATH {
        if at.op == sys::ggml_op_GGML_OP_NONE {
            let begins = name(at) == c"mel" || is_convolved(at);
            return begins.then(|| sources(operation).filter(|source| is_weight(source)).map(addresses).collect());
        }
        at = sources(at).find(|source| !is_weight(source))?;
    }
    None
}

/// Does `operation` belong to the encoder whose weights `is_encoder` knows by their address? Told by the nearest weights that it
/// depends on.
pub(super) fn is_of_encoder(operation: &sys::ggml_tensor, is_encoder: impl Fn(usize) -> bool) -> bool {
    let mut at = operation;
    for _ in 0..LONGEST_PATH {
        if let Some(weight) = sources(at).find(|source| is_weight(source)) {
            return is_encoder(base(weight).data.addr());
        }
        if at.op == sys::ggml_op_GGML_OP_NONE {
            return is_convolved(at);
        }
        let Some(first) = sources(at).next() else { return false };
        at = first;
    }
    false
}

/// A part of the encoder's work that whisper.cpp asks for.
pub(super) enum Part<'a> {
    /// The convolutions, of this spectrogram.
    Convolutions(&'a sys::ggml_tensor),
    /// The blocks; the last operation has the encoder's result.
    Blocks,
}

/// Which part a graph is, from its first and its last operation, views left out. `None` if it is none.
pub(super) fn part<'a>(first: &'a sys::ggml_tensor, last: &sys::ggml_tensor) -> Option<Part<'a>> {
    if first.op == sys::ggml_op_GGML_OP_IM2COL && is_convolved(last) {
        return sources(first).find(|source| name(source) == c"mel").map(Part::Convolutions);
    }
    (last.op == sys::ggml_op_GGML_OP_ADD).then_some(Part::Blocks)
}
