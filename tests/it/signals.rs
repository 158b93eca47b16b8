//! What the program inherits from whoever starts it: ignored signals, limits, the time zone.

use std::fs;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use crate::gate::Gate;
use crate::recordings::four_turns;
use crate::run::{Place, done, talk};
use crate::running::Running;

/// The command in a shell that does `before` first.
fn after(before: &str, command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("{before}; exec \"$@\"")).arg("sh").arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// `nohup` ignores SIGHUP, a shell SIGINT for what it starts in the background. The other signals still end the work in order.
#[test]
fn what_is_ignored_at_the_start_stays_ignored() {
    for (name, ignored, other) in
        [("HUP", Signal::HUP, Signal::INT), ("INT", Signal::INT, Signal::TERM), ("TERM", Signal::TERM, Signal::HUP)]
    {
        let place = Place::new();
        talk(&place, "long.wav", 4);
        place.script("script.json", &json!([{"start": 500, "text": "late", "endless": true}]));
        let mut gate = Gate::at(&place, [0]);
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

/// A transcript in memory must not come to the disk when the program crashes.
#[test]
fn memory_is_never_dumped() {
    let place = Place::new();
    talk(&place, "long.wav", 4);
    place.script("script.json", &json!([{"start": 500, "text": "late", "endless": true}]));
    let mut gate = Gate::at(&place, [0]);
    let command = place.command("--scripted script.json -o out long.wav");
    let running = Running::start(&mut after("ulimit -S -c unlimited", &command));
    gate.reached();
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.pid)).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(line.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{line}");
    drop(gate);
    running.kill();
}

#[test]
fn live_sessions_have_the_time_of_the_place() {
    let place = four_turns();
    let zoned = |zone: &str, options: &str| {
        let arguments = format!("live -q --scripted script.json --input talk.wav --speed 0 {options}");
        done(place.command(&arguments).env("TZ", zone)).ok();
    };
    // Hours that no computer's own zone is ahead of UTC.
    for (zone, offset) in [("Europe/Berlin", &["+01:00", "+02:00"][..]), ("Asia/Kathmandu", &["+05:45"])] {
        zoned(zone, "--overwrite --name talk");
        let started = place.json("talk.json")["transcribe"]["recording"]["started"].as_str().unwrap().to_owned();
        assert!(offset.iter().any(|offset| started.ends_with(offset)), "{zone}: {started}");
    }
    zoned("Pacific/Kiritimati", "-o east -f json");
    zoned("Pacific/Pago_Pago", "-o west -f json");
    // 25 hours apart, so that the names are of different days.
    let day = |folder: &str| place.files(folder)[0]["live-".len()..]["2026-11-29".len()..].to_owned();
    let date = |folder: &str| place.files(folder)[0][.."live-2026-11-29".len()].to_owned();
    assert_ne!(date("east"), date("west"));
    assert_eq!(day("east").len(), "-103000.json".len());
    let east = place.json(&format!("east/{}", place.files("east")[0]));
    assert!(east["transcribe"]["recording"]["started"].as_str().unwrap().ends_with("+14:00"));
}

/// A copy of the zone's rules, as `/etc/localtime` is, without the data of all zones.
#[test]
fn the_zone_may_be_a_file() {
    let place = four_turns();
    let rules = "/usr/share/zoneinfo/Asia/Kathmandu";
    fs::copy(rules, place.path("localtime")).unwrap_or_else(|e| panic!("{rules}: {e}; the package tzdata has it"));
    let zone = format!(":{}", place.path("localtime").display());
    let arguments = "live -q --scripted script.json --input talk.wav --speed 0 --name talk";
    done(place.command(arguments).env("TZ", zone)).ok();
    let started = place.json("talk.json")["transcribe"]["recording"]["started"].as_str().unwrap().to_owned();
    assert!(started.ends_with("+05:45"), "{started}");
}
