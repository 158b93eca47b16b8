//! Rich Transcription Time Marked (NIST, RT-09 evaluation plan, appendix A): who speaks when, for programs that measure
//! how well voices were told apart.
//!
//! A `SPEAKER` line has ten fields with blanks between: type, file, channel, start, duration, `<NA>` for text and kind, name,
//! `<NA>` for confidence and look-ahead. So blanks in names become `_`, and a voice that nobody knows is `speech`. Segments of
//! one voice less than 0.3 s apart are one turn, as NIST has it; what takes no time is none.

use super::text;
use crate::{Millis, Span, SpeakerId, Transcript};
use std::io::{self, Write};

/// A pause within a turn is shorter, in milliseconds.
const PAUSE: u64 = 300;

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let file = field(&text::stem(transcript), "recording");
    let said = |segment: &&crate::Segment| text::parts(&segment.text).next().is_some();
    let mut segments = transcript.segments.iter().filter(said).peekable();
    while let Some(first) = segments.next() {
        let mut span = first.span;
        let goes_on = |next: &&crate::Segment, span: Span| {
            next.speaker == first.speaker && (next.span.start - span.end).0 < PAUSE && next.span.start >= span.start
        };
        while let Some(next) = segments.next_if(|next| goes_on(next, span)) {
            span.end = span.end.max(next.span.end);
        }
        if span.length() > Millis(0) {
            let (start, length) = (seconds(span.start), seconds(span.length()));
            let name = voice(transcript, first.speaker);
            writeln!(out, "SPEAKER {file} 1 {start} {length} <NA> <NA> {name} <NA> <NA>")?;
        }
    }
    Ok(())
}

fn voice(transcript: &Transcript, speaker: Option<SpeakerId>) -> String {
    field(&speaker.map(|speaker| text::speaker_name(transcript, speaker)).unwrap_or_default(), "speech")
}

fn field(text: &str, empty: &str) -> String {
    if text.is_empty() { empty.to_owned() } else { text.replace(' ', "_") }
}

fn seconds(Millis(t): Millis) -> String {
    format!("{}.{:03}", t / 1000, t % 1000)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(shown(Format::Rttm, &council()), @"
        SPEAKER ratssitzung 1 0.340 8.760 <NA> <NA> Speaker_1 <NA> <NA>
        SPEAKER ratssitzung 1 12.000 4.500 <NA> <NA> Speaker_2 <NA> <NA>
        SPEAKER ratssitzung 1 16.800 0.400 <NA> <NA> Speaker_1 <NA> <NA>
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(shown(Format::Rttm, &vile()), @"
        SPEAKER recording 1 0.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 3.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 6.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 9.000 1.500 <NA> <NA> speech <NA> <NA>
        ");
    }
}
