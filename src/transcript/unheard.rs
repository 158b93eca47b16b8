//! Voices of which the text has nothing: of two who speak at once, the model writes one.

use std::collections::BTreeMap;

use super::{Gap, GapReason, Millis, Segment, Span, SpeakerId, SpeakerTimes};

/// What one voice says is one turn if the pauses in it are shorter.
const PAUSE: Millis = Millis(500);
/// Who says less says "mhm".
const SHORTEST: Millis = Millis(1_000);
/// Less at once is an error of an edge.
const AT_ONCE: Millis = Millis(300);
/// How far a word may be from where it was said.
const WORD_TIME_ERROR: Millis = Millis(300);

impl SpeakerTimes {
    /// Turns of a second or more in which somebody else speaks at the same time, and the segments have none of the turn's words: in
    /// order of start. (Where a voice is alone, speech without text is a gap anyway.)
    pub(crate) fn unheard(&self, segments: &[Segment]) -> Vec<Gap> {
        let words = words(segments);
        let is_unheard = |turn: Span, speaker: SpeakerId| {
            let others = self.within(turn).filter(|(other, _)| *other != speaker);
            let at_once: u64 = others.map(|(_, shared)| shared.0).sum();
            let own = words.get(&speaker).map_or(&[][..], Vec::as_slice);
            let next = own.partition_point(|at| *at < turn.start - WORD_TIME_ERROR);
            let has_words = own.get(next).is_some_and(|at| *at <= turn.end + WORD_TIME_ERROR);
            turn.length() >= SHORTEST && at_once >= AT_ONCE.0 && !has_words
        };
        let of = |speaker: SpeakerId| self.turns(speaker).into_iter().filter(move |turn| is_unheard(*turn, speaker));
        let mut unheard: Vec<Span> = self.speakers.iter().flat_map(|speaker| of(*speaker)).collect();
        unheard.sort_by_key(|span| span.start);
        unheard.into_iter().map(|span| Gap { span, reason: GapReason::Overlapped }).collect()
    }

    /// The turns of a speaker.
    fn turns(&self, speaker: SpeakerId) -> Vec<Span> {
        let mut turns: Vec<Span> = Vec::new();
        for (span, _) in self.times.iter().filter(|(_, other)| *other == speaker) {
            match turns.last_mut() {
                Some(last) if span.start - last.end < PAUSE => last.end = last.end.max(span.end),
                _ => turns.push(*span),
            }
        }
        turns
    }
}

/// The middles of each speaker's words, in order.
fn words(segments: &[Segment]) -> BTreeMap<SpeakerId, Vec<Millis>> {
    let mut words: BTreeMap<SpeakerId, Vec<Millis>> = BTreeMap::new();
    for segment in segments {
        let Some(speaker) = segment.speaker else { continue };
        let own = words.entry(speaker).or_default();
        match segment.words.as_slice() {
            [] => own.push(middle(segment.span)),
            all => own.extend(all.iter().map(|word| middle(word.span))),
        }
    }
    words.values_mut().for_each(|own| own.sort_unstable());
    words
}

fn middle(span: Span) -> Millis {
    Millis(span.start.0.midpoint(span.end.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::words_of;
    use super::*;

    const ANNA: SpeakerId = SpeakerId(1);
    const BERT: SpeakerId = SpeakerId(2);

    /// Words of 400 ms each.
    fn said(start: u64, speaker: SpeakerId, text: &str) -> Segment {
        Segment { speaker: Some(speaker), ..Segment::of_words(words_of(start, 400, text)).unwrap() }
    }

    fn unheard(times: &[(u64, u64, SpeakerId)], segments: &[Segment]) -> Vec<(u64, u64)> {
        let times = times.iter().map(|(start, end, who)| (Span::new(*start, *end), *who));
        let gaps = SpeakerTimes::new(times.collect()).unheard(segments);
        assert!(gaps.iter().all(|gap| gap.reason == GapReason::Overlapped));
        gaps.into_iter().map(|gap| (gap.span.start.0, gap.span.end.0)).collect()
    }

    #[test]
    fn who_speaks_at_once_with_somebody_and_has_no_text_is_named() {
        let anna = said(0, ANNA, "Ich möchte noch etwas dazu sagen bitte");
        let times = [(0, 2_800, ANNA), (1_000, 1_500, BERT), (1_700, 2_400, BERT)];
        assert_eq!(unheard(&times, std::slice::from_ref(&anna)), [(1_000, 2_400)]);
        assert_eq!(unheard(&times, &[anna.clone(), said(2_500, BERT, "Nein")]), [], "a word's time may be wrong");
        assert_eq!(unheard(&times, &[anna, said(4_000, BERT, "Nein")]), [(1_000, 2_400)]);
    }

    #[test]
    fn who_is_alone_or_says_little_is_not_named() {
        let anna = [said(0, ANNA, "Ich möchte noch etwas dazu sagen bitte")];
        assert_eq!(unheard(&[(0, 2_800, ANNA), (1_000, 1_900, BERT)], &anna), [], "mhm");
        assert_eq!(unheard(&[(0, 1_200, ANNA), (1_000, 2_800, BERT)], &anna), [], "an edge");
        assert_eq!(unheard(&[(0, 2_800, ANNA)], &anna), []);
        assert_eq!(unheard(&[], &anna), []);
    }

    #[test]
    fn all_such_turns_are_named_in_order() {
        let anna = Segment { words: Vec::new(), ..said(0, ANNA, &"und so weiter ".repeat(20)) };
        let times = [(0, 24_000, ANNA), (20_000, 21_000, BERT), (2_000, 3_200, BERT), (9_000, 9_500, BERT)];
        assert_eq!(unheard(&times, &[anna]), [(2_000, 3_200), (20_000, 21_000)]);
    }
}
