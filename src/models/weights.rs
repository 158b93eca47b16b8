//! The weights in a model file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::header::{TensorInfo, validate};
use crate::error::io_message;
use crate::{Error, ModelErrorKind};

/// The weights of a model file, read one by one.
#[derive(Debug)]
pub struct Weights {
    file: File,
    path: PathBuf,
    tensors: HashMap<String, TensorInfo>,
}

/// One weight as it is stored.
#[derive(Debug)]
pub struct Weight {
    /// How the numbers are stored: `ggml_type` in ggml.h.
    pub kind: u32,
    /// Number of elements.
    pub numbers: usize,
    /// The bytes in the file.
    pub bytes: Vec<u8>,
}

impl Weights {
    /// Opens the model file at `path`, which is validated as by [`Header::read`](super::Header::read).
    ///
    /// # Errors
    /// [`Error::Model`] if it can't be read or is not a valid model.
    pub fn open(path: &Path) -> Result<Weights, Error> {
        let (_, tensors) = validate(path)?;
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Weights { file, path: path.into(), tensors })
    }

    /// The weight of this name.
    ///
    /// # Errors
    /// [`Error::Model`] if there is no such weight, or it can't be read.
    pub fn read(&mut self, name: &str) -> Result<Weight, Error> {
        let Some(TensorInfo { kind, numbers, offset, bytes }) = self.tensors.get(name).copied() else {
            let reason = format!("the weight `{name}` is missing");
            return Err(Error::Model { path: self.path.clone(), reason, kind: ModelErrorKind::Other });
        };
        let mut stored = vec![0; bytes];
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(&mut stored));
        read.map_err(|error| unreadable(&self.path, &error))?;
        Ok(Weight { kind, numbers, bytes: stored })
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Model { path: path.into(), reason: io_message(error), kind: ModelErrorKind::Other }
}
