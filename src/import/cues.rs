//! Cues of SubRip and WebVTT as they stand in a file, however carelessly it was written.
//!
//! Whatever looks like a line of times begins a cue, with or without a blank line or a number before it, and ends the text of the cue
//! before. So no cue is ever taken for text. What had to be guessed is counted.

use super::timing::{self, TimeLine, Times};
use crate::Span;
use crate::transcript::is_blank;

/// A cue.
pub(super) struct Cue<'a> {
    /// The line above the times; empty if there is none. A number in SubRip, perhaps with a word or a sign.
    pub(super) id: &'a str,
    pub(super) span: Span,
    /// Its lines, with markup; none is blank.
    pub(super) lines: Vec<&'a str>,
}

/// The cues of a file.
#[derive(Default)]
pub(super) struct Cues<'a> {
    pub(super) cues: Vec<Cue<'a>>,
    /// How many cues do not keep to the format, but can be read.
    pub(super) guessed: usize,
    /// How many have times that cannot be read; they are left out.
    pub(super) broken: usize,
    /// How many begin after [`LATEST`](super::rows::LATEST); they are left out.
    pub(super) beyond: usize,
}

impl Cues<'_> {
    /// How many there are in the file.
    pub(super) fn total(&self) -> usize {
        self.cues.len() + self.broken + self.beyond
    }
}

/// Whether a line of `text` has times, as captions have.
pub(super) fn has_times(text: &str) -> bool {
    text.lines().flat_map(|line| line.split('\r')).any(|line| timing::read(line).is_some())
}

/// The cues in `text`, whose lines end in `\n`; `vtt`: it is WebVTT.
pub(super) fn split(text: &str, vtt: bool) -> Cues<'_> {
    let mut reader = Reader {
        vtt,
        cues: Cues::default(),
        part: Part::Head,
        above: Vec::new(),
        numbered: true,
        last: 0,
        around: ("", ""),
    };
    let mut blank = true;
    for line in text.lines() {
        let line = line.trim_start_matches('\u{feff}');
        let after_blank = std::mem::replace(&mut blank, line.is_empty());
        reader.line(line, after_blank);
    }
    reader.finish()
}

/// What the lines belong to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// What stands before the first cue, or after a block.
    Head,
    /// The header, a comment, a style or a region of WebVTT. Nothing of it is text, but times begin a cue there, too.
    Block,
    Cue {
        exact: bool,
    },
    /// A cue that is left out.
    Skipped,
}

