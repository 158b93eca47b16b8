//! Words get speakers by who speaks when.

use std::collections::BTreeMap;

use super::{Millis, Segment, Span, SpeakerId};

/// Who speaks when, for giving words their speakers.
pub(crate) struct SpeakerTimes {
    /// In order of start.
    times: Vec<(Span, SpeakerId)>,
    /// The latest end of those up to each.
    latest: Vec<Millis>,
}

impl SpeakerTimes {
    /// Of stretches in any order, which may overlap.
    pub(crate) fn new(mut times: Vec<(Span, SpeakerId)>) -> SpeakerTimes {
        times.sort_by_key(|(span, _)| span.start);
        let mut end = Millis(0);
        let mut later = |span: &Span| {
            end = end.max(span.end);
            end
        };
        let latest = times.iter().map(|(span, _)| later(span)).collect();
        SpeakerTimes { times, latest }
    }

    /// Who has most of `span`; `None` if nobody has any of it, or two have the same.
    pub(crate) fn speaker(&self, span: Span) -> Option<SpeakerId> {
        let end = span.end.max(span.start + Millis(1));
        let from = self.latest.partition_point(|latest| *latest <= span.start);
        let mut shares: BTreeMap<SpeakerId, u64> = BTreeMap::new();
        for (time, speaker) in self.times[from..].iter().take_while(|(time, _)| time.start < end) {
            *shares.entry(*speaker).or_default() += (time.end.min(end) - time.start.max(span.start)).0;
        }
        let most = shares.values().copied().max().filter(|share| *share > 0)?;
        let mut those = shares.into_iter().filter(|(_, share)| *share == most).map(|(speaker, _)| speaker);
        those.next().filter(|_| those.next().is_none())
    }

    /// Gives the words of segments their speakers. A segment is split where the speaker changes, and one without words has the
    /// speaker of most of its time.
    pub(crate) fn assign(&self, segments: Vec<Segment>) -> Vec<Segment> {
        let parts = segments.into_iter().flat_map(|segment| segment.split_by(|word| self.speaker(word.span)));
        let of = |part: &Segment| part.words.first().map_or(part.span, |word| word.span);
        parts.map(|part| Segment { speaker: self.speaker(of(&part)), ..part }).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::words_of;
    use super::*;

    #[test]
    fn a_word_belongs_to_whom_most_of_it_does() {
        let (anna, bert) = (SpeakerId(1), SpeakerId(2));
        // Bert speaks within what Anna says.
        let times = SpeakerTimes::new(vec![
            (Span::new(3_000, 4_000), bert),
            (Span::new(0, 2_400), anna),
            (Span::new(1_000, 1_500), bert),
        ]);
        let segment = Segment::of_words(words_of(0, 500, "a b c d e f g h i")).unwrap();
        let parts = times.assign(vec![segment, Segment { span: Span::new(2_300, 9_000), ..Segment::default() }]);
        let shown: Vec<_> = parts.iter().map(|part| (part.speaker.map(|id| id.0), &*part.text)).collect();
        // The third word is half of each, and nobody speaks in the sixth.
        let expected = [(Some(1), "a b"), (None, "c"), (Some(1), "d e"), (None, "f"), (Some(2), "g h"), (None, "i")];
        assert_eq!(shown[..6], expected);
        assert_eq!(shown[6], (Some(2), ""));
        assert_eq!(times.speaker(Span::new(500, 500)), Some(anna), "a word without a length");
    }
}
