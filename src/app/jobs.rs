//! Transcription jobs: each takes one recording to its files. They run side by side, can be added while others run, and are
//! cancelled one by one.

mod changes;
mod finished;
mod job;
mod kind;
mod observer;
mod outputs;
mod queue;
pub(crate) mod recording;
mod render;
mod run;
mod sound;
mod speakers;
mod stdin;
mod summary;
mod track_files;
mod tracks;

pub use changes::{Undone, undo, write_changed};
pub use finished::FinishedJob;
pub use job::{Clash, FileUse, Job, clashes};
#[cfg(feature = "app")]
pub(crate) use kind::media_type;
pub(crate) use kind::{ending, is_recording};
pub use queue::{JobHandle, JobId, Queue, with_queue};
pub use recording::identify;
pub(crate) use render::without_word_times;
pub use render::{Rendering, render};
pub use speakers::TellApart;
#[cfg(feature = "app")]
pub(crate) use speakers::carry_names;
pub use stdin::is_stdin;
pub use summary::{CaptionReport, Check, Summary, speed};
pub use track_files::TrackFiles;
pub(crate) use track_files::meeting_folder;
