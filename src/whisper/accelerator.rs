//! Our multiplication in whisper.cpp's place, wherever it multiplies with weights.
//!
//! ggml hands parts of its work to accelerators, such as BLAS libraries, if they are registered and say that they can do
//! it. This one multiplies with weights in 8-bit integers, as our encoder does. The structures are those of
//! `ggml-backend-impl.h`, which are not part of ggml's bindings; hence the version below.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_int, c_void};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock};

use whisper_rs::whisper_rs_sys as sys;

use super::{own, weights};
use crate::encoder::{Linear, Quantised};

const _: () = assert!(matches!(whisper_rs::WHISPER_CPP_VERSION.as_bytes(), b"1.8.3"), "look at ggml-backend-impl.h");

/// `GGML_BACKEND_API_VERSION`.
const API: c_int = 2;

/// The least number of tokens that a Whisper model knows: no other weights have as many outputs.
const VOCABULARY: i64 = 51_864;

/// `WHISPER_MAX_DECODERS`: whisper.cpp reads what may follow each of so many tokens at most, or what may follow the last of more.
const HYPOTHESES: usize = 8;

/// Weights that were multiplied with, by where they lie.
static WEIGHTS: RwLock<BTreeMap<usize, Arc<Linear>>> = RwLock::new(BTreeMap::new());

/// Offers it to all states that are made from now on.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    if own::suits() {
        // SAFETY: what is registered lives as long as the program, and ggml changes none of it.
        ONCE.call_once(|| unsafe { sys::ggml_backend_register((&raw const REGISTRY).cast_mut().cast()) });
    }
}

/// Forgets the weights at these addresses, since their memory is about to be used for something else.
pub(super) fn forget(addresses: &Range<usize>) {
    WEIGHTS.write().unwrap_or_else(PoisonError::into_inner).retain(|place, _| !addresses.contains(place));
}

type Unused = Option<unsafe extern "C" fn()>;

/// `ggml_backend_reg`.
#[repr(C)]
struct Registry {
    api: c_int,
    name: unsafe extern "C" fn(*const Registry) -> *const c_char,
    devices: unsafe extern "C" fn(*const Registry) -> usize,
    device: unsafe extern "C" fn(*const Registry, usize) -> *const Device,
    function: unsafe extern "C" fn(*const Registry, *const c_char) -> *const c_void,
    context: usize,
}

/// `ggml_backend_device`.
#[repr(C)]
struct Device {
    name: unsafe extern "C" fn(*const Device) -> *const c_char,
    description: unsafe extern "C" fn(*const Device) -> *const c_char,
    memory: unsafe extern "C" fn(*const Device, *mut usize, *mut usize),
    kind: unsafe extern "C" fn(*const Device) -> sys::ggml_backend_dev_type,
    properties: unsafe extern "C" fn(*const Device, *mut sys::ggml_backend_dev_props),
    start: unsafe extern "C" fn(*const Device, *const c_char) -> *mut Backend,
    buffers: unsafe extern "C" fn(*const Device) -> sys::ggml_backend_buffer_type_t,
    host_buffers: Unused,
    buffer_from_pointer: Unused,
    can: unsafe extern "C" fn(*const Device, *const sys::ggml_tensor) -> bool,
    reads: unsafe extern "C" fn(*const Device, sys::ggml_backend_buffer_type_t) -> bool,
    offload_and_events: [Unused; 4],
    registry: *const Registry,
    context: usize,
}

// SAFETY: nothing in it changes.
unsafe impl Sync for Device {}

/// `ggml_backend`: one in each state.
#[repr(C)]
struct Backend {
    guid: *const [u8; 16],
    name: unsafe extern "C" fn(*const Backend) -> *const c_char,
    free: unsafe extern "C" fn(*mut Backend),
    transfers: [Unused; 3],
    synchronise: Unused,
    plans: [Unused; 4],
    compute: unsafe extern "C" fn(*const Backend, *mut sys::ggml_cgraph) -> sys::ggml_status,
    events_and_optimise: [Unused; 3],
    device: *const Device,
    work: *mut Mutex<Quantised>,
}

static GUID: [u8; 16] = *b"transcribe int 8";
static REGISTRY: Registry =
    Registry { api: API, name: registry_name, devices: one, device: the_device, function: no_function, context: 0 };
static DEVICE: Device = Device {
    name: device_name,
    description: device_name,
    memory,
    kind,
    properties,
    start,
    buffers,
    host_buffers: None,
    buffer_from_pointer: None,
    can,
    reads,
    offload_and_events: [None; 4],
    registry: &raw const REGISTRY,
    context: 0,
};

extern "C" fn registry_name(_: *const Registry) -> *const c_char {
    c"int8".as_ptr()
}

extern "C" fn one(_: *const Registry) -> usize {
    1
}

extern "C" fn the_device(_: *const Registry, _: usize) -> *const Device {
    &raw const DEVICE
}

extern "C" fn no_function(_: *const Registry, _: *const c_char) -> *const c_void {
    std::ptr::null()
}

extern "C" fn device_name(_: *const Device) -> *const c_char {
    c"int8".as_ptr()
}

unsafe extern "C" fn memory(_: *const Device, free: *mut usize, total: *mut usize) {
    // SAFETY: ggml passes places for both.
    unsafe { (*free, *total) = (0, 0) };
}

extern "C" fn kind(_: *const Device) -> sys::ggml_backend_dev_type {
    sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_ACCEL
}

