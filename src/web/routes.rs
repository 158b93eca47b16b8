//! Which answer belongs to which address.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::answer::{Answer, Failed, aside, done, refused};
use super::site::Site;
use super::{
    ApiOptions, about, again, delete, drafts, events, export, folder, guard, list, live, media, meeting, minutes,
    models, openai, review, search, ticket, tokens, upload,
};
use crate::app::library::JobKey;
use crate::wording::Refusal;

/// Bytes of the changes to one transcript.
const MOST_EDITS: usize = 64 << 20;

/// The routes of the application, behind its guards.
pub(super) fn router(site: Arc<Site>, api: ApiOptions) -> Router {
    let api = openai::router(site.clone(), api);
    let pages = Router::new()
        .route("/{token}/", get(list::page))
        .route("/{token}/list", get(list::fragment))
        .route("/{token}/events", get(events::events))
        .route("/{token}/recordings", post(upload::upload).layer(DefaultBodyLimit::disable()))
        .route("/{token}/recordings/{key}", get(review::page))
        .route("/{token}/recordings/{key}/edits", post(review::save).layer(DefaultBodyLimit::max(MOST_EDITS)))
        .route("/{token}/recordings/{key}/versions", get(review::versions))
        .route("/{token}/recordings/{key}/versions/{version}", post(review::restore))
        .route("/{token}/recordings/{key}/media", get(media::media))
        .route("/{token}/recordings/{key}/export", get(export::formats))
        .route("/{token}/recordings/{key}/export/{format}", get(export::export))
        .route("/{token}/recordings/{key}/drafts/{draft}", get(drafts::draft))
        .route("/{token}/recordings/{key}/meeting", get(meeting::page).post(meeting::save))
        .route("/{token}/recordings/{key}/minutes", get(minutes::page).post(minutes::decide))
        .route("/{token}/recordings/{key}/again", get(again::page).post(again::start))
        .route("/{token}/recordings/{key}/keep", post(delete::keep))
        .route("/{token}/recordings/{key}/delete", get(delete::page).post(delete::delete))
        .route("/{token}/meeting", post(meeting::check))
        .route("/{token}/search", get(search::page))
        .route("/{token}/live", get(live::page).post(live::start))
        .route("/{token}/live/events", get(live::events))
        .route("/{token}/live/{action}", post(live::act))
        .route("/{token}/models", get(models::page))
        .route("/{token}/models/list", get(models::fragment))
        .route("/{token}/models/{name}/{action}", post(models::act))
        .route("/{token}/folder", get(folder::page).post(folder::open))
        .route("/{token}/tokens", get(tokens::page).post(tokens::add))
        .route("/{token}/tokens/revoke", post(tokens::revoke))
        .route("/{token}/about", get(about::page))
        .route("/{token}/end", post(about::end))
        .route("/{token}/jobs/{job}/{action}", post(job))
        .route("/{token}/queue/{action}", post(queue))
        .route("/{token}/stop", post(stop))
        .route_layer(from_fn_with_state(site.clone(), guard::with_token));
    Router::new()
        .merge(pages)
        .route("/open/{ticket}", get(open))
        .route("/proof/{nonce}", get(proof))
        .fallback(missing)
        .layer(from_fn_with_state(site.clone(), guard::for_us))
        .with_state(site)
        .merge(api)
}

async fn missing(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    refused(StatusCode::NOT_FOUND, Refusal::NoPage, site.language(&headers))
}

/// `POST jobs/7/pause`.
async fn job(State(site): State<Arc<Site>>, Path((_, job, action)): Path<(String, i64, String)>) -> Answer {
    let key = JobKey(job);
    aside(move || {
        let queue = &site.queue;
        match action.as_str() {
            "pause" => queue.pause(key)?,
            "cancel" => queue.cancel(key)?,
            "resume" => queue.resume(key)?,
            "first" => queue.reorder(key, true)?,
            "last" => queue.reorder(key, false)?,
            _ => return Err(Failed::request("there is no such action")),
        }
        Ok(done())
    })
    .await
}

/// `POST queue/hold`.
async fn queue(State(site): State<Arc<Site>>, Path((_, action)): Path<(String, String)>) -> Answer {
    match action.as_str() {
        "hold" => site.queue.hold(true),
        "go" => site.queue.hold(false),
        _ => return Err(Failed::request("there is no such action")),
    }
    Ok(done())
}

/// `GET open/…`: from a link that is good once to the application.
async fn open(State(site): State<Arc<Site>>, Path(ticket): Path<String>, headers: HeaderMap) -> Response {
    let base = site.base();
    match site.tickets.accept(base.trim_matches('/'), &ticket) {
        true => Redirect::to(&base).into_response(),
        false => refused(StatusCode::FORBIDDEN, Refusal::Token, site.language(&headers)),
    }
}

/// `GET proof/…`: shows whoever knows the token that this is the application, and tells nobody the token.
async fn proof(State(site): State<Arc<Site>>, Path(nonce): Path<String>) -> String {
    ticket::proof(site.base().trim_matches('/'), &nonce)
}

/// `POST stop`.
async fn stop(State(site): State<Arc<Site>>) -> Response {
    site.end();
    done()
}
