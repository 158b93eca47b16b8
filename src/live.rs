//! Live captions of running speech, and the transcript of it.
//!
//! A session receives sound as it comes in and makes two things of it. **Captions** are quick: the running speech is
//! decoded again and again, and words that two passes in a row agree on are settled and never change. The
//! **transcript** is thorough: chunks are decoded by the [`pipeline`] as soon as they are complete, just as those of a
//! file, so the result is what transcribing a recording of the session would give. No sound is ever dropped: if the
//! model is slower than speech, captions lag and are updated less often, and the transcript is finished after the end.
//!
//! Times are those of the sound: where nothing is heard (a pause, a lost device), silence of the same length is fed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use self::captioner::Captioner;
use self::pass::{CaptionEvent, Pass, PassResult, run_pass};
use crate::audio::{self, RATE, Samples};
use crate::pipeline::{self, Recognisers, TranscribeOptions};
use crate::{Error, Glossary, Millis, Observer, Recogniser, Segment, SpeakerId, Transcript, VadOptions};

mod agreement;
mod caption;
mod captioner;
mod notes;
mod pass;
pub use caption::{Caption, State};
pub use notes::{Notes, Speakers};

/// Silence that ends a line.
const LINE_PAUSE: Millis = Millis(600);
/// [`VadOptions::min_silence`] for captions, which must know sooner than files that nobody speaks.
const MIN_SILENCE: Millis = Millis(200);
/// [`VadOptions::padding`] for captions: short, so that a line does not begin in the one before.
const PADDING: Millis = Millis(200);
/// If more sound than this waits for the transcript, captions leave it more of the processor.
const MAX_TRANSCRIPT_BACKLOG: Millis = Millis(15_000);
/// Samples that captions take in at a time, so that a pass is never much longer than needed: 100 ms.
const BLOCK: usize = RATE as usize / 10;

/// The recognisers of a session.
pub struct LiveRecognisers<'a> {
    /// Decode captions; at least one. Two make captions quicker, more do not.
    pub captions: Vec<Box<dyn Recogniser + 'a>>,
    /// Make the transcript.
    pub transcript: Recognisers<'a>,
}

