//! `transcribe participation` and `transcribe contributions`, as they are used.

use std::fs;

use serde_json::Value;

use crate::run::{Done, Place};

/// A table of an assembly, as another program's captions; what is said in it is a secret.
const TABLE: &str = "WEBVTT

00:00:00.000 --> 00:00:05.000
<v Moderation>Geheimnis eins, was meinen Sie?

00:00:05.500 --> 00:00:25.000
<v Anna Meyer>Geheimnis zwei, und zwar sofort.

00:00:25.000 --> 00:00:25.500
<v Bert Koch>Mhm.

00:00:25.500 --> 00:00:31.000
<v Anna Meyer>Geheimnis drei.

00:00:32.000 --> 00:00:40.000
<v Bert Koch>Geheimnis vier!
";

const MEETING: &str = "title = \"Bürgerrat\"
[[person]]
name = \"Moderation\"
role = \"moderator\"
[[person]]
name = \"Anna Meyer\"
group = \"Los A\"
[[person]]
name = \"Bert Koch\"
group = \"Los B\"
[[person]]
name = \"Cem Still\"
group = \"Los B\"
";

fn place() -> Place {
    let place = Place::new();
    place.write("table-1.vtt", TABLE);
    place.write("meeting.toml", MEETING);
    place
}

fn told(done: &Done, code: i32, what: &str) {
    assert_eq!(done.code, Some(code), "{done:?}");
    assert!(done.stderr.contains(what), "{}", done.stderr);
    assert!(!done.stderr.contains("Geheimnis"), "{}", done.stderr);
}

/// The rows of a table, by the names of its columns.
fn table(text: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize::<std::collections::BTreeMap<String, String>>()
        .map(|row| serde_json::to_value(row.unwrap()).unwrap())
        .collect()
}

#[test]
fn a_report_in_every_format() {
    let place = place();
    told(&place.run("participation table-1.vtt"), 0, "table-1.vtt → table-1.participation.html");
    let done = place.run("participation table-1.vtt --meeting meeting.toml -f csv,md,docx -o out");
    told(&done, 0, "out/table-1.participation.md");
    assert_eq!(place.files("out"), ["csv", "docx", "md"].map(|ending| format!("table-1.participation.{ending}")));
    let text = place.read("out/table-1.participation.md");
    assert!(text.starts_with("# Participation: Bürgerrat\n"), "{text}");
    assert!(text.contains("| Cem Still |  | Los B | 0:00:00 | 0.0 % |"), "{text}");
    let rows = table(&place.read("out/table-1.participation.csv"));
    let find = |kind: &str, name: &str, without: &str| {
        let is = |row: &&Value| row["kind"] == kind && row["name"] == name && row["without_roles"] == without;
        rows.iter().find(is).unwrap_or_else(|| panic!("{kind} {name}")).clone()
    };
    let anna = find("person", "Anna Meyer", "");
    assert_eq!((&anna["talk_ms"], &anna["turns"], &anna["group"]), (&"25000".into(), &"1".into(), &"Los A".into()));
    let whole = find("meeting", "", "");
    assert_eq!(
        (&whole["present_n"], &whole["coverage"], &whole["overlap_ms"]),
        (&"4".into(), &"0.75".into(), &"".into())
    );
    assert_eq!(find("meeting", "", "moderator")["talk_ms"], "33500");
    assert_eq!(find("person", "Bert Koch", "")["latency_ms"], "1000");
}

#[test]
fn tables_of_an_assembly_are_one_report() {
    let place = place();
    place.write("table-2.vtt", TABLE.replace("Anna Meyer", "Dora Lang"));
    let done = place.run("participation table-1.vtt table-2.vtt --meeting meeting.toml --ui-language de -f html,csv");
    told(&done, 0, "table-1.vtt → participation.html, participation.csv");
    let page = place.read("participation.html");
    assert!(page.contains("<h2>Alle Aufnahmen</h2>") && page.contains("<h2>table-2</h2>"));
    assert!(page.contains("Dora Lang") && page.contains("nicht in der Liste"));
    let rows = table(&place.read("participation.csv"));
    let bert: Vec<_> = rows.iter().filter(|row| row["name"] == "Bert Koch" && row["without_roles"] == "").collect();
    assert_eq!(bert.iter().map(|row| &row["talk_ms"]).collect::<Vec<_>>(), ["17000", "8500", "8500"]);
}

