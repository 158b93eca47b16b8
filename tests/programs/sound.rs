//! Sound comes in whole and at the right time, whatever ffmpeg wraps it in.

use std::path::{Path, PathBuf};

use transcribe::Millis;
use transcribe::audio::{self, Selection};

use crate::ffmpeg::ffmpeg_with as ffmpeg;
use crate::sound_samples::{all_of, bursts, from, joined, read, three_parts, write_wav};

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

/// How many milliseconds `made` is behind `want` around `at`, to 1 ms.
pub(crate) fn delay(want: &[f32], made: &[f32], at: usize) -> i64 {
    let length = 16_000;
    let likeness = |shift: i64| -> f64 {
        (at..at + length)
            .filter_map(|i| Some(f64::from(*want.get(i)? * *made.get(usize::try_from(i as i64 + shift).ok()?)?)))
            .sum()
    };
    let best = (-4_000..4_000_i64).step_by(8).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    best.expect("a range") / 16
}

#[test]
fn every_container_keeps_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.wav");
    write_wav(&source, &bursts(30.0));
    let want = read(&source, Selection::default());
    assert_eq!(want.len(), 30 * 16_000);
    let mut bad = Vec::new();
    for Case { name, args } in CASES {
        let path = folder.path().join(name);
        let source = source.to_str().expect("UTF-8");
        ffmpeg(&[&["-i", source], *args, &[path.to_str().expect("UTF-8")]].concat());
        let made = read(&path, Selection::default());
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
    let want = read(&source, Selection::default());
    let part = Selection { from: Millis(12_340), to: Some(Millis(20_000)), ..Selection::default() };
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

#[test]
fn parts_may_be_of_any_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source.wav");
    write_wav(&source, &bursts(10.0));
    let source = source.to_str().expect("UTF-8");
    let names = ["8.wav", "48.flac", "44.m4a", "vbr.mp3", "opus.ogg", "opus.mkv", "wma.wma", "16.wav"];
    let args: [&[&str]; 8] = [
        &["-ar", "8000", "-ac", "2"],
        &["-ar", "48000", "-ac", "6"],
        &["-c:a", "aac"],
        &["-c:a", "libmp3lame", "-q:a", "6", "-write_xing", "0"],
        &["-c:a", "libopus"],
        &["-c:a", "libopus"],
        &["-c:a", "wmav2"],
        &["-ar", "16000"],
    ];
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
    for (path, args) in paths.iter().zip(args) {
        ffmpeg(&[&["-i", source], args, &[path.to_str().expect("UTF-8")]].concat());
    }
    let alone: Vec<Vec<f32>> = paths.iter().map(|path| read(path, Selection::default())).collect();
    let recording = audio::join(&paths, Selection::default()).expect("a recording");
    assert!(recording.is_by_ffmpeg());
    let (all, warnings) = all_of(recording);
    assert!(all == alone.concat());
    assert_eq!(warnings, [""; 0]);
    // What is passed over is as long as what is decoded.
    let mut start = 0;
    for (name, alone) in names.iter().zip(&alone) {
        let wanted = (start / 16 + 4_000) as u64;
        let made = joined(&paths, from(wanted)).0;
        let longer = made.len() as i64 - (all.len() as i64 - wanted as i64 * 16);
        let late = delay(&all[wanted as usize * 16..], &made, 1_000);
        println!("{name}: from {wanted} ms {late} ms late, {longer} samples longer");
        assert!(longer.abs() <= 16 && late.abs() <= 1, "{name}: {late} ms late, {longer} samples longer");
        start += alone.len();
    }
}

#[test]
fn after_a_part_that_breaks_off_the_next_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = &bursts(6.0)[..240_000];
    let mut paths = three_parts(folder.path(), sound, [80_000, 80_000]);
    let alone = paths.clone().map(|path| read(&path, Selection::default()));
    let halve = |path: &Path| {
        let bytes = std::fs::read(path).expect("a file");
        std::fs::write(path, &bytes[..bytes.len() / 2]).expect("room");
    };
    // One that says so at its start, and one where it shows at the end.
    let flac = folder.path().join("b_1.flac");
    ffmpeg(&["-i", paths[1].to_str().expect("UTF-8"), "-frame_size", "1024", flac.to_str().expect("UTF-8")]);
    for (path, said) in
        [(paths[1].clone(), "b_1.wav: the file is cut off: its end is missing"), (flac, "b_1.flac: the")]
    {
        halve(&path);
        paths[1] = path;
        let (all, warnings) = joined(&paths, Selection::default());
        let middle = all.len() - alone[0].len() - alone[2].len();
        println!("{middle} samples, {warnings:?}");
        assert!((20_000..60_000).contains(&middle), "{middle}");
        assert!(all == [&alone[0][..], &alone[1][..middle], &alone[2]].concat());
        assert!(warnings.iter().any(|w| w.contains(said)), "{warnings:?}");
        for at in warnings.iter().filter_map(|w| w.split(' ').next()?.parse::<f64>().ok()) {
            assert!((5.0..=5.0 + middle as f64 / 16_000.0).contains(&at), "{warnings:?}");
        }
        // Times after it are the same when it is passed over, whatever its header promises.
        for from_here in [5_500, 9_000, 12_000] {
            assert!(joined(&paths, from(from_here)).0 == all[from_here as usize * 16..], "{from_here}");
        }
    }
}
