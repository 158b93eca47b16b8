//! A recording through the recognisers: one thread decodes, cuts and tells the language, each recogniser works in a
//! thread of its own, and the caller's thread puts the results back in order.
//!
//! The result does not depend on how many recognisers there are or who is faster: every clip is decoded without a look
//! at any other. Memory holds a few clips, however long the recording is.
//!
//! What may go wrong with a clip is dealt with where it is decoded (`guard.rs`): loops, inventions, speech left out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use self::collected::Collected;
use self::quality::Quality;
use self::queue::Queue;
use self::reader::{Known, Reader};
use crate::audio::Recording;
use crate::checkpoint_record::{ClipResult, Kind};
use crate::speech::{Chunk, VadOptions};
use crate::{
    CheckpointRecord, Error, Event, Glossary, Millis, Observer, Recogniser, Request, Segment, Span, Transcript,
    Warning, Window,
};

mod collected;
mod coverage;
mod decode_clip;
mod fallback;
mod hallucinations;
mod languages;
mod overlap;
mod quality;
mod queue;
mod reader;

/// How often the observer is asked whether to stop.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// What is wanted of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscribeOptions {
    /// How speech is found and cut.
    pub vad: VadOptions,
    /// ISO 639-1 codes of the languages that may be spoken; empty: any. If it is not one, the language is told for each
    /// stretch of speech.
    pub languages: Vec<String>,
    /// English out, whatever comes in.
    pub translate: bool,
    /// Names and style to expect, given to the model before each clip; may be empty.
    pub prompt: String,
    /// Terms to expect, and to put right.
    pub glossary: Option<Glossary>,
    /// Hypotheses kept while decoding, in `1..=8`; `None`: one, and five where that leaves doubts.
    pub beam_size: Option<u8>,
    /// Where the temperature starts, in `0.0..=1.0`; it rises where the text is not good enough.
    pub temperature: f32,
}

/// Who works on a recording.
pub struct Recognisers<'a> {
    /// Tells the language of each clip when the request leaves it open. One that does nothing else gives the same
    /// answers however many others there are.
    pub detector: Option<Box<dyn Recogniser + 'a>>,
    /// Each takes the next clip when it is done with its last; at least one.
    pub workers: Vec<Box<dyn Recogniser + 'a>>,
}

/// Tells languages for one recording at a time.
type Detector<'a> = Mutex<&'a mut (dyn Recogniser + 'a)>;

/// Recognisers at work. Recordings that are transcribed at the same time share them, so that many short ones keep all of them
/// busy: the one that was begun first comes first, and the others fill the holes that it leaves.
pub struct Workers<'a> {
    queue: &'a Queue<Task>,
    detector: Option<&'a Detector<'a>>,
    begun: AtomicUsize,
}

/// A clip on its way to a worker.
struct Task {
    number: usize,
    chunk: Chunk,
    /// `None`: the worker finds out.
    language: Option<String>,
    options: Arc<TranscribeOptions>,
    news: Sender<WorkerMessage>,
    stop: Stop,
}

/// What comes back to the caller's thread.
enum WorkerMessage {
    /// Sound was read up to here.
    Read(Millis),
    Warning(Warning),
    CheckpointRecord(CheckpointRecord),
    Clip(Box<ClipAnswer>),
    /// No more clips than this; how long the recording is, or why it can't be read further.
    End(usize, Result<Millis, Error>),
}

/// A clip that a worker is done with.
struct ClipAnswer {
    number: usize,
    span: Span,
    /// As [`Chunk::overlap`].
    overlap: Option<Millis>,
    found: Result<ClipResult, Error>,
    /// From an earlier run.
    known: bool,
}

/// Ends the work on one recording, as soon as one part of it failed or the user wants it.
#[derive(Clone, Default)]
struct Stop(Arc<AtomicBool>);

