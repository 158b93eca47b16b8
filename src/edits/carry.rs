//! Carries edits over to a newer transcript of the same recording.

use super::{Applied, Change, EditedSegment, Edits, EditsSpeaker, apply::belongs, joined_text};
use crate::{Completeness, Segment, SpeakerId, Transcript};
use std::collections::BTreeMap;

/// Applies the edits of `old` to `new`. Where `new` has no text yet, there is nothing that they could replace: they are left out.
pub fn carry(old: &Transcript, new: &mut Transcript) -> Applied {
    let mut edits = Edits::of(old);
    if let Completeness::Partial { until, .. } = new.completeness {
        edits.changes.retain(|change| change.span.start < until);
    }
    let applied = edits.apply(new, true);
    let named = |id: SpeakerId| new.speakers().into_iter().find(|other| new.name(*other) == old.name(id));
    let former = old.former_names.iter().filter_map(|(id, names)| Some((named(*id)?, names.clone())));
    new.former_names.extend(former.collect::<Vec<_>>());
    applied
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
        let known = |id: SpeakerId| {
            let former_names = transcript.former_names.get(&id).cloned().unwrap_or_default();
            (transcript.name(id).into_owned(), EditsSpeaker { id, former_names })
        };
        Edits {
            recording: transcript.recording.name.clone(),
            sha256: transcript.recording.sha256.clone(),
            names: BTreeMap::new(),
            speakers: transcript.speakers().into_iter().map(known).collect(),
            changes: transcript.edits.iter().map(change).collect(),
            checked: Vec::new(),
            minutes: Vec::new(),
        }
    }
}
