//! Silero VAD, version 6 for 16 kHz, written out in Rust: confirms the speech that earshot finds.
//!
//! The weights are those of `silero_vad_16k_op15.onnx` in the Python package silero-vad 6.2.3 by the Silero Team (MIT
//! licence, see `silero/LICENSE`), in the order in which `scripts/silero_weights.py` writes them. SHA-256 of
//! `silero/weights.bin`:
//! `521e1202fbd9ecd471c30043a4d58461911fa17542f0e40545540f289bf7e8df`.
//!
//! The input is a window of 512 samples, the 64 samples before it, and 64 samples that mirror its end. The network is:
//! four spectra of 256 samples (Hann window, magnitudes of 129 bins) → four convolutions over 3 time steps with ReLU,
//! 129 → 128 → 64 → 64 → 128 channels, the second and third with a stride of 2, so that one time step is left → LSTM
//! with 128 cells → ReLU, a weighted sum, and the logistic function. Only the LSTM has state; everything before it is
//! computed for [`LANES`] windows at once if that many are available. A window's score does not depend on how many
//! were, not even in the last bit.

use std::sync::LazyLock;

/// Samples that share a score: 32 ms.
pub(super) const WINDOW: usize = 512;
/// Samples before a window that are part of its input.
const CONTEXT: usize = 64;
/// Samples of a spectrum.
const SPECTRUM: usize = 256;
const BINS: usize = SPECTRUM / 2 + 1;
const CELLS: usize = 128;
/// Windows computed at once: as many numbers as fit into a register of any x86-64 or ARM64 processor.
const LANES: usize = 4;

/// Tells speech from noise and music in a stream of 16 kHz sound. Misses soft voices.
pub struct Silero {
    /// The context, then the samples that have no score yet.
    rest: Vec<f32>,
    hidden: [f32; CELLS],
    cell: [f32; CELLS],
}

impl Default for Silero {
    fn default() -> Silero {
        Silero { rest: vec![0.0; CONTEXT], hidden: [0.0; CELLS], cell: [0.0; CELLS] }
    }
}

