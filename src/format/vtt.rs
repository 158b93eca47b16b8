//! WebVTT captions, after the W3C's "WebVTT: The Web Video Text Tracks Format", section 4.
//!
//! `&`, `<` and `>` are escaped (4.2.2), which also takes care of `-->`; lines are never blank. Braces, and
//! a backslash before `N`, mean nothing in WebVTT, but do to players, and are replaced as in SRT. Each cue of a known
//! speaker is one voice span, `<v Speaker 1>…</v>`, for a span can't reach beyond its cue. A partial
//! transcript begins with a `NOTE`, which players don't show; at the end, pysubs2 would take it for the last cue's text.

use super::{Captions, cues, text};
use crate::{Millis, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, captions: &Captions, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "WEBVTT")?;
    if let Some(note) = text::incomplete(transcript) {
        writeln!(out, "\nNOTE {}", escape(&note))?;
    }
    for cue in cues(transcript, captions) {
        let lines = escape(&cue.lines.join("\n"));
        write!(out, "\n{} --> {}\n", time(cue.span.start), time(cue.span.end))?;
        match cue.speaker {
            Some(speaker) => writeln!(out, "<v {}>{lines}</v>", escape(&text::speaker_name(transcript, speaker)))?,
            None => writeln!(out, "{lines}")?,
        }
    }
    Ok(())
}

fn time(Millis(t): Millis) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", t / 3_600_000, t / 60_000 % 60, t / 1000 % 60, t % 1000)
}

fn escape(text: &str) -> String {
    text::for_players(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Vtt, &council()), @"
        WEBVTT

        00:00:00.340 --> 00:00:02.500
        <v Sprecher 1>Guten Abend,
        meine Damen und Herren.</v>

        00:00:02.500 --> 00:00:06.900
        <v Sprecher 1>Ich eröffne die 14. Sitzung
        des Gemeinderats und stelle fest,</v>

        00:00:06.900 --> 00:00:09.100
        <v Sprecher 1>dass wir beschlussfähig sind.</v>

        00:00:12.000 --> 00:00:14.781
        <v Sprecher 2>Thank you,
        Mr. Mayor, for the invitation</v>

        00:00:14.781 --> 00:00:16.800
        <v Sprecher 2>to the town hall in Fürth.</v>

        00:00:16.800 --> 00:00:17.800
        <v Sprecher 1>Gern.</v>
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Vtt, &vile()), @r"
        WEBVTT

        00:00:00.000 --> 00:00:01.942
        1 00:00:01,000 --&gt; 00:00:02,000 x

        00:00:03.000 --> 00:00:05.412
        &lt;i&gt;kursiv&lt;/i&gt; &amp; (\an8)oben &lt;/script&gt; [31m

        00:00:06.000 --> 00:00:07.500
        مرحبا بالعالم، كيف حالكم؟

        00:00:09.000 --> 00:00:10.500
        👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }

    #[test]
    fn partial_is_said_in_a_note() {
        let written = written(Format::Vtt, &interrupted(council()));
        let head = "WEBVTT\n\nNOTE unvollständig: transkribiert bis 0:12:34, abgebrochen\n\n00:00:00.340 --> ";
        assert!(written.starts_with(head), "{written}");
    }
}
