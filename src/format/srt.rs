//! SubRip captions.
//!
//! There is no specification, only what players do: a counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, lines of
//! text, a blank line. Nor is there any escaping, yet players take `<i>` and `{\an8}` for formatting and hide it,
//! and `\N` for a line end. So signs that could be taken so are replaced by ones that look alike: `‹ › ( )` for
//! `< > { }`, `→` for `-->`, `/` for a backslash before `N`, `n` and `h`. A speaker's name stands before the first
//! words of each turn. Captions are what was said: that a transcript is partial is not written into them.

use super::{Captions, cues, text};
use crate::{Millis, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, captions: &Captions, out: &mut impl Write) -> io::Result<()> {
    for (n, cue) in cues(transcript, captions).into_iter().enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}\n{} --> {}", n + 1, time(cue.span.start), time(cue.span.end))?;
        writeln!(out, "{}", escape(&cue.labelled()))?;
    }
    Ok(())
}

fn time(Millis(t): Millis) -> String {
    format!("{:02}:{:02}:{:02},{:03}", t / 3_600_000, t / 60_000 % 60, t / 1000 % 60, t % 1000)
}

fn escape(line: &str) -> String {
    text::for_players(&line.replace("-->", "→").replace('<', "‹").replace('>', "›"))
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use super::*;

    #[test]
    fn times_past_ninety_nine_hours_grow() {
        assert_eq!(time(Millis(0)), "00:00:00,000");
        assert_eq!(time(Millis(360_000_000 + 59_999)), "100:00:59,999");
    }

    #[test]
    fn tags_are_text() {
        assert_eq!(escape(r"<i>a</i> {\an8} --> C:\Neu C:\Alt"), r"‹i›a‹/i› (\an8) → C:/Neu C:\Alt");
    }

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(shown(Format::Srt, &council()), @"
        1
        00:00:00,340 --> 00:00:02,500
        Speaker 1: Guten Abend,
        meine Damen und Herren.

        2
        00:00:02,500 --> 00:00:06,900
        Ich eröffne die 14. Sitzung
        des Gemeinderats und stelle fest,

        3
        00:00:06,900 --> 00:00:09,100
        dass wir beschlussfähig sind.

        4
        00:00:12,000 --> 00:00:13,472
        Speaker 2: Thank you, Mr. Mayor,

        5
        00:00:13,472 --> 00:00:16,800
        for the invitation
        to the town hall in Fürth.

        6
        00:00:16,800 --> 00:00:17,800
        Speaker 1: Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(shown(Format::Srt, &vile()), @r"
        1
        00:00:00,000 --> 00:00:01,942
        1 00:00:01,000 → 00:00:02,000 x

        2
        00:00:03,000 --> 00:00:05,412
        ‹i›kursiv‹/i› & (\an8)oben ‹/script› [31m

        3
        00:00:06,000 --> 00:00:07,500
        مرحبا بالعالم، كيف حالكم؟

        4
        00:00:09,000 --> 00:00:10,500
        👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }
}
