//! What is known of the meeting that a recording is of: a text to fill in, or to load from a file.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use serde::Deserialize;

use super::answer::{Answer, Failed, aside, data};
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::app::library::{LibraryError, Recording, RecordingKey, parse_meeting};
use crate::meeting::{Meeting, TEMPLATE};
use crate::wording::Language;
use crate::wording::app::{AppTexts, explained, filled};

/// What the form on the page sends.
#[derive(Debug, Deserialize)]
pub(super) struct Entered {
    /// The content of the file; empty: it is to be deleted.
    text: String,
    /// Whether somebody has read what is deleted.
    #[serde(default)]
    sure: bool,
}

/// `POST meeting`: whether this can be used, and what is in it.
pub(super) async fn check(State(site): State<Arc<Site>>, headers: HeaderMap, text: String) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let meeting = parse_meeting(&text)?;
        Ok(data(&serde_json::json!({"text": summary(&meeting, language)})))
    })
    .await
}

/// `GET recordings/7/meeting`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, |site, recording, language| {
        let text = site.library().meeting_text(recording.key)?;
        let known = if text.is_empty() { Ok(None) } else { recording.meeting() };
        let told = match &known {
            Ok(known) => Ok(known.as_ref().map(|meeting| summary(meeting, language))),
            Err(error) => Err(explained(error.code(), &error.to_string(), language)),
        };
        Ok((AppTexts::of(language).meeting.to_owned(), form(recording, &text, &told, language)))
    })
    .await
}

/// `POST recordings/7/meeting`.
pub(super) async fn save(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
    Form(Entered { text, sure }): Form<Entered>,
) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        // As browsers end the lines of what they send.
        let text = text.replace("\r\n", "\n");
        let recording = site.library().recording(RecordingKey(key))?;
        if text.trim().is_empty() && !sure && recording.meeting_path().is_file() {
            return Ok(shell::page(&site, &shell_of(language), &asked(&recording, language)));
        }
        match site.library().set_meeting(recording.key, &text) {
            Ok(()) => Ok(Redirect::to(&format!("{}recordings/{key}/meeting", site.base())).into_response()),
            Err(LibraryError::Unknown) => Err(LibraryError::Unknown.into()),
            Err(error) => {
                let told = Err(explained(error.code(), &error.to_string(), language));
                let mut page = shell::page(&site, &shell_of(language), &form(&recording, &text, &told, language));
                *page.status_mut() = Failed::from(error).status.max(StatusCode::BAD_REQUEST);
                Ok(page)
            }
        }
    })
    .await
}

fn shell_of(language: Language) -> Shell<'static> {
    Shell { language, title: AppTexts::of(language).meeting, heading: None, search: "" }
}

/// Asks whether the file is to be deleted.
fn asked(recording: &Recording, language: Language) -> Markup {
    let texts = AppTexts::of(language);
    let file = recording.meeting_path().display().to_string();
    html! {
        (shell::back_to(recording))
        section.card {
            h1 { (texts.meeting_remove_sure) }
            p dir="auto" { (filled(texts.meeting_remove_file, &[("file", &file)])) }
            // Its folder is the person's own, and may hold other recordings.
            @if !recording.own { p { (texts.meeting_remove_all) } }
            form.buttons method="post" {
                input type="hidden" name="text" value="";
                input type="hidden" name="sure" value="true";
                button.danger type="submit" { (texts.delete_sure) }
                a.button href="meeting" { (texts.keep) }
            }
        }
    }
}

/// The form with this content; `told`: what is in it, or what is wrong with it.
fn form(recording: &Recording, text: &str, told: &Result<Option<String>, String>, language: Language) -> Markup {
    let texts = AppTexts::of(language);
    let shown = if text.is_empty() { TEMPLATE } else { text };
    html! {
        (shell::back_to(recording))
        h1 { (texts.meeting) }
        p { (texts.meeting_what) }
        @match told {
            Ok(None) => {}
            Ok(Some(known)) => p #known.notice.good role="status" dir="auto" { (known) },
            Err(problem) => p #wrong.notice role="alert" dir="auto" { (problem) },
        }
        form #meeting method="post" {
            p.buttons {
                button #load type="button" data-file="meeting-file" { (texts.meeting_load) }
                input #meeting-file type="file" accept=".toml,.json,.txt" hidden aria-label=(texts.meeting_load);
            }
            label for="meeting-text" { (texts.meeting_text) }
            textarea #meeting-text name="text" rows="22" spellcheck="false" autocomplete="off" { "\n" (shown) }
            p.buttons { button.primary type="submit" { (texts.save) } }
        }
        @if !text.is_empty() {
            form.buttons method="post" {
                input type="hidden" name="text" value="";
                button.danger #remove type="submit" { (texts.meeting_remove) }
            }
        }
    }
}

/// What is known, in one line.
fn summary(meeting: &Meeting, language: Language) -> String {
    let texts = AppTexts::of(language);
    let date = meeting.date.map(|date| words::day(date, language));
    let counted = |count: usize, one, many| (count > 0).then(|| words::counted(count, one, many, language));
    let facts = [
        Some(meeting.body.clone()).filter(|body| !body.is_empty()),
        date,
        counted(meeting.persons.len(), texts.meeting_person, texts.meeting_persons),
        counted(meeting.agenda.len(), texts.meeting_item, texts.meeting_items),
        counted(meeting.terms().len(), texts.meeting_term, texts.meeting_terms),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    if facts.is_empty() { texts.meeting_empty.into() } else { facts.join(" · ") }
}
