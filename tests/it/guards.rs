//! Nothing lost, nothing invented: the guards, each with a recogniser that makes the mistake.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use transcribe::audio::{self, Samples};
use transcribe::pipeline::{self, Recognisers, TranscribeOptions};
use transcribe::{Observer, Scripted};

use crate::run::{Done, Place, SECRET};

/// 11 s of speech: three stretches, until about 2.2 s, 4.3 s and 10.6 s.
fn transcribe(lines: &Value, arguments: &str) -> (Place, Value, Done) {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    place.script("script.json", lines);
    let language = if arguments.contains("-l ") { "" } else { "-l en" };
    let done = place.scripted(&format!("{language} -f json,txt {arguments} talk.flac"));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let json = place.json("talk.json");
    crate::run::valid(&json);
    (place, json, done)
}

fn all(text: &str) -> Value {
    json!({"start": 300, "end": 10_600, "text": text})
}

/// Twenty-two words over all of the speech.
const WHOLE: &str =
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

fn count(json: &Value, what: &str) -> usize {
    json["transcribe"][what].as_array().unwrap().len()
}

#[test]
fn a_sentence_that_the_model_left_out_is_looked_for_again() {
    let found = json!([
        {"start": 300, "end": 2_200, "text": "And so my fellow Americans"},
        {"start": 5_400, "end": 10_600, "text": "what your country can do for you", "max_clip": 9_000},
        {"start": 3_300, "end": 4_300, "text": "ask not", "max_clip": 9_000},
    ]);
    let (_, json, _) = transcribe(&found, "");
    let text = json["text"].as_str().unwrap();
    assert!(text.contains("fellow Americans") && text.contains("what your country"), "{text}");
}

#[test]
fn speech_without_text_is_told_everywhere() {
    let (place, json, done) = transcribe(&json!([{"start": 300, "end": 2_200, "text": SECRET}]), "");
    let gaps = json["transcribe"]["gaps"].as_array().unwrap();
    assert!(!gaps.is_empty());
    assert!(gaps[0]["end"].as_f64().unwrap() > 4.0, "{gaps:?}");
    let coverage = &json["transcribe"]["coverage"];
    assert!(coverage["with_text"].as_f64().unwrap() < coverage["speech"].as_f64().unwrap() / 2.0, "{coverage}");
    assert!(place.read("talk.txt").contains("[inaudible 00:0"), "{}", place.read("talk.txt"));
    assert!(done.stderr.contains("without text") && done.stderr.contains("listen again: 0:00:0"), "{}", done.stderr);
    let (place, ..) =
        transcribe(&json!([{"start": 300, "end": 2_200, "text": "Guten Tag", "language": "de"}]), "-l de");
    assert!(place.read("talk.txt").contains("[unverständlich 00:0"), "{}", place.read("talk.txt"));
}

#[test]
fn a_loop_is_decoded_again() {
    let mut bad = all(&"you can do for ".repeat(12));
    bad["min_clip"] = json!(9_000);
    let mut good = all(WHOLE);
    good["max_clip"] = json!(8_999);
    let (_, json, _) = transcribe(&json!([bad, good]), "");
    assert_eq!(json["text"].as_str().unwrap().trim(), WHOLE);
    assert_eq!(count(&json, "removed"), 0);
}

#[test]
fn a_loop_that_does_not_end_is_taken_out() {
    // More than anybody can say in 11 s.
    let (_, json, done) = transcribe(&json!([all(&"you can do for your country ".repeat(40))]), "");
    assert!(json["text"].as_str().unwrap().matches("country").count() < 5, "the first time in each piece stays");
    assert!(count(&json, "removed") > 0);
    assert!(count(&json, "gaps") > 0, "what was said instead is not known");
    assert!(done.stderr.contains("removed"), "{}", done.stderr);
}

#[test]
fn what_somebody_says_again_and_again_stays() {
    // Each try says the same, at the speed of speech.
    let (_, json, _) = transcribe(&json!([all(&"No, no. ".repeat(8))]), "");
    assert_eq!(json["text"].as_str().unwrap().matches("o").count(), 16);
    assert_eq!(count(&json, "removed"), 0);
}

