//! Several tracks of one conversation: channels, files, and lists of who speaks when.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::gate::Gate;
use crate::run::{Place, SECRET, talk, turn, valid};
use crate::running::Running;

/// Writes a stereo file of two mono ones with 16 kHz.
fn stereo(place: &Place, channels: [&str; 2], name: &str) {
    let read = |name: &str| -> Vec<i16> {
        let samples = hound::WavReader::open(place.path(name)).unwrap().into_samples();
        samples.map(Result::unwrap).collect()
    };
    let [left, right] = channels.map(read);
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(place.path(name), spec).unwrap();
    for at in 0..left.len().max(right.len()) {
        for channel in [&left, &right] {
            file.write_sample(channel.get(at).copied().unwrap_or_default()).unwrap();
        }
    }
    file.finalize().unwrap();
}

/// `call.wav`: somebody speaks in the first channel at 0 and 6 s, in the second at 3 and 9 s. The script has a line for each.
pub(crate) fn call() -> Place {
    let place = Place::new();
    talk(&place, "left.wav", 2);
    let sound: Vec<f32> = {
        let samples = hound::WavReader::open(place.path("left.wav")).unwrap().into_samples::<i16>();
        let later = std::iter::repeat_n(0.0, 3 * 16_000);
        later.chain(samples.map(|sample| f32::from(sample.unwrap()) / 32_768.0)).collect()
    };
    crate::run::write_wav(&place.path("right.wav"), &sound);
    stereo(&place, ["left.wav", "right.wav"], "call.wav");
    let line = |start: u64, text: &str| json!({"start": start, "end": start + 1_500, "text": format!("{SECRET} ist hier {text}")});
    let lines = [line(400, "eins"), line(3_400, "zwei"), line(turn(1) + 400, "drei"), line(turn(1) + 3_400, "vier")];
    place.script("script.json", &json!(lines));
    place
}

pub(crate) fn said(json: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    json["segments"].as_array().unwrap().iter().map(|s| (text(&s["speaker"]), text(&s["text"]))).collect()
}

pub(crate) fn codes(json: &Value) -> Vec<&str> {
    json["transcribe"]["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect()
}

pub(crate) fn secrets(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(who, what)| ((*who).to_owned(), format!("{SECRET} ist hier {what}"))).collect()
}

#[test]
fn each_channel_is_a_speaker() {
    let place = call();
    place.scripted("-l de -o out --channels split --speaker 2=Bert call.wav").ok();
    let json = place.json("out/call.json");
    valid(&json);
    let expected = [("Speaker 1", "eins"), ("Bert", "zwei"), ("Speaker 1", "drei"), ("Bert", "vier")];
    assert_eq!(said(&json), secrets(&expected));
    assert_eq!(json["transcribe"]["settings"]["channels"], "split");
    assert_eq!((codes(&json), &json["transcribe"]["complete"]), (vec![], &json!(true)));
    // One of them alone, and all mixed, which is what happened before.
    place.scripted("-l de -o one --channels 2 call.wav").ok();
    assert_eq!(said(&place.json("one/call.json")), secrets(&[("", "zwei"), ("", "vier")]));
    place.scripted("-l de -o mix call.wav").ok();
    assert_eq!(said(&place.json("mix/call.json")).len(), 4);
    let missing = place.scripted("-l de -o none --channels 3 call.wav");
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("there is no channel 3: the track has 2"), "{}", missing.stderr);
    let missing = place.scripted("-l de -o none --channels split --speaker 3=Anna call.wav");
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("there is no channel 3 to be named: the track has 2"), "{}", missing.stderr);
}

