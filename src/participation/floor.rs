//! Who has the floor: turns, backchannels, and how it goes from one to another.

use super::Parameters;
use super::pieces::Piece;

/// What one says in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) who: usize,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Turn {
    pub(super) fn length(self) -> u64 {
        self.end - self.start
    }
}

/// Somebody begins to speak while another does, well after its beginning and before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Takeover {
    pub(super) by: usize,
    pub(super) from: usize,
    /// Whether the other falls silent, and not whoever began.
    pub(super) succeeds: bool,
}

/// The latest ends so far of two different speakers; of equal ones, the speaker that comes last in the list.
#[derive(Default)]
struct Latest {
    first: Option<(u64, usize)>,
    second: Option<(u64, usize)>,
}

impl Latest {
    fn add(&mut self, piece: Piece) {
        let new = Some((piece.end, piece.who));
        match self.first {
            Some((_, who)) if who == piece.who => self.first = self.first.max(new),
            first if first < new => (self.first, self.second) = (new, first),
            _ => self.second = self.second.max(new),
        }
    }

    /// The latest end of anybody but `who`, and whose it is.
    fn of_others(&self, who: usize) -> Option<(u64, usize)> {
        self.first.filter(|(_, other)| *other != who).or(self.second.filter(|(_, other)| *other != who))
    }
}

/// Which of the pieces, in order, are backchannels: short, and either within what one other says or between two pieces of one other
/// that are close together.
pub(super) fn backchannels(pieces: &[Piece], parameters: Parameters) -> Vec<bool> {
    let mut latest = Latest::default();
    let mut inside = Vec::with_capacity(pieces.len());
    for group in pieces.chunk_by(|a, b| a.start == b.start) {
        group.iter().for_each(|piece| latest.add(*piece));
        inside.extend(group.iter().map(|p| latest.of_others(p.who).is_some_and(|(end, _)| p.end <= end)));
    }
    let between = |n: usize| {
        let (piece, before, after) = (pieces[n], n.checked_sub(1).map(|n| pieces[n]), pieces.get(n + 1));
        before.zip(after).is_some_and(|(before, after)| {
            let near = after.start <= before.end + parameters.gap.0 + piece.length();
            before.who == after.who && before.who != piece.who && near
        })
    };
    let short = |n: usize| pieces[n].length() <= parameters.backchannel.0;
    (0..pieces.len()).map(|n| short(n) && (inside[n] || between(n))).collect()
}

/// Turns of the pieces that are no backchannels.
pub(super) fn turns(pieces: &[Piece], parameters: Parameters) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for Piece { start, end, who } in pieces.iter().copied() {
        match turns.last_mut().filter(|last| last.who == who && start <= last.end + parameters.gap.0) {
            Some(last) => last.end = last.end.max(end),
            None => turns.push(Turn { who, start, end }),
        }
    }
    turns
}

/// All takeovers and attempts of the pieces that are no backchannels. Each piece counts once, against the speaker whose piece ends last.
pub(super) fn takeovers(pieces: &[Piece], parameters: Parameters) -> Vec<Takeover> {
    let (terminal, hold) = (parameters.terminal.0, parameters.hold.0);
    let mut latest = Latest::default();
    let mut earlier = pieces.iter().copied().peekable();
    let mut found = Vec::new();
    for piece in pieces {
        while let Some(begun) = earlier.next_if(|other| other.start + terminal < piece.start) {
            latest.add(begun);
        }
        let Some((end, from)) = latest.of_others(piece.who).filter(|(end, _)| *end > piece.start + terminal) else {
            continue;
        };
        let succeeds = piece.end >= end + hold;
        if succeeds || end >= piece.end + hold {
            found.push(Takeover { by: piece.who, from, succeeds });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(who: usize, start: u64, end: u64) -> Piece {
        Piece { start, end, who }
    }

    #[test]
    fn the_latest_end_is_of_somebody_else() {
        let mut latest = Latest::default();
        for one in [piece(0, 0, 9), piece(0, 0, 12), piece(1, 0, 5), piece(2, 0, 12), piece(1, 0, 7)] {
            latest.add(one);
        }
        assert_eq!(latest.of_others(2), Some((12, 0)));
        assert_eq!((latest.of_others(0), latest.of_others(1)), (Some((12, 2)), Some((12, 2))));
    }

    #[test]
    fn a_short_word_at_the_same_moment_is_a_backchannel_of_the_longer_one() {
        let all = [piece(1, 0, 400), piece(0, 0, 5_000), piece(1, 6_000, 6_400)];
        assert_eq!(backchannels(&all, Parameters::default()), [true, false, false]);
    }

    #[test]
    fn who_begins_at_the_same_time_or_at_the_very_end_takes_over_from_nobody() {
        let over = |start, end| takeovers(&[piece(0, 0, 10_000), piece(1, start, end)], Parameters::default());
        assert_eq!(over(500, 12_000), []);
        assert_eq!(over(9_500, 12_000), []);
        assert_eq!(over(501, 11_000), [Takeover { by: 1, from: 0, succeeds: true }]);
        assert_eq!(over(501, 10_999), [], "both end at about the same time");
        assert_eq!(over(501, 9_000), [Takeover { by: 1, from: 0, succeeds: false }]);
    }
}
