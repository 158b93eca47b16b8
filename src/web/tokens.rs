//! Programs that may use the API: their tokens are made, shown once, and revoked.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::answer::{Answer, Failed, aside};
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::app::library::{LibraryError, Tokens};
use crate::wording::Language;
use crate::wording::app::{AppTexts, filled};

/// The program that a token is for.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    name: String,
}

/// What became of a name that was entered.
enum Told<'a> {
    Nothing,
    /// The token, which is not to be had again.
    Made(&'a str, &'a str),
    /// The name can't be used.
    Refused(&'a str),
}

/// `GET tokens`.
pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || shown(&site, &Told::Nothing, language)).await
}

/// `POST tokens`: makes one. Only this answer has it.
pub(super) async fn add(State(site): State<Arc<Site>>, headers: HeaderMap, Form(named): Form<Named>) -> Answer {
    let language = site.language(&headers);
    aside(move || match tokens(&site).add(&named.name) {
        Ok(token) => shown(&site, &Told::Made(&named.name, &token), language),
        Err(LibraryError::Settings(_)) => {
            let mut page = shown(&site, &Told::Refused(&named.name), language)?;
            *page.status_mut() = StatusCode::BAD_REQUEST;
            Ok(page)
        }
        Err(error) => Err(error.into()),
    })
    .await
}

/// `POST tokens/revoke`. One that is gone already is as it should be.
pub(super) async fn revoke(State(site): State<Arc<Site>>, Form(named): Form<Named>) -> Answer {
    aside(move || match tokens(&site).revoke(&named.name) {
        Ok(()) | Err(LibraryError::Settings(_)) => Ok(Redirect::to(&format!("{}tokens", site.base())).into_response()),
        Err(error) => Err(error.into()),
    })
    .await
}

fn tokens(site: &Site) -> Tokens {
    Tokens::of(site.library().folder())
}

fn shown(site: &Site, told: &Told<'_>, language: Language) -> Result<Response, Failed> {
    let texts = AppTexts::of(language);
    let all = tokens(site).list()?;
    let address = format!("{}/v1", site.access.root());
    let (tokens, revoke) = (format!("{}tokens", site.base()), format!("{}tokens/revoke", site.base()));
    let entered = if let Told::Refused(name) = told { name } else { "" };
    let body = html! {
        h1 { (texts.tokens) }
        p { (filled(texts.tokens_what, &[("address", &address)])) }
        @match told {
            Told::Nothing => {}
            Told::Made(name, token) => {
                div #made.notice.good role="status" {
                    p { (filled(texts.token_made, &[("name", name.trim())])) }
                    p { code #token { (token) } }
                }
            }
            Told::Refused(_) => p #refused.notice role="alert" { (texts.token_refused) },
        }
        form.card method="post" action=(tokens) {
            label for="name" { (texts.token_name) }
            p.buttons {
                input #name type="text" name="name" value=(entered) maxlength="60" required autocomplete="off";
                button.primary type="submit" { (texts.token_make) }
            }
        }
        @if all.is_empty() { p.empty { (texts.tokens_none) } }
        ul.rows {
            @for (n, token) in all.iter().enumerate() {
                li.row {
                    div.what {
                        span.name id={ "token-" (n) } dir="auto" { (token.name) }
                        span.state { (words::date(token.added, language)) }
                    }
                    form.actions method="post" action=(revoke) {
                        input type="hidden" name="name" value=(token.name);
                        button.danger type="submit" id={ "revoke-" (n) } aria-describedby={ "token-" (n) } { (texts.token_revoke) }
                    }
                }
            }
        }
    };
    Ok(shell::page(site, &Shell { language, title: texts.tokens, heading: None, search: "" }, &body))
}
