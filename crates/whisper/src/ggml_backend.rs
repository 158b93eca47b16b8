//! A backend for ggml that computes Whisper's encoder and all products with weights, in 8-bit integers.
//!
//! ggml hands the operations of a graph to backends: the processor's own, and accelerators such as BLAS libraries, if they are
//! registered and say that they can do them. whisper.cpp makes a backend of every accelerator for each of its states. Ours only
//! takes work from states that are made within [`offering`]: the products of weights with activations, and the encoder's
//! two graphs as a whole, which it replaces with [`Encoder`](crate::encoder::Encoder).
//!
//! All of that is decided at run time, so it works with whisper.cpp however it was compiled.

use std::cell::RefCell;
use std::ffi::{c_char, c_void};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once, PoisonError};

use whisper_rs_sys as sys;

use crate::cancel;
use crate::encoder::QuantisedRows;
use crate::encoder_cache::EncoderCache;
use crate::memory::AddressRanges;

mod cpu;
mod graph;
mod layout;
mod products;

pub(crate) use cpu::is_changed as alignment_is_checked;
use graph::{Part, Tensor};
use layout::{API_VERSION, Backend, Device, Registry};
pub(crate) use products::ProductWeights;

/// What a state's backend computes.
#[derive(Clone)]
pub(crate) struct Offer {
    /// Products with the model's weights.
    pub(crate) products: Arc<ProductWeights>,
    /// What becomes of whisper.cpp's encoder.
    pub(crate) encoder: OfferedEncoder,
}

/// What a state's backend does about the encoder's graphs.
#[derive(Clone)]
pub(crate) enum OfferedEncoder {
    /// Leaves them to whisper.cpp.
    None,
    /// Notes the addresses of the weights that they use. Such a state must not compute.
    Probe(Arc<Mutex<Vec<Range<usize>>>>),
    /// Computes them. The encoder's weights in whisper.cpp are at these addresses, and are not read.
    Ours(Arc<EncoderCache>, Arc<AddressRanges>),
}

thread_local! {
    /// For the state that this thread is about to make.
    static OFFER: RefCell<Option<Offer>> = const { RefCell::new(None) };
}

/// Is this crate's arithmetic the faster one on this processor? With AVX2; others were not measured.
pub(crate) fn is_faster() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Registers the backend with ggml if it [`is_faster`], and [changes](cpu::change) ggml's own. Does nothing the second time, nor
/// if ggml's structures are not the ones that are known here.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    // SAFETY: the first field of a registered backend is its version, in all versions. With the same one, the structures are
    // those of `layout`. What is registered lives as long as the program, and ggml does not change it.
    ONCE.call_once(|| unsafe {
        let registry = sys::ggml_backend_cpu_reg();
        if (*registry.cast::<Registry>()).api_version != API_VERSION {
            return;
        }
        cpu::change(sys::ggml_backend_reg_dev_get(registry, 0).cast());
        if is_faster() {
            sys::ggml_backend_register((&raw const REGISTRY).cast_mut().cast());
        }
    });
}

/// Runs `make`, in which whisper.cpp makes a state, and tells whether the state accepted the offer.
pub(crate) fn offering<T>(offer: Offer, make: impl FnOnce() -> T) -> (T, bool) {
    OFFER.set(Some(offer));
    let made = make();
    (made, OFFER.take().is_none())
}

// SAFETY: nothing in it changes, and what `context` points to may be shared.
unsafe impl Sync for Device {}

static GUID: [u8; 16] = *b"transcribe int 8";
static REGISTRY: Registry = Registry {
    api_version: API_VERSION,
    get_name: registry_name,
    get_device_count: device_count,
    get_device: registered_device,
    get_proc_address: no_function,
    context: 0,
};
/// What is registered. It has no offer, so it can do nothing; each state gets a device of its own.
static DEVICE: Device = device(std::ptr::null());

const fn device(context: *const Context) -> Device {
    Device {
        get_name: device_name,
        get_description: device_name,
        get_memory: no_memory,
        get_type: accelerator,
        get_props: properties,
        init_backend,
        get_buffer_type: ordinary_memory,
        get_host_buffer_type: None,
        buffer_from_host_ptr: None,
        supports_op,
        supports_buft,
        offload_op: None,
        event_new: None,
        event_free: None,
        event_synchronize: None,
        reg: &raw const REGISTRY,
        context: context.cast(),
    }
}

