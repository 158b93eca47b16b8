//! Channels and tracks of a recording, one by one: they come out as they went in, whoever decodes them.

use std::path::{Path, PathBuf};

use crate::ffmpeg::ffmpeg_with as ffmpeg;
use transcribe::audio::{self, Channels, Recording, Selection};
use transcribe::wording::{self, Language};
use transcribe::{DecodeErrorKind, Error, Millis};

/// 16-bit noise, another in each channel.
fn noise(channels: usize, frames: usize) -> Vec<Vec<i16>> {
    let mut seed = 1_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 18) as i16 - 8_192
    };
    (0..channels).map(|_| (0..frames).map(|_| next()).collect()).collect()
}

fn write_wav(path: &Path, sample_rate: u32, channels: &[Vec<i16>]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a new file");
    for frame in 0..channels[0].len() {
        channels.iter().for_each(|channel| file.write_sample(channel[frame]).expect("room"));
    }
    file.finalize().expect("room");
}

/// The file beside `from` that ffmpeg makes of it.
fn convert(from: &Path, name: &str, args: &[&str]) -> PathBuf {
    let to = from.with_file_name(name);
    ffmpeg(&[&["-i", from.to_str().unwrap()], args, &[to.to_str().unwrap()]].concat());
    to
}

const SPLIT: Selection = Selection { track: None, channels: Channels::Split, from: Millis(0), to: None };

fn only(channel: u16) -> Selection {
    Selection { channels: Channels::Only(channel), ..SPLIT }
}

/// All that is left of each stream, and the warnings.
fn streams(mut recording: Recording) -> (Vec<Vec<f32>>, Vec<String>) {
    let mut start = None;
    let mut all: Vec<Vec<f32>> = Vec::new();
    while let Some(streams) = recording.read_channels().expect("sound") {
        assert!(all.is_empty() || all.len() == streams.len(), "the number of streams changes");
        all.resize(streams.len(), Vec::new());
        for (all, stream) in all.iter_mut().zip(&streams) {
            assert_eq!(stream.len(), streams[0].len(), "one clock");
            all.extend_from_slice(stream);
        }
        let read = all[0].len() as u64;
        let start = *start.get_or_insert(recording.position().0 * 16 - read / 16 * 16);
        assert_eq!(recording.position(), Millis((start + read) / 16));
    }
    (all, recording.take_warnings().into_iter().map(|warning| wording::warning(&warning, Language::English)).collect())
}

fn read(path: &Path, selection: Selection) -> Vec<Vec<f32>> {
    streams(audio::open(path, selection).expect("a recording")).0
}

fn floats(channel: &[i16]) -> Vec<f32> {
    channel.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
}

fn error(path: &Path, selection: Selection) -> (String, DecodeErrorKind) {
    match audio::open(path, selection).err() {
        Some(Error::Decode { reason, kind, .. }) => (reason, kind),
        other => panic!("{other:?}"),
    }
}

/// At 16 kHz nothing is resampled, and without loss every sample must be the same.
#[test]
fn each_channel_comes_out_as_it_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    for count in [1, 2, 4] {
        let channels = noise(count, 20_011);
        let wav = folder.path().join("a.wav");
        write_wav(&wav, 16_000, &channels);
        let files = [
            convert(&wav, "a.flac", &[]),
            convert(&wav, "a.mka", &["-c:a", "flac"]),
            // Our decoders don't know it; the installed ffmpeg does.
            convert(&wav, "a.wv", &["-c:a", "wavpack"]),
            wav,
        ];
        let wanted: Vec<Vec<f32>> = channels.iter().map(|channel| floats(channel)).collect();
        for path in files {
            let recording = audio::open(&path, SPLIT).expect("a recording");
            let by_ffmpeg = path.extension().is_some_and(|e| e == "wv");
            assert_eq!(recording.is_by_ffmpeg(), by_ffmpeg);
            assert_eq!((recording.tracks(), recording.channels()), (1, count as u16), "{}", path.display());
            assert!(streams(recording) == (wanted.clone(), vec![]), "{} {count}", path.display());
            for (number, channel) in (1..).zip(&wanted) {
                assert!(read(&path, only(number)) == [channel.clone()], "{} {number}", path.display());
            }
        }
    }
}

#[test]
fn the_mix_is_the_mean_and_the_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.wav");
    let channels = noise(2, 20_011);
    write_wav(&path, 16_000, &channels);
    let [left, right] = [0, 1].map(|n| floats(&channels[n]));
    let mean: Vec<f32> = left.iter().zip(&right).map(|(l, r)| (l + r) * 0.5).collect();
    assert!(read(&path, Selection::default()) == [mean.clone()]);
    // Who reads one stream of a split recording gets the mean, too.
    let mut recording = audio::open(&path, SPLIT).expect("a recording");
    let mut all = Vec::new();
    while let Some(samples) = recording.read().expect("sound") {
        all.extend_from_slice(&samples);
    }
    assert!(all == mean);
}

