//! Kaldi's filter bank: the logarithm of the energy in 80 bands, for each 10 ms.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

/// Bands.
pub(crate) const MELS: usize = 80;

/// Samples of a frame, and from one frame to the next.
const LENGTH: usize = 400;
const HOP: usize = 160;

/// Samples of the Fourier transform.
const FFT: usize = 512;

/// How much of a sample is taken away from the next one.
const PRE_EMPHASIS: f32 = 0.97;

/// The lowest and the highest frequency, in hertz.
const LOW: f64 = 20.0;
const HIGH: f64 = 8000.0;

pub(crate) struct Fbank {
    window: Vec<f32>,
    /// For each band the first bin of the spectrum, and the weights from there on.
    bands: Vec<(usize, Vec<f32>)>,
    fft: Arc<dyn RealToComplex<f32>>,
}

impl Fbank {
    pub(crate) fn new() -> Fbank {
        let povey = |at: usize| (0.5 - 0.5 * (TAU * at as f64 / (LENGTH - 1) as f64).cos()).powf(0.85) as f32;
        let mel = |hertz: f64| 1127.0 * (1.0 + hertz / 700.0).ln();
        let step = (mel(HIGH) - mel(LOW)) / (MELS + 1) as f64;
        let bands = (0..MELS).map(|band| {
            let [left, middle, right] = [0, 1, 2].map(|edge| mel(LOW) + (band + edge) as f64 * step);
            // Kaldi leaves out the last bin.
            let weights = (0..FFT / 2).map(|bin| {
                let at = mel(bin as f64 * 16_000.0 / FFT as f64);
                let rise = if at <= middle { (at - left) / step } else { (right - at) / step };
                rise.max(0.0) as f32
            });
            let weights: Vec<f32> = weights.collect();
            let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or_default();
            (first, weights[first..].iter().copied().take_while(|weight| *weight > 0.0).collect())
        });
        Fbank {
            window: (0..LENGTH).map(povey).collect(),
            bands: bands.collect(),
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
        }
    }

    /// A row of [`MELS`] values for each frame that lies in the samples as a whole.
    pub(crate) fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let frames = (samples.len() + HOP).saturating_sub(LENGTH) / HOP;
        let mut out = Vec::with_capacity(frames * MELS);
        let (mut spectrum, mut scratch) = (self.fft.make_output_vec(), self.fft.make_scratch_vec());
        for frame in samples.windows(LENGTH).step_by(HOP) {
            let mean = frame.iter().sum::<f32>() / LENGTH as f32;
            let mut input = vec![0.0; FFT];
            let mut before = frame[0] - mean;
            for ((value, sample), weight) in input.iter_mut().zip(frame).zip(&self.window) {
                let sample = sample - mean;
                *value = (sample - PRE_EMPHASIS * before) * weight;
                before = sample;
            }
            let done = self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch);
            done.expect("the lengths fit");
            let power: Vec<f32> = spectrum.iter().map(Complex32::norm_sqr).collect();
            for (first, weights) in &self.bands {
                let energy: f32 = weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum();
                out.push(energy.max(f32::EPSILON).ln());
            }
        }
        out
    }
}
