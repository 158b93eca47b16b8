//! Disks that are full or read-only: a small one of the test's own, which `unshare` and `mount` make.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::recordings::{four_turns, lines, with, with_sound};
use crate::run::{Done, Place, SECRET, done};

/// Runs the program after `script`, with a disk of so many KiB mounted at `disk`, which only they see.
fn in_small_disk(place: &Place, size: u32, script: &str, arguments: &str) -> Done {
    on_small_disk(place, size, script, &place.command(arguments))
}

/// The same with any program, without its environment.
pub(crate) fn on_small_disk(place: &Place, size: u32, script: &str, program: &Command) -> Done {
    done(&mut command_on_small_disk(place, size, script, program))
}

/// What runs it.
pub(crate) fn command_on_small_disk(place: &Place, size: u32, script: &str, program: &Command) -> Command {
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
        command
    };
    let possible = |options: &str| {
        let mut probe = Command::new("unshare");
        probe.args(options.split(' ')).args(["sh", "-c", "mount -t tmpfs none disk"]).current_dir(place.path(""));
        done(&mut probe).code == Some(0)
    };
    let options = ["-m", "-rm"].into_iter().find(|options| possible(options));
    try_with(options.expect("this test needs root, or the right to `unshare -rm`, for a small disk"))
}

/// Root may write to every other folder.
#[test]
fn a_read_only_disk() {
    let place = with_sound();
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
fn a_read_only_folder_needs_o() {
    let place = with(&["a.wav"]);
    let read_only =
        "cp in/a.wav disk && mount -o remount,ro disk && \"$0\" \"$@\"; code=$?; ls -A disk >&2; exit $code";
    let run = |options: &str| {
        let arguments = format!("batch --scripted script.json {options} disk");
        in_small_disk(&place, 512, read_only, &arguments)
    };
    let refused = run("");
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("read-only file system\nhint: `-o FOLDER` writes elsewhere"), "{}", refused.stderr);
    let elsewhere = run("-o out").ok();
    assert!(elsewhere.stderr.ends_with("\na.wav\n"), "{}", elsewhere.stderr);
    assert_eq!(place.files("out"), ["a.json", "a.srt", "transcribe-batch.json"]);
}

#[test]
fn a_disk_that_is_full_in_the_middle() {
    let names: Vec<String> = (0..12).map(|n| format!("{n}.wav")).collect();
    let place = with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    // Room for some of the twelve; then somebody makes more.
    let script = "head -c 114688 /dev/zero >disk/fill; \"$0\" \"$@\"; code=$?; ls disk | grep -c txt >&2; \
                  rm disk/fill; \"$0\" \"$@\" || exit 9; ls -A disk | wc -l >&2; \
                  grep done\\\": disk/transcribe-batch.json >&2; exit $code";
    let done = in_small_disk(&place, 160, script, "batch --scripted script.json -q -f txt -o disk in");
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("no space left on device"), "{}", done.stderr);
    let counts: Vec<u32> = done.stderr.lines().filter_map(|line| line.trim().parse().ok()).collect();
    assert!(matches!(counts[..], [1..12, 13]), "{counts:?}: {}", done.stderr);
    assert!(done.stderr.contains("\"done\": 12"), "the manifest knows all of them: {}", done.stderr);
}

#[test]
fn a_full_disk_costs_no_captions() {
    let place = four_turns();
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
