//! What the tests share.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::Networks;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file or folder of recordings that are not part of the repository; `None` where there are none.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/testdata").join(name);
    path.exists().then_some(path)
}

/// The networks that set-up has installed.
pub(crate) fn networks() -> &'static Networks {
    static NETWORKS: OnceLock<Networks> = OnceLock::new();
    NETWORKS.get_or_init(|| {
        let folder = std::env::var_os("TRANSCRIBE_MODELS").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| {
            let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
            let home = || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".local/share");
            data.unwrap_or_else(home).join("transcribe/models")
        });
        let path = folder.join(crate::convert::FILE);
        Networks::open(&path).unwrap_or_else(|error| panic!("{error}: `make model` gets it"))
    })
}

/// The samples of a WAV file of 16 kHz, mono.
pub(crate) fn samples(path: &Path) -> Vec<f32> {
    let mut file = hound::WavReader::open(path).unwrap();
    let spec = file.spec();
    assert_eq!((spec.sample_rate, spec.channels), (16_000, 1), "{}", path.display());
    match spec.sample_format {
        hound::SampleFormat::Float => file.samples().map(Result::unwrap).collect(),
        hound::SampleFormat::Int => file.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32768.0).collect(),
    }
}

/// The largest difference.
pub(crate) fn distance(ours: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(ours.len(), wanted.len());
    ours.iter().zip(wanted).fold(0.0f32, |most, (one, other)| most.max((one - other).abs()))
}

/// A woman on the telephone, in Spanish: a recording of the repository, with twice the samples that it has.
pub(crate) fn phone() -> Vec<f32> {
    let mut file = hound::WavReader::open(root().join("examples/recordings/phone-es.wav")).unwrap();
    assert_eq!((file.spec().sample_rate, file.spec().channels), (8000, 1));
    let samples: Vec<f32> = file.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32768.0).collect();
    faster(&samples, 0.5)
}

/// The same with another speed and pitch.
pub(crate) fn faster(samples: &[f32], speed: f64) -> Vec<f32> {
    let count = ((samples.len() - 1) as f64 / speed) as usize;
    let sample = |at: usize| {
        let place = at as f64 * speed;
        let (before, share) = (place as usize, place.fract() as f32);
        samples[before] * (1.0 - share) + samples[before + 1] * share
    };
    (0..count).map(sample).collect()
}
