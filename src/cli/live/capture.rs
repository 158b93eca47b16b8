//! From the source into the session: the thread that keeps the session's clock, saves the sound, and does what keys say.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use transcribe::audio::Saver;
use transcribe::live::{Feed, State};
use transcribe::{Error, Gap, GapReason, Marker, MarkerKind, Millis, Samples, Span, SpeakerId};

use super::book::Entry;
use super::sound::{AudioSource, SourceEvent};
use crate::cli::interrupt;
use crate::cli::progress::Reporter;

/// How long sound is waited for before looking for keys.
const WAIT: Duration = Duration::from_millis(50);
/// Between two notes of how far the session is.
const NOTED_EVERY: Millis = Millis(5_000);
/// Sound that a source that is not held back by time may be ahead of the session.
const AHEAD: Millis = Millis(10_000);
/// How long it then waits.
const BRIEF: Duration = Duration::from_millis(5);
/// No signal for so long is worth a warning.
const SILENT: Millis = Millis(5_000);
/// Below it there is no signal: the last bit of 16.
const SIGNAL: f32 = 1.0 / 32_768.0;

/// What the user wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Stop listening, or begin again.
    Pause,
    Mark(MarkerKind),
    Speaker(Option<SpeakerId>),
    Quit,
}

/// How things are, for the status line.
#[derive(Clone, Debug, Default)]
pub(super) struct Status {
    pub(super) position: Millis,
    /// The loudest sample of the last block, in `0.0..=1.0`.
    pub(super) level: f32,
    pub(super) lag: Millis,
    pub(super) state: State,
    pub(super) recording: bool,
    pub(super) speaker: Option<SpeakerId>,
    /// Items of the agenda that were begun.
    pub(super) item: usize,
}

pub(super) struct Capture<'a> {
    pub(super) source: AudioSource,
    pub(super) feed: Feed,
    pub(super) saver: Option<Saver>,
    pub(super) clerk: Sender<Entry>,
    pub(super) actions: Receiver<Action>,
    pub(super) status: &'a Mutex<Status>,
    pub(super) reporter: Reporter,
    pub(super) captured: Captured,
    /// Hears of each change.
    pub(super) changed: &'a (dyn Fn(State) + Sync),
}

/// What became of the sound.
#[derive(Default)]
pub(super) struct Captured {
    /// The files that it was saved in.
    pub(super) saved: Vec<PathBuf>,
    /// Of the source, or of saving.
    pub(super) error: Option<Error>,
}

/// The session's clock.
#[derive(Default)]
struct Clock {
    position: Millis,
    samples: u64,
    noted: Millis,
    /// Since when there is no sound, and why.
    gap: Option<(Millis, GapReason)>,
    /// Silence that was given before it was known how long it is.
    ahead: Millis,
    /// When that was last given.
    since: Option<Instant>,
    /// Since when there is no signal.
    silent: Option<Millis>,
}

impl Capture<'_> {
    /// Runs until the source ends or the user does not want any more. Gives the files of the saved sound.
    pub(super) fn run(mut self) -> Captured {
        let mut clock = Clock::default();
        let mut paused = false;
        let result = loop {
            if interrupt::stopping() {
                break Ok(());
            }
            let mut quit = false;
            while let Ok(action) = self.actions.try_recv() {
                match action {
                    Action::Pause => {
                        paused = !paused;
                        if paused {
                            // What was said before counts.
                            self.source.close().into_iter().for_each(|heard| self.hear(&mut clock, heard));
                        }
                        let goes_on = self.source.pause(paused);
                        self.state(if paused { State::Paused } else { State::Listening });
                        clock.since = (paused && !goes_on).then(Instant::now);
                    }
                    Action::Mark(kind) => {
                        self.status().item += usize::from(kind == MarkerKind::AgendaItem);
                        self.note(Entry::Marker(Marker { at: clock.position, kind }));
                    }
                    Action::Speaker(speaker) => {
                        self.status().speaker = speaker;
                        self.feed.speaker(speaker);
                        self.note(Entry::Speaker(clock.position, speaker));
                    }
                    Action::Quit => quit = true,
                }
            }
            if quit {
                break Ok(());
            }
            // Only what is not heard in real time can be so much ahead.
            if self.feed.waiting() > AHEAD && self.source.can_wait() {
                thread::sleep(BRIEF);
                continue;
            }
            match self.source.read(WAIT) {
                // What nobody is to hear.
                Ok(SourceEvent::Sound(samples)) if paused => {
                    self.silence(&mut clock, samples.duration(), GapReason::Paused)
                }
                Ok(SourceEvent::Nothing) => self.nothing(&mut clock, paused),
                Ok(SourceEvent::End) => break Ok(()),
                Ok(heard) => self.hear(&mut clock, heard),
                Err(error) => break Err(error),
            }
            if clock.position - clock.noted >= NOTED_EVERY {
                clock.noted = clock.position;
                self.note(Entry::Heard(clock.position));
                clock.gap.iter().for_each(|gap| self.note_gap(*gap, clock.position));
            }
            let lag = self.feed.lag();
            let mut status = self.status();
            (status.position, status.lag) = (clock.position, lag);
        };
        if !paused {
            self.source.close().into_iter().for_each(|heard| self.hear(&mut clock, heard));
        }
        self.end_gap(&mut clock);
        self.note(Entry::Heard(clock.position));
        if let Some(saver) = self.saver.take() {
            self.captured.saved = saver.paths().to_vec();
            self.captured.error = saver.finish().err().or(self.captured.error);
        }
        self.captured.error = result.err().or(self.captured.error);
        self.captured
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, entry: Entry) {
        // The clerk is there until we are gone.
        let _ = self.clerk.send(entry);
    }

    fn state(&self, state: State) {
        let before = std::mem::replace(&mut self.status().state, state);
        if before != state {
            (self.changed)(state);
        }
    }

    fn hear(&mut self, clock: &mut Clock, heard: SourceEvent) {
        match heard {
            SourceEvent::Sound(samples) => self.sound(clock, samples),
            SourceEvent::Missed(length, reason) => {
                let ahead = std::mem::take(&mut clock.ahead);
                clock.since = None;
                // What was told of it before has the same reason.
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
        } else if clock.position - *clock.silent.get_or_insert(clock.position) >= SILENT {
            self.state(State::Silent);
        } else if self.status().state == State::Lost {
            self.state(State::Listening);
        }
        self.save(|saver| saver.write(&samples));
        clock.samples += samples.len() as u64;
        clock.position = Millis(clock.samples * 1000 / u64::from(transcribe::audio::RATE));
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
        clock.samples += length.0 * u64::from(transcribe::audio::RATE) / 1000;
        clock.position = clock.position + length;
        self.feed.silence(length);
    }

    /// Nothing came. Where that is known to go on, the clock does, too.
    fn nothing(&mut self, clock: &mut Clock, paused: bool) {
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

    /// A disk that is full costs the sound, not the captions.
    fn save(&mut self, save: impl FnOnce(&mut Saver) -> Result<(), Error>) {
        if let Some(saver) = &mut self.saver
            && let Err(error) = save(saver)
        {
            let hint = crate::cli::hints::hint(&error).map(|hint| format!("; {hint}")).unwrap_or_default();
            self.reporter.note(&format!("warning: {error}{hint}: from now on the sound is NOT saved; captions go on"));
            self.captured.saved = saver.paths().to_vec();
            self.captured.error = Some(error);
            self.saver = None;
            self.status().recording = false;
        }
    }
}
