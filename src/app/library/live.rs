//! Live sessions of a library: each makes a recording in a folder of its own, from its first second on, and its transcript beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Zoned;
use serde::Deserialize;

use super::{Current, Failure, Job, JobKey, JobSettings, JobState, Library, LibraryError, RecordingKey, jobs};
use crate::app::models::SelectedModel;
use crate::app::session::{
    self, Controls, PreparedSession, Session, SessionOptions, SessionTokens, journal_of, recover,
};
use crate::app::store::stem;
use crate::app::{Listener, Settings, speaker_name};
use crate::format::Format;
use crate::{Completeness, Scripted};

/// What a person asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LiveRequest {
    /// What the recording is called; empty: `Live` with date and time.
    pub name: String,
    /// Name of the microphone; empty: the system's default.
    pub device: String,
    /// Names of people who speak, a line each; the first is speaker 1.
    pub people: String,
    /// Name of the model that transcribes the saved sound once more at the end; empty: none does.
    pub refine: String,
    /// How it is to be transcribed.
    pub settings: JobSettings,
}

/// What stands in for a model and a microphone, in tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StandIn {
    /// Answers of a scripted recogniser; `None`: a model.
    pub script: Option<PathBuf>,
    /// A recording that is played; `None`: a microphone.
    pub input: Option<PathBuf>,
    /// How fast, in times real time; `None`: as in reality.
    pub speed: Option<f64>,
}

/// A session that is ready to run. If it is dropped before, nothing is left of it in the library.
pub struct LiveSession {
    names: Vec<String>,
    session: Session,
    /// What transcribes the saved sound once more; `None`: nothing does.
    refine: Option<(SelectedModel, Settings)>,
    // After the session, which has files open.
    row: SessionRow,
}

/// What the library knows of a session, until that is over, however it ends.
struct SessionRow {
    library: Arc<Library>,
    job: Job,
    /// Whether it has begun, so that there is something to keep.
    begun: bool,
}

impl Drop for SessionRow {
    fn drop(&mut self) {
        if !self.begun {
            let _ = self.library.delete(self.job.recording.key);
        }
        self.library.sessions().retain(|key| *key != self.job.key);
    }
}

impl Library {
    /// Opens the microphone and loads the model of a live session, which is in the library from now on.
    ///
    /// # Errors
    /// [`LibraryError::Settings`], those of models and microphones, and of writing. Nothing is left of it in the library then.
    pub fn open_session(
        self: &Arc<Library>,
        request: &LiveRequest,
        stand_in: &StandIn,
        listener: &dyn Listener,
    ) -> Result<LiveSession, LibraryError> {
        let resolved = request.settings.resolved()?;
        let names = request.people.lines().filter(|line| !line.trim().is_empty()).map(speaker_name);
        let names = names.collect::<Result<Vec<_>, _>>().map_err(|error| LibraryError::Settings(error.message))?;
        let afterwards = Settings { formats: vec![Format::Json], ..resolved };
        let settings = Settings { threads: Some(session::threads(None)), ..afterwards.clone() };
        let find = |name: Option<&str>, settings: &Settings| match &stand_in.script {
            Some(script) => Scripted::load(script).map(SelectedModel::Scripted),
            None => SelectedModel::find(name, settings, listener),
        };
        let model = find(settings.model.as_deref(), &settings)?;
        let better = Some(request.refine.as_str()).filter(|name| !name.is_empty());
        let better = better.map(|name| find(Some(name), &afterwards)).transpose()?;
        let row = SessionRow::new(self, &request.name, &request.settings)?;
        let job = &row.job;
        let folder = job.recording.folder.clone();
        super::create_private(&folder).map_err(|source| LibraryError::Folder { folder: folder.clone(), source })?;
        let options = SessionOptions {
            folder,
            name: Some(stem(job.recording.media.as_ref()).to_string_lossy().into_owned()),
            device: Some(request.device.clone()).filter(|name| !name.is_empty()),
            input: stand_in.input.clone(),
            speed: stand_in.speed,
            save_audio: Some(job.recording.media_path()),
            names: names.clone(),
        };
        let session = PreparedSession::new(options, settings, &model)?.open(model, listener)?;
        Ok(LiveSession { names, session, refine: better.map(|model| (model, afterwards)), row })
    }

