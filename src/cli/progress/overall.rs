//! How far many recordings are together.

use std::time::{Duration, Instant};

use serde_json::json;
use transcribe::Millis;

use super::{Bar, Kind, PLAIN_EVERY, Reporter, bar, event, pace, position, say};

/// Between two JSON events.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// All recordings of a run.
pub(in crate::cli) struct Overall {
    reporter: Reporter,
    count: usize,
    started: Instant,
    bar: Bar,
    state: State,
}

struct State {
    length: Millis,
    reached: Millis,
    /// So much of it was done by an earlier run.
    known: Millis,
    finished: usize,
    failed: usize,
    told: Instant,
}

impl Overall {
    /// `count` recordings of `length` together, as far as their containers tell.
    pub(in crate::cli) fn new(reporter: Reporter, count: usize, length: Millis) -> Overall {
        let bar = bar(reporter.kind, true);
        bar.set_length(length.0);
        bar.tick(Duration::from_millis(500));
        let (reached, known, told) = (Millis(0), Millis(0), Instant::now());
        let state = State { length, reached, known, finished: 0, failed: 0, told };
        let mut overall = Overall { reporter, count, started: Instant::now(), bar, state };
        overall.change(|_| {});
        overall
    }

    /// So much more is transcribed, or was known already.
    pub(super) fn advance(&mut self, further: Millis, known: bool) {
        self.change(|state| {
            state.reached = state.reached + further;
            if known {
                state.known = state.known + further;
            }
        });
    }

    /// A recording is out of the way. `told`: how long its container said it was; `reached`: how far it came.
    pub(in crate::cli) fn finished(&mut self, ok: bool, told: Millis, reached: Millis) {
        self.change(|state| {
            state.finished += 1;
            state.failed += usize::from(!ok);
            // What was estimated too long or too short, or will not come any more.
            state.length = state.length - told + reached;
        });
    }

    /// Takes the bar away.
    pub(in crate::cli) fn end(&self) {
        self.bar.finish();
    }

    fn change(&mut self, change: impl FnOnce(&mut State)) {
        let state = &mut self.state;
        let finished = state.finished;
        change(state);
        let (speed, eta) =
            pace(state.reached - state.known, Some(state.length - state.reached), self.started.elapsed());
        let failed = if state.failed > 0 { format!(", {} failed", state.failed) } else { String::new() };
        let message = format!("{} of {} recordings{failed}", state.finished, self.count);
        let where_ = position(state.reached, Some(state.length.max(state.reached)), (speed, eta));
        self.bar.set_length(state.length.0);
        self.bar.set_position(state.reached.0);
        self.bar.set_message(&message);
        self.bar.set_prefix(&where_);
        match self.reporter.kind {
            Kind::Plain if state.told.elapsed() >= PLAIN_EVERY => {
                state.told = Instant::now();
                say(&format!("{message}: {where_}"));
            }
            Kind::Json if state.finished > finished || state.told.elapsed() >= JSON_EVERY => {
                state.told = Instant::now();
                event(json!({
                    "event": "total", "finished": state.finished, "failed": state.failed, "recordings": self.count,
                    "position": state.reached.seconds(), "duration": state.length.seconds(),
                    "speed": speed, "eta": eta.map(|e| e.as_secs()),
                }));
            }
            _ => {}
        }
    }
}