impl Observer for Stop {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Transcribes one recording: [`Workers::transcribe`] with nothing done before.
///
/// # Errors
/// Without a transcript if nothing was done.
pub fn transcribe(
    recording: Recording,
    recognisers: &mut Recognisers<'_>,
    options: &TranscribeOptions,
    observer: &dyn Observer,
) -> Result<(Transcript, Option<Error>), Error> {
    with_workers(recognisers, |workers| workers.transcribe(recording, options, Vec::new(), observer))
}

/// What the clips gave whose steps were told so far, as a transcript that is partial.
pub fn so_far(steps: &[CheckpointRecord]) -> Transcript {
    let mut collected = Collected::new(Millis::default(), false);
    for CheckpointRecord(step) in steps {
        if let Kind::Clip { number, span, overlap, found } = step {
            let found = Ok(found.clone());
            let answer = ClipAnswer { number: *number, span: *span, overlap: *overlap, found, known: true };
            collected.take(WorkerMessage::Clip(Box::new(answer)), &());
        }
    }
    collected.unfinished(&())
}

/// One quick look at a clip that is being spoken; what nobody said is left out. If it is the `last`, and its text is bad, a
/// second one is taken at more of the window.
pub(crate) fn glance(
    recogniser: &mut (dyn Recogniser + '_),
    chunk: &Chunk,
    request: &Request,
    last: bool,
    observer: &dyn Observer,
) -> Result<Vec<Segment>, Error> {
    let heard = recogniser.recognise(chunk.clip(), request, observer)?;
    let quality = Quality::of(&heard.segments, &chunk.speech);
    if !last || quality.is_good() {
        return Ok(decode_clip::said(heard.segments, chunk));
    }
    let request = Request { window: Window::Fitting, prompt: String::new(), ..request.clone() };
    let again = recogniser.recognise(chunk.clip(), &request, observer)?;
    let better = Quality::of(&again.segments, &chunk.speech).is_better_than(&quality);
    Ok(decode_clip::said(if better { again.segments } else { heard.segments }, chunk))
}

/// Puts the recognisers to work for as long as `work` takes.
pub fn with_workers<T>(recognisers: &mut Recognisers<'_>, work: impl FnOnce(&Workers<'_>) -> T) -> T {
    let Recognisers { detector, workers } = recognisers;
    let queue = Queue::new(workers.len());
    let detector = detector.as_mut().map(|detector| Mutex::new(detector.as_mut() as &mut dyn Recogniser));
    thread::scope(|scope| {
        for recogniser in workers {
            let queue = &queue;
            scope.spawn(move || {
                while let Some(task) = queue.pop() {
                    decode(recogniser.as_mut(), task);
                }
            });
        }
        /// They go home even if `work` panics, or else nobody ever would.
        struct Closing<'a>(&'a Queue<Task>);
        impl Drop for Closing<'_> {
            fn drop(&mut self) {
                self.0.close();
            }
        }
        let _closing = Closing(&queue);
        work(&Workers { queue: &queue, detector: detector.as_ref(), begun: AtomicUsize::new(0) })
    })
}

