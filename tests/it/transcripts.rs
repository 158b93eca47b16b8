//! `transcribe export`, `import` and `apply`, as they are used.

use crate::run::{Done, Place, SECRET, says, talk, turn};
use crate::running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const FOREIGN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/foreign");

/// A folder with `jfk.flac` and its transcript, `jfk.json` and `jfk.srt`.
fn transcribed() -> Place {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    let done = place.scripted("-q -l en jfk.flac");
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    place
}

fn texts(transcript: &Value) -> Vec<&str> {
    transcript["segments"].as_array().unwrap().iter().map(|s| s["text"].as_str().unwrap().trim()).collect()
}

/// One edit: the first segment becomes `text`.
fn edits(place: &Place, text: &str) -> Value {
    let transcript = place.json("jfk.json");
    let first = &transcript["segments"][0];
    json!({
        "transcribe_edits": 1,
        "recording": transcript["transcribe"]["recording"],
        "names": {},
        "edits": [{"start": first["start"], "end": first["end"], "before": texts(&transcript)[0],
            "segments": [{"start": first["start"], "end": first["end"], "speaker": "Frau Özdemir", "text": text}]}],
    })
}

fn told(done: &Done, code: i32, what: &str) {
    assert_eq!(done.code, Some(code), "{done:?}");
    assert!(done.stderr.contains(what), "{}", done.stderr);
    assert!(!done.stderr.contains(SECRET), "{}", done.stderr);
}

#[test]
fn every_format_can_be_made_later() {
    let place = transcribed();
    let (json, srt) = (place.read("jfk.json"), place.read("jfk.srt"));
    told(&place.run("export jfk.json -f json,srt,vtt,txt -o out"), 0, "jfk.json → out/jfk.");
    assert_eq!((place.read("out/jfk.json"), place.read("out/jfk.srt")), (json, srt));
    assert!(place.read("out/jfk.vtt").starts_with("WEBVTT"));
    let done = place.run("export -q jfk.json --stdout txt");
    assert_eq!((done.stdout, done.stderr), (place.read("out/jfk.txt"), String::new()));
    assert_eq!(place.files("out"), ["jfk.json", "jfk.srt", "jfk.txt", "jfk.vtt"]);
}

