//! The result, and the vocabulary of the whole crate.
//!
//! Everything here is plain data that can be made in a test. It is for saying *what was said when*,
//! not for how it looks in a file: that is [`mod@format`]'s part. Imports nothing from the crate but the declarations
//! of its options.

mod origin;
mod settings;

pub use origin::{GlossaryId, ModelId, RecordingId};
pub use settings::{TranscribeOptions, VadOptions};

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Sub};

/// A point on the recording's clock, in whole milliseconds from its first sample.
///
/// The clock is the player's: what `--from` skipped still counts, and so does removed silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Millis(pub u64);

impl Millis {
    /// In seconds, as JSON has it.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The nearest millisecond; below zero, zero.
    pub(crate) fn from_seconds(seconds: f64) -> Millis {
        Millis((seconds * 1000.0).round() as u64)
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// Below it, the model is unsure of a word.
const UNCERTAIN_WORD: f32 = 0.4;
/// Below it, the mean of its words' confidences, it is unsure of a segment.
const UNCERTAIN_SEGMENT: f32 = 0.55;

impl Word {
    /// Is it worth listening again? True for a [confidence](Self::confidence) below 0.4.
    pub fn is_uncertain(&self) -> bool {
        self.confidence < UNCERTAIN_WORD
    }
}

/// The text of words in a row.
pub(crate) fn text_of(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if word.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// A voice, numbered from 1 in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpeakerId(pub u16);

/// A stretch of speech that the model wrote in one go: a sentence or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Did somebody write or correct it? Then it counts as certain, and there is an [`Edit`] around it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
}

impl Segment {
    /// The mean confidence of its words, or of its tokens where it has none; in `0.0..=1.0`.
    pub fn confidence(&self) -> f32 {
        match self.words.len() {
            0 => self.avg_logprob.exp().clamp(0.0, 1.0),
            count => self.words.iter().map(|w| w.confidence).sum::<f32>() / count as f32,
        }
    }

    /// Is it worth listening again? True for a [confidence](Self::confidence) below 0.55, unless somebody has done so.
    pub fn is_uncertain(&self) -> bool {
        !self.edited && self.confidence() < UNCERTAIN_SEGMENT
    }
}

/// A stretch that has no text though something may have been said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From the first to the last sound of it.
    pub span: Span,
    /// Why.
    pub reason: GapReason,
}

/// Why there is no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapReason {
    /// Somebody speaks there, and the model could not tell what.
    #[default]
    Unrecognised,
    /// The user did not want it to be heard.
    Paused,
    /// The microphone was gone, or could not be used.
    Lost,
    /// The computer slept, or the microphone left something out.
    Missed,
}

/// As a sentence part: `nothing was recognised`.
impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GapReason::Unrecognised => "nothing was recognised",
            GapReason::Paused => "paused",
            GapReason::Lost => "no sound came from the microphone",
            GapReason::Missed => "the computer slept, or the microphone left something out",
        })
    }
}

impl GapReason {
    /// All of them.
    pub const ALL: [GapReason; 4] = [GapReason::Unrecognised, GapReason::Paused, GapReason::Lost, GapReason::Missed];

    /// The one that [displays](fmt::Display) as `text`; what is not known was not recognised.
    pub fn said(text: &str) -> GapReason {
        GapReason::ALL.into_iter().find(|reason| reason.to_string() == text).unwrap_or_default()
    }
}

/// A place that somebody marked while it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When.
    pub at: Millis,
    /// As what.
    pub kind: MarkerKind,
}

/// What a [`Marker`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// Worth finding again.
    Marker,
    /// The next item of the agenda begins.
    AgendaItem,
    /// Something was decided.
    Decision,
}

/// Text that was taken out, since nobody said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Where the model had put it.
    pub span: Span,
    /// What it wrote.
    pub text: String,
    /// The evidence, as a sentence part: `nobody speaks there`.
    pub reason: String,
    /// Somebody far away may have said something there, if not this.
    #[serde(default)]
    pub uncertain: bool,
}

/// How much of the speech has text. Both are zero where speech was not looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Speech that was found; pauses of 200 ms and more are not part of it.
    pub speech: Millis,
    /// So much of it lies under words, or no more than 400 ms from one.
    pub with_text: Millis,
}

/// Something the model wrote that the glossary put right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When it was said.
    pub span: Span,
    /// What the model wrote, without the punctuation around it.
    pub from: String,
    /// What stands there now: a term of the glossary.
    pub to: String,
}

/// A stretch whose text is from people, and what the model had written there.
///
/// What people wrote are those [segments](Transcript::segments) in it that are [edited](Segment::edited); none, if they left
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// No two overlap.
    pub span: Span,
    /// The model's, in order; never changed again.
    pub machine: Vec<Segment>,
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

/// Everything known about one recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The language of most of the speech, as [`Segment::language`]; empty if nobody speaks.
    pub language: String,
    /// Length of the recording, silence included.
    pub duration: Millis,
    /// In order of start; they do not overlap, unless another program wrote them.
    pub segments: Vec<Segment>,
    /// Speech without text, in order.
    pub gaps: Vec<Gap>,
    /// What was marked while it was said, in order; empty unless it was a live session.
    pub markers: Vec<Marker>,
    /// What was taken out, in order.
    pub removed: Vec<Removal>,
    /// What the glossary put right, in order.
    pub corrections: Vec<Correction>,
    /// Where people changed the text, in order.
    pub edits: Vec<Edit>,
    /// What voices are called; one without an entry is `Speaker 1`, by its number.
    pub names: BTreeMap<SpeakerId, String>,
    /// How much of the speech has text.
    pub coverage: Coverage,
    /// In order of occurrence.
    pub warnings: Vec<Warning>,
    /// Complete, or up to where.
    pub completeness: Completeness,
    /// The recording.
    pub recording: RecordingId,
    /// The model.
    pub model: ModelId,
    /// What was asked for.
    pub settings: TranscribeOptions,
}

/// Nothing: no speech, and no record of what was asked for, so that [`VadOptions::everything`] stands for how speech was
/// detected.
impl Default for Transcript {
    fn default() -> Transcript {
        Transcript {
            language: String::new(),
            duration: Millis::default(),
            segments: Vec::new(),
            gaps: Vec::new(),
            markers: Vec::new(),
            removed: Vec::new(),
            corrections: Vec::new(),
            edits: Vec::new(),
            names: BTreeMap::new(),
            coverage: Coverage::default(),
            warnings: Vec::new(),
            completeness: Completeness::default(),
            recording: RecordingId::default(),
            model: ModelId::default(),
            settings: TranscribeOptions { vad: VadOptions::everything(), ..TranscribeOptions::default() },
        }
    }
}

impl Transcript {
    /// What a voice is called: `Anna Meyer`, or `Speaker 1` if nobody has named it.
    pub fn name(&self, speaker: SpeakerId) -> Cow<'_, str> {
        match self.names.get(&speaker) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("Speaker {}", speaker.0)),
        }
    }
}

/// Words of a test that are said one after the other from `start` on, each `length` milliseconds long.
#[cfg(test)]
pub(crate) fn said(start: u64, length: u64, text: &str) -> Vec<Word> {
    let word = |(n, text): (u64, &str)| Word {
        span: Span::new(start + length * n, start + length * (n + 1)),
        text: text.into(),
        spaced: true,
        confidence: 0.9,
    };
    (0..).zip(text.split_whitespace()).map(word).collect()
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