#[test]
fn each_channel_is_resampled_as_if_it_were_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, mono) = (folder.path().join("a.wav"), folder.path().join("mono.wav"));
    let channels = noise(4, 60_007);
    for rate in [8_000, 44_100, 48_000] {
        write_wav(&path, rate, &channels);
        let split = read(&path, SPLIT);
        assert_eq!(split.len(), 4);
        for (stream, channel) in split.iter().zip(&channels) {
            write_wav(&mono, rate, std::slice::from_ref(channel));
            assert!([stream.clone()] == *read(&mono, Selection::default()), "{rate}");
        }
    }
}

#[test]
fn parts_of_channels_are_on_the_same_clock() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("a.wav");
    write_wav(&wav, 16_000, &noise(3, 80_000));
    for path in [convert(&wav, "a.wv", &["-c:a", "wavpack"]), wav] {
        let whole = read(&path, SPLIT);
        let part = Selection { from: Millis(1_234), to: Some(Millis(4_000)), ..SPLIT };
        let wanted: Vec<&[f32]> = whole.iter().map(|stream| &stream[1_234 * 16..4_000 * 16]).collect();
        assert!(read(&path, part) == wanted, "{}", path.display());
        let second = Selection { channels: Channels::Only(2), ..part };
        assert!(read(&path, second) == [wanted[1]], "{}", path.display());
    }
}

#[test]
fn a_repaired_file_has_channels_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.wav");
    let channels = noise(2, 20_000);
    write_wav(&path, 16_000, &channels);
    // As a recorder leaves it that lost power.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4..8].fill(0);
    bytes[40..44].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let (split, warnings) = streams(audio::open(&path, SPLIT).expect("a recording"));
    assert!(split == [floats(&channels[0]), floats(&channels[1])]);
    assert_eq!(warnings, ["the header of the file is damaged; its sizes were taken from the file"]);
}

#[test]
fn channels_are_counted_in_every_container() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("a.wav");
    write_wav(&wav, 48_000, &noise(2, 48_000));
    let cases: &[(&str, &[&str])] = &[
        ("a.m4a", &["-c:a", "aac"]),
        ("b.m4a", &["-c:a", "alac"]),
        ("a.aac", &["-c:a", "aac"]),
        ("a.mp3", &["-c:a", "libmp3lame"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.opus", &["-c:a", "libopus"]),
        ("a.webm", &["-c:a", "libopus"]),
        ("a.mkv", &["-c:a", "aac"]),
        ("a.caf", &[]),
        ("a.aiff", &[]),
        ("a.wma", &["-c:a", "wmav2"]),
        ("a.ac3", &["-c:a", "ac3"]),
    ];
    for (name, args) in cases {
        let path = convert(&wav, name, args);
        let recording = audio::open(&path, SPLIT).expect("a recording");
        assert_eq!((recording.tracks(), recording.channels()), (1, 2), "{name}");
        let (split, warnings) = streams(recording);
        assert_eq!((split.len(), warnings), (2, vec![]), "{name}");
        // The two are not the same noise.
        assert!(split[0] != split[1], "{name}");
        // WMA loses the end.
        assert!(split[0].len() >= 15_000, "{name}: {}", split[0].len());
    }
}

#[test]
fn opposite_channels_do_not_cancel_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.wav");
    let channel = noise(1, 20_000).remove(0);
    let opposite: Vec<i16> = channel.iter().map(|sample| -sample).collect();
    write_wav(&path, 16_000, &[channel.clone(), opposite.clone()]);
    let by_ffmpeg = convert(&path, "a.wv", &["-c:a", "wavpack"]);
    for path in [&path, &by_ffmpeg] {
        let (mix, warnings) = streams(audio::open(path, Selection::default()).expect("a recording"));
        assert!(mix == [floats(&channel)] || mix == [floats(&opposite)], "{}", path.display());
        assert_eq!(warnings.len(), 1, "{}: {warnings:?}", path.display());
        assert!(warnings[0].contains("opposite phase"), "{warnings:?}");
    }
    assert!(read(&path, SPLIT) == [floats(&channel), floats(&opposite)]);
    let (mut split, mut mixed) = (audio::open(&path, SPLIT).expect("a recording"), Vec::new());
    while let Some(samples) = split.read().expect("sound") {
        mixed.extend_from_slice(&samples);
    }
    assert!(mixed == floats(&channel) || mixed == floats(&opposite), "also the mix of split channels");
}

