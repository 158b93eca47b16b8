//! The thread that reads a recording: decodes it, cuts it into chunks, detects their language, and queues them for the
//! workers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};

use super::languages::{self, LanguageTracker};
use super::queue::Queue;
use super::{CancelFlag, ChunkAnswer, LanguageDetector, Task, TranscriptionRequest, WorkerMessage};
use crate::audio::Recording;
use crate::checkpoint_record::{ChunkResult, Kind};
use crate::speech::{Chunk, Chunker};
use crate::{CheckpointRecord, Error, Observer as _, Span, Warning, WarningKind};

/// The languages in a chunk, and the current one at its end; as [`Kind::Languages`].
type ChunkLanguages = (Vec<(Span, String)>, Option<String>);

/// What an earlier run finished, by number of the chunk.
#[derive(Default)]
pub(super) struct EarlierWork {
    languages: BTreeMap<usize, ChunkLanguages>,
    chunks: BTreeMap<usize, (Span, ChunkResult)>,
}

impl FromIterator<CheckpointRecord> for EarlierWork {
    fn from_iter<I: IntoIterator<Item = CheckpointRecord>>(records: I) -> EarlierWork {
        let mut earlier = EarlierWork::default();
        for CheckpointRecord(record) in records {
            match record {
                Kind::Languages { number, spans, current } => {
                    earlier.languages.insert(number, (spans, current));
                }
                Kind::Chunk { number, span, result, .. } => {
                    earlier.chunks.insert(number, (span, result));
                }
            }
        }
        earlier
    }
}

pub(super) struct Reader<'a, 'd> {
    /// Counts the recordings in the order in which they were begun.
    pub(super) recording: usize,
    pub(super) request: Arc<TranscriptionRequest>,
    /// `None` if the language is known, or the workers detect it.
    pub(super) language_detector: Option<&'a LanguageDetector<'d>>,
    pub(super) earlier: EarlierWork,
    pub(super) queue: &'a Queue<Task>,
    pub(super) messages: Sender<WorkerMessage>,
    pub(super) cancel: CancelFlag,
}

impl Reader<'_, '_> {
    /// Reads the recording and sends [`WorkerMessage::End`] in the end, whatever goes wrong.
    pub(super) fn run(mut self, recording: Recording) {
        let work = AssertUnwindSafe(|| self.read(recording));
        if catch_unwind(work).is_err() {
            let error = Error::Recognise("internal error while reading the recording".into());
            self.send(WorkerMessage::End(0, Err(error)));
        }
    }

    fn read(&mut self, mut recording: Recording) {
        let request = self.request.clone();
        let options = &request.options;
        let mut tracker = LanguageTracker::new(&options.languages);
        let mut chunker: Option<Chunker> = None;
        // Chunks from the chunker, and chunks after they were split by language.
        let (mut chunk_count, mut queued) = (0, 0);
        let result = loop {
            if self.cancel.cancelled() {
                break Err(Error::Cancelled);
            }
            let read = recording.read();
            for warning in recording.take_warnings() {
                self.send(WorkerMessage::Warning(warning));
            }
            let chunks = match read {
                Ok(Some(samples)) => {
                    let origin = recording.position() - samples.duration();
                    chunker.get_or_insert_with(|| Chunker::new(options.vad, origin)).push(&samples)
                }
                Ok(None) => chunker.as_mut().map_or_else(Vec::new, Chunker::finish),
                Err(error) => break Err(error),
            };
            if chunks.is_empty() {
                self.send(WorkerMessage::Read(recording.position()));
            }
            for chunk in chunks {
                for (part, language) in self.split_by_language(chunk_count, chunk, &mut tracker) {
                    self.enqueue(queued, part, language);
                    queued += 1;
                }
                chunk_count += 1;
            }
            for span in chunker.as_mut().map_or_else(Vec::new, Chunker::take_music) {
                self.send(WorkerMessage::Music(span));
            }
            if recording.is_ended() {
                break Ok(recording.position());
            }
        };
        self.send(WorkerMessage::End(queued, result));
    }

    /// Queues a chunk for the workers, or answers at once if an earlier run finished it.
    fn enqueue(&mut self, number: usize, chunk: Chunk, language: Option<String>) {
        let (span, overlap) = (chunk.clip().span(), chunk.overlap);
        match self.earlier.chunks.remove(&number).filter(|(earlier, _)| *earlier == span) {
            Some((_, result)) => {
                let answer = ChunkAnswer { number, span, overlap, result: Ok(result), resumed: true };
                self.send(WorkerMessage::Chunk(Box::new(answer)));
            }
            None => {
                let (request, messages, cancel) = (self.request.clone(), self.messages.clone(), self.cancel.clone());
                self.queue.push(self.recording, number, Task { number, chunk, language, request, messages, cancel });
            }
        }
    }

    fn send(&self, message: WorkerMessage) {
        // Fails only if the caller's thread has panicked, and nobody receives messages any more.
        let _ = self.messages.send(message);
    }

    /// Splits a chunk where the language changes; each part with its language, `None` if a worker is to detect it.
    fn split_by_language(
        &mut self,
        number: usize,
        chunk: Chunk,
        tracker: &mut LanguageTracker<'_>,
    ) -> Vec<(Chunk, Option<String>)> {
        let Some(detector) = self.language_detector else { return vec![(chunk, None)] };
        if let Some((spans, current)) = self.earlier.languages.remove(&number) {
            tracker.resume(current);
            return languages::split(chunk, spans);
        }
        let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
        let detected = catch_unwind(AssertUnwindSafe(|| tracker.detect(&chunk, *detector)));
        match detected {
            Ok(Ok(spans)) => {
                let record = Kind::Languages { number, spans: spans.clone(), current: tracker.current() };
                self.send(WorkerMessage::CheckpointRecord(CheckpointRecord(record)));
                languages::split(chunk, spans)
            }
            Ok(Err(Error::Cancelled)) => vec![(chunk, None)],
            // From here on detection is left to the workers, and the user is warned once.
            failed => {
                let reason = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "the recogniser crashed".to_owned(),
                };
                let kind = WarningKind::LanguageDetectionFailed { detail: reason };
                self.send(WorkerMessage::Warning(Warning::new(Some(chunk.start), kind)));
                self.language_detector = None;
                vec![(chunk, None)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_can_come_in_any_order_and_twice() {
        let chunk = |number| {
            let result = ChunkResult::default();
            CheckpointRecord(Kind::Chunk { number, span: Span::new(0, 1), overlap: None, result })
        };
        let earlier: EarlierWork = [chunk(2), chunk(0), chunk(2)].into_iter().collect();
        assert_eq!(earlier.chunks.keys().copied().collect::<Vec<_>>(), [0, 2]);
    }
}
