//! `transcribe batch` with tracks, and with files beside the recordings that say who speaks.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::batch::{batch, command, entry, manifest};
use crate::gate::Gate;
use crate::recordings::warnings;
use crate::run::{Place, SECRET, talk, turn, valid};
use crate::running::Running;
use crate::tracks::{call, codes, said, secrets};

/// A place with conversations of Anna and Bert in folders of these names: the tracks of Craig.
fn meetings(names: &[&str]) -> Place {
    let place = call();
    for name in names {
        copy(&place, "left.wav", &format!("in/{name}/1-Anna.wav"));
        copy(&place, "right.wav", &format!("in/{name}/2-Bert_0.wav"));
    }
    place
}

fn copy(place: &Place, from: &str, to: &str) {
    let to = place.path(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(place.path(from), to).unwrap();
}

fn of_anna_and_bert() -> Vec<(String, String)> {
    secrets(&[("Anna", "eins"), ("Bert", "zwei"), ("Anna", "drei"), ("Bert", "vier")])
}

#[test]
fn each_folder_of_tracks_is_a_conversation() {
    let place = meetings(&["2026/Januar", "Februar"]);
    copy(&place, "call.wav", "in/Februar/mix.wav");
    copy(&place, "left.wav", "in/Zoom/Audio Record/audioAnna198796876.wav");
    copy(&place, "right.wav", "in/Zoom/Audio Record/audioBert298796876.wav");
    copy(&place, "call.wav", "in/Zoom/audio_only.wav");
    fs::create_dir_all(place.path("in/empty")).unwrap();
    let plan = batch(&place, "-n -r --tracks -l de in -o out").ok();
    assert!(plan.stderr.contains("mix.wav` is left out"), "{}", plan.stderr);
    assert_snapshot!(plan.stdout, @r"
    transcribe  2026/Januar: 1-Anna.wav, 2-Bert_0.wav (0:00:15) → out/2026/Januar: Januar.json, Januar.srt
    transcribe  Februar: 1-Anna.wav, 2-Bert_0.wav (0:00:15) → out/Februar: Februar.json, Februar.srt
    transcribe  Zoom: audioAnna198796876.wav, audioBert298796876.wav (0:00:15) → out/Zoom: Zoom.json, Zoom.srt
    3 to transcribe, 0 not: 0:00:45 of sound, the time is known after a first run, about 0.0 MB
    ");
    let first = batch(&place, "-r --tracks -l de in -o out").ok();
    assert!(first.stderr.contains("done         3"), "{}", first.stderr);
    for path in ["2026/Januar/Januar", "Februar/Februar", "Zoom/Zoom"] {
        let json = place.json(&format!("out/{path}.json"));
        valid(&json);
        assert_eq!(said(&json), of_anna_and_bert(), "{path}");
        assert_eq!(json["transcribe"]["recording"]["name"], Path::new(path).file_name().unwrap().to_str().unwrap());
    }
    let all = manifest(&place, "out");
    let one = entry(&all, "2026/Januar");
    assert_eq!(one["parts"], json!(["2026/Januar/1-Anna.wav", "2026/Januar/2-Bert_0.wav"]));
    assert_eq!((&one["status"], &one["output"]), (&json!("done"), &json!("2026/Januar")));
    assert_eq!(all["totals"]["done"], 3);

    // What is done is skipped.
    let again = batch(&place, "-r --tracks -l de in -o out").ok();
    assert!(again.stderr.ends_with("done         0\nskipped      3\n"), "{}", again.stderr);
    // Who is called otherwise now, or comes in addition, makes it another conversation.
    fs::rename(place.path("in/Februar/2-Bert_0.wav"), place.path("in/Februar/2-Berta_0.wav")).unwrap();
    copy(&place, "left.wav", "in/Zoom/Audio Record/audioCem398796876.wav");
    let again = batch(&place, "-r --tracks -l de in -o out").ok();
    assert!(again.stderr.contains("done         2"), "{}", again.stderr);
    assert_eq!(said(&place.json("out/Februar/Februar.json"))[1].0, "Berta");
    let again = batch(&place, "-r --tracks -l de --speaker 1-Anna=Anja in -o out").ok();
    assert!(again.stderr.contains("done         3"), "{}", again.stderr);
    assert_eq!(said(&place.json("out/2026/Januar/Januar.json"))[0].0, "Anja");
}

#[test]
fn a_folder_may_itself_be_the_conversation() {
    let place = meetings(&["Sitzung"]);
    copy(&place, "left.wav", "in/Zoom/Audio Record/audioAnna198796876.wav");
    copy(&place, "call.wav", "in/Zoom/video1.wav");
    // Not another conversation in it.
    copy(&place, "call.wav", "in/Sitzung/alt/alt.wav");
    let run = || batch(&place, "--tracks -l de in/Sitzung in/Zoom").ok();
    let done = run();
    assert!(done.stderr.contains("Sitzung: 0:00:15"), "{}", done.stderr);
    assert!(done.stderr.contains("video1.wav` is left out"), "{}", done.stderr);
    assert_eq!(said(&place.json("in/Sitzung/Sitzung.json")), of_anna_and_bert());
    assert_eq!(said(&place.json("in/Zoom/Zoom.json")).first().map(|(who, _)| who.clone()), Some("Anna".into()));
    assert_eq!(entry(&manifest(&place, "in/Sitzung"), ".")["status"], "done");
    // It may be moved with all that is in it.
    fs::create_dir(place.path("archive")).unwrap();
    fs::rename(place.path("in/Sitzung"), place.path("archive/Sitzung")).unwrap();
    let again = batch(&place, "--tracks -l de archive/Sitzung in/Zoom").ok();
    assert!(again.stderr.ends_with("done         0\nskipped      2\n"), "{}", again.stderr);
    assert!(!again.stderr.contains("passed over"), "{}", again.stderr);
}

#[test]
fn a_conversation_that_fails_costs_the_others_nothing() {
    let place = meetings(&["a", "b", "c", "mixed"]);
    copy(&place, "left.wav", "in/mixed/1-Cem.wav");
    for track in ["1-Anna.wav", "2-Bert_0.wav"] {
        place.write(&format!("in/b/{track}"), "not what it says");
    }
    place.write("in/c/2-Bert_0.wav", "not what it says");
    // One recording of a room is nobody's track.
    copy(&place, "call.wav", "in/room/Raum.wav");
    copy(&place, "left.wav", "in/one/1-Anna.wav");
    let done = batch(&place, "-r --tracks -l de in -o out");
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("mixed: its tracks are of several calls"), "{}", done.stderr);
    let all = manifest(&place, "out");
    let status = |name: &str| entry(&all, name)["status"].clone();
    assert_eq!(["a", "b", "mixed", "room", "one"].map(status), ["done", "failed", "failed", "done", "done"]);
    assert_eq!(said(&place.json("out/a/a.json")), of_anna_and_bert());
    assert!(!place.path("out/b/b.json").exists() && !place.path("out/mixed").exists());
    // What the other tracks say is written.
    assert_eq!(codes(&place.json("out/c/c.json")), ["track_missing"]);
    assert_eq!(entry(&all, "c")["status"], "failed");
    assert!(said(&place.json("out/room/room.json")).iter().all(|(who, _)| who.is_empty()));
    assert!(said(&place.json("out/one/one.json")).iter().all(|(who, _)| who == "Anna"));

    for name in ["b", "c"] {
        copy(&place, "left.wav", &format!("in/{name}/1-Anna.wav"));
        copy(&place, "right.wav", &format!("in/{name}/2-Bert_0.wav"));
    }
    fs::remove_file(place.path("in/mixed/1-Cem.wav")).unwrap();
    let again = batch(&place, "-r --tracks -l de in -o out --retry-failed").ok();
    assert!(again.stderr.contains("done         3"), "{}", again.stderr);
    assert_eq!(said(&place.json("out/c/c.json")), of_anna_and_bert());
}

#[test]
fn tracks_that_are_stopped_go_on_and_shards_share_them() {
    let place = meetings(&["a"]);
    let arguments = "-r --tracks -l de in -o out";
    // The gate is in Bert's track.
    let mut gate = Gate::at(&place, [3]);
    let mut running = Running::start(&mut command(&place, arguments));
    gate.reached();
    let checkpoint = || fs::read_to_string(place.path("out/a/.a.transcribe-checkpoint")).unwrap_or_default();
    running.until("the first chunk of the second track is done", || checkpoint().contains("\"track\":1"));
    running.kill();
    place.change(3, "gate", "");
    let again = batch(&place, arguments).ok();
    assert!(again.stderr.contains("a: resuming the interrupted run"), "{}", again.stderr);
    assert_eq!(said(&place.json("out/a/a.json")), of_anna_and_bert());
    assert_eq!(place.files("out/a"), ["a.json", "a.srt"]);

    for name in ["b", "c", "d"] {
        copy(&place, "left.wav", &format!("in/{name}/1-Anna.wav"));
        copy(&place, "right.wav", &format!("in/{name}/2-Bert_0.wav"));
    }
    for shard in 1..=3 {
        batch(&place, &format!("-r --tracks -l de in -o parts --shard {shard}/3")).ok();
    }
    let merged = batch(&place, "--merge-manifests parts").ok();
    assert!(merged.stderr.contains("4 recordings: 4 done"), "{}", merged.stderr);
    assert_eq!(manifest(&place, "parts")["totals"]["done"], 4);
}

#[test]
fn mistakes_about_tracks_are_told_before_any_work() {
    let place = meetings(&["a"]);
    for (arguments, wrong) in [
        ("--tracks -r --speaker 1-Cem=Cem in", "`1-Cem` is none of the tracks"),
        ("--tracks -n -r --offset Cem=1 in", "`Cem` is none of the tracks"),
        ("--offset 1-Anna=1 in", "`--offset` is about tracks"),
        ("--tracks --join in", "cannot be used with"),
        ("--tracks --names-from *.vtt in", "cannot be used with"),
        ("--names-from x/*.vtt in", "it names a folder, or a file in one"),
        ("--names-from [ in", "`--names-from [`"),
        ("--names-from *.vtt --channels split in", "each channel has its speaker"),
        ("--meeting missing/meeting.toml in", "missing/meeting.toml"),
    ] {
        let done = batch(&place, &format!("{arguments} -o out"));
        assert_eq!(done.code, Some(2), "{arguments}: {}", done.stderr);
        assert!(done.stderr.contains(wrong), "{arguments}: {}", done.stderr);
    }
    assert_eq!(place.files("out"), Vec::<String>::new());
    let flat = batch(&place, "--tracks in -o out").ok();
    assert_eq!(flat.stderr, "no recordings found; `--recursive` looks into the folders in it, too\ndone         0\n");
}

/// `in/Sitzung.wav`, in which something is said at 0 and at 6 s.
fn one_recording() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    talk(&place, "in/Sitzung.wav", 2);
    let line = |n: u64, text: &str| json!({"start": turn(n) + 400, "end": turn(n) + 1_900, "text": format!("{SECRET} ist hier {text}")});
    place.script("script.json", &json!([line(0, "eins"), line(1, "zwei")]));
    place
}

