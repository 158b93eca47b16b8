//! Sees to it that nobody gets a slow build without knowing, and notes which instructions the build will need.
//!
//! whisper-rs-sys hands `GGML_*` of the environment to CMake, so that is where the kernels are chosen. In a checkout
//! `.cargo/config.toml` sets it; `cargo install --git` does not read that file.

use std::env;

#[path = "src/cli/instructions.rs"]
mod instructions;

fn main() {
    for name in ["GGML_LLAMAFILE", "WHISPER_EXTRA_FLAGS", "GGML_NATIVE", "SOURCE_DATE_EPOCH", "DOCS_RS"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let set = |name: &str| env::var(name).ok();
    if set("DOCS_RS").is_some() {
        println!("cargo::rustc-env=TRANSCRIBE_NEEDS=");
        return;
    }
    if set("GGML_LLAMAFILE").is_none() {
        println!("cargo::error=whisper.cpp would be built without its fast kernels and be about half as fast");
        println!("cargo::error=build with `GGML_LLAMAFILE=ON cargo …`, or with `GGML_LLAMAFILE=OFF` if you want it so");
    }
    let flags = set("WHISPER_EXTRA_FLAGS").unwrap_or_default();
    let ours = [
        "-DWHISPER_USE_COREML",
        "=transcribe_ggml_backend_init_by_type",
        "=transcribe_ggml_backend_alloc_ctx_tensors_from_buft",
    ];
    if ours.iter().any(|flag| !flags.contains(flag)) {
        println!("cargo::error=whisper.cpp would use its own encoder, be about half as fast and take more memory");
        println!("cargo::error=build with the WHISPER_EXTRA_FLAGS of the project's .cargo/config.toml");
    }
    let native = set("GGML_NATIVE");
    let here = env::var("HOST") == env::var("TARGET");
    if native.is_none() && (set("SOURCE_DATE_EPOCH").is_some() || !here) {
        println!("cargo::error=whisper.cpp would be built without vector instructions and be ten times slower");
        println!(
            "cargo::error=set `GGML_NATIVE=OFF` for a build with AVX2 (`make portable` does), or `GGML_NATIVE=ON`"
        );
    }
    let x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    let off = native.is_some_and(|native| ["OFF", "0", "FALSE", "NO"].contains(&native.to_uppercase().as_str()));
    let needs = match (x86, off) {
        (false, _) => Vec::new(),
        // What ggml switches on then.
        (true, true) => vec!["sse4.2", "avx", "avx2", "bmi2", "fma", "f16c"],
        (true, false) => {
            let all = instructions::instructions().into_iter();
            all.filter(|(_, there)| *there).map(|(name, _)| name).collect()
        }
    };
    println!("cargo::rustc-env=TRANSCRIBE_NEEDS={}", needs.join(","));
}
