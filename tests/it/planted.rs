//! Shared folders and archives in which somebody has put something under a name that the program will use.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::gate::{Gate, named_pipe};
use crate::recordings::{four_turns, with};
use crate::run::{Place, SECRET, says, talk, turn};
use crate::running::Running;

const VICTIM: &str = "what must not be lost\n";

fn mode(place: &Place, name: &str) -> u32 {
    fs::metadata(place.path(name)).unwrap().mode() & 0o777
}

fn set_mode(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), Permissions::from_mode(mode)).unwrap();
}

/// Puts links of all kinds, a pipe and a file of somebody's own at `name`, one after the other, and gives what each is called.
fn plant(place: &Place, name: &str, mut then: impl FnMut(&str)) {
    let at = place.path(name);
    for (what, said) in [
        ("link", "it is a link, which is not followed; delete it"),
        ("dangling link", "it is a link, which is not followed; delete it"),
        ("hard link", "the same file has another name, too (a hard link); delete it"),
        ("pipe", "it is no regular file; delete it"),
    ] {
        let _ = fs::remove_file(&at);
        place.write("victim", VICTIM);
        match what {
            "link" => symlink(place.path("victim"), &at).unwrap(),
            "dangling link" => symlink(place.path("nowhere"), &at).unwrap(),
            "hard link" => fs::hard_link(place.path("victim"), &at).unwrap(),
            _ => named_pipe(&at),
        }
        then(said);
        assert_eq!(place.read("victim"), VICTIM, "{what}");
        assert!(!place.path("nowhere").exists(), "{what}");
        assert!(at.symlink_metadata().is_ok(), "{what}");
    }
    fs::remove_file(&at).unwrap();
}

#[test]
fn a_planted_checkpoint_destroys_nothing_and_hangs_nothing() {
    let place = with(&["talk.wav"]);
    fs::create_dir(place.path("out")).unwrap();
    plant(&place, "out/.talk.transcribe-checkpoint", |said| {
        let told = place.scripted("-o out in/talk.wav");
        assert_eq!(told.code, Some(1), "{}", told.stderr);
        let error = format!("error: cannot write `out/.talk.transcribe-checkpoint`: {said}\n");
        assert!(told.stderr.contains(&error), "{}", told.stderr);
        // One bad file does not end the others.
        fs::copy(place.path("in/talk.wav"), place.path("in/other.wav")).unwrap();
        let batch = place.run("batch --scripted script.json in -o out --overwrite");
        assert!(batch.stderr.contains("done         1"), "{}", batch.stderr);
        assert!(place.path("out/other.json").is_file() && !place.path("out/talk.json").exists());
    });
    place.write("out/.talk.transcribe-checkpoint", VICTIM);
    let told = place.scripted("-o out in/talk.wav");
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("it is no file of this program; move it away"), "{}", told.stderr);
    assert_eq!(place.read("out/.talk.transcribe-checkpoint"), VICTIM);
}

#[test]
fn planted_files_of_a_batch_destroy_nothing_and_hang_nothing() {
    for name in [".transcribe-batch.json.lock", "transcribe-batch.journal.jsonl"] {
        let place = with(&["talk.wav"]);
        fs::create_dir(place.path("out")).unwrap();
        plant(&place, &format!("out/{name}"), |said| {
            let told = place.run("batch --scripted script.json in -o out");
            assert_eq!(told.code, Some(2), "{}", told.stderr);
            assert!(told.stderr.contains(&format!("`out/{name}`: {said}")), "{}", told.stderr);
        });
        place.run("batch --scripted script.json in -o out").ok();
    }
    let place = with(&["talk.wav"]);
    fs::create_dir(place.path("out")).unwrap();
    named_pipe(&place.path("out/transcribe-batch.json"));
    let told = place.run("batch --scripted script.json in -o out");
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("`out/transcribe-batch.json`: it is a pipe or a device"), "{}", told.stderr);
}