#[test]
fn names_and_corrections_of_known_speakers_outlive_another_run() {
    let place = call();
    let who = |json: &str| -> Vec<String> { said(&place.json(json)).into_iter().map(|(name, _)| name).collect() };
    let again = |rest: &str| place.scripted(&format!("-l de -f json --overwrite {rest}")).ok();
    let split = "--channels split call.wav";
    again(split);
    place.run("speakers call.json --rename S1=Anna --rename S2=Bert").ok();
    let done = again(split);
    assert_eq!(
        (&who("call.json")[..], done.stderr.contains("who speaks")),
        (&["Anna", "Bert", "Anna", "Bert"].map(str::to_owned)[..], false)
    );
    // What is given now stays.
    again(&format!("{split} --speaker 2=Dora"));
    assert_eq!(who("call.json"), ["Anna", "Dora", "Anna", "Dora"]);
    again(split);
    assert_eq!(who("call.json"), ["Anna", "Dora", "Anna", "Dora"]);
    // Two who were made one stay so; a stretch that was corrected is told.
    place.run("speakers call.json --merge S1,S2").ok();
    again(split);
    assert_eq!(who("call.json"), ["Anna"; 4]);
    place.run("speakers call.json --assign 0:03-0:06=Cem").ok();
    let done = again(split);
    assert_eq!(who("call.json"), ["Anna"; 4]);
    assert!(done.stderr.contains("is somebody else now at 0:00:03"), "{}", done.stderr);
    // The same with tracks and with a list.
    for (from, to) in [("left.wav", "Rat/Tr1.wav"), ("right.wav", "Rat/Tr2.wav")] {
        fs::create_dir_all(place.path("Rat")).unwrap();
        fs::copy(place.path(from), place.path(to)).unwrap();
    }
    place.write("log.csv", "start;end;name\n0;3;Pult 1\n3;99;Pult 2\n");
    for (run, json) in [
        ("--tracks --offset Tr1=0 --offset Tr2=0 Rat", "Rat/Rat.json"),
        ("--names-from log.csv -o list call.wav", "list/call.json"),
    ] {
        again(run);
        place.run(&format!("speakers {json} --rename S1=Anna --rename S2=Bert")).ok();
        again(run);
        assert_eq!(who(json)[..2], ["Anna", "Bert"], "{run}");
    }
}

#[test]
fn what_is_no_conversation_of_channels_is_told_and_transcribed_as_usual() {
    let place = call();
    stereo(&place, ["left.wav", "left.wav"], "same.wav");
    crate::run::write_wav(&place.path("nothing.wav"), &[0.0; 16_000]);
    stereo(&place, ["nothing.wav", "left.wav"], "half.wav");
    for (name, warning, speakers) in [
        ("left", "single_channel", ["", ""]),
        ("same", "channels_alike", ["", ""]),
        ("half", "channel_silent", ["Speaker 2", "Speaker 2"]),
    ] {
        place.scripted(&format!("-l de -o out --channels split {name}.wav")).ok();
        let json = place.json(&format!("out/{name}.json"));
        valid(&json);
        assert_eq!(codes(&json), [warning], "{name}");
        let expected = secrets(&[(speakers[0], "eins"), (speakers[1], "drei")]);
        assert_eq!(said(&json), expected, "{name}");
    }
}

#[test]
fn an_interrupted_run_of_channels_is_resumed() {
    let place = call();
    place.scripted("-l de -o whole --channels split call.wav").ok();
    // The gate is in the second channel.
    let mut gate = Gate::at(&place, [3]);
    let mut running =
        Running::start(&mut place.command("--scripted script.json -l de -o out --channels split call.wav"));
    gate.reached();
    let checkpoint = || fs::read_to_string(place.path("out/.call.transcribe-checkpoint")).unwrap_or_default();
    running.until("the first chunk of the second channel is done", || checkpoint().contains("\"track\":1"));
    running.kill();
    let mut lines = place.json("script.json");
    lines.as_array_mut().unwrap().iter_mut().for_each(|line| line["gate"] = json!(""));
    place.script("script.json", &lines);
    let done = place.scripted("-l de -o out --channels split call.wav").ok();
    assert!(done.stderr.contains("call.wav: resuming the interrupted run"), "{}", done.stderr);
    for file in ["call.json", "call.srt"] {
        assert_eq!(place.read(&format!("out/{file}")), place.read(&format!("whole/{file}")), "{file}");
    }
    assert_eq!(place.files("out"), ["call.json", "call.srt"]);
}

#[test]
fn a_batch_splits_channels_too() {
    let place = call();
    fs::create_dir(place.path("in")).unwrap();
    fs::rename(place.path("call.wav"), place.path("in/call.wav")).unwrap();
    let arguments = "batch --scripted script.json -l de -o out --channels split --speaker 1=Anna in";
    place.run(arguments).ok();
    let expected = [("Anna", "eins"), ("Speaker 2", "zwei"), ("Anna", "drei"), ("Speaker 2", "vier")];
    assert_eq!(said(&place.json("out/call.json")), secrets(&expected));
    assert!(place.run(arguments).ok().stderr.contains("skipped      1"));
}

