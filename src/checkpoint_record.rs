//! Finished work, from which an interrupted run is resumed.

use serde::{Deserialize, Serialize};

use crate::{Correction, Coverage, Gap, Millis, Removal, Segment, Span};

/// A finished piece of the work on one recording.
///
/// A run reports each as [`Event::Checkpoint`](crate::Event::Checkpoint). If it is interrupted, the next run is given
/// the reported records, in any order, and makes the same transcript without repeating that work.
///
/// Contains transcript text. Can be written and read with serde; the format may change between versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckpointRecord(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The languages in a chunk, before it is split where the language changes. `number` counts chunks before any is
    /// split; `current` is the language being spoken at the end of the chunk, `None` if it is not clear yet.
    Languages { number: usize, spans: Vec<(Span, String)>, current: Option<String> },
    /// The text of a chunk. `number` counts chunks after they were split by language; `overlap` as
    /// [`Chunk::overlap`](crate::speech::Chunk::overlap).
    Chunk { number: usize, span: Span, overlap: Option<Millis>, result: ChunkResult },
}

/// What the transcript gets from a chunk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChunkResult {
    pub(crate) segments: Vec<Segment>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) removed: Vec<Removal>,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) coverage: Coverage,
}
