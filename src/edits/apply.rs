//! Applies changes to a transcript.
//!
//! A change is located by text first: consecutive segments whose text is the one that the change replaces. Otherwise it is located
//! by time: it replaces the words whose middle lies in its span, which may split a segment.

use super::speakers::Speakers;
use super::{Change, EditedSegment, Edits, joined_text};
use crate::import::{Voices, numbered};
use crate::retime::{retime, same_text};
use crate::{Edit, Gap, GapReason, Millis, Segment, Span, SpeakerId, Transcript, Word};

/// Shorter gaps are not listed; the same limit as in [`crate::pipeline`].
const SHORTEST_GAP: Millis = Millis(1000);

/// The result of applying changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many were applied.
    pub done: usize,
    /// How many had been applied before.
    pub known: usize,
    /// Spans whose text somebody else has changed; these changes were not applied.
    pub conflicts: Vec<Span>,
    /// Spans whose text is not there, of edits that may be of another recording; these changes were not applied.
    pub unfitting: Vec<Span>,
    /// How many speakers were renamed.
    pub renamed: usize,
    /// Speakers whom somebody else has given another name, and those who would be mistaken for one of them; they keep their names.
    pub other_names: Vec<OtherName>,
    /// Speakers who became one with another whom somebody else has given the same name.
    pub united: Vec<OtherName>,
}

/// A speaker with two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherName {
    /// The name in the transcript.
    pub current: String,
    /// The name in the edits.
    pub given: String,
}

/// Whether the spans overlap, or `a` has no length and lies in `b`.
fn touches(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end || (a.length().0 == 0 && b.start <= a.start && a.start <= b.end)
}

/// Whether the middle of `a` lies in `b`.
fn within(a: Span, b: Span) -> bool {
    let middle = Millis(a.start.0 + a.length().0 / 2);
    b.start <= middle && (middle < b.end || middle == b.start)
}

/// Whether a segment is part of an edit, which may end in a segment without length.
pub(super) fn belongs(segment: &Segment, edit: Span) -> bool {
    let at_its_end = segment.edited && segment.span.length().0 == 0 && segment.span.start == edit.end;
    within(segment.span, edit) || at_its_end
}

impl Edits {
    /// Applies all changes to `transcript`; earlier edits of others are replaced only if `over` is true.
    pub fn apply(&self, transcript: &mut Transcript, over: bool) -> Applied {
        let mut applied = Applied::default();
        let known = Speakers::of(transcript);
        let mut voices = Voices::of(known.names.clone());
        let edited = self.changes.iter().flat_map(|change| &change.after).flat_map(|edited| &edited.speaker);
        let new = edited.filter(|name| known.meant(name, self, &[]).is_none());
        new.for_each(|name| {
            voices.meet_as(name, self.speakers.get(name).map(|known| known.id).or_else(|| numbered(name)))
        });
        for change in &self.changes {
            let concerned = concerned(change, transcript);
            let mut id = |edited: &EditedSegment| {
                let name = edited.speaker.as_ref()?;
                known.meant(name, self, &concerned).or_else(|| voices.id(name))
            };
            let speakers: Vec<Option<SpeakerId>> = change.after.iter().map(&mut id).collect();
            match place(change, &speakers, transcript) {
                Place::Known => applied.known += 1,
                Place::Taken if !over => applied.conflicts.push(change.span),
                Place::Taken | Place::Free => {
                    put(change, &speakers, transcript);
                    applied.done += 1;
                }
            }
        }
        self.check(transcript, true);
        transcript.names = voices.names();
        self.rename(transcript, over, &mut applied);
        let there = transcript.speakers();
        transcript.former_names.retain(|id, _| there.contains(id));
        transcript.voices.retain(|id, _| there.contains(id));
        applied
    }
}

impl Edits {
    /// Marks what was listened to again, or takes these marks back.
    pub(super) fn check(&self, transcript: &mut Transcript, done: bool) {
        for place in &self.checked {
            transcript.checked.retain(|span| *span != place.span);
            if place.done == done {
                transcript.checked.push(place.span);
            }
        }
        transcript.checked.sort_by_key(|span| (span.start, span.end));
    }
}

/// What the transcript has in the place of a change.
pub(super) enum Place {
    /// The new text already.
    Known,
    /// Another person's text.
    Taken,
    /// The model's text, or the text that the change was made from.
    Free,
}

