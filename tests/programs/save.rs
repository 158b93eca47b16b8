//! What was heard is on disk, whatever happens to the process or the disk.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use transcribe::Samples;
use transcribe::audio::{self, Saver, Selection};
use transcribe::wording::{self, Language};

use crate::disk::on_small_disk;
use crate::ffmpeg::ffmpeg;
use crate::run::Place;
use crate::running::Running;

/// The file that the child writes to.
const TASK: &str = "TRANSCRIBE_TEST_SAVE";
const SECOND: usize = 16_000;

/// Sound that is the same each time, without an end.
fn noise() -> impl Iterator<Item = f32> {
    let (mut seed, mut smooth) = (1_u32, 0.0);
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        smooth += 0.2 * ((seed >> 8) as f32 / 8_388_608.0 - 1.0 - smooth);
        (smooth * 32_768.0_f32).round() / 32_768.0
    })
}

/// Saves noise until it is killed, or as much as there is room for, and says how many samples it has saved.
#[test]
#[ignore = "the other tests run it"]
fn child() {
    let Ok(path) = std::env::var(TASK) else { return };
    let mut saver = Saver::create(path.as_ref()).unwrap();
    let mut written = 0;
    let mut noise = noise();
    loop {
        let piece: Vec<f32> = noise.by_ref().take(1_600).collect();
        if let Err(error) = saver.write(&Samples::from_mono_16k(piece.clone())) {
            println!("\n@error {error}");
            // It stays so.
            assert!(saver.write(&Samples::from_mono_16k(piece)).is_err());
            assert!(saver.finish().is_err());
            return;
        }
        written += piece.len();
        println!("\n@{written}");
        std::io::stdout().flush().unwrap();
    }
}

fn command(place: &Place) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "save::child", "--ignored", "--nocapture"]).current_dir(place.path(""));
    command
}

/// What we and ffmpeg find in a file that was ended in order: the beginning of the noise. Gives its length in samples.
fn checked(place: &Place, name: &str) -> usize {
    let (ours, theirs, warnings) = read(place, name);
    assert_eq!(warnings, [""; 0], "{name}");
    assert_eq!(ours, theirs, "{name}: samples of ours, of ffmpeg");
    ours
}

/// What we and ffmpeg find in a file, in samples, and what we say of it. Both are the beginning of the noise.
fn read(place: &Place, name: &str) -> (usize, usize, Vec<String>) {
    let mut recording = audio::open(&place.path(name), Selection::default()).unwrap();
    let mut ours = Vec::new();
    while let Some(samples) = recording.read().unwrap() {
        ours.extend_from_slice(&samples);
    }
    let warnings: Vec<String> =
        recording.take_warnings().into_iter().map(|w| wording::warning(&w, Language::English)).collect();
    ffmpeg(place, &format!("-xerror -i {name} -f s16le raw"));
    let theirs: Vec<f32> = fs::read(place.path("raw"))
        .unwrap()
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes(b.try_into().unwrap())) / 32_768.0)
        .collect();
    assert!(ours.iter().copied().eq(noise().take(ours.len())), "{name}: another sound");
    assert!(theirs.iter().copied().eq(noise().take(theirs.len())), "{name}: another sound by ffmpeg");
    (ours.len(), theirs.len(), warnings)
}

#[test]
fn a_kill_loses_a_second_at_most() {
    for name in ["killed.wav", "killed.flac"] {
        let place = Place::new();
        let mut child = Running::start(command(&place).env(TASK, name));
        let count = |line: &str| line.strip_prefix('@').and_then(|count| count.parse::<usize>().ok());
        (0..).map(|n| child.printed(n)).find(|line| count(line) >= Some(10 * SECOND + SECOND / 2)).unwrap();
        let output = child.kill();
        let written = String::from_utf8_lossy(&output.stdout).lines().filter_map(count).next_back().unwrap();
        let (found, by_ffmpeg, warnings) = read(&place, name);
        println!("{name}: {found} of {written}, {by_ffmpeg} by ffmpeg, {warnings:?}");
        for count in [found, by_ffmpeg] {
            assert!(count + SECOND + 1_600 >= written && count <= written + 2 * SECOND, "{name}: {count} of {written}");
        }
        // Between two updates of the header of a WAV, more sound is in the file than the header says. We read it all.
        assert!(found >= by_ffmpeg, "{name}: {found}, {by_ffmpeg} by ffmpeg");
        let old = "the header of the file is damaged; its sizes were taken from the file";
        assert_eq!(warnings, vec![old; usize::from(found > by_ffmpeg)], "{name}");
    }
}

#[test]
fn a_full_disk_leaves_what_was_there_before() {
    for name in ["full.wav", "full.flac"] {
        let place = Place::new();
        let script = format!("{TASK}=disk/{name} \"$0\" \"$@\" && cp disk/{name} .");
        let done = on_small_disk(&place, 256, &script, &command(&place)).ok();
        let told: Vec<&str> = done.stdout.lines().filter_map(|line| line.strip_prefix('@')).collect();
        let error = format!("error cannot write `disk/{name}`: no space left on device");
        assert_eq!(told.last(), Some(&error.as_str()));
        let written: usize = told[told.len() - 2].parse().unwrap();
        let found = checked(&place, name);
        println!("{name}: {found} of {written}");
        assert!(found + SECOND + 1_600 >= written, "{name}: {found} of {written}");
    }
}

#[test]
fn a_finished_file_tells_its_length_and_checksum() {
    let place = Place::new();
    for name in ["whole.wav", "whole.flac"] {
        let mut saver = Saver::create(&place.path(name)).unwrap();
        let noise: Vec<f32> = noise().take(5 * SECOND + 77).collect();
        noise.chunks(999).for_each(|s| saver.write(&Samples::from_mono_16k(s.to_vec())).unwrap());
        saver.finish().unwrap();
        assert_eq!(
            audio::open(&place.path(name), Selection::default()).unwrap().length(),
            Some(transcribe::Millis(5_004))
        );
        assert_eq!(checked(&place, name), 5 * SECOND + 77);
    }
    // 26 bytes in, RFC 9639 has the MD5 of the samples; ffmpeg gives the same of what it decodes.
    ffmpeg(&place, "-i whole.flac -f md5 -c:a pcm_s16le sum");
    let sum = place.read("sum");
    let bytes = fs::read(place.path("whole.flac")).unwrap();
    let told: String = bytes[26..42].iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(sum.trim(), format!("MD5={told}"));
}
