//! What the answers need, and who waits for which job.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::ApiOptions;
use super::error::ApiError;
use super::form::Request;
use super::wait::Waiter;
use crate::app::library::{JobKey, Queue, Requester};
use crate::web::answer::aside;
use crate::web::site::Site;

/// Requests at once. Each needs a file, a connection and a megabyte of memory.
const MOST: usize = 32;
/// Failures that are kept for those who ask again.
const MOST_UNTOLD: usize = 256;
/// How often a job that nobody waits for is left to run because a recording is coming in, which may be the same.
const MOST_ROUNDS: usize = 60;

pub(super) struct Service {
    pub(super) site: Arc<Site>,
    pub(super) options: ApiOptions,
    places: Arc<Semaphore>,
    /// Recordings that are coming in.
    uploads: AtomicUsize,
    jobs: Mutex<HashMap<JobKey, Interest>>,
    /// Why jobs failed whose clients could not be told any more, by content and settings.
    untold: Mutex<HashMap<(String, String), ApiError>>,
}

/// Who wants the result of a job.
#[derive(Default)]
struct Interest {
    waiting: usize,
    /// How often somebody has left.
    left: u64,
    /// Whether it was begun for clients alone.
    ours: bool,
    /// Whether it was cancelled because nobody waited any more.
    given_up: bool,
}

/// Counts a recording while it comes in.
pub(super) struct Upload<'a>(&'a AtomicUsize);

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Service {
    pub(super) fn new(site: Arc<Site>, options: ApiOptions) -> Service {
        Service {
            site,
            options,
            places: Arc::new(Semaphore::new(MOST)),
            uploads: AtomicUsize::new(0),
            jobs: Mutex::default(),
            untold: Mutex::default(),
        }
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.site.queue
    }

    pub(super) fn needs_model(&self) -> bool {
        self.queue().needs_model()
    }

    /// A place for one more request.
    ///
    /// # Errors
    /// If there are too many.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.places.clone().try_acquire_owned().map_err(|_| ApiError::busy())
    }

    /// A recording begins to come in.
    pub(super) fn upload(&self) -> Upload<'_> {
        self.uploads.fetch_add(1, Ordering::Relaxed);
        Upload(&self.uploads)
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobKey, Interest>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins what is asked for, or joins the job that is there.
    ///
    /// # Errors
    /// If the library can't keep the recording, or if the same request has failed and nobody was told.
    pub(super) fn submit(
        self: &Arc<Service>,
        request: Request,
        place: OwnedSemaphorePermit,
    ) -> Result<Waiter, ApiError> {
        let Request { received, name, wanted } = request;
        let settings = wanted.settings;
        let subject = (received.sha256.clone(), settings.as_text());
        if let Some(error) = self.untold.lock().unwrap_or_else(PoisonError::into_inner).remove(&subject) {
            return Err(error);
        }
        // Nobody may give the job up in between.
        let mut jobs = self.jobs();
        let submitted = self.queue().submit(received, &name, &settings, Requester::Client)?;
        let interest = jobs.entry(submitted.key).or_default();
        interest.waiting += 1;
        interest.ours |= !submitted.joined;
        interest.given_up = false;
        drop(jobs);
        Ok(Waiter::new(self.clone(), submitted.key, subject, place))
    }

    /// Lets a job go on that was cancelled because nobody waited for it; whether it was.
    pub(super) fn take_up(&self, key: JobKey) -> bool {
        let mut jobs = self.jobs();
        let given_up = jobs.get_mut(&key).is_some_and(|interest| std::mem::take(&mut interest.given_up));
        given_up && self.queue().take_up(key).is_ok()
    }

    /// Keeps why a job failed for the client that asks again.
    pub(super) fn keep(&self, subject: (String, String), error: ApiError) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        if untold.len() >= MOST_UNTOLD {
            untold.clear();
        }
        untold.insert(subject, error);
    }

    /// Somebody waits no more for a job. When nobody has come back after a while, the job is cancelled.
    pub(super) fn leave(self: &Arc<Service>, key: JobKey, ended: bool) {
        let mut jobs = self.jobs();
        let Some(interest) = jobs.get_mut(&key) else { return };
        interest.waiting = interest.waiting.saturating_sub(1);
        interest.left += 1;
        let left = interest.left;
        if interest.waiting > 0 {
            return;
        }
        if ended || !interest.ours {
            jobs.remove(&key);
            return;
        }
        // When the server ends, the job stays in the queue.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(give_up(self.clone(), key, left));
        }
    }

    /// Cancels a job, unless somebody has come since `left`.
    fn cancel(&self, key: JobKey, left: u64) {
        let mut jobs = self.jobs();
        let Some(interest) = jobs.get_mut(&key).filter(|it| it.waiting == 0 && it.left == left) else { return };
        interest.given_up = self.queue().give_up(key).is_ok_and(|given_up| given_up);
        if !interest.given_up {
            jobs.remove(&key);
        }
    }
}

async fn give_up(service: Arc<Service>, key: JobKey, left: u64) {
    for _ in 0..MOST_ROUNDS {
        sleep(service.options.grace).await;
        if service.uploads.load(Ordering::Relaxed) == 0 {
            break;
        }
    }
    let _ = aside(move || {
        service.cancel(key, left);
        Ok(())
    })
    .await;
}

/// How the service behaves towards its clients.
impl Default for ApiOptions {
    fn default() -> ApiOptions {
        ApiOptions {
            largest: 8 << 30,
            hold: Duration::from_secs(15),
            beat: Duration::from_secs(5),
            grace: Duration::from_secs(30),
        }
    }
}