struct Reader<'a> {
    vtt: bool,
    cues: Cues<'a>,
    part: Part,
    /// The lines since the last times; blank ones are empty.
    above: Vec<&'a str>,
    /// Whether the last cue had a number above its times.
    numbered: bool,
    /// That number, or 0.
    last: u64,
    /// What stands around that number: `Cue ` and `:`.
    around: (&'a str, &'a str),
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, after_blank: bool) {
        let word = first_word(line);
        let is_block = ["NOTE", "STYLE", "REGION"].contains(&word) || word.eq_ignore_ascii_case("WEBVTT");
        let block = self.vtt && after_blank && is_block;
        // WebVTT has no other arrow in text.
        let times = if self.vtt && line.contains("&gt;") { None } else { timing::read(line) };
        match times {
            Some(TimeLine::Times(times)) => self.begin(times),
            _ if block => {
                self.end_text();
                self.part = Part::Block;
            }
            _ if self.part == Part::Block => self.part = if line.is_empty() { Part::Head } else { Part::Block },
            None => self.above.push(line),
            Some(TimeLine::Beyond) => {
                self.cues.beyond += 1;
                self.skip();
            }
            Some(TimeLine::Broken) => {
                self.cues.broken += 1;
                self.skip();
            }
        }
    }

    /// Leaves out the cue that begins here.
    fn skip(&mut self) {
        self.id();
        self.end_text();
        self.part = Part::Skipped;
    }

    fn begin(&mut self, times: Times<'a>) {
        let (id, exact) = self.id();
        self.end_text();
        let exact = exact && if self.vtt { times.exact_vtt } else { times.exact_srt };
        self.part = Part::Cue { exact };
        self.cues.cues.push(Cue { id, span: times.span, lines: Vec::from_iter(times.text) });
    }

    /// Takes the line that belongs to the next times from the lines above them, and whether it stands where it should.
    fn id(&mut self) -> (&'a str, bool) {
        let direct = self.above.last().is_some_and(|line| !line.is_empty());
        let Some(at) = self.above.iter().rposition(|line| !line.is_empty()) else {
            self.numbered = false;
            return ("", self.vtt);
        };
        let line = self.above[at].trim();
        let apart = match at {
            0 => !matches!(self.part, Part::Cue { .. }),
            _ => self.above[at - 1].is_empty(),
        };
        let head = at == 0 && self.part == Part::Head;
        // Nothing is lost of what stands before the first cue.
        let first = self.part == Part::Head;
        let runs_on = |(n, around): &(u64, (&str, &str))| first || *n == self.last + 1 && *around == self.around;
        let labelled = labelled_number(line).filter(|labelled| !self.vtt && direct && runs_on(labelled));
        let (number, around) = number(line).map(|n| (n, ("", ""))).or(labelled).unzip();
        let next = number.is_some_and(|number| number == self.last + 1);
        let is_id = match number {
            // Where it touches text, it is a number only if the cues before had one.
            Some(_) if direct => apart || head || self.numbered,
            Some(_) => apart && (next || head),
            None => self.vtt && direct && apart,
        };
        self.numbered = is_id && number.is_some();
        if !is_id {
            return ("", self.vtt && (apart || !direct));
        }
        self.last = number.unwrap_or(self.last);
        self.around = around.unwrap_or_default();
        self.above.truncate(at);
        let twice = self.above.last().is_some_and(|above| !above.is_empty() && above.trim() == line);
        if twice && number.is_some() {
            self.above.pop();
        }
        (line, direct && (apart || head) && !twice && self.around == ("", ""))
    }

    /// Gives the lines above to the cue that they belong to.
    fn end_text(&mut self) {
        let lines = std::mem::take(&mut self.above);
        let Part::Cue { exact } = self.part else {
            let lost = !self.vtt && self.part == Part::Head && lines.iter().any(|line| !line.is_empty());
            self.cues.guessed += usize::from(lost);
            return;
        };
        let Some(cue) = self.cues.cues.last_mut() else { return };
        let text = trimmed(&lines);
        // Blank lines end a cue; a line of blanks does not.
        let whole = !text.contains(&"") && lines.first().is_none_or(|line| !line.is_empty() || text.is_empty());
        cue.lines.extend(text.iter().filter(|line| !is_blank(line)));
        self.cues.guessed += usize::from(!(exact && whole));
    }

    fn finish(mut self) -> Cues<'a> {
        // The number of a cue that is missing.
        let at = self.above.iter().rposition(|line| !line.is_empty()).filter(|at| *at > 0);
        let cut = at.filter(|at| self.above[at - 1].is_empty() && number(self.above[*at]) == Some(self.last + 1));
        if let Some(at) = cut.filter(|_| self.numbered) {
            self.above.truncate(at);
            self.cues.broken += 1;
        }
        self.end_text();
        // Text before the first cue is none.
        self.cues.guessed = self.cues.guessed.min(self.cues.cues.len());
        self.cues
    }
}

/// The lines without empty ones around them.
fn trimmed<'a, 'l>(lines: &'l [&'a str]) -> &'l [&'a str] {
    let from = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let to = lines.iter().rposition(|line| !line.is_empty()).map_or(from, |at| at + 1);
    &lines[from..to]
}

fn first_word(line: &str) -> &str {
    line.split([' ', '\t']).next().unwrap_or_default()
}

/// The first number of a line such as `Cue 3`, `#3` and `3.`, and what stands around it.
fn labelled_number(line: &str) -> Option<(u64, (&str, &str))> {
    let start = line.find(|c: char| c.is_ascii_digit())?;
    let end = line[start..].find(|c: char| !c.is_ascii_digit()).map_or(line.len(), |end| start + end);
    Some((number(&line[start..end])?, (&line[..start], &line[end..])))
}

fn number(line: &str) -> Option<u64> {
    let line = timing::plain(line);
    let line = line.trim();
    (line.len() <= 9 && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())).then(|| line.parse().ok())?
}
