//! Resampling of a stream to 16 kHz, band-limited and without delay.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use super::RATE;

/// Block length in output frames: long enough for a filter that passes 7 kHz and blocks 8 kHz.
const BLOCK: usize = 1024;

/// Resamples one channel to [`RATE`]. The first output sample belongs to the first input sample, and `n` input
/// samples give `n * 16000 / rate` output samples, rounded up.
pub(super) struct Resampler {
    fft: Option<Fft<f32>>,
    rate: u64,
    pending: Vec<f32>,
    out: Vec<f32>,
    /// Output samples still to be dropped, since they are the filter's delay.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A resampler for sound at `rate` samples a second.
    ///
    /// # Errors
    /// With the reason, if no filter can be made for `rate`.
    pub(super) fn new(rate: u32) -> Result<Resampler, String> {
        let fft = match rate {
            RATE => None,
            _ => Some(
                Fft::new_custom(
                    rate as usize,
                    RATE as usize,
                    BLOCK,
                    1,
                    1,
                    WindowFunction::BlackmanHarris2,
                    FixedSync::Output,
                )
                .map_err(|e| format!("cannot resample from {rate} Hz: {e}"))?,
            ),
        };
        let skip = fft.as_ref().map_or(0, |f| f.output_delay());
        let out = vec![0.0; fft.as_ref().map_or(0, |f| f.output_frames_max())];
        Ok(Resampler { fft, rate: rate.into(), pending: Vec::new(), out, skip, taken: 0, given: 0 })
    }

    /// Takes any number of samples, and appends what is ready to `to`.
    pub(super) fn push(&mut self, samples: &[f32], to: &mut Vec<f32>) {
        self.taken += samples.len() as u64;
        if self.fft.is_none() {
            self.given += samples.len() as u64;
            to.extend_from_slice(samples);
            return;
        }
        self.pending.extend_from_slice(samples);
        let mut at = 0;
        while let Some(need) = self.need().filter(|need| self.pending.len() - at >= *need) {
            self.block(at, need, to);
            at += need;
        }
        self.pending.drain(..at);
    }

    /// Appends the rest to `to`.
    pub(super) fn finish(mut self, to: &mut Vec<f32>) {
        let due = (self.taken * u64::from(RATE)).div_ceil(self.rate);
        while self.given < due
            && let Some(need) = self.need()
        {
            self.pending.resize(need.max(self.pending.len()), 0.0);
            let before = to.len();
            self.block(0, need, to);
            self.pending.clear();
            let beyond = self.given.saturating_sub(due) as usize;
            to.truncate(to.len().saturating_sub(beyond).max(before));
        }
    }

    fn need(&self) -> Option<usize> {
        self.fft.as_ref().map(|f| f.input_frames_next())
    }

    fn block(&mut self, at: usize, need: usize, to: &mut Vec<f32>) {
        let Some(fft) = &mut self.fft else { return };
        let frames = self.out.len();
        let input = InterleavedSlice::new(&self.pending[at..at + need], 1, need);
        let output = InterleavedSlice::new_mut(&mut self.out, 1, frames);
        let made = match (input, output) {
            (Ok(input), Ok(mut output)) => {
                fft.process_into_buffer(&input, &mut output, Some(&Indexing::new())).map_or(0, |(_, made)| made)
            }
            _ => 0,
        };
        let skipped = self.skip.min(made);
        self.skip -= skipped;
        self.given += (made - skipped) as u64;
        to.extend_from_slice(&self.out[skipped..made]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as usize;
        (0..count).map(|i| (TAU * hertz * i as f64 / f64::from(rate)).sin() as f32).collect()
    }

    fn resample(rate: u32, input: &[f32]) -> Vec<f32> {
        let mut to = Vec::new();
        let mut resampler = Resampler::new(rate).expect("a usual rate");
        input.chunks(997).for_each(|c| resampler.push(c, &mut to));
        resampler.finish(&mut to);
        to
    }

    fn decibels(samples: &[f32]) -> f64 {
        let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
        10.0 * (power.max(1e-20) / 0.5).log10()
    }

    const RATES: [u32; 11] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];

    #[test]
    fn length_is_kept() {
        for rate in RATES {
            for count in [1, 2, 100, 5_000, rate as usize] {
                let made = resample(rate, &vec![0.5; count]).len();
                assert_eq!(made, (count * 16_000).div_ceil(rate as usize), "{count} samples at {rate} Hz");
            }
        }
    }

    #[test]
    fn speech_band_passes_and_nothing_is_shifted() {
        for rate in RATES {
            let made = resample(rate, &sine(rate, 440.0, 1.0));
            let want = sine(RATE, 440.0, 1.0);
            let middle = 2_000..14_000;
            let error: Vec<f32> = middle.map(|i| made[i] - want[i]).collect();
            // Half an input sample of shift is allowed.
            assert!(decibels(&error) < -25.0, "{rate} Hz: {} dB", decibels(&error));
        }
    }

    #[test]
    fn tones_above_8_khz_are_60_db_down() {
        for rate in RATES.into_iter().filter(|r| *r > 17_000) {
            for hertz in [8_050.0, 8_300.0, 9_000.0, 10_500.0].into_iter().filter(|h| *h < f64::from(rate) / 2.0) {
                let made = resample(rate, &sine(rate, hertz, 1.0));
                let level = decibels(&made[2_000..14_000]);
                assert!(level < -60.0, "{hertz} Hz at {rate} Hz: {level} dB");
            }
        }
    }

    #[test]
    fn the_upper_speech_band_survives() {
        for rate in [44_100, 48_000] {
            let made = resample(rate, &sine(rate, 7_000.0, 1.0));
            assert!(decibels(&made[2_000..14_000]) > -3.0, "{rate}");
        }
    }
}
