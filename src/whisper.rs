//! The real [`Recogniser`]: Whisper, through the engine crate. No other file names that crate, apart from `main.rs`.
//!
//! One [`Whisper`] holds the weights; each [`Worker`] of it decodes clips on its own threads and with its own memory. Several
//! workers with one thread each are faster than one with several, and they never wait for each other inside a clip, so a busy
//! machine does not stall them.
//!
//! Each clip is decoded once, without any text from before. Whether its text is good enough, and what to try next, is the
//! pipeline's business.

use std::path::{Path, PathBuf};

use transcribe_whisper as engine;

use crate::audio::RATE;
use crate::models::{Header, stored_weights};
use crate::transcript::tokens;
use crate::{
    AudioContext, Clip, DecodingOptions, DetectedLanguage, Error, Millis, ModelErrorKind, Observer, Recogniser,
    Recognition, Segment, Span,
};

pub use engine::{has_gpu, languages, missing_instructions};

/// Frames of the encoder in a second.
const FRAMES: usize = 50;
/// 30 s.
const FULL_WINDOW: usize = 1_500;
/// 10 s; with less, texts of short clips get worse.
const SAFE_WINDOW: usize = 512;
/// 5 s.
const TIGHT_WINDOW: usize = 256;
/// Tokens of text in a second at most, in any script.
const MOST_TOKENS_PER_SECOND: usize = 25;

/// A model in memory.
pub struct Whisper {
    model: engine::Model,
    path: PathBuf,
}

impl Whisper {
    /// Loads a ggml model file, with `gpu` onto the graphics card that this program was built for.
    ///
    /// `header` is what [`Header::read`] found in it: only a file that was checked is safe to load, since a damaged one can end
    /// the process.
    ///
    /// # Errors
    /// [`Error::Model`] if whisper.cpp does not accept it, or can't run on this processor.
    pub fn load(path: &Path, header: &Header, gpu: bool) -> Result<Whisper, Error> {
        let file = engine::ModelFile {
            path: path.into(),
            mels: header.mels as usize,
            width: header.width as usize,
            audio_layers: header.audio_layers as usize,
            text_layers: header.text_layers as usize,
            multilingual: header.multilingual(),
            weights: stored_weights(path)?
                .into_iter()
                .map(|(name, weight)| {
                    let (kind, count, offset, bytes) = (weight.kind, weight.numbers, weight.offset, weight.bytes);
                    (name, engine::StoredWeight { kind, count, offset, bytes })
                })
                .collect(),
        };
        let model = engine::Model::load(&file, gpu).map_err(|error| error_of(error, path))?;
        Ok(Whisper { model, path: path.into() })
    }

    /// Whether it knows other languages than English.
    pub fn is_multilingual(&self) -> bool {
        self.model.is_multilingual()
    }

    /// Whether the engine's own encoder replaces whisper.cpp's. Not on graphics cards, nor on processors without AVX2.
    pub fn replaces_encoder(&self) -> bool {
        self.model.replaces_encoder()
    }

    /// A recogniser that works on `threads` threads. It takes its memory when it works.
    pub fn worker(&self, threads: u16) -> Worker<'_> {
        Worker { path: &self.path, decoder: self.model.decoder(threads) }
    }
}

/// Versions and instruction sets that the recogniser was built with, in one line.
pub fn system_info() -> String {
    let slow = if engine::is_compiled_without_avx2() { ", compiled without AVX2 and therefore slower" } else { "" };
    engine::system_info() + slow
}

/// Decodes clips, on threads of its own.
pub struct Worker<'a> {
    path: &'a Path,
    decoder: engine::Decoder<'a>,
}

impl Recogniser for Worker<'_> {
    fn detect_language(&mut self, clip: Clip<'_>, candidates: &[String]) -> Result<DetectedLanguage, Error> {
        let all = self.decoder.detect_language(clip.samples).map_err(|error| error_of(error, self.path))?;
        let wanted: Vec<(&str, f32)> = all
            .into_iter()
            .filter(|(code, _)| candidates.is_empty() || candidates.iter().any(|wanted| wanted == code))
            .collect();
        let sum: f32 = wanted.iter().map(|(_, p)| p).sum();
        let best = wanted.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("en", 0.0));
        Ok(DetectedLanguage { language: best.0.into(), probability: if sum > 0.0 { best.1 / sum } else { 0.0 } })
    }

    fn recognise(
        &mut self,
        clip: Clip<'_>,
        request: &DecodingOptions,
        observer: &dyn Observer,
    ) -> Result<Recognition, Error> {
        let samples = clip.samples.len();
        let options = engine::DecodeOptions {
            language: request.language.as_deref(),
            translate: request.translate,
            prompt: &request.prompt,
            beam_size: request.beam_size,
            temperature: request.temperature,
            frames: match request.audio_context {
                AudioContext::Tight => window(samples, TIGHT_WINDOW),
                AudioContext::Fitting => window(samples, SAFE_WINDOW),
            },
            max_tokens: match request.audio_context {
                // A loop need not be read to its end where that takes too long.
                AudioContext::Tight => 32 + MOST_TOKENS_PER_SECOND * (samples / RATE as usize),
                AudioContext::Fitting => usize::MAX,
            },
        };
        let decoded = self.decoder.decode(clip.samples, &options, &|| observer.cancelled());
        let decoded = decoded.map_err(|error| error_of(error, self.path))?;
        let segments = segments(&decoded, clip, request.temperature);
        Ok(Recognition { language: decoded.language.to_owned(), segments })
    }
}

/// How much of its 30 s window the encoder must compute for a clip, in frames; its cost grows with it. Exactly as much
/// as there is sound makes the model loop, a margin of 128 frames does not.
fn window(samples: usize, least: usize) -> usize {
    (samples * FRAMES / RATE as usize + 128).next_multiple_of(64).clamp(least, FULL_WINDOW)
}

/// The segments of a clip: what the model wrote between two of its timestamps.
fn segments(decoded: &engine::Decoded, clip: Clip<'_>, temperature: f32) -> Vec<Segment> {
    let at = |millis: u64| (clip.start + Millis(millis)).min(clip.end());
    let mut assembler = tokens::Assembler::new(decoded.language);
    let mut segments = Vec::new();
    for run in &decoded.runs {
        let tokens: Vec<tokens::Token<'_>> = run
            .tokens
            .iter()
            .map(|token| {
                let span = Span { start: at(token.start), end: at(token.end) };
                tokens::Token { bytes: &token.bytes, span, probability: token.probability }
            })
            .collect();
        let logprob = run.tokens.iter().map(|token| token.logprob).sum::<f32>() / run.tokens.len().max(1) as f32;
        let words = assembler.words(clip.span(), &tokens);
        let Some(segment) = Segment::of_words(words) else { continue };
        segments.push(Segment {
            language: decoded.language.to_owned(),
            avg_logprob: if logprob.is_finite() { logprob } else { 0.0 },
            no_speech_prob: run.no_speech_probability,
            temperature,
            ..segment
        });
    }
    segments
}

/// The engine's error, about the model at `path`.
fn error_of(error: engine::Error, path: &Path) -> Error {
    let kind = match error {
        engine::Error::Cancelled => return Error::Cancelled,
        engine::Error::Decode(reason) => return Error::Recognise(reason),
        engine::Error::Load(_) => ModelErrorKind::Other,
        engine::Error::Instructions(_) => ModelErrorKind::WrongProcessor,
        engine::Error::Memory => ModelErrorKind::OutOfMemory,
        engine::Error::NotFinite => ModelErrorKind::NotFinite,
    };
    Error::Model { path: path.into(), reason: error.to_string(), kind }
}
