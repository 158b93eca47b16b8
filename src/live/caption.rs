//! Changes of the displayed captions.

use serde::{Deserialize, Serialize};

use crate::SpeakerId;

/// A change of the displayed captions. Lines follow each other: the next begins after the one before is
/// [done](Caption::Done).
///
/// Settled and tentative text are what WhisperKit calls confirmed and unconfirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Caption {
    /// More text of a line, which will not change.
    Settled {
        /// Number of the line, from 0.
        line: u64,
        /// To be appended as it is; begins with a space where one belongs.
        text: String,
        /// Who says it; `None` if it is unknown.
        speaker: Option<SpeakerId>,
    },
    /// What may follow the settled text of a line. Replaces earlier tentative text, and is removed by the next
    /// [`Settled`](Caption::Settled).
    Tentative {
        /// Number of the line, from 0.
        line: u64,
        /// Begins with a space where one belongs; empty if there is no tentative text any more.
        text: String,
    },
    /// A line is complete, and has no tentative text.
    Done {
        /// Number of the line, from 0.
        line: u64,
    },
    /// Whether sound comes in from now on.
    State {
        /// The new state.
        state: State,
    },
}

/// Whether sound comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It does.
    #[default]
    Listening,
    /// Only digital silence has come in for 5 s.
    Silent,
    /// The user has paused the session.
    Paused,
    /// The device is lost.
    Lost,
    /// The session is over.
    Ended,
}
