//! Voice activity detection: a small neural network scores each 16 ms, a state machine makes regions of speech from the
//! scores, and a better network, which misses soft voices, decides which of the regions are noise.

use super::VadOptions;
use super::confirmer::SpeechConfirmer;
use super::silero::{Silero, WINDOW};
use crate::Millis;

/// Samples that share a score of earshot: 16 ms.
pub(super) const FRAME: usize = 256;
/// After so many samples of digital silence, the networks have forgotten what was before, and are not asked about more of it:
/// 2 s. The clock of a file can claim hours of silence.
const LONG_SILENCE: usize = 32_000;

/// A region of speech, padding included, in samples from the start of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeechRegion {
    /// First sample.
    pub start: u64,
    /// First sample after the region.
    pub end: u64,
}

/// Finds speech in a stream of 16 kHz sound.
pub struct VoiceActivityDetector {
    earshot: Box<earshot::Detector>,
    states: StateMachine,
    /// Samples of a frame that is not complete.
    rest: Vec<f32>,
    /// Samples of digital silence up to now.
    silence: usize,
    /// `None` if speech isn't looked for, so that there is nothing to confirm.
    silero: Option<Silero>,
    /// Windows that Silero has scored.
    windows: u64,
    confirmer: SpeechConfirmer,
    speech_frames: Vec<u64>,
    certain_windows: Vec<u64>,
}

impl VoiceActivityDetector {
    /// A detector at the start of a stream.
    pub fn new(options: VadOptions) -> VoiceActivityDetector {
        VoiceActivityDetector {
            earshot: Box::default(),
            states: StateMachine::new(options),
            rest: Vec::new(),
            silence: 0,
            silero: options.detects().then(Silero::default),
            windows: 0,
            confirmer: SpeechConfirmer::default(),
            speech_frames: Vec::new(),
            certain_windows: Vec::new(),
        }
    }

    /// Takes the next samples and returns speech as soon as it is decided, 5 s late if it waits for a confirmation.
    ///
    /// A region may come in pieces: one that begins where the last ended continues it. Regions overlap where their
    /// padding does.
    pub fn push(&mut self, samples: &[f32]) -> Vec<SpeechRegion> {
        let sounding = samples.iter().rposition(|sample| *sample != 0.0);
        if sounding.is_none() && self.silence >= LONG_SILENCE {
            return self.skip_silence(samples.len());
        }
        self.silence = sounding.map_or(self.silence + samples.len(), |last| samples.len() - last - 1);
        let silero = self.silero.as_mut().map_or(Vec::new(), |silero| silero.push(samples));
        self.rest.extend_from_slice(samples);
        let whole = self.rest.len() / FRAME * FRAME;
        let frames: Vec<f32> = self.rest.drain(..whole).collect();
        let earshot: Vec<f32> = frames.chunks_exact(FRAME).map(|frame| self.earshot.predict_f32(frame)).collect();
        self.push_scores(&earshot, &silero, false)
    }

    /// Takes so many samples of silence after [`LONG_SILENCE`].
    fn skip_silence(&mut self, samples: usize) -> Vec<SpeechRegion> {
        let silero = self.silero.as_mut().map_or(Vec::new(), |silero| silero.skip_silence(samples));
        let left = self.rest.len() + samples;
        self.rest.clear();
        self.rest.resize(left % FRAME, 0.0);
        self.push_scores(&vec![0.0; left / FRAME], &silero, false)
    }

    /// Ends the stream and returns the speech that is left.
    pub fn finish(&mut self) -> Vec<SpeechRegion> {
        let silero = self.silero.as_mut().and_then(Silero::finish);
        let mut earshot = None;
        if !self.rest.is_empty() {
            self.rest.resize(FRAME, 0.0);
            earshot = Some(self.earshot.predict_f32(&self.rest));
            self.rest.clear();
        }
        self.push_scores(earshot.as_slice(), silero.as_slice(), true)
    }

    /// Takes the next scores of both networks; `last` at the end of the stream.
    pub(super) fn push_scores(&mut self, earshot: &[f32], silero: &[f32], last: bool) -> Vec<SpeechRegion> {
        let options = self.states.options;
        for score in silero {
            if *score >= options.certain {
                self.certain_windows.push(self.windows * WINDOW as u64);
            }
            self.windows += 1;
            self.confirmer.mark(self.windows * WINDOW as u64, *score >= options.confirm);
        }
        let mut regions = Vec::new();
        for score in earshot {
            if *score >= options.offset() {
                self.speech_frames.push(self.states.frame * FRAME as u64);
            }
            regions.extend(self.states.step(*score));
        }
        if last {
            regions.extend(self.states.flush());
        }
        if self.silero.is_none() {
            return regions;
        }
        regions.into_iter().for_each(|region| self.confirmer.push(region));
        self.confirmer.decide(self.states.earliest_start() * FRAME as u64, last)
    }

    /// Returns the first samples of the 16 ms frames since the last call that sound like speech.
    pub fn take_speech_frames(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.speech_frames)
    }

    /// Returns the first samples of the 32 ms windows since the last call that are [certainly](VadOptions::certain)
    /// speech.
    pub fn take_certain_windows(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.certain_windows)
    }

    /// No later region begins before this sample: earlier sound that was not returned is not speech.
    pub fn earliest_start(&self) -> u64 {
        let earliest = self.states.earliest_start() * FRAME as u64;
        self.confirmer.undecided().map_or(earliest, |start| start.min(earliest))
    }
}

