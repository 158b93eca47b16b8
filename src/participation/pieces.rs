//! Who speaks when, as pieces of time.

use super::Stretch;
use crate::Span;
use std::collections::BTreeMap;

/// An uninterrupted piece of speech of one speaker. Ordered by start, then by end, then by speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The place of the speaker in the sorted list of names.
    pub(super) who: usize,
}

impl Piece {
    pub(super) fn length(self) -> u64 {
        self.end - self.start
    }
}

/// The pieces of all speakers within the window, in order. What touches or overlaps in time is one piece of its speaker.
pub(super) fn pieces(stretches: &[&Stretch], window: Span) -> (Vec<String>, Vec<Piece>) {
    let mut spans: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for Stretch { who, span, .. } in stretches {
        let (start, end) = (span.start.max(window.start).0, span.end.min(window.end).0);
        if start < end {
            spans.entry(who).or_default().push((start, end));
        }
    }
    let names = spans.keys().map(|name| (*name).to_owned()).collect();
    let of = |(who, spans): (usize, Vec<(u64, u64)>)| {
        joined(spans).into_iter().map(move |(start, end)| Piece { start, end, who })
    };
    let mut pieces: Vec<Piece> = spans.into_values().enumerate().flat_map(of).collect();
    pieces.sort_unstable();
    (names, pieces)
}

/// The union of half-open intervals, in order.
pub(super) fn joined(mut spans: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    spans.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut().filter(|last| start <= last.1) {
            Some(last) => last.1 = last.1.max(end),
            None => joined.push((start, end)),
        }
    }
    joined
}

/// How long at least one speaks, at least two speak, and what those beside the first say in all; in milliseconds.
pub(super) fn coverage(pieces: &[Piece]) -> (u64, u64, u64) {
    let mut events: Vec<(u64, bool)> = pieces.iter().flat_map(|p| [(p.start, true), (p.end, false)]).collect();
    // Ends before starts at the same time, so that no length of zero counts.
    events.sort_unstable();
    let (mut speech, mut overlap, mut excess) = (0, 0, 0);
    let (mut speaking, mut last) = (0, 0);
    for (at, begins) in events {
        let passed = at - last;
        speech += if speaking >= 1 { passed } else { 0 };
        overlap += if speaking >= 2 { passed } else { 0 };
        excess += passed * speaking.max(1u64).saturating_sub(1);
        speaking = if begins { speaking + 1 } else { speaking - 1 };
        last = at;
    }
    (speech, overlap, excess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        assert_eq!(joined(vec![(5, 9), (0, 5), (10, 11), (2, 3)]), [(0, 9), (10, 11)]);
        assert_eq!(joined(vec![]), []);
    }

    #[test]
    fn three_at_once_count_twice_in_excess() {
        let piece = |who, start, end| Piece { start, end, who };
        let all = [piece(0, 10, 20), piece(1, 12, 30), piece(2, 14, 16), piece(0, 40, 41)];
        // Speech 10–30 and 40–41; two or more 12–20, three 14–16.
        assert_eq!(coverage(&all), (21, 8, 10));
        assert_eq!(coverage(&[]), (0, 0, 0));
    }
}
