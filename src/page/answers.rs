//! What a browser gets for what it asks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::timeout;

use super::access::{Access, parameter};
use super::board::{Board, Viewer};

/// A viewer hears from us at least so often, so that both sides notice when the other is gone. The page relies on it.
const BEAT: Duration = Duration::from_secs(15);

/// For every answer. One connection serves one request, so that none can be kept without use.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("connection", "close"),
];

pub(super) struct Site {
    pub(super) access: Arc<Access>,
    pub(super) board: Board,
    /// Tells viewers to look at the board.
    pub(super) news: watch::Sender<()>,
    /// True when viewers are to go.
    pub(super) stopped: watch::Receiver<bool>,
}

pub(super) async fn answer(State(site): State<Arc<Site>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = site.answer(&method, &uri, &headers);
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

impl Site {
    /// Passes on what the board says, so that who publishes has one to wake, and not each viewer.
    pub(super) async fn relay(&self) {
        let mut changes = self.board.changes();
        while changes.changed().await.is_ok() {
            self.news.send_replace(());
        }
    }

    fn answer(self: &Arc<Site>, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        // A whole address in the first line is for proxies, and we are none.
        if uri.authority().is_some() || !self.access.is_for_us(headers) {
            return refusal(StatusCode::FORBIDDEN, "not for this address: open the one that transcribe shows");
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to send here");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let query = uri.query().unwrap_or_default();
        let known = self.access.knows_token(query);
        match uri.path() {
            "/captions.css" => text("text/css", include_str!("captions.css")),
            "/captions.js" => text("text/javascript", include_str!("captions.js")),
            "/" | "/events" if !known => {
                refusal(StatusCode::FORBIDDEN, "the token is missing or wrong: open the address that transcribe shows")
            }
            "/" => text("text/html", include_str!("captions.html")),
            "/events" if *method == Method::HEAD => text("text/event-stream", ""),
            "/events" => self.events(headers, query),
            _ => refusal(StatusCode::NOT_FOUND, "there is no such page"),
        }
    }

    fn events(self: &Arc<Site>, headers: &HeaderMap, query: &str) -> Response {
        // The browser's own word is newer than what stood in the address when it first connected.
        let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let Some(viewer) = self.board.join(header.or(parameter(query, "last")), self.news.subscribe()) else {
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, "too many viewers");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
            return response;
        };
        let start = (viewer, self.clone(), "retry: 1000\n\n".to_owned());
        let events = unfold(start, |(mut viewer, site, head)| async move {
            let text = head + &next(&mut viewer, &site.stopped).await?;
            Some((Ok::<_, Infallible>(Bytes::from(text)), (viewer, site, String::new())))
        });
        ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
    }
}

/// The next events, or a sign of life; `None` when it has seen everything and there will be no more.
async fn next(viewer: &mut Viewer, stopped: &watch::Receiver<bool>) -> Option<String> {
    loop {
        // Before looking, so that what was published before the end is seen.
        let end = *stopped.borrow();
        let text = viewer.read();
        if !text.is_empty() {
            return Some(text);
        }
        if end {
            return None;
        }
        if timeout(BEAT, viewer.news()).await.is_err() {
            // The comment is for what stands between; scripts see none, so there is an event for the page.
            return Some(":\n\nevent: beat\ndata: {}\n\n".into());
        }
    }
}

fn text(kind: &'static str, text: &'static str) -> Response {
    // `text/…` needs its encoding told; an event stream is always UTF-8.
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

fn refusal(status: StatusCode, why: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{why}\n")).into_response()
}
