//! Text after the simple rules of Dresing and Pehl (`Praxisbuch Interview, Transkription & Analyse`), as f4transkript and
//! f4x write it and MAXQDA and ATLAS.ti read it: `Name: text #00:01:23-4#`.
//!
//! One paragraph (`passages`, so none is longer than 3 minutes) per line, with a blank line between, and the time of its end, to a
//! tenth of a second, at its end. `(...)` is a pause of 3 s and more, as far as there are word times; the simple rules
//! give no lengths. A word that the model is unsure of is written `(Wort?)`; `(unv.)` marks speech without any recognised word.
//! Other remarks are in round brackets. The result is a draft: Dresing and Pehl also want broken-off sentences, laughter
//! and emphasis, which no model recognises. Characters that could be time marks are replaced as in `qda`.

use super::passages::{Paragraph, Passage, Stop, passages};
use super::text::{self, coded_name, for_coding, remark};
use crate::transcript::text_of;
use crate::{GapReason, Millis, Segment, Transcript, Word};
use std::io::{self, Write};

/// Silence that is written down, in milliseconds.
const PAUSE: u64 = 3000;

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut between = "";
    // When it last fell silent.
    let mut silent = None;
    for passage in passages(transcript) {
        write!(out, "{between}")?;
        between = "\n";
        let end = match passage {
            Passage::Stop(stop) => {
                match stop {
                    Stop::Gap(gap) if gap.reason == GapReason::Unrecognised => write!(out, "(unv.)")?,
                    _ => write!(out, "{}", remark(&stop.words(transcript)))?,
                }
                stop.span().end
            }
            Passage::Paragraph(paragraph) => {
                if let Some(speaker) = paragraph.speaker {
                    write!(out, "{}: ", coded_name(transcript, speaker))?;
                }
                write!(out, "{}", spoken(&paragraph, &mut silent))?;
                paragraph.span().end
            }
        };
        silent = silent.max(Some(end));
        writeln!(out, " #{}-{}#", text::stamp(end), end.0 / 100 % 10)?;
    }
    for note in text::notes(transcript) {
        writeln!(out, "{between}{}", remark(&note))?;
        between = "\n";
    }
    Ok(())
}

/// With pauses and guesses; `silent` is when it last fell silent.
fn spoken(paragraph: &Paragraph<'_>, silent: &mut Option<Millis>) -> String {
    paragraph.text_with(|segment| {
        let mut text = String::new();
        for run in runs(segment) {
            let (start, end) = (run.words.first(), run.words.last());
            let start = start.map_or(segment.span.start, |word| word.span.start);
            if silent.is_some_and(|silent| (start - silent).0 >= PAUSE) {
                text.push_str(if text.is_empty() { "(...) " } else { " (...)" });
            }
            if !text.is_empty() && !text.ends_with(' ') && run.words.first().is_some_and(|word| word.spaced) {
                text.push(' ');
            }
            text.push_str(&if run.guess { guess(&run.text) } else { run.text });
            *silent = (*silent).max(Some(end.map_or(segment.span.end, |word| word.span.end)));
        }
        text
    })
}

/// Words without a pause between them that are all certain or all guesses.
struct Run<'a> {
    /// Empty if there are no times of words.
    words: &'a [Word],
    text: String,
    guess: bool,
}

fn runs(segment: &Segment) -> Vec<Run<'_>> {
    let line = text::line(&segment.text);
    // Somebody may have changed the text and left the words.
    if segment.words.is_empty() || text::line(&text_of(&segment.words)) != line {
        return vec![Run { words: &[], text: for_coding(&line), guess: segment.is_uncertain() }];
    }
    let unsure = |word: &Word| !segment.edited && word.is_uncertain();
    let together = |a: &Word, b: &Word| unsure(a) == unsure(b) && (b.span.start - a.span.end).0 < PAUSE;
    let runs = segment.words.chunk_by(together).map(|words| Run {
        words,
        text: for_coding(&text::line(&text_of(words))),
        guess: unsure(&words[0]),
    });
    runs.filter(|run| !run.text.is_empty()).collect()
}

/// `(Haus?),` of `Haus,`; what has no letter is no guess.
fn guess(text: &str) -> String {
    let outside = |c: char| !c.is_alphanumeric();
    let core = text.trim_matches(outside);
    match text.split_once(core) {
        Some((before, after)) if !core.is_empty() => format!("{before}({core}?){after}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use super::*;
    use crate::Gap;

    #[test]
    fn german_and_english() {
        insta::assert_snapshot!(written(Format::F4, &interrupted(council())), @"
        Sprecher 1: Guten Abend, meine Damen und Herren. Ich eröffne die 14. Sitzung des Gemeinderats und stelle fest, dass wir beschlussfähig sind. #00:00:09-1#

        (unv.) #00:00:11-8#

        Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth. #00:00:16-5#

        Sprecher 1: Gern. #00:00:17-2#

        (unvollständig, transkribiert bis 0.12.34, abgebrochen)

        (Hinweis, 00.09, ein beschädigtes Datenpaket wurde übersprungen, bad checksum)

        (Hinweis, the file is shorter than its header says)
        ");
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        insta::assert_snapshot!(written(Format::F4, &vile()), @r"1 00:00:01,000 → 00:00:02,000 x <i>kursiv</i> & (\an8)oben </script> (31m مرحبا بالعالم، كيف حالكم؟ 👍🏽 👩‍👩‍👧 Tab here NOTE x #00:00:10-5#");
    }

    #[test]
    fn doubts_and_pauses() {
        let mut transcript = council();
        let words = &mut transcript.segments[1].words;
        (words[4].confidence, words[5].confidence, words[12].confidence) = (0.1, 0.3, 0.39);
        words[6..].iter_mut().for_each(|word| {
            word.span.start.0 += 3000;
            word.span.end.0 += 3000;
        });
        transcript.gaps = vec![Gap { span: crate::Span::new(12_000, 12_500), reason: GapReason::Lost }];
        transcript.segments[3].words.clear();
        transcript.segments[3].avg_logprob = -2.0;
        (transcript.segments[3].span.start, transcript.segments[3].span.end) = (Millis(19_500), Millis(20_000));
        insta::assert_snapshot!(written(Format::F4, &transcript), @"
        Sprecher 1: Guten Abend, meine Damen und Herren. Ich eröffne die 14. (Sitzung des?) (...) Gemeinderats und stelle fest, dass wir (beschlussfähig?) sind. #00:00:09-1#

        Sprecher 2: Thank you, Mr. Mayor, for the invitation to the town hall in Fürth. #00:00:16-5#

        (kein Ton vom Mikrofon 00.12–00.12) #00:00:12-5#

        Sprecher 1: (...) (Gern?). #00:00:20-0#

        (Hinweis, 00.09, ein beschädigtes Datenpaket wurde übersprungen, bad checksum)

        (Hinweis, the file is shorter than its header says)
        ");
    }

    #[test]
    fn guesses_leave_punctuation_outside() {
        assert_eq!(guess("Haus,"), "(Haus?),");
        assert_eq!(guess("„Xylo phon“."), "„(Xylo phon?)“.");
        assert_eq!(guess("–"), "–");
    }

    #[test]
    fn a_text_that_was_changed_is_what_counts() {
        let mut segment = spoken_segment("de", 0, 1000, None, "So war das.");
        segment.words[0].confidence = 0.0;
        segment.text = "So ist das.".into();
        let shown = written(Format::F4, &Transcript { segments: vec![segment], ..Transcript::default() });
        assert_eq!(shown, "So ist das. #00:00:01-0#\n");
    }
}
