//! Jobs of a library, as its database has them.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::recordings::{self, Recording};
use super::{JobSettings, Library, LibraryError, RecordingKey, names};
use crate::app::store::Changing;
use crate::digest::Sha256;
use crate::{Completeness, Transcript, count_words};

/// A job, numbered from 1; numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey(pub i64);

/// What has become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// No job yet: a live session makes the recording, and its transcript.
    Live,
    /// Its recording is on its way to its place.
    Arriving,
    /// It waits for its turn.
    Waiting,
    /// A process works on it.
    Running,
    /// Somebody has stopped it for the time being. What was done is kept.
    Paused,
    /// There is a transcript.
    Done,
    /// There is none, or it ends early: see its [`Failure`].
    Failed,
    /// Somebody has stopped it. What was done is kept.
    Cancelled,
}

impl JobState {
    const ALL: [(JobState, &'static str); 8] = [
        (JobState::Live, "live"),
        (JobState::Arriving, "arriving"),
        (JobState::Waiting, "waiting"),
        (JobState::Running, "running"),
        (JobState::Paused, "paused"),
        (JobState::Done, "done"),
        (JobState::Failed, "failed"),
        (JobState::Cancelled, "cancelled"),
    ];

    /// Its name for programs: `waiting`.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, code)| code)
    }

    fn of(code: &str) -> JobState {
        Self::ALL.iter().find(|(_, known)| *known == code).map_or(JobState::Failed, |(state, _)| *state)
    }

    /// Whether it is in the queue.
    pub fn is_open(self) -> bool {
        matches!(self, JobState::Arriving | JobState::Waiting | JobState::Running | JobState::Paused)
    }
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One of [`Error::code`](crate::Error::code), or `crashed`.
    pub code: String,
    /// For people, in English, without transcript text.
    pub message: String,
}

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number.
    pub key: JobKey,
    /// What it transcribes.
    pub recording: Recording,
    /// How.
    pub settings: JobSettings,
    /// What has become of it.
    pub state: JobState,
    /// Why it failed; `None` unless it did.
    pub failure: Option<Failure>,
    /// Seconds of the recording; `None`: not known yet.
    pub length: Option<f64>,
    /// Words of its transcript; `None` if there is none.
    pub words: Option<u64>,
    /// Whether its transcript goes to the end of the recording.
    pub complete: bool,
    /// When it was added.
    pub added: Timestamp,
    /// When it ended; `None` while it is in the queue.
    pub ended: Option<Timestamp>,
}

const COLUMNS: &str = "jobs.id, jobs.settings, jobs.state, jobs.failure_code, jobs.failure_message, jobs.length, \
    jobs.words, jobs.complete, jobs.added, jobs.ended";

/// Jobs that have ended.
pub(super) const ENDED: &str = "jobs.state IN ('done', 'failed', 'cancelled')";
/// Jobs whose recording was not transcribed again afterwards: they tell what is there.
pub(super) const LATEST: &str =
    "NOT EXISTS (SELECT 1 FROM jobs AS later WHERE later.recording = jobs.recording AND later.id > jobs.id)";

fn read(row: &Row<'_>, library: &Path) -> rusqlite::Result<Job> {
    let recording = recordings::read(row, library)?;
    let at = |n: usize| recordings::COUNT + n;
    let time = |text: String| text.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let settings: String = row.get(at(1))?;
    let code: Option<String> = row.get(at(3))?;
    let message: Option<String> = row.get(at(4))?;
    Ok(Job {
        key: JobKey(row.get(at(0))?),
        recording,
        settings: serde_json::from_str(&settings).unwrap_or_default(),
        state: JobState::of(&row.get::<_, String>(at(2))?),
        failure: code.map(|code| Failure { code, message: message.unwrap_or_default() }),
        length: row.get(at(5))?,
        words: row.get(at(6))?,
        complete: row.get::<_, Option<bool>>(at(7))?.unwrap_or_default(),
        added: time(row.get(at(8))?),
        ended: row.get::<_, Option<String>>(at(9))?.map(time),
    })
}

