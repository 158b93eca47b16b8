//! Capture: the thread that takes sound from the source into the session, keeps its clock, saves the sound, and carries out the
//! user's actions.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::log::Entry;
use super::source::{AudioSource, SourceEvent};
use super::{SessionEvent, tell};
use crate::app::{CancelToken, Listener};
use crate::audio::{RATE, Saver};
use crate::live::{Feed, State};
use crate::{Error, Gap, GapReason, Marker, MarkerKind, Millis, Samples, Span, SpeakerId};

/// How long to wait for sound before looking for actions.
const READ_WAIT: Duration = Duration::from_millis(50);
/// Between two entries that say how far the session is.
const ENTRY_EVERY: Millis = Millis(5_000);
/// How far a source that does not run in real time may be ahead of the session.
const MOST_AHEAD: Millis = Millis(10_000);
/// How long it waits then.
const AHEAD_WAIT: Duration = Duration::from_millis(5);
/// Without a signal for so long there is a warning.
const SILENT_AFTER: Millis = Millis(5_000);
/// A sample that is not louder is no signal: the last bit of 16.
const SIGNAL: f32 = 1.0 / 32_768.0;

/// What a user can do during a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Stop listening if it does, or else go on.
    Pause,
    /// Listen, or not; nothing changes if that is so already.
    Listen(bool),
    /// Set a marker.
    Mark(MarkerKind),
    /// Say who speaks; `None`: unknown.
    Speaker(Option<SpeakerId>),
    /// End the session.
    Quit,
}

/// The state of a session, for a status line.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The session's clock.
    pub position: Millis,
    /// The loudest sample of the last block, in `0.0..=1.0`.
    pub level: f32,
    /// How far captions are behind the sound.
    pub lag: Millis,
    /// Whether sound is captured.
    pub state: State,
    /// Whether the sound is saved.
    pub recording: bool,
    /// Who speaks, as the user says.
    pub speaker: Option<SpeakerId>,
    /// Number of agenda items that were begun.
    pub item: usize,
}

impl Status {
    /// How loud it is: 60 dB in ten steps, in `0..=10`.
    pub fn loudness(&self) -> u8 {
        let decibel = 20.0 * self.level.max(1e-6).log10();
        ((decibel + 60.0) / 6.0).ceil().clamp(0.0, 10.0) as u8
    }
}

pub(super) struct Capture<'a> {
    pub(super) source: AudioSource,
    pub(super) feed: Feed,
    pub(super) saver: Option<Saver>,
    pub(super) entries: Sender<Entry>,
    pub(super) actions: Receiver<Action>,
    pub(super) status: &'a Mutex<Status>,
    pub(super) listener: &'a dyn Listener,
    /// Ends the capture.
    pub(super) stop: &'a CancelToken,
    pub(super) captured: Captured,
}

/// What became of the sound.
#[derive(Default)]
pub(super) struct Captured {
    /// The files that it was saved in.
    pub(super) saved: Vec<PathBuf>,
    /// Of the source, or of saving.
    pub(super) error: Option<Error>,
    /// Whether nothing came from the source.
    pub(super) is_empty: bool,
}

/// The session's clock.
#[derive(Default)]
struct Clock {
    position: Millis,
    /// The user does not want to be heard.
    paused: bool,
    samples: u64,
    noted: Millis,
    /// Since when there is no sound, and why.
    gap: Option<(Millis, GapReason)>,
    /// Silence that was fed before its length was known.
    ahead: Millis,
    /// When that was fed last.
    since: Option<Instant>,
    /// Since when there is no signal.
    silent: Option<Millis>,
}

