//! Programs that read a transcript as text: `Name: what is said`, with a blank line between contributions; a file for each recording.

use super::table::numbered;
use super::{Contribution, Written};
use crate::format::line;

pub(super) fn write(name: &str, contributions: &[&Contribution]) -> Vec<Written> {
    let file = |part: &[&Contribution]| {
        // A colon ends the name.
        let paragraph = |one: &&Contribution| format!("{}: {}\n", line(&one.who).replace(':', "."), line(&one.text));
        part.iter().map(paragraph).collect::<Vec<_>>().join("\n").into_bytes()
    };
    numbered(name, "txt", contributions.chunk_by(|a, b| a.recording == b.recording).map(file).collect())
}
