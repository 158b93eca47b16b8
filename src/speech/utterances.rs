//! Utterances while they are spoken: from the first sound after a pause to the next pause.
//!
//! The same detector as for files finds them. The [`Chunker`](super::Chunker) tells a clip when it is over; who shows captions
//! must know of it before, and how far it has come.

use std::collections::VecDeque;

use super::track::Track;
use super::{Chunk, VadOptions};
use crate::Millis;
use crate::audio::{duration, samples_before};

/// Speech between two pauses, in samples from the start of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Utterance {
    /// Its first sample.
    pub(crate) start: u64,
    /// The first sample after what was spoken so far, padding included.
    pub(crate) end: u64,
    /// A pause has come after it.
    pub(crate) over: bool,
}

/// Finds utterances in a stream, and keeps their sound until it is forgotten.
pub(crate) struct Utterances {
    padding: u64,
    pause: u64,
    track: Track,
    found: VecDeque<Utterance>,
}

impl Utterances {
    /// `pause`: how long nobody must speak for an utterance to be over; not shorter than [`VadOptions::min_silence`], from which
    /// on it is known that nobody speaks.
    pub(crate) fn new(options: VadOptions, pause: Millis) -> Utterances {
        Utterances {
            padding: samples_before(options.padding),
            pause: samples_before(pause),
            track: Track::new(options, Millis(0)),
            found: VecDeque::new(),
        }
    }

    /// Takes the next sound.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        let stretches = self.track.push(samples);
        self.take(stretches);
        if self.quiet() >= self.pause
            && let Some(last) = self.found.back_mut()
        {
            last.over = true;
        }
        self.tidy_up();
    }

    /// The stream is over.
    pub(crate) fn finish(&mut self) {
        let stretches = self.track.finish();
        self.take(stretches);
        let heard = self.heard();
        for utterance in &mut self.found {
            utterance.over = true;
            utterance.end = utterance.end.min(heard);
        }
        self.found.retain(|utterance| utterance.start < utterance.end);
    }

    /// Samples that came in.
    pub(crate) fn heard(&self) -> u64 {
        self.track.heard()
    }

    /// The oldest that is not forgotten.
    pub(crate) fn first(&self) -> Option<Utterance> {
        self.found.front().copied()
    }

    /// For how long nobody has spoken, as far as is known, in samples.
    pub(crate) fn quiet(&self) -> u64 {
        let spoken = self.found.back().map_or(0, |last| last.end.saturating_sub(self.padding));
        (self.track.settled() + self.padding).saturating_sub(spoken)
    }

    /// The sound from sample `start` to `end`, as far as it is kept and has come.
    pub(crate) fn chunk(&self, start: u64, end: u64) -> Chunk {
        self.track.chunk(start, end)
    }

    /// The oldest utterance needs no sound before sample `before`.
    pub(crate) fn forget_before(&mut self, before: u64) {
        if let Some(first) = self.found.front_mut() {
            first.start = first.start.max(before);
        }
    }

    /// Nobody needs the oldest utterance any more.
    pub(crate) fn forget_first(&mut self) {
        self.found.pop_front();
        self.tidy_up();
    }

    fn take(&mut self, stretches: Vec<super::Stretch>) {
        for new in stretches {
            match self.found.back_mut() {
                Some(last) if !last.over => last.end = last.end.max(new.end),
                last => {
                    // Padding reaches back into the one before.
                    let start = new.start.max(last.map_or(0, |last| last.end));
                    if start < new.end {
                        self.found.push_back(Utterance { start, end: new.end, over: false });
                    }
                }
            }
        }
    }

    fn tidy_up(&mut self) {
        self.track.forget(self.found.front().map_or(self.track.settled(), |first| first.start));
    }

    /// When sample `at` is heard.
    pub(crate) fn time(at: u64) -> Millis {
        duration(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn where_speech_is_not_looked_for_nothing_is_known_of_it() {
        let mut utterances = Utterances::new(VadOptions::everything(), Millis(500));
        utterances.push(&[0.1; 32_000]);
        let chunk = utterances.chunk(0, 32_000);
        assert_eq!((chunk.samples.len(), chunk.certain), (32_000, true));
        assert_eq!(chunk.speech_around(Span::new(0, 2_000)), None);
    }
}
