//! Tiers, as programs for linguists show them under the sound: one for each speaker, in which nothing overlaps. Speakers may
//! overlap. Knows no format.

use super::text;
use crate::wording::Labels;
use crate::{Segment, Span, SpeakerId, Transcript};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Texts with times that do not overlap.
pub(super) struct Tier<'a> {
    /// Unique among tiers.
    pub(super) name: String,
    /// In order, and none overlaps another; all have visible text and a length.
    pub(super) texts: Vec<(Span, Cow<'a, str>)>,
}

/// A tier of segments for each name, in order of appearance, each followed by a tier of its words, if `words` is true and there
/// are any; at the end a tier of gaps, if there are any.
///
/// Speakers of one name share a tier. Text of an unknown speaker is in the tier `Speech`. Names of tiers are in the transcript's language.
pub(super) fn tiers(transcript: &Transcript, words: bool) -> Vec<Tier<'_>> {
    let labels = Labels::of(text::language(transcript));
    let mut voices: Vec<(String, Vec<&Segment>)> = Vec::new();
    let mut places: BTreeMap<Option<SpeakerId>, usize> = BTreeMap::new();
    for segment in &transcript.segments {
        let place = *places.entry(segment.speaker).or_insert_with(|| {
            let name = segment
                .speaker
                .map_or_else(|| labels.speech.to_owned(), |speaker| text::speaker_name(transcript, speaker));
            voices.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
                voices.push((name, Vec::new()));
                voices.len() - 1
            })
        });
        voices[place].1.push(segment);
    }
    let mut tiers = Vec::new();
    for (name, segments) in voices {
        let said = segments.iter().map(|segment| (segment.span, text::line(&segment.text)));
        let said = apart(said.collect());
        let single = segments.iter().filter(|_| words).flat_map(|segment| &segment.words);
        let single = apart(single.map(|word| (word.span, text::line(&word.text))).collect());
        let tier_of_words = Tier { name: format!("{name} - {}", labels.words), texts: single };
        tiers.push(Tier { name, texts: said });
        tiers.push(tier_of_words);
    }
    let gaps = transcript.gaps.iter().map(|gap| (gap.span, Cow::Owned(text::gap(transcript, gap))));
    tiers.push(Tier { name: labels.gaps.to_owned(), texts: apart(gaps.collect()) });
    tiers.retain(|tier| !tier.texts.is_empty());
    tiers
}

/// Sorted, without invisible text. Where two overlap, the first ends where the second begins; where they begin together, the
/// second begins where the first ends. No text is lost, and each lasts at least a millisecond.
fn apart(mut texts: Vec<(Span, Cow<'_, str>)>) -> Vec<(Span, Cow<'_, str>)> {
    texts.retain(|(_, text)| !text.is_empty());
    texts.sort_by_key(|(span, _)| span.start);
    let mut free = 0;
    for at in 0..texts.len() {
        let next = texts.get(at + 1).map_or(u64::MAX, |(span, _)| span.start.0);
        let span = &mut texts[at].0;
        let start = span.start.0.max(free);
        let end = if next > start { span.end.0.min(next) } else { span.end.0 };
        *span = Span::new(start, end.max(start + 1));
        free = span.end.0;
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn each_name_has_one() {
        let mut transcript = council();
        transcript.names = [(SpeakerId(1), "Anna".into()), (SpeakerId(2), "Anna".into())].into();
        transcript.segments[3].speaker = None;
        let shown = |words| -> Vec<(String, usize)> {
            tiers(&transcript, words).into_iter().map(|tier| (tier.name, tier.texts.len())).collect()
        };
        assert_eq!(shown(false), [("Anna".into(), 3), ("Gesprochenes".into(), 1), ("Lücken".into(), 1)]);
        let names: Vec<_> = shown(true).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Anna", "Anna - Wörter", "Gesprochenes", "Gesprochenes - Wörter", "Lücken"]);
    }

    #[test]
    fn nothing_overlaps_and_nothing_is_lost() {
        let spans = |spans: &[(u64, u64)]| -> Vec<(u64, u64)> {
            let texts = spans.iter().map(|(start, end)| (Span::new(*start, *end), Cow::Borrowed("x"))).collect();
            apart(texts).into_iter().map(|(span, _)| (span.start.0, span.end.0)).collect()
        };
        assert_eq!(spans(&[(0, 10), (5, 20)]), [(0, 5), (5, 20)]);
        assert_eq!(spans(&[(5, 20), (0, 10)]), [(0, 5), (5, 20)], "out of order");
        assert_eq!(spans(&[(0, 10), (0, 20), (8, 9)]), [(0, 10), (10, 20), (20, 21)]);
        assert_eq!(spans(&[(0, 10), (2, 4)]), [(0, 2), (2, 4)]);
        assert_eq!(spans(&[(7, 7), (7, 7), (7, 9)]), [(7, 8), (8, 9), (9, 10)], "no time at all");
    }

    proptest::proptest! {
        #[test]
        fn all_stay_apart(spans in proptest::collection::vec((0u64..50, 0u64..20), 0..20)) {
            let texts: Vec<_> = spans.iter().map(|(start, length)| (Span::new(*start, start + length), Cow::Borrowed("x"))).collect();
            let all = apart(texts.clone());
            proptest::prop_assert_eq!(all.len(), texts.len());
            proptest::prop_assert!(all.iter().all(|(span, _)| span.start < span.end));
            proptest::prop_assert!(all.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start));
        }
    }
}
