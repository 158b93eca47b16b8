//! The smallest parts that a line may be broken between, in rows and with times that only run forward.
//!
//! Where a recogniser's words are no such parts (a "word" with a blank in it, a segment without words, a script without blanks),
//! the parts share the time by their width.

use super::super::text::{blank_before, parts, sits_on_another, unspaced_script, width};
use super::words::{Roles, roles};
use crate::{Segment, Span, SpeakerId, Transcript};
use std::borrow::Cow;

/// A word, or one character of a script without blanks.
pub(super) struct Piece<'a> {
    /// In milliseconds; never before that of the piece before.
    pub(super) start: u64,
    /// In milliseconds; not before `start`, not after the next piece's start.
    pub(super) end: u64,
    /// Visible text without blanks.
    pub(super) text: Cow<'a, str>,
    /// In columns.
    pub(super) width: usize,
    /// Whether a blank precedes it within a line.
    pub(super) spaced: bool,
    /// Whether it is the first of its segment.
    pub(super) first: bool,
    pub(super) speaker: Option<SpeakerId>,
    /// ISO 639-1 code.
    pub(super) language: &'a str,
    pub(super) roles: Roles,
}

impl<'a> Piece<'a> {
    /// A piece of an unknown speaker, without a time.
    pub(super) fn new(text: Cow<'a, str>, spaced: bool, language: &'a str) -> Piece<'a> {
        let (width, roles) = (width(&text).max(1), roles(&text, language));
        Piece { start: 0, end: 0, text, width, spaced, first: false, speaker: None, language, roles }
    }
}

/// How far outside of its segment a word may be, in milliseconds.
const LEEWAY: u64 = 500;
/// The latest time that is believed, which also prevents overflows: 1000 hours, in milliseconds.
const LATEST: u64 = 3_600_000_000;

/// The visible text in rows, each in order: one row, and others for speakers who talk at the same time.
pub(super) fn lanes(transcript: &Transcript) -> Vec<Vec<Piece<'_>>> {
    let lanes = crate::transcript::lanes(&transcript.segments);
    let count = lanes.iter().max().map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<Piece<'_>>> = (0..count).map(|_| Vec::new()).collect();
    for (segment, lane) in transcript.segments.iter().zip(lanes) {
        add(segment, &mut rows[lane]);
    }
    rows.iter_mut().for_each(|row| repair(row));
    rows
}

fn add<'a>(segment: &'a Segment, row: &mut Vec<Piece<'a>>) {
    let before = row.len();
    for (n, word) in segment.words.iter().enumerate() {
        let spaced = if n == 0 { blank_before(segment) } else { word.spaced };
        split(&word.text, within(word.span, segment.span), spaced, segment, row);
    }
    if row.len() == before {
        split(&segment.text, segment.span, blank_before(segment), segment, row);
    }
    if let Some(first) = row.get_mut(before) {
        first.first = true;
    }
}

/// Clamps the time of a word to that of its segment, so that a wrong time does not shift everything that follows.
fn within(word: Span, segment: Span) -> Span {
    if segment.length().0 == 0 {
        return word;
    }
    let (low, high) = (segment.start.0.saturating_sub(LEEWAY), segment.end.0.saturating_add(LEEWAY));
    Span::new(word.start.0.clamp(low, high), word.end.0.clamp(low, high))
}

fn split<'a>(text: &'a str, span: Span, spaced: bool, segment: &'a Segment, row: &mut Vec<Piece<'a>>) {
    let from = row.len();
    for (n, part) in parts(text).enumerate() {
        let spaced = n > 0 || spaced;
        if part.contains(unspaced_script) {
            let mut spaced = spaced;
            for part in characters(&part) {
                row.push(piece(Cow::Owned(part.to_owned()), spaced, segment));
                spaced = false;
            }
        } else {
            row.push(piece(part, spaced, segment));
        }
    }
    let new = &mut row[from..];
    let total = new.iter().map(|p| p.width as u64).sum::<u64>().max(1);
    let (start, end) = (span.start.0.min(LATEST), span.end.0.min(LATEST));
    let mut done = 0;
    for piece in new {
        piece.start = start + (end - start) * done / total;
        done += piece.width as u64;
        piece.end = start + (end - start) * done / total;
    }
}

fn piece<'a>(text: Cow<'a, str>, spaced: bool, segment: &'a Segment) -> Piece<'a> {
    Piece { speaker: segment.speaker, ..Piece::new(text, spaced, &segment.language) }
}

/// Divides where a script without blanks may be divided; runs of other scripts stay whole.
fn characters(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, mut before) = chars.next()?;
        let cut = chars.find(|&(_, c)| {
            let new = !sits_on_another(c) && (unspaced_script(c) || unspaced_script(before));
            if !sits_on_another(c) {
                before = c;
            }
            new
        });
        let (part, after) = rest.split_at(cut.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(part)
    })
}

/// A start that runs backwards is moved to the start before; an end is cut where the next piece starts.
fn repair(row: &mut [Piece<'_>]) {
    for n in 0..row.len() {
        let start = if n == 0 { 0 } else { row[n - 1].start };
        let piece = &mut row[n];
        piece.start = piece.start.max(start);
        piece.end = piece.end.max(piece.start);
        let start = piece.start;
        if n > 0 {
            row[n - 1].end = row[n - 1].end.min(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_blanks_part_at_characters() {
        let parted = |text| characters(text).collect::<Vec<_>>().join("|");
        assert_eq!(parted("会議はZoomで。"), "会|議|は|Zoom|で|。");
        assert_eq!(parted("สวัสดี"), "ส|วั|ส|ดี");
        assert_eq!(parted("か\u{3099}く"), "か\u{3099}|く");
    }

    #[test]
    fn one_wild_time_stays_in_its_segment() {
        let word = |start, end| crate::Word { span: Span::new(start, end), text: "x".into(), ..Default::default() };
        let words = vec![word(0, 400), word(90_000_000, 90_000_500), word(300, 200), word(900, 1000)];
        let segment = Segment { span: Span::new(0, 1000), words, ..Segment::default() };
        let after = Segment { span: Span::new(2000, 3000), text: "y".into(), ..Segment::default() };
        let transcript = Transcript { segments: vec![segment, after], ..Transcript::default() };
        let times: Vec<_> = lanes(&transcript)[0].iter().map(|p| (p.start, p.end)).collect();
        assert_eq!(times, [(0, 400), (1500, 1500), (1500, 1500), (1500, 1500), (2000, 3000)]);
    }
}
