use super::*;
use crate::audio::{self, Selection};

fn noise(count: usize) -> Samples {
    let mut seed = 1_u32;
    let mut smooth = 0.0;
    Samples::from_mono_16k(
        (0..count)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                smooth += 0.3 * ((seed >> 8) as f32 / 8_388_608.0 - 1.0 - smooth);
                (smooth * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0
            })
            .collect(),
    )
}

fn read(paths: &[PathBuf]) -> Vec<f32> {
    let mut recording = audio::join(paths, Selection::default()).expect("a recording");
    let mut all = Vec::new();
    while let Some(samples) = recording.read().expect("sound") {
        all.extend_from_slice(&samples);
    }
    assert_eq!(recording.take_warnings(), []);
    all
}

#[test]
fn what_is_saved_comes_back_to_the_last_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    // Also a last frame of one sample, and files without any.
    for count in [0, 1, 5, 31, 4_096, 4_097, 50_000] {
        for ending in ["wav", "FLAC"] {
            let path = folder.path().join(format!("{count}.{ending}"));
            let sound = noise(count);
            let mut saver = Saver::create(&path).expect("a new file");
            for piece in sound.chunks(777) {
                saver.write(&Samples::from_mono_16k(piece.to_vec())).expect("room");
            }
            assert_eq!(saver.finish().expect("room"), [path.as_path()]);
            if count > 0 {
                assert!(read(&[path]) == *sound, "{count} {ending}");
            }
        }
    }
}

#[test]
fn samples_are_rounded_not_cut() {
    assert_eq!([0.0, 1.0, -1.0, 0.6 / 32_768.0, -0.6 / 32_768.0].map(rounded), [0, 32_767, -32_768, 1, -1]);
}

#[test]
fn a_full_wav_goes_on_in_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a-2.wav"), "mine").expect("room");
    let sound = noise(40_000);
    let mut saver = Saver::with_limit(&path("a.wav"), 16_000).expect("a new file");
    for piece in sound.chunks(5_000) {
        saver.write(&Samples::from_mono_16k(piece.to_vec())).expect("room");
    }
    assert_eq!(saver.paths(), [path("a.wav"), path("a-3.wav"), path("a-4.wav")]);
    let paths = saver.finish().expect("room");
    assert!(read(&paths) == *sound);
    assert_eq!(std::fs::read(path("a-2.wav")).expect("it is there"), b"mine");
}

/// Processor time of this thread; a busy machine does not change it.
#[cfg(unix)]
fn processor_time() -> i64 {
    rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).tv_sec
}

#[test]
fn silence_of_hours_costs_little() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.flac");
    #[cfg(unix)]
    let begin = processor_time();
    let mut saver = Saver::create(&path).expect("a new file");
    saver.write(&noise(1_000)).expect("room");
    saver.silence(Millis(2 * 3_600_000)).expect("room");
    saver.finish().expect("room");
    #[cfg(unix)]
    assert!(processor_time() - begin < 10);
    assert!(std::fs::metadata(&path).expect("it is there").len() < 2_000_000);
}

#[test]
fn no_file_is_replaced_and_other_endings_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str| Saver::create(&folder.path().join(name)).err().expect("refused");
    std::fs::write(folder.path().join("a.wav"), "mine").expect("room");
    assert!(matches!(refused("a.wav"), Error::Exists { .. }));
    assert!(refused("a.mp3").to_string().ends_with("a.mp3`: sound can be saved as `.wav` or `.flac`"));
    assert!(matches!(refused("none/a.wav"), Error::Write { .. }));
    assert!(!folder.path().join("a.mp3").exists());
}
