//! A run of pieces with precomputed sums, and the lines of a cue.

use super::super::Captions;
use super::super::text::{ends_sentence, width};
use super::breaks;
use super::pieces::Piece;

/// The cost of another line.
const ANOTHER: u32 = 3;
/// The cost of a line that ends with the beginning of another sentence.
const TAIL: u32 = 8;
/// The shortest noticeable pause, in milliseconds.
const FELT: u64 = 200;

/// A run, and sums over its beginning: entry `n` is about the first `n` pieces.
pub(super) struct Row<'a> {
    pub(super) run: &'a [Piece<'a>],
    pub(super) rules: &'a Captions,
    /// Columns of the label before the run's first line, or on a line of its own.
    label: usize,
    /// Whether the label has a line of its own.
    alone: bool,
    columns: Vec<usize>,
    /// The cost of a break before piece `n`; 0 at both ends.
    cost: Vec<u32>,
    pauses: Vec<u32>,
    sentences: Vec<u32>,
}

/// The lines of a cue.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) cost: u32,
    /// Before which pieces the second and the third line begin; the end of the cue, if there is none.
    starts: [usize; 2],
    /// Columns of the last line.
    last: usize,
}

impl<'a> Row<'a> {
    /// `label` precedes the first piece.
    pub(super) fn new(run: &'a [Piece<'a>], label: &str, rules: &'a Captions) -> Row<'a> {
        let (columns, pauses, sentences) = (vec![0], vec![0], vec![0]);
        let (cost, alone) = (vec![0], label.ends_with('\n'));
        let mut row =
            Row { run, rules, label: width(label.trim_end_matches('\n')), alone, columns, cost, pauses, sentences };
        let (mut columns, mut pauses, mut sentences) = (0, 0, 0);
        for (n, piece) in run.iter().enumerate() {
            columns += piece.width + usize::from(piece.spaced);
            row.columns.push(columns);
            let next = run.get(n + 1);
            let pause = next.map_or(0, |next| next.start - piece.end);
            let cost = next.map_or(0, |next| breaks::cost(piece, next));
            // Pauses and ends of segments are good places to break.
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

    /// The cost of ending a cue before piece `j`.
    pub(super) fn end_cost(&self, j: usize) -> u32 {
        self.cost[j]
    }

    /// Whether a sentence, or the run, ends before piece `j`.
    pub(super) fn sentence_ends(&self, j: usize) -> bool {
        j == 0 || self.sentences[j] > self.sentences[j - 1]
    }

    /// Whether a sentence ends between the pieces from `i` to `j`, other than at `j`.
    pub(super) fn sentences_within(&self, i: usize, j: usize) -> bool {
        self.sentences[j - 1] > self.sentences[i]
    }

    /// The cost of the pauses between the pieces from `i` to `j`.
    pub(super) fn pauses_within(&self, i: usize, j: usize) -> u32 {
        self.pauses[j - 1] - self.pauses[i]
    }

    /// How long it takes to read the pieces from `i` to `j`, in milliseconds.
    pub(super) fn reading(&self, i: usize, j: usize) -> u64 {
        self.rules.reading(self.width(i, j) + if i == 0 { self.label } else { 0 })
    }

    /// Whether the pieces from `i` to `j` can never fit. A quick test that misses some cases.
    pub(super) fn too_wide(&self, i: usize, j: usize) -> bool {
        j - i > 2 && self.width(i + 1, j - 1) > self.rules.line_count * self.rules.line_width
    }

    /// The best way to put the pieces from `i` to `j` on as few lines as possible. `None`: they don't fit, and neither do more.
    pub(super) fn lines(&self, i: usize, j: usize) -> Option<Lines> {
        let most = self.rules.line_count - usize::from(i == 0 && self.alone);
        (1..=most).find_map(|count| self.on(count, i, j))
    }

    /// The best way to put them on so many lines.
    fn on(&self, count: usize, i: usize, j: usize) -> Option<Lines> {
        let label = if i == 0 && !self.alone { self.label } else { 0 };
        if count == 1 {
            let last = self.width(i, j) + label;
            return (j - i == 1 || last <= self.rules.line_width).then_some(Lines { cost: 0, starts: [j; 2], last });
        }
        let mut best: Option<Lines> = None;
        for k in (i + 1..j).rev() {
            let last = self.width(k, j);
            if j - k > 1 && last > self.rules.line_width {
                break;
            }
            let Some(above) = self.on(count - 1, i, k) else { continue };
            // Guidelines want the longer line below, where it covers less of the picture.
            let lean = if above.last > last { (above.last - last) / 2 } else { (last - above.last) / 4 };
            // A sentence that begins at the end of a line is read as part of the one before.
            let tail = if !self.sentence_ends(k) && self.sentences_within(i, k) { TAIL } else { 0 };
            // There is less choice than between cues, but what must not be parted must not be here, too.
            let parts = (self.cost[k] / 2).max(self.cost[k].saturating_sub(breaks::TIGHT / 2));
            let cost = above.cost + ANOTHER + parts + lean as u32 + tail;
            if best.is_none_or(|least| cost < least.cost) {
                let starts = if count == 2 { [k, j] } else { [above.starts[0], k] };
                best = Some(Lines { cost, starts, last });
            }
        }
        best
    }

    /// The pieces from `i` to `j` as text, line by line.
    pub(super) fn text(&self, i: usize, j: usize) -> Vec<String> {
        let [second, third] = self.lines(i, j).map_or([j; 2], |lines| lines.starts);
        let lines = [(i, second), (second, third), (third, j)];
        lines.into_iter().filter(|(from, to)| from < to).map(|(from, to)| join(&self.run[from..to])).collect()
    }
}

/// The pieces as one line.
fn join(pieces: &[Piece<'_>]) -> String {
    let mut line = String::new();
    for piece in pieces {
        if piece.spaced && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&piece.text);
    }
    line
}
