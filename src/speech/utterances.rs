//! Utterances while they are spoken: from the first sound after a pause to the next pause.
//!
//! They are found by the same detector as for files. A [`Chunker`](super::Chunker) reports a chunk only when it is
//! complete; live captions must know of an utterance before that, and how far it has come.

use std::collections::VecDeque;

use super::buffer::SpeechBuffer;
use super::{Chunk, SpeechRegion, VadOptions};
use crate::Millis;
use crate::audio::{duration, samples_before};

/// Speech between two pauses, in samples from the start of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Utterance {
    /// First sample.
    pub(crate) start: u64,
    /// First sample after the speech so far, padding included.
    pub(crate) end: u64,
    /// Whether a pause follows.
    pub(crate) ended: bool,
}

/// Finds utterances in a stream, and keeps their sound until it is discarded.
pub(crate) struct Utterances {
    padding: u64,
    pause: u64,
    buffer: SpeechBuffer,
    queue: VecDeque<Utterance>,
}

impl Utterances {
    /// `pause`: length of the silence that ends an utterance; at least [`VadOptions::min_silence`], before which
    /// silence is not detected.
    pub(crate) fn new(options: VadOptions, pause: Millis) -> Utterances {
        Utterances {
            padding: samples_before(options.padding),
            pause: samples_before(pause),
            buffer: SpeechBuffer::new(options, Millis(0)),
            queue: VecDeque::new(),
        }
    }

    /// Takes the next samples.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        let regions = self.buffer.push(samples);
        self.add(regions);
        if self.silence() >= self.pause
            && let Some(last) = self.queue.back_mut()
        {
            last.ended = true;
        }
        self.discard_unused();
    }

    /// Ends the stream.
    pub(crate) fn finish(&mut self) {
        let regions = self.buffer.finish();
        self.add(regions);
        let end = self.end();
        for utterance in &mut self.queue {
            utterance.ended = true;
            utterance.end = utterance.end.min(end);
        }
        self.queue.retain(|utterance| utterance.start < utterance.end);
    }

    /// Number of samples received.
    pub(crate) fn end(&self) -> u64 {
        self.buffer.end()
    }

    /// The oldest utterance that was not discarded.
    pub(crate) fn first(&self) -> Option<Utterance> {
        self.queue.front().copied()
    }

    /// How long nobody has spoken, as far as is known, in samples.
    pub(crate) fn silence(&self) -> u64 {
        let speech_end = self.queue.back().map_or(0, |last| last.end.saturating_sub(self.padding));
        (self.buffer.earliest_start() + self.padding).saturating_sub(speech_end)
    }

    /// Samples `start..end`, as far as they are received and kept.
    pub(crate) fn chunk(&self, start: u64, end: u64) -> Chunk {
        self.buffer.chunk(start, end)
    }

    /// The oldest utterance no longer needs its sound before sample `before`.
    pub(crate) fn discard_before(&mut self, before: u64) {
        if let Some(first) = self.queue.front_mut() {
            first.start = first.start.max(before);
        }
    }

    /// The oldest utterance is no longer needed.
    pub(crate) fn discard_first(&mut self) {
        self.queue.pop_front();
        self.discard_unused();
    }

    fn add(&mut self, regions: Vec<SpeechRegion>) {
        for new in regions {
            match self.queue.back_mut() {
                Some(last) if !last.ended => last.end = last.end.max(new.end),
                last => {
                    // Padding may reach back into the previous utterance.
                    let start = new.start.max(last.map_or(0, |last| last.end));
                    if start < new.end {
                        self.queue.push_back(Utterance { start, end: new.end, ended: false });
                    }
                }
            }
        }
    }

    fn discard_unused(&mut self) {
        self.buffer.discard_before(self.queue.front().map_or(self.buffer.earliest_start(), |first| first.start));
    }

    /// Time of sample `at`.
    pub(crate) fn time(at: u64) -> Millis {
        duration(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn without_detection_nothing_is_known_about_speech() {
        let mut utterances = Utterances::new(VadOptions::everything(), Millis(500));
        utterances.push(&[0.1; 32_000]);
        let chunk = utterances.chunk(0, 32_000);
        assert_eq!((chunk.samples.len(), chunk.certain), (32_000, true));
        assert_eq!(chunk.speech_around(Span::new(0, 2_000)), None);
    }
}
