//! Runs that end before they are done, and the ones that go on from there.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::run::{Place, SECRET, says, talk, turn};
use crate::running::Running;
use crate::sha256;

/// A recording of `turns` clips.
fn long(turns: u64) -> Place {
    let place = Place::new();
    talk(&place, "long.wav", turns as usize);
    let spans: Vec<(u64, u64)> = (0..turns).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect();
    place.script("script.json", &says(&spans));
    place
}

fn checkpoint(place: &Place, folder: &str) -> String {
    fs::read_to_string(place.path(folder).join(".long.transcribe-checkpoint")).unwrap_or_default()
}

/// Starts it, and lets it come to the gate at the clip after the first `clips`, with these done.
fn held(place: &Place, arguments: &str, clips: usize) -> (Running, Gate) {
    let mut gate = Gate::at(place, [clips]);
    let mut running =
        Running::start(&mut place.command(&format!("--scripted script.json -o out {arguments} long.wav")));
    gate.reached();
    let done = || checkpoint(place, "out").matches("\"chunk\"").count();
    running.until("the clips before the gate are done", || done() >= clips);
    (running, gate)
}

/// Kills it when `clips` clips are done.
fn killed(place: &Place, arguments: &str, clips: usize) {
    let (running, _gate) = held(place, arguments, clips);
    running.kill();
}

/// The script with nothing that fails or never ends, and another word in the first clip: who says it did not go on.
fn repair(place: &Place) {
    let mut lines: Value = place.json("script.json");
    for line in lines.as_array_mut().unwrap() {
        line["fail"] = json!("");
        line["endless"] = json!(false);
    }
    lines[0]["text"] = json!(format!("{SECRET} anew"));
    place.script("script.json", &lines);
}

#[test]
fn a_killed_run_is_gone_on_with_and_gives_the_same_files() {
    for language in ["", "-l en"] {
        let place = long(8);
        place.scripted(&format!("-o whole {language} long.wav")).ok();
        killed(&place, language, 4);
        assert_eq!(place.files("out"), [".long.transcribe-checkpoint"]);
        repair(&place);
        let done = place.scripted(&format!("-o out {language} long.wav")).ok();
        assert!(done.stderr.contains("long.wav: resuming the interrupted run"), "{}", done.stderr);
        assert_eq!(place.files("out"), ["long.json", "long.srt"]);
        for file in ["long.json", "long.srt"] {
            assert_eq!(place.read(&format!("out/{file}")), place.read(&format!("whole/{file}")), "{file}");
        }
    }
}

#[test]
fn whatever_differs_begins_anew() {
    for (change, why) in [
        ("--prompt x", "it had other settings"),
        ("--resume false", "`--resume` is false"),
        ("recording", "the recording is another one"),
    ] {
        let place = long(6);
        killed(&place, "", 3);
        repair(&place);
        if change == "recording" {
            talk(&place, "long.wav", 7);
        }
        let options = if change == "recording" { "" } else { change };
        let done = place.scripted(&format!("-o out {options} long.wav")).ok();
        assert!(done.stderr.contains(why), "{change}: {}", done.stderr);
        assert!(place.read("out/long.json").contains("anew"), "{change}");
        assert_eq!(place.files("out"), ["long.json", "long.srt"]);
    }
}

#[test]
fn an_interrupted_transcript_is_completed_without_overwrite() {
    let place = long(6);
    place.change(3, "endless", true);
    let (mut running, gate) = held(&place, "", 3);
    running.signal(Signal::INT);
    running.until_told("stopping");
    drop(gate);
    assert_eq!(running.done().code, Some(130));
    assert_eq!(place.json("out/long.json")["transcribe"]["complete"], false);
    repair(&place);
    place.scripted("-o out long.wav").ok();
    assert_eq!(place.json("out/long.json")["transcribe"]["complete"], true);
    assert_eq!(place.files("out"), ["long.json", "long.srt"]);
}

