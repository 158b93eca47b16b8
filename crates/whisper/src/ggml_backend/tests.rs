//! Through ggml, against its own products.

use std::ptr::{null, null_mut};

use super::products::{HYPOTHESES, VOCABULARY};
use super::*;
use crate::encoder::{Encoder, Shape};

const INPUTS: i64 = 64;

/// Tensors in a buffer of their own in ordinary memory, with pseudo-random values.
struct Tensors(*mut sys::ggml_context, sys::ggml_backend_buffer_t);

impl Tensors {
    /// Those that `make` makes.
    fn new(usage: sys::ggml_backend_buffer_usage, make: impl FnOnce(*mut sys::ggml_context)) -> Tensors {
        let space = sys::ggml_init_params { mem_size: 1 << 20, mem_buffer: null_mut(), no_alloc: true };
        // SAFETY: a context with space for its few tensors, which get memory before they get values.
        unsafe {
            let context = sys::ggml_init(space);
            make(context);
            let buffer = sys::ggml_backend_alloc_ctx_tensors_from_buft(context, sys::ggml_backend_cpu_buffer_type());
            sys::ggml_backend_buffer_set_usage(buffer, usage);
            let mut next = sys::ggml_get_first_tensor(context);
            while let Some(tensor) = next.as_mut() {
                let count = sys::ggml_nelements(tensor);
                let values: Vec<f32> = (0..count).map(|at| (at * 7919 % 1009) as f32 / 504.5 - 1.0).collect();
                let rows = count / tensor.ne[0];
                sys::ggml_quantize_chunk(tensor.type_, values.as_ptr(), tensor.data, 0, rows, tensor.ne[0], null());
                next = sys::ggml_get_next_tensor(context, tensor);
            }
            Tensors(context, buffer)
        }
    }
}

impl Drop for Tensors {
    fn drop(&mut self) {
        // SAFETY: made in `new`, freed once.
        unsafe {
            sys::ggml_backend_buffer_free(self.1);
            sys::ggml_free(self.0);
        }
    }
}

/// The registered device, asked as ggml asks it.
fn registered() -> sys::ggml_backend_dev_t {
    assert!(is_faster(), "without AVX2, ggml computes everything");
    register();
    // SAFETY: it has no preconditions.
    let device = unsafe { sys::ggml_backend_dev_by_type(sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_ACCEL) };
    // SAFETY: a device has a name.
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(sys::ggml_backend_dev_name(device)) }, c"int8");
    device
}

/// A backend with an offer of `encoder`.
fn backend(encoder: OfferedEncoder) -> sys::ggml_backend_t {
    let device = registered();
    // SAFETY: it is registered.
    let (backend, accepted) =
        offering(Offer { products: Arc::default(), encoder }, || unsafe { sys::ggml_backend_dev_init(device, null()) });
    assert!(accepted);
    backend
}

/// The product of pseudo-random weights and `rows` inputs: ggml's, and ours through ggml.
fn products(kind: sys::ggml_type, outputs: i64, rows: i64) -> [Vec<f32>; 2] {
    let backend = backend(OfferedEncoder::None);
    let (mut weights, mut products) = (null_mut(), [null_mut(); 2]);
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS;
    // SAFETY: contexts live to the end of the function, and so do their tensors.
    let _weights = Tensors::new(usage, |context| unsafe {
        weights = sys::ggml_new_tensor_2d(context, kind, INPUTS, outputs);
    });
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_COMPUTE;
    // SAFETY: as above.
    let values = Tensors::new(usage, |context| unsafe {
        let input = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, INPUTS, rows);
        products = [weights, input].map(|left| sys::ggml_mul_mat(context, left, input));
    });
    let [ours, other] = products;
    // SAFETY: as above; each backend is freed once.
    unsafe {
        assert!(sys::ggml_backend_supports_op(backend, ours));
        assert!(!sys::ggml_backend_supports_op(backend, other), "neither side is weights");
        assert!(!sys::ggml_backend_dev_supports_op(registered(), ours), "nobody made an offer to other states");
        let graph = sys::ggml_new_graph(values.0);
        sys::ggml_build_forward_expand(graph, ours);
        [sys::ggml_backend_cpu_init(), backend].map(|backend| {
            let status = sys::ggml_backend_graph_compute(backend, graph);
            assert_eq!(status, sys::ggml_status_GGML_STATUS_SUCCESS);
            sys::ggml_backend_free(backend);
            std::slice::from_raw_parts((*ours).data.cast::<f32>(), (outputs * rows) as usize).to_vec()
        })
    }
}

