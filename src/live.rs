//! Captions while people speak, and the record of it.
//!
//! A session hears sound as it comes and makes two things of it. **Captions** are quick: looks at the running speech, of
//! which the words that two looks agree on are settled and never change. The **record** is thorough: the same work as for a
//! file ([`pipeline`]), clip by clip as they are complete, so it is what `transcribe` would have made of a
//! recording. No sound is ever left out: if the model is slower than speech, captions lag and take longer steps, and the
//! record is finished after the end.
//!
//! The clock is that of the sound: what is not heard (a pause, a device that is gone) is fed as silence of its length.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use self::captioner::{CaptionEvent, Captioner, Pass, PassResult};
use crate::audio::{self, RATE, Samples};
use crate::pipeline::{self, Recognisers, TranscribeOptions};
use crate::speech::VadOptions;
use crate::{Error, Glossary, Millis, Observer, Recogniser, Request, Segment, SpeakerId, Transcript, Window};

mod agreement;
mod caption;
mod captioner;
mod notes;
pub use caption::{Caption, State};
pub use notes::{Notes, Speakers};

/// How long nobody must speak for a line to be done.
const PAUSE: Millis = Millis(600);
/// For captions it must be known sooner that nobody speaks,
const QUIET: Millis = Millis(200);
/// and a line can't begin in the one before.
const PADDING: Millis = Millis(200);
/// If more sound than this waits for the record, the captions leave more of the processor to it.
const BEHIND: Millis = Millis(15_000);
/// Sound that is heard at once, so that a step is never much longer: 100 ms.
const CHUNK: usize = RATE as usize / 10;

/// Who works in a session.
pub struct LiveRecognisers<'a> {
    /// Take the looks; at least one. Two at the same time make captions quicker, more don't.
    pub captions: Vec<Box<dyn Recogniser + 'a>>,
    /// Work on the record.
    pub record: Recognisers<'a>,
}

