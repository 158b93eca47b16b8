//! `transcribe batch`, with a scripted recogniser.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::recordings::with;
use crate::run::{Done, Place, done, says, talk, turn, write_wav};
use crate::running::Running;
use crate::sha256;

pub(crate) fn batch(place: &Place, arguments: &str) -> Done {
    done(&mut command(place, arguments))
}

pub(crate) fn command(place: &Place, arguments: &str) -> Command {
    let mut command = place.command(&format!("batch --scripted script.json {arguments}"));
    for name in ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "JOB_COMPLETION_INDEX"] {
        command.env_remove(name);
    }
    command
}

/// Checked against its schema.
pub(crate) fn manifest(place: &Place, folder: &str) -> Value {
    let manifest = place.json(&format!("{folder}/transcribe-batch.json"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/transcribe-batch.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&manifest).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Every field of an entry is described.
    for entry in manifest["recordings"].as_array().unwrap() {
        let described = &schema["properties"]["recordings"]["items"]["properties"];
        assert!(entry.as_object().unwrap().keys().all(|key| described.get(key).is_some()), "{entry}");
    }
    manifest
}

pub(crate) fn entry<'a>(manifest: &'a Value, recording: &str) -> &'a Value {
    let all = manifest["recordings"].as_array().unwrap();
    all.iter().find(|entry| entry["recording"] == recording).unwrap_or_else(|| panic!("{recording}: {manifest}"))
}

