//! From the channels of a track to the streams that are read: what is no number becomes silence, and channels of opposite
//! phase do not cancel each other out.

use std::ops::Deref;

use super::selection::Channels;
use crate::WarningKind;

/// A sample beyond this is garbage, not loud: some programs write whole numbers of 32 bits as floating point, 187 dB above full scale.
const LARGEST: f32 = 1e10;
/// Channels cancel each other out if their sum has less than this share of the energy that the channels have: sound that has
/// nothing in common keeps all of it.
const CANCELLED: f64 = 0.25;
/// Seconds of sound that decide whether channels cancel each other out.
const WINDOW: f64 = 0.05;
/// Seconds in which the sign of a channel is turned, so that it does not click.
const TURN: f32 = 0.01;
/// Mean energy of a sample below which nothing is concluded: −70 dB.
const SILENT: f64 = 1e-7;

/// Makes the streams of a selection from interleaved sound.
pub(super) struct StreamMaker {
    selection: Channels,
    mixer: Mixer,
    invalid: Once,
    opposed: Once,
}

/// Something that is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Once {
    No,
    Due,
    Told,
}

impl Once {
    fn happens(&mut self) {
        if *self == Once::No {
            *self = Once::Due;
        }
    }

    fn take(&mut self) -> bool {
        let due = *self == Once::Due;
        if due {
            *self = Once::Told;
        }
        due
    }
}

impl StreamMaker {
    /// For the sound of one track.
    pub(super) fn new(selection: Channels) -> StreamMaker {
        StreamMaker { selection, mixer: Mixer::default(), invalid: Once::No, opposed: Once::No }
    }

    /// Makes `streams` streams of interleaved samples of `channels` channels at `rate` frames a second. Replaces samples that
    /// are no numbers by silence.
    pub(super) fn make(
        &mut self,
        interleaved: &mut [f32],
        channels: usize,
        streams: usize,
        rate: u32,
    ) -> Vec<Vec<f32>> {
        if silence_invalid(interleaved) {
            self.invalid.happens();
        }
        let split = self.selection.apply(interleaved, channels, streams);
        if self.selection != Channels::Mix {
            return split;
        }
        let mixed = self.mixer.mix(&split, rate);
        if self.mixer.opposed() {
            self.opposed.happens();
        }
        vec![mixed]
    }

    /// What a reader must know, each once.
    pub(super) fn take_warnings(&mut self) -> impl Iterator<Item = WarningKind> {
        let invalid = self.invalid.take().then_some(WarningKind::SamplesInvalid);
        let opposed = self.opposed.take().then_some(WarningKind::ChannelsOpposed);
        invalid.into_iter().chain(opposed)
    }
}

/// Replaces what is no number, or far beyond any sound, by silence; returns whether there was any.
fn silence_invalid(samples: &mut [f32]) -> bool {
    let mut any = false;
    for sample in samples {
        // Not a number is not in any range.
        if !(-LARGEST..=LARGEST).contains(sample) {
            *sample = 0.0;
            any = true;
        }
    }
    any
}

/// Mixes channels to mono by their mean. Where they cancel each other out, as with a cable of wrong polarity, those that
/// oppose the loudest are turned.
#[derive(Default)]
pub(super) struct Mixer {
    /// 1 or -1 for each channel.
    signs: Vec<f32>,
    /// The factor of each channel now; on its way to its sign.
    factors: Vec<f32>,
    /// Energy of the sum, and of all channels, in the last [`WINDOW`].
    sum: f64,
    each: f64,
    /// Seconds of sound that would have been cancelled out.
    cancelled: f64,
}

impl Mixer {
    /// The mean of at least one channel, all of the same length, at `rate` frames a second.
    pub(super) fn mix<C: Deref<Target = [f32]>>(&mut self, channels: &[C], rate: u32) -> Vec<f32> {
        let length = channels.first().map_or(0, |channel| channel.len());
        if self.signs.len() != channels.len() {
            let ones = vec![1.0; channels.len()];
            *self = Mixer { signs: ones.clone(), factors: ones, cancelled: self.cancelled, ..Mixer::default() };
        }
        if channels.len() < 2 {
            return channels.first().map_or_else(Vec::new, |channel| channel.to_vec());
        }
        let window = ((f64::from(rate) * WINDOW) as usize).max(1);
        let mut mixed = Vec::with_capacity(length);
        for from in (0..length).step_by(window) {
            let part: Vec<&[f32]> = channels.iter().map(|c| &c[from..length.min(from + window)]).collect();
            self.choose_signs(&part, rate);
            self.append(&part, rate, &mut mixed);
        }
        mixed
    }

    /// Whether half a second or more would have been cancelled out so far.
    pub(super) fn opposed(&self) -> bool {
        self.cancelled >= 0.5
    }

