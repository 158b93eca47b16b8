//! Whether this processor has what the program was built for.

use transcribe::app::UsageError;
use transcribe::whisper;

/// # Errors
/// What is missing.
pub(super) fn check() -> Result<(), UsageError> {
    let missing = whisper::missing_instructions();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("this build needs a processor with {}, and this one has none", missing.join(", "));
    Err(UsageError::new(message, "build it on this computer"))
}