/// Turns scores of frames into regions of speech, with hysteresis. All counts are frames.
struct StateMachine {
    options: VadOptions,
    /// The next frame.
    frame: u64,
    /// First frame of what may become speech, and the number of frames since then.
    candidate: Option<(u64, u64)>,
    /// Whether the last frames were speech.
    speaking: bool,
    /// First frame after the last that sounded like speech.
    speech_end: u64,
}

fn frames(time: Millis) -> u64 {
    (time.0 * 16).div_ceil(FRAME as u64)
}

impl StateMachine {
    fn new(options: VadOptions) -> StateMachine {
        StateMachine { options, frame: 0, candidate: None, speaking: false, speech_end: 0 }
    }

    fn padded(&self, start: u64, end: u64) -> SpeechRegion {
        let padding = frames(self.options.padding);
        SpeechRegion { start: start.saturating_sub(padding) * FRAME as u64, end: (end + padding) * FRAME as u64 }
    }

    fn step(&mut self, score: f32) -> Option<SpeechRegion> {
        self.frame += 1;
        if self.speaking {
            if score >= self.options.offset() {
                let reported = std::mem::replace(&mut self.speech_end, self.frame);
                return Some(self.padded(reported, self.frame));
            }
            if self.frame - self.speech_end >= frames(self.options.min_silence) {
                self.speaking = false;
            }
            return None;
        }
        if score >= self.options.onset || (score >= self.options.offset() && self.candidate.is_some()) {
            let (start, count) = self.candidate.unwrap_or((self.frame - 1, 0));
            self.candidate = Some((start, count + 1));
            if count + 1 >= frames(self.options.min_speech) {
                self.candidate = None;
                self.speaking = true;
                self.speech_end = self.frame;
                return Some(self.padded(start, self.frame));
            }
        } else {
            self.candidate = None;
        }
        None
    }

    fn flush(&mut self) -> Option<SpeechRegion> {
        // A word that the end of the recording cuts off is speech, however short.
        let (start, _) = self.candidate.take()?;
        Some(self.padded(start, self.frame))
    }

    fn earliest_start(&self) -> u64 {
        let start = self.candidate.map_or(self.frame, |(start, _)| start);
        let start = if self.speaking { self.speech_end.min(start) } else { start };
        start.saturating_sub(frames(self.options.padding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(scores: &[(f32, usize)]) -> Vec<(u64, u64)> {
        let mut states = StateMachine::new(VadOptions {
            hysteresis: 0.15,
            min_silence: Millis(300),
            padding: Millis(0),
            ..VadOptions::default()
        });
        let mut regions: Vec<(u64, u64)> = Vec::new();
        for score in scores.iter().flat_map(|(s, n)| std::iter::repeat_n(*s, *n)) {
            if let Some(region) = states.step(score) {
                let (start, end) = (region.start / FRAME as u64, region.end / FRAME as u64);
                match regions.last_mut() {
                    Some(last) if start <= last.1 => last.1 = end,
                    _ => regions.push((start, end)),
                }
            }
        }
        regions
    }

    #[test]
    fn a_cough_is_not_speech() {
        assert_eq!(run(&[(0.0, 50), (0.9, 4), (0.0, 50)]), []);
    }

    #[test]
    fn speech_begins_at_the_first_frame_that_sounds_like_it() {
        assert_eq!(run(&[(0.0, 50), (0.9, 20), (0.0, 50)]), [(50, 70)]);
    }

    #[test]
    fn a_breath_does_not_end_speech() {
        assert_eq!(run(&[(0.9, 20), (0.0, 10), (0.4, 20), (0.0, 40), (0.4, 20)]), [(0, 50)]);
    }

    /// Regions in `sound` after so many samples of digital silence, from its start.
    fn after_silence(silence: usize, sound: &[f32]) -> Vec<(u64, u64)> {
        let mut detector = VoiceActivityDetector::new(VadOptions::default());
        let mut regions = Vec::new();
        for block in vec![0.0; silence].chunks(16_000).chain(sound.chunks(16_000)) {
            regions.extend(detector.push(block));
        }
        regions.extend(detector.finish());
        let before = silence as u64;
        regions.into_iter().map(|region| (region.start.saturating_sub(before), region.end - before)).collect()
    }

    #[test]
    fn hours_of_digital_silence_are_passed_over_and_speech_after_them_is_found() {
        let path = "examples/recordings/jfk.flac".as_ref();
        let mut recording = crate::audio::open(path, crate::audio::Selection::default()).expect("a recording");
        let mut sound = Vec::new();
        while let Some(samples) = recording.read().expect("sound") {
            sound.extend_from_slice(&samples);
        }
        // A whole number of frames and windows.
        let second = 16_384;
        let short = after_silence(2 * second, &sound);
        assert!(!short.is_empty());
        assert_eq!(after_silence(3_600 * second, &sound), after_silence(4 * second, &sound));
        assert!(short.first().is_some_and(|(start, _)| *start < 16_000));
    }
}
