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
use crate::{Span, SpeakerId, Transcript};
use pieces::Piece;

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
    let mut cues: Vec<Vec<Cue>> = vec![Vec::new(); lanes.len()];
    // Who began to speak last, and who has spoken last and until when: with crosstalk these may be two.
    let (mut speaker, mut latest) = (None, (0, None));
    let named = has_speakers(transcript);
    for Run { lane, pieces, next } in runs(&lanes, &rules) {
        let (first, last) = (&pieces[0], &pieces[pieces.len() - 1]);
        let goes_on = speaker == Some(first.speaker) && latest.1 == speaker;
        let label = match named && !goes_on {
            true => label::label(&label_name(transcript, first.speaker), first.width, &rules),
            false => String::new(),
        };
        speaker = Some(first.speaker);
        if last.end >= latest.0 {
            latest = (last.end, speaker);
        }
        divide(pieces, next, label, &rules, &mut cues[lane]);
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
        times::settle(cues, &others, known_end(transcript), &rules);
    }
    let mut cues = cues.concat();
    cues.sort_by_key(|cue| cue.span.start);
    music::add(&mut cues, transcript, &rules);
    cues
}

/// Whether it is known who speaks somewhere.
fn has_speakers(transcript: &Transcript) -> bool {
    transcript.segments.iter().any(|segment| segment.speaker.is_some() && !line(&segment.text).is_empty())
}

/// A speaker's name without a colon, which would end it.
fn label_name(transcript: &Transcript, speaker: Option<SpeakerId>) -> String {
    match speaker {
        Some(speaker) => speaker_name(transcript, speaker).replace(':', "."),
        None => unknown_speaker(transcript),
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
    /// Never empty.
    pieces: &'a [Piece<'t>],
    /// When the next run of the lane begins, in milliseconds; `u64::MAX` for the last one.
    next: u64,
}

/// The runs of all lanes, in order of start.
fn runs<'a, 't>(lanes: &'a [Vec<Piece<'t>>], rules: &Captions) -> Vec<Run<'a, 't>> {
    let together =
        |a: &Piece<'_>, b: &Piece<'_>| a.speaker == b.speaker && b.start.saturating_sub(a.end) <= rules.pause.0;
    let mut runs = Vec::new();
    for (lane, row) in lanes.iter().enumerate() {
        let mut starts = row.chunk_by(together).map(|run| run[0].start).skip(1);
        runs.extend(row.chunk_by(together).map(|pieces| {
            let next = starts.next().unwrap_or(u64::MAX);
            Run { lane, pieces, next }
        }));
    }
    if lanes.len() > 1 {
        runs.sort_by_key(|run| run.pieces[0].start);
    }
    runs
}

/// One cue a segment, as it is.
fn whole(transcript: &Transcript) -> Vec<Cue> {
    let mut speaker = None;
    let named = has_speakers(transcript);
    let mut cues = Vec::new();
    for segment in &transcript.segments {
        let text = line(&segment.text);
        if text.is_empty() {
            continue;
        }
        let turn = named && speaker != Some(segment.speaker);
        speaker = Some(segment.speaker);
        // WebVTT knows no cue without a length.
        let span = Span::new(segment.span.start.0, segment.span.end.0.max(segment.span.start.0.saturating_add(1)));
        cues.push(Cue {
            span,
            lines: vec![text.into_owned()],
            speaker: segment.speaker,
            turn,
            label: if turn { format!("{}: ", label_name(transcript, segment.speaker)) } else { String::new() },
            language: segment.language.clone(),
        });
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

/// Divides words without a pause at the lowest cost; `next` is when the next words begin.
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