#[test]
fn a_line_that_the_model_is_known_to_invent_goes_with_evidence_only() {
    let (_, json, _) = transcribe(&json!([all("Thanks for watching!")]), "");
    assert_eq!(json["text"], "");
    assert_eq!(json["transcribe"]["removed"][0]["text"], "Thanks for watching!");
    assert_eq!(json["transcribe"]["removed"][0]["reason"], "hallucination_too_short");
    let said = json!([{"start": 300, "end": 2_200, "text": "Thanks for watching!"}, all("and this goes on")]);
    let (_, json, _) = transcribe(&said, "");
    assert!(json["text"].as_str().unwrap().contains("Thanks for watching!"), "somebody may say it");
}

#[test]
fn what_is_uncertain_is_marked() {
    let lines = json!([{"start": 300, "end": 2_200, "text": "Özdemir says", "confidence": 0.3}, all(WHOLE)]);
    let (_, json, done) = transcribe(&lines, "");
    assert_eq!(json["segments"][0]["uncertain"], true);
    assert_eq!(json["segments"][0]["words"][0]["uncertain"], true);
    assert_eq!(json["segments"][1].get("uncertain"), None);
    assert!(done.stderr.contains("listen again: 0:00:00–0:00:02"), "{}", done.stderr);
}

#[test]
fn names_are_put_right_by_the_glossary() {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    place.script("script.json", &json!([all(&format!("Dem Brane {WHOLE}"))]));
    place.write("names.txt", "# people\nDembrane: Dembrahne, Dem Brane\n");
    place.scripted("-l en -f json --glossary names.txt talk.flac").ok();
    let json = place.json("talk.json");
    crate::run::valid(&json);
    assert!(json["text"].as_str().unwrap().starts_with(" Dembrane and so"), "{}", json["text"]);
    let correction = &json["transcribe"]["corrections"][0];
    assert_eq!((&correction["from"], &correction["to"]), (&json!("Dem Brane"), &json!("Dembrane")));
    assert_eq!(json["transcribe"]["settings"]["glossary"]["file"], "names.txt");
    place.write("bad.txt", ": Brane");
    let done = place.scripted("--glossary bad.txt --overwrite talk.flac");
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("`bad.txt`: line 1: ") && done.stderr.contains("hint: one term a line"),
        "{}",
        done.stderr
    );
}

#[test]
fn without_detection_everything_is_decoded() {
    let (_, json, _) = transcribe(&json!([{"start": 300, "end": 900, "text": "hum"}]), "--vad false");
    assert_eq!(json["transcribe"]["settings"]["vad"], Value::Null);
    assert_eq!((count(&json, "gaps"), json["text"].as_str().unwrap()), (0, " hum"));
    let place = Place::new();
    let done = place.scripted("--vad false --vad-threshold 0.3 talk.flac");
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("leave the other options about speech out"), "{}", done.stderr);
}

/// Otherwise a recording in progress would be waited for until its end.
#[test]
fn an_observer_that_crashes_ends_the_reading() {
    struct Crashing;
    impl Observer for Crashing {
        fn cancelled(&self) -> bool {
            panic!("as the test wants it")
        }
    }
    const HOURS: usize = 5;
    let read = Arc::new(AtomicUsize::new(0));
    let counted = read.clone();
    let seconds = (0..HOURS * 3_600).map(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Samples::from_mono_16k(vec![0.0; 16_000])
    });
    let run = || {
        let worker = Box::new(Scripted::default());
        let mut recognisers = Recognisers { language_detector: None, workers: vec![worker] };
        let recording = audio::arriving(seconds);
        pipeline::transcribe(recording, &mut recognisers, &TranscribeOptions::default(), None, &Crashing).is_ok()
    };
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert!(read.load(Ordering::Relaxed) < HOURS * 3_600, "all of it was read");
}
