//! Passes over the running speech, and what they change.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::caption::Caption;
use crate::pipeline::{self, TranscribeOptions};
use crate::speech::Chunk;
use crate::{AudioContext, DecodingOptions, DetectedLanguage, Error, Glossary, Observer, Recogniser, Segment};

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

/// Cancels a pass that is no longer needed.
struct Stale<'a>(&'a AtomicBool);

impl Observer for Stale<'_> {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs a pass and returns a result, whatever goes wrong.
pub(super) fn run_pass(
    recogniser: &mut (dyn Recogniser + '_),
    pass: Pass,
    options: &TranscribeOptions,
    glossary: Option<&Glossary>,
) -> PassResult {
    let work = AssertUnwindSafe(|| -> Result<_, Error> {
        let detected = match &pass.language {
            Some(_) => None,
            None => Some(recogniser.detect_language(pass.chunk.clip(), &options.languages)?),
        };
        let prompt = format!("{} {}", options.prompt, pass.context);
        let decoding = DecodingOptions {
            language: pass.language.clone().or_else(|| detected.as_ref().map(|detected| detected.language.clone())),
            translate: options.translate,
            prompt: match glossary {
                Some(glossary) => glossary.prompt(&prompt, 0, Glossary::PROMPT_TOKENS, &Glossary::estimate_tokens),
                None => prompt,
            },
            beam_size: 1,
            audio_context: AudioContext::Tight,
            ..DecodingOptions::default()
        };
        let stale = Stale(&pass.stale);
        let mut segments = pipeline::decode_caption(recogniser, &pass.chunk, &decoding, pass.last, &stale)?;
        if let Some(glossary) = glossary.filter(|_| !options.translate) {
            segments.iter_mut().for_each(|segment| drop(glossary.correct(segment)));
        }
        Ok((detected, segments))
    });
    match catch_unwind(work) {
        Ok(Ok((detected, segments))) => PassResult { pass, detected, segments: Some(segments) },
        _ => PassResult { pass, detected: None, segments: None },
    }
}
