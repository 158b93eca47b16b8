//! libFuzzer with one of the targets of `src/fuzzing.rs`, which the variable `FUZZ_TARGET` names.

#![no_main]

use std::panic;
use std::sync::LazyLock;

use transcribe::fuzzing::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    // Panics of foreign decoders are caught and become errors; a panic of our own code is a fault even so.
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.location().is_none_or(|place| !place.file().contains("/registry/src/")) {
            print(info);
            std::process::abort();
        }
    }));
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET is not set");
    TARGETS.iter().find(|(other, _)| *other == name).expect("no such target").1
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET(input));
