//! The command line of `transcribe`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    // Several workers allocate and free large buffers for hours.
    transcribe_whisper::return_large_blocks();
    cli::run()
}
