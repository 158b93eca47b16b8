//! Ctrl-C: the first one cancels the work in order, the second one ends the process.

use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};

use transcribe::app::CancelToken;

/// What the next Ctrl-C cancels.
static CURRENT: Mutex<Option<CancelToken>> = Mutex::new(None);
/// A file that must not stay behind: a copy of standard input.
static TEMPORARY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Deletes this file when the process is ended at once.
pub(super) fn delete_at_exit(file: PathBuf) {
    *TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
}

/// The next Ctrl-C cancels this token; one more ends the process.
pub(super) fn cancels(token: &CancelToken) {
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    static LISTENS: Once = Once::new();
    LISTENS.call_once(listen);
}

/// The end of standard input cancels this token: whoever started the program has closed it, or is gone.
pub(super) fn cancels_at_eof(token: &CancelToken) {
    let token = token.clone();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        token.cancel();
    });
}

/// What the next Ctrl-C cancels.
#[cfg(feature = "download")]
pub(super) fn current() -> CancelToken {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

/// Calls [`handle`] at each signal that ends a program. What whoever started it told it to ignore, as `nohup` does, it ignores.
#[cfg(unix)]
fn listen() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let heard = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !transcribe_whisper::is_ignored(*signal));
    // It fails only for signals that nobody can handle.
    let Ok(mut signals) = Signals::new(heard) else { return };
    std::thread::spawn(move || signals.forever().for_each(|_| handle()));
}

/// Where files may not grow further, writing fails as on a full disk, instead of ending the program.
#[cfg(unix)]
pub(super) fn outlive_file_limit() {
    use std::sync::{Arc, atomic::AtomicBool};
    let _ = signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
fn listen() {
    // Fails only if another handler is set.
    let _ = ctrlc::set_handler(handle);
}

fn handle() {
    let token = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
    if token.is_cancelled() {
        if let Some(file) = TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = std::fs::remove_file(file);
        }
        let _ = crossterm::terminal::disable_raw_mode();
        std::process::exit(super::Exit::Interrupted as i32);
    }
    token.cancel();
    super::output::look_for_terminal();
    super::progress::aside("stopping: what is done will be written; once more to stop at once");
}
