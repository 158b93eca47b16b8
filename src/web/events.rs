//! What changes, as server-sent events: `changed` if lists must be read again, and `progress` of the jobs that run.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::answer::aside;
use super::site::{News, Site};
use crate::app::library::{JobState, JobStatus};
use crate::wording::Language;

/// The longest time without an event, so that both sides notice a lost connection.
const BEAT: Duration = Duration::from_secs(15);
/// Between two events: nobody reads faster.
const PACE: Duration = Duration::from_millis(200);
/// Jobs whose progress is told, the first of the queue.
const MOST_JOBS: usize = 16;

/// `GET events`.
pub(super) async fn events(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let language = site.language(&headers);
    let viewer = Viewer { news: site.news.clone(), stopped: site.stopped.clone(), seen: None };
    let start = (viewer, site, "retry: 1000\n\n".to_owned());
    let events = unfold(start, move |(mut viewer, site, head)| async move {
        let text = head + &viewer.next(&site, language).await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), (viewer, site, String::new())))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}

struct Viewer {
    news: watch::Receiver<News>,
    stopped: watch::Receiver<bool>,
    /// `None` before the first event, which tells everything.
    seen: Option<News>,
}

impl Viewer {
    /// The next events; `None` when the server ends.
    async fn next(&mut self, site: &Arc<Site>, language: Language) -> Option<String> {
        if self.seen.is_some() {
            sleep(PACE).await;
            let changed = pin!(self.news.changed());
            let stopped = pin!(self.stopped.wait_for(|stopped| *stopped));
            match timeout(BEAT, select(changed, stopped)).await {
                Ok(Either::Left((Ok(()), _))) => {}
                Ok(_) => return None,
                Err(_) => return Some(":\n\n".into()),
            }
        }
        if *self.stopped.borrow() {
            return None;
        }
        let news = *self.news.borrow_and_update();
        let mut text = String::new();
        if self.seen.is_none_or(|seen| seen.changes != news.changes) {
            text += "event: changed\ndata: {}\n\n";
        }
        let site = site.clone();
        let progress = aside(move || {
            let running = site.library().open_jobs(MOST_JOBS)?.into_iter().filter(|job| job.state == JobState::Running);
            Ok(running.map(|job| told(&site.queue.with_progress(job), language)).collect::<Vec<Value>>())
        });
        // The database may answer the next time.
        let progress = progress.await.unwrap_or_default();
        text += &format!("event: progress\ndata: {}\n\n", Value::from(progress));
        self.seen = Some(news);
        Some(text)
    }
}

/// How far a job is, as its row in the list shows it.
fn told(status: &JobStatus, language: Language) -> Value {
    json!({
        "job": status.job.key.0,
        "fraction": super::list::fraction(status),
        "text": super::list::progress_text(status, language),
    })
}
