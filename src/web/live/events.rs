//! A live session as server-sent events: captions as the page for a projector gets them, and `status` when that has changed.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::host::{End, Running};
use crate::live;
use crate::page::feed::Viewer;
use crate::web::site::Site;
use crate::web::words;
use crate::wording::Language;
use crate::wording::app::{AppTexts, failure, filled};

/// The longest time without an event, so that both sides notice a lost connection.
const BEAT: Duration = Duration::from_secs(15);
/// Between two looks at the level.
const PACE: Duration = Duration::from_millis(200);
/// Seconds that captions may be late without a word.
const LATE: f64 = 3.0;

/// `GET live/events`. Without a session, the browser is told not to ask again.
pub(in crate::web) async fn events(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let Some(running) = site.live.running() else { return StatusCode::NO_CONTENT.into_response() };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let Some(viewer) = running.heard.feed.join_as_owner(last) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (language, stopped) = (site.language(&headers), site.stopped.clone());
    let reader = Reader { viewer, running, stopped, language, told: String::new(), at: Instant::now() };
    let events = unfold((reader, "retry: 1000\n\n".to_owned()), |(mut reader, head)| async move {
        let text = head + &reader.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), (reader, String::new())))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}

struct Reader {
    viewer: Viewer,
    running: Arc<Running>,
    stopped: watch::Receiver<bool>,
    language: Language,
    /// The last status that was told; empty: none was.
    told: String,
    /// When something was told last.
    at: Instant,
}

impl Reader {
    /// The next events; `None` when the end was told, or the server ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            // Before looking, so that what came before the end is told.
            let ended = self.running.end().is_some();
            let mut text = self.viewer.read();
            let status = status(&self.running, self.language).to_string();
            if status != self.told {
                text += &format!("event: status\ndata: {status}\n\n");
                self.told = status;
            } else if ended && text.is_empty() || *self.stopped.borrow() {
                return None;
            } else if self.at.elapsed() >= BEAT {
                text += ":\n\n";
            }
            if !text.is_empty() {
                self.at = Instant::now();
                return Some(text);
            }
            let _ = timeout(PACE, self.viewer.news()).await;
        }
    }
}

/// How things are, for the page.
pub(super) fn status(running: &Running, language: Language) -> Value {
    let texts = AppTexts::of(language);
    let status = running.controls.status();
    let state = match status.state {
        live::State::Listening => texts.live_listening,
        live::State::Silent => texts.live_silent,
        live::State::Paused => texts.live_paused,
        live::State::Lost => texts.live_lost,
        live::State::Ended => texts.live_finishing,
    };
    let told = running.heard.told();
    let length = words::clock(status.position.seconds());
    let refining = told
        .refined
        .map(|done| filled(texts.live_refining, &[("done", &words::clock(done.seconds())), ("length", &length)]));
    let problems = [
        (told.not_saved, texts.live_not_saved),
        (told.not_written, texts.live_not_written),
        (told.captions_only, texts.live_captions_only),
        (told.not_refined && !running.is_left_as_it_is(), texts.live_not_refined),
        (told.no_voices, texts.live_no_voices),
    ];
    let problems: Vec<&str> = problems.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    let seconds = status.lag.seconds();
    let lag = (seconds > LATE && status.state != live::State::Ended)
        .then(|| filled(texts.live_lag, &[("n", &format!("{seconds:.0}"))]));
    let item = (status.item > 0).then(|| filled(texts.live_item_n, &[("n", &status.item.to_string())]));
    let (recording, failed) = match running.end() {
        Some(End::Recording(_)) if told.not_written => (None, Some(texts.live_not_finished)),
        Some(End::Recording(key)) => (Some(key.0), None),
        Some(End::Nothing(code)) => (None, Some(failure(code, language))),
        None => (None, None),
    };
    let projector = running.projector.lock().unwrap_or_else(PoisonError::into_inner);
    json!({
        "state": status.state,
        "text": refining.as_deref().unwrap_or(state),
        "refining": refining.is_some(),
        "clock": length,
        "level": status.loudness(),
        "more": item.into_iter().chain(lag).collect::<Vec<_>>().join(" · "),
        "speaker": status.speaker.map_or(0, |speaker| speaker.0),
        "problems": problems.join(" "),
        "projector": projector.as_ref().map(crate::page::Server::url),
        "recording": recording,
        "failed": failed,
    })
}
