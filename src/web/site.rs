//! What the answers to requests need.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use tokio::sync::watch;

use crate::app::library::{Library, Queue};
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
    end: Mutex<mpsc::Sender<()>>,
    ui_language: Option<Language>,
}

impl Site {
    /// `end` is told when somebody asks the application to end.
    pub(super) fn new(
        access: Arc<Access>,
        queue: Arc<Queue>,
        stopped: watch::Receiver<bool>,
        end: mpsc::Sender<()>,
        ui_language: Option<Language>,
    ) -> Site {
        let (send, news) = watch::channel(News::default());
        queue.watch(Box::new(move |_, progress| {
            send.send_modify(|news| if progress { news.progress += 1 } else { news.changes += 1 });
        }));
        Site { access, queue, stopped, news, end: Mutex::new(end), ui_language }
    }

    pub(super) fn library(&self) -> &Library {
        self.queue.library()
    }

    /// The path that all addresses of the application begin with.
    pub(super) fn base(&self) -> String {
        self.access.path()
    }

    /// The language of what is shown to this browser.
    pub(super) fn language(&self, headers: &HeaderMap) -> Language {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
        self.ui_language.unwrap_or_else(|| Language::accepted(accepted.unwrap_or_default()))
    }

    /// Asks the application to end.
    pub(super) fn end(&self) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).send(()).ok();
    }
}
