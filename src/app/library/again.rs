//! Transcribing a recording again: until that is done, and if it fails, the transcript that is there stays.

use std::io;

use super::versions::{own_transcript, written};
use super::{Current, JobKey, JobSettings, JobState, Library, LibraryError, RecordingKey, jobs, names};
use crate::app::store::{Readers, write_whole};
use crate::{Completeness, Error, Transcript, edits, files};

impl Library {
    /// Checks that a recording can be transcribed again.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`]; [`Error::Busy`] while it is in the queue or a live session makes it; [`Error::Read`] with
    /// [`io::ErrorKind::NotFound`] if its file is gone; [`LibraryError::Settings`] if its transcript is of several files, or has a name
    /// that a job would not give it.
    pub fn check_again(&self, key: RecordingKey) -> Result<(), LibraryError> {
        let job = self.job_of(key)?;
        let (path, transcript) = (job.recording.media_path(), &job.recording.transcript);
        if job.state.is_open() || job.state == JobState::Live {
            return Err(Error::Busy { path, holder: None }.into());
        }
        if !path.is_file() {
            return Err(Error::Read { path, source: io::ErrorKind::NotFound.into() }.into());
        }
        let id = self.current(key).map(|current| current.transcript.recording).unwrap_or_default();
        let expected = format!("{}.json", names::stem_of(&job.recording.media));
        match id.parts.is_empty() && id.tracks.is_empty() && *transcript == expected {
            true => Ok(()),
            false => Err(LibraryError::Settings(format!("`{transcript}` is not of one recording of its name"))),
        }
    }

    /// Adds a job that transcribes a recording again, at the end of the queue.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if the settings make no sense, those of [`check_again`](Library::check_again).
    pub(super) fn add_again(&self, key: RecordingKey, settings: &JobSettings) -> Result<JobKey, LibraryError> {
        settings.check()?;
        self.check_again(key)?;
        let current = self.current(key);
        let database = self.database();
        let job = jobs::add(&database, key, settings, JobState::Waiting)?;
        if let Ok(Current { transcript, .. }) = current {
            jobs::set_outcome(&database, key, &transcript)?;
        }
        Ok(job)
    }

    /// What a job has written is not to cost what was there: if it has not come to the end, the transcript that was whole stays, and what
    /// people have changed while it worked is in the new one.
    pub(super) fn keep_earlier(&self, key: RecordingKey) -> Result<(), LibraryError> {
        let _one = self.saving();
        let path = self.recording(key)?.transcript_path();
        let (Ok(bytes), Ok(version)) = (files::read(&path), self.latest_version(key)) else { return Ok(()) };
        let before = self.version_bytes(key, version)?;
        let (Ok(mut made), Ok(earlier)) = (own_transcript(&bytes, &path), own_transcript(&before, &path)) else {
            return Ok(());
        };
        if bytes == before || made.recording.sha256 != earlier.recording.sha256 {
            return Ok(());
        }
        let is_whole = |transcript: &Transcript| transcript.completeness == Completeness::Complete;
        if is_whole(&earlier) && !is_whole(&made) {
            write_whole(&before, &path, true, Readers::AsUsual)?;
        } else if edits::carry(&earlier, &mut made).done > 0 {
            write_whole(&written(&made), &path, true, Readers::AsUsual)?;
        }
        Ok(())
    }
}
