//! The first page: what to transcribe, what is being transcribed, and what is done.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use serde::Deserialize;

use super::answer::{Answer, Failed, aside};
use super::shell::{self, Shell};
use super::site::Site;
use super::{form, words};
use crate::app::library::{Job, JobState, JobStatus};
use crate::wording::Language;
use crate::wording::app::{AppTexts, explained, filled};

/// Rows of a list at once.
const ROWS: usize = 50;

/// Which part of the list of transcripts is shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part {
    /// From 1.
    #[serde(default)]
    page: usize,
}

/// What the lists show.
struct Lists {
    open: Vec<JobStatus>,
    open_count: usize,
    held: bool,
    /// A live session runs.
    live: bool,
    /// When each is deleted, if nobody keeps it.
    ended: Vec<(Job, Option<String>)>,
    ended_count: usize,
    /// From 1.
    page: usize,
}

impl Lists {
    fn read(site: &Site, page: usize, language: Language) -> Result<Lists, Failed> {
        use JobState::{Arriving, Live, Paused, Running, Waiting};
        let library = site.library();
        let page = page.clamp(1, 1_000_000);
        let with_deletion = |job: Job| {
            let deleted = job.recording.delete_at.map(|time| words::date(time, language));
            (job, deleted)
        };
        let open = library.open_jobs(ROWS)?.into_iter().map(|job| site.queue.with_progress(job)).collect();
        Ok(Lists {
            open,
            open_count: library.count(&[Live, Arriving, Waiting, Running, Paused])?,
            held: site.queue.is_held(),
            live: library.count(&[Live])? > 0,
            ended: library.ended_jobs((page - 1) * ROWS, ROWS)?.into_iter().map(with_deletion).collect(),
            ended_count: library.count_ended()?,
            page,
        })
    }
}

/// `GET` of the application itself.
pub(super) async fn page(State(site): State<Arc<Site>>, Query(part): Query<Part>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || {
        let lists = Lists::read(&site, part.page, language)?;
        let texts = AppTexts::of(language);
        let first = lists.open_count + lists.ended_count == 0;
        let body = html! {
            @if first { (welcome(&site, texts)) }
            (form::form(&site, first, language)?)
            div #lists data-source={ "list?page=" (lists.page) } { (markup(&lists, language)) }
        };
        Ok(shell::page(
            &site,
            &Shell { language, title: texts.title, heading: (!first).then_some(texts.home), search: "" },
            &body,
        ))
    })
    .await
}

/// `GET list`: the lists alone, for a page that is open.
pub(super) async fn fragment(State(site): State<Arc<Site>>, Query(part): Query<Part>, headers: HeaderMap) -> Answer {
    let language = site.language(&headers);
    aside(move || Ok(shell::fragment(&markup(&Lists::read(&site, part.page, language)?, language)))).await
}

/// What somebody reads who opens the application for the first time.
fn welcome(site: &Site, texts: &AppTexts) -> Markup {
    let folder = site.library().folder().display().to_string();
    html! {
        section.welcome {
            h1 { (texts.welcome) }
            p.lead { (texts.welcome_what) }
            ul.points {
                li { strong { (texts.welcome_local) } }
                li { (filled(texts.welcome_where, &[("folder", &folder)])) }
            }
        }
    }
}

fn markup(lists: &Lists, language: Language) -> Markup {
    let texts = AppTexts::of(language);
    html! {
        @if lists.open_count > 0 { (open(lists, texts, language)) }
        section aria-labelledby="finished" {
            h2 #finished { (texts.finished) }
            @if lists.ended.is_empty() {
                p.empty { (texts.none_yet) " " @if lists.open_count == 0 { (texts.none_hint) } }
            }
            ul.rows { @for (job, deleted) in &lists.ended { (ended(job, deleted.as_deref(), texts, language)) } }
            (pages(lists, texts))
        }
    }
}

/// The queue.
fn open(lists: &Lists, texts: &AppTexts, language: Language) -> Markup {
    let more = lists.open_count.saturating_sub(lists.open.len());
    html! {
        section aria-labelledby="queue" {
            div.heading {
                h2 #queue { (texts.queue) }
                @if lists.held {
                    button #hold type="button" data-post="queue/go" { (texts.go_on) }
                } @else if lists.open_count > 1 {
                    button #hold type="button" data-post="queue/hold" { (texts.hold) }
                }
                button #notify type="button" hidden { (texts.notify) }
            }
            @if lists.held { p.notice { (texts.held) } }
            @if lists.live && lists.open_count > 1 { p.notice { (texts.live_first) } }
            ul.rows { @for (n, status) in lists.open.iter().enumerate() { (running(status, n, texts, language)) } }
            @if more > 0 { p.more { (words::counted(more, texts.more_waiting_one, texts.more_waiting, language)) } }
        }
    }
}