#[test]
fn parameters_are_chosen_and_printed() {
    let place = place();
    let turns = |options: &str| {
        let done = place.run(&format!("participation -q table-1.vtt --stdout csv {options}")).ok();
        let whole = table(&done.stdout).remove(0);
        [&whole["turns"], &whole["backchannels"], &whole["gap_ms"]].map(|cell| cell.as_str().unwrap().to_owned())
    };
    assert_eq!(turns(""), ["3", "1", "1000"]);
    assert_eq!(turns("--turn-gap 200ms --backchannel 0.4"), ["5", "0", "200"]);
    told(&place.run("participation table-1.vtt --hold 2min"), 2, "--hold");
    told(&place.run("participation table-1.vtt --ui-language fr"), 2, "expected de or en");
}

#[test]
fn mistakes_are_named_and_nothing_is_written() {
    let place = place();
    let before = place.files("");
    told(&place.run("participation table-1.vtt ./table-1.vtt"), 2, "is named twice");
    told(&place.run("participation table-1.vtt --exclude-role clerk"), 2, "nobody has the role `clerk`");
    told(
        &place.run("participation table-1.vtt --meeting meeting.toml --exclude-role clerk"),
        2,
        "there are `moderator`",
    );
    told(&place.run("participation table-1.vtt none.json"), 1, "cannot read `none.json`");
    told(&place.run("contributions table-1.vtt --for t3x"), 2, "expected one of t3c, sensemaker");
    told(&place.run("contributions table-1.vtt --for t3c --exclude-role guest"), 2, "nobody has the role `guest`");
    place.write("bad.toml", "[[person]]\nname = 3\nrole = \"king\"\n");
    told(&place.run("participation table-1.vtt --meeting bad.toml"), 1, "bad.toml");
    fs::remove_file(place.path("bad.toml")).unwrap();
    assert_eq!(place.files(""), before);
    place.write("table-1.participation.html", "mine");
    told(&place.run("participation table-1.vtt"), 1, "`table-1.participation.html` exists already");
    assert_eq!(place.read("table-1.participation.html"), "mine");
}

/// The agenda of [`TABLE`]; the second item is not public.
const AGENDA: &str = "
[[agenda]]
number = \"1\"
title = \"Bäume\"
start = \"0:00:00\"
[[agenda]]
number = \"2\"
title = \"Grundstück Meyer\"
public = false
start = \"0:00:25\"
[[agenda]]
number = \"3\"
title = \"Anfragen\"
start = \"0:00:32\"
";

#[test]
fn what_is_not_public_is_left_out_unless_it_is_asked_for() {
    let place = place();
    place.write("closed.toml", [MEETING, AGENDA].concat());
    let report = |options: &str| {
        let done =
            place.run(&format!("participation -q table-1.vtt --meeting closed.toml --stdout csv {options}")).ok();
        let rows = table(&done.stdout);
        let is = |row: &&Value, kind: &str, name: &str| {
            row["kind"] == kind && row["name"] == name && row["item"] == "" && row["without_roles"] == ""
        };
        let cell = |kind: &str, name: &str, column: &str| {
            rows.iter().find(|row| is(row, kind, name)).unwrap()[column].as_str().unwrap().to_owned()
        };
        let cells =
            [("meeting", "", "left_out_ms"), ("meeting", "", "silence_ms"), ("person", "Anna Meyer", "talk_ms")];
        (done.stdout.contains("Grundstück"), cells.map(|(kind, name, column)| cell(kind, name, column)))
    };
    assert_eq!(report(""), (false, ["7000", "500", "19500"].map(str::to_owned)));
    assert_eq!(report("--include-closed"), (true, ["0", "1500", "25000"].map(str::to_owned)));
    let said = |options: &str| {
        let options = format!("-q table-1.vtt --for csv --meeting closed.toml --overwrite {options}");
        place.run(&format!("contributions {options}")).ok();
        place.read("table-1.contributions.csv").contains("Geheimnis drei")
    };
    assert!(!said("") && said("--include-closed"));
    // Where an item is that is not public must be known.
    place.write("unplaced.toml", [MEETING, &AGENDA.replace("start = \"0:00:25\"\n", "")].concat());
    let unknown = "it is not known where item `2`, which is not public, is in the recording";
    for command in ["participation", "contributions --for polis"] {
        told(&place.run(&format!("{command} table-1.vtt --meeting unplaced.toml -o out")), 2, unknown);
        place.run(&format!("{command} table-1.vtt --meeting unplaced.toml -o with --include-closed")).ok();
        let done = place.run(&format!("{command} table-1.vtt empty.vtt --meeting closed.toml -o out"));
        assert_eq!(done.code, Some(1), "a file is missing: {done:?}");
    }
    place.write("table-2.vtt", TABLE);
    for command in ["participation", "contributions --for polis"] {
        let several = format!("{command} table-1.vtt table-2.vtt --meeting closed.toml");
        told(&place.run(&format!("{several} -o out")), 2, "which is not public, is in several recordings");
        place.run(&format!("{several} -o with --include-closed")).ok();
    }
    assert_eq!(place.files("out"), [""; 0]);
}

