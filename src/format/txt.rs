//! Plain text in paragraphs: for reading, and for pasting into minutes.
//!
//! One paragraph a line and a blank line between, since every editor wraps and none joins. No times: who wants them takes
//! captions. Only speech without text is told with its times, in a paragraph of its own. A partial transcript says so in
//! its last line.

use super::paragraphs::{self, Block, Stop};
use super::text;
use crate::Transcript;
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut empty = true;
    for block in paragraphs::with_gaps(transcript) {
        paragraph(out, &mut empty)?;
        match block {
            Block::Stop(Stop::Gap(gap)) => write!(out, "[{}]", text::gap(transcript, gap))?,
            Block::Stop(Stop::Marker(_)) => {}
            Block::Paragraph(paragraph) => {
                for (n, said) in paragraph.said.iter().enumerate() {
                    match said.segment.speaker.filter(|_| paragraph.turn && n == 0) {
                        Some(speaker) => write!(out, "{}: ", text::speaker_name(transcript, speaker))?,
                        None if n > 0 && text::blank_before(said.segment) => write!(out, " ")?,
                        None => {}
                    }
                    write!(out, "{}", said.text)?;
                }
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
    use crate::{Segment, Span, Transcript};

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

    fn paragraphs(segments: impl IntoIterator<Item = (u64, u64, String)>) -> usize {
        let segment = |(start, end, text)| Segment { span: Span::new(start, end), text, ..Segment::default() };
        let segments = segments.into_iter().map(segment).collect();
        shown(Format::Txt, &Transcript { segments, ..Transcript::default() }).trim().split("\n\n").count()
    }

    #[test]
    fn paragraphs_end_with_a_thought() {
        let pair = |end: &str, pause: u64| [(0, 1000, format!("Eins{end}")), (1000 + pause, 9000, "zwei.".to_owned())];
        assert_eq!(paragraphs(pair(".", 1999)), 1);
        assert_eq!(paragraphs(pair(".", 2000)), 2);
        assert_eq!(paragraphs(pair("", 4999)), 1, "a pause for thought within a sentence");
        assert_eq!(paragraphs(pair("", 5000)), 2);
        let talk = |end: &str| (0..20).map(move |n| (n, n, format!("{}{end}", "x".repeat(100)))).collect::<Vec<_>>();
        assert_eq!(paragraphs(talk(".")), 4);
        assert_eq!(paragraphs(talk("")), 2, "nobody can read an endless paragraph");
    }
}