/// The differences are those of 8 bits.
fn assert_close(ggml: &[f32], ours: &[f32]) {
    let largest = ggml.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!(largest > 1.0, "{largest}");
    let far = ours.iter().zip(ggml).fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / largest;
    assert!(far < 0.02, "{far}");
}

#[test]
fn multiplies_as_ggml_does_where_one_side_is_weights() {
    for kind in [sys::ggml_type_GGML_TYPE_Q8_0, sys::ggml_type_GGML_TYPE_F16, sys::ggml_type_GGML_TYPE_F32] {
        let [ggml, ours] = products(kind, 32, 3);
        assert_close(&ggml, &ours);
    }
}

#[test]
fn logits_of_a_prompt_are_computed_for_its_last_token_only() {
    let kind = sys::ggml_type_GGML_TYPE_Q8_0;
    let (first, last) = (..VOCABULARY as usize, HYPOTHESES * VOCABULARY as usize..);
    let [ggml, ours] = products(kind, VOCABULARY, HYPOTHESES as i64 + 1);
    assert_close(&ggml[last.clone()], &ours[last]);
    assert!(ours[first] == ggml[first], "left as it was");
    let [ggml, ours] = products(kind, VOCABULARY, HYPOTHESES as i64);
    assert_close(&ggml, &ours);
    assert!(ours[first] != ggml[first], "all hypotheses are computed");
}

#[test]
fn backends_of_the_processor_begin_with_one_thread() {
    register();
    // SAFETY: the device is ggml's; the backend is freed once.
    unsafe {
        let device = sys::ggml_backend_reg_dev_get(sys::ggml_backend_cpu_reg(), 0).cast::<Device>();
        let init = cpu::INIT.get().expect("it was replaced");
        assert!(!std::ptr::fn_addr_eq((*device).init_backend, *init));
        assert!(std::ptr::fn_addr_eq((*device).init_backend, cpu::init_backend as cpu::InitBackend));
        let kind = sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_CPU;
        let backend = sys::ggml_backend_init_by_type(kind, null());
        assert!(sys::ggml_backend_is_cpu(backend));
        sys::ggml_backend_free(backend);
    }
}

unsafe extern "C" fn identity(
    to: *mut sys::ggml_tensor,
    from: *const sys::ggml_tensor,
    _: std::ffi::c_int,
    _: std::ffi::c_int,
    _: *mut c_void,
) {
    // SAFETY: ggml passes tensors of one shape, in one memory.
    unsafe { assert!((*to).data == (*from).data) };
}

/// What the processor's backend computes of this attention, in a graph like whisper.cpp's for word times; and whether it
/// replaced the attention.
fn costs_of(attention: [f32; 4]) -> ([f32; 4], bool) {
    register();
    let space = sys::ggml_init_params { mem_size: 1 << 20, mem_buffer: null_mut(), no_alloc: false };
    // SAFETY: a context with memory for few values; its tensors are used before it is freed.
    unsafe {
        let context = sys::ggml_init(space);
        let input = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, 2, 2);
        (*input).data.cast::<[f32; 4]>().write(attention);
        let norm = sys::ggml_norm(context, input, 1e-9);
        let median = sys::ggml_map_custom1_inplace(context, norm, Some(identity), 1, null_mut());
        let graph = sys::ggml_new_graph(context);
        sys::ggml_build_forward_expand(graph, median);
        let kind = sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_CPU;
        let backend = sys::ggml_backend_init_by_type(kind, null());
        assert_eq!(sys::ggml_backend_graph_compute(backend, graph), sys::ggml_status_GGML_STATUS_SUCCESS);
        let costs = (*median).data.cast::<[f32; 4]>().read();
        sys::ggml_backend_free(backend);
        sys::ggml_free(context);
        (costs, crate::finite::take_attention_replaced())
    }
}

