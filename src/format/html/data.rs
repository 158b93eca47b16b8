//! What the page's script must know and what is not in its text, as JSON: `segments.js` reads it.

use super::escape::json;
use crate::format::text;
use crate::format::turns::visible;
use crate::{Segment, SpeakerId, Transcript};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let speakers: BTreeSet<SpeakerId> = visible(transcript).filter_map(|segment| segment.speaker).collect();
    let voices: serde_json::Map<_, _> =
        speakers.iter().map(|s| (format!("S{}", s.0), text::speaker_name(transcript, *s).into())).collect();
    let removed =
        transcript.removed.iter().map(|r| json!([r.span.start.0, text::line(&r.text), text::line(&r.reason)]));
    let corrections =
        transcript.corrections.iter().map(|c| json!([c.span.start.0, text::line(&c.from), text::line(&c.to)]));
    let recording = &transcript.recording;
    let facts = json!({
        "recording": {"name": text::line(&recording.name), "sha256": recording.sha256},
        "duration": transcript.duration.0,
        "voices": voices,
        "removed": removed.collect::<Vec<_>>(),
        "corrections": corrections.collect::<Vec<_>>(),
    });
    // The words come last, one segment a line, written as they are made.
    let facts = json(&facts)?;
    write!(out, "{},\n\"words\": [", facts.strip_suffix('}').unwrap_or(&facts))?;
    let mut line = String::new();
    for (n, segment) in visible(transcript).enumerate() {
        line.clear();
        line.push_str(if n == 0 { "\n[" } else { ",\n[" });
        let begin = line.len();
        if words(segment, &mut line).is_none() {
            line.truncate(begin);
        }
        line.push(']');
        out.write_all(line.as_bytes())?;
    }
    writeln!(out, "\n]}}")
}

/// Four numbers a word: its length in UTF-16 units, as scripts count; milliseconds from the end of the one before, or from the
/// segment's start; milliseconds that it takes; and how sure the model is, in hundredths.
///
/// `None` if the words are not those of the text.
fn words(segment: &Segment, line: &mut String) -> Option<()> {
    let text = text::line(&segment.text);
    let mut rest = &*text;
    let mut before = segment.span.start.0;
    for word in &segment.words {
        let shown = text::line(&word.text);
        if shown.is_empty() {
            continue;
        }
        rest = rest.trim_start().strip_prefix(&*shown)?;
        let length = if shown.is_ascii() { shown.len() } else { shown.encode_utf16().count() };
        // What is not a number is not sure.
        let sure = (word.confidence.clamp(0.0, 1.0) * 100.0) as u8;
        let comma = if line.ends_with('[') { "" } else { "," };
        let pause = word.span.start.0 as i64 - before as i64;
        write!(line, "{comma}{length},{pause},{},{sure}", word.span.length().0).ok()?;
        before = word.span.end.0;
    }
    rest.trim_start().is_empty().then_some(())
}
