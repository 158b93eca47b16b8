//! Transcribes recordings: one thread reads a recording, cuts it into chunks and detects the language, each recogniser
//! decodes chunks in a thread of its own, and the caller's thread assembles the results in order.
//!
//! The transcript depends neither on the number of recognisers nor on their speed, because every chunk is decoded
//! independently of all others. Memory holds a few chunks, however long the recording is.
//!
//! Loops, hallucinations and speech without text are handled where a chunk is decoded (`decode_chunk.rs`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use self::assembler::Assembler;
use self::candidates::Candidates;
use self::quality::Quality;
use self::queue::Queue;
use self::reader::{EarlierWork, Reader};
use crate::audio::Recording;
use crate::checkpoint_record::{ChunkResult, Kind};
use crate::speech::Chunk;
use crate::{
    AudioContext, CheckpointRecord, DecodingOptions, Error, Event, Glossary, Millis, Observer, Recogniser, Segment,
    Span, Transcript, Warning,
};

mod assembler;
mod candidates;
mod coverage;
mod decode_chunk;
mod hallucinations;
mod languages;
mod overlap;
mod pieces;
mod quality;
mod queue;
mod reader;

/// How often the observer is asked whether the run is cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub use crate::transcript::TranscribeOptions;

/// The recognisers that work on recordings.
pub struct Recognisers<'a> {
    /// Detects the languages if [`TranscribeOptions::languages`] leaves them open. Being used for nothing else, it
    /// gives the same answers whatever the number of workers. `None`: the workers detect one language for each chunk.
    pub language_detector: Option<Box<dyn Recogniser + 'a>>,
    /// Decode chunks, each in a thread of its own; at least one.
    pub workers: Vec<Box<dyn Recogniser + 'a>>,
}

/// Detects the languages of one recording at a time.
type LanguageDetector<'a> = Mutex<&'a mut (dyn Recogniser + 'a)>;

/// Recognisers in running threads, shared by all recordings that are transcribed at the same time.
///
/// Chunks of the recording that was begun first are decoded first; the others keep the recognisers busy that it leaves
/// idle. So many short recordings use all recognisers.
pub struct Workers<'a> {
    queue: &'a Queue<Task>,
    language_detector: Option<&'a LanguageDetector<'a>>,
    /// Number of recordings begun.
    begun: AtomicUsize,
}

/// A chunk to be decoded by a worker.
struct Task {
    /// Counts the chunks of a recording, after they were split by language.
    number: usize,
    chunk: Chunk,
    /// `None`: the worker detects it.
    language: Option<String>,
    request: Arc<TranscriptionRequest>,
    messages: Sender<WorkerMessage>,
    cancel: CancelFlag,
}

/// What is wanted of a recording.
struct TranscriptionRequest {
    options: TranscribeOptions,
    /// Terms to expect and to correct; `None`: none.
    glossary: Option<Glossary>,
}

/// Sent to the caller's thread.
enum WorkerMessage {
    /// The recording was read up to this time.
    Read(Millis),
    Warning(Warning),
    /// Music in which nobody speaks.
    Music(Span),
    CheckpointRecord(CheckpointRecord),
    Chunk(Box<ChunkAnswer>),
    /// The recording was read: the number of its chunks, and its length or why reading ended.
    End(usize, Result<Millis, Error>),
}

/// A chunk that is finished.
struct ChunkAnswer {
    number: usize,
    span: Span,
    /// As [`Chunk::overlap`].
    overlap: Option<Millis>,
    result: Result<ChunkResult, Error>,
    /// Whether an earlier run finished it.
    resumed: bool,
}

/// Ends the work on one recording after it was cancelled or a part of it failed.
#[derive(Clone, Default)]
struct CancelFlag(Arc<AtomicBool>);

