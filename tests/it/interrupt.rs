//! Ctrl-C and its relatives: what is done is kept, and the second one ends it at once.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::run::{Done, Place, done, says, talk, turn, wait_until};

/// A recording of which two clips are done at once; the third takes `delay` milliseconds.
fn slow(delay: u64) -> Place {
    let place = Place::new();
    talk(&place, "long.wav", 4);
    let mut lines = says(&[(500, 2_000), (turn(1) + 500, turn(1) + 1_500)]);
    lines.as_array_mut().unwrap().push(json!({"start": turn(2) + 500, "delay": delay}));
    place.script("script.json", &lines);
    place
}

/// Starts the program and lets it come to the clip that takes long.
fn start(place: &Place, arguments: &str) -> Child {
    let mut command = place.command(&format!("--scripted script.json {arguments} long.wav"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The handler is set up before the recording is opened, and a recogniser that waits sleeps.
    wait_until(|| threads(child.id()) >= 4);
    std::thread::sleep(Duration::from_millis(500));
    child
}

/// Reader, two recognisers and the main thread, while a recording is being worked on.
fn threads(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

fn finish(child: Child) -> Done {
    let output: Output = child.wait_with_output().unwrap();
    done(output)
}

#[test]
fn once_keeps_what_is_done() {
    for name in ["-INT", "-TERM"] {
        let place = slow(2_000);
        let child = start(&place, "");
        signal(&child, name);
        let done = finish(child);
        assert_eq!(done.code, Some(130), "{name}");
        let stopping = "stopping: what is done will be written; once more to stop at once\n";
        assert!(done.stderr.starts_with(stopping), "{}", done.stderr);
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

#[test]
fn twice_ends_at_once() {
    let place = slow(60_000);
    let child = start(&place, "");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    signal(&child, "-INT");
    let done = finish(child);
    assert_eq!(done.code, Some(130));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(place.files(""), [".long.transcribe-checkpoint", "long.wav", "script.json"], "what is done is kept");
}

#[test]
fn no_copy_of_standard_input_stays() {
    let place = slow(60_000);
    let mut command = place.command("--scripted script.json -o out -");
    command.stdin(std::fs::File::open(place.path("long.wav")).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until(|| threads(child.id()) >= 4);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(place.files("out").len(), 1, "the copy that the decoder reads");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    assert_eq!(finish(child).code, Some(130));
    assert_eq!(place.files("out"), Vec::<String>::new());
}

#[test]
fn programs_hear_of_it_in_json() {
    let place = slow(2_000);
    let child = start(&place, "--progress json");
    signal(&child, "-INT");
    let done = finish(child);
    assert_eq!(done.code, Some(130));
    let events = crate::program::events(&done.stderr);
    assert!(events.iter().any(|e| e["event"] == "done" && e["complete"] == false), "{events:?}");
    assert_eq!(events.last().unwrap()["message"], "interrupted");
}

#[test]
fn nothing_done_is_nothing_written() {
    let place = slow(0);
    place.script("script.json", &json!([{"start": 500, "delay": 1_500, "text": "late"}]));
    let child = start(&place, "-o out");
    signal(&child, "-INT");
    let done = finish(child);
    assert_snapshot!(done.told(), @r"
    exit 130
    stopping: what is done will be written; once more to stop at once
    error: long.wav: interrupted
    ");
    // But what came after it, for the next time.
    assert!(place.files("out").iter().all(|file| file == ".long.transcribe-checkpoint"), "{:?}", place.files("out"));
}
