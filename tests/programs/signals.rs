//! What the program inherits from the shell that starts it: ignored signals, and limits.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::gate::Gate;
use crate::recordings::four_turns;
use crate::run::{Place, done, talk};
use crate::running::Running;

/// The command in a shell that does `before` first. It ignores no signals, even if whoever runs the tests does.
fn after(before: &str, command: &Command) -> Command {
    let mut shell = Command::new("env");
    shell
        .args(["--default-signal=HUP,INT,TERM", "/bin/sh", "-c"])
        .arg(format!("{before}; exec \"$@\""))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// A recording at whose first line the recogniser waits, and then works until it is stopped.
fn held(place: &Place) -> Gate {
    talk(place, "long.wav", 4);
    place.script("script.json", &json!([{"start": 500, "text": "late", "endless": true}]));
    Gate::at(place, [0])
}

/// `nohup` ignores SIGHUP, a shell SIGINT for what it starts in the background. The other signals still end the work in order.
#[test]
fn what_is_ignored_at_the_start_stays_ignored() {
    for (name, ignored, other) in
        [("HUP", Signal::HUP, Signal::INT), ("INT", Signal::INT, Signal::TERM), ("TERM", Signal::TERM, Signal::HUP)]
    {
        let place = Place::new();
        let mut gate = held(&place);
        let command = place.command("--scripted script.json -o out long.wav");
        let mut running = Running::start(&mut after(&format!("trap '' {name}"), &command));
        gate.reached();
        running.signal(ignored);
        running.signal(ignored);
        running.signal(other);
        running.until_told("stopping: what is done will be written");
        drop(gate);
        let done = running.done();
        assert_eq!(done.code, Some(130), "{name}: {}", done.stderr);
        assert_eq!(done.stderr.matches("stopping").count(), 1, "{name}: {}", done.stderr);
    }
}

/// As on a full disk: the error is told, and nothing half written stays.
#[test]
fn a_limit_for_files_is_an_error_and_not_the_end_of_the_program() {
    let place = Place::new();
    talk(&place, "long.wav", 4);
    place.script("script.json", &json!([{"start": 500, "text": "late"}]));
    let command = place.command("--scripted script.json -f json,docx long.wav");
    let done = done(&mut after("ulimit -f 2", &command));
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("file too large") && done.stderr.contains("`ulimit -f`"), "{}", done.stderr);
    assert!(place.files("").iter().all(|file| !file.ends_with(".part")), "{:?}", place.files(""));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_to_standard_output_is_told() {
    let place = four_turns();
    for arguments in ["batch -n --scripted script.json .", "--help", "batch -h"] {
        let full = done(&mut after("exec >/dev/full", &place.command(arguments)));
        assert_eq!(full.code, Some(1), "{}", full.stderr);
        assert!(full.stderr.contains("error: cannot write to standard output: "), "{}", full.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn captions_that_cannot_be_written_are_told_once_and_cost_nothing_else() {
    let place = four_turns();
    let command = place.command("live --scripted script.json --input talk.wav --speed 0 --name talk");
    let done = done(&mut after("exec >/dev/full", &command));
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert_eq!(done.stderr.matches("cannot write captions to standard output").count(), 1, "{}", done.stderr);
    assert_eq!(place.json("talk.json")["transcribe"]["complete"], true);
}

/// A transcript in memory must not come to the disk when the program crashes.
#[test]
fn memory_is_never_dumped() {
    let place = Place::new();
    let mut gate = held(&place);
    let command = place.command("--scripted script.json -o out long.wav");
    let running = Running::start(&mut after("ulimit -S -c unlimited", &command));
    gate.reached();
    running.signal(Signal::ABORT);
    let ended = running.output().status;
    assert_eq!(ended.signal(), Some(Signal::ABORT.as_raw()));
    assert!(!ended.core_dumped());
    assert_eq!(place.files(""), ["long.wav", "out", "script.json"]);
}
