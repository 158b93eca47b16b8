//! Where people speak, and where to cut between them.
//!
//! Whisper hears 30 s at a time and invents text where nobody speaks, so it gets clips that hold speech, cut at
//! pauses. Two steps, both streams that never look back: [`Detector`] marks stretches of speech (voice activity
//! detection; what it finds is judged by [`Silero`]), [`Cutter`] packs them into clips and keeps only the sound of the clip that it is filling. A clip
//! knows when it began, and pauses inside it stay, so no time is ever shifted. Nothing here knows words.

use crate::audio::{Samples, duration, samples_before};
use crate::{Clip, Millis, Span};

mod detector;
mod judge;
mod silero;
mod utterances;
pub use detector::{Detector, Stretch};
pub use silero::Silero;
pub(crate) use utterances::Utterances;

/// How speech is found and cut. All times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Score at which speech begins, in `0.0..=1.0`.
    pub enter: f32,
    /// Score below which it may end; not above `enter`.
    pub leave: f32,
    /// Score of [`Silero`] that must be reached in the 5 s before or after what was found, or else it is a noise. 0: it
    /// never is.
    pub confirm: f32,
    /// Score of [`Silero`] that hardly a noise or music reaches.
    pub certain: f32,
    /// For how long altogether a clip must reach it to be [certain](Cut::certain); judged are windows of 32 ms.
    pub min_certain: Millis,
    /// Shorter stretches are no speech: a cough, a door.
    pub min_speech: Millis,
    /// Shorter pauses are part of the speech.
    pub min_silence: Millis,
    /// Added on both sides, so that soft beginnings and ends of words are in.
    pub padding: Millis,
    /// A clip ends at a pause that is at least this long.
    pub long_pause: Millis,
    /// No clip is longer. Whisper's window is 30 s.
    pub longest: Millis,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            enter: 0.5,
            leave: 0.3,
            confirm: 0.3,
            certain: 0.5,
            min_certain: Millis(64),
            min_speech: Millis(90),
            min_silence: Millis(500),
            padding: Millis(400),
            long_pause: Millis(2_500),
            longest: Millis(28_000),
        }
    }
}

impl Rules {
    /// Everything counts as speech, cut at its quietest places. Nothing is judged.
    pub fn everything() -> Rules {
        Rules { enter: 0.0, leave: 0.0, ..Rules::default() }
    }

    /// Is speech looked for at all?
    pub fn detects(&self) -> bool {
        self.enter > 0.0
    }

    /// Is a clip with these windows of voice [certain](Cut::certain)?
    fn is_certain(&self, voices: &[u64]) -> bool {
        !self.detects() || duration((voices.len() * silero::WINDOW) as u64) >= self.min_certain
    }
}

/// A clip that owns its sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cut {
    /// When its first sample is heard.
    pub start: Millis,
    /// At most [`Rules::longest`].
    pub samples: Samples,
    /// Somebody speaks there; `false`: it may be a noise, a whisper, or somebody far away.
    pub certain: bool,
    /// Where speech was found in it, without padding, in order; pauses of 200 ms and more are left out. Empty if it was not
    /// looked for.
    pub speech: Vec<Span>,
    /// Where [`Silero`] is certain that it hears a voice, in order. Empty if it was not asked.
    pub voices: Vec<Span>,
    /// Where the words of the clip before end and this one's begin, if no pause was there to cut at: the two share two
    /// seconds of sound around it.
    pub seam: Option<Millis>,
    /// Likewise towards the next clip.
    pub next_seam: Option<Millis>,
}