impl Silero {
    /// Takes the next samples and returns the probability of speech, in `0.0..=1.0`, for each 32 ms (512 samples) that
    /// is complete.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.rest.extend_from_slice(samples);
        let windows = (self.rest.len() - CONTEXT) / WINDOW;
        let sound: Vec<f32> = self.rest[..windows * WINDOW + CONTEXT].to_vec();
        self.rest.drain(..windows * WINDOW);
        let mut scores = Vec::with_capacity(windows);
        while scores.len() + LANES <= windows {
            scores.extend(self.step::<LANES>(&sound[scores.len() * WINDOW..]));
        }
        while scores.len() < windows {
            scores.extend(self.step::<1>(&sound[scores.len() * WINDOW..]));
        }
        scores
    }

    /// Takes so many samples of silence after silence, and returns a score of 0 for each 32 ms that is complete.
    pub fn skip_silence(&mut self, samples: usize) -> Vec<f32> {
        let left = self.rest.len() - CONTEXT + samples;
        self.rest.clear();
        self.rest.resize(CONTEXT + left % WINDOW, 0.0);
        vec![0.0; left / WINDOW]
    }

    /// Ends the stream and returns the score of the incomplete window, filled up with silence; `None` if no samples are
    /// left.
    pub fn finish(&mut self) -> Option<f32> {
        let left = self.rest.len() - CONTEXT;
        (left > 0).then(|| self.push(&[0.0; WINDOW][left..]))?.pop()
    }

    /// Scores of `N` windows, the first of which begins [`CONTEXT`] samples after the start of `sound`.
    fn step<const N: usize>(&mut self, sound: &[f32]) -> [f32; N] {
        let model = &*MODEL;
        let mut values = spectra::<N>(model, sound);
        for (layer, stride) in model.layers.iter().zip([1, 2, 2, 1]) {
            values = layer.convolve(&values, stride);
        }
        let mut gates = Vec::with_capacity(4 * CELLS);
        model.input.apply(&values, 0, |value| gates.push(value));
        std::array::from_fn(|n| {
            let mut sums = [0.0; 4 * CELLS];
            let mut both = sums.iter_mut().zip(&gates);
            model.recurrent.apply(self.hidden.as_chunks::<1>().0, 0, |[value]| {
                both.next().into_iter().for_each(|(sum, gate)| *sum = gate[n] + value);
            });
            let (input, rest) = sums.split_at(CELLS);
            let (forget, rest) = rest.split_at(CELLS);
            let (candidate, output) = rest.split_at(CELLS);
            let mut z = model.output_bias;
            for j in 0..CELLS {
                self.cell[j] = logistic(forget[j]) * self.cell[j] + logistic(input[j]) * candidate[j].tanh();
                self.hidden[j] = logistic(output[j]) * self.cell[j].tanh();
                z += model.output[j] * self.hidden[j].max(0.0);
            }
            logistic(z)
        })
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Magnitudes of the four spectra of `N` windows, one spectrum after the other.
fn spectra<const N: usize>(model: &Model, sound: &[f32]) -> Vec<[f32; N]> {
    let windows: [[f32; CONTEXT + WINDOW + 64]; N] = std::array::from_fn(|n| {
        let sound = &sound[n * WINDOW..][..CONTEXT + WINDOW];
        std::array::from_fn(|i| *sound.get(i).unwrap_or_else(|| &sound[2 * (sound.len() - 1) - i]))
    });
    let mut all = Vec::with_capacity(4 * BINS);
    // Two spectra at once, as the real and the imaginary part.
    for at in [0, SPECTRUM] {
        let windowed = |i: usize, from: usize| windows.each_ref().map(|window| window[from + i] * model.hann[i]);
        let place = |i: usize| usize::from((i as u8).reverse_bits());
        let mut re: [[f32; N]; SPECTRUM] = std::array::from_fn(|i| windowed(place(i), at));
        let mut im: [[f32; N]; SPECTRUM] = std::array::from_fn(|i| windowed(place(i), at + SPECTRUM / 2));
        fourier(&model.circle, &mut re, &mut im);
        for sign in [1.0, -1.0] {
            for k in 0..BINS {
                let mirrored = (SPECTRUM - k) % SPECTRUM;
                all.push(std::array::from_fn(|n| {
                    let (a, b) = (re[k][n] + sign * re[mirrored][n], im[k][n] - sign * im[mirrored][n]);
                    0.5 * (a * a + b * b).sqrt()
                }));
            }
        }
    }
    all
}

/// Fast Fourier transform, in place, of numbers in bit-reversed order.
fn fourier<const N: usize>(
    circle: &[(f32, f32); SPECTRUM / 2],
    re: &mut [[f32; N]; SPECTRUM],
    im: &mut [[f32; N]; SPECTRUM],
) {
    let mut half = 1;
    while half < SPECTRUM {
        for start in (0..SPECTRUM).step_by(2 * half) {
            for k in 0..half {
                let (cos, sin) = circle[k * (SPECTRUM / 2 / half)];
                let (a, b) = (start + k, start + k + half);
                for n in 0..N {
                    let (x, y) = (re[b][n] * cos + im[b][n] * sin, im[b][n] * cos - re[b][n] * sin);
                    (re[b][n], im[b][n]) = (re[a][n] - x, im[a][n] - y);
                    (re[a][n], im[a][n]) = (re[a][n] + x, im[a][n] + y);
                }
            }
        }
        half *= 2;
    }
}

/// Weights in panels of `W` outputs, each with the weights of all inputs, so that the innermost loops read memory in
/// order and keep their sums in registers.
struct Layer<const W: usize> {
    inputs: usize,
    panels: Vec<[f32; W]>,
    bias: Vec<f32>,
}

impl<const W: usize> Layer<W> {
    /// `weights` are in the order input, output.
    fn new(weights: &[f32], outputs: usize, bias: &[f32]) -> Layer<W> {
        let rows = || weights.chunks_exact(outputs);
        let panel = |at: usize| rows().map(move |row| std::array::from_fn(|j| row[at + j]));
        let panels = (0..outputs).step_by(W).flat_map(panel).collect();
        Layer { inputs: rows().len(), panels, bias: bias.to_vec() }
    }

    /// Calls `to` with the sum of each output in turn. The first `skipped` inputs are missing from `inputs`.
    fn apply<const N: usize>(&self, inputs: &[[f32; N]], skipped: usize, mut to: impl FnMut([f32; N])) {
        for (panel, bias) in self.panels.chunks_exact(self.inputs).zip(self.bias.chunks_exact(W)) {
            let mut sums = [[0.0; W]; N];
            for (x, weights) in inputs.iter().zip(&panel[skipped..]) {
                for n in 0..N {
                    for j in 0..W {
                        sums[n][j] += x[n] * weights[j];
                    }
                }
            }
            for (j, bias) in bias.iter().enumerate() {
                to(std::array::from_fn(|n| sums[n][j] + bias));
            }
        }
    }

    /// A convolution over the previous, current and next time step, as far as they exist, with ReLU.
    fn convolve<const N: usize>(&self, values: &[[f32; N]], stride: usize) -> Vec<[f32; N]> {
        let channels = self.inputs / 3;
        let times = values.len() / channels;
        let mut all = Vec::with_capacity(times.div_ceil(stride) * self.bias.len());
        for time in (0..times).step_by(stride) {
            let (first, end) = (time.saturating_sub(1), times.min(time + 2));
            let skipped = (first + 1 - time) * channels;
            self.apply(&values[first * channels..end * channels], skipped, |value| all.push(value.map(|v| v.max(0.0))));
        }
        all
    }
}

struct Model {
    hann: [f32; SPECTRUM],
    circle: [(f32, f32); SPECTRUM / 2],
    layers: [Layer<8>; 4],
    /// From the convolutions to the sums of the LSTM's gates: input, forget, candidate, output.
    input: Layer<8>,
    /// From the previous hidden state to the same sums.
    recurrent: Layer<32>,
    output: Vec<f32>,
    output_bias: f32,
}

/// Reads the weights in the order in which `scripts/silero_weights.py` writes them.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let bytes: &[u8] = include_bytes!("silero/weights.bin");
    let numbers: Vec<f32> = bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    let mut left = numbers.as_slice();
    let mut take = |count| left.split_off(..count).unwrap_or_default();
    let angle = |i: usize| i as f64 * std::f64::consts::TAU / SPECTRUM as f64;
    Model {
        hann: std::array::from_fn(|i| (0.5 - 0.5 * angle(i).cos()) as f32),
        circle: std::array::from_fn(|i| (angle(i).cos() as f32, angle(i).sin() as f32)),
        layers: [(BINS, 128), (128, 64), (64, 64), (64, 128)]
            .map(|(inputs, outputs)| Layer::new(take(3 * inputs * outputs), outputs, take(outputs))),
        input: Layer::new(take(128 * 4 * CELLS), 4 * CELLS, take(4 * CELLS)),
        recurrent: Layer::new(take(CELLS * 4 * CELLS), 4 * CELLS, &[0.0; 4 * CELLS]),
        output: take(CELLS).to_vec(),
        output_bias: take(1)[0],
    }
});

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::audio::{self, Selection};

    /// Scores by onnxruntime 1.31.1 for every 17th window of `jfk.flac`, and for the last.
    const EXPECTED: [f32; 22] = [
        0.00167, 0.989361, 0.99627, 0.996793, 0.947156, 0.019279, 0.328179, 0.392932, 0.767227, 0.037025, 0.999492,
        0.999712, 0.999454, 0.99981, 0.427922, 0.078913, 0.999914, 0.999947, 0.999094, 0.989397, 0.074059, 0.638496,
    ];

    fn scores(sound: &[f32], block: usize) -> Vec<f32> {
        let mut silero = Silero::default();
        let mut scores: Vec<f32> = sound.chunks(block).flat_map(|samples| silero.push(samples)).collect();
        scores.extend(silero.finish());
        scores
    }

    #[test]
    fn scores_are_those_of_the_original() {
        let mut recording = audio::open("examples/recordings/jfk.flac".as_ref(), Selection::default()).unwrap();
        let mut sound = Vec::new();
        while let Some(samples) = recording.read().unwrap() {
            sound.extend_from_slice(&samples);
        }
        let scored = scores(&sound, 16_384);
        assert_eq!(scored.len(), 344);
        for (score, expected) in scored.iter().step_by(17).chain(scored.last()).zip(EXPECTED) {
            assert!((score - expected).abs() < 1e-4, "{score} instead of {expected}");
        }
        assert_eq!(scored, scores(&sound, 700), "the same to the last bit, whatever the block size");
    }

    #[test]
    fn complete_windows_leave_nothing_to_finish() {
        assert_eq!(scores(&[0.0; 2 * WINDOW], 1_000).len(), 2);
        assert_eq!(scores(&[], 1).len(), 0);
    }

    #[test]
    fn silence_that_is_skipped_scores_as_silence_and_leaves_the_place() {
        let (mut skipped, mut read) = (Silero::default(), Silero::default());
        for (silero, skips) in [(&mut skipped, true), (&mut read, false)] {
            silero.push(&[0.0; 40_000]);
            let scores = if skips { silero.skip_silence(70_001) } else { silero.push(&[0.0; 70_001]) };
            assert_eq!(scores.len(), 110_001 / WINDOW - 40_000 / WINDOW);
            assert!(scores.iter().all(|score| *score < 0.1), "{scores:?}");
        }
        assert_eq!(skipped.rest, read.rest);
    }
}
