//! The web application: what `transcribe app` shows in the browser, served to this computer alone.
//!
//! A [`Server`] shows a [`Queue`] and its library. Whoever knows the token, which is the first part of every path, may do everything; so
//! it is only in the link that the program opens, and each server has a new one: a page that is still open tells its token to whatever
//! has the port next. Pages contain their style and script, whose digests are in their
//! Content-Security-Policy, and load nothing from elsewhere.

mod about;
mod address;
mod again;
mod answer;
mod delete;
mod drafts;
mod events;
mod export;
mod folder;
mod form;
mod guard;
mod list;
mod live;
mod media;
mod meeting;
mod minutes;
mod models;
mod openai;
mod review;
mod routes;
mod search;
mod shell;
mod site;
mod ticket;
mod tokens;
mod upload;
mod words;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::app::library::{Queue, StandIn};
use crate::page::access::Access;
use crate::page::serving;
use crate::wording::Language;
pub use address::Address;
pub use openai::ApiOptions;
use site::Site;

/// How long answers may take that are on their way when the server is stopped.
const FAREWELL: Duration = Duration::from_secs(1);

/// What can be chosen about the application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WebOptions {
    /// The language of its texts; `None`: the browser's, if it is known, else English.
    pub ui_language: Option<Language>,
    /// Whether it serves programs alone, through the API, and no pages.
    pub api_only: bool,
    /// How the API behaves.
    pub api: ApiOptions,
    /// Address of a folder that models are downloaded from; `None`: that of the publisher.
    pub mirror: Option<String>,
    /// What stands in for the microphone and the model of live sessions, in tests.
    pub stand_in: StandIn,
}

/// Shows the application to browsers, on a thread of its own, until it is dropped.
pub struct Server {
    access: Arc<Access>,
    stop: watch::Sender<bool>,
    /// Hears when somebody asks the application to end.
    ended: mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is taken or is not one of this machine, there are no random numbers, or no thread can be started.
    pub fn start(address: SocketAddr, queue: &Arc<Queue>, options: WebOptions) -> io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(16).build()?;
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = mpsc::channel();
        let queue = queue.clone();
        let serve = move |runtime: Runtime, listener, access| {
            let (api, api_only) = (options.api, options.api_only);
            let site = Arc::new(Site::new(access, queue, stopped.clone(), end, options));
            let pages = site.clone();
            let router = if api_only { openai::router(site, api) } else { routes::router(site, api) };
            runtime.block_on(serving::until_stopped(listener, router, stopped, FAREWELL));
            pages.live.close();
            // An answer that is still being made must not hold up the end.
            runtime.shutdown_timeout(FAREWELL);
        };
        let (access, thread) = serving::start("web", runtime, (address, None), serve)?;
        Ok(Server { access, stop, ended, thread: Some(thread) })
    }

    /// What to open in a browser, with the token.
    pub fn url(&self) -> String {
        self.access.url_with_path()
    }

    /// Its address, without the token: `http://127.0.0.1:7273`.
    pub fn root(&self) -> String {
        self.access.root()
    }

    /// Waits until somebody asks the application to end, at most for `limit`; whether somebody did.
    pub fn ended(&self, limit: Duration) -> bool {
        self.ended.recv_timeout(limit) != Err(mpsc::RecvTimeoutError::Timeout)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
