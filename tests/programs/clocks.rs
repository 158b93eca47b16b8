//! Sound is where a player plays it, and nothing that a player plays is lost: edit lists, late starts, tracks, broadcasts.

use std::fs;
use std::path::{Path, PathBuf};

use transcribe::audio::{self, Selection};
use transcribe::{Error, Millis};

use crate::ffmpeg::ffmpeg_with as ffmpeg;
use crate::sound::delay;
use crate::sound_samples::{all_of, bursts, from, joined, read, write_wav};

/// A folder with 12 s of bursts as `source.wav`, and what the library reads of it.
pub(crate) struct Sound {
    folder: tempfile::TempDir,
    pub(crate) want: Vec<f32>,
}

const PICTURE: [&str; 4] = ["-f", "lavfi", "-i", "testsrc=duration=15:size=64x64:rate=5"];

impl Sound {
    pub(crate) fn new() -> Sound {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("source.wav");
        write_wav(&source, &bursts(12.0));
        let want = read(&source, Selection::default());
        Sound { folder, want }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a file with ffmpeg; `SOURCE` among the arguments is the recording.
    pub(crate) fn make(&self, arguments: &[&str], name: &str) -> PathBuf {
        let (source, path) = (self.path("source.wav"), self.path(name));
        let source = source.to_str().expect("UTF-8");
        let arguments = arguments.iter().map(|argument| if *argument == "SOURCE" { source } else { argument });
        ffmpeg(&arguments.chain([path.to_str().expect("UTF-8")]).collect::<Vec<_>>());
        path
    }

    /// Checks that `made`, which begins at `start` s on the player's clock, has the sound that is at `place` s of the source at
    /// the time `at`, to 5 ms.
    pub(crate) fn assert_at(&self, made: &[f32], start: f64, place: f64, at: f64, name: &str) {
        let samples = |seconds: f64| (seconds * 16_000.0).round() as usize;
        let (wanted, found) = (&self.want[samples(place)..], &made[samples(at - start)..]);
        let late = delay(wanted, found, 0);
        assert!(late.abs() <= 5, "{name}: {late} ms late at {at} s");
    }
}

/// Replaces the edit list of the first track in a file whose `moov` comes last. Each entry: length in ms, start in the media
/// (negative for none) in its units, rate.
pub(crate) fn set_edits(path: &Path, entries: &[(u32, i32, u16)]) {
    let mut bytes = fs::read(path).expect("a file");
    let place = |bytes: &[u8], name: &[u8]| bytes.windows(4).rposition(|w| w == name).expect("a box") - 4;
    let size = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four"));
    let list = place(&bytes, b"elst");
    let old = size(&bytes, list);
    let mut new = [&(16 + 12 * entries.len() as u32).to_be_bytes()[..], b"elst\0\0\0\0"].concat();
    new.extend((entries.len() as u32).to_be_bytes());
    for (length, start, rate) in entries {
        new.extend([&length.to_be_bytes()[..], &start.to_be_bytes(), &rate.to_be_bytes(), &[0; 2]].concat());
    }
    for name in [b"moov", b"trak", b"edts"] {
        let at = place(&bytes, name);
        let changed = size(&bytes, at) + new.len() as u32 - old;
        bytes[at..at + 4].copy_from_slice(&changed.to_be_bytes());
    }
    bytes.splice(list..list + old as usize, new);
    fs::write(path, bytes).expect("room");
}

#[test]
fn edit_lists_say_what_is_played_and_when() {
    let sound = Sound::new();
    // At 16 kHz a frame of AAC is 64 ms, and so is the encoder's delay.
    let delay = 1_024;
    let second = 16_000;
    for codec in [&["-c:a", "aac", "-ar", "16000"][..], &["-c:a", "alac", "-ar", "16000"]] {
        let delay = if codec[1] == "aac" { delay } else { 0 };
        let path = sound.make(&[&["-i", "SOURCE"], codec].concat(), &format!("{}.m4a", codec[1]));
        let case = |entries: &[(u32, i32, u16)]| {
            set_edits(&path, entries);
            joined(std::slice::from_ref(&path), Selection::default()).0
        };
        let name = codec[1];
        // The first 4 s and the last 2 s are cut off.
        let made = case(&[(6_000, delay + 4 * second, 1)]);
        assert_eq!(made.len() / 16, 6_000, "{name}");
        sound.assert_at(&made, 0.0, 4.0, 0.0, name);
        sound.assert_at(&made, 0.0, 8.9, 4.9, name);
        let recording = audio::open(&path, Selection::default()).expect("a recording");
        assert_eq!(recording.length(), Some(Millis(6_000)), "{name}");
        // Two parts, after 3 s of nothing.
        let made = case(&[(3_000, -1, 1), (2_000, delay, 1), (4_000, delay + 5 * second, 1)]);
        assert_eq!(made.len() / 16, 9_000, "{name}");
        assert!(made[..47_000].iter().all(|sample| sample.abs() < 1e-3), "{name}: nothing is there yet");
        sound.assert_at(&made, 0.0, 0.5, 3.5, name);
        sound.assert_at(&made, 0.0, 5.0, 5.0, name);
        sound.assert_at(&made, 0.0, 7.9, 7.9, name);
        // From a time on.
        for (time, start, place, at) in [(1.0, 1.0, 0.5, 3.5), (4.5, 4.5, 5.2, 5.2), (6.0, 6.0, 6.0, 6.0)] {
            let part = read(&path, from((time * 1000.0) as u64));
            assert_eq!(part.len() / 16, 9_000 - (time * 1000.0) as usize, "{name} from {time}");
            sound.assert_at(&part, start, place, at, name);
        }
        // An open end, as in files of fragments; and a pause in which a frame stands still.
        let made = case(&[(1_000, delay, 1), (1_000, delay, 0), (0, delay + second, 1)]);
        sound.assert_at(&made, 0.0, 6.0, 7.0, name);
    }
}

/// A player would play the parts in their order; a stream can't. An installed ffmpeg decodes it, or it is an error.
#[test]
fn parts_in_another_order_are_left_to_ffmpeg() {
    let sound = Sound::new();
    let path = sound.make(&["-i", "SOURCE", "-c:a", "alac", "-ar", "16000"], "a.m4a");
    set_edits(&path, &[(3_000, 5 * 16_000, 1), (3_000, 0, 1)]);
    let made = read(&path, Selection::default());
    sound.assert_at(&made, 0.0, 5.5, 0.5, "first part");
    sound.assert_at(&made, 0.0, 0.5, 3.5, "second part");
}

#[test]
fn the_delay_of_an_encoder_is_not_played() {
    let sound = Sound::new();
    for (name, codec) in [
        ("aac.m4a", &["-c:a", "aac"][..]),
        ("opus.mp4", &["-c:a", "libopus"]),
        ("opus.webm", &["-c:a", "libopus"]),
        ("opus.opus", &["-c:a", "libopus"]),
        ("lame.mp3", &["-c:a", "libmp3lame"]),
        ("live.mp4", &["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+delay_moov"]),
    ] {
        let path = sound.make(&[&["-i", "SOURCE"], codec].concat(), name);
        let made = read(&path, Selection::default());
        sound.assert_at(&made, 0.0, 1.0, 1.0, name);
        sound.assert_at(&made, 0.0, 9.0, 9.0, name);
    }
}

#[test]
fn sound_that_begins_after_the_picture_begins_late() {
    let sound = Sound::new();
    for (name, video, codec) in [
        ("a.mkv", "mpeg4", "libopus"),
        ("a.mp4", "mpeg4", "aac"),
        // These are decoded by ffmpeg.
        ("ac3.mkv", "mpeg4", "ac3"),
        ("a.ts", "mpeg2video", "mp2"),
        ("a.m2ts", "mpeg2video", "ac3"),
        ("a.mpg", "mpeg2video", "mp2"),
        ("a.vob", "mpeg2video", "ac3"),
        ("a.flv", "flv", "aac"),
        ("a.wmv", "wmv2", "wmav2"),
    ] {
        let codecs = ["-itsoffset", "3", "-i", "SOURCE", "-c:v", video, "-c:a", codec];
        let path = sound.make(&[&PICTURE[..], &codecs].concat(), name);
        let made = read(&path, Selection::default());
        let late = delay(&sound.want, &made[48_000..], 16_000);
        assert!(late.abs() <= 50, "{name}: {late} ms late");
        let part = read(&path, from(2_000));
        let late = delay(&sound.want, &part[16_000..], 16_000);
        assert!(late.abs() <= 50, "{name} from 2 s: {late} ms late");
    }
}

#[test]
fn a_long_gap_in_a_broadcast_is_silence() {
    let sound = Sound::new();
    let codec = ["-i", "SOURCE", "-c:a", "mp2"];
    let one = sound.make(&[&codec[..], &["-t", "5"]].concat(), "one.ts");
    let other = sound.make(&[&codec[..], &["-output_ts_offset", "25"]].concat(), "other.ts");
    let gap = sound.together(&[&one, &other], "gap.ts");
    let late = ["-itsoffset", "14", "-i", "SOURCE", "-c:v", "mpeg2video", "-c:a", "mp2"];
    let late = sound.make(&[&PICTURE[..], &late].concat(), "late.mpg");
    for (path, start) in [(&gap, 0), (&gap, 25), (&late, 14)] {
        let made = read(path, Selection::default());
        let late = delay(&sound.want, &made[start * 16_000..], 16_000);
        assert!(late.abs() <= 50, "{path:?}: {late} ms late at {start} s");
    }
}

#[test]
fn what_follows_a_change_of_channels_keeps_its_time() {
    let sound = Sound::new();
    let make =
        |channels: &str| sound.make(&["-i", "SOURCE", "-ac", channels, "-c:a", "ac3"], &format!("{channels}.ac3"));
    let [stereo, surround] = [make("2"), make("6")];
    for (name, parts) in [("a.ac3", [&*stereo, &*surround, &*stereo]), ("b.ac3", [&*surround, &*stereo, &*surround])] {
        assert_eq!(sound.assert_times(&sound.together(&parts, name), 3), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_start_that_was_asked_for_is_found_in_what_ffmpeg_reads() {
    let sound = Sound::new();
    let codec = ["-i", "SOURCE", "-c:a", "mp2"];
    let one = sound.make(&[&codec[..], &["-t", "5"]].concat(), "one.ts");
    let other = sound.make(&codec, "other.ts");
    let again = sound.together(&[&one, &other], "again.ts");
    let call = sound.make(&["-i", "SOURCE", "-ar", "16000", "-c:a", "g722"], "call.wav");
    for path in [again, call] {
        let whole = read(&path, Selection::default());
        for start in [4_000, 7_000] {
            let part = audio::open(&path, from(start)).expect("a recording");
            assert_eq!(part.position(), Millis(start));
            assert!(all_of(part).0 == whole[start as usize * 16..], "{path:?} from {start} ms");
        }
    }
}

/// A fragment that was lost, as in a download.
#[test]
fn sound_behind_a_fragment_that_is_missing_keeps_its_time() {
    let sound = Sound::new();
    let flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000"];
    let path = sound.make(&[&["-i", "SOURCE", "-c:a", "aac"], &flags[..]].concat(), "whole.mp4");
    let bytes = fs::read(&path).expect("a file");
    let starts: Vec<usize> =
        (4..bytes.len() - 4).filter(|at| &bytes[*at..*at + 4] == b"moof").map(|at| at - 4).collect();
    let lost = sound.path("lost.mp4");
    fs::write(&lost, [&bytes[..starts[4]], &bytes[starts[6]..]].concat()).expect("room");
    let made = read(&lost, Selection::default());
    let whole = read(&path, Selection::default());
    assert!(made.len().abs_diff(whole.len()) < 1_600, "{} {}", made.len(), whole.len());
    for at in [1, 8] {
        let late = delay(&whole, &made, at * 16_000);
        assert!(late.abs() <= 50, "{late} ms late at {at} s");
    }
}

#[test]
fn a_part_of_a_stream_is_not_damaged() {
    let sound = Sound::new();
    for (name, codec) in [("a.vob", "ac3"), ("a.mpg", "mp2"), ("a.ts", "mp2")] {
        let path = sound.make(&["-i", "SOURCE", "-c:a", codec], name);
        for start in [3_000, 6_300] {
            let (part, warnings) = all_of(audio::open(&path, from(start)).expect("a recording"));
            assert_eq!(warnings, Vec::<String>::new(), "{name} from {start} ms");
            assert!(part.len() >= sound.want.len() - start as usize * 16 - 1_600, "{name} from {start} ms");
        }
    }
}

/// As `cat one.aac other.aac` makes it. Between them may stand tags.
#[test]
fn aac_of_another_rate_that_was_appended_keeps_its_speed() {
    let sound = Sound::new();
    let part = |rate: &str, channels: &str, name: &str| {
        fs::read(sound.make(&["-i", "SOURCE", "-ar", rate, "-ac", channels, "-c:a", "aac"], name)).expect("a file")
    };
    let parts = [part("16000", "1", "a.aac"), part("44100", "2", "b.aac"), part("22050", "1", "c.aac")];
    let joined = sound.path("joined.aac");
    fs::write(&joined, [&parts[0], &b"TAG and more"[..], &parts[1], &parts[2]].concat()).expect("room");
    let (made, warnings) = all_of(audio::open(&joined, Selection::default()).expect("a recording"));
    assert_eq!(warnings, Vec::<String>::new());
    let length = sound.want.len() as f64 / 16_000.0;
    for part in [0.0, 1.0, 2.0] {
        // An encoder adds some samples before the first and behind the last, 120 ms or so.
        let late = |place: f64| {
            let near = &made[((place + part * (length + 0.12)) * 16_000.0) as usize..];
            delay(&sound.want[(place * 16_000.0) as usize..], near, 0)
        };
        assert!(late(1.0).abs() < 130 && late(1.0).abs_diff(late(9.0)) <= 3, "{} {} {part}", late(1.0), late(9.0));
    }
    let later = read(&joined, from(((length + 3.0) * 1000.0) as u64));
    let whole = &made[((length + 3.0) * 16_000.0) as usize..];
    assert_eq!(later.len(), whole.len());
    assert_eq!(delay(whole, &later, 0), 0);
}

#[test]
fn the_default_track_is_read_and_told() {
    let sound = Sound::new();
    let tone = ["-f", "lavfi", "-i", "sine=300:d=12", "-i", "SOURCE", "-map", "0", "-map", "1"];
    // The second could be decoded without ffmpeg.
    let tracks = ["-i", "SOURCE", "-f", "lavfi", "-i", "sine=300:d=12", "-map", "0", "-map", "1"];
    for (name, codec) in [("a.mkv", "ac3"), ("a.mp4", "ac3"), ("b.mkv", "wavpack")] {
        let path = sound.make(&[&tracks[..], &["-c:a:0", codec, "-c:a:1", "aac"]].concat(), name);
        let (made, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        assert_eq!(warnings, ["the file has 2 audio tracks; track 1 was transcribed"], "{name}");
        let late = delay(&sound.want, &made, 16_000);
        assert!(late.abs() <= 50, "{name}: {late} ms late");
    }
    let silence = ["-f", "lavfi", "-i", "anullsrc=r=48000:d=12", "-i", "SOURCE", "-map", "0", "-map", "1"];
    let flags = ["-disposition:a:0", "0", "-disposition:a:1", "default"];
    for (name, codec) in [("a.mkv", "libopus"), ("a.mp4", "aac"), ("ac3.mkv", "ac3")] {
        for (inputs, message) in [
            (&[&tone[..], &flags].concat(), "the file has 2 audio tracks; track 2 was transcribed"),
            (&silence.to_vec(), "audio track 1 is silent; track 2 was transcribed"),
        ] {
            let path = sound.make(&[inputs, &["-c:a", codec][..]].concat(), name);
            let (made, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
            assert_eq!(warnings, [message], "{name}");
            let late = delay(&sound.want, &made, 16_000);
            assert!(late.abs() <= 50, "{name}: {late} ms late");
            let first = Selection { track: Some(1), ..Selection::default() };
            assert_eq!(all_of(audio::open(&path, first).expect("a recording")).1, Vec::<String>::new());
        }
    }
}

#[test]
fn what_a_browser_records_is_whole_and_what_is_cut_off_is_not() {
    let sound = Sound::new();
    let live = ["-c:a", "libopus", "-f", "webm", "-live", "1"];
    for (name, offset) in [("a.webm", "0"), ("b.webm", "5")] {
        let path = sound.make(&[&["-itsoffset", offset, "-i", "SOURCE"], &live[..]].concat(), name);
        let warnings = |path: &Path| all_of(audio::open(path, Selection::default()).expect("a recording")).1;
        assert_eq!(warnings(&path), Vec::<String>::new(), "{name}");
        let bytes = fs::read(&path).expect("a file");
        for cut in [5, bytes.len() / 4] {
            let cut_path = sound.path("cut.webm");
            fs::write(&cut_path, &bytes[..bytes.len() - cut]).expect("room");
            let told = warnings(&cut_path);
            assert!(
                told.len() == 1 && told[0].ends_with("the file is cut off: its end is missing"),
                "{name}: {told:?}"
            );
        }
    }
    for (name, codec) in [("a.ogg", "libvorbis"), ("a.opus", "libopus"), ("a.mka", "flac"), ("a.mp4", "aac")] {
        let path = sound.make(&["-i", "SOURCE", "-c:a", codec, "-output_ts_offset", "5"], name);
        let (_, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        assert_eq!(warnings, Vec::<String>::new(), "{name}: a start that is not zero is no loss");
    }
}

#[test]
fn sound_beyond_full_scale_is_scaled_back() {
    let sound = Sound::new();
    for (name, gain, codec) in [
        ("a.wav", "40dB", &["-c:a", "pcm_f32le"][..]),
        ("b.wav", "12dB", &["-c:a", "pcm_f64le"]),
        // Whole numbers of 16 and of 32 bits that were not divided.
        ("d.wav", "90.3dB", &["-c:a", "pcm_f32le"]),
        ("e.wav", "186.6dB", &["-c:a", "pcm_f32le"]),
        ("c.wv", "20dB", &["-c:a", "wavpack", "-sample_fmt", "fltp"]),
    ] {
        let louder = format!("aformat=fltp,volume={gain}:precision=float");
        let make = |filter: &str, name: &str| {
            sound.make(&[&["-i", "SOURCE", "-af", filter, "-ar", "16000"], codec].concat(), name)
        };
        let want = read(&make("aformat=fltp", &format!("usual-{name}")), Selection::default());
        let path = make(&louder, name);
        let (made, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        assert!(warnings.len() == 1 && warnings[0].contains("beyond full scale"), "{name}: {warnings:?}");
        let energy = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let alike = energy(&made, &want) / (energy(&made, &made) * energy(&want, &want)).sqrt();
        assert!(alike > 0.999, "{name}: {alike}");
    }
}

/// Makes frames of an MP3 of one channel at 16 kHz and 64 kbit/s louder, by steps of 1.5 dB: those whose numbers are chosen.
fn make_louder(path: &Path, steps: u8, chosen: impl Fn(usize) -> bool) {
    let mut bytes = fs::read(path).expect("a file");
    for (number, frame) in bytes.chunks_exact_mut(288).enumerate() {
        assert_eq!(frame[..2], [0xff, 0xf3], "{number}");
        if chosen(number) {
            // ISO/IEC 13818-3: bits 30 to 37 after the header.
            let gain = (frame[7] << 6 | frame[8] >> 2).saturating_add(steps);
            (frame[7], frame[8]) = (frame[7] & !3 | gain >> 6, frame[8] & 3 | gain << 2);
        }
    }
    fs::write(path, bytes).expect("room");
}

/// One such packet made everything else too quiet to be understood, and all of it counted as decoded.
#[test]
fn packets_that_decode_to_garbage_are_damage() {
    let sound = Sound::new();
    let mp3 = |name: &str| {
        // Frames, and nothing else.
        let bare = ["-write_xing", "0", "-id3v2_version", "0"];
        let codec = ["-ar", "16000", "-ac", "1", "-c:a", "libmp3lame", "-b:a", "64k"];
        sound.make(&[&["-i", "SOURCE"], &codec[..], &bare].concat(), name)
    };
    let want = read(&mp3("whole.mp3"), Selection::default());
    let close = |made: &[f32]| made.iter().zip(&want).filter(|(made, want)| (**made - **want).abs() < 0.02).count();
    let energy = |sound: &[f32]| sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    // 60 dB, and what is no number any more.
    for (steps, name) in [(40, "a.mp3"), (255, "b.mp3")] {
        let path = mp3(name);
        make_louder(&path, steps, |number| number % 50 == 10);
        let (made, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        assert!(close(&made) > want.len() * 9 / 10, "{name}: {} of {}", close(&made), want.len());
        assert!(made.iter().all(|sample| sample.abs() <= 1.0), "{name}");
        assert_eq!(warnings.len(), 2, "{name}: {warnings:?}");
        assert!(warnings[0].contains("a damaged packet was skipped: it decodes to"), "{name}: {warnings:?}");
        assert!(warnings[1].ends_with("damaged packets were skipped in all"), "{name}: {warnings:?}");
        // ffmpeg decodes this one.
        let path = sound.make(&["-i", path.to_str().expect("UTF-8"), "-c", "copy"], &format!("{name}.ts"));
        let (made, warnings) = all_of(audio::open(&path, Selection::default()).expect("a recording"));
        let share = energy(&made) / energy(&want);
        assert!((0.8..1.1).contains(&share), "{name}: {share}");
        assert!(!warnings.iter().any(|warning| warning.contains("beyond full scale")), "{name}: {warnings:?}");
        assert!(
            warnings.iter().any(|warning| warning.starts_with("ffmpeg found damage in it")),
            "{name}: {warnings:?}"
        );
    }
    let most = mp3("most.mp3");
    make_louder(&most, 255, |number| number % 5 != 0);
    // A byte of twenty, in headers as well: our decoder finds half of it, and ffmpeg more that is none.
    let each =
        sound.make(&["-i", "SOURCE", "-ar", "44100", "-ac", "2", "-c:a", "libmp3lame", "-b:a", "128k"], "each.mp3");
    let mut bytes = fs::read(&each).expect("a file");
    let mut state = 1_u32;
    for byte in &mut bytes[2_000..] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 20 < 200 {
            *byte = (state >> 12) as u8;
        }
    }
    fs::write(&each, bytes).expect("room");
    for path in [most, each] {
        let mut recording = audio::open(&path, Selection::default()).expect("a recording");
        let error = loop {
            match recording.read() {
                Ok(samples) => assert!(samples.is_some(), "{path:?}: it is no success"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("most of it can't be decoded"), "{error}");
    }
}

/// Whoever decodes: it is no success if most of it is lost.
#[test]
fn a_recording_of_which_most_is_damaged_is_an_error() {
    let sound = Sound::new();
    for (name, codec, header) in [("a.mp3", "libmp3lame", 4), ("a.ac3", "ac3", 0)] {
        let path = sound.make(&["-i", "SOURCE", "-c:a", codec, "-b:a", "64k"], name);
        let mut bytes = fs::read(&path).expect("a file");
        let start = bytes.len() / 5;
        let mut state = 1_u32;
        for at in start..bytes.len() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // The headers of MP3 stay, so that there are packets.
            let near = (0..header).any(|back| at >= back && bytes[at - back] == 0xff);
            if !near {
                bytes[at] = (state >> 24) as u8 & 0x7f;
            }
        }
        fs::write(&path, bytes).expect("room");
        let mut recording = audio::open(&path, Selection::default());
        let error = loop {
            match recording.as_mut().map(|recording| recording.read()) {
                Err(error) => break error.to_string(),
                Ok(Err(error @ Error::Decode { .. })) => break error.to_string(),
                Ok(Ok(Some(_))) => {}
                Ok(other) => panic!("{name}: {other:?}"),
            }
        };
        assert!(error.contains("cannot decode"), "{name}: {error}");
    }
}
