//! TextGrids for Praat, in its long text format ("TextGrid file formats" in Praat's manual).
//!
//! An interval tier for each voice, one of its words if there are times of them, and one of gaps, if there are any. Intervals
//! tile the whole duration, so silence is an interval without text; quotes are doubled; there is always a tier, for Praat
//! opens no file without one, and a duration.

use super::text;
use super::tiers::{Tier, tiers};
use crate::wording::Labels;
use crate::{Millis, Span, Transcript};
use std::io::{self, Write};

pub(super) fn write(transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let mut tiers = tiers(transcript, true);
    if tiers.is_empty() {
        tiers.push(Tier { name: Labels::of(text::language(transcript)).speech.to_owned(), texts: Vec::new() });
    }
    let ends = tiers.iter().filter_map(|tier| tier.texts.last()).map(|(span, _)| span.end);
    let end = ends.fold(transcript.duration.max(Millis(1)), Millis::max);
    writeln!(out, "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n")?;
    writeln!(out, "xmin = 0\nxmax = {}\ntiers? <exists>\nsize = {}\nitem []:", seconds(end), tiers.len())?;
    for (n, tier) in tiers.iter().enumerate() {
        writeln!(out, "    item [{}]:\n        class = \"IntervalTier\"", n + 1)?;
        writeln!(out, "        name = {}\n        xmin = 0\n        xmax = {}", quoted(&tier.name), seconds(end))?;
        writeln!(out, "        intervals: size = {}", tiled(tier, end).count())?;
        for (n, (span, text)) in tiled(tier, end).enumerate() {
            let (start, end) = (seconds(span.start), seconds(span.end));
            writeln!(out, "        intervals [{}]:\n            xmin = {start}\n            xmax = {end}", n + 1)?;
            writeln!(out, "            text = {}", quoted(text))?;
        }
    }
    Ok(())
}

/// Its texts, and silence between them.
fn tiled<'a>(tier: &'a Tier<'_>, end: Millis) -> impl Iterator<Item = (Span, &'a str)> {
    let starts = tier.texts.iter().map(|(span, _)| span.start).chain([end]);
    let ends = [Millis(0)].into_iter().chain(tier.texts.iter().map(|(span, _)| span.end));
    let silences = ends.zip(starts).map(|(end, start)| (Span { start: end, end: start }, ""));
    let texts = tier.texts.iter().map(|(span, text)| (*span, &**text));
    let mut texts = texts.map(Some).chain([None]);
    let pairs = silences.flat_map(move |silence| [Some(silence), texts.next().flatten()]);
    pairs.flatten().filter(|(span, _)| span.start < span.end)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// In seconds: `5`, `12.34`.
fn seconds(Millis(t): Millis) -> String {
    match t % 1000 {
        0 => (t / 1000).to_string(),
        _ => format!("{}.{:03}", t / 1000, t % 1000).trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing::*};
    use super::*;

    #[test]
    fn german_and_english() {
        let mut council = wordless(council());
        council.segments.remove(1);
        council.segments[2].words = crate::transcript::words_of(16_800, 200, "Gern.");
        insta::assert_snapshot!(written(Format::TextGrid, &council), @r#"
        File type = "ooTextFile"
        Object class = "TextGrid"

        xmin = 0
        xmax = 20.48
        tiers? <exists>
        size = 4
        item []:
            item [1]:
                class = "IntervalTier"
                name = "Sprecher 1"
                xmin = 0
                xmax = 20.48
                intervals: size = 5
                intervals [1]:
                    xmin = 0
                    xmax = 0.34
                    text = ""
                intervals [2]:
                    xmin = 0.34
                    xmax = 2.4
                    text = "Guten Abend, meine Damen und Herren."
                intervals [3]:
                    xmin = 2.4
                    xmax = 16.8
                    text = ""
                intervals [4]:
                    xmin = 16.8
                    xmax = 17.2
                    text = "Gern."
                intervals [5]:
                    xmin = 17.2
                    xmax = 20.48
                    text = ""
            item [2]:
                class = "IntervalTier"
                name = "Sprecher 1 - Wörter"
                xmin = 0
                xmax = 20.48
                intervals: size = 3
                intervals [1]:
                    xmin = 0
                    xmax = 16.8
                    text = ""
                intervals [2]:
                    xmin = 16.8
                    xmax = 17
                    text = "Gern."
                intervals [3]:
                    xmin = 17
                    xmax = 20.48
                    text = ""
            item [3]:
                class = "IntervalTier"
                name = "Sprecher 2"
                xmin = 0
                xmax = 20.48
                intervals: size = 3
                intervals [1]:
                    xmin = 0
                    xmax = 12
                    text = ""
                intervals [2]:
                    xmin = 12
                    xmax = 16.5
                    text = "Thank you, Mr. Mayor, for the invitation to the town hall in Fürth."
                intervals [3]:
                    xmin = 16.5
                    xmax = 20.48
                    text = ""
            item [4]:
                class = "IntervalTier"
                name = "Lücken"
                xmin = 0
                xmax = 20.48
                intervals: size = 3
                intervals [1]:
                    xmin = 0
                    xmax = 9.6
                    text = ""
                intervals [2]:
                    xmin = 9.6
                    xmax = 11.8
                    text = "unverständlich 00:09–00:11"
                intervals [3]:
                    xmin = 11.8
                    xmax = 20.48
                    text = ""
        "#);
    }

    #[test]
    fn bad_text_cannot_break_the_file() {
        let mut vile = wordless(vile());
        vile.segments[1].text.push_str(" \"sagt\" er");
        let shown = written(Format::TextGrid, &vile);
        let texts: Vec<_> = shown.lines().filter(|line| line.contains("text = ") && !line.ends_with(" \"\"")).collect();
        insta::assert_snapshot!(texts.join("\n"), @r#"
        text = "1 00:00:01,000 --> 00:00:02,000 x"
        text = "<i>kursiv</i> & {\an8}oben </script> [31m ""sagt"" er"
        text = "مرحبا بالعالم، كيف حالكم؟"
        text = "👍🏽 👩‍👩‍👧 Tab here NOTE x"
        "#);
    }

    #[test]
    fn nobody_speaks() {
        insta::assert_snapshot!(written(Format::TextGrid, &Transcript::default()), @r#"
        File type = "ooTextFile"
        Object class = "TextGrid"

        xmin = 0
        xmax = 0.001
        tiers? <exists>
        size = 1
        item []:
            item [1]:
                class = "IntervalTier"
                name = "Speech"
                xmin = 0
                xmax = 0.001
                intervals: size = 1
                intervals [1]:
                    xmin = 0
                    xmax = 0.001
                    text = ""
        "#);
    }

    #[test]
    fn seconds_have_no_more_digits_than_they_need() {
        assert_eq!([0, 5000, 12_340, 7].map(|t| seconds(Millis(t))), ["0", "5", "12.34", "0.007"]);
    }
}
