//! Where things lie, and the end of the application.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use maud::html;

use super::shell::{self, Shell};
use super::site::Site;
use crate::wording::app::{AppTexts, filled};

/// `GET about`.
pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let language = site.language(&headers);
    let texts = AppTexts::of(language);
    let folder = site.library().folder().display().to_string();
    let body = html! {
        section.card {
            h1 { (texts.title) " " (env!("CARGO_PKG_VERSION")) }
            p { strong { (texts.welcome_local) } }
            p { (filled(texts.about_where, &[("folder", &folder)])) }
            p { a href="tokens" { (texts.tokens) } }
            p { (texts.about_end) }
            form.buttons method="post" action="end" { button type="submit" { (texts.end) } }
        }
    };
    shell::page(&site, &Shell { language, title: texts.about, heading: None, search: "" }, &body)
}

/// `POST end`: the last page.
pub(super) async fn end(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let language = site.language(&headers);
    let texts = AppTexts::of(language);
    let body = html! { section.card { h1 { (texts.ended) } p { (texts.ended_what) } } };
    let page = shell::page(&site, &Shell { language, title: texts.ended, heading: None, search: "" }, &body);
    site.end();
    page
}
