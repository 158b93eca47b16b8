//! Live sessions of a library: each makes a recording in a folder of its own, from its first second on, and its transcript beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

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

/// A session that is ready to run.
pub struct LiveSession {
    job: Job,
    names: Vec<String>,
    session: Session,
}

impl Library {
    /// Opens the microphone and loads the model of a live session, which is in the library from now on.
    ///
    /// # Errors
    /// [`LibraryError::Settings`], those of models and microphones, and of writing. Nothing is left of it in the library then.
    pub fn open_session(
        &self,
        request: &LiveRequest,
        stand_in: &StandIn,
        listener: &dyn Listener,
    ) -> Result<LiveSession, LibraryError> {
        let resolved = request.settings.resolved()?;
        let names = request.people.lines().filter(|line| !line.trim().is_empty()).map(speaker_name);
        let names = names.collect::<Result<Vec<_>, _>>().map_err(|error| LibraryError::Settings(error.message))?;
        let threads = Some(session::threads(None));
        let settings = Settings { formats: vec![Format::Json], threads, ..resolved };
        let model = match &stand_in.script {
            Some(script) => SelectedModel::Scripted(Scripted::load(script)?),
            None => SelectedModel::find(settings.model.as_deref(), &settings, listener)?,
        };
        let job = self.job(self.add_session(&request.name, &request.settings)?)?;
        let options = SessionOptions {
            folder: job.recording.folder.clone(),
            name: Some(stem(job.recording.media.as_ref()).to_string_lossy().into_owned()),
            device: Some(request.device.clone()).filter(|name| !name.is_empty()),
            input: stand_in.input.clone(),
            speed: stand_in.speed,
            save_audio: Some(job.recording.media_path()),
            names: names.clone(),
        };
        let open = || PreparedSession::new(options, settings, &model)?.open(model, listener);
        match open() {
            Ok(session) => Ok(LiveSession { job, names, session }),
            Err(error) => {
                let _ = self.delete(job.recording.key);
                Err(error.into())
            }
        }
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
        drop(database);
        let folder = self.recording(recording)?.folder;
        if let Err(source) = super::create_private(&folder) {
            let _ = self.delete(recording);
            return Err(LibraryError::Folder { folder, source });
        }
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
        // A journal that can't be finished, as on a full disk, is tried again when the library is opened the next time.
        let is_left = journal_of(&recording.transcript_path()).is_some();
        let is_empty = !has_text && !is_left && !recording.media_path().is_file();
        if is_empty && self.delete(recording.key).is_ok() {
            return Ok(None);
        }
        // A transcript that can't be read is as good as none.
        let taken_in = has_text && self.adopt(recording.key).is_ok();
        let complete = |current: Current| current.transcript.completeness == Completeness::Complete;
        let whole = taken_in && self.current(recording.key).is_ok_and(complete);
        let failure = Failure { code: "session".into(), message: "the session did not end properly".into() };
        match whole {
            true => self.set_state(job.key, JobState::Done, None)?,
            false => self.set_state(job.key, JobState::Failed, Some(&failure))?,
        }
        Ok(Some(recording.key))
    }

    /// Finishes the sessions of a process that was killed.
    pub(super) fn finish_sessions(&self) -> Result<(), LibraryError> {
        for job in self.jobs_where("WHERE jobs.state IN ('live', 'failed')", [])? {
            let is_left = || journal_of(&job.recording.transcript_path()).is_some();
            if job.state == JobState::Live || is_left() {
                self.finish_session(&job)?;
            }
        }
        Ok(())
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
    /// [`LibraryError::Database`]; its files are taken in when `library`, from which it is, is opened the next time.
    pub fn run(
        self,
        library: &Library,
        tokens: &SessionTokens,
        listener: &dyn Listener,
    ) -> Result<Option<RecordingKey>, LibraryError> {
        let LiveSession { job, session, .. } = self;
        // What it has done by then counts, also if it crashes.
        let _ = catch_unwind(AssertUnwindSafe(|| session.run(None, tokens, listener)));
        library.finish_session(&job)
    }

    /// What the speakers 1, 2, … are called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What its recording is called.
    pub fn name(&self) -> &str {
        &self.job.recording.name
    }
}
