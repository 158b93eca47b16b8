//! The interface between the pipeline and the speech model.

use crate::{Clip, Error, Observer, Segment};

mod scripted;
pub use scripted::{Line, Scripted};

/// What to ask of the model in one try at a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// ISO 639-1 code; `None` lets the recogniser detect it.
    pub language: Option<String>,
    /// English out, whatever comes in.
    pub translate: bool,
    /// Names and style to expect; may be empty. The model reads its last 223 tokens at most.
    pub prompt: String,
    /// Hypotheses kept while decoding, in `1..=8`; 1 is greedy. Above a temperature of 0 it does not count.
    pub beam_size: u8,
    /// Sampling temperature, in `0.0..=1.0`.
    pub temperature: f32,
    /// How much of the model's window is computed.
    pub window: Window,
}

/// How much of the 30 s that the model hears at once is computed; its cost grows with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// As much as the clip needs, for an answer that counts for a moment only.
    Tight,
    /// As much as the clip needs, and at least 10 s.
    #[default]
    Fitting,
    /// All of it, as in the model's training; for clips of 27 s and more there is no difference.
    Whole,
}

impl Default for Request {
    fn default() -> Request {
        Request {
            language: None,
            translate: false,
            prompt: String::new(),
            beam_size: 5,
            temperature: 0.0,
            window: Window::Fitting,
        }
    }
}

/// What the model heard in one clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognition {
    /// As [`Segment::language`]; asked for or detected.
    pub language: String,
    /// On the recording's clock, in order, none beyond the clip's end.
    pub segments: Vec<Segment>,
}

/// Which language is spoken, as far as the model can tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectedLanguage {
    /// As [`Segment::language`].
    pub language: String,
    /// In `0.0..=1.0`; among the languages that were listed.
    pub probability: f32,
}

/// Turns speech into text.
pub trait Recogniser: Send {
    /// The likeliest language of a clip among those listed, or of all if none is; looks at its first 4 s.
    ///
    /// # Errors
    /// [`Error::Recognise`] when the model failed.
    fn language(&mut self, clip: Clip<'_>, among: &[String]) -> Result<DetectedLanguage, Error>;

    /// Transcribes one clip of at most 30 s, once; silence gives no segments. The segments'
    /// [`compression_ratio`](Segment::compression_ratio) is left to the caller.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer stopped it, [`Error::Recognise`] when the model failed.
    fn recognise(&mut self, clip: Clip<'_>, request: &Request, observer: &dyn Observer) -> Result<Recognition, Error>;
}
