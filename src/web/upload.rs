//! Recordings that come in from a browser.

use std::sync::Arc;
use std::time::Duration;

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::answer::{Answer, Failed, aside, data};
use super::site::Site;
use crate::app::library::{Incoming, JobSettings, Received, Requester};

/// How long nothing may come of a recording that is on its way.
const STALL: Duration = Duration::from_secs(60);
/// Bytes that are written at a time.
const BLOCK: usize = 1 << 20;
/// Bytes of a field that is no recording.
const LONGEST_FIELD: usize = 1 << 20;

/// Bytes that may come until a field begins: its header, and what came in one piece with it.
const LONGEST_HEADER: usize = 4 << 20;

/// A form that is read piece by piece, in little memory: [`Multipart`] alone keeps a header until it ends.
pub(super) struct Form {
    fields: Multipart,
    /// Bytes that may still come of what is being read.
    room: Arc<AtomicUsize>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = MultipartRejection;

    async fn from_request(request: Request, state: &S) -> Result<Form, MultipartRejection> {
        let room = Arc::new(AtomicUsize::new(LONGEST_HEADER));
        let left = room.clone();
        let within = move |chunk: Result<Bytes, axum::Error>| {
            let chunk = chunk?;
            let take = |room: usize| room.checked_sub(chunk.len());
            match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
                Ok(_) => Ok(chunk),
                Err(_) => Err(axum::Error::new("the header of a field is too long")),
            }
        };
        let request = request.map(|body| Body::from_stream(body.into_data_stream().map(within)));
        Ok(Form { fields: Multipart::from_request(request, state).await?, room })
    }
}

impl Form {
    /// The next field; the one before must have been read to its end.
    ///
    /// # Errors
    /// If the form is none, nothing comes for [`STALL`], or a header is longer than [`LONGEST_HEADER`].
    pub(super) async fn next(&mut self) -> Result<Option<Field<'_>>, Failed> {
        self.room.store(LONGEST_HEADER, Ordering::Relaxed);
        let field = timeout(STALL, self.fields.next_field()).await.map_err(|_| stalled())?;
        self.room.store(usize::MAX, Ordering::Relaxed);
        field.map_err(|error| broken(&error))
    }
}

/// `POST recordings`: a form with the settings first, and then the recording.
pub(super) async fn upload(State(site): State<Arc<Site>>, mut form: Form) -> Answer {
    let mut settings = JobSettings::default();
    while let Some(field) = form.next().await? {
        match field.name() {
            Some("settings") => {
                let text = text(field).await?;
                settings = serde_json::from_str(&text).map_err(|error| Failed::request(error.to_string()))?;
                settings.check()?;
            }
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let received = receive(&site, field, u64::MAX).await?;
                let submitting = site.clone();
                let submitted =
                    aside(move || Ok(submitting.queue.submit(received, &name, &settings, Requester::Person)?)).await?;
                return Ok(data(&serde_json::json!({"job": submitted.key.0, "joined": submitted.joined})));
            }
            _ => drop(text(field).await?),
        }
    }
    Err(Failed::request("there is no file in the form"))
}

/// The text of a field that is no recording.
///
/// # Errors
/// If it is too long, is no text, or does not arrive.
pub(super) async fn text(mut field: Field<'_>) -> Result<String, Failed> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(&mut field).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST_FIELD {
            return Err(Failed::request("a field is too long"));
        }
    }
    String::from_utf8(bytes).map_err(|_| Failed::request("a field is no text"))
}

/// Writes the content of a field to the disk as it arrives, in little memory.
///
/// # Errors
/// If it breaks off, is larger than `largest` bytes or can't be written; nothing is left then.
pub(super) async fn receive(site: &Arc<Site>, mut field: Field<'_>, largest: u64) -> Result<Received, Failed> {
    let mut incoming = site.library().receive()?;
    let mut block = Vec::with_capacity(BLOCK);
    let mut failed = None;
    while let Some(chunk) = chunk(&mut field).await? {
        // The rest is still read, since a browser that sends hears no answer.
        if failed.is_some() {
            continue;
        }
        block.extend_from_slice(&chunk);
        if incoming.size() + block.len() as u64 > largest {
            failed = Some(too_large());
            incoming = site.library().receive()?;
        } else if block.len() >= BLOCK {
            match write(incoming, std::mem::take(&mut block)).await {
                Ok((written, empty)) => (incoming, block) = (written, empty),
                Err(error) => {
                    failed = Some(error);
                    incoming = site.library().receive()?;
                }
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let (incoming, _) = write(incoming, block).await?;
    aside(move || Ok(incoming.finish()?)).await
}

/// Writes a block, beside what else the server does; gives back its room.
async fn write(mut incoming: Incoming, mut block: Vec<u8>) -> Result<(Incoming, Vec<u8>), Failed> {
    aside(move || {
        incoming.write(&block)?;
        block.clear();
        Ok((incoming, block))
    })
    .await
}

async fn chunk(field: &mut Field<'_>) -> Result<Option<Bytes>, Failed> {
    let chunk = timeout(STALL, field.chunk()).await.map_err(|_| stalled())?;
    chunk.map_err(|error| broken(&error))
}

/// The form is none, ends early, or is larger than its route takes.
fn broken(error: &MultipartError) -> Failed {
    // What the library takes for a fault of the server is one of the stream.
    let status = if error.status().is_server_error() { StatusCode::BAD_REQUEST } else { error.status() };
    Failed { status, ..Failed::request(error.body_text()) }
}

fn too_large() -> Failed {
    let message = "the recording is larger than this server takes".into();
    Failed { status: StatusCode::PAYLOAD_TOO_LARGE, code: "other", message }
}

fn stalled() -> Failed {
    let message = "nothing more has come of the request".into();
    Failed { status: StatusCode::REQUEST_TIMEOUT, code: "other", message }
}