#[test]
fn a_folder_is_mirrored_and_the_second_time_there_is_nothing_to_do() {
    let place = with(&["a.wav", "Tisch 2/b.c.WAV", "Tisch 2/.hidden.wav", "ohne"]);
    fs::write(place.path("in/notes.txt"), "no recording").unwrap();
    fs::write(place.path("in/empty"), "").unwrap();
    let flat = batch(&place, "-n in -o out").ok();
    assert_snapshot!(flat.stdout, @"
    transcribe  a.wav (0:00:06) → out: a.json, a.srt
    transcribe  ohne (0:00:06) → out: ohne.json, ohne.srt
    2 to transcribe, 0 not: 0:00:12 of sound, the time is known after a first run, about 0.0 MB
    passed over, as no recordings: 1 without an ending, 1 .txt
    ");
    assert!(!place.path("out").exists(), "nothing is done");
    batch(&place, "-r in -o out").ok();
    assert_eq!(place.files("out"), ["Tisch 2", "a.json", "a.srt", "ohne.json", "ohne.srt", "transcribe-batch.json"]);
    assert_eq!(place.files("out/Tisch 2"), ["b.c.json", "b.c.srt"]);
    let first = manifest(&place, "out");
    assert_eq!(first["totals"]["done"], 3);
    let one = entry(&first, "Tisch 2/b.c.WAV");
    assert_eq!(one["status"], "done");
    assert_eq!(one["output"], "Tisch 2");
    assert_eq!(one["duration"], 6.0);
    assert_eq!(one["files"].as_array().unwrap().len(), 2);
    assert_eq!(one["files"][0]["sha256"], sha256(&fs::read(place.path("out/Tisch 2/b.c.json")).unwrap()));

    place.script("script.json", &json!([{"start": 500, "fail": "nobody may ask"}]));
    let again = batch(&place, "-r in -o out").ok();
    assert!(again.stderr.ends_with("done         0\nskipped      3\n"), "{}", again.stderr);
    assert_eq!(manifest(&place, "out")["recordings"], first["recordings"]);
}

#[test]
fn beside_the_recordings_without_o() {
    let place = with(&["x/a.wav", "x/deep/b.wav", "y/a.wav"]);
    batch(&place, "-r in/x in/y").ok();
    assert_eq!(place.files("in/x"), ["a.json", "a.srt", "a.wav", "deep", "transcribe-batch.json"]);
    assert_eq!(place.files("in/x/deep"), ["b.json", "b.srt", "b.wav"]);
    assert_eq!(place.files("in/y"), ["a.json", "a.srt", "a.wav", "transcribe-batch.json"]);
    // The folder may be moved with all that is in it.
    fs::rename(place.path("in"), place.path("moved")).unwrap();
    let again = batch(&place, "-r moved/x moved/y").ok();
    assert!(again.stderr.ends_with("skipped      3\n"), "{}", again.stderr);
}

#[test]
fn done_is_what_has_the_same_recording_model_and_settings() {
    let place = with(&["a.wav", "b.wav"]);
    let todo = |options: &str| -> Vec<String> {
        let plan = batch(&place, &format!("-n in -o out {options}")).ok().stdout;
        plan.lines().filter_map(|l| l.strip_prefix("transcribe  ")?.split(' ').next().map(str::to_owned)).collect()
    };
    batch(&place, "in -o out").ok();
    assert_eq!(todo(""), Vec::<String>::new());
    for other in ["-l en", "--prompt x", "--from 1", "--word-timestamps false", "-f json,txt", "--overwrite"] {
        assert_eq!(todo(other), ["a.wav", "b.wav"], "{other}");
    }
    // Another time is no other recording; other sound is, although it is as long.
    let file = fs::File::options().append(true).open(place.path("in/a.wav")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
    assert_eq!(todo(""), Vec::<String>::new());
    let mut sound = fs::read(place.path("in/b.wav")).unwrap();
    sound[5_000] ^= 1;
    fs::write(place.path("in/b.wav"), sound).unwrap();
    assert_eq!(todo(""), ["b.wav"]);
    fs::remove_file(place.path("out/a.srt")).unwrap();
    assert_eq!(todo(""), ["a.wav", "b.wav"]);
    // What nobody edited is replaced.
    batch(&place, "in -o out").ok();
    assert_eq!(todo(""), Vec::<String>::new());
}

#[test]
fn transcripts_that_people_edited_or_made_elsewhere_stay() {
    let place = with(&["a.wav", "b.wav"]);
    fs::create_dir(place.path("out")).unwrap();
    place.write("out/a.json", "mine");
    let done = batch(&place, "in -o out").ok();
    assert!(
        done.stderr.contains("a.wav: `out/a.json` is there already, and not from this batch as it is"),
        "{}",
        done.stderr
    );
    assert_eq!(place.read("out/a.json"), "mine");
    place.write("out/b.srt", "better");
    let done = batch(&place, "in -o out -l en").ok();
    assert!(done.stderr.contains("b.wav: `out/b.srt` is there already"), "{}", done.stderr);
    assert_eq!(place.read("out/b.srt"), "better");
    batch(&place, "in -o out -l en --overwrite").ok();
    assert_ne!(place.read("out/b.srt"), "better");
}

#[test]
fn one_that_fails_costs_the_others_nothing_and_is_tried_again() {
    let place = with(&["a.wav", "c.wav", "d.wav", "d.mp3"]);
    fs::write(place.path("in/b.wav"), "not what it says").unwrap();
    let done = batch(&place, "in -o out");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("error: cannot decode `in/b.wav`"), "{}", done.stderr);
    assert!(done.stderr.contains("error: d.mp3: `out/d.json` would be written for `d.wav`, too"), "{}", done.stderr);
    let all = manifest(&place, "out");
    assert_eq!([&all["totals"]["done"], &all["totals"]["failed"]], [2, 3]);
    assert!(entry(&all, "b.wav")["error"]["message"].as_str().unwrap().contains("cannot decode"));

    fs::remove_file(place.path("in/d.mp3")).unwrap();
    fs::copy(place.path("in/a.wav"), place.path("in/b.wav")).unwrap();
    let retried = batch(&place, "in -o out --retry-failed").ok();
    assert!(retried.stderr.contains("done         2"), "{}", retried.stderr);
    assert!(retried.stderr.contains("a.wav: it did not fail"), "{}", retried.stderr);
    assert_eq!(manifest(&place, "out")["totals"]["done"], 4);
    // One that comes later does not spoil what is done.
    fs::copy(place.path("in/a.wav"), place.path("in/a.mp3")).unwrap();
    assert_eq!(batch(&place, "in -o out").code, Some(1));
    let all = manifest(&place, "out");
    assert_eq!(entry(&all, "a.wav")["status"], "done");
    assert_eq!(entry(&all, "a.mp3")["status"], "failed");
}

#[test]
fn a_worker_that_crashes_costs_one_recording() {
    let place = with(&["a.wav", "c.wav"]);
    fs::copy(place.path("in/a.wav"), place.path("long.wav")).unwrap();
    talk(&place, "in/b.wav", 3);
    let mut lines = says(&[(500, 2_000)]);
    lines.as_array_mut().unwrap().push(json!({"start": turn(2) + 500, "panic": true}));
    place.script("script.json", &lines);
    let done = batch(&place, "in -o out");
    assert_eq!(done.code, Some(1));
    let all = manifest(&place, "out");
    assert_eq!([&all["totals"]["done"], &all["totals"]["partial"]], [2, 1]);
    assert_eq!(entry(&all, "b.wav")["error"]["message"], "recognition failed: the recogniser crashed");
    place.script("script.json", &says(&[(500, 2_000)]));
    batch(&place, "in -o out").ok();
    assert_eq!(place.files("out").len(), 7, "{:?}", place.files("out"));
}

#[test]
fn a_kill_between_the_last_steps_leaves_nothing_odd() {
    let place = with(&["a.wav"]);
    let mut gate = Gate::at(&place, [0]);
    let running = Running::start(&mut command(&place, "in -o out"));
    gate.reached();
    // Whoever has it open sees it to its end, though it is deleted then.
    let mut checkpoint = fs::File::open(place.path("out/.a.transcribe-checkpoint")).unwrap();
    drop(gate);
    assert_eq!(running.done().code, Some(0));
    let mut sealed = String::new();
    checkpoint.read_to_string(&mut sealed).unwrap();
    assert!(sealed.contains("{\"files\":"), "{sealed}");
    // The files are written, and not in the manifest: the checkpoint says whose they are.
    fs::remove_file(place.path("out/transcribe-batch.json")).unwrap();
    place.write("out/.a.transcribe-checkpoint", &sealed);
    place.write("out/.a.json.part", "half of");
    let again = batch(&place, "in -o out").ok();
    assert!(again.stderr.contains("done         1"), "{}", again.stderr);
    assert_eq!(place.files("out"), ["a.json", "a.srt", "transcribe-batch.json"]);
    // They are in the manifest, and the checkpoint is still there.
    place.write("out/.a.transcribe-checkpoint", &sealed);
    let again = batch(&place, "in -o out").ok();
    assert!(again.stderr.contains("skipped      1"), "{}", again.stderr);
    assert_eq!(place.files("out"), ["a.json", "a.srt", "transcribe-batch.json"]);
    // A checkpoint that is not sealed does not make somebody's files the program's own.
    fs::remove_file(place.path("out/transcribe-batch.json")).unwrap();
    place.write("out/.a.transcribe-checkpoint", sealed.replace("\"tag\"", "\"gat\""));
    let refused = batch(&place, "in -o out");
    assert!(refused.stderr.contains("`out/a.json` is there already"), "{}", refused.stderr);
}

#[test]
fn patterns_choose() {
    let place = with(&["a.wav", "b.wav", "old/a.wav", "Tisch-1/a.wav"]);
    let plan = |options: &str| {
        let stdout = batch(&place, &format!("-n -r in -o out {options}")).ok().stdout;
        stdout
            .lines()
            .filter_map(|l| Some(l.strip_prefix("transcribe  ")?.split(' ').next()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(plan("--exclude old/**"), ["Tisch-1/a.wav", "a.wav", "b.wav"]);
    assert_eq!(plan("--include a.*"), ["Tisch-1/a.wav", "a.wav", "old/a.wav"]);
    assert_eq!(plan("--include Tisch-*/*.wav --include b.wav --exclude *.mp3"), ["Tisch-1/a.wav", "b.wav"]);
    let wrong = batch(&place, "in --include [");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("`[` is no pattern"), "{}", wrong.stderr);
}

#[test]
fn bad_folders_are_named() {
    let place = with(&["a.wav"]);
    for (arguments, part) in [
        ("missing", "`missing` is not there"),
        ("in/a.wav", "`in/a.wav` is no folder"),
        ("in --shard 3/2", "expected I/N"),
        ("in --shard 2", "which of the 2 shards is this?"),
        ("in --settle 3", "--watch"),
        ("--merge-manifests in", "there is no manifest in `in`"),
    ] {
        let done = batch(&place, arguments);
        assert_eq!(done.code, Some(2), "{arguments}: {}", done.stderr);
        assert!(done.stderr.contains(part), "{arguments}: {}", done.stderr);
    }
    place.write("in/transcribe-batch.json", "{\"manifest\": 1, oops");
    let broken = batch(&place, "in");
    assert_eq!(broken.code, Some(2));
    assert!(broken.stderr.contains("cannot read the manifest `in/transcribe-batch.json`"), "{}", broken.stderr);
}

#[test]
fn an_empty_folder_is_no_mistake() {
    let place = with(&["deep/a.wav"]);
    let done = batch(&place, "in -o out").ok();
    assert_eq!(done.stderr, "no recordings found; `--recursive` looks into the folders in it, too\ndone         0\n");
}

#[test]
fn links_in_a_circle_and_odd_names() {
    let long = format!("{}.wav", "ä".repeat(120));
    let place = with(&["deep/a.wav", "日本 & 'x' $HOME.wav", &long]);
    symlink(place.path("in"), place.path("in/deep/again")).unwrap();
    symlink(place.path("nowhere"), place.path("in/dangling.wav")).unwrap();
    let done = batch(&place, "-r --follow-links in -o out").ok();
    assert!(done.stderr.contains("leads back to"), "{}", done.stderr);
    assert_eq!(manifest(&place, "out")["totals"]["done"], 3);
    assert_eq!(place.files("out").len(), 6, "{:?}", place.files("out"));
    assert!(place.path("out").join(format!("{}.json", "ä".repeat(120))).is_file());
}

#[test]
fn one_batch_at_a_time() {
    let place = with(&["a.wav", "b.wav"]);
    place.script("script.json", &json!([{"start": 500, "end": 900, "text": "late"}]));
    let mut gate = Gate::at(&place, [0]);
    let first = Running::start(&mut command(&place, "in -o out"));
    gate.reached();
    assert!(!place.read("out/transcribe-batch.journal.jsonl").trim().is_empty());
    let second = batch(&place, "in -o out");
    assert_eq!(second.code, Some(2));
    assert!(
        second.stderr.contains(&format!("error: another run is at work on `out` (process {} on ", first.pid)),
        "{}",
        second.stderr
    );
    // A dead process holds no lock.
    first.kill();
    place.script("script.json", &says(&[(500, 2_000)]));
    batch(&place, "in -o out").ok();
    assert_eq!(manifest(&place, "out")["totals"]["done"], 2);
    assert_eq!(place.files("out").len(), 5);
}

#[test]
fn shards_share_the_work_and_their_manifests_are_joined() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    for n in 0..7 {
        talk(&place, &format!("in/{n}.wav"), 1 + n % 3);
    }
    let empty = batch(&place, "--merge-manifests in");
    assert_eq!(empty.code, Some(2));
    batch(&place, "in -o out --shard 1/3").ok();
    let mut slurm = command(&place, "in -o out");
    slurm.envs([("SLURM_ARRAY_TASK_ID", "8"), ("SLURM_ARRAY_TASK_MIN", "7"), ("SLURM_ARRAY_TASK_COUNT", "3")]);
    assert!(done(&mut slurm).ok().stderr.contains("shard 2 of 3"));
    let early = batch(&place, "--merge-manifests out");
    assert_eq!(early.code, Some(1));
    assert!(early.stderr.contains("no manifest of shard 3/3"), "{}", early.stderr);
    let mut pod = command(&place, "in -o out --shard 3");
    done(pod.env("JOB_COMPLETION_INDEX", "2")).ok();
    assert!(place.path("out/transcribe-batch.3-of-3.json").is_file());
    let merged = batch(&place, "--merge-manifests out");
    assert_eq!(merged.code, Some(0), "{}", merged.stderr);
    assert_eq!(manifest(&place, "out")["totals"]["done"], 7);
    assert_eq!(place.files("out").iter().filter(|f| f.starts_with("transcribe")).count(), 4);
    let again = batch(&place, "in -o out").ok();
    assert!(again.stderr.contains("skipped      7"), "{}", again.stderr);
    // More shards than recordings: those that have nothing to do say so.
    for shard in 1..=9 {
        batch(&place, &format!("in -o other --shard {shard}/9")).ok();
    }
    batch(&place, "--merge-manifests other").ok();
    assert_eq!(manifest(&place, "other")["totals"]["done"], 7);
}

#[test]
fn a_shard_that_died_is_missed() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    for n in 0..4 {
        talk(&place, &format!("in/{n}.wav"), 1);
    }
    batch(&place, "in -o out --shard 1/2").ok();
    let quick = place.json("script.json");
    let mut gate = Gate::at(&place, [0]);
    let second = Running::start(&mut command(&place, "in -o out --shard 2/2"));
    gate.reached();
    assert!(place.read("out/transcribe-batch.2-of-2.journal.jsonl").contains("process"));
    let busy = batch(&place, "--merge-manifests out");
    assert_eq!(busy.code, Some(2));
    assert!(busy.stderr.contains("another run is at work on `out`"), "{}", busy.stderr);
    second.kill();
    for _ in 0..2 {
        let merged = batch(&place, "--merge-manifests out");
        assert_eq!(merged.code, Some(1), "{}", merged.stderr);
        assert!(merged.stderr.contains("not ended in order: shard 2/2"), "{}", merged.stderr);
    }
    place.script("script.json", &quick);
    // One more recording since: the second shard makes other parts than the first did.
    talk(&place, "in/new.wav", 3);
    batch(&place, "in -o out --shard 2/2").ok();
    let merged = batch(&place, "--merge-manifests out");
    assert_eq!(merged.code, Some(1));
    assert!(merged.stderr.contains("the shards did not see the same recordings"), "{}", merged.stderr);
    for shard in ["1/2", "2/2"] {
        batch(&place, &format!("in -o out --shard {shard}")).ok();
    }
    batch(&place, "--merge-manifests out").ok();
    assert_eq!(manifest(&place, "out")["totals"]["done"], 5);
}

#[test]
fn a_finished_transcript_is_not_replaced_by_the_beginning_of_another() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    talk(&place, "in/a.wav", 6);
    let spans: Vec<(u64, u64)> = (0..6).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect();
    place.script("script.json", &says(&spans));
    batch(&place, "in -o out").ok();
    let (before, known) = (place.read("out/a.json"), manifest(&place, "out"));
    // Somebody chose the wrong language, and stops it.
    place.change(4, "endless", true);
    let mut gate = Gate::at(&place, [4]);
    let mut running = Running::start(&mut command(&place, "in -o out -l en"));
    gate.reached();
    running.until("three clips are done", || clips(&place, "out/.a.transcribe-checkpoint") >= 3);
    running.signal(Signal::INT);
    running.until_told("stopping");
    drop(gate);
    let stopped = running.done();
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("a.wav: the earlier transcript covers more, and stays"), "{}", stopped.stderr);
    assert_eq!(place.read("out/a.json"), before);
    assert_eq!(manifest(&place, "out")["recordings"], known["recordings"]);
    place.change(4, "endless", false);
    let again = batch(&place, "in -o out").ok();
    assert!(again.stderr.contains("skipped      1"), "{}", again.stderr);
    // With the other language it goes on, and then replaces it.
    let other = batch(&place, "in -o out -l en").ok();
    assert!(other.stderr.contains("a.wav: resuming the interrupted run"), "{}", other.stderr);
    assert_ne!(place.read("out/a.json"), before);
    assert_eq!(place.files("out"), ["a.json", "a.srt", "transcribe-batch.json"]);
}

