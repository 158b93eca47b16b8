//! Recordings that come in from a browser.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::StatusCode;
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

/// `POST recordings`: a form with the settings first, and then the recording.
pub(super) async fn upload(State(site): State<Arc<Site>>, mut form: Multipart) -> Answer {
    let mut settings = JobSettings::default();
    while let Some(field) = next(&mut form).await? {
        match field.name() {
            Some("settings") => {
                let text = text(field).await?;
                settings = serde_json::from_str(&text).map_err(|error| Failed::request(error.to_string()))?;
                settings.check()?;
            }
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let received = receive(&site, field).await?;
                let submitting = site.clone();
                let submitted =
                    aside(move || Ok(submitting.queue.submit(received, &name, &settings, Requester::Person)?)).await?;
                return Ok(data(&serde_json::json!({"job": submitted.key.0, "joined": submitted.joined})));
            }
            _ => {}
        }
    }
    Err(Failed::request("there is no file in the form"))
}

/// The next field of a form.
///
/// # Errors
/// If the form is none, or nothing comes for [`STALL`].
pub(super) async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Failed> {
    let field = timeout(STALL, form.next_field()).await.map_err(|_| stalled())?;
    field.map_err(|error| broken(&error))
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
/// If it breaks off or can't be written; nothing is left then.
pub(super) async fn receive(site: &Arc<Site>, mut field: Field<'_>) -> Result<Received, Failed> {
    let mut incoming = site.library().receive()?;
    let mut block = Vec::with_capacity(BLOCK);
    let mut failed = None;
    while let Some(chunk) = chunk(&mut field).await? {
        // The rest is still read, since a browser that sends hears no answer.
        if failed.is_some() {
            continue;
        }
        block.extend_from_slice(&chunk);
        if block.len() >= BLOCK {
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

async fn chunk(field: &mut Field<'_>) -> Result<Option<axum::body::Bytes>, Failed> {
    let chunk = timeout(STALL, field.chunk()).await.map_err(|_| stalled())?;
    chunk.map_err(|error| broken(&error))
}

/// The form is none, ends early, or is larger than its route takes.
fn broken(error: &MultipartError) -> Failed {
    Failed { status: error.status(), ..Failed::request(error.body_text()) }
}

fn stalled() -> Failed {
    let message = "nothing more has come of the request".into();
    Failed { status: StatusCode::REQUEST_TIMEOUT, code: "other", message }
}
