//! Can this processor run what was built? Without the question the program would end with an illegal instruction.

use transcribe::app::UsageError;

use super::instructions::instructions;

/// Instruction sets that whisper.cpp was built to use, from `build.rs`.
const NEEDS: &str = env!("TRANSCRIBE_NEEDS");

/// # Errors
/// What is missing, and which build runs here.
pub(super) fn check() -> Result<(), UsageError> {
    let there = instructions();
    let lacks = |need: &&str| there.iter().any(|(name, there)| name == need && !there);
    let missing: Vec<&str> = NEEDS.split(',').filter(lacks).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let hint = match missing.iter().all(|name| name.starts_with("avx512")) {
        true => "the portable build runs here: `make portable`, or build it on this computer",
        false => "build it on this computer",
    };
    let missing = missing.join(", ");
    Err(UsageError::new(format!("this build needs a processor with {missing}, and this one has none"), hint))
}
