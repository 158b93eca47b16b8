//! What a batch tells.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Item, PassedOver, UnusedPattern};
use crate::Millis;
use crate::app::UsageError;

/// Something that happened in a batch.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum BatchEvent<'a> {
    /// A path could not be searched.
    NotSearched {
        /// The path.
        path: &'a Path,
        /// Why.
        reason: &'a str,
        /// Whether recordings may be missing because of it.
        is_failure: bool,
    },
    /// There are files that are not taken for recordings.
    PassedOver(&'a PassedOver),
    /// A pattern of the search matches nothing.
    UnusedPattern(&'a UnusedPattern),
    /// A recording lies beside tracks and is none of them, so that it is not transcribed.
    LeftOut(&'a Path),
    /// A recording can't be transcribed as it is.
    Refused {
        /// Its name.
        name: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// Something is said of a track that none of the conversations so far has.
    Mistake(&'a UsageError),
    /// Jobs begin. `lengths[n]` is how much of the job with number `n` is to be transcribed, if that is known.
    Started {
        /// One for each job.
        lengths: &'a [Option<Millis>],
    },
    /// All jobs have ended.
    Stopped,
    /// The folders are watched.
    Watching {
        /// Which.
        folders: &'a [PathBuf],
    },
    /// There are no recordings.
    NothingFound {
        /// Whether the folders in the folders were searched, too.
        recursive: bool,
    },
    /// The manifest is written.
    Finished {
        /// What became of each recording.
        items: &'a [Item],
        /// How long it took.
        elapsed: Duration,
    },
}
