//! Live sessions, with a recording for the microphone and a scripted recogniser.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::json;
use transcribe::live::{Caption, LiveRecognisers, SessionUpdate, session};
use transcribe::pipeline::{Recognisers, TranscribeOptions};
use transcribe::{Line, Millis, Recogniser, Samples, Scripted, SpeakerId};

use crate::gate::Gate;
use crate::recordings::{four_turns, lines};
use crate::run::{Done, Place, SECRET, done, talk, turn, valid};
use crate::running::Running;

/// Plays `talk.wav` as fast as can be.
fn live(place: &Place, arguments: &str) -> Done {
    place.run(&format!("live --scripted script.json --input talk.wav --speed 0 --name talk {arguments}"))
}

#[test]
fn a_recording_plays_as_a_microphone() {
    let place = four_turns();
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
    // The transcript is what the program makes of the file, to the last time and word.
    place.scripted("-o file -f json,srt,vtt talk.wav").ok();
    assert_eq!(json["segments"], place.json("file/talk.json")["segments"]);
    assert_eq!(place.read("talk.srt"), place.read("file/talk.srt"));
    assert_eq!(place.read("talk.vtt"), place.read("file/talk.vtt"));
}

#[test]
fn the_same_sound_gives_the_same() {
    let place = four_turns();
    let first = live(&place, "-q").ok();
    let second = live(&place, "-q --overwrite").ok();
    assert_eq!((&first.stdout, &first.stderr), (&lines(0..4), &String::new()));
    assert_eq!(first.stdout, second.stdout);
}

/// The samples of `talk.wav`: 16 bits each, little-endian.
fn raw(place: &Place) -> Vec<u8> {
    let samples = hound::WavReader::open(place.path("talk.wav")).unwrap().into_samples::<i16>();
    samples.flat_map(|sample| sample.unwrap().to_le_bytes()).collect()
}

#[test]
fn raw_sound_from_standard_input() {
    let place = four_turns();
    place.write("talk.raw", raw(&place));
    let mut command = place.command("live --scripted script.json --input - --name talk");
    let sound = std::fs::File::open(place.path("talk.raw")).unwrap();
    let done = done(command.stdin(sound)).ok();
    assert_eq!(done.stdout, lines(0..4));
    assert_eq!(place.json("talk.json")["duration"], 24.0);
}

#[test]
fn wishes_that_cannot_be() {
    let place = four_turns();
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
    hint: `--save-audio FILE` with another name
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
    let place = four_turns();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let done = place.run(&format!("live --scripted script.json --input talk.wav --serve 127.0.0.1:{port}"));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("address already in use"), "{}", done.stderr);
    assert!(done.stderr.contains("hint: another program is there"), "{}", done.stderr);
    assert_eq!(place.files(""), ["script.json", "talk.wav"]);
}

/// Starts a session in which more cannot be recognised than the first `count` lines, waits until they are done and kills it.
fn killed(place: &Place, count: usize) {
    let _gate = Gate::at(place, [count]);
    let mut running =
        Running::start(&mut place.command("live --scripted script.json --input talk.wav --name talk --speed 3"));
    running.printed(count - 1);
    // What is shown is on disk a moment later.
    let journal = || std::fs::read_to_string(place.path(".talk.transcribe-live")).unwrap_or_default();
    running.until("the lines are in the journal", || journal().matches("{\"line\":").count() >= count);
    running.kill();
}

#[test]
fn after_a_kill_all_lines_are_there() {
    let place = four_turns();
    killed(&place, 2);
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
    assert_eq!(json["transcribe"]["reason"], "session_killed");
}

/// How far it was is not the same each time.
fn timeless(told: &str) -> String {
    let at = told.find("killed, 0:00:").unwrap();
    format!("{}_{}", &told[..at + 8], &told[at + 15..])
}

#[test]
fn a_file_that_somebody_has_changed_costs_nothing_else() {
    let place = four_turns();
    let mut gate = Gate::at(&place, [1]);
    let running = Running::start(
        &mut place.command("live --scripted script.json --input talk.wav --name talk --speed 0 -f json,srt"),
    );
    gate.reached();
    place.write("talk.srt", "mine");
    drop(gate);
    let done = running.done().ok();
    let told = "warning: somebody else wrote `talk.srt`, which stays; this session's is `talk-recovered.srt`";
    assert!(done.stderr.contains(told), "{}", done.stderr);
    assert!(done.stderr.contains("→ talk.json, talk-recovered.srt"), "{}", done.stderr);
    assert_eq!(place.json("talk.json")["transcribe"]["complete"], true);
    assert_eq!(place.read("talk.srt"), "mine");
    assert_eq!(place.read("talk-recovered.srt").matches(" --> ").count(), 4);
    assert_eq!(place.files(""), ["script.json", "talk-recovered.srt", "talk.json", "talk.srt", "talk.wav"]);
}

#[test]
fn the_next_session_finishes_the_one_that_was_killed() {
    let place = four_turns();
    killed(&place, 1);
    let done = place.run("live --scripted script.json --input talk.wav --speed 0 --name next").ok();
    assert!(done.stderr.contains("recovered a session that was killed"), "{}", done.stderr);
    assert_eq!(place.json("talk.json")["transcribe"]["complete"], false);
    assert_eq!(place.json("next.json")["transcribe"]["complete"], true);
    assert!(!place.path(".talk.transcribe-live").exists() && !place.path(".next.transcribe-live").exists());
}

