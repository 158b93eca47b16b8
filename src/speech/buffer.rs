//! The sound of a stream for as long as it is needed, with what voice activity detection found in it. Chunks are cut
//! from it.

use super::detector::{self, SpeechRegion, VoiceActivityDetector};
use super::music::MusicDetector;
use super::{Chunk, VadOptions, silero};
use crate::audio::{Samples, duration};
use crate::{Millis, Span};

/// Samples of the shortest pause that separates two spans of speech: 200 ms.
const MIN_PAUSE: u64 = 3_200;
/// Samples of the shortest span of speech: 90 ms.
const MIN_SPEECH: u64 = 1_440;

/// A stream of sound; all positions are samples from its start.
pub(super) struct SpeechBuffer {
    options: VadOptions,
    detector: VoiceActivityDetector,
    /// `None` if speech is not looked for.
    music_detector: Option<MusicDetector>,
    /// Music that was not taken yet.
    music: Vec<SpeechRegion>,
    /// Time of sample 0.
    origin: Millis,
    /// Samples from `kept_from` on.
    kept: Vec<f32>,
    kept_from: u64,
    /// First samples of the frames that sound like speech.
    frames: Vec<u64>,
    /// First samples of the windows that are certainly speech.
    certain_windows: Vec<u64>,
}

impl SpeechBuffer {
    /// `origin`: time of the first sample.
    pub(super) fn new(options: VadOptions, origin: Millis) -> SpeechBuffer {
        SpeechBuffer {
            options,
            detector: VoiceActivityDetector::new(options),
            music_detector: options.detects().then(MusicDetector::new),
            music: Vec::new(),
            origin,
            kept: Vec::new(),
            kept_from: 0,
            frames: Vec::new(),
            certain_windows: Vec::new(),
        }
    }

    /// Takes the next samples and returns the speech that is decided, as [`VoiceActivityDetector::push`].
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<SpeechRegion> {
        self.kept.extend_from_slice(samples);
        let regions = self.detector.push(samples);
        self.collect_marks(samples);
        regions
    }

    /// Ends the stream and returns the speech that is left.
    pub(super) fn finish(&mut self) -> Vec<SpeechRegion> {
        let regions = self.detector.finish();
        self.collect_marks(&[]);
        self.music.extend(self.music_detector.as_mut().map_or_else(Vec::new, MusicDetector::finish));
        regions
    }

    fn collect_marks(&mut self, samples: &[f32]) {
        self.frames.extend(self.detector.take_speech_frames());
        let certain_windows = self.detector.take_certain_windows();
        if let Some(detector) = &mut self.music_detector {
            self.music.extend(detector.push(samples, &certain_windows));
        }
        self.certain_windows.extend(certain_windows);
    }

    /// Music that was found since the last call, in order; what begins where the last ended continues it.
    pub(super) fn take_music(&mut self) -> Vec<SpeechRegion> {
        std::mem::take(&mut self.music)
    }

    /// All music before this sample was found.
    pub(super) fn music_known_until(&self) -> u64 {
        self.music_detector.as_ref().map_or(u64::MAX, MusicDetector::known_until)
    }

    /// Number of samples received.
    pub(super) fn end(&self) -> u64 {
        self.kept_from + self.kept.len() as u64
    }

    /// No later speech begins before this sample.
    pub(super) fn earliest_start(&self) -> u64 {
        self.detector.earliest_start()
    }

    /// First samples of the frames that sound like speech.
    pub(super) fn frames(&self) -> &[u64] {
        &self.frames
    }

    /// Samples `start..end`, as far as they are kept.
    pub(super) fn samples(&self, start: u64, end: u64) -> &[f32] {
        let index = |at: u64| usize::try_from(at.saturating_sub(self.kept_from)).unwrap_or(0).min(self.kept.len());
        &self.kept[index(start)..index(end).max(index(start))]
    }

    /// Time of sample `at`.
    pub(super) fn time(&self, at: u64) -> Millis {
        self.origin + duration(at)
    }

    /// Samples `start..end` as a chunk without overlaps, as far as they are kept.
    pub(super) fn chunk(&self, start: u64, end: u64) -> Chunk {
        let span = |(start, end)| Span { start: self.time(start), end: self.time(end) };
        let within = |at: &u64| (start..end).contains(at);
        let frames = self.frames.iter().copied().filter(within);
        let certain: Vec<u64> = self.certain_windows.iter().copied().filter(within).collect();
        let detects = self.options.detects();
        Chunk {
            start: self.time(start.max(self.kept_from)),
            samples: Samples::from_mono_16k(self.samples(start, end).to_vec()),
            certain: !detects || duration((certain.len() * silero::WINDOW) as u64) >= self.options.min_certain,
            speech: if detects { speech_runs(frames).map(span).collect() } else { Vec::new() },
            certain_speech: joined(certain, silero::WINDOW, 1).map(span).collect(),
            overlap: None,
            next_overlap: None,
        }
    }

    /// Sound before this sample is no longer needed.
    pub(super) fn discard_before(&mut self, before: u64) {
        let before = before.min(self.end());
        let discarded = usize::try_from(before.saturating_sub(self.kept_from)).unwrap_or(0);
        // Moving the rest to the front takes time, so it is not done at every call.
        if discarded > self.kept.len() / 2 {
            self.kept.drain(..discarded);
            self.kept_from = before;
            self.frames.retain(|at| *at >= before);
            self.certain_windows.retain(|at| *at >= before);
        }
    }
}

/// Start and end of consecutive frames, in samples: pauses under 200 ms are bridged, and spans under 90 ms left out.
fn speech_runs(frames: impl IntoIterator<Item = u64>) -> impl Iterator<Item = (u64, u64)> {
    joined(frames, detector::FRAME, MIN_PAUSE).filter(|(start, end)| end - start >= MIN_SPEECH)
}

/// Start and end of frames of `length` samples, joined where less than `min_pause` samples lie between two of them.
fn joined(frames: impl IntoIterator<Item = u64>, length: usize, min_pause: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for at in frames {
        let end = at + length as u64;
        match runs.last_mut() {
            Some(last) if at - last.1 < min_pause => last.1 = end,
            _ => runs.push((at, end)),
        }
    }
    runs.into_iter()
}

#[cfg(test)]
impl SpeechBuffer {
    /// Adds samples without detecting speech, and these windows of certain speech.
    pub(super) fn keep(&mut self, samples: impl IntoIterator<Item = f32>, certain_windows: &[u64]) {
        self.kept.extend(samples);
        self.certain_windows.extend(certain_windows);
    }

    /// Adds a window of sound with these scores of the two networks.
    pub(super) fn push_scored(&mut self, earshot: f32, silero: f32) -> Vec<SpeechRegion> {
        self.kept.extend([0.1; silero::WINDOW]);
        let regions = self.detector.push_scores(&[earshot; 2], &[silero], false);
        self.collect_marks(&[0.1; silero::WINDOW]);
        regions
    }

    /// How many numbers are kept.
    pub(super) fn size(&self) -> usize {
        self.kept.len() + self.frames.len() + self.certain_windows.len()
    }
}