/// Cancels even if the observer panics; otherwise the recording, which may have no end, would be read to its end.
struct CancelOnDrop<'a>(&'a CancelFlag);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Observer for CancelFlag {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Transcribes one recording from its start; see [`Workers::transcribe`].
///
/// # Errors
/// An error without a transcript if nothing was finished; otherwise the error comes with the partial transcript.
pub fn transcribe(
    recording: Recording,
    recognisers: &mut Recognisers<'_>,
    options: &TranscribeOptions,
    glossary: Option<&Glossary>,
    observer: &dyn Observer,
) -> Result<(Transcript, Option<Error>), Error> {
    with_workers(recognisers, |workers| workers.transcribe(recording, options, glossary, Vec::new(), observer))
}

/// The [partial](crate::Completeness::Partial) transcript of the chunks that are finished according to `records`.
pub fn partial_transcript(records: &[CheckpointRecord]) -> Transcript {
    let mut assembler = Assembler::new(Millis::default(), false);
    for CheckpointRecord(record) in records {
        if let Kind::Chunk { number, span, overlap, result } = record {
            let result = Ok(result.clone());
            let answer = ChunkAnswer { number: *number, span: *span, overlap: *overlap, result, resumed: true };
            assembler.handle(WorkerMessage::Chunk(Box::new(answer)), &());
        }
    }
    assembler.into_partial(&())
}

/// Decodes a chunk of running speech once, for captions, and removes loops and hallucinations. If it is the `last` pass
/// at an utterance and its text is bad, the chunk is decoded again with more audio context.
///
/// # Errors
/// As [`Recogniser::recognise`].
pub(crate) fn decode_caption(
    recogniser: &mut (dyn Recogniser + '_),
    chunk: &Chunk,
    options: &DecodingOptions,
    last: bool,
    observer: &dyn Observer,
) -> Result<Vec<Segment>, Error> {
    let first = recogniser.recognise(chunk.clip(), options, observer)?;
    let quality = Quality::of(&first.segments, &chunk.speech);
    if !last || quality.is_good() {
        return Ok(decode_chunk::without_hallucinations(first.segments, chunk));
    }
    let options = DecodingOptions { audio_context: AudioContext::Fitting, prompt: String::new(), ..options.clone() };
    let second = recogniser.recognise(chunk.clip(), &options, observer)?;
    let better = Quality::of(&second.segments, &chunk.speech).is_better_than(&quality);
    Ok(decode_chunk::without_hallucinations(if better { second.segments } else { first.segments }, chunk))
}

/// Starts a thread for each recogniser, runs `work`, and ends the threads.
pub fn with_workers<T>(recognisers: &mut Recognisers<'_>, work: impl FnOnce(&Workers<'_>) -> T) -> T {
    let Recognisers { language_detector, workers } = recognisers;
    let queue = Queue::new(workers.len());
    let language_detector = language_detector.as_mut().map(|one| Mutex::new(one.as_mut() as &mut dyn Recogniser));
    thread::scope(|scope| {
        for recogniser in workers {
            let queue = &queue;
            scope.spawn(move || {
                while let Some(task) = queue.pop() {
                    run_task(recogniser.as_mut(), task);
                }
            });
        }
        /// Closes the queue even if `work` panics; otherwise the threads would wait for ever.
        struct CloseOnDrop<'a>(&'a Queue<Task>);
        impl Drop for CloseOnDrop<'_> {
            fn drop(&mut self) {
                self.0.close();
            }
        }
        let _close = CloseOnDrop(&queue);
        work(&Workers { queue: &queue, language_detector: language_detector.as_ref(), begun: AtomicUsize::new(0) })
    })
}

impl Workers<'_> {
    /// Transcribes a recording. Fills in everything of the transcript but its origin.
    ///
    /// `finished` resumes an earlier run: the records that it reported for the same recording, options and model. The
    /// transcript is the same as without them.
    ///
    /// If a recogniser fails or the observer cancels, the finished part is returned as a
    /// [partial](crate::Completeness::Partial) transcript, together with the error. A recogniser that panics counts as
    /// one that failed.
    ///
    /// # Errors
    /// An error without a transcript if nothing was finished.
    pub fn transcribe(
        &self,
        recording: Recording,
        options: &TranscribeOptions,
        glossary: Option<&Glossary>,
        finished: Vec<CheckpointRecord>,
        observer: &dyn Observer,
    ) -> Result<(Transcript, Option<Error>), Error> {
        observer.event(Event::Opened(recording.end()));
        let mut assembler = Assembler::new(recording.length().unwrap_or_default(), recording.is_part());
        let (messages, incoming) = channel();
        let cancel = CancelFlag::default();
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let reader = Reader {
            recording: number,
            request: Arc::new(TranscriptionRequest { options: options.clone(), glossary: glossary.cloned() }),
            language_detector: self.language_detector.filter(|_| options.languages.len() != 1),
            earlier: EarlierWork::from_iter(finished),
            queue: self.queue,
            messages,
            cancel: cancel.clone(),
        };
        thread::scope(|scope| {
            scope.spawn(move || reader.run(recording));
            let _cancel = CancelOnDrop(&cancel);
            loop {
                match incoming.recv_timeout(POLL_INTERVAL) {
                    Ok(message) => assembler.handle(message, observer),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if assembler.has_failed() || observer.cancelled() {
                    cancel.0.store(true, Ordering::Relaxed);
                    // Otherwise its chunks would wait behind those of other recordings, only to be cancelled.
                    self.queue.remove_recording(number);
                }
            }
        });
        assembler.into_transcript(observer)
    }
}