/// `Sitzung` with a track for Anna and one for Bert.
fn tracks() -> Place {
    let place = call();
    fs::create_dir(place.path("Sitzung")).unwrap();
    fs::rename(place.path("left.wav"), place.path("Sitzung/1-Anna.wav")).unwrap();
    fs::rename(place.path("right.wav"), place.path("Sitzung/2-Bert_0.wav")).unwrap();
    fs::rename(place.path("call.wav"), place.path("Sitzung/mix.wav")).unwrap();
    place
}

#[test]
fn a_folder_of_tracks_is_one_conversation() {
    let place = tracks();
    let done = place.scripted("-l de -f json,srt,html,eaf --tracks Sitzung").ok();
    assert!(done.stderr.contains("mix.wav` is left out"), "{}", done.stderr);
    let json = place.json("Sitzung/Sitzung.json");
    valid(&json);
    let expected = [("Anna", "eins"), ("Bert", "zwei"), ("Anna", "drei"), ("Bert", "vier")];
    assert_eq!(said(&json), secrets(&expected));
    let recording = &json["transcribe"]["recording"];
    assert_eq!(recording["name"], "Sitzung");
    let file = |at: usize| (&recording["tracks"][at]["file"], &recording["tracks"][at]["speaker"]);
    assert_eq!(file(0), (&json!("1-Anna.wav"), &json!(1)));
    assert_eq!(file(1), (&json!("2-Bert_0.wav"), &json!(2)));
    assert_eq!(recording["tracks"].as_array().unwrap().len(), 2);
    // Players open the track whose times are those of the transcript.
    assert!(place.read("Sitzung/Sitzung.eaf").contains("1-Anna.wav"));
    assert!(place.read("Sitzung/Sitzung.html").contains("one for each person; this page plays 1-Anna.wav"));
    // Nothing is lost by export, and the sound of all goes into a page.
    place.run("export -f json,html --embed-audio --ui-language en -o again Sitzung/Sitzung.json").ok();
    assert_eq!(place.read("again/Sitzung.json"), place.read("Sitzung/Sitzung.json"));
    assert!(place.read("again/Sitzung.html").contains("data:audio/ogg"));
    assert!(place.scripted("-l de --tracks Sitzung").stderr.contains("exists already"));
}

#[test]
fn tracks_have_names_and_offsets() {
    let place = tracks();
    let (anna, bert) = ("Sitzung/1-Anna.wav", "Sitzung/2-Bert_0.wav");
    let run = |arguments: &str| place.scripted(&format!("-l de --tracks {arguments} {anna} {bert}"));
    run("-o later --offset 2-Bert_0.wav=+1.35s --speaker 1-Anna=Anja").ok();
    let json = place.json("later/Sitzung.json");
    let expected = [("Anja", "eins"), ("Bert", "zwei"), ("Anja", "drei"), ("Bert", "vier")];
    assert_eq!(said(&json), secrets(&expected));
    let starts = |json: &Value| [0, 1].map(|n| json["transcribe"]["recording"]["tracks"][n]["start"].as_f64().unwrap());
    let start = |json: &Value, n: usize| json["segments"][n]["start"].as_f64().unwrap();
    assert_eq!((starts(&json), start(&json, 1)), ([0.0, 1.35], 4.75));
    // Who begins earlier is the clock.
    run("-o earlier --offset 2-Bert_0=-2").ok();
    let json = place.json("earlier/Sitzung.json");
    assert_eq!((starts(&json), start(&json, 0), start(&json, 1)), ([2.0, 0.0], 2.4, 3.4));
    // What is given needs no finding, and nothing says that others begin elsewhere.
    fs::create_dir(place.path("Rat")).unwrap();
    place.recording("jfk.flac", "Rat/Anna.flac");
    fs::copy(place.path(bert), place.path("Rat/Bert.wav")).unwrap();
    place.scripted("-l de --tracks --offset Bert=+20 Rat").ok();
    let json = place.json("Rat/Rat.json");
    assert_eq!((codes(&json), starts(&json)), (vec![], [0.0, 20.0]));
    for (arguments, wrong) in [
        ("--offset Cem=1", "`Cem` is none of the tracks"),
        ("--speaker Cem=Cem", "`Cem` is none of the tracks"),
        ("--speaker 1-Anna=", "the name is empty"),
        ("--offset 1-Anna=soon", "expected a time"),
        ("--channels split", "cannot be used with"),
        ("--join", "`--tracks` takes files that begin together"),
    ] {
        let refused = run(&format!("-o none {arguments}"));
        assert_eq!(refused.code, Some(2), "{arguments}: {}", refused.stderr);
        assert!(refused.stderr.contains(wrong), "{arguments}: {}", refused.stderr);
    }
    let long = "x".repeat(64);
    assert!(run(&format!("--speaker 1-Anna={long}")).stderr.contains("at most 63"));
    for (arguments, wrong) in [
        ("--speaker 1=Anna Sitzung/mix.wav", "`--speaker` names channels or tracks"),
        ("--offset mix.wav=1 Sitzung/mix.wav", "`--offset` is about tracks"),
        ("--align Sitzung/mix.wav", "`--align` is about tracks"),
        ("--channels split --speaker Anna=Anna Sitzung/mix.wav", "`Anna` is no number of a channel"),
        ("--tracks home", "there are no recordings in `home`"),
    ] {
        fs::create_dir_all(place.path("home")).unwrap();
        let refused = place.scripted(arguments);
        assert_eq!(refused.code, Some(2), "{arguments}: {}", refused.stderr);
        assert!(refused.stderr.contains(wrong), "{arguments}: {}", refused.stderr);
    }
}

