//! Text as several formats need it: without control characters, its width, its blanks, and remarks. Knows no format; each format
//! escapes its own characters.

pub(super) use crate::transcript::unspaced_script;
use crate::transcript::{is_blank, is_invisible};
use crate::wording::{self, Labels, Language};
use crate::{Gap, Marker, Millis, Segment, Span, SpeakerId, Transcript, Warning};
use std::borrow::Cow;

/// Characters without meaning that no text file should hold: control characters other than
/// blanks and line ends, the byte order mark, and what is no character for XML.
fn meaningless(c: char) -> bool {
    c.is_control() && !c.is_whitespace() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The parts of `text` between blanks (tabs and all kinds of line ends are blanks), without invisible ones.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split_whitespace()
        .map(|part| match part.contains(meaningless) {
            true => Cow::Owned(part.replace(meaningless, "")),
            false => Cow::Borrowed(part),
        })
        .filter(|part| !is_blank(part))
}

/// `text` on one line, with single blanks and none around it.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
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

/// The width of `text` in columns: 2 for the wide characters of East Asia and for emoji, 0 for marks that sit
/// on the character before, else 1.
///
/// After Unicode's `East_Asian_Width` and `Mn`, for the scripts that whisper writes; where in doubt, too wide.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char_width).sum() }
}

fn char_width(c: char) -> usize {
    match c {
        c if is_invisible(c) || sits_on_another(c) => 0,
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

/// Marks and modifiers that must not be separated from the character before them.
pub(super) fn sits_on_another(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{93c}' | '\u{941}'..='\u{948}' | '\u{94d}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{102d}'..='\u{1030}'
        | '\u{1032}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Whether a blank precedes the segment when it follows another: always in languages with blanks, whatever its first word says,
/// since models cut between words.
pub(super) fn blank_before(segment: &Segment) -> bool {
    let without_blanks = matches!(&*segment.language, "ja" | "zh" | "yue" | "th" | "lo" | "km" | "my" | "bo");
    !without_blanks || segment.words.first().is_some_and(|word| word.spaced)
}

/// When somebody speaks in the segment: from the first word to the last, or its own span if it has no words.
pub(super) fn spoken(segment: &Segment) -> Span {
    match (segment.words.first(), segment.words.last()) {
        (Some(first), Some(last)) => Span::new(first.span.start.0, last.span.end.0),
        _ => segment.span,
    }
}

/// Whether `text` ends like a sentence.
pub(crate) fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '“', '’', '‘', '»', '«', '›', '‹', ')', ']', '」', '』', '）'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '۔'])
}

/// Text for a cell of a table, on one line: a spreadsheet takes it for text and not for a formula.
///
/// An apostrophe precedes what begins with `=`, `+`, `-`, `@`, their full-width forms, a tab or a carriage return, also behind blanks,
/// quotation marks and invisible characters. The same holds for what follows a semicolon, at which a spreadsheet with a decimal comma
/// begins a new cell. To get the text back, take away one apostrophe where the rest is such a text.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if !text.split(';').any(is_formula) {
        return Cow::Borrowed(text);
    }
    let parts = text.split(';').map(|part| if is_formula(part) { format!("'{part}") } else { part.to_owned() });
    Cow::Owned(parts.collect::<Vec<_>>().join(";"))
}

fn is_formula(text: &str) -> bool {
    let hidden = |c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '"' | '\'' | '’' | '“' | '”' | '„');
    let bare = text.trim_start_matches(hidden);
    text.starts_with(['\t', '\r']) || bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// Whether the first letter of `text` belongs to a script that runs from right to left.
pub(super) fn runs_leftwards(text: &str) -> bool {
    let leftwards = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}')
    };
    text.chars().find(|c| c.is_alphabetic()).is_some_and(leftwards)
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

/// What a speaker is called for programs: a name, or `Speaker 1`; on one line, and never empty.
pub(super) fn speaker_id(transcript: &Transcript, speaker: SpeakerId) -> String {
    named(transcript, speaker).unwrap_or_else(|| wording::speaker(speaker.0, Language::English))
}

/// What a speaker is called for people: a name, or `Speaker 1` in the transcript's language; on one line, and never empty.
pub(super) fn speaker_name(transcript: &Transcript, speaker: SpeakerId) -> String {
    named(transcript, speaker).unwrap_or_else(|| wording::speaker(speaker.0, language(transcript)))
}

