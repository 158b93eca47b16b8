//! What the answers to requests need.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use tokio::sync::watch;

use super::WebOptions;
use super::live::Live;
use super::models::Downloads;
use super::ticket::Used;
use crate::app::library::{Library, Queue, StandIn};
use crate::page::access::Access;
use crate::wording::Language;

/// Counts changes: of anything, and of how far running jobs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) changes: u64,
    pub(super) progress: u64,
}

pub(super) struct Site {
    pub(super) access: Arc<Access>,
    pub(super) queue: Arc<Queue>,
    /// True when the server ends.
    pub(super) stopped: watch::Receiver<bool>,
    /// What pages show has changed.
    pub(super) news: watch::Receiver<News>,
    pub(super) downloads: Downloads,
    pub(super) live: Live,
    /// Links that were used.
    pub(super) tickets: Used,
    /// Counts changes.
    count: watch::Sender<News>,
    end: Mutex<mpsc::Sender<()>>,
    options: WebOptions,
}

impl Site {
    /// `end` is told when somebody asks the application to end.
    pub(super) fn new(
        access: Arc<Access>,
        queue: Arc<Queue>,
        stopped: watch::Receiver<bool>,
        end: mpsc::Sender<()>,
        options: WebOptions,
    ) -> Site {
        let (count, news) = watch::channel(News::default());
        let send = count.clone();
        queue.watch(Box::new(move |_, progress| {
            send.send_modify(|news| if progress { news.progress += 1 } else { news.changes += 1 });
        }));
        let (downloads, live, tickets) = (Downloads::default(), Live::default(), Used::default());
        let end = Mutex::new(end);
        Site { access, queue, stopped, news, downloads, live, tickets, count, end, options }
    }

    pub(super) fn library(&self) -> &Arc<Library> {
        self.queue.library()
    }

    /// Something has changed that pages show.
    pub(super) fn changed(&self) {
        self.count.send_modify(|news| news.changes += 1);
    }

    /// The path that all addresses of the application begin with.
    pub(super) fn base(&self) -> String {
        self.access.path()
    }

    /// The language of what is shown to this browser.
    pub(super) fn language(&self, headers: &HeaderMap) -> Language {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
        self.options.ui_language.unwrap_or_else(|| Language::accepted(accepted.unwrap_or_default()))
    }

    /// The language that was chosen for all browsers; `None`: each has its own.
    pub(super) fn only_language(&self) -> Option<Language> {
        self.options.ui_language
    }

    /// The address that models are downloaded from; `None`: that of the publisher.
    #[cfg(feature = "download")]
    pub(super) fn mirror(&self) -> Option<String> {
        self.options.mirror.clone()
    }

    /// What stands in for the microphone and the model of live sessions, in tests.
    pub(super) fn stand_in(&self) -> &StandIn {
        &self.options.stand_in
    }

    /// Asks the application to end.
    pub(super) fn end(&self) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).send(()).ok();
    }
}
