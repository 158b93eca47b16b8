//! The form of a request: a recording, and fields before and behind it, in any order.

use std::sync::Arc;

use super::error::ApiError;
use super::fields::{Task, Wanted, understood};
use super::service::Service;
use crate::app::library::Received;
use crate::web::upload::{Form, receive, text};

/// Bytes of all fields together, without the recording.
const LONGEST: usize = 1 << 20;
/// Fields, without the recording.
const MOST: usize = 10_000;

/// A request that has come in whole.
pub(super) struct Request {
    pub(super) received: Received,
    /// The name of the recording, as the client gave it; hostile.
    pub(super) name: String,
    pub(super) wanted: Wanted,
}

/// Reads a form. What has come of the recording is deleted unless everything is right.
///
/// # Errors
/// The form is none, breaks off, is too large, or asks for what there is not; as soon as that is known.
pub(super) async fn read(service: &Arc<Service>, mut form: Form, task: Task) -> Result<Request, ApiError> {
    let (mut fields, mut bytes, mut file) = (Vec::new(), 0, None);
    while let Some(field) = form.next().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.is_some() {
                return Err(ApiError::field("file", "there are two recordings in the form"));
            }
            // What is wrong before the recording is told before it has come.
            understood(&fields, task, service)?;
            let name = field.file_name().unwrap_or_default().to_owned();
            file = Some((receive(&service.site, field, service.options.largest).await?, name));
            continue;
        }
        let value = text(field).await?;
        bytes += name.len() + value.len();
        if bytes > LONGEST || fields.len() >= MOST {
            return Err(ApiError::new(axum::http::StatusCode::BAD_REQUEST, "too_large", "the fields are too long"));
        }
        fields.push((name, value));
    }
    let wanted = understood(&fields, task, service)?;
    let (received, name) = file.ok_or_else(|| ApiError::field("file", "there is no recording in the form"))?;
    if received.size == 0 {
        return Err(ApiError::field("file", "the recording is empty"));
    }
    Ok(Request { received, name, wanted })
}
