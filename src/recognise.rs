//! The seam between us and the speech model.

use crate::{Clip, Error, Observer, Segment};

mod scripted;
pub use scripted::{Line, Scripted};

/// What to ask of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// ISO 639-1 code; `None` lets the recogniser detect it.
    pub language: Option<String>,
    /// English out, whatever comes in.
    pub translate: bool,
    /// Fill in [`Segment::words`].
    pub words: bool,
    /// Names and style to expect; may be empty. The model reads its last 224 tokens at most.
    pub prompt: String,
    /// Hypotheses kept while decoding, in `1..=8`; 1 is greedy.
    pub beam_size: u8,
    /// Where the temperature starts, in `0.0..=1.0`; it rises where the text is not good enough.
    pub temperature: f32,
}

impl Default for Request {
    fn default() -> Request {
        Request { language: None, translate: false, words: true, prompt: String::new(), beam_size: 5, temperature: 0.0 }
    }
}

/// What the model heard in one clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// As [`Segment::language`]; asked for or detected.
    pub language: String,
    /// On the recording's clock, in order, none beyond the clip's end.
    pub segments: Vec<Segment>,
}

/// Which language is spoken, as far as the model can tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guess {
    /// As [`Segment::language`].
    pub language: String,
    /// In `0.0..=1.0`.
    pub probability: f32,
}

/// Turns speech into text.
pub trait Recogniser: Send {
    /// The likeliest language of a clip; looks at its first 10 s.
    ///
    /// # Errors
    /// [`Error::Recognise`] when the model failed.
    fn language(&mut self, clip: Clip<'_>) -> Result<Guess, Error>;

    /// Transcribes one clip of at most 30 s; silence gives no segments.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the observer stopped it, [`Error::Recognise`] when the model failed.
    fn recognise(&mut self, clip: Clip<'_>, request: &Request, observer: &dyn Observer) -> Result<Heard, Error>;
}
