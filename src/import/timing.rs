//! Lines of times in captions, however carelessly they were written.

use super::rows::LATEST;
use crate::transcript::is_invisible;
use crate::{Millis, Span};
use std::borrow::Cow;

/// A line that is meant to have times.
pub(super) enum TimeLine<'a> {
    /// Both can be read.
    Times(Times<'a>),
    /// It begins after [`LATEST`].
    Beyond,
    /// They cannot be read.
    Broken,
}

/// The times of a cue.
pub(super) struct Times<'a> {
    pub(super) span: Span,
    /// Text that follows on the same line.
    pub(super) text: Option<&'a str>,
    /// Whether they are written as in SubRip.
    pub(super) exact_srt: bool,
    /// Whether they are written as WebVTT wants it.
    pub(super) exact_vtt: bool,
}

/// `None` if `line` is text. `10:30 -> 11:00` is text, too.
pub(super) fn read(line: &str) -> Option<TimeLine<'_>> {
    let plain = plain(line);
    let text = plain.trim();
    if !text.contains(':') && !text.contains("--") {
        return None;
    }
    let Some(times) = Parsed::read(text) else { return is_broken(text).then_some(TimeLine::Broken) };
    if !times.is_meant() {
        return None;
    }
    let Parsed { start, end, .. } = &times;
    if start.at.0 as f64 >= LATEST * 1000.0 {
        return Some(TimeLine::Beyond);
    }
    let forwards = start.at <= end.at && end.at.0 as f64 <= LATEST * 1000.0;
    let exact = times.exact && forwards && times.settings && line.is_ascii();
    Some(TimeLine::Times(Times {
        span: Span::new(start.at.0, if forwards { end.at.0 } else { start.at.0 }),
        text: (!times.settings).then(|| tail(line, times.rest.chars().count())),
        exact_srt: exact && start.srt && end.srt,
        exact_vtt: exact && start.vtt && end.vtt,
    }))
}

/// The line without invisible characters, and with ASCII's digits and signs for the wide ones of East Asia.
pub(super) fn plain(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2236}' => ':',
        c => c,
    };
    line.chars().filter(|c| !is_invisible(*c)).map(narrow).collect::<String>().into()
}

/// The end of `line` that has so many characters in [`plain`].
fn tail(line: &str, count: usize) -> &str {
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let visible = line.char_indices().rev().filter(|(_, c)| !is_invisible(*c));
    visible.take(count).last().map_or("", |(at, _)| &line[at..])
}

/// What stands between two times.
#[derive(Clone, Copy, PartialEq)]
enum Joint {
    /// `-->` between blanks.
    Exact,
    Arrow,
    /// Without a head.
    Dash,
}

const DASHES: [char; 11] = ['-', '=', '~', '\u{2010}', '\u{2011}', '\u{2012}', '–', '—', '―', '−', '─'];
const ARROWS: [char; 5] = ['>', '→', '⇒', '⟶', '➔'];

impl Joint {
    /// The joint that a text begins with, and what follows.
    fn read(text: &str) -> Option<(Joint, &str)> {
        if let Some(rest) = text.strip_prefix(" --> ") {
            return Some((Joint::Exact, rest));
        }
        let rest = text.trim_start_matches(|c: char| DASHES.contains(&c) || c.is_whitespace());
        let dashed = text[..text.len() - rest.len()].contains(DASHES);
        // "Greater than" is the head of an arrow only behind its shaft.
        let head = rest.strip_prefix("&gt;").or_else(|| rest.strip_prefix('>')).filter(|_| dashed);
        match head.or_else(|| rest.strip_prefix(&ARROWS[1..])) {
            Some(rest) => Some((Joint::Arrow, rest.trim_start())),
            None => dashed.then_some((Joint::Dash, rest)),
        }
    }
}

/// Two times and what is around them.
struct Parsed<'a> {
    start: Time<'a>,
    joint: Joint,
    end: Time<'a>,
    rest: &'a str,
    /// Whether `rest` holds nothing but settings: `align:start` in WebVTT, `X1:0` in SubRip.
    settings: bool,
    /// Neither brackets and the like nor a number on the same line.
    exact: bool,
    enclosed: bool,
}

/// What WebVTT and SubRip have behind times.
const SETTINGS: [&str; 10] = ["align", "line", "position", "size", "vertical", "region", "X1", "X2", "Y1", "Y2"];
/// What may stand before times. Some quote them, or make them bold.
const OPENING: [char; 11] = ['[', '(', '"', '\'', '“', '„', '«', '»', '*', '_', '`'];
const CLOSING: [char; 11] = [']', ')', '"', '\'', '”', '“', '«', '»', '*', '_', '`'];
/// Signs of mail and lists, which do not end anything.
const LEADING: [char; 3] = ['>', '|', '•'];