unsafe extern "C" fn properties(_: *const Device, properties: *mut sys::ggml_backend_dev_props) {
    let name = c"int8".as_ptr();
    let caps =
        sys::ggml_backend_dev_caps { async_: false, host_buffer: false, buffer_from_host_ptr: false, events: false };
    let ours = sys::ggml_backend_dev_props {
        name,
        description: name,
        memory_free: 0,
        memory_total: 0,
        type_: kind(&raw const DEVICE),
        device_id: std::ptr::null(),
        caps,
    };
    // SAFETY: ggml passes a place for it.
    unsafe { properties.write(ours) };
}

extern "C" fn start(_: *const Device, _: *const c_char) -> *mut Backend {
    Box::into_raw(Box::new(Backend {
        guid: &raw const GUID,
        name: backend_name,
        free,
        transfers: [None; 3],
        synchronise: None,
        plans: [None; 4],
        compute,
        events_and_optimise: [None; 3],
        device: &raw const DEVICE,
        work: Box::into_raw(Box::default()),
    }))
}

extern "C" fn backend_name(_: *const Backend) -> *const c_char {
    c"int8".as_ptr()
}

unsafe extern "C" fn free(backend: *mut Backend) {
    // SAFETY: both come from `start`, and ggml frees a backend once.
    unsafe {
        let backend = Box::from_raw(backend);
        drop(Box::from_raw(backend.work));
    }
}

extern "C" fn buffers(_: *const Device) -> sys::ggml_backend_buffer_type_t {
    // SAFETY: it has no conditions.
    unsafe { sys::ggml_backend_cpu_buffer_type() }
}

unsafe extern "C" fn reads(_: *const Device, kind: sys::ggml_backend_buffer_type_t) -> bool {
    // SAFETY: as for the caller.
    unsafe { sys::ggml_backend_buft_is_host(kind) }
}

/// Weights in ordinary memory, times rows of 32-bit floats.
unsafe extern "C" fn can(_: *const Device, operation: *const sys::ggml_tensor) -> bool {
    // SAFETY: ggml asks about tensors with their sources in place.
    unsafe {
        if (*operation).op != sys::ggml_op_GGML_OP_MUL_MAT {
            return false;
        }
        let (weights, input) = (&*(*operation).src[0], &*(*operation).src[1]);
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

unsafe extern "C" fn compute(backend: *const Backend, graph: *mut sys::ggml_cgraph) -> sys::ggml_status {
    // SAFETY: ggml passes a backend from `start` and a graph of operations that `can` allowed, or that compute nothing.
    let work = AssertUnwindSafe(|| unsafe {
        let mut work = (*(*backend).work).lock().unwrap_or_else(PoisonError::into_inner);
        for node in (0..sys::ggml_graph_n_nodes(graph)).map(|at| sys::ggml_graph_node(graph, at)) {
            if (*node).op == sys::ggml_op_GGML_OP_MUL_MAT {
                multiply(&*node, &mut work);
            }
        }
    });
    // No panic may go through C; whisper.cpp gives the clip up.
    match catch_unwind(work) {
        Ok(()) => sys::ggml_status_GGML_STATUS_SUCCESS,
        Err(_) => sys::ggml_status_GGML_STATUS_FAILED,
    }
}

/// # Safety
/// `can` allowed it.
unsafe fn multiply(node: &sys::ggml_tensor, work: &mut Quantised) {
    // SAFETY: contiguous 32-bit floats, as many as their sides say.
    let (weights, input, out) = unsafe {
        let (weights, input) = (&*node.src[0], &*node.src[1]);
        let count = |tensor: &sys::ggml_tensor| (tensor.ne[0] * tensor.ne[1]) as usize;
        let read = std::slice::from_raw_parts(input.data.cast::<f32>(), count(input));
        (weights, read, std::slice::from_raw_parts_mut(node.data.cast::<f32>(), count(node)))
    };
    let (width, rows) = (weights.ne[0] as usize, node.ne[1] as usize);
    // What may follow each word of a prompt nobody reads but for the last, and it is much.
    let skipped = if weights.ne[1] >= VOCABULARY && rows > HYPOTHESES { rows - 1 } else { 0 };
    linear(weights).apply(&input[skipped * width..], work, &mut out[skipped * weights.ne[1] as usize..]);
}

/// The weights of a tensor, ready to be multiplied with.
fn linear(tensor: &sys::ggml_tensor) -> Arc<Linear> {
    let place = tensor.data.addr();
    let known = WEIGHTS.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
    known.unwrap_or_else(|| {
        let mut all = WEIGHTS.write().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let (inputs, outputs) = (tensor.ne[0] as usize, tensor.ne[1] as usize);
            // SAFETY: the bytes of a tensor of weights, which nobody writes any more.
            let bytes = unsafe {
                std::slice::from_raw_parts(tensor.data.cast::<u8>(), sys::ggml_nbytes(std::ptr::from_ref(tensor)))
            };
            let row = |row: &[u8]| own::numbers(tensor.type_, row, inputs);
            let made = Linear::of_rows(bytes.chunks_exact(tensor.nb[1]).map(row), inputs, vec![0.0; outputs]);
            if tensor.ne[1] < VOCABULARY {
                // SAFETY: weights are for nothing but multiplications, which are ours; only tokens are looked up as well.
                unsafe { weights::give_back(place..place + bytes.len()) };
            }
            Arc::new(made)
        };
        all.entry(place).or_insert_with(made).clone()
    })
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
