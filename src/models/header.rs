//! A look through a model file before whisper.cpp may see it.
//!
//! whisper.cpp trusts its files: a wrong kind of weights ends the process, wrong lengths ask for any amount of
//! memory, filters of another shape are read past their end, and a file that breaks off may load half. So this
//! walks the same way that its `whisper_model_load` goes (1.8.3), from the first number to the last weight, and lets
//! nothing pass that is not as the header says: every weight there once, with its name, shape and kind, and the file
//! ends with the last one. It reads about 1 MB whatever the model's size, and asks for no more memory than that.
//!
//! Not for whether the weights are the right ones: that takes a digest, see [`Store::check`](super::Store::check).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::published;
use crate::error::io_message;
use crate::{Error, ModelErrorKind};

mod weights;
use weights::{Kind, expected};

/// What a model file says about itself; it exists only for a file that was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Tokens it can write: 51864 (English only), 51865 or 51866.
    pub vocabulary: u32,
    /// Width of its layers: 384 (tiny), 512, 768, 1024 or 1280 (large).
    pub width: u32,
    /// Layers that listen, in `4..=32`.
    pub audio_layers: u32,
    /// Layers that write, in `1..=audio_layers`; distilled models and turbo have few.
    pub text_layers: u32,
    /// Frequency bands that it listens to: 80, or 128 from large-v3 on.
    pub mels: u32,
    /// Of the large weights, as file names have it: `f16`, `q8_0`.
    pub kind: &'static str,
    /// Of the file, in bytes.
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
    /// Looks through the file at `path`.
    ///
    /// # Errors
    /// [`Error::Model`] with what is wrong, and for a published model how to get it again.
    pub fn read(path: &Path) -> Result<Header, Error> {
        Ok(look_through(path)?.0)
    }

    /// Does it know other languages than English?
    pub fn multilingual(&self) -> bool {
        self.vocabulary > 51864
    }

    /// Most memory that a run takes, in bytes: an estimate, a little above what was measured with base, and carried on to the
    /// others.
    pub fn memory(&self, workers: u32) -> u64 {
        memory(self.size, self.width, self.audio_layers, self.text_layers, workers)
    }
}

/// The program, the weights, then for each worker the two attention caches (16-bit keys and values: 1536 positions of sound, and
/// of text 512 for each of 5 hypotheses and 2 to spare) and the buffers, which grow with the width. Where our multiplications
/// work, the weights are there in 8 bits as well; on Linux only the embedding of the tokens is there twice then. With
/// whisper.cpp's encoder the buffers are larger.
pub(super) fn memory(size: u64, width: u32, audio_layers: u32, text_layers: u32, workers: u32) -> u64 {
    let [width, audio_layers, text_layers] = [width, audio_layers, text_layers].map(u64::from);
    let embedding = LARGEST_VOCABULARY * width;
    let eight_bit = width * width * (12 * audio_layers + 16 * text_layers) + embedding;
    let (weights, buffers) = match (cfg!(target_arch = "x86_64"), cfg!(target_os = "linux")) {
        (true, true) => (size.max(size * embedding / eight_bit + eight_bit), 100_000),
        (true, false) => (size + eight_bit, 100_000),
        (false, _) => (size, 200_000),
    };
    let caches = 4 * width * text_layers * (1536 + 7 * 512);
    50_000_000 + weights + u64::from(workers) * (caches + 50_000_000 + buffers * width)
}

/// Where a weight lies in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// `ggml_type` in ggml.h.
    pub(super) kind: u32,
    pub(super) numbers: usize,
    pub(super) offset: u64,
    pub(super) bytes: usize,
}

