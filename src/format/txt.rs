//! Plain text in paragraphs: for reading, and for pasting into minutes.
//!
//! One paragraph (`turns`) a line and a blank line between, since every editor wraps and none joins. No times: who wants
//! them takes captions. Only speech without text is told with its times, in a paragraph of its own. A partial transcript
//! says so in its last line.

use super::text;
use super::turns::{Passage, passages};
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut empty = true;
    for passage in passages(transcript) {
        paragraph(out, &mut empty)?;
        match passage {
            Passage::Stop(stop) => write!(out, "[{}]", stop.words(transcript))?,
            Passage::Paragraph(said) => {
                if let Some(speaker) = said.speaker.filter(|_| said.turn) {
                    write!(out, "{}: ", text::speaker_name(transcript, speaker))?;
                }
                write!(out, "{}", said.text())?;
            }
        }
    }
    if let Some(note) = text::incomplete(transcript) {
        paragraph(out, &mut empty)?;
        write!(out, "[{note}]")?;
    }
    match empty {
        true => Ok(()),
        false => writeln!(out),
    }
}

/// What stands between two paragraphs.
fn paragraph(out: &mut impl Write, empty: &mut bool) -> io::Result<()> {
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
        insta::assert_snapshot!(shown(Format::Txt, &council()), @"
        Speaker 1: Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.

        [unverständlich 00:09–00:11]

        Speaker 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.

        Speaker 1: Gern.
        ");
    }

    #[test]
    fn partial_is_the_last_line() {
        let written = shown(Format::Txt, &interrupted(council()));
        assert!(written.ends_with(".\n\n[unvollständig: transkribiert bis 0:12:34, abgebrochen]\n"), "{written}");
        let none = interrupted(Transcript { language: "fr".into(), ..Transcript::default() });
        assert_eq!(shown(Format::Txt, &none), "[incomplete: transcribed up to 0:12:34, interrupted]\n");
    }
}
