//! What several formats need to know about text: what to leave out, how wide it is, where blanks stand.
//!
//! Knows no format; what a format must escape is said in that format's file.

use crate::{Gap, GapReason, Marker, MarkerKind, Millis, Segment, Span, SpeakerId, Transcript, Warning};
use std::borrow::Cow;

/// Characters that no text file should hold and that carry no meaning: control characters other than
/// blanks and line ends, the byte order mark, and what is no character for XML.
fn meaningless(c: char) -> bool {
    c.is_control() && !c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Characters without ink: alone they say nothing, beside others they shape them.
fn inkless(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}')
}

/// The parts of `text` between blanks (tabs and all kinds of line ends are blanks), each with something to see.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split_whitespace()
        .map(|part| match part.contains(meaningless) {
            true => Cow::Owned(part.replace(meaningless, "")),
            false => Cow::Borrowed(part),
        })
        .filter(|part| !part.chars().all(inkless))
}

/// `text` on one line, with single blanks and none around it.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for part in parts(text) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&part);
    }
    Cow::Owned(line)
}

/// How many columns `text` takes: 2 for the wide characters of East Asia and for emoji, 0 for marks that sit
/// on the character before, else 1.
///
/// After Unicode's `East_Asian_Width` and `Mn`, for the scripts that whisper writes; where in doubt, too wide.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char_width).sum() }
}

fn char_width(c: char) -> usize {
    match c {
        c if inkless(c) || sits_on_another(c) => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Marks and modifiers that must not be torn from the character before them.
pub(super) fn sits_on_another(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{93c}' | '\u{941}'..='\u{948}' | '\u{94d}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{102d}'..='\u{1030}'
        | '\u{1032}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Characters of the scripts that are written without blanks, where a line may break between any two.
pub(super) fn unspaced_script(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{312f}'
        | '\u{31a0}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3fffd}')
}

/// Does a blank stand before the segment when it follows another?
///
/// In languages written with blanks always, whatever its first word says: models cut between words.
pub(super) fn blank_before(segment: &Segment) -> bool {
    let without_blanks = matches!(&*segment.language, "ja" | "zh" | "yue" | "th" | "lo" | "km" | "my" | "bo");
    !without_blanks || segment.words.first().is_some_and(|word| word.spaced)
}

/// When somebody really speaks in the segment: from the first word to the last, or its own span without words.
pub(super) fn spoken(segment: &Segment) -> Span {
    match (segment.words.first(), segment.words.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start.0, last.span.end.0),
        _ => segment.span,
    }
}

/// Is `text` a finished sentence, as far as its last characters tell?
pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '“', '’', '‘', '»', '«', '›', '‹', ')', ']', '」', '』', '）'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '۔'])
}

/// Replaces what players take for formatting whatever the file's format says: `{\an8}` places a caption and `\N` ends a
/// line in those that work with SubStation Alpha inside, as ffmpeg does.
pub(super) fn for_players(text: &str) -> String {
    let mut safe = text.replace('{', "(").replace('}', ")");
    if safe.contains('\\') {
        safe = safe.replace("\\N", "/N").replace("\\n", "/n").replace("\\h", "/h");
    }
    safe
}

/// How a voice is called in every format: on one line, and never nothing.
pub(super) fn speaker_name(transcript: &Transcript, speaker: SpeakerId) -> String {
    let name = transcript.name(speaker);
    match line(&name) {
        empty if empty.is_empty() => format!("Speaker {}", speaker.0),
        name => name.into_owned(),
    }
}

/// What the reader of a partial transcript must be told, in the transcript's language (German, else English);
/// `None` for a complete one.
pub(super) fn incomplete(transcript: &Transcript) -> Option<String> {
    let crate::Completeness::Partial { until, reason } = &transcript.completeness else { return None };
    Some(match (&*transcript.language, &*line(reason)) {
        ("de", "interrupted") => format!("unvollständig: transkribiert bis {until}, abgebrochen"),
        ("de", reason) => format!("unvollständig: transkribiert bis {until}, {reason}"),
        (_, reason) => format!("incomplete: transcribed up to {until}, {reason}"),
    })
}

