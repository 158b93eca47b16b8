//! Where whisper.cpp keeps a model's weights, and how their memory goes back where nobody reads them any more.
//!
//! Our encoder and the accelerator multiply with weights of their own, rounded to 8 bits. whisper.cpp loads all weights of a
//! file nevertheless. On Linux the memory of those that it does not need goes back to the system, which for large models is
//! most of the file; elsewhere it stays.

use std::cell::Cell;
use std::ops::Range;

use whisper_rs::whisper_rs_sys as sys;

/// Words that a decoder looks back on at most: `n_text_ctx`, the same in all models.
const WORDS: i64 = 448;

/// Addresses of a model's weights.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) all: Range<usize>,
    encoder: Range<usize>,
}

thread_local! {
    /// Of the model that this thread loads.
    static PLACE: Cell<Place> = const { Cell::new(Place { all: 0..0, encoder: 0..0 }) };
}

/// Runs `load`, in which whisper.cpp loads a model, and tells where it is.
pub(super) fn placed<T>(load: impl FnOnce() -> T) -> (T, Place) {
    PLACE.take();
    (load(), PLACE.take())
}

impl Place {
    /// Gives the encoder's back.
    ///
    /// # Safety
    /// whisper.cpp must not run its encoder any more.
    pub(super) unsafe fn give_encoder_back(&self) {
        // SAFETY: as for the caller.
        unsafe { give_back(self.encoder.clone()) };
    }
}

/// Gives memory back whose content nobody reads any more: all its whole pages.
///
/// # Safety
/// It is allocated, and nobody reads it before they write to it.
pub(super) unsafe fn give_back(addresses: Range<usize>) {
    #[cfg(target_os = "linux")]
    {
        use rustix::{mm, param};
        let page = param::page_size();
        let (start, end) = (addresses.start.next_multiple_of(page), addresses.end / page * page);
        if start < end {
            // SAFETY: as for the caller. If it fails, the memory is not given back, which is all that happens.
            let _ = unsafe {
                mm::madvise(std::ptr::with_exposed_provenance_mut(start), end - start, mm::Advice::LinuxDontNeed)
            };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = addresses;
}

/// Stands for the function of this name without `transcribe_` in whisper.cpp (`.cargo/config.toml`), which gives the tensors of
/// a model their memory, in the order in which they were made: the encoder's first, then the decoder's, beginning with the
/// places of its words.
///
/// # Safety
/// That of `ggml_backend_alloc_ctx_tensors_from_buft`.
#[unsafe(no_mangle)]
unsafe extern "C" fn transcribe_ggml_backend_alloc_ctx_tensors_from_buft(
    context: *mut sys::ggml_context,
    kind: sys::ggml_backend_buffer_type_t,
) -> sys::ggml_backend_buffer_t {
    // SAFETY: as for the caller; the context's tensors live as long as it does.
    unsafe {
        let buffer = sys::ggml_backend_alloc_ctx_tensors_from_buft(context, kind);
        if !buffer.is_null() && sys::ggml_backend_buffer_is_host(buffer) {
            let start = sys::ggml_backend_buffer_get_base(buffer).expose_provenance();
            let all = start..start + sys::ggml_backend_buffer_get_size(buffer);
            let mut next = sys::ggml_get_first_tensor(context);
            let mut encoder = start..start;
            while let Some(tensor) = next.as_mut() {
                if tensor.ne[1] == WORDS {
                    encoder.end = tensor.data.addr();
                    break;
                }
                next = sys::ggml_get_next_tensor(context, tensor);
            }
            PLACE.set(Place { all, encoder });
        }
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn whole_pages_go_back() {
        let page = rustix::param::page_size();
        let mut memory = vec![1u8; 4 * page];
        let start = memory.as_mut_ptr().expose_provenance();
        // SAFETY: it is looked at again, but any content will do.
        unsafe { give_back(start + 1..start + 3 * page + 1) };
        let given_back = memory.iter().filter(|byte| **byte == 0).count();
        assert!(given_back == 2 * page || given_back == 3 * page, "{given_back}");
        assert_eq!((memory[0], memory[4 * page - 1]), (1, 1));
    }

    #[test]
    fn less_than_a_page_stays() {
        let mut memory = vec![1u8; 100];
        let start = memory.as_mut_ptr().expose_provenance();
        // SAFETY: as above.
        unsafe { give_back(start..start + 100) };
        assert_eq!(memory, [1; 100]);
    }
}
