//! Why a transcript has gaps and removals, and why it may be incomplete: stable codes for programs. The sentences that people read
//! are in the `wording` module.

use serde::{Deserialize, Serialize};

/// Why there is no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Somebody speaks there, and the model could not tell what.
    #[default]
    Unrecognised,
    /// Two speak at once, and the text has nothing of one of them.
    Overlapped,
    /// Music plays, and nobody speaks.
    Music,
    /// The user paused the session.
    Paused,
    /// The microphone was disconnected, or could not be used.
    #[serde(rename = "microphone_lost", alias = "lost")]
    Lost,
    /// The computer slept, or the microphone dropped samples.
    #[serde(rename = "dropout", alias = "missed")]
    Missed,
}

impl GapReason {
    /// All reasons.
    pub const ALL: [GapReason; 6] = [
        GapReason::Unrecognised,
        GapReason::Overlapped,
        GapReason::Music,
        GapReason::Paused,
        GapReason::Lost,
        GapReason::Missed,
    ];

    /// The code in JSON: `paused`.
    pub fn code(self) -> &'static str {
        match self {
            GapReason::Unrecognised => "unrecognised",
            GapReason::Overlapped => "overlapped",
            GapReason::Music => "music",
            GapReason::Paused => "paused",
            GapReason::Lost => "microphone_lost",
            GapReason::Missed => "dropout",
        }
    }

    /// Whether somebody speaks there.
    pub fn is_speech(self) -> bool {
        matches!(self, GapReason::Unrecognised | GapReason::Overlapped)
    }
}

/// Why text was removed: the evidence that nobody said it. For serde it is a string: the code, or the text of
/// [`Other`](Self::Other), so that checkpoints of earlier versions can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RemovalReason {
    /// The text repeats itself.
    #[default]
    Repetition,
    /// It sounds more like noise than like speech, and the model is unsure of the text.
    Noise,
    /// The model is so unsure of the text that it is a guess.
    LowConfidence,
    /// A known hallucination, and nobody speaks there.
    HallucinationNoSpeech,
    /// A known hallucination, and the model itself doubts that anybody speaks there.
    HallucinationDoubtfulSpeech,
    /// A known hallucination, and too short for what is said there.
    HallucinationTooShort,
    /// A known hallucination, and the model is unsure of it.
    HallucinationLowConfidence,
    /// The same is heard more loudly in the track of somebody else, who says it.
    Bleed,
    /// Another reason, as a sentence from an older file.
    Other(String),
}

impl RemovalReason {
    /// All reasons but [`Other`](Self::Other).
    pub const KNOWN: [RemovalReason; 8] = [
        RemovalReason::Repetition,
        RemovalReason::Noise,
        RemovalReason::LowConfidence,
        RemovalReason::HallucinationNoSpeech,
        RemovalReason::HallucinationDoubtfulSpeech,
        RemovalReason::HallucinationTooShort,
        RemovalReason::HallucinationLowConfidence,
        RemovalReason::Bleed,
    ];

    /// The code in JSON: `repetition`.
    pub fn code(&self) -> &'static str {
        match self {
            RemovalReason::Repetition => "repetition",
            RemovalReason::Noise => "noise",
            RemovalReason::LowConfidence => "low_confidence",
            RemovalReason::HallucinationNoSpeech => "hallucination_no_speech",
            RemovalReason::HallucinationDoubtfulSpeech => "hallucination_doubtful_speech",
            RemovalReason::HallucinationTooShort => "hallucination_too_short",
            RemovalReason::HallucinationLowConfidence => "hallucination_low_confidence",
            RemovalReason::Bleed => "bleed",
            RemovalReason::Other(_) => "other",
        }
    }
}

impl From<String> for RemovalReason {
    fn from(text: String) -> RemovalReason {
        let known = RemovalReason::KNOWN.into_iter().find(|reason| reason.code() == text);
        known.unwrap_or(RemovalReason::Other(text))
    }
}

impl From<RemovalReason> for String {
    fn from(reason: RemovalReason) -> String {
        match reason {
            RemovalReason::Other(text) => text,
            known => known.code().to_owned(),
        }
    }
}

/// Why a transcript does not reach the end of the recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PartialReason {
    /// The user stopped the run.
    #[default]
    Interrupted,
    /// The recording changed while it was read.
    RecordingChanged,
    /// The live session is still running.
    SessionRunning,
    /// The live session ended before all of it was transcribed.
    SessionUnfinished,
    /// The live session was killed.
    SessionKilled,
    /// An error; holds its message in English.
    Failed(String),
}

impl PartialReason {
    /// All reasons but [`Failed`](Self::Failed).
    pub const KNOWN: [PartialReason; 5] = [
        PartialReason::Interrupted,
        PartialReason::RecordingChanged,
        PartialReason::SessionRunning,
        PartialReason::SessionUnfinished,
        PartialReason::SessionKilled,
    ];

    /// The code in JSON: `interrupted`.
    pub fn code(&self) -> &'static str {
        match self {
            PartialReason::Interrupted => "interrupted",
            PartialReason::RecordingChanged => "recording_changed",
            PartialReason::SessionRunning => "session_running",
            PartialReason::SessionUnfinished => "session_unfinished",
            PartialReason::SessionKilled => "session_killed",
            PartialReason::Failed(_) => "failed",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_that_serde_writes() {
        for reason in GapReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
        for reason in RemovalReason::KNOWN {
            assert_eq!(serde_json::to_value(&reason).unwrap(), reason.code());
        }
    }

    #[test]
    fn journals_of_earlier_versions_are_read() {
        let read = |code: &str| serde_json::from_value::<GapReason>(code.into()).unwrap();
        assert_eq!(["lost", "missed", "paused"].map(read), [GapReason::Lost, GapReason::Missed, GapReason::Paused]);
        let old = "the text repeats itself";
        assert_eq!(serde_json::from_value::<RemovalReason>(old.into()).unwrap(), RemovalReason::Other(old.into()));
    }
}
