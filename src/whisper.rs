//! whisper.cpp, through whisper-rs. No other file names that crate.
//!
//! One [`Whisper`] holds the weights; each [`Worker`] of it decodes clips on its own, with its own memory. Several
//! workers with one thread each are faster than one with several, and a busy machine does not stop them: they never
//! wait for each other inside a clip.
//!
//! Each clip is one call without any text from before, so no loop outlives its clip. Whether its text is good enough, and
//! what to try next, is the pipeline's business.

#![allow(unsafe_code)] // the callback that stops a decode

use std::borrow::Cow;
use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters,
    WhisperError, WhisperState, WhisperTokenId,
};

use crate::audio::RATE;
use crate::encoder::{self, Encoder};
use crate::error::{Error, ModelErrorKind};
use crate::models::Header;
use crate::transcript::text_of;
use crate::{Clip, DetectedLanguage, Millis, Observer, Recognition, Request, Segment, Span, Window};

mod accelerator;
mod own;
mod weights;
mod words;
mod worker;

pub use worker::Worker;

/// Address space for working out the times of the words of a clip, in bytes; the largest model uses half of it.
const ALIGNMENT_MEMORY: usize = 256 << 20;
/// How long before the attention has arrived at a token its sound begins; measured (docs/accuracy.md).
const LEAD: i64 = 26;
/// Tokens of text in a clip at most. whisper.cpp stops at 220, but takes that for a failure.
const TOKENS: c_int = 210;
/// Tokens of text in a second at most, in any script.
const QUICK_TOKENS: c_int = 25;
/// Tokens of the prompt that the model can read: half of its text context, less one.
const PROMPT_TOKENS: usize = 223;

/// A model in memory.
pub struct Whisper {
    context: WhisperContext,
    encoder: Option<Arc<Encoder>>,
    place: weights::Place,
    path: PathBuf,
    multilingual: bool,
}

impl Whisper {
    /// Loads a ggml model file, with `gpu` onto the graphics card that this program was built for.
    ///
    /// `header` is what [`Header::read`] found in it: only a file that was looked through is safe to load, for a damaged one
    /// can end the process.
    ///
    /// # Errors
    /// [`Error::Model`] if whisper.cpp does not accept it.
    pub fn load(path: &Path, header: &Header, gpu: bool) -> Result<Whisper, Error> {
        static QUIET: OnceLock<()> = OnceLock::new();
        QUIET.get_or_init(whisper_rs::install_logging_hooks);
        let mut parameters = WhisperContextParameters::default();
        // On the CPU flash attention is slower in this whisper.cpp. It also hides what word times are made of.
        parameters.use_gpu(gpu).flash_attn(gpu);
        if let Some(model_preset) = heads(header).filter(|_| !gpu) {
            let mode = DtwMode::ModelPreset { model_preset };
            parameters.dtw_parameters(DtwParameters { mode, dtw_mem_size: ALIGNMENT_MEMORY });
        }
        if !gpu {
            accelerator::register();
        }
        let (context, place) = weights::placed(|| WhisperContext::new_with_params(path, parameters));
        let cannot = |reason: &str, kind| Error::Model { path: path.into(), reason: reason.into(), kind };
        let context = context.map_err(|e| cannot(&e.to_string(), ModelErrorKind::Other))?;
        // Cargo does not build it anew when the flags change.
        if !gpu && place.all.is_empty() {
            return Err(cannot("whisper.cpp was built with other WHISPER_EXTRA_FLAGS", ModelErrorKind::BuildFlags));
        }
        let multilingual = context.is_multilingual();
        let encoder = if !gpu && own::suits() {
            // SAFETY: if this succeeds, all states are offered ours.
            unsafe { place.give_encoder_back() };
            Some(own::encoder(path, header)?)
        } else {
            None
        };
        Ok(Whisper { context, encoder, place, path: path.into(), multilingual })
    }

    /// Does it know other languages than English?
    pub fn is_multilingual(&self) -> bool {
        self.multilingual
    }

