//! The clips' answers, put back in order and made one transcript.

use std::collections::BTreeMap;

use super::{ClipAnswer, WorkerMessage, overlap};
use crate::checkpoint_record::{ClipResult, Kind};
use crate::transcript::main_language;
use crate::{CheckpointRecord, Completeness, Error, Event, Millis, Observer, PartialReason, Segment, Span, Transcript};

/// A clip that waits for those before it.
struct Early {
    end: Millis,
    overlap: Option<Millis>,
    known: bool,
    found: ClipResult,
}

/// What came back so far.
#[derive(Default)]
pub(super) struct Collected {
    /// Clips that came before their turn.
    early: BTreeMap<usize, Early>,
    /// The next clip in turn.
    turn: usize,
    /// What the last clip gave; it may still change where it meets the next.
    last: ClipResult,
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
    /// `read`: how long the recording is at least; `part`: it is not read to its end.
    pub(super) fn new(read: Millis, part: bool) -> Collected {
        Collected { read, part, ..Collected::default() }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    pub(super) fn take(&mut self, news: WorkerMessage, observer: &dyn Observer) {
        match news {
            WorkerMessage::Read(time) => self.read = self.read.max(time),
            WorkerMessage::Warning(warning) => {
                observer.event(Event::Warning(&warning));
                self.transcript.warnings.push(warning);
            }
            WorkerMessage::CheckpointRecord(step) => observer.event(Event::Checkpoint(&step)),
            WorkerMessage::Clip(answer) => self.clip(*answer, observer),
            WorkerMessage::End(count, Ok(length)) => self.end = Some((count, length)),
            WorkerMessage::End(_, Err(error)) => self.fail(error),
        }
    }

    fn clip(&mut self, answer: ClipAnswer, observer: &dyn Observer) {
        let ClipAnswer { number, span, overlap, found, known } = answer;
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.fail(error),
        };
        // With the last clip all is done, so nobody needs to remember it.
        let last = self.end.is_some_and(|(count, _)| self.turn + self.early.len() + 1 == count);
        let found = match known || last {
            true => found,
            false => {
                let step = CheckpointRecord(Kind::Clip { number, span, overlap, found });
                observer.event(Event::Checkpoint(&step));
                match step {
                    CheckpointRecord(Kind::Clip { found, .. }) => found,
                    CheckpointRecord(Kind::Languages { .. }) => return,
                }
            }
        };
        self.early.insert(number, Early { end: span.end, overlap, known, found });
        while let Some(next) = self.early.remove(&self.turn) {
            self.turn += 1;
            self.next(next, observer);
        }
    }

    /// The next clip in turn.
    fn next(&mut self, Early { end, overlap, known, mut found }: Early, observer: &dyn Observer) {
        if let Some(overlap) = overlap {
            overlap::join(&mut self.last, &mut found, overlap);
        }
        self.settle(observer);
        self.last = found;
        self.reached = end;
        observer.event(if known { Event::Known(end) } else { Event::Reached(end) });
    }

    /// Nothing of the last clip changes any more.
    fn settle(&mut self, observer: &dyn Observer) {
        let found = std::mem::take(&mut self.last);
        for segment in found.segments {
            self.add(segment, observer);
        }
        let transcript = &mut self.transcript;
        transcript.gaps.extend(found.gaps);
        transcript.removed.extend(found.removed);
        transcript.corrections.extend(found.corrections);
        transcript.coverage.speech = transcript.coverage.speech + found.coverage.speech;
        transcript.coverage.with_text = transcript.coverage.with_text + found.coverage.with_text;
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
            let from = last.span.end;
            let behind = |span: Span| Span { start: span.start.max(from), end: span.end.max(from) };
            segment.span = behind(segment.span);
            segment.words.iter_mut().for_each(|word| word.span = behind(word.span));
        }
        observer.event(Event::Segment(&segment));
        self.transcript.segments.push(segment);
    }

    /// What is there so far.
    pub(super) fn unfinished(mut self, observer: &dyn Observer) -> Transcript {
        self.settle(observer);
        self.transcript.removed.sort_by_key(|removal| removal.span.start);
        self.transcript.duration = self.read.max(self.reached);
        self.transcript.language = main_language(&self.transcript.segments);
        let reason = PartialReason::Interrupted;
        self.transcript.completeness = Completeness::Partial { until: self.reached, reason };
        self.transcript
    }

    pub(super) fn transcript(mut self, observer: &dyn Observer) -> Result<(Transcript, Option<Error>), Error> {
        self.settle(observer);
        self.transcript.removed.sort_by_key(|removal| removal.span.start);
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
                let mut transcript = self.unfinished(observer);
                if let Completeness::Partial { reason, .. } = &mut transcript.completeness {
                    *reason = partial_reason(&error);
                }
                Ok((transcript, Some(error)))
            }
        }
    }
}

/// Why a transcript ends early after `error`.
fn partial_reason(error: &Error) -> PartialReason {
    match error {
        Error::Cancelled => PartialReason::Interrupted,
        error => PartialReason::Failed(error.to_string()),
    }
}
