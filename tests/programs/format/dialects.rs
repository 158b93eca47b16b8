//! JSON of other programs.

use super::{interview, reader, write_all};
use serde_json::{Value, json};
use transcribe::Transcript;

#[test]
fn json_is_as_other_programs_write_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let mut interview = interview();
    // What WhisperX joins with blanks.
    interview.segments.pop();
    write_all(&interview, folder.path());
    let seen = reader("dialects", folder.path());
    let said: Vec<Value> = interview.segments.iter().map(|s| json!([s.span.start.0, s.span.end.0, s.text])).collect();
    assert_eq!(seen["whisper"], json!(said));
    assert_eq!(seen["whispercpp"], json!(said));
    let names = ["Anna Meyer", "Anna Meyer", "Bob: \"B\"", "Anna Meyer", "Speaker 3"];
    let voices = |(cue, name): (&Value, &str)| json!([cue[0], cue[1], cue[2], name]);
    assert_eq!(seen["whisperx"], said.iter().zip(names).map(voices).collect::<Value>());
}

#[test]
fn nothing_said_is_an_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    assert_eq!(reader("dialects", folder.path()), json!({"whisper": [], "whisperx": [], "whispercpp": []}));
}