impl Workers<'_> {
    /// Transcribes a recording. Fills in everything of the transcript but where it comes from. `done`: the steps that an
    /// earlier run told of the same recording, with the same wishes and model; the transcript is the same as without them.
    ///
    /// What was done before a recogniser failed or the observer cancelled is kept, as a transcript that is
    /// [partial](crate::Completeness::Partial); the error comes with it.
    ///
    /// # Errors
    /// Without a transcript if nothing was done.
    ///
    /// # Panics
    /// Never; a recogniser that panics is one that failed.
    pub fn transcribe(
        &self,
        recording: Recording,
        options: &TranscribeOptions,
        done: Vec<CheckpointRecord>,
        observer: &dyn Observer,
    ) -> Result<(Transcript, Option<Error>), Error> {
        observer.event(Event::Opened(recording.end()));
        let mut collected = Collected::new(recording.length().unwrap_or_default(), recording.is_part());
        let (news, heard) = channel();
        let stop = Stop::default();
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let reader = Reader {
            recording: number,
            options: Arc::new(options.clone()),
            detector: self.detector.filter(|_| options.languages.len() != 1),
            known: Known::from_iter(done),
            queue: self.queue,
            news,
            stop: stop.clone(),
        };
        thread::scope(|scope| {
            scope.spawn(move || reader.run(recording));
            loop {
                match heard.recv_timeout(ASKED_EVERY) {
                    Ok(news) => collected.take(news, observer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if collected.has_failed() || observer.cancelled() {
                    stop.0.store(true, Ordering::Relaxed);
                    // Its clips need not wait for those of other recordings, to be told that nobody wants them.
                    self.queue.forget(number);
                }
            }
        });
        collected.transcript(observer)
    }
}

/// Works on a clip. Whatever goes wrong, there is an answer.
fn decode(recogniser: &mut (dyn Recogniser + '_), task: Task) {
    let Task { number, chunk, language, options, news, stop } = task;
    let work = AssertUnwindSafe(|| find(recogniser, number, &chunk, language, &options, &stop));
    let found = match stop.cancelled() {
        true => Err(Error::Cancelled),
        false => catch_unwind(work).unwrap_or_else(|_| Err(Error::Recognise("the recogniser crashed".into()))),
    };
    let answer = ClipAnswer { number, span: chunk.clip().span(), overlap: chunk.overlap, found, known: false };
    let _ = news.send(WorkerMessage::Clip(Box::new(answer)));
}

fn find(
    recogniser: &mut (dyn Recogniser + '_),
    number: usize,
    chunk: &Chunk,
    language: Option<String>,
    options: &TranscribeOptions,
    stop: &Stop,
) -> Result<ClipResult, Error> {
    let known = match options.languages.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let language = match known.or(language) {
        None if !options.languages.is_empty() => {
            Some(recogniser.language(chunk.clip(), &options.languages)?.language).filter(|code| !code.is_empty())
        }
        language => language,
    };
    let request = Request {
        language,
        translate: options.translate,
        prompt: match &options.glossary {
            Some(glossary) => glossary.prompt(&options.prompt, number, Glossary::ROOM, &Glossary::estimate),
            None => options.prompt.clone(),
        },
        temperature: options.temperature,
        ..Request::default()
    };
    let among = Some(options.languages.as_slice()).filter(|languages| languages.len() != 1);
    let mut found = decode_clip::check(recogniser, chunk, options.beam_size, &request, among, stop)?;
    // What is translated is no longer what was said.
    if let Some(glossary) = options.glossary.as_ref().filter(|_| !options.translate) {
        found.corrections = found.segments.iter_mut().flat_map(|s| glossary.repair(s)).collect();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clip, DetectedLanguage, Recognition};

    /// Always takes the last language that may be spoken, and keeps what it was asked for.
    #[derive(Default)]
    struct Last(Vec<Option<String>>);

    impl Recogniser for Last {
        fn language(&mut self, _: Clip<'_>, among: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage { language: among.last().cloned().unwrap_or_default(), probability: 0.5 })
        }

        fn recognise(&mut self, _: Clip<'_>, request: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            self.0.push(request.language.clone());
            Ok(Recognition::default())
        }
    }

    struct Fails;

    impl Recogniser for Fails {
        fn language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Err(Error::Recognise("no memory".into()))
        }

        fn recognise(&mut self, _: Clip<'_>, _: &Request, _: &dyn Observer) -> Result<Recognition, Error> {
            Ok(Recognition::default())
        }
    }

    #[test]
    fn who_cannot_tell_languages_is_told_of_once() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recordings/phone-en.m4a");
        let recording = crate::audio::open(path.as_ref(), crate::audio::Selection::default()).expect("a recording");
        let workers: Vec<Box<dyn Recogniser>> = vec![Box::new(Last::default())];
        let mut recognisers = Recognisers { detector: Some(Box::new(Fails)), workers };
        let (transcript, error) =
            transcribe(recording, &mut recognisers, &TranscribeOptions::default(), &()).expect("a transcript");
        assert!(error.is_none(), "it costs no clip");
        assert!(transcript.gaps.len() > 1, "more than one clip: {}", transcript.gaps.len());
        let warnings: Vec<&str> = transcript.warnings.iter().map(|warning| warning.message.as_str()).collect();
        let told = "from there on the language is told for whole clips only: recognition failed: no memory";
        assert_eq!(warnings, [told]);
    }

    #[test]
    fn a_closed_list_of_languages_stays_closed_where_nobody_told_them_apart() {
        let stop = Stop(Arc::new(AtomicBool::new(false)));
        let asked = |languages: &[&str], told: Option<&str>| {
            let options = TranscribeOptions {
                languages: languages.iter().map(|&l| l.into()).collect(),
                ..TranscribeOptions::default()
            };
            let mut recogniser = Last::default();
            find(&mut recogniser, 0, &Chunk::default(), told.map(str::to_owned), &options, &stop).expect("found");
            recogniser.0.swap_remove(0)
        };
        assert_eq!(asked(&["de", "en"], None).as_deref(), Some("en"));
        assert_eq!(asked(&["de", "en"], Some("de")).as_deref(), Some("de"));
        assert_eq!(asked(&["de"], None).as_deref(), Some("de"));
        assert_eq!(asked(&[], None), None);
    }
}
