//! Which words are shown together, on which lines, and for how long.
//!
//! For captions of recordings, whose whole text is known; it is not for live captions, which must never rewrite what
//! they have shown. No word is dropped, doubled or changed here, however fast somebody speaks: broadcasters' limits
//! for reading speed (13 to 17 characters a second) can't be met without rewriting, and German council speech is
//! at about 17. What can be done is done: a cue stays on through the pause that follows, and what is said slowly helps what
//! is said fast, where one cue holds both.
//!
//! In three steps. `pieces` makes one row of smallest parts from the segments and repairs their times. Here
//! the row is cut at changes of speaker and at pauses, and each run between is divided into cues by the cheapest
//! way through it: what a break between which words costs `breaks` says, and a cue itself costs something, so that
//! short sentences come together and long ones part in few places. Last, `times` gives each cue its time.

mod breaks;
mod label;
mod layout;
mod music;
mod pieces;
mod times;
mod words;

use super::Captions;
use super::text::{line, speaker_name, unknown_speaker, width};
use crate::{Millis, Span, SpeakerId, Transcript};
use label::Labels;
use pieces::Piece;
use std::collections::{BTreeMap, BTreeSet};

pub(super) use breaks::Break;

/// What is shown at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it is shown; never empty. Where cues are [divided](Captions::divide), two overlap only if two speakers, known or not, do,
    /// or come so soon after each other in crosstalk that each could not be seen otherwise.
    pub span: Span,
    /// At least one, none of them empty; without markup and unescaped.
    pub lines: Vec<String>,
    /// Who speaks; `None` if not known.
    pub speaker: Option<SpeakerId>,
    /// Whether a turn begins here.
    pub turn: bool,
    /// The speaker's name, for formats that have no other place for it: `Speaker 1: ` (`Speaker ?: ` for one who is not known, if
    /// others are), or with a line end instead of the blank if it
    /// has a line of its own; empty unless a [`turn`](Self::turn) begins. The limits include it.
    pub label: String,
    /// ISO 639-1 code of the language of its first word; empty if not known.
    pub language: String,
}

impl Cue {
    /// The text with the label, lines ending in `\n` but for the last.
    pub fn labelled(&self) -> String {
        format!("{}{}", self.label, self.lines.join("\n"))
    }

    /// The width of the text with the label, in columns, without line ends.
    pub(super) fn columns(&self) -> usize {
        self.labelled().lines().map(width).sum()
    }
}

/// Divides a transcript into cues, in order of time.
///
/// Times are those of the words; a segment without words shares its time by the length of its text. Times of one
/// speaker that overlap or run backwards are repaired; speakers who talk at the same time are shown at the same time. Nothing is shown for segments without anything to see. Music in which nobody speaks is
/// named.
pub fn cues(transcript: &Transcript, captions: &Captions) -> Vec<Cue> {
    if !captions.divide {
        return whole(transcript);
    }
    let rules = captions.in_range();
    let lanes = pieces::lanes(transcript);
    let labels = Labels::new(label_names(transcript), &rules);
    let mut turns = beginnings(&lanes, &rules);
    let mut cues = loop {
        let placed = divided(&lanes, &turns, &labels, known_end(transcript));
        let due = labels_due(placed.iter().map(|placed| &placed.cue));
        let due = placed.iter().zip(due).filter(|(placed, due)| *due && !turns.contains(&placed.start));
        let missing: Vec<Start> = due.map(|(placed, _)| placed.start).collect();
        // A label takes room and time, so other cues may begin elsewhere.
        if missing.is_empty() || !has_speakers(transcript) {
            break placed.into_iter().map(|placed| placed.cue).collect::<Vec<_>>();
        }
        turns.extend(missing);
    };
    let due = labels_due(&cues);
    for (cue, _) in cues.iter_mut().zip(due).filter(|(_, due)| !due) {
        cue.turn = false;
        cue.label.clear();
    }
    music::add(&mut cues, transcript, &rules);
    cues
}

/// A lane, and which of its pieces.
type Start = (usize, usize);

/// A cue, and where its text begins.
struct Placed {
    start: Start,
    cue: Cue,
}

