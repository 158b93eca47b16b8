//! Ctrl-C and its relatives: what is done is kept, and the second one ends it at once.

use std::fs::File;

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::json;

use crate::gate::Gate;
use crate::run::{Place, says, talk, turn};
use crate::running::Running;

/// What the first signal is answered with.
const STOPPING: &str = "stopping: what is done will be written; once more to stop at once";

/// A recording of which two clips are done at once; at the third the recogniser waits at the gate, and then works until it is
/// stopped.
fn held() -> (Place, Gate) {
    let place = Place::new();
    talk(&place, "long.wav", 4);
    let mut lines = says(&[(500, 2_000), (turn(1) + 500, turn(1) + 1_500)]);
    lines.as_array_mut().unwrap().push(json!({"start": turn(2) + 500, "endless": true}));
    place.script("script.json", &lines);
    let gate = Gate::at(&place, [2]);
    (place, gate)
}

/// Starts the program and lets it come to the gate, with the two clips before it done.
fn start(place: &Place, gate: &mut Gate, arguments: &str) -> Running {
    let mut running = Running::start(&mut place.command(&format!("--scripted script.json {arguments} long.wav")));
    gate.reached();
    running.until("the first two clips are done", || clips(place) >= 2);
    running
}

/// How many are in the checkpoint.
fn clips(place: &Place) -> usize {
    let checkpoint = std::fs::read_to_string(place.path(".long.transcribe-checkpoint"));
    checkpoint.map_or(0, |text| text.matches("\"chunk\"").count())
}

#[test]
fn once_keeps_what_is_done() {
    for signal in [Signal::INT, Signal::TERM] {
        let (place, mut gate) = held();
        let mut running = start(&place, &mut gate, "");
        running.signal(signal);
        running.until_told(STOPPING);
        drop(gate);
        let done = running.done();
        assert_eq!(done.code, Some(130), "{signal:?}");
        assert!(done.stderr.starts_with(&format!("{STOPPING}\n")), "{}", done.stderr);
        assert!(done.stderr.ends_with("\nerror: long.wav: interrupted\n"), "{}", done.stderr);
        assert!(done.stderr.contains("only up to 0:00:08 (interrupted) → long.json, long.srt"), "{}", done.stderr);
        let json = place.json("long.json");
        assert_eq!(json["transcribe"]["complete"], false);
        assert_eq!(json["transcribe"]["reason"], "interrupted");
        assert_eq!(json["segments"].as_array().unwrap().len(), 2);
        assert_eq!(
            place.files(""),
            [".long.transcribe-checkpoint", "long.json", "long.srt", "long.wav", "script.json"]
        );
    }
}

/// The gate stays closed: nothing but the second signal ends the program.
#[test]
fn twice_ends_at_once() {
    let (place, mut gate) = held();
    let mut running = start(&place, &mut gate, "");
    running.signal(Signal::INT);
    running.until_told(STOPPING);
    running.signal(Signal::INT);
    assert_eq!(running.done().code, Some(130));
    assert_eq!(place.files(""), [".long.transcribe-checkpoint", "long.wav", "script.json"], "what is done is kept");
}

#[test]
fn no_copy_of_standard_input_stays() {
    let (place, mut gate) = held();
    let mut command = place.command("--scripted script.json -o out -");
    let mut running = Running::start(command.stdin(File::open(place.path("long.wav")).unwrap()));
    gate.reached();
    assert_eq!(place.files("out").len(), 1, "the copy that the decoder reads");
    running.signal(Signal::INT);
    running.until_told(STOPPING);
    running.signal(Signal::INT);
    assert_eq!(running.done().code, Some(130));
    assert_eq!(place.files("out"), Vec::<String>::new());
}

#[test]
fn programs_hear_of_it_in_json() {
    let (place, mut gate) = held();
    let mut running = start(&place, &mut gate, "--progress json");
    running.signal(Signal::INT);
    running.until_told(STOPPING);
    drop(gate);
    let done = running.done();
    assert_eq!(done.code, Some(130));
    let events = crate::program::events(&done.stderr);
    assert!(events.iter().any(|e| e["event"] == "done" && e["complete"] == false), "{events:?}");
    assert_eq!(events.last().unwrap()["message"], "interrupted");
}

#[test]
fn nothing_done_is_nothing_written() {
    let place = Place::new();
    talk(&place, "long.wav", 4);
    place.script("script.json", &json!([{"start": 500, "text": "late", "endless": true}]));
    let mut gate = Gate::at(&place, [0]);
    let mut running = Running::start(&mut place.command("--scripted script.json -o out long.wav"));
    gate.reached();
    running.signal(Signal::INT);
    running.until_told(STOPPING);
    drop(gate);
    assert_snapshot!(running.done().told(), @r"
    exit 130
    stopping: what is done will be written; once more to stop at once
    error: long.wav: interrupted
    ");
    // But what came after it, for the next time.
    assert!(place.files("out").iter().all(|file| file == ".long.transcribe-checkpoint"), "{:?}", place.files("out"));
}