impl<'a> Parsed<'a> {
    fn read(line: &'a str) -> Option<Parsed<'a>> {
        let (text, enclosed) = bare(line);
        let start = Time::read(text)?;
        let (joint, rest) = Joint::read(start.rest)?;
        let end = Time::read(rest)?;
        let rest = if enclosed { without_closing(end.rest) } else { end.rest };
        let rest = if rest == "." { "" } else { rest };
        let closed = rest.len() < end.rest.len();
        if !closed && rest.starts_with(|c: char| !c.is_whitespace()) {
            return None;
        }
        let rest = rest.trim();
        let is_setting = |part: &str| {
            let key = part.split_once(':').filter(|(_, value)| !value.is_empty()).map(|(key, _)| key);
            key.is_some_and(|key| SETTINGS.contains(&key))
        };
        let settings = rest.is_empty() || !enclosed && rest.split_whitespace().all(is_setting);
        let exact = joint == Joint::Exact && text.len() == line.len() && !closed;
        Some(Parsed { start, joint, end, rest, settings, exact, enclosed })
    }

    /// Whether they are the times of a cue. People also write times into sentences.
    fn is_meant(&self) -> bool {
        let precise = self.start.precise && self.end.precise;
        match self.joint {
            Joint::Exact => precise || self.rest.is_empty(),
            Joint::Arrow => precise,
            // Times of the day have no fractions.
            Joint::Dash => {
                let fractions = self.start.fraction && self.end.fraction;
                fractions && self.rest.is_empty() && !self.enclosed && !self.start.negative
            }
        }
    }
}

/// What follows a number, which some write into the same line, opening brackets and the like, and whether there are brackets or the
/// like.
fn bare(line: &str) -> (&str, bool) {
    let text = without_opening(line);
    let numbered = text.strip_prefix('#').unwrap_or(text);
    let (number, rest) = digits(numbered);
    let rest = rest.strip_prefix(['.', ')']).unwrap_or(rest);
    let text = match !number.is_empty() && rest.starts_with(char::is_whitespace) {
        true => rest.trim_start(),
        false => text,
    };
    let bare = without_opening(text);
    let before = &line[..line.len() - bare.len()];
    (bare, before.contains(OPENING) || before.contains('<'))
}

/// The text without opening brackets, quotation marks and tags.
fn without_opening(text: &str) -> &str {
    let mut text = text;
    loop {
        let is_sign = |c: char| c.is_whitespace() || OPENING.contains(&c) || LEADING.contains(&c);
        let bare = text.trim_start_matches(is_sign);
        let bare = bare
            .strip_prefix('<')
            .and_then(|tag| tag.split_once('>'))
            .map_or(bare, |(tag, rest)| if tag.chars().all(|c| c.is_ascii_alphabetic()) { rest } else { bare });
        if bare.len() == text.len() {
            return bare;
        }
        text = bare;
    }
}

/// The text without closing brackets, quotation marks and tags.
fn without_closing(text: &str) -> &str {
    let mut text = text;
    loop {
        let bare = text.trim_start_matches(CLOSING);
        let bare = bare.strip_prefix("</").and_then(|tag| tag.split_once('>')).map_or(bare, |(_, rest)| rest);
        if bare.len() == text.len() {
            return bare;
        }
        text = bare;
    }
}

/// Whether `line` is meant to have times, although they cannot be read: something like a time on one side of an arrow, and on the
/// other one, too, or nothing; or digits on both sides of `-->`, and no words.
fn is_broken(line: &str) -> bool {
    let arrow = line.contains("-->");
    let line = bare(line).0.replace("&gt;", ">");
    if !line.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let Some(at) = line.find(ARROWS) else {
        let sides = line.split_once(DASHES);
        return sides.is_some_and(|(before, after)| is_like_a_time(before, 2) && is_like_a_time(after, 2));
    };
    let (before, after) = line.split_at(at);
    let start = before.trim_end_matches(|c: char| DASHES.contains(&c) || c.is_whitespace());
    if after.starts_with('>') && !before[start.len()..].contains(DASHES) {
        return false;
    }
    let after = after.trim_start_matches(ARROWS).trim();
    if arrow && [start, after].iter().all(|side| side.contains(|c: char| c.is_ascii_digit())) {
        let mut words = line.split(|c: char| !c.is_alphabetic());
        if words.all(|word| word.chars().count() < 2) {
            return true;
        }
    }
    let end = after.split_whitespace().next().unwrap_or_default();
    let colons = if line.contains("-->") { 1 } else { 2 };
    let begins = is_like_a_time(start, colons);
    let whole = Time::read(start).is_some_and(|time| time.precise && time.rest.is_empty());
    begins && (whole || end.is_empty() || is_like_a_time(end, 1)) || start.is_empty() && is_like_a_time(end, colons)
}

/// Whether it has so many colons or more, and otherwise what times with typing errors have.
fn is_like_a_time(text: &str, colons: usize) -> bool {
    let text = text.trim().replace(": ", ":").replace(", ", ",");
    let count = text.matches(':').count();
    let is_sign = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | ',' | ';' | '?' | '*' | '-' | '+');
    count >= colons.max(1)
        && text.chars().count() <= 20
        && text.chars().all(is_sign)
        && (count > 1 || text.contains(|c: char| c.is_ascii_digit()))
}

