//! What a reader should know about a transcript: how much of the speech has text, and which places to listen to again. Five
//! places are checked in minutes; three hours are not.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::format::{self, Captions, Quality};
use crate::{Completeness, ListenAgain, Millis, RemovalReason, Transcript};

/// Places that are named, at most.
const MOST_PLACES: usize = 5;
/// Places among them where text was removed, at most.
const MOST_REMOVED: usize = 2;

/// The outcome of a transcription, without transcript text.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Name of the recording.
    pub name: String,
    /// Length of the whole recording.
    pub duration: Millis,
    /// How much of it is transcribed.
    pub transcribed: Millis,
    /// How much of that an earlier run had done.
    pub resumed: Millis,
    /// How long this run took.
    pub elapsed: Duration,
    /// As [`Transcript::language`].
    pub language: String,
    /// Words of the text, as [`count_words`](crate::count_words) counts them.
    pub words: usize,
    /// How many speakers are known.
    pub speakers: usize,
    /// As [`Transcript::completeness`].
    pub completeness: Completeness,
    /// Number of warnings in the transcript.
    pub warnings: usize,
    /// What to check.
    pub check: Check,
    /// The files that exist.
    pub files: Vec<PathBuf>,
}

impl Summary {
    /// Sums up `transcript`, of which `transcribed` is done, `resumed` of that by an earlier run, in `elapsed` time.
    pub fn new(
        name: &str,
        transcript: &Transcript,
        [transcribed, resumed]: [Millis; 2],
        elapsed: Duration,
        files: Vec<PathBuf>,
    ) -> Summary {
        Summary {
            name: name.to_owned(),
            duration: transcript.duration,
            transcribed,
            resumed,
            elapsed,
            language: transcript.language.clone(),
            words: transcript.segments.iter().map(|segment| crate::count_words(&segment.text)).sum(),
            speakers: transcript.speakers().len(),
            completeness: transcript.completeness.clone(),
            warnings: transcript.warnings.len(),
            check: Check::of(transcript),
            files,
        }
    }

    /// How many times faster than real time this run was.
    pub fn speed(&self) -> f64 {
        speed(self.transcribed - self.resumed, self.elapsed)
    }
}

/// How many times faster than real time it is to do `length` in `elapsed`.
pub fn speed(length: Millis, elapsed: Duration) -> f64 {
    length.seconds() / elapsed.as_secs_f64().max(0.001)
}

/// How well the captions of a transcript keep to their limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptionReport {
    /// The limits.
    pub limits: Captions,
    /// What was counted.
    pub quality: Quality,
}

impl CaptionReport {
    /// Counts the captions of `transcript` with these limits.
    pub fn new(transcript: &Transcript, limits: Captions) -> CaptionReport {
        CaptionReport { limits, quality: format::quality(&format::cues(transcript, &limits), &limits) }
    }
}

/// What to check in a transcript.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Check {
    /// Share of speech with text, in `0.0..=1.0`; `None` if speech was not looked for, or there is none.
    pub coverage: Option<f64>,
    /// Stretches of speech without text.
    pub gaps: usize,
    /// Hallucinations that were removed.
    pub removed: usize,
    /// Passages that were removed since somebody else's microphone hears them more loudly.
    pub bleed: usize,
    /// Words that the glossary corrected.
    pub corrections: usize,
    /// Segments that the model is not sure of.
    pub uncertain: usize,
    /// The places to listen to first, in order of time.
    pub listen_again: Vec<ListenAgain>,
}

impl Check {
    /// Looks through a transcript.
    pub fn of(transcript: &Transcript) -> Check {
        let coverage = transcript.coverage;
        let bleed = transcript.removed.iter().filter(|removal| removal.reason == RemovalReason::Bleed).count();
        let share = coverage.with_text.seconds() / coverage.speech.seconds();
        Check {
            coverage: (coverage.speech.0 > 0).then(|| (share * 1e4).round() / 1e4),
            gaps: transcript.without_text().count(),
            removed: transcript.removed.len() - bleed,
            bleed,
            corrections: transcript.corrections.len(),
            uncertain: transcript.segments.iter().filter(|segment| segment.is_uncertain()).count(),
            listen_again: transcript.listen_again(MOST_PLACES, MOST_REMOVED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coverage, Gap, GapReason, ListenReason, Removal, Segment, Span};

    fn place(start: u64, end: u64, why: ListenReason) -> ListenAgain {
        ListenAgain { start: Millis(start), end: Millis(end), why }
    }

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
        let check = Check::of(&transcript);
        assert_eq!((check.coverage, check.gaps, check.uncertain), (Some(0.5), 1, 10));
        let uncertain = ListenReason::Uncertain;
        let unsure = [6, 7, 8, 9].map(|s| place(s * 1_000, s * 1_000 + 900, uncertain));
        assert_eq!(check.listen_again[..4], unsure);
        assert_eq!(check.listen_again[4..], [place(4_000_000, 4_020_000, ListenReason::NoText)]);
        assert_eq!(Check::of(&Transcript::default()), Check::default());
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
        let expected = [
            place(0, 117_000, ListenReason::Removed),
            place(310_000, 315_000, ListenReason::Removed),
            place(500_000, 501_000, ListenReason::Uncertain),
            place(605_000, 608_000, ListenReason::NoText),
        ];
        assert_eq!(Check::of(&transcript).listen_again, expected);
    }
}
