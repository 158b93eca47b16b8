//! SubRip and WebVTT, as Teams, Zoom, Webex, YouTube, whisper programs and this one write them, and as people change them by hand.
//!
//! Each cue becomes a segment. The speaker is taken from WebVTT's `<v Name>`, from Webex's line above the times, or from the name
//! that each text begins with ([`names`]). Times within a WebVTT cue become times of words.

use super::cues::{Cue, split};
use super::names::{self, on_one_line, shares};
use super::parsing::broken;
use super::rolling::remove_repeats;
use super::rows::{Row, collect};
use super::voices::Voices;
use crate::retime::retime;
use crate::transcript::is_blank;
use crate::{Error, Millis, Segment, Span, Transcript, TranscriptErrorKind, Warning, WarningKind, Word};
use fasrt::srt::text::PlainText;
use fasrt::vtt::cue::{CueStr, CueText, Node, Tag};
use std::path::Path;

/// Reads captions; `vtt`: they are WebVTT.
pub(super) fn captions(text: &str, vtt: bool, path: &Path) -> Result<Transcript, Error> {
    // Lines end in CR LF, CR CR LF, LF or CR.
    let text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n");
    let mut read = split(&text, vtt);
    let total = read.total();
    // WebVTT without its first line is read as SubRip.
    let markup = vtt || text.lines().any(|line| line.trim_start().starts_with("<v ") && line.contains('>'));
    let repeats = remove_repeats(&mut read.cues, |line| plain(line, markup));
    let mut rows: Vec<Row> = read.cues.iter().flat_map(|cue| rows(cue, markup)).collect();
    rows.retain(|row| !is_blank(&row.segment.text));
    let clear = match rows.iter().any(|row| row.voice.is_some()) {
        true => !names::may_have_names(&rows),
        false => names::assign(&mut rows),
    };
    rows.iter_mut().for_each(|row| row.segment.text = on_one_line(&row.segment.text));
    rows.retain(|row| !is_blank(&row.segment.text));
    if rows.is_empty() && total > 0 {
        let reason = match (read.broken, read.beyond) {
            (0, 0) => "no cue has a text",
            (0, _) => "all cues begin after 1000 hours",
            _ => "no time can be read",
        };
        return Err(broken(path, reason, TranscriptErrorKind::InvalidCue));
    }
    let mut transcript = Transcript::default();
    if vtt {
        transcript.language = header_language(&text).unwrap_or_default().to_owned();
        rows.iter_mut().for_each(|row| row.segment.language.clone_from(&transcript.language));
    }
    collect(&mut transcript, rows, &mut Voices::default());
    let warnings = [
        (read.broken > 0).then_some(WarningKind::CuesSkipped { skipped: read.broken, total }),
        (read.beyond > 0).then_some(WarningKind::CuesOutOfRange { skipped: read.beyond, total }),
        (read.guessed > 0).then_some(WarningKind::CuesGuessed { guessed: read.guessed, total }),
        (repeats > 0).then_some(WarningKind::RepeatsRemoved { lines: repeats }),
        (!clear).then_some(WarningKind::SpeakersUnclear),
    ];
    transcript.warnings.extend(warnings.into_iter().flatten().map(|kind| Warning::new(None, kind)));
    Ok(transcript)
}

/// YouTube's `Language: en`.
fn header_language(text: &str) -> Option<&str> {
    let header = text.lines().take_while(|line| !line.is_empty());
    header.filter_map(|line| line.strip_prefix("Language:")).map(str::trim).next()
}

/// A line without markup.
fn plain(line: &str, markup: bool) -> String {
    let parts = parts(&[line], Span::default(), markup);
    on_one_line(&parts.iter().flat_map(|part| &part.pieces).map(|(_, text)| &**text).collect::<String>())
}

/// What one voice says in a cue.
struct Part {
    voice: Option<String>,
    /// Texts, and when each begins.
    pieces: Vec<(Millis, String)>,
}

