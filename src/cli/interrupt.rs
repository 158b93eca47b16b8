//! Ctrl-C: the first one lets the work end in order, the second one ends it.

use std::sync::atomic::{AtomicBool, Ordering};

static STOPPING: AtomicBool = AtomicBool::new(false);

/// Listens from now on.
pub(super) fn listen() {
    // Fails only if somebody listens already.
    let _ = ctrlc::set_handler(|| {
        if STOPPING.swap(true, Ordering::SeqCst) {
            std::process::exit(super::Outcome::Interrupted as i32);
        }
        super::progress::aside("stopping: what is done will be written; once more to stop at once");
    });
}

/// Did the user ask to stop?
pub(super) fn stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}
