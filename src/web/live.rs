//! The page *Live*: a session with the microphone of this computer, which goes on when the browser is closed.

mod events;
mod host;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use maud::{Markup, html};

use super::answer::{Answer, Failed, aside, done};
use super::form::{self, Choices};
use super::shell::{self, Shell};
use super::site::Site;
use crate::app::library::{JobSettings, LiveRequest};
use crate::app::session::{Action, microphones};
use crate::models::DEFAULT;
use crate::page::{PageOptions, Server};
use crate::wording::Language;
use crate::wording::app::{AppTexts, failure, filled};
use crate::{MarkerKind, SpeakerId};

pub(super) use events::events;
pub(super) use host::Live;
use host::Running;

/// Speakers that have a button and a key.
const MOST_SPEAKERS: u16 = 9;

/// `GET live`: the session that runs, or what one needs to begin.
pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let texts = AppTexts::of(language);
        let body = match site.live.running() {
            Some(running) => session(&running, texts),
            None => beginning(&site, language)?,
        };
        Ok(shell::page(&site, &Shell { language, title: texts.live, heading: None, search: "" }, &body))
    })
    .await
}

/// `POST live`: begins a session.
pub(super) async fn start(State(site): State<Arc<Site>>, body: Bytes) -> Answer {
    let request: LiveRequest = serde_json::from_slice(&body).map_err(|error| Failed::request(error.to_string()))?;
    aside(move || host::start(&site, &request).map(|()| done())).await
}

/// `POST live/pause`.
pub(super) async fn act(State(site): State<Arc<Site>>, Path((_, action)): Path<(String, String)>) -> Answer {
    let ended = || Failed { status: StatusCode::CONFLICT, code: "unknown", message: "no live session runs".into() };
    let running = site.live.running().ok_or_else(ended)?;
    match action.as_str() {
        "pause" => running.controls.act(Action::Listen(false)),
        "resume" => running.controls.act(Action::Listen(true)),
        "marker" => running.controls.act(Action::Mark(MarkerKind::Marker)),
        "item" => running.controls.act(Action::Mark(MarkerKind::AgendaItem)),
        "decision" => running.controls.act(Action::Mark(MarkerKind::Decision)),
        "stop" => running.controls.act(Action::Quit),
        "enough" => running.leave_as_it_is(),
        "projector-here" => return aside(move || show(&site, &running, Ipv4Addr::LOCALHOST)).await,
        "projector-network" => return aside(move || show(&site, &running, Ipv4Addr::UNSPECIFIED)).await,
        other => {
            let number = other.strip_prefix("speaker-").and_then(|number| number.parse::<u16>().ok());
            let number = number.filter(|number| *number <= MOST_SPEAKERS);
            let number = number.ok_or_else(|| Failed::request("there is no such action"))?;
            running.controls.act(Action::Speaker(Some(number).filter(|number| *number > 0).map(SpeakerId)));
        }
    }
    Ok(done())
}

/// Shows the captions on a page at this address, and nowhere else.
fn show(site: &Site, running: &Running, ip: Ipv4Addr) -> Answer {
    // One that ends has its viewers hear of it, which takes a while.
    drop(running.projector());
    let options = PageOptions { ui_language: site.only_language(), ..PageOptions::default() };
    let server = Server::start(SocketAddr::new(IpAddr::V4(ip), 0), &running.heard.feed, options);
    let failed = |error: std::io::Error| Failed {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "other",
        message: error.to_string(),
    };
    let server = server.map_err(failed)?;
    *running.projector.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    // If the session has ended meanwhile, nobody else ends it.
    if running.end().is_some() {
        drop(running.projector());
    }
    Ok(done())
}

