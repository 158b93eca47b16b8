//! The numbers in a model file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::header::{Place, look_through};
use crate::error::io_message;
use crate::{Error, ModelErrorKind};

/// The weights of a model, to be read one by one.
#[derive(Debug)]
pub struct Weights {
    file: File,
    path: PathBuf,
    places: HashMap<String, Place>,
}

/// One weight, as it is stored.
#[derive(Debug)]
pub struct Weight {
    /// How: `ggml_type` in ggml.h.
    pub kind: u32,
    /// Numbers that it has.
    pub numbers: usize,
    /// What stands in the file.
    pub bytes: Vec<u8>,
}

impl Weights {
    /// Of the model file at `path`, which is looked through as by [`Header::read`](super::Header::read).
    ///
    /// # Errors
    /// [`Error::Model`] if it can't be read or is no model.
    pub fn open(path: &Path) -> Result<Weights, Error> {
        let (_, places) = look_through(path)?;
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Weights { file, path: path.into(), places })
    }

    /// The weight of this name.
    ///
    /// # Errors
    /// [`Error::Model`] if there is none, or it can't be read.
    pub fn read(&mut self, name: &str) -> Result<Weight, Error> {
        let Some(Place { kind, numbers, offset, bytes }) = self.places.get(name).copied() else {
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
