//! Whether edits are of the recording of a transcript, and what to do if nobody knows.

use super::apply::{Place, belongs, concerned, place, replaced, row, solid};
use super::speakers::Speakers;
use super::{Applied, Change, EditedSegment, Edits};
use crate::{Span, SpeakerId, Transcript};

impl Edits {
    /// Whether they are of the recording of `transcript`: by its content, or else by its name; `None`: not known.
    pub fn are_of(&self, transcript: &Transcript) -> Option<bool> {
        let recording = &transcript.recording;
        let pairs = [(&self.sha256, &recording.sha256), (&self.recording, &recording.name)];
        pairs.into_iter().find(|(one, other)| !one.is_empty() && !other.is_empty()).map(|(one, other)| one == other)
    }

    /// Applies the changes to a transcript that may be of another recording: only those whose text stands where they replace it, and names
    /// and marks only if there is such a change, or none at all. Edits of others stay.
    pub fn apply_fitting(&self, transcript: &mut Transcript) -> Applied {
        let known = Speakers::of(transcript);
        let fits = |change: &&Change| self.fits(change, &known, transcript);
        let (changes, others): (Vec<&Change>, Vec<&Change>) = self.changes.iter().partition(fits);
        let unfitting: Vec<Span> = others.iter().map(|change| change.span).collect();
        if changes.is_empty() && !unfitting.is_empty() {
            return Applied { unfitting, ..Applied::default() };
        }
        let changes = changes.into_iter().cloned().collect();
        let applied = Edits { changes, ..self.clone() }.apply(transcript, false);
        Applied { unfitting, ..applied }
    }

    /// Whether the text that a change replaces, or what it makes of it, stands in its place; or nothing, if it replaces nothing.
    fn fits(&self, change: &Change, known: &Speakers, transcript: &Transcript) -> bool {
        let there = concerned(change, transcript);
        let speaker = |edited: &EditedSegment| known.meant(edited.speaker.as_ref()?, self, &there);
        let speakers: Vec<Option<SpeakerId>> = change.after.iter().map(speaker).collect();
        let is_insertion = solid(&change.before).is_empty();
        row(change, transcript).is_some()
            || replaced(change, transcript).is_some()
            || matches!(place(change, &speakers, transcript), Place::Known)
            || is_insertion && !transcript.segments.iter().any(|segment| belongs(segment, change.span))
    }
}