#[test]
fn a_planted_journal_of_a_session_destroys_nothing_and_hangs_nothing() {
    let place = four_turns();
    let live = "live --scripted script.json --input talk.wav --speed 0 --name talk --overwrite";
    plant(&place, ".talk.transcribe-live", |said| {
        let told = place.run(live);
        assert_eq!(told.code, Some(2), "{}", told.stderr);
        let error = format!("error: cannot write `.talk.transcribe-live`: {said}\n");
        assert!(told.stderr.contains(&error), "{}", told.stderr);
        // Another session is told of it and runs.
        let other = place.run(&live.replace("--name talk", "--name other"));
        assert_eq!(other.code, Some(0), "{}", other.stderr);
        assert!(other.stderr.contains(said), "{}", other.stderr);
    });
}

/// The checkpoint of a run that was stopped after three of six clips.
fn interrupted() -> (Place, String) {
    let place = Place::new();
    talk(&place, "long.wav", 6);
    let spans: Vec<(u64, u64)> = (0..6).map(|n| (turn(n) + 500, turn(n) + 1_500)).collect();
    place.script("script.json", &says(&spans));
    let mut gate = Gate::at(&place, [3]);
    let mut running = Running::start(&mut place.command("--scripted script.json -o out long.wav"));
    gate.reached();
    let path = place.path("out/.long.transcribe-checkpoint");
    let text = || fs::read_to_string(&path).unwrap_or_default();
    running.until("three clips are done", || text().matches("\"chunk\"").count() >= 3);
    running.kill();
    drop(gate);
    let mut lines: Value = place.json("script.json");
    lines[0]["text"] = json!(format!("{SECRET} anew"));
    place.script("script.json", &lines);
    let text = text();
    (place, text)
}

#[test]
fn a_forged_checkpoint_makes_no_transcript() {
    let (place, sealed) = interrupted();
    let tag = |line: &str| serde_json::from_str::<Value>(line).unwrap()["tag"].as_str().unwrap().to_owned();
    let untagged: String =
        sealed.lines().map(|line| line.replace(&format!(",\"tag\":\"{}\"", tag(line)), "") + "\n").collect();
    assert!(!untagged.contains("tag\":"), "{untagged}");
    let forged = sealed.replace(SECRET, "forged");
    let why = "long.wav: not resuming the interrupted run, because its checkpoint is not sealed with your key";
    let at = "out/.long.transcribe-checkpoint";
    for (text, told) in [(&forged, false), (&untagged, true), (&untagged.replace(SECRET, "forged"), true)] {
        let _ = fs::remove_dir_all(place.path("out"));
        fs::create_dir(place.path("out")).unwrap();
        place.write(at, text);
        let done = place.scripted("-o out long.wav").ok();
        assert_eq!(done.stderr.contains(why), told, "{}", done.stderr);
        let json = place.read("out/long.json");
        assert!(json.contains("anew") && !json.contains("forged"), "{json}");
        assert_eq!(place.files("out"), ["long.json", "long.srt"]);
    }
    // Somebody else's is not used, and one's own is.
    fs::remove_dir_all(place.path("out")).unwrap();
    fs::create_dir(place.path("out")).unwrap();
    place.write(at, &sealed);
    let mut other = place.command("--scripted script.json -o out long.wav");
    let done = crate::run::done(other.env("XDG_STATE_HOME", place.path("home/other"))).ok();
    assert!(done.stderr.contains(why), "{}", done.stderr);
    fs::remove_dir_all(place.path("out")).unwrap();
    fs::create_dir(place.path("out")).unwrap();
    place.write(at, &sealed);
    let done = place.scripted("-o out long.wav").ok();
    assert!(done.stderr.contains("long.wav: resuming the interrupted run"), "{}", done.stderr);
    assert!(!place.read("out/long.json").contains("anew"));
}

#[test]
fn without_a_key_a_run_works_and_says_once_that_it_cannot_be_resumed() {
    let place = with(&["a.wav", "b.wav"]);
    place.write("no-folder", "");
    let run = |arguments: &str| {
        let mut command = place.command(&format!("--scripted script.json {arguments}"));
        crate::run::done(command.env("XDG_STATE_HOME", place.path("no-folder"))).ok().stderr
    };
    let told = run("-o out in/a.wav in/b.wav");
    assert_eq!(told.matches("what is interrupted cannot be resumed later").count(), 1, "{told}");
    assert_eq!(place.files("out"), ["a.json", "a.srt", "b.json", "b.srt"]);
    assert!(!run("--stdout txt in/a.wav").contains("cannot be resumed"), "there is nothing to resume");
    assert!(!place.path("home/STATE").exists());
    place.scripted("--stdout txt in/a.wav").ok();
    assert!(!place.path("home/STATE").exists(), "no key is made for that");
    place.scripted("-o out --overwrite in/a.wav").ok();
    assert_eq!(mode(&place, "home/STATE/transcribe/key"), 0o600);
}