fn now() -> String {
    Timestamp::now().to_string()
}

impl Library {
    /// Jobs for which `rest`, the end of a query, holds.
    pub(super) fn jobs_where(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<Job>, LibraryError> {
        let query = format!(
            "SELECT {}, {COLUMNS} FROM jobs JOIN recordings ON recordings.id = jobs.recording {rest}",
            recordings::COLUMNS
        );
        let database = self.database();
        let mut statement = database.prepare_cached(&query)?;
        let jobs = statement.query_map(values, |row| read(row, &self.folder))?;
        Ok(jobs.collect::<Result<_, _>>()?)
    }

    /// The job of this number.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none.
    pub fn job(&self, key: JobKey) -> Result<Job, LibraryError> {
        self.jobs_where("WHERE jobs.id = ?1", [key.0])?.pop().ok_or(LibraryError::Unknown)
    }

    /// The latest job of a recording.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if there is none.
    pub fn job_of(&self, recording: RecordingKey) -> Result<Job, LibraryError> {
        let rest = "WHERE jobs.recording = ?1 ORDER BY jobs.id DESC LIMIT 1";
        self.jobs_where(rest, [recording.0])?.pop().ok_or(LibraryError::Unknown)
    }

    /// The live session that runs, and the jobs in the queue, those that run first and the others in their order; at most `limit`.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn open_jobs(&self, limit: usize) -> Result<Vec<Job>, LibraryError> {
        let rest = "WHERE jobs.state IN ('live', 'arriving', 'waiting', 'running', 'paused') \
            ORDER BY jobs.state <> 'live', jobs.state <> 'running', jobs.rank, jobs.id LIMIT ?1";
        self.jobs_where(rest, [limit as i64])
    }

