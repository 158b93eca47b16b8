//! Files for programs that count errors: SegLST (CHiME-7), STM and CTM (NIST's sctk), as meeteval and sclite read them.
//!
//! The recording is named by its file name without ending, and its channel is 1. In STM and CTM a field has no blanks: those in names
//! become `_`. Braces, parentheses and slashes mean alternatives there and become blanks, as do angle brackets at the beginning of STM's
//! text, which would be a label; semicolons at the beginning of a line would be a comment. Who is not known is `unknown`.

use super::passages::visible;
use super::text;
use crate::{Millis, Segment, SpeakerId, Transcript};
use serde::Serialize;
use std::io::{self, Write};

/// What `speaker` is where nobody knows.
const UNKNOWN: &str = "unknown";

#[derive(Serialize)]
struct SegLst<'a> {
    session_id: &'a str,
    start_time: f64,
    end_time: f64,
    speaker: String,
    words: &'a str,
}

/// A list of all segments.
pub(super) fn seglst(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let session = session(transcript);
    write!(out, "[")?;
    for (n, segment) in visible(transcript).enumerate() {
        let row = SegLst {
            session_id: &session,
            start_time: segment.span.start.seconds(),
            end_time: segment.span.end.seconds(),
            speaker: speaker(transcript, segment.speaker),
            words: &text::line(&segment.text),
        };
        write!(out, "{}", if n == 0 { "\n" } else { ",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    writeln!(out, "\n]")
}

/// A line for each segment.
pub(super) fn stm(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let session = field(&session(transcript));
    for segment in visible(transcript) {
        let name = field(&speaker(transcript, segment.speaker));
        let (start, end) = (seconds(segment.span.start), seconds(segment.span.end));
        let words = words(&segment.text);
        writeln!(out, "{session} 1 {name} {start} {end} {}", words.trim_start_matches(['<', '>', ' ']))?;
    }
    Ok(())
}

/// A line for each word, in order of time. Words of a segment without word times share its time by their length.
pub(super) fn ctm(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let session = field(&session(transcript));
    let mut lines: Vec<(Millis, Millis, String, f32)> = visible(transcript).flat_map(timed).collect();
    lines.sort_by_key(|(start, ..)| *start);
    for (start, end, word, confidence) in lines {
        writeln!(out, "{session} 1 {} {} {word} {confidence:.2}", seconds(start), seconds(end - start))?;
    }
    Ok(())
}

/// The words of a segment with their times, and how sure each is.
fn timed(segment: &Segment) -> Vec<(Millis, Millis, String, f32)> {
    let sure = |confidence: f32| if confidence.is_nan() { 0.0 } else { confidence.clamp(0.0, 1.0) };
    if !segment.words.is_empty() {
        let words = segment
            .words
            .iter()
            .map(|word| (word.span.start, word.span.end, words(&word.text).replace(' ', "_"), sure(word.confidence)));
        return words.filter(|(.., word, _)| !word.is_empty()).collect();
    }
    let text = words(&segment.text);
    let total = text.split(' ').map(|word| word.chars().count()).sum::<usize>().max(1) as u64;
    let at = |done: u64| Millis(segment.span.start.0 + segment.span.length().0 * done / total);
    let mut done = 0;
    let words = text.split(' ').filter(|word| !word.is_empty()).map(|word| {
        let from = done;
        done += word.chars().count() as u64;
        (at(from), at(done), word.to_owned(), sure(segment.confidence()))
    });
    words.collect()
}

/// The name of the recording, without what could be a comment.
fn session(transcript: &Transcript) -> String {
    let stem = text::stem(transcript);
    let name = stem.trim_start_matches([';', ' ']);
    if name.is_empty() { "recording".into() } else { name.into() }
}

fn speaker(transcript: &Transcript, speaker: Option<SpeakerId>) -> String {
    let name = speaker.map(|speaker| text::speaker_id(transcript, speaker)).unwrap_or_default();
    if name.is_empty() { UNKNOWN.into() } else { name }
}

fn field(name: &str) -> String {
    name.replace(' ', "_")
}

/// The text without signs that mean alternatives, with single blanks.
fn words(text: &str) -> String {
    text::line(&text.replace(['{', '}', '(', ')', '/', '\\'], " ")).into_owned()
}

fn seconds(Millis(t): Millis) -> String {
    format!("{}.{:03}", t / 1000, t % 1000)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::SegLst, &council()), @r#"
        [
        {"session_id":"ratssitzung","start_time":0.34,"end_time":2.4,"speaker":"Speaker 1","words":"Guten Abend, meine Damen und Herren."},
        {"session_id":"ratssitzung","start_time":2.5,"end_time":9.1,"speaker":"Speaker 1","words":"Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind."},
        {"session_id":"ratssitzung","start_time":12.0,"end_time":16.5,"speaker":"Speaker 2","words":"Thank you, Mr. Mayor, for the invitation to the town hall in Fürth."},
        {"session_id":"ratssitzung","start_time":16.8,"end_time":17.2,"speaker":"Speaker 1","words":"Gern."}
        ]
        "#);
        insta::assert_snapshot!(written(Format::Stm, &council()), @"
        ratssitzung 1 Speaker_1 0.340 2.400 Guten Abend, meine Damen und Herren.
        ratssitzung 1 Speaker_1 2.500 9.100 Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind.
        ratssitzung 1 Speaker_2 12.000 16.500 Thank you, Mr. Mayor, for the invitation to the town hall in Fürth.
        ratssitzung 1 Speaker_1 16.800 17.200 Gern.
        ");
        let ctm = written(Format::Ctm, &council());
        insta::assert_snapshot!(ctm.lines().take(3).collect::<Vec<_>>().join("\n"), @"
        ratssitzung 1 0.340 0.332 Guten 0.95
        ratssitzung 1 0.672 0.398 Abend, 0.95
        ratssitzung 1 1.070 0.333 meine 0.95
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::SegLst, &vile()), @r#"
        [
        {"session_id":"recording","start_time":0.0,"end_time":1.5,"speaker":"unknown","words":"1 00:00:01,000 --> 00:00:02,000 x"},
        {"session_id":"recording","start_time":3.0,"end_time":4.5,"speaker":"unknown","words":"<i>kursiv</i> & {\\an8}oben </script> [31m"},
        {"session_id":"recording","start_time":6.0,"end_time":7.5,"speaker":"unknown","words":"مرحبا بالعالم، كيف حالكم؟"},
        {"session_id":"recording","start_time":9.0,"end_time":10.5,"speaker":"unknown","words":"👍🏽 👩‍👩‍👧 Tab here NOTE x"}
        ]
        "#);
        insta::assert_snapshot!(written(Format::Stm, &vile()), @"
        recording 1 unknown 0.000 1.500 1 00:00:01,000 --> 00:00:02,000 x
        recording 1 unknown 3.000 4.500 i>kursiv< i> & an8 oben < script> [31m
        recording 1 unknown 6.000 7.500 مرحبا بالعالم، كيف حالكم؟
        recording 1 unknown 9.000 10.500 👍🏽 👩‍👩‍👧 Tab here NOTE x
        ");
        insta::assert_snapshot!(written(Format::Ctm, &vile()), @"
        recording 1 0.000 0.051 1 0.95
        recording 1 0.051 0.621 00:00:01,000 0.95
        recording 1 0.672 0.155 --> 0.95
        recording 1 0.827 0.621 00:00:02,000 0.95
        recording 1 1.448 0.052 x 0.95
        recording 1 3.000 0.487 <i>kursiv<_i> 0.95
        recording 1 3.487 0.038 & 0.95
        recording 1 3.525 0.375 an8_oben 0.95
        recording 1 3.900 0.337 <_script> 0.95
        recording 1 4.237 0.263 [31m 0.95
        recording 1 6.000 0.340 مرحبا 0.95
        recording 1 6.340 0.546 بالعالم، 0.95
        recording 1 6.886 0.204 كيف 0.95
        recording 1 7.090 0.410 حالكم؟ 0.95
        recording 1 9.000 0.157 👍🏽 0.95
        recording 1 9.157 0.395 👩‍👩‍👧 0.95
        recording 1 9.552 0.237 Tab 0.95
        recording 1 9.789 0.316 here 0.95
        recording 1 10.105 0.316 NOTE 0.95
        recording 1 10.421 0.079 x 0.95
        ");
    }

    #[test]
    fn words_without_times_share_that_of_their_segment() {
        let mut transcript = council();
        transcript.segments.truncate(1);
        transcript.segments[0].words.clear();
        insta::assert_snapshot!(written(Format::Ctm, &transcript), @"
        ratssitzung 1 0.340 0.332 Guten 0.83
        ratssitzung 1 0.672 0.398 Abend, 0.83
        ratssitzung 1 1.070 0.333 meine 0.83
        ratssitzung 1 1.403 0.332 Damen 0.83
        ratssitzung 1 1.735 0.199 und 0.83
        ratssitzung 1 1.934 0.466 Herren. 0.83
        ");
    }
}