/// What is told while a session runs.
#[derive(Debug)]
pub enum SessionUpdate<'a> {
    /// What is shown changes.
    Caption(&'a Caption),
    /// A line is done: its words as they were shown. The record may put it better.
    Line(&'a Segment),
    /// The record has failed; the captions go on. Why comes at the end.
    RecordFailed,
}

enum Message {
    Sound(Samples),
    Silence(Millis),
    Speaker(Option<SpeakerId>),
    PassResult(Box<PassResult>),
    End,
}

/// How far everybody is, in samples, and how far captions are behind, in milliseconds.
#[derive(Default)]
struct Backlog {
    fed: AtomicU64,
    /// By the captions.
    heard: AtomicU64,
    /// By the record; everything, if it failed.
    taken: AtomicU64,
    lag: AtomicU64,
}

/// Where sound goes in. The session ends when it is dropped.
pub struct Feed {
    to: Sender<Message>,
    course: Arc<Backlog>,
}

/// A session that did not begin yet.
pub struct Session {
    from: Receiver<Message>,
    to: Sender<Message>,
    course: Arc<Backlog>,
    glossary: Option<Glossary>,
}

/// A session, and the way to feed it.
pub fn session() -> (Feed, Session) {
    let (to, from) = channel();
    let course = Arc::new(Backlog::default());
    (Feed { to: to.clone(), course: course.clone() }, Session { from, to, course, glossary: None })
}

impl Feed {
    /// The next sound. Never waits.
    pub fn sound(&self, samples: Samples) {
        self.course.fed.fetch_add(samples.len() as u64, Ordering::Relaxed);
        // Fails when the session is over, and nobody hears any more.
        let _ = self.to.send(Message::Sound(samples));
    }

    /// Nothing was heard for so long. Never waits.
    pub fn silence(&self, length: Millis) {
        self.course.fed.fetch_add(audio::samples_before(length), Ordering::Relaxed);
        let _ = self.to.send(Message::Silence(length));
    }

    /// From here on `speaker` speaks; `None`: somebody.
    pub fn speaker(&self, speaker: Option<SpeakerId>) {
        let _ = self.to.send(Message::Speaker(speaker));
    }

    /// How much sound captions or record have not come to: it is kept in memory. Who can wait should, where that is much.
    pub fn waiting(&self) -> Millis {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let done = count(&self.course.heard).min(count(&self.course.taken));
        audio::duration(count(&self.course.fed).saturating_sub(done))
    }

    /// How far the captions are behind the sound, where somebody speaks.
    pub fn lag(&self) -> Millis {
        Millis(self.course.lag.load(Ordering::Relaxed))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let _ = self.to.send(Message::End);
    }
}

impl Session {
    /// The same with terms to expect and to correct; `None`: without.
    pub fn with_glossary(self, glossary: Option<Glossary>) -> Session {
        Session { glossary, ..self }
    }

    /// Runs until the feed is dropped and all is done. `told` hears what happens, in the caller's thread, and must return at
    /// once; `observer` hears the steps of the record, in another.
    ///
    /// With `in_step` every look is taken before more sound is heard, so that the same sound always gives the same; made for
    /// sound that does not come in real time.
    ///
    /// # Errors
    /// As [`pipeline::Workers::transcribe`]: what was done before a failure comes with it. Captions that fail are left out.
    pub fn run(
        self,
        crew: LiveRecognisers<'_>,
        options: &TranscribeOptions,
        in_step: bool,
        observer: &dyn Observer,
        told: &mut dyn FnMut(SessionUpdate<'_>),
    ) -> Result<(Transcript, Option<Error>), Error> {
        let LiveRecognisers { captions, mut record } = crew;
        let (sound, arriving) = channel();
        let (passes, waiting) = channel();
        let waiting = Mutex::new(waiting);
        let rules = VadOptions { min_silence: QUIET, padding: PADDING, ..options.vad };
        let at_once = captions.len().clamp(1, 2);
        let captioner = Captioner::new(rules, PAUSE, options.languages.clone(), at_once);
        let glossary = self.glossary.as_ref();
        thread::scope(|scope| {
            let course = self.course.clone();
            let arriving = arriving.into_iter().inspect(move |samples: &Samples| {
                course.taken.fetch_add(samples.len() as u64, Ordering::Relaxed);
            });
            let work = move || {
                stand_back();
                pipeline::with_workers(&mut record, |workers| {
                    workers.transcribe(audio::arriving(arriving), options, glossary, Vec::new(), observer)
                })
            };
            let record = scope.spawn(work);
            for mut recogniser in captions {
                let (waiting, to) = (&waiting, self.to.clone());
                scope.spawn(move || {
                    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    while let Ok(pass) = next() {
                        let result = run_pass(recogniser.as_mut(), pass, options, glossary);
                        let _ = to.send(Message::PassResult(Box::new(result)));
                    }
                });
            }
            let mut desk = Desk {
                from: &self.from,
                course: &self.course,
                passes,
                captioner,
                at_once,
                failed: false,
                in_step,
                backlog: VecDeque::new(),
                told,
            };
            desk.run(sound);
            drop(desk);
            let failed = Error::Recognise("the program made a mistake while it worked on the record".into());
            record.join().unwrap_or(Err(failed))
        })
    }
}

/// Where all comes together, in the caller's thread.
struct Desk<'a> {
    from: &'a Receiver<Message>,
    course: &'a Backlog,
    passes: Sender<Pass>,
    captioner: Captioner,
    at_once: usize,
    /// The record has.
    failed: bool,
    in_step: bool,
    /// What came while a look was waited for.
    backlog: VecDeque<Message>,
    told: &'a mut dyn FnMut(SessionUpdate<'_>),
}

