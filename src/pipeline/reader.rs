//! The thread that reads a recording: decodes it, cuts it, tells the language, and hands the clips to the workers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};

use super::languages::{self, Languages};
use super::queue::Queue;
use super::{ClipAnswer, Detector, Stop, Task, TranscribeOptions, WorkerMessage};
use crate::audio::Recording;
use crate::checkpoint_record::{ClipResult, Kind};
use crate::speech::{Chunk, Chunker};
use crate::{CheckpointRecord, Error, Observer as _, Span, Warning, WarningKind};

/// The languages of a cut, and the one that is being spoken after it.
type DetectedStretches = (Vec<(Span, String)>, Option<String>);

/// What an earlier run has done.
#[derive(Default)]
pub(super) struct Known {
    languages: BTreeMap<usize, DetectedStretches>,
    clips: BTreeMap<usize, (Span, ClipResult)>,
}

impl FromIterator<CheckpointRecord> for Known {
    fn from_iter<I: IntoIterator<Item = CheckpointRecord>>(steps: I) -> Known {
        let mut known = Known::default();
        for CheckpointRecord(step) in steps {
            match step {
                Kind::Languages { chunk, stretches, spoken } => {
                    known.languages.insert(chunk, (stretches, spoken));
                }
                Kind::Clip { number, span, found, .. } => {
                    known.clips.insert(number, (span, found));
                }
            }
        }
        known
    }
}

pub(super) struct Reader<'a, 'd> {
    /// Which recording, in the order in which they were begun.
    pub(super) recording: usize,
    pub(super) options: Arc<TranscribeOptions>,
    /// `None`: the language is known, or the workers tell it.
    pub(super) detector: Option<&'a Detector<'d>>,
    pub(super) known: Known,
    pub(super) queue: &'a Queue<Task>,
    pub(super) news: Sender<WorkerMessage>,
    pub(super) stop: Stop,
}

impl Reader<'_, '_> {
    /// Reads to the end. Whatever goes wrong, there is an end.
    pub(super) fn run(mut self, recording: Recording) {
        let work = AssertUnwindSafe(|| self.read(recording));
        if catch_unwind(work).is_err() {
            self.tell(WorkerMessage::End(0, Err(Error::Recognise("the program made a mistake while it read".into()))));
        }
    }

    fn read(&mut self, mut recording: Recording) {
        let options = self.options.clone();
        let mut languages = Languages::new(&options.languages);
        let mut chunker: Option<Chunker> = None;
        let mut ready = Vec::new();
        let (mut chunks, mut clips) = (0, 0);
        let result = loop {
            if self.stop.cancelled() {
                break Err(Error::Cancelled);
            }
            let read = recording.read();
            for warning in recording.take_warnings() {
                self.tell(WorkerMessage::Warning(warning));
            }
            match read {
                Ok(Some(samples)) => {
                    let origin = recording.position() - samples.duration();
                    chunker.get_or_insert_with(|| Chunker::new(options.vad, origin)).push(&samples, &mut ready);
                }
                Ok(None) => chunker.iter_mut().for_each(|chunker| chunker.finish(&mut ready)),
                Err(error) => break Err(error),
            }
            if ready.is_empty() {
                self.tell(WorkerMessage::Read(recording.position()));
            }
            for chunk in ready.drain(..) {
                for (chunk, language) in self.languages(chunks, chunk, &mut languages) {
                    self.hand_over(clips, chunk, language);
                    clips += 1;
                }
                chunks += 1;
            }
            if recording.is_ended() {
                break Ok(recording.position());
            }
        };
        self.tell(WorkerMessage::End(clips, result));
    }

    /// To a worker, or back at once if it is done already.
    fn hand_over(&mut self, number: usize, chunk: Chunk, language: Option<String>) {
        let (span, overlap) = (chunk.clip().span(), chunk.overlap);
        match self.known.clips.remove(&number).filter(|(known, _)| *known == span) {
            Some((_, found)) => {
                let answer = ClipAnswer { number, span, overlap, found: Ok(found), known: true };
                self.tell(WorkerMessage::Clip(Box::new(answer)));
            }
            None => {
                let (options, news, stop) = (self.options.clone(), self.news.clone(), self.stop.clone());
                self.queue.push(self.recording, number, Task { number, chunk, language, options, news, stop });
            }
        }
    }

    /// Fails when the caller is gone, and with it everybody who wants to know.
    fn tell(&self, news: WorkerMessage) {
        let _ = self.news.send(news);
    }

    /// A clip, in several where the language changes.
    fn languages(
        &mut self,
        number: usize,
        chunk: Chunk,
        languages: &mut Languages<'_>,
    ) -> Vec<(Chunk, Option<String>)> {
        let Some(detector) = self.detector else { return vec![(chunk, None)] };
        if let Some((stretches, spoken)) = self.known.languages.remove(&number) {
            languages.go_on(spoken);
            return languages::split(chunk, stretches);
        }
        let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
        let told = catch_unwind(AssertUnwindSafe(|| languages.tell(&chunk, *detector)));
        match told {
            Ok(Ok(stretches)) => {
                let spoken = languages.spoken();
                self.tell(WorkerMessage::CheckpointRecord(CheckpointRecord(Kind::Languages {
                    chunk: number,
                    stretches: stretches.clone(),
                    spoken,
                })));
                languages::split(chunk, stretches)
            }
            Ok(Err(Error::Cancelled)) => vec![(chunk, None)],
            // It is left to the workers, and told once.
            failed => {
                let reason = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "the recogniser crashed".to_owned(),
                };
                let kind = WarningKind::LanguageDetectionFailed { detail: reason };
                self.tell(WorkerMessage::Warning(Warning::new(Some(chunk.start), kind)));
                self.detector = None;
                vec![(chunk, None)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_can_come_in_any_order_and_twice() {
        let clip = |number| {
            CheckpointRecord(Kind::Clip { number, span: Span::new(0, 1), overlap: None, found: ClipResult::default() })
        };
        let known: Known = [clip(2), clip(0), clip(2)].into_iter().collect();
        assert_eq!(known.clips.keys().copied().collect::<Vec<_>>(), [0, 2]);
    }
}
