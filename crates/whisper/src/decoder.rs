//! Decoding clips.
//!
//! Each clip is one call of whisper.cpp without any text from before, so no loop outlives its clip. Whether the text is good
//! enough, and what to try next, is for the caller to decide.

use std::borrow::Cow;
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};
use whisper_rs::{FullParams, SamplingStrategy, WhisperError, WhisperState, WhisperTokenId};

use crate::cancel::{self, Cancelled};
use crate::encoder;
use crate::encoder_cache::EncoderCache;
use crate::finite;
use crate::model::{Model, reason};
use crate::prompt;
use crate::{Error, SAMPLE_RATE};

/// How long before the attention arrives at a token its sound begins, in hundredths of a second; measured (docs/accuracy.md).
const LEAD: i64 = 26;
/// Samples of a clip that are decoded: 30 s. More would be decoded in a second window.
const MOST_SAMPLES: usize = 30 * SAMPLE_RATE;
/// 20 ms.
const SAMPLES_OF_A_FRAME: usize = 320;
/// Tokens of text in a clip at most. whisper.cpp stops at 220, but takes that for a failure.
const MOST_TOKENS: c_int = 210;
/// Frames that are encoded to detect a language: 5 s.
const LANGUAGE_FRAMES: usize = 256;
/// Seconds of them with sound.
const LANGUAGE_SECONDS: usize = 4;

/// How to decode a clip.
#[derive(Clone, Copy, Debug)]
pub struct DecodeOptions<'a> {
    /// ISO 639-1 code; `None` detects the language.
    pub language: Option<&'a str>,
    /// Writes English, whatever is spoken.
    pub translate: bool,
    /// Text that may have come before, for names and style. Its last 223 tokens count. May be empty.
    pub prompt: &'a str,
    /// Hypotheses, in `1..=8`; 1 is greedy. Ignored above a temperature of 0.
    pub beam_size: u8,
    /// Sampling temperature, in `0.0..=1.0`.
    pub temperature: f32,
    /// Frames of 20 ms that the encoder computes, at least as many as the clip has and at most 1500. Without a margin, the model
    /// loops.
    pub frames: usize,
    /// Tokens of text at most; more than 210 count as 210.
    pub max_tokens: usize,
}

/// What a clip was decoded to.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// ISO 639-1 code, asked for or detected.
    pub language: &'static str,
    /// In order; none is empty.
    pub runs: Vec<TokenRun>,
}

/// Tokens between two of the model's timestamps.
#[derive(Clone, Debug)]
pub struct TokenRun {
    /// In order.
    pub tokens: Vec<Token>,
    /// The probability that nobody speaks, in `0.0..=1.0`.
    pub no_speech_probability: f32,
}

/// A piece of text: a word or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// UTF-8, but a character can be split between tokens.
    pub bytes: Vec<u8>,
    /// Milliseconds from the beginning of the clip.
    pub start: u64,
    /// Milliseconds from the beginning of the clip.
    pub end: u64,
    /// In `0.0..=1.0`.
    pub probability: f32,
    /// The natural logarithm of what the model gave it, at most 0.
    pub logprob: f32,
}

/// Decodes clips, on threads of its own: the products share their work among the threads of the rayon pool that they are
/// called in.
pub struct Decoder<'a> {
    /// Made by the thread that works first, so that the pool's threads inherit its priority.
    pool: Option<ThreadPool>,
    states: States<'a>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(model: &'a Model, threads: u16) -> Decoder<'a> {
        let cache = model.encoder_cache();
        Decoder { pool: None, states: States { model, threads: threads.into(), cache, language: None, greedy: None } }
    }

    /// The probability of each language, from the first 4 s of a clip of 16 kHz samples.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is not enough memory, [`Error::NotFinite`] if the model computed what is no number,
    /// [`Error::Decode`] if it failed.
    pub fn detect_language(&mut self, samples: &[f32]) -> Result<Vec<(&'static str, f32)>, Error> {
        self.run(|states| states.detect_language(samples))
    }

    /// Decodes a clip of 16 kHz samples, at most 30 s, once. Silence gives no tokens. Once `cancelled` returns `true`, decoding
    /// ends as soon as whisper.cpp asks.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if `cancelled` said so, [`Error::Memory`] if there is not enough memory, [`Error::NotFinite`] if the
    /// model computed what is no number, [`Error::Decode`] if it failed.
    pub fn decode(
        &mut self,
        samples: &[f32],
        options: &DecodeOptions<'_>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Decoded, Error> {
        self.run(|states| states.decode(samples, options, cancelled))
    }

    /// Runs `work` on the threads of this decoder; on the caller's if the system grants none.
    fn run<T: Send>(&mut self, work: impl FnOnce(&mut States<'a>) -> T + Send) -> T {
        let Decoder { pool, states } = self;
        if pool.is_none() {
            *pool = ThreadPoolBuilder::new()
                .num_threads(states.threads.unsigned_abs() as usize)
                .thread_name(|_| "whisper".into())
                .build()
                .ok();
        }
        match pool {
            Some(pool) => pool.install(|| work(states)),
            None => work(states),
        }
    }
}

