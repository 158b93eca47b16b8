//! The command line of `transcribe`.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    give_memory_back();
    cli::run()
}

/// Sees to it that pieces of memory from 4 MiB go back to the system when they are freed. glibc keeps larger and larger ones
/// when it sees many.
#[allow(unsafe_code)]
fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it has no conditions, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
    }
}
