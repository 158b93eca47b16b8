//! Our encoder in whisper.cpp's place.
//!
//! whisper.cpp asks for an encoder of another make when it makes a state, through the three functions that its Core ML
//! port would define, if it is compiled with `WHISPER_USE_COREML` (`.cargo/config.toml`). Without an answer, or compiled
//! without, it takes its own.

use std::cell::{Cell, RefCell};
use std::ffi::c_char;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};
use whisper_rs::whisper_rs_sys as sys;

use crate::encoder::{Encoder, Shape};
use crate::models::{Header, Weights};
use crate::{Error, Observer};

/// Where a worker encodes, for all its states.
pub(super) struct Desk {
    encoder: Arc<Encoder>,
    pool: ThreadPool,
    /// What was encoded last: several tries at a clip begin with the same.
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    mel: Vec<f32>,
    out: Vec<f32>,
}

impl Desk {
    /// To work on so many threads, with the priority of the one that calls; `None` if the system grants no more.
    pub(super) fn new(encoder: &Arc<Encoder>, threads: usize) -> Option<Arc<Desk>> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|_| "encoder".into()).build().ok()?;
        Some(Arc::new(Desk { encoder: encoder.clone(), pool, last: Mutex::default() }))
    }

    fn encode(&self, mel: &[f32], out: &mut [f32], stop: &(dyn Fn() -> bool + Sync)) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.mel == mel {
            return out.copy_from_slice(&last.out);
        }
        self.pool.install(|| self.encoder.encode(mel, out, stop));
        *last = if stop() { Last::default() } else { Last { mel: mel.into(), out: (&*out).into() } };
    }
}

thread_local! {
    /// For the state that this thread is about to make.
    static OFFER: RefCell<Option<Arc<Desk>>> = const { RefCell::new(None) };
    /// Who may call off what this thread decodes.
    static WATCH: Cell<Option<*const dyn Observer>> = const { Cell::new(None) };
}

/// The encoder of the model at `path`; `None` where whisper.cpp's is the better one.
///
/// # Errors
/// [`Error::Model`] if the file can't be read.
pub(super) fn encoder(path: &Path, header: &Header) -> Result<Option<Arc<Encoder>>, Error> {
    if !suits() {
        return Ok(None);
    }
    let shape =
        Shape { mels: header.mels as usize, width: header.width as usize, layers: header.audio_layers as usize };
    let mut weights = Weights::open(path)?;
    let encoder = Encoder::new(shape, |name| {
        let weight = weights.read(name)?;
        let mut numbers = vec![0.0; weight.numbers];
        // SAFETY: ggml fills `numbers`, whose count and kind are those of the bytes: the file was looked through. All kinds
        // but 32-bit floats have a function for it.
        unsafe {
            match (*sys::ggml_get_type_traits(weight.kind as sys::ggml_type)).to_float {
                Some(to_float) => {
                    to_float(weight.bytes.as_ptr().cast(), numbers.as_mut_ptr(), weight.numbers as i64);
                }
                None => {
                    let each = numbers.iter_mut().zip(weight.bytes.chunks_exact(4));
                    each.for_each(|(number, bytes)| {
                        *number = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
                    });
                }
            }
        }
        Ok::<_, Error>(numbers)
    })?;
    Ok(Some(Arc::new(encoder)))
}

/// Is ours faster on this processor? Measured on x86-64 alone.
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

/// Runs `decode`, which `observer` may call off.
pub(super) fn watched<T>(observer: &dyn Observer, decode: impl FnOnce() -> T) -> T {
    // SAFETY: only the lifetime is changed, and nobody looks after `decode`.
    let watch = unsafe { std::mem::transmute::<*const dyn Observer, *const (dyn Observer + 'static)>(observer) };
    WATCH.set(Some(watch));
    let decoded = decode();
    WATCH.set(None);
    decoded
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
    desk.encode(mel, out, &|| watch.is_some_and(|watch| watch.cancelled()));
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

/// Likewise: the weights go to large pages where the system grants them, since each token reads them all.
///
/// # Safety
/// That of `ggml_backend_alloc_ctx_tensors_from_buft`.
#[unsafe(no_mangle)]
unsafe extern "C" fn transcribe_ggml_backend_alloc_ctx_tensors_from_buft(
    context: *mut sys::ggml_context,
    kind: sys::ggml_backend_buffer_type_t,
) -> sys::ggml_backend_buffer_t {
    // SAFETY: as for the caller; the advice is about memory of this buffer alone.
    unsafe {
        let buffer = sys::ggml_backend_alloc_ctx_tensors_from_buft(context, kind);
        #[cfg(target_os = "linux")]
        if !buffer.is_null() && sys::ggml_backend_buffer_is_host(buffer) {
            let (base, size) = (sys::ggml_backend_buffer_get_base(buffer), sys::ggml_backend_buffer_get_size(buffer));
            let page = rustix::param::page_size();
            let start = base.addr().next_multiple_of(page);
            let end = (base.addr() + size) / page * page;
            if start < end {
                let _ = rustix::mm::madvise(base.with_addr(start), end - start, rustix::mm::Advice::LinuxHugepage);
            }
        }
        buffer
    }
}
