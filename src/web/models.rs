//! The speech models: which are here, what they cost in time, and a click to get a better one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use maud::{Markup, html};

use super::answer::{Answer, Failed, aside, done};
use super::form;
use super::shell::{self, Shell};
use super::site::Site;
use super::words;
use crate::models::{DEFAULT, Model, ModelKind, RECOMMENDED, Store, catalogue};
use crate::wording::Language;
use crate::wording::app::{AppTexts, failure, filled};

/// Downloads of models by their names; what is done stays until the next one of that name.
#[derive(Default)]
pub(super) struct Downloads(Mutex<HashMap<String, Download>>);

/// A download.
#[derive(Clone, Debug, Default)]
struct Download {
    /// Bytes that are here.
    fetched: u64,
    /// Why it ended early, as a code; `None` while it runs.
    failed: Option<&'static str>,
    /// Somebody has asked it to stop.
    stopped: bool,
}

impl Downloads {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Download>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is offered: the models of most use, and whatever is here.
fn offered(store: &Store) -> Vec<(&'static Model, bool)> {
    let installed: Vec<&str> =
        store.installed().iter().filter(|one| one.whole()).map(|one| one.model.name.as_str()).collect();
    let useful =
        |model: &Model| [DEFAULT, RECOMMENDED].contains(&model.name.as_str()) || model.kind == ModelKind::Speakers;
    let here = |model: &Model| installed.contains(&model.name.as_str());
    catalogue().iter().filter(|model| useful(model) || here(model)).map(|model| (model, here(model))).collect()
}

/// `GET models`.
pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let texts = AppTexts::of(language);
        let body = html! {
            h1 { (texts.models) }
            p.lead { (texts.no_model_why) }
            div #lists data-source="models/list" { (list(&site, language)?) }
        };
        Ok(shell::page(&site, &Shell { language, title: texts.models, heading: None, search: "" }, &body))
    })
    .await
}

/// `GET models/list`.
pub(super) async fn fragment(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || Ok(shell::fragment(&list(&site, language)?))).await
}

fn list(site: &Site, language: Language) -> Result<Markup, Failed> {
    let texts = AppTexts::of(language);
    let downloads = site.downloads.all().clone();
    let mut rows = Vec::new();
    for (model, here) in offered(&Store::of_user()) {
        rows.push(row(site, (model, here), downloads.get(&model.name), language)?);
    }
    Ok(html! { ul.rows { @for row in &rows { (row) } } @if rows.is_empty() { p.empty { (texts.no_model) } } })
}

fn row(
    site: &Site,
    (model, here): (&Model, bool),
    download: Option<&Download>,
    language: Language,
) -> Result<Markup, Failed> {
    let texts = AppTexts::of(language);
    let size = words::size(model.size);
    let speed = form::speed(site, &model.name, model.size)?;
    let what = match model.kind {
        ModelKind::Speakers => texts.model_speakers.to_owned(),
        _ => filled(texts.model_time, &[("time", &words::per_hour(speed))]),
    };
    let getting = download.filter(|download| download.failed.is_none() && !here);
    Ok(html! {
        li.row id={ "model-" (model.name) } {
            div.what {
                span.name { (model.name) }
                span.state { (what) " · " (size) @if here { " · " (texts.model_installed) } }
                @if let Some(download) = getting {
                    span.state {
                        (filled(texts.getting, &[("done", &words::size(download.fetched)), ("size", &size)]))
                    }
                }
                @if let Some(code) = download.and_then(|download| download.failed) {
                    span.problem role="alert" { (failure(code, language)) }
                }
            }
            @if let Some(download) = getting {
                progress max=(model.size) value=(download.fetched) aria-label=(model.name) {}
            }
            div.actions {
                @if getting.is_some() {
                    button type="button" id={ "stop-" (model.name) } data-post={ "models/" (model.name) "/stop" } { (texts.stop_getting) }
                } @else if !here && cfg!(feature = "download") {
                    button.primary type="button" id={ "get-" (model.name) } data-post={ "models/" (model.name) "/get" }
                        aria-label=(filled(texts.get_this, &[("name", &model.name), ("size", &size)])) { (texts.get) }
                }
            }
        }
    })
}

/// `POST models/base-q8_0/get`.
pub(super) async fn act(
    State(site): State<Arc<Site>>,
    Path((_, name, action)): Path<(String, String, String)>,
) -> Answer {
    let known = catalogue().iter().find(|model| model.name == name);
    let model = known.ok_or_else(|| Failed::request("there is no such model"))?;
    match action.as_str() {
        "get" => get(&site, model),
        "stop" => {
            site.downloads.all().entry(name).and_modify(|download| download.stopped = true);
        }
        _ => return Err(Failed::request("there is no such action")),
    }
    Ok(done())
}

#[cfg(not(feature = "download"))]
fn get(_: &Arc<Site>, _: &'static Model) {}

/// Downloads a model beside what else happens, unless it is on its way.
#[cfg(feature = "download")]
fn get(site: &Arc<Site>, model: &'static Model) {
    use std::ops::ControlFlow;

    use crate::models::download::{Options, Progress, get};
    let running = |download: &Download| download.failed.is_none();
    if site.downloads.all().get(&model.name).is_some_and(running) {
        return;
    }
    site.downloads.all().insert(model.name.clone(), Download::default());
    let own = site.clone();
    let fetch = move || {
        let options = Options { mirror: own.mirror(), ..Options::default() };
        let store = Store::of_user();
        let mut told = 0;
        let got = store.target().and_then(|folder| {
            get(model, folder, &options, &mut |progress| {
                let mut all = own.downloads.all();
                let download = all.entry(model.name.clone()).or_default();
                if let Progress::Fetched(fetched, _) = progress {
                    download.fetched = fetched;
                }
                let stopped = download.stopped;
                let news = download.fetched.abs_diff(told) > model.size / 200;
                told = if news { download.fetched } else { told };
                drop(all);
                if news {
                    own.changed();
                }
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        let mut all = own.downloads.all();
        match got {
            Ok(_) | Err(crate::Error::Cancelled) => drop(all.remove(&model.name)),
            Err(error) => all.entry(model.name.clone()).or_default().failed = Some(error.code()),
        }
        drop(all);
        own.changed();
    };
    if std::thread::Builder::new().name("download".into()).spawn(fetch).is_err() {
        site.downloads.all().remove(&model.name);
    }
    site.changed();
}