    fn add_session(&self, name: &str, settings: &JobSettings) -> Result<JobKey, LibraryError> {
        // No part of a path.
        let name = name.trim().replace(['/', '\\'], "-");
        let name = if name.is_empty() { Zoned::now().strftime("Live %Y-%m-%d %H-%M").to_string() } else { name };
        let mut database = self.database();
        let transaction = database.transaction()?;
        let recording = jobs::add_own(&transaction, &format!("{name}.flac"), ("", 0))?;
        let key = jobs::add(&transaction, recording, settings, JobState::Live)?;
        transaction.commit()?;
        Ok(key)
    }

    /// Takes in what a session has left: its transcript, or the sound alone, which can be transcribed then. `None`: it has left nothing,
    /// and is not in the library any more.
    fn finish_session(&self, job: &Job) -> Result<Option<RecordingKey>, LibraryError> {
        let recording = &job.recording;
        // There is one if the session did not end properly. What can't be recovered leaves its sound.
        let journal = journal_of(&recording.transcript_path());
        let _ = journal.map(|journal| recover(journal, &()));
        let has_text = recording.transcript_path().is_file();
        // A journal that can't be finished, as on a full disk, stays, and is tried again later.
        let is_left = journal_of(&recording.transcript_path()).is_some();
        if is_left && job.state == JobState::Failed {
            return Ok(Some(recording.key));
        }
        let is_empty = !has_text && !is_left && !recording.media_path().is_file();
        if is_empty && self.delete(recording.key).is_ok() {
            return Ok(None);
        }
        // A transcript that can't be read is as good as none.
        let taken_in = has_text && self.adopt(recording.key).is_ok();
        let complete = |current: Current| current.transcript.completeness == Completeness::Complete;
        let whole = taken_in && self.current(recording.key).is_ok_and(complete);
        // Somebody may have had it transcribed meanwhile.
        if self.job(job.key)?.state != job.state {
            return Ok(Some(recording.key));
        }
        let failure = Failure { code: "session".into(), message: "the session did not end properly".into() };
        match whole {
            true => self.set_state(job.key, JobState::Done, None)?,
            false => self.set_state(job.key, JobState::Failed, Some(&failure))?,
        }
        Ok(Some(recording.key))
    }

    /// Whether a live session runs, or is being opened.
    pub(super) fn is_live(&self) -> bool {
        !self.sessions().is_empty()
    }

    /// Finishes sessions that run no more: those of a process that was killed, and those at whose end the database or the files could not be
    /// written; whether any has changed by that.
    ///
    /// # Errors
    /// [`LibraryError::Database`].
    pub(super) fn finish_sessions(&self) -> Result<bool, LibraryError> {
        let mut any = false;
        for job in self.ended_sessions()? {
            let is_left = || journal_of(&job.recording.transcript_path()).is_some();
            if job.state == JobState::Live || is_left() {
                self.finish_session(&job)?;
                any |= job.state == JobState::Live || !is_left();
            }
        }
        Ok(any)
    }

    /// Sessions that run no more and may have left something unfinished. None that has ended begins again.
    fn ended_sessions(&self) -> Result<Vec<Job>, LibraryError> {
        let sessions = self.sessions();
        let rest = format!("WHERE jobs.state IN ('live', 'failed') AND recordings.own AND {}", jobs::LATEST);
        let jobs = self.jobs_where(&rest, [])?;
        Ok(jobs.into_iter().filter(|job| !sessions.contains(&job.key)).collect())
    }
}

impl SessionRow {
    fn new(library: &Arc<Library>, name: &str, settings: &JobSettings) -> Result<SessionRow, LibraryError> {
        // Nobody may take it for one that has ended.
        let mut sessions = library.sessions();
        let job = library.job(library.add_session(name, settings)?)?;
        sessions.push(job.key);
        drop(sessions);
        Ok(SessionRow { library: library.clone(), job, begun: false })
    }
}

impl LiveSession {
    /// Controls for it.
    pub fn controls(&self) -> Controls {
        self.session.controls()
    }

    /// Runs it to its end. The recording that it has made is in the library then; `None`: it has made none.
    ///
    /// # Errors
    /// [`LibraryError::Database`]; its files are taken in as soon as the database can be written again.
    pub fn run(self, tokens: &SessionTokens, listener: &dyn Listener) -> Result<Option<RecordingKey>, LibraryError> {
        let LiveSession { session, refine, mut row, .. } = self;
        row.begun = true;
        // What it has done by then counts, also if it crashes.
        let _ = catch_unwind(AssertUnwindSafe(|| session.run(refine, tokens, listener)));
        row.library.finish_session(&row.job)
    }

    /// What the speakers 1, 2, … are called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What its recording is called.
    pub fn name(&self) -> &str {
        &self.row.job.recording.name
    }
}
