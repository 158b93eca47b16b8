//! Folders of this computer: what was transcribed in them is opened where it is, and recordings need not be copied.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::answer::{Answer, Failed, aside};
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::app::library::{FolderContent, JobSettings};
use crate::app::store::file_name;
use crate::models::Store;
use crate::wording::Language;
use crate::wording::app::{AppTexts, filled};

/// Which folder.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    path: String,
    /// Whether recordings without a transcript are transcribed.
    #[serde(default)]
    also: bool,
}

/// `GET folder?path=…`: what is in it, and the way to others.
pub(super) async fn page(State(site): State<Arc<Site>>, Query(place): Query<Place>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let texts = AppTexts::of(language);
        let folder = match place.path.as_str() {
            "" => home(),
            path => PathBuf::from(path),
        };
        let shown = folder.display().to_string();
        let body = html! {
            section.card {
                h1 { (texts.open_folder) }
                p.quiet { (texts.open_folder_why) }
                h2 dir="auto" { (filled(texts.folder_here, &[("folder", &shown)])) }
                @match FolderContent::read(&folder) {
                    Ok(content) => { (found(&folder, &content, language)) (ways(&folder, &content, texts)) }
                    Err(_) => { p.problem role="alert" { (texts.folder_unreadable) } (ways(&folder, &FolderContent::default(), texts)) }
                }
            }
        };
        Ok(shell::page(&site, &Shell { language, title: texts.open_folder, heading: None, search: "" }, &body))
    })
    .await
}

/// What can be opened.
fn found(folder: &Path, content: &FolderContent, language: Language) -> Markup {
    let texts = AppTexts::of(language);
    let counted = |count, one, many| words::counted(count, one, many, language);
    let (transcripts, recordings) = (content.transcripts.len(), content.recordings.len());
    html! {
        @if transcripts + recordings == 0 { p { (texts.folder_empty) } }
        @else {
            p {
                (counted(transcripts, texts.folder_transcripts_one, texts.folder_transcripts)) ", "
                (counted(recordings, texts.folder_recordings_one, texts.folder_recordings))
            }
            form.buttons method="post" {
                input type="hidden" name="path" value=(folder.display());
                @if transcripts > 0 {
                    button.primary type="submit" name="also" value="false" { (texts.folder_take) }
                }
                @if recordings > 0 {
                    button type="submit" name="also" value="true" { (texts.folder_take_also) }
                }
            }
        }
    }
}

/// Links to the folder around it, and to those in it.
fn ways(folder: &Path, content: &FolderContent, texts: &AppTexts) -> Markup {
    let link = |path: &Path| format!("folder?path={}", utf8_percent_encode(&path.to_string_lossy(), NON_ALPHANUMERIC));
    html! {
        ul.folders {
            @if let Some(parent) = folder.parent() { li { a href=(link(parent)) { "↑ " (texts.folder_up) } } }
            @for inner in &content.folders { li { a href=(link(inner)) dir="auto" { (file_name(inner)) } } }
        }
    }
}

/// `POST folder`.
pub(super) async fn open(State(site): State<Arc<Site>>, Form(place): Form<Place>) -> Answer {
    aside(move || {
        let folder = PathBuf::from(&place.path);
        if !folder.is_absolute() {
            return Err(Failed::request("the path of a folder is expected"));
        }
        let model = Store::of_user().best().map(|best| best.model.name.clone()).unwrap_or_default();
        let settings = JobSettings::default().with("model", &model);
        site.queue.open_folder(&folder, place.also.then_some(&settings))?;
        Ok(Redirect::to(&site.base()).into_response())
    })
    .await
}

/// Where looking begins.
fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"))
}
