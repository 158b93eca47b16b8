//! Captions by the rules that were asked for, and the report on them, with a scripted recogniser.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::run::{Place, SECRET};

const SPEECH: &str = "Geheimnis Nummer 4 ist der Bebauungsplan für das Gewerbegebiet an der Nürnberger Straße, den wir heute beschließen.";

/// A place with a recording of 11 s, in which a sentence is said.
fn place() -> Place {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    place.script("script.json", &json!([{"start": 500, "end": 8_500, "text": SPEECH}]));
    assert!(SPEECH.contains(SECRET));
    place
}

/// Lines of text of an SRT file.
fn lines(srt: &str) -> Vec<&str> {
    srt.lines().filter(|line| !line.is_empty() && !line.contains("-->") && line.parse::<u32>().is_err()).collect()
}

#[test]
fn captions_keep_to_the_rules_that_are_named() {
    let place = place();
    let srt = |options: &str| {
        place.scripted(&format!("-q -l de --overwrite -f srt {options} talk.flac")).ok();
        place.read("talk.srt")
    };
    let longest = |srt: &str| lines(srt).iter().map(|line| line.chars().count()).max();
    assert!(longest(&srt("")) <= Some(42));
    assert_eq!(srt(""), srt("--captions web"));
    assert!(longest(&srt("--captions ard")) <= Some(37));
    assert_eq!(lines(&srt("--captions none")), [SPEECH]);
    let narrow = srt("--captions netflix-de --max_line_width 20 --max_line_count 1 --min-gap 200ms");
    assert!(longest(&narrow) <= Some(20) && narrow.matches("-->").count() == lines(&narrow).len(), "{narrow}");
    place.write("config.toml", "captions = \"none\"");
    assert_eq!(srt("--config config.toml"), srt("--captions none"));
    assert_eq!(srt("--config config.toml --captions ard"), srt("--captions ard"));
}

#[test]
fn rules_that_cannot_be() {
    let place = place();
    assert_snapshot!(place.scripted("--captions none --max-cps 15 talk.flac").told(), @"
    exit 2
    error: with `--captions none` captions are not divided
    hint: leave the other options about them out, or name other rules, e.g. `--captions web`
    ");
    assert_snapshot!(place.scripted("--min-gap 83 talk.flac").told(), @"
    exit 2
    error: invalid value '83' for '--min-gap <TIME>': expected up to 1 second, e.g. 0.08, 0.08s or 83ms

    For more information, try '--help'.
    ");
    assert_eq!(place.scripted("--max-line-count 4 talk.flac").code, Some(2));
}

#[test]
fn a_report_is_printed_when_asked_for_and_tells_no_words() {
    let place = place();
    assert_snapshot!(place.scripted("-q -l de -f srt --captions ard --report talk.flac").told(), @"
    exit 0
    talk.flac: 3 captions, 100 % keep all rules
       100 %  at most 37 characters a line
       100 %  at most 2 lines
       100 %  at most 15 characters/s
       100 %  at least 1 s
       100 %  at most 7 s
       100 %  at least 0.04 s between two
      lines end with a sentence 0 %, a clause 25 %, between words 75 %, between words that belong together 0 %
    ");
    let done = place.scripted("--progress json -l de -o other --report talk.flac").ok();
    let events: Vec<Value> = done.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = events.iter().find(|event| event["event"] == "captions").unwrap();
    assert_eq!((&report["file"], &report["cps"]["broken"]), (&json!("talk.flac"), &json!(0)));
    let done = place.run("batch -q -l de --scripted script.json -f srt -o batch --report .").ok();
    assert!(done.stderr.starts_with("talk.flac: "), "{}", done.stderr);
}

#[test]
fn live_sessions_have_rules_too() {
    let place = place();
    let live = |options: &str| {
        place
            .run(&format!("live -q -l de --scripted script.json --input talk.flac --speed 0 --name talk {options}"))
            .ok()
    };
    live("-o web");
    let done = live("-o none --captions none --report");
    assert_eq!(lines(&place.read("none/talk.srt")), [SPEECH]);
    assert!(lines(&place.read("web/talk.srt")).len() > 1);
    assert!(done.stderr.starts_with("talk: 1 captions"), "{}", done.stderr);
}
