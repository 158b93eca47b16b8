//! Words get speakers by who speaks when, and segments are cut where the speaker changes.

use super::{Millis, Segment, Span, SpeakerId, Transcript, WarningKind};

/// Milliseconds of a word outside of what its speaker says that a change of speaker costs: within a sentence, where an error of an
/// edge is likelier than an interruption of a word or two.
const CHANGE: u64 = 700;
/// The same at the end of a sentence, and after a pause of [`PAUSE`].
const CHANGE_AT_END: u64 = 150;
/// The pause between words after which somebody else may speak.
const PAUSE: Millis = Millis(400);
/// A word further from all that a speaker says is not theirs.
const REACH: Millis = Millis(1_000);

impl Transcript {
    /// Whether who speaks is an estimate.
    pub(crate) fn is_speaker_estimate(&self) -> bool {
        self.warnings.iter().any(|warning| warning.kind == WarningKind::SpeakersEstimated)
    }

    /// Whether it is known of most segments who speaks, and that is no estimate.
    pub(crate) fn has_known_speakers(&self) -> bool {
        let known = self.segments.iter().filter(|segment| segment.speaker.is_some()).count();
        2 * known > self.segments.len() && !self.is_speaker_estimate()
    }
}

/// Who speaks when, for giving words their speakers.
pub(crate) struct SpeakerTimes {
    /// In order of start.
    pub(super) times: Vec<(Span, SpeakerId)>,
    /// The latest end of those up to each.
    latest: Vec<Millis>,
    /// In order.
    pub(super) speakers: Vec<SpeakerId>,
}

/// A word, or a segment without words.
struct Place {
    span: Span,
    /// Whether a sentence ends with it.
    ends: bool,
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
        let mut speakers: Vec<SpeakerId> = times.iter().map(|(_, speaker)| *speaker).collect();
        speakers.sort_unstable();
        speakers.dedup();
        SpeakerTimes { times, latest, speakers }
    }

    /// Gives the words of segments their speakers, and cuts segments where the speaker changes. A word belongs to who speaks for most of
    /// it, but what others say within a sentence must be long enough to be no error of an edge, so a "mhm" does not take the turn. A
    /// word that is a second from all that its speaker says has none. A segment without words goes to who has most of its time.
    pub(crate) fn assign(&self, segments: Vec<Segment>) -> Vec<Segment> {
        let places: Vec<Place> = segments.iter().flat_map(places).collect();
        let mut speakers = self.likeliest(&places).into_iter();
        let parts = |segment: Segment| {
            let own: Vec<Option<SpeakerId>> = speakers.by_ref().take(segment.words.len().max(1)).collect();
            cut(segment, &own)
        };
        segments.into_iter().flat_map(parts).collect()
    }

    /// The cheapest way through all places: Viterbi's algorithm, with a state for each speaker.
    fn likeliest(&self, places: &[Place]) -> Vec<Option<SpeakerId>> {
        let cheapest = |costs: &[u64]| (0..costs.len()).min_by_key(|speaker| costs[*speaker]);
        let mut costs = vec![0; self.speakers.len()];
        let mut from: Vec<Vec<usize>> = Vec::with_capacity(places.len());
        let mut before: Option<&Place> = None;
        for place in places {
            let Some(best) = cheapest(&costs) else { return vec![None; places.len()] };
            let change = match before {
                None => 0,
                Some(before) if before.ends || place.span.start - before.span.end >= PAUSE => CHANGE_AT_END,
                Some(_) => CHANGE,
            };
            let changed = costs[best] + change;
            let kept = |speaker: usize| costs[speaker] <= changed;
            from.push((0..costs.len()).map(|speaker| if kept(speaker) { speaker } else { best }).collect());
            let outside = self.outside(place.span);
            costs.iter_mut().zip(outside).for_each(|(cost, outside)| *cost = changed.min(*cost) + outside);
            before = Some(place);
        }
        let Some(mut at) = cheapest(&costs) else { return vec![None; places.len()] };
        let mut found = vec![None; places.len()];
        for ((found, from), place) in found.iter_mut().zip(&from).zip(places).rev() {
            let near = Span { start: place.span.start - REACH, end: place.span.end + REACH };
            let speaker = self.speakers[at];
            *found = self.within(near).any(|(other, _)| other == speaker).then_some(speaker);
            at = from[at];
        }
        found
    }

    /// How much of the span is outside of what each speaker says, in milliseconds; 0 for all if nobody speaks in it.
    fn outside(&self, span: Span) -> Vec<u64> {
        // A word without a length has a moment.
        let span = Span { end: span.end.max(span.start + Millis(1)), ..span };
        let mut inside = vec![0; self.speakers.len()];
        for (speaker, Millis(shared)) in self.within(span) {
            if let Ok(at) = self.speakers.binary_search(&speaker) {
                inside[at] += shared;
            }
        }
        let somebody = inside.iter().any(|inside| *inside > 0);
        let outside = |inside: u64| if somebody { span.length().0.saturating_sub(inside) } else { 0 };
        inside.into_iter().map(outside).collect()
    }

    /// Who speaks within the span, and for how long each time.
    pub(super) fn within(&self, span: Span) -> impl Iterator<Item = (SpeakerId, Millis)> {
        let from = self.latest.partition_point(|latest| *latest <= span.start);
        let here = self.times[from..].iter().take_while(move |(time, _)| time.start < span.end);
        here.map(move |(time, speaker)| (*speaker, time.end.min(span.end) - time.start.max(span.start)))
            .filter(|(_, shared)| *shared > Millis(0))
    }
}

