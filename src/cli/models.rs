//! `transcribe models`.
use super::Outcome;
use super::args::Models;
pub(super) fn run(_: Models) -> Outcome {
    Outcome::Done
}