impl Cut {
    /// As what a recogniser hears.
    pub fn clip(&self) -> Clip<'_> {
        self.samples.clip(self.start)
    }

    /// How long is speech within `span` and half a second around it, and how much of that is certainly a voice. `None`: it was
    /// not looked for.
    pub fn speech_around(&self, span: Span) -> Option<(Millis, Millis)> {
        let around = Span { start: span.start - NEARBY, end: span.end + NEARBY };
        let shared = |a: Span, b: &Span| Span { start: a.start.max(b.start), end: a.end.min(b.end) };
        let (mut spoken, mut voiced) = (Millis(0), Millis(0));
        for speech in self.speech.iter().map(|speech| shared(around, speech)) {
            spoken = spoken + speech.length();
            voiced = self.voices.iter().fold(voiced, |sum, voice| sum + shared(speech, voice).length());
        }
        (!self.speech.is_empty()).then_some((spoken, voiced))
    }

    /// In two, at a pause.
    pub fn split(self, at: Millis) -> (Cut, Cut) {
        let index = samples_before(at - self.start).min(self.samples.len() as u64);
        let (before, after) = self.samples.split_at(index as usize);
        let (speech, later_speech) = self.speech.iter().partition(|span| span.start < at);
        let (voices, later_voices) = self.voices.iter().partition(|span| span.start < at);
        let start = self.start + duration(index);
        let (before, after) = (Samples::from_mono_16k(before.to_vec()), Samples::from_mono_16k(after.to_vec()));
        (
            Cut { samples: before, speech, voices, next_seam: None, ..self },
            Cut { start, samples: after, speech: later_speech, voices: later_voices, seam: None, ..self },
        )
    }
}

/// Cuts a stream of sound into clips that hold speech.
pub struct Cutter {
    rules: Rules,
    detector: Detector,
    /// The recording's clock at sample 0 of this stream.
    origin: Millis,
    /// Sound from sample `kept_from` on.
    kept: Vec<f32>,
    kept_from: u64,
    /// Stretches of speech in the clip that is being filled, padded, in samples; the last may still go on.
    open: Vec<Stretch>,
    /// Frames that sound like speech, by their first samples, from the start of the clip on.
    frames: Vec<u64>,
    /// Likewise windows that are certainly speech.
    voices: Vec<u64>,
    /// Where the words of the clip that is being filled begin, if it was not cut at a pause.
    seam: Option<u64>,
    /// Speech that was found in all, in samples.
    speech: u64,
}

impl Cutter {
    /// A cutter for a stream whose first sample is heard at `origin`.
    pub fn new(rules: Rules, origin: Millis) -> Cutter {
        let detector = Detector::new(rules);
        Cutter {
            rules,
            detector,
            origin,
            kept: Vec::new(),
            kept_from: 0,
            open: Vec::new(),
            frames: Vec::new(),
            voices: Vec::new(),
            seam: None,
            speech: 0,
        }
    }

    /// Takes the next sound; appends the clips that are complete to `to`.
    pub fn push(&mut self, samples: &[f32], to: &mut Vec<Cut>) {
        for part in samples.chunks(detector::FRAME * 64) {
            self.kept.extend_from_slice(part);
            let found = self.detector.push(part);
            self.take(found);
            self.cut(false, to);
        }
    }

    /// Appends what is left to `to`.
    pub fn finish(&mut self, to: &mut Vec<Cut>) {
        let found = self.detector.finish();
        self.take(found);
        // Padding reaches beyond the end.
        let heard = self.heard();
        self.open.iter_mut().for_each(|stretch| stretch.end = stretch.end.min(heard));
        self.open.retain(|stretch| stretch.start < stretch.end);
        self.cut(true, to);
    }

    /// How much speech was found so far.
    pub fn speech(&self) -> Millis {
        duration(self.speech)
    }

    fn heard(&self) -> u64 {
        self.kept_from + self.kept.len() as u64
    }

    /// Adds new stretches, or makes the last one longer; joined where padding lets them touch.
    fn take(&mut self, found: Vec<Stretch>) {
        for new in found {
            match self.open.last_mut() {
                Some(last) if new.start <= last.end => {
                    self.speech += new.end.saturating_sub(last.end);
                    last.end = last.end.max(new.end);
                }
                _ => {
                    self.speech += new.end - new.start;
                    self.open.push(new);
                }
            }
        }
        self.frames.extend(self.detector.take_frames());
        self.voices.extend(self.detector.take_voices());
    }

