//! Through ggml, against its own multiplication.

use std::ffi::CStr;
use std::ptr::{null, null_mut};

use super::*;

const INPUTS: i64 = 64;

/// Tensors in a buffer of their own in ordinary memory, with values that look random.
struct Tensors(*mut sys::ggml_context, sys::ggml_backend_buffer_t);

impl Tensors {
    /// Those that `make` makes.
    fn new(usage: sys::ggml_backend_buffer_usage, make: impl FnOnce(*mut sys::ggml_context)) -> Tensors {
        let room = sys::ggml_init_params { mem_size: 1 << 20, mem_buffer: null_mut(), no_alloc: true };
        // SAFETY: a context with room for its few tensors, which get memory before they get values.
        unsafe {
            let context = sys::ggml_init(room);
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

/// The product of weights, which look random, and `rows` inputs: ggml's, and ours through ggml.
fn products(kind: sys::ggml_type, outputs: i64, rows: i64) -> [Vec<f32>; 2] {
    assert!(own::suits(), "without AVX2, this program says so and ends");
    register();
    let (mut weights, mut products) = (null_mut(), [null_mut(); 2]);
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_WEIGHTS;
    // SAFETY: contexts live to the end of the function, and so do their tensors.
    let _weights = Tensors::new(usage, |context| unsafe {
        weights = sys::ggml_new_tensor_2d(context, kind, INPUTS, outputs);
    });
    let usage = sys::ggml_backend_buffer_usage_GGML_BACKEND_BUFFER_USAGE_COMPUTE;
    // SAFETY: as above.
    let values = Tensors::new(usage, |context| unsafe {
        let heard = sys::ggml_new_tensor_2d(context, sys::ggml_type_GGML_TYPE_F32, INPUTS, rows);
        products = [weights, heard].map(|left| sys::ggml_mul_mat(context, left, heard));
    });
    let [ours, other] = products;
    // SAFETY: as above; each backend is freed once.
    unsafe {
        let device = sys::ggml_backend_dev_by_type(sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_ACCEL);
        assert_eq!(CStr::from_ptr(sys::ggml_backend_dev_name(device)), c"int8");
        assert!(sys::ggml_backend_dev_supports_op(device, ours));
        assert!(!sys::ggml_backend_dev_supports_op(device, other), "neither side is weights");
        let graph = sys::ggml_new_graph(values.0);
        sys::ggml_build_forward_expand(graph, ours);
        let computed = [sys::ggml_backend_cpu_init(), sys::ggml_backend_dev_init(device, null())].map(|backend| {
            let status = sys::ggml_backend_graph_compute(backend, graph);
            assert_eq!(status, sys::ggml_status_GGML_STATUS_SUCCESS);
            sys::ggml_backend_free(backend);
            std::slice::from_raw_parts((*ours).data.cast::<f32>(), (outputs * rows) as usize).to_vec()
        });
        let start = (*weights).data.addr();
        forget(&(start..start + sys::ggml_nbytes(weights)));
        computed
    }
}

/// Differences are those of 8 bits.
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
fn what_may_follow_a_prompt_is_computed_for_its_last_word_only() {
    let kind = sys::ggml_type_GGML_TYPE_Q8_0;
    let (first, last) = (..VOCABULARY as usize, HYPOTHESES * VOCABULARY as usize..);
    let [ggml, ours] = products(kind, VOCABULARY, HYPOTHESES as i64 + 1);
    assert_close(&ggml[last.clone()], &ours[last]);
    assert!(ours[first] == ggml[first], "left as it was");
    let [ggml, ours] = products(kind, VOCABULARY, HYPOTHESES as i64);
    assert_close(&ggml, &ours);
    assert!(ours[first] != ggml[first], "all hypotheses are computed");
}
