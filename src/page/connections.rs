//! Connections with limits in time and number, which `axum::serve` does not have.
//!
//! Whoever connects is a guest at first, who must ask for something at once, and for whom there are few places. Viewers, who know the
//! token, have places of their own. When there are too many guests, the address with the most of them loses its oldest, so that no
//! single machine keeps others out.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a viewer may receive nothing although something is there for it.
const STALL: Duration = Duration::from_secs(60);
/// Guests at once. Together with the viewers they are fewer than the thousand files that systems give to a program.
const MOST_GUESTS: usize = 128;

/// Accepts all connections, and drops guests where there are too many.
pub(crate) struct Guarded {
    inner: TcpListener,
    guests: Arc<Guests>,
}

impl Guarded {
    pub(crate) fn new(inner: TcpListener) -> Guarded {
        Guarded { inner, guests: Arc::default() }
    }
}

impl Listener for Guarded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Those who have asked already are answered before others come in.
        yield_now().await;
        // axum's own, which waits a second where the system has no more files.
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Captions are small and urgent.
        stream.set_nodelay(true).ok();
        let (place, dropped) = Guests::enter(&self.guests, address.ip());
        let due = Some(Box::pin(sleep(PATIENCE)));
        (Connection { stream, place, dropped: Some(dropped), answered: false, due }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// Those that are no viewers.
#[derive(Default)]
struct Guests(Mutex<GuestList>);

#[derive(Default)]
struct GuestList {
    /// How many have come so far.
    count: u64,
    /// Those that are there, in order of arrival.
    there: Vec<Guest>,
}

struct Guest {
    number: u64,
    address: IpAddr,
    /// Dropped together with the guest; used when it becomes a viewer.
    stay: oneshot::Sender<()>,
}

impl Guests {
    fn list(&self) -> MutexGuard<'_, GuestList> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more, and what tells it how it ends.
    fn enter(guests: &Arc<Guests>, address: IpAddr) -> (Arc<GuestPlace>, oneshot::Receiver<()>) {
        let address = network(address);
        let mut list = guests.list();
        if list.there.len() >= MOST_GUESTS {
            drop_one(&mut list.there);
        }
        list.count += 1;
        let number = list.count;
        let (stay, dropped) = oneshot::channel();
        list.there.push(Guest { number, address, stay });
        (Arc::new(GuestPlace { number, guests: guests.clone() }), dropped)
    }
}

/// The oldest guest of the address with the most.
fn drop_one(guests: &mut Vec<Guest>) {
    let mut counts = HashMap::new();
    guests.iter().for_each(|guest| *counts.entry(guest.address).or_insert(0) += 1);
    let most = counts.values().copied().max();
    if let Some(at) = guests.iter().position(|guest| counts.get(&guest.address).copied() == most) {
        guests.remove(at);
    }
}

/// What one customer of a network has: an address of IPv4, or the upper half of one of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() >> 64 << 64).into()),
        ip => ip,
    }
}

/// The place of a guest, which is free when it is dropped.
pub(crate) struct GuestPlace {
    number: u64,
    guests: Arc<Guests>,
}

impl GuestPlace {
    fn leave(&self) -> Option<Guest> {
        let mut list = self.guests.list();
        let at = list.there.iter().position(|guest| guest.number == self.number)?;
        Some(list.there.remove(at))
    }
}

impl Drop for GuestPlace {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A guest, as the answers to its request know it.
#[derive(Clone)]
pub(crate) struct Asker(Arc<GuestPlace>);

impl Asker {
    /// It knows the token and stays: its place is free for another guest.
    pub(crate) fn becomes_viewer(&self) {
        self.0.leave().map(|guest| guest.stay.send(()).ok());
    }
}

impl Connected<IncomingStream<'_, Guarded>> for Asker {
    fn connect_info(stream: IncomingStream<'_, Guarded>) -> Asker {
        Asker(stream.io().place.clone())
    }
}

/// A connection that fails when no request arrives, when the answer cannot be sent, or when its place is needed.
pub(crate) struct Connection {
    stream: TcpStream,
    place: Arc<GuestPlace>,
    /// Tells whether the guest was dropped or has become a viewer; `None` afterwards.
    dropped: Option<oneshot::Receiver<()>>,
    /// Whether part of the answer was sent. Each connection serves one request.
    answered: bool,
    /// When it fails; `None` while it waits for nothing.
    due: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn check_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.due.as_mut().map(|due| due.as_mut().poll(context)) {
            Some(Poll::Ready(())) => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }

    fn check_place(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.dropped.as_mut().map(|dropped| Pin::new(dropped).poll(context)) {
            Some(Poll::Ready(Err(_))) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Poll::Ready(Ok(()))) => {
                self.dropped = None;
                // The request has arrived, and what follows it may take its time.
                self.due = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check_place(context)?;
        if !self.answered {
            self.check_time(context)?;
        }
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check_place(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, buf);
        if written.is_pending() {
            if self.due.is_none() {
                self.due = Some(Box::pin(sleep(STALL)));
            }
            self.check_time(context)?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn enter(guests: &Arc<Guests>, address: &str) -> (Arc<GuestPlace>, oneshot::Receiver<()>) {
        Guests::enter(guests, address.parse().unwrap())
    }

    fn is_dropped(dropped: &mut oneshot::Receiver<()>) -> bool {
        dropped.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[test]
    fn who_takes_most_places_loses_them() {
        let guests = Arc::default();
        let mut few: Vec<_> = (0..4).map(|n| enter(&guests, &format!("192.168.1.{n}"))).collect();
        // One machine, with as many addresses as IPv6 gives it.
        let mut many: Vec<_> = (0..1000).map(|n| enter(&guests, &format!("2001:db8::{n:x}"))).collect();
        assert_eq!(guests.list().there.len(), MOST_GUESTS);
        assert!(few.iter_mut().all(|(_, dropped)| !is_dropped(dropped)));
        let kept: Vec<_> = (0..many.len()).filter(|n| !is_dropped(&mut many[*n].1)).collect();
        assert_eq!(kept, (1004 - MOST_GUESTS..1000).collect::<Vec<_>>(), "the newest");
        // A viewer is counted no more, and what has ended neither.
        Asker(few[0].0.clone()).becomes_viewer();
        assert_eq!(few[0].1.try_recv(), Ok(()));
        drop(many);
        assert_eq!(guests.list().there.len(), 3);
        drop(few);
        assert!(guests.list().there.is_empty());
    }

    #[test]
    fn an_address_is_counted_once() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }
}
