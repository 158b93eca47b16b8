//! Transcribing a recording again, in another way.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use maud::html;

use super::answer::{Answer, Failed, aside, data};
use super::form::{self, Choices};
use super::shell;
use super::site::Site;
use crate::app::library::{JobSettings, RecordingKey};
use crate::wording::app::{AppTexts, explained};

/// `GET recordings/7/again`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, move |site, recording, language| {
        let texts = AppTexts::of(language);
        let choices = Choices::read(site, language);
        let obstacle = site.library().check_again(recording.key).err().map(|error| match error.code() {
            "busy" => texts.again_open.to_owned(),
            "not_found" => texts.no_sound.to_owned(),
            "settings" => texts.again_other.to_owned(),
            code => explained(code, &error.to_string(), language),
        });
        let mut last = site.library().job_of(recording.key)?.settings;
        // What people have said of who speaks stays, unless they ask for something else.
        if site.library().current(recording.key).is_ok_and(|current| current.transcript.has_known_speakers()) {
            last.options.remove("speakers");
        }
        let body = html! {
            (shell::back_to(recording))
            section.card {
                h1 { (texts.again) }
                p { (texts.again_what) }
                @if let Some(obstacle) = obstacle {
                    p.notice role="alert" { (obstacle) }
                } @else if !choices.are_there() {
                    (form::no_model(texts))
                } @else {
                    form #transcribe-again data-to={ "recordings/" (key) "/again" } {
                        (choices.fields(&last, true)?)
                        p #again-problem.notice role="alert" hidden {}
                        p.buttons { button.primary type="submit" { (texts.again) } }
                    }
                }
            }
        };
        Ok((texts.again.to_owned(), body))
    })
    .await
}

/// `POST recordings/7/again`: with the settings of the new job.
pub(super) async fn start(State(site): State<Arc<Site>>, Path((_, key)): Path<(String, i64)>, body: Bytes) -> Answer {
    let settings: JobSettings = serde_json::from_slice(&body).map_err(|error| Failed::request(error.to_string()))?;
    aside(move || {
        let job = site.queue.transcribe_again(RecordingKey(key), &settings)?;
        Ok(data(&serde_json::json!({"job": job.0})))
    })
    .await
}
