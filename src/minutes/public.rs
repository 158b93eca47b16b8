//! What may be published of a meeting: everything that passes on what is public is made of this.

use super::{Evidence, Item, Minutes, Stretch};
use crate::meeting::{Meeting, number_key};
use crate::transcript::text_of;
use crate::{Millis, Segment, Span, Transcript};

impl Minutes {
    /// The stretch to which something belongs: the first that is not public and that it reaches into, else the one in which it begins.
    pub(super) fn stretch_of(&self, span: Span) -> Option<&Stretch> {
        let closed = self.stretches.iter().find(|stretch| stretch.closed && overlap(stretch.span, span));
        closed.or_else(|| self.stretches.iter().rfind(|stretch| stretch.span.start <= span.start))
    }

    /// The stretch to which words in these places belong.
    pub(super) fn stretch_of_evidence(&self, evidence: &[Evidence]) -> Option<&Stretch> {
        let mut found = evidence.iter().filter_map(|evidence| self.stretch_of(evidence.span));
        found.clone().find(|stretch| stretch.closed).or_else(|| found.next())
    }

    /// The item to which words in these places belong; `None` before the first, and between items.
    pub(super) fn item_of(&self, evidence: &[Evidence]) -> Option<usize> {
        self.heading_of(self.stretch_of_evidence(evidence)?)
    }

    /// The item under which a stretch is told: the first that is not public, else the first.
    pub(super) fn heading_of(&self, stretch: &Stretch) -> Option<usize> {
        let closed = stretch.items.iter().find(|item| self.items[**item].closed);
        closed.or(stretch.items.first()).copied()
    }

    /// When something was said that is not public.
    fn closed(&self) -> Vec<Span> {
        self.stretches.iter().filter(|stretch| stretch.closed).map(|stretch| stretch.span).collect()
    }

    /// The same without what is not public: items have only their numbers, and nothing is there of what reaches into their time.
    pub fn public(&self) -> Minutes {
        let mut public = self.clone();
        public
            .findings
            .retain(|finding| self.stretch_of_evidence(&finding.evidence).is_none_or(|stretch| !stretch.closed));
        public.stretches.retain(|stretch| !stretch.closed);
        for item in public.items.iter_mut().filter(|item| item.closed) {
            *item = Item { number: item.number.clone(), closed: true, on_agenda: item.on_agenda, ..Item::default() };
        }
        public
    }
}

/// What is known of a meeting, without what is not public.
pub(super) struct Public {
    pub(super) transcript: Transcript,
    pub(super) meeting: Meeting,
    pub(super) minutes: Minutes,
}

impl Public {
    pub(super) fn new(transcript: &Transcript, meeting: &Meeting, minutes: &Minutes) -> Public {
        let mut public = minutes.public();
        let (mut said, places) = said_in_public(transcript, minutes);
        // Evidence that is kept is in segments that are kept, or in none.
        let evidence = public.findings.iter_mut().flat_map(|finding| &mut finding.evidence);
        for one in evidence.chain(public.stretches.iter_mut().filter_map(|stretch| stretch.evidence.as_mut())) {
            one.segment = places.get(one.segment).copied().flatten().unwrap_or(usize::MAX);
            let name = one.speaker.and_then(|id| Some((id, transcript.names.get(&id)?.clone())));
            said.names.extend(name);
        }
        let mut meeting = meeting.clone();
        let closed: Vec<String> =
            minutes.items.iter().filter(|item| item.closed).map(|item| number_key(&item.number)).collect();
        // A number that two items have may mean the one that is not public.
        meeting.votes.retain(|vote| !closed.contains(&number_key(&vote.item)));
        Public { transcript: said, meeting, minutes: public }
    }
}

/// The transcript without what is not public, and without what it was before people changed it; and when something was said that is
/// left out: also segments without times of words that are public in part only.
pub fn public_transcript(transcript: &Transcript, minutes: &Minutes) -> (Transcript, Vec<Span>) {
    let (public, places) = said_in_public(transcript, minutes);
    let lost = transcript.segments.iter().zip(&places).filter(|(_, place)| place.is_none());
    let mut spans = minutes.closed();
    spans.extend(lost.map(|(segment, _)| segment.span));
    spans.sort_by_key(|span| span.start);
    let mut left_out: Vec<Span> = Vec::new();
    for span in spans {
        match left_out.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => left_out.push(span),
        }
    }
    (public, left_out)
}

/// The transcript without what is not public, with the new number of each segment that is kept.
fn said_in_public(transcript: &Transcript, minutes: &Minutes) -> (Transcript, Vec<Option<usize>>) {
    let closed = minutes.closed();
    let is_public = |span: Span| !closed.iter().any(|other| overlap(*other, span));
    let mut segments = Vec::new();
    let mut places = Vec::new();
    for segment in &transcript.segments {
        let kept = if is_public(segment.span) { Some(segment.clone()) } else { cut(segment, is_public) };
        places.push(kept.is_some().then_some(segments.len()));
        segments.extend(kept);
    }
    let mut public = Transcript {
        language: transcript.language.clone(),
        duration: transcript.duration,
        segments,
        gaps: transcript.gaps.iter().filter(|gap| is_public(gap.span)).cloned().collect(),
        markers: transcript.markers.iter().filter(|marker| is_public(at(marker.at))).copied().collect(),
        completeness: transcript.completeness.clone(),
        recording: transcript.recording.clone(),
        ..Transcript::default()
    };
    let heard = public.speakers();
    public.names = transcript.names.clone().into_iter().filter(|(speaker, _)| heard.contains(speaker)).collect();
    (public, places)
}

/// The words at the beginning or the end of a segment that are public; `None` without times of words, or if none is.
fn cut(segment: &Segment, is_public: impl Fn(Span) -> bool) -> Option<Segment> {
    let is_public = |word: &&crate::Word| is_public(word.span);
    let before = segment.words.iter().take_while(is_public).count();
    let after = segment.words.iter().rev().take_while(is_public).count();
    let words = if before > 0 { &segment.words[..before] } else { &segment.words[segment.words.len() - after..] };
    let span = Span::new(words.first()?.span.start.0, words.last()?.span.end.0);
    Some(Segment { span, text: text_of(words), words: words.to_vec(), ..segment.clone() })
}

/// An instant.
fn at(time: Millis) -> Span {
    Span { start: time, end: time }
}

/// Whether two spans have an instant in common; an empty one is the instant at which it begins.
fn overlap(one: Span, other: Span) -> bool {
    let end = |span: Span| span.end.max(span.start + Millis(1));
    one.start < end(other) && other.start < end(one)
}
