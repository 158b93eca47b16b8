//! The command line of `transcribe`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    // Several workers allocate and free large buffers for hours.
    transcribe_whisper::return_large_blocks();
    no_core_dumps();
    cli::run()
}

/// After a crash, the system must not write the memory to the disk: it contains what was said. ffmpeg inherits it.
fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Fails only if it is not allowed to lower a limit, which everybody is.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
