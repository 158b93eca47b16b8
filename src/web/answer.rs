//! Answers: pages, texts and data.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Error;
use crate::app::library::LibraryError;
use crate::wording::{self, Language, Refusal};

/// What a handler gives: an answer, or what went wrong.
pub(super) type Answer = Result<Response, Failed>;

/// Something went wrong that its user is told, by a code and a text.
pub(super) struct Failed {
    pub(super) status: StatusCode,
    /// One of [`LibraryError::code`], or of this module's own.
    pub(super) code: &'static str,
    /// In English, for what the code does not say.
    pub(super) message: String,
}

impl Failed {
    /// What was asked for makes no sense.
    pub(super) fn request(message: impl Into<String>) -> Failed {
        Failed { status: StatusCode::BAD_REQUEST, code: "request", message: message.into() }
    }
}

impl From<LibraryError> for Failed {
    fn from(error: LibraryError) -> Failed {
        let status = match &error {
            LibraryError::Unknown => StatusCode::NOT_FOUND,
            // What a person has written there.
            LibraryError::Settings(_) | LibraryError::Other(Error::Meeting { .. }) => StatusCode::BAD_REQUEST,
            _ if error.code() == "busy" => StatusCode::CONFLICT,
            _ if error.code() == "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Failed { status, code: error.code(), message: error.to_string() }
    }
}

impl From<std::io::Error> for Failed {
    fn from(source: std::io::Error) -> Failed {
        LibraryError::Folder { folder: "library".into(), source }.into()
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut error = serde_json::json!({"code": self.code, "message": self.message});
        // A page shows the reason where the code does not say enough.
        if self.code == "meeting" {
            error["german"] = wording::reason(&self.message, Language::German).into();
        }
        let mut response = data(&serde_json::json!({"error": error}));
        *response.status_mut() = self.status;
        response
    }
}

/// JSON.
pub(super) fn data(value: &impl Serialize) -> Response {
    // What is written here is maps with text keys.
    let text = serde_json::to_string(value).unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Nothing more is to be said.
pub(super) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A text that says why a request is refused.
pub(super) fn refused(status: StatusCode, why: Refusal, language: Language) -> Response {
    let text = format!("{}\n", wording::refusal(why, language));
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], Body::from(text)).into_response()
}

/// Runs what takes a while beside the other answers.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failed { status: StatusCode::INTERNAL_SERVER_ERROR, code: "crashed", message: "internal error".into() })
    })
}
