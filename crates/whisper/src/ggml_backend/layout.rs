//! Structures of ggml's private header `ggml-backend-impl.h`, in which each backend is a table of functions.
//!
//! `build.rs` holds the positions of all fields, checks them against the header with the C compiler that builds ggml, and
//! writes the assertions that check them here.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::AtomicPtr;

use whisper_rs_sys as sys;

const _: () =
    assert!(matches!(whisper_rs::WHISPER_CPP_VERSION.as_bytes(), b"1.8.3"), "compare with ggml-backend-impl.h");

/// `GGML_BACKEND_API_VERSION`.
pub(super) const API_VERSION: c_int = 2;

/// A function that this crate neither calls nor provides.
pub(super) type Unused = Option<unsafe extern "C" fn()>;

/// `ggml_backend_reg`: what is registered, with its devices.
#[repr(C)]
pub(super) struct Registry {
    pub(super) api_version: c_int,
    pub(super) get_name: unsafe extern "C" fn(*const Registry) -> *const c_char,
    pub(super) get_device_count: unsafe extern "C" fn(*const Registry) -> usize,
    pub(super) get_device: unsafe extern "C" fn(*const Registry, usize) -> *const Device,
    pub(super) get_proc_address: unsafe extern "C" fn(*const Registry, *const c_char) -> *const c_void,
    pub(super) context: usize,
}

/// `ggml_backend_device`: what says which operations it can do, and makes backends.
#[repr(C)]
pub(super) struct Device {
    pub(super) get_name: unsafe extern "C" fn(*const Device) -> *const c_char,
    pub(super) get_description: unsafe extern "C" fn(*const Device) -> *const c_char,
    pub(super) get_memory: unsafe extern "C" fn(*const Device, *mut usize, *mut usize),
    pub(super) get_type: unsafe extern "C" fn(*const Device) -> sys::ggml_backend_dev_type,
    pub(super) get_props: unsafe extern "C" fn(*const Device, *mut sys::ggml_backend_dev_props),
    pub(super) init_backend: unsafe extern "C" fn(*const Device, *const c_char) -> *mut Backend,
    pub(super) get_buffer_type: unsafe extern "C" fn(*const Device) -> sys::ggml_backend_buffer_type_t,
    pub(super) get_host_buffer_type: Unused,
    pub(super) buffer_from_host_ptr: Unused,
    pub(super) supports_op: unsafe extern "C" fn(*const Device, *const sys::ggml_tensor) -> bool,
    pub(super) supports_buft: unsafe extern "C" fn(*const Device, sys::ggml_backend_buffer_type_t) -> bool,
    pub(super) offload_op: Unused,
    pub(super) event_new: Unused,
    pub(super) event_free: Unused,
    pub(super) event_synchronize: Unused,
    pub(super) reg: *const Registry,
    pub(super) context: *const c_void,
}

/// `ggml_backend`: what computes graphs.
#[repr(C)]
pub(super) struct Backend {
    pub(super) guid: *const [u8; 16],
    pub(super) get_name: unsafe extern "C" fn(*const Backend) -> *const c_char,
    pub(super) free: unsafe extern "C" fn(*mut Backend),
    pub(super) set_tensor_async: Unused,
    pub(super) get_tensor_async: Unused,
    pub(super) cpy_tensor_async: Unused,
    pub(super) synchronize: Unused,
    pub(super) graph_plan_create: Unused,
    pub(super) graph_plan_free: Unused,
    pub(super) graph_plan_update: Unused,
    pub(super) graph_plan_compute: Unused,
    pub(super) graph_compute: unsafe extern "C" fn(*const Backend, *mut sys::ggml_cgraph) -> sys::ggml_status,
    pub(super) event_record: Unused,
    pub(super) event_wait: Unused,
    pub(super) graph_optimize: Unused,
    pub(super) device: *const Device,
    pub(super) context: *mut c_void,
}

/// The field [`Device::init_backend`] of a device that others may use at the same time.
///
/// # Safety
/// `device` is a device of this API version, in memory that may be written.
pub(super) unsafe fn init_backend_of<'a>(device: *mut Device) -> &'a AtomicPtr<c_void> {
    // SAFETY: as for the caller; a function pointer is a pointer, and the field is as aligned as one.
    unsafe { AtomicPtr::from_ptr((&raw mut (*device).init_backend).cast()) }
}

include!(concat!(env!("OUT_DIR"), "/layout_assertions.rs"));
