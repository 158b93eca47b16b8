//! Can this processor run what was built? Without the question the program would end with an illegal instruction.

/// Instruction sets that whisper.cpp was built to use, from `build.rs`.
const NEEDS: &str = env!("TRANSCRIBE_NEEDS");

/// # Errors
/// What is missing, with the way out in a second line.
pub(super) fn check() -> Result<(), String> {
    let there = there();
    let lacks = |need: &&str| there.iter().any(|(name, there)| name == need && !there);
    let missing: Vec<&str> = NEEDS.split(',').filter(lacks).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let hint = match missing.iter().all(|name| name.starts_with("avx512")) {
        true => "the portable build runs here: `make portable`, or build it on this computer",
        false => "build it on this computer",
    };
    Err(format!("this build needs a processor with {}, and this one has none\nhint: {hint}", missing.join(", ")))
}

#[cfg(target_arch = "x86_64")]
fn there() -> Vec<(&'static str, bool)> {
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

#[cfg(not(target_arch = "x86_64"))]
fn there() -> Vec<(&'static str, bool)> {
    Vec::new()
}