/// A change while a session runs.
#[derive(Debug)]
pub enum SessionUpdate<'a> {
    /// The displayed captions change.
    Caption(&'a Caption),
    /// A line is finished, with the words of its captions. The transcript may differ.
    Line(&'a Segment),
    /// The transcript has failed, and captions continue. [`Session::run`] returns the error at the end.
    TranscriptFailed,
}

enum Message {
    Sound(Samples),
    Silence(Millis),
    Speaker(Option<SpeakerId>),
    PassResult(Box<PassResult>),
    End,
}

/// How many samples each part of a session has taken, and how far captions lag.
#[derive(Default)]
struct Progress {
    fed: AtomicU64,
    /// By the captions; [`u64::MAX`] when they take no more.
    captioned: AtomicU64,
    /// By the pipeline that makes the transcript; [`u64::MAX`] when it takes no more.
    transcribed: AtomicU64,
    /// In milliseconds.
    lag: AtomicU64,
}

/// The sound for the pipeline that makes the transcript. A pipeline that fails drops it, and then no source waits for that
/// pipeline to take more.
struct TranscriptInput {
    sound: Receiver<Samples>,
    progress: Arc<Progress>,
}

impl Iterator for TranscriptInput {
    type Item = Samples;

    fn next(&mut self) -> Option<Samples> {
        let samples = self.sound.recv().ok()?;
        self.progress.transcribed.fetch_add(samples.len() as u64, Ordering::Relaxed);
        Some(samples)
    }
}

impl Drop for TranscriptInput {
    fn drop(&mut self) {
        self.progress.transcribed.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Takes the sound of a session, which ends when the feed is dropped.
pub struct Feed {
    messages: Sender<Message>,
    progress: Arc<Progress>,
}

/// A session that is not running yet.
pub struct Session {
    incoming: Receiver<Message>,
    messages: Sender<Message>,
    progress: Arc<Progress>,
    glossary: Option<Glossary>,
}

/// Makes a session and its feed.
pub fn session() -> (Feed, Session) {
    let (messages, incoming) = channel();
    let progress = Arc::new(Progress::default());
    (
        Feed { messages: messages.clone(), progress: progress.clone() },
        Session { incoming, messages, progress, glossary: None },
    )
}

impl Feed {
    /// Adds sound. Never blocks.
    pub fn sound(&self, samples: Samples) {
        self.progress.fed.fetch_add(samples.len() as u64, Ordering::Relaxed);
        // Fails only after the session has ended, when sound is no longer needed.
        let _ = self.messages.send(Message::Sound(samples));
    }

    /// Adds silence of this length, where nothing was heard. Never blocks.
    pub fn silence(&self, length: Millis) {
        self.progress.fed.fetch_add(audio::samples_before(length), Ordering::Relaxed);
        let _ = self.messages.send(Message::Silence(length));
    }

    /// Sets who speaks from here on; `None` if it is unknown.
    pub fn speaker(&self, speaker: Option<SpeakerId>) {
        let _ = self.messages.send(Message::Speaker(speaker));
    }

    /// How much sound is held in memory because captions or transcript have not taken it yet. A source that can wait
    /// should do so if that is much.
    pub fn pending(&self) -> Millis {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let taken = count(&self.progress.captioned).min(count(&self.progress.transcribed));
        audio::duration(count(&self.progress.fed).saturating_sub(taken))
    }

    /// How far captions are behind the sound; zero while nobody speaks.
    pub fn lag(&self) -> Millis {
        Millis(self.progress.lag.load(Ordering::Relaxed))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::End);
    }
}

impl Session {
    /// The session with terms to expect and to correct; `None`: without.
    pub fn with_glossary(self, glossary: Option<Glossary>) -> Session {
        Session { glossary, ..self }
    }

    /// Runs until the feed is dropped and everything is finished.
    ///
    /// `on_update` is called in the caller's thread and must return at once; `observer` receives the events of the
    /// transcript in another thread. With `lockstep`, every pass is finished before more sound is taken, so that the
    /// same sound always gives the same captions; this is for sound that does not come in real time.
    ///
    /// # Errors
    /// As [`pipeline::Workers::transcribe`]; what was finished before a failure comes with the error. A failed pass of
    /// the captions is skipped.
    pub fn run(
        self,
        recognisers: LiveRecognisers<'_>,
        options: &TranscribeOptions,
        lockstep: bool,
        observer: &dyn Observer,
        on_update: &mut dyn FnMut(SessionUpdate<'_>),
    ) -> Result<(Transcript, Option<Error>), Error> {
        let LiveRecognisers { captions, mut transcript } = recognisers;
        let (sound, arriving) = channel();
        let (passes, requested) = channel();
        let requested = Mutex::new(requested);
        let vad = VadOptions { min_silence: MIN_SILENCE, padding: PADDING, ..options.vad };
        let max_passes = captions.len().clamp(1, 2);
        let captioner = Captioner::new(vad, LINE_PAUSE, options.languages.clone(), max_passes);
        let glossary = self.glossary.as_ref();
        thread::scope(|scope| {
            let arriving = TranscriptInput { sound: arriving, progress: self.progress.clone() };
            let transcribe = move || {
                lower_priority();
                pipeline::with_workers(&mut transcript, |workers| {
                    workers.transcribe(audio::arriving(arriving), options, glossary, Vec::new(), observer)
                })
            };
            let transcript = scope.spawn(transcribe);
            for mut recogniser in captions {
                let (requested, messages) = (&requested, self.messages.clone());
                scope.spawn(move || {
                    let next = || requested.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    while let Ok(pass) = next() {
                        let result = run_pass(recogniser.as_mut(), pass, options, glossary);
                        let _ = messages.send(Message::PassResult(Box::new(result)));
                    }
                });
            }
            let mut event_loop = EventLoop {
                incoming: &self.incoming,
                progress: &self.progress,
                passes,
                captioner,
                max_passes,
                transcript_failed: false,
                lockstep,
                deferred: VecDeque::new(),
                on_update,
            };
            event_loop.run(sound);
            // Ends the threads of the captions.
            drop(event_loop);
            let panicked = Error::Recognise("internal error while transcribing the session".into());
            transcript.join().unwrap_or(Err(panicked))
        })
    }
}

/// Distributes the sound and handles the results of passes, in the caller's thread.
struct EventLoop<'a> {
    incoming: &'a Receiver<Message>,
    progress: &'a Progress,
    passes: Sender<Pass>,
    captioner: Captioner,
    max_passes: usize,
    transcript_failed: bool,
    lockstep: bool,
    /// Messages that came while the result of a pass was awaited.
    deferred: VecDeque<Message>,
    on_update: &'a mut dyn FnMut(SessionUpdate<'_>),
}

impl Drop for EventLoop<'_> {
    /// Whether it has ended or panicked, no source waits for it to take more.
    fn drop(&mut self) {
        self.progress.captioned.store(u64::MAX, Ordering::Relaxed);
    }
}

