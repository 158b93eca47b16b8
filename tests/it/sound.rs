//! Sound comes in whole and at the right time, whatever it is wrapped in.

use std::path::{Path, PathBuf};
use std::process::Command;
use transcribe::Millis;
use transcribe::audio::{self, Part};

const RATE: u32 = 44_100;

/// Noise bursts of a known pattern: wherever a piece of it is, its place can be found.
fn bursts(seconds: f64) -> Vec<f32> {
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

fn write_wav(path: &Path, samples: &[f32]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("a new file");
    samples.iter().for_each(|s| file.write_sample((s * 32_000.0) as i16).expect("room"));
    file.finalize().expect("room");
}

fn ffmpeg(args: &[&str]) {
    let done = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(args).output();
    let done = done.expect("ffmpeg is installed: `make test` sees to it");
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn read(path: &Path, part: Part) -> Vec<f32> {
    let mut recording = audio::open(path, part).expect("a recording");
    let mut all = Vec::new();
    while let Some(samples) = recording.read().expect("sound") {
        all.extend_from_slice(&samples);
    }
    all
}

/// How many milliseconds `made` is behind `want` around `at`, to 1 ms.
fn delay(want: &[f32], made: &[f32], at: usize) -> i64 {
    let length = 16_000;
    let likeness = |shift: i64| -> f64 {
        (at..at + length)
            .filter_map(|i| Some(f64::from(*want.get(i)? * *made.get(usize::try_from(i as i64 + shift).ok()?)?)))
            .sum()
    };
    let best = (-4_000..4_000_i64).step_by(8).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    best.expect("a range") / 16
}

struct Case {
    name: &'static str,
    args: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case { name: "16.wav", args: &["-ar", "16000"] },
    Case { name: "24.wav", args: &["-c:a", "pcm_s24le", "-ac", "2"] },
    Case { name: "float.wav", args: &["-c:a", "pcm_f32le", "-ar", "48000", "-ac", "6"] },
    Case { name: "rf64.wav", args: &["-rf64", "always"] },
    Case { name: "flac.flac", args: &[] },
    Case { name: "aiff.aiff", args: &[] },
    Case { name: "caf.caf", args: &[] },
    Case { name: "alac.m4a", args: &["-c:a", "alac"] },
    Case { name: "aac.m4a", args: &["-c:a", "aac", "-b:a", "96k"] },
    Case { name: "aac.mp4", args: &["-c:a", "aac", "-ar", "48000", "-movflags", "+faststart"] },
    Case { name: "aac.mov", args: &["-c:a", "aac", "-ar", "22050"] },
    Case { name: "adts.aac", args: &["-c:a", "aac"] },
    Case { name: "cbr.mp3", args: &["-c:a", "libmp3lame", "-b:a", "64k"] },
    Case { name: "vbr.mp3", args: &["-c:a", "libmp3lame", "-q:a", "6"] },
    Case { name: "vbr-without-xing.mp3", args: &["-c:a", "libmp3lame", "-q:a", "6", "-write_xing", "0"] },
    Case { name: "vorbis.ogg", args: &["-c:a", "libvorbis"] },
    Case { name: "opus.ogg", args: &["-c:a", "libopus", "-b:a", "32k"] },
    Case { name: "opus.webm", args: &["-c:a", "libopus", "-b:a", "32k"] },
    Case { name: "opus.mkv", args: &["-c:a", "libopus", "-ac", "2"] },
    Case { name: "vorbis.mkv", args: &["-c:a", "libvorbis"] },
    // Our decoders know neither; the installed ffmpeg does.
    Case { name: "wma.wma", args: &["-c:a", "wmav2"] },
    Case { name: "ac3.ac3", args: &["-c:a", "ac3"] },
];

#[test]
fn every_container_keeps_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.wav");
    write_wav(&source, &bursts(30.0));
    let want = read(&source, Part::default());
    assert_eq!(want.len(), 30 * 16_000);
    let mut bad = Vec::new();
    for Case { name, args } in CASES {
        let path = folder.path().join(name);
        let source = source.to_str().expect("UTF-8");
        ffmpeg(&[&["-i", source], *args, &[path.to_str().expect("UTF-8")]].concat());
        let made = read(&path, Part::default());
        let late = [1_000, 28 * 16_000].map(|at| delay(&want, &made, at));
        let longer = made.len() as i64 / 16 - 30_000;
        println!("{name}: {late:?} ms late, {longer} ms longer");
        if late.iter().any(|l| l.abs() > 50) || longer.abs() > 100 {
            bad.push(format!("{name}: {late:?} ms late, {longer} ms longer"));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn a_part_begins_where_it_should() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.wav");
    write_wav(&source, &bursts(30.0));
    let want = read(&source, Part::default());
    let part = Part { from: Millis(12_340), to: Some(Millis(20_000)), track: None };
    for Case { name, args } in CASES {
        let path: PathBuf = folder.path().join(name);
        let source = source.to_str().expect("UTF-8");
        ffmpeg(&[&["-i", source], *args, &[path.to_str().expect("UTF-8")]].concat());
        let made = read(&path, part);
        let late = delay(&want[12_340 * 16..], &made, 1_000);
        println!("{name}: {late} ms late");
        assert!(late.abs() <= 60, "{name}: {late} ms late");
        assert_eq!(made.len(), 7_660 * 16, "{name}");
    }
}
