//! Our encoder in whisper.cpp's place.
//!
//! whisper.cpp asks for an encoder of another make when it makes a state, through the three functions that its Core ML
//! port would define, if it is compiled with `WHISPER_USE_COREML` (`.cargo/config.toml`). Without an answer, or compiled
//! without, it takes its own.

use std::cell::{Cell, RefCell};
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use whisper_rs::whisper_rs_sys as sys;

use crate::encoder::{Encoder, Shape};
use crate::models::{Header, Weights};
use crate::{Error, Observer};

/// Where a worker encodes, for all its states.
pub(super) struct Desk {
    encoder: Arc<Encoder>,
    /// What was encoded last: several tries at a clip begin with the same.
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    mel: Vec<f32>,
    out: Vec<f32>,
}

impl Desk {
    pub(super) fn new(encoder: &Arc<Encoder>) -> Arc<Desk> {
        Arc::new(Desk { encoder: encoder.clone(), last: Mutex::default() })
    }

    fn encode(&self, mel: &[f32], out: &mut [f32], stop: &dyn Fn() -> bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.mel == mel {
            return out.copy_from_slice(&last.out);
        }
        self.encoder.encode(mel, out, stop);
        *last = if stop() { Last::default() } else { Last { mel: mel.into(), out: (&*out).into() } };
    }
}

thread_local! {
    /// For the state that this thread is about to make.
    static OFFER: RefCell<Option<Arc<Desk>>> = const { RefCell::new(None) };
    /// Who may call off what this thread decodes.
    static WATCH: Cell<Option<*const dyn Observer>> = const { Cell::new(None) };
    /// The encoder has panicked while this thread decoded.
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// The encoder of the model at `path`.
///
/// # Errors
/// [`Error::Model`] if the file can't be read.
pub(super) fn encoder(path: &Path, header: &Header) -> Result<Arc<Encoder>, Error> {
    let shape =
        Shape { mels: header.mels as usize, width: header.width as usize, layers: header.audio_layers as usize };
    let mut weights = Weights::open(path)?;
    let encoder = Encoder::new(shape, |name| {
        let weight = weights.read(name)?;
        Ok::<_, Error>(numbers(weight.kind as sys::ggml_type, &weight.bytes, weight.numbers))
    })?;
    Ok(Arc::new(encoder))
}

/// `count` numbers that are stored as `kind`.
pub(super) fn numbers(kind: sys::ggml_type, bytes: &[u8], count: usize) -> Vec<f32> {
    // SAFETY: the bytes are as many as `count` numbers of this kind take; files are looked through. All kinds but 32-bit
    // floats have a function for it.
    unsafe {
        assert_eq!(bytes.len(), sys::ggml_row_size(kind, count as i64));
        let mut numbers = vec![0.0; count];
        match (*sys::ggml_get_type_traits(kind)).to_float {
            Some(to_float) => to_float(bytes.as_ptr().cast(), numbers.as_mut_ptr(), count as i64),
            None => {
                let each = numbers.iter_mut().zip(bytes.as_chunks().0);
                each.for_each(|(number, bytes)| *number = f32::from_le_bytes(*bytes));
            }
        }
        numbers
    }
}

/// Is ours the better one on this processor? With AVX2, which all programs for x86-64 need; others were not measured.
pub(super) fn suits() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Runs `make`, in which whisper.cpp may ask for an encoder.
pub(super) fn offered<T>(desk: Option<Arc<Desk>>, make: impl FnOnce() -> T) -> T {
    OFFER.set(desk);
    let made = make();
    OFFER.take();
    made
}

/// Runs `work`, in which whisper.cpp asks for encodings.
///
/// # Errors
/// [`Error::Recognise`] if our encoder has panicked, which whisper.cpp can't be told: what came out is worth nothing then.
pub(super) fn encoding<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    FAILED.set(false);
    let done = work();
    if FAILED.get() { Err(Error::Recognise("the encoder crashed".into())) } else { Ok(done) }
}

