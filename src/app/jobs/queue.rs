//! The queue of jobs, and the threads that run them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use super::run::run;
use super::{FinishedJob, Job};
use crate::app::models::LoadedModel;
use crate::app::store::Key;
use crate::app::{AppEvent, CancelToken, JobEvent, Listener, Settings};
use crate::pipeline::{self, Workers};

/// Jobs that are opened or written while others keep the workers busy.
const AHEAD: usize = 2;

/// Identifies a job within its queue, in the order in which jobs were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub usize);

/// Jobs that share the workers of a model.
pub struct Queue<'a, 'w> {
    pub(super) model: &'a LoadedModel,
    pub(super) workers: &'a Workers<'w>,
    pub(super) listener: &'a dyn Listener,
    cancel: &'a CancelToken,
    /// For the checkpoints, when the first is opened; `None`: there can be none.
    key: OnceLock<Option<Key>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<QueuedJob>,
    finished: VecDeque<FinishedJob>,
    added: usize,
    /// Jobs that [`Queue::next`] has given.
    taken: usize,
    closed: bool,
}

/// A job on its way.
pub(super) struct QueuedJob {
    pub(super) id: JobId,
    pub(super) job: Job,
    pub(super) settings: Arc<Settings>,
    pub(super) cancel: CancelToken,
}

/// A job that was added to a queue.
#[derive(Clone, Debug)]
pub struct JobHandle {
    /// Its number in the queue.
    pub id: JobId,
    cancel: CancelToken,
}

impl JobHandle {
    /// Cancels this job alone. What is transcribed so far is written.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

/// Puts the workers of `model` to work on a queue for as long as `work` takes, and until all jobs in it are done. `cancel`
/// cancels all jobs; `detect_languages`: whether some job leaves the language open.
pub fn with_queue<T>(
    model: &LoadedModel,
    detect_languages: bool,
    cancel: &CancelToken,
    listener: &dyn Listener,
    work: impl FnOnce(&Queue<'_, '_>) -> T,
) -> T {
    let mut recognisers = model.recognisers(detect_languages);
    let count = recognisers.workers.len();
    listener.event(&AppEvent::WorkersStarted { count });
    pipeline::with_workers(&mut recognisers, |workers| {
        let (key, state, changed) = (OnceLock::new(), Mutex::default(), Condvar::new());
        let queue = Queue { model, workers, listener, cancel, key, state, changed };
        thread::scope(|scope| {
            for _ in 0..count + AHEAD {
                scope.spawn(|| queue.run_jobs());
            }
            /// Lets the threads end, even if `work` panics.
            struct Closing<'a, 'w>(&'a Queue<'a, 'w>);
            impl Drop for Closing<'_, '_> {
                fn drop(&mut self) {
                    self.0.state().closed = true;
                    self.0.changed.notify_all();
                }
            }
            let _closing = Closing(&queue);
            work(&queue)
        })
    })
}

impl Queue<'_, '_> {
    /// Adds a job behind all others. Those that were added first have the workers first.
    pub fn add(&self, job: Job, settings: &Arc<Settings>) -> JobHandle {
        let mut state = self.state();
        let handle = JobHandle { id: JobId(state.added), cancel: self.cancel.child() };
        state.added += 1;
        let (settings, cancel) = (settings.clone(), handle.cancel.clone());
        state.waiting.push_back(QueuedJob { id: handle.id, job, settings, cancel });
        self.changed.notify_all();
        handle
    }

    /// Waits for the next job that ends, whichever it is; `None` when none is left.
    pub fn next(&self) -> Option<FinishedJob> {
        let state = self.state();
        let unfinished = |state: &mut State| state.finished.is_empty() && state.taken < state.added;
        let mut state = self.changed.wait_while(state, unfinished).unwrap_or_else(PoisonError::into_inner);
        let finished = state.finished.pop_front()?;
        state.taken += 1;
        Some(finished)
    }

    /// The key of this user. That there is none is told once.
    pub(super) fn key(&self) -> Option<Key> {
        let made = || Key::of_user().inspect_err(|error| self.listener.event(&AppEvent::NoKey(error))).ok();
        self.key.get_or_init(made).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread: one job after the other, until the queue is closed and empty.
    fn run_jobs(&self) {
        loop {
            let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
            let mut state = self.changed.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
            let Some(queued) = state.waiting.pop_front() else { return };
            drop(state);
            let finished = run(self, &queued);
            let (id, name) = (queued.id, queued.job.name.as_str());
            let event = JobEvent::Ended { error: finished.error.as_ref(), transcribed: finished.transcribed };
            let tell = || self.listener.event(&AppEvent::Job { id, name, event });
            // After a panic here, `next` would wait for ever.
            let _ = catch_unwind(AssertUnwindSafe(tell));
            self.state().finished.push_back(finished);
            self.changed.notify_all();
        }
    }
}
