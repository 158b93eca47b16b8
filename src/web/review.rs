//! A transcript: the review page, which saves changes as they are made, and its earlier versions.

use std::io;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Failed, aside, data};
use super::drafts;
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::Error;
use crate::app::library::{LibraryError, Recording, RecordingKey, VersionKey, Window};
use crate::format::{self, Format, Served, Style};
use crate::wording::Language;
use crate::wording::app::{AppTexts, explained, filled};

/// What people save most, in this order; the others are behind a link.
pub(super) const USUAL: [Format; 6] = [Format::Docx, Format::Txt, Format::Html, Format::Srt, Format::Vtt, Format::Csv];
/// The rules of the page itself are in it. These are for what it can't forbid.
const POLICY: &str = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// `GET recordings/7`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    let (language, key) = (site.language(&headers), RecordingKey(key));
    aside(move || {
        let recording = site.library().recording(key)?;
        let current = match site.library().current(key) {
            Ok(current) => current,
            Err(error) => return missing(&site, &recording, &error, language),
        };
        let mut transcript = current.transcript;
        transcript.recording.name.clone_from(&recording.name);
        let style = Style {
            media: Some(format!("{}/media", key.0)),
            ui_language: site.only_language(),
            served: Some(Served {
                bar: bar(&recording, AppTexts::of(language)).into_string(),
                save: format!("{}/edits?version={}", key.0, current.version.0),
            }),
            ..Style::default()
        };
        let mut page = Vec::new();
        format::write(Format::Html, &transcript, &style, &mut page)?;
        Ok(([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)], page).into_response())
    })
    .await
}

/// Links above the heading of a transcript.
fn bar(recording: &Recording, texts: &AppTexts) -> Markup {
    let key = recording.key.0;
    html! {
        nav.app aria-label=(texts.actions_bar) {
            a href="../" { "‹ " (texts.back) }
            details {
                summary { (texts.export) }
                div.menu {
                    @for format in USUAL {
                        a href={ (key) "/export/" (format.name()) } download { (format_name(format, texts)) }
                    }
                    (drafts::links(&key.to_string(), texts))
                    a href={ (key) "/export" } { (texts.export_all) }
                }
            }
            a href={ (key) "/minutes" } { (texts.minutes) }
            a href={ (key) "/meeting" } { (texts.meeting) }
            a href={ (key) "/again" } { (texts.again) }
            a href={ (key) "/versions" } { (texts.versions) }
            a href={ (key) "/delete" } { (texts.delete) }
        }
        @if !recording.media_path().is_file() { p.lost role="status" { (texts.no_sound) } }
    }
}

/// What a format is called where people choose one.
pub(super) fn format_name(format: Format, texts: &AppTexts) -> &'static str {
    match format {
        Format::Docx => texts.export_docx,
        Format::Txt => texts.export_txt,
        Format::Html => texts.export_html,
        Format::Srt => texts.export_srt,
        Format::Vtt => texts.export_vtt,
        Format::Csv => texts.export_csv,
        Format::Json => texts.export_json,
        other => other.name(),
    }
}

/// The page of a transcript whose file is gone or can't be read.
fn missing(site: &Site, recording: &Recording, error: &LibraryError, language: Language) -> Answer {
    let texts = AppTexts::of(language);
    let gone =
        matches!(error, LibraryError::Other(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound);
    let kept = site.library().latest_version(recording.key).ok();
    let key = recording.key.0;
    let body = html! {
        section.card {
            h1 dir="auto" { (recording.name) }
            @if let (true, Some(version)) = (gone, kept) {
                h2 { (texts.missing_title) }
                p { (filled(texts.missing_what, &[("file", &recording.transcript_path().display().to_string())])) }
                form.buttons method="post" action={ (key) "/versions/" (version.0) } {
                    button.primary type="submit" { (texts.missing_restore) }
                    a.button href={ (key) "/delete" } { (texts.missing_remove) }
                }
            } @else {
                p.problem { (explained(if gone { "unknown" } else { error.code() }, &error.to_string(), language)) }
                p.buttons { a.button href={ (key) "/delete" } { (texts.missing_remove) } }
            }
        }
    };
    let mut page = shell::page(site, &Shell { language, title: &recording.name, heading: None, search: "" }, &body);
    *page.status_mut() = if gone { StatusCode::NOT_FOUND } else { StatusCode::INTERNAL_SERVER_ERROR };
    Ok(page)
}

/// Which window sends changes, and the version that it shows.
#[derive(Debug, Deserialize)]
pub(super) struct Sender {
    session: String,
    version: Option<i64>,
}

/// `POST recordings/7/edits?version=5&session=…`: all changes of a window so far.
pub(super) async fn save(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    Query(Sender { session, version }): Query<Sender>,
    body: Bytes,
) -> Answer {
    if session.is_empty() || session.len() > 64 || !session.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Failed::request("this is no name of a window"));
    }
    aside(move || {
        let edits = String::from_utf8(body.into()).map_err(|_| Failed::request("the changes are no text"))?;
        let window = Window { session: &session, version: version.map(VersionKey) };
        let saved = site.library().save(RecordingKey(key), &window, &edits).map_err(|error| match error {
            // What can't be right at the next attempt either.
            LibraryError::Other(Error::Transcript { .. }) => Failed::request(error.to_string()),
            LibraryError::Other(Error::Read { .. }) => Failed { status: StatusCode::GONE, ..error.into() },
            error => error.into(),
        })?;
        Ok(data(&json!({
            "version": saved.version.0, "elsewhere": saved.elsewhere, "conflicts": saved.conflicts,
        })))
    })
    .await
}

/// `GET recordings/7/versions`.
pub(super) async fn versions(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, |site, recording, language| {
        let texts = AppTexts::of(language);
        let versions = site.library().versions(recording.key)?;
        let last = versions.len().saturating_sub(1);
        let body = html! {
            (shell::back_to(recording))
            h1 { (texts.versions) }
            ul.rows {
                @for (n, version) in versions.iter().enumerate() {
                    li.row {
                        div.what {
                            span.name { (filled(texts.version_of, &[("time", &words::date(version.saved, language))])) }
                            @if n == 0 { span.state { (texts.version_now) } }
                            @else if n == last { span.state { (texts.version_first) } }
                        }
                        @if n > 0 {
                            form.actions method="post" action={ "versions/" (version.key.0) } {
                                button type="submit" { (texts.version_restore) }
                            }
                        }
                    }
                }
            }
        };
        Ok((texts.versions.to_owned(), body))
    })
    .await
}

/// `POST recordings/7/versions/12`: makes it the current one again.
pub(super) async fn restore(
    State(site): State<Arc<Site>>,
    Path((_, key, version)): Path<(String, i64, i64)>,
) -> Result<Response, Failed> {
    aside(move || {
        site.library().restore(RecordingKey(key), VersionKey(version))?;
        Ok(Redirect::to(&format!("{}recordings/{key}", site.base())).into_response())
    })
    .await
}
