//! A program that runs beside its test: the test waits for what it does, never for a time, and says how it ended.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Done, SECRET};

/// How long a test waits for anything that a program is to do. Far more than it takes on a busy machine: it ends a test that
/// would wait for ever.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// How often the file of another process is looked at, where no event tells of a change.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A program that was started. Its test waits for its end or kills it; it is killed when its test fails before.
pub(crate) struct Running {
    name: String,
    pub(crate) pid: Pid,
    events: Receiver<Event>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: Option<ExitStatus>,
}

enum Event {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Ended(ExitStatus),
}

/// Waits for what no event tells of; `what` says what did not come.
#[cfg(feature = "app")]
#[track_caller]
pub(crate) fn wait_until(what: impl Fn() -> String, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !ready() {
        assert!(Instant::now() < deadline, "{}", what());
        std::thread::park_timeout(LOOK_EVERY);
    }
}

impl Running {
    /// Starts it. Both outputs are collected; standard input is as `command` says, and its end here is closed.
    pub(crate) fn start(command: &mut Command) -> Running {
        Running::start_with(command, true)
    }

    /// The same where perhaps nobody reads standard output.
    pub(crate) fn start_with(command: &mut Command, read: bool) -> Running {
        let name = format!("{command:?}");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{name}: {e}"));
        // What was a pipe's end stays open in `command` otherwise.
        command.stdin(Stdio::null());
        let pid = Pid::from_child(&child);
        let (send, events) = channel();
        let stdout = child.stdout.take().unwrap();
        if read {
            pass_on(stdout, send.clone(), Event::Stdout);
        }
        pass_on(child.stderr.take().unwrap(), send.clone(), Event::Stderr);
        thread::spawn(move || send.send(Event::Ended(child.wait().unwrap())));
        Running { name, pid, events, stdout: Vec::new(), stderr: Vec::new(), status: None }
    }

    /// Takes in what it does next, waiting at most for `wait` and until `deadline`.
    fn next(&mut self, wait: Duration, deadline: Instant) -> Result<(), RecvTimeoutError> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.events.recv_timeout(wait.min(left))? {
            Event::Stdout(bytes) => self.stdout.extend(bytes),
            Event::Stderr(bytes) => self.stderr.extend(bytes),
            Event::Ended(status) => self.status = Some(status),
        }
        Ok(())
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let stderr = String::from_utf8_lossy(&self.stderr);
        match self.status {
            Some(status) => panic!("ended with {status} before {what}: {}\n{stderr}", self.name),
            None => panic!("after {LIMIT:?} it is not true yet that {what}: {}\n{stderr}", self.name),
        }
    }

    /// Waits for this on standard error.
    #[track_caller]
    pub(crate) fn until_told(&mut self, part: &str) {
        let deadline = Instant::now() + LIMIT;
        while !String::from_utf8_lossy(&self.stderr).contains(part) {
            if self.next(LIMIT, deadline).is_err() {
                self.fail(&format!("it said `{part}`"));
            }
        }
    }

    /// Waits for this line of standard output, counted from 0.
    #[track_caller]
    pub(crate) fn printed(&mut self, line: usize) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let mut lines = self.stdout.split_inclusive(|byte| *byte == b'\n');
            if let Some(bytes) = lines.nth(line).filter(|bytes| bytes.ends_with(b"\n")) {
                return String::from_utf8_lossy(bytes).trim_end().to_owned();
            }
            if self.next(LIMIT, deadline).is_err() {
                self.fail(&format!("it printed {} lines", line + 1));
            }
        }
    }

    /// Waits for what it does to files, which no event tells of. It must be running until then.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut ready: impl FnMut() -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !ready() {
            let ended = self.next(LOOK_EVERY, deadline) == Err(RecvTimeoutError::Disconnected);
            if (ended || Instant::now() >= deadline) && !ready() {
                self.fail(what);
            }
        }
    }

    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        assert_eq!(self.status, None, "{} has ended", self.name);
        kill_process(self.pid, signal).unwrap_or_else(|e| panic!("{signal:?}: {e}"));
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn output(mut self) -> Output {
        let deadline = Instant::now() + LIMIT;
        loop {
            match (self.next(LIMIT, deadline), self.status) {
                (Ok(()), _) => {}
                (Err(RecvTimeoutError::Disconnected), Some(status)) => {
                    let (stdout, stderr) = (std::mem::take(&mut self.stdout), std::mem::take(&mut self.stderr));
                    return Output { status, stdout, stderr };
                }
                (Err(_), _) => self.fail("it had ended and closed its outputs"),
            }
        }
    }

    /// Waits for its end, and checks what holds for every run.
    #[track_caller]
    pub(crate) fn done(self) -> Done {
        let output = self.output();
        let done = Done {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        };
        assert!(!done.stderr.contains(SECRET), "what was said is on standard error: {}", done.stderr);
        done
    }

    /// Kills it while it runs.
    #[track_caller]
    pub(crate) fn kill(self) -> Output {
        self.signal(Signal::KILL);
        let output = self.output();
        let how = output.status;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(how.signal(), Some(Signal::KILL.as_raw()), "it ended by itself, with {how}: {stderr}");
        output
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
            assert!(thread::panicking(), "its test does not wait for {}", self.name);
        }
    }
}

/// Sends each line as it comes.
fn pass_on(from: impl Read + Send + 'static, to: Sender<Event>, event: fn(Vec<u8>) -> Event) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if to.send(event(std::mem::take(&mut line))).is_err() {
                return;
            }
        }
    });
}
