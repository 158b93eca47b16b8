//! LRC, which music players show line by line.
//!
//! There is no specification. One segment per line, with `[mm:ss.xx]` in hundredths of a second, rounded down; after 99 minutes the
//! minutes have more digits (`[125:00.00]`), since there are no hours. The speaker's name precedes the first line of each turn. A
//! bracket at the start of a text would be another time, and karaoke players read `<00:12.00>`, so `[ ] < >` become
//! `( ) ‹ ›`; braces, and a backslash before `N`, are replaced as in SRT.

use super::{cues::has_speakers, text};
use crate::{Millis, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let title = escape(&text::stem(transcript));
    if !title.is_empty() {
        writeln!(out, "[ti:{title}]")?;
    }
    let seconds = transcript.duration.0 / 1000;
    writeln!(out, "[length:{:02}:{:02}]", seconds / 60, seconds % 60)?;
    let named = has_speakers(transcript);
    let mut voice = None;
    for segment in &transcript.segments {
        let line = escape(&text::line(&segment.text));
        if line.is_empty() {
            continue;
        }
        write!(out, "[{}]", time(segment.span.start))?;
        if named && voice.replace(segment.speaker) != Some(segment.speaker) {
            let name = segment.speaker.map(|speaker| text::speaker_name(transcript, speaker));
            write!(out, "{}: ", escape(&name.unwrap_or_else(|| text::unknown_speaker(transcript))))?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn time(Millis(t): Millis) -> String {
    format!("{:02}:{:02}.{:02}", t / 60_000, t / 1000 % 60, t / 10 % 100)
}

fn escape(text: &str) -> String {
    text::for_players(text).replace('[', "(").replace(']', ")").replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use super::*;

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::Lrc, &council()), @"
        [ti:ratssitzung]
        [length:00:20]
        [00:00.34]Sprecher 1: Guten Abend, meine Damen und Herren.
        [00:02.50]Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.
        [00:12.00]Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.
        [00:16.80]Sprecher 1: Gern.
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::Lrc, &vile()), @r"
        [length:00:15]
        [00:00.00]1 00:00:01,000 --› 00:00:02,000 x
        [00:03.00]‹i›kursiv‹/i› & (\an8)oben ‹/script› (31m
        [00:06.00]مرحبا بالعالم، كيف حالكم؟
        [00:09.00]👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
    }

    #[test]
    fn who_is_not_known_is_not_taken_for_whoever_spoke_before() {
        let mut council = council();
        council.segments[1].speaker = None;
        council.segments[3].speaker = None;
        let written = written(Format::Lrc, &council);
        let lines: Vec<&str> = written.lines().skip(2).collect();
        assert!(lines[0].starts_with("[00:00.34]Sprecher 1: Guten Abend"), "{written}");
        assert!(lines[1].starts_with("[00:02.50]Sprecher ?: Ich eröffne"), "{written}");
        assert!(lines[2].starts_with("[00:12.00]Sprecher 2: Thank you"), "{written}");
        assert_eq!(lines[3], "[00:16.80]Sprecher ?: Gern.");
    }

    #[test]
    fn minutes_grow() {
        assert_eq!(time(Millis(59_999)), "00:59.99");
        assert_eq!(time(Millis(7_500_000)), "125:00.00");
    }
}
