//! The blocks of a document as HTML. Quotes and asides have what the review page's script looks for: `name`, `class` and `data-at`.

use super::escape::{address, html};
use crate::document::{Aside, Block, Link, Run, Source};
use crate::format::text::runs_leftwards;
use std::io::{self, Write};

/// Writes a block, with a line end.
pub(super) fn write_block(block: &Block, out: &mut impl Write) -> io::Result<()> {
    match block {
        Block::Heading { level, text } => writeln!(out, "<h{level}>{}</h{level}>", html(text)),
        Block::Facts(facts) => {
            write!(out, "<dl>")?;
            facts
                .iter()
                .try_for_each(|(label, value)| write!(out, "<dt>{}</dt><dd>{}</dd>", html(label), html(value)))?;
            writeln!(out, "</dl>")
        }
        Block::Notice { text, strong } => {
            let class = if *strong { "notice strong" } else { "notice" };
            writeln!(out, "<p class=\"{class}\">{}</p>", html(text))
        }
        Block::Paragraph(runs) => writeln!(out, "<p{}>{}</p>", direction(runs), inline(runs)),
        Block::List(items) => {
            let items: String =
                items.iter().map(|item| format!("<li{}>{}</li>", direction(item), inline(item))).collect();
            writeln!(out, "<ul>{items}</ul>")
        }
        Block::Table { head, rows } => {
            let head: String = head.iter().map(|text| format!("<th>{}</th>", html(text))).collect();
            writeln!(out, "<div class=\"table\" tabindex=\"0\"><table>\n<tr>{head}</tr>")?;
            for row in rows {
                let cells: String =
                    row.iter().map(|cell| format!("<td{}>{}</td>", cell_attribute(cell), inline(cell))).collect();
                writeln!(out, "<tr>{cells}</tr>")?;
            }
            writeln!(out, "</table></div>")
        }
        Block::Chart(chart) => super::chart::write(chart, out),
        Block::Quote { at, speaker, turn, runs } => {
            let class = if *turn { " class=\"turn\"" } else { "" };
            write!(out, "<p{class}><span class=\"who\">")?;
            if let Some(speaker) = speaker {
                write!(out, "<b>{}</b> ", html(speaker))?;
            }
            write!(out, "<time>{at}</time></span> <span class=\"said\" dir=\"auto\">")?;
            runs.iter().try_for_each(|run| write_run(run, out))?;
            writeln!(out, "</span></p>")
        }
        Block::Aside { at, text, kind } => {
            let class = match kind {
                Aside::Inaudible => "gap unheard",
                Aside::Gap => "gap",
                Aside::Marker => "mark",
            };
            writeln!(out, "<p class=\"{class}\" data-at=\"{}\">[{}]</p>", at.0, html(text))
        }
    }
}

/// The attribute of an element of text that runs from right to left.
fn direction(runs: &[Run]) -> &'static str {
    let first = runs.iter().find(|run| run.text.contains(char::is_alphabetic));
    if first.is_some_and(|run| runs_leftwards(&run.text)) { " dir=\"rtl\"" } else { "" }
}

/// The attribute of a cell: a number stands at the right.
fn cell_attribute(runs: &[Run]) -> &'static str {
    let is_number = |text: &str| {
        text == "–"
            || text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(|c: char| c.is_alphabetic() && c != 's')
    };
    match runs {
        [run] if run.source.is_none() && is_number(&run.text) => " class=\"number\"",
        _ => direction(runs),
    }
}

fn inline(runs: &[Run]) -> String {
    let mut text = Vec::new();
    // Writing into memory does not fail.
    let _ = runs.iter().try_for_each(|run| write_run(run, &mut text));
    String::from_utf8(text).unwrap_or_default()
}

fn write_run(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let Some(source) = &run.source else {
        let text = html(&run.text);
        return match &run.link {
            Some(link) => write!(out, "<a href=\"{}\">{text}</a>", html(&address(link))),
            None if run.strong => write!(out, "<b>{text}</b>"),
            None => write!(out, "{text}"),
        };
    };
    // The blank is not part of the segment.
    let text = run.text.trim_start_matches(' ');
    write!(out, "{}", &run.text[..run.text.len() - text.len()])?;
    write_anchor(source, out)?;
    write!(out, ">{}</a>", html(text))
}

/// The beginning of an element that noScribe's editor knows, too.
fn write_anchor(source: &Source, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<a name=\"{}\"", Link::segment(source.span, source.speaker))?;
    match (source.edited, source.uncertain) {
        (true, _) => write!(out, " class=\"edited\"")?,
        (_, true) => write!(out, " class=\"unsure\"")?,
        _ => {}
    }
    match &source.language {
        Some(code) => write!(out, " lang=\"{}\"", language(code)),
        None => Ok(()),
    }
}

/// As HTML has it; empty, which is "unknown", for what can be no code of a language.
pub(super) fn language(code: &str) -> &str {
    match code {
        "jw" => "jv",
        code if code.len() <= 8 && code.bytes().all(|b| b.is_ascii_lowercase()) => code,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_and_hebrew_run_from_right_to_left() {
        let shown = |block: &Block| {
            let mut out = Vec::new();
            let written = write_block(block, &mut out);
            (written.is_ok(), String::from_utf8_lossy(&out).into_owned())
        };
        let hebrew = vec![Run::plain("1. "), Run::strong("שלום")];
        assert_eq!(shown(&Block::Paragraph(hebrew.clone())), (true, "<p dir=\"rtl\">1. <b>שלום</b></p>\n".into()));
        let list = Block::List(vec![vec![Run::plain("Ja, שלום")], hebrew]);
        assert_eq!(shown(&list).1, "<ul><li>Ja, שלום</li><li dir=\"rtl\">1. <b>שלום</b></li></ul>\n");
        let quote =
            Block::Quote { at: crate::Millis(0), speaker: None, turn: true, runs: vec![Run::plain("שלום")] };
        assert!(shown(&quote).1.contains("<span class=\"said\" dir=\"auto\">שלום</span>"));
    }
}
