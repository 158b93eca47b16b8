//! What is changed in ggml's own backend for the processor: it begins with one thread, and checks the attention that word times
//! are made of.

use std::ffi::{c_char, c_void};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use whisper_rs_sys as sys;

use super::layout::{self, Backend, Device};
use crate::finite;

pub(super) type InitBackend = unsafe extern "C" fn(*const Device, *const c_char) -> *mut Backend;
type GraphCompute = unsafe extern "C" fn(*const Backend, *mut sys::ggml_cgraph) -> sys::ggml_status;

/// ggml's own function for what [`init_backend`] makes.
pub(super) static INIT: OnceLock<InitBackend> = OnceLock::new();
/// ggml's own function for what [`compute_checked`] does.
static COMPUTE: OnceLock<GraphCompute> = OnceLock::new();

/// Changes all backends of ggml's processor device that are made from now on:
///
/// - They begin with one thread instead of four. whisper.cpp sets the number of threads wherever it computes, except for the
///   times of words. There, three of the four threads only wait, and burn time that other decoders could use.
/// - They never compute word times from attention that is no number, see [`finite`].
///
/// # Safety
/// `device` is ggml's device for the processor, of this API version.
pub(super) unsafe fn change(device: *mut Device) {
    // SAFETY: as for the caller. The device is a static variable of ggml that is not constant. The field holds a function of
    // this type, and gets another one.
    unsafe {
        INIT.get_or_init(|| (*device).init_backend);
        layout::init_backend_of(device).store(init_backend as InitBackend as *mut c_void, Ordering::Relaxed);
    }
}

/// Are backends changed?
pub(crate) fn is_changed() -> bool {
    INIT.get().is_some()
}

pub(super) unsafe extern "C" fn init_backend(device: *const Device, params: *const c_char) -> *mut Backend {
    let Some(init) = INIT.get() else { return std::ptr::null_mut() };
    // SAFETY: as for the caller; ggml accepts a null pointer as a backend that is not the processor's. Nobody else has the new
    // backend yet, and all backends of this device have the same function.
    unsafe {
        let backend = init(device, params);
        if sys::ggml_backend_is_cpu(backend.cast()) {
            sys::ggml_backend_cpu_set_n_threads(backend.cast(), 1);
            COMPUTE.get_or_init(|| (*backend).graph_compute);
            (*backend).graph_compute = compute_checked;
        }
        backend
    }
}

unsafe extern "C" fn compute_checked(backend: *const Backend, graph: *mut sys::ggml_cgraph) -> sys::ggml_status {
    let Some(compute) = COMPUTE.get() else { return sys::ggml_status_GGML_STATUS_FAILED };
    // SAFETY: as for the caller.
    unsafe {
        if let Some(attention) = attention(graph) {
            finite::check_attention(attention);
        }
        compute(backend, graph)
    }
}

/// The attention from which `graph` computes the costs of an alignment. That graph of whisper.cpp begins with the norm of the
/// attention, and no other one has an operation of its own, which is the median.
///
/// # Safety
/// A graph whose tensors have memory, which nobody else uses.
unsafe fn attention<'a>(graph: *mut sys::ggml_cgraph) -> Option<&'a mut [f32]> {
    // SAFETY: as for the caller. A norm has one source.
    unsafe {
        let nodes = sys::ggml_graph_n_nodes(graph);
        let is_alignment =
            (0..nodes).any(|at| (*sys::ggml_graph_node(graph, at)).op == sys::ggml_op_GGML_OP_MAP_CUSTOM1);
        let first = is_alignment.then(|| &*sys::ggml_graph_node(graph, 0))?;
        let attention = first.src[0].as_ref().filter(|_| first.op == sys::ggml_op_GGML_OP_NORM)?;
        let count = super::values(attention)?.len();
        Some(std::slice::from_raw_parts_mut(attention.data.cast::<f32>(), count))
    }
}
