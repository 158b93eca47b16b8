//! Recordings that are none, or damaged, and places that can't be written to: each has a message that names the file and
//! the cause, the right exit code, and leaves nothing half-done behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::run::{Done, Place, SECRET, done, ffmpeg, says, wait_until, write_wav};

/// A place with a recording of 11 s as `jfk.wav`; the script has a line early, one late.
fn with_sound() -> Place {
    let place = Place::new();
    place.script("script.json", &says(&[(500, 2_000), (9_000, 10_000)]));
    place.recording("jfk.flac", "jfk.flac");
    ffmpeg(&place, "-i jfk.flac jfk.wav");
    place
}

/// Transcribes `name` into the folder `out`, where nothing may be left but whole files.
fn transcribe(place: &Place, arguments: &str, name: &str) -> Done {
    let done = place.scripted(&format!("-o out {arguments} {name}"));
    assert!(!done.stderr.contains("internal error"), "{name}: {}", done.stderr);
    assert!(done.stderr.contains(name), "{name} is not named: {}", done.stderr);
    let left = place.files("out");
    let stem = Path::new(name).file_stem().unwrap().to_string_lossy();
    let whole = [format!("{stem}.json"), format!("{stem}.srt")];
    let own: Vec<&String> = left.iter().filter(|f| f.starts_with('.') || f.starts_with(&format!("{stem}."))).collect();
    match done.code {
        Some(0) => assert_eq!(own, whole.iter().collect::<Vec<_>>(), "{name}"),
        _ => assert!(own.is_empty(), "{name}: {own:?}"),
    }
    done
}

fn json_of(place: &Place, name: &str) -> Value {
    place.json(&format!("out/{}.json", Path::new(name).file_stem().unwrap().to_string_lossy()))
}