    /// A state that computes no more of its window than a language takes.
    fn listener(&self, threads: c_int, desk: Option<Arc<own::Desk>>) -> Result<WhisperState, Error> {
        let mut state = self.state(desk)?;
        // Nothing but a decode tells whisper.cpp how much to compute.
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        quiet(&mut params);
        params.set_n_threads(threads);
        params.set_language(Some("en"));
        params.set_audio_ctx(LANGUAGE_FRAMES as c_int);
        params.set_temperature_inc(0.0);
        state.full(params, &vec![0.0; RATE as usize]).map_err(|e| Error::Recognise(reason(&e)))?;
        Ok(state)
    }

    /// Memory to work in.
    fn state(&self, desk: Option<Arc<own::Desk>>) -> Result<WhisperState, Error> {
        let made = own::offered(desk, || self.context.create_state());
        made.map_err(|_| Error::Model {
            path: self.path.clone(),
            reason: "not enough memory to work with it".into(),
            kind: ModelErrorKind::OutOfMemory,
        })
    }

    /// A recogniser that works on `threads` threads. It takes its memory when it works.
    pub fn worker(&self, threads: u16) -> Worker<'_> {
        let threads = threads.max(1);
        let desk = self.encoder.as_ref().map(own::Desk::new);
        Worker::new(Decoder { model: self, threads: threads.into(), desk, listener: None, greedy: None })
    }
}

impl Drop for Whisper {
    fn drop(&mut self) {
        accelerator::forget(&self.place.all);
    }
}

/// The heads of the decoder that follow the sound, which OpenAI published for each model; `None` for one that is none of
/// theirs.
fn heads(header: &Header) -> Option<DtwModelPreset> {
    use DtwModelPreset as P;
    let english = !header.multilingual();
    Some(match (header.audio_layers, header.text_layers) {
        (4, 4) if english => P::TinyEn,
        (4, 4) => P::Tiny,
        (6, 6) if english => P::BaseEn,
        (6, 6) => P::Base,
        (12, 12) if english => P::SmallEn,
        (12, 12) => P::Small,
        (24, 24) if english => P::MediumEn,
        (24, 24) => P::Medium,
        (32, 32) if header.mels == 128 => P::LargeV3,
        (32, 32) => P::LargeV2,
        (32, 4) => P::LargeV3Turbo,
        _ => return None,
    })
}

/// Versions and instruction sets that the recogniser was built with, in one line.
pub fn system_info() -> String {
    let info = whisper_rs::print_system_info();
    // Core ML's place is ours.
    let asked = info.contains("COREML = 1");
    let encoder = if own::suits() && asked { encoder::kernel() } else { "whisper.cpp".into() };
    let info = info.replace("COREML = 1 | ", "").replace("COREML = 0 | ", "").replace("OPENVINO = 0 | ", "");
    format!("whisper.cpp {} ({}), encoder: {encoder}", whisper_rs::get_whisper_version(), info.trim())
}

/// Was this program built to use a graphics card?
pub fn has_gpu() -> bool {
    cfg!(any(feature = "vulkan", feature = "cuda", feature = "hipblas", feature = "metal"))
}

/// The languages that Whisper knows: code and English name, in lower case.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    (0..=whisper_rs::get_lang_max_id())
        .filter_map(|id| Some((whisper_rs::get_lang_str(id)?, whisper_rs::get_lang_str_full(id)?)))
}

/// The states of a worker.
struct Decoder<'a> {
    model: &'a Whisper,
    threads: c_int,
    /// Our encoder's; `None` without one.
    desk: Option<Arc<own::Desk>>,
    /// Set up to tell languages.
    listener: Option<WhisperState>,
    /// For tries that leave nothing to chance, whatever was decoded in it before.
    greedy: Option<WhisperState>,
}

/// What whisper.cpp may ask while it decodes; lives on the stack of [`Decoder::decode`].
struct Watch<'a>(&'a dyn Observer);