#[test]
fn a_transcript_is_not_written_over_a_recording() {
    let place = with(&["note.txt", "other.wav"]);
    let done = batch(&place, "in -f txt --overwrite");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("would be written over the recording `note.txt`"), "{}", done.stderr);
    assert!(place.path("in/other.txt").is_file());
    fs::rename(place.path("in/note.txt"), place.path("sound.txt")).unwrap();
    let single = place.scripted("-f txt --overwrite sound.txt");
    assert_eq!(single.code, Some(2));
    assert!(single.stderr.contains("would be written over the recording"), "{}", single.stderr);
}

#[test]
fn a_transcript_is_not_written_over_the_manifest() {
    let place = with(&["transcribe-batch.wav", "other.wav"]);
    let done = batch(&place, "in -o out");
    assert_eq!(done.code, Some(1));
    let told = "its transcript would have the name of the manifest; rename it";
    assert!(done.stderr.contains(told), "{}", done.stderr);
    assert_eq!(place.files("out"), ["other.json", "other.srt", "transcribe-batch.json"]);
    assert_eq!(entry(&manifest(&place, "out"), "transcribe-batch.wav")["status"], "failed");
}

#[test]
fn names_that_are_no_text_stay_apart() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = with(&["a.wav"]);
    for name in [&b"Gespr\xe4ch.wav"[..], b"Gespr\xf6ch.wav"] {
        fs::copy(place.path("in/a.wav"), place.path("in").join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    fs::rename(place.path("in"), place.path(std::ffi::OsStr::from_bytes(b"\xe4"))).unwrap();
    let mut run = command(&place, "-o out");
    done(run.arg(std::ffi::OsStr::from_bytes(b"\xe4"))).ok();
    let all = manifest(&place, "out");
    assert_eq!(all["totals"]["done"], 3);
    assert_eq!(entry(&all, "Gespr\\xE4ch.wav")["status"], "done");
    assert_eq!(place.files("out").len(), 7);
}

/// How many are done, as a checkpoint says.
fn clips(place: &Place, checkpoint: &str) -> usize {
    fs::read_to_string(place.path(checkpoint)).map_or(0, |text| text.matches("\"chunk\"").count())
}

#[test]
fn a_batch_that_is_stopped_goes_on() {
    let place = with(&["a.wav"]);
    talk(&place, "in/b.wav", 6);
    place.script("script.json", &says(&(0..6).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect::<Vec<_>>()));
    place.change(4, "endless", true);
    let mut gate = Gate::at(&place, [4]);
    let mut running = Running::start(&mut command(&place, "in -o out"));
    gate.reached();
    running.until("one recording and half of the other are done", || {
        clips(&place, "out/.b.transcribe-checkpoint") >= 3 && place.path("out/a.srt").is_file()
    });
    running.signal(Signal::TERM);
    running.until_told("stopping");
    drop(gate);
    let stopped = running.done();
    assert_eq!(stopped.code, Some(130), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("not done     1: run the same command again to continue"), "{}", stopped.stderr);
    let all = manifest(&place, "out");
    assert_eq!([&all["totals"]["done"], &all["totals"]["partial"]], [1, 1]);
    place.change(4, "endless", false);
    let gone_on = batch(&place, "in -o out").ok();
    assert!(gone_on.stderr.contains("b.wav: resuming the interrupted run"), "{}", gone_on.stderr);
    assert_eq!(manifest(&place, "out")["totals"]["done"], 2);
}

#[test]
fn parts_are_joined_if_asked_for() {
    let place = with(&["t/talk_0.wav", "t/talk_1.wav", "t/other.wav"]);
    batch(&place, "-r in -o out --join").ok();
    assert_eq!(place.files("out/t"), ["other.json", "other.srt", "talk_0.json", "talk_0.srt"]);
    assert_eq!(place.json("out/t/talk_0.json")["transcribe"]["recording"]["duration"], 12.0);
    assert_eq!(entry(&manifest(&place, "out"), "t/talk_0.wav")["parts"], json!(["t/talk_0.wav", "t/talk_1.wav"]));
    let again = batch(&place, "-r in -o out --join").ok();
    assert!(again.stderr.contains("skipped      2"), "{}", again.stderr);
}

#[test]
fn watching_takes_what_comes_when_it_is_whole() {
    let place = with(&["old.wav"]);
    let sound = fs::read(place.path("in/old.wav")).unwrap();
    // What lay there long before it is first seen is taken at once.
    let aged = |name: &str| {
        let file = fs::File::options().append(true).open(place.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(100)).unwrap();
    };
    aged("in/old.wav");
    let mut running = Running::start(&mut command(&place, "in -o out --watch --settle 6"));
    running.until("the old one is done", || place.path("out/old.srt").is_file());
    // One that is still being written, one that comes under another name, one that vanishes again.
    fs::write(place.path("in/gone.wav"), &sound).unwrap();
    for part in 1..=4 {
        fs::write(place.path("in/growing.wav"), &sound[..sound.len() * part / 4]).unwrap();
        // When this one is done, the program has looked at the other, too.
        fs::write(place.path("in/.part"), &sound).unwrap();
        aged("in/.part");
        fs::rename(place.path("in/.part"), place.path(format!("in/named{part}.wav"))).unwrap();
        running.until("what came whole is done", || place.path(format!("out/named{part}.srt")).is_file());
        assert!(!place.path("out/growing.json").exists() && !place.path("out/gone.json").exists(), "part {part}");
        if part == 1 {
            fs::remove_file(place.path("in/gone.wav")).unwrap();
        }
    }
    running.until("what has grown is done", || place.path("out/growing.srt").is_file());
    running.until("the manifest is written", || {
        place.path("out/transcribe-batch.json").is_file() && manifest(&place, "out")["totals"]["done"] == 6
    });
    running.signal(Signal::INT);
    let ended = running.done();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(place.json("out/growing.json")["transcribe"]["recording"]["duration"], 6.0);
    assert!(!place.path("out/gone.json").exists());
    assert!(place.files("out").iter().all(|f| !f.ends_with("jsonl")), "{:?}", place.files("out"));
}

#[test]
fn many_tiny_files() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    write_wav(&place.path("in/0.wav"), &vec![0.0; 1_600]);
    for n in 1..300 {
        fs::copy(place.path("in/0.wav"), place.path(format!("in/{n}.wav"))).unwrap();
    }
    batch(&place, "in -o out -f txt -q").ok();
    assert_eq!(manifest(&place, "out")["totals"]["done"], 300);
    assert_eq!(place.files("out").len(), 301);
}

#[test]
fn the_output_folder_may_vanish() {
    let place = with(&["a.wav", "b.wav"]);
    place.script("script.json", &json!([{"start": 500, "end": 900, "text": "late"}]));
    let mut gate = Gate::at(&place, [0]);
    let running = Running::start(&mut command(&place, "in -o out"));
    gate.reached();
    fs::remove_dir_all(place.path("out")).unwrap();
    drop(gate);
    running.done().ok();
    assert_eq!(place.files("out"), ["a.json", "a.srt", "b.json", "b.srt", "transcribe-batch.json"]);
    assert_eq!(manifest(&place, "out")["totals"]["done"], 2);
}
