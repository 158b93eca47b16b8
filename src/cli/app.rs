//! `transcribe app`: starts the web application of a folder and opens it in a browser, or finds the one that runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use transcribe::app::CancelToken;
use transcribe::app::library::{self, Library, LibraryError, Queue, Runner, StandIn, Tokens};
use transcribe::app::{UsageError, language_code};
use transcribe::web::{Address, Server, WebOptions};
use transcribe::wording::Language;

use super::args::{App, AppCommand, Token};
use super::progress::Reporter;
use super::{Exit, interrupt, print};

/// The port of the application where it is free: then its link stays the same.
const PORT: u16 = 7273;
/// How long an application that was just started may take to tell its address, and one that ends to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// 24 hours.
const DAY: Duration = Duration::from_secs(86_400);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(args: App) -> Exit {
    let reporter = Reporter::new(None, false, false);
    if let Some(AppCommand::Token(command)) = &args.command {
        return token(command, &args, reporter);
    }
    match prepare(&args) {
        Ok((folder, _)) if args.stop && !Library::exists(&folder) => {
            done(&format!("transcribe is not running: there is no library in `{}`", folder.display()))
        }
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

/// The folder of the library: the one that was named, or this user's.
///
/// # Errors
/// If this user has none.
pub(super) fn folder(named: Option<&Path>) -> Result<PathBuf, UsageError> {
    let no_home = || UsageError::new("this user has no home folder", "`--data-dir FOLDER` names a folder");
    named.map(PathBuf::from).or_else(Library::folder_of_user).ok_or_else(no_home)
}

/// The folder of the library, and what was chosen about the pages.
fn prepare(args: &App) -> Result<(PathBuf, WebOptions), UsageError> {
    let folder = folder(args.data_dir.as_deref())?;
    let code = args.ui_language.as_deref().map(language_code).transpose()?.flatten();
    let known = |code: &str| Language::ALL.into_iter().find(|language| language.code() == code);
    let ui_language = match code {
        None => None,
        Some(code) => Some(known(&code).ok_or_else(|| UsageError::new("pages are in German or English", "de or en"))?),
    };
    let stand_in = StandIn { script: args.scripted.clone(), input: args.input.clone(), speed: args.speed };
    let options = WebOptions { ui_language, mirror: args.mirror.clone(), stand_in, ..WebOptions::default() };
    Ok((folder, options))
}

/// Serves until somebody ends it.
fn serve(args: &App, library: Library, options: WebOptions, reporter: Reporter) -> Exit {
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    let folder = library.folder().to_owned();
    let queue = match runner(args.scripted.as_deref(), args.jobs, args.keep_uploads)
        .map_err(|e| e.to_string())
        .and_then(|runner| Queue::start(Arc::new(library), runner).map_err(|error| error.to_string()))
    {
        Ok(queue) => queue,
        Err(error) => return reporter.misused(&error.into()),
    };
    let started = last_port(&folder).and_then(|last| {
        let server = listen(args, last, &queue, options)?;
        let address = Address { url: server.url(), process: Some(std::process::id()) };
        address.write(&folder).map_err(|error| not_writable(&folder, &error))?;
        Ok((server, address))
    });
    let (server, address) = match started {
        Ok(started) => started,
        Err(error) => {
            queue.close();
            return reporter.misused(&error);
        }
    };
    let exit = show(args, &address, reporter);
    while !cancel.is_cancelled() && !server.ended(PAUSE) {}
    // No further request comes in, and then the jobs write what is done.
    drop(server);
    queue.close();
    let _ = Address::clear(&folder);
    exit
}

/// The port of last time; whoever starts the application now must not take what stands there for the address of this one.
pub(super) fn last_port(folder: &Path) -> Result<Option<u16>, UsageError> {
    Address::clear(folder).map_err(|error| not_writable(folder, &error))
}

fn not_writable(folder: &Path, error: &io::Error) -> UsageError {
    format!("cannot write to `{}`: {error}", folder.display()).into()
}

/// At the port that was asked for; or else at the one of last time.
fn listen(args: &App, last: Option<u16>, queue: &Arc<Queue>, options: WebOptions) -> Result<Server, UsageError> {
    let start = |port: u16| Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), queue, options.clone());
    let server = match args.port {
        Some(port) => start(port),
        None => start(last.unwrap_or(PORT)).or_else(|_| start(0)),
    };
    let failed = |error| format!("cannot serve the application: {error}");
    server.map_err(|error| UsageError::new(failed(error), "`--port PORT` takes another port"))
}

/// How the program starts itself for a job.
///
/// # Errors
/// If the system does not tell where it lies.
pub(super) fn runner(scripted: Option<&Path>, jobs: Option<u16>, keep_days: u16) -> io::Result<Runner> {
    let script = scripted.into_iter().map(std::path::absolute).collect::<io::Result<Vec<_>>>()?;
    Ok(Runner {
        program: std::env::current_exe()?,
        needs_model: script.is_empty(),
        arguments: script.into_iter().flat_map(|path| ["--scripted".into(), path.into()]).collect(),
        most_at_once: jobs.map(usize::from),
        keep_uploads: DAY * u32::from(keep_days),
    })
}

/// Lists, makes or deletes tokens for programs.
fn token(command: &Token, args: &App, reporter: Reporter) -> Exit {
    let tokens = match folder(args.data_dir.as_deref()) {
        Ok(folder) => Tokens::of(&folder),
        Err(error) => return reporter.misused(&error),
    };
    let line = |token: &library::Token| format!("{}  {}\n", token.added.strftime("%Y-%m-%d"), token.name);
    let said = match command {
        Token::List => tokens.list().map(|all| all.iter().map(line).collect()),
        Token::Add { name } => tokens.add(name).map(|token| token + "\n"),
        Token::Revoke { name } => tokens.revoke(name).map(|()| "revoked\n".to_owned()),
    };
    match said {
        Ok(text) => print(text.as_bytes()),
        Err(error) => reporter.misused(&error.to_string().into()),
    }
}

/// Opens the application that runs.
fn found(args: &App, folder: &Path, reporter: Reporter) -> Exit {
    match running(folder) {
        Ok(address) => show(args, &address, reporter),
        Err(error) => reporter.misused(&error),
    }
}

/// The address of the application that runs, or is just being started.
///
/// # Errors
/// If what works with the library is none.
fn running(folder: &Path) -> Result<Address, UsageError> {
    wait_for(|| Address::read(folder).filter(Address::is_served)).ok_or_else(|| {
        UsageError::new(
            "another `transcribe` works with the library, and shows no pages",
            "end it, e.g. `transcribe serve`, or take another folder with `--data-dir FOLDER`",
        )
    })
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
    let cannot = |error| format!("cannot end the application: {error}").into();
    if let Err(error) = running(folder).and_then(|address| address.stop().map_err(cannot)) {
        return reporter.misused(&error);
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
