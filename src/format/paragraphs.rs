//! Where paragraphs end, for all formats that are read as text.
//!
//! A paragraph ends where the speaker changes, where somebody pauses after a sentence, at the end of a sentence once it
//! is long, and where something else stands between two segments. Knows no format.

use super::text;
use crate::{Gap, Marker, Millis, Segment, Transcript};
use std::borrow::Cow;
use std::iter::Peekable;

/// A pause after a sentence from which on a new thought begins, in milliseconds.
const PAUSE: u64 = 2000;
/// A pause that ends a paragraph even within a sentence, in milliseconds.
const SILENCE: u64 = 5000;
/// Characters after which the next end of a sentence ends the paragraph too.
const LONG: usize = 600;
/// Characters after which the next end of a segment does: models at times write no full stops.
const TOO_LONG: usize = 1500;

/// A piece of the text, in order of time.
pub(super) enum Block<'a> {
    Paragraph(Paragraph<'a>),
    Stop(Stop<'a>),
}

/// What one voice says in one go.
pub(super) struct Paragraph<'a> {
    /// Does it begin after another voice, or after a [`Stop`]? Then its speaker is worth naming.
    pub(super) turn: bool,
    /// Never empty.
    pub(super) said: Vec<Said<'a>>,
}

/// A segment that has something to read.
pub(super) struct Said<'a> {
    pub(super) segment: &'a Segment,
    /// Its text on one line; never empty.
    pub(super) text: Cow<'a, str>,
}

/// What stands between paragraphs.
#[derive(Clone, Copy)]
pub(super) enum Stop<'a> {
    Gap(&'a Gap),
    Marker(&'a Marker),
}

impl Stop<'_> {
    fn at(self) -> Millis {
        match self {
            Stop::Gap(gap) => gap.span.start,
            Stop::Marker(marker) => marker.at,
        }
    }
}

/// All segments that have something to read.
pub(super) fn said(transcript: &Transcript) -> impl Iterator<Item = Said<'_>> {
    let said = transcript.segments.iter().map(|segment| Said { segment, text: text::line(&segment.text) });
    said.filter(|said| !said.text.is_empty())
}

/// Only gaps stand between paragraphs.
pub(super) fn with_gaps(transcript: &Transcript) -> impl Iterator<Item = Block<'_>> {
    blocks(transcript, transcript.gaps.iter().map(Stop::Gap).collect())
}

/// Gaps and markers do.
pub(super) fn with_gaps_and_markers(transcript: &Transcript) -> impl Iterator<Item = Block<'_>> {
    let gaps = transcript.gaps.iter().map(Stop::Gap);
    let mut stops: Vec<Stop<'_>> = gaps.chain(transcript.markers.iter().map(Stop::Marker)).collect();
    stops.sort_by_key(|stop| stop.at());
    blocks(transcript, stops)
}

/// `stops` in order of time.
fn blocks<'a>(transcript: &'a Transcript, stops: Vec<Stop<'a>>) -> impl Iterator<Item = Block<'a>> {
    let mut stops = stops.into_iter().peekable();
    let mut rest = said(transcript).peekable();
    let mut before: Option<&Segment> = None;
    std::iter::from_fn(move || {
        let stands_before =
            |stop: &Stop<'_>, said: Option<&Said<'_>>| said.is_none_or(|s| stop.at() < s.segment.span.start);
        if let Some(stop) = stops.next_if(|stop| stands_before(stop, rest.peek())) {
            before = None;
            return Some(Block::Stop(stop));
        }
        let first = rest.next()?;
        let turn = before.is_none_or(|before| before.speaker != first.segment.speaker);
        let paragraph = Paragraph { turn, said: paragraph(first, &mut rest, stops.peek().map(|stop| stop.at())) };
        before = paragraph.said.last().map(|said| said.segment);
        Some(Block::Paragraph(paragraph))
    })
}

/// `first` and what goes with it of `rest`, up to the next stop.
fn paragraph<'a, I>(first: Said<'a>, rest: &mut Peekable<I>, stop: Option<Millis>) -> Vec<Said<'a>>
where
    I: Iterator<Item = Said<'a>>,
{
    let mut length = first.text.chars().count();
    let mut before = first.segment;
    let mut all = vec![first];
    let goes_on = |before: &Segment, length: usize, next: &Segment| {
        stop.is_none_or(|stop| stop >= next.span.start)
            && before.speaker == next.speaker
            && !ends_paragraph(before, next, length)
    };
    while let Some(next) = rest.next_if(|next| goes_on(before, length, next.segment)) {
        length += next.text.chars().count();
        before = next.segment;
        all.push(next);
    }
    all
}

fn ends_paragraph(before: &Segment, next: &Segment, length: usize) -> bool {
    let pause = (text::spoken(next).start - text::spoken(before).end).0;
    let sentence = text::ends_sentence(before.text.trim_end());
    pause >= SILENCE || length >= TOO_LONG || sentence && (pause >= PAUSE || length >= LONG)
}
