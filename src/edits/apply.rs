//! Putting changes into a transcript.
//!
//! First by text: segments in a row that say what the change says was there. Else by time: words whose middle lies in the
//! stretch, which may part a segment.

use super::{Change, Edits, Said};
use crate::import::Voices;
use crate::retime::{retime, same_text};
use crate::transcript::text_of;
use crate::{Edit, Gap, GapReason, Millis, Segment, Span, SpeakerId, Transcript, Word};

use std::collections::BTreeMap;

/// Less without text is not worth telling; that of [`crate::pipeline`].
const SHORTEST_GAP: Millis = Millis(1000);

/// What became of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// So many were put in.
    pub done: usize,
    /// So many were in it already.
    pub known: usize,
    /// Where somebody else had changed the text: these were left out.
    pub conflicts: Vec<Span>,
    /// Voices that were renamed.
    pub renamed: usize,
}

/// Do they share time, or is the first an instant in the second?
fn touches(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end || (a.length().0 == 0 && b.start <= a.start && a.start <= b.end)
}

/// Is most of `a` said in `b`?
fn within(a: Span, b: Span) -> bool {
    let middle = Millis(a.start.0 + a.length().0 / 2);
    b.start <= middle && (middle < b.end || middle == b.start)
}

/// The same for segments of an edit, which may end in one that takes no time.
pub(super) fn belongs(segment: &Segment, edit: Span) -> bool {
    let at_its_end = segment.edited && segment.span.length().0 == 0 && segment.span.start == edit.end;
    within(segment.span, edit) || at_its_end
}

