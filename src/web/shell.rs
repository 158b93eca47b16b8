//! What all pages of the application have in common: head, style, script, the bar at the top.

use std::sync::{Arc, LazyLock};

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;

use super::answer::{Answer, Failed, aside};
use super::site::Site;
use crate::app::library::{Recording, RecordingKey};
use crate::format::content_digest;
use crate::wording::Language;
use crate::wording::app::AppTexts;

const STYLE: &str = include_str!("app.css");
/// In the order of their dependencies, in one scope.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("page.js"),
    include_str!("live.js"),
    include_str!("meeting.js"),
    include_str!("minutes.js"),
    include_str!("choose.js"),
    include_str!("send.js"),
    include_str!("session.js"),
);

/// Only the style and the script of the page itself, by their digests; nothing from elsewhere.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        content_digest(SCRIPT),
        content_digest(STYLE),
    );
    // Nothing but ASCII.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// What differs from page to page.
pub(super) struct Shell<'a> {
    pub(super) language: Language,
    pub(super) title: &'a str,
    /// A heading that is heard but not seen; `None`: the page has its own.
    pub(super) heading: Option<&'a str>,
    /// What is in the field for searching.
    pub(super) search: &'a str,
}

/// A page with this content.
pub(super) fn page(site: &Site, shell: &Shell<'_>, body: &Markup) -> Response {
    let Shell { language, title, heading, search } = shell;
    let texts = AppTexts::of(*language);
    let base = site.base();
    let markup = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if *title != texts.title { " – " (texts.title) } }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body data-base=(base) {
                a.skip href="#main" { (texts.skip) }
                header.top {
                    a.mark href=(base) { (texts.title) }
                    form role="search" action={ (base) "search" } {
                        label.unseen for="search" { (texts.search_for) }
                        input #search type="search" name="q" value=(search) placeholder=(texts.search_for) autocomplete="off";
                    }
                    nav aria-label=(texts.about) {
                        a href={ (base) "live" } { (texts.live) }
                        a href={ (base) "models" } { (texts.models) }
                        a href={ (base) "about" } { (texts.about) }
                    }
                }
                main #main tabindex="-1" {
                    @if let Some(heading) = heading { h1.unseen { (heading) } }
                    noscript { p.notice { (texts.no_script) } }
                    // Until the script removes it, which a browser that is too old does not run.
                    p #old.notice { (texts.old_browser) }
                    p #lost.notice role="alert" hidden { (texts.lost) }
                    (body)
                }
                div #said.unseen role="status" {}
                script type="application/json" #texts { (PreEscaped(script_texts(texts, *language))) }
                script type="module" { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    (headers, markup.into_string()).into_response()
}

/// A part of a page, for a script that puts it in its place.
pub(super) fn fragment(markup: &Markup) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], markup.0.clone()).into_response()
}

/// Codes of what the script may have to tell.
const FAILURES: [&str; 22] = [
    "disk_full",
    "meeting",
    "settings",
    "request",
    "database",
    "not_writable",
    "unreadable",
    "restarted",
    "other",
    "crashed",
    "session_running",
    "microphone",
    "microphone_none",
    "microphone_busy",
    "microphone_denied",
    "no_model",
    "unknown_model",
    "model",
    "no_memory",
    "english_only",
    "processor",
    "glossary",
];

/// The texts that the script shows, as JSON in which nothing looks like the end of its element.
fn script_texts(texts: &AppTexts, language: Language) -> String {
    let failures: serde_json::Map<_, _> = FAILURES
        .into_iter()
        .map(|code| (code.to_owned(), crate::wording::app::failure(code, language).into()))
        .collect();
    let texts = json!({
        "dropHere": texts.drop_here, "dropNow": texts.drop_now, "chosen": texts.chosen, "chosenOne": texts.chosen_one,
        "removeFile": texts.remove_file, "filesMore": texts.files_more, "notRecordings": texts.not_recordings,
        "notRecordingsOne": texts.not_recordings_one,
        "uploading": texts.uploading, "uploadFailed": texts.upload_failed, "uploadAgain": texts.upload_again,
        "notifyTitle": texts.notify_title, "liveOpening": texts.live_opening,
        "liveNoted": texts.live_noted, "failures": failures,
    });
    texts.to_string().replace('<', "\\u003c")
}

/// A sheet with lines, as a `data:` URL.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1' y='1' \
    width='14' height='14' rx='4' fill='%230b57a4'/%3E%3Cpath d='M4 6h8M4 9h8M4 12h5' stroke='white' stroke-width='1.5' \
    fill='none' stroke-linecap='round'/%3E%3C/svg%3E";

/// A page about a recording, of which `make` gives the title and the content.
pub(super) async fn of_recording(
    site: Arc<Site>,
    key: i64,
    headers: HeaderMap,
    make: impl FnOnce(&Site, &Recording, Language) -> Result<(String, Markup), Failed> + Send + 'static,
) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let recording = site.library().recording(RecordingKey(key))?;
        let (title, body) = make(&site, &recording, language)?;
        Ok(page(&site, &Shell { language, title: &title, heading: None, search: "" }, &body))
    })
    .await
}

/// A link back to the page of a recording, from one below it.
pub(super) fn back_to(recording: &Recording) -> Markup {
    html! { p { a href={ "../" (recording.key.0) } { "‹ " span dir="auto" { (recording.name) } } } }
}
