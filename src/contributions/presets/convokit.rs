//! ConvoKit: a corpus as a folder of five files. Each recording is a conversation, and each contribution replies to the one before, since
//! nobody knows better. All is ASCII: ConvoKit opens the files in the encoding of the system, which is not UTF-8 on Windows.

use super::{Contribution, Written};
use crate::format::line;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn write(contributions: &[&Contribution]) -> Vec<Written> {
    let mut utterances = String::new();
    let mut conversations = Map::new();
    let mut speakers = Map::new();
    // Of each recording, its first utterance and its last so far.
    let mut threads: BTreeMap<&str, (String, String)> = BTreeMap::new();
    for (one, n) in contributions.iter().zip(1..) {
        let id = format!("u{n}");
        let before = threads.get(&*one.recording).cloned();
        let first = before.as_ref().map_or(&id, |(first, _)| first).clone();
        let who = line(&one.who);
        let utterance = json!({
            "id": id,
            "conversation_id": first,
            "text": line(&one.text),
            "speaker": who,
            "meta": {"end": one.span.end.seconds(), "turn": one.turn, "filler": one.filler},
            "reply_to": before.map(|(_, last)| last),
            "timestamp": one.span.start.seconds(),
            "vectors": [],
        });
        utterances.push_str(&ascii(&utterance));
        utterances.push('\n');
        conversations.entry(&first).or_insert_with(|| json!({"recording": line(&one.recording)}));
        let known =
            json!({"role": one.role.as_deref().unwrap_or_default(), "group": one.group.as_deref().unwrap_or_default()});
        speakers.entry(who).or_insert(known);
        threads.insert(&one.recording, (first, id));
    }
    let index = json!({
        "utterances-index": {"end": [FLOAT], "turn": [INTEGER], "filler": [BOOLEAN]},
        "speakers-index": {"role": [TEXT], "group": [TEXT]},
        "conversations-index": {"recording": [TEXT]},
        "overall-index": {"generator": [TEXT]},
        "version": 1,
        "vectors": [],
    });
    let corpus = json!({"generator": format!("transcribe {}", env!("CARGO_PKG_VERSION"))});
    let file =
        |name: &str, content: String| Written { ending: format!("convokit/{name}"), content: content.into_bytes() };
    vec![
        file("utterances.jsonl", utterances),
        file("speakers.json", ascii(&Value::Object(speakers))),
        file("conversations.json", ascii(&Value::Object(conversations))),
        file("corpus.json", ascii(&corpus)),
        file("index.json", ascii(&index)),
    ]
}

/// Types as Python calls them.
const TEXT: &str = "<class 'str'>";
const FLOAT: &str = "<class 'float'>";
const INTEGER: &str = "<class 'int'>";
const BOOLEAN: &str = "<class 'bool'>";

/// JSON in ASCII.
fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        match c.is_ascii() {
            true => text.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    text
}
