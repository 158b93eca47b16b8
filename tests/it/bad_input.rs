//! Recordings that are none, or damaged, and places that can't be written to: each has a message that names the file and
//! the cause, the right exit code, and leaves nothing half-done behind.

use std::ffi::OsStr;
use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::recordings::{json_of, transcribe, warnings, with_sound};
use crate::run::{Done, Place, done, valid, write_wav};

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
    hint: convert it first, e.g. `ffmpeg -i text.wav -vn recording.flac`, or install ffmpeg: it is then used automatically
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
#[cfg(target_os = "linux")]
fn a_name_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = with_sound();
    let scripted = |arguments: &str, name: &OsStr| -> Done {
        done(place.command(&format!("--scripted script.json {arguments}")).arg(name))
    };
    let name = OsStr::from_bytes(b"Sitzung f\xfcr heute.wav");
    fs::copy(place.path("jfk.wav"), place.path(name)).unwrap();
    scripted("", name).ok();
    let json = fs::read(place.path(OsStr::from_bytes(b"Sitzung f\xfcr heute.json"))).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["transcribe"]["recording"]["name"], "Sitzung f\\xFCr heute.wav");
    // And names that look like options or addresses.
    for name in ["--odd name.wav", "http:odd.wav", "-"] {
        let path = place.path(if name == "-" { "-.wav" } else { name });
        fs::copy(place.path("jfk.wav"), &path).unwrap();
        let done = scripted("-q -o odd --", path.file_name().unwrap());
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
    hint: something else has that name: move it away, or `-o FOLDER` writes elsewhere
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
}

/// On standard error; what goes into a pipe as data stays as it is.
#[test]
fn names_do_not_command_a_terminal() {
    let place = Place::new();
    let evil = "a\u{1b}]52;c;cm0=\u{7}\u{9b}31m\rb\u{202e}c";
    let shown = "a\\u001b]52;c;cm0=\\u0007\\u009b31m\\u000db\\u202ec";
    let named = |ending: &str| format!("{evil}.{ending}");
    place.recording("jfk.flac", &named("flac"));
    place.write(&named("wav"), "none");
    let run = |arguments: &[&str]| done(place.command("").args(arguments));
    let [recording, none, json, missing] = ["flac", "wav", "json", "mp3"].map(named);
    let script = "--scripted=script.json";
    let mut ran = vec![
        run(&[script, &recording]),
        run(&[script, "--progress=json", "--overwrite", &recording]),
        run(&[script, &none]),
        run(&[script, &missing]),
        run(&[script, "--progress=json", &missing]),
        run(&[script, &format!("--language={evil}"), &recording]),
        run(&[&format!("--{evil}")]),
        run(&["models", "path", evil]),
        run(&["batch", evil]),
        run(&["live", &format!("--name=/{evil}"), "--input", &missing]),
        run(&["export", "-f", "srt", "--overwrite", &json]),
    ];
    // A speaker whose name turns the line round, in a message and as data.
    let speaker = "Anna \u{202e}rekcah";
    let mut transcript = place.json(&json);
    transcript["segments"][0]["speaker"] = speaker.into();
    place.write(&json, transcript.to_string());
    let exported = run(&["export", "-q", "--stdout=txt", &json]);
    assert!(exported.stdout.contains(speaker), "{}", exported.stdout);
    ran.push(exported);
    for done in &ran {
        let obeyed = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
        assert_eq!(done.stderr.chars().find(obeyed), None, "{:?}", done.stderr);
    }
    for n in [0, 2, 3, 7, 8, 10] {
        assert!(ran[n].stderr.contains(shown), "{:#?}", ran[n]);
    }
    for line in ran[1].stderr.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["recording"].is_null() || event["recording"] == recording, "{event}");
    }
}
