//! What went wrong, in the form that OpenAI's clients read.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::library::{Failure, LibraryError};
use crate::web::answer::{Failed, data};
use crate::wording::Language;
use crate::wording::app::failure;

/// Seconds after which a client may try again what can succeed then.
const LATER: u64 = 5;

/// Why a request gets no transcript.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    /// For programs; it keeps its meaning.
    pub(super) code: String,
    /// For people, in English, without transcript text.
    pub(super) message: String,
    /// The field that is wrong; `None`: it is about none.
    pub(super) param: Option<&'static str>,
    /// Whether the same request can succeed in a while.
    pub(super) later: bool,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> ApiError {
        ApiError { status, code: code.into(), message: message.into(), param: None, later: false }
    }

    /// A field has a value that it can't have.
    pub(super) fn field(param: &'static str, message: impl Into<String>) -> ApiError {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "invalid_value", message);
        ApiError { param: Some(param), ..error }
    }

    /// No token, or none that is known.
    pub(super) fn token() -> ApiError {
        let message = "a valid token is needed: `Authorization: Bearer TOKEN`";
        ApiError::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
    }

    /// More than the server takes.
    pub(super) fn too_large() -> ApiError {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the recording is larger than this server takes")
    }

    /// The server ends; the work goes on when it is started again.
    pub(super) fn ending() -> ApiError {
        let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server is being stopped");
        ApiError { later: true, ..error }
    }

    /// As many requests as the server takes are being answered.
    pub(super) fn busy() -> ApiError {
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", "too many requests at once");
        ApiError { later: true, ..error }
    }

    /// Somebody has cancelled the work.
    pub(super) fn cancelled() -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "cancelled", "the transcription was cancelled")
    }

    /// The body of the answer, or of an event.
    pub(super) fn body(&self) -> Value {
        let kind = match self.status.as_u16() {
            429 => "rate_limit_error",
            ..500 => "invalid_request_error",
            _ => "server_error",
        };
        json!({"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}})
    }
}

/// The recording's fault is the request's, anything else the server's.
impl From<&Failure> for ApiError {
    fn from(failed: &Failure) -> ApiError {
        let code = failed.code.as_str();
        let status = match code {
            "empty" | "no_audio" | "needs_ffmpeg" | "damaged" | "no_such_track" | "english_only" | "glossary"
            | "unknown_model" => StatusCode::BAD_REQUEST,
            "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let param = match code {
            "english_only" | "unknown_model" => Some("model"),
            "glossary" => Some("keywords"),
            _ if status == StatusCode::BAD_REQUEST => Some("file"),
            _ => None,
        };
        // The message of the job names files of the server.
        ApiError { param, ..ApiError::new(status, code, failure(code, Language::English)) }
    }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> ApiError {
        match error {
            LibraryError::Settings(message) => ApiError::new(StatusCode::BAD_REQUEST, "invalid_value", message),
            LibraryError::Unknown => ApiError::cancelled(),
            error => ApiError::from(&Failure { code: error.code().into(), message: String::new() }),
        }
    }
}

impl From<Failed> for ApiError {
    fn from(failed: Failed) -> ApiError {
        match failed.status {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(),
            status if status.is_client_error() => ApiError::new(status, failed.code, failed.message),
            _ => ApiError::from(&Failure { code: failed.code.into(), message: String::new() }),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = data(&self.body());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        match self.later {
            true => headers.insert(RETRY_AFTER, HeaderValue::from(LATER)),
            false => headers.insert("x-should-retry", HeaderValue::from_static("false")),
        };
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