/// What a backend of a state works with.
struct Context {
    device: Device,
    offer: Offer,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    scratch: QuantisedRows,
    /// The spectrogram of the convolutions that were asked for last, until the blocks are.
    mel: Option<Vec<f32>>,
}

extern "C" fn registry_name(_: *const Registry) -> *const c_char {
    c"int8".as_ptr()
}

extern "C" fn device_count(_: *const Registry) -> usize {
    1
}

extern "C" fn registered_device(_: *const Registry, _: usize) -> *const Device {
    &raw const DEVICE
}

extern "C" fn no_function(_: *const Registry, _: *const c_char) -> *const c_void {
    std::ptr::null()
}

extern "C" fn device_name(_: *const Device) -> *const c_char {
    c"int8".as_ptr()
}

unsafe extern "C" fn no_memory(_: *const Device, free: *mut usize, total: *mut usize) {
    // SAFETY: ggml passes places for both.
    unsafe { (*free, *total) = (0, 0) };
}

extern "C" fn accelerator(_: *const Device) -> sys::ggml_backend_dev_type {
    sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_ACCEL
}

unsafe extern "C" fn properties(device: *const Device, properties: *mut sys::ggml_backend_dev_props) {
    let name = device_name(device);
    let caps =
        sys::ggml_backend_dev_caps { async_: false, host_buffer: false, buffer_from_host_ptr: false, events: false };
    let ours = sys::ggml_backend_dev_props {
        name,
        description: name,
        memory_free: 0,
        memory_total: 0,
        type_: accelerator(device),
        device_id: std::ptr::null(),
        caps,
    };
    // SAFETY: ggml passes a place for it.
    unsafe { properties.write(ours) };
}

extern "C" fn ordinary_memory(_: *const Device) -> sys::ggml_backend_buffer_type_t {
    // SAFETY: it has no preconditions.
    unsafe { sys::ggml_backend_cpu_buffer_type() }
}

/// Makes a backend, which accepts the offer of this thread if there is one.
extern "C" fn init_backend(_: *const Device, _: *const c_char) -> *mut Backend {
    let (mut device_of_backend, mut context) = (&raw const DEVICE, std::ptr::null_mut::<Context>());
    if let Some(offer) = OFFER.take() {
        context = Box::into_raw(Box::new(Context { device: device(std::ptr::null()), offer, work: Mutex::default() }));
        // SAFETY: the context was made just now, and nobody else has it.
        unsafe {
            (*context).device.context = context.cast();
            device_of_backend = &raw const (*context).device;
        }
    }
    Box::into_raw(Box::new(Backend {
        guid: &raw const GUID,
        get_name: backend_name,
        free: free_backend,
        set_tensor_async: None,
        get_tensor_async: None,
        cpy_tensor_async: None,
        synchronize: None,
        graph_plan_create: None,
        graph_plan_free: None,
        graph_plan_update: None,
        graph_plan_compute: None,
        graph_compute,
        event_record: None,
        event_wait: None,
        graph_optimize: None,
        device: device_of_backend,
        context: context.cast(),
    }))
}

extern "C" fn backend_name(_: *const Backend) -> *const c_char {
    c"int8".as_ptr()
}

unsafe extern "C" fn free_backend(backend: *mut Backend) {
    // SAFETY: both come from `init_backend`, and ggml frees a backend once.
    unsafe {
        let backend = Box::from_raw(backend);
        if !backend.context.is_null() {
            drop(Box::from_raw(backend.context.cast::<Context>()));
        }
    }
}

/// All buffers in the processor's memory, also those in which ggml keeps weights in an order of its own.
unsafe extern "C" fn supports_buft(_: *const Device, kind: sys::ggml_backend_buffer_type_t) -> bool {
    // SAFETY: as for the caller; a buffer type need not have a device.
    unsafe {
        let device = sys::ggml_backend_buft_get_device(kind);
        let of_processor = !device.is_null()
            && sys::ggml_backend_dev_type(device) == sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_CPU;
        of_processor || sys::ggml_backend_buft_is_host(kind)
    }
}

unsafe extern "C" fn supports_op(device: *const Device, operation: *const sys::ggml_tensor) -> bool {
    // SAFETY: ggml asks about tensors with their sources in place. Our devices have null or a `Context` that outlives them.
    let (context, operation) = unsafe { ((*device).context.cast::<Context>().as_ref(), Tensor::new(&*operation)) };
    let Some(context) = context else { return false };
    let of_encoder = match &context.offer.encoder {
        OfferedEncoder::None => false,
        OfferedEncoder::Probe(weights) => graph::encoder_weights(operation)
            .map(|found| weights.lock().unwrap_or_else(PoisonError::into_inner).extend(found))
            .is_some(),
        OfferedEncoder::Ours(_, weights) => graph::is_of_encoder(operation, |address| weights.contains(address)),
    };
    // SAFETY: as above.
    of_encoder || unsafe { products::is_product(&operation) }
}

