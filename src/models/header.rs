//! Validation of a model file before whisper.cpp loads it.
//!
//! whisper.cpp trusts its files: an unknown type of weights ends the process, wrong lengths allocate any amount of memory,
//! filters of another shape are read past their end, and half of a truncated file may be loaded. So this parses the file as
//! its `whisper_model_load` does (1.8.3), from the first number to the last weight, and accepts only what agrees with the
//! header: each weight exists once, with its name, shape and type, and the file ends with the last one. It reads about 1 MB
//! whatever the size of the model, and allocates no more than that.
//!
//! Whether the weights are the published ones takes a digest: see [`Store::check`](super::Store::check).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::published;
use crate::error::io_message;
use crate::{Error, ModelErrorKind};

mod weights;
use weights::{TensorType, expected};

/// The header of a model file that was validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Size of the vocabulary: 51864 (English only), 51865 or 51866.
    pub vocabulary: u32,
    /// Width of its layers: 384 (tiny), 512, 768, 1024 or 1280 (large).
    pub width: u32,
    /// Layers of the encoder, in `4..=32`.
    pub audio_layers: u32,
    /// Layers of the decoder, in `1..=audio_layers`; distilled models and turbo have few.
    pub text_layers: u32,
    /// Mel bands: 80, or 128 from large-v3 on.
    pub mels: u32,
    /// Type of the large weights, as in file names: `f16`, `q8_0`.
    pub kind: &'static str,
    /// Size of the file in bytes.
    pub size: u64,
}

/// Windows of 10 ms are 400 samples long, which gives 201 frequencies.
const FREQUENCIES: u32 = 201;
/// 30 s of sound, after the second convolution.
const AUDIO_CONTEXT: u32 = 1500;
const TEXT_CONTEXT: u32 = 448;
/// That of large-v3.
const LARGEST_VOCABULARY: u64 = 51866;
/// The longest published token has 128 bytes.
const LONGEST_TOKEN: u32 = 1024;
/// The longest weight's name has 46 bytes.
const LONGEST_NAME: u32 = 128;

impl Header {
    /// Validates the file at `path`.
    ///
    /// # Errors
    /// [`Error::Model`] if it can't be read or is not a valid model.
    pub fn read(path: &Path) -> Result<Header, Error> {
        Ok(validate(path)?.0)
    }

    /// Whether it can transcribe languages other than English.
    pub fn multilingual(&self) -> bool {
        self.vocabulary > 51864
    }

    /// Estimate of the peak memory of a run in bytes: a little above what was measured with base, and extrapolated to the other
    /// models.
    pub fn memory(&self, workers: u32) -> u64 {
        memory(self.size, self.width, self.audio_layers, self.text_layers, workers)
    }
}

/// The sum of the program, the weights, and for each worker the two attention caches (16-bit keys and values: 1536 positions of
/// audio, and of text 512 for each of 8 hypotheses and 2 to spare) and the buffers, which grow with the width. Where our own
/// matrix multiplication is used, the weights are in memory in 8 bits as well; on Linux, only the token embedding is then in
/// memory twice. With whisper.cpp's encoder the buffers are larger.
pub(super) fn memory(size: u64, width: u32, audio_layers: u32, text_layers: u32, workers: u32) -> u64 {
    let [width, audio_layers, text_layers] = [width, audio_layers, text_layers].map(u64::from);
    let embedding = LARGEST_VOCABULARY * width;
    let eight_bit = width * width * (12 * audio_layers + 16 * text_layers) + embedding;
    let (weights, buffers) = match (cfg!(target_arch = "x86_64"), cfg!(target_os = "linux")) {
        (true, true) => (size.max(size * embedding / eight_bit + eight_bit), 100_000),
        (true, false) => (size + eight_bit, 100_000),
        (false, _) => (size, 200_000),
    };
    let caches = 4 * width * text_layers * (1536 + 10 * 512);
    50_000_000 + weights + u64::from(workers) * (caches + 50_000_000 + buffers * width)
}

/// Type, size and position of a weight in its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TensorInfo {
    /// `ggml_type` in ggml.h.
    pub(crate) kind: u32,
    /// Values.
    pub(crate) numbers: usize,
    /// The position of its first byte.
    pub(crate) offset: u64,
    /// Its length.
    pub(crate) bytes: usize,
}

