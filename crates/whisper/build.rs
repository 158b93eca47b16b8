//! Checks the structures of `src/ggml_backend/layout.rs` against the header that they mirror.
//!
//! The header is in whisper-rs-sys's copy of whisper.cpp. Cargo tells dependents nothing of where that is, but it lies in the
//! same build folder, and the script that made it has run before this one. Where the folder looks otherwise, the exact version
//! of whisper-rs-sys in `Cargo.toml` still guarantees the same header; the tests require that it was found.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A structure: its name in C and in Rust, and its fields in order, in C and in Rust. All fields are as large as a pointer, or
/// are padded to it.
type Structure = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const STRUCTURES: [Structure; 3] = [
    (
        "ggml_backend_reg",
        "Registry",
        &[
            ("api_version", "api_version"),
            ("iface.get_name", "get_name"),
            ("iface.get_device_count", "get_device_count"),
            ("iface.get_device", "get_device"),
            ("iface.get_proc_address", "get_proc_address"),
            ("context", "context"),
        ],
    ),
    (
        "ggml_backend_device",
        "Device",
        &[
            ("iface.get_name", "get_name"),
            ("iface.get_description", "get_description"),
            ("iface.get_memory", "get_memory"),
            ("iface.get_type", "get_type"),
            ("iface.get_props", "get_props"),
            ("iface.init_backend", "init_backend"),
            ("iface.get_buffer_type", "get_buffer_type"),
            ("iface.get_host_buffer_type", "get_host_buffer_type"),
            ("iface.buffer_from_host_ptr", "buffer_from_host_ptr"),
            ("iface.supports_op", "supports_op"),
            ("iface.supports_buft", "supports_buft"),
            ("iface.offload_op", "offload_op"),
            ("iface.event_new", "event_new"),
            ("iface.event_free", "event_free"),
            ("iface.event_synchronize", "event_synchronize"),
            ("reg", "reg"),
            ("context", "context"),
        ],
    ),
    (
        "ggml_backend",
        "Backend",
        &[
            ("guid", "guid"),
            ("iface.get_name", "get_name"),
            ("iface.free", "free"),
            ("iface.set_tensor_async", "set_tensor_async"),
            ("iface.get_tensor_async", "get_tensor_async"),
            ("iface.cpy_tensor_async", "cpy_tensor_async"),
            ("iface.synchronize", "synchronize"),
            ("iface.graph_plan_create", "graph_plan_create"),
            ("iface.graph_plan_free", "graph_plan_free"),
            ("iface.graph_plan_update", "graph_plan_update"),
            ("iface.graph_plan_compute", "graph_plan_compute"),
            ("iface.graph_compute", "graph_compute"),
            ("iface.event_record", "event_record"),
            ("iface.event_wait", "event_wait"),
            ("iface.graph_optimize", "graph_optimize"),
            ("device", "device"),
            ("context", "context"),
        ],
    ),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(layout_checked)");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    fs::write(out.join("layout_assertions.rs"), rust_assertions()).expect("the build folder is writable");
    // docs.rs has the header, but neither a C compiler for each target nor a use for the check.
    if let Some(ggml) = headers(&out).filter(|_| env::var_os("DOCS_RS").is_none()) {
        let assertions = out.join("layout_assertions.c");
        fs::write(&assertions, c_assertions()).expect("the build folder is writable");
        cc::Build::new()
            .file(&assertions)
            .include(ggml.join("include"))
            .include(ggml.join("src"))
            .cargo_metadata(false)
            .compile("layout_assertions");
        println!("cargo::rustc-cfg=layout_checked");
    }
}

fn rust_assertions() -> String {
    let mut text = String::new();
    for (_, name, fields) in STRUCTURES {
        text += &format!("const _: () = assert!(size_of::<{name}>() == size_of::<[usize; {}]>());\n", fields.len());
        for (at, (_, field)) in fields.iter().enumerate() {
            let offset = format!("std::mem::offset_of!({name}, {field})");
            text += &format!("const _: () = assert!({offset} == size_of::<[usize; {at}]>());\n");
        }
    }
    text
}

fn c_assertions() -> String {
    let mut text = String::from("#include <stddef.h>\n#include \"ggml-backend-impl.h\"\n");
    let mut check = |condition: String| {
        // An array of negative length does not compile, in any version of C.
        text += &format!("extern char checked[({condition}) ? 1 : -1];\n");
    };
    check("GGML_BACKEND_API_VERSION == 2".into());
    for (name, _, fields) in STRUCTURES {
        check(format!("sizeof(struct {name}) == {} * sizeof(void *)", fields.len()));
        for (at, (field, _)) in fields.iter().enumerate() {
            check(format!("offsetof(struct {name}, {field}) == {at} * sizeof(void *)"));
        }
    }
    text
}

/// The folder `ggml` in whisper-rs-sys's copy of whisper.cpp, if Cargo's build folder is laid out as it has been since 2014:
/// `build/PACKAGE-HASH/out`.
fn headers(out: &Path) -> Option<PathBuf> {
    let build = out.parent()?.parent()?;
    let folders = fs::read_dir(build).ok()?.filter_map(Result::ok);
    let ours = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("whisper-rs-sys-"));
    let ggml = ours.map(|folder| folder.path().join("out/whisper.cpp/ggml"));
    // Of several, all are copies of the same version.
    ggml.filter(|ggml| ggml.join("src/ggml-backend-impl.h").is_file()).max()
}