pub(super) fn place(change: &Change, speakers: &[Option<SpeakerId>], transcript: &Transcript) -> Place {
    let there: Vec<&Segment> = transcript.segments.iter().filter(|segment| belongs(segment, change.span)).collect();
    let is_edited = transcript.edits.iter().any(|edit| touches(edit.span, change.span));
    let written_by = |whose: &[Option<SpeakerId>]| -> Vec<&Segment> {
        there.iter().copied().filter(|segment| segment.edited && whose.contains(&segment.speaker)).collect()
    };
    let same = |((edited, speaker), segment): ((&EditedSegment, &Option<SpeakerId>), &&Segment)| {
        edited.span == segment.span && edited.text == segment.text && *speaker == segment.speaker
    };
    let ours = written_by(speakers);
    let deletes = change.after.is_empty();
    if is_edited && !deletes && ours.len() == speakers.len() && change.after.iter().zip(speakers).zip(&ours).all(same) {
        return Place::Known;
    }
    if row(change, transcript).is_some() {
        return Place::Free;
    }
    let before = solid(&change.before);
    let is_part = |text: String| !text.is_empty() && before.contains(&text);
    let is_left = || there.iter().any(|segment| is_part(solid(&segment.text)));
    match replaced(change, transcript) {
        Some(whose) if !deletes || !written_by(&whose).is_empty() => Place::Taken,
        None if there.iter().any(|segment| segment.edited) => Place::Taken,
        _ if is_edited && deletes && !is_left() => Place::Known,
        _ => Place::Free,
    }
}

/// Whose text somebody has replaced or deleted that is part of the text that the change replaces, or of which that is part; `None` if
/// nobody has.
pub(super) fn replaced(change: &Change, transcript: &Transcript) -> Option<Vec<Option<SpeakerId>>> {
    let before = solid(&change.before);
    let is_in = |one: &str, other: &str| !one.is_empty() && other.contains(one);
    let edit = transcript.edits.iter().filter(|edit| touches(edit.span, change.span)).find(|edit| {
        let machine = solid(&joined_text(&edit.machine));
        is_in(&before, &machine) || is_in(&machine, &before)
    })?;
    Some(edit.machine.iter().map(|segment| segment.speaker).collect())
}

/// Who speaks where the change is to be made.
pub(super) fn concerned(change: &Change, transcript: &Transcript) -> Vec<SpeakerId> {
    let all = &transcript.segments;
    match row(change, transcript) {
        Some(row) => all[row].iter().filter_map(|segment| segment.speaker).collect(),
        None => all.iter().filter(|s| belongs(s, change.span)).filter_map(|segment| segment.speaker).collect(),
    }
}

/// The consecutive segments near the change that have the text that it replaces.
pub(super) fn row(change: &Change, transcript: &Transcript) -> Option<std::ops::Range<usize>> {
    let before = solid(&change.before);
    if before.is_empty() {
        return None;
    }
    let near = |segment: &Segment| touches(segment.span, change.span);
    let all = &transcript.segments;
    let first = all.iter().position(near)?;
    let last = all.iter().rposition(near)?;
    for from in first..=last {
        let mut text = String::new();
        for (to, segment) in all.iter().enumerate().take(last + 1).skip(from) {
            text.push_str(&solid(&segment.text));
            if text == before {
                return Some(from..to + 1);
            }
            if !before.starts_with(&text) {
                break;
            }
        }
    }
    None
}

pub(super) fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}

pub(super) fn put(change: &Change, speakers: &[Option<SpeakerId>], transcript: &mut Transcript) {
    let taken: Vec<Segment> = match row(change, transcript) {
        Some(row) => transcript.segments.drain(row).collect(),
        None if solid(&change.before).is_empty() => Vec::new(),
        None => {
            let replaced = replaced(change, transcript);
            let is_edited = replaced.is_some();
            let whose = if speakers.is_empty() { replaced.unwrap_or_default() } else { speakers.to_vec() };
            cut(change.span, &whose, is_edited, &mut transcript.segments)
        }
    };
    let language = taken.first().map_or_else(|| transcript.language.clone(), |segment| segment.language.clone());
    let words: Vec<Word> = taken.iter().flat_map(|segment| segment.words.iter().cloned()).collect();
    let wordless = words.is_empty() && transcript.segments.iter().all(|segment| segment.words.is_empty());
    let news = change.after.iter().zip(speakers).map(|(edited, speaker)| Segment {
        span: edited.span,
        text: edited.text.clone(),
        words: if wordless { Vec::new() } else { words_of_edit(edited, change, &words) },
        speaker: *speaker,
        language: language.clone(),
        edited: true,
        ..Segment::default()
    });
    let news: Vec<Segment> = news.collect();
    for gap in std::mem::take(&mut transcript.gaps) {
        // Of two at once, it is the other one whose words are missing.
        let is_missing = |new: &&Segment| {
            gap.reason != GapReason::Overlapped || taken.iter().all(|segment| segment.speaker != new.speaker)
        };
        transcript.gaps.extend(still_open(&gap, news.iter().filter(is_missing)));
    }
    let at = transcript.segments.partition_point(|segment| segment.span.start <= change.span.start);
    transcript.segments.splice(at..at, news);
    transcript.segments.sort_by_key(|segment| segment.span.start);
    record(change.span, taken, transcript);
}

