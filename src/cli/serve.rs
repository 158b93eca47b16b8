//! `transcribe serve`: OpenAI's audio API for other programs, without a browser.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use transcribe::app::library::{Library, LibraryError, Queue, Tokens};
use transcribe::app::{CancelToken, UsageError};
use transcribe::web::{Address, Server, WebOptions};

use super::args::Serve;
use super::progress::Reporter;
use super::{Exit, app, interrupt, print};

/// Between two looks whether it is to end.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(args: &Serve) -> Exit {
    let reporter = Reporter::new(None, false, false);
    let opened = check(args).and_then(|folder| match Library::open(&folder) {
        Ok(library) => Ok(library),
        Err(LibraryError::Running { folder }) => Err(running(&folder)),
        Err(error) => Err(UsageError::new(error.to_string(), "`--data-dir FOLDER` takes another folder")),
    });
    match opened.and_then(|library| serve(args, library, reporter)) {
        Ok(exit) => exit,
        Err(error) => reporter.misused(&error),
    }
}

/// The folder of the library.
///
/// # Errors
/// If others could reach the address, and nobody has allowed that.
fn check(args: &Serve) -> Result<PathBuf, UsageError> {
    if !args.listen.ip().is_loopback() && !args.network {
        return Err(UsageError::new(
            format!("at {} other machines could reach it", args.listen),
            "`--network` allows it; without an address only this machine can",
        ));
    }
    app::folder(args.data_dir.as_deref())
}

/// Another process works with the library.
fn running(folder: &Path) -> UsageError {
    let address = Address::read(folder).filter(Address::is_served);
    let host = address.as_ref().and_then(|address| address.url.strip_prefix("http://")?.split('/').next());
    match host {
        Some(host) => {
            let message = "the application is running, and serves the same";
            UsageError::new(message, format!("its address for programs is http://{host}/v1"))
        }
        None => UsageError::new(
            format!("another `transcribe` works with `{}`", folder.display()),
            "`--data-dir FOLDER` takes another folder",
        ),
    }
}

/// Serves until it is interrupted.
fn serve(args: &Serve, library: Library, reporter: Reporter) -> Result<Exit, UsageError> {
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    app::last_port(library.folder())?;
    let tokens = Tokens::of(library.folder()).list().map_err(|error| error.to_string())?;
    let runner =
        app::runner(args.scripted.as_deref(), args.jobs, args.keep_uploads).map_err(|error| error.to_string())?;
    let queue = Queue::start(Arc::new(library), runner).map_err(|error| error.to_string())?;
    let options = WebOptions { api_only: true, ..WebOptions::default() };
    let server = Server::start(args.listen, &queue, options).map_err(|error| {
        queue.close();
        UsageError::new(format!("cannot listen at {}: {error}", args.listen), "`--listen ADDRESS` takes another one")
    })?;
    let exit = print(format!("{}/v1\n", server.root()).as_bytes());
    if tokens.is_empty() {
        reporter.note("nobody has a token yet: `transcribe app token add NAME` makes one");
    }
    if !args.listen.ip().is_loopback() {
        reporter
            .note("warning: nothing is encrypted, neither recordings nor tokens: use it in networks that you trust");
    }
    while !cancel.is_cancelled() {
        std::thread::sleep(PAUSE);
    }
    // No further request comes in, and then the jobs write what is done.
    drop(server);
    queue.close();
    Ok(exit)
}