#[test]
fn up_to_64_channels_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.wav");
    for count in [9, 32, 33, 64] {
        let channels = noise(count, 4_000);
        write_wav(&path, 16_000, &channels);
        let recording = audio::open(&path, SPLIT).expect("a recording");
        assert_eq!(usize::from(recording.channels()), count);
        let (split, _) = streams(recording);
        assert!(split.iter().zip(&channels).all(|(stream, channel)| *stream == floats(channel)), "{count}");
        assert!(read(&path, only(count as u16)) == [floats(&channels[count - 1])]);
        let mix = &read(&path, Selection::default())[0];
        let mean = |frame: usize| channels.iter().map(|c| f32::from(c[frame]) / 32_768.0).sum::<f32>() / count as f32;
        assert_eq!(mix.len(), 4_000);
        assert!((0..4_000).all(|frame| (mix[frame] - mean(frame)).abs() < 1e-6), "{count}");
    }
    write_wav(&path, 16_000, &noise(65, 4_000));
    for selection in [SPLIT, Selection::default(), only(1)] {
        let (reason, kind) = error(&path, selection);
        assert_eq!(reason, "the track has 65 channels, and at most 64 can be read");
        assert_eq!(kind, DecodeErrorKind::NoSuchChannel);
    }
}

#[test]
fn a_channel_that_does_not_exist_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("a.wav");
    write_wav(&wav, 16_000, &noise(2, 4_000));
    for path in [convert(&wav, "a.wv", &["-c:a", "wavpack"]), wav] {
        for channel in [0, 3, u16::MAX] {
            let (reason, kind) = error(&path, only(channel));
            assert_eq!(reason, format!("there is no channel {channel}: the track has 2"), "{}", path.display());
            assert_eq!(kind, DecodeErrorKind::NoSuchChannel);
        }
    }
}

#[test]
fn files_of_a_recording_may_differ_in_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, second] = ["a.wav", "b.wav"].map(|name| folder.path().join(name));
    let (mono, stereo) = (noise(1, 8_000), noise(2, 8_000));
    write_wav(&first, 16_000, &mono);
    write_wav(&second, 16_000, &stereo);
    let recording = audio::join(&[first, second], SPLIT).expect("a recording");
    assert_eq!(recording.channels(), 2);
    let (split, _) = streams(recording);
    assert!(split[0] == [floats(&mono[0]), floats(&stereo[0])].concat());
    assert!(split[1] == [vec![0.0; 8_000], floats(&stereo[1])].concat());
}

#[test]
fn tracks_are_counted_and_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    let [mono, stereo] = ["mono.wav", "stereo.wav"].map(|name| folder.path().join(name));
    write_wav(&mono, 16_000, &noise(1, 32_000));
    write_wav(&stereo, 16_000, &noise(2, 32_000));
    let (mono, stereo) = (mono.to_str().unwrap(), stereo.to_str().unwrap());
    for (name, codec) in [("a.mp4", "aac"), ("a.mkv", "flac"), ("b.mkv", "ac3")] {
        let path = folder.path().join(name);
        let codec = ["-c:a", codec, "-ar", "48000", "-map", "0", "-map", "1"];
        ffmpeg(&[&["-i", mono, "-i", stereo], &codec[..], &[path.to_str().unwrap()]].concat());
        for (track, channels) in [(1, 1), (2, 2)] {
            let selection = Selection { track: Some(track), ..SPLIT };
            let recording = audio::open(&path, selection).expect("a recording");
            assert_eq!(recording.is_by_ffmpeg(), name == "b.mkv");
            assert_eq!((recording.tracks(), recording.channels()), (2, channels), "{name} {track}");
            let split = streams(recording).0;
            assert_eq!(split.len(), usize::from(channels), "{name} {track}");
            assert!(split[0].len().abs_diff(32_000) < 1_600, "{name} {track}: {}", split[0].len());
        }
        let (reason, _) = error(&path, Selection { track: Some(3), ..SPLIT });
        let by_us = "there is no audio track 3: the file has 2";
        assert!(reason == by_us || name == "b.mkv", "{name}: {reason}");
    }
}

#[test]
fn what_arrives_has_one_channel() {
    let sound = vec![transcribe::Samples::from_mono_16k(vec![0.5; 1_000])];
    let recording = audio::arriving(sound.into_iter());
    assert_eq!((recording.tracks(), recording.channels()), (1, 1));
    assert!(streams(recording).0 == [vec![0.5; 1_000]]);
}