#[test]
fn the_sound_is_saved_if_wanted() {
    let place = four_turns();
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
    let place = four_turns();
    let done = place
        .run("live --scripted script.json --input talk.wav --speed 0 --name again --save-audio again.wav --refine base")
        .ok();
    assert_eq!(done.stderr.matches("again: 0:00:24").count(), 2, "{}", done.stderr);
    assert_eq!(place.json("again.json")["transcribe"]["complete"], true);
    assert_eq!(place.json("again.json")["segments"].as_array().unwrap().len(), 4);
}

/// The sound of `talk.wav`.
fn sound(place: &Place) -> Vec<f32> {
    let mut sound = Vec::new();
    let mut file = transcribe::audio::open(&place.path("talk.wav"), transcribe::audio::Selection::default()).unwrap();
    while let Some(samples) = file.read().unwrap() {
        sound.extend_from_slice(&samples);
    }
    sound
}

#[test]
fn no_source_waits_for_a_session_that_crashed() {
    let place = four_turns();
    let (feed, session) = session();
    feed.sound(Samples::from_mono_16k(sound(&place)));
    let (ended, result) = mpsc::channel();
    thread::spawn(move || {
        let line = Line { start: turn(0) + 400, end: turn(0) + 2_200, text: "one".into(), ..Line::default() };
        let one = || Box::new(Scripted::new(vec![line.clone()])) as Box<dyn Recogniser>;
        let transcript = Recognisers { workers: vec![one()], language_detector: None };
        let recognisers = LiveRecognisers { captions: vec![one()], transcript };
        let options = TranscribeOptions { languages: vec!["en".into()], ..TranscribeOptions::default() };
        let run = || session.run(recognisers, &options, true, &(), &mut |_| panic!("as a screen might")).is_ok();
        ended.send(catch_unwind(AssertUnwindSafe(run))).unwrap();
    });
    assert!(result.recv_timeout(Duration::from_secs(60)).expect("it ends").is_err());
    assert_eq!(feed.pending(), Millis(0));
}

/// Feeds six turns of speech to a session, and gives what was shown. While the recogniser is at a turn for the first time,
/// `late` more turns go by.
fn fed(late: usize) -> (Vec<Caption>, String, Millis) {
    const TURNS: usize = 6;
    let place = Place::new();
    talk(&place, "talk.wav", TURNS);
    let sound = sound(&place);
    let gate = |n: usize| place.path(format!("gate{n}"));
    let line = |n: usize| Line {
        start: turn(n as u64) + 400,
        end: turn(n as u64) + 2_200,
        text: format!("one{n} two{n} three{n} four{n} five{n}"),
        gate: if late > 0 { gate(n) } else { PathBuf::new() },
        ..Line::default()
    };
    let gates: Vec<Gate> = if late > 0 { (0..TURNS).map(|n| Gate::new(gate(n))).collect() } else { Vec::new() };
    let scripted = Scripted::new((0..TURNS).map(line).collect());
    let one = || Box::new(scripted.clone()) as Box<dyn Recogniser>;
    let transcript = Recognisers { workers: vec![one()], language_detector: None };
    let recognisers = LiveRecognisers { captions: vec![one(), one()], transcript };
    let (feed, session) = session();
    let feeder = thread::spawn(move || {
        feed.speaker(Some(SpeakerId(1)));
        let mut turns = sound.chunks(sound.len() / TURNS);
        let mut next = |count: usize| {
            for part in turns.by_ref().take(count) {
                part.chunks(800).for_each(|block| feed.sound(Samples::from_mono_16k(block.to_vec())));
            }
        };
        next(1);
        for mut gate in gates {
            gate.reached();
            next(late);
        }
        next(TURNS);
    });
    let mut captions = Vec::new();
    let (transcript, failure) = session
        .run(
            recognisers,
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
    feeder.join().unwrap();
    let record: Vec<String> = transcript.segments.into_iter().map(|s| s.text).collect();
    (captions, record.join(" "), transcript.duration)
}

#[test]
fn a_slow_model_loses_nothing() {
    for late in [0, 1, 6] {
        let (captions, record, duration) = fed(late);
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
    let place = four_turns();
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
    assert_eq!(text.join("\n") + "\n", lines(0..1) + &lines(2..3), "what the transcript lost stands as it was shown");
}

#[test]
fn ctrl_c_ends_in_order() {
    let place = four_turns();
    let mut command = place.command("live --scripted script.json --input - --name talk --save-audio a.wav");
    // The pipe stays open, so that nothing but the signal ends the session.
    let (input, mut sound) = std::io::pipe().unwrap();
    let mut running = Running::start(command.stdin(input));
    sound.write_all(&raw(&place)[..2 * 16 * 10_000]).unwrap();
    running.printed(0);
    running.signal(Signal::INT);
    let done = running.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let json = place.json("talk.json");
    assert_eq!(json["transcribe"]["complete"], true);
    assert!(json["duration"].as_f64().unwrap() < 20.0);
    assert_eq!(json["transcribe"]["recording"]["name"], "a.wav");
}

#[test]
fn who_reads_along_may_go() {
    let place = four_turns();
    let mut command = place.command("live --scripted script.json --input talk.wav --speed 0 --name talk");
    assert_eq!(Running::start_with(&mut command, false).done().code, Some(0));
    assert_eq!(place.json("talk.json")["segments"].as_array().unwrap().len(), 4);
}