#[test]
fn pages_are_in_the_language_that_was_asked_for() {
    let place = transcribed();
    let texts = |page: &str| {
        let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: Value = serde_json::from_str(data).unwrap();
        data["texts"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    told(&place.run("export jfk.json -f html"), 0, "jfk.html");
    assert_eq!(texts(&place.read("jfk.html")), ["de", "en"]);
    told(&place.run("export jfk.json -f html --ui-language de --overwrite"), 0, "jfk.html");
    assert_eq!(texts(&place.read("jfk.html")), ["de"]);
    told(&place.scripted("-l en jfk.flac -f html --ui-language en --overwrite"), 0, "");
    assert_eq!(texts(&place.read("jfk.html")), ["en"]);
    told(&place.run("export jfk.json -f html --ui-language fr"), 2, "--ui-language");
}

#[test]
fn nothing_is_replaced_unasked_and_the_transcript_never() {
    let place = transcribed();
    place.write("jfk.srt", "mine");
    told(&place.run("export jfk.json -f srt,vtt"), 1, "`jfk.srt` exists already");
    assert_eq!(place.read("jfk.srt"), "mine");
    assert!(!place.path("jfk.vtt").exists());
    told(&place.run("export jfk.json -f srt,vtt --overwrite"), 0, "jfk.vtt");
    assert_ne!(place.read("jfk.srt"), "mine");
    let before = place.read("jfk.json");
    told(&place.run("export jfk.json -f json --overwrite"), 1, "exists already");
    assert_eq!(place.read("jfk.json"), before);
}

#[test]
fn a_broken_transcript_costs_the_others_nothing() {
    let place = transcribed();
    place.write("cut.json", &place.read("jfk.json")[..300]);
    let done = place.run("export cut.json none.json jfk.json -f vtt");
    told(&done, 1, "cannot read `cut.json`: line ");
    told(&done, 1, "the file ends in the middle");
    told(&done, 1, "cannot read `none.json`: no such file");
    assert!(place.path("jfk.vtt").is_file());
    // Two of one name would write the same file.
    fs::create_dir(place.path("b")).unwrap();
    fs::copy(place.path("jfk.json"), place.path("b/jfk.json")).unwrap();
    told(&place.run("export jfk.json b/jfk.json -f txt -o out --overwrite"), 1, "`out/jfk.txt` exists already");
    told(&place.run("export jfk.json -f html --media https://example.org/x.mp3"), 2, "takes a file");
    told(&place.run("export jfk.json"), 2, "--output-format");
    told(&place.run("export jfk.json jfk.json --stdout txt"), 2, "one transcript");
}

#[test]
fn what_other_programs_wrote_becomes_a_transcript() {
    let place = Place::new();
    let schema = serde_json::from_str(include_str!("../../docs/transcript.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for file in fs::read_dir(FOREIGN).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        fs::copy(&file, place.path(name)).unwrap();
        let done = place.run(&format!("import {name} -o {name}.d"));
        assert_eq!(done.code, Some(0), "{name}: {done:?}");
        let made = place.json(&format!("{name}.d/{}.json", Path::new(name).file_stem().unwrap().to_str().unwrap()));
        assert!(schema.is_valid(&made), "{name}: {made}");
        assert!(made["duration"].as_f64().unwrap() > 1.0, "{name}");
        if name.starts_with("whisper-cpp") || name.starts_with("faster") {
            let said = "And so my fellow Americans, ask not what your country can do for you, \
                        ask what you can do for your country.";
            assert_eq!(texts(&made), [said], "{name}");
        }
        let words = made["word_segments"].as_array().unwrap();
        match &*file.extension().unwrap().to_string_lossy() {
            "json" => assert!(words.iter().any(|word| word["score"].as_f64().unwrap() < 1.0), "{name}"),
            _ => assert!(words.is_empty()),
        }
    }
    let teams = place.json("teams.vtt.d/teams.json");
    let voices: Vec<_> = teams["segments"].as_array().unwrap().iter().map(|s| s["speaker"].as_str().unwrap()).collect();
    assert_eq!(voices, ["Anna Meyer", "Jörg Müller & Partner", "Anna Meyer"]);
}

#[test]
fn an_import_knows_its_recording_and_language() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    fs::copy(format!("{FOREIGN}/whisper-cpp.srt"), place.path("jfk.srt")).unwrap();
    told(&place.run("import jfk.srt --recording jfk.flac -l english"), 0, "jfk.srt → jfk.json");
    let made = place.json("jfk.json");
    assert_eq!((&made["duration"], &made["language"]), (&json!(11.0), &json!("en")));
    assert_eq!(made["transcribe"]["recording"]["name"], "jfk.flac");
    assert_eq!(made["transcribe"]["recording"]["sha256"].as_str().unwrap().len(), 64);
    // Its own name is taken by itself.
    told(&place.run("import jfk.json"), 0, "jfk.json → jfk-imported.json");
    told(&place.run("import jfk.srt -l klingon -o x"), 2, "unknown language");
    told(&place.run("import jfk.srt --recording none.wav -o x"), 1, "cannot read `none.wav`");
    assert!(place.files("x").is_empty());
}

#[test]
fn edits_go_into_the_transcript_and_outlive_the_next_run() {
    let place = transcribed();
    place.write("edits.json", edits(&place, "Was ich wirklich sagte").to_string());
    let machine = texts(&place.json("jfk.json"))[0].to_owned();
    told(&place.run("apply edits.json jfk.json"), 0, "jfk.json: 1 edit put in");
    let edited = place.json("jfk.json");
    assert_eq!(texts(&edited)[0], "Was ich wirklich sagte");
    assert_eq!(edited["segments"][0]["speaker"], "Frau Özdemir");
    assert_eq!(edited["segments"][0]["edited"], true);
    assert_eq!(edited["transcribe"]["edits"][0]["machine"][0]["text"].as_str().unwrap().trim(), machine);
    told(&place.run("apply edits.json jfk.json"), 0, "0 edits put in, 1 was in it already");
    // The other formats have them.
    assert!(place.run("export -q jfk.json --stdout srt").stdout.contains("Frau Özdemir: Was ich wirklich sagte"));
    // Another model hears something else, in the same places.
    place.script("script.json", &says(&[(400, 2_100), (3_300, 4_000)]));
    told(&place.scripted("-l en jfk.flac"), 1, "exists already");
    told(&place.scripted("-l en --overwrite jfk.flac"), 0, "1 edit of `jfk.json` kept");
    let again = place.json("jfk.json");
    assert!(texts(&again).contains(&"Was ich wirklich sagte"), "{:?}", texts(&again));
    assert!(!texts(&again).contains(&&*machine));
    assert!(place.read("jfk.srt").contains("Was ich wirklich"));
}

/// Where the system lists open files, nothing is written.
#[cfg(target_os = "linux")]
#[test]
fn what_comes_through_a_descriptor_goes_into_the_current_folder() {
    let place = transcribed();
    fs::create_dir(place.path("in")).unwrap();
    fs::rename(place.path("jfk.json"), place.path("in/jfk.json")).unwrap();
    for (arguments, file) in [
        ("export -f txt /dev/stdin", "stdin.txt"),
        ("export -f srt /dev/fd/0", "0.srt"),
        ("import /dev/stdin", "stdin.json"),
        ("minutes /dev/stdin -f md", "stdin.results.md"),
    ] {
        let mut command = place.command(arguments);
        let done = Running::start(command.stdin(fs::File::open(place.path("in/jfk.json")).unwrap())).done();
        assert_eq!(done.code, Some(0), "{arguments}: {}", done.stderr);
        assert!(place.path(file).is_file(), "{arguments}: {:?}", place.files(""));
    }
}

#[test]
fn edits_at_the_same_time_are_all_put_in() {
    let place = Place::new();
    talk(&place, "talk.wav", 6);
    place.script("script.json", &says(&[0, 1, 2, 3, 4, 5].map(|n| (turn(n) + 500, turn(n) + 1_500))));
    place.scripted("talk.wav").ok();
    let recording = json!({"name": "talk.wav", "sha256": ""});
    for n in 0..6 {
        let [start, end] = [turn(n) + 500, turn(n) + 1_500].map(|at| at as f64 / 1_000.0);
        let edit = json!({"start": start, "end": end, "before": format!("{SECRET} at {}", turn(n) + 500),
            "segments": [{"start": start, "end": end, "text": format!("Correction {n}")}]});
        let edits = json!({"transcribe_edits": 1, "recording": recording, "edits": [edit]});
        place.write(&format!("{n}.json"), edits.to_string());
    }
    let start = |n| Running::start(&mut place.command(&format!("apply {n}.json talk.json")));
    for apply in (0..6).map(start).collect::<Vec<_>>() {
        told(&apply.done(), 0, "talk.json: 1 edit put in");
    }
    let expected: Vec<String> = (0..6).map(|n| format!("Correction {n}")).collect();
    assert_eq!(texts(&place.json("talk.json")), expected);
    assert!(!place.path(".talk.json.lock").exists());
    // Somebody who takes long is not waited for.
    let lock = fs::File::create(place.path(".talk.json.lock")).unwrap();
    lock.lock().unwrap();
    let before = place.read("talk.json");
    let busy = "error: another run is at work on `talk.json`\nhint: wait until it is done\n";
    for arguments in ["apply 0.json talk.json", "speakers talk.json --assign 0-3=Anna"] {
        told(&place.run(arguments), 1, busy);
    }
    assert_eq!(place.read("talk.json"), before);
    drop(lock);
    told(&place.run("speakers talk.json --assign 0-3=Anna"), 0, "");
    assert!(place.read("talk.json").contains("Anna"));
}

#[test]
fn a_transcript_that_somebody_broke_is_kept() {
    let place = transcribed();
    place.write("jfk.json", "{\"segments\": [,]}");
    told(
        &place.scripted("-l en --overwrite jfk.flac"),
        0,
        "`jfk.json` cannot be read, so its edits are not kept; it is now `jfk.json.broken`",
    );
    assert_eq!(place.read("jfk.json.broken"), "{\"segments\": [,]}");
    assert!(!texts(&place.json("jfk.json")).is_empty());
}

#[test]
fn edits_that_do_not_fit_are_refused() {
    let place = transcribed();
    let before = place.read("jfk.json");
    let mut other = edits(&place, SECRET);
    other["recording"]["sha256"] = json!("00".repeat(32));
    place.write("other.json", other.to_string());
    told(&place.run("apply other.json jfk.json"), 1, "the edits are of another recording, `jfk.flac`");
    place.write("bad.json", edits(&place, SECRET).to_string().replace("\"text\"", "\"tekst\""));
    told(&place.run("apply bad.json jfk.json"), 1, "`edits[0].segments[0]`");
    told(&place.run("apply jfk.json jfk.json"), 2, "`jfk.json` is a transcript, and the file of edits comes first");
    let swapped = place.run("apply jfk.json other.json");
    told(&swapped, 2, "`jfk.json` is the transcript and `other.json` has the edits, which come first");
    told(&swapped, 2, "hint: `transcribe apply other.json jfk.json`");
    fs::copy(format!("{FOREIGN}/teams.vtt"), place.path("teams.vtt")).unwrap();
    place.write("edits.json", edits(&place, "mine").to_string());
    told(&place.run("apply edits.json teams.vtt"), 1, "`transcribe import`");
    // Of an imported transcript nobody knows what recording it is of.
    place.write("teams.vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:11.000\nSomething else altogether.\n");
    place.run("import teams.vtt").ok();
    let imported = place.read("teams.json");
    told(&place.run("apply edits.json teams.json"), 1, "1 edit left out, perhaps of another recording");
    assert_eq!(place.read("teams.json"), imported);
    told(&place.run("apply --overwrite edits.json teams.json"), 0, "1 edit put in");
    assert_eq!(place.read("jfk.json"), before);
    told(&place.run("apply edits.json jfk.json"), 0, "1 edit");
    place.write("yours.json", edits(&place, "yours").to_string().replace("mine", "other"));
    let mut yours = place.json("yours.json");
    yours["edits"][0]["before"] = json!("what stood there before");
    place.write("yours.json", yours.to_string());
    told(
        &place.run("apply yours.json jfk.json"),
        1,
        "1 edit left out, since another is there, perhaps your own from before: 0:00:00–0:00:0",
    );
    assert_eq!(texts(&place.json("jfk.json"))[0], "mine");
    told(&place.run("apply --overwrite yours.json jfk.json"), 0, "1 edit put in");
    assert_eq!(texts(&place.json("jfk.json"))[0], "yours");
}

/// Whoever wrote a transcript may have written anything about its recording: only the name counts, beside the transcript.
#[test]
fn a_transcript_leads_to_no_file_elsewhere() {
    let place = transcribed();
    fs::create_dir(place.path("in")).unwrap();
    let absolute = place.path("jfk.flac").display().to_string();
    for (n, name) in
        ["../jfk.flac", &absolute, r"..\jfk.flac", "https://example.org/jfk.flac", "file:jfk.flac"].iter().enumerate()
    {
        let mut made = place.json("jfk.json");
        made["transcribe"]["recording"]["name"] = json!(name);
        made["transcribe"]["recording"]["parts"] = json!([name, name]);
        place.write(&format!("in/{n}.json"), made.to_string());
        told(&place.run(&format!("export in/{n}.json -f html,eaf")), 0, ".html");
        let (page, tiers) = (place.read(&format!("in/{n}.html")), place.read(&format!("in/{n}.eaf")));
        let source = page.split_once("src=\"").unwrap().1.split('"').next().unwrap();
        let expected = if name.starts_with("file:") { "./file%3Ajfk.flac" } else { "jfk.flac" };
        assert_eq!(source, expected, "{name}");
        assert!(
            tiers.contains(" MEDIA_URL=\"./") && !tiers.contains("../") && !tiers.contains("example.org"),
            "{name}"
        );
        let done = place.run(&format!("export in/{n}.json -f html --embed-audio --overwrite"));
        told(&done, 1, "cannot read `in/");
    }
    // What is asked for on the command line may be anywhere.
    told(&place.run("export in/0.json -f html --embed-audio --overwrite --media jfk.flac"), 0, "0.html");
    fs::copy(place.path("jfk.flac"), place.path("in/jfk.flac")).unwrap();
    told(&place.run("export in/0.json -f html --embed-audio --overwrite"), 0, "0.html");
}

#[cfg(unix)]
#[test]
fn a_link_beside_a_transcript_leads_to_no_recording_elsewhere() {
    let place = transcribed();
    fs::create_dir(place.path("in")).unwrap();
    fs::copy(place.path("jfk.json"), place.path("in/jfk.json")).unwrap();
    std::os::unix::fs::symlink("../jfk.flac", place.path("in/jfk.flac")).unwrap();
    told(&place.run("export in/jfk.json -f html --embed-audio"), 1, "it is a link to another folder");
    assert_eq!(place.files("in"), ["jfk.flac", "jfk.json"]);
}

/// A file of captions or JSON that has times never becomes an empty transcript, and what was guessed is told.
#[test]
fn what_was_guessed_is_told() {
    let place = Place::new();
    place.write("a.srt", "1\n0:00:01.5 -> 0:00:02.5\nHallo\n2\n0:00:03 --> 0:00:04\nWelt");
    told(&place.run("import a.srt"), 0, "warning: a.srt: 2 of 2 cues do not follow the format");
    assert_eq!(texts(&place.json("a.json")), ["Hallo", "Welt"]);
    place.write("b.vtt", "WEBVTT\n\n00:00:01:12 --> 00:00:02:24\nHallo\n");
    told(&place.run("import b.vtt"), 1, "cannot read `b.vtt`: no time can be read");
    place.write("c.srt", "1\n00:00:01,000 --> 00:00:02,000\nAnna: Ja\n\n2\n00:00:03,000 --> 00:00:04,000\nAnna: Gut\n\n3\n00:00:05,000 --> 00:00:06,000\nach\n");
    told(&place.run("import c.srt"), 0, "some texts begin like the name of a speaker");
    place.write(
        "d.json",
        r#"{"segments": [{"start": 0, "end": 1, "text": "Ja", "avg_logprob": NaN}], "language": "german"}"#,
    );
    told(&place.run("import d.json -o out"), 0, "values that are no numbers (NaN, Infinity) count as not known: 1");
    assert_eq!(place.json("out/d.json")["language"], "de");
}

/// Two voices who speak in turns, and files of edits as pages of former versions wrote them.
#[test]
fn several_people_name_and_correct_voices() {
    let place = Place::new();
    let lines = ["Guten Abend zusammen", "Ja hallo", "Wir beginnen mit Punkt eins"];
    let segments: Vec<Value> = (0..)
        .zip(lines)
        .map(|(n, text)| {
            json!({"start": 2 * n, "end": 2 * n + 2, "text": text, "speaker": format!("Speaker {}", n % 2 + 1)})
        })
        .collect();
    let base = json!({"text": "", "language": "de", "segments": segments, "transcribe": {"schema": 1}}).to_string();
    let edits = |names: Value, edits: Value| json!({"transcribe_edits": 1, "names": names, "edits": edits}).to_string();
    let text = json!([{"start": 4, "end": 6, "before": lines[2],
        "segments": [{"start": 4, "end": 6, "speaker": "Speaker 1", "text": "Wir beginnen mit TOP eins"}]}]);
    place.write("names.json", edits(json!({"Speaker 1": "Anna", "Speaker 2": "Bert"}), json!([])));
    place.write("text.json", edits(json!({}), text));
    place.write("other.json", edits(json!({"Speaker 1": "Frau Meyer", "Speaker 2": "Bert"}), json!([])));
    let speakers = |place: &Place| -> Vec<String> {
        let json = place.json("m.json");
        let of = |segment: &Value| segment["speaker"].as_str().unwrap().to_owned();
        json["segments"].as_array().unwrap().iter().map(of).collect()
    };
    for order in [["names", "text"], ["text", "names"]] {
        place.write("m.json", &base);
        for name in order {
            told(&place.run(&format!("apply {name}.json m.json")), 0, "m.json: ");
        }
        assert_eq!(speakers(&place), ["Anna", "Bert", "Anna"], "{order:?}");
        assert_eq!(texts(&place.json("m.json"))[2], "Wir beginnen mit TOP eins");
        let known = json!([{"id": 1, "name": "Anna", "former_names": ["Speaker 1"]},
            {"id": 2, "name": "Bert", "former_names": ["Speaker 2"]}]);
        assert_eq!(place.json("m.json")["transcribe"]["speakers"], known);
    }
    for (first, second, kept, given) in
        [("names", "other", "Anna", "Frau Meyer"), ("other", "names", "Frau Meyer", "Anna")]
    {
        place.write("m.json", &base);
        told(&place.run(&format!("apply {first}.json m.json")), 0, "2 voices renamed");
        let done = place.run(&format!("apply {second}.json m.json"));
        let message =
            format!("two names for one voice; the first one stays: `{kept}` is called `{given}` in the edits");
        told(&done, 1, &format!("error: {message}\nhint: `--overwrite` replaces those\n"));
        assert_eq!(speakers(&place), [kept, "Bert", kept]);
        told(&place.run(&format!("apply --overwrite {second}.json m.json")), 0, "1 voice renamed");
        assert_eq!(speakers(&place), [given, "Bert", given]);
    }
}
