//! Who is let in: requests that name this server, come from none of other sites, and know the token.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::refused;
use super::site::Site;
use crate::page::connections::Asker;
use crate::wording::Refusal;

/// Headers of every answer that does not set them itself. Each connection serves one request, so that none is kept idle.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    ("x-content-type-options", "nosniff"),
    // With `no-referrer`, browsers would not tell where a form comes from.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("connection", "close"),
];

/// Refuses requests that are for another server or come from another site.
pub(super) async fn for_us(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let language = site.language(request.headers());
    // A whole address in the first line is for proxies; this is none.
    let ours = request.uri().authority().is_none() && site.access.is_for_us(request.headers());
    with_headers(match ours {
        true => next.run(request).await,
        false => refused(StatusCode::FORBIDDEN, Refusal::OtherAddress, language),
    })
}

/// The answer with [`HEADERS`].
pub(super) fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses requests whose path does not begin with the token.
pub(super) async fn with_token(
    State(site): State<Arc<Site>>,
    ConnectInfo(asker): ConnectInfo<Asker>,
    request: Request,
    next: Next,
) -> Response {
    let token = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !site.access.is_token(token) {
        return refused(StatusCode::FORBIDDEN, Refusal::Token, site.language(request.headers()));
    }
    asker.becomes_viewer();
    next.run(request).await
}
