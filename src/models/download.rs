//! Fetches a published model: whole, or not at all.
//!
//! The file grows as `ggml-NAME.bin.part` and gets its name only when its size and SHA-256 are those of the
//! catalogue, so the server need not be trusted. What a broken connection left is kept and continued, within the
//! call and by the next one. A lock file beside it keeps two programs from writing the same part.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::store::{lock, part};
use super::{Model, sha256_of};
use crate::error::io_message;
use crate::{DownloadErrorKind, Error};

/// Where whisper.cpp's authors publish their models.
pub const PUBLISHER: &str = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main";

/// How to fetch.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of a folder with the same files, instead of [`PUBLISHER`].
    pub mirror: Option<String>,
    /// How often in a row to go on after the connection broke without bringing a MiB.
    pub retries: u32,
    /// Wait before the first of those; each further one waits twice as long.
    pub pause: Duration,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long a server may stay silent.
    pub silence: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mirror: None,
            retries: 5,
            pause: Duration::from_secs(1),
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many bytes are on the disk, of so many.
    Fetched(u64, u64),
    /// The connection broke for this reason; it goes on after a pause.
    Retrying(&'a str),
    /// So many bytes are compared with the published digest, of so many.
    Checked(u64, u64),
}

/// Fetches `model` into `folder` (made if need be) and gives its path; a right file that lies there already is left
/// alone. `progress` is told from the calling thread, and may stop it; what was fetched is then kept for the next call.
///
/// Proxies are taken from the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
///
/// # Errors
/// [`Error::Download`] with the reason; [`Error::Cancelled`] when `progress` stopped it. The final name then is as it
/// was before.
pub fn get(
    model: &Model<'_>,
    folder: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<PathBuf, Error> {
    let base = options.mirror.as_deref().unwrap_or(PUBLISHER);
    let url = format!("{}/{}", base.trim_end_matches('/'), model.file());
    let target = folder.join(model.file());
    let job = Job { model, url, part: part(&target), options };
    job.run(&target, progress).map_err(|stop| job.error(stop))
}

/// Why it ends early.
enum Stop {
    /// Trying again helps.
    Broken(String),
    /// It does not.
    Failed {
        reason: String,
        kind: DownloadErrorKind,
    },
    Cancelled,
}

/// What one request came to.
enum Turn {
    Done,
    /// The server can't continue what lies here.
    StartAnew,
}

type Say<'a> = &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>;

struct Job<'a> {
    model: &'a Model<'a>,
    url: String,
    part: PathBuf,
    options: &'a Options,
}

