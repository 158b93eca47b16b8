//! A recording through the recognisers: one thread decodes, cuts and tells the language, each recogniser works in a
//! thread of its own, and the caller's thread puts the results back in order.
//!
//! The result does not depend on how many recognisers there are or who is faster: every clip is decoded without a look
//! at any other. Memory holds a few clips, however long the recording is.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use self::languages::Languages;
use crate::audio::Recording;
use crate::speech::{Cut, Cutter, Rules};
use crate::{
    Clip, Completeness, Error, Event, Heard, Millis, Observer, Recogniser, Request, Segment, Transcript, Warning,
};

mod languages;

/// Who works on a recording.
pub struct Recognisers<'a> {
    /// Tells the language of each clip when the request leaves it open. One that does nothing else gives the same
    /// answers however many others there are.
    pub detector: Option<Box<dyn Recogniser + 'a>>,
    /// Each takes the next clip when it is done with its last; at least one.
    pub workers: Vec<Box<dyn Recogniser + 'a>>,
}

/// A clip on its way to a worker.
struct Task {
    number: usize,
    cut: Cut,
    /// `None`: the worker finds out.
    language: Option<String>,
}

/// What comes back to the caller's thread.
enum News {
    /// Sound was read up to here.
    Read(Millis),
    Warning(Warning),
    /// A clip, by its number, with its end; the result of the recogniser.
    Clip(usize, Millis, Result<Heard, Error>),
    /// No more clips than this; how long the recording is, or why it can't be read further.
    End(usize, Result<Millis, Error>),
}

/// Transcribes a recording. Fills in everything of the transcript but where it comes from.
///
/// What was done before a recogniser failed or the observer cancelled is kept, as a transcript that is
/// [partial](Completeness::Partial); the error comes with it.
///
/// # Errors
/// Without a transcript if nothing was done.
///
/// # Panics
/// Never; a recogniser that panics is one that failed.
pub fn transcribe(
    recording: Recording,
    recognisers: &mut Recognisers<'_>,
    rules: Rules,
    request: &Request,
    observer: &dyn Observer,
) -> Result<(Transcript, Option<Error>), Error> {
    let stop = AtomicBool::new(false);
    let inner = Inner { outer: observer, stop: &stop };
    observer.event(Event::Opened(recording.end()));
    let (read, part) = (recording.length().unwrap_or_default(), recording.is_part());
    let mut collected = Collected { read, part, ..Collected::default() };
    let (news, heard) = channel();
    let Recognisers { detector, workers } = recognisers;
    let (tasks, work) = sync_channel(workers.len());
    let work = Mutex::new(work);
    thread::scope(|scope| {
        let detector = detector.as_deref_mut().filter(|_| request.language.is_none());
        let languages = Languages::default();
        let reader = Reader { detector, languages, tasks, news: news.clone(), inner: &inner };
        scope.spawn(move || reader.run(recording, rules));
        for recogniser in workers {
            let (news, work, inner) = (news.clone(), &work, &inner);
            scope.spawn(move || decode(recogniser.as_mut(), work, request, &news, inner));
        }
        drop(news);
        for news in heard {
            collected.take(news, observer);
            if collected.error.is_some() || observer.cancelled() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    collected.transcript(observer)
}

/// Stops the run as soon as one part of it failed.
struct Inner<'a> {
    outer: &'a dyn Observer,
    stop: &'a AtomicBool,
}

impl Observer for Inner<'_> {
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.outer.cancelled()
    }
}

/// The thread that reads.
struct Reader<'a, 'd> {
    detector: Option<&'a mut (dyn Recogniser + 'd)>,
    languages: Languages,
    tasks: SyncSender<Task>,
    news: Sender<News>,
    inner: &'a Inner<'a>,
}

impl Reader<'_, '_> {
    fn run(mut self, mut recording: Recording, rules: Rules) {
        let mut cutter: Option<Cutter> = None;
        let mut ready = Vec::new();
        let mut count = 0;
        let result = loop {
            if self.inner.cancelled() {
                break Err(Error::Cancelled);
            }
            let read = recording.read();
            for warning in recording.take_warnings() {
                self.tell(News::Warning(warning));
            }
            match read {
                Ok(Some(samples)) => {
                    let origin = recording.position() - samples.duration();
                    cutter.get_or_insert_with(|| Cutter::new(rules, origin)).push(&samples, &mut ready);
                }
                Ok(None) => cutter.iter_mut().for_each(|cutter| cutter.finish(&mut ready)),
                Err(error) => break Err(error),
            }
            if ready.is_empty() {
                self.tell(News::Read(recording.position()));
            }
            for cut in ready.drain(..) {
                let language = self.language(cut.clip());
                // Fails when every recogniser is gone, which `inner` then knows too.
                let _ = self.tasks.send(Task { number: count, cut, language });
                count += 1;
            }
            if recording.is_ended() {
                break Ok(recording.position());
            }
        };
        self.tell(News::End(count, result));
    }

    /// Fails when the caller is gone, and with it everybody who wants to know.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }

    fn language(&mut self, clip: Clip<'_>) -> Option<String> {
        let detector = self.detector.as_mut()?;
        let guess = catch_unwind(AssertUnwindSafe(|| detector.language(clip)));
        // Who can't tell the language leaves it to the worker.
        guess.ok()?.ok().map(|guess| self.languages.decide(clip, guess))
    }
}

