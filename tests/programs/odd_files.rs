//! Files that were put together of several, or made by programs that few know: nothing of them is lost, and nothing is noise.

use std::fs;
use std::path::{Path, PathBuf};

use transcribe::audio::{self, Selection};

use crate::clocks::{Sound, set_edits};
use crate::sound::delay;
use crate::sound_samples::{all_of, from, read};

impl Sound {
    /// Several files as one.
    pub(crate) fn together(&self, parts: &[&Path], name: &str) -> PathBuf {
        let path = self.path(name);
        let bytes = parts.iter().flat_map(|part| fs::read(part).expect("a file"));
        fs::write(&path, bytes.collect::<Vec<_>>()).expect("room");
        path
    }

    /// Checks that the file has the recording so many times, one after the other, and gives its warnings.
    pub(crate) fn assert_times(&self, path: &Path, times: usize) -> Vec<String> {
        let (made, warnings) = all_of(audio::open(path, Selection::default()).expect("a recording"));
        let name = path.file_name().expect("a name").to_string_lossy();
        let length = made.len() as f64 / self.want.len() as f64;
        assert!((length - times as f64).abs() < 0.05, "{name}: {length} times as long");
        for time in 0..times {
            // Encoders fill up what they begin.
            let from = (made.len() / times * time).saturating_sub(1_600);
            let found = &made[from + 16_000..made.len().min(from + 80_000)];
            let late = delay(&self.want[16_000..64_000], found, 0);
            assert!(late.abs() <= 300, "{name}: the sound is not there the {time}. time, or {late} ms late");
        }
        warnings
    }
}

#[test]
fn mpeg_audio_may_go_on_in_another_form() {
    let sound = Sound::new();
    let make = |rate: &str, channels: &str| {
        sound.make(
            &["-i", "SOURCE", "-ar", rate, "-ac", channels, "-c:a", "libmp3lame"],
            &format!("{rate}-{channels}.mp3"),
        )
    };
    let [mono, stereo, slow] = [make("44100", "1"), make("44100", "2"), make("16000", "1")];
    for (name, parts) in
        [("channels.mp3", [&*mono, &*stereo]), ("rates.mp3", [&*stereo, &*slow]), ("back.mp3", [&*slow, &*mono])]
    {
        assert_eq!(sound.assert_times(&sound.together(&parts, name), 2), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_a_disk_put_into_a_file_of_floating_point_costs_no_more_than_its_place() {
    let sound = Sound::new();
    let path = sound.make(&["-i", "SOURCE", "-c:a", "pcm_f32le"], "sectors.wav");
    let mut bytes = fs::read(&path).expect("a file");
    let mut seed = 1_u32;
    let half = bytes.len() / 2;
    bytes[half..half + 8_192].fill_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    });
    fs::write(&path, bytes).expect("room");
    let warnings = sound.assert_times(&path, 1);
    assert!(warnings[0].contains("far too loud for sound"), "{warnings:?}");
    let (heard, _) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
    let peak = heard[..heard.len() / 3].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(peak > 0.1, "as loud as before: {peak}");
}

#[test]
fn what_was_appended_to_a_browsers_recording_is_read() {
    let sound = Sound::new();
    let whole = sound.make(&["-i", "SOURCE", "-c:a", "libopus"], "a.webm");
    let live = sound.make(&["-i", "SOURCE", "-c:a", "libopus", "-f", "webm", "-live", "1"], "b.webm");
    for (name, parts) in [
        ("whole.webm", [&*whole, &*whole, &*whole]),
        ("live.webm", [&*live, &*live, &*live]),
        ("both.webm", [&*live, &*whole, &*live]),
    ] {
        assert_eq!(sound.assert_times(&sound.together(&parts, name), 3), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_is_asked_for_in_a_later_stream_of_a_chain_is_found() {
    let sound = Sound::new();
    let make = |rate: &str, codec: &str, name: &str| sound.make(&["-i", "SOURCE", "-ar", rate, "-c:a", codec], name);
    for (name, parts) in [
        ("vorbis.ogg", [make("16000", "libvorbis", "a.ogg"), make("44100", "libvorbis", "b.ogg")]),
        ("opus.ogg", [make("48000", "libopus", "c.ogg"), make("48000", "libopus", "d.ogg")]),
    ] {
        let path = sound.together(&[&parts[0], &parts[1], &parts[0]], name);
        let (whole, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        assert_eq!(warnings, Vec::<String>::new(), "{name}");
        for start in [1_000, 11_900, 13_000, 30_000] {
            let (part, warnings) = all_of(audio::open(&path, from(start)).expect("a recording"));
            assert_eq!(warnings, Vec::<String>::new(), "{name} from {start} ms");
            let begin = start as usize * 16;
            assert!(part.len().abs_diff(whole.len() - begin) < 800, "{name} from {start} ms: {}", part.len());
            let late = delay(&whole[begin..], &part, 8_000);
            assert!(late.abs() <= 5, "{name} from {start} ms: {late} ms late");
        }
    }
}

#[test]
fn lost_frames_of_flac_are_told() {
    let sound = Sound::new();
    let path = sound.make(&["-i", "SOURCE"], "lost.flac");
    let mut bytes = fs::read(&path).expect("a file");
    let (from, count) = (bytes.len() / 2, bytes.len() / 20);
    bytes[from..from + count].fill(0);
    fs::write(&path, bytes).expect("room");
    let warnings = sound.assert_times(&path, 1);
    assert!(warnings.len() == 1 && warnings[0].contains("a damaged packet was skipped"), "{warnings:?}");
}

/// ffmpeg drops what comes before its clock.
#[test]
fn a_clock_that_begins_again_loses_nothing_that_ffmpeg_decodes() {
    let sound = Sound::new();
    let part = sound.make(&["-i", "SOURCE", "-c:a", "ac3"], "a.mka");
    assert_eq!(sound.assert_times(&part, 1), Vec::<String>::new());
    let warnings = sound.assert_times(&sound.together(&[&part, &part], "b.mka"), 2);
    assert!(warnings.len() == 1 && warnings[0].contains("the times in the file jump"), "{warnings:?}");
}

#[test]
fn numbers_are_read_from_the_side_on_which_they_begin() {
    let sound = Sound::new();
    for codec in ["s16be", "s24be", "s32be", "f32be", "f64be", "s24le", "s32le", "f32le", "f64le"] {
        let path = sound.make(&["-i", "SOURCE", "-c:a", &format!("pcm_{codec}")], &format!("{codec}.mov"));
        assert_eq!(sound.assert_times(&path, 1), Vec::<String>::new(), "{codec}");
    }
}

#[test]
fn edits_count_whatever_comes_first_in_the_file() {
    let sound = Sound::new();
    let path = sound.make(&["-i", "SOURCE", "-c:a", "alac", "-ar", "16000"], "cut.m4a");
    set_edits(&path, &[(6_000, 4 * 16_000, 1)]);
    // An empty box follows the type of the file: the other way round, all the rest stays where it is.
    let mut bytes = fs::read(&path).expect("a file");
    let type_size = u32::from_be_bytes(bytes[..4].try_into().expect("four")) as usize;
    assert_eq!(bytes[type_size..type_size + 8], *b"\0\0\0\x08free");
    bytes[..type_size + 8].rotate_left(type_size);
    fs::write(&path, bytes).expect("room");
    let made = read(&path, Selection::default());
    assert_eq!(made.len() / 16, 6_000);
    sound.assert_at(&made, 0.0, 4.0, 0.0, "free first");
}
