//! Tab-separated values as openai-whisper writes them (`whisper/utils.py`, `WriteTSV`): for spreadsheets and scripts.
//!
//! One segment per line, with times in whole milliseconds, which have no decimal sign. No quoting:
//! tabs and line ends in the text are blanks. An apostrophe keeps a text from being taken for a formula, as in CSV.

use super::passages::visible;
use super::text;
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "start\tend\ttext")?;
    for segment in visible(transcript) {
        let text = text::line(&segment.text);
        writeln!(out, "{}\t{}\t{}", segment.span.start.0, segment.span.end.0, text::cell(&text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Tsv, &council()), @r#"
        start	end	text
        340	2400	Guten Abend, meine Damen und Herren.
        2500	9100	Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.
        12000	16500	Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.
        16800	17200	Gern.
        "#);
    }

    #[test]
    fn nothing_is_a_formula() {
        let mut council = council();
        council.segments.truncate(2);
        council.segments[0].text = "=cmd|' /C calc'!A0".into();
        council.segments[1].text = "\t\r\n-1".into();
        assert_eq!(
            written(Format::Tsv, &council),
            "start\tend\ttext\n340\t2400\t'=cmd|' /C calc'!A0\n2500\t9100\t'-1\n"
        );
    }

    #[test]
    fn each_segment_is_one_line() {
        insta::assert_snapshot!(written(Format::Tsv, &vile()), @r#"
        start	end	text
        0	1500	1 00:00:01,000 --> 00:00:02,000 x
        3000	4500	<i>kursiv</i> & {\an8}oben </script> [31m
        6000	7500	مرحبا بالعالم، كيف حالكم؟
        9000	10500	👍🏽 👩‍👩‍👧 Tab here NOTE x
        "#);
    }
}
