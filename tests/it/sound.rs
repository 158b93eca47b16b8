//! The parts of a recording are read as one.

use transcribe::Millis;
use transcribe::audio::{self, Selection};

use crate::sound_samples::{all_of, bursts, from, joined, read, three_parts, write_wav, write_wav_at};

/// Not a whole number of milliseconds, nor of packets.
const ODD: [usize; 2] = [80_005, 70_009];

#[test]
fn parts_are_one_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.wav");
    let sound = &bursts(6.0)[..240_000];
    write_wav_at(16_000, &whole, sound);
    let paths = three_parts(folder.path(), sound, ODD);
    let want = read(&whole, Selection::default());
    let mut recording = audio::join(&paths, Selection::default()).expect("a recording");
    // Each part is 5,000.3 ms and the like, and the container tells whole ones.
    assert!((14_998..=15_000).contains(&recording.length().expect("a length").0), "{:?}", recording.length());
    assert!(!recording.is_by_ffmpeg() && !recording.is_part());
    let mut count = 0;
    while let Some(samples) = recording.read().expect("sound") {
        assert!(*samples == want[count..count + samples.len()], "from sample {count}");
        count += samples.len();
        assert_eq!(recording.position(), Millis(count as u64 / 16));
    }
    assert_eq!(count, want.len());
    assert_eq!(recording.take_warnings(), []);
    // Of one file, it is that file; of none, nothing.
    assert!(joined(&[whole], Selection::default()).0 == want);
    assert_eq!(joined(&[], Selection::default()), (vec![], vec![]));
}

#[test]
fn times_of_a_joined_recording_count_from_its_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = &bursts(6.0)[..240_000];
    let paths = three_parts(folder.path(), sound, ODD);
    let want = joined(&paths, Selection::default()).0;
    for from in [1, 4_321, 4_999, 5_000, 5_001, 5_900, 7_777, 9_375, 9_376, 9_377, 14_000, 14_990] {
        for to in [None, Some(from + 20), Some(from + 3_000), Some(99_000)] {
            let part = Selection { from: Millis(from), to: to.map(Millis), ..Selection::default() };
            let mut recording = audio::join(&paths, part).expect("a recording");
            let first = recording.read().expect("sound").expect("some");
            assert_eq!(recording.position() - first.duration(), Millis(from), "to {to:?}");
            let rest = all_of(recording);
            let end = want.len().min(to.map_or(usize::MAX, |to| to as usize * 16));
            assert!([&*first, &rest.0].concat() == want[from as usize * 16..end], "{from} to {to:?}");
            assert_eq!(rest.1, [""; 0], "{from} to {to:?}");
        }
    }
    let error = audio::join(&paths, from(15_000)).err().expect("no sound there").to_string();
    assert!(error.contains("b_2.wav`: it ends at 0:00:14, before the start"), "{error}");
}

#[test]
fn a_part_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = three_parts(folder.path(), &bursts(1.0), [10_000, 10_000]);
    let refused = || audio::join(&paths, Selection::default()).err().expect("a part is missing").to_string();
    std::fs::write(&paths[1], "no sound at all").expect("room");
    assert!(refused().contains("cannot decode `") && refused().contains("b_1.wav`: "), "{}", refused());
    std::fs::remove_file(&paths[1]).expect("it is there");
    assert!(refused().contains("cannot read `") && refused().contains("b_1.wav`: "), "{}", refused());
}

#[test]
fn a_part_that_goes_while_others_are_read_ends_the_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = &bursts(6.0)[..240_000];
    let paths = three_parts(folder.path(), sound, ODD);
    let alone = read(&paths[0], Selection::default());
    let mut recording = audio::join(&paths, Selection::default()).expect("a recording");
    std::fs::remove_file(&paths[1]).expect("it is there");
    let mut heard = Vec::new();
    let error = loop {
        match recording.read() {
            Ok(Some(samples)) => heard.extend_from_slice(&samples),
            Ok(None) => panic!("nobody said that a part is missing"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(heard == alone);
    assert!(error.starts_with("cannot read `") && error.contains("b_1.wav`: "), "{error}");
}

#[test]
fn warnings_of_one_file_do_not_name_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.wav");
    write_wav(&path, &bursts(1.0));
    let bytes = std::fs::read(&path).expect("a file");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("room");
    assert_eq!(joined(&[path], Selection::default()).1, ["the file is cut off: its end is missing"]);
}
