//! A transcript as a file to keep or to pass on.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use maud::html;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{Answer, Failed, aside};
use super::drafts;
use super::review::{USUAL, format_name};
use super::shell;
use super::site::Site;
use crate::app::CancelToken;
use crate::app::jobs::{Rendering, render};
use crate::app::library::RecordingKey;
use crate::app::store::stem;
use crate::format::{Format, Style};
use crate::wording::app::AppTexts;

/// `GET recordings/7/export`: all formats.
pub(super) async fn formats(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, |_, recording, language| {
        let texts = AppTexts::of(language);
        let others = Format::ALL.into_iter().filter(|format| !USUAL.contains(format));
        let body = html! {
            (shell::back_to(recording))
            h1 { (texts.export) }
            ul.rows {
                @for format in USUAL.into_iter().chain(others) {
                    li.row {
                        div.what {
                            a.name href={ "export/" (format.name()) } download { (format_name(format, texts)) }
                            span.state { "." (format.extension()) }
                        }
                    }
                }
            }
            h2 { (texts.drafts) }
            p.quiet { (texts.drafts_what) }
            p.buttons { (drafts::links(".", texts)) }
        };
        Ok((recording.name.clone(), body))
    })
    .await
}

/// `GET recordings/7/export/docx`. A web page contains the sound, if it is there.
pub(super) async fn export(
    State(site): State<Arc<Site>>,
    Path((_, key, format)): Path<(String, i64, String)>,
) -> Answer {
    let format: Format =
        format.parse().map_err(|error: crate::format::UnknownFormat| Failed::request(error.to_string()))?;
    aside(move || {
        let recording = site.library().recording(RecordingKey(key))?;
        let current = site.library().current(recording.key)?;
        let style = Style { ui_language: site.only_language(), ..Style::default() };
        let media = recording.media_path();
        let parts = media.is_file().then(|| vec![media]);
        let rendering = Rendering { style: &style, word_times: true, embed: parts.as_deref() };
        let content = render(format, &current.transcript, &rendering, &CancelToken::new())
            .map_err(crate::app::library::LibraryError::from)?;
        let name = format!("{}.{}", stem(recording.name.as_ref()).to_string_lossy(), format.extension());
        Ok(attachment(&name, content))
    })
    .await
}

/// A file that the browser saves under this name.
pub(super) fn attachment(name: &str, content: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
    // Nothing but ASCII.
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = match name.rsplit('.').next() {
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("html") => "text/html; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, disposition)];
    (headers, content).into_response()
}
