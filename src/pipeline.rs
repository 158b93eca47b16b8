//! A recording through the recognisers: one thread decodes, cuts and tells the language, each recogniser works in a
//! thread of its own, and the caller's thread puts the results back in order.
//!
//! The result does not depend on how many recognisers there are or who is faster: every clip is decoded without a look
//! at any other. Memory holds a few clips, however long the recording is.
//!
//! What may go wrong with a clip is dealt with where it is decoded (`guard.rs`): loops, inventions, speech left out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use self::collected::Collected;
use self::guard::Checked;
use self::languages::Languages;
use crate::audio::Recording;
use crate::speech::{Cut, Cutter, Rules};
use crate::{Error, Event, Glossary, Millis, Observer, Recogniser, Request, Transcript, Warning};

mod collected;
mod coverage;
mod guard;
mod languages;
mod phantoms;
mod quality;
mod seam;
mod tries;

/// What is wanted of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// How speech is found and cut.
    pub rules: Rules,
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
    Clip(Box<Answer>),
    /// No more clips than this; how long the recording is, or why it can't be read further.
    End(usize, Result<Millis, Error>),
}

/// A clip that a worker is done with.
struct Answer {
    number: usize,
    /// The end of the clip.
    end: Millis,
    /// As [`Cut::seam`].
    seam: Option<Millis>,
    checked: Result<Checked, Error>,
}

/// Transcribes a recording. Fills in everything of the transcript but where it comes from.
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
    recording: Recording,
    recognisers: &mut Recognisers<'_>,
    wishes: &Wishes,
    observer: &dyn Observer,
) -> Result<(Transcript, Option<Error>), Error> {
    let stop = AtomicBool::new(false);
    let inner = Inner { outer: observer, stop: &stop };
    observer.event(Event::Opened(recording.end()));
    let (read, part) = (recording.length().unwrap_or_default(), recording.is_part());
    let mut collected = Collected::new(read, part);
    let (news, heard) = channel();
    let Recognisers { detector, workers } = recognisers;
    let (tasks, work) = sync_channel(workers.len());
    let work = Mutex::new(work);
    thread::scope(|scope| {
        let detector = detector.as_deref_mut().filter(|_| wishes.languages.len() != 1);
        let languages = Languages::new(&wishes.languages);
        let reader = Reader { detector, languages, tasks, news: news.clone(), inner: &inner };
        scope.spawn(move || reader.run(recording, wishes.rules));
        for recogniser in workers {
            let (news, work, inner) = (news.clone(), &work, &inner);
            scope.spawn(move || decode(recogniser.as_mut(), work, wishes, &news, inner));
        }
        drop(news);
        for news in heard {
            collected.take(news, observer);
            if collected.has_failed() || observer.cancelled() {
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
    languages: Languages<'a>,
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
                for (cut, language) in self.languages(cut) {
                    // Fails when every recogniser is gone, which `inner` then knows too.
                    let _ = self.tasks.send(Task { number: count, cut, language });
                    count += 1;
                }
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

    /// A clip, in several where the language changes.
    fn languages(&mut self, cut: Cut) -> Vec<(Cut, Option<String>)> {
        let Some(detector) = self.detector.as_mut() else { return vec![(cut, None)] };
        let languages = &mut self.languages;
        let told = catch_unwind(AssertUnwindSafe(|| languages.tell(&cut, *detector)));
        match told {
            Ok(Ok(stretches)) => languages::split(cut, stretches),
            // Who can't tell the language leaves it to the worker.
            _ => vec![(cut, None)],
        }
    }
}

fn decode(
    recogniser: &mut (dyn Recogniser + '_),
    work: &Mutex<Receiver<Task>>,
    wishes: &Wishes,
    news: &Sender<News>,
    inner: &Inner<'_>,
) {
    let known = match wishes.languages.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { number, cut, language }) = next else { break };
        let request = Request {
            language: known.clone().or(language),
            translate: wishes.translate,
            prompt: match &wishes.glossary {
                Some(glossary) => glossary.prompt(&wishes.prompt, number, Glossary::ROOM, &Glossary::estimate),
                None => wishes.prompt.clone(),
            },
            temperature: wishes.temperature,
            ..Request::default()
        };
        let checked = match inner.cancelled() {
            true => Err(Error::Cancelled),
            false => {
                let work = AssertUnwindSafe(|| guard::check(recogniser, &cut, wishes.beam_size, &request, inner));
                catch_unwind(work).unwrap_or_else(|_| Err(Error::Recognise("the recogniser crashed".into())))
            }
        };
        let checked = checked.map(|mut checked| {
            // What is translated is no longer what was said.
            if let Some(glossary) = wishes.glossary.as_ref().filter(|_| !wishes.translate) {
                checked.corrections = checked.segments.iter_mut().flat_map(|s| glossary.repair(s)).collect();
            }
            checked
        });
        let _ = news.send(News::Clip(Box::new(Answer { number, end: cut.clip().end(), seam: cut.seam, checked })));
    }
}
