//! `transcribe minutes` from end to end.

use serde_json::Value;

use crate::run::Place;

const TALK: &str = r#"{"language": "de", "segments": [
 {"start": 0, "end": 5, "speaker": "Anna Vogt", "text": "Ich rufe Tagesordnungspunkt 1 auf, die Brücke."},
 {"start": 5, "end": 9, "speaker": "Anna Vogt", "text": "Ich bitte um das Handzeichen. Das ist einstimmig."},
 {"start": 9, "end": 14, "speaker": "Anna Vogt", "text": "Ich rufe Tagesordnungspunkt 2 auf."},
 {"start": 14, "end": 20, "speaker": "Bert Koch", "text": "Das Geheimnis kostet 40 Euro."}]}"#;

const MEETING: &str = "date = 2026-11-30\nrecording_starts = \"18:00\"\nchair = \"Anna Vogt\"\n[[agenda]]\nnumber = 1\n\
    title = \"Brücke\"\n[[agenda]]\nnumber = 2\ntitle = \"Grundstück\"\npublic = false\n";

fn place() -> Place {
    let place = Place::new();
    place.write("talk.json", TALK);
    place.write("meeting.toml", MEETING);
    place
}

#[test]
fn a_file_to_fill_in() {
    let place = Place::new();
    place.run("minutes --init").ok();
    assert!(place.read("meeting.toml").contains("recording_starts"));
    let again = place.run("minutes --init");
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("`meeting.toml` exists already"), "{again:?}");
    place.write("talk.json", TALK);
    place.run("minutes talk.json --meeting meeting.toml -f md").ok();
}

#[test]
fn all_kinds_and_formats() {
    let place = place();
    place.run("minutes talk.json --meeting meeting.toml --kind results,course,verbatim -f docx,html,md,json").ok();
    for kind in ["results", "course", "verbatim"] {
        for format in ["docx", "html", "md"] {
            for part in ["", ".closed"] {
                assert!(place.path(format!("talk.{kind}{part}.{format}")).is_file(), "{kind}{part}.{format}");
            }
        }
        let public = place.read(&format!("talk.{kind}.md"));
        assert!(public.contains("TOP 1: Brücke") && !public.contains("Geheimnis"), "{public}");
        let closed = place.read(&format!("talk.{kind}.closed.md"));
        assert!(closed.contains("Grundstück") && !closed.contains("Handzeichen"), "{closed}");
    }
    let found = place.json("talk.findings.json");
    assert_eq!(found["findings"][0]["outcome"], "accepted");
    let again = place.run("minutes talk.json --meeting meeting.toml -f md");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("`--overwrite` replaces it"), "{again:?}");
    place.run("minutes talk.json --meeting meeting.toml -f md --overwrite").ok();
}

#[test]
fn findings_follow_their_schema() {
    let place = place();
    place.run("minutes talk.json --meeting meeting.toml -f json").ok();
    let schema: Value = serde_json::from_str(include_str!("../../docs/minutes.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let found = place.json("talk.findings.json");
    let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!validator.is_valid(&serde_json::json!({"transcribe_minutes": 1})));
}

#[test]
fn what_is_not_public_stays_out() {
    let place = place();
    place.run("minutes talk.json --meeting meeting.toml --public-only --kind verbatim,results -f md,json,html").ok();
    for file in ["talk.verbatim.md", "talk.results.md", "talk.findings.json", "talk.verbatim.html"] {
        let text = place.read(file);
        assert!(!text.contains("Geheimnis") && !text.contains("Grundstück"), "{file}: {text}");
    }
    assert!(!place.path("talk.verbatim.closed.md").exists());
    // Where an item that is not public is must be known.
    place.write("meeting.toml", MEETING.replace("number = 2", "number = 9"));
    let refused = place.run("minutes talk.json --meeting meeting.toml --public-only -f md --overwrite");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("item `9`, which is not public"), "{refused:?}");
    place.write("meeting.toml", MEETING.replace("number = 2", "number = 9\nstart = \"9:00:00\""));
    place.run("minutes talk.json --meeting meeting.toml --public-only -f md --overwrite").ok();
}

