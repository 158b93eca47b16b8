//! What captions should be like, as it is typed, and how well they turned out.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use transcribe::format::{self, Captions, LimitCheck, Quality};
use transcribe::{Millis, Transcript};

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preset {
    /// What most guidelines share: 42 characters, 2 lines, 17 characters a second
    Web,
    /// ARD, ORF, SRF and ZDF: 37 characters, 2 lines, 15 characters a second
    Ard,
    /// BBC: 37 characters, 2 lines, 15 characters a second
    Bbc,
    /// Netflix in German: 42 characters, 2 lines, 17 characters a second
    NetflixDe,
    /// One caption a segment, undivided
    None,
}

/// The options about captions. `None`: not given.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CaptionArgs {
    /// Whose rules captions keep to [default: web]
    #[arg(long, help_heading = "Captions", value_name = "RULES")]
    pub(crate) captions: Option<Preset>,
    /// Characters of a line at most, 10 to 500, instead of what the rules say
    #[arg(long, alias = "max_line_width", help_heading = "Captions", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(10..=500))]
    pub(crate) max_line_width: Option<u16>,
    /// Lines of a caption at most, 1 to 3
    #[arg(long, alias = "max_line_count", help_heading = "Captions", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) max_line_count: Option<u8>,
    /// Characters a second that can be read, 5 to 100; no word is left out for it
    #[arg(long, alias = "max_cps", help_heading = "Captions", value_name = "N", value_parser = parse_speed)]
    pub(crate) max_cps: Option<f64>,
    /// How long a caption is shown at least, if the pause after it allows: up to 5 seconds, e.g. 1.2 or 833ms
    #[arg(long, alias = "min_duration", help_heading = "Captions", value_name = "TIME", value_parser = parse_duration)]
    pub(crate) min_duration: Option<Millis>,
    /// Time between two captions at least: up to 1 second, e.g. 0.08 or 83ms
    #[arg(long, alias = "min_gap", help_heading = "Captions", value_name = "TIME", value_parser = parse_gap)]
    pub(crate) min_gap: Option<Millis>,
    /// Tell how many captions keep to the rules, on standard error
    #[arg(long, help_heading = "Captions")]
    pub(crate) report: bool,
}

impl CaptionArgs {
    /// Takes from `others` what is open; nothing but the report, if the rules are named here.
    pub(crate) fn or(self, others: CaptionArgs) -> CaptionArgs {
        let report = self.report | others.report;
        if self.captions.is_some() {
            return CaptionArgs { report, ..self };
        }
        CaptionArgs {
            captions: others.captions,
            max_line_width: self.max_line_width.or(others.max_line_width),
            max_line_count: self.max_line_count.or(others.max_line_count),
            max_cps: self.max_cps.or(others.max_cps),
            min_duration: self.min_duration.or(others.min_duration),
            min_gap: self.min_gap.or(others.min_gap),
            report,
        }
    }
}

/// What is meant.
///
/// # Errors
/// What contradicts itself, with the way out in a second line.
pub(crate) fn rules(args: &CaptionArgs) -> Result<Captions, String> {
    let CaptionArgs { captions, max_line_width, max_line_count, max_cps, min_duration, min_gap, report: _ } = args;
    let preset = match captions.unwrap_or(Preset::Web) {
        Preset::Web => Captions::web(),
        Preset::Ard => Captions::ard(),
        Preset::Bbc => Captions::bbc(),
        Preset::NetflixDe => Captions::netflix_de(),
        Preset::None => Captions::none(),
    };
    let rules = Captions {
        line_width: max_line_width.map_or(preset.line_width, usize::from),
        line_count: max_line_count.map_or(preset.line_count, usize::from),
        reading_speed: max_cps.unwrap_or(preset.reading_speed),
        shortest: min_duration.unwrap_or(preset.shortest),
        gap: min_gap.unwrap_or(preset.gap),
        ..preset
    };
    if rules != preset && !rules.divide {
        return Err("with `--captions none` captions are not divided\n\
                    hint: leave the other options about them out, or name other rules, e.g. `--captions web`"
            .into());
    }
    Ok(rules)
}

/// How well the captions of a transcript keep to the rules: for people, and for programs. `name`: of the file.
pub(crate) fn report(name: &str, transcript: &Transcript, rules: &Captions) -> (String, Value) {
    let quality = format::quality(&format::cues(transcript, rules), rules);
    (report_text(name, rules, &quality), report_facts(name, &quality))
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

pub(crate) fn parse_speed(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n| (5.0..=100.0).contains(n)).ok_or_else(|| "expected a number from 5 to 100".to_owned())
}

pub(crate) fn parse_duration(text: &str) -> Result<Millis, String> {
    seconds(text, 5.0).ok_or_else(|| "expected up to 5 seconds, e.g. 1.2, 1.2s or 833ms".to_owned())
}

pub(crate) fn parse_gap(text: &str) -> Result<Millis, String> {
    seconds(text, 1.0).ok_or_else(|| "expected up to 1 second, e.g. 0.08, 0.08s or 83ms".to_owned())
}

/// `1`, `0.8`, `0.8s` or `800ms`.
fn seconds(text: &str, most: f64) -> Option<Millis> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.trim_end().parse::<f64>().ok()? / unit;
    (0.0..=most).contains(&seconds).then(|| Millis((seconds * 1000.0).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [("1", 1000), ("0.08", 80), ("83ms", 83), ("0.5 s", 500), ("0", 0)] {
            assert_eq!(parse_gap(text), Ok(Millis(expected)), "{text}");
        }
        for bad in ["", "83", "1001ms", "-1", "x", "nan", "inf", "ms", "1m"] {
            assert!(parse_gap(bad).is_err(), "{bad}");
        }
        assert!(parse_speed("nan").is_err() && parse_speed("4").is_err() && parse_duration("6").is_err());
    }

    #[test]
    fn single_values_count_more_than_rules() {
        let args = CaptionArgs { captions: Some(Preset::Ard), max_line_width: Some(32), ..CaptionArgs::default() };
        assert_eq!(rules(&args), Ok(Captions { line_width: 32, ..Captions::ard() }));
        assert_eq!(rules(&CaptionArgs::default()), Ok(Captions::web()));
        let none = CaptionArgs { captions: Some(Preset::None), ..args.clone() };
        assert!(rules(&none).is_err_and(|text| text.contains("hint: ")));
        assert_eq!(rules(&CaptionArgs { max_line_width: None, ..none }), Ok(Captions::none()));
    }

    #[test]
    fn rules_of_the_command_line_are_not_mixed_with_others() {
        let settings =
            CaptionArgs { captions: Some(Preset::Bbc), max_cps: Some(12.0), report: true, ..Default::default() };
        let typed = CaptionArgs { max_line_width: Some(30), ..Default::default() }.or(settings.clone());
        assert_eq!((typed.captions, typed.max_line_width, typed.max_cps), (Some(Preset::Bbc), Some(30), Some(12.0)));
        let typed = CaptionArgs { captions: Some(Preset::Ard), ..Default::default() }.or(settings);
        assert_eq!((typed.captions, typed.max_cps, typed.report), (Some(Preset::Ard), None, true));
    }

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
