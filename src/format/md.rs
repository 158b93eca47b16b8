//! Markdown: for wikis, for note-taking programs, and for pandoc on its way to anything else.
//!
//! Renders the blocks of a document; a transcript is a title, facts, notices, and one paragraph (`passages`) after the other, each
//! with its time and, where the speaker changes, the name. Every sign of the text that CommonMark, or an extension of pandoc or
//! GitHub, could take for markup stands behind a backslash.

use super::html::address;
use super::{blocks, text};
use crate::Transcript;
use crate::document::{Block, Document, Run};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    write_document(&blocks::document(transcript), out)
}

/// Blank lines stand between blocks, and none at the end.
pub(super) fn write_document(document: &Document, out: &mut impl Write) -> io::Result<()> {
    let mut between = "";
    for block in document.blocks.iter().filter(|block| !matches!(block, Block::Chart(_))) {
        write!(out, "{between}")?;
        between = "\n";
        write_block(block, out)?;
    }
    Ok(())
}

fn write_block(block: &Block, out: &mut impl Write) -> io::Result<()> {
    match block {
        Block::Heading { level, text } => writeln!(out, "{} {}", "#".repeat(usize::from(*level)), escape(text)),
        Block::Facts(facts) => {
            facts.iter().try_for_each(|(label, value)| writeln!(out, "- {}: {}", escape(label), escape(value)))
        }
        Block::Notice { text, .. } => writeln!(out, "*{}*", escape(text)),
        Block::Paragraph(runs) => writeln!(out, "{}", line(runs)),
        Block::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", line(item))),
        Block::Table { head, rows } => {
            writeln!(out, "| {} |", head.iter().map(|text| escape(text)).collect::<Vec<_>>().join(" | "))?;
            writeln!(out, "|{}", " --- |".repeat(head.len()))?;
            rows.iter().try_for_each(|row| {
                writeln!(out, "| {} |", row.iter().map(|cell| inline(cell)).collect::<Vec<_>>().join(" | "))
            })
        }
        Block::Chart(_) => Ok(()),
        Block::Quote { at, speaker, runs, .. } => {
            write!(out, "[{}] ", text::stamp(*at))?;
            if let Some(speaker) = speaker {
                write!(out, "**{}:** ", escape(speaker))?;
            }
            writeln!(out, "{}", inline(runs))
        }
        Block::Aside { text, .. } => writeln!(out, "*\\[{}\\]*", escape(text)),
    }
}

/// Text at the beginning of a line, where a number or a dash would make a list of it.
fn line(runs: &[Run]) -> String {
    let text = inline(runs);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text.get(digits..) {
        Some(rest) if rest.starts_with(['.', ')']) && digits > 0 => format!("{}\\{rest}", &text[..digits]),
        Some(rest) if rest.starts_with(['-', '+', '=', ':']) && digits == 0 => format!("\\{rest}"),
        _ => text,
    }
}

fn inline(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let escaped = escape(&run.text);
        if let Some(link) = &run.link {
            text.push_str(&format!("[{escaped}](<{}>)", address(link)));
            continue;
        }
        // Blanks stand outside of the stars.
        let core = escaped.trim();
        match escaped.split_once(core).filter(|_| run.strong && !core.is_empty()) {
            Some((before, after)) => text.push_str(&format!("{before}**{core}**{after}")),
            None => text.push_str(&escaped),
        }
    }
    text
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '^' | '$' | '@' | '!' | '{' | '}'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Md, &interrupted(council())), @r"
        # ratssitzung.m4a

        - Länge: 0:00:20
        - Modell: ggml-base-q8\_0.bin

        *Maschineller Entwurf, ungeprüft*

        *unvollständig: transkribiert bis 0:12:34, abgebrochen*

        *Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum*

        *Hinweis: the file is shorter than its header says*

        [00:00:00] **Sprecher 1:** Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.

        *\[unverständlich 00:09–00:11\]*

        [00:00:12] **Sprecher 2:** Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.

        [00:00:16] **Sprecher 1:** Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Md, &vile()), @r"
        # Transcript

        - Length: 0:00:15

        *Machine draft, unchecked*

        [00:00:00] 1 00:00:01,000 --\> 00:00:02,000 x \<i\>kursiv\</i\> \& \{\\an8\}oben \</script\> \[31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }
}