/// What a session needs to begin.
fn beginning(site: &Site, language: Language) -> Result<Markup, Failed> {
    let texts = AppTexts::of(language);
    let choices = Choices::read(site, language);
    let devices = match &site.stand_in().input {
        Some(input) => Ok(vec![input.display().to_string()]),
        None => microphones().map_err(|error| failure(host::code(&error), language)),
    };
    Ok(html! {
        section.card {
            h1 { (texts.live) }
            p.lead { (texts.live_what) }
            @if !choices.are_there() {
                (form::no_model(texts))
            } @else {
                @match devices {
                    Err(problem) => {
                        p.notice role="alert" { (problem) }
                        p.buttons { a.button.primary #again href="live" { (texts.try_again) } }
                    }
                    Ok(devices) => (asking(&devices, &choices, texts)?),
                }
            }
        }
    })
}

fn asking(devices: &[String], choices: &Choices<'_>, texts: &AppTexts) -> Result<Markup, Failed> {
    Ok(html! {
        form #begin {
            p #begin-problem.notice role="alert" hidden {}
            div.fields {
                label { (texts.live_name)
                    input #name name="name" maxlength="80" autocomplete="off";
                }
                label { (texts.microphone)
                    select #device name="device" {
                        option value="" { (filled(texts.microphone_default, &[("name", &devices[0])])) }
                        @for name in &devices[1..] { option { (name) } }
                    }
                }
            }
            details {
                summary { (texts.live_people) }
                label.quiet for="people" { (texts.live_people_help) }
                textarea #people name="people" rows="4" spellcheck="false" {}
            }
            // The most accurate one need not be fast enough.
            (choices.fields(&JobSettings::default().with("model", DEFAULT), false)?)
            (choices.once_more()?)
            p.quiet { (texts.live_kept) }
            p.buttons { button #listen.primary type="submit" { (texts.live_start) } }
            p #opening.quiet role="status" {}
        }
    })
}

/// A session that runs.
fn session(running: &Running, texts: &AppTexts) -> Markup {
    let button = |id: &str, text: &str| {
        html! { button type="button" id={ "live-" (id) } data-post={ "live/" (id) } { (text) } }
    };
    html! {
        section.card #session {
            h1 dir="auto" { (running.name) }
            p #session-problem.notice role="alert" hidden {}
            p #session-end.buttons hidden { a.button.primary { (texts.live_open) } }
            p.now {
                strong #session-state role="status" {}
                span #session-clock {}
                meter #session-level min="0" max="10" aria-label=(texts.live_level) {}
                span.quiet #session-more {}
            }
            p.buttons {
                (button("pause", texts.pause))
                button type="button" #live-resume data-post="live/resume" hidden { (texts.resume) }
                button.danger type="button" #live-end { (texts.live_end) }
                button type="button" #live-enough data-post="live/enough" hidden { (texts.live_enough) }
            }
            dialog #sure aria-labelledby="sure-what" {
                p #sure-what { (texts.live_sure) }
                p.buttons {
                    (button("stop", texts.live_end))
                    button type="button" #live-back { (texts.live_back) }
                }
            }
            div #captions role="log" aria-label=(texts.live_captions) tabindex="0" {}
            h2 { (texts.live_who) }
            p.buttons {
                @for n in 1..=MOST_SPEAKERS {
                    button.who type="button" id={ "live-speaker-" (n) } data-post={ "live/speaker-" (n) } aria-pressed="false" dir="auto" {
                        (called(running, n, texts))
                    }
                }
                button.who type="button" #live-speaker-0 data-post="live/speaker-0" aria-pressed="true" { (texts.live_nobody) }
            }
            h2 { (texts.live_notes) }
            p.buttons {
                (button("marker", texts.live_marker))
                (button("item", texts.live_item))
                (button("decision", texts.live_decision))
            }
            p #noted.quiet role="status" {}
            p { label.keys { input #keys type="checkbox" checked; " " (texts.live_keys) } }
            (projector(texts, button))
        }
    }
}

/// What a speaker is called.
fn called(running: &Running, n: u16, texts: &AppTexts) -> String {
    let name = running.names.get(usize::from(n) - 1);
    name.map_or_else(|| filled(texts.live_speaker_n, &[("n", &n.to_string())]), |name| format!("{n} {name}"))
}

fn projector(texts: &AppTexts, button: impl Fn(&str, &str) -> Markup) -> Markup {
    html! {
        details {
            summary { (texts.live_projector) }
            p { (texts.live_projector_what) }
            p.buttons {
                (button("projector-here", texts.live_projector_here))
                (button("projector-network", texts.live_projector_network))
            }
            p.quiet { (texts.live_projector_warning) }
            p #projector hidden { a target="_blank" rel="noreferrer" {} }
        }
    }
}
