//! Tab-separated values as openai-whisper writes them (`whisper/utils.py`, `WriteTSV`): for spreadsheets and scripts.
//!
//! One segment a line, times in whole milliseconds, so that nobody has to guess about decimal signs. No quoting:
//! tabs and line ends in the text are blanks.

use super::text;
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "start\tend\ttext")?;
    for segment in &transcript.segments {
        writeln!(out, "{}\t{}\t{}", segment.span.start.0, segment.span.end.0, text::line(&segment.text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(shown(Format::Tsv, &council()), @"");
    }

    #[test]
    fn each_segment_is_one_line() {
        insta::assert_snapshot!(shown(Format::Tsv, &vile()), @"");
    }
}
