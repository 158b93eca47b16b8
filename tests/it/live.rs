//! Live sessions, with a recording for the microphone and a scripted recogniser.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};
use transcribe::live::{Caption, LiveRecognisers, SessionUpdate, session};
use transcribe::pipeline::{Recognisers, TranscribeOptions};
use transcribe::{Line, Millis, Recogniser, Samples, Scripted, SpeakerId};

use crate::bad_input::{in_small_disk, valid};
use crate::run::{Done, Place, SECRET, done, ffmpeg, talk, turn, wait_until};

/// A recording of four turns, and what is said in them.
fn place() -> Place {
    let place = Place::new();
    talk(&place, "talk.wav", 4);
    let line =
        |n: u64| json!({"start": turn(n) + 400, "end": turn(n) + 2_200, "text": format!("{SECRET} is told {n} times")});
    place.script("script.json", &(0..4).map(line).collect());
    place
}

/// Plays `talk.wav` as fast as can be.
fn live(place: &Place, arguments: &str) -> Done {
    place.run(&format!("live --scripted script.json --input talk.wav --speed 0 --name talk {arguments}"))
}

fn lines(range: std::ops::Range<u64>) -> String {
    range.map(|n| format!("{SECRET} is told {n} times\n")).collect()
}

#[test]
fn a_recording_plays_as_a_microphone() {
    let place = place();
    let told = live(&place, "").ok();
    assert_eq!(told.stdout, lines(0..4));
    assert_snapshot!(told.told(), @"
    exit 0
    listening to talk.wav
    talk: 0:00:24 in _, English, 20 words → talk.json, talk.srt, talk.vtt
    ");
    assert_eq!(place.files(""), ["script.json", "talk.json", "talk.srt", "talk.vtt", "talk.wav"]);
    let json = place.json("talk.json");
    valid(&json);
    assert_eq!(json["transcribe"]["complete"], true);
    assert_eq!(json["transcribe"]["recording"]["name"], "talk");
    assert!(json["transcribe"]["recording"]["started"].is_string());
    // The record is what the program makes of the file, to the last time and word.
    place.scripted("-o file -f json,srt,vtt talk.wav").ok();
    assert_eq!(json["segments"], place.json("file/talk.json")["segments"]);
    assert_eq!(place.read("talk.srt"), place.read("file/talk.srt"));
    assert_eq!(place.read("talk.vtt"), place.read("file/talk.vtt"));
}

#[test]
fn the_same_sound_gives_the_same() {
    let place = place();
    let first = live(&place, "-q").ok();
    let second = live(&place, "-q --overwrite").ok();
    assert_eq!((&first.stdout, &first.stderr), (&lines(0..4), &String::new()));
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn raw_sound_from_standard_input() {
    let place = place();
    ffmpeg(&place, "-i talk.wav -f s16le talk.raw");
    let mut command = place.command("live --scripted script.json --input - --name talk");
    let sound = std::fs::File::open(place.path("talk.raw")).unwrap();
    let done = done(command.stdin(sound).output().unwrap()).ok();
    assert_eq!(done.stdout, lines(0..4));
    assert_eq!(place.json("talk.json")["duration"], 24.0);
}

#[test]
fn wishes_that_cannot_be() {
    let place = place();
    place.write("talk.json", "mine");
    let told = |arguments: &str| place.run(&format!("live --scripted script.json {arguments}")).told();
    assert_snapshot!(told("--input talk.wav --name talk"), @"
    exit 2
    error: `talk.json` exists already
    hint: `--overwrite` replaces it, `-o FOLDER` writes elsewhere
    ");
    assert_snapshot!(told("--input gone.wav"), @"
    exit 2
    error: cannot read `gone.wav`: no such file or directory
    hint: check the name and the folder
    ");
    assert_snapshot!(told("--input talk.wav --name a/b"), @"
    exit 2
    error: `--name` is the name of a file, without its folder
    hint: `-o FOLDER` names the folder
    ");
    assert_snapshot!(told("--input talk.wav --serve 0.0.0.0:0"), @"
    exit 2
    error: at 0.0.0.0:0 other machines could read along
    hint: `--network` allows it; without an address only this machine can
    ");
    assert_snapshot!(told("--input talk.wav --save-audio talk.wav"), @"
    exit 2
    error: `talk.wav` exists already
    hint: `--overwrite` replaces it, `-o FOLDER` writes elsewhere
    ");
    assert_snapshot!(told("--input talk.wav --save-audio talk.mp3"), @"
    exit 2
    error: cannot write `talk.mp3`: sound can be saved as `.wav` or `.flac`
    ");
    assert_snapshot!(told("--recover talk.json"), @"
    exit 2
    error: `talk.json` needs no recovery: there is no journal beside it
    hint: that of a session is called `.NAME.transcribe-live`
    ");
    assert_snapshot!(told("--speed 2"), @"
    exit 2
    error: the following required arguments were not provided:
      --input <FILE>

    Usage: transcribe live --input <FILE> --speed <X>

    For more information, try '--help'.
    ");
    assert_eq!(place.read("talk.json"), "mine");
    assert_eq!(place.files(""), ["script.json", "talk.json", "talk.wav"]);
}

#[cfg(feature = "page")]
#[test]
fn a_port_in_use() {
    let place = place();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let done = place.run(&format!("live --scripted script.json --input talk.wav --serve 127.0.0.1:{port}"));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("address already in use"), "{}", done.stderr);
    assert!(done.stderr.contains("hint: another program is there"), "{}", done.stderr);
    assert_eq!(place.files(""), ["script.json", "talk.wav"]);
}

/// Starts a session in real time, waits until so many lines are done, and kills it.
fn killed(place: &Place, count: usize, arguments: &str) {
    let mut command = place.command(&format!("live --scripted script.json --input talk.wav --name talk {arguments}"));
    let out = std::fs::File::create(place.path("stdout")).unwrap();
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| place.read("stdout").lines().count() >= count);
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(place.path("stdout")).unwrap();
}

#[test]
fn after_a_kill_all_lines_are_there() {
    let place = place();
    killed(&place, 2, "--speed 3");
    assert_eq!(place.files(""), [".talk.transcribe-live", "script.json", "talk.wav"]);
    let told = place.run("live --recover talk.json").ok();
    assert_snapshot!(timeless(&told.told()), @"
    exit 0
    recovered a session that was killed, _: talk.json, talk.srt, talk.vtt
    ");
    assert_eq!(place.files(""), ["script.json", "talk.json", "talk.srt", "talk.vtt", "talk.wav"]);
    let json = place.json("talk.json");
    valid(&json);
    let text: Vec<&str> =
        json["segments"].as_array().unwrap().iter().map(|s| s["text"].as_str().unwrap().trim()).collect();
    assert_eq!(text.join("\n") + "\n", lines(0..2));
    assert_eq!(json["transcribe"]["complete"], false);
    assert_eq!(json["transcribe"]["reason"], "the session was killed");
}

/// How far it was is not the same each time.
fn timeless(told: &str) -> String {
    let at = told.find("killed, 0:00:").unwrap();
    format!("{}_{}", &told[..at + 8], &told[at + 15..])
}

#[test]
fn the_next_session_finishes_the_one_that_was_killed() {
    let place = place();
    killed(&place, 1, "--speed 3");
    let done = place.run("live --scripted script.json --input talk.wav --speed 0 --name next").ok();
    assert!(done.stderr.contains("recovered a session that was killed"), "{}", done.stderr);
    assert_eq!(place.json("talk.json")["transcribe"]["complete"], false);
    assert_eq!(place.json("next.json")["transcribe"]["complete"], true);
    assert!(!place.path(".talk.transcribe-live").exists() && !place.path(".next.transcribe-live").exists());
}

#[test]
fn the_sound_is_saved_if_wanted() {
    let place = place();
    for name in ["talk.flac", "copy.wav"] {
        let done = live(&place, &format!("--save-audio {name} --overwrite")).ok();
        assert!(done.stderr.contains(name), "{}", done.stderr);
        let recording = &place.json("talk.json")["transcribe"]["recording"];
        assert_eq!(recording["name"], name);
        assert_eq!(recording["sha256"].as_str().unwrap().len(), 64);
        // What was heard is in it: it gives the same transcript.
        place.scripted(&format!("-o file --overwrite -f json {name}")).ok();
        let file = place.path(name).with_extension("json");
        let again = place.json(&format!("file/{}", file.file_name().unwrap().display()));
        assert_eq!(again["segments"], place.json("talk.json")["segments"]);
    }
}

#[test]
fn saved_sound_is_transcribed_again() {
    let place = place();
    let done = place
        .run("live --scripted script.json --input talk.wav --speed 0 --name again --save-audio again.wav --refine base")
        .ok();
    assert_eq!(done.stderr.matches("again: 0:00:24").count(), 2, "{}", done.stderr);
    assert_eq!(place.json("again.json")["transcribe"]["complete"], true);
    assert_eq!(place.json("again.json")["segments"].as_array().unwrap().len(), 4);
}

#[test]
fn a_full_disk_costs_no_captions() {
    let place = place();
    // Neither the sound nor the files fit.
    let script = "head -c 12288 /dev/zero >disk/fill && \"$0\" \"$@\"; code=$?; ls -A disk >&2; exit $code";
    let arguments =
        "live --scripted script.json --input talk.wav --speed 0 --name talk -o disk --save-audio disk/talk.wav";
    let done = in_small_disk(&place, 32, script, arguments);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert_eq!(done.stdout, lines(0..4));
    assert!(done.stderr.contains("the sound is NOT saved; captions go on"), "{}", done.stderr);
    assert!(done.stderr.contains("error: cannot write `disk/talk."), "{}", done.stderr);
    assert!(done.stderr.contains(".talk.transcribe-live"), "the journal stays: {}", done.stderr);
}

/// What `readers/terminal.py` saw of a program.
pub(crate) fn in_terminal(script: &Value) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut python = std::process::Command::new(format!("{root}/scripts/python"));
    python.arg(format!("{root}/tests/it/readers/terminal.py")).env("PYTHONIOENCODING", "utf-8");
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), script).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Keys and the status line, in a terminal.
#[test]
fn keys_in_a_terminal() {
    let place = place();
    let arguments = ["live", "--scripted", "script.json", "--input", "talk.wav", "--speed", "2", "--name", "talk"];
    let script = json!({
        "program": env!("CARGO_BIN_EXE_transcribe"), "arguments": arguments, "folder": place.path(""),
        // At which second which key is pressed.
        "keys": [[0.6, "t"], [0.8, "2"], [3.4, "m"], [3.6, "3"], [3.7, "b"], [6.5, " "], [9.4, " "]],
    });
    let seen: Value = in_terminal(&script);
    assert_eq!(seen["code"], 0, "{seen}");
    let screen = seen["screen"].as_str().unwrap();
    assert!(screen.contains("Speaker 2: ") && screen.contains("PAUSED") && screen.contains("item 1"), "{screen}");
    assert!(screen.contains("q end"), "{screen}");
    assert_eq!(seen["echo"], true, "the terminal is as it was");
    let json = place.json("talk.json");
    valid(&json);
    let ours = &json["transcribe"];
    let kinds: Vec<&str> = ours["markers"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["agenda_item", "marker", "decision"]);
    let gap = &ours["gaps"][0];
    assert_eq!(gap["reason"], "paused");
    assert!((gap["end"].as_f64().unwrap() - gap["start"].as_f64().unwrap() - 5.8).abs() < 1.0, "{gap}");
    let speakers: Vec<&str> =
        json["segments"].as_array().unwrap().iter().filter_map(|s| s["speaker"].as_str()).collect();
    assert_eq!(speakers.first(), Some(&"Speaker 2"));
    assert!(speakers.contains(&"Speaker 3"));
}

/// Feeds `seconds` of speech at once to a session whose recogniser takes `delay` for each look, and gives what was shown.
fn hurried(delay: u64) -> (Vec<Caption>, String, Millis) {
    let place = Place::new();
    talk(&place, "talk.wav", 6);
    let mut sound = Vec::new();
    let mut file = transcribe::audio::open(&place.path("talk.wav"), transcribe::audio::Selection::default()).unwrap();
    while let Some(samples) = file.read().unwrap() {
        sound.extend_from_slice(&samples);
    }
    let line = |n: u64| Line {
        start: turn(n) + 400,
        end: turn(n) + 2_200,
        text: format!("one{n} two{n} three{n} four{n} five{n}"),
        delay,
        ..Line::default()
    };
    let scripted = Scripted::new((0..6).map(line).collect());
    let one = || Box::new(scripted.clone()) as Box<dyn Recogniser>;
    let crew =
        LiveRecognisers { captions: vec![one(), one()], record: Recognisers { workers: vec![one()], detector: None } };
    let (feed, session) = session();
    feed.speaker(Some(SpeakerId(1)));
    for block in sound.chunks(800) {
        feed.sound(Samples::from_mono_16k(block.to_vec()));
    }
    drop(feed);
    let mut captions = Vec::new();
    let (transcript, failure) = session
        .run(
            crew,
            &TranscribeOptions { languages: vec!["en".into()], ..TranscribeOptions::default() },
            false,
            &(),
            &mut |told| {
                if let SessionUpdate::Caption(caption) = told {
                    captions.push(caption.clone());
                }
            },
        )
        .unwrap();
    assert!(failure.is_none());
    let record: Vec<String> = transcript.segments.into_iter().map(|s| s.text).collect();
    (captions, record.join(" "), transcript.duration)
}

#[test]
fn a_slow_model_loses_nothing() {
    for delay in [0, 150] {
        let (captions, record, duration) = hurried(delay);
        assert_eq!(duration, Millis(36_000));
        let mut shown: Vec<String> = vec![String::new()];
        for caption in &captions {
            match caption {
                Caption::Settled { line, text, speaker } => {
                    assert_eq!(*line as usize + 1, shown.len(), "lines follow each other");
                    assert_eq!(*speaker, Some(SpeakerId(1)));
                    shown.last_mut().unwrap().push_str(text);
                }
                Caption::Tentative { line, .. } => assert_eq!(*line as usize + 1, shown.len()),
                Caption::Done { .. } => shown.push(String::new()),
                Caption::State { .. } => {}
            }
        }
        assert_eq!(shown.pop().as_deref(), Some(""), "the last line is done");
        assert_eq!(shown.join(" "), record, "captions and record have the same words");
        assert_eq!(record.split(' ').count(), 30);
    }
}

#[test]
fn a_recogniser_that_crashes_costs_a_line() {
    let place = place();
    let said =
        |n: u64| json!({"start": turn(n) + 400, "end": turn(n) + 2_200, "text": format!("{SECRET} is told {n} times")});
    place.script(
        "script.json",
        &json!([said(0), {"start": turn(1) + 400, "end": turn(1) + 2_200, "panic": true}, said(2)]),
    );
    let done = live(&place, "");
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert_eq!(done.stdout, lines(0..1) + &lines(2..3));
    let json = place.json("talk.json");
    assert_eq!(json["transcribe"]["complete"], false);
    let text: Vec<&str> =
        json["segments"].as_array().unwrap().iter().map(|s| s["text"].as_str().unwrap().trim()).collect();
    assert_eq!(text.join("\n") + "\n", lines(0..1) + &lines(2..3), "what the record lost stands as it was shown");
}

#[test]
fn ctrl_c_ends_in_order() {
    let place = place();
    let mut command = place.command("live --scripted script.json --input talk.wav --name talk --save-audio a.wav");
    let out = std::fs::File::create(place.path("stdout")).unwrap();
    let child = command.stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| !place.read("stdout").is_empty());
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let json = place.json("talk.json");
    assert_eq!(json["transcribe"]["complete"], true);
    assert!(json["duration"].as_f64().unwrap() < 20.0);
    assert_eq!(json["transcribe"]["recording"]["name"], "a.wav");
}

#[test]
fn who_reads_along_may_go() {
    let place = place();
    let mut command = place.command("live --scripted script.json --input talk.wav --speed 0 --name talk");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(done(child.wait_with_output().unwrap()).code, Some(0));
    assert_eq!(place.json("talk.json")["segments"].as_array().unwrap().len(), 4);
}
