//! What comes through pipes, and what must not.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::gate::{Gate, named_pipe};
use crate::recordings::{four_turns, warnings};
use crate::run::{Place, SECRET, done, says, talk};
use crate::running::Running;

/// All files in a folder and the folders in it, sorted.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(all_files(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    files
}

/// Not even for a moment, and not in the user's own folders. Other systems than Linux have no files without names.
#[cfg(target_os = "linux")]
#[test]
fn to_standard_output_only_no_file_is_written() {
    let place = Place::new();
    talk(&place, "talk.wav", 2);
    place.script("script.json", &says(&[(500, 2_000)]));
    for input in ["talk.wav", "-", "/dev/stdin"] {
        let mut gate = Gate::at(&place, [0]);
        let before = all_files(&place.path(""));
        let mut command = place.command(&format!("-q --scripted script.json --stdout txt {input}"));
        let running = Running::start(command.stdin(File::open(place.path("talk.wav")).unwrap()));
        gate.reached();
        assert_eq!(all_files(&place.path("")), before, "{input}");
        drop(gate);
        let done = running.done().ok();
        assert!(done.stdout.contains(SECRET), "{input}: {}", done.stdout);
        assert_eq!(all_files(&place.path("")), before, "{input}");
    }
}

/// The samples of a second of speech and more, as a WAV whose sizes the writer did not know.
fn endless_wav(place: &Place, rate_factor: u32, size: u32) -> Vec<u8> {
    let reader = hound::WavReader::open(place.path("talk.wav")).unwrap();
    let samples: Vec<i16> = reader.into_samples::<i16>().map(Result::unwrap).collect();
    let rate = 16_000 * rate_factor;
    let mut bytes = [&b"RIFF"[..], &size.to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    bytes.extend([1_u16, 2].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend([rate, rate * 4].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend([4_u16, 16].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend([&b"data"[..], &size.to_le_bytes()].concat());
    // Each sample as often as the rate is higher, and on both channels.
    for sample in samples {
        (0..2 * rate_factor).for_each(|_| bytes.extend(sample.to_le_bytes()));
    }
    bytes
}

/// In a session as in a batch.
#[test]
fn a_live_session_tells_what_was_wrong_with_the_sound() {
    let place = four_turns();
    let mut bytes = endless_wav(&place, 1, u32::MAX);
    for frame in bytes[44..].as_chunks_mut::<4>().0 {
        let [a, b, ..] = *frame;
        frame[2..].copy_from_slice(&i16::from_le_bytes([a, b]).saturating_neg().to_le_bytes());
    }
    let size = (bytes.len() as u32 - 44).to_le_bytes();
    bytes[40..44].copy_from_slice(&size);
    place.write("opposite.wav", bytes);
    for input in ["-", "opposite.wav"] {
        let arguments = format!("live --scripted script.json --input {input} --speed 0 --name talk --overwrite");
        let arguments = if input == "-" { arguments.replace("--speed 0 ", "") } else { arguments };
        let mut command = place.command(&arguments);
        let done = done(command.stdin(File::open(place.path("opposite.wav")).unwrap())).ok();
        let told =
            "the channels have opposite phase; their signs were aligned, so that they don't cancel each other out";
        assert_eq!(warnings(&place.json("talk.json")), [told], "{input}");
        assert!(done.stderr.contains(told), "{}", done.stderr);
    }
}

/// As `ffmpeg`, `sox` and `arecord` write it to a pipe.
#[test]
fn a_wav_from_standard_input_is_heard_live_as_its_header_says() {
    let place = four_turns();
    for size in [0, u32::MAX, 0x7fff_ffff] {
        place.write("sound", endless_wav(&place, 3, size));
        let mut command = place.command("live -q --scripted script.json --input - --name talk --overwrite");
        let done = done(command.stdin(File::open(place.path("sound")).unwrap())).ok();
        assert_eq!(done.stdout, crate::recordings::lines(0..4), "{size}");
        assert_eq!(place.json("talk.json")["duration"], 24.0, "{size}");
    }
    let files = place.files("");
    let rate_of_1 =
        [&b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x01\0\0\0\x02\0\0\0\x02\0\x10\0data"[..], &[0xff; 4]].concat();
    for (sound, reason) in [
        (&b"RIFF\0\0\0\0WAVEjunk"[..], "its header is cut off"),
        (&rate_of_1, "a sample rate of 1 Hz; only 4 to 768 kHz can be read"),
        (&endless_wav(&place, 1, 0)[..44], "no sound came"),
        (b"", "no sound came"),
    ] {
        place.write("sound", sound);
        let mut command = place.command("live --scripted script.json --input - --name broken --save-audio a.wav");
        let done = done(command.stdin(File::open(place.path("sound")).unwrap()));
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        assert!(done.stderr.ends_with(&format!("error: cannot decode `-`: {reason}\n")), "{}", done.stderr);
        assert_eq!(place.files(""), files, "{reason}");
    }
}

#[test]
fn a_copy_of_standard_input_ends_at_the_first_ctrl_c() {
    for arguments in ["-o out -", "--stdout txt -"] {
        let place = Place::new();
        fs::create_dir(place.path("out")).unwrap();
        let mut command = place.command(&format!("--scripted script.json {arguments}"));
        let (input, mut end) = std::io::pipe().unwrap();
        let running = Running::start(command.stdin(input));
        // More than a pipe holds: when it is written, the program reads.
        end.write_all(&[0; 1_000_000]).unwrap();
        running.signal(Signal::INT);
        let done = running.done();
        assert_eq!(done.code, Some(130), "{arguments}: {}", done.stderr);
        assert_eq!(place.files("out"), Vec::<String>::new(), "{arguments}");
        drop(end);
    }
}

#[test]
fn pipes_are_refused_at_once() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    talk(&place, "in/a.wav", 1);
    named_pipe(&place.path("in/pipe.wav"));
    insta::assert_snapshot!(place.scripted("in/pipe.wav").told(), @r"
    exit 1
    error: cannot read `in/pipe.wav`: it is a pipe or a device, not a file
    hint: what comes through a pipe is read from standard input: `… | transcribe -`
    ");
    place.scripted("-f json -o made in/a.wav").ok();
    for arguments in [
        "--scripted script.json --join in/a.wav in/pipe.wav",
        "live --scripted script.json --input in/pipe.wav",
        "import --recording in/pipe.wav -o imported made/a.json",
        "export -f txt in/pipe.wav",
        "apply in/pipe.wav script.json",
        "-m in/pipe.wav in/a.wav",
        "--scripted script.json --glossary in/pipe.wav in/a.wav",
        "--scripted script.json /dev/zero",
    ] {
        let done = place.run(arguments);
        assert!(done.stderr.contains("it is a pipe or a device"), "{arguments}: {}", done.stderr);
        assert!(matches!(done.code, Some(1 | 2)), "{arguments}: {:?}", done.code);
    }
    // Where a transcript should go, too.
    named_pipe(&place.path("in/a.json"));
    let done = place.scripted("--overwrite in/a.wav");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("cannot write `in/a.json`: it is a pipe or a device"), "{}", done.stderr);
    let batch = place.run("batch --scripted script.json --overwrite -o out in").ok();
    assert!(batch.stderr.contains("passed over, as no recordings: 2 pipes or devices"), "{}", batch.stderr);
    assert!(place.path("out/a.json").is_file());
}
