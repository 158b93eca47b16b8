//! A table for NVivo's import of transcripts: `Timespan`, `Speaker` and `Content`, separated by tabs.
//!
//! One paragraph (`passages`) per row, with times to a tenth of a second as `00:00:05.0-00:00:15.9`. Every row has two tabs and no
//! quoting: tabs in the text become blanks, and a straight quotation mark becomes `”`, which no reader takes for quoting. An apostrophe keeps a cell from being
//! taken for a formula, as in CSV. Gaps,
//! and remarks about the transcript, have rows of their own without a speaker.

use super::passages::{Passage, passages};
use super::text;
use crate::{Millis, Span, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Timespan\tSpeaker\tContent")?;
    for passage in passages(transcript) {
        match passage {
            Passage::Stop(stop) => row(out, stop.span(), "", &format!("[{}]", stop.words(transcript)))?,
            Passage::Paragraph(paragraph) => {
                let name = paragraph.speaker.map(|speaker| text::speaker_name(transcript, speaker)).unwrap_or_default();
                row(out, paragraph.span(), &name, &paragraph.text())?;
            }
        }
    }
    // Where a table is in order of time, they can only stand at its end.
    let end = transcript.segments.iter().map(|segment| segment.span.end.0).fold(transcript.duration.0, u64::max);
    for note in text::notes(transcript) {
        row(out, Span::new(end, end), "", &format!("[{note}]"))?;
    }
    Ok(())
}

fn row(out: &mut impl Write, span: Span, name: &str, content: &str) -> io::Result<()> {
    let unquoted = |text: &str| text::cell(text).replace('"', "”");
    writeln!(out, "{}-{}\t{}\t{}", time(span.start), time(span.end), unquoted(name), unquoted(content))
}

fn time(time: Millis) -> String {
    format!("{}.{}", text::stamp(time), time.0 / 100 % 10)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Nvivo, &interrupted(council())), @"
        Timespan	Speaker	Content
        00:00:00.3-00:00:09.1	Sprecher 1	Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.
        00:00:09.6-00:00:11.8		[unverständlich 00:09–00:11]
        00:00:12.0-00:00:16.5	Sprecher 2	Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.
        00:00:16.8-00:00:17.2	Sprecher 1	Gern.
        00:00:20.4-00:00:20.4		[unvollständig: transkribiert bis 0:12:34, abgebrochen]
        00:00:20.4-00:00:20.4		[Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum]
        00:00:20.4-00:00:20.4		[Hinweis: the file is shorter than its header says]
        ");
    }

    #[test]
    fn nothing_is_a_formula() {
        let mut council = council();
        council.segments.truncate(1);
        (council.gaps, council.warnings) = (Vec::new(), Vec::new());
        council.segments[0].text = "\"=1+1\"".into();
        council.names.insert(crate::SpeakerId(1), "@Anna".into());
        let row = written(Format::Nvivo, &council).lines().nth(1).map(str::to_owned);
        assert_eq!(row.as_deref(), Some("00:00:00.3-00:00:02.4\t'@Anna\t'”=1+1”"));
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Nvivo, &vile()), @r"
        Timespan	Speaker	Content
        00:00:00.0-00:00:10.5		1 00:00:01,000 --> 00:00:02,000 x <i>kursiv</i> & {\an8}oben </script> [31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }
}
