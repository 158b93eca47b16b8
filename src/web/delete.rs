//! Deleting a recording, after a look at what goes.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use maud::html;

use super::answer::{Answer, aside, done};
use super::shell;
use super::site::Site;
use crate::app::library::RecordingKey;
use crate::app::store::file_name;
use crate::wording::app::{AppTexts, filled};

/// `GET recordings/7/delete`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, |site, recording, language| {
        let texts = AppTexts::of(language);
        let files = site.library().files_of(recording.key)?;
        let title = filled(texts.delete_title, &[("name", &recording.name)]);
        let folder = recording.folder.display().to_string();
        let values = [("folder", folder.as_str())];
        let body = html! {
            section.card {
                h1 dir="auto" { (&title) }
                @if recording.own {
                    p { (filled(texts.delete_files, &values)) }
                    ul.filelist { @for file in &files { li dir="auto" { (file_name(file)) } } }
                    p.quiet { (texts.delete_copy) }
                } @else {
                    p { (texts.delete_what) " " (filled(texts.delete_elsewhere, &values)) }
                }
                form.buttons method="post" {
                    button.danger type="submit" { (texts.delete_sure) }
                    a.button href=(site.base()) { (texts.keep) }
                }
            }
        };
        Ok((title, body))
    })
    .await
}

/// `POST recordings/7/keep`: what a program sent is not deleted when its time is over.
pub(super) async fn keep(State(site): State<Arc<Site>>, Path((_, key)): Path<(String, i64)>) -> Answer {
    aside(move || {
        site.library().keep(RecordingKey(key))?;
        site.changed();
        Ok(done())
    })
    .await
}

/// `POST recordings/7/delete`.
pub(super) async fn delete(State(site): State<Arc<Site>>, Path((_, key)): Path<(String, i64)>) -> Answer {
    aside(move || {
        site.queue.delete(RecordingKey(key))?;
        Ok(Redirect::to(&site.base()).into_response())
    })
    .await
}
