//! Ctrl-C: the first one cancels the work in order, the second one ends the process.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

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
    // Fails only if the handler is set already.
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