/// The states of whisper.cpp that a decoder uses.
struct States<'a> {
    model: &'a Model,
    threads: c_int,
    /// `None` if whisper.cpp encodes.
    cache: Option<Arc<EncoderCache>>,
    /// Set up to detect languages.
    language: Option<WhisperState>,
    /// For decoding without chance, which does not depend on what was decoded before.
    greedy: Option<WhisperState>,
}

impl States<'_> {
    fn state(&self) -> Result<WhisperState, Error> {
        self.model.state(self.cache.as_ref())
    }

    fn detect_language(&mut self, samples: &[f32]) -> Result<Vec<(&'static str, f32)>, Error> {
        if !self.model.multilingual {
            return Ok(vec![("en", 1.0)]);
        }
        let mut state = match self.language.take() {
            Some(state) => state,
            None => self.language_state()?,
        };
        let detected = self.languages(&mut state, &samples[..samples.len().min(LANGUAGE_SECONDS * SAMPLE_RATE)]);
        self.language = Some(state);
        detected
    }

    /// The probability of each language. whisper.cpp's own function sorts the logits before anybody can check them.
    fn languages(&self, state: &mut WhisperState, samples: &[f32]) -> Result<Vec<(&'static str, f32)>, Error> {
        let (context, threads) = (&self.model.context, self.threads.unsigned_abs() as usize);
        state.pcm_to_mel(&padded(samples), threads).map_err(failed)?;
        state.encode(0, threads).map_err(failed)?;
        state.decode(&[context.token_sot()], 0, threads).map_err(failed)?;
        let logits = state.get_logits().map_err(failed)?;
        if !finite::are_logits(logits) {
            return Err(Error::NotFinite);
        }
        let ids = 0..=whisper_rs::get_lang_max_id();
        let codes = ids.filter_map(|id| {
            let logit = usize::try_from(context.token_lang(id)).ok().and_then(|token| logits.get(token))?;
            Some((whisper_rs::get_lang_str(id)?, f64::from(*logit)))
        });
        let codes: Vec<(&str, f64)> = codes.collect();
        let most = codes.iter().map(|(_, logit)| *logit).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = codes.iter().map(|(_, logit)| (logit - most).exp()).sum();
        Ok(codes.into_iter().map(|(code, logit)| (code, ((logit - most).exp() / sum) as f32)).collect())
    }

    /// A state that encodes no more than language detection needs.
    fn language_state(&self) -> Result<WhisperState, Error> {
        let mut state = self.state()?;
        // Only decoding tells whisper.cpp how much to encode.
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        print_nothing(&mut params);
        params.set_n_threads(self.threads);
        params.set_language(Some("en"));
        params.set_audio_ctx(LANGUAGE_FRAMES as c_int);
        params.set_temperature_inc(0.0);
        state.full(params, &vec![0.0; SAMPLE_RATE]).map_err(failed)?;
        Ok(state)
    }

    fn decode(
        &mut self,
        samples: &[f32],
        options: &DecodeOptions<'_>,
        cancelled: Cancelled<'_>,
    ) -> Result<Decoded, Error> {
        // whisper.cpp seeds its random numbers when a state is made, and beams draw candidates, too. The result of a clip must
        // not depend on what was decoded before.
        if options.temperature > 0.0 || options.beam_size > 1 {
            // Two states at once would take twice the memory.
            self.greedy = None;
            return self.decode_with(&mut self.state()?, samples, options, cancelled);
        }
        let mut state = match self.greedy.take() {
            Some(state) => state,
            None => self.state()?,
        };
        let decoded = self.decode_with(&mut state, samples, options, cancelled);
        self.greedy = Some(state);
        decoded
    }

    fn decode_with(
        &self,
        state: &mut WhisperState,
        samples: &[f32],
        options: &DecodeOptions<'_>,
        cancelled: Cancelled<'_>,
    ) -> Result<Decoded, Error> {
        let samples = &samples[..samples.len().min(MOST_SAMPLES)];
        let prompt = prompt::tokens(&self.model.context, options.prompt);
        let language = match options.language {
            Some(language) => language,
            None if self.model.multilingual => most_probable(self.languages(state, samples)?),
            None => "en",
        };
        let mut params = self.parameters(options, language, samples.len(), &prompt);
        let damaged = AtomicBool::new(false);
        let ended = || cancelled() || damaged.load(Ordering::Relaxed);
        let ended: Cancelled<'_> = &ended;
        // SAFETY: each callback gets what it is for, which outlives the call of `full`.
        unsafe {
            params.set_abort_callback(Some(cancel::callback));
            params.set_abort_callback_user_data((&raw const ended).cast_mut().cast());
            params.set_filter_logits_callback(Some(finite::check_logits));
            params.set_filter_logits_callback_user_data((&raw const damaged).cast_mut().cast());
        }
        finite::take_attention_replaced();
        let done = cancel::with(ended, || state.full(params, &padded(samples)));
        if cancelled() {
            return Err(Error::Cancelled);
        }
        if damaged.into_inner() || finite::take_attention_replaced() {
            return Err(Error::NotFinite);
        }
        done.map_err(failed)?;
        let language = match self.model.multilingual {
            true => whisper_rs::get_lang_str(state.full_lang_id_from_state()).unwrap_or_default(),
            false => "en",
        };
        Ok(Decoded { language, runs: self.token_runs(state) })
    }

    /// `samples`: how many the clip has.
    fn parameters<'p>(
        &self,
        options: &DecodeOptions<'_>,
        language: &'p str,
        samples: usize,
        prompt: &'p [WhisperTokenId],
    ) -> FullParams<'p, 'p> {
        let beam_size = c_int::from(options.beam_size.clamp(1, 8));
        let mut params = FullParams::new(match options.temperature {
            t if t > 0.0 => SamplingStrategy::Greedy { best_of: 5 },
            _ if beam_size == 1 => SamplingStrategy::Greedy { best_of: 1 },
            _ => SamplingStrategy::BeamSearch { beam_size, patience: -1.0 },
        });
        print_nothing(&mut params);
        params.set_n_threads(self.threads);
        params.set_language(Some(language));
        params.set_translate(options.translate);
        params.set_no_context(true);
        params.set_n_max_text_ctx(if prompt.is_empty() { 0 } else { prompt::MOST_TOKENS as c_int + 1 });
        params.set_tokens(prompt);
        params.set_temperature(options.temperature);
        params.set_temperature_inc(0.0);
        params.set_suppress_nst(true);
        params.set_token_timestamps(true);
        // One window for each clip, whatever the model says of its times: a last window of under 0.16 s would end the process
        // when word times are worked out.
        params.set_single_segment(true);
        params.set_max_tokens(c_int::try_from(options.max_tokens).map_or(MOST_TOKENS, |most| most.min(MOST_TOKENS)));
        // With fewer than the clip has, whisper.cpp would end the process.
        let frames = options.frames.max(samples.max(SAMPLE_RATE).div_ceil(SAMPLES_OF_A_FRAME));
        if frames < encoder::FRAMES {
            params.set_audio_ctx(frames as c_int);
        }
        params
    }

    /// What the last call of `full` decoded, cut at the model's timestamps.
    fn token_runs(&self, state: &WhisperState) -> Vec<TokenRun> {
        let (end_of_text, first_timestamp) = (self.model.context.token_eot(), self.model.context.token_beg());
        let millis = |centis: i64| u64::try_from(centis).unwrap_or(0).saturating_mul(10);
        let mut runs = Vec::new();
        for segment in state.as_iter() {
            let no_speech_probability = segment.no_speech_probability().clamp(0.0, 1.0);
            let mut tokens = Vec::new();
            let mut end_run = |tokens: &mut Vec<Token>| {
                if !tokens.is_empty() {
                    runs.push(TokenRun { tokens: std::mem::take(tokens), no_speech_probability });
                }
            };
            for token in (0..segment.n_tokens()).filter_map(|at| segment.get_token(at)) {
                if token.token_id() >= first_timestamp {
                    end_run(&mut tokens);
                }
                let (data, Ok(bytes)) = (token.token_data(), token.to_bytes()) else { continue };
                if token.token_id() < end_of_text {
                    let (start, end) = match data.t_dtw {
                        // A model whose alignment heads are unknown: whisper.cpp's guess.
                        -1 => (data.t0, data.t1),
                        arrived => (arrived - LEAD, arrived),
                    };
                    tokens.push(Token {
                        bytes: bytes.to_vec(),
                        start: millis(start),
                        end: millis(end),
                        probability: data.p,
                        logprob: data.plog,
                    });
                }
            }
            end_run(&mut tokens);
        }
        runs
    }
}

/// The code of the first of the most probable languages.
fn most_probable(languages: Vec<(&'static str, f32)>) -> &'static str {
    languages
        .into_iter()
        .reduce(|best, other| if other.1 > best.1 { other } else { best })
        .map_or("en", |(code, _)| code)
}

/// whisper.cpp reads beyond the end of very short sound, and skips what is shorter than 100 ms.
fn padded(samples: &[f32]) -> Cow<'_, [f32]> {
    match samples.len() < SAMPLE_RATE {
        true => samples.iter().copied().chain(std::iter::repeat(0.0)).take(SAMPLE_RATE).collect(),
        false => samples.into(),
    }
}

fn print_nothing(params: &mut FullParams<'_, '_>) {
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    params.set_print_special(false);
}

fn failed(error: WhisperError) -> Error {
    Error::Decode(reason(&error))
}
