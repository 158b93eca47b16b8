//! How far the work is: a bar for people, lines for logs, NDJSON for programs. Never what was said.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use transcribe::app::UsageError;
use transcribe::wording::{self, Language};
use transcribe::{Error, Millis, Warning};

use super::Exit;
use super::args::Progress;
use super::hints::hint;
use super::output::{self, Bar, say, say_error};

mod overall;
pub(super) use overall::Overall;

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// What the user hears on standard error.
#[derive(Clone, Copy)]
pub(super) struct Reporter {
    kind: Kind,
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bar,
    Plain,
    Json,
    /// Notes, but no progress.
    Notes,
    Silent,
}

impl Reporter {
    pub(super) fn new(progress: Option<Progress>, quiet: bool, verbose: bool) -> Reporter {
        let kind = match progress.unwrap_or(Progress::Auto) {
            _ if quiet => Kind::Silent,
            Progress::Auto if output::stderr_is_terminal() => Kind::Bar,
            Progress::Auto | Progress::Plain => Kind::Plain,
            Progress::Json => Kind::Json,
            Progress::None => Kind::Notes,
        };
        EVENTS.store(kind == Kind::Json, Ordering::Relaxed);
        Reporter { kind, verbose }
    }

    /// Something good to know.
    pub(super) fn note(&self, text: &str) {
        match self.kind {
            Kind::Silent => {}
            Kind::Json => event(json!({"event": "note", "message": text})),
            _ => say(text),
        }
    }

    /// A recording lies beside tracks and is none of them.
    pub(super) fn left_out(&self, path: &Path) {
        self.note(&format!("`{}` is left out, since it is not named like the tracks of a call", path.display()));
    }

    /// Something that was asked for by name, so `--quiet` does not silence it.
    pub(super) fn answer(&self, text: &str, facts: Value) {
        match self.kind {
            Kind::Json => event(facts),
            _ => say(text),
        }
    }

    /// Something for those who asked for more.
    pub(super) fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// A recording is done; `summary` is for people, `facts` for programs.
    pub(super) fn done(&self, summary: &str, facts: Value) {
        match self.kind {
            Kind::Json => event(facts),
            _ => self.note(summary),
        }
    }

    /// A recording failed, or the whole run did.
    pub(super) fn failed(&self, recording: Option<&str>, error: &Error) {
        match self.kind {
            Kind::Json => event(json!({
                "event": "error", "recording": recording, "code": error.code(), "message": error.to_string(),
                "hint": hint(error),
            })),
            // These two do not say themselves what they are about.
            _ => match (recording, error) {
                (Some(name), Error::Recognise(_) | Error::Cancelled) => say_error(&format!("{name}: {error}"), None),
                _ => super::report(error),
            },
        }
    }

    /// The command line or the settings are wrong, so nothing is tried.
    pub(super) fn misused(&self, error: &UsageError) -> Exit {
        let UsageError { message, hint } = error;
        match self.kind {
            Kind::Json => event(json!({"event": "error", "recording": null, "message": message, "hint": hint})),
            _ => say_error(message, hint.as_deref()),
        }
        Exit::Unusable
    }
}

/// Does a program read standard error?
static EVENTS: AtomicBool = AtomicBool::new(false);

/// Something said from outside of the work: by the handler of Ctrl-C.
pub(super) fn aside(text: &str) {
    match EVENTS.load(Ordering::Relaxed) {
        true => event(json!({"event": "note", "message": text})),
        false => say(text),
    }
}

/// The same in a crash.
pub(super) fn crashed(text: &str) {
    match EVENTS.load(Ordering::Relaxed) {
        true => output::say_at_once(&json!({"event": "note", "message": text}).to_string()),
        false => output::say_at_once(text),
    }
}

fn event(value: Value) {
    say(&value.to_string());
}

/// A bar at the bottom of the screen, if bars are wanted.
fn bar(kind: Kind, with_length: bool) -> Bar {
    match (kind, with_length) {
        (Kind::Bar, true) => Bar::new("{msg} {wide_bar} {prefix}"),
        (Kind::Bar, false) => Bar::new("{msg} {spinner} {prefix}"),
        _ => Bar::hidden(),
    }
}

/// How fast it goes, as times real time to one decimal, and how long it will still take.
fn pace(done: Millis, left: Option<Millis>, elapsed: Duration) -> (Option<f64>, Option<Duration>) {
    let speed = done.seconds() / elapsed.as_secs_f64();
    if elapsed.as_secs_f64() < 1.0 || speed <= 0.0 {
        return (None, None);
    }
    let left = left.map(|left| Duration::from_secs_f64(left.seconds() / speed));
    (Some((speed * 10.0).round() / 10.0), left)
}

