//! Transcribing a recording again: until that is done, and if it fails, the transcript that is there stays.

use std::io;

use rusqlite::{OptionalExtension as _, Row, params};

use super::versions::{own_transcript, written};
use super::{Job, JobKey, JobSettings, JobState, Library, LibraryError, jobs, names};
use super::{Recording, RecordingKey, VersionKey};
use crate::app::jobs::carry_names;
use crate::app::store::{Readers, write_whole};
use crate::{Completeness, Error, Span, Transcript, edits, files};

/// What there is of a recording when the process of a job begins.
pub(super) struct Before {
    /// SHA-256 of the transcript's file; empty: there is none.
    earlier: String,
    /// The latest version; 0: there is none.
    version: i64,
}

impl Library {
    /// Checks that a recording can be transcribed again.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`]; [`Error::Busy`] while it is in the queue or a live session makes it; [`Error::Read`] with
    /// [`io::ErrorKind::NotFound`] if its file is gone; [`LibraryError::Settings`] if its transcript is of several files, or has a name
    /// that a job would not give it.
    pub fn check_again(&self, key: RecordingKey) -> Result<(), LibraryError> {
        self.before_again(key).map(drop)
    }

    /// As [`check_again`](Library::check_again): the transcript that is there, if there is one.
    fn before_again(&self, key: RecordingKey) -> Result<Option<Transcript>, LibraryError> {
        let job = self.job_of(key)?;
        let (path, name) = (job.recording.media_path(), &job.recording.transcript);
        if job.state.is_open() || job.state == JobState::Live {
            return Err(Error::Busy { path, holder: None }.into());
        }
        if !path.is_file() {
            return Err(Error::Read { path, source: io::ErrorKind::NotFound.into() }.into());
        }
        let transcript = self.current(key).ok().map(|current| current.transcript);
        let id = transcript.as_ref().map(|transcript| &transcript.recording);
        let is_one = id.is_none_or(|id| id.parts.is_empty() && id.tracks.is_empty());
        match is_one && *name == format!("{}.json", names::stem_of(&job.recording.media)) {
            true => Ok(transcript),
            false => Err(LibraryError::Settings(format!("`{name}` is not of one recording of its name"))),
        }
    }

    /// Adds a job that transcribes a recording again, at the end of the queue.
    ///
    /// # Errors
    /// [`LibraryError::Settings`] if the settings make no sense, those of [`check_again`](Library::check_again).
    pub(super) fn add_again(&self, key: RecordingKey, settings: &JobSettings) -> Result<JobKey, LibraryError> {
        settings.check()?;
        if !settings.meeting.is_empty() {
            return Err(LibraryError::Settings("`meeting`: that of the recording stays".into()));
        }
        let transcript = self.before_again(key)?;
        let mut database = self.database();
        let transaction = database.transaction()?;
        let job = jobs::add(&transaction, key, settings, JobState::Waiting)?;
        if let Some(transcript) = transcript {
            jobs::set_outcome(&transaction, key, &transcript)?;
        }
        transaction.commit()?;
        Ok(job)
    }

    /// What a job has written is not to cost what was there when it began, or what was saved since: if it has not come to the end, the
    /// transcript that was whole stays, and what people have changed while it worked is in the new one. Called with `saving` held.
    pub(super) fn keep_earlier(&self, recording: &Recording) -> Result<(), LibraryError> {
        let path = recording.transcript_path();
        let (Ok(bytes), Some(before)) = (files::read(&path), self.before_job(recording.key)?) else { return Ok(()) };
        let (Ok(mut made), Ok(earlier)) = (own_transcript(&bytes, &path), own_transcript(&before, &path)) else {
            return Ok(());
        };
        if bytes == before || made.recording.sha256 != earlier.recording.sha256 {
            return Ok(());
        }
        let is_whole = |transcript: &Transcript| transcript.completeness == Completeness::Complete;
        if is_whole(&earlier) && !is_whole(&made) {
            write_whole(&before, &path, true, Readers::AsUsual)?;
        } else if carry(&earlier, &mut made) {
            write_whole(&written(&made), &path, true, Readers::AsUsual)?;
        }
        Ok(())
    }

