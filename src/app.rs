//! The application: what every face of the program drives, be it a terminal or a web service.
//!
//! It prints nothing, never exits, and knows neither arguments nor terminals. What happens goes out as [`AppEvent`]s to one
//! [`Listener`], and each job has a [`CancelToken`] of its own.
//!
//! - [`Settings`]: what a run works with.
//! - [`models`]: the models on this computer.
//! - [`jobs`]: one recording from file to files, and the queue of them.
//! - [`batch`]: whole folders.
//! - [`session`]: live captions and their transcript.
//! - `library` (feature `app`): recordings, jobs and versions that the program keeps for a person.
//! - [`store`]: whatever touches the disk durably.

pub mod batch;
mod cancel;
mod event;
pub mod jobs;
#[cfg(feature = "app")]
pub mod library;
pub mod models;
pub mod session;
mod settings;
pub mod store;
mod usage_error;

pub use cancel::CancelToken;
pub use event::{AppEvent, JobEvent, Listener};
#[cfg(feature = "app")]
pub(crate) use jobs::media_type;
pub(crate) use settings::Align;
pub use settings::{
    KnownSpeakers, Settings, Values, language_code, language_name, speaker_count, speaker_name, style, time,
};
pub use usage_error::UsageError;

/// How a piece of work ended, from good to bad. Errors were told as events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything is done.
    Done,
    /// Something failed; the rest is done.
    Failed,
    /// It was cancelled; what was done by then is written.
    Cancelled,
}
