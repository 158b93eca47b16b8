//! WebVTT captions, after the W3C's "WebVTT: The Web Video Text Tracks Format", section 4.
//!
//! `&`, `<` and `>` are escaped (4.2.2), which also takes care of `-->`; lines are never blank. Each cue of a known
//! speaker is one voice span (`<v Speaker 1>…</v>`), for players take a span to end with its cue. A partial
//! transcript ends with a `NOTE`, which players don't show.

use super::{cues, text};
use crate::{Millis, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "WEBVTT")?;
    for cue in cues(transcript) {
        let lines = escape(&cue.lines.join("\n"));
        write!(out, "\n{} --> {}\n", time(cue.span.start), time(cue.span.end))?;
        match cue.speaker {
            Some(speaker) => writeln!(out, "<v {}>{lines}</v>", escape(&text::speaker_name(speaker)))?,
            None => writeln!(out, "{lines}")?,
        }
    }
    match text::incomplete(transcript) {
        Some(note) => writeln!(out, "\nNOTE {}", escape(&note)),
        None => Ok(()),
    }
}

fn time(Millis(t): Millis) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", t / 3_600_000, t / 60_000 % 60, t / 1000 % 60, t % 1000)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(shown(Format::Vtt, &council()), @"");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(shown(Format::Vtt, &vile()), @"");
    }

    #[test]
    fn partial_is_said_in_a_note() {
        let written = shown(Format::Vtt, &interrupted(council()));
        assert!(written.ends_with("</v>\n\nNOTE unvollständig: transkribiert bis 0:12:34, abgebrochen\n"), "{written}");
    }
}
