//! Voices told apart: real networks, real voices, scripted text.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use transcribe::Millis;
use transcribe::audio::{self, Selection};
use transcribe::models::Store;
use transcribe::speakers::{self, SpeakerCount};

use crate::run::{Done, Place, RECORDINGS, done, valid, write_wav};

/// The folder with the networks.
fn networks() -> PathBuf {
    let path = Store::of_user().speakers().unwrap_or_else(|| panic!("no networks: run `make test`, which gets them"));
    path.parent().unwrap().to_owned()
}

fn samples(name: &str, from: usize, seconds: usize) -> Vec<f32> {
    let mut recording = audio::open(&Path::new(RECORDINGS).join(name), Selection::default()).unwrap();
    let mut sound = Vec::new();
    while let Some(samples) = recording.read().unwrap() {
        sound.extend_from_slice(&samples);
    }
    sound[from * 16_000..(from + seconds) * 16_000].to_vec()
}

/// Two people in turn, 4 s each with pauses of 1 s, and what they say.
fn conversation() -> Place {
    let place = Place::new();
    let pause = vec![0.0; 16_000];
    let (kennedy, woman) = (|from| samples("jfk.flac", from, 4), |from| samples("phone-fr.ogg", from, 4));
    let sound = [kennedy(0), pause.clone(), woman(0), pause.clone(), kennedy(6), pause.clone(), woman(4)].concat();
    write_wav(&place.path("talk.wav"), &sound);
    let line = |start: u64, text: &str| json!({"start": start, "end": start + 3_200, "text": text});
    let lines =
        [line(400, "eins eins."), line(5_400, "zwei zwei."), line(10_400, "drei drei."), line(15_400, "vier vier.")];
    place.script("script.json", &json!(lines));
    place
}

fn with_networks(place: &Place, arguments: &str) -> Command {
    let mut command = place.command(arguments);
    command.env("TRANSCRIBE_MODELS", networks());
    command
}

fn run(place: &Place, arguments: &str) -> Done {
    done(&mut with_networks(place, arguments))
}

fn scripted(place: &Place, arguments: &str) -> Done {
    run(place, &format!("--scripted script.json -l de {arguments}"))
}