#[test]
fn what_the_chair_says_is_not_public_is_left_out_of_each_recording() {
    let place = Place::new();
    let cues = [
        ("00:01", "00:05", "Lang", "Ich rufe Tagesordnungspunkt 1 auf, den Haushalt."),
        ("00:05", "00:09", "Koch", "Wir brauchen mehr Bäume in der Stadt."),
        ("00:09", "00:12", "Lang", "Wir kommen zum nichtöffentlichen Teil der Sitzung."),
        ("00:12", "00:20", "Geheim", "Der Grundstückspreis liegt bei vierhundert Euro."),
    ];
    let cue = |(start, end, who, text)| format!("{start}.000 --> {end}.000\n<v {who}>{text}\n\n");
    let talk: String = cues.into_iter().map(cue).collect();
    place.write("a.vtt", format!("WEBVTT\n\n{talk}"));
    place.write("b.vtt", format!("WEBVTT\n\n{talk}"));
    let chair = "languages = [\"de\"]\n[[person]]\nname = \"Lang\"\nrole = \"chair\"\n";
    place.write("meeting.toml", chair);
    for recordings in ["a.vtt", "a.vtt b.vtt"] {
        let options = format!("{recordings} --meeting meeting.toml --overwrite");
        let done = place.run(&format!("participation {options} --stdout csv")).ok();
        assert!(done.stdout.contains("Koch") && !done.stdout.contains("Geheim"), "{}", done.stdout);
        assert!(done.stderr.contains("0:00:11 in all"), "{}", done.stderr);
        let written = |more: &str| {
            place.run(&format!("contributions --for csv -o out {options} {more}")).ok();
            let files = place.files("out");
            files.iter().map(|name| place.read(&format!("out/{name}"))).collect::<String>()
        };
        assert!(written("").contains("Bäume") && !written("").contains("Grundstückspreis"));
        assert!(written("--include-closed").contains("Grundstückspreis"));
        std::fs::remove_dir_all(place.path("out")).unwrap();
    }
    // Without a language it is not heard, which is said.
    let done = place.run("contributions --for csv -o out a.vtt").ok();
    assert!(done.stderr.contains("its language is not known"), "{}", done.stderr);
}

#[test]
fn the_language_of_the_meeting_is_that_of_captions_which_name_none() {
    let place = Place::new();
    place.write(
        "talk.vtt",
        "WEBVTT\n\n00:00:01.000 --> 00:00:05.000\n<v Vorsitzende>Ich rufe Tagesordnungspunkt 1 auf, die Bäume.\n",
    );
    place.write("meeting.toml", "languages = [\"de\"]\n[[agenda]]\nnumber = \"1\"\ntitle = \"Bäume\"\n");
    let done = place.run("participation -q talk.vtt --meeting meeting.toml --stdout md").ok();
    assert!(done.stdout.contains("# Redeanteile") && done.stdout.contains("| 1 Bäume |"), "{}", done.stdout);
}

