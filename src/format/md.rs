//! Markdown: for wikis, for note-taking programs, and for pandoc on its way to anything else.
//!
//! A title, where the text comes from, and one paragraph (`turns`) after the other, each with its time and, where the
//! speaker changes, the name. Every sign of the text that CommonMark, or an extension that pandoc or GitHub has, could take
//! for more than itself stands behind a backslash; and text never begins a line, so that it makes no list and no heading.

use super::heading::Heading;
use super::text;
use super::turns::{Passage, passages};
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let heading = Heading::of(transcript);
    writeln!(out, "# {}\n", escape(&heading.title))?;
    for (label, value) in &heading.facts {
        writeln!(out, "- {label}: {}", escape(value))?;
    }
    writeln!(out, "\n*{}*", escape(&heading.notice))?;
    if let Some(note) = &heading.incomplete {
        writeln!(out, "\n*{}*", escape(note))?;
    }
    for warning in &heading.warnings {
        writeln!(out, "\n*{}*", escape(warning))?;
    }
    for passage in passages(transcript) {
        match passage {
            Passage::Stop(stop) => writeln!(out, "\n*\\[{}\\]*", escape(&stop.words(transcript)))?,
            Passage::Paragraph(said) => {
                write!(out, "\n[{}] ", text::stamp(said.span().start))?;
                if let Some(speaker) = said.speaker.filter(|_| said.turn) {
                    write!(out, "**{}:** ", escape(&text::speaker_name(transcript, speaker)))?;
                }
                writeln!(out, "{}", escape(&said.text()))?;
            }
        }
    }
    Ok(())
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
        insta::assert_snapshot!(shown(Format::Md, &interrupted(council())), @r"
        # ratssitzung.m4a

        - Länge: 0:00:20
        - Modell: ggml-base-q8\_0.bin

        *Maschineller Entwurf, ungeprüft*

        *unvollständig: transkribiert bis 0:12:34, abgebrochen*

        *Hinweis, 00:09: a damaged packet was skipped*

        *Hinweis: the file is shorter than its header says*

        [00:00:00] **Speaker 1:** Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.

        *\[unverständlich 00:09–00:11\]*

        [00:00:12] **Speaker 2:** Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.

        [00:00:16] **Speaker 1:** Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(shown(Format::Md, &vile()), @r"
        # Transcript

        - Length: 0:00:15

        *Machine draft, unchecked*

        [00:00:00] 1 00:00:01,000 --\> 00:00:02,000 x \<i\>kursiv\</i\> \& \{\\an8\}oben \</script\> \[31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }
}
