//! Transfers a file over HTTP, resuming after broken connections.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::failure::{Failure, fail, network_message};
use super::part::Part;
use super::{Model, OnProgress, Options, Progress};
use crate::DownloadErrorKind;

/// A connection that delivers this many bytes before it breaks counts as progress.
const PROGRESS: u64 = 1 << 20;
/// How often progress is reported at most.
const REPORT_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Transfer<'a> {
    model: &'a Model,
    url: &'a str,
    options: &'a Options,
    agent: Agent,
    /// Whether the server has answered a request.
    reached: bool,
}

/// What became of a request.
enum Outcome {
    Done,
    /// The server can't resume where the part ends.
    CannotResume,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(model: &'a Model, url: &'a str, options: &'a Options) -> Transfer<'a> {
        let config = Agent::config_builder()
            .user_agent(concat!("transcribe/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .http_status_as_error(false)
            .timeout_resolve(Some(options.connect))
            .timeout_connect(Some(options.connect))
            .timeout_recv_response(Some(options.silence))
            .timeout_per_read(Some(options.silence))
            .build();
        Transfer { model, url, options, agent: Agent::new_with_config(config), reached: false }
    }

    pub(super) fn check_address(&self) -> Result<(), Failure> {
        match ["http://", "https://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            true => Ok(()),
            false => fail("it is no web address", DownloadErrorKind::NotAnAddress),
        }
    }

    /// Fills `part` up to the published size.
    pub(super) fn run(&mut self, part: &mut Part, progress: &mut OnProgress<'_>) -> Result<(), Failure> {
        let size = self.model.size;
        let (mut failures, mut restarted) = (0, false);
        loop {
            let before = part.len()?;
            if before > size {
                part.clear()?;
                continue;
            }
            if before == size {
                return Ok(());
            }
            match self.request(part, before, progress) {
                Ok(Outcome::Done) => {}
                Ok(Outcome::CannotResume) if !restarted && before > 0 => {
                    restarted = true;
                    part.clear()?;
                }
                Ok(Outcome::CannotResume) => {
                    return fail("the server sends another part than requested", DownloadErrorKind::Other);
                }
                Err(Failure::Retryable(reason)) => {
                    let downloaded = part.len()?;
                    if downloaded >= before + PROGRESS {
                        failures = 0;
                    }
                    failures += 1;
                    if failures > self.options.retries {
                        return fail(reason, DownloadErrorKind::Interrupted { downloaded, size });
                    }
                    if progress(Progress::Retrying(&reason)).is_break() {
                        return Err(Failure::Cancelled);
                    }
                    let pause = self.options.pause * 2_u32.saturating_pow(failures - 1).min(60);
                    self.wait(pause, downloaded, progress)?;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// One request for everything from byte `from` on.
    fn request(&mut self, part: &mut Part, from: u64, progress: &mut OnProgress<'_>) -> Result<Outcome, Failure> {
        let mut request = self.agent.get(self.url);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let mut response = request.call().map_err(|error| Failure::of_request(&error, self.reached))?;
        self.reached = true;
        let size = self.model.size;
        let from = match response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&response, from, size) => from,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => return Ok(Outcome::CannotResume),
            StatusCode::OK => {
                part.clear()?;
                0
            }
            status => return Err(Failure::of_status(status)),
        };
        let left = size - from;
        let offered: Option<u64> =
            response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(offered) = offered.filter(|offered| *offered != left) {
            let reason = format!("the server offers {} bytes instead of {size}", from.saturating_add(offered));
            return fail(reason, DownloadErrorKind::WrongFile);
        }
        // One byte more than expected, to notice a file that is too long.
        let body = response.body_mut().with_config().limit(u64::MAX).reader().take(left + 1);
        self.receive(body, part, from, progress)?;
        Ok(Outcome::Done)
    }

    /// Writes `body` to `part` from byte `done` on.
    fn receive(
        &self,
        mut body: impl Read,
        part: &mut Part,
        mut done: u64,
        progress: &mut OnProgress<'_>,
    ) -> Result<(), Failure> {
        let size = self.model.size;
        part.seek(done)?;
        let mut buffer = vec![0; 1 << 16];
        let mut reported: Option<Instant> = None;
        loop {
            let now = Instant::now();
            if reported.is_none_or(|then| now - then >= REPORT_EVERY) {
                reported = Some(now);
                report(progress, done, size)?;
            }
            let count = match body.read(&mut buffer) {
                Ok(0) if done < size => return Err(Failure::Retryable("the connection broke off".into())),
                Ok(0) => return report(progress, done, size),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Retryable(network_message(&ureq::Error::from(error)))),
            };
            if done + count as u64 > size {
                part.clear()?;
                return fail(format!("the server sends more than {size} bytes"), DownloadErrorKind::Other);
            }
            part.write(&buffer[..count])?;
            done += count as u64;
        }
    }

    /// Waits in short sleeps, so that it can be cancelled.
    fn wait(&self, pause: Duration, downloaded: u64, progress: &mut OnProgress<'_>) -> Result<(), Failure> {
        let end = Instant::now() + pause;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            thread::sleep(left.min(Duration::from_millis(100)));
            report(progress, downloaded, self.model.size)?;
        }
        Ok(())
    }
}

fn report(progress: &mut OnProgress<'_>, done: u64, size: u64) -> Result<(), Failure> {
    match progress(Progress::Fetched(done, size)).is_break() {
        true => Err(Failure::Cancelled),
        false => Ok(()),
    }
}

/// Whether a partial response starts at byte `from` of a file of `size` bytes (RFC 9110, section 14.4).
fn starts_at(response: &Response<Body>, from: u64, size: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let Some((span, total)) = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('/')) else {
        return false;
    };
    let start = span.split_once('-').and_then(|(start, _)| start.parse().ok());
    start == Some(from) && (total == "*" || total.parse() == Ok(size))
}