    /// What there is when the process of `job` begins.
    pub(super) fn before(&self, job: &Job) -> Result<Before, LibraryError> {
        let query = "SELECT ifnull(earlier, ''), (SELECT ifnull(max(id), 0) FROM versions WHERE recording = jobs.recording) \
            FROM jobs WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(Before { earlier: row.get(0)?, version: row.get(1)? });
        Ok(self.database().query_row(query, [job.key.0], read)?)
    }

    /// Whether what the process of `job` has written is gone: somebody saved changes in the moment when it wrote, so that their file is in
    /// the place of its own, and no version has it.
    pub(super) fn is_overwritten(&self, job: &Job, before: &Before) -> Result<bool, LibraryError> {
        let _one = self.saving();
        let now = self.before(job)?;
        let query =
            "SELECT EXISTS (SELECT 1 FROM versions WHERE recording = ?1 AND id > ?2 AND session = '' AND sha256 <> ?3)";
        let values = params![job.recording.key.0, before.version, now.earlier];
        let is_seen: bool = self.database().query_row(query, values, |row| row.get(0))?;
        let is_saved = !now.earlier.is_empty() && now.earlier != before.earlier;
        Ok(is_saved && !is_seen && jobs::digest_of(&job.recording.transcript_path()) == now.earlier)
    }

    /// The transcript that the job of a recording is to replace, as it was when it began or as it was saved since; `None`: no job has begun,
    /// or there was none. It need not be the latest version: somebody may have read what the job has written.
    fn before_job(&self, key: RecordingKey) -> Result<Option<Vec<u8>>, LibraryError> {
        let query = format!(
            "SELECT versions.id FROM jobs JOIN versions \
            ON versions.recording = jobs.recording AND versions.sha256 = jobs.earlier \
            WHERE jobs.recording = ?1 AND jobs.state IN ('waiting', 'running') AND {} ORDER BY versions.id DESC LIMIT 1",
            jobs::LATEST
        );
        let found = self.database().query_row(&query, [key.0], |row| row.get(0).map(VersionKey)).optional()?;
        found.map(|version| self.version_bytes(key, version)).transpose()
    }
}

