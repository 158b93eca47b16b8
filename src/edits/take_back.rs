//! Takes edits back, as far as nobody has changed since what they made.

use std::collections::BTreeMap;

use super::apply::{Place, belongs, concerned, place, put, solid};
use super::speakers::Speakers;
use super::{Applied, Change, EditedSegment, Edits, joined_text};
use crate::{Segment, SpeakerId, Transcript};

impl Edits {
    /// Puts back what was there before these edits were applied, wherever `transcript` still has what they made of it.
    pub fn take_back(&self, transcript: &mut Transcript) {
        let known = Speakers::of(transcript);
        for change in &self.changes {
            let there = concerned(change, transcript);
            let speaker = |edited: &EditedSegment| known.meant(edited.speaker.as_ref()?, self, &there);
            let speakers: Vec<Option<SpeakerId>> = change.after.iter().map(speaker).collect();
            if matches!(place(change, &speakers, transcript), Place::Known) {
                take_out(change, transcript);
            }
        }
        self.check(transcript, false);
        let mut former = BTreeMap::new();
        for (old, new) in &self.names {
            // Two who have become one can't be told apart any more.
            let shared = self.names.values().filter(|other| *other == new).count() > 1;
            if !shared {
                former.insert(new.clone(), old.clone());
            }
        }
        // Whom somebody else has renamed since keeps that name.
        Edits { names: former, ..Edits::default() }.rename(transcript, false, &mut Applied::default());
    }
}

/// Replaces what a change has made by the model's segments, or else by the text that it was made from.
fn take_out(change: &Change, transcript: &mut Transcript) {
    let ours = |segment: &Segment| segment.edited && belongs(segment, change.span);
    let edit = transcript.edits.iter().position(|edit| {
        let alone = transcript.segments.iter().all(|one| !one.edited || ours(one) || !belongs(one, edit.span));
        let contains = edit.span.start <= change.span.start && change.span.end <= edit.span.end;
        contains && alone && solid(&joined_text(&edit.machine)) == solid(&change.before)
    });
    if let Some(edit) = edit.map(|at| transcript.edits.remove(at)) {
        transcript.segments.retain(|segment| !ours(segment));
        transcript.segments.extend(edit.machine);
        transcript.segments.sort_by_key(|segment| segment.span.start);
        return;
    }
    // Somebody else had written there before.
    let speaker = transcript.segments.iter().find(|segment| ours(segment)).and_then(|segment| segment.speaker);
    let text = change.before.split_whitespace().collect::<Vec<_>>().join(" ");
    let before = (!text.is_empty()).then_some(EditedSegment { span: change.span, speaker: None, text });
    let after: Vec<EditedSegment> = before.into_iter().collect();
    let speakers = vec![speaker; after.len()];
    put(
        &Change { span: change.span, before: joined_text(transcript.segments.iter().filter(|one| ours(one))), after },
        &speakers,
        transcript,
    );
}
