//! What can go wrong with a library.

use std::io;
use std::path::PathBuf;

use crate::Error;

/// Why something was not done.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Another process works with it.
    #[error("another `transcribe` works with `{}`", folder.display())]
    Running {
        /// The folder of the library.
        folder: PathBuf,
    },
    /// Its folder can't be used.
    #[error("cannot use the folder `{}`: {source}", folder.display())]
    Folder {
        /// The folder, or a file in it.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A newer version of this program made it.
    #[error("a newer version of this program made the library")]
    Newer,
    /// The database failed.
    #[error("cannot read or write the database: {0}")]
    Database(#[from] rusqlite::Error),
    /// There is no such recording or job any more.
    #[error("it is not in the library any more")]
    Unknown,
    /// The settings of a job make no sense.
    #[error("{0}")]
    Settings(String),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl LibraryError {
    /// What went wrong, as a code: one of [`Error::code`], or `running`, `newer`, `database`, `unknown`, `settings`.
    pub fn code(&self) -> &'static str {
        use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
        match self {
            LibraryError::Running { .. } => "running",
            LibraryError::Folder { source, .. } if source.kind() == io::ErrorKind::StorageFull => "disk_full",
            LibraryError::Folder { .. } => "not_writable",
            LibraryError::Newer => "newer",
            LibraryError::Database(error) => match error.sqlite_error_code() {
                Some(DiskFull) => "disk_full",
                Some(SystemIoFailure) => "not_writable",
                _ => "database",
            },
            LibraryError::Unknown => "unknown",
            LibraryError::Settings(_) => "settings",
            LibraryError::Other(error) => error.code(),
        }
    }
}
