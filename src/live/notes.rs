//! What users note during a session: who speaks, what to find again, and when nothing was heard.

use crate::{Gap, Marker, Millis, Segment, Span, SpeakerId, Transcript};

/// Notes of a session, in its time, each kind in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Times that were marked.
    pub markers: Vec<Marker>,
    /// Who speaks when.
    pub speakers: Speakers,
    /// When nothing was heard, and why.
    pub gaps: Vec<Gap>,
}

impl Notes {
    /// Adds the notes to a transcript of the same session. A segment in which the speaker changes is split.
    pub fn apply_to(&self, transcript: &mut Transcript) {
        transcript.markers.extend(&self.markers);
        transcript.markers.sort_by_key(|marker| marker.at);
        transcript.gaps.extend(self.gaps.iter().cloned());
        transcript.gaps.sort_by_key(|gap| gap.span.start);
        if !self.speakers.0.is_empty() {
            let segments = std::mem::take(&mut transcript.segments);
            transcript.segments = segments.into_iter().flat_map(|segment| self.speakers.split(segment)).collect();
        }
    }
}

/// Who speaks from each time on, in order; `None` if it is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speakers(pub Vec<(Millis, Option<SpeakerId>)>);

impl Speakers {
    /// Splits a segment where the speaker changes.
    pub(super) fn split(&self, segment: Segment) -> Vec<Segment> {
        let parts = segment.split_by(|word| self.at(word.span)).into_iter();
        let span = |part: &Segment| part.words.first().map_or(part.span, |word| word.span);
        parts.map(|part| Segment { speaker: self.at(span(&part)), ..part }).collect()
    }

    /// Who speaks in the middle of `span`; `None` if it is unknown.
    pub(super) fn at(&self, span: Span) -> Option<SpeakerId> {
        let before = self.0.partition_point(|(at, _)| at.0 * 2 <= span.start.0 + span.end.0);
        before.checked_sub(1).and_then(|n| self.0[n].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::text_of;
    use crate::{GapReason, MarkerKind, Word};

    fn word(start: u64, text: &str) -> Word {
        Word { span: Span::new(start, start + 400), text: text.into(), spaced: true, confidence: 0.9 }
    }

    #[test]
    fn a_segment_in_which_the_speaker_changes_is_split() {
        let words = vec![word(0, "Wer"), word(500, "fragt?"), word(1_000, "Ich.")];
        let segment = Segment { span: Span::new(0, 1_400), text: text_of(&words), words, ..Segment::default() };
        let mut transcript = Transcript { segments: vec![segment], ..Transcript::default() };
        let notes = Notes {
            speakers: Speakers(vec![(Millis(0), Some(SpeakerId(2))), (Millis(1_100), Some(SpeakerId(1)))]),
            markers: vec![Marker { at: Millis(900), kind: MarkerKind::Decision }],
            gaps: vec![Gap { span: Span::new(2_000, 3_000), reason: GapReason::Paused }],
        };
        notes.apply_to(&mut transcript);
        let segments: Vec<_> = transcript.segments.iter().map(|s| (s.speaker, s.text.as_str(), s.span)).collect();
        let expected = [
            (Some(SpeakerId(2)), "Wer fragt?", Span::new(0, 900)),
            (Some(SpeakerId(1)), "Ich.", Span::new(1_000, 1_400)),
        ];
        assert_eq!(segments, expected);
        assert_eq!((transcript.markers.len(), transcript.gaps.len()), (1, 1));
    }
}
