//! What shells do with the program.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::recordings::with;
use crate::run::{Place, done, says, talk, turn};

/// The short form of what `scripts/kill_loop` does for hours.
#[test]
fn kills_at_random_moments_change_nothing() {
    let place = with(&["a.wav", "b/c.wav"]);
    talk(&place, "in/long.wav", 8);
    let mut lines = says(&(0..8).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect::<Vec<_>>());
    lines.as_array_mut().unwrap().iter_mut().for_each(|line| line["delay"] = json!(100));
    place.script("script.json", &lines);
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kill_loop"));
    command.args([env!("CARGO_BIN_EXE_transcribe"), "15", "in", "work", "--scripted", "script.json"]);
    let run = done(command.current_dir(place.path("")).env("HOME", place.path("home"))).ok();
    assert!(run.stdout.contains("all the same"), "{}", run.stdout);
}

/// Of the shells that are installed; bash must be.
#[test]
fn shells_find_no_mistake_in_their_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        place.write("completions", place.run(&format!("completions {shell}")).ok().stdout);
        let path = std::env::var_os("PATH").unwrap_or_default();
        if shell == "bash" || std::env::split_paths(&path).any(|folder| folder.join(shell).is_file()) {
            done(Command::new(shell).arg("-n").arg(place.path("completions"))).ok();
        }
    }
}