/// Who says each segment.
fn voices(json: &Value) -> Vec<String> {
    let segments = json["segments"].as_array().unwrap();
    segments.iter().map(|segment| segment["speaker"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn two_voices_are_told_apart() {
    let place = conversation();
    let done = scripted(&place, "--progress json -f json,txt -o out --speakers auto talk.wav").ok();
    let json = place.json("out/talk.json");
    valid(&json);
    assert_eq!(voices(&json), ["Speaker 1", "Speaker 2", "Speaker 1", "Speaker 2"]);
    assert!(place.read("out/talk.txt").starts_with("Sprecher 1: eins eins."), "{}", place.read("out/talk.txt"));
    assert_eq!(place.files("out"), ["talk.json", "talk.txt"]);
    let codes: Vec<&Value> =
        json["transcribe"]["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!(codes, ["speakers_estimated"]);
    let events: Vec<Value> = done.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["speakers"], 2);
    let read_again = events.iter().rfind(|event| event["step"] == "speakers").unwrap();
    assert_eq!(read_again["position"], 19.0);
    for (count, expected) in [("1", ""), ("off", ""), ("2-4", "Speaker 2")] {
        scripted(&place, &format!("-o {count} --speakers {count} talk.wav")).ok();
        assert_eq!(voices(&place.json(&format!("{count}/talk.json")))[1], expected, "{count}");
    }
}

/// The part of the labelled speech in which somebody else was heard than who spoke, or nobody, or somebody where nobody spoke.
#[test]
fn few_of_what_is_said_goes_to_somebody_else() {
    let place = conversation();
    let networks = speakers::networks(&Store::of_user().speakers().unwrap()).unwrap();
    let recording = audio::open(&place.path("talk.wav"), Selection::default()).unwrap();
    let found = speakers::diarize(recording, &networks, SpeakerCount::Auto, 2, &()).unwrap();
    let labels = [(0, 4_000, 1), (5_000, 9_000, 2), (10_000, 14_000, 1), (15_000, 19_000, 2)];
    let (mut missed, mut false_alarm, mut confused) = (0, 0, 0);
    for at in (5..19_000).step_by(10).map(Millis) {
        let label = labels.iter().find(|(start, end, _)| (*start..*end).contains(&at.0)).map(|label| label.2);
        let heard: Vec<u16> =
            found.times.iter().filter(|(span, _)| (span.start..span.end).contains(&at)).map(|(_, id)| id.0).collect();
        match label {
            Some(_) if heard.is_empty() => missed += 1,
            Some(label) if !heard.contains(&label) => confused += 1,
            _ => false_alarm += heard.len() - usize::from(label.is_some()),
        }
    }
    let percent = |frames: usize| frames as f64 / 16.0;
    println!("missed {} %, false {} %, confused {} %", percent(missed), percent(false_alarm), percent(confused));
    assert!(percent(confused) < 1.0);
    // The labels count the pauses of each speaker as speech.
    assert!(percent(missed + false_alarm) < 20.0);
    assert_eq!(found.voices.len(), 2);
    assert!(found.voices.values().all(|voice| voice.certainty > 0.9 && voice.perhaps.is_none()), "{:?}", found.voices);
}

#[test]
fn without_the_networks_the_text_is_written_and_a_number_is_an_error() {
    let place = conversation();
    let done = place.scripted("-l de -o auto --speakers auto talk.wav").ok();
    assert!(
        done.stderr.contains("warning: speakers are not told apart: the model `speakers` is not installed"),
        "{}",
        done.stderr
    );
    assert_eq!(voices(&place.json("auto/talk.json")), [""; 4]);
    let done = place.scripted("-l de -o two --speakers 2 talk.wav");
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("`transcribe models get speakers`"), "{}", done.stderr);
    assert_eq!(place.files("two"), [""; 0]);
    let silent = place.scripted("-l de -o silent talk.wav").ok();
    assert!(!silent.stderr.contains("speakers"), "{}", silent.stderr);
    for wrong in ["0", "5-2", "two", "99"] {
        assert_eq!(place.scripted(&format!("--speakers {wrong} talk.wav")).code, Some(2), "{wrong}");
    }
}

#[test]
fn voices_get_names_and_keep_them() {
    let place = conversation();
    scripted(&place, "--speakers 2 talk.wav").ok();
    let done = run(&place, "speakers talk.json --rename S1=Anna --rename S2=Bert").ok();
    let expected = "2 voices, told apart by their sound: an estimate\nS1  Anna  0:00:06  50 %  2 turns  100 % sure\n    0:00:00  eins eins.\n";
    assert!(done.stdout.starts_with(expected), "{}", done.stdout);
    // A better model comes.
    scripted(&place, "--speakers 2 --overwrite talk.wav").ok();
    assert_eq!(voices(&place.json("talk.json")), ["Anna", "Bert", "Anna", "Bert"]);
    run(&place, "speakers talk.json --assign 0:10-0:14=Cem").ok();
    assert_eq!(voices(&place.json("talk.json")), ["Anna", "Bert", "Cem", "Bert"]);
    run(&place, "speakers talk.json --undo").ok();
    assert_eq!(voices(&place.json("talk.json")), ["Anna", "Bert", "Anna", "Bert"]);
    run(&place, "speakers talk.json --undo").ok();
    assert_eq!(voices(&place.json("talk.json")), ["Anna", "Bert", "Cem", "Bert"]);
    // What lies where it would be kept is somebody's.
    std::fs::write(place.path(BEFORE), "{}").unwrap();
    let before = place.read("talk.json");
    let done = run(&place, "speakers talk.json --merge Anna,Cem");
    assert_eq!((done.code, place.read("talk.json")), (Some(1), before), "{}", done.stderr);
    assert!(done.stderr.contains(BEFORE) && done.stderr.contains("move it away"), "{}", done.stderr);
    std::fs::remove_file(place.path(BEFORE)).unwrap();
    assert_eq!(run(&place, "speakers talk.json --undo").code, Some(2));
    run(&place, "speakers talk.json --merge Anna,Cem").ok();
    valid(&place.json("talk.json"));
    assert_eq!(voices(&place.json("talk.json")), ["Anna", "Bert", "Anna", "Bert"]);
    for wrong in ["--rename S7=X", "--rename S1=Bert", "--merge S1", "--assign 5-1=S1", "--speakers off"] {
        let before = place.read("talk.json");
        assert_eq!(run(&place, &format!("speakers talk.json {wrong}")).code, Some(2), "{wrong}");
        assert_eq!(place.read("talk.json"), before, "{wrong}");
    }
}

/// Where a transcript stays as it was before its speakers were changed.
const BEFORE: &str = ".talk.json.speakers-before";

/// Rewrites the second segment, as the review page would.
fn correct(place: &Place, text: &str) {
    let sha256 = place.json("talk.json")["transcribe"]["recording"]["sha256"].clone();
    let segment = json!({"start": 5.4, "end": 8.6, "speaker": "Bert", "text": text});
    let edit = json!({"start": 5.4, "end": 8.6, "before": "zwei zwei.", "segments": [segment]});
    let recording = json!({"name": "talk.wav", "sha256": sha256});
    let edits = json!({"transcribe_edits": 1, "recording": recording, "names": {}, "edits": [edit]});
    place.write("edits.json", edits.to_string());
    place.run("apply -q edits.json talk.json").ok();
}

#[test]
fn what_people_gave_outlives_another_run() {
    let place = conversation();
    scripted(&place, "--speakers 2 talk.wav").ok();
    run(&place, "speakers talk.json --rename S1=Anna --rename S2=Bert").ok();
    correct(&place, "Zwei und zwei.");
    // With the networks, and without them.
    for again in [&scripted as &dyn Fn(&Place, &str) -> Done, &|place, rest| place.scripted(&format!("-l de {rest}"))] {
        again(&place, "--overwrite talk.wav --speakers auto").ok();
        let json = place.json("talk.json");
        assert_eq!(voices(&json), ["Anna", "Bert", "Anna", "Bert"]);
        assert_eq!(json["segments"][1]["text"].as_str().map(str::trim), Some("Zwei und zwei."));
    }
    scripted(&place, "--overwrite --speakers off talk.wav").ok();
    assert_eq!(voices(&place.json("talk.json"))[0], "");
}

#[test]
fn corrections_that_another_run_undoes_are_told() {
    let place = conversation();
    scripted(&place, "--speakers 2 talk.wav").ok();
    let done = scripted(&place, "--speakers 2 --overwrite talk.wav").ok();
    assert!(!done.stderr.contains("who speaks had been corrected"), "{}", done.stderr);
    run(&place, "speakers talk.json --merge S1,S2").ok();
    let done = scripted(&place, "--speakers 2 --overwrite talk.wav").ok();
    assert!(done.stderr.contains("who speaks had been corrected in"), "{}", done.stderr);
    assert_eq!(voices(&place.json("talk.json")), ["Speaker 1", "Speaker 2", "Speaker 1", "Speaker 2"]);
}

#[test]
fn taking_back_costs_nothing_else() {
    let place = conversation();
    scripted(&place, "--speakers 2 talk.wav").ok();
    let talk = place.path("talk.json");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(&talk, std::fs::Permissions::from_mode(0o600)).unwrap();
    run(&place, "speakers talk.json --rename S1=Anna --rename S2=Bert").ok();
    assert_eq!((mode(&talk), mode(&place.path(BEFORE))), (0o600, 0o600), "for the same readers");
    // A place that was heard again since stays done.
    let sha256 = place.json("talk.json")["transcribe"]["recording"]["sha256"].clone();
    let heard = json!([{"start": 5.4, "end": 8.6}]);
    let recording = json!({"name": "talk.wav", "sha256": sha256});
    let edits = json!({"transcribe_edits": 1, "recording": recording, "names": {}, "edits": [],
        "checked": [{"start": 5.4, "end": 8.6, "done": true}]});
    place.write("edits.json", edits.to_string());
    place.run("apply -q edits.json talk.json").ok();
    run(&place, "speakers talk.json --undo").ok();
    let json = place.json("talk.json");
    assert_eq!((&voices(&json)[0][..], &json["transcribe"]["checked"]), ("Speaker 1", &heard));
    correct(&place, "Zwei und zwei.");
    let before = place.read("talk.json");
    let done = run(&place, "speakers talk.json --undo");
    assert_eq!((done.code, place.read("talk.json")), (Some(2), before), "{}", done.stderr);
    assert!(done.stderr.contains("changed after the speakers"), "{}", done.stderr);
    // So does a name that somebody else gave.
    run(&place, "speakers talk.json --merge S1,S2").ok();
    let recording = json!({"name": "talk.wav", "sha256": sha256});
    let edits = json!({"transcribe_edits": 1, "recording": recording, "names": {"Speaker 1": "Dora"}, "edits": []});
    place.write("edits.json", edits.to_string());
    place.run("apply -q edits.json talk.json").ok();
    let before = place.read("talk.json");
    let done = run(&place, "speakers talk.json --undo");
    assert_eq!((done.code, place.read("talk.json")), (Some(2), before), "{}", done.stderr);
    run(&place, "speakers talk.json --rename S1=Emil").ok();
    run(&place, "speakers talk.json --undo").ok();
    assert_eq!(voices(&place.json("talk.json"))[0], "Dora");
}

#[test]
fn a_transcript_of_another_recording_of_this_name_can_be_corrected() {
    let place = conversation();
    scripted(&place, "--speakers 2 talk.wav").ok();
    run(&place, "speakers talk.json --rename S1=Anna").ok();
    let mut samples: Vec<i16> =
        hound::WavReader::open(place.path("talk.wav")).unwrap().into_samples().map(Result::unwrap).collect();
    samples.truncate(samples.len() - 1_600);
    let samples: Vec<f32> = samples.into_iter().map(|sample| f32::from(sample) / 32_768.0).collect();
    write_wav(&place.path("talk.wav"), &samples);
    scripted(&place, "--speakers 2 --overwrite talk.wav").ok();
    let done = run(&place, "speakers talk.json --undo");
    assert!(done.code == Some(2) && done.stderr.contains("no change to take back"), "{}", done.stderr);
    run(&place, "speakers talk.json --rename S1=Bert").ok();
    assert_eq!(voices(&place.json("talk.json"))[..2], ["Bert", "Speaker 2"]);
    run(&place, "speakers talk.json --undo").ok();
    assert_eq!(voices(&place.json("talk.json"))[..2], ["Speaker 1", "Speaker 2"]);
}

#[test]
fn what_is_known_is_not_replaced_by_an_estimate() {
    let place = conversation();
    place.scripted("-l de talk.wav").ok();
    run(&place, "speakers talk.json --assign 0:00-0:04=Dora").ok();
    let before = place.read("talk.json");
    let refused = run(&place, "speakers talk.json --speakers 2");
    assert_eq!((refused.code, place.read("talk.json")), (Some(2), before), "{}", refused.stderr);
    assert!(refused.stderr.contains("who speaks is known"), "{}", refused.stderr);
    // Whatever a speaker is called in another language, it is one.
    done(place.command("speakers talk.json").args(["--rename", "S1=Sprecher 7", "--assign", "5-9=Speaker 7"])).ok();
    assert_eq!(voices(&place.json("talk.json"))[..2], ["Speaker 7", "Speaker 7"]);
}

#[test]
fn the_record_of_a_live_session_gets_its_voices_at_the_end() {
    let place = conversation();
    let live = "live --scripted script.json -l de --input talk.wav --speed 0";
    let done = run(&place, &format!("{live} --speakers 2 --name talk --save-audio saved.wav")).ok();
    assert!(done.stderr.contains("2 voices were told apart"), "{}", done.stderr);
    let json = place.json("talk.json");
    valid(&json);
    let heard = voices(&json);
    assert!(heard.contains(&"Speaker 1".into()) && heard.contains(&"Speaker 2".into()), "{heard:?}");
    let done = run(&place, &format!("{live} --speakers 2 --name again"));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("`--save-audio FILE` saves it"), "{}", done.stderr);
}

#[test]
fn voices_are_told_apart_later() {
    let place = conversation();
    place.scripted("-l de talk.wav").ok();
    let done = run(&place, "speakers talk.json").ok();
    assert!(done.stdout.contains("S2  Speaker 2"), "{}", done.stdout);
    assert_eq!(voices(&place.json("talk.json")), ["Speaker 1", "Speaker 2", "Speaker 1", "Speaker 2"]);
    // Somebody else's recording, and none.
    place.recording("jfk.flac", "other.flac");
    let done = run(&place, "speakers talk.json other.flac");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("`other.flac` is another recording"), "{}", done.stderr);
    std::fs::remove_file(place.path("talk.wav")).unwrap();
    assert_eq!(run(&place, "speakers talk.json --speakers 2").code, Some(1));
    // What is known can be shown without it.
    run(&place, "speakers talk.json").ok();
}
