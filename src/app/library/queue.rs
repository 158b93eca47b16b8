//! The queue: starts a process for each job, several at once as cores and memory allow, and tells how far they are.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::child::{GIVEN_UP, Runner, Stop};
use super::{Job, JobKey, JobSettings, JobState, Library, LibraryError, Opened, RecordingKey};
use crate::app::models::{cores, free_memory};
use crate::models::{Header, Store};

/// Where the files of jobs lie while they run.
pub(super) const FOLDER: &str = "jobs";
/// Cores that one job puts to good use; what has more runs several at once.
const CORES_OF_A_JOB: usize = 4;
/// Jobs at once, whatever the computer has.
const MOST_AT_ONCE: usize = 8;
/// How long a job waits for a process that works on the same recording, perhaps one of a server that was killed.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(1);

/// Between two looks for what is left to do.
const TIDY_EVERY: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// What is called when a job has changed: anything of it, or only its [`Progress`]. It must return at once.
pub type Watcher = Box<dyn Fn(JobKey, bool) + Send + Sync>;

/// Runs the jobs of a library, until it is closed.
pub struct Queue {
    pub(super) library: Arc<Library>,
    pub(super) runner: Runner,
    state: Mutex<State>,
    /// Something has changed that may let a job begin or end.
    pub(super) wake: Condvar,
    watchers: Mutex<Vec<Watcher>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) running: HashMap<JobKey, Running>,
    /// Jobs that are to wait until then.
    pub(super) later: HashMap<JobKey, Instant>,
    /// Jobs that a person has asked for since the queue was started: nobody else gives them up.
    pub(super) wanted: HashSet<JobKey>,
    /// Recordings that are being deleted: for everybody else, they are gone.
    pub(super) deleting: HashSet<RecordingKey>,
    /// When it was last looked for sessions that could not be finished when they ended, and for what is to be deleted.
    tidied: Option<Instant>,
    /// No further job begins.
    held: bool,
    closing: bool,
}

pub(super) struct Running {
    pub(super) progress: Progress,
    /// `None` until the process was started.
    pub(super) stop: Option<Stop>,
    /// What becomes of the job when its process has ended early; `None`: it was not asked to.
    pub(super) requested: Option<JobState>,
}

/// How far a running job is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Whether the recording is open, so that the work has begun.
    pub begun: bool,
    /// Whether the text is written, and voices are being told apart, from the beginning once more.
    pub voices: bool,
    /// Seconds that are done.
    pub position: f64,
    /// Seconds of the recording; `None`: not known.
    pub length: Option<f64>,
    /// Seconds that it will take; `None`: not known yet.
    pub left: Option<u64>,
}

/// A job, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatus {
    /// The job.
    pub job: Job,
    /// How far it is; `None` unless it runs.
    pub progress: Option<Progress>,
}

impl Queue {
    /// Begins to run the jobs of `library`.
    ///
    /// # Errors
    /// [`LibraryError::Folder`] if the files for jobs can't be written, [`LibraryError::Database`].
    pub fn start(library: Arc<Library>, runner: Runner) -> Result<Arc<Queue>, LibraryError> {
        let folder = library.folder().join(FOLDER);
        let failed = |source| LibraryError::Folder { folder: folder.clone(), source };
        // What a process that was killed has left, with names and terms that somebody has entered.
        let _ = fs::remove_dir_all(&folder);
        super::create_private(&folder).map_err(failed)?;
        fs::write(folder.join("none.toml"), "").map_err(failed)?;
        // What has ended without a queue is kept as long as what ends now.
        if let Ok(time) = Timestamp::now().checked_add(*library.keep_uploads.get_or_init(|| runner.keep_uploads)) {
            library.set_missing_deletions(time)?;
        }
        let queue = Arc::new(Queue {
            library,
            runner,
            state: Mutex::default(),
            wake: Condvar::new(),
            watchers: Mutex::default(),
            thread: Mutex::default(),
        });
        let own = queue.clone();
        let thread = thread::Builder::new().name("queue".into()).spawn(move || own.run()).map_err(failed)?;
        *queue.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(queue)
    }

    /// The library that it works for.
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    /// Whether jobs need a model to be installed.
    pub fn needs_model(&self) -> bool {
        self.runner.needs_model
    }

