//! SubRip captions.
//!
//! There is no specification, only the practice of players: a counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, lines of
//! text, a blank line. There is no escaping either, yet players take `<i>` and `{\an8}` for formatting and hide it,
//! and `\N` for a line end. So such characters are replaced by similar ones: `‹ › ( )` for
//! `< > { }`, `/` for a backslash before `N`, `n` and `h`, and `＆` for the ampersand of `&lt;`, which some
//! decode. A speaker's name precedes the first words of each turn. Captions hold speech and say where music plays;
//! they do not say that a transcript is partial.

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
    without_references(&text::for_players(&line.replace('<', "‹").replace('>', "›")))
}

/// The text with `＆` for each ampersand that begins a reference such as `&amp;`.
fn without_references(text: &str) -> String {
    let mut parts = text.split('&');
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split_once(';').map_or("", |(name, _)| name);
        let refers = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        safe.push(if refers { '＆' } else { '&' });
        safe.push_str(part);
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
        assert_eq!(escape(r"<i>a</i> {\an8} --> C:\Neu C:\Alt"), r"‹i›a‹/i› (\an8) --› C:/Neu C:\Alt");
        assert_eq!(escape("A&B; ?a=1&b=2;x & y; &lt;b&gt;"), "A＆B; ?a=1&b=2;x & y; ＆lt;b＆gt;");
    }

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Srt, &council()), @"
        1
        00:00:00,340 --> 00:00:02,500
        Sprecher 1: Guten Abend,
        meine Damen und Herren.

        2
        00:00:02,500 --> 00:00:06,900
        Ich eröffne die 14. Sitzung
        des Gemeinderats und stelle fest,

        3
        00:00:06,900 --> 00:00:09,100
        dass wir beschlussfähig sind.

        4
        00:00:12,000 --> 00:00:14,781
        Sprecher 2: Thank you,
        Mr. Mayor, for the invitation

        5
        00:00:14,781 --> 00:00:16,800
        to the town hall in Fürth.

        6
        00:00:16,800 --> 00:00:17,800
        Sprecher 1: Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Srt, &vile()), @r"
        1
        00:00:00,000 --> 00:00:01,942
        1 00:00:01,000 --› 00:00:02,000 x

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
