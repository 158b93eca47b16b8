//! What the caller knows about a model file, and the weights in it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use whisper_rs_sys as sys;

use crate::Error;

/// A model file in whisper.cpp's ggml format, as its header describes it.
///
/// whisper.cpp trusts its files, and a damaged one can end the process. So whoever makes this value must have checked the
/// whole file: every weight once, with the name, shape and type that follow from the header, and nothing after the last.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Where it is.
    pub path: PathBuf,
    /// Frequency bands of the spectrogram: 80 or 128.
    pub mels: usize,
    /// Values in a frame: 384 to 1280.
    pub width: usize,
    /// Blocks of the encoder.
    pub audio_layers: usize,
    /// Blocks of the decoder.
    pub text_layers: usize,
    /// Knows other languages than English.
    pub multilingual: bool,
    /// Where each weight is in the file, by its name.
    pub weights: HashMap<String, StoredWeight>,
}

/// Where and how a weight is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredWeight {
    /// Its `ggml_type`.
    pub kind: u32,
    /// Values.
    pub count: usize,
    /// The position of its first byte in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: usize,
}

/// Reads weights one by one.
pub(crate) struct WeightReader<'a> {
    file: File,
    weights: &'a HashMap<String, StoredWeight>,
}

impl<'a> WeightReader<'a> {
    /// # Errors
    /// [`Error::Load`] if the file can't be opened.
    pub(crate) fn open(model: &'a ModelFile) -> Result<WeightReader<'a>, Error> {
        let file = File::open(&model.path).map_err(|error| unreadable(&error))?;
        Ok(WeightReader { file, weights: &model.weights })
    }

    /// The `count` values of the weight of this name.
    ///
    /// # Errors
    /// [`Error::Load`] if there is none, if it has another number of values, or if it can't be read.
    pub(crate) fn read(&mut self, name: &str, count: usize) -> Result<Vec<f32>, Error> {
        let Some(weight) = self.weights.get(name).filter(|weight| weight.count == count) else {
            return Err(Error::Load(format!("the weight `{name}` is missing")));
        };
        let mut bytes = vec![0; weight.bytes];
        let read = self.file.seek(SeekFrom::Start(weight.offset)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| unreadable(&error))?;
        dequantise(weight.kind, &bytes, count)
            .ok_or_else(|| Error::Load(format!("the weight `{name}` is stored in an unknown way")))
    }
}

fn unreadable(error: &std::io::Error) -> Error {
    let text = error.to_string();
    Error::Load(text.split(" (os error").next().unwrap_or_default().to_lowercase())
}

/// `count` values that are stored as the `ggml_type` of this number. `None` if there is no such type, or `bytes` is not as
/// long as it takes.
pub(crate) fn dequantise(kind: u32, bytes: &[u8], count: usize) -> Option<Vec<f32>> {
    if kind >= sys::ggml_type_GGML_TYPE_COUNT {
        return None;
    }
    let mut values = vec![0.0; count];
    // SAFETY: the type exists, so it has traits. A type that was removed has a block size of 0.
    let (block, to_float) = unsafe {
        let traits = &*sys::ggml_get_type_traits(kind);
        (usize::try_from(traits.blck_size).unwrap_or(0), traits.to_float)
    };
    if block == 0 || !count.is_multiple_of(block) {
        return None;
    }
    // SAFETY: the type exists, and the row is a whole number of its blocks.
    if bytes.len() != unsafe { sys::ggml_row_size(kind, count as i64) } {
        return None;
    }
    match to_float {
        // SAFETY: `bytes` holds exactly `count` values of this type, and so does `values`.
        Some(to_float) => unsafe { to_float(bytes.as_ptr().cast(), values.as_mut_ptr(), count as i64) },
        None if kind == sys::ggml_type_GGML_TYPE_F32 => {
            let each = values.iter_mut().zip(bytes.as_chunks().0);
            each.for_each(|(value, bytes)| *value = f32::from_le_bytes(*bytes));
        }
        None => return None,
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_a_type_is_read() {
        let (f32s, q8_0) = (sys::ggml_type_GGML_TYPE_F32, sys::ggml_type_GGML_TYPE_Q8_0);
        assert_eq!(dequantise(f32s, &[0, 0, 128, 63, 0, 0, 0, 192], 2), Some(vec![1.0, -2.0]));
        assert_eq!(dequantise(f32s, &[0; 8], 3), None);
        assert_eq!(dequantise(q8_0, &[0; 34], 32), Some(vec![0.0; 32]));
        assert_eq!(dequantise(q8_0, &[0; 34], 33), None);
        assert_eq!(dequantise(sys::ggml_type_GGML_TYPE_I32, &[0; 4], 1), None);
        assert_eq!((dequantise(4, &[0; 4], 1), dequantise(u32::MAX, &[0; 4], 1)), (None, None));
    }
}