#[test]
fn an_interrupted_transcript_is_completed_after_another_format() {
    let place = long(6);
    place.change(3, "fail", "out of memory");
    assert_eq!(place.scripted("-o out long.wav").code, Some(1));
    repair(&place);
    place.scripted("-o out -f txt long.wav").ok();
    assert_eq!(place.json("out/long.json")["transcribe"]["complete"], false);
    place.scripted("-o out long.wav").ok();
    assert_eq!(place.json("out/long.json")["transcribe"]["complete"], true);
    assert_eq!(place.files("out"), ["long.json", "long.srt", "long.txt"]);
}

#[test]
fn a_finished_transcript_is_not_replaced_by_its_beginning() {
    let place = long(6);
    place.scripted("-o out long.wav").ok();
    let edit = json!({"start": 30.5, "end": 31.5, "before": format!("{SECRET} at 30500"),
        "segments": [{"start": 30.5, "end": 31.5, "text": "As it was decided", "speaker": "Frau Özdemir"}]});
    let recording = json!({"name": "long.wav", "sha256": ""});
    place.write("edits.json", json!({"transcribe_edits": 1, "recording": recording, "edits": [edit]}).to_string());
    place.run("apply edits.json out/long.json").ok();
    let before = [place.read("out/long.json"), place.read("out/long.srt")];
    let segments = place.json("out/long.json")["segments"].clone();
    let files = || [place.read("out/long.json"), place.read("out/long.srt")];
    // Somebody stops it.
    place.change(3, "endless", true);
    let (mut running, gate) = held(&place, "--overwrite", 3);
    running.signal(Signal::INT);
    running.until_told("stopping");
    drop(gate);
    let stopped = running.done();
    assert_eq!(stopped.code, Some(130));
    assert!(stopped.stderr.contains("the earlier transcript covers more, and stays"), "{}", stopped.stderr);
    assert_eq!(files(), before);
    // The model fails.
    repair(&place);
    place.change(4, "fail", "out of memory");
    assert_eq!(place.scripted("--overwrite -o out long.wav").code, Some(1));
    assert_eq!(files(), before);
    repair(&place);
    let done = place.scripted("--overwrite -o out long.wav").ok();
    assert!(done.stderr.contains("long.wav: resuming the interrupted run"), "{}", done.stderr);
    let made = place.json("out/long.json");
    assert_eq!((&made["segments"], &made["transcribe"]["complete"]), (&segments, &json!(true)));
    assert!(files()[1].contains("Frau Özdemir: As it was decided"), "{}", files()[1]);
    assert_eq!(place.files("out"), ["long.json", "long.srt"]);
}

#[test]
fn a_transcript_that_somebody_edited_stays() {
    let place = long(6);
    let mut lines: Value = place.json("script.json");
    lines[5]["fail"] = json!("out of memory");
    place.script("script.json", &lines);
    assert_eq!(place.scripted("-o out long.wav").code, Some(1));
    place.write("out/long.srt", "mine");
    repair(&place);
    let done = place.scripted("-o out long.wav");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.starts_with("error: `out/long.srt` exists already\n"), "{}", done.stderr);
    assert_eq!(place.read("out/long.srt"), "mine");
    place.scripted("-o out --overwrite long.wav").ok();
}

#[test]
fn two_runs_do_not_work_on_the_same_recording() {
    let place = long(6);
    let (first, gate) = held(&place, "", 3);
    let second = place.scripted("-o out long.wav");
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.starts_with("error: another run is at work on `long.wav`\n"), "{}", second.stderr);
    first.kill();
    drop(gate);
    repair(&place);
    place.scripted("-o out long.wav").ok();
}

#[test]
fn another_recording_of_the_same_name_takes_nothing_away() {
    let place = long(6);
    killed(&place, "", 3);
    fs::create_dir(place.path("card2")).unwrap();
    talk(&place, "card2/long.wav", 4);
    repair(&place);
    let refused = place.scripted("-o out card2/long.wav");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.starts_with("error: `out/.long.transcribe-checkpoint` exists already\n"),
        "{}",
        refused.stderr
    );
    let done = place.scripted("-o out long.wav").ok();
    assert!(done.stderr.contains("resuming the interrupted run"), "{}", done.stderr);
    // The same recording under another path is the same recording.
    fs::remove_dir_all(place.path("out")).unwrap();
    let place = long(6);
    killed(&place, "", 3);
    fs::create_dir(place.path("moved")).unwrap();
    fs::rename(place.path("long.wav"), place.path("moved/long.wav")).unwrap();
    repair(&place);
    let done = place.scripted("-o out moved/long.wav").ok();
    assert!(done.stderr.contains("resuming the interrupted run"), "{}", done.stderr);
}