impl Edits {
    /// Puts all changes into `transcript`; over edits that are there already only if `over` says so.
    pub fn apply(&self, transcript: &mut Transcript, over: bool) -> Applied {
        let mut applied = Applied::default();
        let mut voices = Voices::of(called(transcript));
        let said = self.changes.iter().flat_map(|change| &change.after).flat_map(|said| &said.speaker);
        // Somebody may have been renamed by the same edits before.
        let current = |name: &String, voices: &Voices| match self.names.get(name) {
            Some(new) if !voices.has(name) && voices.has(new) => new.clone(),
            _ => name.clone(),
        };
        said.for_each(|name| voices.meet(&current(name, &voices)));
        for change in &self.changes {
            let mut id = |said: &Said| said.speaker.as_ref().and_then(|name| voices.id(&current(name, &voices)));
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
        transcript.names = voices.names();
        applied.renamed = rename(transcript, &self.names);
        applied
    }
}

/// What is to be found where a change is to be put.
enum Place {
    /// The same text already.
    Known,
    /// Somebody's other text.
    Taken,
    /// The model's text, or what the change was made from.
    Free,
}

fn place(change: &Change, speakers: &[Option<SpeakerId>], transcript: &Transcript) -> Place {
    let there: Vec<&Segment> = transcript.segments.iter().filter(|segment| belongs(segment, change.span)).collect();
    let edited = transcript.edits.iter().any(|edit| touches(edit.span, change.span));
    let same = |((said, speaker), segment): ((&Said, &Option<SpeakerId>), &&Segment)| {
        segment.edited && said.span == segment.span && said.text == segment.text && *speaker == segment.speaker
    };
    let after = change.after.iter().zip(speakers);
    if edited && there.len() == change.after.len() && after.zip(&there).all(same) {
        Place::Known
    } else if row(change, transcript).is_none() && there.iter().any(|segment| segment.edited) {
        Place::Taken
    } else {
        Place::Free
    }
}

/// The segments in a row near the change that say what was there before it.
fn row(change: &Change, transcript: &Transcript) -> Option<std::ops::Range<usize>> {
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

fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}

fn put(change: &Change, speakers: &[Option<SpeakerId>], transcript: &mut Transcript) {
    let taken: Vec<Segment> = match row(change, transcript) {
        Some(row) => transcript.segments.drain(row).collect(),
        None if solid(&change.before).is_empty() => Vec::new(),
        None => cut(change.span, speakers, &mut transcript.segments),
    };
    let language = taken.first().map_or_else(|| transcript.language.clone(), |segment| segment.language.clone());
    let words: Vec<Word> = taken.iter().flat_map(|segment| segment.words.iter().cloned()).collect();
    let wordless = words.is_empty() && transcript.segments.iter().all(|segment| segment.words.is_empty());
    let news = change.after.iter().zip(speakers).map(|(said, speaker)| Segment {
        span: said.span,
        text: said.text.clone(),
        words: if wordless { Vec::new() } else { said_words(said, change, &words) },
        speaker: *speaker,
        language: language.clone(),
        edited: true,
        ..Segment::default()
    });
    let news: Vec<Segment> = news.collect();
    for gap in std::mem::take(&mut transcript.gaps) {
        transcript.gaps.extend(still_open(gap, &news));
    }
    let at = transcript.segments.partition_point(|segment| segment.span.start <= change.span.start);
    transcript.segments.splice(at..at, news);
    transcript.segments.sort_by_key(|segment| segment.span.start);
    record(change.span, taken, transcript);
}

/// Words of one of the new segments: of the old words those that are said in its time.
fn said_words(said: &Said, change: &Change, words: &[Word]) -> Vec<Word> {
    let inside = |word: &&Word| change.after.len() == 1 || touches(word.span, said.span);
    let old: Vec<Word> = words.iter().filter(inside).cloned().collect();
    // Somebody has listened: nothing of it is doubtful any more.
    let sure = |word: Word| Word { confidence: 1.0, ..word };
    retime(&said.text, said.span, &old).into_iter().map(sure).collect()
}

/// Takes out what is said in `span`, word by word; of other voices than `speakers` only if none of these speaks there.
fn cut(span: Span, speakers: &[Option<SpeakerId>], segments: &mut Vec<Segment>) -> Vec<Segment> {
    let concerned = |segment: &&Segment| touches(segment.span, span) && speakers.contains(&segment.speaker);
    let all = !segments.iter().any(|segment| concerned(&segment));
    let mut taken = Vec::new();
    for segment in std::mem::take(segments) {
        if !touches(segment.span, span) || !all && !speakers.contains(&segment.speaker) {
            segments.push(segment);
            continue;
        }
        // Where there are no words for the text, they share its time.
        let fitting = same_text(&segment.text, &segment.words);
        let words = if fitting { segment.words.clone() } else { retime(&segment.text, segment.span, &segment.words) };
        let runs: Vec<&[Word]> = words.chunk_by(|a, b| within(a.span, span) == within(b.span, span)).collect();
        for run in &runs {
            let part = Segment {
                span: Span::new(run[0].span.start.0, run[run.len() - 1].span.end.0),
                text: text_of(run),
                words: if segment.words.is_empty() { Vec::new() } else { run.to_vec() },
                ..segment.clone()
            };
            let part = if runs.len() == 1 { segment.clone() } else { part };
            if within(run[0].span, span) { taken.push(part) } else { segments.push(part) }
        }
    }
    taken
}

/// Keeps what the model had written; edits that touch become one.
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

/// What is left of a gap where people wrote something; less than a second is nothing, as elsewhere.
fn still_open(gap: Gap, news: &[Segment]) -> Vec<Gap> {
    if gap.reason != GapReason::Unrecognised {
        return vec![gap];
    }
    let mut left = vec![gap.span];
    for new in news.iter().filter(|new| touches(new.span, gap.span)) {
        let parts = left.iter().flat_map(|span| {
            let (before, after) = (span.end.min(new.span.start), span.start.max(new.span.end));
            [Span { end: before.max(span.start), ..*span }, Span { start: after.min(span.end), ..*span }]
        });
        left = parts.filter(|span| span.length() >= SHORTEST_GAP).collect();
    }
    left.into_iter().map(|span| Gap { span, ..gap }).collect()
}

/// All voices, also those that only the model heard, and what they are called.
fn called(transcript: &Transcript) -> BTreeMap<SpeakerId, String> {
    let machine = transcript.edits.iter().flat_map(|edit| &edit.machine);
    let ids = transcript.segments.iter().chain(machine).flat_map(|segment| segment.speaker);
    ids.map(|id| (id, transcript.name(id).into_owned())).collect()
}

/// Gives voices new names, all at once; those that are called the same then become one. How many got another name.
fn rename(transcript: &mut Transcript, names: &BTreeMap<String, String>) -> usize {
    let before = called(transcript);
    let is_there = |name: &String| before.values().any(|there| there == name);
    // Where one takes the name that another gives up, a second time would go on from the first.
    let chained = names.iter().any(|(old, new)| old != new && names.contains_key(new));
    if chained && !names.keys().all(is_there) {
        return 0;
    }
    let mut after = before.clone();
    for name in after.values_mut() {
        if let Some(new) = names.get(name).filter(|new| !new.is_empty()) {
            name.clone_from(new);
        }
    }
    let renamed = after.iter().filter(|(id, name)| before.get(id) != Some(name)).count();
    if renamed == 0 {
        return 0;
    }
    // Of voices with one name, the one that had it before stands for all, or else the first.
    let mut first: BTreeMap<&str, SpeakerId> = BTreeMap::new();
    for (id, name) in &after {
        let kept = before.get(id) == Some(name);
        first.entry(name).and_modify(|one| *one = if kept { *id } else { *one }).or_insert(*id);
    }
    let machine = transcript.edits.iter_mut().flat_map(|edit| &mut edit.machine);
    for segment in transcript.segments.iter_mut().chain(machine) {
        let name = segment.speaker.and_then(|id| after.get(&id));
        segment.speaker = name.and_then(|name| first.get(name.as_str()).copied());
    }
    transcript.names = Voices::of(first.into_iter().map(|(name, id)| (id, name.to_owned()))).names();
    renamed
}

/// What stands there, a segment a line; a star for what somebody wrote.
#[cfg(test)]
pub(super) fn shown(transcript: &Transcript) -> String {
    let one =
        |s: &Segment| format!("{}{}-{} {}", if s.edited { "*" } else { "" }, s.span.start.0, s.span.end.0, s.text);
    transcript.segments.iter().map(one).collect::<Vec<_>>().join("\n")
}
