//! Instruction sets that whisper.cpp can be built to use. Asked when it is built (`build.rs`) and when it is to run.

/// Each by name, and whether this processor has it.
#[cfg(target_arch = "x86_64")]
pub(crate) fn instructions() -> Vec<(&'static str, bool)> {
    vec![
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ]
}

/// None is asked for elsewhere.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn instructions() -> Vec<(&'static str, bool)> {
    Vec::new()
}