    /// Turns channels if the sum of this part and the time before it has lost most of their energy.
    fn choose_signs(&mut self, part: &[&[f32]], rate: u32) {
        let is_first = self.each == 0.0;
        let length = part[0].len() as f64;
        let energies: Vec<f64> = part.iter().map(|channel| product(channel, channel)).collect();
        let each: f64 = energies.iter().sum();
        let kept = (-length / (f64::from(rate) * WINDOW)).exp();
        let before = (self.sum * kept, self.each * kept);
        let sum = summed(part, &self.signs);
        (self.sum, self.each) = (before.0 + sum, before.1 + each);
        if each / length < SILENT * part.len() as f64 {
            return;
        }
        if self.sum < CANCELLED * self.each {
            let loudest = (0..part.len()).max_by(|a, b| energies[*a].total_cmp(&energies[*b])).unwrap_or(0);
            let signs: Vec<f32> =
                part.iter().map(|c| if product(part[loudest], c) < 0.0 { -1.0 } else { 1.0 }).collect();
            let turned = summed(part, &signs);
            if turned > sum {
                self.signs = signs;
                // What was before is forgotten, or it would turn them back.
                (self.sum, self.each) = (turned, each);
                if is_first {
                    self.factors.clone_from(&self.signs);
                }
            }
        }
        if self.signs.contains(&-1.0) && summed(part, &vec![1.0; part.len()]) < CANCELLED * each {
            self.cancelled += length / f64::from(rate);
        }
    }

    fn append(&mut self, part: &[&[f32]], rate: u32, to: &mut Vec<f32>) {
        let step = 2.0 / (TURN * rate as f32).max(1.0);
        let count = part.len() as f32;
        let from = to.len();
        to.resize(from + part[0].len(), 0.0);
        for (channel, (factor, sign)) in part.iter().zip(self.factors.iter_mut().zip(&self.signs)) {
            for (mixed, sample) in to[from..].iter_mut().zip(*channel) {
                if factor != sign {
                    *factor = if *sign > *factor { (*factor + step).min(*sign) } else { (*factor - step).max(*sign) };
                }
                *mixed += sample * *factor;
            }
        }
        to[from..].iter_mut().for_each(|sample| *sample /= count);
    }
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Energy of the sum of channels with these signs.
fn summed(part: &[&[f32]], signs: &[f32]) -> f64 {
    let frame = |at: usize| part.iter().zip(signs).map(|(channel, sign)| channel[at] * sign).sum::<f32>();
    (0..part[0].len()).map(|at| f64::from(frame(at)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn noise(seed: u32, length: usize) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..length).map(|_| next()).collect()
    }

    fn turned(channel: &[f32]) -> Vec<f32> {
        channel.iter().map(|sample| -sample).collect()
    }

    fn mix(channels: &[Vec<f32>], block: usize) -> (Vec<f32>, bool) {
        let mut mixer = Mixer::default();
        let mut all = Vec::new();
        for from in (0..channels[0].len()).step_by(block) {
            let part: Vec<&[f32]> = channels.iter().map(|c| &c[from..c.len().min(from + block)]).collect();
            all.extend(mixer.mix(&part, RATE));
        }
        (all, mixer.opposed())
    }

    #[test]
    fn channels_of_opposite_phase_do_not_cancel_out() {
        let sound = noise(1, 16_000);
        for block in [20, 320, 4_096, 16_000] {
            let (mixed, opposed) = mix(&[sound.clone(), turned(&sound)], block);
            assert!(opposed && mixed == sound || mixed == turned(&sound), "{block}");
        }
        // Three of six, as in a surround track made of one voice.
        let (mixed, opposed) =
            mix(&[&sound, &sound, &turned(&sound), &sound, &turned(&sound), &turned(&sound)].map(Vec::clone), 320);
        assert!(opposed && mixed.iter().zip(&sound).all(|(m, s)| (m.abs() - s.abs()).abs() < 1e-6));
    }

    #[test]
    fn what_differs_is_the_mean_as_ever() {
        let [a, b] = [noise(1, 16_000), noise(2, 16_000)];
        let mean = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect::<Vec<_>>();
        let quiet: Vec<f32> = a.iter().map(|s| s * -0.2).collect();
        for (one, other) in [(&a, &b), (&a, &a), (&a, &vec![0.0; 16_000]), (&b, &quiet)] {
            assert_eq!(mix(&[one.clone(), other.clone()], 320), (mean(one, other), false));
        }
        assert_eq!(mix(&[vec![0.0; 900], vec![0.0; 900]], 320), (vec![0.0; 900], false));
        assert_eq!(mix(std::slice::from_ref(&a), 320), (a, false));
    }

    #[test]
    fn a_cable_may_be_changed_in_between() {
        let (same, opposite) = (noise(1, 16_000), noise(2, 16_000));
        let left = [same.clone(), opposite.clone(), same.clone()].concat();
        let right = [same.clone(), turned(&opposite), same.clone()].concat();
        let (mixed, opposed) = mix(&[left.clone(), right], 320);
        let energy = |samples: &[f32]| product(samples, samples);
        // A tenth of a second after each change.
        for (from, to) in [(0, 16_000), (17_600, 32_000), (33_600, 48_000)] {
            let share = energy(&mixed[from..to]) / energy(&left[from..to]);
            assert!(opposed && share > 0.9, "{from}: {share}");
        }
    }

    #[test]
    fn what_is_no_number_becomes_silence_and_is_told_once() {
        let mut maker = StreamMaker::new(Channels::Mix);
        let mut samples = [f32::NAN, 0.5, f32::INFINITY, -0.5, 1e38, 2e9];
        assert_eq!(maker.make(&mut samples, 2, 1, RATE), [[0.25, -0.25, 1e9]]);
        assert_eq!(maker.take_warnings().collect::<Vec<_>>(), [WarningKind::SamplesInvalid]);
        maker.make(&mut [f32::NEG_INFINITY], 1, 1, RATE);
        assert_eq!(maker.take_warnings().count(), 0);
    }
}
