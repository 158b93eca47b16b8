//! What a live session reports.

use std::path::{Path, PathBuf};

use crate::app::jobs::{CaptionReport, Summary};
use crate::live::{Caption, State};
use crate::{Error, Millis, Warning};

/// Something that happened in a session.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum SessionEvent<'a> {
    /// The source is open.
    Listening {
        /// Its name, for people.
        source: &'a str,
    },
    /// Something to be known about the sound; it is also in the transcript.
    Warning {
        /// The source's name, for people.
        source: &'a str,
        /// What it is.
        warning: &'a Warning,
    },
    /// Whether sound is captured has changed.
    State(State),
    /// What is shown changes. Contains transcript text.
    Caption(&'a Caption),
    /// The transcript has failed; the captions go on, and the transcript then consists of them.
    TranscriptFailed,
    /// The capture has ended; the transcript is being finished, which [`SessionTokens::finish`](super::SessionTokens::finish) cancels.
    CaptureEnded,
    /// The transcript has ended, finished or not; [`SessionTokens::refine`](super::SessionTokens::refine) cancels what may come now.
    TranscriptEnded,
    /// Journal or files can't be written; everything is in memory only until they can.
    WritingFailed(&'a Error),
    /// They can be written again, with what was in memory.
    WritingAgain,
    /// Somebody else has changed a file of the session, which stays.
    SetAside {
        /// That file.
        stays: &'a Path,
        /// The file that has its content instead.
        file: &'a Path,
    },
    /// The sound is saved no longer.
    SavingFailed(&'a Error),
    /// The transcript is written.
    Transcribed {
        /// What a reader should know about it.
        summary: &'a Summary,
        /// How well captions keep to their limits; `None` unless the settings ask for it.
        captions: Option<&'a CaptionReport>,
    },
    /// The voices of the saved sound were told apart, and the transcript is written again.
    SpeakersFound {
        /// How many.
        count: usize,
    },
    /// The saved sound is being transcribed again.
    Refining,
    /// The sound is not transcribed again, since something went wrong before.
    NotRefined,
    /// Transcribing it again has failed; the transcript until then stays.
    RefineFailed,
    /// Telling its voices apart has failed; the transcript until then stays.
    VoicesFailed,
    /// The files of a session that was killed are finished.
    Recovered {
        /// Length of its sound.
        duration: Millis,
        /// Its files.
        files: &'a [PathBuf],
        /// Whether only this user can have written its journal.
        is_verified: bool,
    },
}