#[test]
fn damage_to_a_checkpoint_costs_time_and_nothing_else() {
    let place = long(6);
    place.scripted("-o whole long.wav").ok();
    killed(&place, "", 3);
    let text = checkpoint(&place, "out");
    for broken in
        ["", "\n", "{}\n", "\u{0}\u{0}\u{0}", &text[..text.len() / 2], &text.replace("\"chunk\"", "\"chonk\"")]
    {
        place.write("out/.long.transcribe-checkpoint", broken);
        let _ = fs::remove_file(place.path("out/long.json"));
        let _ = fs::remove_file(place.path("out/long.srt"));
        place.scripted("-o out long.wav").ok();
        assert_eq!(place.read("out/long.json"), place.read("whole/long.json"));
        assert_eq!(place.files("out"), ["long.json", "long.srt"]);
    }
}

#[test]
fn a_recording_that_changes_while_it_is_read_is_not_taken_for_done() {
    let place = long(6);
    for how in ["grow", "shrink", "vanish"] {
        talk(&place, "long.wav", 6);
        let mut gate = Gate::at(&place, [3]);
        let mut running = Running::start(&mut place.command(&format!("--scripted script.json -o {how} long.wav")));
        gate.reached();
        running.until("a chunk is done", || checkpoint(&place, how).contains("\"chunk\""));
        let path = place.path("long.wav");
        let length = fs::metadata(&path).unwrap().len();
        match how {
            "grow" => fs::write(&path, [fs::read(&path).unwrap(), vec![0; 32_000]].concat()).unwrap(),
            "shrink" => fs::File::options().write(true).open(&path).unwrap().set_len(length / 2).unwrap(),
            _ => fs::remove_file(&path).unwrap(),
        }
        drop(gate);
        let done = running.done();
        let json = place.json(&format!("{how}/long.json"));
        if how == "vanish" {
            assert_eq!(done.code, Some(0), "{}", done.stderr);
            assert_eq!(json["transcribe"]["complete"], true);
            assert!(json["transcribe"]["warnings"].to_string().contains("recording_removed"), "{json}");
        } else {
            assert_eq!(done.code, Some(1), "{}", done.stderr);
            assert!(done.stderr.contains("error: `long.wav` was changed while it was read\n"), "{}", done.stderr);
            assert_eq!(json["transcribe"]["complete"], false);
        }
    }
}

#[test]
fn parts_become_one_transcript() {
    let place = Place::new();
    talk(&place, "a_0.wav", 2);
    talk(&place, "a_1.wav", 2);
    place.script("script.json", &says(&[(500, 2_000), (turn(3) + 500, turn(3) + 1_500)]));
    place.scripted("--join -o out a_0.wav a_1.wav").ok();
    assert_eq!(place.files("out"), ["a_0.json", "a_0.srt"]);
    let json = place.json("out/a_0.json");
    assert_eq!(json["segments"][1]["start"], 18.5);
    let recording = &json["transcribe"]["recording"];
    assert_eq!(recording["parts"], json!(["a_0.wav", "a_1.wav"]));
    assert_eq!(recording["duration"], 24.0);
    let both = [fs::read(place.path("a_0.wav")).unwrap(), fs::read(place.path("a_1.wav")).unwrap()].concat();
    assert_eq!(recording["sha256"], sha256(&both));
    let missing = place.scripted("--join -o other a_0.wav a_2.wav");
    assert!(missing.stderr.contains("cannot read `a_2.wav`"), "{}", missing.stderr);
    assert_eq!(place.scripted("--join -o out a_0.wav -").code, Some(2));
}
