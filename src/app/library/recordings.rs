//! The recordings of a library, and where their files lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};

use super::{Library, LibraryError, jobs, search};

/// Where the library keeps its own copies, each in a folder of its own.
pub(super) const FOLDER: &str = "recordings";

/// A recording, numbered from 1; numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingKey(pub i64);

/// A recording and its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its number.
    pub key: RecordingKey,
    /// Its name, as people see it: on one line.
    pub name: String,
    /// The folder of its files.
    pub folder: PathBuf,
    /// Whether the folder is a copy of the library's own, which is deleted with the recording.
    pub own: bool,
    /// The name of its file.
    pub media: String,
    /// The name of its transcript, which need not exist yet.
    pub transcript: String,
    /// SHA-256 of the recording, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes of the recording.
    pub size: u64,
    /// When it came into the library.
    pub added: Timestamp,
    /// Whether a program sent it, and nobody has asked to keep it: it is deleted some time after its job has ended.
    pub for_client: bool,
}

impl Recording {
    /// Where the recording lies.
    pub fn media_path(&self) -> PathBuf {
        self.folder.join(&self.media)
    }

    /// Where its transcript lies, if there is one.
    pub fn transcript_path(&self) -> PathBuf {
        self.folder.join(&self.transcript)
    }
}

/// The columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "recordings.id, recordings.name, recordings.folder, recordings.own, recordings.media, \
    recordings.transcript, recordings.sha256, recordings.size, recordings.added, \
    recordings.for_client";
/// How many they are.
pub(super) const COUNT: usize = 10;

/// A recording from a row that begins with [`COLUMNS`]; `library` is its folder.
pub(super) fn read(row: &Row<'_>, library: &Path) -> rusqlite::Result<Recording> {
    let folder: String = row.get(2)?;
    let added: String = row.get(8)?;
    Ok(Recording {
        key: RecordingKey(row.get(0)?),
        name: row.get(1)?,
        // An absolute path replaces what it is joined to.
        folder: library.join(folder),
        own: row.get(3)?,
        media: row.get(4)?,
        transcript: row.get(5)?,
        sha256: row.get(6)?,
        size: row.get(7)?,
        added: added.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        for_client: row.get(9)?,
    })
}

impl Library {
    /// The recording of this number.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none.
    pub fn recording(&self, key: RecordingKey) -> Result<Recording, LibraryError> {
        let query = format!("SELECT {COLUMNS} FROM recordings WHERE id = ?1");
        let found = self.database().query_row(&query, [key.0], |row| read(row, &self.folder)).optional()?;
        found.ok_or(LibraryError::Unknown)
    }

    /// Keeps a recording that a program sent, as one of a person. Of others, nothing changes.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn keep(&self, key: RecordingKey) -> Result<(), LibraryError> {
        self.database().execute("UPDATE recordings SET for_client = 0 WHERE id = ?1 AND for_client", [key.0])?;
        Ok(())
    }

    /// Recordings that programs sent, that nobody has asked to keep, and whose jobs ended before `time`.
    pub(super) fn outdated(&self, time: Timestamp) -> Result<Vec<RecordingKey>, LibraryError> {
        let rest = format!("WHERE recordings.for_client AND {} AND {} AND jobs.ended < ?1", jobs::ENDED, jobs::LATEST);
        let jobs = self.jobs_where(&rest, [time.to_string()])?;
        Ok(jobs.into_iter().map(|job| job.recording.key).collect())
    }

    /// What deleting a recording deletes: the files of the library's own, or only what the library knows of it.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    pub fn files_of(&self, key: RecordingKey) -> Result<Vec<PathBuf>, LibraryError> {
        let recording = self.recording(key)?;
        if !recording.own {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&recording.folder).map(|entries| entries.flatten().map(|e| e.path()).collect());
        let mut files: Vec<PathBuf> = entries.unwrap_or_default();
        files.sort();
        Ok(files)
    }

    /// Deletes a recording, with its files if they are the library's own. No job may work on it.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], [`LibraryError::Folder`] if its files can't be deleted.
    pub fn delete(&self, key: RecordingKey) -> Result<(), LibraryError> {
        // Nobody who has read it writes it again afterwards.
        let _one = self.saving();
        let recording = self.recording(key)?;
        if recording.own {
            match fs::remove_dir_all(&recording.folder) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(LibraryError::Folder { folder: recording.folder, source });
                }
                _ => {}
            }
        }
        let database = self.database();
        search::remove(&database, key)?;
        database.execute("DELETE FROM recordings WHERE id = ?1", [key.0])?;
        // Nothing of it stays in the write-ahead log.
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}
