//! Answers with a transcript: at once, or after blanks that keep a waiting client.

use std::convert::identity;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::time::timeout;

use super::error::ApiError;
use super::fields::{AnswerFormat, Shape};
use super::render::{event, events, rendered};
use super::wait::Waiter;
use crate::app::library::{Failure, Job};
use crate::import;
use crate::web::answer::aside;

/// Waits for the transcript and answers with it. Errors that come early have their status.
///
/// # Errors
/// If there will be none.
pub(super) async fn answer(mut waiter: Waiter, shape: Shape) -> Result<Response, ApiError> {
    let early = timeout(waiter.service.options.hold, waiter.done()).await;
    let content = match (early, blank(shape)) {
        (Ok(job), _) => content(job?, shape).await?.into(),
        (Err(_), None) => content(waiter.done().await?, shape).await?.into(),
        (Err(_), Some(blank)) => Body::from_stream(unfold(Some(waiter), move |waiter| later(waiter, shape, blank))),
    };
    Ok(([(CONTENT_TYPE, media_type(shape))], content).into_response())
}

/// What changes nothing before the answer; `None`: anything would.
fn blank(shape: Shape) -> Option<&'static str> {
    match shape.stream {
        true => Some(":\n\n"),
        false => shape.format.is_json().then_some(" "),
    }
}

fn media_type(shape: Shape) -> &'static str {
    match shape.format {
        _ if shape.stream => "text/event-stream",
        AnswerFormat::Text | AnswerFormat::Srt => "text/plain; charset=utf-8",
        AnswerFormat::Vtt => "text/vtt; charset=utf-8",
        _ => "application/json",
    }
}

/// The next part of an answer that has begun. An error after that ends an answer in JSON in the middle, so that no client takes it
/// for a transcript; who asks again is told why.
async fn later(
    waiter: Option<Waiter>,
    shape: Shape,
    blank: &'static str,
) -> Option<(io::Result<Bytes>, Option<Waiter>)> {
    let mut waiter = waiter?;
    let Ok(job) = timeout(waiter.service.options.beat, waiter.done()).await else {
        return Some((Ok(Bytes::from_static(blank.as_bytes())), Some(waiter)));
    };
    let content = match job {
        Ok(job) => content(job, shape).await,
        Err(error) => Err(error),
    };
    let part = match content {
        Ok(content) => Ok(content.into()),
        Err(error) if shape.stream => Ok(event("error", &error.body()).into()),
        Err(error) => {
            waiter.keep(error);
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    };
    Some((part, None))
}

/// The transcript of a job, written.
async fn content(job: Job, shape: Shape) -> Result<Vec<u8>, ApiError> {
    let written = aside(move || {
        let unreadable = || ApiError::from(&Failure { code: "transcript".into(), message: String::new() });
        let read = import::read(&job.recording.transcript_path()).map_err(|_| unreadable());
        let write = if shape.stream { events } else { rendered };
        Ok(read.and_then(|(transcript, _)| write(&transcript, shape).map_err(|_| unreadable())))
    });
    written.await.map_err(ApiError::from).and_then(identity)
}