impl Part {
    /// Its lines, which end in `\n` but for the last; none is blank.
    fn text(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        text.lines().map(on_one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// A segment for each voice of a cue.
fn rows(cue: &Cue<'_>, markup: bool) -> Vec<Row> {
    let span = cue.span;
    let mut parts = parts(&cue.lines, span, markup);
    parts.retain(|part| !is_blank(&part.text()));
    let timed = parts.iter().any(|part| part.pieces.len() > 1);
    // Several voices in one cue share its time by the length of their text.
    let spans = shares(span, parts.iter().map(|part| part.text().chars().count()).collect());
    let several = parts.len() > 1;
    // The voice that speaks next begins with its first piece.
    let begins = parts.iter().skip(1).map(|part| part.pieces.first().map_or(span.end, |(at, _)| *at));
    let ends: Vec<Millis> = begins.chain([span.end]).collect();
    let mut rows = Vec::new();
    for ((part, shared), end) in parts.into_iter().zip(spans).zip(ends) {
        let words = if timed { words(&part, end) } else { Vec::new() };
        let span = match (words.first(), words.last()) {
            (Some(first), Some(last)) if several => Span::new(first.span.start.0, last.span.end.0),
            _ => shared,
        };
        let voice = part.voice.clone().or_else(|| webex(cue.id));
        rows.push(Row { segment: Segment { span, text: part.text(), words, ..Segment::default() }, voice });
    }
    rows
}

/// The words of a part, of which each piece lasts until the next begins, and the last until `end`.
fn words(part: &Part, end: Millis) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut blank = false;
    let ends = part.pieces.iter().skip(1).map(|(at, _)| *at).chain([end]);
    for ((at, text), end) in part.pieces.iter().zip(ends) {
        let mut new = retime(text, Span::new(at.0, end.0), &[]);
        let inside = !blank && !text.starts_with(char::is_whitespace);
        blank = text.ends_with(char::is_whitespace);
        if let Some((last, first)) =
            words.last_mut().filter(|_| inside && !new.is_empty()).map(|last| (last, new.remove(0)))
        {
            last.text.push_str(&first.text);
            last.span.end = first.span.end;
        }
        words.extend(new);
    }
    words
}

/// The text of a cue by voices and times.
fn parts(lines: &[&str], span: Span, markup: bool) -> Vec<Part> {
    // `{\an8}` and `<br>` mean the same to players in both formats.
    let body = lines.join("\n");
    let body = if markup { PlainText::new(&body).to_string() } else { without_tags(&body) };
    let mut parts = Parts { span, parts: Vec::new(), at: span.start };
    match markup {
        true => parts.add(CueText::parse(&body).children(), None),
        false => parts.text(&with_characters(&body), None),
    }
    parts.parts
}

/// The text of a cue of SubRip without its tags. In `a <b und c> d` there is none: what those without a value have behind their name
/// is text.
fn without_tags(body: &str) -> String {
    let is_text = |(at, _): &(usize, &str)| {
        let rest = &body[at + 1..];
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let inside = rest.split_once(['>', '<']).map_or("", |(inside, _)| inside);
        let of_letter = inside.starts_with(['b', 'i', 'u', 's', 'B', 'I', 'U', 'S']);
        of_letter && inside[1..].starts_with([' ', '\t']) && !inside.contains('=') && !is_blank(&inside[1..])
    };
    let mut plain = String::with_capacity(body.len());
    let mut from = 0;
    for (at, _) in body.match_indices('<').filter(is_text) {
        plain.push_str(&PlainText::new(&body[from..at]).to_string());
        plain.push('<');
        from = at + 1;
    }
    plain.push_str(&PlainText::new(&body[from..]).to_string());
    plain
}

/// The text with the characters that references such as `&amp;` mean. Without their semicolon they are text: `?a=1&copy=2`.
fn with_characters(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        made.push_str(before);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '#';
        let end = reference[1..].find(|c: char| !name(c)).map_or(reference.len(), |end| end + 1);
        let end = if reference[end..].starts_with(';') { end + 1 } else { end };
        match reference[..end].ends_with(';') {
            true => made.push_str(CueStr::needs_normalization(&reference[..end]).normalize()),
            false => made.push_str(&reference[..end]),
        }
        rest = &reference[end..];
    }
    made.push_str(rest);
    made
}

struct Parts {
    span: Span,
    parts: Vec<Part>,
    /// When the next text begins.
    at: Millis,
}

impl Parts {
    fn add(&mut self, nodes: &[Node<'_>], voice: Option<&str>) {
        for node in nodes {
            match node {
                Node::Text(text) => self.text(text.normalize(), voice),
                Node::Tag(tag) if tag.tag() == Tag::Voice => {
                    let name = tag.annotation().map(|name| name.normalize().trim().to_owned());
                    self.add(tag.children(), name.as_deref().filter(|name| !is_blank(name)));
                }
                Node::Tag(tag) => self.add(tag.children(), voice),
                Node::Timestamp(time) => {
                    let time = Millis(time.to_duration().as_millis() as u64);
                    self.at = time.clamp(self.at, self.span.end.max(self.at));
                }
            }
        }
    }

    fn text(&mut self, text: &str, voice: Option<&str>) {
        let new = match self.parts.last_mut() {
            Some(part) if part.voice.as_deref() == voice => part,
            _ => {
                self.parts.push(Part { voice: voice.map(str::to_owned), pieces: Vec::new() });
                let last = self.parts.len() - 1;
                &mut self.parts[last]
            }
        };
        match new.pieces.last_mut() {
            Some((at, piece)) if *at == self.at => piece.push_str(text),
            _ => new.pieces.push((self.at, text.to_owned())),
        }
    }
}

/// The speaker in `12 "Anna Meyer" (3221225472)`, the line that Webex writes above the times.
fn webex(id: &str) -> Option<String> {
    let quoted = id.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').strip_prefix('"')?;
    let (name, rest) = quoted.rsplit_once('"')?;
    let of_speaker = rest.bytes().all(|b| b.is_ascii_digit() || b"() ".contains(&b));
    (of_speaker && !is_blank(name)).then(|| name.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
