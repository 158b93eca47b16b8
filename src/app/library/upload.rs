//! Recordings that come in: written to the disk as they arrive, and deleted unless they arrive whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::{Builder, NamedTempFile, TempPath};

use super::{Library, LibraryError};
use crate::digest::Sha256Stream;
use crate::files;

/// Where they lie until they are whole.
pub(super) const FOLDER: &str = "incoming";

/// A recording that is coming in. Dropping it deletes what has come.
pub struct Incoming {
    file: NamedTempFile,
    digest: Sha256Stream,
    size: u64,
}

/// A recording that has come in whole. Dropping it deletes it.
pub struct Received {
    pub(super) path: TempPath,
    /// SHA-256 of its content, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Library {
    /// A place for a recording that is coming in, which this user alone can read.
    ///
    /// # Errors
    /// [`LibraryError::Folder`] if no file can be created.
    pub fn receive(&self) -> Result<Incoming, LibraryError> {
        let folder = self.folder.join(FOLDER);
        let file = Builder::new().suffix(".part").tempfile_in(&folder);
        let file = file.map_err(|source| LibraryError::Folder { folder, source })?;
        Ok(Incoming { file, digest: Sha256Stream::default(), size: 0 })
    }

    /// Deletes what came in while the process was killed.
    pub(super) fn delete_leftovers(&self) {
        let Ok(entries) = fs::read_dir(self.folder.join(FOLDER)) else { return };
        for entry in entries.flatten() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Incoming {
    /// The next bytes.
    ///
    /// # Errors
    /// Those of writing; a full disk above all.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Bytes that have come so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// It is whole now, and safe on the disk.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(self) -> io::Result<Received> {
        files::sync(self.file.as_file())?;
        let path = self.file.into_temp_path();
        Ok(Received { path, sha256: self.digest.finish().to_string(), size: self.size })
    }
}

impl Received {
    /// Its path, for those that look into it.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// It belongs to the database now.
    ///
    /// # Errors
    /// If the system can't keep it.
    pub(super) fn keep(self) -> io::Result<PathBuf> {
        self.path.keep().map_err(|error| error.error)
    }
}