/// Where others speak than in the run before.
fn beginnings(lanes: &[Vec<Piece<'_>>], rules: &Captions) -> BTreeSet<Start> {
    let mut speaker = None;
    let runs = runs(lanes, &BTreeSet::new(), rules).into_iter();
    let begun = runs.filter(|run| speaker.replace(run.pieces[0].speaker) != Some(run.pieces[0].speaker));
    begun.map(|run| (run.lane, run.first)).collect()
}

/// The cues with their times and in their order; one begins with a label at each of the `turns`. `end`: of the recording, in
/// milliseconds; 0 if that is not known.
fn divided(lanes: &[Vec<Piece<'_>>], turns: &BTreeSet<Start>, labels: &Labels<'_>, end: u64) -> Vec<Placed> {
    let rules = labels.rules;
    let mut cues: Vec<Vec<Cue>> = vec![Vec::new(); lanes.len()];
    let mut firsts: Vec<Vec<usize>> = vec![Vec::new(); lanes.len()];
    for Run { lane, first, pieces, next } in runs(lanes, turns, rules) {
        let label = match turns.contains(&(lane, first)) {
            true => labels.label(pieces[0].speaker, pieces[0].width),
            false => String::new(),
        };
        let starts = divide(pieces, next, label, rules, &mut cues[lane]);
        firsts[lane].extend(starts.into_iter().map(|start| first + start));
    }
    let starts: Vec<Vec<u64>> = cues.iter().map(|lane| lane.iter().map(|cue| cue.span.start.0).collect()).collect();
    for (lane, cues) in cues.iter_mut().enumerate() {
        let mut others: Vec<u64> = starts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != lane)
            .flat_map(|(_, starts)| starts)
            .copied()
            .collect();
        others.sort_unstable();
        times::settle(cues, &others, end, rules);
    }
    let of_lane = |(lane, (cues, firsts)): (usize, (Vec<Cue>, Vec<usize>))| {
        cues.into_iter().zip(firsts).map(move |(cue, first)| Placed { start: (lane, first), cue })
    };
    let mut placed: Vec<Placed> = cues.into_iter().zip(firsts).enumerate().flat_map(of_lane).collect();
    placed.sort_by_key(|placed| placed.cue.span.start);
    placed
}

/// Which cues need to say who speaks: those before which somebody else was shown, or longest.
fn labels_due<'a>(cues: impl IntoIterator<Item = &'a Cue>) -> Vec<bool> {
    let (mut before, mut longest) = (None, (Millis(0), None));
    let is_due = |cue: &Cue| {
        let speaker = Some(cue.speaker);
        let due = before != speaker || longest.1 != speaker;
        before = speaker;
        if cue.span.end >= longest.0 {
            longest = (cue.span.end, speaker);
        }
        due
    };
    cues.into_iter().map(is_due).collect()
}

/// Whether it is known who speaks somewhere.
pub(super) fn has_speakers(transcript: &Transcript) -> bool {
    transcript.segments.iter().any(|segment| segment.speaker.is_some() && !line(&segment.text).is_empty())
}

/// The names of all who speak, without a colon, which would end them; none if it is not known anywhere who speaks.
fn label_names(transcript: &Transcript) -> BTreeMap<Option<SpeakerId>, String> {
    let speakers: BTreeSet<_> = transcript.segments.iter().map(|segment| segment.speaker).collect();
    let name = |speaker: Option<SpeakerId>| match speaker {
        Some(speaker) => speaker_name(transcript, speaker).replace(':', "."),
        None => unknown_speaker(transcript),
    };
    match has_speakers(transcript) {
        true => speakers.into_iter().map(|speaker| (speaker, name(speaker))).collect(),
        false => BTreeMap::new(),
    }
}

/// When the recording ends, in milliseconds; 0 if that is not known: a transcript of another program, whose recording nobody has
/// named, may last only until its last segment ends because nothing else says how long it is.
fn known_end(transcript: &Transcript) -> u64 {
    let last = transcript.segments.iter().map(|segment| segment.span.end).max();
    let derived = transcript.recording.sha256.is_empty() && last.is_some_and(|last| transcript.duration <= last);
    if derived { 0 } else { transcript.duration.0 }
}

/// What one speaker says without a pause.
struct Run<'a, 't> {
    lane: usize,
    /// Which piece of the lane is its first.
    first: usize,
    /// Never empty.
    pieces: &'a [Piece<'t>],
    /// When the next run of the lane begins, in milliseconds; `u64::MAX` for the last one.
    next: u64,
}

/// The runs of all lanes, in order of start; one begins at each of the `turns`, too.
fn runs<'a, 't>(lanes: &'a [Vec<Piece<'t>>], turns: &BTreeSet<Start>, rules: &Captions) -> Vec<Run<'a, 't>> {
    let together =
        |a: &Piece<'_>, b: &Piece<'_>| a.speaker == b.speaker && b.start.saturating_sub(a.end) <= rules.pause.0;
    let mut runs = Vec::new();
    for (lane, row) in lanes.iter().enumerate() {
        let begins = |n: &usize| *n == 0 || turns.contains(&(lane, *n)) || !together(&row[n - 1], &row[*n]);
        let firsts: Vec<usize> = (0..row.len()).filter(begins).collect();
        let ends = firsts.iter().skip(1).copied().chain([row.len()]);
        runs.extend(firsts.iter().zip(ends).map(|(first, end)| {
            let next = row.get(end).map_or(u64::MAX, |piece| piece.start);
            Run { lane, first: *first, pieces: &row[*first..end], next }
        }));
    }
    if lanes.len() > 1 {
        runs.sort_by_key(|run| run.pieces[0].start);
    }
    runs
}

