//! Live captions as a web page: for a projector, for people who are hard of hearing, for OBS.
//!
//! A [`CaptionFeed`] holds the captions, and a [`Server`] shows them to everybody who opens its address. The page loads its style and
//! its script from the server, nothing from any other host, and gets new captions as server-sent events. Nothing is written to
//! disk, and no addresses of viewers are kept.
//!
//! ```
//! use transcribe::live::Caption;
//! use transcribe::page::{CaptionFeed, PageOptions, Server};
//!
//! # fn main() -> std::io::Result<()> {
//! let feed = CaptionFeed::new();
//! let server = Server::start("127.0.0.1:0".parse().unwrap(), &feed, PageOptions::default())?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! feed.publish(&Caption::Settled { line: 0, text: "Good evening.".into(), speaker: None });
//! # Ok(())
//! # }
//! ```

pub(crate) mod access;
mod answers;
pub(crate) mod connections;
pub(crate) mod feed;
mod history;
pub(crate) mod serving;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::wording::Language;
use access::Access;
use answers::Site;
pub use feed::CaptionFeed;

/// How long viewers may take to receive the last captions when the server is dropped.
const FAREWELL: Duration = Duration::from_secs(1);

/// What can be chosen about the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// The language of its buttons and messages; `None`: the browser's, if it is known, else English.
    pub ui_language: Option<Language>,
    /// The token that viewers need in the address; `None`: a new random one. With the same token, viewers find a new server at the
    /// same address.
    pub token: Option<[u8; 16]>,
}

/// Shows a [`CaptionFeed`] to browsers, on a thread of its own, until it is dropped.
///
/// Dropping it takes up to a second, in which viewers receive the last captions. They reconnect when another server listens at the
/// same address with the same token.
#[derive(Debug)]
pub struct Server {
    access: Arc<Access>,
    feed: CaptionFeed,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `address`; port 0 takes a free one. Viewers need the token in [`url`](Server::url), on this machine, too, for it may
    /// have several users.
    ///
    /// # Errors
    /// The address is taken or is not one of this machine, there are no random numbers, or no thread can be started.
    pub fn start(address: SocketAddr, feed: &CaptionFeed, options: PageOptions) -> io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = watch::channel(false);
        let shown = feed.clone();
        let serve = move |runtime: Runtime, listener, access| {
            let news = watch::Sender::new(());
            let site = Arc::new(Site::new(access, shown, news, stopped, options.ui_language));
            runtime.block_on(run(listener, site));
        };
        let (access, thread) = serving::start("captions", runtime, (address, options.token), serve)?;
        Ok(Server { access, feed: feed.clone(), stop, thread: Some(thread) })
    }

    /// What to open in a browser, with the token. Where the server listens on all interfaces, it names this
    /// machine's address in its network; its other addresses work, too.
    pub fn url(&self) -> String {
        self.access.url()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.feed.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Serves until the site is stopped, and then at most for [`FAREWELL`] while viewers still receive something.
async fn run(listener: TcpListener, site: Arc<Site>) {
    let router = Router::new().fallback(answers::answer).with_state(site.clone());
    let stopped = site.stopped.clone();
    tokio::spawn(async move { site.relay().await });
    serving::until_stopped(listener, router, stopped, FAREWELL).await;
}
