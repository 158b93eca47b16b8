//! How far the work is: a bar for people, lines for logs, NDJSON for programs. Never what was said.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use transcribe::{Error, Event, Millis, Observer, Warning};

use super::args::Progress;
use super::interrupt;

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
            Progress::Auto if stderr().is_terminal() => Kind::Bar,
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
                "event": "error", "recording": recording, "message": error.to_string(), "hint": super::hints::hint(error),
            })),
            // These two do not say themselves what they are about.
            _ => match (recording, error) {
                (Some(name), Error::Recognise(_) | Error::Cancelled) => say(&format!("error: {name}: {error}")),
                _ => super::report(error),
            },
        }
    }

    /// The command line or the settings are wrong; a hint may stand in the second line.
    pub(super) fn misused(&self, text: &str) {
        match self.kind {
            Kind::Json => {
                let (message, hint) = text.split_once("\nhint: ").map_or((text, None), |(m, h)| (m, Some(h)));
                event(json!({"event": "error", "recording": null, "message": message, "hint": hint}));
            }
            _ => say(&format!("error: {text}")),
        }
    }

    /// Follows one recording that begins at `begin`, by itself or as one of many.
    pub(super) fn follow<'a>(&self, recording: &str, begin: Millis, overall: Option<&'a Overall>) -> Follower<'a> {
        let follower = Follower {
            reporter: *self,
            recording: recording.to_owned(),
            begin,
            started: Instant::now(),
            bar: bar(self.kind),
            overall,
            state: Mutex::new(State { length: None, reached: begin, known: begin, told: Instant::now() }),
        };
        follower.bar.enable_steady_tick(Duration::from_millis(200));
        follower
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

/// The same in a crash: not through the bars, for who crashed may be drawing them.
pub(super) fn crashed(text: &str) {
    let _ = match EVENTS.load(Ordering::Relaxed) {
        true => writeln!(stderr(), "{}", json!({"event": "note", "message": text})),
        false => writeln!(stderr(), "{text}"),
    };
}

/// All bars on the screen.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A line on standard error, above the bars.
pub(super) fn say(text: &str) {
    // Nobody may read it any more, which must not end the work.
    BARS.suspend(|| drop(writeln!(stderr(), "{text}")));
}

/// A terminal that was closed is drawn on no more.
pub(super) fn look_for_terminal() {
    if !stderr().is_terminal() {
        BARS.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// A line on standard output, above the bars. Fails when nobody reads it any more.
pub(super) fn out(text: &str) -> std::io::Result<()> {
    BARS.suspend(|| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush())
    })
}

/// A line at the bottom of the screen.
pub(super) fn bottom_line() -> ProgressBar {
    let bar = BARS.add(ProgressBar::new(0));
    bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn event(value: Value) {
    say(&value.to_string());
}

/// A bar at the bottom of the screen, if bars are wanted.
fn bar(kind: Kind) -> ProgressBar {
    match kind {
        Kind::Bar => BARS.add(ProgressBar::new(0)),
        _ => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
    }
}

fn style(bar: &ProgressBar, with_length: bool) {
    let template = match with_length {
        true => "{msg} {wide_bar} {prefix}",
        false => "{msg} {spinner} {prefix}",
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
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

/// An [`Observer`] that shows where a recording is.
pub(super) struct Follower<'a> {
    reporter: Reporter,
    recording: String,
    begin: Millis,
    started: Instant,
    bar: ProgressBar,
    overall: Option<&'a Overall>,
    state: Mutex<State>,
}

struct State {
    length: Option<Millis>,
    reached: Millis,
    /// An earlier run did it up to here.
    known: Millis,
    told: Instant,
}

impl Follower<'_> {
    /// Takes the bar away.
    pub(super) fn finish(&self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }

    /// How much of it an earlier run had done.
    pub(super) fn known(&self) -> Millis {
        self.state.lock().map_or(Millis(0), |state| state.known - self.begin)
    }

    fn opened(&self, state: &mut State, length: Option<Millis>) {
        state.length = length;
        style(&self.bar, length.is_some());
        self.bar.set_message(self.recording.clone());
        if let Some(length) = length {
            self.bar.set_length((length - self.begin).0);
        }
        if self.reporter.kind == Kind::Json {
            event(json!({
                "event": "start", "recording": self.recording, "duration": length.map(Millis::seconds),
            }));
        }
        self.show(state);
    }

    fn reached(&self, state: &mut State, reached: Millis, known: bool) {
        let reached = state.reached.max(reached);
        let further = reached - state.reached;
        state.reached = reached;
        if known {
            state.known = reached;
        }
        self.show(state);
        if let Some(overall) = self.overall {
            overall.advance(further, known);
        } else if self.reporter.kind == Kind::Plain && state.told.elapsed() >= PLAIN_EVERY {
            state.told = Instant::now();
            say(&format!("{}: {}", self.recording, self.position(state)));
        }
        if self.reporter.kind == Kind::Json {
            let (speed, eta) = self.pace(state);
            event(json!({
                "event": "progress", "recording": self.recording, "position": state.reached.seconds(),
                "duration": state.length.map(Millis::seconds), "speed": speed, "eta": eta.map(|e| e.as_secs()),
            }));
        }
    }

    fn show(&self, state: &State) {
        self.bar.set_position((state.reached - self.begin).0);
        self.bar.set_prefix(self.position(state));
    }

    fn position(&self, state: &State) -> String {
        // An estimated length can be too short.
        position(state.reached, state.length.filter(|l| *l >= state.reached), self.pace(state))
    }

    fn pace(&self, state: &State) -> (Option<f64>, Option<Duration>) {
        let left = state.length.map(|length| length - state.reached);
        pace(state.reached - state.known, left, self.started.elapsed())
    }

    fn warning(&self, warning: &Warning) {
        let place = warning.at.map(|at| format!(" at {at}")).unwrap_or_default();
        let text = format!("warning: {}{place}: {}", self.recording, warning.message);
        match self.reporter.kind {
            Kind::Silent => {}
            Kind::Json => event(json!({
                "event": "warning", "recording": self.recording, "time": warning.at.map(Millis::seconds),
                "message": warning.message,
            })),
            _ => say(&text),
        }
    }
}

impl Observer for Follower<'_> {
    fn event(&self, event: Event<'_>) {
        let Ok(mut state) = self.state.lock() else { return };
        match event {
            Event::Opened(length) => self.opened(&mut state, length),
            Event::Reached(reached) => self.reached(&mut state, reached, false),
            Event::Known(reached) => self.reached(&mut state, reached, true),
            Event::Warning(warning) => self.warning(warning),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        interrupt::stopping()
    }
}
