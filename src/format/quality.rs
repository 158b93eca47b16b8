//! How well cues observe the limits of captions, in numbers and times.

use super::cues::Break;
use super::text::width;
use super::{Captions, Cue};
use crate::Millis;

/// How many cues exceed a limit, and the worst value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LimitCheck {
    /// How many cues exceed it.
    pub broken: usize,
    /// The value that is farthest beyond the limit, in the limit's unit, and the start of that cue; `None` if none exceeds it.
    pub worst: Option<(f64, Millis)>,
}

impl LimitCheck {
    /// Counts the cue at `at`, and returns whether it exceeds the limit.
    fn count(&mut self, value: f64, limit: f64, more_is_worse: bool, at: Millis) -> bool {
        let worse = |a: f64, b: f64| if more_is_worse { a > b } else { a < b };
        let broken = worse(value, limit);
        if broken {
            self.broken += 1;
            if self.worst.is_none_or(|(worst, _)| worse(value, worst)) {
                self.worst = Some((value, at));
            }
        }
        broken
    }
}

/// The result of [`quality`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// All cues.
    pub cues: usize,
    /// Cues within all limits.
    pub good: usize,
    /// A line is too wide, in columns.
    pub line_width: LimitCheck,
    /// There are too many lines.
    pub line_count: LimitCheck,
    /// There is too much to read for the time, in columns a second.
    pub reading_speed: LimitCheck,
    /// It is shown for too short a time, in seconds.
    pub shortest: LimitCheck,
    /// It is shown for too long a time, in seconds.
    pub longest: LimitCheck,
    /// It begins too soon after the one before, in seconds; negative if they overlap. Two speakers may overlap.
    pub gap: LimitCheck,
    /// Lines, last ones of cues included, that end with a sentence. Where the speaker changes, none is counted, nor at the end.
    pub sentences: usize,
    /// Likewise those that end with a clause: at a comma and the like.
    pub clauses: usize,
    /// Those that end between other words.
    pub phrases: usize,
    /// Those that separate what belongs together: article and noun, the parts of a name, pronoun and verb. For German and English; in other
    /// languages only numbers and punctuation are known.
    pub torn: usize,
}

/// Counts how many of `cues`, with their labels, are within the limits.
pub fn quality(cues: &[Cue], captions: &Captions) -> Quality {
    let rules = captions.in_range();
    let mut found = Quality { cues: cues.len(), ..Quality::default() };
    for (n, cue) in cues.iter().enumerate() {
        let at = cue.span.start;
        let text = cue.labelled();
        let widest = text.lines().map(width).max().unwrap_or(0);
        let seconds = cue.span.length().seconds();
        let speed = cue.columns() as f64 / seconds.max(0.001);
        let gap = before(cue, &cues[..n]).map_or(f64::INFINITY, |before| at.seconds() - before.span.end.seconds());
        let broken = [
            found.line_width.count(widest as f64, rules.line_width as f64, true, at),
            found.line_count.count(text.lines().count() as f64, rules.line_count as f64, true, at),
            found.reading_speed.count(speed, rules.reading_speed, true, at),
            found.shortest.count(seconds, rules.shortest.seconds(), false, at),
            found.longest.count(seconds, rules.longest.seconds(), true, at),
            // Seconds that are no whole number of 1/2ⁿ would be a hair apart.
            found.gap.count((gap * 1000.0).round() / 1000.0, rules.gap.seconds(), false, at),
        ];
        found.good += usize::from(!broken.contains(&true));
        let next = cues.get(n + 1).filter(|next| next.speaker == cue.speaker).and_then(|next| next.lines.first());
        let lines: Vec<&String> = cue.lines.iter().chain(next).collect();
        for pair in lines.windows(2) {
            *match Break::between(pair[0], pair[1], &cue.language) {
                Break::Sentence => &mut found.sentences,
                Break::Clause => &mut found.clauses,
                Break::Phrase => &mut found.phrases,
                Break::Torn => &mut found.torn,
            } += 1;
        }
    }
    found
}

/// The cue that `cue` follows: the last one, unless two speakers talk at the same time.
fn before<'a>(cue: &Cue, earlier: &'a [Cue]) -> Option<&'a Cue> {
    let crosstalk = |other: &Cue| {
        let known = cue.speaker.is_some() && other.speaker.is_some();
        known && cue.speaker != other.speaker && other.span.end > cue.span.start
    };
    earlier.iter().rev().find(|other| !crosstalk(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Span, SpeakerId};

    fn cue(start: u64, end: u64, speaker: u16, lines: &[&str]) -> Cue {
        Cue {
            span: Span::new(start, end),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            speaker: Some(SpeakerId(speaker)),
            turn: false,
            label: String::new(),
            language: "de".into(),
        }
    }

    #[test]
    fn each_limit_is_counted() {
        let cues = [
            cue(0, 2000, 1, &["Wir kommen zum", "Tagesordnungspunkt 4,"]),
            cue(2000, 3000, 1, &["dem Bebauungsplan der Stadt."]),
            cue(2900, 3100, 1, &["Ja.", "Ja.", "Ja."]),
            cue(3200, 13_200, 2, &["Eine Zeile, die für jede Regel viel zu lang geraten ist."]),
        ];
        let quality = quality(&cues, &Captions::web());
        assert_eq!((quality.cues, quality.good), (4, 0));
        let kept = |broken, value, at| LimitCheck { broken, worst: Some((value, Millis(at))) };
        assert_eq!(quality.line_width, kept(1, 56.0, 3200));
        assert_eq!(quality.line_count, kept(1, 3.0, 2900));
        assert_eq!(quality.reading_speed, kept(3, 45.0, 2900));
        assert_eq!(quality.shortest, kept(1, 0.2, 2900));
        assert_eq!(quality.longest, kept(1, 10.0, 3200));
        assert_eq!(quality.gap, kept(1, -0.1, 2900));
        // "zum | Tagesordnungspunkt"; the break before another speaker is none.
        assert_eq!((quality.sentences, quality.clauses, quality.phrases, quality.torn), (3, 1, 0, 1));
    }

    #[test]
    fn a_name_counts_as_it_is_read() {
        let long = "Bürgermeisterin:\n";
        let cues = [Cue { turn: true, label: long.into(), ..cue(0, 1000, 1, &["Guten Abend."]) }];
        let quality = quality(&cues, &Captions { line_count: 1, ..Captions::web() });
        assert_eq!(quality.line_count.broken, 1);
        assert_eq!(quality.reading_speed.worst, Some((28.0, Millis(0))));
    }

    #[test]
    fn nothing_is_good() {
        assert_eq!(quality(&[], &Captions::web()), Quality::default());
    }
}