    fn cut(&mut self, last: bool, to: &mut Vec<Cut>) {
        let longest = samples_before(self.rules.longest);
        let long_pause = samples_before(self.rules.long_pause);
        let now = if last { u64::MAX } else { self.detector.settled() };
        while let Some(start) = self.open.first().map(|s| s.start) {
            let pause = self.open.windows(2).position(|two| two[1].start - two[0].end >= long_pause);
            let end = self.open.last().map_or(start, |s| s.end).min(self.heard());
            let until = if let Some(pause) = pause.filter(|p| self.open[*p].end - start <= longest) {
                Place::Pause(self.open[pause].end)
            } else if end - start > longest {
                self.cut_point(start, start + longest)
            } else if last || now.saturating_sub(end) >= long_pause {
                Place::Pause(end)
            } else {
                break;
            };
            self.emit(start, until, to);
        }
        let needed = self.open.first().map_or(self.detector.earliest(), |s| s.start).min(self.heard());
        let done = usize::try_from(needed.saturating_sub(self.kept_from)).unwrap_or(0);
        // Moving the rest to the front costs time, so not at each call.
        if done > self.kept.len() / 2 {
            self.kept.drain(..done);
            self.kept_from = needed;
            self.forget(needed);
        }
    }

    /// The longest pause, if there is one in the last two thirds of the window; else the quietest place in its last third.
    fn cut_point(&self, start: u64, limit: u64) -> Place {
        let early = start + (limit - start) / 3;
        let pauses = self.open.windows(2).filter(|two| (early..=limit).contains(&two[0].end));
        if let Some(two) = pauses.max_by_key(|two| two[1].start - two[0].end) {
            return Place::Pause(two[0].end);
        }
        // One that padding has filled: in its middle.
        let frame = detector::FRAME as u64;
        let short = self.frames.windows(2).map(|two| (two[0] + frame, two[1]));
        let short = short.filter(|(end, next)| *end >= early && *next <= limit && next - end >= SHORT_PAUSE);
        if let Some((end, next)) = short.max_by_key(|(end, next)| next - end) {
            return Place::Pause((end + next) / 2);
        }
        let from = start + (limit - start) * 2 / 3;
        let quiet = |at: u64| -> f32 {
            let at = usize::try_from(at - self.kept_from).unwrap_or(0);
            let window = &self.kept[at.min(self.kept.len())..(at + 2 * WINDOW).min(self.kept.len())];
            window.iter().map(|s| s * s).sum()
        };
        let quietest = (from..limit - OVERLAP - 2 * WINDOW as u64)
            .step_by(detector::FRAME)
            .min_by(|a, b| quiet(*a).total_cmp(&quiet(*b)));
        Place::Seam(quietest.map_or(limit - OVERLAP, |at| at + WINDOW as u64))
    }

    fn emit(&mut self, start: u64, until: Place, to: &mut Vec<Cut>) {
        // The sound that both clips have, so that no word is cut in two.
        let (place, end, next) = match until {
            Place::Pause(at) => (at, at, at),
            Place::Seam(at) => (at, at + OVERLAP, at - OVERLAP),
        };
        let time = |(start, end)| Span { start: self.origin + duration(start), end: self.origin + duration(end) };
        let within = |at: &u64| (start..end).contains(at);
        let index = |at: u64| usize::try_from(at.saturating_sub(self.kept_from)).unwrap_or(0).min(self.kept.len());
        let voices: Vec<u64> = self.voices.iter().copied().filter(within).collect();
        let frames = self.frames.iter().copied().filter(within);
        let next_seam = matches!(until, Place::Seam(_)).then_some(place);
        to.push(Cut {
            start: self.origin + duration(start),
            samples: Samples::from_mono_16k(self.kept[index(start)..index(end)].to_vec()),
            certain: self.rules.is_certain(&voices),
            speech: match self.rules.detects() {
                true => runs(frames).map(time).collect(),
                false => Vec::new(),
            },
            voices: joined(voices, silero::WINDOW, 1).map(time).collect(),
            seam: self.seam.map(|at| self.origin + duration(at)),
            next_seam: next_seam.map(|at| self.origin + duration(at)),
        });
        self.seam = next_seam;
        self.forget(next);
        self.open.retain_mut(|stretch| {
            stretch.start = stretch.start.max(next);
            stretch.end > stretch.start.max(place)
        });
    }

    /// No later clip begins before this sample.
    fn forget(&mut self, before: u64) {
        self.frames.retain(|at| *at >= before);
        self.voices.retain(|at| *at >= before);
    }
}