/// A job of the queue; `n`: its place in it, from 0.
fn running(status: &JobStatus, n: usize, texts: &AppTexts, language: Language) -> Markup {
    let job = &status.job;
    let (key, name) = (job.key.0, &job.recording.name);
    let action = |action: &str| format!("jobs/{key}/{action}");
    let button = |id: &str, text: &str| {
        html! {
            button type="button" id={ (id) "-" (key) } data-post=(action(id)) aria-describedby={ "name-" (key) } { (text) }
        }
    };
    let fraction = fraction(status);
    if job.state == JobState::Live {
        return live(key, name, texts);
    }
    html! {
        li.row id={ "job-" (key) } data-name=(name) data-state=(job.state.code()) {
            div.what {
                // What is transcribed again can be read meanwhile.
                @if job.words.is_some() {
                    a.name id={ "name-" (key) } href={ "recordings/" (job.recording.key.0) } dir="auto" { (name) }
                } @else {
                    span.name id={ "name-" (key) } dir="auto" { (name) }
                }
                span.state id={ "state-" (key) } { (progress_text(status, language)) }
            }
            @if job.state == JobState::Running {
                progress id={ "progress-" (key) } max="1" value=[fraction]
                    aria-label=(filled(texts.working_on, &[("name", name)])) {}
            }
            div.actions {
                @match job.state {
                    JobState::Paused => (button("resume", texts.resume)),
                    JobState::Running => (button("pause", texts.pause)),
                    _ if n > 1 => (button("first", texts.first)),
                    _ => {}
                }
                (button("cancel", texts.cancel))
            }
        }
    }
}

/// The recording that a live session makes.
fn live(key: i64, name: &str, texts: &AppTexts) -> Markup {
    html! {
        li.row id={ "job-" (key) } data-name=(name) data-state=(JobState::Live.code()) {
            div.what {
                a.name id={ "name-" (key) } href="live" dir="auto" { (name) }
                span.state { (texts.live) }
            }
        }
    }
}

/// A job that has ended.
fn ended(job: &Job, deleted: Option<&str>, texts: &AppTexts, language: Language) -> Markup {
    let (key, recording, name) = (job.key.0, job.recording.key.0, &job.recording.name);
    let has_text = job.words.is_some() && job.recording.transcript_path().is_file();
    html! {
        li.row id={ "job-" (key) } data-name=(name) data-state=(job.state.code()) {
            div.what {
                @if has_text || job.state == JobState::Done {
                    a.name id={ "name-" (key) } href={ "recordings/" (recording) } dir="auto" { (name) }
                } @else {
                    span.name id={ "name-" (key) } dir="auto" { (name) }
                }
                span.state { (facts(job, texts, language)) }
                @if let Some(time) = deleted {
                    span.state { (filled(texts.deleted_at, &[("time", time)])) }
                }
                @if let Some(reason) = &job.failure {
                    span.problem { (explained(&reason.code, &reason.message, language)) }
                }
            }
            div.actions {
                @if job.state != JobState::Done {
                    button type="button" id={ "resume-" (key) } data-post={ "jobs/" (key) "/resume" }
                        aria-describedby={ "name-" (key) } { (texts.try_again) }
                }
                @if deleted.is_some() {
                    button type="button" id={ "keep-" (key) } data-post={ "recordings/" (recording) "/keep" }
                        aria-describedby={ "name-" (key) } { (texts.keep) }
                }
                a.button href={ "recordings/" (recording) "/delete" } id={ "delete-" (key) }
                    aria-describedby={ "name-" (key) } { (texts.delete) }
            }
        }
    }
}

/// Length, words and date of what has ended.
fn facts(job: &Job, texts: &AppTexts, language: Language) -> String {
    let mut facts = Vec::new();
    match job.state {
        JobState::Done if job.words.is_some() && !job.complete => facts.push(texts.incomplete.to_owned()),
        JobState::Failed => facts.push(texts.failed.to_owned()),
        JobState::Cancelled => facts.push(texts.cancelled.to_owned()),
        _ => {}
    }
    if job.state != JobState::Done && job.complete {
        facts.push(texts.again_stays.to_owned());
    }
    if job.state == JobState::Done && !job.recording.transcript_path().is_file() {
        facts.push(texts.file_missing.to_owned());
    }
    facts.extend(job.length.map(words::clock));
    facts.extend(job.words.map(|n| words::counted(n as usize, texts.words_one, texts.words, language)));
    facts.push(words::date(job.ended.unwrap_or(job.added), language));
    facts.join(" · ")
}

/// Links to other parts of the list.
fn pages(lists: &Lists, texts: &AppTexts) -> Markup {
    let last = lists.ended_count.div_ceil(ROWS).max(1);
    html! {
        @if last > 1 {
            nav.pages aria-label=(texts.finished) {
                @if lists.page > 1 { a.button #newer href={ "?page=" (lists.page - 1) } { (texts.newer) } }
                span { (filled(texts.page_of, &[("n", &lists.page.to_string())])) }
                @if lists.page < last { a.button #older href={ "?page=" (lists.page + 1) } { (texts.older) } }
            }
        }
    }
}

/// How much of a job is done, in `0.0..=1.0`; `None`: not known.
pub(super) fn fraction(status: &JobStatus) -> Option<f64> {
    let progress = status.progress?;
    Some((progress.position / progress.length.filter(|length| *length > 0.0)?).clamp(0.0, 1.0))
}

/// How far a job of the queue is, for people.
pub(super) fn progress_text(status: &JobStatus, language: Language) -> String {
    let texts = AppTexts::of(language);
    let progress = status.progress.unwrap_or_default();
    match status.job.state {
        JobState::Arriving => return texts.arriving.into(),
        JobState::Waiting => return texts.waiting.into(),
        JobState::Paused => return texts.paused.into(),
        _ if !progress.begun => return texts.preparing.into(),
        _ => {}
    }
    let position = words::clock(progress.position);
    match progress.length {
        Some(length) if progress.position >= length => texts.finishing.into(),
        Some(length) => {
            let place = filled(texts.of_length, &[("done", &position), ("length", &words::clock(length))]);
            let left = progress.left.map(|left| words::left(left, texts));
            let step = progress.voices.then(|| texts.telling_voices.to_owned());
            step.into_iter().chain(left).chain([place]).collect::<Vec<_>>().join(" · ")
        }
        None => position,
    }
}
