//! Cancellation of what a thread decodes. whisper.cpp asks for it between its passes only; the encoder asks between its
//! blocks.

use std::cell::Cell;
use std::ffi::c_void;

/// The question whether to go on; `true` if not.
pub(crate) type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

thread_local! {
    /// The question for what this thread decodes.
    static CURRENT: Cell<Option<Cancelled<'static>>> = const { Cell::new(None) };
}

/// Is what this thread decodes to be cancelled?
pub(crate) fn requested() -> bool {
    CURRENT.get().is_some_and(|cancelled| cancelled())
}

/// The question as a callback of whisper.cpp, on whatever thread.
///
/// # Safety
/// `question` points to a [`Cancelled`].
pub(crate) unsafe extern "C" fn callback(question: *mut c_void) -> bool {
    // SAFETY: as for the caller.
    let cancelled = unsafe { *question.cast::<Cancelled<'_>>() };
    cancelled()
}

/// Runs `work`, in which [`requested`] asks `cancelled`.
pub(crate) fn with<T>(cancelled: Cancelled<'_>, work: impl FnOnce() -> T) -> T {
    // SAFETY: only the lifetime is changed, and `End` takes the reference away before it is over.
    let lasting = unsafe { std::mem::transmute::<Cancelled<'_>, Cancelled<'static>>(cancelled) };
    CURRENT.set(Some(lasting));
    let _end = End;
    work()
}

/// The end of [`with`], even if it panics.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_asked_for_within_its_call_only() {
        assert!(!requested());
        assert!(with(&|| true, requested));
        assert!(!with(&|| false, requested));
        let panicked = std::panic::catch_unwind(|| with(&|| true, || panic!("{}", requested())));
        assert!(panicked.is_err() && !requested());
    }
}
