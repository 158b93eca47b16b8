//! A page to read, listen to and correct a transcript: one file that a browser opens by a double click.
//!
//! The text is in the HTML itself, so that it can be read without scripts, in Word and on paper. Each segment is an
//! `<a name="ts_START_END_SPEAKER">` with times in milliseconds, and `<meta name="audio_source">` names the recording, so that
//! noScribe's editor opens it, too. Words have no elements: their times are one list of numbers (`html/data.rs`), and everything
//! else (player, search, edits) is in `html/*.js`, which is part of the file. All strings of the scripts come from `wording`.
//!
//! Text may hold anything: in elements and attributes `&`, `<`, `>` and `"` are escaped, in the JSON `<`, `>`, `&` and the line ends
//! of JavaScript. The page's Content-Security-Policy allows only its own script and style, by their digests, and nothing from
//! elsewhere; only the recording may be a file beside the page, or a `data:` URL in it.

mod chart;
mod data;
mod escape;
mod header;
mod render;

use super::{Style, blocks, text};
use crate::Transcript;
use crate::document::{Block, Document};
pub(super) use escape::address;
pub(crate) use escape::digest;
use escape::{html, path};
use std::borrow::Cow;
use std::io::{self, Write};

const STYLE: &str =
    concat!(include_str!("html/page.css"), include_str!("html/tools.css"), include_str!("html/print.css"));
const DOCUMENT_STYLE: &str =
    concat!(include_str!("html/page.css"), include_str!("html/chart.css"), include_str!("html/print.css"));
/// In the order of their dependencies, in one scope; with the files that a page has besides.
macro_rules! script {
    ($($file:literal)?) => {
        concat!(
            "\"use strict\";\n(() => {\n",
            include_str!("../wording/language.js"),
            include_str!("html/texts.js"),
            include_str!("html/segments.js"),
            include_str!("html/edits.js"),
            include_str!("html/stored.js"),
            include_str!("html/draw.js"),
            include_str!("html/player.js"),
            include_str!("html/timeline.js"),
            include_str!("html/search.js"),
            include_str!("html/voices.js"),
            include_str!("html/people.js"),
            include_str!("html/editor.js"),
            include_str!("html/listen.js"),
            include_str!("html/keys.js"),
            $(include_str!($file),)?
            "})();\n"
        )
    };
}
const SCRIPT: &str = script!();
const SERVED_SCRIPT: &str = script!("html/served.js");
/// So that browsers don't ask the server for one.
const NO_ICON: &str = "<link rel=\"icon\" href=\"data:,\">\n";
const SERVED_STYLE: &str = include_str!("html/served.css");

pub(super) fn write(transcript: &Transcript, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let (css, script, connect, icon) = match style.served {
        Some(_) => ([STYLE, SERVED_STYLE].concat(), SERVED_SCRIPT, "connect-src 'self'; img-src data:; ", NO_ICON),
        None => (STYLE.to_owned(), SCRIPT, "", ""),
    };
    let (css, script) = (css.replace('\r', ""), script.replace('\r', ""));
    let media = Media::of(transcript, style);
    let name = text::line(&transcript.recording.name);
    let title = if name.is_empty() { "transcribe" } else { &name };
    write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; \
         style-src 'sha256-{}'; {connect}media-src 'self' file: blob: data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"transcribe {}\">\n\
         <meta name=\"audio_source\" content=\"{}\">\n\
         <title>{}</title>\n{icon}<style>{css}</style>\n</head>\n<body>\n",
        render::language(&transcript.language),
        digest(&script),
        digest(&css),
        env!("CARGO_PKG_VERSION"),
        html(&media.path),
        html(title),
    )?;
    let bar = style.served.as_ref().map_or("", |served| &served.bar);
    write_header(transcript, &media, (title, bar), out)?;
    writeln!(out, "<main>")?;
    for block in blocks::body(transcript) {
        render::write_block(&block, out)?;
    }
    write!(out, "</main>\n<script type=\"application/json\" id=\"data\">\n")?;
    data::write(transcript, &media, style, out)?;
    writeln!(out, "</script>\n<script>{script}</script>\n</body>\n</html>")
}

/// A document as a page without scripts.
pub(super) fn write_document(document: &Document, out: &mut impl Write) -> io::Result<()> {
    let css = DOCUMENT_STYLE.replace('\r', "");
    let title = document.blocks.iter().find_map(|block| match block {
        Block::Heading { text, .. } => Some(&**text),
        _ => None,
    });
    write!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{css}</style>\n</head>\n<body>\n<main class=\"document\">\n",
        render::language(&document.language),
        digest(&css),
        html(title.unwrap_or("transcribe")),
    )?;
    document.blocks.iter().try_for_each(|block| render::write_block(block, out))?;
    writeln!(out, "</main>\n</body>\n</html>")
}

/// Where the recording is.
struct Media<'a> {
    /// As a link for the page's player.
    link: Cow<'a, str>,
    /// As a path for people and noScribe's editor.
    path: Cow<'a, str>,
}

impl<'a> Media<'a> {
    fn of(transcript: &'a Transcript, style: &'a Style) -> Media<'a> {
        let name = text::line(transcript.recording.media());
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

/// What is above the text: the `bar` of whoever serves it, the recording, remarks, and the player.
fn write_header(
    transcript: &Transcript,
    media: &Media<'_>,
    (title, bar): (&str, &str),
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "<header>\n{bar}<h1>{}</h1>\n", html(title))?;
    let lines = header::lines(transcript, media, text::language(transcript));
    for line in lines.iter().filter(|line| line.class != "warning") {
        writeln!(out, "<p class=\"{}\" data-text>{}</p>", line.class, html(&line.text))?;
    }
    if !transcript.warnings.is_empty() {
        writeln!(out, "<ul class=\"warnings\">")?;
        for line in lines.iter().filter(|line| line.class == "warning") {
            let at = line.at.map_or(String::new(), |at| format!("<time>{at}</time> "));
            writeln!(out, "<li>{at}<span data-text>{}</span></li>", html(&line.text))?;
        }
        writeln!(out, "</ul>")?;
    }
    let link = html(&media.link);
    if link.is_empty() {
        return writeln!(out, "<audio controls></audio>\n</header>");
    }
    writeln!(out, "<audio controls preload=\"metadata\" src=\"{link}\"></audio>\n</header>")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
