//! The library: recordings, jobs and versions of transcripts that this program keeps for a person.
//!
//! What is known of them lies in an SQLite database in the library's folder; recordings and transcripts are ordinary files beside it, or
//! where the person has them. One process at a time works with a folder. A job runs in a process of its own, so that a recording
//! that brings it down costs only itself; [`Queue`] starts them, and starts them again after a crash.

mod again;
mod child;
mod database;
mod decisions;
mod error;
mod folder;
mod job_settings;
mod jobs;
mod live;
mod meeting;
mod names;
mod queue;
mod recordings;
mod requests;
mod search;
#[cfg(test)]
mod testing;
mod tokens;
mod upload;
mod versions;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::files::LockFile;

pub use child::Runner;
pub use error::LibraryError;
pub use folder::{FolderContent, Opened};
pub use job_settings::JobSettings;
pub use jobs::{Failure, Job, JobKey, JobState};
pub use live::{LiveRequest, LiveSession, StandIn};
pub use meeting::parse as parse_meeting;
pub use queue::{JobStatus, Progress, Queue, Watcher};
pub use recordings::{Recording, RecordingKey};
pub use requests::{Requester, Submitted};
pub use search::{Found, SHORTEST};
pub use tokens::{Token, Tokens};
pub use upload::{Incoming, Received};
pub use versions::{Current, Saved, Version, VersionKey, Window};

/// The name of the database in its folder.
const DATABASE: &str = "library.sqlite";

/// A folder with recordings, transcripts and the database about them, locked for this process.
pub struct Library {
    folder: PathBuf,
    database: Mutex<Connection>,
    /// Held while a transcript's file is read or written together with its versions.
    saving: Mutex<()>,
    /// Jobs of the live sessions of this process. Held while a row of one is begun or put right.
    sessions: Mutex<Vec<JobKey>>,
    /// How long what programs send is kept after their jobs; not known before a queue is started.
    keep_uploads: OnceLock<Duration>,
    _lock: LockFile,
}

impl Library {
    /// The folder of this user's library; `None` if this user has no home folder. On Windows it is one that is not copied to a server when
    /// the user signs out.
    pub fn folder_of_user() -> Option<PathBuf> {
        use etcetera::BaseStrategy as _;
        let user = etcetera::base_strategy::choose_native_strategy().ok()?;
        let data = if cfg!(windows) { user.cache_dir() } else { user.data_dir() };
        Some(data.join("transcribe").join("app"))
    }

    /// Whether there is a library in `folder`.
    pub fn exists(folder: &Path) -> bool {
        folder.join(DATABASE).is_file()
    }

    /// Opens the library in `folder`, which is created if it is missing, and puts right what a process that was killed left behind.
    ///
    /// # Errors
    /// [`LibraryError::Running`] if another process works with it, [`LibraryError::Newer`] if a newer version of this program made it,
    /// [`LibraryError::Folder`] or [`LibraryError::Database`] if it can't be read or written.
    pub fn open(folder: &Path) -> Result<Library, LibraryError> {
        let failed = |source| LibraryError::Folder { folder: folder.into(), source };
        create_private(folder).map_err(failed)?;
        let folder = fs::canonicalize(folder).map_err(failed)?;
        let lock = LockFile::acquire(folder.join("lock")).map_err(failed)?;
        let lock = lock.ok_or_else(|| LibraryError::Running { folder: folder.clone() })?;
        for inner in [recordings::FOLDER, upload::FOLDER] {
            create_private(&folder.join(inner)).map_err(failed)?;
        }
        let database = database::open(&folder.join(DATABASE))?;
        let library = Library {
            folder,
            database: Mutex::new(database),
            saving: Mutex::default(),
            sessions: Mutex::default(),
            keep_uploads: OnceLock::new(),
            _lock: lock,
        };
        library.recover()?;
        Ok(library)
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database. Whoever holds it waits for nothing else.
    fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saving(&self) -> MutexGuard<'_, ()> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<JobKey>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what a process that was killed had begun: uploads that are whole become jobs, others are deleted, jobs that ran
    /// wait, and live sessions are finished.
    fn recover(&self) -> Result<(), LibraryError> {
        self.finish_arrivals()?;
        self.delete_leftovers()?;
        self.finish_sessions()?;
        self.requeue_running()
    }
}

/// Creates a folder that this user alone can read.
fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