/// The messages of a recording's warnings.
fn warnings(json: &Value) -> Vec<String> {
    let all = json["transcribe"]["warnings"].as_array().unwrap();
    all.iter().map(|w| w["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_no_recording() {
    let place = Place::new();
    fs::create_dir(place.path("folder.wav")).unwrap();
    place.write("empty.mp3", "");
    place.write("text.wav", "Minutes of the meeting\n".repeat(100));
    assert_snapshot!(transcribe(&place, "", "missing.wav").told(), @r"
    exit 1
    error: cannot read `missing.wav`: no such file or directory
    hint: check the name and the folder
    ");
    assert_snapshot!(transcribe(&place, "", "folder.wav").told(), @r"
    exit 1
    error: cannot read `folder.wav`: is a directory
    hint: `transcribe batch folder.wav` transcribes all recordings in it
    ");
    assert_snapshot!(transcribe(&place, "", "empty.mp3").told(), @r"
    exit 1
    error: cannot decode `empty.mp3`: the file is empty
    hint: it has no content; copy it again from the recorder
    ");
    assert_snapshot!(transcribe(&place, "", "text.wav").told(), @r"
    exit 1
    error: cannot decode `text.wav`: it is no recording, or of an unknown kind
    hint: ffmpeg can't decode it either: Invalid data found when processing input
    ");
}

#[test]
fn little_or_nothing_to_hear_is_a_success() {
    let place = Place::new();
    write_wav(&place.path("none.wav"), &[]);
    let tone = |count: usize| (0..count).map(|i| (i as f32 * 0.17).sin() * 0.3).collect::<Vec<f32>>();
    write_wav(&place.path("short.wav"), &tone(160));
    write_wav(&place.path("one.wav"), &tone(1));
    write_wav(&place.path("silence.wav"), &vec![0.0; 5 * 16_000]);
    for (name, length) in [("none.wav", 0.0), ("one.wav", 0.0), ("short.wav", 0.01), ("silence.wav", 5.0)] {
        let done = transcribe(&place, "", name).ok();
        assert!(done.stderr.contains("no speech"), "{}", done.stderr);
        let json = json_of(&place, name);
        assert_eq!((&json["text"], &json["segments"], &json["duration"]), (&json!(""), &json!([]), &json!(length)));
        assert_eq!(json["transcribe"]["complete"], true);
        valid(&json);
    }
    for (format, empty) in [("srt", ""), ("vtt", "WEBVTT\n"), ("txt", ""), ("tsv", "start\tend\ttext\n")] {
        let done = place.scripted(&format!("-q --stdout {format} silence.wav")).ok();
        assert_eq!(done.stdout.trim_end(), empty.trim_end(), "{format}");
    }
}

/// By the contract in `docs/`.
pub(crate) fn valid(json: &Value) {
    let contract = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/transcript.schema.json")).unwrap();
    let contract: Value = serde_json::from_str(&contract).unwrap();
    let wrong: Vec<String> =
        jsonschema::validator_for(&contract).unwrap().iter_errors(json).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
        assert!(transcribe(&place, "", name).ok().stderr.contains("no speech"), "the first track is silent");
        transcribe(&place, "--overwrite --track 2", name).ok();
        let json = json_of(&place, name);
        assert_eq!(json["segments"].as_array().unwrap().len(), 2);
        assert_eq!(json["transcribe"]["settings"]["track"], 2);
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
fn a_wav_header_with_wrong_sizes() {
    let place = with_sound();
    let sound = fs::read(place.path("jfk.wav")).unwrap();
    let data = sound.windows(4).position(|w| w == b"data").unwrap();
    for (name, riff, size, expected) in [
        ("crashed.wav", 0_u32, 0_u32, "the header of the file is damaged; its sizes were taken from the file"),
        ("boasting.wav", 0x7fff_ffff, 0x7fff_fff0, "the file is cut off: its end is missing"),
    ] {
        let mut bytes = sound.clone();
        bytes[4..8].copy_from_slice(&riff.to_le_bytes());
        bytes[data + 4..data + 8].copy_from_slice(&size.to_le_bytes());
        place.write(name, bytes);
        transcribe(&place, "", name).ok();
        let json = json_of(&place, name);
        assert_eq!(json["duration"], 11.0, "{name}");
        assert_eq!(warnings(&json), [expected], "{name}");
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
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = with_sound();
    let name = std::ffi::OsStr::from_bytes(b"Sitzung f\xfcr heute.wav");
    fs::copy(place.path("jfk.wav"), place.path(name)).unwrap();
    place.scripted_with("", name).ok();
    let json = fs::read(place.path(std::ffi::OsStr::from_bytes(b"Sitzung f\xfcr heute.json"))).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["transcribe"]["recording"]["name"], "Sitzung f\\xFCr heute.wav");
    // And names that look like options or addresses.
    for name in ["--odd name.wav", "http:odd.wav", "-"] {
        let path = place.path(if name == "-" { "-.wav" } else { name });
        fs::copy(place.path("jfk.wav"), &path).unwrap();
        let done = place.scripted_with("-q -o odd --", path.file_name().unwrap());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }
}

#[test]
fn folders_that_cannot_be_written_to() {
    let place = with_sound();
    place.write("file", "mine");
    assert_snapshot!(place.scripted("-o file jfk.wav").told(), @r"
    exit 1
    error: cannot write `file`: file exists
    hint: a file is where a folder is needed; `-o FOLDER` takes another
    ");
    assert_snapshot!(place.scripted("-o file/deep jfk.wav").told(), @r"
    exit 1
    error: cannot write `file/deep`: not a directory
    hint: a file is where a folder is needed; `-o FOLDER` takes another
    ");
    fs::create_dir(place.path("jfk.json")).unwrap();
    assert_snapshot!(place.scripted("--overwrite jfk.wav").told(), @r"
    exit 1
    error: cannot write `jfk.json`: is a directory
    hint: `-o FOLDER` writes elsewhere
    ");
    assert_eq!(place.read("file"), "mine");
    // Root may write everywhere but here.
    let told = in_small_disk(
        &place,
        16,
        "mount -o remount,ro disk && exec \"$0\" \"$@\"",
        "--scripted script.json -o disk jfk.wav",
    );
    assert_snapshot!(told.told(), @r"
    exit 1
    error: cannot write `disk`: read-only file system
    hint: `-o FOLDER` writes elsewhere
    ");
}

/// Runs the program after `script`, with a disk of so many KiB mounted at `disk`, which only they see.
pub(crate) fn in_small_disk(place: &Place, size: u32, script: &str, arguments: &str) -> Done {
    on_small_disk(place, size, script, &place.command(arguments))
}

/// The same with any program, without its environment.
pub(crate) fn on_small_disk(place: &Place, size: u32, script: &str, program: &Command) -> Done {
    fs::create_dir_all(place.path("disk")).unwrap();
    // As root without a namespace of users, which containers often forbid; as somebody else with one.
    let script = format!("mount -t tmpfs -o size={size}k none disk && {{ {script}; }}");
    let try_with = |options: &str| {
        let mut command = Command::new("unshare");
        command
            .args(options.split(' '))
            .args(["sh", "-c", &script])
            .arg(program.get_program())
            .args(program.get_args());
        command.current_dir(place.path("")).env("HOME", place.path("home")).env("LC_ALL", "C");
        command.output().expect("`unshare` is installed")
    };
    let possible = |options: &str| {
        let mut probe = Command::new("unshare");
        probe.args(options.split(' ')).args(["sh", "-c", "mount -t tmpfs none disk"]).current_dir(place.path(""));
        probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let options = ["-m", "-rm"].into_iter().find(|options| possible(options));
    done(try_with(options.expect("this test needs root, or the right to `unshare -rm`, for a small disk")))
}

#[test]
fn a_full_disk() {
    let place = with_sound();
    // The JSON fits no more, the table does. (The checkpoint takes a block, too.)
    let script = "head -c 8192 /dev/zero >disk/fill && \"$0\" \"$@\"; code=$?; ls -A disk >&2; exit $code";
    let lines: Vec<Value> =
        (0..40).map(|n| json!({"start": 500 + n * 100, "end": 590 + n * 100, "text": SECRET})).collect();
    place.script("script.json", &json!(lines));
    let done = in_small_disk(&place, 16, script, "--scripted script.json -q -f json,tsv -o disk jfk.wav");
    assert_snapshot!(done.told(), @r"
    exit 1
    error: cannot write `disk/jfk.json`: no space left on device
    hint: free some space, or `-o FOLDER` on another disk
    .jfk.transcribe-checkpoint
    fill
    jfk.tsv
    ");
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
    done(command.env("PATH", "").output().unwrap())
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
    let mut command = place.command("--scripted script.json -o out long.ac3");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut code = None;
    wait_until(|| {
        code = child.try_wait().unwrap();
        code.is_some()
    });
    assert_eq!(code.unwrap().code(), Some(0));
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
        // 1 GiB of address space: no header talks us into allocating what it claims.
        command.args(["-c", "ulimit -v 1048576; exec timeout 20 \"$0\" \"$@\""]).arg(program.get_program());
        command.args(program.get_args()).arg(&file).current_dir(place.path("")).env("HOME", place.path("home"));
        let begin = Instant::now();
        let done = done(command.output().unwrap());
        let bad = !matches!(done.code, Some(0 | 1))
            || done.stderr.contains("internal error")
            || begin.elapsed() > Duration::from_secs(20);
        if bad || done.stderr.is_empty() {
            wrong.push(format!("{}: {:?}, {:?}\n{}", file.display(), done.code, begin.elapsed(), done.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(place.files("out").iter().all(|name| !name.starts_with('.')), "{:?}", place.files("out"));
}
