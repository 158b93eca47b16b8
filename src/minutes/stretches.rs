//! The meeting by item, and which parts of it are not public.

use super::cues::Cues;
use super::sentences::Sentence;
use super::{Certainty, Chair, Evidence, Item, Origin, Stretch};
use crate::meeting::{Meeting, Role};
use crate::{Millis, Span, Transcript};

/// Where items begin, or a part that is public or not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Boundary {
    /// The items that begin; none if only the kind of the part changes.
    pub(super) items: Vec<usize>,
    pub(super) start: Millis,
    pub(super) end: Option<Millis>,
    pub(super) certainty: Certainty,
    pub(super) origin: Origin,
    pub(super) evidence: Option<Evidence>,
    /// Whether whoever presides called the items by their numbers, and no others can be meant.
    pub(super) called: bool,
}

/// The sentences with which a part that is not public begins (`true`), or a public one.
pub(super) fn announcements(sentences: &[Sentence], cues: &Cues, chair: Chair) -> Vec<(usize, bool)> {
    let agenda = &cues.agenda;
    let presides = |sentence: &Sentence| sentence.role == Some(Role::Chair) || sentence.speaker.is_none();
    let announced = |(at, sentence): (usize, &Sentence)| match &sentence.plain {
        _ if chair != Chair::Unknown && sentence.role != Some(Role::Chair) => None,
        text if agenda.closed.is_match(text) => Some((at, true)),
        text if agenda.opened.is_match(text) && presides(sentence) => Some((at, false)),
        _ => None,
    };
    sentences.iter().enumerate().filter_map(announced).collect()
}

/// The boundaries that count, in order, each with whether what follows is not public.
///
/// What is not public stays so until somebody says that it is public again, or another item that is public is called by its number:
/// a number that is only named ("Punkt 1 der Vorlage") ends nothing. An item that is called as not public is taken for such.
pub(super) fn by_publicity(
    mut boundaries: Vec<Boundary>,
    sentences: &[Sentence],
    cues: &Cues,
    (items, meeting, chair): (&mut [Item], &Meeting, Chair),
) -> Vec<(Boundary, bool)> {
    let sentence = |boundary: &Boundary| boundary.evidence.as_ref().map(|evidence| evidence.sentence);
    let mut announced = announcements(sentences, cues, chair);
    let is_call = |at: usize| boundaries.iter().any(|boundary| sentence(boundary) == Some(at));
    let calls: Vec<(usize, bool)> = announced.extract_if(.., |(at, _)| is_call(*at)).collect();
    boundaries.extend(announced.iter().map(|(at, _)| announcement(sentences, *at)));
    boundaries.sort_by_key(|boundary| boundary.start);
    announced.extend(calls);
    let public = |item: &usize| meeting.agenda.get(*item).and_then(|item| item.public);
    let (mut closed, mut by_word) = (false, false);
    let mut seen: Vec<usize> = Vec::new();
    let mut kept: Vec<(Boundary, bool)> = Vec::new();
    for boundary in boundaries {
        let own = &boundary.items;
        let at = sentence(&boundary);
        let said = announced.iter().find(|(other, _)| at == Some(*other)).map(|(_, closed)| *closed);
        let closes = !own.is_empty() && at.is_some_and(|at| cues.agenda.closed_call.is_match(&sentences[at].plain));
        let is_new = own.iter().all(|item| !seen.contains(item) && *item < meeting.agenda.len());
        let reopens = boundary.origin == Origin::Hand || boundary.called && is_new;
        match said {
            // Nothing new is said.
            Some(said) if own.is_empty() && said == closed => {
                by_word |= said;
                continue;
            }
            Some(true) => (closed, by_word) = (true, true),
            Some(false) => (closed, by_word) = (false, false),
            None if closes => (closed, by_word) = (true, true),
            None if own.iter().any(|item| items[*item].closed) => closed = true,
            None if closed && !reopens => continue,
            None if !by_word || own.iter().all(|item| public(item) == Some(true)) => (closed, by_word) = (false, false),
            None => {}
        }
        if closed && by_word {
            own.iter().filter(|item| public(item).is_none()).for_each(|item| items[*item].closed = true);
        }
        // An item that is not public does not become so by what is said.
        closed |= own.iter().any(|item| items[*item].closed);
        seen.extend(own);
        kept.push((boundary, closed));
    }
    kept
}

fn announcement(sentences: &[Sentence], at: usize) -> Boundary {
    Boundary {
        items: Vec::new(),
        start: sentences[at].span.start,
        end: None,
        certainty: Certainty::Likely,
        origin: Origin::Found,
        evidence: Some(Evidence::of(sentences, at, at)),
        called: false,
    }
}

/// The meeting from its beginning to its end.
pub(super) fn stretches(boundaries: &[(Boundary, bool)], transcript: &Transcript) -> Vec<Stretch> {
    let last = transcript.segments.iter().map(|segment| segment.span.end).max().unwrap_or_default();
    let end = transcript.duration.max(last);
    let first = boundaries.first().map_or(end, |(boundary, _)| boundary.start);
    let unassigned = |span, closed| Stretch { span, closed, certainty: Certainty::Certain, ..Stretch::default() };
    let mut found = Vec::new();
    if first.0 > 0 && !transcript.segments.is_empty() {
        found.push(unassigned(Span { start: Millis(0), end: first }, false));
    }
    let mut seen: Vec<usize> = Vec::new();
    for (at, (boundary, closed)) in boundaries.iter().enumerate() {
        let following = boundaries.get(at + 1);
        let next = following.map_or(end, |(next, _)| next.start);
        let until = boundary.end.filter(|until| *until < next && *until > boundary.start);
        let Boundary { items, start, certainty, origin, evidence, .. } = boundary.clone();
        let back = !items.is_empty() && items.iter().all(|item| seen.contains(item));
        seen.extend(&items);
        let span = Span::new(start.0, until.unwrap_or(next).0);
        found.push(Stretch { items, span, closed: *closed, certainty, origin, back, evidence });
        if let Some(until) = until {
            // Between two that are not public, nothing is.
            let closed = *closed && following.is_some_and(|(_, closed)| *closed);
            found.push(unassigned(Span { start: until, end: next }, closed));
        }
    }
    found
}
