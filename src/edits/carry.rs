//! Carries edits over to a newer transcript of the same recording.

use super::{Applied, Change, EditedSegment, Edits, apply::belongs, joined_text};
use crate::{Segment, Transcript};
use std::collections::BTreeMap;

/// Applies the edits of `old` to `new`.
pub fn carry(old: &Transcript, new: &mut Transcript) -> Applied {
    Edits::of(old).apply(new, true)
}

impl Edits {
    /// The edits that a transcript holds.
    pub fn of(transcript: &Transcript) -> Edits {
        let edited_segment = |segment: &Segment| EditedSegment {
            span: segment.span,
            speaker: segment.speaker.map(|id| transcript.name(id).into_owned()),
            text: segment.text.clone(),
        };
        let mut edited = transcript.segments.iter().filter(|segment| segment.edited).peekable();
        let change = |edit: &crate::Edit| {
            let mut after = Vec::new();
            // Each belongs to one edit, the first that it can.
            while let Some(segment) = edited.next_if(|s| s.span.start < edit.span.start || belongs(s, edit.span)) {
                after.push(edited_segment(segment));
            }
            Change { span: edit.span, before: joined_text(&edit.machine), after }
        };
        Edits {
            recording: transcript.recording.name.clone(),
            sha256: transcript.recording.sha256.clone(),
            names: BTreeMap::new(),
            changes: transcript.edits.iter().map(change).collect(),
        }
    }
}
