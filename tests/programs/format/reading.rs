//! What people and programs of qualitative research read.

use super::{interview, reader, write_all, write_with};
use serde_json::{Value, json};
use transcribe::Transcript;
use transcribe::format::Style;

const NOTES: [&str; 2] = [
    "unvollständig: transkribiert bis 1:00:20, abgebrochen",
    "Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum",
];
const FACTS: [&str; 3] = ["Datum: 2026-11-22 18:00", "Länge: 1:01:40", "Modell: ggml-base-q8_0.bin"];

#[test]
fn people_and_their_programs_read_an_interview() {
    let folder = tempfile::tempdir().unwrap();
    let interview = interview();
    write_with(&Style { line_numbers: true, ..Style::default() }, &interview, folder.path());
    let seen = reader("reading", folder.path());
    let said: Vec<&str> = interview.segments.iter().map(|s| s.text.as_str()).collect();
    let first = [said[0], said[1]].concat().replace(".TOP", ". TOP");

    // Stamp, name and text of each paragraph.
    let paragraphs = [
        ("[00:00:00]", "Anna Meyer: ", first.as_str()),
        ("[00:00:09]", "", "[unverständlich 00:09–00:11]"),
        ("[00:00:12]", "Bob: \"B\": ", said[2]),
        ("[00:00:16]", "Anna Meyer: ", said[3]),
        ("[00:59:59]", "Sprecher 3: ", said[4]),
        ("[01:00:04]", "", said[5]),
    ];
    let turns: Vec<String> = paragraphs.iter().map(|(time, name, text)| format!("{time}\t{name}{text}")).collect();
    let mut document = vec![json!(["Title", "sitzung.m4a", ""])];
    document.extend(FACTS.map(|fact| json!(["Note", fact, ""])));
    document.push(json!(["Note", "Maschineller Entwurf, ungeprüft", "Maschineller Entwurf, ungeprüft"]));
    document.extend(NOTES.map(|note| json!(["Note", note, ""])));
    let names = paragraphs.iter().map(|(_, name, _)| name);
    document.extend(turns.iter().zip(names).map(|(turn, name)| json!(["Turn", turn, name])));
    assert_eq!(seen["python-docx"], json!({"paragraphs": document, "numbered": true}));
    let texts: Vec<&Value> = document.iter().map(|paragraph| &paragraph[1]).collect();
    assert_eq!(seen["libreoffice"], json!({"paragraphs": texts, "numbered": true}));

    let mut markdown = vec![json!(["h1", "sitzung.m4a", ""])];
    markdown.extend(FACTS.map(|fact| json!(["p", fact, ""])));
    markdown.push(json!(["p", "Maschineller Entwurf, ungeprüft", ""]));
    markdown.extend(NOTES.map(|note| json!(["p", note, ""])));
    markdown.extend(paragraphs.iter().map(|(time, name, text)| match text.starts_with('[') {
        true => json!(["p", text, ""]),
        false => json!(["p", format!("{time} {name}{text}"), name.trim_end()]),
    }));
    assert_eq!(seen["markdown"], json!(markdown));

    let coded =
        |text: &str| text.replace("-->", "→").replace(['[', '{'], "(").replace([']', '}'], ")").replace("#1", "＃1");
    assert_eq!(
        seen["qualcoder"],
        json!([
            [0, "Anna Meyer", coded(&first)],
            [9, null, "(unverständlich 00.09–00.11)"],
            [12, "Bob. \"B\"", coded(said[2])],
            [16, "Anna Meyer", "- Gern."],
            [3599, "Sprecher 3", said[4]],
            [3604, null, said[5]],
            [null, null, "(unvollständig, transkribiert bis 1.00.20, abgebrochen)"],
            [null, null, "(Hinweis, 00.09, ein beschädigtes Datenpaket wurde übersprungen, bad checksum)"],
        ])
    );
    let doubts = coded(&first).replace("meine Damen", "(meine Damen?)");
    let mut words = said[4].split(' ').collect::<Vec<_>>();
    words.insert(2, "(...)");
    assert_eq!(
        seen["f4"],
        json!([
            [91, "Anna Meyer", doubts],
            [118, null, "(unv.)"],
            [165, "Bob. \"B\"", coded(said[2])],
            [170, "Anna Meyer", "- Gern."],
            [36_032, "Sprecher 3", format!("(...) {}", words.join(" "))],
            [36_050, null, said[5]],
            [null, null, "(unvollständig, transkribiert bis 1.00.20, abgebrochen)"],
            [null, null, "(Hinweis, 00.09, ein beschädigtes Datenpaket wurde übersprungen, bad checksum)"],
        ])
    );
}

#[test]
fn nothing_said_is_a_heading() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    let seen = reader("reading", folder.path());
    let heading = ["Transcript", "Length: 0:00:00", "Machine draft, unchecked"];
    assert_eq!(seen["libreoffice"], json!({"paragraphs": heading, "numbered": false}));
    let markdown = seen["markdown"].as_array().unwrap().iter().map(|block| &block[1]);
    assert_eq!(markdown.collect::<Vec<_>>(), heading);
    assert_eq!([&seen["qualcoder"], &seen["f4"]], [&json!([]), &json!([])]);
}
