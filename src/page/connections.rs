//! Connections with time limits, which `axum::serve` does not have.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

use super::feed::MOST_VIEWERS;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a viewer may receive nothing although something is there for it.
const STALL: Duration = Duration::from_secs(60);
/// Connections at once. Those that are no viewers are over within [`PATIENCE`]; the rest of the program needs files, too, and
/// systems give it about a thousand.
const MOST: usize = MOST_VIEWERS + 64;

/// Accepts as many connections as there is room for; the others wait in the system's queue.
pub(super) struct Guarded {
    inner: TcpListener,
    room: Arc<Semaphore>,
}

impl Guarded {
    pub(super) fn new(inner: TcpListener) -> Guarded {
        Guarded { inner, room: Arc::new(Semaphore::new(MOST)) }
    }
}

impl Listener for Guarded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Never closed, so there is always a permit in the end.
        let place = self.room.clone().acquire_owned().await.ok();
        // axum's own, which waits a second where the system has no more files.
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Captions are small and urgent.
        stream.set_nodelay(true).ok();
        let due = Some(Box::pin(sleep(PATIENCE)));
        (Connection { stream, _place: place, answered: false, due }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection that fails when no request arrives, or when the answer cannot be sent.
pub(super) struct Connection {
    stream: TcpStream,
    _place: Option<OwnedSemaphorePermit>,
    /// Whether part of the answer was sent. Each connection serves one request.
    answered: bool,
    /// When it fails; `None` while it waits for nothing.
    due: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.due.as_mut().map(|due| due.as_mut().poll(context)) {
            Some(Poll::Ready(())) => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.answered {
            self.check(context)?;
        }
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buf);
        if written.is_pending() {
            if self.due.is_none() {
                self.due = Some(Box::pin(sleep(STALL)));
            }
            self.check(context)?;
        }
        let written = ready!(written);
        self.answered = true;
        self.due = None;
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