impl Desk<'_> {
    fn run(&mut self, record: Sender<Samples>) {
        loop {
            match self.receive() {
                Message::Sound(samples) => self.hear(samples, &record),
                Message::Silence(length) => {
                    // Hours of it would fill the memory.
                    let mut left = audio::samples_before(length);
                    while left > 0 {
                        let now = left.min(u64::from(RATE));
                        self.hear(Samples::from_mono_16k(vec![0.0; now as usize]), &record);
                        left -= now;
                    }
                }
                Message::Speaker(speaker) => self.captioner.speaker(speaker),
                Message::PassResult(result) => self.take(*result),
                Message::End => break,
            }
        }
        drop(record);
        self.captioner.finish();
        self.go_on();
        while self.captioner.is_away() {
            match self.from.recv() {
                Ok(Message::PassResult(result)) => self.take(*result),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }

    fn receive(&mut self) -> Message {
        self.backlog.pop_front().or_else(|| self.from.recv().ok()).unwrap_or(Message::End)
    }

    fn hear(&mut self, samples: Samples, record: &Sender<Samples>) {
        for chunk in samples.chunks(CHUNK) {
            self.captioner.hear(chunk);
            self.go_on();
            while self.in_step && self.captioner.is_away() {
                match self.from.recv() {
                    Ok(Message::PassResult(result)) => self.take(*result),
                    Ok(other) => self.backlog.push_back(other),
                    Err(_) => return,
                }
            }
        }
        let length = samples.len() as u64;
        let heard = self.course.heard.fetch_add(length, Ordering::Relaxed) + length;
        let behind = audio::duration(heard.saturating_sub(self.course.taken.load(Ordering::Relaxed)));
        self.captioner.take_at_once(if behind > BEHIND && !self.failed { 1 } else { self.at_once });
        if record.send(samples).is_err() && !self.failed {
            self.failed = true;
            self.course.taken.store(u64::MAX, Ordering::Relaxed);
            (self.told)(SessionUpdate::RecordFailed);
        }
    }

    fn take(&mut self, result: PassResult) {
        let mut news = Vec::new();
        self.captioner.take(result, &mut news);
        self.tell(news);
        self.go_on();
    }

    /// Ends lines and asks for looks.
    fn go_on(&mut self) {
        let mut news = Vec::new();
        self.captioner.end_lines(&mut news);
        self.tell(news);
        while let Some(pass) = self.captioner.next() {
            // They end after us.
            let _ = self.passes.send(pass);
        }
        self.course.lag.store(self.captioner.lag().0, Ordering::Relaxed);
    }

    fn tell(&mut self, news: Vec<CaptionEvent>) {
        for one in news {
            match one {
                CaptionEvent::Caption(caption) => (self.told)(SessionUpdate::Caption(&caption)),
                CaptionEvent::Line(segment) => (self.told)(SessionUpdate::Line(&segment)),
            }
        }
    }
}

/// Nobody waits for the look any more.
struct Stale<'a>(&'a AtomicBool);

impl Observer for Stale<'_> {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whatever this thread and those that it begins do can wait for captions. That can be asked for on Linux only, where each
/// thread has a priority of its own.
fn stand_back() {
    // Others then get nine times as much.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 10);
}

/// Takes a look. Whatever goes wrong, there is an answer.
fn run_pass(
    recogniser: &mut (dyn Recogniser + '_),
    pass: Pass,
    options: &TranscribeOptions,
    glossary: Option<&Glossary>,
) -> PassResult {
    let work = AssertUnwindSafe(|| -> Result<_, Error> {
        let detected = match &pass.language {
            Some(_) => None,
            None => Some(recogniser.language(pass.chunk.clip(), &options.languages)?),
        };
        let before = format!("{} {}", options.prompt, pass.before);
        let request = Request {
            language: pass.language.clone().or_else(|| detected.as_ref().map(|g| g.language.clone())),
            translate: options.translate,
            prompt: match glossary {
                Some(glossary) => glossary.prompt(&before, 0, Glossary::ROOM, &Glossary::estimate),
                None => before,
            },
            beam_size: 1,
            window: Window::Tight,
            ..Request::default()
        };
        let stale = Stale(&pass.stale);
        let mut segments = pipeline::glance(recogniser, &pass.chunk, &request, pass.last, &stale)?;
        if let Some(glossary) = glossary.filter(|_| !options.translate) {
            segments.iter_mut().for_each(|segment| drop(glossary.repair(segment)));
        }
        Ok((detected, segments))
    });
    match catch_unwind(work) {
        Ok(Ok((detected, segments))) => PassResult { pass, detected, segments: Some(segments) },
        _ => PassResult { pass, detected: None, segments: None },
    }
}