/// Words of a new segment, with the times of the old words where they are the same.
fn words_of_edit(edited: &EditedSegment, change: &Change, words: &[Word]) -> Vec<Word> {
    let inside = |word: &&Word| change.after.len() == 1 || touches(word.span, edited.span);
    let old: Vec<Word> = words.iter().filter(inside).cloned().collect();
    // Somebody has listened, so every word counts as certain.
    let sure = |word: Word| Word { confidence: 1.0, ..word };
    retime(&edited.text, edited.span, &old).into_iter().map(sure).collect()
}

/// Removes the words in `span`, and returns them; those of speakers other than `speakers` only if none of these speaks there, and not
/// if what they said there may have been deleted.
fn cut(span: Span, speakers: &[Option<SpeakerId>], is_edited: bool, segments: &mut Vec<Segment>) -> Vec<Segment> {
    let concerned = |segment: &&Segment| touches(segment.span, span) && speakers.contains(&segment.speaker);
    let all = !is_edited && !segments.iter().any(|segment| concerned(&segment));
    let mut taken = Vec::new();
    for segment in std::mem::take(segments) {
        if !touches(segment.span, span) || !all && !speakers.contains(&segment.speaker) {
            segments.push(segment);
            continue;
        }
        // Without words for the text, its words share the time.
        let fitting = same_text(&segment.text, &segment.words);
        let words = if fitting { segment.words.clone() } else { retime(&segment.text, segment.span, &segment.words) };
        let parts = Segment { words, ..segment.clone() }.split_by(|word| within(word.span, span));
        let whole = parts.len() == 1;
        for mut part in parts {
            let inside = part.words.first().is_some_and(|word| within(word.span, span));
            if segment.words.is_empty() {
                part.words.clear();
            }
            let part = if whole { segment.clone() } else { part };
            if inside { taken.push(part) } else { segments.push(part) }
        }
    }
    taken
}

/// Keeps the model's text; edits that overlap become one.
fn record(span: Span, taken: Vec<Segment>, transcript: &mut Transcript) {
    let mut edit = Edit { span, machine: taken.into_iter().filter(|segment| !segment.edited).collect() };
    for other in std::mem::take(&mut transcript.edits) {
        if other.span.start < edit.span.end && edit.span.start < other.span.end || other.span == edit.span {
            edit.span = Span::new(edit.span.start.0.min(other.span.start.0), edit.span.end.0.max(other.span.end.0));
            edit.machine.extend(other.machine);
        } else {
            transcript.edits.push(other);
        }
    }
    edit.machine.sort_by_key(|segment| segment.span.start);
    transcript.edits.push(edit);
    transcript.edits.sort_by_key(|edit| edit.span.start);
}

/// What remains of a gap where people wrote text, without parts shorter than [`SHORTEST_GAP`].
fn still_open<'a>(gap: &Gap, news: impl Iterator<Item = &'a Segment>) -> Vec<Gap> {
    if !gap.reason.is_speech() {
        return vec![gap.clone()];
    }
    let mut left = vec![gap.span];
    for new in news.filter(|new| touches(new.span, gap.span)) {
        let parts = left.iter().flat_map(|span| {
            let (before, after) = (span.end.min(new.span.start), span.start.max(new.span.end));
            [Span { end: before.max(span.start), ..*span }, Span { start: after.min(span.end), ..*span }]
        });
        left = parts.filter(|span| span.length() >= SHORTEST_GAP).collect();
    }
    left.into_iter().map(|span| Gap { span, ..*gap }).collect()
}

/// The segments, one per line; a star marks those that somebody wrote.
#[cfg(test)]
pub(super) fn segment_lines(transcript: &Transcript) -> String {
    let one =
        |s: &Segment| format!("{}{}-{} {}", if s.edited { "*" } else { "" }, s.span.start.0, s.span.end.0, s.text);
    transcript.segments.iter().map(one).collect::<Vec<_>>().join("\n")
}
