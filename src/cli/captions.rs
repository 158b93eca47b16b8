//! How well captions keep to their limits.

use serde_json::{Value, json};
use transcribe::Millis;
use transcribe::app::jobs::CaptionReport;
use transcribe::format::{Captions, LimitCheck, Quality};

/// How well captions keep to their limits: for people, and for programs. `name`: that of the file.
pub(crate) fn report(name: &str, report: &CaptionReport) -> (String, Value) {
    let CaptionReport { limits, quality } = report;
    (report_text(name, limits, quality), report_facts(name, quality))
}

fn report_text(name: &str, rules: &Captions, quality: &Quality) -> String {
    let cues = quality.cues;
    if cues == 0 {
        return format!("{name}: no captions");
    }
    let mut text = format!("{name}: {cues} captions, {} keep all rules", share(quality.good, cues));
    let mut line = |kept: &LimitCheck, rule: String, worst: &dyn Fn(f64) -> String| {
        let broken = match kept.worst {
            Some((value, at)) => format!("; {} not, worst: {} at {at}", kept.broken, worst(value)),
            None => String::new(),
        };
        text.push_str(&format!("\n  {:>6}  {rule}{broken}", share(cues - kept.broken, cues)));
    };
    let seconds = |value: f64| format!("{value:.2} s");
    let length = |time: Millis| format!("{} s", time.seconds());
    line(&quality.line_width, format!("at most {} characters a line", rules.line_width), &|n| n.to_string());
    line(&quality.line_count, format!("at most {} lines", rules.line_count), &|n| n.to_string());
    line(&quality.reading_speed, format!("at most {} characters/s", rules.reading_speed), &|n| format!("{n:.1}"));
    line(&quality.shortest, format!("at least {}", length(rules.shortest)), &seconds);
    line(&quality.longest, format!("at most {}", length(rules.longest)), &seconds);
    let gap = match rules.gap {
        Millis(0) => "never two at a time".to_owned(),
        gap => format!("at least {} between two", length(gap)),
    };
    line(&quality.gap, gap, &seconds);
    let Quality { sentences, clauses, phrases, torn, .. } = *quality;
    let lines = sentences + clauses + phrases + torn;
    if lines > 0 {
        text.push_str(&format!(
            "\n  lines end with a sentence {}, a clause {}, between words {}, between words that belong together {}",
            share(sentences, lines),
            share(clauses, lines),
            share(phrases, lines),
            share(torn, lines),
        ));
    }
    text
}

fn report_facts(name: &str, quality: &Quality) -> Value {
    let kept = |kept: &LimitCheck| {
        let (value, time) = kept.worst.unzip();
        json!({"broken": kept.broken, "worst": value, "time": time.map(Millis::seconds)})
    };
    json!({
        "event": "captions", "file": name, "captions": quality.cues, "good": quality.good,
        "line_width": kept(&quality.line_width), "line_count": kept(&quality.line_count),
        "cps": kept(&quality.reading_speed), "min_duration": kept(&quality.shortest),
        "max_duration": kept(&quality.longest), "gap": kept(&quality.gap),
        "line_ends": {"sentence": quality.sentences, "clause": quality.clauses, "phrase": quality.phrases, "torn": quality.torn},
    })
}

/// `99 %`; never rounded to all or nothing.
fn share(part: usize, whole: usize) -> String {
    let percent = 100.0 * part as f64 / whole as f64;
    match percent.round() {
        100.0 if part < whole => format!("{:.1} %", percent.min(99.9)),
        0.0 if part > 0 => format!("{:.1} %", percent.max(0.1)),
        round => format!("{round} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_what_is_broken_and_where() {
        let bad = LimitCheck { broken: 3, worst: Some((26.25, Millis(724_000))) };
        let quality = Quality {
            cues: 1200,
            good: 1197,
            reading_speed: bad,
            sentences: 50,
            clauses: 30,
            phrases: 19,
            torn: 1,
            ..Quality::default()
        };
        insta::assert_snapshot!(report_text("talk.srt", &Captions::ard(), &quality), @"
        talk.srt: 1200 captions, 99.8 % keep all rules
           100 %  at most 37 characters a line
           100 %  at most 2 lines
          99.8 %  at most 15 characters/s; 3 not, worst: 26.2 at 0:12:04
           100 %  at least 1 s
           100 %  at most 7 s
           100 %  at least 0.04 s between two
          lines end with a sentence 50 %, a clause 30 %, between words 19 %, between words that belong together 1 %
        ");
        assert_eq!(report_text("talk.srt", &Captions::ard(), &Quality::default()), "talk.srt: no captions");
        assert_eq!(report_facts("talk.srt", &quality)["cps"], json!({"broken": 3, "worst": 26.25, "time": 724.0}));
    }
}
