//! The voices of a transcript: who speaks how much, and what lets a listener tell who it is.

use crate::{Millis, Segment, Span, SpeakerId, Transcript, VoiceEstimate};

/// Quotes of a voice.
const QUOTES: usize = 3;
/// A quote is at least so long, if there is one.
const LONG_ENOUGH: Millis = Millis(2_000);
/// A longer one says no more.
const LONGEST: Millis = Millis(12_000);

/// A voice of a transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Its number.
    pub id: SpeakerId,
    /// Its name, or `Speaker 1`.
    pub name: String,
    /// What it says in all.
    pub talk: Millis,
    /// The part of what all say, in `0.0..=1.0`.
    pub share: f64,
    /// How often it begins to speak after somebody else.
    pub turns: usize,
    /// Up to three clear places, in order of time.
    pub quotes: Vec<Quote>,
    /// How sure it is that it is one person; `None`: it was not told by its voice.
    pub estimate: Option<VoiceEstimate>,
}

/// A place where a voice is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// When it begins.
    pub at: Millis,
    /// What is said.
    pub text: String,
}

/// The voices of a transcript, in order of their numbers.
pub fn voices(transcript: &Transcript) -> Vec<Voice> {
    let spoken: Vec<&Segment> = transcript.segments.iter().filter(|segment| segment.speaker.is_some()).collect();
    let all: u64 = spoken.iter().map(|segment| segment.span.length().0).sum();
    let ids = transcript.speakers().into_iter();
    let voice = |id: SpeakerId| {
        let own = || spoken.iter().filter(|segment| segment.speaker == Some(id));
        let talk: u64 = own().map(|segment| segment.span.length().0).sum();
        let begins = |n: &usize| spoken[*n].speaker == Some(id) && (*n == 0 || spoken[*n - 1].speaker != Some(id));
        Voice {
            id,
            name: transcript.name(id).into_owned(),
            talk: Millis(talk),
            share: talk as f64 / all.max(1) as f64,
            turns: (0..spoken.len()).filter(begins).count(),
            quotes: quotes(own().copied()),
            estimate: transcript.voices.get(&id).map(|voice| VoiceEstimate {
                perhaps: voice.perhaps.filter(|other| spoken.iter().any(|segment| segment.speaker == Some(*other))),
                ..*voice
            }),
        }
    };
    ids.map(voice).collect()
}

/// The clearest segments.
fn quotes<'a>(segments: impl Iterator<Item = &'a Segment>) -> Vec<Quote> {
    let mut segments: Vec<&Segment> = segments.filter(|segment| !segment.text.trim().is_empty()).collect();
    let worth = |segment: &Segment| {
        let length = segment.span.length();
        let kept = length.min(LONGEST).0 as f32;
        (length >= LONG_ENOUGH, kept * segment.confidence())
    };
    segments.sort_by(|a, b| {
        let (a, b) = (worth(a), worth(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    segments.truncate(QUOTES);
    segments.sort_by_key(|segment| segment.span.start);
    segments.into_iter().map(|segment| Quote { at: segment.span.start, text: segment.text.clone() }).collect()
}

/// Gives all words within the span to a speaker, who may be new; segments are cut where it begins and ends. Returns how many words changed
/// their speaker; a segment without words counts as one, and belongs to the span if most of it does.
pub fn reassign(transcript: &mut Transcript, span: Span, speaker: SpeakerId) -> usize {
    let inside = |other: Span| {
        let middle = Millis(other.start.0.midpoint(other.end.0));
        (span.start..span.end).contains(&middle)
    };
    let mut changed = 0;
    let parts = |segment: Segment| segment.split_by(|word| inside(word.span));
    let segments: Vec<Segment> = std::mem::take(&mut transcript.segments).into_iter().flat_map(parts).collect();
    transcript.segments = segments
        .into_iter()
        .map(|segment| {
            let here = segment.words.first().map_or(segment.span, |word| word.span);
            if !inside(here) || segment.speaker == Some(speaker) {
                return segment;
            }
            changed += segment.words.len().max(1);
            Segment { speaker: Some(speaker), ..segment }
        })
        .collect();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::words_of;

    fn said(start: u64, speaker: u16, text: &str) -> Segment {
        let segment = Segment::of_words(words_of(start, 500, text)).expect("words");
        Segment { speaker: Some(SpeakerId(speaker)), ..segment }
    }

    fn council() -> Transcript {
        let segments = vec![
            said(0, 1, "Ich eröffne die Sitzung und begrüße alle"),
            said(4_000, 2, "Danke sehr Frau Vorsitzende ich habe eine Frage an Sie"),
            said(10_000, 3, "Ja"),
            said(11_000, 2, "Wie lange noch"),
            said(13_000, 1, "Das beantwortet die Verwaltung nach der Sommerpause"),
        ];
        Transcript { segments, ..Transcript::default() }
    }

    #[test]
    fn voices_have_shares_turns_and_clear_quotes() {
        let voices = voices(&council());
        let facts: Vec<_> = voices.iter().map(|v| (v.id.0, v.talk.0, v.turns, v.quotes.len())).collect();
        assert_eq!(facts, [(1, 7_000, 2, 2), (2, 6_500, 2, 2), (3, 500, 1, 1)]);
        assert!((voices[0].share - 0.5).abs() < 1e-9);
        assert_eq!(voices[1].quotes[0].at, Millis(4_000));
        assert_eq!(super::voices(&Transcript::default()), []);
        let mut estimated = council();
        let perhaps = |id: u16| VoiceEstimate { certainty: 0.8, perhaps: Some(SpeakerId(id)) };
        estimated.voices = [(SpeakerId(1), perhaps(9)), (SpeakerId(3), perhaps(2))].into();
        let estimates: Vec<_> = super::voices(&estimated).iter().map(|voice| voice.estimate).collect();
        let gone = VoiceEstimate { certainty: 0.8, perhaps: None };
        assert_eq!(estimates, [Some(gone), None, Some(perhaps(2))]);
    }

    #[test]
    fn a_stretch_goes_to_somebody_else() {
        let mut transcript = council();
        assert_eq!(reassign(&mut transcript, Span::new(2_000, 5_000), SpeakerId(4)), 5);
        let found: Vec<_> = transcript.segments.iter().map(|s| (s.speaker.map(|id| id.0), s.words.len())).collect();
        assert_eq!(found[..4], [(Some(1), 4), (Some(4), 3), (Some(4), 2), (Some(2), 8)]);
        assert_eq!(reassign(&mut transcript, Span::new(2_000, 5_000), SpeakerId(4)), 0);
        assert_eq!(reassign(&mut transcript, Span::new(90_000, 95_000), SpeakerId(4)), 0);
    }
}
