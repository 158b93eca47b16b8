//! The models that clients can name.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::error::ApiError;
use super::service::Service;
use crate::models::{Installed, ModelKind, Store, by_name};
use crate::web::answer::{aside, data};

/// What clients ask for that know no other: the model that is best here.
const USUAL: &str = "whisper-1";

/// `GET /v1/models`.
pub(super) async fn list(State(service): State<Arc<Service>>) -> Result<Response, ApiError> {
    let models = aside(move || Ok(models(service.needs_model()))).await?;
    Ok(data(&json!({"object": "list", "data": models})))
}

/// `GET /v1/models/whisper-1`.
pub(super) async fn one(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let models = aside(move || Ok(models(service.needs_model()))).await?;
    let found = models.iter().find(|model| model["id"] == id.as_str());
    found.map(data).ok_or_else(|| ApiError { status: StatusCode::NOT_FOUND, ..unknown(&id) })
}

/// The installed ones, the best first, and the usual name of the best one.
fn models(needs_model: bool) -> Vec<Value> {
    let installed = installed();
    let best = installed.first().map(created);
    let model =
        |id: &str, created: u64| json!({"id": id, "object": "model", "created": created, "owned_by": "transcribe"});
    let mut all: Vec<Value> = installed.iter().map(|one| model(&one.model.name, created(one))).collect();
    if best.is_some() || !needs_model {
        all.push(model(USUAL, best.unwrap_or_default()));
    }
    all
}

fn installed() -> Vec<Installed> {
    let speech = |one: &Installed| one.whole() && one.model.kind == ModelKind::Speech;
    Store::of_user().installed().into_iter().filter(speech).collect()
}

/// When its file was written, in seconds since 1970; 0: not known.
fn created(one: &Installed) -> u64 {
    let modified = std::fs::metadata(&one.path).and_then(|file| file.modified()).ok();
    modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs())
}

/// The name of the model that is meant; empty: a script answers.
///
/// # Errors
/// If there is no such model, or none at all.
pub(super) fn chosen(given: &str, needs_model: bool) -> Result<String, ApiError> {
    let usual = given.is_empty() || given == USUAL || (given.starts_with("gpt-") && given.contains("transcribe"));
    let installed = installed();
    if let Some(one) = installed.iter().find(|one| one.model.name == given) {
        return Ok(one.model.name.clone());
    }
    match installed.first() {
        Some(best) if usual => Ok(best.model.name.clone()),
        None if usual && !needs_model => Ok(String::new()),
        None if usual => {
            Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "no_model", "no model is installed on this server"))
        }
        _ if is_own(given) => Ok(given.to_owned()),
        _ => Err(unknown(given)),
    }
}

/// Whether it is a model that the user has made, in a model folder; never a file elsewhere.
fn is_own(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let file = format!("ggml-{name}.bin");
    let found = || Store::of_user().find(name).is_ok_and(|path| path.file_name().is_some_and(|name| *name == *file));
    plain && by_name(name).is_err() && found()
}

fn unknown(given: &str) -> ApiError {
    let given: String = given.chars().filter(|c| !c.is_control()).take(100).collect();
    let message = format!("there is no model `{given}` on this server");
    ApiError { param: Some("model"), ..ApiError::new(StatusCode::BAD_REQUEST, "model_not_found", message) }
}
