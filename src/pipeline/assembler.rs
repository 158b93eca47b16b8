//! Puts the results of chunks in order and makes one transcript of them.

use std::collections::BTreeMap;

use super::{ChunkAnswer, WorkerMessage, overlap};
use crate::checkpoint_record::{ChunkResult, Kind};
use crate::transcript::main_language;
use crate::{
    CheckpointRecord, Completeness, Error, Event, Gap, GapReason, Millis, Observer, PartialReason, Segment, Span,
    Transcript,
};

/// A finished chunk that waits for those before it.
struct Waiting {
    end: Millis,
    overlap: Option<Millis>,
    resumed: bool,
    result: ChunkResult,
}

/// The transcript so far.
#[derive(Default)]
pub(super) struct Assembler {
    /// Finished chunks by number that wait for earlier ones.
    waiting: BTreeMap<usize, Waiting>,
    /// Number of the chunk to be added next.
    next: usize,
    /// Result of the last chunk; it may still change where it overlaps the next.
    last: ChunkResult,
    /// Everything before this time is transcribed.
    reached: Millis,
    /// Lower bound of the recording's length.
    read: Millis,
    /// Whether the recording is not read to its end.
    is_part: bool,
    /// Number of chunks and end of what was read, once it is known.
    end: Option<(usize, Millis)>,
    transcript: Transcript,
    /// Music in which nobody speaks, in order.
    music: Vec<Span>,
    error: Option<Error>,
}

impl Assembler {
    /// `read`: lower bound of the recording's length; `is_part`: whether the recording is not read to its end.
    pub(super) fn new(read: Millis, is_part: bool) -> Assembler {
        Assembler { read, is_part, ..Assembler::default() }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    pub(super) fn handle(&mut self, message: WorkerMessage, observer: &dyn Observer) {
        match message {
            WorkerMessage::Read(time) => self.read = self.read.max(time),
            WorkerMessage::Warning(warning) => {
                observer.event(Event::Warning(&warning));
                self.transcript.warnings.push(warning);
            }
            WorkerMessage::Music(span) => self.add_music(span),
            WorkerMessage::CheckpointRecord(record) => observer.event(Event::Checkpoint(&record)),
            WorkerMessage::Chunk(answer) => self.add_answer(*answer, observer),
            WorkerMessage::End(count, Ok(end)) => self.end = Some((count, end)),
            WorkerMessage::End(_, Err(error)) => self.fail(error),
        }
    }

    fn add_answer(&mut self, answer: ChunkAnswer, observer: &dyn Observer) {
        let ChunkAnswer { number, span, overlap, result, resumed } = answer;
        let result = match result {
            Ok(result) => result,
            Err(error) => return self.fail(error),
        };
        // The last result completes the transcript, so no checkpoint is needed.
        let last = self.end.is_some_and(|(count, _)| self.next + self.waiting.len() + 1 == count);
        let result = match resumed || last {
            true => result,
            false => {
                let record = CheckpointRecord(Kind::Chunk { number, span, overlap, result });
                observer.event(Event::Checkpoint(&record));
                // The text is moved into the record and out again, instead of being copied.
                let CheckpointRecord(Kind::Chunk { result, .. }) = record else { return };
                result
            }
        };
        self.waiting.insert(number, Waiting { end: span.end, overlap, resumed, result });
        while let Some(next) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.add_next(next, observer);
        }
    }

    /// Adds the next chunk in order.
    fn add_next(&mut self, Waiting { end, overlap, resumed, mut result }: Waiting, observer: &dyn Observer) {
        if let Some(overlap) = overlap {
            overlap::join(&mut self.last, &mut result, overlap);
        }
        self.commit_last(observer);
        self.last = result;
        self.reached = end;
        observer.event(if resumed { Event::Resumed(end) } else { Event::Reached(end) });
    }

