//! Labels for Audacity (File → Import → Labels): start, end and text of each segment, separated by tabs, one per line.
//!
//! Seconds have a dot in all languages, as Audacity reads and writes them. The speaker's name precedes each text, since labels have no
//! other place for it. Gaps and markers are labels, too.

use super::passages::{Passage, passages};
use super::text;
use crate::{Millis, Span, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    for passage in passages(transcript) {
        match passage {
            Passage::Stop(stop) => label(out, stop.span(), &format!("[{}]", stop.words(transcript)))?,
            Passage::Paragraph(paragraph) => {
                let name =
                    paragraph.speaker.map(|speaker| text::speaker_name(transcript, speaker) + ": ").unwrap_or_default();
                for segment in paragraph.segments() {
                    label(out, segment.span, &[&name, &*text::line(&segment.text)].concat())?;
                }
            }
        }
    }
    Ok(())
}

fn label(out: &mut impl Write, span: Span, text: &str) -> io::Result<()> {
    writeln!(out, "{}\t{}\t{text}", seconds(span.start), seconds(span.end))
}

fn seconds(Millis(t): Millis) -> String {
    format!("{}.{:03}", t / 1000, t % 1000)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Audacity, &council()), @"
        0.340	2.400	Sprecher 1: Guten Abend, meine Damen und Herren.
        2.500	9.100	Sprecher 1: Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.
        9.600	11.800	[unverständlich 00:09–00:11]
        12.000	16.500	Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.
        16.800	17.200	Sprecher 1: Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Audacity, &vile()), @r"
        0.000	1.500	1 00:00:01,000 --> 00:00:02,000 x
        3.000	4.500	<i>kursiv</i> & {\an8}oben </script> [31m
        6.000	7.500	مرحبا بالعالم، كيف حالكم؟
        9.000	10.500	👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }
}