impl Capture<'_> {
    /// Runs until the source ends or the user ends the session.
    pub(super) fn run(mut self) -> Captured {
        let mut clock = Clock::default();
        let result = loop {
            if self.stop.is_cancelled() || self.carry_out_actions(&mut clock).is_break() {
                break Ok(());
            }
            // Only a source that does not run in real time can be so far ahead.
            if self.feed.pending() > MOST_AHEAD && self.source.can_wait() {
                thread::sleep(AHEAD_WAIT);
                continue;
            }
            match self.source.read(READ_WAIT) {
                // Nobody may hear it.
                Ok(SourceEvent::Sound(samples)) if clock.paused => {
                    self.silence(&mut clock, samples.duration(), GapReason::Paused);
                }
                Ok(SourceEvent::Nothing) => self.nothing(&mut clock),
                Ok(SourceEvent::End) => break Ok(()),
                Ok(event) => self.take(&mut clock, event),
                Err(error) => break Err(error),
            }
            self.note_warnings(&clock);
            if clock.position - clock.noted >= ENTRY_EVERY {
                clock.noted = clock.position;
                self.note(Entry::Captured(clock.position));
                clock.gap.iter().for_each(|gap| self.note_gap(*gap, clock.position));
            }
            let lag = self.feed.lag();
            let mut status = self.status();
            (status.position, status.lag) = (clock.position, lag);
        };
        if !clock.paused {
            self.source.close().into_iter().for_each(|event| self.take(&mut clock, event));
        }
        self.end_gap(&mut clock);
        self.note_warnings(&clock);
        self.note(Entry::Captured(clock.position));
        self.captured.is_empty = clock.samples == 0;
        if let Some(saver) = self.saver.take() {
            self.captured.saved = saver.paths().to_vec();
            self.captured.error = saver.finish().err().or(self.captured.error);
        }
        self.captured.error = result.err().or(self.captured.error);
        self.captured
    }

    /// Does what the user asked for since the last call; breaks if that is to end the session.
    fn carry_out_actions(&mut self, clock: &mut Clock) -> ControlFlow<()> {
        while let Ok(action) = self.actions.try_recv() {
            match action {
                Action::Pause => self.pause(clock, !clock.paused),
                Action::Listen(listen) if clock.paused == listen => self.pause(clock, !listen),
                Action::Listen(_) => {}
                Action::Mark(kind) => {
                    self.status().item += usize::from(kind == MarkerKind::AgendaItem);
                    self.note(Entry::Marker(Marker { at: clock.position, kind }));
                }
                Action::Speaker(speaker) => {
                    self.status().speaker = speaker;
                    self.feed.speaker(speaker);
                    self.note(Entry::Speaker(clock.position, speaker));
                }
                Action::Quit => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    fn pause(&mut self, clock: &mut Clock, pause: bool) {
        clock.paused = pause;
        if pause {
            // What was said before counts.
            self.source.close().into_iter().for_each(|event| self.take(clock, event));
        }
        let keeps_time = self.source.pause(pause);
        self.state(if pause { State::Paused } else { State::Listening });
        clock.since = (pause && !keeps_time).then(Instant::now);
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, entry: Entry) {
        // The writer ends after this thread.
        let _ = self.entries.send(entry);
    }

    fn note_warnings(&mut self, clock: &Clock) {
        for warning in self.source.take_warnings(clock.position) {
            tell(self.listener, SessionEvent::Warning { source: &self.source.name(), warning: &warning });
            self.note(Entry::Warning(warning.at, warning.kind));
        }
    }

    fn state(&self, state: State) {
        let before = std::mem::replace(&mut self.status().state, state);
        if before != state {
            tell(self.listener, SessionEvent::State(state));
        }
    }

    fn take(&mut self, clock: &mut Clock, event: SourceEvent) {
        match event {
            SourceEvent::Sound(samples) => self.sound(clock, samples),
            SourceEvent::Missed(length, reason) => {
                let ahead = std::mem::take(&mut clock.ahead);
                clock.since = None;
                // The part of it that was noted before has the same reason.
                let reason = clock.gap.filter(|_| ahead.0 > 0).map_or(reason, |(_, before)| before);
                self.silence(clock, length - ahead, reason);
            }
            SourceEvent::Nothing | SourceEvent::End => {}
        }
    }

    fn sound(&mut self, clock: &mut Clock, samples: Samples) {
        self.end_gap(clock);
        (clock.ahead, clock.since) = (Millis(0), None);
        let level = samples.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
        self.status().level = level;
        if level > SIGNAL {
            clock.silent = None;
            self.state(State::Listening);
        } else if clock.position - *clock.silent.get_or_insert(clock.position) >= SILENT_AFTER {
            self.state(State::Silent);
        } else if self.status().state == State::Lost {
            self.state(State::Listening);
        }
        self.save(|saver| saver.write(&samples));
        clock.samples += samples.len() as u64;
        clock.position = Millis(clock.samples * 1000 / u64::from(RATE));
        self.feed.sound(samples);
    }

    fn silence(&mut self, clock: &mut Clock, length: Millis, reason: GapReason) {
        if length.0 == 0 {
            return;
        }
        if clock.gap.is_some_and(|(_, before)| before != reason) {
            self.end_gap(clock);
        }
        clock.gap.get_or_insert((clock.position, reason));
        self.status().level = 0.0;
        self.save(|saver| saver.silence(length));
        clock.samples += length.0 * u64::from(RATE) / 1000;
        clock.position = clock.position + length;
        self.feed.silence(length);
    }

    /// No sound came. If none is expected, the clock goes on.
    fn nothing(&mut self, clock: &mut Clock) {
        let paused = clock.paused;
        let lost = self.source.is_lost();
        if lost && !paused {
            self.state(State::Lost);
        }
        if !(lost || paused && clock.since.is_some()) {
            return;
        }
        let reason = if paused { GapReason::Paused } else { GapReason::Lost };
        let since = clock.since.get_or_insert_with(Instant::now);
        let length = Millis(since.elapsed().as_millis() as u64);
        *since += Duration::from_millis(length.0);
        clock.ahead = clock.ahead + length;
        self.silence(clock, length, reason);
    }

    /// There is sound again.
    fn end_gap(&mut self, clock: &mut Clock) {
        if let Some(gap) = clock.gap.take() {
            self.note_gap(gap, clock.position);
        }
    }

    fn note_gap(&self, (start, reason): (Millis, GapReason), end: Millis) {
        self.note(Entry::Gap(Gap { span: Span { start, end }, reason }));
    }

    /// If saving fails, for instance because the disk is full, the session goes on without it.
    fn save(&mut self, save: impl FnOnce(&mut Saver) -> Result<(), Error>) {
        if let Some(saver) = &mut self.saver
            && let Err(error) = save(saver)
        {
            tell(self.listener, SessionEvent::SavingFailed(&error));
            self.captured.saved = saver.paths().to_vec();
            self.captured.error = Some(error);
            self.saver = None;
            self.status().recording = false;
        }
    }
}
