//! Voice activity detection: a small neural network scores each 16 ms, a state machine makes stretches of that, and a
//! better network, deaf to soft voices, tells which of them are noise.

use super::VadOptions;
use super::confirmer::SpeechConfirmer;
use super::silero::{Silero, WINDOW};
use crate::Millis;

/// Samples that the network scores at once: 16 ms.
pub(super) const FRAME: usize = 256;

/// A stretch of speech, padding included, in samples from the start of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first sample.
    pub start: u64,
    /// The first sample after it.
    pub end: u64,
}

/// Finds speech in a stream of 16 kHz sound.
pub struct Detector {
    network: Box<earshot::Detector>,
    machine: Machine,
    rest: Vec<f32>,
    /// `None`: speech isn't looked for, so nothing is judged.
    silero: Option<Silero>,
    /// Windows that it heard.
    windows: u64,
    confirmer: SpeechConfirmer,
    frames: Vec<u64>,
    voices: Vec<u64>,
}

impl Detector {
    /// A detector at the start of a stream.
    pub fn new(options: VadOptions) -> Detector {
        Detector {
            network: Box::default(),
            machine: Machine::new(options),
            rest: Vec::new(),
            silero: options.detects().then(Silero::default),
            windows: 0,
            confirmer: SpeechConfirmer::default(),
            frames: Vec::new(),
            voices: Vec::new(),
        }
    }

    /// Takes the next sound. Returns speech as soon as it is certain, in pieces: one that begins where the last ended
    /// goes on with it. Stretches overlap where their padding does. Comes 5 s late where it waits for a confirmation.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Stretch> {
        let voice = self.silero.as_mut().map_or(Vec::new(), |silero| silero.push(samples));
        self.rest.extend_from_slice(samples);
        let whole = self.rest.len() / FRAME * FRAME;
        let sound: Vec<f32> = self.rest.drain(..whole).collect();
        let scores: Vec<f32> = sound.chunks_exact(FRAME).map(|frame| self.network.predict_f32(frame)).collect();
        self.take(&scores, &voice, false)
    }

    /// The end of the stream.
    pub fn finish(&mut self) -> Vec<Stretch> {
        let voice = self.silero.as_mut().and_then(Silero::finish);
        let mut score = None;
        if !self.rest.is_empty() {
            self.rest.resize(FRAME, 0.0);
            score = Some(self.network.predict_f32(&self.rest));
            self.rest.clear();
        }
        self.take(score.as_slice(), voice.as_slice(), true)
    }

    /// Both networks' next scores.
    pub(super) fn take(&mut self, scores: &[f32], voice: &[f32], last: bool) -> Vec<Stretch> {
        let options = self.machine.options;
        for score in voice {
            if *score >= options.certain {
                self.voices.push(self.windows * WINDOW as u64);
            }
            self.windows += 1;
            self.confirmer.hear(self.windows * WINDOW as u64, *score >= options.confirm);
        }
        let mut found = Vec::new();
        for score in scores {
            if *score >= options.leave() {
                self.frames.push(self.machine.now * FRAME as u64);
            }
            found.extend(self.machine.step(*score));
        }
        if last {
            found.extend(self.machine.flush());
        }
        if self.silero.is_none() {
            return found;
        }
        found.into_iter().for_each(|stretch| self.confirmer.take(stretch));
        self.confirmer.decide(self.machine.earliest() * FRAME as u64, last)
    }

    /// The frames of 16 ms since the last call that sound like speech, by their first samples.
    pub fn take_frames(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.frames)
    }

    /// The windows of 32 ms since the last call that are [certainly](VadOptions::certain) speech, by their first samples.
    pub fn take_voices(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.voices)
    }

    /// No later stretch begins before this sample: what was not returned of the sound before it is no speech.
    pub fn earliest(&self) -> u64 {
        let found = self.machine.earliest() * FRAME as u64;
        self.confirmer.undecided().map_or(found, |start| start.min(found))
    }
}

/// Frames in, stretches out. All counts are frames.
struct Machine {
    options: VadOptions,
    now: u64,
    /// Where speech may have begun, with the number of frames that sounded like it.
    candidate: Option<(u64, u64)>,
    /// Where certain speech began or was last reported.
    since: Option<u64>,
    /// The first frame after the last that sounded like speech.
    until: u64,
}

fn frames(time: Millis) -> u64 {
    (time.0 * 16).div_ceil(FRAME as u64)
}

impl Machine {
    fn new(options: VadOptions) -> Machine {
        Machine { options, now: 0, candidate: None, since: None, until: 0 }
    }

    fn stretch(&self, start: u64, end: u64) -> Stretch {
        let padding = frames(self.options.padding);
        Stretch { start: start.saturating_sub(padding) * FRAME as u64, end: (end + padding) * FRAME as u64 }
    }

    fn step(&mut self, score: f32) -> Option<Stretch> {
        self.now += 1;
        if self.since.is_some() {
            if score >= self.options.leave() {
                let reported = std::mem::replace(&mut self.until, self.now);
                return Some(self.stretch(reported, self.now));
            }
            if self.now - self.until >= frames(self.options.min_silence) {
                self.since = None;
            }
            return None;
        }
        if score >= self.options.enter || (score >= self.options.leave() && self.candidate.is_some()) {
            let (start, count) = self.candidate.unwrap_or((self.now - 1, 0));
            self.candidate = Some((start, count + 1));
            if count + 1 >= frames(self.options.min_speech) {
                self.candidate = None;
                self.since = Some(start);
                self.until = self.now;
                return Some(self.stretch(start, self.now));
            }
        } else {
            self.candidate = None;
        }
        None
    }

    fn flush(&mut self) -> Option<Stretch> {
        // A word that the recording's end cuts off is speech, however short.
        let (start, _) = self.candidate.take()?;
        Some(self.stretch(start, self.now))
    }

    fn earliest(&self) -> u64 {
        let begin = self.candidate.map_or(self.now, |(start, _)| start);
        match self.since {
            Some(_) => self.until.min(begin),
            None => begin,
        }
        .saturating_sub(frames(self.options.padding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(scores: &[(f32, usize)]) -> Vec<(u64, u64)> {
        let mut machine = Machine::new(VadOptions {
            hysteresis: 0.15,
            min_silence: Millis(300),
            padding: Millis(0),
            ..VadOptions::default()
        });
        let mut out: Vec<(u64, u64)> = Vec::new();
        for score in scores.iter().flat_map(|(s, n)| std::iter::repeat_n(*s, *n)) {
            if let Some(s) = machine.step(score) {
                let (start, end) = (s.start / FRAME as u64, s.end / FRAME as u64);
                match out.last_mut() {
                    Some(last) if start <= last.1 => last.1 = end,
                    _ => out.push((start, end)),
                }
            }
        }
        out
    }

    #[test]
    fn a_cough_is_no_speech() {
        assert_eq!(run(&[(0.0, 50), (0.9, 4), (0.0, 50)]), []);
    }

    #[test]
    fn speech_begins_where_it_first_sounded_so() {
        assert_eq!(run(&[(0.0, 50), (0.9, 20), (0.0, 50)]), [(50, 70)]);
    }

    #[test]
    fn a_breath_does_not_end_it() {
        assert_eq!(run(&[(0.9, 20), (0.0, 10), (0.4, 20), (0.0, 40), (0.4, 20)]), [(0, 50)]);
    }
}
