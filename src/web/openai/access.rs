//! Who is let in: programs with a token, from anywhere. A browser never sends it by itself, so that neither a page of another site
//! nor a name that points here can use it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    AUTHORIZATION, CONTENT_LENGTH, EXPECT, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::error::ApiError;
use super::service::Service;
use crate::app::library::Tokens;
use crate::page::connections::Asker;
use crate::web::answer::aside;
use crate::web::guard::with_headers;

/// Programs that ask as pages in a browser do: Obsidian.
const ORIGINS: [&str; 1] = ["app://obsidian.md"];
/// Bytes of a form besides the recording.
pub(super) const REST: u64 = 2 << 20;
/// How much of a request is still read whose answer is known, and for how long.
const LINGER_BYTES: usize = 64 << 20;
const LINGER: Duration = Duration::from_secs(10);

/// Lets in whoever has a token.
pub(super) async fn with_token(
    State(service): State<Arc<Service>>,
    ConnectInfo(asker): ConnectInfo<Asker>,
    request: Request,
    next: Next,
) -> Response {
    let origin = known_origin(request.headers());
    if request.method() == Method::OPTIONS
        && let Some(origin) = &origin
    {
        return with_headers(preflight(origin));
    }
    let request = lingering(request);
    let mut response = match let_in(&service, request.headers().clone()).await {
        Ok(()) => {
            asker.becomes_viewer();
            let mut response = next.run(request).await;
            if let Some(origin) = origin {
                response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
            response
        }
        Err(error) => error.into_response(),
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    with_headers(response)
}

async fn let_in(service: &Service, headers: HeaderMap) -> Result<(), ApiError> {
    let token = bearer(&headers).ok_or_else(ApiError::token)?.to_owned();
    let tokens = Tokens::of(service.site.library().folder());
    if !aside(move || Ok(tokens.know(&token)?)).await? {
        return Err(ApiError::token());
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length.is_some_and(|length| length > service.options.largest.saturating_add(REST)) {
        true => Err(ApiError::too_large()),
        false => Ok(()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn known_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ORIGIN).filter(|origin| ORIGINS.iter().any(|known| origin.as_bytes() == known.as_bytes())).cloned()
}

/// The question of a browser whether it may ask, to which it adds no token.
fn preflight(origin: &HeaderValue) -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type")),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
        (VARY, HeaderValue::from_static("Origin")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The request, of which a part is still read when its answer is known: a client that sends hears no answer, and if the connection
/// is closed with something unread, the answer is lost.
fn lingering(request: Request) -> Request {
    // Who waits to be told to go on is not sending.
    if request.headers().contains_key(EXPECT) {
        return request;
    }
    request.map(|body| Body::from_stream(Lingering { body: Some(body.into_data_stream()) }))
}

struct Lingering {
    /// `None` after its end.
    body: Option<BodyDataStream>,
}

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = body.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(timeout(LINGER, read_on(body)));
        }
    }
}

async fn read_on(mut body: BodyDataStream) {
    let mut count = 0;
    while let Some(Ok(bytes)) = body.next().await {
        count += bytes.len();
        if count > LINGER_BYTES {
            return;
        }
    }
}