const LOG: &str = "start,end,name\n0,5,Anna\n6,99,Bert\n";
const TEAMS: &str =
    "WEBVTT\n\n00:00:00.000 --> 00:00:05.000\n<v Cem>x</v>\n\n00:00:06.000 --> 00:00:15.000\n<v Dora>y</v>\n";

fn speakers(json: &Value) -> Vec<String> {
    said(json).into_iter().map(|(who, _)| who).collect()
}

#[test]
fn names_come_from_files_beside_the_recordings() {
    let place = one_recording();
    for name in ["a/talk.wav", "a/talk-2.wav", "b/room.wav", "c/none.wav", "d/broken.wav", "zwei.wav"] {
        copy(&place, "in/Sitzung.wav", &format!("in/{name}"));
    }
    place.write("in/Sitzung.csv", LOG);
    // It may be of any recording in this folder.
    place.write("in/any.csv", LOG);
    place.write("in/a/talk.csv", LOG);
    place.write("in/a/TALK-2_Transcript.vtt", TEAMS);
    place.write("in/b/Teams meeting.vtt", TEAMS);
    place.write("in/d/broken.csv", "nothing of use");
    let run = || batch(&place, "-r -l de in -o out --names-from *.{vtt,csv}").ok();
    let done = run();
    let of = |name: &str| place.json(&format!("out/{name}.json"));
    for (name, expected) in [
        ("Sitzung", ["Anna", "Bert"]),
        ("a/talk", ["Anna", "Bert"]),
        ("a/talk-2", ["Cem", "Dora"]),
        ("b/room", ["Cem", "Dora"]),
        ("c/none", ["", ""]),
        ("d/broken", ["", ""]),
        ("zwei", ["", ""]),
    ] {
        valid(&of(name));
        assert_eq!(speakers(&of(name)), expected, "{name}");
    }
    assert!(!done.stderr.contains("passed over"), "{}", done.stderr);
    // A file that is missing or broken costs the names alone, and that is told.
    assert_eq!(codes(&of("c/none")), ["beside_missing"]);
    assert!(warnings(&of("d/broken"))[0].contains("broken.csv"), "{:?}", warnings(&of("d/broken")));
    assert!(done.stderr.contains("warning: d/broken.wav: no usable file beside it: "), "{}", done.stderr);
    let all = manifest(&place, "out");
    assert_eq!(entry(&all, "c/none.wav")["warnings"][0]["code"], "beside_missing");
    assert_eq!(entry(&all, "a/talk.wav")["speakers"].as_str().unwrap().len(), 64);

    // A file of another recording stays its own, also if that is not transcribed now.
    copy(&place, "in/Sitzung.wav", "in/b/other.wav");
    fs::rename(place.path("in/b/Teams meeting.vtt"), place.path("in/b/other.vtt")).unwrap();
    batch(&place, "-l de in/b -o one --include room.wav --names-from *.vtt").ok();
    assert_eq!(codes(&place.json("one/room.json")), ["beside_missing"]);
    fs::rename(place.path("in/b/other.vtt"), place.path("in/b/Teams meeting.vtt")).unwrap();
    fs::remove_file(place.path("in/b/other.wav")).unwrap();

    // Nothing is done twice, until a file says something else.
    assert!(run().stderr.ends_with("done         0\nskipped      7\n"));
    place.write("in/d/broken.csv", LOG);
    place.write("in/c/none.vtt", TEAMS);
    assert!(run().stderr.contains("done         2"));
    assert_eq!(
        (speakers(&of("d/broken")), speakers(&of("c/none"))),
        (vec!["Anna".into(), "Bert".into()], vec!["Cem".into(), "Dora".into()])
    );
}