#[test]
fn a_track_that_is_damaged_silent_or_twice_costs_only_itself() {
    let place = tracks();
    place.write("Sitzung/3-Cem.flac", b"fLaC and nothing else");
    crate::run::write_wav(&place.path("Sitzung/4-Dora.wav"), &[0.0; 3 * 16_000]);
    fs::copy(place.path("Sitzung/2-Bert_0.wav"), place.path("Sitzung/5-Bert.wav")).unwrap();
    let done = place.scripted("-l de --tracks Sitzung");
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("3-Cem.flac"), "{}", done.stderr);
    let json = place.json("Sitzung/Sitzung.json");
    valid(&json);
    let mut told = codes(&json);
    told.sort_unstable();
    assert_eq!(told, ["nothing_heard", "speaker_shared", "track_missing"]);
    let expected = [("Anna", "eins"), ("Bert", "zwei"), ("Anna", "drei"), ("Bert", "vier")];
    assert_eq!(said(&json), secrets(&expected), "the copy of Bert's track says nothing twice");
    assert_eq!(json["transcribe"]["complete"], true);
}

#[test]
fn a_part_of_tracks_is_by_the_clock_of_the_conversation() {
    let place = tracks();
    place.scripted("-l de -o out --tracks --offset 2-Bert_0=4 --from 0:06 --to 9.5 Sitzung").ok();
    let json = place.json("out/Sitzung.json");
    assert_eq!(said(&json), secrets(&[("Anna", "drei"), ("Bert", "zwei")]));
    let starts: Vec<f64> = json["segments"].as_array().unwrap().iter().map(|s| s["start"].as_f64().unwrap()).collect();
    assert_eq!(starts, [6.4, 7.4]);
}

#[test]
fn names_come_from_a_list_beside_the_recording() {
    let place = call();
    place.write("log.csv", "start;end;name\n0;3;Anna\n4;5,4;\"Meyer; Bert\"\n10;99;Anna\n");
    place.scripted("-l de -o out --channels 1 --names-from log.csv call.wav").ok();
    let json = place.json("out/call.json");
    valid(&json);
    assert_eq!(said(&json), secrets(&[("Anna", "eins"), ("", "drei")]));
    place.write("teams.vtt", "WEBVTT\n\n0:0:6.000 --> 0:0:7.500\n<v Dr. \"B\">x</v>\n");
    place.scripted("-l de -o vtt -f json,vtt --channels 1 --names-from teams.vtt call.wav").ok();
    // The list ends within the sentence.
    let told = [("", "Geheimnis ist hier eins"), ("Dr. \"B\"", "Geheimnis ist hier drei")];
    assert_eq!(said(&place.json("vtt/call.json")), told.map(|(who, what)| (who.to_owned(), what.to_owned())));
    assert!(
        place.read("vtt/call.vtt").contains("<v Dr. \"B\">Geheimnis ist hier drei</v>"),
        "{}",
        place.read("vtt/call.vtt")
    );
    for (file, wrong) in [("script.json", "hint"), ("missing.csv", "cannot read"), ("call.wav", "")] {
        let refused = place.scripted(&format!("-o none --names-from {file} left.wav"));
        assert_eq!(refused.code, Some(2), "{file}: {}", refused.stderr);
        assert!(refused.stderr.contains(wrong) && !refused.stderr.contains(SECRET), "{file}: {}", refused.stderr);
    }
    assert!(!Path::new(&place.path("none")).exists());
}
