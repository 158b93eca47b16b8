//! The transcript, and the vocabulary of the whole crate.
//!
//! Everything here is plain data that a test can make. It says *what was said when*; how that looks in a file is the job of
//! [`mod@format`]. Imports nothing from the crate but the declarations of its options.

mod assign;
mod language;
mod listen_again;
mod origin;
mod reason;
mod settings;
mod speaker_name;
pub(crate) mod tokens;
mod turns;
mod unheard;
mod visible;
mod warning;
mod words;

pub(crate) use assign::SpeakerTimes;
pub use language::language_code;
pub(crate) use language::language_names;
pub use listen_again::{ListenAgain, ListenReason};
pub use origin::{GlossaryId, ModelId, RecordingId, TrackId};
pub use reason::{GapReason, PartialReason, RemovalReason};
pub use settings::{Channels, MAX_CHANNELS, TranscribeOptions, VadOptions};
pub(crate) use speaker_name::speaker_name;
pub(crate) use turns::{lanes, main_language, speaking, text_of, turns};
pub(crate) use visible::{is_blank, is_invisible};
pub use warning::WarningKind;
pub use words::count_words;
pub(crate) use words::{unspaced_script, with_lengths};

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Add, Sub};

/// A time in the recording, in whole milliseconds from its first sample.
///
/// It is the time that a player shows: parts skipped by `from` and removed silence count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Millis(pub u64);

impl Millis {
    /// In seconds, as in JSON.
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

/// A half-open time span of the recording: it includes `start` and excludes `end`, and `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first instant.
    pub start: Millis,
    /// The first instant after it.
    pub end: Millis,
}

impl Span {
    /// A span from milliseconds; `end` before `start` gives an empty span at `start`.
    pub fn new(start: u64, end: u64) -> Span {
        Span { start: Millis(start), end: Millis(end.max(start)) }
    }

    /// Its length.
    pub fn length(self) -> Millis {
        self.end - self.start
    }
}

/// One word, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// When it is said.
    pub span: Span,
    /// With its punctuation, without surrounding blanks; never empty. In a language without blanks each character is a word.
    pub text: String,
    /// Whether a blank precedes it.
    pub spaced: bool,
    /// The model's mean probability of its tokens, in `0.0..=1.0`.
    pub confidence: f32,
}

/// The model is unsure of a word with less confidence.
const UNCERTAIN_WORD: f32 = 0.4;
/// The model is unsure of a segment whose words have a lower mean confidence.
const UNCERTAIN_SEGMENT: f32 = 0.55;

impl Word {
    /// Whether the model is unsure of it: its [confidence](Self::confidence) is below 0.4.
    pub fn is_uncertain(&self) -> bool {
        self.confidence < UNCERTAIN_WORD
    }
}

/// A speaker, numbered from 1 in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16")]
pub struct SpeakerId(pub u16);

impl TryFrom<u16> for SpeakerId {
    type Error = &'static str;

    fn try_from(number: u16) -> Result<SpeakerId, &'static str> {
        if number == 0 { Err("speakers are numbered from 1") } else { Ok(SpeakerId(number)) }
    }
}

/// A sentence, or a part of one, that the model wrote in one go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// When it is said.
    pub span: Span,
    /// Without surrounding blanks; never empty.
    pub text: String,
    /// In order of time; empty if there are no word times.
    pub words: Vec<Word>,
    /// Who speaks; `None`: not known.
    pub speaker: Option<SpeakerId>,
    /// ISO 639-1 code of its language (`de`), or Whisper's own code if there is none (`haw`).
    pub language: String,
    /// Mean natural logarithm of its tokens' probabilities; 0 is certain, below -1 is doubtful.
    pub avg_logprob: f32,
    /// The model's probability that nobody speaks here, in `0.0..=1.0`.
    pub no_speech_prob: f32,
    /// Sampling temperature that it was decoded with.
    pub temperature: f32,
    /// Bytes of the text over its zlib-compressed bytes; above 2.4 it repeats itself.
    pub compression_ratio: f32,
    /// Whether somebody wrote or corrected it. Then it counts as certain, and an [`Edit`] contains it.
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

    /// Whether the model is unsure of it: its [confidence](Self::confidence) is below 0.55, and nobody has edited it.
    pub fn is_uncertain(&self) -> bool {
        !self.edited && self.confidence() < UNCERTAIN_SEGMENT
    }
}

/// A time span without text, although something may have been said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From its first sound to its last.
    pub span: Span,
    /// Why.
    pub reason: GapReason,
}

/// A place that somebody marked during a live session.
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
    /// A place to find again.
    Marker,
    /// The next item of the agenda begins.
    AgendaItem,
    /// Something was decided.
    Decision,
}

