//! Models in memory.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, WhisperContext, WhisperContextParameters, WhisperError, WhisperState,
};

use crate::encoder::{self, Encoder, Shape};
use crate::encoder_cache::EncoderCache;
use crate::ggml_backend::{self, Offer, OfferedEncoder, ProductWeights};
use crate::memory::AddressRanges;
use crate::model_file::WeightReader;
use crate::{Decoder, Error, ModelFile, processor};

/// Address space for the word times of a clip, in bytes. The largest model uses half of it.
const ALIGNMENT_MEMORY: usize = 256 << 20;

/// A model in memory.
pub struct Model {
    pub(crate) context: WhisperContext,
    pub(crate) multilingual: bool,
    /// `None` where whisper.cpp computes everything.
    arithmetic: Option<Arithmetic>,
}

/// What replaces whisper.cpp's arithmetic.
struct Arithmetic {
    products: Arc<ProductWeights>,
    /// The encoder, and where whisper.cpp has the weights that it need not keep. `None` if whisper.cpp encodes.
    encoder: Option<(Arc<Encoder>, Arc<AddressRanges>)>,
}

impl Model {
    /// Loads a model, with `gpu` onto the graphics card that this crate was built for.
    ///
    /// # Errors
    /// [`Error::Instructions`] if this processor can't run what was compiled, [`Error::Load`] if whisper.cpp does not accept the
    /// file or it can't be read, [`Error::Memory`] if there is not enough memory.
    pub fn load(file: &ModelFile, gpu: bool) -> Result<Model, Error> {
        let missing = processor::missing_instructions();
        if !missing.is_empty() {
            return Err(Error::Instructions(missing));
        }
        static QUIET: OnceLock<()> = OnceLock::new();
        QUIET.get_or_init(whisper_rs::install_logging_hooks);
        ggml_backend::register();
        let mut parameters = WhisperContextParameters::default();
        // On the CPU, flash attention is slower in this whisper.cpp. It also hides the attention that word times are made of.
        parameters.use_gpu(gpu).flash_attn(gpu);
        if let Some(model_preset) = alignment_heads(file).filter(|_| !gpu && ggml_backend::alignment_is_checked()) {
            let mode = DtwMode::ModelPreset { model_preset };
            parameters.dtw_parameters(DtwParameters { mode, dtw_mem_size: ALIGNMENT_MEMORY });
        }
        let context = WhisperContext::new_with_params(&file.path, parameters);
        let context = context.map_err(|error| Error::Load(error.to_string()))?;
        let mut model = Model { multilingual: context.is_multilingual(), context, arithmetic: None };
        if !gpu && ggml_backend::is_faster() {
            model.replace_arithmetic(file)?;
        }
        Ok(model)
    }

    /// Makes all states that are made from now on compute with this crate's arithmetic.
    fn replace_arithmetic(&mut self, file: &ModelFile) -> Result<(), Error> {
        let products = Arc::new(ProductWeights::default());
        let found = Arc::new(Mutex::new(Vec::new()));
        let probe = Offer { products: products.clone(), encoder: OfferedEncoder::Probe(found.clone()) };
        let (state, accepted) = ggml_backend::offering(probe, || self.context.create_state());
        drop(state.map_err(|_| Error::Memory)?);
        if !accepted {
            return Ok(());
        }
        let weights = AddressRanges::new(std::mem::take(&mut found.lock().unwrap_or_else(PoisonError::into_inner)));
        self.arithmetic = Some(Arithmetic { products, encoder: None });
        if weights.is_empty() {
            return Ok(());
        }
        // Before the encoder takes memory. SAFETY: all states of this model are made by `state`, with an encoder that has
        // weights of its own, or not at all.
        unsafe { weights.discard() };
        let shape = Shape { mels: file.mels, width: file.width, layers: file.audio_layers };
        let mut reader = WeightReader::open(file)?;
        let encoder = Arc::new(Encoder::new(shape, |name, count| reader.read(name, count))?);
        self.arithmetic =
            self.arithmetic.take().map(|it| Arithmetic { encoder: Some((encoder, weights.into())), ..it });
        Ok(())
    }

    /// Does it know other languages than English?
    pub fn is_multilingual(&self) -> bool {
        self.multilingual
    }

