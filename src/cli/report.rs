//! What a reader should check first: a clerk listens to five places, not to three hours.

use std::time::Duration;

use serde_json::{Value, json};
use transcribe::wording::{self, Language};
use transcribe::{Completeness, Gap, GapReason, Millis, Span, Transcript};

use super::options::language_name;
use super::work::words;

/// Places that are named.
const MOST: usize = 5;
/// So many of them at most may be noises, or somebody far away.
const MOST_NOISES: usize = 2;
/// Noises with less between them are one place: a piece of music.
const APART: Millis = Millis(5_000);
/// Shorter noises are not worth it, as gaps are not.
const SHORTEST: Millis = Millis(1_000);
/// Below it, the share of speech with text is worth a word.
const WELL_COVERED: f64 = 0.98;

/// A recording that is out of the way.
pub(super) struct Done<'a> {
    pub(super) name: &'a str,
    pub(super) transcript: &'a Transcript,
    /// So much of it is transcribed.
    pub(super) length: Millis,
    /// So much of that by an earlier run.
    pub(super) known: Millis,
    pub(super) took: Duration,
    pub(super) files: Vec<String>,
}

impl Done<'_> {
    fn speed(&self) -> f64 {
        speed(self.length - self.known, self.took)
    }

    /// For people.
    pub(super) fn summary(&self) -> String {
        let Done { name, transcript, length, took, files, .. } = self;
        let partial = match &transcript.completeness {
            Completeness::Complete => String::new(),
            Completeness::Partial { until, reason } => {
                format!(", only up to {until} ({})", wording::partial(reason, Language::English))
            }
        };
        let language = match transcript.language.as_str() {
            "" => "no speech".to_owned(),
            code => format!("{}, {} words", language_name(code), words(transcript)),
        };
        let arrow = if files.is_empty() { String::new() } else { format!(" → {}", files.join(", ")) };
        let took = Millis(took.as_millis() as u64);
        let earlier = match self.known {
            Millis(0) => String::new(),
            known => format!(" ({known} of it by an earlier run)"),
        };
        // With nothing left to do there was no speed.
        let speed = if self.known < *length { format!(" ({:.1}×)", self.speed()) } else { String::new() };
        let mut summary = format!("{name}: {length}{earlier} in {took}{speed}, {language}{partial}{arrow}");
        for line in lines(transcript) {
            summary.push_str(&format!("\n  {line}"));
        }
        summary
    }

    /// For programs.
    pub(super) fn facts(&self) -> Value {
        let Done { name, transcript, took, files, .. } = self;
        json!({
            "event": "done", "recording": name, "duration": transcript.duration.seconds(),
            "known": self.known.seconds(), "elapsed": took.as_secs_f64().max(0.001), "speed": (self.speed() * 10.0).round() / 10.0,
            "language": transcript.language, "words": words(transcript),
            "complete": transcript.completeness == Completeness::Complete,
            "warnings": transcript.warnings.len(), "check": facts(transcript), "files": files,
        })
    }
}

/// Times faster than real time.
pub(super) fn speed(length: Millis, took: Duration) -> f64 {
    length.seconds() / took.as_secs_f64().max(0.001)
}

/// A place to listen to again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ListenAgain {
    pub(super) span: Span,
    pub(super) why: Why,
}

/// Why to listen there again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Why {
    /// Somebody speaks, and there is no text.
    NoText,
    /// What stood there was taken out, and somebody far away may be speaking.
    Removed,
    /// The model is not sure of the text.
    Uncertain,
}

impl Why {
    /// For programs.
    fn code(self) -> &'static str {
        match self {
            Why::NoText => "no_text",
            Why::Removed => "removed",
            Why::Uncertain => "uncertain",
        }
    }

    /// For people.
    fn text(self) -> &'static str {
        match self {
            Why::NoText => "no text",
            Why::Removed => "taken out",
            Why::Uncertain => "uncertain",
        }
    }
}

/// The worst places, in order of time: the longest gaps, then the longest stretches where text was taken out that may have
/// been somebody far away, then the segments that the model is least sure of.
pub(super) fn worst(transcript: &Transcript) -> Vec<ListenAgain> {
    let longest = |mut spans: Vec<Span>| {
        spans.sort_by_key(|span| std::cmp::Reverse(span.length()));
        spans
    };
    let gaps = longest(unrecognised(transcript).map(|gap| gap.span).collect());
    let mut noises = longest(noises(transcript));
    noises.truncate(MOST_NOISES);
    let mut unsure: Vec<_> = transcript.segments.iter().filter(|s| s.is_uncertain()).collect();
    unsure.sort_by(|a, b| a.confidence().total_cmp(&b.confidence()));
    let place = |why: Why| move |span: Span| ListenAgain { span, why };
    let mut places: Vec<ListenAgain> = gaps.into_iter().map(place(Why::NoText)).collect();
    places.extend(noises.into_iter().map(place(Why::Removed)));
    places.extend(unsure.into_iter().map(|segment| segment.span).map(place(Why::Uncertain)));
    places.truncate(MOST);
    places.sort_by_key(|place| place.span.start);
    places
}