/// Runs `decode`, which `observer` may call off.
///
/// # Errors
/// As [`encoding`].
pub(super) fn watched<T>(observer: &dyn Observer, decode: impl FnOnce() -> T) -> Result<T, Error> {
    // SAFETY: only the lifetime is changed, and nobody looks after `decode`.
    let watch = unsafe { std::mem::transmute::<*const dyn Observer, *const (dyn Observer + 'static)>(observer) };
    WATCH.set(Some(watch));
    let _over = Over;
    encoding(decode)
}

/// The end of [`watched`], also if it panics.
struct Over;

impl Drop for Over {
    fn drop(&mut self) {
        WATCH.set(None);
    }
}

#[unsafe(no_mangle)]
extern "C" fn whisper_coreml_init(_path: *const c_char) -> *const Desk {
    OFFER.take().map_or(std::ptr::null(), Arc::into_raw)
}

/// # Safety
/// `desk` comes from [`whisper_coreml_init`] and is not used again.
#[unsafe(no_mangle)]
unsafe extern "C" fn whisper_coreml_free(desk: *const Desk) {
    // SAFETY: as for the caller.
    drop(unsafe { Arc::from_raw(desk) });
}

/// # Safety
/// `desk` comes from [`whisper_coreml_init`]; `mel` holds `bands` times `length` values, `out` half as many rows as `length` of
/// the model's width.
#[unsafe(no_mangle)]
unsafe extern "C" fn whisper_coreml_encode(desk: *const Desk, length: i64, bands: i64, mel: *mut f32, out: *mut f32) {
    let (length, bands) = (length as usize, bands as usize);
    // SAFETY: as for the caller.
    let (desk, mel, out) = unsafe {
        let desk = &*desk;
        let out = std::slice::from_raw_parts_mut(out, length / 2 * desk.encoder.shape().width);
        (desk, std::slice::from_raw_parts(mel, length * bands), out)
    };
    // SAFETY: `watched` is still running.
    let watch = WATCH.get().map(|watch| unsafe { &*watch });
    // No panic may go through C, which asks for nothing but an encoding.
    let work = AssertUnwindSafe(|| desk.encode(mel, out, &|| watch.is_some_and(|watch| watch.cancelled())));
    FAILED.set(FAILED.get() | catch_unwind(work).is_err());
}

/// Stands for the function of this name without `transcribe_` in whisper.cpp (`.cargo/config.toml`). There, the times of words
/// are worked out with four threads whatever it was told, three of which only wait, and burn what other workers could use.
///
/// # Safety
/// That of `ggml_backend_init_by_type`.
#[unsafe(no_mangle)]
unsafe extern "C" fn transcribe_ggml_backend_init_by_type(
    kind: sys::ggml_backend_dev_type,
    params: *const c_char,
) -> sys::ggml_backend_t {
    // SAFETY: as for the caller; a backend that is made can be told its threads.
    unsafe {
        let backend = sys::ggml_backend_init_by_type(kind, params);
        if sys::ggml_backend_is_cpu(backend) {
            sys::ggml_backend_cpu_set_n_threads(backend, 1);
        }
        backend
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_of_the_encoder_costs_a_clip_and_not_the_program() {
        let shape = Shape { mels: 1, width: 1, layers: 0 };
        let weights = |name: &str| match name {
            "encoder.conv1.weight" | "encoder.conv2.weight" => vec![0.0; 3],
            "encoder.positional_embedding" => vec![0.0; 2],
            _ => vec![0.0],
        };
        let encoder = Encoder::new(shape, |name| Ok::<_, Error>(weights(name))).expect("an encoder");
        let desk = Desk::new(&Arc::new(encoder));
        let encoded = |bands: i64| {
            let (mut mel, mut out) = (vec![0.5; 4 * bands as usize], vec![0.0; 2]);
            // SAFETY: as long as it says, though with two bands it does not suit the encoder.
            encoding(|| unsafe {
                whisper_coreml_encode(Arc::as_ptr(&desk), 4, bands, mel.as_mut_ptr(), out.as_mut_ptr());
            })
        };
        assert!(encoded(1).is_ok());
        assert!(matches!(encoded(2), Err(Error::Recognise(_))));
        assert!(encoded(1).is_ok(), "the next clip is not lost");
    }
}