/// What the file at `path` says about itself, and where its weights lie.
pub(super) fn look_through(path: &Path) -> Result<(Header, HashMap<String, Place>), Error> {
    walk(path).map_err(|fault| {
        let reason = match fault {
            Fault::Reason(reason) => reason,
            Fault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it breaks off".into(),
            Fault::Io(error) => io_message(&error),
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

enum Fault {
    Reason(String),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Io(error)
    }
}

fn fault<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Reason(reason.into()))
}

/// A file that knows how much is left of it.
struct Source {
    file: BufReader<File>,
    left: u64,
}

impl Source {
    fn bytes(&mut self, count: u32) -> Result<Vec<u8>, Fault> {
        // Never asks for memory on the word of a broken file.
        self.take(u64::from(count))?;
        let mut bytes = vec![0; count as usize];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, Fault> {
        self.take(4)?;
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// whisper.cpp's integers are signed, and negative ones are never right.
    fn field(&mut self, name: &str, allowed: impl FnOnce(u32) -> bool) -> Result<u32, Fault> {
        let value = self.number()?;
        if allowed(value) { Ok(value) } else { fault(format!("its header is damaged: {name} is {}", value as i32)) }
    }

    fn skip(&mut self, count: u64) -> Result<(), Fault> {
        self.take(count)?;
        // Below the length of a file, so it fits.
        Ok(self.file.seek_relative(count as i64)?)
    }

    fn take(&mut self, count: u64) -> Result<(), Fault> {
        let Some(left) = self.left.checked_sub(count) else { return fault("it breaks off before its end") };
        self.left = left;
        Ok(())
    }
}

fn walk(path: &Path) -> Result<(Header, HashMap<String, Place>), Fault> {
    let file = File::open(path)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return fault(if data.is_dir() { "it is a folder" } else { "it is not a file" });
    }
    let size = data.len();
    let mut source = Source { file: BufReader::with_capacity(1 << 16, file), left: size };
    magic(&mut source)?;
    let (header, kind) = numbers(&mut source, size)?;
    filters(&mut source, &header)?;
    tokens(&mut source, &header)?;
    let places = tensors(&mut source, &header, kind, size)?;
    Ok((header, places))
}

fn magic(source: &mut Source) -> Result<(), Fault> {
    if source.left == 0 {
        return fault("it is empty");
    }
    match source.number()?.to_le_bytes() {
        [0x6c, 0x6d, 0x67, 0x67] => Ok(()),
        [b'G', b'G', b'U', b'F'] => fault("it is a GGUF file, which whisper.cpp does not read"),
        [b'v', b'e', b'r', b's'] => fault("it is only git's pointer to a large file"),
        [b'<', ..] => fault("it is a web page"),
        _ => fault("it is no ggml file"),
    }
}

fn numbers(source: &mut Source, size: u64) -> Result<(Header, Kind), Fault> {
    let vocabulary = source.field("n_vocab", |n| (51864..=51866).contains(&n))?;
    source.field("n_audio_ctx", |n| n == AUDIO_CONTEXT)?;
    let width = source.field("n_audio_state", |n| [384, 512, 768, 1024, 1280].contains(&n))?;
    source.field("n_audio_head", |n| n == width / 64)?;
    let audio_layers = source.field("n_audio_layer", |n| [4, 6, 12, 24, 32].contains(&n))?;
    source.field("n_text_ctx", |n| n == TEXT_CONTEXT)?;
    source.field("n_text_state", |n| n == width)?;
    source.field("n_text_head", |n| n == width / 64)?;
    let text_layers = source.field("n_text_layer", |n| (1..=audio_layers).contains(&n))?;
    let mels = source.field("n_mels", |n| n == 80 || n == 128)?;
    let ftype = source.field("ftype", |n| Kind::of_file(n).is_some())?;
    let Some(kind) = Kind::of_file(ftype) else { return fault("its header is damaged") };
    if !width.is_multiple_of(kind.block) {
        return fault(format!("its header is damaged: no model of width {width} can be {}", kind.name));
    }
    Ok((Header { vocabulary, width, audio_layers, text_layers, mels, kind: kind.name, size }, kind))
}

fn filters(source: &mut Source, header: &Header) -> Result<(), Fault> {
    let mels = source.field("the number of mel filters", |n| n == header.mels)?;
    let frequencies = source.field("the length of the mel filters", |n| n == FREQUENCIES)?;
    let filters = source.bytes(4 * mels * frequencies)?;
    let sound = |bytes: &[u8]| bytes.try_into().is_ok_and(|four| (0.0..=1.0).contains(&f32::from_le_bytes(four)));
    if filters.chunks_exact(4).all(sound) { Ok(()) } else { fault("its mel filters are damaged") }
}

fn tokens(source: &mut Source, header: &Header) -> Result<(), Fault> {
    let count = source.field("the number of tokens", |n| (50256..=header.vocabulary).contains(&n))?;
    for token in 0..count {
        let length = source.field(&format!("the length of token {token}"), |n| n <= LONGEST_TOKEN)?;
        source.skip(u64::from(length))?;
    }
    Ok(())
}

fn tensors(source: &mut Source, header: &Header, kind: Kind, size: u64) -> Result<HashMap<String, Place>, Fault> {
    let mut places = HashMap::new();
    let mut wanted: HashMap<String, weights::Shape> = expected(header, kind).into_iter().collect();
    while source.left > 0 {
        if wanted.is_empty() {
            return fault(format!("{} bytes follow after its end", source.left));
        }
        let dimensions = source.field("a weight's number of dimensions", |n| (1..=3).contains(&n))?;
        let length = source.field("the length of a weight's name", |n| (1..=LONGEST_NAME).contains(&n))?;
        let found_kind = source.number()?;
        let mut sides = [1; 3];
        for side in &mut sides[..dimensions as usize] {
            *side = source.number()?;
        }
        let name = source.bytes(length)?;
        let name = String::from_utf8_lossy(&name);
        let Some(shape) = wanted.remove(name.as_ref()) else {
            return fault(format!("it holds the weight `{}` twice or has no use for it", name.escape_debug()));
        };
        if found_kind != shape.kind.id {
            return fault(format!("the weight `{name}` is of kind {found_kind} instead of {}", shape.kind.name));
        }
        if sides != shape.sides {
            return fault(format!("the weight `{name}` is {sides:?} instead of {:?}", shape.sides));
        }
        if shape.bytes() > source.left {
            return fault(format!("it breaks off in the weight `{name}`"));
        }
        let (offset, bytes) = (size - source.left, shape.bytes() as usize);
        places.insert(name.into_owned(), Place { kind: found_kind, numbers: shape.numbers(), offset, bytes });
        source.skip(shape.bytes())?;
    }
    match wanted.len() {
        0 => Ok(places),
        missing => fault(format!("it breaks off: {missing} weights are missing")),
    }
}

#[cfg(test)]
mod tests;