/// Where a clip ends.
#[derive(Clone, Copy)]
enum Place {
    /// Nobody speaks.
    Pause(u64),
    /// Somebody does.
    Seam(u64),
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

/// Times of words are off by so much at most, nearly always.
const NEARBY: Millis = Millis(500);
/// Sound on either side of a seam that both clips have: 1 s.
const OVERLAP: u64 = 16_000;
/// 200 ms.
const BRIDGED: u64 = 3_200;
/// 90 ms.
const SHORTEST: u64 = 1_440;
/// No pause within a word is as long: 250 ms.
const SHORT_PAUSE: u64 = 4_000;
/// Half of the window in which the quietest place is looked for: 100 ms.
const WINDOW: usize = 1_600;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Speech as the detector marks it; the sound says where it is from.
    fn cut(rules: Rules, stretches: &[(u64, u64)], length: u64) -> Vec<Cut> {
        let mut cutter = Cutter::new(rules, Millis(0));
        cutter.kept = (0..length).map(|i| (i % 1_000) as f32 / 1_000.0).collect();
        cutter.take(stretches.iter().map(|(start, end)| Stretch { start: *start, end: *end }).collect());
        let mut to = Vec::new();
        cutter.cut(true, &mut to);
        to
    }

    #[test]
    fn a_clip_ends_at_the_longest_pause() {
        let second = 16_000;
        let clips = cut(
            Rules::default(),
            &[(0, 12 * second), (13 * second, 20 * second), (20 * second + 8_000, 35 * second)],
            40 * second,
        );
        let spans: Vec<_> = clips.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(0, 12_000), (13_000, 35_000)]);
    }

    #[test]
    fn a_long_pause_is_left_out() {
        let clips = cut(Rules::default(), &[(16_000, 32_000), (160_000, 176_000)], 200_000);
        let spans: Vec<_> = clips.iter().map(|c| (c.clip().start.0, c.clip().end().0)).collect();
        assert_eq!(spans, [(1_000, 2_000), (10_000, 11_000)]);
    }

    #[test]
    fn speech_to_the_very_end_ends_there() {
        let mut cutter = Cutter::new(Rules::default(), Millis(0));
        cutter.kept = vec![0.1; 50_000];
        cutter.take(vec![Stretch { start: 10_000, end: 54_000 }]);
        let mut to = Vec::new();
        cutter.finish(&mut to);
        assert_eq!(to.iter().map(|c| (c.start.0, c.samples.len())).collect::<Vec<_>>(), [(625, 40_000)]);
    }

    #[test]
    fn a_clip_knows_how_much_of_its_speech_is_voice() {
        let (cuts, _) = scored(Rules::default(), &[(4, 0.6, 0.9), (1, 0.0, 0.0), (4, 0.6, 0.1)]);
        assert_eq!(cuts.len(), 1);
        let around = |start, end| cuts[0].speech_around(Span::new(start, end)).map(|(a, b)| (a.0, b.0));
        assert_eq!(around(1_000, 2_000), Some((2_000, 2_000)));
        assert_eq!(around(7_000, 8_000), Some((2_000, 0)));
        assert_eq!(around(4_520, 4_980), Some((488, 0)));
        let (before, after) = cuts[0].clone().split(Millis(4_500));
        assert_eq!((before.voices.len(), after.voices.len()), (1, 0));
        assert_eq!(Cut::default().speech_around(Span::new(0, 1_000)), None);
    }

    #[test]
    fn a_clip_knows_whether_it_is_certainly_voice() {
        for (certain, wanted) in [(2, true), (1, false)] {
            let mut cutter = Cutter::new(Rules::default(), Millis(0));
            cutter.kept = vec![0.1; 50_000];
            cutter.take(vec![Stretch { start: 10_000, end: 54_000 }]);
            cutter.voices = (0..certain).map(|n| 10_240 + 512 * n).collect();
            let mut to = Vec::new();
            cutter.finish(&mut to);
            assert_eq!(to.iter().map(|c| c.certain).collect::<Vec<_>>(), [wanted]);
        }
    }

    /// Seconds of sound to which both networks give so much, to the end of the recording. Also: the most samples kept.
    fn scored(rules: Rules, scores: &[(u64, f32, f32)]) -> (Vec<Cut>, usize) {
        let (mut cutter, mut to, mut most) = (Cutter::new(rules, Millis(0)), Vec::new(), 0);
        for (seconds, earshot, silero) in scores {
            for _ in 0..seconds * 125 / 4 {
                cutter.kept.extend([0.1; silero::WINDOW]);
                let found = cutter.detector.take(&[*earshot; 2], &[*silero], false);
                cutter.take(found);
                cutter.cut(false, &mut to);
                most = most.max(cutter.kept.len() + cutter.frames.len() + cutter.voices.len() + cutter.open.len());
            }
        }
        cutter.finish(&mut to);
        (to, most)
    }

    fn spans(cuts: &[Cut]) -> Vec<(u64, u64, bool)> {
        cuts.iter().map(|c| (c.start.0, c.clip().end().0, c.certain)).collect()
    }

    #[test]
    fn a_noise_is_dropped() {
        let (cuts, _) = scored(Rules::default(), &[(4, 0.0, 0.0), (8, 0.9, 0.1), (8, 0.0, 0.0)]);
        assert_eq!(spans(&cuts), []);
        let (cuts, _) = scored(Rules::default(), &[(4, 0.0, 0.0), (8, 0.9, 0.1)]);
        assert_eq!(spans(&cuts), [], "at the end of the recording");
        let (cuts, _) = scored(Rules { confirm: 0.0, ..Rules::default() }, &[(4, 0.0, 0.0), (8, 0.9, 0.1)]);
        assert_eq!(spans(&cuts), [(3_600, 12_000, false)]);
        let (cuts, _) = scored(Rules::everything(), &[(8, 0.9, 0.1)]);
        assert_eq!(spans(&cuts), [(0, 8_000, true)]);
    }

    #[test]
    fn soft_speech_near_clear_speech_is_kept() {
        let soft = (4, 0.6, 0.1);
        let (cuts, _) = scored(Rules::default(), &[soft, (4, 0.6, 0.9), (4, 0.0, 0.0), (1, 0.6, 0.2), (9, 0.0, 0.0)]);
        assert_eq!(spans(&cuts), [(0, 8_400, true), (11_600, 13_000, false)]);
    }

    #[test]
    fn what_is_soft_throughout_is_no_certain_speech() {
        let (cuts, _) = scored(Rules::default(), &[(4, 0.6, 0.4), (4, 0.0, 0.0)]);
        assert_eq!(spans(&cuts), [(0, 4_400, false)]);
    }

    #[test]
    fn a_long_noise_needs_little_memory() {
        let (cuts, most) = scored(Rules::default(), &[(4, 0.6, 0.9), (3_600, 0.9, 0.1), (4, 0.6, 0.9)]);
        assert_eq!(spans(&cuts), [(0, 9_000, true), (3_599_000, 3_608_000, true)]);
        assert!(most < 30 * 16_000, "{most}");
    }

    proptest! {
        #[test]
        fn all_speech_is_in_exactly_one_clip(gaps in proptest::collection::vec((1_u64..60_000, 1_u64..900_000), 1..20)) {
            let mut at = 0;
            let stretches: Vec<(u64, u64)> = gaps
                .iter()
                .map(|(gap, length)| {
                    let start = at + gap;
                    at = start + length;
                    (start, at)
                })
                .collect();
            let clips = cut(Rules::default(), &stretches, at + 10_000);
            // Around a seam two clips have the same sound, of which each is to hear its own.
            let own = |c: &Cut| (c.seam.unwrap_or(c.start), c.next_seam.unwrap_or(c.clip().end()));
            let mut covered = 0;
            for pair in clips.windows(2) {
                prop_assert!(own(&pair[0]).1 <= own(&pair[1]).0);
                prop_assert_eq!(pair[0].next_seam, pair[1].seam);
            }
            for clip in &clips {
                prop_assert!(clip.clip().span().length() <= Rules::default().longest);
                prop_assert!(!clip.samples.is_empty());
                let (start, end) = own(clip);
                let (start, end) = (start.0 * 16, end.0 * 16);
                covered += stretches
                    .iter()
                    .map(|(s, e)| (*e).min(end).saturating_sub((*s).max(start)))
                    .sum::<u64>();
            }
            let spoken: u64 = stretches.iter().map(|(s, e)| e - s).sum();
            // Times are whole milliseconds here, so up to 15 samples at each end are counted wrongly.
            prop_assert!(covered.abs_diff(spoken) <= 32 * clips.len() as u64, "{covered} of {spoken}");
        }
    }
}
