//! What a run has done for good, so that the next one need not do it again.

use serde::{Deserialize, Serialize};

use crate::{Correction, Coverage, Gap, Millis, Removal, Segment, Span};

/// A piece of the work on one recording. A run tells each ([`Event::Checkpoint`](crate::Event::Checkpoint)); given those that were told
/// before it ended early, in any order, the next run comes to the same transcript without doing them again.
///
/// Holds what was said. Can be written and read with serde; what it looks like then may change with the version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckpointRecord(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The languages of a cut, and the one that is being spoken after it.
    Languages { chunk: usize, stretches: Vec<(Span, String)>, spoken: Option<String> },
    /// What a clip gave, and where it begins if it shares sound with the one before.
    Clip { number: usize, span: Span, overlap: Option<Millis>, found: ClipResult },
}

/// What a clip gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClipResult {
    pub(crate) segments: Vec<Segment>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) removed: Vec<Removal>,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) coverage: Coverage,
}