/// The type, size and position of each weight of the model file at `path`, by its name. Validates the file.
///
/// # Errors
/// As [`Header::read`].
pub(crate) fn stored_weights(path: &Path) -> Result<HashMap<String, TensorInfo>, Error> {
    Ok(validate(path)?.1)
}

/// Validates the file at `path` and returns its header and the positions of its weights, by name.
fn validate(path: &Path) -> Result<(Header, HashMap<String, TensorInfo>), Error> {
    parse(path).map_err(|error| {
        let reason = match error {
            ParseError::Invalid(reason) => reason,
            ParseError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it breaks off".into(),
            ParseError::Io(error) => io_message(&error),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kind = match published(&name) {
            Some(model) if path.exists() => ModelErrorKind::Damaged(model.name.clone()),
            Some(model) => ModelErrorKind::NotFound(model.name.clone()),
            None => ModelErrorKind::NotAModel,
        };
        Error::Model { path: path.into(), reason, kind }
    })
}

enum ParseError {
    /// It is not a valid model, for this reason.
    Invalid(String),
    Io(io::Error),
}

impl From<io::Error> for ParseError {
    fn from(error: io::Error) -> ParseError {
        ParseError::Io(error)
    }
}

fn invalid<T>(reason: impl Into<String>) -> Result<T, ParseError> {
    Err(ParseError::Invalid(reason.into()))
}

/// Reads a file and counts how many bytes are left.
struct Reader {
    file: BufReader<File>,
    left: u64,
}

impl Reader {
    fn bytes(&mut self, count: u32) -> Result<Vec<u8>, ParseError> {
        // Checked first, so that a damaged length can't allocate more than the file has.
        self.take(u64::from(count))?;
        let mut bytes = vec![0; count as usize];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, ParseError> {
        self.take(4)?;
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Reads a field of the header. whisper.cpp's integers are signed, and negative ones are never valid.
    fn field(&mut self, name: &str, allowed: impl FnOnce(u32) -> bool) -> Result<u32, ParseError> {
        let value = self.number()?;
        if allowed(value) { Ok(value) } else { invalid(format!("its header is damaged: {name} is {}", value as i32)) }
    }

    fn skip(&mut self, count: u64) -> Result<(), ParseError> {
        self.take(count)?;
        // It fits, since it is less than the length of a file.
        Ok(self.file.seek_relative(count as i64)?)
    }

    fn take(&mut self, count: u64) -> Result<(), ParseError> {
        let Some(left) = self.left.checked_sub(count) else { return invalid("it breaks off before its end") };
        self.left = left;
        Ok(())
    }
}

fn parse(path: &Path) -> Result<(Header, HashMap<String, TensorInfo>), ParseError> {
    // Before it is opened: a named pipe would wait for a writer.
    let data = path.metadata()?;
    if !data.is_file() {
        return invalid(if data.is_dir() { "it is a folder" } else { "it is not a file" });
    }
    let size = data.len();
    let file = File::open(path)?;
    let mut reader = Reader { file: BufReader::with_capacity(1 << 16, file), left: size };
    magic(&mut reader)?;
    let (header, tensor_type) = hyperparameters(&mut reader, size)?;
    filters(&mut reader, &header)?;
    tokens(&mut reader, &header)?;
    let tensors = tensors(&mut reader, &header, tensor_type, size)?;
    Ok((header, tensors))
}

fn magic(reader: &mut Reader) -> Result<(), ParseError> {
    if reader.left == 0 {
        return invalid("it is empty");
    }
    match reader.number()?.to_le_bytes() {
        [0x6c, 0x6d, 0x67, 0x67] => Ok(()),
        [b'G', b'G', b'U', b'F'] => invalid("it is a GGUF file, which whisper.cpp does not read"),
        [b'v', b'e', b'r', b's'] => invalid("it is only git's pointer to a large file"),
        [b'<', ..] => invalid("it is a web page"),
        _ => invalid("it is no ggml file"),
    }
}

fn hyperparameters(reader: &mut Reader, size: u64) -> Result<(Header, TensorType), ParseError> {
    let vocabulary = reader.field("n_vocab", |n| (51864..=51866).contains(&n))?;
    reader.field("n_audio_ctx", |n| n == AUDIO_CONTEXT)?;
    let width = reader.field("n_audio_state", |n| [384, 512, 768, 1024, 1280].contains(&n))?;
    reader.field("n_audio_head", |n| n == width / 64)?;
    let audio_layers = reader.field("n_audio_layer", |n| [4, 6, 12, 24, 32].contains(&n))?;
    reader.field("n_text_ctx", |n| n == TEXT_CONTEXT)?;
    reader.field("n_text_state", |n| n == width)?;
    reader.field("n_text_head", |n| n == width / 64)?;
    let text_layers = reader.field("n_text_layer", |n| (1..=audio_layers).contains(&n))?;
    let mels = reader.field("n_mels", |n| n == 80 || n == 128)?;
    let ftype = reader.field("ftype", |n| TensorType::of_file(n).is_some())?;
    let Some(tensor_type) = TensorType::of_file(ftype) else { return invalid("its header is damaged") };
    if !width.is_multiple_of(tensor_type.block) {
        return invalid(format!("its header is damaged: no model of width {width} can be {}", tensor_type.name));
    }
    Ok((Header { vocabulary, width, audio_layers, text_layers, mels, kind: tensor_type.name, size }, tensor_type))
}

fn filters(reader: &mut Reader, header: &Header) -> Result<(), ParseError> {
    let mels = reader.field("the number of mel filters", |n| n == header.mels)?;
    let frequencies = reader.field("the length of the mel filters", |n| n == FREQUENCIES)?;
    let filters = reader.bytes(4 * mels * frequencies)?;
    let sound = |bytes: &[u8]| bytes.try_into().is_ok_and(|four| (0.0..=1.0).contains(&f32::from_le_bytes(four)));
    if filters.chunks_exact(4).all(sound) { Ok(()) } else { invalid("its mel filters are damaged") }
}

fn tokens(reader: &mut Reader, header: &Header) -> Result<(), ParseError> {
    let count = reader.field("the number of tokens", |n| (50256..=header.vocabulary).contains(&n))?;
    let mut has_blank = false;
    for token in 0..count {
        let length = reader.field(&format!("the length of token {token}"), |n| n <= LONGEST_TOKEN)?;
        has_blank |= reader.bytes(length)? == b" ";
    }
    // whisper.cpp looks it up, and ends the process without it.
    if has_blank { Ok(()) } else { invalid("its vocabulary has no blank") }
}

fn tensors(
    reader: &mut Reader,
    header: &Header,
    tensor_type: TensorType,
    size: u64,
) -> Result<HashMap<String, TensorInfo>, ParseError> {
    let mut found = HashMap::new();
    let mut missing: HashMap<String, weights::Shape> = expected(header, tensor_type).into_iter().collect();
    while reader.left > 0 {
        if missing.is_empty() {
            return invalid(format!("{} bytes follow after its end", reader.left));
        }
        let dimensions = reader.field("a weight's number of dimensions", |n| (1..=3).contains(&n))?;
        let length = reader.field("the length of a weight's name", |n| (1..=LONGEST_NAME).contains(&n))?;
        let found_type = reader.number()?;
        let mut sizes = [1; 3];
        for size in &mut sizes[..dimensions as usize] {
            *size = reader.number()?;
        }
        let name = reader.bytes(length)?;
        let name = String::from_utf8_lossy(&name);
        let Some(shape) = missing.remove(name.as_ref()) else {
            return invalid(format!("it holds the weight `{}` twice or has no use for it", name.escape_debug()));
        };
        if found_type != shape.tensor_type.id {
            return invalid(format!(
                "the weight `{name}` is of kind {found_type} instead of {}",
                shape.tensor_type.name
            ));
        }
        if sizes != shape.sizes {
            return invalid(format!("the weight `{name}` is {sizes:?} instead of {:?}", shape.sizes));
        }
        if shape.bytes() > reader.left {
            return invalid(format!("it breaks off in the weight `{name}`"));
        }
        let (offset, bytes) = (size - reader.left, shape.bytes() as usize);
        found.insert(name.into_owned(), TensorInfo { kind: found_type, numbers: shape.numbers(), offset, bytes });
        reader.skip(shape.bytes())?;
    }
    match missing.len() {
        0 => Ok(found),
        missing => invalid(format!("it breaks off: {missing} weights are missing")),
    }
}

#[cfg(test)]
mod tests;
