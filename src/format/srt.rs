//! SubRip captions.
//!
//! There is no specification, only what players do: a counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, lines of
//! text, a blank line. Nor is there any escaping, yet players take `<i>` and `{\an8}` for formatting and hide it,
//! and `\N` for a line end. So signs that could be taken so are replaced by ones that look alike: `‹ › ( )` for
//! `< > { }`, `→` for `-->`, `/` for a backslash before `N`, `n` and `h`. A speaker's name stands before the first
//! words of each turn. Captions are what was said: that a transcript is partial is not written into them.

use super::{cues, text};
use crate::{Millis, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    for (n, cue) in cues(transcript).into_iter().enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}\n{} --> {}", n + 1, time(cue.span.start), time(cue.span.end))?;
        if let Some(speaker) = cue.speaker.filter(|_| cue.turn) {
            write!(out, "{}: ", escape(&text::speaker_name(speaker)))?;
        }
        for line in &cue.lines {
            writeln!(out, "{}", escape(line))?;
        }
    }
    Ok(())
}

fn time(Millis(t): Millis) -> String {
    format!("{:02}:{:02}:{:02},{:03}", t / 3_600_000, t / 60_000 % 60, t / 1000 % 60, t % 1000)
}

fn escape(line: &str) -> String {
    let mut safe = line.replace("-->", "→");
    for (from, to) in [("<", "‹"), (">", "›"), ("{", "("), ("}", ")"), ("\\N", "/N"), ("\\n", "/n"), ("\\h", "/h")]
    {
        if safe.contains(from) {
            safe = safe.replace(from, to);
        }
    }
    safe
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
        insta::assert_snapshot!(shown(Format::Srt, &council()), @"");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(shown(Format::Srt, &vile()), @"");
    }
}
