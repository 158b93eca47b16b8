//! Passes over the running speech, and what they change.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::caption::Caption;
use crate::speech::Chunk;
use crate::{DetectedLanguage, Segment};

/// A piece of running speech to be decoded.
#[derive(Debug)]
pub(super) struct Pass {
    /// Number of the utterance.
    pub(super) utterance: u64,
    pub(super) chunk: Chunk,
    /// End of the chunk, in samples from the start of the session.
    pub(super) end: u64,
    /// Whether more sound of the utterance is left for the next pass, because this one has the maximum length.
    pub(super) truncated: bool,
    /// Whether the utterance has ended, so that the text should be as good as possible.
    pub(super) last: bool,
    /// `None` if it is to be detected.
    pub(super) language: Option<String>,
    /// Text of the line before the chunk; may be empty.
    pub(super) context: String,
    /// Set when the result is no longer needed.
    pub(super) stale: Arc<AtomicBool>,
}

/// The result of a pass.
#[derive(Debug)]
pub(super) struct PassResult {
    pub(super) pass: Pass,
    /// `None` if the language was given, or the model failed.
    pub(super) detected: Option<DetectedLanguage>,
    /// `None` if the model failed.
    pub(super) segments: Option<Vec<Segment>>,
}

/// A change of the captions.
#[derive(Debug, PartialEq)]
pub(super) enum CaptionEvent {
    Caption(Caption),
    /// A finished line as it was shown, in one segment for each speaker.
    Line(Segment),
}
