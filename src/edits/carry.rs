//! From a transcript that people have edited to a newer one of the same recording.

use super::{Applied, Change, Edits, Said, apply::belongs, joined};
use crate::{Segment, Transcript};
use std::collections::BTreeMap;

/// Puts what people changed in `old` into `new`.
pub fn carry(old: &Transcript, new: &mut Transcript) -> Applied {
    Edits::of(old).apply(new, true)
}

impl Edits {
    /// Those that a transcript holds.
    pub fn of(transcript: &Transcript) -> Edits {
        let said = |segment: &Segment| Said {
            span: segment.span,
            speaker: segment.speaker.map(|id| transcript.name(id).into_owned()),
            text: segment.text.clone(),
        };
        let mut edited = transcript.segments.iter().filter(|segment| segment.edited).peekable();
        let change = |edit: &crate::Edit| {
            let mut after = Vec::new();
            // Each belongs to one edit, the first that it can.
            while let Some(segment) = edited.next_if(|s| s.span.start < edit.span.start || belongs(s, edit.span)) {
                after.push(said(segment));
            }
            Change { span: edit.span, before: joined(&edit.machine), after }
        };
        Edits {
            recording: transcript.recording.name.clone(),
            sha256: transcript.recording.sha256.clone(),
            names: BTreeMap::new(),
            changes: transcript.edits.iter().map(change).collect(),
        }
    }
}
