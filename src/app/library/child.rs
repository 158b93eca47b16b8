//! The process of a job: this program itself, which is told what to do by arguments and tells how far it is in JSON lines.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Failure, Job};
use crate::app::Settings;
use crate::options::Kind;

/// Bytes of a line that are read. A process that a recording has brought down may write anything.
const LONGEST_LINE: u64 = 1 << 20;
/// How long a process may take to write what is done; one that takes longer is killed.
const LONGEST_END: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 20 });
/// When nobody waits any more for the end of a process that was killed, for the system does not end it.
pub(super) const GIVEN_UP: Duration = LONGEST_END.saturating_add(Duration::from_secs(10));
/// Between two looks whether a process that says nothing has ended.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at a process that has closed its output, which ends at once.
const PAUSE: Duration = Duration::from_millis(10);

/// How the program starts itself.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The file of the program.
    pub program: PathBuf,
    /// What it gets besides what the job asks for.
    pub arguments: Vec<OsString>,
    /// Whether a model must be installed; `false` where a script answers.
    pub needs_model: bool,
    /// Jobs that run at once; `None`: as many as cores and memory allow.
    pub most_at_once: Option<usize>,
    /// How long a recording that a program sent is kept after its job has ended, with its transcript, unless somebody has asked to keep it.
    pub keep_uploads: Duration,
}

/// What the process of a job says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ChildEvent {
    /// The recording is open and has so many seconds, if its container says so.
    Opened { length: Option<f64> },
    /// Everything before `position` is done, in seconds; `left`: seconds that it will take, by what it took so far. `voices`: the text is
    /// written, and voices are told apart.
    Progress { position: f64, left: Option<u64>, voices: bool },
    /// There is a transcript, and the work was so many times faster than real time.
    Transcribed { speed: f64 },
    /// It will end without a whole transcript.
    Failed(Failure),
}

/// A process that works on a job.
pub(super) struct Process {
    child: Arc<Mutex<Child>>,
    /// What it says. A thread reads it, for what the process has started may hold its output open longer than it lives.
    events: Receiver<ChildEvent>,
}

/// Ends the process of a job. Dropping it ends it in order, for its standard input is closed.
pub(super) struct Stop {
    child: Arc<Mutex<Child>>,
    /// `None` once the process was asked to end.
    input: Option<ChildStdin>,
    /// When it was.
    asked: Option<Instant>,
}

impl Stop {
    /// Asks the process to end: it writes what is done.
    pub(super) fn ask(&mut self) {
        self.input = None;
        self.asked.get_or_insert_with(Instant::now);
    }

    /// Ends the process at once if it was asked to end and has not for [`LONGEST_END`].
    pub(super) fn kill_if_late(&self) {
        if self.asked.is_some_and(|asked| asked.elapsed() >= LONGEST_END) {
            // It may have ended by itself.
            let _ = locked(&self.child).kill();
        }
    }
}

/// The process; nobody waits while it is locked.
fn locked(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Starts it, with what ends it.
    ///
    /// # Errors
    /// If the system can't start it.
    pub(super) fn start(runner: &Runner, job: &Job, files: &JobFiles, threads: usize) -> io::Result<(Process, Stop)> {
        let mut command = Command::new(&runner.program);
        command.args(&runner.arguments).args(arguments(job, files, threads));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        of_its_own(&mut command);
        let mut child = command.spawn()?;
        let (input, errors) = (child.stdin.take(), child.stderr.take());
        let errors = errors.ok_or(io::ErrorKind::BrokenPipe)?;
        let child = Arc::new(Mutex::new(child));
        let (process, stop) = (child.clone(), Stop { child, input, asked: None });
        let (send, events) = channel();
        let read = move || lines(errors).take_while(|event| send.send(event.clone()).is_ok()).for_each(drop);
        // Without it, the process hears that its input is closed, and ends.
        thread::Builder::new().name("job output".into()).spawn(read)?;
        Ok((Process { child: process, events }, stop))
    }

    /// What it says next that is of interest; `None` when it has ended or closed its output.
    pub(super) fn next(&self) -> Option<ChildEvent> {
        loop {
            match self.events.recv_timeout(LOOK_EVERY) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) if matches!(locked(&self.child).try_wait(), Ok(None)) => {}
                // It may have said something just before.
                Err(_) => return self.events.recv_timeout(LOOK_EVERY).ok(),
            }
        }
    }

    /// How it ended. It has closed its output, so that it ends at once; or else it is killed.
    ///
    /// # Errors
    /// If the system can't tell, or can't end it.
    pub(super) fn end(self) -> io::Result<ExitStatus> {
        let closed = Instant::now();
        loop {
            let mut child = locked(&self.child);
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if closed.elapsed() >= GIVEN_UP {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if closed.elapsed() >= LONGEST_END {
                let _ = child.kill();
            }
            drop(child);
            thread::sleep(PAUSE);
        }
    }
}

