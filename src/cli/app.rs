//! `transcribe app`: starts the web application of a folder and opens it in a browser, or finds the one that runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use transcribe::app::CancelToken;
use transcribe::app::library::{Library, LibraryError, Queue, Runner};
use transcribe::app::{UsageError, language_code};
use transcribe::web::{Address, Server, WebOptions};
use transcribe::wording::Language;

use super::args::App;
use super::progress::Reporter;
use super::{Exit, interrupt, print};

/// The port of the application where it is free: then its link stays the same.
const PORT: u16 = 7273;
/// How long an application that was just started may take to tell its address, and one that ends to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(args: App) -> Exit {
    let reporter = Reporter::new(None, false, false);
    match prepare(&args) {
        Ok((folder, options)) => match Library::open(&folder) {
            Ok(_) if args.stop => done("transcribe is not running"),
            Ok(library) => serve(&args, library, options, reporter),
            Err(LibraryError::Running { folder }) if args.stop => stop(&folder, reporter),
            Err(LibraryError::Running { folder }) => found(&args, &folder, reporter),
            Err(error) => {
                reporter.misused(&UsageError::new(error.to_string(), "`--data-dir FOLDER` takes another folder"))
            }
        },
        Err(error) => reporter.misused(&error),
    }
}

/// The folder of the library, and what was chosen about the pages.
fn prepare(args: &App) -> Result<(PathBuf, WebOptions), UsageError> {
    let no_home = || UsageError::new("this user has no home folder", "`--data-dir FOLDER` names a folder");
    let folder = args.data_dir.clone().or_else(Library::folder_of_user).ok_or_else(no_home)?;
    let code = args.ui_language.as_deref().map(language_code).transpose()?.flatten();
    let known = |code: &str| Language::ALL.into_iter().find(|language| language.code() == code);
    let ui_language = match code {
        None => None,
        Some(code) => Some(known(&code).ok_or_else(|| UsageError::new("pages are in German or English", "de or en"))?),
    };
    Ok((folder, WebOptions { ui_language, mirror: args.mirror.clone(), token: None }))
}

/// Serves until somebody ends it.
fn serve(args: &App, library: Library, options: WebOptions, reporter: Reporter) -> Exit {
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    let folder = library.folder().to_owned();
    let queue = match runner(args)
        .map_err(|e| e.to_string())
        .and_then(|runner| Queue::start(Arc::new(library), runner).map_err(|error| error.to_string()))
    {
        Ok(queue) => queue,
        Err(error) => return reporter.misused(&error.into()),
    };
    let server = match listen(args, &folder, &queue, options) {
        Ok(server) => server,
        Err(error) => {
            queue.close();
            return reporter.misused(&UsageError::new(
                format!("cannot serve the application: {error}"),
                "`--port PORT` takes another port",
            ));
        }
    };
    let address = Address { url: server.url(), process: Some(std::process::id()) };
    if let Err(error) = address.write(&folder) {
        queue.close();
        return reporter.misused(&format!("cannot write to `{}`: {error}", folder.display()).into());
    }
    let exit = show(args, &address, reporter);
    while !cancel.is_cancelled() && !server.ended(PAUSE) {}
    // No further request comes in, and then the jobs write what is done.
    drop(server);
    queue.close();
    let _ = Address { process: None, ..address }.write(&folder);
    exit
}

/// At the port that was asked for; or else at the one of last time, with the same token, so that the link stays the same.
fn listen(args: &App, folder: &Path, queue: &Arc<Queue>, options: WebOptions) -> io::Result<Server> {
    let (last, token) = Address::read(folder).and_then(|address| address.port_and_token()).unzip();
    let options = WebOptions { token, ..options };
    let start = |port: u16| Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), queue, options.clone());
    match args.port {
        Some(port) => start(port),
        None => start(last.unwrap_or(PORT)).or_else(|_| start(0)),
    }
}

/// How the program starts itself for a job.
fn runner(args: &App) -> io::Result<Runner> {
    let script = args.scripted.iter().map(std::path::absolute).collect::<io::Result<Vec<_>>>()?;
    Ok(Runner {
        program: std::env::current_exe()?,
        needs_model: script.is_empty(),
        arguments: script.into_iter().flat_map(|path| ["--scripted".into(), path.into()]).collect(),
        most_at_once: args.jobs.map(usize::from),
    })
}

/// Opens the application that runs.
fn found(args: &App, folder: &Path, reporter: Reporter) -> Exit {
    let running = || Address::read(folder).filter(|address| address.process.is_some());
    match wait_for(running) {
        Some(address) => show(args, &address, reporter),
        None => reporter.misused(&UsageError::new(
            "the application is running, but does not tell its address",
            "`transcribe app --stop` ends it",
        )),
    }
}

/// Prints the link, and opens it.
fn show(args: &App, address: &Address, reporter: Reporter) -> Exit {
    let exit = done(&address.url);
    if !args.no_open && open::that_detached(address.link_for_once()).is_err() {
        reporter.note("no browser can be opened here: open the link above in one");
    }
    exit
}

/// Ends the application that runs, and waits until it has.
fn stop(folder: &Path, reporter: Reporter) -> Exit {
    let asked = Address::read(folder).ok_or(io::ErrorKind::NotFound.into()).and_then(|address| address.stop());
    if let Err(error) = asked {
        return reporter.misused(&format!("cannot end the application: {error}").into());
    }
    match wait_for(|| Library::open(folder).ok()) {
        Some(_) => done("ended"),
        None => reporter.misused(&"the application has not ended yet".to_owned().into()),
    }
}

fn done(text: &str) -> Exit {
    print(format!("{text}\n").as_bytes())
}

/// Looks until there is something, at most for [`PATIENCE`].
fn wait_for<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        match look() {
            None if Instant::now() < end => thread::sleep(PAUSE),
            found => return found,
        }
    }
}