/// Takes over what people have changed in `earlier`: text, names, and what they have listened to in the text of the same model; whether
/// there is any.
fn carry(earlier: &Transcript, made: &mut Transcript) -> bool {
    let mut any = edits::carry(earlier, made).done > 0;
    any |= carry_names(earlier, made);
    let is_new = |span: &&Span| made.model == earlier.model && !made.checked.contains(span);
    let checked: Vec<Span> = earlier.checked.iter().filter(is_new).copied().collect();
    any |= !checked.is_empty();
    made.checked.extend(checked);
    made.checked.sort_by_key(|span| (span.start, span.end));
    any
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::app::library::testing::{EDITS, WINDOW, transcribed, transcript};
    use crate::app::library::{Requester, Window};
    use crate::{Millis, PartialReason, Segment, SpeakerId};

    fn partial(text: &str) -> Vec<u8> {
        let mut transcript = own_transcript(&transcript(text), Path::new("x.json")).unwrap();
        transcript.completeness = Completeness::Partial { until: Millis(900), reason: PartialReason::Interrupted };
        written(&transcript)
    }

    #[test]
    fn a_whole_transcript_stays_also_if_somebody_reads_or_corrects_what_a_job_has_left_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let recording = transcribed(&library, Requester::Person);
        let whole = fs::read(recording.transcript_path()).unwrap();
        let job = library.add_again(recording.key, &JobSettings::default()).unwrap();
        library.begin(&library.job(job).unwrap()).unwrap();
        fs::write(recording.transcript_path(), partial("An")).unwrap();
        library.current(recording.key).unwrap();
        library.adopt(recording.key).unwrap();
        assert_eq!(fs::read(recording.transcript_path()).unwrap(), whole);
        fs::write(recording.transcript_path(), partial("An")).unwrap();
        library.save(recording.key, &WINDOW, EDITS).unwrap();
        let now = library.current(recording.key).unwrap().transcript;
        assert_eq!((now.completeness, &*now.segments[0].text), (Completeness::Complete, "Anfang!"));
        // A process that was left alone writes once more what it has, before the library is opened again.
        drop(library);
        fs::write(recording.transcript_path(), partial("Anf")).unwrap();
        let library = Library::open(folder.path()).unwrap();
        let now = library.current(recording.key).unwrap().transcript;
        assert_eq!((now.completeness, &*now.segments[0].text), (Completeness::Complete, "Anfang!"));
        assert_eq!(library.job(job).unwrap().state, JobState::Waiting);
    }

    /// Turns of half a second, each of a speaker.
    fn turns(speakers: &[u16]) -> Transcript {
        let turn = |(n, speaker): (u64, &u16)| Segment {
            span: Span::new(500 * n, 500 * n + 500),
            text: format!("Satz {n}."),
            speaker: Some(SpeakerId(*speaker)),
            ..Segment::default()
        };
        let segments = (0..).zip(speakers).map(turn).collect();
        Transcript { segments, duration: Millis(2000), ..Transcript::default() }
    }

    #[test]
    fn names_and_places_that_were_listened_to_while_voices_are_told_apart_stay() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let recording = transcribed(&library, Requester::Person);
        let job = library.add_again(recording.key, &JobSettings::default()).unwrap();
        library.begin(&library.job(job).unwrap()).unwrap();
        fs::write(recording.transcript_path(), written(&turns(&[1, 1, 2, 3]))).unwrap();
        let told = r#"{"transcribe_edits": 1, "edits": [], "names": {"Speaker 2": "Anna"},
            "checked": [{"start": 0, "end": 0.5, "done": true}]}"#;
        let window = Window { session: "window", version: Some(library.current(recording.key).unwrap().version) };
        library.save(recording.key, &window, told).unwrap();
        // The voices are told apart otherwise, and there are fewer.
        fs::write(recording.transcript_path(), written(&turns(&[2, 2, 1, 2]))).unwrap();
        library.adopt(recording.key).unwrap();
        let now = library.current(recording.key).unwrap().transcript;
        assert_eq!(now.names, [(SpeakerId(1), "Anna".to_owned())].into());
        assert_eq!(now.checked, [Span::new(0, 500)]);
        // The window still shows the voices of before: whom it means by a name is not known.
        let told = r#"{"transcribe_edits": 1, "edits": [], "names": {"Speaker 2": "Anna", "Speaker 1": "Bo"}}"#;
        let saved = library.save(recording.key, &window, told).unwrap();
        assert_eq!((saved.conflicts, saved.elsewhere), (1, true));
        assert_eq!(library.current(recording.key).unwrap().transcript.names, now.names);
    }

    #[test]
    fn a_job_that_has_not_begun_is_not_finished_by_what_people_write() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let recording = transcribed(&library, Requester::Person);
        let job = library.add_again(recording.key, &JobSettings::default()).unwrap();
        library.save(recording.key, &WINDOW, EDITS).unwrap();
        fs::write(recording.transcript_path(), transcript("Der Anfang.")).unwrap();
        assert!(!library.is_finished(&library.job(job).unwrap()).unwrap());
    }

    #[test]
    fn data_of_the_meeting_are_refused_where_they_would_be_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        let recording = transcribed(&library, Requester::Person);
        let settings = JobSettings { meeting: "title = \"Rat\"".into(), ..JobSettings::default() };
        assert_eq!(library.add_again(recording.key, &settings).unwrap_err().code(), "settings");
    }
}
