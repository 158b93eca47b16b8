//! What a run says while it works, and how it is told to stop.

use crate::{CheckpointRecord, Millis, Segment, Warning};

/// Something worth telling.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The recording is open; its length, if its container tells.
    Opened(Option<Millis>),
    /// Everything before this point was transcribed by an earlier run.
    Known(Millis),
    /// Everything before this point is transcribed.
    Reached(Millis),
    /// Something that a later run need not do again, should this one end early. Not told if it is the last.
    Checkpoint(&'a CheckpointRecord),
    /// A segment that will not change any more.
    Segment(&'a Segment),
    /// Something to know about the recording.
    Warning(&'a Warning),
}

/// Hears [`Event`]s, and may stop the run. `()` hears nothing and lets it run.
pub trait Observer: Sync {
    /// Told from the thread that called; must return at once, for the run waits for it.
    fn event(&self, _event: Event<'_>) {}

    /// Asked all the time; after `true` the run ends soon, keeping what is done: as soon as the model is through with its
    /// pass, which takes seconds on a slow CPU.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}