impl Job<'_> {
    fn run(&self, target: &Path, say: Say<'_>) -> Result<PathBuf, Stop> {
        if !["http://", "https://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            return fail("it is no web address", DownloadErrorKind::NotAnAddress);
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| disk(folder, &error))?;
        }
        let _lock = self.lock(target)?;
        if fs::metadata(target).is_ok_and(|data| data.len() == self.model.size) && self.right(target, say)? {
            return Ok(target.into());
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&self.part)
            .map_err(|error| disk(&self.part, &error))?;
        if let Err(stop) = self.fill(&mut file, say) {
            if self.length(&file)? == 0 {
                drop(file);
                fs::remove_file(&self.part).map_err(|error| disk(&self.part, &error))?;
            }
            return Err(stop);
        }
        file.sync_all().map_err(|error| disk(&self.part, &error))?;
        drop(file);
        fs::rename(&self.part, target).map_err(|error| disk(target, &error))?;
        #[cfg(unix)]
        if let Some(folder) = target.parent() {
            // The name is safe only with its folder; a file system that can't do that is no reason to fail.
            File::open(folder).and_then(|folder| folder.sync_all()).ok();
        }
        Ok(target.into())
    }

    /// Makes the part the published file; one that can't become it is emptied.
    fn fill(&self, file: &mut File, say: Say<'_>) -> Result<(), Stop> {
        let continued = self.length(file)? > 0;
        self.fetch(file, say)?;
        if self.right(&self.part, say)? {
            return Ok(());
        }
        self.clear(file)?;
        if continued {
            // What lay here may have been the fault, and not the server's.
            self.fetch(file, say)?;
            if self.right(&self.part, say)? {
                return Ok(());
            }
            self.clear(file)?;
        }
        fail(
            "the server sent another file: its SHA-256 is not the published one; it was deleted",
            DownloadErrorKind::WrongDigest,
        )
    }

    fn lock(&self, target: &Path) -> Result<File, Stop> {
        let path = lock(target);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| disk(&path, &error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                fail("another program is downloading it at this moment", DownloadErrorKind::Other)
            }
            // Some network file systems know no locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        }
    }

    /// Fills the part up to the published size.
    fn fetch(&self, file: &mut File, say: Say<'_>) -> Result<(), Stop> {
        let agent = Agent::new_with_config(
            Agent::config_builder()
                .user_agent(concat!("transcribe/", env!("CARGO_PKG_VERSION")))
                .accept_encoding("identity")
                .http_status_as_error(false)
                .timeout_resolve(Some(self.options.connect))
                .timeout_connect(Some(self.options.connect))
                .timeout_recv_response(Some(self.options.silence))
                .timeout_per_read(Some(self.options.silence))
                .build(),
        );
        let (mut failures, mut anew, mut reached) = (0, false, false);
        loop {
            let before = self.length(file)?;
            if before > self.model.size {
                self.clear(file)?;
                continue;
            }
            if before == self.model.size {
                return Ok(());
            }
            match self.request(&agent, file, before, &mut reached, say) {
                Ok(Turn::Done) => {}
                Ok(Turn::StartAnew) if !anew && before > 0 => {
                    anew = true;
                    self.clear(file)?;
                }
                Ok(Turn::StartAnew) => {
                    return fail("the server sends another part than asked for", DownloadErrorKind::Other);
                }
                Err(Stop::Broken(reason)) => {
                    if self.length(file)? >= before + (1 << 20) {
                        failures = 0;
                    }
                    failures += 1;
                    if failures > self.options.retries {
                        let (downloaded, size) = (self.length(file)?, self.model.size);
                        return fail(reason, DownloadErrorKind::Interrupted { downloaded, size });
                    }
                    if say(Progress::Retrying(&reason)).is_break() {
                        return Err(Stop::Cancelled);
                    }
                    self.wait(self.options.pause * 2_u32.saturating_pow(failures - 1).min(60), file, say)?;
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// One request, from byte `from` on.
    fn request(
        &self,
        agent: &Agent,
        file: &mut File,
        from: u64,
        reached: &mut bool,
        say: Say<'_>,
    ) -> Result<Turn, Stop> {
        let mut request = agent.get(&self.url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let mut response = request.call().map_err(|error| self.network(error, *reached))?;
        *reached = true;
        let from = match response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&response, from, self.model.size) => from,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => return Ok(Turn::StartAnew),
            StatusCode::OK => {
                self.clear(file)?;
                0
            }
            status => return Err(refused(status)),
        };
        let left = self.model.size - from;
        let offered: Option<u64> =
            response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(offered) = offered
            && offered != left
        {
            return fail(
                format!("the server offers {} bytes instead of {}", from.saturating_add(offered), self.model.size),
                DownloadErrorKind::WrongFile,
            );
        }
        // One byte more than there should be, to notice that there is more.
        let body = response.body_mut().with_config().limit(u64::MAX).reader().take(left + 1);
        self.copy(body, file, from, say)?;
        Ok(Turn::Done)
    }

    fn copy(&self, mut body: impl Read, file: &mut File, from: u64, say: Say<'_>) -> Result<(), Stop> {
        let full = |error: &io::Error| disk(&self.part, error);
        file.seek(SeekFrom::Start(from)).map_err(|error| full(&error))?;
        let mut buffer = vec![0; 1 << 16];
        let mut done = from;
        let mut told: Option<Instant> = None;
        loop {
            let now = Instant::now();
            if told.is_none_or(|then| now - then >= Duration::from_millis(50)) {
                told = Some(now);
                if say(Progress::Fetched(done, self.model.size)).is_break() {
                    return Err(Stop::Cancelled);
                }
            }
            let count = match body.read(&mut buffer) {
                Ok(0) if done < self.model.size => return Err(Stop::Broken("the connection broke off".into())),
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Broken(spoken(&ureq::Error::from(error)))),
            };
            if done + count as u64 > self.model.size {
                self.clear(file)?;
                let reason = format!("the server sends more than the {} bytes there are", self.model.size);
                return fail(reason, DownloadErrorKind::Other);
            }
            file.write_all(&buffer[..count]).map_err(|error| full(&error))?;
            done += count as u64;
        }
        match say(Progress::Fetched(done, self.model.size)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Cancelled),
        }
    }

    /// Is it the published file?
    fn right(&self, path: &Path, say: Say<'_>) -> Result<bool, Stop> {
        let file = File::open(path).map_err(|error| disk(path, &error))?;
        match sha256_of(file, |read| say(Progress::Checked(read, self.model.size))) {
            Ok(sha256) => Ok(sha256 == self.model.sha256),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Stop::Cancelled),
            Err(error) => Err(disk(path, &error)),
        }
    }

    /// In short sleeps, so that it can be stopped.
    fn wait(&self, pause: Duration, file: &File, say: Say<'_>) -> Result<(), Stop> {
        let end = Instant::now() + pause;
        let done = self.length(file)?;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            thread::sleep(left.min(Duration::from_millis(100)));
            if say(Progress::Fetched(done, self.model.size)).is_break() {
                return Err(Stop::Cancelled);
            }
        }
        Ok(())
    }

    /// `reached`: has the server answered before, in this call?
    fn network(&self, error: ureq::Error, reached: bool) -> Stop {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let reason = spoken(&error);
        let broke = match &error {
            ureq::Error::Io(io) => {
                reached || matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            }
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed => reached,
            ureq::Error::Timeout(_) => true,
            _ => return Stop::Failed { reason, kind: DownloadErrorKind::Other },
        };
        // Where nothing was ever there to break, the address or the network is wrong and will stay so.
        match broke {
            true => Stop::Broken(reason),
            false => Stop::Failed { reason, kind: DownloadErrorKind::Unreachable },
        }
    }

    fn length(&self, file: &File) -> Result<u64, Stop> {
        Ok(file.metadata().map_err(|error| disk(&self.part, &error))?.len())
    }

    fn clear(&self, file: &mut File) -> Result<(), Stop> {
        file.set_len(0).map_err(|error| disk(&self.part, &error))
    }

    fn error(&self, stop: Stop) -> Error {
        let url = without_password(&self.url).into_owned();
        match stop {
            Stop::Broken(reason) => Error::Download { url, reason, kind: DownloadErrorKind::Other },
            Stop::Failed { reason, kind } => Error::Download { url, reason, kind },
            Stop::Cancelled => Error::Cancelled,
        }
    }
}