/// One cue a segment, as it is.
fn whole(transcript: &Transcript) -> Vec<Cue> {
    let names = label_names(transcript);
    let mut cues = Vec::new();
    for segment in &transcript.segments {
        let text = line(&segment.text);
        if text.is_empty() {
            continue;
        }
        // WebVTT knows no cue without a length.
        let span = Span::new(segment.span.start.0, segment.span.end.0.max(segment.span.start.0.saturating_add(1)));
        cues.push(Cue {
            span,
            lines: vec![text.into_owned()],
            speaker: segment.speaker,
            turn: false,
            label: String::new(),
            language: segment.language.clone(),
        });
    }
    let due = labels_due(&cues);
    for (cue, _) in cues.iter_mut().zip(due).filter(|(_, due)| *due) {
        if let Some(name) = names.get(&cue.speaker) {
            (cue.turn, cue.label) = (true, format!("{name}: "));
        }
    }
    cues
}

/// The cost of a cue, so that there are few.
const EACH: u32 = 12;
/// The highest cost of a cue that is shown for too short a time.
const FLASH: u64 = 60;
/// The cost of each second that is missing to read a cue.
const HURRY: u64 = 20;
/// The cost of a sentence that ends within a cue that itself ends within the next sentence.
const STRADDLE: u32 = 16;
/// Columns under which a cue looks like a leftover, unless it is a whole sentence.
const SCANT: usize = 15;

/// Divides words without a pause at the lowest cost, and returns which pieces the cues begin with; `next` is when the next words
/// begin.
fn divide(run: &[Piece<'_>], next: u64, label: String, rules: &Captions, cues: &mut Vec<Cue>) -> Vec<usize> {
    let row = layout::Row::new(run, &label, rules);
    // best[j]: the least cost of dividing the first j pieces, and where the last cue begins.
    let mut best: Vec<(u32, usize)> = vec![(0, 0)];
    for j in 1..=run.len() {
        let mut cheapest = (u32::MAX, j - 1);
        for i in (0..j).rev() {
            if i + 1 < j && run[j - 1].end - run[i].start > rules.longest.0 {
                break;
            }
            if row.too_wide(i, j) {
                break;
            }
            let cost = best[i].0.saturating_add(cue(&row, i, j, next));
            if cost >= cheapest.0 {
                continue;
            }
            let Some(lines) = row.lines(i, j) else { break };
            let cost = cost.saturating_add(lines.cost);
            if cost < cheapest.0 {
                cheapest = (cost, i);
            }
        }
        best.push(cheapest);
    }
    let first = cues.len();
    let mut starts = Vec::new();
    let mut j = run.len();
    while j > 0 {
        let i = best[j].1;
        let start = &run[i];
        cues.push(Cue {
            span: Span::new(start.start, run[j - 1].end),
            lines: row.text(i, j),
            speaker: start.speaker,
            turn: false,
            label: String::new(),
            language: start.language.to_owned(),
        });
        starts.push(i);
        j = i;
    }
    cues[first..].reverse();
    starts.reverse();
    if let Some(first) = cues.get_mut(first) {
        first.turn = !label.is_empty();
        first.label = label;
    }
    starts
}

/// The cost of showing the pieces from `i` to `j` as one cue, without that of their lines.
fn cue(row: &layout::Row<'_>, i: usize, j: usize, next: u64) -> u32 {
    let rules = row.rules;
    let (start, end) = (row.run[i].start, row.run[j - 1].end);
    let until = row.run.get(j).map_or(next, |piece| piece.start).saturating_sub(rules.gap.0);
    let shortest = rules.shortest.0.max(1);
    let shown = until.saturating_sub(start).min(shortest);
    let flash = (shortest - shown) * FLASH / shortest;
    let readable = until.min(end + rules.linger.0).saturating_sub(start);
    let hurry = row.reading(i, j).saturating_sub(readable) * HURRY / 1000;
    let straddles = !row.sentence_ends(j) && row.sentences_within(i, j);
    let leftover = !(row.sentence_ends(i) && row.sentence_ends(j));
    let scant = if leftover { SCANT.saturating_sub(row.width(i, j)) * 2 } else { 0 };
    EACH + row.end_cost(j)
        + row.pauses_within(i, j)
        + (flash + hurry) as u32
        + scant as u32
        + if straddles { STRADDLE } else { 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