/// `0:12:30 of 1:05:00, 4.8×, 0:10:56 left`.
fn position(reached: Millis, length: Option<Millis>, pace: (Option<f64>, Option<Duration>)) -> String {
    let mut text = reached.to_string();
    if let Some(length) = length {
        text += &format!(" of {length}");
    }
    if let (Some(speed), eta) = pace {
        text += &format!(", {speed}×");
        if let Some(eta) = eta {
            text += &format!(", {} left", Millis(eta.as_millis() as u64));
        }
    }
    text
}

/// Shows how far one recording is.
pub(super) struct JobProgress {
    reporter: Reporter,
    recording: String,
    begin: Millis,
    end: Option<Millis>,
    started: Instant,
    bar: Bar,
    position: Millis,
    /// An earlier run did it up to here.
    resumed: Millis,
    /// When the last plain line was written.
    shown: Instant,
    /// The text is written, and the recording is read again to tell speakers apart.
    second: bool,
}

impl JobProgress {
    /// Of a recording that is open.
    pub(super) fn new(reporter: Reporter, recording: &str, begin: Millis, end: Option<Millis>) -> JobProgress {
        let bar = bar(reporter.kind, end.is_some());
        bar.tick(Duration::from_millis(200));
        bar.set_message(recording);
        if let Some(end) = end {
            bar.set_length((end - begin).0);
        }
        if reporter.kind == Kind::Json {
            event(json!({"event": "start", "recording": recording, "duration": end.map(Millis::seconds)}));
        }
        let now = Instant::now();
        let (recording, position, resumed) = (recording.to_owned(), begin, begin);
        let progress = JobProgress {
            reporter,
            recording,
            begin,
            end,
            started: now,
            bar,
            position,
            resumed,
            shown: now,
            second: false,
        };
        progress.show();
        progress
    }

    /// Everything before `position` is done; `resumed`: by an earlier run. Alone, or as one of many.
    pub(super) fn reached(&mut self, position: Millis, resumed: bool, overall: Option<&mut Overall>) {
        let position = self.position.max(position);
        let further = position - self.position;
        self.position = position;
        if resumed {
            self.resumed = position;
        }
        if let Some(overall) = overall {
            overall.advance(further, resumed);
            self.shown = Instant::now();
        }
        self.tell();
    }

    /// The voices before `position` were heard, to tell speakers apart.
    pub(super) fn voices(&mut self, position: Millis) {
        if !self.second {
            self.second = true;
            (self.started, self.position, self.resumed) = (Instant::now(), self.begin, self.begin);
            self.bar.set_message(&format!("{}: speakers", self.recording));
        }
        self.position = self.position.max(position);
        self.tell();
    }

    fn tell(&mut self) {
        self.show();
        let step = if self.second { "speakers" } else { "text" };
        if self.reporter.kind == Kind::Plain && self.shown.elapsed() >= PLAIN_EVERY {
            self.shown = Instant::now();
            let step = if self.second { ", speakers" } else { "" };
            say(&format!("{}{step}: {}", self.recording, self.text()));
        }
        if self.reporter.kind == Kind::Json {
            let (speed, eta) = self.pace();
            event(json!({
                "event": "progress", "recording": self.recording, "step": step, "position": self.position.seconds(),
                "duration": self.end.map(Millis::seconds), "speed": speed, "eta": eta.map(|e| e.as_secs()),
            }));
        }
    }

    /// Removes the bar.
    pub(super) fn finish(self) {
        self.bar.finish();
    }

    fn show(&self) {
        self.bar.set_position((self.position - self.begin).0);
        self.bar.set_prefix(&self.text());
    }

    fn text(&self) -> String {
        // An estimated end can be too early.
        position(self.position, self.end.filter(|end| *end >= self.position), self.pace())
    }

    fn pace(&self) -> (Option<f64>, Option<Duration>) {
        let left = self.end.map(|end| end - self.position);
        pace(self.position - self.resumed, left, self.started.elapsed())
    }
}

impl Reporter {
    /// A warning about a recording.
    pub(super) fn warning(&self, recording: &str, warning: &Warning) {
        let message = wording::warning(warning, Language::English);
        match self.kind {
            Kind::Silent => {}
            Kind::Json => event(json!({
                "event": "warning", "recording": recording, "time": warning.at.map(Millis::seconds),
                "code": warning.kind.code(), "message": message,
            })),
            _ => {
                let place = warning.at.map(|at| format!(" at {at}")).unwrap_or_default();
                say(&format!("warning: {recording}{place}: {message}"));
            }
        }
    }
}