fn fail<T>(reason: impl Into<String>, kind: DownloadErrorKind) -> Result<T, Stop> {
    Err(Stop::Failed { reason: reason.into(), kind })
}

/// Does it continue where we stopped, in a file of the right size? (RFC 9110, 14.4)
fn starts_at(response: &Response<Body>, from: u64, size: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let Some((span, total)) = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('/')) else {
        return false;
    };
    let start = span.split_once('-').and_then(|(start, _)| start.parse().ok());
    start == Some(from) && (total == "*" || total.parse() == Ok(size))
}

fn refused(status: StatusCode) -> Stop {
    let reason = format!("the server answers {status}");
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Stop::Broken(reason),
        status if status.is_server_error() => Stop::Broken(reason),
        StatusCode::NOT_FOUND => Stop::Failed { reason, kind: DownloadErrorKind::WrongFile },
        _ => Stop::Failed { reason, kind: DownloadErrorKind::Other },
    }
}

/// The disk's troubles.
fn disk(path: &Path, error: &io::Error) -> Stop {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DownloadErrorKind::DiskFull,
        _ => DownloadErrorKind::NotWritable,
    };
    Stop::Failed { reason: format!("cannot write `{}`: {}", path.display(), io_message(error)), kind }
}

/// The network's troubles.
fn spoken(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::UnexpectedEof => "the connection broke off".into(),
        ureq::Error::Io(io) => io_message(io),
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => "the server can't be reached".into(),
        ureq::Error::Timeout(_) => "the server stays silent".into(),
        ureq::Error::HostNotFound => "there is no such server".into(),
        other => other.to_string().to_lowercase(),
    }
}

/// An address that may be shown.
fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once('@') {
        Some((secret, _)) => format!("{scheme}://{}", &rest[secret.len() + 1..]).into(),
        None => url.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_the_way_out() {
        let stop = disk(Path::new("models/ggml-tiny.bin.part"), &io::ErrorKind::StorageFull.into());
        let Stop::Failed { reason, kind } = stop else { panic!("retried") };
        assert!(reason.starts_with("cannot write `models/ggml-tiny.bin.part`: no storage space"), "{reason}");
        assert_eq!(kind, DownloadErrorKind::DiskFull);
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("https://me:se@cret@host/a@b"), "https://host/a@b");
        assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
    }
}
