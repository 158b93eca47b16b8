//! Tables: do pandas, and with it most of what researchers compute with, see what was said when, and by whom?

use super::{interview, reader, write_all};
use serde_json::{Value, json};
use transcribe::Transcript;

#[test]
fn pandas_reads_tables() {
    let folder = tempfile::tempdir().unwrap();
    let interview = interview();
    write_all(&interview, folder.path());
    let seen = reader("tables", folder.path());
    let text = |from: usize, to: usize| {
        interview.segments[from..=to].iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        seen["csv"],
        json!([
            ["id", "interview", "speaker", "timestamp", "start", "end", "comment"],
            ["1", "Anna Meyer", "Anna Meyer", "0:00:00", "340", "9100", text(0, 1)],
            ["2", "Bob: \"B\"", "Bob: \"B\"", "0:00:12", "12000", "16500", format!("'{}", text(2, 2))],
            ["3", "Anna Meyer", "Anna Meyer", "0:00:16", "16800", "17000", "'- Gern."],
            ["4", "sitzung, Sprecher 3", "Sprecher 3", "0:59:59", "3599000", "3603210", text(4, 4)],
            ["5", "sitzung", "", "1:00:04", "3604000", "3605000", "議題"],
        ])
    );
    let unquoted = |text: String| text.replace('"', "”");
    assert_eq!(
        seen["nvivo"],
        json!([
            [0.3, 9.1, "Anna Meyer", unquoted(text(0, 1))],
            [9.6, 11.8, "", "[unverständlich 00:09–00:11]"],
            [12.0, 16.5, "Bob: ”B”", format!("'{}", text(2, 2))],
            [16.8, 17.0, "Anna Meyer", "'- Gern."],
            [3599.0, 3603.2, "Sprecher 3", text(4, 4)],
            [3604.0, 3605.0, "", "議題"],
            [3700.0, 3700.0, "", "[unvollständig: transkribiert bis 1:00:20, abgebrochen]"],
            [3700.0, 3700.0, "", "[Hinweis, 00:09: ein beschädigtes Datenpaket wurde übersprungen: bad checksum]"],
        ])
    );
    assert_eq!(
        seen["rttm"],
        json!([
            ["sitzung", 0.34, 8.76, "Anna_Meyer"],
            ["sitzung", 12.0, 4.5, "Bob:_\"B\""],
            ["sitzung", 16.8, 0.2, "Anna_Meyer"],
            ["sitzung", 3599.0, 4.21, "Speaker_3"],
            ["sitzung", 3604.0, 1.0, "speech"],
        ])
    );
    let labels = seen["labels"].as_array().unwrap();
    assert_eq!(labels.len(), interview.segments.len() + 1);
    assert_eq!(labels[1], json!([2.5, 9.1, format!("Anna Meyer: {}", interview.segments[1].text)]));
    assert_eq!(labels[2], json!([9.6, 11.8, "[unverständlich 00:09–00:11]"]));
    assert_eq!(labels[6], json!([3604.0, 3605.0, "議題"]));
}

#[test]
fn nothing_said_is_an_empty_table() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    let seen = reader("tables", folder.path());
    assert_eq!(seen["csv"].as_array().map(Vec::len), Some(1), "the header");
    let none: Vec<&Value> = ["nvivo", "rttm", "labels"].iter().map(|name| &seen[name]).collect();
    assert_eq!(json!(none), json!([[], [], []]));
}