/// A journal as a version without keys wrote it, or somebody else.
fn journal(name: &str, formats: &[&str]) -> String {
    let place = four_turns();
    let script = |n: usize| place.change(n, "gate", "home/gate");
    fs::create_dir_all(place.path("home")).unwrap();
    script(2);
    let gate = Gate::at(&place, [2]);
    let mut running =
        Running::start(&mut place.command("live --scripted script.json --input talk.wav --name talk --speed 3"));
    running.printed(1);
    let text = || fs::read_to_string(place.path(".talk.transcribe-live")).unwrap_or_default();
    running.until("the lines are in the journal", || text().matches("{\"line\":").count() >= 2);
    running.kill();
    drop(gate);
    let lines = text();
    let lines = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("tag");
        if let Some(header) = line.get_mut("header") {
            header["name"] = json!(name);
            header["formats"] = json!(formats);
        }
        format!("{line}\n")
    });
    lines.collect()
}

#[test]
fn a_journal_that_is_not_sealed_is_recovered_by_name_only() {
    let place = four_turns();
    place.write(".old.transcribe-live", journal("old", &["json", "srt"]));
    let next = place.run("live --scripted script.json --input talk.wav --speed 0 --name next").ok();
    assert!(
        next.stderr.contains("cannot read `.old.transcribe-live`: it is not sealed with your key"),
        "{}",
        next.stderr
    );
    assert!(next.stderr.contains("`transcribe live --recover FILE` finishes it all the same"), "{}", next.stderr);
    assert!(!place.path("old.json").exists() && place.path(".old.transcribe-live").exists());
    let told = place.run("live --recover old").ok();
    assert!(told.stderr.contains("old.json, old.srt"), "{}", told.stderr);
    assert!(told.stderr.contains("its journal is not sealed with your key"), "{}", told.stderr);
    assert!(place.read("old.srt").contains(SECRET));
    assert!(!place.path(".old.transcribe-live").exists());
    // By a link, too; and it replaces nothing.
    place.write("elsewhere", journal("old", &["json"]));
    symlink(place.path("elsewhere"), place.path(".old.transcribe-live")).unwrap();
    place.write("old.json", "mine");
    let told = place.run("live --recover .old.transcribe-live").ok();
    assert!(told.stderr.contains("old-recovered.json"), "{}", told.stderr);
    assert_eq!(place.read("old.json"), "mine");
    assert!(place.path("elsewhere").exists() && !place.path(".old.transcribe-live").is_symlink());
}

#[test]
fn a_journal_cannot_say_where_its_files_go() {
    let place = four_turns();
    fs::create_dir(place.path("session")).unwrap();
    let outside = place.path("outside").display().to_string();
    for (name, formats) in [
        ("../outside", &["json"][..]),
        (&outside, &["json"]),
        ("a/b", &["json"]),
        ("a\\b", &["json"]),
        ("", &["json"]),
        (".hidden", &["json"]),
        ("talk", &["../outside"]),
        ("talk", &[]),
    ] {
        place.write("session/.talk.transcribe-live", journal(name, formats));
        let told = place.run("live --recover session/talk.json");
        assert_eq!(told.code, Some(1), "{name}: {}", told.stderr);
        assert!(told.stderr.contains("cannot read `session/.talk.transcribe-live`: "), "{}", told.stderr);
        assert_eq!(place.files("session"), [".talk.transcribe-live"], "{name}");
        assert_eq!(place.files(""), ["script.json", "session", "talk.wav"], "{name}");
    }
}

