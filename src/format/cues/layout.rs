//! One run of pieces, with what is asked of it again and again added up beforehand; and how a cue's lines look.

use super::super::text::ends_sentence;
use super::pieces::Piece;
use super::{LINE_WIDTH, breaks};

/// What a second line costs.
const SECOND: u32 = 3;
/// What it costs that the first line ends with the beginning of another sentence.
const TAIL: u32 = 8;
/// A pause that is felt as one, in milliseconds.
const FELT: u64 = 200;

/// A run, and sums over its beginning: entry `n` is about the first `n` pieces.
pub(super) struct Row<'a> {
    pub(super) run: &'a [Piece<'a>],
    /// Columns of the speaker's name before the run.
    name: usize,
    columns: Vec<usize>,
    /// What a break before piece `n` costs; nothing at both ends.
    cost: Vec<u32>,
    pauses: Vec<u32>,
    sentences: Vec<u32>,
}

impl<'a> Row<'a> {
    pub(super) fn new(run: &'a [Piece<'a>], name: usize) -> Row<'a> {
        let mut row = Row { run, name, columns: vec![0], cost: vec![0], pauses: vec![0], sentences: vec![0] };
        let (mut columns, mut pauses, mut sentences) = (0, 0, 0);
        for (n, piece) in run.iter().enumerate() {
            columns += piece.width + usize::from(piece.spaced);
            row.columns.push(columns);
            let next = run.get(n + 1);
            let pause = next.map_or(0, |next| next.start - piece.end);
            let cost = next.map_or(0, |next| breaks::cost(piece, next));
            // Who pauses has a reason; and where a model ends a segment, it has found one too.
            let cost = cost - cost * pause.min(600) as u32 / 1200;
            row.cost.push(if next.is_some_and(|next| next.first) { cost / 2 } else { cost });
            pauses += (pause.saturating_sub(FELT) / 20) as u32;
            row.pauses.push(pauses);
            sentences += u32::from(next.is_none() || cost == 0 || ends_sentence(&piece.text) && cost < breaks::PLAIN);
            row.sentences.push(sentences);
        }
        row
    }

    /// Columns of the pieces from `i` to `j` on one line.
    pub(super) fn width(&self, i: usize, j: usize) -> usize {
        self.columns[j] - self.columns[i] - usize::from(self.run[i].spaced)
    }

    /// What it costs to end a cue before piece `j`.
    pub(super) fn end_cost(&self, j: usize) -> u32 {
        self.cost[j]
    }

    /// Does a sentence, or the run, end before piece `j`?
    pub(super) fn sentence_ends(&self, j: usize) -> bool {
        j == 0 || self.sentences[j] > self.sentences[j - 1]
    }

    /// Does a sentence end between the pieces from `i` to `j`, other than at `j`?
    pub(super) fn sentences_within(&self, i: usize, j: usize) -> bool {
        self.sentences[j - 1] > self.sentences[i]
    }

    /// What it costs that there are pauses between the pieces from `i` to `j`.
    pub(super) fn pauses_within(&self, i: usize, j: usize) -> u32 {
        self.pauses[j - 1] - self.pauses[i]
    }

    /// Can the pieces from `i` to `j`, and so more, never fit? Cheap, and not always sure.
    pub(super) fn too_wide(&self, i: usize, j: usize) -> bool {
        j - i > 2 && self.width(i + 1, j - 1) > 2 * LINE_WIDTH
    }

    /// The best way to put the pieces from `i` to `j` on lines: its cost, and before which piece the second line begins, if
    /// there is one. `None`: they don't fit, and neither do more.
    pub(super) fn lines(&self, i: usize, j: usize) -> Option<(u32, Option<usize>)> {
        let name = if i == 0 { self.name } else { 0 };
        let fits = |i: usize, j: usize, name: usize| j - i == 1 || self.width(i, j) + name <= LINE_WIDTH;
        if fits(i, j, name) {
            return Some((0, None));
        }
        let mut best: Option<(u32, usize)> = None;
        for k in (i + 1..j).rev() {
            if !fits(k, j, 0) {
                break;
            }
            if !fits(i, k, name) {
                continue;
            }
            let (top, bottom) = ((self.width(i, k) + name) as u32, self.width(k, j) as u32);
            // Guidelines want the longer line below, where it covers less of the picture.
            let lean = if top > bottom { (top - bottom) / 2 } else { (bottom - top) / 4 };
            // A sentence that begins at the end of a line is read as part of the one before.
            let tail = if !self.sentence_ends(k) && self.sentences_within(i, k) { TAIL } else { 0 };
            let cost = SECOND + self.cost[k] / 2 + lean + tail;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, k));
            }
        }
        best.map(|(cost, k)| (cost, Some(k)))
    }
}

/// The pieces as one line.
pub(super) fn join(pieces: &[Piece<'_>]) -> String {
    let mut line = String::new();
    for piece in pieces {
        if piece.spaced && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&piece.text);
    }
    line
}