    /// Does this crate's encoder take the place of whisper.cpp's? Not on graphics cards, nor on processors on which it is not the
    /// faster one.
    pub fn replaces_encoder(&self) -> bool {
        self.arithmetic.as_ref().is_some_and(|arithmetic| arithmetic.encoder.is_some())
    }

    /// A decoder that works on `threads` threads, at least one. It takes its memory when it works.
    pub fn decoder(&self, threads: u16) -> Decoder<'_> {
        Decoder::new(self, threads.max(1))
    }

    /// The encoder for a decoder, if it is this crate's.
    pub(crate) fn encoder_cache(&self) -> Option<Arc<EncoderCache>> {
        let (encoder, _) = self.arithmetic.as_ref()?.encoder.as_ref()?;
        Some(Arc::new(EncoderCache::new(encoder)))
    }

    /// A new state, which encodes with `cache`. That is what [`encoder_cache`](Model::encoder_cache) returned.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is not enough memory.
    pub(crate) fn state(&self, cache: Option<&Arc<EncoderCache>>) -> Result<WhisperState, Error> {
        let Some(Arithmetic { products, encoder }) = &self.arithmetic else {
            return self.context.create_state().map_err(|_| Error::Memory);
        };
        let encoder = match (encoder, cache) {
            (Some((_, weights)), Some(cache)) => OfferedEncoder::Ours(cache.clone(), weights.clone()),
            (None, _) => OfferedEncoder::None,
            (Some(_), None) => return Err(Error::Decode("the encoder is missing".into())),
        };
        let offer = Offer { products: products.clone(), encoder };
        let (state, accepted) = ggml_backend::offering(offer, || self.context.create_state());
        // Without it, whisper.cpp would read weights that are gone.
        if accepted { state.map_err(|_| Error::Memory) } else { Err(Error::Memory) }
    }
}

/// The heads of the decoder's attention that follow the sound, which OpenAI published for each model. `None` for other models.
fn alignment_heads(file: &ModelFile) -> Option<DtwModelPreset> {
    use DtwModelPreset as P;
    let english = !file.multilingual;
    Some(match (file.width, file.audio_layers, file.text_layers) {
        (384, 4, 4) if english => P::TinyEn,
        (384, 4, 4) => P::Tiny,
        (512, 6, 6) if english => P::BaseEn,
        (512, 6, 6) => P::Base,
        (768, 12, 12) if english => P::SmallEn,
        (768, 12, 12) => P::Small,
        (1024, 24, 24) if english => P::MediumEn,
        (1024, 24, 24) => P::Medium,
        (1280, 32, 32) if file.mels == 128 => P::LargeV3,
        (1280, 32, 32) => P::LargeV2,
        (1280, 32, 4) => P::LargeV3Turbo,
        _ => return None,
    })
}

/// Versions and instruction sets that recognition was built with, in one line.
pub fn system_info() -> String {
    let info = whisper_rs::print_system_info();
    let encoder = if ggml_backend::is_faster() { encoder::kernel() } else { "whisper.cpp".into() };
    // Other makes of encoders, which are never built in.
    let info = info.replace("COREML = 0 | ", "").replace("OPENVINO = 0 | ", "");
    format!("whisper.cpp {} ({}), encoder: {encoder}", whisper_rs::get_whisper_version(), info.trim())
}

/// Was this crate built to use a graphics card?
pub fn has_gpu() -> bool {
    cfg!(any(feature = "vulkan", feature = "cuda", feature = "hipblas", feature = "metal"))
}

/// The languages that Whisper knows: ISO 639-1 code and English name, in lower case.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    (0..=whisper_rs::get_lang_max_id())
        .filter_map(|id| Some((whisper_rs::get_lang_str(id)?, whisper_rs::get_lang_str_full(id)?)))
}

/// What whisper.cpp returns when its encoder fails.
const ENCODING_FAILED: i32 = -6;

/// whisper-rs prints its errors as a program would.
pub(crate) fn reason(error: &WhisperError) -> String {
    match error {
        WhisperError::GenericError(ENCODING_FAILED) | WhisperError::FailedToEncode => "the encoder failed".into(),
        WhisperError::GenericError(code) => format!("whisper.cpp gave up with code {code}"),
        other => other.to_string(),
    }
}
