//! The summary of a transcription, for people and for programs.

use serde_json::{Value, json};
use transcribe::app::jobs::{Check, Summary};
use transcribe::app::language_name;
use transcribe::wording::{self, Language};
use transcribe::{Completeness, ListenAgain, ListenReason, Millis};

/// From this share of speech with text on, it is not mentioned.
const WELL_COVERED: f64 = 0.98;

/// For people, without transcript text.
pub(super) fn text(summary: &Summary) -> String {
    let Summary { name, transcribed, resumed, elapsed, words, speakers, .. } = summary;
    let partial = match &summary.completeness {
        Completeness::Complete => String::new(),
        Completeness::Partial { until, reason } => {
            format!(", only up to {until} ({})", wording::partial(reason, Language::English))
        }
    };
    let language = match summary.language.as_str() {
        "" => "no speech".to_owned(),
        code => format!("{}, {words} words", language_name(code)),
    };
    let voices = match speakers {
        0 => String::new(),
        1 => ", 1 speaker".to_owned(),
        several => format!(", {several} speakers"),
    };
    let files: Vec<String> = summary.files.iter().map(|file| file.display().to_string()).collect();
    let arrow = if files.is_empty() { String::new() } else { format!(" → {}", files.join(", ")) };
    let took = Millis(elapsed.as_millis() as u64);
    let earlier = match *resumed {
        Millis(0) => String::new(),
        resumed => format!(" ({resumed} of it by an earlier run)"),
    };
    // With nothing left to do there was no speed.
    let speed = if resumed < transcribed { format!(" ({:.1}×)", summary.speed()) } else { String::new() };
    let mut text = format!("{name}: {transcribed}{earlier} in {took}{speed}, {language}{voices}{partial}{arrow}");
    for line in check_lines(&summary.check) {
        text.push_str(&format!("\n  {line}"));
    }
    text
}

/// For programs: the event `done`.
pub(super) fn event(summary: &Summary) -> Value {
    let files: Vec<String> = summary.files.iter().map(|file| file.display().to_string()).collect();
    json!({
        "event": "done", "recording": summary.name, "duration": summary.duration.seconds(),
        "known": summary.resumed.seconds(), "elapsed": summary.elapsed.as_secs_f64().max(0.001),
        "speed": (summary.speed() * 10.0).round() / 10.0, "language": summary.language, "words": summary.words,
        "speakers": summary.speakers,
        "complete": summary.completeness == Completeness::Complete, "warnings": summary.warnings,
        "check": summary.check, "files": files,
    })
}

/// What to check, in lines; empty if there is nothing.
fn check_lines(check: &Check) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(share) = check.coverage.filter(|share| *share < WELL_COVERED) {
        facts.push(format!("{:.0} % of the speech has text", share * 100.0));
    }
    let counted = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    facts.extend(counted(check.gaps, "stretch of speech without text", "stretches of speech without text"));
    facts.extend(counted(check.uncertain, "uncertain segment", "uncertain segments"));
    facts.extend(counted(check.removed, "hallucination removed", "hallucinations removed"));
    facts.extend(counted(
        check.bleed,
        "passage dropped that another track has louder",
        "passages dropped that another track has louder",
    ));
    facts.extend(counted(check.corrections, "word corrected", "words corrected"));
    let mut lines = Vec::new();
    if !facts.is_empty() {
        lines.push(facts.join(", "));
    }
    let places: Vec<String> = check.listen_again.iter().map(place).collect();
    if !places.is_empty() {
        lines.push(format!("listen again: {}", places.join(", ")));
    }
    lines
}

fn place(place: &ListenAgain) -> String {
    let why = match place.why {
        ListenReason::NoText => " (no text)",
        ListenReason::Removed => " (removed)",
        ListenReason::Uncertain => "",
    };
    format!("{}–{}{why}", place.start, place.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_is_said() {
        assert_eq!(check_lines(&Check { coverage: Some(0.99), ..Check::default() }), Vec::<String>::new());
        let place = |start, end, why| ListenAgain { start: Millis(start), end: Millis(end), why };
        let check = Check {
            coverage: Some(0.5),
            gaps: 1,
            uncertain: 10,
            listen_again: vec![
                place(6_000, 6_900, ListenReason::Uncertain),
                place(310_000, 315_000, ListenReason::Removed),
                place(4_000_000, 4_020_000, ListenReason::NoText),
            ],
            ..Check::default()
        };
        assert_eq!(
            check_lines(&check),
            [
                "50 % of the speech has text, 1 stretch of speech without text, 10 uncertain segments",
                "listen again: 0:00:06–0:00:06, 0:05:10–0:05:15 (removed), 1:06:40–1:07:00 (no text)"
            ]
        );
    }
}
