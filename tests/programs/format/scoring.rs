//! Files for programs that count errors: does meeteval see who said what when?

use super::{interview, reader, write_all};
use serde_json::json;
use transcribe::Transcript;

#[test]
fn meeteval_reads_segments_and_words() {
    let folder = tempfile::tempdir().unwrap();
    let interview = interview();
    write_all(&interview, folder.path());
    let seen = reader("scoring", folder.path());
    let rows = seen["seglst"].as_array().unwrap();
    assert_eq!(rows.len(), interview.segments.len());
    assert_eq!(rows[0], json!(["sitzung", 0.34, 2.4, "Anna Meyer", "Guten Abend, meine Damen und Herren."]));
    assert_eq!(rows[2], json!(["sitzung", 12.0, 16.5, "Bob: \"B\"", interview.segments[2].text]));
    assert_eq!(rows[5], json!(["sitzung", 3604.0, 3605.0, "unknown", "議題"]));
    let rows = seen["stm"].as_array().unwrap();
    assert_eq!(rows[1][3], "Anna_Meyer");
    assert_eq!(rows[1][4], "TOP 1: \"Haus & Hof\", <b>laut< b>, *leise*, [um] 12:30 und C: Neu");
    assert_eq!(seen["ctm"][0], json!(["sitzung", 0.34, 0.343, "Guten", 0.88]));
    let words: usize = interview.segments.iter().map(|segment| segment.words.len()).sum();
    assert_eq!(seen["ctm"].as_array().map(Vec::len), Some(words));
    // Only the four words with signs that NIST's files cannot have differ, three of them two words there.
    assert_eq!(seen["errors"]["sitzung"], json!([7, 36]));
}

#[test]
fn nothing_said_is_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    let content = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(["talk.seglst.json", "talk.stm", "talk.ctm"].map(content), ["[\n]\n", "", ""]);
}