#[test]
fn transcripts_are_no_files_of_names() {
    let place = one_recording();
    place.write("in/Sitzung.csv", LOG);
    batch(&place, "-l de -f json,vtt in --names-from *").ok();
    assert_eq!(speakers(&place.json("in/Sitzung.json")), ["Anna", "Bert"]);
    fs::remove_file(place.path("in/Sitzung.csv")).unwrap();
    // Otherwise it would read who speaks from its own captions.
    let plan = batch(&place, "-n -l de -f json,vtt in --names-from *.vtt").ok();
    assert!(plan.stdout.contains("there is no `*.vtt` for it"), "{}", plan.stdout);
    // From those of another batch, too, here or in a folder above, until somebody has changed them.
    let others = || {
        let flat = batch(&place, "-n -l de -o out in --names-from *.vtt").ok();
        let deep = batch(&place, "-n -l de -o out deep/in --names-from *.vtt").ok();
        [flat, deep].map(|plan| plan.stdout.contains("there is no `*.vtt` for it"))
    };
    copy(&place, "in/Sitzung.wav", "deep/in/Sitzung.wav");
    batch(&place, "-r -l de -f vtt deep").ok();
    assert_eq!(others(), [true, true]);
    place.write("in/Sitzung.vtt", TEAMS);
    assert_eq!(others(), [false, true]);
}