#[test]
fn files_of_an_earlier_run_that_was_split_otherwise_do_not_stay() {
    let place = place();
    let parts = |first: usize, last: usize| (first..=last).map(|n| format!("table-1.polis-{n}.csv"));
    for name in parts(1, 12).chain(
        ["table-1.polis-x.csv", "table-1.polis-01.csv", "table-10.polis-3.csv", "table-1.kouchou.csv"]
            .map(str::to_owned),
    ) {
        place.write(&name, "earlier");
    }
    let before = place.files("");
    let done = place.run("contributions table-1.vtt --for polis");
    told(&done, 1, "exists already");
    assert_eq!(place.files(""), before);
    told(&place.run("contributions table-1.vtt --for polis --overwrite"), 0, "removed 12 files of an earlier run");
    let mut expected: Vec<String> = before.into_iter().filter(|name| !parts(1, 12).any(|part| part == *name)).collect();
    expected.push("table-1.polis.csv".to_owned());
    expected.sort();
    assert_eq!(place.files(""), expected);
    // The other way round.
    let long = TABLE.replace(
        "Geheimnis zwei, und zwar sofort.",
        &(0..2_000).map(|n| format!("Geheimnis zwei, und zwar {n}. ")).collect::<String>(),
    );
    place.write("table-1.vtt", long);
    let done = place.run("contributions table-1.vtt --for polis");
    told(&done, 1, "`table-1.polis.csv` exists already");
    told(&place.run("contributions table-1.vtt --for polis --overwrite"), 0, "removed table-1.polis.csv");
    assert!(place.path("table-1.polis-2.csv").exists() && !place.path("table-1.polis.csv").exists());
}

#[test]
fn an_empty_meeting_has_a_report_and_no_contributions() {
    let place = place();
    place.write("empty.vtt", "WEBVTT\n");
    told(&place.run("participation empty.vtt -f md,csv,html,docx --meeting meeting.toml"), 0, "empty.participation.md");
    assert!(place.read("empty.participation.md").contains("Nobody speaks in this transcript."));
    told(&place.run("contributions empty.vtt --for polis"), 2, "nobody says anything");
    place.write("filler.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Bert>Mhm.\n");
    told(&place.run("contributions filler.vtt --for polis"), 2, "`--fillers` keeps");
    told(&place.run("contributions filler.vtt --for polis --fillers"), 0, "filler.polis.csv");
}

#[test]
fn contributions_for_each_program() {
    let place = place();
    let done = place.run("contributions table-1.vtt --for t3c,convokit,harmonica -o out --meeting meeting.toml");
    told(&done, 0, "table-1.vtt → out/table-1.t3c.csv, out/table-1.convokit/utterances.jsonl");
    told(&done, 0, "1 filler left out");
    let rows = table(&place.read("out/table-1.t3c.csv"));
    let shown: Vec<_> = rows.iter().map(|row| (&row["interview"], &row["timestamp"], &row["comment"])).collect();
    let expected = [
        ("Moderation", "0:00:00", "Geheimnis eins, was meinen Sie?"),
        ("Anna Meyer", "0:00:05", "Geheimnis zwei, und zwar sofort. Geheimnis drei."),
        ("Bert Koch", "0:00:32", "Geheimnis vier!"),
    ];
    assert_eq!(shown.len(), 3);
    assert!(
        shown.iter().zip(expected).all(|(row, (who, time, text))| *row.0 == who && *row.1 == time && *row.2 == text),
        "{shown:?}"
    );
    assert_eq!(place.files("out/table-1.convokit").len(), 5);
    assert!(place.read("out/table-1.harmonica.txt").starts_with("Moderation: Geheimnis eins"));
    let done = place.run("contributions table-1.vtt --for csv --meeting meeting.toml --exclude-role moderator");
    told(&done, 0, "table-1.contributions.csv");
    let rows = table(&place.read("table-1.contributions.csv"));
    let shown: Vec<_> = rows
        .iter()
        .map(|row| [&row["speaker"], &row["group"], &row["filler"]].map(|cell| cell.as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [["Anna Meyer", "Los A", "false"], ["Bert Koch", "Los B", "true"], ["Bert Koch", "Los B", "false"]]
    );
    told(&place.run("contributions table-1.vtt --for csv"), 1, "exists already");
}
