//! The web application: what `transcribe app` shows in the browser, served to this computer alone.
//!
//! A [`Server`] shows a [`Queue`] and its library. Whoever knows the token, which is the first part of every path, may do everything; so
//! it is only in the link that the program opens, and each server has a new one: a page that is still open tells its token to whatever
//! has the port next. Pages contain their style and script, whose digests are in their
//! Content-Security-Policy, and load nothing from elsewhere.

mod about;
mod address;
mod answer;
mod delete;
mod drafts;
mod events;
mod export;
mod folder;
mod form;
mod guard;
mod list;
mod media;
mod models;
mod openai;
mod review;
mod routes;
mod search;
mod shell;
mod site;
mod ticket;
mod upload;
mod words;

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::library::Queue;
use crate::page::access::Access;
use crate::page::connections::{Asker, Guarded};
use crate::wording::Language;
pub use address::Address;
pub use openai::ApiOptions;
use site::Site;

/// How long answers may take that are on their way when the server is stopped.
const FAREWELL: Duration = Duration::from_secs(1);

/// What can be chosen about the application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebOptions {
    /// The language of its texts; `None`: the browser's, if it is known, else English.
    pub ui_language: Option<Language>,
    /// Whether it serves programs alone, through the API, and no pages.
    pub api_only: bool,
    /// How the API behaves.
    pub api: ApiOptions,
    /// Address of a folder that models are downloaded from; `None`: that of the publisher.
    pub mirror: Option<String>,
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
        let (tell, told) = mpsc::sync_channel::<io::Result<Arc<Access>>>(1);
        let (end, ended) = mpsc::channel();
        let queue = queue.clone();
        let serve = move || {
            let bound: io::Result<_> = runtime.block_on(async {
                let listener = TcpListener::bind(address).await?;
                let access = Arc::new(Access::new(listener.local_addr()?, None)?);
                Ok((listener, access))
            });
            match bound {
                Err(error) => _ = tell.send(Err(error)),
                Ok((listener, access)) => {
                    tell.send(Ok(access.clone())).ok();
                    let (api, api_only) = (options.api, options.api_only);
                    let site = Arc::new(Site::new(access, queue, stopped, end, options));
                    let router =
                        if api_only { openai::router(site.clone(), api) } else { routes::router(site.clone(), api) };
                    runtime.block_on(run(listener, site, router));
                    // An answer that is still being made must not hold up the end.
                    runtime.shutdown_timeout(FAREWELL);
                }
            }
        };
        let thread = thread::Builder::new().name("web".into()).spawn(serve)?;
        let access = told.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
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

/// Serves until the site is stopped, and then at most for [`FAREWELL`].
async fn run(listener: TcpListener, site: Arc<Site>, router: Router) {
    let stopped = || {
        let mut stopped = site.stopped.clone();
        async move { _ = stopped.wait_for(|stopped| *stopped).await }
    };
    let router = router.into_make_service_with_connect_info::<Asker>();
    let serve = axum::serve(Guarded::new(listener), router).with_graceful_shutdown(stopped());
    let serving = tokio::spawn(serve.into_future());
    stopped().await;
    _ = tokio::time::timeout(FAREWELL, serving).await;
}