impl EventLoop<'_> {
    fn run(&mut self, transcript: Sender<Samples>) {
        loop {
            match self.receive() {
                Message::Sound(samples) => self.push(samples, &transcript),
                Message::Silence(length) => {
                    // In pieces of a second, because hours of silence would fill the memory.
                    let mut left = audio::samples_before(length);
                    while left > 0 {
                        let now = left.min(u64::from(RATE));
                        self.push(Samples::from_mono_16k(vec![0.0; now as usize]), &transcript);
                        left -= now;
                    }
                }
                Message::Speaker(speaker) => self.captioner.set_speaker(speaker),
                Message::PassResult(result) => self.handle_result(*result),
                Message::End => break,
            }
        }
        drop(transcript);
        self.captioner.finish();
        self.update();
        while self.captioner.has_passes_in_flight() {
            match self.incoming.recv() {
                Ok(Message::PassResult(result)) => self.handle_result(*result),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }

    fn receive(&mut self) -> Message {
        self.deferred.pop_front().or_else(|| self.incoming.recv().ok()).unwrap_or(Message::End)
    }

    /// Gives sound to the captions and the transcript.
    fn push(&mut self, samples: Samples, transcript: &Sender<Samples>) {
        for block in samples.chunks(BLOCK) {
            self.captioner.push(block);
            self.update();
            while self.lockstep && self.captioner.has_passes_in_flight() {
                match self.incoming.recv() {
                    Ok(Message::PassResult(result)) => self.handle_result(*result),
                    Ok(other) => self.deferred.push_back(other),
                    Err(_) => return,
                }
            }
        }
        let length = samples.len() as u64;
        let captioned = self.progress.captioned.fetch_add(length, Ordering::Relaxed) + length;
        let transcribed = self.progress.transcribed.load(Ordering::Relaxed);
        let backlog = audio::duration(captioned.saturating_sub(transcribed));
        let behind = backlog > MAX_TRANSCRIPT_BACKLOG && !self.transcript_failed;
        self.captioner.set_max_passes(if behind { 1 } else { self.max_passes });
        if transcript.send(samples).is_err() && !self.transcript_failed {
            self.transcript_failed = true;
            (self.on_update)(SessionUpdate::TranscriptFailed);
        }
    }

    fn handle_result(&mut self, result: PassResult) {
        let events = self.captioner.handle_result(result);
        self.emit(events);
        self.update();
    }

    /// Ends lines and requests passes.
    fn update(&mut self) {
        let events = self.captioner.end_lines();
        self.emit(events);
        while let Some(pass) = self.captioner.next_pass() {
            // Never fails: the threads that take passes end after this one.
            let _ = self.passes.send(pass);
        }
        self.progress.lag.store(self.captioner.lag().0, Ordering::Relaxed);
    }

    fn emit(&mut self, events: Vec<CaptionEvent>) {
        for event in events {
            match event {
                CaptionEvent::Caption(caption) => (self.on_update)(SessionUpdate::Caption(&caption)),
                CaptionEvent::Line(segment) => (self.on_update)(SessionUpdate::Line(&segment)),
            }
        }
    }
}

/// Lowers the priority of this thread and of those that it starts, so that captions come first. Only Linux has a
/// priority for each thread.
fn lower_priority() {
    // Threads at the default priority get about nine times as much of the processor.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 10);
}
