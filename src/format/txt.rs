//! Plain text in paragraphs, for reading and for pasting into minutes.
//!
//! One paragraph (`passages`) per line, with a blank line between: every editor wraps lines, and none joins them. There are no
//! times, except for gaps, which have paragraphs of their own. The last line of a partial transcript says that it is one.

use super::passages::{Passage, passages};
use super::text;
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut empty = true;
    for passage in passages(transcript) {
        separate(out, &mut empty)?;
        match passage {
            Passage::Stop(stop) => write!(out, "[{}]", stop.words(transcript))?,
            Passage::Paragraph(paragraph) => {
                if let Some(speaker) = paragraph.speaker.filter(|_| paragraph.turn) {
                    write!(out, "{}: ", text::speaker_name(transcript, speaker))?;
                }
                write!(out, "{}", paragraph.text())?;
            }
        }
    }
    if let Some(note) = text::incomplete(transcript) {
        separate(out, &mut empty)?;
        write!(out, "[{note}]")?;
    }
    match empty {
        true => Ok(()),
        false => writeln!(out),
    }
}

/// Writes what separates two paragraphs.
fn separate(out: &mut impl Write, empty: &mut bool) -> io::Result<()> {
    match std::mem::replace(empty, false) {
        true => Ok(()),
        false => write!(out, "\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use crate::Transcript;

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Txt, &council()), @"
        Sprecher 1: Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.

        [unverständlich 00:09–00:11]

        Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.

        Sprecher 1: Gern.
        ");
    }

    #[test]
    fn partial_is_the_last_line() {
        let text = written(Format::Txt, &interrupted(council()));
        assert!(text.ends_with(".\n\n[unvollständig: transkribiert bis 0:12:34, abgebrochen]\n"), "{text}");
        let none = interrupted(Transcript { language: "fr".into(), ..Transcript::default() });
        assert_eq!(written(Format::Txt, &none), "[incomplete: transcribed up to 0:12:34, interrupted]\n");
    }
}
