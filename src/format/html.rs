//! A page to read, hear and correct a transcript with: one file that a browser opens by a double click.
//!
//! The text is in the HTML as it stands, so that it is read without scripts, by Word, and on paper. Each segment is an
//! `<a name="ts_START_END_VOICE">` with times in milliseconds, and `<meta name="audio_source">` tells the recording: so
//! noScribe's editor opens it, too. No element stands for a word: the words' times lie in one list of numbers
//! (`html/data.rs`), and what is made of it all (player, search, corrections) is in `html/*.js`, which is part of the file.
//!
//! Text may hold anything: in elements and attributes `&`, `<`, `>` and `"` are escaped, in the list of data `<`, `>`, `&`
//! and what ends a line in JavaScript. Besides, the page's own rules (CSP) allow no script and no style but ours, told by
//! digest, and nothing from elsewhere; only the recording may be a file beside it, or inside it as a `data:` URL.

mod data;
mod escape;

use super::turns::{Paragraph, Passage, Stop, passages};
use super::{Style, text};
use crate::{GapReason, Segment, Transcript};
use escape::{digest, html, path};
use std::borrow::Cow;
use std::io::{self, Write};

const STYLE: &str =
    concat!(include_str!("html/page.css"), include_str!("html/tools.css"), include_str!("html/print.css"));
/// In the order in which they need each other; one scope for all.
const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("html/texts.js"),
    include_str!("html/segments.js"),
    include_str!("html/edits.js"),
    include_str!("html/draw.js"),
    include_str!("html/player.js"),
    include_str!("html/timeline.js"),
    include_str!("html/search.js"),
    include_str!("html/voices.js"),
    include_str!("html/editor.js"),
    include_str!("html/keys.js"),
    "})();\n"
);

pub(super) fn write(transcript: &Transcript, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let (css, script) = (STYLE.replace('\r', ""), SCRIPT.replace('\r', ""));
    let media = Media::of(transcript, style);
    let name = text::line(&transcript.recording.name);
    let title = if name.is_empty() { "transcribe" } else { &name };
    write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; \
         style-src 'sha256-{}'; media-src 'self' file: blob: data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"transcribe {}\">\n\
         <meta name=\"audio_source\" content=\"{}\">\n\
         <title>{}</title>\n<style>{css}</style>\n</head>\n<body>\n",
        language(&transcript.language),
        digest(&script),
        digest(&css),
        env!("CARGO_PKG_VERSION"),
        html(&media.path),
        html(title),
    )?;
    header(transcript, &media, title, out)?;
    writeln!(out, "<main>")?;
    for passage in passages(transcript) {
        match passage {
            Passage::Paragraph(paragraph) => write_paragraph(transcript, &paragraph, out)?,
            Passage::Stop(stop) => write_stop(transcript, stop, out)?,
        }
    }
    write!(out, "</main>\n<script type=\"application/json\" id=\"data\">\n")?;
    data::write(transcript, out)?;
    writeln!(out, "</script>\n<script>{script}</script>\n</body>\n</html>")
}

/// Where the recording lies.
struct Media<'a> {
    /// As the page's player wants it.
    link: Cow<'a, str>,
    /// As people and noScribe's editor want it.
    path: Cow<'a, str>,
}

impl<'a> Media<'a> {
    fn of(transcript: &'a Transcript, style: &'a Style) -> Media<'a> {
        let name = text::line(&transcript.recording.name);
        match style.media.as_deref() {
            Some(url) if is_url(url) => {
                let shown = if url.starts_with("data:") { name } else { Cow::Borrowed(url) };
                Media { link: Cow::Borrowed(url), path: shown }
            }
            Some(place) => Media { link: path(place).into(), path: Cow::Borrowed(place) },
            // A name is no way into other folders.
            None => Media { link: path(&name).replace('/', "%2F").into(), path: name },
        }
    }
}

/// Or else it is a path.
fn is_url(media: &str) -> bool {
    ["data:", "file:"].iter().any(|scheme| media.starts_with(scheme))
}