/// A time at the beginning of a text.
struct Time<'a> {
    at: Millis,
    rest: &'a str,
    /// Before zero, which counts as zero.
    negative: bool,
    /// With hours or with a fraction of a second.
    precise: bool,
    fraction: bool,
    /// `00:00:01,000`.
    srt: bool,
    /// `00:00:01.000`, or without hours.
    vtt: bool,
}

impl<'a> Time<'a> {
    /// Hours, minutes and seconds, hours only if there are any, and digits after a dot or a comma. More than 59 minutes or seconds
    /// count as what they are.
    fn read(text: &'a str) -> Option<Time<'a>> {
        let unsigned = text.strip_prefix(['-', '−']).unwrap_or(text);
        let (fields, rest) = fields(unsigned)?;
        let (mark, fraction, after) = fraction(rest);
        // Two digits after a colon are frames, of which nobody knows how many there are in a second.
        if fields.len() < 2 || !matches!(mark, None | Some('.' | ',' | '·')) && fraction.len() != 3 {
            return None;
        }
        // `00:00:01.500,000`.
        let after = match self::fraction(after) {
            (Some('.' | ','), twice, end) if !fraction.is_empty() && twice.len() == 3 => end,
            _ => after,
        };
        let value = |digits: &str| digits.parse::<u64>().ok();
        let [seconds, minutes] = [fields.len() - 1, fields.len() - 2].map(|n| value(fields[n]));
        let (seconds, minutes) = (seconds?, minutes?);
        let hours = if fields.len() == 3 { value(fields[0])? } else { 0 };
        let thousandths = value(&format!("{fraction:0<3}")[..3])?;
        let at = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
        let negative = unsigned.len() < text.len();
        let tidy = text.len() - after.len()
            == fields.iter().map(|field| field.len() + 1).sum::<usize>() + fraction.len()
            && fields[1..].iter().all(|field| field.len() == 2)
            && fields[0].len() >= 2
            && fraction.len() == 3
            && minutes <= 59
            && seconds <= 59;
        let (srt, vtt) = (tidy && mark == Some(',') && fields.len() == 3, tidy && mark == Some('.'));
        let precise = fields.len() == 3 || !fraction.is_empty();
        let at = Millis(if negative { 0 } else { at });
        Some(Time { at, rest: after, negative, precise, fraction: !fraction.is_empty(), srt, vtt })
    }
}

/// The digits between colons, at most three times, and what follows.
fn fields(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (digits, after) = digits(rest);
        let most = if fields.is_empty() { 9 } else { 3 };
        fields.push(Some(digits).filter(|digits| (1..=most).contains(&digits.len()))?);
        match after.trim_start().strip_prefix(':').filter(|_| fields.len() < 3) {
            Some(next) => rest = next.trim_start(),
            None => return Some((fields, after)),
        }
    }
}

/// The mark of a fraction, its digits, which may be missing, and what follows.
fn fraction(text: &str) -> (Option<char>, &str, &str) {
    let start = text.trim_start();
    let mark = start.chars().next().filter(|c| matches!(c, '.' | ',' | ':' | ';' | '·' | '\'' | '’' | '_' | '/'));
    let read = mark.map(|mark| digits(start[mark.len_utf8()..].trim_start()));
    let (digits, after) = read.filter(|(digits, _)| !digits.is_empty()).unwrap_or(("", text));
    (mark, digits, after)
}

/// The digits at the beginning, and what follows.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}
