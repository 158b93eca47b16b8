//! Ctrl-C: the first one lets the work end in order, the second one ends it.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static STOPPING: AtomicBool = AtomicBool::new(false);
/// What must not stay behind: a copy of standard input.
static SPOOLED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Deletes this file when the program is ended at once.
pub(super) fn forget_with(file: PathBuf) {
    if let Ok(mut spooled) = SPOOLED.lock() {
        *spooled = Some(file);
    }
}

/// Listens from now on.
pub(super) fn listen() {
    // Fails only if somebody listens already.
    let _ = ctrlc::set_handler(|| {
        if STOPPING.swap(true, Ordering::SeqCst) {
            if let Ok(Some(file)) = SPOOLED.lock().map(|mut file| file.take()) {
                let _ = std::fs::remove_file(file);
            }
            let _ = crossterm::terminal::disable_raw_mode();
            std::process::exit(super::Outcome::Interrupted as i32);
        }
        super::progress::look_for_terminal();
        super::progress::aside("stopping: what is done will be written; once more to stop at once");
    });
}

/// What was to be stopped has ended; the next Ctrl-C is a first one again.
pub(super) fn begin_anew() {
    STOPPING.store(false, Ordering::SeqCst);
}

/// Did the user ask to stop?
pub(super) fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}
