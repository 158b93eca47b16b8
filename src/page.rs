//! Live captions as a web page: for a projector, for people who are hard of hearing, for OBS.
//!
//! A [`Board`] holds what is to be seen, and a [`Server`] shows it to everybody who opens its address. The page is one file
//! with its style and its script, asks nothing of any other host, and is told of news by server-sent events. Nothing is
//! written to disk, and nobody's address is kept.
//!
//! ```
//! use transcribe::live::Caption;
//! use transcribe::page::{Board, Server};
//!
//! # fn main() -> std::io::Result<()> {
//! let board = Board::new();
//! let server = Server::start("127.0.0.1:0".parse().unwrap(), &board)?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! board.publish(&Caption::Settled { line: 0, text: "Good evening.".into(), speaker: None });
//! # Ok(())
//! # }
//! ```

mod access;
mod answers;
mod board;
mod connections;
mod history;

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use access::Access;
use answers::Site;
pub use board::Board;
use connections::Guarded;

/// How long viewers may take for what was published last when the server is dropped.
const FAREWELL: Duration = Duration::from_secs(1);

/// Shows a [`Board`] to browsers, on a thread of its own, until it is dropped.
///
/// Dropping it takes up to a second, in which viewers get what was published last. They come back by themselves when another
/// server listens at the same address.
#[derive(Debug)]
pub struct Server {
    access: Arc<Access>,
    board: Board,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `address`; port 0 is one that is free. Beyond the loopback interface only those may see the page who know
    /// the random token in [`url`](Server::url).
    ///
    /// # Errors
    /// The address is taken or not ours, there are no random numbers, or there is no thread to be had.
    pub fn start(address: SocketAddr, board: &Board) -> io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = watch::channel(false);
        let (tell, told) = mpsc::sync_channel::<io::Result<Arc<Access>>>(1);
        let shown = board.clone();
        // Bound over there, for the caller may be within a runtime of its own.
        let serve = move || {
            let bound: io::Result<_> = runtime.block_on(async {
                let listener = TcpListener::bind(address).await?;
                let access = Arc::new(Access::new(listener.local_addr()?)?);
                Ok((listener, access))
            });
            match bound {
                Err(error) => _ = tell.send(Err(error)),
                Ok((listener, access)) => {
                    tell.send(Ok(access.clone())).ok();
                    let news = watch::Sender::new(());
                    runtime.block_on(run(listener, Arc::new(Site { access, board: shown, news, stopped })));
                }
            }
        };
        let thread = thread::Builder::new().name("captions".into()).spawn(serve)?;
        let access = told.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Server { access, board: board.clone(), stop, thread: Some(thread) })
    }

    /// What to open in a browser, with the token if one is needed. Where the server listens on all interfaces, it names the
    /// address that this machine has towards its network; others of its addresses do as well.
    pub fn url(&self) -> String {
        self.access.url()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.board.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Until the site is stopped, and then for as long as viewers still get something, [`FAREWELL`] at most.
async fn run(listener: TcpListener, site: Arc<Site>) {
    let stopped = || {
        let mut stopped = site.stopped.clone();
        async move { _ = stopped.wait_for(|stopped| *stopped).await }
    };
    let router = Router::new().fallback(answers::answer).with_state(site.clone());
    let serve = axum::serve(Guarded::new(listener), router).with_graceful_shutdown(stopped());
    let serving = tokio::spawn(serve.into_future());
    let relayed = site.clone();
    tokio::spawn(async move { relayed.relay().await });
    stopped().await;
    _ = tokio::time::timeout(FAREWELL, serving).await;
}