#[test]
fn word_times_are_never_computed_from_what_is_no_number() {
    let (costs, replaced) = costs_of([0.25, 0.75, 0.0, 1.0]);
    assert!(costs.iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(cost, wanted)| (cost - wanted).abs() < 1e-3), "{costs:?}");
    assert!(!replaced);
    for wrong in [f32::NAN, f32::INFINITY, -3e38] {
        assert_eq!(costs_of([0.25, 0.75, wrong, 1.0]), ([0.0; 4], true), "{wrong}");
    }
}

/// Not in a test, since it is known when the tests are compiled.
const _: () = assert!(cfg!(layout_checked), "build.rs did not find ggml-backend-impl.h to compare `layout` with");

/// A graph of whisper.cpp's encoder in small, with a result of `width` values.
fn encode_through_ggml(mels: i64, width: i64) -> (sys::ggml_status, sys::ggml_status) {
    let shape = Shape { mels: 1, width: 1, layers: 0 };
    let weight = |name: &str, _| match name {
        "encoder.conv1.weight" | "encoder.conv2.weight" => Ok::<_, ()>(vec![0.0; 3]),
        "encoder.positional_embedding" => Ok(vec![0.0; 2]),
        _ => Ok(vec![0.0]),
    };
    let encoder = Arc::new(Encoder::new(shape, weight).expect("an encoder"));
    let mut weights = [null_mut(); 2];
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS;
    // SAFETY: as in `products`.
    let _weights = Tensors::new(usage, |context| unsafe {
        weights = [
            sys::ggml_new_tensor_3d(context, sys::ggml_type_GGML_TYPE_F16, 3, mels, width),
            sys::ggml_new_tensor_1d(context, sys::ggml_type_GGML_TYPE_F32, width),
        ];
    });
    let [kernel, bias] = weights;
    let mut results = [null_mut(); 2];
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_COMPUTE;
    // SAFETY: as in `products`.
    let values = Tensors::new(usage, |context| unsafe {
        let mel = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, 4, mels);
        sys::ggml_set_name(mel, c"mel".as_ptr());
        results[0] = sys::ggml_gelu(context, sys::ggml_conv_1d_ph(context, kernel, mel, 2, 1));
        sys::ggml_set_name(results[0], c"embd_conv".as_ptr());
        let frames = sys::ggml_cont(context, sys::ggml_transpose(context, sys::ggml_view_tensor(context, results[0])));
        results[1] = sys::ggml_add(context, sys::ggml_norm(context, frames, 1e-5), bias);
    });
    // SAFETY: their context lives.
    let addresses = weights.map(|weight| unsafe { (*weight).data.addr()..(*weight).data.addr() + 1 });
    let addresses = AddressRanges::new(addresses.to_vec());
    let backend = backend(OfferedEncoder::Ours(Arc::new(EncoderCache::new(&encoder)), Arc::new(addresses)));
    // SAFETY: as in `products`.
    unsafe {
        let computed = results.map(|result| {
            let graph = sys::ggml_new_graph(values.0);
            sys::ggml_build_forward_expand(graph, result);
            let nodes = (0..sys::ggml_graph_n_nodes(graph)).map(|at| sys::ggml_graph_node(graph, at));
            for node in nodes.filter(|node| !is_view(&**node)) {
                assert!(sys::ggml_backend_supports_op(backend, node));
            }
            sys::ggml_backend_graph_compute(backend, graph)
        });
        sys::ggml_backend_free(backend);
        (computed[0], computed[1])
    }
}

#[test]
fn a_failure_of_the_encoder_costs_a_clip_and_not_the_program() {
    let (success, failed) = (sys::ggml_status_GGML_STATUS_SUCCESS, sys::ggml_status_GGML_STATUS_FAILED);
    assert_eq!(encode_through_ggml(1, 1), (success, success));
    assert_eq!(encode_through_ggml(2, 1), (success, failed), "the spectrogram has two bands instead of one");
    assert_eq!(encode_through_ggml(1, 2), (success, failed), "the result is two values wide instead of one");
    assert_eq!(encode_through_ggml(1, 1), (success, success), "the next clip is not lost");
}
