//! Recordings that ffmpeg wrote, then damaged, and those that only ffmpeg reads.

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::ffmpeg::ffmpeg;
use crate::recordings::{json_of, transcribe, warnings, with_sound};
use crate::run::{Done, Place, done, valid};

/// What the installed ffmpeg says about a file that is none for us.
#[test]
fn ffmpeg_is_asked_about_what_is_no_recording() {
    let place = Place::new();
    place.write("text.wav", "Minutes of the meeting\n".repeat(100));
    assert_snapshot!(transcribe(&place, "", "text.wav").told(), @r"
    exit 1
    error: cannot decode `text.wav`: it is no recording, or of an unknown kind
    hint: ffmpeg can't decode it either: Invalid data found when processing input
    ");
}

#[test]
fn videos() {
    let place = with_sound();
    let picture = "-f lavfi -i testsrc=duration=11:size=64x64:rate=5";
    ffmpeg(&place, &format!("{picture} -c:v mpeg4 mute.mp4"));
    let sounds = "-f lavfi -i anullsrc=r=16000:d=11 -i jfk.wav -map 0:v -map 1:a -map 2:a";
    for name in ["two.mp4", "two.mkv"] {
        ffmpeg(&place, &format!("{picture} {sounds} -t 11 -c:v mpeg4 -c:a aac {name}"));
    }
    assert_snapshot!(transcribe(&place, "", "mute.mp4").told(), @r"
    exit 1
    error: cannot decode `mute.mp4`: no sound in it that we know
    hint: ffmpeg can't decode it either: it finds no sound in it
    ");
    for name in ["two.mp4", "two.mkv"] {
        transcribe(&place, "", name).ok();
        let json = json_of(&place, name);
        assert_eq!(json["segments"].as_array().unwrap().len(), 2);
        assert_eq!(warnings(&json), ["audio track 1 is silent; track 2 was transcribed"]);
        assert!(transcribe(&place, "--overwrite --track 1", name).ok().stderr.contains("no speech"), "it is silent");
        transcribe(&place, "--overwrite --track 2", name).ok();
        let json = json_of(&place, name);
        assert_eq!(json["segments"].as_array().unwrap().len(), 2);
        assert_eq!(json["transcribe"]["settings"]["track"], 2);
        assert_eq!(warnings(&json), Vec::<String>::new());
        fs::remove_dir_all(place.path("out")).unwrap();
    }
    assert_snapshot!(transcribe(&place, "--track 9", "two.mp4").told(), @r"
    exit 1
    error: cannot decode `two.mp4`: there is no audio track 9: the file has 2
    hint: `--track 1` is the first
    ");
}

/// Cuts the last third off.
fn cut(place: &Place, from: &str, to: &str) {
    let bytes = fs::read(place.path(from)).unwrap();
    place.write(to, &bytes[..bytes.len() * 2 / 3]);
}

#[test]
fn of_a_cut_file_what_is_there_comes_out() {
    let place = with_sound();
    for (kind, options) in [
        ("wav", ""),
        ("flac", ""),
        ("mp3", ""),
        ("ogg", "-c:a libvorbis"),
        ("opus", ""),
        ("aac", ""),
        ("m4a", "-movflags faststart"),
        // Installed ffmpeg reads these.
        ("webm", "-c:a libopus"),
        ("ac3", ""),
    ] {
        ffmpeg(&place, &format!("-i jfk.wav -ac 1 {options} whole.{kind}"));
        let name = format!("cut-{kind}.{kind}");
        cut(&place, &format!("whole.{kind}"), &name);
        let told = transcribe(&place, "", &name).ok().stderr;
        let json = json_of(&place, &name);
        let length = json["duration"].as_f64().unwrap();
        assert!((6.5..8.0).contains(&length), "{name}: {length}");
        assert_eq!(json["segments"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(warnings(&json).len(), 1, "{name}: {json}");
        assert!(told.starts_with(&format!("warning: {name}")), "{told}");
        if let Some(time) = json["transcribe"]["warnings"][0]["time"].as_f64() {
            assert!((time - length).abs() < 0.2, "{name}: {time}");
        }
        valid(&json);
    }
    // Nothing says where the sound lies: the index would have come last.
    ffmpeg(&place, "-i jfk.wav whole.m4a");
    cut(&place, "whole.m4a", "lost.m4a");
    assert_snapshot!(transcribe(&place, "", "lost.m4a").told(), @r"
    exit 1
    error: cannot decode `lost.m4a`: it is cut off: the end, which says where the sound lies, is missing
    hint: ffmpeg can't decode it either: Invalid data found when processing input
    ");
}

/// The default track is AC-3, and no ffmpeg is there.
#[test]
fn another_track_is_read_if_the_default_one_needs_ffmpeg() {
    let place = with_sound();
    let bare = Place::with_path("");
    ffmpeg(&place, "-i jfk.wav -i jfk.wav -map 0 -map 1 -c:a:0 ac3 -c:a:1 aac two.mkv");
    fs::copy(place.path("two.mkv"), bare.path("two.mkv")).unwrap();
    transcribe(&bare, "", "two.mkv").ok();
    let json = json_of(&bare, "two.mkv");
    let told = "audio track 1 can't be read here (unsupported codec AC-3); track 2 was transcribed";
    assert_eq!(warnings(&json), [told]);
    valid(&json);
}

#[test]
fn whole_files_are_not_warned_about() {
    let place = with_sound();
    for (name, options) in [
        ("vbr.mp3", "-q:a 5"),
        ("cbr.mp3", "-b:a 64k"),
        ("bare.mp3", "-q:a 5 -write_xing 0"),
        ("live.m4a", "-movflags frag_keyframe+empty_moov"),
        ("plain.m4a", ""),
        ("opus.webm", ""),
        ("pcm.mka", "-c:a pcm_s16le"),
        ("sound.ogg", "-c:a libvorbis"),
    ] {
        ffmpeg(&place, &format!("-i jfk.wav {options} {name}"));
        transcribe(&place, "", name).ok();
        assert_eq!(warnings(&json_of(&place, name)), Vec::<String>::new(), "{name}");
        fs::remove_dir_all(place.path("out")).unwrap();
    }
    // The picture goes on after the sound: nothing is missing.
    ffmpeg(&place, "-f lavfi -i testsrc=duration=20:size=64x64:rate=5 -i jfk.wav -c:v mpeg4 -c:a aac long.mkv");
    transcribe(&place, "", "long.mkv").ok();
    assert_eq!(warnings(&json_of(&place, "long.mkv")), Vec::<String>::new());
}

#[test]
fn damage_in_the_middle_shifts_nothing() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -ac 1 -b:a 48k whole.mp3");
    ffmpeg(&place, "-i jfk.wav -ac 1 -c:a libvorbis whole.ogg");
    ffmpeg(&place, "-i jfk.wav -ac 1 whole.flac");
    for kind in ["mp3", "ogg", "flac"] {
        let mut bytes = fs::read(place.path(format!("whole.{kind}"))).unwrap();
        let middle = bytes.len() * 45 / 100;
        // Of a frame of MP3 only what follows the header: nobody can know how many frames were lost without headers.
        let frame = bytes[middle..].windows(2).position(|w| w[0] == 0xff && w[1] & 0xf6 == 0xf2).unwrap_or_default();
        let (from, count) = if kind == "mp3" { (middle + frame + 4, 60) } else { (middle, bytes.len() / 100) };
        (from..from + count).for_each(|i| bytes[i] = if kind == "mp3" { 0xfe } else { (i * 151 % 255) as u8 });
        let name = format!("hurt-{kind}.{kind}");
        place.write(&name, bytes);
        transcribe(&place, "", &name).ok();
        let json = json_of(&place, &name);
        let length = json["duration"].as_f64().unwrap();
        assert!((length - 11.0).abs() < 0.15, "{name}: {length} s");
        assert_eq!(json["segments"].as_array().unwrap().len(), 2, "{name}");
        let times: Vec<f64> =
            json["transcribe"]["warnings"].as_array().unwrap().iter().filter_map(|w| w["time"].as_f64()).collect();
        println!("{name}: {length} s, {}", json["transcribe"]["warnings"]);
        // Symphonia leaves out a page or frame whose checksum is wrong without a word; only its time is kept.
        let told = times.first().is_some_and(|t| (3.5..6.5).contains(t));
        assert!(told || kind != "mp3", "{name}: {json}");
    }
}

#[test]
fn unusual_sound() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -ar 192000 -ac 8 -c:a pcm_f32le wide.wav");
    ffmpeg(&place, "-i jfk.wav -ac 1 -c:a pcm_f32le float.wav");
    let mut bytes = fs::read(place.path("float.wav")).unwrap();
    let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    for (n, sample) in bytes[data..].as_chunks_mut::<4>().0.iter_mut().enumerate() {
        match n % 1_000 {
            100 => *sample = f32::NAN.to_le_bytes(),
            400 => *sample = f32::INFINITY.to_le_bytes(),
            700 => *sample = f32::NEG_INFINITY.to_le_bytes(),
            _ => {}
        }
    }
    place.write("broken.wav", bytes);
    for name in ["wide.wav", "broken.wav"] {
        transcribe(&place, "", name).ok();
        let json = json_of(&place, name);
        assert_eq!((json["duration"].as_f64(), json["segments"].as_array().unwrap().len()), (Some(11.0), 2), "{name}");
        let told = ["samples that are no numbers were replaced by silence"];
        assert_eq!(warnings(&json), told[..usize::from(name == "broken.wav")], "{name}");
    }
}

#[test]
fn what_only_ffmpeg_decodes() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -c:a wmav2 sound.wma");
    ffmpeg(&place, "-i jfk.wav -c:a ac3 sound.mkv");
    let done = place.scripted("-v --stdout tsv sound.wma").ok();
    assert!(done.stderr.contains("sound.wma: decoded by the installed ffmpeg"), "{}", done.stderr);
    assert!(done.stdout.contains("9000"), "{}", done.stdout);

    let without = |name: &str| {
        let mut command = place.command(&format!("--scripted script.json {name}"));
        done_without_path(&mut command).told()
    };
    assert_snapshot!(without("sound.wma"), @r"
    exit 1
    error: cannot decode `sound.wma`: it is no recording, or of an unknown kind
    hint: convert it first, e.g. `ffmpeg -i sound.wma -vn recording.flac`, or install ffmpeg: it is then used automatically
    ");
    assert_snapshot!(without("sound.mkv"), @r"
    exit 1
    error: cannot decode `sound.mkv`: unsupported codec AC-3
    hint: convert it first, e.g. `ffmpeg -i sound.mkv -vn recording.flac`, or install ffmpeg: it is then used automatically
    ");
}

fn done_without_path(command: &mut Command) -> Done {
    done(command.env("PATH", ""))
}

/// ffmpeg complains about every frame; once that filled the pipe, and both waited for each other for ever.
#[test]
fn much_damage_does_not_stop_ffmpeg() {
    let place = with_sound();
    ffmpeg(&place, "-stream_loop 60 -i jfk.wav -c:a ac3 -b:a 64k long.ac3");
    let mut bytes = fs::read(place.path("long.ac3")).unwrap();
    // The headers stay: 64 kbit/s at 32 kHz make frames of 288 bytes, at 48 kHz of 192; each begins with 0b 77.
    let starts: Vec<usize> = (0..bytes.len() - 100).filter(|i| bytes[*i..].starts_with(&[0x0b, 0x77])).collect();
    starts.iter().skip(40).for_each(|start| (start + 40..start + 80).for_each(|i| bytes[i] ^= 0x5a));
    place.write("long.ac3", bytes);
    place.scripted("-o out long.ac3").ok();
    let said = warnings(&place.json("out/long.json"));
    assert!(said.iter().any(|w| w.starts_with("ffmpeg found damage in it: ")), "{said:?}");
}

/// Files that broke other people's programs; they are not in the repository, so this runs only beside them.
#[test]
fn files_that_broke_other_programs() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/testdata");
    let Ok(folders) = fs::read_dir(shared) else { return };
    let folders = folders
        .map(|f| f.unwrap().path())
        .filter(|f| f.file_name().unwrap().to_string_lossy().starts_with("malformed-"));
    let place = Place::new();
    let mut wrong = Vec::new();
    for file in folders.flat_map(|f| fs::read_dir(f).unwrap()).map(|f| f.unwrap().path()) {
        let program = place.command("--scripted script.json --overwrite -o out");
        let mut command = Command::new("sh");
        // 1 GiB of address space: no header talks us into allocating what it claims. A minute of processor time.
        command.args(["-c", "ulimit -v 1048576; ulimit -t 60; exec \"$0\" \"$@\""]).arg(program.get_program());
        command.args(program.get_args()).arg(&file).current_dir(place.path("")).env("HOME", place.path("home"));
        let done = done(&mut command);
        let bad = !matches!(done.code, Some(0 | 1)) || done.stderr.contains("internal error");
        if bad || done.stderr.is_empty() {
            wrong.push(format!("{}: {:?}\n{}", file.display(), done.code, done.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(place.files("out").iter().all(|name| !name.starts_with('.')), "{:?}", place.files("out"));
}
