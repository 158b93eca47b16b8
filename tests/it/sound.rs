//! Sound comes in whole and at the right time, whatever it is wrapped in.

use std::path::{Path, PathBuf};
use std::process::Command;
use transcribe::Millis;
use transcribe::audio::{self, Channels, Recording, Selection};

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
    write_wav_at(RATE, path, samples);
}

fn write_wav_at(sample_rate: u32, path: &Path, samples: &[f32]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("a new file");
    samples.iter().for_each(|s| file.write_sample((s * 32_000.0) as i16).expect("room"));
    file.finalize().expect("room");
}

pub(crate) fn ffmpeg(args: &[&str]) {
    let done = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(args).output();
    let done = done.expect("ffmpeg is installed: `make test` sees to it");
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn read(path: &Path, part: Selection) -> Vec<f32> {
    all_of(audio::open(path, part).expect("a recording")).0
}

/// What is left to read, and the warnings as `seconds message`.
fn all_of(mut recording: Recording) -> (Vec<f32>, Vec<String>) {
    let mut all = Vec::new();
    let mut warnings = recording.take_warnings();
    while let Some(samples) = recording.read().expect("sound") {
        all.extend_from_slice(&samples);
        assert!(!recording.is_ended(), "ends before it says so");
        warnings.extend(recording.take_warnings());
    }
    assert!(recording.is_ended());
    warnings.extend(recording.take_warnings());
    let at = |at: Option<Millis>| at.map(|at| format!("{} ", at.seconds())).unwrap_or_default();
    (all, warnings.into_iter().map(|w| format!("{}{}", at(w.at), w.message)).collect())
}

fn joined(paths: &[PathBuf], part: Selection) -> (Vec<f32>, Vec<String>) {
    all_of(audio::join(paths, part).expect("a recording"))
}

const fn from(from: u64) -> Selection {
    Selection { track: None, channels: Channels::Mix, from: Millis(from), to: None }
}

/// `samples` at 16 kHz in three files, and these numbers of samples in the first two.
fn three_parts(folder: &Path, samples: &[f32], [first, second]: [usize; 2]) -> [PathBuf; 3] {
    let cut = [0, first, first + second, samples.len()];
    [0, 1, 2].map(|n| {
        let path = folder.join(format!("b_{n}.wav"));
        write_wav_at(16_000, &path, &samples[cut[n]..cut[n + 1]]);
        path
    })
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
        // ffmpeg finds its place in WMA to two frames only, in a file of its own as well.
        let near = if *name == "wma.wma" { 100 } else { 1 };
        assert!(longer.abs() <= near * 16 && late.abs() <= near, "{name}: {late} ms late, {longer} samples longer");
        start += alone.len();
    }
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

#[test]
fn warnings_of_one_file_do_not_name_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.wav");
    write_wav(&path, &bursts(1.0));
    let bytes = std::fs::read(&path).expect("a file");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("room");
    assert_eq!(joined(&[path], Selection::default()).1, ["the file is cut off: its end is missing"]);
}
