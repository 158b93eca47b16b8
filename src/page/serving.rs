//! A server on a thread of its own: how it is started, and how it ends.

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::access::Access;
use super::connections::{Asker, Guarded};

/// Listens at `address`, and has `serve` answer there until it returns; who may ask, and the thread of this name. `token`: `None`: a new
/// random one.
///
/// # Errors
/// The address is taken or is not one of this machine, there are no random numbers, or no thread can be started.
pub(crate) fn start(
    name: &str,
    runtime: Runtime,
    (address, token): (SocketAddr, Option<[u8; 16]>),
    serve: impl FnOnce(Runtime, TcpListener, Arc<Access>) + Send + 'static,
) -> io::Result<(Arc<Access>, JoinHandle<()>)> {
    let (tell, told) = mpsc::sync_channel::<io::Result<Arc<Access>>>(1);
    // Bound in the other thread, since the caller may be within a runtime of its own.
    let run = move || {
        let bound: io::Result<_> = runtime.block_on(async {
            let listener = TcpListener::bind(address).await?;
            let access = Arc::new(Access::new(listener.local_addr()?, token)?);
            Ok((listener, access))
        });
        match bound {
            Err(error) => _ = tell.send(Err(error)),
            Ok((listener, access)) => {
                tell.send(Ok(access.clone())).ok();
                serve(runtime, listener, access);
            }
        }
    };
    let thread = thread::Builder::new().name(name.into()).spawn(run)?;
    let access = told.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
    Ok((access, thread))
}

/// Serves until it is `stopped`, and then at most for `farewell` while answers are on their way.
pub(crate) async fn until_stopped(
    listener: TcpListener,
    router: Router,
    stopped: watch::Receiver<bool>,
    farewell: Duration,
) {
    let stopped = || {
        let mut stopped = stopped.clone();
        async move { _ = stopped.wait_for(|stopped| *stopped).await }
    };
    let router = router.into_make_service_with_connect_info::<Asker>();
    let serve = axum::serve(Guarded::new(listener), router).with_graceful_shutdown(stopped());
    let serving = tokio::spawn(serve.into_future());
    stopped().await;
    _ = tokio::time::timeout(farewell, serving).await;
}
