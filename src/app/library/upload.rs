//! Recordings that come in: written to the disk as they arrive, moved to their places when they are whole, and deleted otherwise.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use rusqlite::{Transaction, params};
use tempfile::{Builder, NamedTempFile, TempPath};

use super::{Failure, Job, JobKey, JobSettings, JobState, Library, LibraryError, Requester, jobs};
use crate::app::store::{Readers, write_whole};
use crate::digest::Sha256Stream;
use crate::{Error, files};

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

    /// Takes in what was received, as a job at the end of the queue. Whenever the process ends, it is there once or not at all.
    pub(super) fn take_in(
        &self,
        received: Received,
        name: &str,
        settings: &JobSettings,
        requester: Requester,
    ) -> Result<JobKey, LibraryError> {
        let kept = |source| LibraryError::Folder { folder: self.folder.clone(), source };
        let (sha256, size) = (received.sha256.clone(), received.size);
        let path = received.keep().map_err(kept)?;
        let arriving = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut database = self.database();
        let take = |transaction: &Transaction<'_>| {
            let recording = jobs::add_own(transaction, name, (&sha256, size))?;
            let key = jobs::add(transaction, recording, settings, JobState::Arriving)?;
            transaction.execute("UPDATE jobs SET arriving = ?2 WHERE id = ?1", params![key.0, arriving])?;
            let for_client = requester == Requester::Client;
            transaction
                .execute("UPDATE recordings SET for_client = ?2 WHERE id = ?1", params![recording.0, for_client])?;
            Ok::<_, rusqlite::Error>(key)
        };
        let added = database.transaction().and_then(|transaction| {
            let key = take(&transaction)?;
            transaction.commit()?;
            Ok(key)
        });
        drop(database);
        match added {
            Ok(key) => {
                self.finish_arrival(&self.job(key)?)?;
                Ok(key)
            }
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(error.into())
            }
        }
    }

    /// Moves recordings that came in whole to their places. One that is gone fails; one that can't be moved stays where it is.
    pub(super) fn finish_arrivals(&self) -> Result<(), LibraryError> {
        for job in self.jobs_where("WHERE jobs.state = 'arriving'", [])? {
            match self.finish_arrival(&job) {
                Err(LibraryError::Folder { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    let failure = Failure { code: "unreadable".into(), message: source.to_string() };
                    self.set_state(job.key, JobState::Failed, Some(&failure))?;
                }
                Err(LibraryError::Folder { .. }) => {}
                finished => finished?,
            }
        }
        Ok(())
    }

    pub(super) fn finish_arrival(&self, job: &Job) -> Result<(), LibraryError> {
        let failed = |source| LibraryError::Folder { folder: job.recording.folder.clone(), source };
        let to = job.recording.media_path();
        if !to.is_file() {
            super::create_private(&job.recording.folder).map_err(failed)?;
            if !job.settings.meeting.is_empty() {
                // It was checked when it came, and nothing that is in it now may keep the library from opening.
                let (text, to) = (&job.settings.meeting, job.recording.meeting_path());
                write_whole(text.as_bytes(), &to, true, Readers::AsUsual).map_err(|error| match error {
                    Error::Write { source, .. } => failed(source),
                    other => failed(io::Error::other(other)),
                })?;
            }
            fs::rename(self.folder.join(FOLDER).join(self.arriving(job.key)?), &to).map_err(failed)?;
            crate::files::sync_folder(&to);
        }
        self.set_state(job.key, JobState::Waiting, None)
    }

    /// The name that a recording came in under; empty if it is in its place.
    fn arriving(&self, key: JobKey) -> Result<String, LibraryError> {
        let query = "SELECT arriving FROM jobs WHERE id = ?1";
        let name: Option<String> = self.database().query_row(query, [key.0], |row| row.get(0))?;
        Ok(name.unwrap_or_default())
    }

    /// The names of recordings that came in and are not in their places yet.
    fn arrivals(&self) -> Result<Vec<String>, LibraryError> {
        let jobs = self.jobs_where("WHERE jobs.state = 'arriving'", [])?;
        jobs.iter().map(|job| self.arriving(job.key)).collect()
    }

    /// Deletes what came in while the process was killed, and belongs to no job.
    pub(super) fn delete_leftovers(&self) -> Result<(), LibraryError> {
        let arrivals = self.arrivals()?;
        let Ok(entries) = fs::read_dir(self.folder.join(FOLDER)) else { return Ok(()) };
        for entry in entries.flatten() {
            if !arrivals.iter().any(|name| entry.file_name() == name.as_str()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
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