fn places(segment: &Segment) -> Vec<Place> {
    let ends = |text: &str| text.trim_end_matches(['"', '”', '“', '»', '«', ')']).ends_with(['.', '?', '!', '…']);
    match segment.words.as_slice() {
        [] => vec![Place { span: segment.span, ends: true }],
        words => words.iter().map(|word| Place { span: word.span, ends: ends(&word.text) }).collect(),
    }
}

/// The parts of a segment that have the same speaker. `speakers`: of each word, or of the whole segment if it has none.
fn cut(segment: Segment, speakers: &[Option<SpeakerId>]) -> Vec<Segment> {
    if speakers.windows(2).all(|two| two[0] == two[1]) {
        return vec![Segment { speaker: speakers.first().copied().flatten(), ..segment }];
    }
    let mut words = segment.words.iter().cloned();
    let parts = speakers.chunk_by(|a, b| a == b).filter_map(|same| {
        let part = Segment { speaker: same[0], ..segment.clone() };
        part.with_words(words.by_ref().take(same.len()).collect())
    });
    parts.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::words_of;
    use super::*;

    const ANNA: SpeakerId = SpeakerId(1);
    const BERT: SpeakerId = SpeakerId(2);

    fn says(start: u64, end: u64, speaker: SpeakerId) -> (Span, SpeakerId) {
        (Span::new(start, end), speaker)
    }

    /// A segment with a word every 400 ms.
    fn segment(start: u64, text: &str) -> Segment {
        Segment::of_words(words_of(start, 400, text)).unwrap()
    }

    fn assigned(segments: &[Segment], times: Vec<(Span, SpeakerId)>) -> Vec<(Option<u16>, String)> {
        let assigned = SpeakerTimes::new(times).assign(segments.to_vec());
        let words = |segments: &[Segment]| segments.iter().flat_map(|s| s.words.clone()).collect::<Vec<_>>();
        assert_eq!(words(&assigned), words(segments), "no word is lost");
        assigned.into_iter().map(|segment| (segment.speaker.map(|id| id.0), segment.text)).collect()
    }

    fn speakers(segments: &[Segment], times: Vec<(Span, SpeakerId)>) -> Vec<Option<u16>> {
        assigned(segments, times).into_iter().map(|(speaker, _)| speaker).collect()
    }

    #[test]
    fn a_segment_is_cut_where_the_speaker_changes() {
        let both = segment(0, "Wer ist dafür? Ich bin dafür.");
        let found = assigned(&[both], vec![says(1_250, 2_400, BERT), says(0, 1_250, ANNA)]);
        assert_eq!(found, [(Some(1), "Wer ist dafür?".into()), (Some(2), "Ich bin dafür.".into())]);
    }

    #[test]
    fn the_edge_of_a_turn_within_a_sentence_may_be_wrong() {
        let sentence = [segment(0, "Ich eröffne die Sitzung und begrüße alle.")];
        let whole = [(Some(1), "Ich eröffne die Sitzung und begrüße alle.".to_owned())];
        assert_eq!(assigned(&sentence, vec![says(0, 2_300, ANNA), says(2_300, 2_800, BERT)]), whole);
        assert_eq!(assigned(&sentence, vec![says(0, 2_800, ANNA), says(1_000, 1_500, BERT)]), whole, "mhm");
        let interrupted = assigned(&sentence, vec![says(0, 1_200, ANNA), says(1_200, 2_800, BERT)]);
        assert_eq!(interrupted, [(Some(1), "Ich eröffne die".into()), (Some(2), "Sitzung und begrüße alle.".into())]);
    }

    #[test]
    fn a_short_answer_between_sentences_is_somebody_elses() {
        let text = [segment(0, "Sind Sie dafür?"), segment(1_300, "Ja."), segment(1_800, "Dann ist das beschlossen.")];
        let times = vec![says(0, 1_200, ANNA), says(1_300, 1_700, BERT), says(1_800, 3_400, ANNA)];
        assert_eq!(speakers(&text, times), [Some(1), Some(2), Some(1)]);
    }

    #[test]
    fn far_from_all_that_is_known_nobody_speaks() {
        let text = [segment(0, "Guten Tag."), segment(5_000, "Hallo?")];
        assert_eq!(speakers(&text, vec![says(0, 900, ANNA)]), [Some(1), None]);
        assert_eq!(speakers(&text, vec![]), [None, None]);
    }

    #[test]
    fn words_without_a_length_and_segments_without_words_have_speakers() {
        let times = || vec![says(0, 1_000, ANNA), says(1_000, 4_000, BERT)];
        let mut moment = segment(500, "Ja.");
        moment.words[0].span.end = moment.words[0].span.start;
        assert_eq!(speakers(&[moment], times()), [Some(1)]);
        let without_words = Segment { span: Span::new(0, 4_000), ..Segment::default() };
        assert_eq!(speakers(&[without_words], times()), [Some(2)]);
    }
}
