//! Can this processor run what was built? Without the question the program would end with an illegal instruction.

use transcribe::whisper;

/// # Errors
/// What is missing, with the way out in a second line.
pub(super) fn check() -> Result<(), String> {
    let missing = whisper::missing_instructions();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(format!("this build needs a processor with {missing}, and this one has none\nhint: build it on this computer"))
}
