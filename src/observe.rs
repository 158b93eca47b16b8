//! What a run reports while it works, and how it is cancelled.

use crate::{CheckpointRecord, Millis, Segment, Warning};

/// Something that happened in a run.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The recording was opened; its length, or `None` if its container does not state it.
    Opened(Option<Millis>),
    /// Everything before this time was transcribed by an earlier run.
    Resumed(Millis),
    /// Everything before this time is transcribed.
    Reached(Millis),
    /// Finished work that a later run need not repeat if this one is interrupted. Not sent for the last piece of work.
    Checkpoint(&'a CheckpointRecord),
    /// A segment that will not change any more.
    Segment(&'a Segment),
    /// Something to know about the recording.
    Warning(&'a Warning),
}

/// Receives [`Event`]s, and can cancel the run. `()` ignores all events and never cancels.
pub trait Observer: Sync {
    /// Called in the thread that called the library. Must return at once, because the run waits for it.
    fn event(&self, _event: Event<'_>) {}

    /// Polled all the time. Once it returns `true`, the run ends as soon as the model has finished its current pass,
    /// which takes seconds on a slow CPU; what is finished is kept.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}
