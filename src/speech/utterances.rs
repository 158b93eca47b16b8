//! Utterances while they are spoken: from the first sound after a pause to the next pause.
//!
//! The same detector as for files finds them. The [`Cutter`](super::Cutter) tells a clip when it is over; who shows captions
//! must know of it before, and how far it has come.

use std::collections::VecDeque;

use super::detector::{Detector, FRAME};
use super::{Cut, Rules, joined, runs, silero};
use crate::audio::{Samples, duration, samples_before};
use crate::{Millis, Span};

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
    rules: Rules,
    pause: u64,
    detector: Detector,
    kept: Vec<f32>,
    kept_from: u64,
    found: VecDeque<Utterance>,
    frames: Vec<u64>,
    voices: Vec<u64>,
}

impl Utterances {
    /// `pause`: how long nobody must speak for an utterance to be over; not shorter than [`Rules::min_silence`], from which
    /// on it is known that nobody speaks.
    pub(crate) fn new(rules: Rules, pause: Millis) -> Utterances {
        Utterances {
            rules,
            pause: samples_before(pause),
            detector: Detector::new(rules),
            kept: Vec::new(),
            kept_from: 0,
            found: VecDeque::new(),
            frames: Vec::new(),
            voices: Vec::new(),
        }
    }

    /// Takes the next sound.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.kept.extend_from_slice(samples);
        let stretches = self.detector.push(samples);
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
        let stretches = self.detector.finish();
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
        self.kept_from + self.kept.len() as u64
    }

    /// The oldest that is not forgotten.
    pub(crate) fn first(&self) -> Option<Utterance> {
        self.found.front().copied()
    }

    /// For how long nobody has spoken, as far as is known, in samples.
    pub(crate) fn quiet(&self) -> u64 {
        let spoken = self.found.back().map_or(0, |last| last.end.saturating_sub(self.padding()));
        (self.detector.settled() + self.padding()).saturating_sub(spoken)
    }

    /// The sound from sample `start` to `end`, as far as it is kept and has come.
    pub(crate) fn cut(&self, start: u64, end: u64) -> Cut {
        let index = |at: u64| usize::try_from(at.saturating_sub(self.kept_from)).unwrap_or(0).min(self.kept.len());
        let within = |at: &u64| (start..end).contains(at);
        let voices: Vec<u64> = self.voices.iter().copied().filter(within).collect();
        let speech = runs(self.frames.iter().copied().filter(within));
        let time = |(start, end)| Span { start: duration(start), end: duration(end) };
        Cut {
            start: duration(start.max(self.kept_from)),
            samples: Samples::from_mono_16k(self.kept[index(start)..index(end).max(index(start))].to_vec()),
            certain: self.rules.is_certain(&voices),
            speech: speech.map(time).collect(),
            voices: joined(voices, silero::WINDOW, 1).map(time).collect(),
            seam: None,
            next_seam: None,
        }
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

    fn padding(&self) -> u64 {
        samples_before(self.rules.padding)
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
        self.frames.extend(self.detector.take_frames());
        self.voices.extend(self.detector.take_voices());
    }

    fn tidy_up(&mut self) {
        let needed = self.found.front().map_or(self.detector.earliest(), |first| first.start).min(self.heard());
        let done = usize::try_from(needed.saturating_sub(self.kept_from)).unwrap_or(0);
        // Moving the rest to the front costs time, so not at each call.
        if done > self.kept.len() / 2 + FRAME {
            self.kept.drain(..done);
            self.kept_from = needed;
            self.frames.retain(|at| *at >= needed);
            self.voices.retain(|at| *at >= needed);
        }
    }

    /// When sample `at` is heard.
    pub(crate) fn time(at: u64) -> Millis {
        duration(at)
    }
}