/// Text that was removed because nobody said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Where the model had placed it.
    pub span: Span,
    /// The text.
    pub text: String,
    /// The evidence.
    pub reason: RemovalReason,
    /// Whether somebody far away may have said something else there.
    #[serde(default)]
    pub uncertain: bool,
}

/// How much of the speech has text. Both are zero if voice activity was not detected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Detected speech, without pauses of 200 ms and more.
    pub speech: Millis,
    /// The part of it that is at most 400 ms from a word.
    pub with_text: Millis,
}

/// A word that the glossary corrected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When it is said.
    pub span: Span,
    /// The model's text, without the punctuation around it.
    pub from: String,
    /// The term of the glossary that replaces it.
    pub to: String,
}

/// A time span whose text is from people, and the model's text.
///
/// The text of people is in the [segments](Transcript::segments) of the span that are [edited](Segment::edited); there are none if
/// they deleted it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The spans of edits do not overlap.
    pub span: Span,
    /// The model's segments, in order; never changed again.
    pub machine: Vec<Segment>,
}

/// What a reader must know about how the transcript was made. Never holds transcript text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the recording; `None` if it concerns the whole.
    pub at: Option<Millis>,
    /// Name of the file that it is about, if the recording has several; else `None`.
    pub file: Option<String>,
    /// What it is about.
    pub kind: WarningKind,
}

impl Warning {
    /// A warning about the recording's only file.
    pub fn new(at: Option<Millis>, kind: WarningKind) -> Warning {
        Warning { at, file: None, kind }
    }
}

/// Whether the transcript reaches the end of the requested part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// It does.
    #[default]
    Complete,
    /// It ends at `until`.
    Partial {
        /// The end of the transcribed part.
        until: Millis,
        /// Why it ends there.
        reason: PartialReason,
    },
}

/// The transcript of one recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The language of most of the speech, as [`Segment::language`]; empty if nobody speaks.
    pub language: String,
    /// Length of the recording, silence included.
    pub duration: Millis,
    /// In order of start. Two overlap in time only if their speakers differ (crosstalk), unless another program wrote them.
    pub segments: Vec<Segment>,
    /// Time spans without text, in order.
    pub gaps: Vec<Gap>,
    /// Markers in order; empty unless it was a live session.
    pub markers: Vec<Marker>,
    /// Removed text, in order.
    pub removed: Vec<Removal>,
    /// Corrections by the glossary, in order.
    pub corrections: Vec<Correction>,
    /// Edits of people, in order.
    pub edits: Vec<Edit>,
    /// Places that somebody has listened to again, in order.
    pub checked: Vec<Span>,
    /// Names of speakers; one without an entry is called `Speaker 1`, by its number.
    pub names: BTreeMap<SpeakerId, String>,
    /// What speakers were called before somebody renamed them, so that edits from before still say who is meant.
    pub former_names: BTreeMap<SpeakerId, Vec<String>>,
    /// What is known of speakers who were told apart by their voices.
    pub voices: BTreeMap<SpeakerId, VoiceEstimate>,
    /// How much of the speech has text.
    pub coverage: Coverage,
    /// In order of occurrence.
    pub warnings: Vec<Warning>,
    /// Whether it is complete.
    pub completeness: Completeness,
    /// The recording.
    pub recording: RecordingId,
    /// The model.
    pub model: ModelId,
    /// The settings that were used.
    pub settings: TranscribeOptions,
}

/// How sure it is that a voice is one person, and no other's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VoiceEstimate {
    /// The part of what the speaker says alone in which the voice is clearly nearer to this one than to any other, in `0.0..=1.0`; 0 if
    /// the speaker never says enough alone.
    pub certainty: f32,
    /// Whose voice it perhaps is, since there is so little of it: the most similar one. `None`: it is somebody's own.
    pub perhaps: Option<SpeakerId>,
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
            checked: Vec::new(),
            names: BTreeMap::new(),
            former_names: BTreeMap::new(),
            voices: BTreeMap::new(),
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
    /// All who speak, also those that only the model's text in [`edits`](Transcript::edits) has.
    pub fn speakers(&self) -> BTreeSet<SpeakerId> {
        let machine = self.edits.iter().flat_map(|edit| &edit.machine);
        self.segments.iter().chain(machine).filter_map(|segment| segment.speaker).collect()
    }

    /// The name of a speaker, or `Speaker 1` if it has none.
    pub fn name(&self, speaker: SpeakerId) -> Cow<'_, str> {
        match self.names.get(&speaker) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("Speaker {}", speaker.0)),
        }
    }
}

/// The words of `text` for a test, one after the other from `start` on, each `length` milliseconds long.
#[cfg(test)]
pub(crate) fn words_of(start: u64, length: u64, text: &str) -> Vec<Word> {
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
