//! The part file of a download.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::failure::{Failure, disk};
use crate::files;

pub(super) struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    /// Opens the part at `path`, with what an earlier download left in it.
    pub(super) fn open(path: PathBuf) -> Result<Part, Failure> {
        let file = files::open_or_create_own(&path).map_err(|error| disk(&path, &error))?;
        Ok(Part { path, file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> Result<u64, Failure> {
        Ok(self.file.metadata().map_err(|error| disk(&self.path, &error))?.len())
    }

    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        self.file.set_len(0).map_err(|error| disk(&self.path, &error))
    }

    /// Continues to write at byte `position`.
    pub(super) fn seek(&mut self, position: u64) -> Result<(), Failure> {
        self.file.seek(SeekFrom::Start(position)).map(drop).map_err(|error| disk(&self.path, &error))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| disk(&self.path, &error))
    }

    /// Nothing is kept where nothing was downloaded.
    pub(super) fn delete_if_empty(self) -> Result<(), Failure> {
        if self.len()? > 0 {
            return Ok(());
        }
        let Part { path, file } = self;
        drop(file);
        fs::remove_file(&path).map_err(|error| disk(&path, &error))
    }

    /// Gives the verified part its final name.
    pub(super) fn commit(self, path: &Path) -> Result<(), Failure> {
        files::commit(self.file, &self.path, path).map_err(|error| disk(path, &error))
    }
}