#[test]
fn paths_and_times_of_a_planted_journal_are_not_believed() {
    let place = four_turns();
    let planted = journal("talk", &["json", "html", "json"]);
    let lines = planted.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(header) = line.get_mut("header") {
            header["recording"]["name"] = json!("../../secret.wav");
            header["recording"]["parts"] = json!(["/etc/passwd", "http://evil/x.wav"]);
        }
        format!("{line}\n")
    });
    let planted: String = lines.collect();
    place.write(".talk.transcribe-live", &planted);
    place.run("live --recover talk").ok();
    assert_eq!(place.json("talk.json")["transcribe"]["recording"]["name"], "secret.wav");
    let page = place.read("talk.html");
    for path in ["../secret", "..%2F", "/etc/passwd", "//evil"] {
        assert!(!page.contains(path), "{path}: only names are left");
    }
    assert!(!place.path("talk-recovered.json").exists(), "one file of each format");
    // More than 1,000 hours.
    let late = format!("{planted}{{\"captured\":10000000000}}\n");
    place.write(".late.transcribe-live", late.replace("\"talk\"", "\"late\""));
    let told = place.run("live --recover late");
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    assert!(place.path(".late.transcribe-live").exists() && !place.path("late.json").exists());
}

#[test]
fn a_second_session_of_the_same_name_is_told_that_the_first_runs() {
    let place = four_turns();
    let mut gate = Gate::at(&place, [1]);
    let arguments = "live --scripted script.json --input talk.wav --speed 3 --name talk";
    let first = Running::start(&mut place.command(arguments));
    gate.reached();
    let second = place.run(arguments);
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(
        second.stderr.starts_with(
            "error: another run is at work on `talk` (a live session of this name; `--name` gives this one another)\n"
        ),
        "{}",
        second.stderr
    );
    drop(gate);
    first.kill();
}

#[test]
fn files_are_no_more_readable_than_the_recording() {
    let place = with(&["talk.wav"]);
    fs::create_dir(place.path("out")).unwrap();
    // As any new file.
    place.write("usual", "");
    let usual = mode(&place, "usual");
    for (recording, most) in [(0o600, 0o600), (0o640, 0o640), (0o444, 0o644), (0o666, 0o666)] {
        set_mode(&place, "in/talk.wav", recording);
        place.scripted("-o out in/talk.wav").ok();
        assert_eq!(mode(&place, "out/talk.json"), usual & most, "{recording:o}");
        assert_eq!(mode(&place, "out/talk.srt"), usual & most, "{recording:o}");
        place.run("export out/talk.json -f vtt").ok();
        assert_eq!(mode(&place, "out/talk.vtt"), usual & most, "{recording:o}");
        place.run("import out/talk.vtt -o out/imported").ok();
        assert_eq!(mode(&place, "out/imported/talk.json"), usual & most, "{recording:o}");
        fs::remove_dir_all(place.path("out")).unwrap();
    }
}

