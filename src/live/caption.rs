//! What a session shows, as it happens.

use serde::{Deserialize, Serialize};

use crate::SpeakerId;

/// A change of what is shown. Lines follow each other: nothing is said of a line before the one before it is
/// [done](Caption::Done).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Caption {
    /// More of a line. It stays as it is.
    Settled {
        /// Counted from 0.
        line: u64,
        /// To be appended as it is: begins with a blank where one belongs.
        text: String,
        /// Who says it, if the user told.
        speaker: Option<SpeakerId>,
    },
    /// What follows the settled text of a line, as far as it is known; takes the place of what was tentative before, and is
    /// gone with the next [`Settled`](Caption::Settled).
    Tentative {
        /// Counted from 0.
        line: u64,
        /// Begins with a blank where one belongs; may be empty.
        text: String,
    },
    /// Nothing more comes on this line, and nothing of it is tentative.
    Done {
        /// Counted from 0.
        line: u64,
    },
    /// What the microphone does from now on.
    State {
        /// Which it is.
        state: State,
    },
}

/// What becomes of the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is heard.
    #[default]
    Listening,
    /// There is none: for 5 s nothing but digital silence has come.
    Silent,
    /// The user does not want it to be heard.
    Paused,
    /// The device is gone.
    Lost,
    /// The session is over.
    Ended,
}
