//! Sound of a known pattern, and what the library reads of it.

use std::path::{Path, PathBuf};

use transcribe::Millis;
use transcribe::audio::{self, Recording, Selection};
use transcribe::wording::{self, Language};

const RATE: u32 = 44_100;

/// Noise bursts of a known pattern: wherever a piece of it is, its place can be found.
pub(crate) fn bursts(seconds: f64) -> Vec<f32> {
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut smooth = 0.0;
    let count = (f64::from(RATE) * seconds) as usize;
    (0..count)
        .map(|i| {
            let time = i as f64 / f64::from(RATE);
            let loud = (time * 3.1).sin() * (time * 1.37).cos() > 0.0;
            smooth += 0.2 * (noise() - smooth);
            if loud { smooth * 0.8 } else { 0.0 }
        })
        .collect()
}

pub(crate) fn write_wav(path: &Path, samples: &[f32]) {
    write_wav_at(RATE, path, samples);
}

pub(crate) fn write_wav_at(sample_rate: u32, path: &Path, samples: &[f32]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("a new file");
    samples.iter().for_each(|s| file.write_sample((s * 32_000.0) as i16).expect("room"));
    file.finalize().expect("room");
}

pub(crate) fn read(path: &Path, part: Selection) -> Vec<f32> {
    all_of(audio::open(path, part).expect("a recording")).0
}

/// What is left to read, and the warnings as `seconds message`.
pub(crate) fn all_of(mut recording: Recording) -> (Vec<f32>, Vec<String>) {
    let mut all = Vec::new();
    let mut warnings = recording.take_warnings();
    while let Some(samples) = recording.read().expect("sound") {
        all.extend_from_slice(&samples);
        assert!(!recording.is_ended(), "ends before it says so");
        warnings.extend(recording.take_warnings());
    }
    assert!(recording.is_ended());
    warnings.extend(recording.take_warnings());
    let at = |at: Option<Millis>| at.map(|at| format!("{} ", at.seconds())).unwrap_or_default();
    (all, warnings.into_iter().map(|w| format!("{}{}", at(w.at), wording::warning(&w, Language::English))).collect())
}

pub(crate) fn joined(paths: &[PathBuf], part: Selection) -> (Vec<f32>, Vec<String>) {
    all_of(audio::join(paths, part).expect("a recording"))
}

pub(crate) fn from(from: u64) -> Selection {
    Selection { from: Millis(from), ..Selection::default() }
}

/// `samples` at 16 kHz in three files, and these numbers of samples in the first two.
pub(crate) fn three_parts(folder: &Path, samples: &[f32], [first, second]: [usize; 2]) -> [PathBuf; 3] {
    let cut = [0, first, first + second, samples.len()];
    [0, 1, 2].map(|n| {
        let path = folder.join(format!("b_{n}.wav"));
        write_wav_at(16_000, &path, &samples[cut[n]..cut[n + 1]]);
        path
    })
}
