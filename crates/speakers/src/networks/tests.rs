//! The networks against the answers of an independent implementation in PyTorch, which lie outside of the repository.

use super::*;
use crate::segmentation::{CLASSES, FRAMES, WINDOW, Window};
use crate::testing::{distance, networks, phone, shared};

/// The 32-bit floats of a NumPy file.
fn npy(path: &Path) -> Vec<f32> {
    let content = fs::read(path).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([content[8], content[9]]));
    assert!(String::from_utf8_lossy(&content[..header]).contains("'<f4', 'fortran_order': False"));
    let (values, _) = content[header..].as_chunks();
    values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn both_networks_answer_as_in_pytorch() {
    let Some(folder) = shared("speakers/reference") else { return };
    let samples = crate::testing::samples(&shared("multi-ami-pyannote/tst00.wav").unwrap());
    let networks = networks();

    let segmentation = &networks.segmentation;
    let samples = &samples[..WINDOW];
    let filtered = segmentation.filters().apply(samples);
    let answer = segmentation.apply(&[Window { samples, filtered: &filtered }; 3]);
    let wanted = npy(&folder.join("seg_tst00_0-10s_logprob_589x7.npy"));
    assert_eq!(wanted.len(), FRAMES * CLASSES);
    for answer in answer {
        let far = distance(&answer, &wanted);
        assert!(far < 1e-3, "{far}");
    }

    let frames = networks.embedding.fbank().apply(&samples[..48_000]);
    let far = distance(&frames, &npy(&folder.join("fbank_tst00_0-3s.npy")));
    assert!(far < 1e-3, "{far}");
    // The answer is that of an implementation which cuts off at 0 in the end, where 3D-Speaker's own code does not.
    let vector = networks.embedding.unscaled(&samples[..48_000]).unwrap().map(|value| value.max(0.0));
    let far = distance(&vector, &npy(&folder.join("campp_tst00_0-3s_192.npy")));
    assert!(far < 1e-3, "{far}");
}

/// Frames 50, 250 and 450 of the first window.
const FRAMES_OF_PHONE: [f32; 21] = [
    -7.957065, -9.046371, -0.00398, -5.792048, -9.909123, -13.105917, -7.823628, -8.890169, -10.182166, -0.001732,
    -6.596126, -11.001996, -15.184736, -8.66815, -9.328751, -10.924068, -0.001426, -7.270865, -9.894295, -14.396182,
    -7.466734,
];

/// The beginning of the vector of the first three seconds.
const VECTOR_OF_PHONE: [f32; 8] = [0.312685, -0.502478, 0.456968, -0.544968, -0.231419, -0.301061, -0.678585, -0.02926];

/// The same code whose answers equal those of PyTorch gave these for a recording of the repository.
#[test]
fn both_networks_answer_as_they_did() {
    let samples = &phone()[..WINDOW];
    let networks = networks();
    let filtered = networks.segmentation.filters().apply(samples);
    let answer = networks.segmentation.apply(&[Window { samples, filtered: &filtered }]).remove(0);
    let frames = [50, 250, 450].map(|frame| answer[frame * CLASSES..][..CLASSES].to_vec()).concat();
    let vector = networks.embedding.unscaled(&samples[..48_000]).unwrap();
    assert!(distance(&frames, &FRAMES_OF_PHONE) < 3e-3, "{frames:?}");
    assert!(distance(&vector[..8], &VECTOR_OF_PHONE) < 3e-3, "{:?}", &vector[..8]);
}