    /// The latest job of each recording whose latest job has ended, the newest first; at most `limit` from the `offset`-th on.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn ended_jobs(&self, offset: usize, limit: usize) -> Result<Vec<Job>, LibraryError> {
        let rest = format!("WHERE {ENDED} AND {LATEST} ORDER BY jobs.id DESC LIMIT ?2 OFFSET ?1");
        self.jobs_where(&rest, [offset as i64, limit as i64])
    }

    /// How many there are of those.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn count_ended(&self) -> Result<usize, LibraryError> {
        let query = format!("SELECT count(*) FROM jobs WHERE {ENDED} AND {LATEST}");
        Ok(self.database().query_row(&query, [], |row| row.get(0))?)
    }

    /// How many jobs are in each of these states.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn count(&self, states: &[JobState]) -> Result<usize, LibraryError> {
        let database = self.database();
        let mut statement = database.prepare_cached("SELECT count(*) FROM jobs WHERE state = ?1")?;
        let counts = states.iter().map(|state| statement.query_row([state.code()], |row| row.get::<_, usize>(0)));
        Ok(counts.sum::<Result<usize, _>>()?)
    }

    /// The first job that waits, apart from those of these numbers.
    pub(super) fn next_waiting(&self, without: &[JobKey]) -> Result<Option<Job>, LibraryError> {
        let limit = without.len() as i64 + 1;
        let jobs = self.jobs_where("WHERE jobs.state = 'waiting' ORDER BY jobs.rank, jobs.id LIMIT ?1", [limit])?;
        Ok(jobs.into_iter().find(|job| !without.contains(&job.key)))
    }

    /// The latest job of the same content with the same settings, or else the latest of those that were cancelled or failed.
    pub(super) fn same_job(&self, sha256: &str, settings: &JobSettings) -> Result<Option<Job>, LibraryError> {
        let rest = format!(
            "WHERE recordings.sha256 = ?1 AND jobs.settings = ?2 AND recordings.own AND {LATEST} \
             ORDER BY jobs.state IN ('failed', 'cancelled'), jobs.id DESC LIMIT 1"
        );
        Ok(self.jobs_where(&rest, params![sha256, settings.as_text()])?.pop())
    }

    /// Jobs that a process worked on which is gone wait again, unless it had finished them.
    pub(super) fn requeue_running(&self) -> Result<(), LibraryError> {
        for job in self.jobs_where("WHERE jobs.state = 'running'", [])? {
            // What can't be written now stays as a version.
            let adopted = self.adopt(job.recording.key);
            let finished = self.is_finished(&job)?;
            if finished {
                adopted?;
            }
            self.set_state(job.key, if finished { JobState::Done } else { JobState::Waiting }, None)?;
        }
        Ok(())
    }

    /// Whether a job was begun, and there is a complete transcript now that was not there then.
    pub(super) fn is_finished(&self, job: &Job) -> Result<bool, LibraryError> {
        let earlier: Option<String> =
            self.database().query_row("SELECT earlier FROM jobs WHERE id = ?1", [job.key.0], |row| row.get(0))?;
        let _one = self.saving();
        let path = job.recording.transcript_path();
        let is_new = earlier.is_some_and(|earlier| earlier != digest_of(&path));
        let ours = |sha256: &String| job.recording.sha256.is_empty() || *sha256 == job.recording.sha256;
        let complete = || {
            crate::import::read(&path).is_ok_and(|(transcript, _)| {
                transcript.completeness == Completeness::Complete && ours(&transcript.recording.sha256)
            })
        };
        Ok(is_new && complete())
    }

    /// A process begins to work on it.
    pub(super) fn begin(&self, job: &Job) -> Result<(), LibraryError> {
        // What is there is a version, also if another program has written it; what an earlier process has left unfinished is none.
        let _one = self.saving();
        let _alone = Changing::wait(&job.recording.transcript_path()).ok();
        let _ = self.keep_earlier(&job.recording).and_then(|()| self.read_current(&job.recording));
        let earlier = digest_of(&job.recording.transcript_path());
        self.database().execute("UPDATE jobs SET earlier = ?2 WHERE id = ?1", params![job.key.0, earlier])?;
        self.set_state(job.key, JobState::Running, None)
    }

    /// A job that had ended waits again: what is there now is not what it has made.
    pub(super) fn begin_anew(&self, job: &Job) -> Result<(), LibraryError> {
        // What a person has changed since is not deleted by itself.
        if job.recording.for_client && self.is_changed(&job.recording)? {
            self.keep(job.recording.key)?;
        }
        self.database().execute("UPDATE jobs SET earlier = NULL WHERE id = ?1", [job.key.0])?;
        self.set_state(job.key, JobState::Waiting, None)
    }

    /// Seconds of the recording, as soon as they are known.
    pub(super) fn set_length(&self, key: JobKey, length: f64) -> Result<(), LibraryError> {
        self.database().execute("UPDATE jobs SET length = ?2 WHERE id = ?1", params![key.0, length])?;
        Ok(())
    }

    /// How many times faster than real time the work was.
    pub(super) fn set_speed(&self, key: JobKey, speed: f64) -> Result<(), LibraryError> {
        self.database().execute("UPDATE jobs SET speed = ?2 WHERE id = ?1", params![key.0, speed])?;
        Ok(())
    }

    /// How many times faster than real time this model was in its latest jobs; `None`: it has done none.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub fn speed(&self, model: &str) -> Result<Option<f64>, LibraryError> {
        let query = "SELECT avg(speed) FROM (SELECT speed FROM jobs WHERE speed > 0 \
            AND json_extract(settings, '$.options.model') = ?1 ORDER BY id DESC LIMIT 5)";
        Ok(self.database().query_row(query, [model], |row| row.get(0))?)
    }

    /// What has become of it.
    pub(super) fn set_state(
        &self,
        key: JobKey,
        state: JobState,
        failure: Option<&Failure>,
    ) -> Result<(), LibraryError> {
        let database = self.database();
        set_state(&database, key, state, failure)?;
        let keep = self.keep_uploads.get().filter(|_| !state.is_open());
        let delete_at = keep.and_then(|keep| Timestamp::now().checked_add(*keep).ok()).map(|time| time.to_string());
        let update =
            "UPDATE recordings SET delete_at = ?2 WHERE id = (SELECT recording FROM jobs WHERE id = ?1) AND for_client";
        database.execute(update, params![key.0, delete_at])?;
        Ok(())
    }

    /// Puts a waiting job before all others, or behind them.
    pub(super) fn set_rank(&self, key: JobKey, first: bool) -> Result<(), LibraryError> {
        let query = match first {
            true => "UPDATE jobs SET rank = (SELECT min(rank) FROM jobs) - 1 WHERE id = ?1",
            false => "UPDATE jobs SET rank = (SELECT max(rank) FROM jobs) + 1 WHERE id = ?1",
        };
        let changed = self.database().execute(query, [key.0])?;
        if changed == 1 { Ok(()) } else { Err(LibraryError::Unknown) }
    }
}