/// What stands for a speaker who is not known.
pub(super) fn unknown_speaker(transcript: &Transcript) -> String {
    wording::unknown_speaker(language(transcript))
}

fn named(transcript: &Transcript, speaker: SpeakerId) -> Option<String> {
    transcript.names.get(&speaker).map(|name| line(name).into_owned()).filter(|name| !name.is_empty())
}

/// The language of what is written around the text.
pub(super) fn language(transcript: &Transcript) -> Language {
    Language::of(&transcript.language)
}

/// That a transcript ends early, in its language; `None` for a complete one.
pub(super) fn incomplete(transcript: &Transcript) -> Option<String> {
    incomplete_in(transcript, language(transcript))
}

/// The same in another language.
pub(super) fn incomplete_in(transcript: &Transcript, language: Language) -> Option<String> {
    let crate::Completeness::Partial { until, reason } = &transcript.completeness else { return None };
    Some(line(&wording::incomplete(*until, reason, language)).into_owned())
}

/// What stands where there is no text, without brackets, in the transcript's language.
pub(super) fn gap(transcript: &Transcript, gap: &Gap) -> String {
    let words = wording::gap(gap.reason, language(transcript));
    format!("{words} {}–{}", clock(gap.span.start), clock(gap.span.end))
}

/// A warning with its time, in the transcript's language.
pub(super) fn warning(transcript: &Transcript, warning: &Warning) -> String {
    let language = language(transcript);
    let (note, message) = (Labels::of(language).note, wording::warning(warning, language));
    match warning.at {
        Some(at) => format!("{note}, {}: {}", clock(at), line(&message)),
        None => format!("{note}: {}", line(&message)),
    }
}

/// What a reader must know, for the end of a text without a heading: that it ends early, and the warnings.
pub(super) fn notes(transcript: &Transcript) -> impl Iterator<Item = String> {
    let warnings = transcript.warnings.iter().map(|each| warning(transcript, each));
    incomplete(transcript).into_iter().chain(warnings)
}

/// The file name of the recording without its extension; may be empty.
pub(super) fn stem(transcript: &Transcript) -> String {
    let name = line(&transcript.recording.name);
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    stem.trim().to_owned()
}

/// `00:12:03`, as programs look for it in a text; rounded down to seconds.
pub(super) fn stamp(time: Millis) -> String {
    let s = time.0 / 1000;
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// Replaces characters that programs for qualitative research could take for a time mark or a speaker by similar ones.
pub(super) fn for_coding(text: &str) -> String {
    let text = text.replace("-->", "→").replace(['[', '{'], "(").replace([']', '}'], ")");
    match text.contains('#') {
        true => (0..=9).fold(text, |text, n| text.replace(&format!("#{n}"), &format!("＃{n}"))),
        false => text,
    }
}

/// A remark for such a program, without colons, which would make a speaker's name of the text before.
pub(super) fn remark(words: &str) -> String {
    format!("({})", for_coding(&words.replace(": ", ", ").replace(':', ".")))
}

/// A name as such programs accept it: MAXQDA allows 63 characters, and a colon ends it.
pub(super) fn coded_name(transcript: &Transcript, speaker: SpeakerId) -> String {
    let name = for_coding(&speaker_name(transcript, speaker).replace(':', "."));
    name.chars().take(63).collect::<String>().trim_end().to_owned()
}

/// What a marker is called and its time, without brackets, in the transcript's language.
pub(super) fn marker(transcript: &Transcript, marker: &Marker) -> String {
    format!("{} {}", Labels::of(language(transcript)).marker(marker.kind), clock(marker.at))
}

/// `12:03`, or `1:12:03` from an hour on.
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
    fn nothing_is_a_formula() {
        let formulas =
            ["=1+1", "+SUM(A1)", "-2", "@x", "＝1", "－2", " =1", "\"=1\"", "\u{200b}=1", "„-2“", "'=1", "\tx", "\r=1"];
        for formula in formulas {
            assert_eq!(cell(formula), format!("'{formula}"));
            assert_eq!(cell(&format!("ja;{formula}; nein")), format!("ja;'{formula}; nein"));
        }
        for text in ["a=1", "", "'ne Frage", "\"Ja\"", "– ja", "10", "ja; nein;", "a, =1"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn the_first_letter_gives_the_direction() {
        assert!(runs_leftwards("14: مرحبا ABC") && runs_leftwards("„שלום“"));
        assert!(!runs_leftwards("ABC مرحبا") && !runs_leftwards("12") && !runs_leftwards("Größe"));
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