unsafe extern "C" fn on_abort(watch: *mut c_void) -> bool {
    // SAFETY: `decode` passes a `Watch` that outlives the call to `full`.
    unsafe { &*watch.cast::<Watch<'_>>() }.0.cancelled()
}

/// Frames of the encoder in a second.
const FRAMES: usize = 50;
/// 30 s.
const FULL_WINDOW: usize = 1_500;
/// 10 s; with less, texts of short clips get worse.
const SAFE_WINDOW: usize = 512;
/// 5 s.
const TIGHT_WINDOW: usize = 256;
/// Frames that the encoder sees when only the language is asked for.
const LANGUAGE_FRAMES: usize = 256;
/// Seconds of them with sound.
const LANGUAGE_SECONDS: usize = 4;

/// How much of its 30 s window the encoder must compute for a clip, in frames; its cost grows with it. Exactly as much
/// as there is sound makes the model loop, a margin of 128 frames does not.
fn window(samples: usize, least: usize) -> usize {
    (samples * FRAMES / RATE as usize + 128).next_multiple_of(64).clamp(least, FULL_WINDOW)
}

impl Decoder<'_> {
    fn language(&mut self, clip: Clip<'_>, among: &[String]) -> Result<DetectedLanguage, Error> {
        if !self.model.multilingual {
            return Ok(DetectedLanguage { language: "en".into(), probability: 1.0 });
        }
        let fail = |e: WhisperError| Error::Recognise(reason(&e));
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => self.model.listener(self.threads, self.desk.clone())?,
        };
        let listener = self.listener.insert(listener);
        let seen = clip.samples.len().min(LANGUAGE_SECONDS * RATE as usize);
        let threads = self.threads.unsigned_abs() as usize;
        listener.pcm_to_mel(&padded(&clip.samples[..seen]), threads).map_err(fail)?;
        let (_, probabilities) = own::encoding(|| listener.lang_detect(0, threads))?.map_err(fail)?;
        let all = (0..).zip(probabilities).filter_map(|(id, p)| Some((whisper_rs::get_lang_str(id)?, p)));
        let wanted: Vec<(&str, f32)> =
            all.filter(|(code, _)| among.is_empty() || among.iter().any(|wanted| wanted == code)).collect();
        let sum: f32 = wanted.iter().map(|(_, p)| p).sum();
        let best = wanted.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("en", 0.0));
        Ok(DetectedLanguage { language: best.0.into(), probability: if sum > 0.0 { best.1 / sum } else { 0.0 } })
    }

    fn recognise(&mut self, clip: Clip<'_>, request: &Request, observer: &dyn Observer) -> Result<Recognition, Error> {
        // whisper.cpp seeds its random numbers when a state is made, and beams draw candidates, too. The result of a clip must
        // not depend on what was decoded before.
        if request.temperature > 0.0 || request.beam_size > 1 {
            // Two states at once would take twice the memory.
            self.greedy = None;
            return self.decode(&mut self.model.state(self.desk.clone())?, clip, request, observer);
        }
        let mut state = match self.greedy.take() {
            Some(state) => state,
            None => self.model.state(self.desk.clone())?,
        };
        let heard = self.decode(&mut state, clip, request, observer);
        self.greedy = Some(state);
        heard
    }

    fn prompt(&self, text: &str) -> Vec<WhisperTokenId> {
        let clean: String = text.trim().chars().filter(|c| *c != '\0').collect();
        if clean.is_empty() {
            return Vec::new();
        }
        let room = clean.len() + 8;
        let tokens = self.model.context.tokenize(&format!(" {clean}"), room).unwrap_or_default();
        tokens[tokens.len().saturating_sub(PROMPT_TOKENS)..].to_vec()
    }

    fn decode(
        &self,
        state: &mut WhisperState,
        clip: Clip<'_>,
        request: &Request,
        observer: &dyn Observer,
    ) -> Result<Recognition, Error> {
        let beam = c_int::from(request.beam_size.clamp(1, 8));
        let prompt = self.prompt(&request.prompt);
        let mut params = FullParams::new(match request.temperature {
            t if t > 0.0 => SamplingStrategy::Greedy { best_of: 5 },
            _ if beam == 1 => SamplingStrategy::Greedy { best_of: 1 },
            _ => SamplingStrategy::BeamSearch { beam_size: beam, patience: -1.0 },
        });
        quiet(&mut params);
        params.set_n_threads(self.threads);
        params.set_language(Some(match &request.language {
            Some(language) => language,
            None if self.model.multilingual => "auto",
            None => "en",
        }));
        params.set_translate(request.translate);
        params.set_no_context(true);
        params.set_n_max_text_ctx(if prompt.is_empty() { 0 } else { PROMPT_TOKENS as c_int + 1 });
        params.set_tokens(&prompt);
        params.set_temperature(request.temperature);
        params.set_temperature_inc(0.0);
        params.set_suppress_nst(true);
        params.set_token_timestamps(true);
        // One window for each clip, whatever the model says of its times: a last window of under 0.16 s would end the process
        // when the times of its words are worked out.
        params.set_single_segment(true);
        params.set_max_tokens(match request.window {
            // A loop need not be read to its end where that can't be waited for.
            Window::Tight => TOKENS.min(32 + QUICK_TOKENS * (clip.samples.len() / RATE as usize) as c_int),
            Window::Fitting | Window::Whole => TOKENS,
        });
        let window = match request.window {
            Window::Tight => window(clip.samples.len(), TIGHT_WINDOW),
            Window::Fitting => window(clip.samples.len(), SAFE_WINDOW),
            Window::Whole => FULL_WINDOW,
        };
        if window < FULL_WINDOW {
            params.set_audio_ctx(window as c_int);
        }
        let watch = Watch(observer);
        // SAFETY: `watch` outlives `full`, and nothing else calls back.
        unsafe {
            params.set_abort_callback(Some(on_abort));
            params.set_abort_callback_user_data((&raw const watch).cast_mut().cast());
        }
        let done = own::watched(observer, || state.full(params, &padded(clip.samples)))?;
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        done.map_err(|e| Error::Recognise(reason(&e)))?;
        let language = match self.model.multilingual {
            true => whisper_rs::get_lang_str(state.full_lang_id_from_state()).unwrap_or_default(),
            false => "en",
        };
        let segments = self.segments(state, clip, language, request.temperature);
        Ok(Recognition { language: language.to_owned(), segments })
    }

    /// What the last call heard, cut where the model put its marks of time.
    fn segments(&self, state: &WhisperState, clip: Clip<'_>, language: &str, temperature: f32) -> Vec<Segment> {
        let (eot, first_mark) = (self.model.context.token_eot(), self.model.context.token_beg());
        let at = |centis: i64| (clip.start + Millis(u64::try_from(centis).unwrap_or(0) * 10)).min(clip.end());
        let mut assembler = words::Assembler::new(language);
        let mut segments = Vec::new();
        for heard in state.as_iter() {
            let mut pieces: Vec<Vec<words::Token<'_>>> = vec![Vec::new()];
            for token in (0..heard.n_tokens()).filter_map(|i| heard.get_token(i)) {
                if token.token_id() >= first_mark {
                    pieces.push(Vec::new());
                }
                let (data, Ok(bytes)) = (token.token_data(), token.to_bytes()) else { continue };
                if let Some(piece) = pieces.last_mut().filter(|_| token.token_id() < eot) {
                    let span = match data.t_dtw {
                        // A model whose heads nobody knows: whisper.cpp's guess.
                        -1 => Span { start: at(data.t0), end: at(data.t1) },
                        arrived => Span { start: at(arrived - LEAD), end: at(arrived) },
                    };
                    piece.push(words::Token { bytes, span, probability: data.p, logprob: data.plog });
                }
            }
            for tokens in pieces {
                let logprob = tokens.iter().map(|t| t.logprob).sum::<f32>() / tokens.len().max(1) as f32;
                let words = assembler.words(clip.span(), &tokens);
                let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
                segments.push(Segment {
                    span: Span { start: first.span.start, end: last.span.end },
                    text: text_of(&words),
                    words,
                    speaker: None,
                    language: language.to_owned(),
                    avg_logprob: if logprob.is_finite() { logprob } else { 0.0 },
                    no_speech_prob: heard.no_speech_probability().clamp(0.0, 1.0),
                    temperature,
                    compression_ratio: 0.0,
                    edited: false,
                });
            }
        }
        segments
    }
}

/// whisper.cpp reads beyond the end of very short sound, and skips what is shorter than 100 ms.
fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    match samples.len() < RATE as usize {
        true => samples.iter().copied().chain(std::iter::repeat(0.0)).take(RATE as usize).collect(),
        false => samples.into(),
    }
}

/// Prints nothing.
fn quiet(params: &mut FullParams<'_, '_>) {
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    params.set_print_special(false);
}

/// whisper-rs prints its errors as a program would.
fn reason(error: &WhisperError) -> String {
    match error {
        WhisperError::GenericError(code) => format!("whisper.cpp gave up with code {code}"),
        other => other.to_string(),
    }
}