/// A recording in a folder of the library's own, which need not exist yet; `sha256` is empty until it is known.
pub(super) fn add_own(
    database: &Connection,
    name: &str,
    (sha256, size): (&str, u64),
) -> rusqlite::Result<RecordingKey> {
    let media = names::file_name(name);
    let stem = names::stem_of(&media);
    database.execute(
        "INSERT INTO recordings (name, folder, own, media, transcript, sha256, size, added) \
         VALUES (?1, '', 1, ?2, ?3, ?4, ?5, ?6)",
        params![names::shown(name), media, format!("{stem}.json"), sha256, size, now()],
    )?;
    let recording = database.last_insert_rowid();
    let folder = format!("{}/{recording} {}", recordings::FOLDER, short(&stem));
    database.execute("UPDATE recordings SET folder = ?2 WHERE id = ?1", params![recording, folder])?;
    Ok(RecordingKey(recording))
}

/// A job at the end of the queue, or one that was done elsewhere.
pub(super) fn add(
    database: &Connection,
    recording: RecordingKey,
    settings: &JobSettings,
    state: JobState,
) -> rusqlite::Result<JobKey> {
    let last: Option<f64> =
        database.query_row("SELECT max(rank) FROM jobs", [], |row| row.get(0)).optional()?.flatten();
    database.execute(
        "INSERT INTO jobs (recording, settings, state, rank, added) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![recording.0, settings.as_text(), state.code(), last.unwrap_or(0.0) + 1.0, now()],
    )?;
    Ok(JobKey(database.last_insert_rowid()))
}

/// What has become of a job.
pub(super) fn set_state(
    database: &Connection,
    key: JobKey,
    state: JobState,
    failure: Option<&Failure>,
) -> Result<(), LibraryError> {
    let (code, message) = failure.map(|failure| (&failure.code, &failure.message)).unzip();
    let ended = (!state.is_open()).then(now);
    let changed = database.execute(
        "UPDATE jobs SET state = ?2, failure_code = ?3, failure_message = ?4, ended = ?5, arriving = NULL WHERE id = ?1",
        params![key.0, state.code(), code, message, ended],
    )?;
    if changed == 1 { Ok(()) } else { Err(LibraryError::Unknown) }
}

/// What the transcript of a recording is like, for its latest job.
pub(super) fn set_outcome(database: &Connection, key: RecordingKey, transcript: &Transcript) -> rusqlite::Result<()> {
    let words: usize = transcript.segments.iter().map(|segment| count_words(&segment.text)).sum();
    let complete = transcript.completeness == Completeness::Complete;
    database.execute(
        "UPDATE jobs SET words = ?2, complete = ?3, length = ?4 \
         WHERE id = (SELECT max(id) FROM jobs WHERE recording = ?1)",
        params![key.0, words, complete, transcript.duration.seconds()],
    )?;
    Ok(())
}

/// The SHA-256 of a transcript; empty if there is none.
pub(super) fn digest_of(path: &Path) -> String {
    crate::files::read(path).map_or_else(|_| String::new(), |bytes| Sha256::of_bytes(bytes).to_string())
}

/// A part of a name that is long enough to be known by.
fn short(stem: &str) -> &str {
    stem[..stem.floor_char_boundary(60)].trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}
