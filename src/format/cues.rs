//! Which words stand on the screen together, on which lines, and for how long.
//!
//! For captions of recordings, whose whole text is known; it is not for live captions, which must never rewrite what
//! they have shown. No word is dropped, doubled or changed here, however fast somebody speaks: broadcasters' limits
//! for reading speed (13 to 17 characters a second) can't be met without rewriting, and German council speech is
//! at about 17. What can be done is done: a cue stays on through the pause that follows.
//!
//! In three steps. `pieces` makes one row of smallest parts from the segments and repairs their times. Here
//! the row is cut at changes of speaker and at pauses, and each run between is divided into cues by the cheapest
//! way through it: what a break between which words costs `breaks` says, and a cue itself costs something, so that
//! short sentences come together and long ones part in few places. Last, `times` gives each cue its time.
//!
//! The limits are those that most guidelines share (Netflix, BBC and EBU; ARD has 37 columns): 2 lines of 42
//! columns, at most 7 s, about 1 s at least.

mod breaks;
mod layout;
mod pieces;
mod times;
mod words;

use super::text::{speaker_name, width};
use crate::{Span, SpeakerId, Transcript};
use pieces::Piece;

/// Columns of a caption's line; wide characters count 2. Only a single word that is longer may exceed it.
pub const LINE_WIDTH: usize = 42;
/// The longest time that a cue is shown, in milliseconds.
const LONGEST: u64 = 7000;
/// The shortest time that it should be shown, in milliseconds, if the pause after it allows.
const SHORTEST: u64 = 1000;
/// A pause that always ends a cue, in milliseconds.
const PAUSE: u64 = 1000;

/// What is shown at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it is shown; never empty, at most 7 s, and no two overlap.
    pub span: Span,
    /// One or two, none of them empty, at most [`LINE_WIDTH`] columns wide; without markup and unescaped.
    pub lines: Vec<String>,
    /// Whose words they are; `None` if not known.
    pub speaker: Option<SpeakerId>,
    /// Does the speaker begin to speak here? There is room for `Speaker 1: ` before the first line then.
    pub turn: bool,
}

/// Divides a transcript into cues, in order of time.
///
/// Times are those of the words; a segment without words shares its time by the length of its text. Times that
/// overlap or run backwards are repaired. Nothing is shown for segments without anything to see.
pub fn cues(transcript: &Transcript) -> Vec<Cue> {
    let pieces = pieces::pieces(transcript);
    let mut cues = Vec::new();
    let mut speaker = None;
    let parted = |a: &Piece, b: &Piece| a.speaker != b.speaker || b.start.saturating_sub(a.end) > PAUSE;
    let mut rest = &pieces[..];
    while let Some(first) = rest.first() {
        let length = rest.windows(2).position(|pair| parted(&pair[0], &pair[1])).map_or(rest.len(), |n| n + 1);
        let (run, after) = rest.split_at(length);
        let turn = first.speaker.is_some() && first.speaker != speaker;
        speaker = first.speaker;
        let name = first.speaker.filter(|_| turn).map_or(0, |s| width(&speaker_name(transcript, s)) + 2);
        divide(run, after.first().map_or(u64::MAX, |next| next.start), turn, name, &mut cues);
        rest = after;
    }
    times::settle(&mut cues, transcript.duration.0);
    cues
}

/// What a cue costs, so that there are few.
const EACH: u32 = 12;
/// What a cue costs at most for being on for too short a time.
const FLASH: u64 = 60;
/// What it costs that a sentence ends within a cue that itself ends within the next sentence.
const STRADDLE: u32 = 16;
/// Columns under which a cue looks like a leftover, unless it is a whole sentence.
const SCANT: usize = 15;

/// Divides what is said without a pause by the cheapest way; `next` is when the next words are said, `name` the columns
/// that the speaker's takes before it.
fn divide(run: &[Piece<'_>], next: u64, turn: bool, name: usize, cues: &mut Vec<Cue>) {
    let row = layout::Row::new(run, name);
    // best[j]: the least cost of dividing the first j pieces, and where the last cue begins.
    let mut best: Vec<(u32, usize)> = vec![(0, 0)];
    for j in 1..=run.len() {
        let mut cheapest = (u32::MAX, j - 1);
        for i in (0..j).rev() {
            if i + 1 < j && run[j - 1].end - run[i].start > LONGEST {
                break;
            }
            if row.too_wide(i, j) {
                break;
            }
            let cost = best[i].0.saturating_add(cue(&row, i, j, next));
            if cost >= cheapest.0 {
                continue;
            }
            let Some((lines, _)) = row.lines(i, j) else { break };
            let cost = cost.saturating_add(lines);
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
        let split = row.lines(i, j).and_then(|(_, split)| split);
        let lines = match split {
            Some(k) => vec![layout::join(&run[i..k]), layout::join(&run[k..j])],
            None => vec![layout::join(&run[i..j])],
        };
        let span = Span::new(run[i].start, run[j - 1].end);
        cues.push(Cue { span, lines, speaker: run[i].speaker, turn: turn && i == 0 });
        j = i;
    }
    cues[first..].reverse();
}

/// What it costs to show the pieces from `i` to `j` alone, apart from how their lines look.
fn cue(row: &layout::Row<'_>, i: usize, j: usize, next: u64) -> u32 {
    let until = row.run.get(j).map_or(next, |piece| piece.start);
    let shown = until.saturating_sub(row.run[i].start).min(SHORTEST);
    let flash = (SHORTEST - shown) * FLASH / SHORTEST;
    let straddles = !row.sentence_ends(j) && row.sentences_within(i, j);
    let leftover = !(row.sentence_ends(i) && row.sentence_ends(j));
    let scant = if leftover { SCANT.saturating_sub(row.width(i, j)) * 2 } else { 0 };
    EACH + row.end_cost(j)
        + row.pauses_within(i, j)
        + flash as u32
        + scant as u32
        + if straddles { STRADDLE } else { 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