    /// Moves the result of the last chunk, which no longer changes, into the transcript.
    fn commit_last(&mut self, observer: &dyn Observer) {
        let result = std::mem::take(&mut self.last);
        for segment in result.segments {
            self.add_segment(segment, observer);
        }
        let transcript = &mut self.transcript;
        transcript.gaps.extend(result.gaps);
        transcript.removed.extend(result.removed);
        transcript.corrections.extend(result.corrections);
        transcript.coverage.speech = transcript.coverage.speech + result.coverage.speech;
        transcript.coverage.with_text = transcript.coverage.with_text + result.coverage.with_text;
    }

    /// A piece that begins where the last ended continues it.
    fn add_music(&mut self, span: Span) {
        match self.music.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => self.music.push(span),
        }
    }

    /// Adds the music up to `end` to the gaps, which are in order afterwards.
    fn name_music(&mut self, end: Millis) {
        let music = std::mem::take(&mut self.music).into_iter();
        let within = music.map(|span| Span { end: span.end.min(end), ..span }).filter(|span| span.start < span.end);
        self.transcript.gaps.extend(within.map(|span| Gap { span, reason: GapReason::Music }));
        self.transcript.gaps.sort_by_key(|gap| gap.span.start);
    }

    /// Keeps the first error that is not a cancellation: chunks are cancelled because of it.
    fn fail(&mut self, error: Error) {
        if self.error.as_ref().is_none_or(|e| matches!(e, Error::Cancelled)) {
            self.error = Some(error);
        }
    }

    fn add_segment(&mut self, mut segment: Segment, observer: &dyn Observer) {
        // A tone or music makes the model write ` .` or `♪`, which nobody said.
        if !segment.text.chars().any(char::is_alphanumeric) {
            return;
        }
        if let Some(last) = self.transcript.segments.last() {
            let from = last.span.end;
            let after_last = |span: Span| Span { start: span.start.max(from), end: span.end.max(from) };
            segment.span = after_last(segment.span);
            segment.words.iter_mut().for_each(|word| word.span = after_last(word.span));
        }
        observer.event(Event::Segment(&segment));
        self.transcript.segments.push(segment);
    }

    /// The transcript so far, as a partial one.
    pub(super) fn into_partial(mut self, observer: &dyn Observer) -> Transcript {
        self.commit_last(observer);
        self.name_music(self.reached);
        self.transcript.removed.sort_by_key(|removal| removal.span.start);
        self.transcript.duration = self.read.max(self.reached);
        self.transcript.language = main_language(&self.transcript.segments);
        let reason = PartialReason::Interrupted;
        self.transcript.completeness = Completeness::Partial { until: self.reached, reason };
        self.transcript
    }

    /// The transcript: complete, or partial together with the error that ended the run.
    ///
    /// # Errors
    /// The error that ended the run if no chunk is finished.
    pub(super) fn into_transcript(mut self, observer: &dyn Observer) -> Result<(Transcript, Option<Error>), Error> {
        self.commit_last(observer);
        self.transcript.removed.sort_by_key(|removal| removal.span.start);
        let complete = self.end.filter(|(count, _)| *count == self.next).map(|(_, end)| end);
        match (complete, self.error.take()) {
            (Some(end), _) => {
                self.name_music(end);
                self.transcript.warnings.sort_by_key(|warning| warning.at);
                // If all of the recording was read, its length is more reliable than what the container states.
                self.transcript.duration = if self.is_part { self.read.max(end) } else { end };
                observer.event(Event::Reached(end));
                self.transcript.language = main_language(&self.transcript.segments);
                Ok((self.transcript, None))
            }
            (None, Some(error)) if self.next == 0 => Err(error),
            (None, error) => {
                let error = error.unwrap_or_else(|| Error::Recognise("internal error: a chunk has no result".into()));
                let mut transcript = self.into_partial(observer);
                if let Completeness::Partial { reason, .. } = &mut transcript.completeness {
                    *reason = partial_reason(&error);
                }
                Ok((transcript, Some(error)))
            }
        }
    }
}

fn partial_reason(error: &Error) -> PartialReason {
    match error {
        Error::Cancelled => PartialReason::Interrupted,
        error => PartialReason::Failed(error.to_string()),
    }
}
