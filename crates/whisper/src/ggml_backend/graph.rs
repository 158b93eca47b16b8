//! Which operations of whisper.cpp's graphs belong to its encoder.
//!
//! whisper.cpp encodes in two graphs: the convolutions, from the input `mel` to `embd_conv`, and the blocks, from a view
//! of `embd_conv` to the last norm. Its other graphs use other weights: those of the decoder.

use std::ffi::CStr;
use std::ops::{Deref, Range};

use whisper_rs_sys as sys;

/// Operations on the way from a result to an input of its graph; whisper.cpp's graphs have at most 4096.
const LONGEST_PATH: usize = 4096;

/// A tensor of a graph: an operation, or what one is computed from.
#[derive(Clone, Copy)]
pub(super) struct Tensor<'a>(&'a sys::ggml_tensor);

impl Deref for Tensor<'_> {
    type Target = sys::ggml_tensor;

    fn deref(&self) -> &sys::ggml_tensor {
        self.0
    }
}

impl<'a> Tensor<'a> {
    /// # Safety
    /// For as long as `'a`, its sources, what it is a view of, and its buffer are null or valid, and so are theirs.
    pub(super) unsafe fn new(tensor: &'a sys::ggml_tensor) -> Tensor<'a> {
        Tensor(tensor)
    }

    /// The tensor whose memory this one uses: itself, or what it is a view of.
    fn base(self) -> Tensor<'a> {
        // SAFETY: null or valid, as `new` requires.
        Tensor(unsafe { self.0.view_src.as_ref() }.unwrap_or(self.0))
    }

    /// Is it a model's weight, or a view of one?
    fn is_weight(self) -> bool {
        let buffer = self.base().buffer;
        if buffer.is_null() {
            return false;
        }
        // SAFETY: null or valid, as `new` requires.
        let usage = unsafe { sys::ggml_backend_buffer_get_usage(buffer) };
        usage == sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS
    }

    /// Where it, or what it is a view of, is in memory.
    fn addresses(self) -> Range<usize> {
        let start = self.base().data.expose_provenance();
        // SAFETY: it only reads the dimensions.
        start..start + unsafe { sys::ggml_nbytes(self.base().0) }
    }

    /// What it is computed from.
    fn sources(self) -> impl Iterator<Item = Tensor<'a>> {
        // SAFETY: null or valid, as `new` requires.
        let sources = self.0.src.iter().filter_map(|source| unsafe { source.as_ref() });
        // ggml's casts have themselves as their second source.
        sources.filter(move |source| !std::ptr::eq(*source, self.0)).map(Tensor)
    }

    /// The name that whisper.cpp gave it, or that ggml made.
    fn is_named(self, test: impl Fn(&[u8]) -> bool) -> bool {
        let name = self.name.map(|c| c as u8);
        CStr::from_bytes_until_nul(&name).is_ok_and(|name| test(name.to_bytes()))
    }

    /// Is it the spectrogram, an input of the first graph?
    fn is_spectrogram(self) -> bool {
        self.is_named(|name| name == b"mel")
    }

    /// Is it the result of the first graph, or the view of it at which the second one begins?
    fn is_convolved(self) -> bool {
        self.is_named(|name| name.starts_with(b"embd_conv"))
    }
}

/// The addresses of the weights that `operation` is computed with, if it belongs to the encoder. It does if its graph begins
/// as one of the encoder's, so finding out takes as long as the graph is deep.
pub(super) fn encoder_weights(operation: Tensor<'_>) -> Option<Vec<Range<usize>>> {
    let mut at = operation;
    for _ in 0..LONGEST_PATH {
        if at.op == sys::ggml_op_GGML_OP_NONE {
            let weights = operation.sources().filter(|source| source.is_weight());
            return (at.is_spectrogram() || at.is_convolved()).then(|| weights.map(Tensor::addresses).collect());
        }
        at = at.sources().find(|source| !source.is_weight())?;
    }
    None
}

/// Does `operation` belong to the encoder whose weights `is_encoder` knows by their address? It does if the nearest weights that
/// it depends on do.
pub(super) fn is_of_encoder(operation: Tensor<'_>, is_encoder: impl Fn(usize) -> bool) -> bool {
    let mut at = operation;
    for _ in 0..LONGEST_PATH {
        if let Some(weight) = at.sources().find(|source| source.is_weight()) {
            return is_encoder(weight.addresses().start);
        }
        if at.op == sys::ggml_op_GGML_OP_NONE {
            return at.is_convolved();
        }
        let Some(first) = at.sources().next() else { return false };
        at = first;
    }
    false
}

/// A part of the encoder's work that whisper.cpp asks for.
pub(super) enum Part<'a> {
    /// The convolutions, of this spectrogram.
    Convolutions(Tensor<'a>),
    /// The blocks; the last operation has the encoder's result.
    Blocks,
}

/// Which part a graph is, from its first and its last operation, views left out. `None` if it is none.
pub(super) fn part<'a>(first: Tensor<'a>, last: Tensor<'_>) -> Option<Part<'a>> {
    if first.op == sys::ggml_op_GGML_OP_IM2COL && last.is_convolved() {
        return first.sources().find(|source| source.is_spectrogram()).map(Part::Convolutions);
    }
    (last.op == sys::ggml_op_GGML_OP_ADD).then_some(Part::Blocks)
}
