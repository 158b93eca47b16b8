//! What the tests themselves keep to.

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files of `folder` in the checkout, with what is in them.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("it/tiers.rs") {
                let text = fs::read_to_string(&path).unwrap();
                all.push((path, text));
            }
        }
    }
    assert!(!all.is_empty());
    all
}

#[test]
fn the_first_tier_starts_no_program_but_ours() {
    for (path, text) in files("tests/it").into_iter().chain(files("tests/common")) {
        for command in text.split("Command::new(").skip(1) {
            assert!(command.starts_with("env!(\"CARGO_BIN_EXE_transcribe\")"), "{}", path.display());
        }
    }
}

/// `Running` has a limit, and insists that somebody looks how the program ended.
#[test]
fn programs_are_started_in_one_place() {
    for (path, text) in files("tests").into_iter().filter(|(path, _)| !path.ends_with("common/running.rs")) {
        for word in [".spawn()", ".status()", ".output().unwrap", ".output().expect", ".output().is_ok"] {
            assert!(!text.contains(word), "{} has `{word}`", path.display());
        }
    }
}

/// A test that waits for a time fails on a busy machine, and is slow on an idle one; `running.rs` waits for events.
#[test]
fn no_test_sleeps_or_measures_processor_time() {
    for (path, text) in files("tests") {
        for word in ["sleep(", "/proc/", "rlimit", "CpuTime", "CPUTime"] {
            assert!(!text.contains(word), "{} has `{word}`", path.display());
        }
    }
}