/// What is above the text: the recording, and what a reader must know.
fn header(transcript: &Transcript, media: &Media<'_>, title: &str, out: &mut impl Write) -> io::Result<()> {
    let german = transcript.language == "de";
    let model = text::line(&transcript.model.file);
    let model = model.trim_start_matches("ggml-").trim_end_matches(".bin");
    let by = if model.is_empty() { String::new() } else { format!(" {} {model}", if german { "mit" } else { "by" }) };
    let origin = match german {
        true => format!(
            "{}, automatisch transkribiert{by}. Kann Fehler enthalten: Was gilt, ist die Aufnahme.",
            transcript.duration
        ),
        false => format!(
            "{}, transcribed automatically{by}. It may contain errors: what counts is the recording.",
            transcript.duration
        ),
    };
    write!(out, "<header>\n<h1>{}</h1>\n<p class=\"origin\">{}</p>\n", html(title), html(&origin))?;
    if let Some(note) = text::incomplete(transcript) {
        writeln!(out, "<p class=\"incomplete\">[{}]</p>", html(&note))?;
    }
    let parts = &transcript.recording.parts;
    if parts.len() > 1 && !media.link.starts_with("data:") {
        let names: Vec<Cow<'_, str>> = parts.iter().map(|part| text::line(part)).collect();
        let names = names.join(", ");
        let note = match german {
            true => {
                format!("Die Aufnahme besteht aus {} Dateien ({names}); diese Seite spielt die erste.", parts.len())
            }
            false => format!("The recording consists of {} files ({names}); this page plays the first.", parts.len()),
        };
        writeln!(out, "<p class=\"parts\">{}</p>", html(&note))?;
    }
    if !transcript.warnings.is_empty() {
        writeln!(out, "<ul class=\"warnings\" lang=\"en\">")?;
        for warning in &transcript.warnings {
            let at = warning.at.map_or(String::new(), |at| format!("<time>{at}</time> "));
            writeln!(out, "<li>{at}{}</li>", html(&text::line(&warning.message)))?;
        }
        writeln!(out, "</ul>")?;
    }
    let link = html(&media.link);
    if link.is_empty() {
        return writeln!(out, "<audio controls></audio>\n</header>");
    }
    writeln!(out, "<audio controls preload=\"metadata\" src=\"{link}\"></audio>\n</header>")
}

fn write_paragraph(transcript: &Transcript, paragraph: &Paragraph<'_>, out: &mut impl Write) -> io::Result<()> {
    let class = if paragraph.turn { " class=\"turn\"" } else { "" };
    write!(out, "<p{class}><span class=\"who\">")?;
    if let Some(speaker) = paragraph.speaker.filter(|_| paragraph.turn) {
        write!(out, "<b>{}</b> ", html(&text::speaker_name(transcript, speaker)))?;
    }
    write!(out, "<time>{}</time></span> <span class=\"said\" dir=\"auto\">", paragraph.span().start)?;
    for (n, segment) in paragraph.segments().enumerate() {
        if n > 0 && text::blank_before(segment) {
            write!(out, " ")?;
        }
        write_segment(transcript, segment, out)?;
    }
    writeln!(out, "</span></p>")
}

fn write_segment(transcript: &Transcript, segment: &Segment, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<a name=\"ts_{}_{}_", segment.span.start.0, segment.span.end.0)?;
    if let Some(speaker) = segment.speaker {
        write!(out, "S{}", speaker.0)?;
    }
    write!(out, "\"")?;
    match (segment.edited, segment.is_uncertain()) {
        (true, _) => write!(out, " class=\"edited\"")?,
        (_, true) => write!(out, " class=\"unsure\"")?,
        _ => {}
    }
    if segment.language != transcript.language {
        write!(out, " lang=\"{}\"", language(&segment.language))?;
    }
    write!(out, ">{}</a>", html(&text::line(&segment.text)))
}

fn write_stop(transcript: &Transcript, stop: Stop<'_>, out: &mut impl Write) -> io::Result<()> {
    let class = match stop {
        Stop::Gap(gap) if gap.reason == GapReason::Unrecognised => "gap unheard",
        Stop::Gap(_) => "gap",
        Stop::Marker(_) => "mark",
    };
    let (at, words) = (stop.span().start.0, stop.words(transcript));
    writeln!(out, "<p class=\"{class}\" data-at=\"{at}\">[{}]</p>", html(&words))
}

/// As HTML has it; empty, which is "unknown", for what can be no code of a language.
fn language(code: &str) -> &str {
    match code {
        "jw" => "jv",
        code if code.len() <= 8 && code.bytes().all(|b| b.is_ascii_lowercase()) => code,
        _ => "",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
