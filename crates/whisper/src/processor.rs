//! Instruction sets that ggml was compiled for.

use whisper_rs_sys as sys;

/// The instruction sets that ggml was compiled for and this processor lacks. With one of them missing, recognition would end
/// the process by an illegal instruction. Empty on processors other than x86-64.
pub fn missing_instructions() -> Vec<&'static str> {
    needed().into_iter().filter(|(_, compiled, present)| *compiled && !present).map(|(name, ..)| name).collect()
}

/// Was ggml compiled without the vector instructions that every x86-64 processor since 2013 has? Then what this crate leaves
/// to ggml is several times slower.
pub fn is_compiled_without_avx2() -> bool {
    needed().iter().any(|(name, compiled, _)| *name == "avx2" && !compiled)
}

/// Each by its name, with whether ggml was compiled for it and whether this processor has it.
#[cfg(target_arch = "x86_64")]
fn needed() -> Vec<(&'static str, bool, bool)> {
    use std::arch::is_x86_feature_detected as has;
    // SAFETY: these functions return a constant.
    let compiled = |function: unsafe extern "C" fn() -> i32| unsafe { function() } != 0;
    vec![
        ("ssse3", compiled(sys::ggml_cpu_has_ssse3), has!("ssse3")),
        ("avx", compiled(sys::ggml_cpu_has_avx), has!("avx")),
        ("avx2", compiled(sys::ggml_cpu_has_avx2), has!("avx2")),
        ("bmi2", compiled(sys::ggml_cpu_has_bmi2), has!("bmi2")),
        ("fma", compiled(sys::ggml_cpu_has_fma), has!("fma")),
        ("f16c", compiled(sys::ggml_cpu_has_f16c), has!("f16c")),
        ("avxvnni", compiled(sys::ggml_cpu_has_avx_vnni), has!("avxvnni")),
        ("avx512f", compiled(sys::ggml_cpu_has_avx512), has!("avx512f")),
        ("avx512vbmi", compiled(sys::ggml_cpu_has_avx512_vbmi), has!("avx512vbmi")),
        ("avx512vnni", compiled(sys::ggml_cpu_has_avx512_vnni), has!("avx512vnni")),
        ("avx512bf16", compiled(sys::ggml_cpu_has_avx512_bf16), has!("avx512bf16")),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn needed() -> Vec<(&'static str, bool, bool)> {
    Vec::new()
}