#[test]
fn a_file_for_each_item() {
    let place = place();
    place.run("minutes talk.json --meeting meeting.toml --per-item -f md -o out").ok();
    assert!(place.read("out/talk.results.01-1.md").starts_with("# TOP 1: Brücke"));
    assert!(place.read("out/talk.results.02-2.closed.md").starts_with("# TOP 2: Grundstück (nichtöffentlich)"));
    place.run("minutes talk.json --meeting meeting.toml --per-item --public-only -f md -o public").ok();
    assert!(!place.path("public/talk.results.02-2.closed.md").exists());
}

#[test]
fn times_for_a_council_system() {
    let place = place();
    let oparl = r#"{"type": "https://schema.oparl.org/1.1/Meeting", "start": "2026-11-30T18:00:00+01:00", "agendaItem": [
        {"id": "https://x/1", "order": 1, "number": "1", "name": "Brücke"}, {"id": "https://x/2", "order": 2, "number": "", "name": "B"}]}"#;
    place.write("oparl.json", oparl);
    let without = place.run("minutes talk.json --meeting oparl.json -f oparl");
    assert_eq!(without.code, Some(2), "{without:?}");
    assert!(without.stderr.contains("`recording_starts`"), "{without:?}");
    place.write("both.toml", "oparl_file = \"oparl.json\"\nrecording_starts = \"18:02\"\n");
    place.run("minutes talk.json --meeting both.toml -f oparl").ok();
    let items = place.json("talk.oparl.json")["agendaItem"].clone();
    assert_eq!(
        (&items[0]["start"], &items[0]["end"]),
        (&"2026-11-30T18:02:00+01:00".into(), &"2026-11-30T18:02:09+01:00".into())
    );
    assert_eq!(items[1]["start"], "2026-11-30T18:02:09+01:00");
}

#[test]
fn a_council_system_gets_what_is_public() {
    let place = place();
    let oparl = r#"{"type": "https://schema.oparl.org/1.1/Meeting", "start": "2026-11-30T18:00:00+01:00", "agendaItem": [
        {"id": "https://x/1", "number": "1", "name": "Brücke", "public": true},
        {"id": "https://x/2", "number": "2", "name": "Grundstück", "public": false}]}"#;
    place.write("oparl.json", oparl);
    place.write("both.toml", "oparl_file = \"oparl.json\"\nrecording_starts = \"18:02\"\nchair = \"Anna Vogt\"\n");
    place.run("minutes talk.json --meeting both.toml -f oparl -o all").ok();
    assert_eq!(place.json("all/talk.oparl.json")["agendaItem"][1]["start"], "2026-11-30T18:02:09+01:00");
    place.run("minutes talk.json --meeting both.toml -f oparl --public-only -o public").ok();
    let items = place.json("public/talk.oparl.json")["agendaItem"].clone();
    assert_eq!((items.as_array().unwrap().len(), &items[0]["end"]), (1, &"2026-11-30T18:02:09+01:00".into()));
}