#[test]
fn a_file_of_names_is_not_written_over() {
    let place = one_recording();
    place.write("in/Sitzung.vtt", TEAMS);
    for overwrite in ["", "--overwrite"] {
        let done = batch(&place, &format!("-l de -f json,vtt in --names-from *.vtt {overwrite}"));
        assert_eq!(done.code, Some(1), "{}", done.stderr);
        let told = "its transcript would be written over `in/Sitzung.vtt`, which is read for this batch; `-o FOLDER` writes elsewhere";
        assert!(done.stderr.contains(told), "{}", done.stderr);
        assert_eq!(place.read("in/Sitzung.vtt"), TEAMS);
    }
    batch(&place, "-l de -f json,vtt -o out in --names-from *.vtt --overwrite").ok();
    assert_eq!(speakers(&place.json("out/Sitzung.json")), ["Cem", "Dora"]);
    // Nor one of several that may be meant.
    place.write("in/Sitzung.csv", LOG);
    assert_eq!(batch(&place, "-l de -f vtt in --names-from *.{vtt,csv} --overwrite").code, Some(1));
    assert_eq!(place.read("in/Sitzung.vtt"), TEAMS);
}

#[test]
fn each_meeting_has_its_own_data() {
    let place = one_recording();
    copy(&place, "in/Sitzung.wav", "in/b/b.wav");
    copy(&place, "in/Sitzung.wav", "in/c/c.wav");
    copy(&place, "in/Sitzung.wav", "in/c/d.wav");
    place.write("in/meeting.toml", "languages = [\"de\"]\nglossary = [\"Lindenau\"]");
    place.write("in/b/meeting.toml", "languages = [\"klingon\"]");
    place.write("in/c/meeting.toml", "languages = [\"en\"]\nchair = \"Anna Vogt\"");
    batch(&place, "-r in -o out --meeting meeting.toml").ok();
    let settings = |name: &str| place.json(&format!("out/{name}.json"))["transcribe"]["settings"].clone();
    assert_eq!(
        (&settings("Sitzung")["languages"], &settings("Sitzung")["glossary"]["file"]),
        (&json!(["de"]), &json!("meeting.toml"))
    );
    assert_eq!(settings("c/c")["languages"], json!(["en"]));
    assert_eq!(settings("c/c"), settings("c/d"));
    assert_ne!(settings("c/c")["glossary"], settings("Sitzung")["glossary"]);
    let broken = place.json("out/b/b.json");
    assert!(warnings(&broken)[0].contains("klingon"), "{:?}", warnings(&broken));
    let again = batch(&place, "-r in -o out --meeting meeting.toml").ok();
    assert!(again.stderr.ends_with("skipped      4\n"), "{}", again.stderr);
    // A file that exists is for all.
    place.write("all.toml", "languages = [\"fr\"]");
    batch(&place, "-r in -o all --meeting all.toml").ok();
    for name in ["Sitzung", "b/b", "c/c"] {
        assert_eq!(place.json(&format!("all/{name}.json"))["transcribe"]["settings"]["languages"], json!(["fr"]));
    }
}

