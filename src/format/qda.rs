//! Text for qualitative research: `[hh:mm:ss] Name: text`, which MAXQDA, ATLAS.ti, NVivo and QualCoder read as a
//! transcript with time marks.
//!
//! One paragraph (`passages`) per line, with a blank line between. Each begins with its time and the speaker's name, which has at
//! most 63 characters and no colon (MAXQDA). Text that could be a time mark or a speaker, such as `[12:03]`, is written with similar
//! characters; remarks are in round brackets, without colons. Time marks are whole seconds, rounded down, so that playback from there
//! cuts nothing off.

use super::passages::{Passage, passages};
use super::text::{self, coded_name, for_coding, remark, stamp};
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut between = "";
    for passage in passages(transcript) {
        write!(out, "{between}")?;
        between = "\n";
        match passage {
            Passage::Stop(stop) => {
                writeln!(out, "[{}] {}", stamp(stop.span().start), remark(&stop.words(transcript)))?;
            }
            Passage::Paragraph(paragraph) => {
                write!(out, "[{}] ", stamp(paragraph.span().start))?;
                if let Some(speaker) = paragraph.speaker {
                    write!(out, "{}: ", coded_name(transcript, speaker))?;
                }
                writeln!(out, "{}", for_coding(&paragraph.text()))?;
            }
        }
    }
    for note in text::notes(transcript) {
        writeln!(out, "{between}{}", remark(&note))?;
        between = "\n";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use crate::{SpeakerId, Transcript};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Qda, &interrupted(council())), @"
        [00:00:00] Sprecher 1: Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.

        [00:00:09] (unverständlich 00.09–00.11)

        [00:00:12] Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.

        [00:00:16] Sprecher 1: Gern.

        (unvollständig, transkribiert bis 0.12.34, abgebrochen)

        (Hinweis, 00.09, ein beschädigtes Datenpaket wurde übersprungen, bad checksum)

        (Hinweis, the file is shorter than its header says)
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Qda, &vile()), @r"[00:00:00] 1 00:00:01,000 → 00:00:02,000 x <i>kursiv</i> & (\an8)oben </script> (31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x");
    }

    #[test]
    fn names_are_as_programs_take_them() {
        let name = format!("Dr: [Eva]\n{}", "x".repeat(100));
        let segments = vec![spoken_segment("de", 0, 1000, Some(7), "Ja, um [12:03], #00:01:02.3# und {00:01:02}.")];
        let names = [(SpeakerId(7), name)].into();
        let shown = written(Format::Qda, &Transcript { segments, names, ..Transcript::default() });
        let name = format!("Dr. (Eva) {}", "x".repeat(53));
        assert_eq!(shown, format!("[00:00:00] {name}: Ja, um (12:03), ＃00:01:02.3# und (00:01:02).\n"));
    }
}