fn decode(
    recogniser: &mut (dyn Recogniser + '_),
    work: &Mutex<Receiver<Task>>,
    request: &Request,
    news: &Sender<News>,
    inner: &Inner<'_>,
) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { number, cut, language }) = next else { break };
        let clip = cut.clip();
        let request = Request { language: request.language.clone().or(language), ..request.clone() };
        let heard = match inner.cancelled() {
            true => Err(Error::Cancelled),
            false => {
                let work = AssertUnwindSafe(|| recogniser.recognise(clip, &request, inner));
                catch_unwind(work).unwrap_or_else(|_| Err(Error::Recognise("the recogniser crashed".into())))
            }
        };
        let heard = heard.map(|heard| trusted(heard, &cut, &request, news));
        let _ = news.send(News::Clip(number, clip.end(), heard));
    }
}

/// Mean log probability below which the text of a noise-like clip counts as guessed: real whispers and speakers far from
/// the microphone gave -0.2 to -0.5, hiss, hum and rumble -0.6 to -1.3.
const GUESSED: f32 = -0.6;

/// Noise makes the model guess, and it guesses in whole sentences. So what may be a noise must be understood well and at
/// the first try.
fn trusted(heard: Heard, cut: &Cut, request: &Request, news: &Sender<News>) -> Heard {
    let guess = |s: &Segment| s.temperature > request.temperature || s.avg_logprob < GUESSED;
    let guessed = heard.segments.iter().any(guess);
    if cut.certain || !guessed {
        return heard;
    }
    let message = "a guess was left out: this sounds more like a noise than like speech".to_owned();
    let _ = news.send(News::Warning(Warning { at: Some(cut.start), message }));
    Heard { segments: Vec::new(), ..heard }
}

#[derive(Default)]
struct Collected {
    /// Clips that came before their turn.
    early: BTreeMap<usize, (Millis, Heard)>,
    /// The next clip in turn.
    turn: usize,
    reached: Millis,
    /// How long the recording is at least.
    read: Millis,
    /// It is not read to its end.
    part: bool,
    end: Option<(usize, Millis)>,
    transcript: Transcript,
    error: Option<Error>,
}

impl Collected {
    fn take(&mut self, news: News, observer: &dyn Observer) {
        match news {
            News::Read(time) => self.read = self.read.max(time),
            News::Warning(warning) => {
                observer.event(Event::Warning(&warning));
                self.transcript.warnings.push(warning);
            }
            News::Clip(number, end, Ok(heard)) => {
                self.early.insert(number, (end, heard));
                while let Some((end, heard)) = self.early.remove(&self.turn) {
                    self.turn += 1;
                    self.reached = end;
                    for segment in heard.segments {
                        self.add(segment, observer);
                    }
                    observer.event(Event::Reached(end));
                }
            }
            News::Clip(_, _, Err(error)) => self.fail(error),
            News::End(count, Ok(length)) => self.end = Some((count, length)),
            News::End(_, Err(error)) => self.fail(error),
        }
    }

    /// The first cause counts: what was cancelled because of it did not fail by itself.
    fn fail(&mut self, error: Error) {
        if self.error.as_ref().is_none_or(|e| matches!(e, Error::Cancelled)) {
            self.error = Some(error);
        }
    }

    fn add(&mut self, mut segment: Segment, observer: &dyn Observer) {
        // A tone or music makes the model write ` .` or `♪`: nobody said that.
        if !segment.text.chars().any(char::is_alphanumeric) {
            return;
        }
        if let Some(last) = self.transcript.segments.last() {
            segment.span.start = segment.span.start.max(last.span.end);
            segment.span.end = segment.span.end.max(segment.span.start);
        }
        observer.event(Event::Segment(&segment));
        self.transcript.segments.push(segment);
    }

    fn transcript(mut self, observer: &dyn Observer) -> Result<(Transcript, Option<Error>), Error> {
        let whole = self.end.filter(|(count, _)| *count == self.turn).map(|(_, end)| end);
        match (whole, self.error.take()) {
            (Some(end), _) => {
                self.transcript.warnings.sort_by_key(|warning| warning.at);
                // Where all of it was read, that is more certain than what the container says.
                self.transcript.duration = if self.part { self.read.max(end) } else { end };
                observer.event(Event::Reached(end));
                self.transcript.language = main_language(&self.transcript.segments);
                Ok((self.transcript, None))
            }
            (None, Some(error)) if self.turn == 0 => Err(error),
            (None, error) => {
                let error = error.unwrap_or_else(|| Error::Recognise("a part got no answer".into()));
                self.transcript.duration = self.read.max(self.reached);
                self.transcript.language = main_language(&self.transcript.segments);
                let reason = error.to_string();
                self.transcript.completeness = Completeness::Partial { until: self.reached, reason };
                Ok((self.transcript, Some(error)))
            }
        }
    }
}

/// The one that is spoken longest; empty if nobody speaks.
fn main_language(segments: &[Segment]) -> String {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for segment in segments {
        *times.entry(&segment.language).or_default() += segment.span.length().0.max(1);
    }
    times.into_iter().max_by_key(|(_, time)| *time).map(|(language, _)| language.to_owned()).unwrap_or_default()
}