#[test]
fn a_watched_folder_takes_tracks_and_names_as_they_come() {
    let place = one_recording();
    place.write("in/Teams.vtt", TEAMS);
    let mut running = Running::start(&mut command(&place, "-l de in -o out --watch --settle 1 --names-from *.vtt"));
    running.until("the first is done", || place.path("out/Sitzung.srt").is_file());
    // The only file belongs to the only recording, and not to the next one.
    copy(&place, "in/Sitzung.wav", "in/neu.wav");
    let listed = |place: &Place| match place.path("out/transcribe-batch.json").is_file() {
        true => manifest(place, "out")["recordings"].as_array().unwrap().clone(),
        false => Vec::new(),
    };
    running.until("the second is in the manifest", || listed(&place).len() == 2);
    running.signal(Signal::INT);
    assert_eq!(running.done().code, Some(0));
    assert_eq!(speakers(&place.json("out/Sitzung.json")), ["Cem", "Dora"]);
    assert_eq!(speakers(&place.json("out/neu.json")), ["", ""]);

    let place = meetings(&["a"]);
    let said = "--speaker 3-Cem=Cem --speaker Dora=Dora";
    let mut running =
        Running::start(&mut command(&place, &format!("-r --tracks -l de in -o out --watch --settle 1 {said}")));
    running.until("two tracks are done", || place.path("out/a/a.srt").is_file());
    copy(&place, "left.wav", "in/a/3-Cem.wav");
    let tracks = |entry: &Value| entry["parts"].as_array().unwrap().len();
    running.until("the third is in the manifest, too", || listed(&place).first().map(tracks) == Some(3));
    running.signal(Signal::INT);
    let done = running.done();
    assert_eq!(done.code, Some(0));
    // What is said of a track that did not come is told once.
    assert_eq!(done.stderr.matches("`Dora` is none of the tracks").count(), 1, "{}", done.stderr);
    let recording = place.json("out/a/a.json")["transcribe"]["recording"].clone();
    assert_eq!(recording["tracks"].as_array().unwrap().len(), 3);
}