unsafe extern "C" fn graph_compute(backend: *const Backend, graph: *mut sys::ggml_cgraph) -> sys::ggml_status {
    // SAFETY: ggml passes a backend of ours and a graph of operations that `supports_op` allowed, or that compute nothing.
    let compute = AssertUnwindSafe(|| unsafe {
        let nodes = (0..sys::ggml_graph_n_nodes(graph)).map(|at| Tensor::new(&*sys::ggml_graph_node(graph, at)));
        let nodes: Vec<_> = nodes.filter(|node| !is_view(node)).collect();
        (*backend).context.cast::<Context>().as_ref().is_some_and(|context| context.compute(&nodes))
    });
    // No panic may go through C. If it failed, whisper.cpp gives the clip up.
    match catch_unwind(compute) {
        Ok(true) => sys::ggml_status_GGML_STATUS_SUCCESS,
        _ => sys::ggml_status_GGML_STATUS_FAILED,
    }
}

/// Does this operation only give memory another shape? As ggml's `ggml_is_view_op`.
fn is_view(operation: &sys::ggml_tensor) -> bool {
    [
        sys::ggml_op_GGML_OP_NONE,
        sys::ggml_op_GGML_OP_VIEW,
        sys::ggml_op_GGML_OP_RESHAPE,
        sys::ggml_op_GGML_OP_PERMUTE,
        sys::ggml_op_GGML_OP_TRANSPOSE,
    ]
    .contains(&operation.op)
}

impl Context {
    /// Computes the operations of a graph. Returns `false` if that is not possible.
    ///
    /// # Safety
    /// `supports_op` allowed all of them, and their tensors have memory.
    unsafe fn compute(&self, operations: &[Tensor<'_>]) -> bool {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: as for the caller.
        unsafe {
            if operations.iter().all(|operation| products::is_product(operation) && !self.is_of_encoder(*operation)) {
                operations.iter().for_each(|product| self.offer.products.multiply(product, &mut work.scratch));
                return true;
            }
            let (OfferedEncoder::Ours(encoder, _), [first, .., last]) = (&self.offer.encoder, operations) else {
                return false;
            };
            match graph::part(*first, *last) {
                Some(Part::Convolutions(mel)) => {
                    work.mel = values(&mel).map(|values| values.to_vec());
                    work.mel.is_some()
                }
                Some(Part::Blocks) => encode(encoder, work.mel.take(), last),
                None => false,
            }
        }
    }

    fn is_of_encoder(&self, operation: Tensor<'_>) -> bool {
        let OfferedEncoder::Ours(_, weights) = &self.offer.encoder else { return false };
        graph::is_of_encoder(operation, |address| weights.contains(address))
    }
}

/// The values of a tensor of 32-bit floats.
///
/// # Safety
/// It has memory, which nobody writes.
unsafe fn values(tensor: &sys::ggml_tensor) -> Option<&[f32]> {
    // SAFETY: as for the caller, and by the dimensions.
    unsafe {
        let whole = tensor.type_ == sys::ggml_type_GGML_TYPE_F32 && sys::ggml_is_contiguous(tensor);
        let count = sys::ggml_nelements(tensor) as usize;
        (whole && !tensor.data.is_null()).then(|| std::slice::from_raw_parts(tensor.data.cast::<f32>(), count))
    }
}

/// Encodes `mel` into the memory of `result`. Returns `false` if one of them is not as the encoder has it.
///
/// # Safety
/// `result` has memory, which nobody else uses.
unsafe fn encode(encoder: &EncoderCache, mel: Option<Vec<f32>>, result: &sys::ggml_tensor) -> bool {
    let shape = encoder.shape();
    // SAFETY: as for the caller.
    let length = unsafe { values(result) }.map(<[f32]>::len);
    let (Some(mel), Some(length)) = (mel, length) else { return false };
    if result.ne[0] != shape.width as i64 || mel.len() * shape.width != shape.mels * 2 * length {
        return false;
    }
    // SAFETY: as for the caller, and as `values` found it.
    let out = unsafe { std::slice::from_raw_parts_mut(result.data.cast::<f32>(), length) };
    encoder.encode(mel, out, &cancel::requested);
    true
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
