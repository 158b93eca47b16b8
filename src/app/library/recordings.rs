//! The recordings of a library, and where their files lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Library, LibraryError, jobs, search};
use crate::digest::Sha256;
use crate::{Error, files};

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
    /// When that is; `None`: its job has not ended, or nobody deletes it but a person.
    pub delete_at: Option<Timestamp>,
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
    recordings.for_client, recordings.delete_at";
/// How many they are.
pub(super) const COUNT: usize = 11;

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
        delete_at: row.get::<_, Option<String>>(10)?.and_then(|time| time.parse().ok()),
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
        // It is not deleted between a look at it and its end.
        let _one = self.saving();
        self.set_kept(key)
    }

    /// [`keep`](Library::keep) for those who hold `saving`.
    pub(super) fn set_kept(&self, key: RecordingKey) -> Result<(), LibraryError> {
        let update = "UPDATE recordings SET for_client = 0, delete_at = NULL WHERE id = ?1 AND for_client";
        self.database().execute(update, [key.0])?;
        Ok(())
    }

    /// Sets when recordings are deleted that programs sent and whose jobs ended while nobody knew: `time`, the same for all.
    pub(super) fn set_missing_deletions(&self, time: Timestamp) -> Result<(), LibraryError> {
        let update = format!(
            "UPDATE recordings SET delete_at = ?1 WHERE for_client AND delete_at IS NULL AND id IN \
            (SELECT jobs.recording FROM jobs WHERE {} AND {})",
            jobs::ENDED,
            jobs::LATEST
        );
        self.database().execute(&update, [time.to_string()])?;
        Ok(())
    }

    /// Recordings that programs sent, that nobody has asked to keep, and that were to be deleted before `now`.
    pub(super) fn outdated(&self, now: Timestamp) -> Result<Vec<RecordingKey>, LibraryError> {
        let rest = format!("WHERE recordings.for_client AND {} AND {}", jobs::ENDED, jobs::LATEST);
        let is_over = |job: &jobs::Job| job.recording.delete_at.is_some_and(|time| time < now);
        Ok(self.jobs_where(&rest, [])?.into_iter().filter(is_over).map(|job| job.recording.key).collect())
    }

    /// Deletes a recording if it is still one of the [outdated](Library::outdated) ones. If somebody has changed its transcript by other
    /// means, or decided about its findings, it is kept from now on.
    ///
    /// # Errors
    /// Those of [`delete`](Library::delete); [`Error::Read`] if its transcript can't be read.
    pub(super) fn delete_if_outdated(&self, key: RecordingKey, now: Timestamp) -> Result<(), LibraryError> {
        let _one = self.saving();
        if !self.outdated(now)?.contains(&key) {
            return Ok(());
        }
        let recording = self.recording(key)?;
        if self.is_changed(&recording)? { self.set_kept(key) } else { self.remove(recording) }
    }

    /// Whether people have changed what the jobs of a recording have made of it.
    ///
    /// # Errors
    /// [`Error::Read`] if that can't be told.
    pub(super) fn is_changed(&self, recording: &Recording) -> Result<bool, LibraryError> {
        let path = recording.transcript_path();
        let sha256 = match files::read(&path) {
            Ok(bytes) => Some(Sha256::of_bytes(bytes).to_string()),
            Err(source) if source.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::Read { path, source }.into()),
        };
        let query = "SELECT EXISTS (SELECT 1 FROM jobs WHERE recording = ?1 AND made = ?2)";
        let is_made = |sha256| self.database().query_row(query, params![recording.key.0, sha256], |row| row.get(0));
        let is_made: bool = sha256.map_or(Ok(true), is_made)?;
        Ok(!is_made || recording.decisions_path().exists())
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
        self.remove(self.recording(key)?)
    }

    fn remove(&self, recording: Recording) -> Result<(), LibraryError> {
        if recording.own {
            match fs::remove_dir_all(&recording.folder) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(LibraryError::Folder { folder: recording.folder, source });
                }
                _ => {}
            }
        }
        let database = self.database();
        search::remove(&database, recording.key)?;
        database.execute("DELETE FROM recordings WHERE id = ?1", [recording.key.0])?;
        // Nothing of it stays in the write-ahead log.
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::library::testing::{EDITS, WINDOW, transcribed, transcript};
    use crate::app::library::{JobState, Requester};

    const DAY: Duration = Duration::from_secs(86_400);

    fn open(folder: &Path, keep: Duration) -> Library {
        let library = Library::open(folder).unwrap();
        library.keep_uploads.set(keep).unwrap();
        library.set_missing_deletions(Timestamp::now().checked_add(keep).unwrap()).unwrap();
        library
    }

    /// A recording that a program has sent, and that is transcribed.
    fn sent(library: &Library) -> Recording {
        transcribed(library, Requester::Client)
    }

    fn is_there(library: &Library, recording: &Recording) -> bool {
        library.recording(recording.key).is_ok() && recording.transcript_path().is_file()
    }

    #[test]
    fn the_day_of_deletion_stays_whatever_is_asked_for_later() {
        let folder = tempfile::tempdir().unwrap();
        let library = open(folder.path(), 30 * DAY);
        let recording = sent(&library);
        let shown = recording.delete_at.unwrap();
        drop(library);
        let library = open(folder.path(), Duration::ZERO);
        assert_eq!(library.recording(recording.key).unwrap().delete_at, Some(shown));
        let later = Timestamp::now().checked_add(29 * DAY).unwrap();
        library.delete_if_outdated(recording.key, later).unwrap();
        assert!(is_there(&library, &recording));
        let later = Timestamp::now().checked_add(31 * DAY).unwrap();
        assert_eq!(library.outdated(later).unwrap(), [recording.key]);
        library.delete_if_outdated(recording.key, later).unwrap();
        assert!(!is_there(&library, &recording) && !recording.folder.exists());
    }

    #[test]
    fn what_is_kept_after_a_look_at_what_is_outdated_is_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let library = open(folder.path(), Duration::ZERO);
        let (kept, corrected, waits) = (sent(&library), sent(&library), sent(&library));
        let now = Timestamp::now().checked_add(DAY).unwrap();
        assert_eq!(library.outdated(now).unwrap().len(), 3);
        library.keep(kept.key).unwrap();
        library.save(corrected.key, &WINDOW, EDITS).unwrap();
        library.begin_anew(&library.job_of(waits.key).unwrap()).unwrap();
        for recording in [&kept, &corrected, &waits] {
            library.delete_if_outdated(recording.key, now).unwrap();
            assert!(is_there(&library, recording), "{recording:?}");
        }
    }

    #[test]
    fn what_was_changed_outside_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let library = open(folder.path(), Duration::ZERO);
        let (corrected, decided, again) = (sent(&library), sent(&library), sent(&library));
        let now = Timestamp::now().checked_add(DAY).unwrap();
        fs::write(corrected.transcript_path(), transcript("Der Anfang.")).unwrap();
        // A page has shown it.
        library.current(corrected.key).unwrap();
        fs::write(decided.decisions_path(), "{}").unwrap();
        // Its job goes on afterwards, and makes another.
        fs::write(again.transcript_path(), transcript("Der Anfang.")).unwrap();
        let job = library.job_of(again.key).unwrap();
        library.begin_anew(&job).unwrap();
        library.begin(&job).unwrap();
        fs::write(again.transcript_path(), transcript("Neu.")).unwrap();
        library.adopt(again.key).unwrap();
        library.set_state(job.key, JobState::Done, None).unwrap();
        for recording in [&corrected, &decided, &again] {
            library.delete_if_outdated(recording.key, now).unwrap();
            assert!(is_there(&library, recording), "{recording:?}");
            let now = library.recording(recording.key).unwrap();
            assert_eq!((now.for_client, now.delete_at), (false, None));
        }
    }
}
