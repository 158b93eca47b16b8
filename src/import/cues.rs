//! Cues of SubRip and WebVTT as they stand in a file, however carelessly it was written.
//!
//! Whatever looks like a line of times begins a cue, with or without a blank line or a number before it, and ends the text of the cue
//! before. So no cue is ever taken for text. What had to be guessed is counted.

use super::rows::LATEST;
use crate::{Millis, Span};

/// A cue.
pub(super) struct Cue<'a> {
    /// The line above the times; empty if there is none. A number in SubRip.
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
}

/// Whether a line of `text` has times, as captions have.
pub(super) fn has_times(text: &str) -> bool {
    text.lines().flat_map(|line| line.split('\r')).any(|line| times(line).is_some() || is_broken(line))
}

/// The cues in `text`, whose lines end in `\n`; `vtt`: it is WebVTT.
pub(super) fn split(text: &str, vtt: bool) -> Cues<'_> {
    let mut reader =
        Reader { vtt, cues: Cues::default(), part: Part::Head, above: Vec::new(), numbered: true, last: 0 };
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
    /// A cue that cannot be read.
    Broken,
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
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, after_blank: bool) {
        let block = self.vtt && after_blank && ["NOTE", "STYLE", "REGION", "WEBVTT"].contains(&first_word(line));
        if let Some(times) = times(line) {
            self.begin(times);
        } else if block {
            self.end_text();
            self.part = Part::Block;
        } else if self.part == Part::Block {
            self.part = if line.is_empty() { Part::Head } else { Part::Block };
        } else if is_broken(line) {
            self.id();
            self.end_text();
            self.cues.broken += 1;
            self.part = Part::Broken;
        } else {
            self.above.push(line);
        }
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
        let number = number(line);
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
        self.above.truncate(at);
        let twice = self.above.last().is_some_and(|above| !above.is_empty() && above.trim() == line);
        if twice && number.is_some() {
            self.above.pop();
        }
        (line, direct && (apart || head) && !twice)
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
        cue.lines.extend(text.iter().filter(|line| !line.trim().is_empty()));
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

fn number(line: &str) -> Option<u64> {
    let line = line.trim();
    (line.len() <= 9 && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())).then(|| line.parse().ok())?
}

/// A line of times.
struct Times<'a> {
    span: Span,
    /// Text that follows on the same line.
    text: Option<&'a str>,
    /// Whether they are written as in SubRip.
    exact_srt: bool,
    /// Whether they are written as WebVTT wants it.
    exact_vtt: bool,
}

fn times(line: &str) -> Option<Times<'_>> {
    let line = line.trim();
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // Some write the number of the cue into the line.
    let numbered = line.split_once(' ').filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()));
    let (line, exact_line) = numbered.map_or((line, true), |(_, rest)| (rest.trim_start(), false));
    let start = Time::read(line)?;
    let (rest, exact) = arrow(start.rest)?;
    let end = Time::read(rest)?;
    if end.rest.starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let rest = end.rest.trim();
    // `10:30 -> 11:00` is text.
    if !(exact || start.precise && end.precise) {
        return None;
    }
    // `align:start` in WebVTT, `X1:0` in SubRip.
    let settings = rest.split_whitespace().all(|part| part.split_once(':').is_some_and(|(key, _)| !key.is_empty()));
    Some(Times {
        span: Span::new(start.at.0, end.at.0),
        text: (!settings).then_some(rest),
        exact_srt: exact_line && exact && start.srt && end.srt && settings,
        exact_vtt: exact_line && exact && start.vtt && end.vtt && settings,
    })
}

/// What follows an arrow, and whether that is `-->` between blanks.
fn arrow(text: &str) -> Option<(&str, bool)> {
    if let Some(rest) = text.strip_prefix(" --> ") {
        return Some((rest, true));
    }
    const DASHES: [char; 9] = ['-', '=', '\u{2010}', '\u{2011}', '\u{2012}', '–', '—', '―', '−'];
    let shaft = text.trim_start().strip_prefix(DASHES)?;
    let head = shaft.trim_start_matches(|c: char| DASHES.contains(&c) || c == ' ');
    Some((head.strip_prefix('>')?.trim_start(), false))
}

/// Whether `line` is meant to have times, although they cannot be read. `10:30 -> 11:00` is text.
fn is_broken(line: &str) -> bool {
    let exact = line.contains("-->");
    let Some((before, after)) = line.split_once("->").or_else(|| line.split_once("–>")) else { return false };
    let like_a_time = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit()) && text.matches(':').count() >= if exact { 1 } else { 2 }
    };
    like_a_time(before.trim()) || like_a_time(after.trim())
}

/// A time at the beginning of a text.
struct Time<'a> {
    at: Millis,
    rest: &'a str,
    /// With hours or with a fraction of a second.
    precise: bool,
    /// `00:00:01,000`.
    srt: bool,
    /// `00:00:01.000`, or without hours.
    vtt: bool,
}

impl<'a> Time<'a> {
    /// Hours, minutes and seconds, hours only if there are any, and digits after a dot or a comma.
    fn read(text: &'a str) -> Option<Time<'a>> {
        let mut fields: Vec<&str> = Vec::new();
        let mut rest = text;
        loop {
            let (digits, after) = digits(rest);
            fields.push(Some(digits).filter(|digits| (1..=6).contains(&digits.len()))?);
            rest = after;
            match after.trim_start().strip_prefix(':').filter(|_| fields.len() < 3) {
                Some(next) => rest = next.trim_start(),
                None => break,
            }
        }
        let mark = rest.trim_start().chars().next().filter(|c| matches!(c, '.' | ',' | ':' | ';' | '·'));
        let fraction = mark.map(|mark| digits(rest.trim_start()[mark.len_utf8()..].trim_start()));
        let fraction = fraction.filter(|(digits, _)| !digits.is_empty());
        let (fraction, after) = fraction.unwrap_or(("", rest));
        // Two digits after a colon are frames, of which nobody knows how many there are in a second.
        if fields.len() < 2 || matches!(mark, Some(':' | ';')) && fraction.len() != 3 {
            return None;
        }
        let value = |digits: &str| digits.parse::<u64>().ok();
        let [seconds, minutes] = [fields.len() - 1, fields.len() - 2].map(|n| value(fields[n]));
        let (seconds, minutes) = (seconds?, minutes?);
        let hours = if fields.len() == 3 { value(fields[0])? } else { 0 };
        if seconds > 60 || fields.len() == 3 && minutes > 59 {
            return None;
        }
        let thousandths = value(&format!("{fraction:0<3}")[..3])?;
        let at = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
        let tidy = text.len() - after.len()
            == fields.iter().map(|field| field.len() + 1).sum::<usize>() + fraction.len()
            && fields[1..].iter().all(|field| field.len() == 2)
            && fields[0].len() >= 2
            && fraction.len() == 3;
        let (srt, vtt) = (tidy && mark == Some(',') && fields.len() == 3, tidy && mark == Some('.'));
        let precise = fields.len() == 3 || !fraction.is_empty();
        (at as f64 <= LATEST * 1000.0).then_some(Time { at: Millis(at), rest: after, precise, srt, vtt })
    }
}

/// The digits at the beginning, and what follows.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}
