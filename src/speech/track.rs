//! The sound of a stream for as long as it is needed, with what was found in it. Clips are cut out of it.

use super::detector::{self, Detector, Stretch};
use super::{Chunk, VadOptions, silero};
use crate::audio::{Samples, duration};
use crate::{Millis, Span};

/// 200 ms.
const BRIDGED: u64 = 3_200;
/// 90 ms.
const SHORTEST: u64 = 1_440;

/// Counts samples from the start of the stream.
pub(super) struct Track {
    options: VadOptions,
    detector: Detector,
    /// The recording's clock at sample 0.
    origin: Millis,
    /// Sound from sample `kept_from` on.
    kept: Vec<f32>,
    kept_from: u64,
    /// Frames that sound like speech, by their first samples.
    frames: Vec<u64>,
    /// Windows that are certainly speech, likewise.
    voices: Vec<u64>,
}

impl Track {
    /// `origin`: when the first sample is heard.
    pub(super) fn new(options: VadOptions, origin: Millis) -> Track {
        Track {
            options,
            detector: Detector::new(options),
            origin,
            kept: Vec::new(),
            kept_from: 0,
            frames: Vec::new(),
            voices: Vec::new(),
        }
    }

    /// Takes the next sound; the speech that is certain by now, as from [`Detector::push`].
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<Stretch> {
        self.kept.extend_from_slice(samples);
        let found = self.detector.push(samples);
        self.mark();
        found
    }

    /// The stream is over.
    pub(super) fn finish(&mut self) -> Vec<Stretch> {
        let found = self.detector.finish();
        self.mark();
        found
    }

    fn mark(&mut self) {
        self.frames.extend(self.detector.take_frames());
        self.voices.extend(self.detector.take_voices());
    }

    /// Samples that came in.
    pub(super) fn heard(&self) -> u64 {
        self.kept_from + self.kept.len() as u64
    }

    /// No later speech begins before this sample.
    pub(super) fn settled(&self) -> u64 {
        self.detector.earliest()
    }

    /// Frames that sound like speech, by their first samples.
    pub(super) fn frames(&self) -> &[u64] {
        &self.frames
    }

    /// The sound from sample `start` to `end`, as far as it is kept.
    pub(super) fn sound(&self, start: u64, end: u64) -> &[f32] {
        let index = |at: u64| usize::try_from(at.saturating_sub(self.kept_from)).unwrap_or(0).min(self.kept.len());
        &self.kept[index(start)..index(end).max(index(start))]
    }

    /// When a sample is heard.
    pub(super) fn time(&self, at: u64) -> Millis {
        self.origin + duration(at)
    }

    /// A clip of what lies between two samples, as far as it is kept; without overlaps.
    pub(super) fn chunk(&self, start: u64, end: u64) -> Chunk {
        let span = |(start, end)| Span { start: self.time(start), end: self.time(end) };
        let within = |at: &u64| (start..end).contains(at);
        let frames = self.frames.iter().copied().filter(within);
        let voices: Vec<u64> = self.voices.iter().copied().filter(within).collect();
        let detects = self.options.detects();
        Chunk {
            start: self.time(start.max(self.kept_from)),
            samples: Samples::from_mono_16k(self.sound(start, end).to_vec()),
            certain: !detects || duration((voices.len() * silero::WINDOW) as u64) >= self.options.min_certain,
            speech: if detects { runs(frames).map(span).collect() } else { Vec::new() },
            voices: joined(voices, silero::WINDOW, 1).map(span).collect(),
            overlap: None,
            next_overlap: None,
        }
    }

    /// Nobody needs what is before this sample.
    pub(super) fn forget(&mut self, before: u64) {
        let before = before.min(self.heard());
        let done = usize::try_from(before.saturating_sub(self.kept_from)).unwrap_or(0);
        // Moving the rest to the front costs time, so not at each call.
        if done > self.kept.len() / 2 {
            self.kept.drain(..done);
            self.kept_from = before;
            self.frames.retain(|at| *at >= before);
            self.voices.retain(|at| *at >= before);
        }
    }
}

/// Frames in a row, pauses under 200 ms bridged, what is shorter than 90 ms left out; in samples.
fn runs(frames: impl IntoIterator<Item = u64>) -> impl Iterator<Item = (u64, u64)> {
    joined(frames, detector::FRAME, BRIDGED).filter(|(start, end)| end - start >= SHORTEST)
}

/// What begins less than `bridged` samples after the last and is `length` long goes on with it.
fn joined(frames: impl IntoIterator<Item = u64>, length: usize, bridged: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for at in frames {
        let end = at + length as u64;
        match runs.last_mut() {
            Some(last) if at - last.1 < bridged => last.1 = end,
            _ => runs.push((at, end)),
        }
    }
    runs.into_iter()
}

#[cfg(test)]
impl Track {
    /// Adds sound in which nothing was looked for, and these windows of voice.
    pub(super) fn keep(&mut self, sound: impl IntoIterator<Item = f32>, voices: &[u64]) {
        self.kept.extend(sound);
        self.voices.extend(voices);
    }

    /// Adds a window of sound to which both networks give these scores.
    pub(super) fn push_scored(&mut self, earshot: f32, silero: f32) -> Vec<Stretch> {
        self.kept.extend([0.1; silero::WINDOW]);
        let found = self.detector.take(&[earshot; 2], &[silero], false);
        self.mark();
        found
    }

    /// Numbers that are kept.
    pub(super) fn size(&self) -> usize {
        self.kept.len() + self.frames.len() + self.voices.len()
    }
}