/// Where text was taken out that may have been somebody far away, outside of gaps.
fn noises(transcript: &Transcript) -> Vec<Span> {
    let mut noises: Vec<Span> = Vec::new();
    for removal in transcript.removed.iter().filter(|removal| removal.uncertain) {
        match noises.last_mut() {
            Some(last) if removal.span.start - last.end < APART => last.end = last.end.max(removal.span.end),
            _ => noises.push(removal.span),
        }
    }
    let named =
        |noise: &Span| unrecognised(transcript).any(|gap| gap.span.start < noise.end && noise.start < gap.span.end);
    noises.retain(|noise| noise.length() >= SHORTEST && !named(noise));
    noises
}

/// Speech without text. What was not heard at all can't be listened to again.
fn unrecognised(transcript: &Transcript) -> impl Iterator<Item = &Gap> {
    transcript.gaps.iter().filter(|gap| gap.reason == GapReason::Unrecognised)
}

/// Lines for people, without what was said; empty where there is nothing to tell.
pub(super) fn lines(transcript: &Transcript) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(share) = share(transcript).filter(|share| *share < WELL_COVERED) {
        facts.push(format!("{:.0} % of the speech has text", share * 100.0));
    }
    let counted = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    facts.extend(counted(
        unrecognised(transcript).count(),
        "stretch of speech without text",
        "stretches of speech without text",
    ));
    let unsure = transcript.segments.iter().filter(|s| s.is_uncertain()).count();
    facts.extend(counted(unsure, "uncertain segment", "uncertain segments"));
    facts.extend(counted(transcript.removed.len(), "invention taken out", "inventions taken out"));
    facts.extend(counted(transcript.corrections.len(), "word put right", "words put right"));
    let mut lines = Vec::new();
    if !facts.is_empty() {
        lines.push(facts.join(", "));
    }
    let places: Vec<String> = worst(transcript).iter().map(ToString::to_string).collect();
    if !places.is_empty() {
        lines.push(format!("listen again: {}", places.join(", ")));
    }
    lines
}

/// The same for programs.
pub(super) fn facts(transcript: &Transcript) -> Value {
    let place = |place: ListenAgain| {
        json!({
            "start": place.span.start.seconds(), "end": place.span.end.seconds(),
            "why": place.why.code(),
        })
    };
    json!({
        "coverage": share(transcript).map(|share| (share * 1e4).round() / 1e4),
        "gaps": unrecognised(transcript).count(),
        "removed": transcript.removed.len(),
        "corrections": transcript.corrections.len(),
        "uncertain": transcript.segments.iter().filter(|s| s.is_uncertain()).count(),
        "listen_again": worst(transcript).into_iter().map(place).collect::<Vec<_>>(),
    })
}

/// Share of speech with text; `None` where no speech was looked for, or found.
fn share(transcript: &Transcript) -> Option<f64> {
    let coverage = transcript.coverage;
    (coverage.speech.0 > 0).then(|| coverage.with_text.seconds() / coverage.speech.seconds())
}

impl std::fmt::Display for ListenAgain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}–{}", self.span.start, self.span.end)?;
        match self.why {
            Why::Uncertain => Ok(()),
            why => write!(f, " ({})", why.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transcribe::{Coverage, Gap, Millis, Removal, Segment};

    #[test]
    fn the_worst_places_come_in_order_of_time() {
        let segment = |n: u64, confidence: f32| Segment {
            span: Span::new(n * 1_000, n * 1_000 + 900),
            text: "x".into(),
            avg_logprob: confidence.ln(),
            ..Segment::default()
        };
        let transcript = Transcript {
            segments: (0..10).map(|n| segment(n, 0.5 - n as f32 / 100.0)).chain([segment(10, 0.9)]).collect(),
            gaps: vec![Gap { span: Span::new(4_000_000, 4_020_000), reason: GapReason::Unrecognised }],
            coverage: Coverage { speech: Millis(30_000), with_text: Millis(15_000) },
            ..Transcript::default()
        };
        assert_eq!(
            lines(&transcript),
            [
                "50 % of the speech has text, 1 stretch of speech without text, 10 uncertain segments",
                "listen again: 0:00:06–0:00:06, 0:00:07–0:00:07, 0:00:08–0:00:08, 0:00:09–0:00:09, \
                 1:06:40–1:07:00 (no text)"
            ]
        );
        assert_eq!(lines(&Transcript::default()), Vec::<String>::new());
    }

    #[test]
    fn what_may_be_somebody_far_away_is_named_and_music_leaves_room() {
        let removal = |seconds: [u64; 2], uncertain: bool| Removal {
            span: Span::new(seconds[0] * 1_000, seconds[1] * 1_000),
            uncertain,
            ..Removal::default()
        };
        let music = (0..6).map(|n| removal([n * 20, n * 20 + 17], true));
        let others =
            [([200, 202], true), ([300, 303], true), ([310, 315], true), ([400, 430], false), ([600, 610], true)]
                .map(|(seconds, uncertain)| removal(seconds, uncertain));
        let uncertain = Segment { span: Span::new(500_000, 501_000), avg_logprob: -2.0, ..Segment::default() };
        let transcript = Transcript {
            segments: vec![uncertain],
            removed: music.chain(others).collect(),
            gaps: vec![Gap { span: Span::new(605_000, 608_000), reason: GapReason::Unrecognised }],
            ..Transcript::default()
        };
        let told = "listen again: 0:00:00–0:01:57 (taken out), 0:05:10–0:05:15 (taken out), 0:08:20–0:08:21, 0:10:05–0:10:08 (no text)";
        assert_eq!(lines(&transcript)[1], told);
    }
}
