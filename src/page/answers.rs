//! The server's answers to requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::header::{ACCEPT_LANGUAGE, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::watch;
use tokio::time::timeout;

use super::access::{Access, parameter};
use super::connections::Asker;
use super::feed::{CaptionFeed, Viewer};
use crate::wording::{self, Language, Refusal};

/// The longest time without an event for a viewer, so that both sides notice a lost connection. The page relies on it.
const BEAT: Duration = Duration::from_secs(15);

/// Headers of every answer. Each connection serves one request, so that none is kept idle.
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

const SCRIPT: &str = concat!("\"use strict\";\n", include_str!("../wording/language.js"), include_str!("captions.js"));

pub(super) struct Site {
    pub(super) access: Arc<Access>,
    pub(super) feed: CaptionFeed,
    /// Wakes viewers after a change of the feed.
    pub(super) news: watch::Sender<()>,
    /// True when viewers must disconnect.
    pub(super) stopped: watch::Receiver<bool>,
    page: String,
    ui_language: Option<Language>,
}

pub(super) async fn answer(
    State(site): State<Arc<Site>>,
    ConnectInfo(asker): ConnectInfo<Asker>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let mut response = site.answer(&asker, &method, &uri, &headers);
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

impl Site {
    /// `ui_language`: see [`PageOptions`](super::PageOptions).
    pub(super) fn new(
        access: Arc<Access>,
        feed: CaptionFeed,
        news: watch::Sender<()>,
        stopped: watch::Receiver<bool>,
        ui_language: Option<Language>,
    ) -> Site {
        Site { access, feed, news, stopped, page: page(ui_language), ui_language }
    }

    /// Passes on changes of the feed, so that publishing wakes one task and not each viewer.
    pub(super) async fn relay(&self) {
        let mut changes = self.feed.changes();
        while changes.changed().await.is_ok() {
            self.news.send_replace(());
        }
    }

    fn answer(self: &Arc<Site>, asker: &Asker, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
        let language = self.ui_language.unwrap_or_else(|| Language::accepted(accepted.unwrap_or_default()));
        // A whole address in the first line is for proxies; this is none.
        if uri.authority().is_some() || !self.access.is_for_us(headers) {
            return refusal(StatusCode::FORBIDDEN, Refusal::OtherAddress, language);
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, Refusal::Method, language);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let query = uri.query().unwrap_or_default();
        let known = self.access.knows_token(query);
        match uri.path() {
            "/captions.css" => text("text/css", include_str!("captions.css")),
            "/captions.js" => text("text/javascript", SCRIPT),
            "/" | "/events" if !known => refusal(StatusCode::FORBIDDEN, Refusal::Token, language),
            "/" => text("text/html", self.page.clone()),
            "/events" if *method == Method::HEAD => text("text/event-stream", ""),
            "/events" => {
                asker.becomes_viewer();
                self.events(headers, query, language)
            }
            _ => refusal(StatusCode::NOT_FOUND, Refusal::NoPage, language),
        }
    }

    fn events(self: &Arc<Site>, headers: &HeaderMap, query: &str, language: Language) -> Response {
        // The browser's own word is newer than what stood in the address when it first connected.
        let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let Some(viewer) = self.feed.join(header.or(parameter(query, "last")), self.news.subscribe()) else {
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, Refusal::Full, language);
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

/// The page with its strings.
fn page(ui_language: Option<Language>) -> String {
    let own = ui_language.unwrap_or_default();
    let languages = Language::ALL.into_iter().filter(|language| ui_language.is_none_or(|only| only == *language));
    let no_script: Vec<&str> = languages.map(|language| wording::live_page(language).no_script).collect();
    // In a script element nothing may look like its end.
    let texts = wording::live(ui_language).to_string().replace('<', "\\u003c");
    include_str!("captions.html")
        .replace("{lang}", own.code())
        .replace("{title}", wording::live_page(own).title)
        .replace("{no-script}", &no_script.join(" · "))
        .replace("{texts}", &texts)
}

fn text(kind: &'static str, text: impl Into<Body>) -> Response {
    // `text/…` needs its encoding told; an event stream is always UTF-8.
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text.into()).into_response()
}

fn refusal(status: StatusCode, why: Refusal, language: Language) -> Response {
    let text = format!("{}\n", wording::refusal(why, language));
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