#[test]
fn what_is_replaced_keeps_its_mode_and_its_link() {
    let place = with(&["talk.wav"]);
    fs::create_dir_all(place.path("out")).unwrap();
    fs::create_dir_all(place.path("archive")).unwrap();
    place.write("archive/talk.json", "{}");
    set_mode(&place, "archive/talk.json", 0o664);
    symlink("../archive/talk.json", place.path("out/talk.json")).unwrap();
    place.write("out/talk.srt", "old");
    set_mode(&place, "out/talk.srt", 0o640);
    set_mode(&place, "in/talk.wav", 0o600);
    place.scripted("-o out --overwrite in/talk.wav").ok();
    assert!(place.path("out/talk.json").is_symlink());
    assert!(place.read("archive/talk.json").contains(SECRET));
    assert_eq!(place.read("out/talk.json.broken"), "{}");
    assert_eq!((mode(&place, "archive/talk.json"), mode(&place, "out/talk.srt")), (0o664, 0o640));
    place.run("export out/talk.json -f srt --overwrite").ok();
    assert_eq!(mode(&place, "out/talk.srt"), 0o640);
    // Read-only is refused before the work, and the others are as they were.
    set_mode(&place, "out/talk.srt", 0o444);
    let json = place.read("archive/talk.json");
    for arguments in
        ["--scripted script.json -o out --overwrite in/talk.wav", "export out/talk.json -f srt --overwrite"]
    {
        let told = place.run(arguments);
        assert!(matches!(told.code, Some(1 | 2)), "{}", told.stderr);
        assert!(told.stderr.contains("error: cannot write `out/talk.srt`: it is read-only\n"), "{}", told.stderr);
        assert_eq!(place.read("archive/talk.json"), json);
    }
    set_mode(&place, "archive/talk.json", 0o444);
    let transcript = place.json("archive/talk.json");
    let first = &transcript["segments"][0];
    let edited = json!({"start": first["start"], "end": first["end"], "speaker": null, "text": "edited"});
    let edit = json!({"start": first["start"], "end": first["end"], "before": first["text"], "segments": [edited]});
    let edits = json!({"transcribe_edits": 1, "recording": transcript["transcribe"]["recording"], "names": {}, "edits": [edit]});
    place.write("edits.json", edits.to_string());
    let told = place.run("apply edits.json out/talk.json");
    assert!(told.stderr.contains("error: cannot write `out/talk.json`: it is read-only\n"), "{}", told.stderr);
    set_mode(&place, "archive/talk.json", 0o664);
    place.run("apply edits.json out/talk.json").ok();
    assert!(place.path("out/talk.json").is_symlink() && place.read("archive/talk.json").contains("edited"));
    assert_eq!(mode(&place, "archive/talk.json"), 0o664);
}

#[test]
fn what_contains_text_is_for_the_user_alone() {
    let (place, _) = interrupted();
    assert_eq!(mode(&place, "out/.long.transcribe-checkpoint"), 0o600);
    let place = four_turns();
    let mut gate = Gate::at(&place, [1]);
    let arguments = "live --scripted script.json --input talk.wav --speed 3 --name talk --save-audio sound.wav";
    let running = Running::start(&mut place.command(arguments));
    gate.reached();
    for file in [".talk.transcribe-live", "sound.wav"] {
        assert_eq!(mode(&place, file), 0o600, "{file}");
    }
    drop(gate);
    assert_eq!(running.done().code, Some(0));
    for file in ["talk.json", "talk.srt", "talk.vtt", "sound.wav"] {
        assert_eq!(mode(&place, file), 0o600, "{file}");
    }
}

#[test]
fn names_of_any_length_and_with_dots_are_kept() {
    let place = Place::new();
    let long = ["A".repeat(251), "ü".repeat(125) + "a", "2024.05.03 Sitzung".to_owned()];
    talk(&place, "talk.wav", 1);
    for name in &long {
        fs::copy(place.path("talk.wav"), place.path(format!("{name}.wav"))).unwrap();
        let mut command = place.command("--scripted script.json -q -f json,srt,txt -o out");
        assert_eq!(crate::run::done(command.arg(format!("{name}.wav"))).ok().stderr, "");
        let files = place.files("out");
        assert_eq!(files.len(), 3, "{files:?}");
        let kept = if name.len() > 240 { &name[..200] } else { name };
        assert!(files.iter().all(|file| file.starts_with(kept) && file.len() <= 255), "{files:?}");
        fs::remove_dir_all(place.path("out")).unwrap();
    }
    // What follows the last dot is no ending.
    fs::copy(place.path("talk.wav"), place.path("2024.05.03 Sitzung")).unwrap();
    let mut command = place.command("--scripted script.json -f txt -o");
    crate::run::done(command.args(["2024.05.03 Ordner", "2024.05.03 Sitzung"])).ok();
    assert_eq!(place.files("2024.05.03 Ordner"), ["2024.05.03 Sitzung.txt"]);
    let mut command = place.command("live --scripted script.json --input talk.wav --speed 0 -o live --name");
    crate::run::done(command.arg("2024.05.03 Sitzung")).ok();
    assert_eq!(place.files("live"), ["2024.05.03 Sitzung.json", "2024.05.03 Sitzung.srt", "2024.05.03 Sitzung.vtt"]);
    let mut export = place.command("export -f txt");
    crate::run::done(export.arg("live/2024.05.03 Sitzung.json")).ok();
    assert!(place.path("live/2024.05.03 Sitzung.txt").is_file());
}
