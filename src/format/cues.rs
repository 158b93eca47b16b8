//! Which words stand on the screen together, on which lines, and for how long.
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
mod pieces;
mod times;
mod words;

use super::Captions;
use super::text::{line, speaker_name, width};
use crate::{Span, SpeakerId, Transcript};
use pieces::Piece;

pub(super) use breaks::Break;

/// What is shown at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it is shown; never empty, and no two overlap where they are [divided](Captions::divide).
    pub span: Span,
    /// At least one, none of them empty; without markup and unescaped.
    pub lines: Vec<String>,
    /// Whose words they are; `None` if not known.
    pub speaker: Option<SpeakerId>,
    /// Does the speaker begin to speak here?
    pub turn: bool,
    /// What stands before the first line in formats that can't tell a voice otherwise: `Speaker 1: `, or with a line end instead of
    /// the blank if it stands alone; empty unless it is a [`turn`](Self::turn). It has its room in the limits.
    pub label: String,
    /// ISO 639-1 code of the language of its first word; empty if not known.
    pub language: String,
}

impl Cue {
    /// The text with the label, lines ending in `\n` but for the last.
    pub fn labelled(&self) -> String {
        format!("{}{}", self.label, self.lines.join("\n"))
    }

    /// What there is to read, in columns; line ends are none.
    pub(super) fn columns(&self) -> usize {
        self.labelled().lines().map(width).sum()
    }
}

/// Divides a transcript into cues, in order of time.
///
/// Times are those of the words; a segment without words shares its time by the length of its text. Times that
/// overlap or run backwards are repaired. Nothing is shown for segments without anything to see.
pub fn cues(transcript: &Transcript, captions: &Captions) -> Vec<Cue> {
    if !captions.divide {
        return whole(transcript);
    }
    let rules = captions.in_range();
    let pieces = pieces::pieces(transcript);
    let mut cues = Vec::new();
    let mut speaker = None;
    let parted = |a: &Piece, b: &Piece| a.speaker != b.speaker || b.start.saturating_sub(a.end) > rules.pause.0;
    let mut rest = &pieces[..];
    while let Some(first) = rest.first() {
        let length = rest.windows(2).position(|pair| parted(&pair[0], &pair[1])).map_or(rest.len(), |n| n + 1);
        let (run, after) = rest.split_at(length);
        let label = match first.speaker {
            Some(new) if first.speaker != speaker => label::label(&speaker_name(transcript, new), first.width, &rules),
            _ => String::new(),
        };
        speaker = first.speaker;
        divide(run, after.first().map_or(u64::MAX, |next| next.start), label, &rules, &mut cues);
        rest = after;
    }
    times::settle(&mut cues, transcript.duration.0, &rules);
    cues
}

/// One cue a segment, as it is.
fn whole(transcript: &Transcript) -> Vec<Cue> {
    let mut speaker = None;
    let mut cues = Vec::new();
    for segment in &transcript.segments {
        let text = line(&segment.text);
        if text.is_empty() {
            continue;
        }
        let new = segment.speaker.filter(|_| segment.speaker != speaker);
        speaker = segment.speaker;
        // WebVTT knows no cue without a length.
        let span = Span::new(segment.span.start.0, segment.span.end.0.max(segment.span.start.0.saturating_add(1)));
        cues.push(Cue {
            span,
            lines: vec![text.into_owned()],
            speaker,
            turn: new.is_some(),
            label: new.map_or_else(String::new, |new| format!("{}: ", speaker_name(transcript, new))),
            language: segment.language.clone(),
        });
    }
    cues
}

/// What a cue costs, so that there are few.
const EACH: u32 = 12;
/// What a cue costs at most for being on for too short a time.
const FLASH: u64 = 60;
/// What each second costs that is missing for a cue to be read.
const HURRY: u64 = 20;
/// What it costs that a sentence ends within a cue that itself ends within the next sentence.
const STRADDLE: u32 = 16;
/// Columns under which a cue looks like a leftover, unless it is a whole sentence.
const SCANT: usize = 15;

/// Divides what is said without a pause by the cheapest way; `next` is when the next words are said.
fn divide(run: &[Piece<'_>], next: u64, label: String, rules: &Captions, cues: &mut Vec<Cue>) {
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
        j = i;
    }
    cues[first..].reverse();
    if let Some(first) = cues.get_mut(first) {
        first.turn = !label.is_empty();
        first.label = label;
    }
}

/// What it costs to show the pieces from `i` to `j` alone, apart from how their lines look.
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