/// Decodes the chunk of a task and sends the answer, whatever goes wrong.
fn run_task(recogniser: &mut (dyn Recogniser + '_), task: Task) {
    let work = AssertUnwindSafe(|| decode(recogniser, &task));
    let result = match task.cancel.cancelled() {
        true => Err(Error::Cancelled),
        false => catch_unwind(work).unwrap_or_else(|_| Err(Error::Recognise("the recogniser crashed".into()))),
    };
    let Task { number, chunk, messages, .. } = task;
    let answer = ChunkAnswer { number, span: chunk.clip().span(), overlap: chunk.overlap, result, resumed: false };
    let _ = messages.send(WorkerMessage::Chunk(Box::new(answer)));
}

fn decode(recogniser: &mut (dyn Recogniser + '_), task: &Task) -> Result<ChunkResult, Error> {
    let Task { number, chunk, language, request, cancel, .. } = task;
    let TranscriptionRequest { options, glossary } = &**request;
    let only = match options.languages.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let language = match only.or(language.clone()) {
        None if !options.languages.is_empty() => {
            let detected = recogniser.detect_language(chunk.clip(), &options.languages)?;
            Some(detected.language).filter(|code| !code.is_empty())
        }
        language => language,
    };
    let decoding = DecodingOptions {
        language,
        translate: options.translate,
        prompt: match glossary {
            Some(glossary) => {
                glossary.prompt(&options.prompt, *number, Glossary::PROMPT_TOKENS, &Glossary::estimate_tokens)
            }
            None => options.prompt.clone(),
        },
        temperature: options.temperature,
        ..DecodingOptions::default()
    };
    let candidates = Candidates {
        recogniser,
        chunk,
        options: &decoding,
        beam_size: options.beam_size,
        languages: Some(options.languages.as_slice()).filter(|languages| languages.len() != 1),
        observer: cancel,
    };
    let mut result = decode_chunk::decode(candidates)?;
    // The glossary is about what was said, not about its translation.
    if let Some(glossary) = glossary.as_ref().filter(|_| !options.translate) {
        result.corrections = result.segments.iter_mut().flat_map(|segment| glossary.correct(segment)).collect();
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clip, DetectedLanguage, Recognition, WarningKind};

    /// Detects the last of the candidates, and records the languages that it decodes.
    #[derive(Default)]
    struct Last(Vec<Option<String>>);

    impl Recogniser for Last {
        fn detect_language(&mut self, _: Clip<'_>, candidates: &[String]) -> Result<DetectedLanguage, Error> {
            Ok(DetectedLanguage { language: candidates.last().cloned().unwrap_or_default(), probability: 0.5 })
        }

        fn recognise(
            &mut self,
            _: Clip<'_>,
            options: &DecodingOptions,
            _: &dyn Observer,
        ) -> Result<Recognition, Error> {
            self.0.push(options.language.clone());
            Ok(Recognition::default())
        }
    }

    /// Cannot detect languages.
    struct Fails;

    impl Recogniser for Fails {
        fn detect_language(&mut self, _: Clip<'_>, _: &[String]) -> Result<DetectedLanguage, Error> {
            Err(Error::Recognise("no memory".into()))
        }

        fn recognise(&mut self, _: Clip<'_>, _: &DecodingOptions, _: &dyn Observer) -> Result<Recognition, Error> {
            Ok(Recognition::default())
        }
    }

    #[test]
    fn a_failed_language_detection_is_reported_once() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recordings/phone-en.m4a");
        let recording = crate::audio::open(path.as_ref(), crate::audio::Selection::default()).expect("a recording");
        let workers: Vec<Box<dyn Recogniser>> = vec![Box::new(Last::default())];
        let mut recognisers = Recognisers { language_detector: Some(Box::new(Fails)), workers };
        let (transcript, error) =
            transcribe(recording, &mut recognisers, &TranscribeOptions::default(), None, &()).expect("a transcript");
        assert!(error.is_none(), "no chunk is lost");
        assert!(transcript.gaps.len() > 1, "more than one chunk: {}", transcript.gaps.len());
        let kinds: Vec<WarningKind> = transcript.warnings.into_iter().map(|warning| warning.kind).collect();
        let detail = "recognition failed: no memory".into();
        assert_eq!(kinds, [WarningKind::LanguageDetectionFailed { detail }]);
    }

    #[test]
    fn languages_outside_the_list_are_not_detected() {
        let decoded = |languages: &[&str], detected: Option<&str>| {
            let options = TranscribeOptions {
                languages: languages.iter().map(|&l| l.into()).collect(),
                ..TranscribeOptions::default()
            };
            let mut recogniser = Last::default();
            let task = Task {
                number: 0,
                chunk: Chunk::default(),
                language: detected.map(str::to_owned),
                request: Arc::new(TranscriptionRequest { options, glossary: None }),
                messages: channel().0,
                cancel: CancelFlag::default(),
            };
            decode(&mut recogniser, &task).expect("decoded");
            recogniser.0.swap_remove(0)
        };
        assert_eq!(decoded(&["de", "en"], None).as_deref(), Some("en"));
        assert_eq!(decoded(&["de", "en"], Some("de")).as_deref(), Some("de"));
        assert_eq!(decoded(&["de"], None).as_deref(), Some("de"));
        assert_eq!(decoded(&[], None), None);
    }
}
