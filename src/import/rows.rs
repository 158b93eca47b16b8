//! Segments as they are read, and how they become a transcript.

use super::voices::Voices;
use crate::transcript::main_language;
use crate::{Millis, Segment, Span, Transcript, Warning, WarningKind};

/// A segment as it was read, with the name of its speaker.
pub(super) struct Row {
    pub(super) segment: Segment,
    pub(super) voice: Option<String>,
}

/// Puts what was read into a transcript: in order, without empty segments, with numbers for speakers.
pub(super) fn collect(transcript: &mut Transcript, mut rows: Vec<Row>, voices: &mut Voices) {
    rows.retain(|row| !row.segment.text.trim().is_empty());
    let unsorted = !rows.is_sorted_by_key(|row| row.segment.span.start);
    if unsorted {
        rows.sort_by_key(|row| row.segment.span.start);
        transcript.warnings.push(Warning::new(None, WarningKind::SegmentsSorted));
    }
    rows.iter().flat_map(|row| &row.voice).for_each(|name| voices.meet(name));
    let segments =
        rows.into_iter().map(|row| Segment { speaker: row.voice.and_then(|name| voices.id(&name)), ..row.segment });
    transcript.segments = segments.collect();
    transcript.names = voices.names();
    if transcript.duration == Millis(0) {
        let ends = transcript.segments.iter().map(|segment| segment.span.end);
        transcript.duration = ends.max().unwrap_or_default();
    }
    if transcript.language.is_empty() {
        transcript.language = main_language(&transcript.segments);
    }
}

/// The latest time that is believed: 1000 hours, in seconds.
const LATEST: f64 = 3_600_000.0;

/// Seconds in milliseconds; `None` if that cannot be a time. Just below zero is zero, as some programs round.
pub(super) fn millis(seconds: f64) -> Option<Millis> {
    (-1.0..=LATEST).contains(&seconds).then(|| Millis((seconds.max(0.0) * 1000.0).round() as u64))
}

/// A span in seconds; an end before the start counts as the start.
pub(crate) fn span(start: f64, end: f64) -> Option<Span> {
    Some(Span::new(millis(start)?.0, millis(end)?.0))
}
