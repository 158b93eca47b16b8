//! The page's data and strings, as JSON for its script.

use super::escape::json;
use super::{Media, Style, header};
use crate::format::passages::visible;
use crate::format::text;
use crate::wording::{self, Language};
use crate::{RemovalReason, Segment, SpeakerId, Transcript};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Places to listen to again, at most: about an hour's work.
const MOST_PLACES: usize = 50;
/// Places among them where text was removed, at most.
const MOST_REMOVED: usize = 10;

pub(super) fn write(transcript: &Transcript, media: &Media<'_>, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let ui_language = style.ui_language;
    let speakers: BTreeSet<SpeakerId> = visible(transcript).filter_map(|segment| segment.speaker).collect();
    let named = |name: fn(&Transcript, SpeakerId) -> String| -> serde_json::Map<_, _> {
        speakers.iter().map(|s| (format!("S{}", s.0), name(transcript, *s).into())).collect()
    };
    let former = |id: &SpeakerId| transcript.former_names.get(id).map(|names| (format!("S{}", id.0), json!(names)));
    let removed =
        transcript.removed.iter().map(|r| json!([r.span.start.0, text::line(&r.text), text::line(reason(&r.reason))]));
    let corrections =
        transcript.corrections.iter().map(|c| json!([c.span.start.0, text::line(&c.from), text::line(&c.to)]));
    let recording = &transcript.recording;
    let mut facts = json!({
        "recording": {"name": text::line(recording.media()), "sha256": recording.sha256},
        "duration": transcript.duration.0,
        "voices": named(text::speaker_name),
        // As a file of edits names them, in every language.
        "voicesInFile": named(text::speaker_id),
        "formerNames": speakers.iter().filter_map(former).collect::<serde_json::Map<_, _>>(),
        "removed": removed.collect::<Vec<_>>(),
        "corrections": corrections.collect::<Vec<_>>(),
        "header": header(transcript, media, ui_language),
        "again": again(transcript),
        "checked": transcript.checked.iter().map(|span| json!([span.start.0, span.end.0])).collect::<Vec<_>>(),
        "texts": wording::review(ui_language),
    });
    if let Some(served) = &style.served {
        facts["save"] = served.save.as_str().into();
    }
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

/// The places to listen to again, in milliseconds.
fn again(transcript: &Transcript) -> Value {
    let places = transcript.listen_again(MOST_PLACES, MOST_REMOVED).into_iter();
    places.map(|place| json!({"start": place.start.0, "end": place.end.0, "why": place.why})).collect()
}

/// The code, which the page's strings have a text for, or a text.
fn reason(reason: &RemovalReason) -> &str {
    match reason {
        RemovalReason::Other(text) => text,
        known => known.code(),
    }
}

/// The text of each line of the header, by language.
fn header(transcript: &Transcript, media: &Media<'_>, only: Option<Language>) -> Value {
    let languages = Language::ALL.into_iter().filter(|language| only.is_none_or(|only| only == *language));
    let lines = |language| {
        let lines = header::lines(transcript, media, language).into_iter();
        lines.map(|line| line.text).collect::<Value>()
    };
    languages.map(|language| (language.code().to_owned(), lines(language))).collect()
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