#[test]
fn what_people_decide_is_kept_to() {
    let place = place();
    let edits = r#"{"transcribe_edits": 1, "edits": [], "minutes": [
        {"decision": "edit", "id": "vote@5000", "outcome": "rejected", "no": 12}, {"decision": "accept", "id": "vote@70000"},
        {"decision": "add", "kind": "task", "start": 6, "text": "Der Bauhof räumt.", "until": "bis Mai"}]}"#;
    place.write("talk.edits.json", edits);
    let done = place.run("minutes talk.json --meeting meeting.toml --edits talk.edits.json -f md,json").ok();
    assert!(done.stderr.contains("warning: nothing is found there any more: `vote@70000`"), "{done:?}");
    let text = place.read("talk.results.md");
    assert!(
        text.contains("| **abgelehnt** |  | 12 |") && text.contains("Der Bauhof räumt. (von Hand) | bis Mai |"),
        "{text}"
    );
    assert_eq!(place.json("talk.findings.json")["findings"][0]["state"], "edited");
    place.write("typo.json", edits.replace("\"rejected\"", "\"rejcted\""));
    let typo = place.run("minutes talk.json --meeting meeting.toml --edits typo.json -f md -o typo");
    assert_eq!(typo.code, Some(1), "{typo:?}");
    assert!(typo.stderr.contains("`minutes[0].outcome`: it is no outcome"), "{typo:?}");
    place.write("talk.edits.json", edits.replace("edit\"", "reject\""));
    place.run("minutes talk.json --meeting meeting.toml --edits talk.edits.json -f md --overwrite").ok();
    assert!(!place.read("talk.results.md").contains("abgelehnt"));
}

#[test]
fn bad_data_is_refused_with_its_place() {
    let place = place();
    let cases = [
        ("meeting.toml", "date = \"gestern\"", "`meeting.toml`: line 1, `date`: it is no day", 1),
        ("cues.toml", "[vote]\ncall = ['(']", "`cues.toml`: `vote.call`: a cue is no regular expression", 1),
        ("talk.json", "nichts", "`talk.json`", 1),
    ];
    for (name, text, expected, code) in cases {
        let before = std::fs::read(place.path(name)).ok();
        place.write(name, text);
        let cues = if name == "cues.toml" { " --cues cues.toml" } else { "" };
        let done = place.run(&format!("minutes talk.json --meeting meeting.toml -f md{cues}"));
        assert_eq!(done.code, Some(code), "{done:?}");
        assert!(done.stderr.contains(expected) && done.stderr.contains("hint: "), "{done:?}");
        assert!(!place.path("talk.results.md").exists());
        before.into_iter().for_each(|bytes| drop(place.write(name, bytes)));
    }
    place.write("short.json", r#"{"segments": [{"start": 0, "end": 1, "text": "Hello."}]}"#);
    let short = place.run("minutes short.json -f md").ok();
    assert!(short.stderr.contains("its language is not known"), "{short:?}");
    assert_eq!(place.run("minutes short.json --per-item -f md").code, Some(2));
    for wrong in
        ["minutes", "minutes talk.json --land XX", "minutes talk.json --kind novel", "minutes talk.json -f pdf"]
    {
        assert_eq!(place.run(wrong).code, Some(2), "{wrong}");
    }
    let none = place.run("minutes talk.json --meeting none.toml");
    assert!(none.stderr.contains("cannot read `none.toml`"), "{none:?}");
}

#[test]
fn the_example_is_found_whole() {
    let place = Place::new();
    for name in ["sitzung.vtt", "meeting.toml"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/council").join(name);
        place.write(name, std::fs::read(from).unwrap());
    }
    place.run("minutes sitzung.vtt --meeting meeting.toml -f json").ok();
    let found = place.json("sitzung.findings.json");
    let of = |kind: &str| {
        found["findings"].as_array().unwrap().iter().filter(|f| f["kind"] == kind).cloned().collect::<Vec<_>>()
    };
    let votes: Vec<_> = of("vote").iter().map(|v| (v["item"].clone(), v["outcome"].clone(), v["no"].clone())).collect();
    let expected = [(1, "rejected", Some(11)), (1, "accepted", None), (2, "accepted", None)];
    assert_eq!(
        votes,
        expected.map(|(item, outcome, no)| (item.into(), outcome.into(), no.map_or(Value::Null, Value::from)))
    );
    let due: Vec<_> = of("task").iter().map(|task| task["due"].clone()).collect();
    assert_eq!(due, [Value::from("2026-09-30"), Value::Null, Value::Null]);
    assert_eq!((of("motion").len(), of("question").len()), (1, 3));
    assert_eq!(found["stretches"].as_array().unwrap().len(), 5);
}
