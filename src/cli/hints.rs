//! The way out of an error, for people at a command line.

use transcribe::Error;

/// The way out of `error`; `None`: there is no general one.
pub(super) fn hint(error: &Error) -> Option<String> {
    error.hint()
}
