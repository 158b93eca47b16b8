//! Files that were put together of several, or made by programs that few know: nothing of them is lost, and nothing is noise.

use std::fs;
use std::path::{Path, PathBuf};

use transcribe::audio::{self, Selection};

use crate::ffmpeg::ffmpeg_with as ffmpeg;
use crate::sound::delay;
use crate::sound_samples::{all_of, bursts, read, write_wav};

/// A folder with 6 s of bursts as `source.wav`.
struct Files {
    folder: tempfile::TempDir,
    want: Vec<f32>,
}

impl Files {
    fn new() -> Files {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("source.wav");
        write_wav(&source, &bursts(6.0));
        let want = read(&source, Selection::default());
        Files { folder, want }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The recording as ffmpeg writes it with these arguments.
    fn make(&self, arguments: &[&str], name: &str) -> PathBuf {
        let (source, path) = (self.path("source.wav"), self.path(name));
        let ends = [&["-i", source.to_str().expect("UTF-8")], arguments, &[path.to_str().expect("UTF-8")]].concat();
        ffmpeg(&ends);
        path
    }

    /// Several files as one.
    fn together(&self, parts: &[&Path], name: &str) -> PathBuf {
        let path = self.path(name);
        let bytes = parts.iter().flat_map(|part| fs::read(part).expect("a file"));
        fs::write(&path, bytes.collect::<Vec<_>>()).expect("room");
        path
    }

    /// Checks that the file has the recording so many times, one after the other, and gives its warnings.
    fn assert_times(&self, path: &Path, times: usize) -> Vec<String> {
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
    let files = Files::new();
    let make = |rate: &str, channels: &str| {
        files.make(&["-ar", rate, "-ac", channels, "-c:a", "libmp3lame"], &format!("{rate}-{channels}.mp3"))
    };
    let [mono, stereo, slow] = [make("44100", "1"), make("44100", "2"), make("16000", "1")];
    for (name, parts) in
        [("channels.mp3", [&*mono, &*stereo]), ("rates.mp3", [&*stereo, &*slow]), ("back.mp3", [&*slow, &*mono])]
    {
        assert_eq!(files.assert_times(&files.together(&parts, name), 2), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_was_appended_to_a_browsers_recording_is_read() {
    let files = Files::new();
    let whole = files.make(&["-c:a", "libopus"], "a.webm");
    let live = files.make(&["-c:a", "libopus", "-f", "webm", "-live", "1"], "b.webm");
    for (name, parts) in [
        ("whole.webm", [&*whole, &*whole, &*whole]),
        ("live.webm", [&*live, &*live, &*live]),
        ("both.webm", [&*live, &*whole, &*live]),
    ] {
        assert_eq!(files.assert_times(&files.together(&parts, name), 3), Vec::<String>::new(), "{name}");
    }
}

/// ffmpeg drops what comes before its clock.
#[test]
fn a_clock_that_begins_again_loses_nothing_that_ffmpeg_decodes() {
    let files = Files::new();
    let part = files.make(&["-c:a", "ac3"], "a.mka");
    assert_eq!(files.assert_times(&part, 1), Vec::<String>::new());
    let warnings = files.assert_times(&files.together(&[&part, &part], "b.mka"), 2);
    assert!(warnings.len() == 1 && warnings[0].contains("the times in the file jump"), "{warnings:?}");
}

#[test]
fn numbers_are_read_from_the_side_on_which_they_begin() {
    let files = Files::new();
    for codec in ["s16be", "s24be", "s32be", "f32be", "f64be", "s24le", "s32le", "f32le", "f64le"] {
        let path = files.make(&["-c:a", &format!("pcm_{codec}")], &format!("{codec}.mov"));
        assert_eq!(files.assert_times(&path, 1), Vec::<String>::new(), "{codec}");
    }
}

#[test]
fn edits_count_whatever_comes_first_in_the_file() {
    let files = Files::new();
    // The seek of a copy becomes an edit list.
    let whole = files.make(&["-c:a", "aac"], "whole.m4a");
    let cut = files.path("cut.mp4");
    let arguments = ["-ss", "2", "-i", whole.to_str().expect("UTF-8"), "-c", "copy", cut.to_str().expect("UTF-8")];
    ffmpeg(&arguments);
    let want = read(&cut, Selection::default());
    let free = files.path("free.mp4");
    fs::write(&free, [&b"\0\0\0\x08free"[..], &fs::read(&cut).expect("a file")].concat()).expect("room");
    let made = read(&free, Selection::default());
    assert!(want.len().abs_diff(made.len()) < 16, "{} and {}", want.len(), made.len());
}

/// A note of iTunes that is of another file, or was written before this one was cut, takes nothing away.
#[test]
fn a_note_of_the_length_that_does_not_fit_is_not_believed() {
    let files = Files::new();
    for (name, delay, padding, length) in [
        ("short.m4a", "00000840", "00000064", "000000000000AC44"),
        ("huge.m4a", "FFFFFFFF", "00000000", "0000000000000001"),
        ("late.m4a", "00015888", "00000000", "0000000000030000"),
    ] {
        let note = format!("iTunSMPB= 00000000 {delay} {padding} {length} 00000000");
        let path = files
            .make(&["-c:a", "aac", "-use_editlist", "0", "-movflags", "use_metadata_tags", "-metadata", &note], name);
        files.assert_times(&path, 1);
    }
}
