//! Rich Transcription Time Marked (NIST, RT-09 evaluation plan, appendix A): who speaks when, for programs that measure
//! diarisation.
//!
//! A `SPEAKER` line has ten fields with blanks between: type, file, channel, start, duration, `<NA>` for text and kind, name,
//! `<NA>` for confidence and look-ahead. Blanks in names become `_`, and an unknown speaker is `speech`. Segments of one
//! speaker less than 0.3 s apart are one line, as NIST has it, also where somebody else speaks in between; speakers may overlap. What
//! takes no time has no line.

use super::passages::visible;
use super::text;
use crate::transcript::speaking;
use crate::{Millis, SpeakerId, Transcript};
use std::io::{self, Write};

/// A pause within a line is shorter.
const PAUSE: Millis = Millis(300);

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let file = field(&text::stem(transcript), "recording");
    for (speaker, span) in speaking(visible(transcript), PAUSE) {
        if span.length() > Millis(0) {
            let (start, length) = (seconds(span.start), seconds(span.length()));
            let name = voice(transcript, speaker);
            writeln!(out, "SPEAKER {file} 1 {start} {length} <NA> <NA> {name} <NA> <NA>")?;
        }
    }
    Ok(())
}

fn voice(transcript: &Transcript, speaker: Option<SpeakerId>) -> String {
    field(&speaker.map(|speaker| text::speaker_id(transcript, speaker)).unwrap_or_default(), "speech")
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
        insta::assert_snapshot!(written(Format::Rttm, &council()), @"
        SPEAKER ratssitzung 1 0.340 8.760 <NA> <NA> Speaker_1 <NA> <NA>
        SPEAKER ratssitzung 1 12.000 4.500 <NA> <NA> Speaker_2 <NA> <NA>
        SPEAKER ratssitzung 1 16.800 0.400 <NA> <NA> Speaker_1 <NA> <NA>
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Rttm, &vile()), @"
        SPEAKER recording 1 0.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 3.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 6.000 1.500 <NA> <NA> speech <NA> <NA>
        SPEAKER recording 1 9.000 1.500 <NA> <NA> speech <NA> <NA>
        ");
    }
}
