//! SubRip and WebVTT, as Teams, Zoom, whisper programs and this one write them.
//!
//! Each cue becomes a segment. The speaker is taken from WebVTT's `<v Name>`, or from a name with a colon at the beginning of the
//! text, as Zoom writes it: accepted if at least two cues begin with it, or if half of all cues begin with some name. Cues without a
//! name that follow are of the same speaker, up to one with a name that is not accepted.

use super::parsing::broken;
use super::rows::{Row, collect};
use super::voices::{Voices, numbered};
use crate::{Error, Segment, Span, Transcript, TranscriptErrorKind, Warning, WarningKind};
use fasrt::srt::{self, text::PlainText};
use fasrt::vtt::{self, Block, cue};
use std::collections::HashMap;
use std::path::Path;

/// Letters of the longest name before a colon; MAXQDA's limit, too.
const LONGEST_NAME: usize = 63;
/// Names may begin with these.
const PARTICLES: [&str; 8] = ["von ", "van ", "zu ", "zum ", "zur ", "de ", "di ", "da "];

pub(super) fn srt(text: &str, path: &Path) -> Result<Transcript, Error> {
    let options = srt::Options::strict().with_monotonic_index(false).with_allow_missing_index(true);
    let mut rows = Vec::new();
    for entry in srt::Parser::with_options(text, options) {
        let entry = entry.map_err(|error| Error::Transcript {
            path: path.into(),
            place: Some(format!("after cue {}", rows.len())),
            reason: reason(&error).into(),
            kind: TranscriptErrorKind::InvalidCue,
        })?;
        let header = entry.header_ref();
        let span = between(header.start().to_duration(), header.end().to_duration());
        rows.push(row(span, &PlainText::new(entry.body_ref()).to_string(), None));
    }
    Ok(named(rows))
}

/// The error without what it quotes from the file.
fn reason(error: &srt::ParseSrtError) -> &'static str {
    match error {
        srt::ParseSrtError::ExpectedHeader(_) | srt::ParseSrtError::UnclosedDuration => {
            "a line with two times and `-->` is missing"
        }
        srt::ParseSrtError::Unknown(_) => "a text without times, or a line that is broken",
        _ => "a number or a time is broken",
    }
}

pub(super) fn vtt(text: &str, path: &Path) -> Result<Transcript, Error> {
    let mut rows = Vec::new();
    let (mut cues, mut no_cues) = (0, 0);
    for block in vtt::Parser::new(text) {
        let refused = |_| broken(path, "its first line is not `WEBVTT`", TranscriptErrorKind::NoHeader);
        let cue = match block.map_err(refused)? {
            Block::Cue(cue) => cue,
            Block::Note(text) | Block::Style(text) => {
                no_cues += arrows(text);
                continue;
            }
            Block::Region(_) => continue,
        };
        cues += 1;
        let span = between(cue.header_ref().start().to_duration(), cue.header_ref().end().to_duration());
        let text = cue::CueText::parse(cue.body_ref());
        let mut parts: Vec<(Option<String>, String)> = Vec::new();
        voices(text.children(), None, &mut parts);
        parts.retain(|(_, text)| !text.trim().is_empty());
        // Several voices in one cue share its time by the length of their text.
        let total: usize = parts.iter().map(|(_, text)| text.chars().count()).sum();
        let at = |done: usize| span.start.0 + span.length().0 * done as u64 / total.max(1) as u64;
        let mut done = 0;
        for (voice, text) in parts {
            let from = done;
            done += text.chars().count();
            rows.push(row(Span::new(at(from), at(done)), &text, voice));
        }
    }
    let times = arrows(text) - no_cues;
    let mut transcript = named(rows);
    if times > cues {
        let kind = WarningKind::CuesSkipped { skipped: times - cues, total: times };
        transcript.warnings.push(Warning::new(None, kind));
    }
    Ok(transcript)
}

/// Lines that look like times.
fn arrows(text: &str) -> usize {
    text.lines().filter(|line| line.contains("-->")).count()
}

/// The text in `nodes`, a part for each voice.
fn voices(nodes: &[cue::Node<'_>], voice: Option<&str>, parts: &mut Vec<(Option<String>, String)>) {
    for node in nodes {
        match node {
            cue::Node::Text(text) => match parts.last_mut() {
                Some((last, part)) if last.as_deref() == voice => part.push_str(text.normalize()),
                _ => parts.push((voice.map(str::to_owned), text.normalize().to_owned())),
            },
            cue::Node::Tag(tag) if tag.tag() == cue::Tag::Voice => {
                let name = tag.annotation().map(|name| name.normalize().trim().to_owned());
                voices(tag.children(), name.as_deref().filter(|name| !name.is_empty()), parts);
            }
            cue::Node::Tag(tag) => voices(tag.children(), voice, parts),
            cue::Node::Timestamp(_) => {}
        }
    }
}

fn between(start: std::time::Duration, end: std::time::Duration) -> Span {
    Span::new(start.as_millis() as u64, end.as_millis() as u64)
}

fn row(span: Span, text: &str, voice: Option<String>) -> Row {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Row { segment: Segment { span, text, ..Segment::default() }, voice }
}

/// `Anna Meyer: Guten Abend` in its two parts, if the first could be a name.
fn prefix(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(": ").or_else(|| text.strip_suffix(':').map(|name| (name, "")))?;
    // `Dr.`, `A.`: the end of a sentence is longer.
    let part = |part: &str| !part.contains(['?', '!', '"', '„']) && (!part.contains('.') || part.chars().count() <= 5);
    let likely = name.chars().count() <= LONGEST_NAME
        && name.contains(char::is_uppercase)
        && (name.starts_with(|c: char| !c.is_lowercase())
            || PARTICLES.iter().any(|particle| name.starts_with(particle)))
        && name.split(' ').count() <= 6
        && name.split(' ').all(part);
    likely.then_some((name, rest))
}

fn named(mut rows: Vec<Row>) -> Transcript {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.voice.is_none()) {
        if let Some((name, _)) = prefix(&row.segment.text) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let everybody = rows.len() > 1 && counts.values().sum::<usize>() * 2 >= rows.len();
    let known = |name: &str| everybody || counts.get(name).is_some_and(|n| *n > 1) || numbered(name).is_some();
    let mut speaking = None;
    for row in rows.iter_mut().filter(|row| row.voice.is_none()) {
        match prefix(&row.segment.text) {
            Some((name, rest)) if known(name) => {
                speaking = Some(name.to_owned());
                row.segment.text = rest.to_owned();
            }
            Some(_) => speaking = None,
            None => {}
        }
        row.voice.clone_from(&speaking);
    }
    let mut transcript = Transcript::default();
    collect(&mut transcript, rows, &mut Voices::default());
    transcript
}