/// What of the output of a process is of interest, until its end.
fn lines(output: ChildStderr) -> impl Iterator<Item = ChildEvent> {
    let mut output = BufReader::new(output);
    let line = move || {
        let mut line = Vec::new();
        let count = output.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
        (count > 0).then(|| serde_json::from_slice(&line).ok().as_ref().and_then(event))
    };
    std::iter::from_fn(line).flatten()
}

/// Files that a job needs besides its recording.
#[derive(Clone, Debug, Default)]
pub(super) struct JobFiles {
    /// Settings, of which there are none: those of the person are for the command line.
    pub(super) config: PathBuf,
    /// The glossary; `None`: there is none.
    pub(super) glossary: Option<PathBuf>,
}

/// What is written on the command line of a job.
fn arguments(job: &Job, files: &JobFiles, threads: usize) -> Vec<OsString> {
    let mut all: Vec<OsString> =
        ["--progress", "json", "--stop-at-eof", "--overwrite", "--output-format", "json"].map(Into::into).into();
    all.extend([joined("--threads", threads.to_string()), joined("--config", &files.config)]);
    all.push(joined("--output-dir", &job.recording.folder));
    all.extend(files.glossary.iter().map(|path| joined("--glossary", path)));
    let meeting = job.recording.meeting_path();
    if meeting.is_file() {
        all.push(joined("--meeting", meeting));
    }
    for (name, value) in &job.settings.options {
        let spec = Settings::options().find(|spec| spec.name == name);
        match spec.map(|spec| spec.kind) {
            Some(Kind::Flag) if value == "true" => all.push(format!("--{name}").into()),
            Some(Kind::Flag) | None => {}
            Some(_) => all.push(joined(&format!("--{name}"), value)),
        }
    }
    all.extend(["--".into(), job.recording.media_path().into()]);
    all
}

/// `--name=value`: whatever the value begins with, it is no option.
fn joined(option: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut text = OsString::from(option);
    text.push("=");
    text.push(value);
    text
}

/// Ctrl-C in a terminal is for the server, which ends its jobs itself; and no window opens.
fn of_its_own(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        /// `CREATE_NEW_PROCESS_GROUP` and `CREATE_NO_WINDOW` of the Windows API.
        const FLAGS: u32 = 0x0000_0200 | 0x0800_0000;
        command.creation_flags(FLAGS);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

fn event(line: &Value) -> Option<ChildEvent> {
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    match line.get("event")?.as_str()? {
        "start" => Some(ChildEvent::Opened { length: line.get("duration").and_then(Value::as_f64) }),
        "progress" => {
            let left = line.get("eta").and_then(Value::as_u64);
            let voices = line.get("step").and_then(Value::as_str) == Some("speakers");
            Some(ChildEvent::Progress { position: line.get("position")?.as_f64()?, left, voices })
        }
        "done" => Some(ChildEvent::Transcribed { speed: line.get("speed")?.as_f64()? }),
        "error" => {
            let code = text("code").unwrap_or_else(|| "other".into());
            Some(ChildEvent::Failed(Failure { code, message: text("message").unwrap_or_default() }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_that_are_of_no_interest_are_passed_over() {
        let told = |line: Value| event(&line);
        assert_eq!(told(json!({"event": "start", "duration": null})), Some(ChildEvent::Opened { length: None }));
        let progress = ChildEvent::Progress { position: 3.5, left: Some(7), voices: false };
        assert_eq!(told(json!({"event": "progress", "step": "text", "position": 3.5, "eta": 7})), Some(progress));
        let voices = ChildEvent::Progress { position: 1.0, left: None, voices: true };
        assert_eq!(told(json!({"event": "progress", "step": "speakers", "position": 1.0, "eta": null})), Some(voices));
        let failure = Failure { code: "other".into(), message: String::new() };
        assert_eq!(told(json!({"event": "error"})), Some(ChildEvent::Failed(failure)));
        for other in [json!({"event": "note"}), json!({"event": "progress"}), json!([1]), json!({"event": 3})] {
            assert_eq!(told(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn no_value_is_taken_for_an_option() {
        assert_eq!(joined("--language", "--overwrite"), "--language=--overwrite");
    }
}