    /// Has `watcher` called at each change.
    pub fn watch(&self, watcher: Watcher) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
    }

    /// Opens a folder of this computer, as [`Library::open_folder`] does.
    ///
    /// # Errors
    /// As there.
    pub fn open_folder(&self, folder: &Path, also_others: Option<&JobSettings>) -> Result<Opened, LibraryError> {
        let opened = self.library.open_folder(folder, also_others)?;
        self.changed(JobKey(0));
        Ok(opened)
    }

    /// A job, and how far it is.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`] if it is deleted.
    pub fn status(&self, key: JobKey) -> Result<JobStatus, LibraryError> {
        self.library.job(key).map(|job| self.with_progress(job))
    }

    /// A job with how far it is.
    pub fn with_progress(&self, job: Job) -> JobStatus {
        let progress = self.state().running.get(&job.key).map(|running| running.progress);
        JobStatus { job, progress }
    }

    /// Whether no further job begins.
    pub fn is_held(&self) -> bool {
        self.state().held
    }

    /// Lets no further job begin, or lets them begin again.
    pub fn hold(&self, held: bool) {
        self.state().held = held;
        self.changed(JobKey(0));
    }

    /// Ends all processes in order, so that their jobs go on when the library is opened again. Takes as long as they need to write what
    /// is done, at most 20 s; those that take longer are killed.
    pub fn close(&self) {
        self.state().closing = true;
        self.wake.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.map(JoinHandle::join);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job has changed, or all may have.
    pub(super) fn changed(&self, key: JobKey) {
        self.wake.notify_all();
        self.tell(key, false);
    }

    pub(super) fn tell(&self, key: JobKey, progress: bool) {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|watcher| watcher(key, progress));
    }

    /// The life of the queue: begins jobs until it is closed, then ends those that run.
    fn run(self: &Arc<Queue>) {
        let mut state = self.state();
        while !state.closing {
            state.running.values().flat_map(|running| &running.stop).for_each(Stop::kill_if_late);
            if state.tidied.is_none_or(|tidied| tidied.elapsed() >= TIDY_EVERY) {
                state.tidied = Some(Instant::now());
                drop(state);
                // Which takes long for a long session: nobody waits for it.
                if self.library.finish_sessions().unwrap_or_default() {
                    self.tell(JobKey(0), false);
                }
                state = self.state();
                self.delete_outdated();
                continue;
            }
            let began = !state.held && self.begin_next(&mut state);
            if !began {
                state = self.wake.wait_timeout(state, BUSY_WAIT).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        for running in state.running.values_mut() {
            running.requested.get_or_insert(JobState::Waiting);
            running.stop.iter_mut().for_each(Stop::ask);
        }
        // What the system can't end does not hold up the end.
        let end = Instant::now() + GIVEN_UP;
        while !state.running.is_empty() && Instant::now() < end {
            state.running.values().flat_map(|running| &running.stop).for_each(Stop::kill_if_late);
            state = self.wake.wait_timeout(state, BUSY_WAIT).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Deletes what programs have sent, when its time is over. Called with the state held: nobody has it go on meanwhile.
    fn delete_outdated(&self) {
        let now = Timestamp::now();
        for key in self.library.outdated(now).unwrap_or_default() {
            // What can't be deleted now may be later.
            if self.library.delete_if_outdated(key, now).is_ok() {
                self.tell(JobKey(0), false);
            }
        }
    }

    /// Begins the next job if there is one, and room for it.
    pub(super) fn begin_next(self: &Arc<Queue>, state: &mut State) -> bool {
        let now = Instant::now();
        state.later.retain(|_, until| *until > now);
        let most = self.runner.most_at_once.unwrap_or((usize::from(cores()) / CORES_OF_A_JOB).clamp(1, MOST_AT_ONCE));
        // What is said in a live session is said once; everything else can wait.
        if self.library.is_live() || state.running.len() >= most {
            return false;
        }
        let without: Vec<JobKey> = state.running.keys().chain(state.later.keys()).copied().collect();
        // What the database can't tell now it may tell later.
        let Ok(Some(job)) = self.library.next_waiting(&without) else { return false };
        // A process may have finished it whose server was killed.
        if self.library.is_finished(&job).unwrap_or_default() {
            let adopted = self.library.adopt(job.recording.key);
            let state_of = if adopted.is_ok() { JobState::Done } else { JobState::Failed };
            let done = self.library.set_state(job.key, state_of, None);
            self.tell(job.key, false);
            return done.is_ok();
        }
        let alone = self.library.count(&[JobState::Waiting, JobState::Running]).is_ok_and(|count| count <= 1);
        let threads = if alone { usize::from(cores()) } else { (usize::from(cores()) / most).max(1) };
        if !state.running.is_empty() && !has_room(&job, threads) {
            return false;
        }
        if self.library.begin(&job).is_err() {
            state.later.insert(job.key, now + BUSY_WAIT);
            return true;
        }
        let key = job.key;
        state.running.insert(key, Running { progress: Progress::default(), stop: None, requested: None });
        let queue = self.clone();
        let spawned = thread::Builder::new().name("job".into()).spawn(move || queue.work(&job, threads));
        if spawned.is_err() {
            state.running.remove(&key);
            let _ = self.library.set_state(key, JobState::Waiting, None);
            state.later.insert(key, now + BUSY_WAIT);
        }
        true
    }
}

/// Whether the memory allows one more job beside others.
fn has_room(job: &Job, threads: usize) -> bool {
    let path = job.settings.options.get("model").map(|name| Store::of_user().find(name));
    let header = path.and_then(Result::ok).and_then(|path| Header::read(&path).ok());
    header.is_none_or(|header| header.memory(threads as u32 + 1) <= free_memory())
}
