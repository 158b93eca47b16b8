//! OpenAI's audio API: what programs already speak that have recordings transcribed.
//!
//! `docs/openapi.json` describes it, `docs/api.md` says how it differs. A request becomes a job of the library's queue; the same
//! content with the same settings joins the job that is there, for clients that wait too short a time send it again.

mod access;
mod answer;
mod error;
mod fields;
mod form;
mod models;
mod render;
mod service;
mod wait;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, get, post};

use self::error::ApiError;
use self::fields::Task;
use self::service::Service;
use super::answer::aside;
use super::site::Site;
use super::upload::Form;

/// How the API behaves towards its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiOptions {
    /// Bytes of the largest recording.
    pub largest: u64,
    /// How long an answer waits for the transcript before it begins with blanks; an error until then has its own status.
    pub hold: Duration,
    /// Between two blanks.
    pub beat: Duration,
    /// How long a job goes on that nobody waits for any more. A client that asks again needs some seconds.
    pub grace: Duration,
}

/// Adds the routes of the API, which have guards of their own.
pub(super) fn router(site: Arc<Site>, options: ApiOptions) -> Router {
    let service = Arc::new(Service::new(site, options));
    // The form itself is read piece by piece.
    let largest = options.largest.saturating_add(access::REST);
    let largest = DefaultBodyLimit::max(usize::try_from(largest).unwrap_or(usize::MAX));
    Router::new()
        .route("/v1/audio/transcriptions", post(transcribe).layer(largest))
        .route("/v1/audio/translations", post(translate).layer(largest))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::one))
        .route("/v1/{*other}", any(missing))
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(service.clone(), access::with_token))
        .with_state(service)
}

/// `POST /v1/audio/transcriptions`.
async fn transcribe(
    State(service): State<Arc<Service>>,
    form: Result<Form, MultipartRejection>,
) -> Result<Response, ApiError> {
    work(service, form, Task::Transcribe).await
}

/// `POST /v1/audio/translations`.
async fn translate(
    State(service): State<Arc<Service>>,
    form: Result<Form, MultipartRejection>,
) -> Result<Response, ApiError> {
    work(service, form, Task::Translate).await
}

async fn work(service: Arc<Service>, form: Result<Form, MultipartRejection>, task: Task) -> Result<Response, ApiError> {
    let place = service.place()?;
    let form =
        form.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "invalid_form", "a multipart form is expected"))?;
    let upload = service.upload();
    let request = form::read(&service, form, task).await?;
    let shape = request.wanted.shape;
    let submitting = service.clone();
    let waiter = aside(move || Ok(submitting.submit(request, place))).await??;
    drop(upload);
    answer::answer(waiter, shape).await
}

async fn missing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such route")
}

async fn not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "the route is asked in another way")
}
