//! The result, and the vocabulary of the whole crate.
//!
//! Everything here is plain data that can be made in a test. It is for saying *what was said when*,
//! not for how it looks in a file: that is [`mod@format`]'s part. Imports nothing from the crate.

use std::fmt;
use std::ops::{Add, Sub};

/// A point on the recording's clock, in whole milliseconds from its first sample.
///
/// The clock is the player's: what `--from` skipped still counts, and so does removed silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// In seconds, as JSON has it.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Add for Millis {
    type Output = Millis;
    fn add(self, rhs: Millis) -> Millis {
        Millis(self.0.saturating_add(rhs.0))
    }
}

/// Never below zero.
impl Sub for Millis {
    type Output = Millis;
    fn sub(self, rhs: Millis) -> Millis {
        Millis(self.0.saturating_sub(rhs.0))
    }
}

/// `h:mm:ss`, for people: `0:04:07`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0 / 1000;
        write!(f, "{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// A half-open stretch of the recording: `start` is in it, `end` is not, and `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First instant of the stretch.
    pub start: Millis,
    /// First instant after it.
    pub end: Millis,
}

impl Span {
    /// A span from milliseconds; `end` before `start` gives an empty span at `start`.
    pub fn new(start: u64, end: u64) -> Span {
        Span { start: Millis(start), end: Millis(end.max(start)) }
    }

    /// How long it is.
    pub fn length(self) -> Millis {
        self.end - self.start
    }
}

/// One word, as it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// When it was said.
    pub span: Span,
    /// With its punctuation, without surrounding blanks; never empty. A language written without
    /// blanks has one "word" per character.
    pub text: String,
    /// Does a blank stand before it?
    pub spaced: bool,
    /// The model's mean probability of its tokens, in `0.0..=1.0`.
    pub confidence: f32,
}

/// A voice, numbered from 1 in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeakerId(pub u16);

/// A stretch of speech that the model wrote in one go: a sentence or a part of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// When it was said.
    pub span: Span,
    /// Without surrounding blanks; never empty.
    pub text: String,
    /// In order; empty unless word times were asked for.
    pub words: Vec<Word>,
    /// `None` unless speakers were asked for.
    pub speaker: Option<SpeakerId>,
    /// ISO 639-1 code of the language it was heard in (`de`), or whisper's own where there is none (`haw`).
    pub language: String,
    /// Mean natural logarithm of its tokens' probabilities; 0 is certain, below -1 is doubtful.
    pub avg_logprob: f32,
    /// The model's probability that nobody speaks here, in `0.0..=1.0`.
    pub no_speech_prob: f32,
    /// Sampling temperature that it was decoded with; above 0 after the first try had failed.
    pub temperature: f32,
    /// Bytes of the text over its zlib-compressed bytes; above 2.4 it repeats itself.
    pub compression_ratio: f32,
}

/// Something the model wrote that the glossary put right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// When it was said.
    pub span: Span,
    /// What the model wrote, without the punctuation around it.
    pub from: String,
    /// What stands there now: a term of the glossary.
    pub to: String,
}

/// Something that the reader of a transcript must know about how it came to be. Never holds what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the recording; `None` if it concerns the whole.
    pub at: Option<Millis>,
    /// One sentence, in lower case, without a full stop.
    pub message: String,
}

/// Does the transcript reach the end of what was asked for?
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Yes.
    #[default]
    Complete,
    /// No: everything before `until` is there, nothing after it.
    Partial {
        /// The recording is transcribed up to here.
        until: Millis,
        /// Why it ends there, as a sentence part: `interrupted`.
        reason: String,
    },
}

/// Which recording a transcript is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingId {
    /// File name without folders; `stdin` for standard input.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Which model wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelId {
    /// File name without folders.
    pub file: String,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// What was asked for: whatever can change the text or its times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// `None`: detected.
    pub language: Option<String>,
    /// English out, whatever comes in.
    pub translate: bool,
    /// Given to the model before each clip; may be empty.
    pub prompt: String,
    /// Hypotheses kept while decoding; 1 is greedy.
    pub beam_size: u8,
    /// Where the temperature starts, in `0.0..=1.0`.
    pub temperature: f32,
    /// Start of the part to transcribe.
    pub from: Millis,
    /// End of the part to transcribe; `None`: to the end.
    pub to: Option<Millis>,
    /// Audio track, counted from 1; `None`: the first that can be decoded.
    pub track: Option<u16>,
}

/// Everything known about one recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The language of most of the speech, as [`Segment::language`]; empty if nobody speaks.
    pub language: String,
    /// Length of the recording, silence included.
    pub duration: Millis,
    /// In order of start; they do not overlap.
    pub segments: Vec<Segment>,
    /// In order of occurrence.
    pub warnings: Vec<Warning>,
    /// Complete, or up to where.
    pub completeness: Completeness,
    /// The recording.
    pub recording: RecordingId,
    /// The model.
    pub model: ModelId,
    /// The wishes.
    pub settings: Settings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_for_people() {
        assert_eq!(Millis(0).to_string(), "0:00:00");
        assert_eq!(Millis(3_599_999).to_string(), "0:59:59");
        assert_eq!(Millis(36_000_000).to_string(), "10:00:00");
    }

    #[test]
    fn time_never_runs_below_zero() {
        assert_eq!(Millis(5) - Millis(9), Millis(0));
        assert_eq!(Span::new(9, 5), Span::new(9, 9));
    }
}
