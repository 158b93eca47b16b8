//! A client that waits for a job.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

use super::error::ApiError;
use super::service::Service;
use crate::app::library::{Failure, Job, JobKey, JobState};
use crate::web::answer::aside;
use crate::web::site::News;

/// A job is looked at this often even if nothing has told of a change.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Wants the result of a job. Dropping it says that it is wanted no more.
pub(super) struct Waiter {
    pub(super) service: Arc<Service>,
    key: JobKey,
    /// Content and settings.
    subject: (String, String),
    news: watch::Receiver<News>,
    stopped: watch::Receiver<bool>,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Waiter {
    pub(super) fn new(
        service: Arc<Service>,
        key: JobKey,
        subject: (String, String),
        place: OwnedSemaphorePermit,
    ) -> Waiter {
        let (news, stopped) = (service.site.news.clone(), service.site.stopped.clone());
        Waiter { service, key, subject, news, stopped, ended: false, _place: place }
    }

    /// Waits until the job is done. It can be called again after it was dropped.
    ///
    /// # Errors
    /// If the job fails or is cancelled, or if the server ends.
    pub(super) async fn done(&mut self) -> Result<Job, ApiError> {
        loop {
            let seen = self.news.borrow_and_update().changes;
            let (service, key) = (self.service.clone(), self.key);
            let looked = aside(move || {
                let job = service.queue().library().job(key)?;
                let taken_up = job.state == JobState::Cancelled && service.take_up(key);
                Ok((job, taken_up))
            });
            let (job, taken_up) = looked.await.inspect_err(|_| self.ended = true)?;
            self.ended = !job.state.is_open() && !taken_up;
            match job.state {
                JobState::Done => return Ok(job),
                JobState::Failed => {
                    let unknown = Failure { code: "crashed".into(), message: String::new() };
                    return Err(job.failure.as_ref().unwrap_or(&unknown).into());
                }
                JobState::Cancelled if !taken_up => return Err(ApiError::cancelled()),
                _ => self.changed(seen).await?,
            }
        }
    }

    /// Waits until anything but progress has changed.
    async fn changed(&mut self, seen: u64) -> Result<(), ApiError> {
        let changed = pin!(self.news.wait_for(|news| news.changes != seen));
        let stopped = pin!(self.stopped.wait_for(|stopped| *stopped));
        match timeout(LOOK_EVERY, select(changed, stopped)).await {
            Ok(Either::Left((Ok(_), _))) | Err(_) => Ok(()),
            Ok(_) => Err(ApiError::ending()),
        }
    }

    /// Keeps why it failed: the client can't be told in this answer.
    pub(super) fn keep(&self, error: ApiError) {
        if !error.later {
            self.service.keep(self.subject.clone(), error);
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.service.leave(self.key, self.ended);
    }
}