/// What stands where there is no text, without brackets, in the transcript's language (German, else English).
pub(super) fn gap(transcript: &Transcript, gap: &Gap) -> String {
    let words = match (gap.reason, &*transcript.language) {
        (GapReason::Unrecognised, "de") => "unverständlich",
        (GapReason::Unrecognised, _) => "inaudible",
        (GapReason::Paused, "de") => "Pause, nicht aufgezeichnet",
        (GapReason::Paused, _) => "paused, not recorded",
        (GapReason::Lost, "de") => "kein Ton vom Mikrofon",
        (GapReason::Lost, _) => "no sound from the microphone",
        (GapReason::Missed, "de") => "kein Ton, Rechner im Ruhezustand oder Aussetzer",
        (GapReason::Missed, _) => "no sound, computer asleep or a dropout",
    };
    format!("{words} {}–{}", clock(gap.span.start), clock(gap.span.end))
}

/// What happened on the way, in the transcript's language (German, else English) as far as it is ours.
pub(super) fn warning(transcript: &Transcript, warning: &Warning) -> String {
    let word = if transcript.language == "de" { "Hinweis" } else { "note" };
    match warning.at {
        Some(at) => format!("{word}, {}: {}", clock(at), line(&warning.message)),
        None => format!("{word}: {}", line(&warning.message)),
    }
}

/// What a reader must know at the end of a text without a heading: that it ends too early, and what happened on the way.
pub(super) fn notes(transcript: &Transcript) -> impl Iterator<Item = String> {
    let warnings = transcript.warnings.iter().map(|each| warning(transcript, each));
    incomplete(transcript).into_iter().chain(warnings)
}

/// What the recording is called without what its name ends in; may be empty.
pub(super) fn stem(transcript: &Transcript) -> String {
    let name = line(&transcript.recording.name);
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    stem.trim().to_owned()
}

/// `00:12:03`, what programs look for in a text; whole seconds that have passed.
pub(super) fn stamp(time: Millis) -> String {
    let s = time.0 / 1000;
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// Replaces what programs for qualitative research could take for a time mark or a speaker by signs that look alike.
pub(super) fn for_coding(text: &str) -> String {
    let text = text.replace("-->", "→").replace(['[', '{'], "(").replace([']', '}'], ")");
    match text.contains('#') {
        true => (0..=9).fold(text, |text, n| text.replace(&format!("#{n}"), &format!("＃{n}"))),
        false => text,
    }
}

/// Our own words for such a program: a colon would make a speaker of what stands before it.
pub(super) fn remark(words: &str) -> String {
    format!("({})", for_coding(&words.replace(": ", ", ").replace(':', ".")))
}

/// A name that such programs take for one: MAXQDA allows 63 characters, and a colon ends it.
pub(super) fn coded_name(transcript: &Transcript, speaker: SpeakerId) -> String {
    let name = for_coding(&speaker_name(transcript, speaker).replace(':', "."));
    name.chars().take(63).collect::<String>().trim_end().to_owned()
}

/// What was marked, and when, without brackets, in the transcript's language (German, else English).
pub(super) fn marker(transcript: &Transcript, marker: &Marker) -> String {
    let words = match (marker.kind, &*transcript.language) {
        (MarkerKind::Marker, "de") => "Markierung",
        (MarkerKind::Marker, _) => "Marker",
        (MarkerKind::AgendaItem, "de") => "Tagesordnungspunkt",
        (MarkerKind::AgendaItem, _) => "Agenda item",
        (MarkerKind::Decision, "de") => "Beschluss",
        (MarkerKind::Decision, _) => "Decision",
    };
    format!("{words} {}", clock(marker.at))
}

/// `12:03`, with hours where there are any.
fn clock(time: Millis) -> String {
    let s = time.0 / 1000;
    match s / 3600 {
        0 => format!("{:02}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_what_can_be_seen() {
        assert_eq!(line(" a\tb\r\n\r\nc\u{0}d\u{feff} \u{200b} \u{85}e\u{2028}f\u{7}"), "a b cd e f");
        assert_eq!(line("\u{1b}\u{feff}\u{200b}"), "");
    }

    #[test]
    fn widths() {
        assert_eq!(width("Größe"), 5);
        assert_eq!(width("Gro\u{308}ße"), 5);
        assert_eq!(width("会議です"), 8);
        assert_eq!(width("👍"), 2);
        assert_eq!(width("สวัสดี"), 4);
    }

    #[test]
    fn sentences_end_inside_quotes_too() {
        assert!(ends_sentence("sagte sie: „Ja.“") && ends_sentence("終わります。") && ends_sentence("well…"));
        assert!(!ends_sentence("und dann,") && !ends_sentence(""));
    }
}
