//! Comma-separated values (RFC 4180), one paragraph (`passages`) per row: for spreadsheets, and for programs that sort
//! statements, such as Talk to the City.
//!
//! Talk to the City looks for `id`, `interview`, `timestamp` and `comment`, and counts and quotes people by `interview`. So this
//! column holds the speaker's name; the name of the recording precedes a label such as `Speaker 1`, so that the first speakers of
//! two tables are not taken for one person. `speaker` is the name alone, and empty if it is not known. `start` and `end` are whole
//! milliseconds, since spreadsheets with a decimal comma take 1.2 for a date.
//!
//! A cell that a spreadsheet could take for a formula begins with an apostrophe, as OWASP advises against CSV injection.
//! Gaps have no row: each row is something that somebody says.

use super::passages::{Passage, passages};
use super::text;
use crate::{SpeakerId, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    table.write_record(["id", "interview", "speaker", "timestamp", "start", "end", "comment"])?;
    let mut id = 0;
    for passage in passages(transcript) {
        let Passage::Paragraph(paragraph) = passage else { continue };
        id += 1;
        let span = paragraph.span();
        let name = paragraph.speaker.map(|speaker| text::speaker_name(transcript, speaker)).unwrap_or_default();
        table.write_record([
            &id.to_string(),
            &*text::cell(&interview(transcript, paragraph.speaker)),
            &*text::cell(&name),
            &span.start.to_string(),
            &span.start.0.to_string(),
            &span.end.0.to_string(),
            &*text::cell(&paragraph.text()),
        ])?;
    }
    table.flush()
}

/// Writes the rows of a table, of which the first has the headings. Each cell is on one line, and none is a formula.
///
/// # Errors
/// Those of `out`; what was written until then is of no use.
pub fn write_table(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for row in rows {
        table.write_record(row.iter().map(|text| text::cell(&text::line(text)).into_owned()))?;
    }
    table.flush()
}

/// Whose words they are, told apart from those of other recordings.
fn interview(transcript: &Transcript, speaker: Option<SpeakerId>) -> String {
    let recording = text::stem(transcript);
    match speaker.map(|speaker| (text::speaker_name(transcript, speaker), transcript.names.contains_key(&speaker))) {
        Some((name, named)) if named || recording.is_empty() => name,
        Some((name, _)) => format!("{recording}, {name}"),
        None => recording,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use crate::SpeakerId;

    #[test]
    fn german_and_english() {
        let mut council = council();
        council.names.insert(SpeakerId(2), "Anna \"Änne\" Meyer".into());
        insta::assert_snapshot!(written(Format::Csv, &council).replace("\r\n", "\n"), @r#"
        id,interview,speaker,timestamp,start,end,comment
        1,"ratssitzung, Sprecher 1",Sprecher 1,0:00:00,340,9100,"Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind."
        2,"Anna ""Änne"" Meyer","Anna ""Änne"" Meyer",0:00:12,12000,16500,"Thank you, Mr. Mayor, for the invitation to the town hall in Fürth."
        3,"ratssitzung, Sprecher 1",Sprecher 1,0:00:16,16800,17200,Gern.
        "#);
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Csv, &vile()).replace("\r\n", "\n"), @r#"
        id,interview,speaker,timestamp,start,end,comment
        1,,,0:00:00,0,10500,"1 00:00:01,000 --> 00:00:02,000 x <i>kursiv</i> & {\an8}oben </script> [31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x"
        "#);
    }
}
