//! The interface between the pipeline and the speech model.

use crate::{Clip, Error, Observer, Segment};

mod scripted;
pub use scripted::{Line, Scripted};

/// How to decode one clip, once.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodingOptions {
    /// ISO 639-1 code; `None` lets the recogniser detect the language.
    pub language: Option<String>,
    /// Whether to translate to English.
    pub translate: bool,
    /// Names and style to expect; may be empty. The model reads its last 223 tokens at most.
    pub prompt: String,
    /// Hypotheses kept while decoding, in `1..=8`; 1 is greedy. Ignored at temperatures above 0.
    pub beam_size: u8,
    /// Sampling temperature, in `0.0..=1.0`.
    pub temperature: f32,
    /// How much of the model's window is computed.
    pub audio_context: AudioContext,
}

/// How much of the model's 30 s window is computed (whisper.cpp's `audio_ctx`); time grows with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioContext {
    /// As much as the clip needs, for captions that are soon replaced.
    Tight,
    /// As much as the clip needs, and at least 10 s.
    #[default]
    Fitting,
}

impl Default for DecodingOptions {
    fn default() -> DecodingOptions {
        DecodingOptions {
            language: None,
            translate: false,
            prompt: String::new(),
            beam_size: 5,
            temperature: 0.0,
            audio_context: AudioContext::Fitting,
        }
    }
}

/// The text of one clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognition {
    /// The language that was given or detected, as [`Segment::language`].
    pub language: String,
    /// In order and on the recording's clock; none reaches beyond the clip's end.
    pub segments: Vec<Segment>,
}

/// The likeliest language of a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectedLanguage {
    /// As [`Segment::language`].
    pub language: String,
    /// In `0.0..=1.0`, among the candidates.
    pub probability: f32,
}

/// Turns speech into text.
pub trait Recogniser: Send {
    /// Detects the likeliest language in the first 4 s of a clip. `candidates`: ISO 639-1 codes of the languages to
    /// choose from; empty for all that the model knows.
    ///
    /// # Errors
    /// [`Error::Recognise`] if the model failed.
    fn detect_language(&mut self, clip: Clip<'_>, candidates: &[String]) -> Result<DetectedLanguage, Error>;

    /// Decodes one clip of at most 30 s once; silence gives no segments. The segments'
    /// [`compression_ratio`](Segment::compression_ratio) is left to the caller.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the observer cancelled, [`Error::Recognise`] if the model failed.
    fn recognise(
        &mut self,
        clip: Clip<'_>,
        options: &DecodingOptions,
        observer: &dyn Observer,
    ) -> Result<Recognition, Error>;
}
