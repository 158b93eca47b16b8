//! Tiers: do Praat itself, and what linguists read its files and ELAN's with, see the same as we?

use super::{interview, muddle, reader, write_all, write_with};
use serde_json::{Value, json};
use transcribe::format::Style;
use transcribe::{Segment, Transcript};

/// `[name, [[start, end, text], …]]` of what a voice says.
fn tier<'a>(name: &str, segments: impl IntoIterator<Item = &'a Segment>) -> Value {
    let texts = segments.into_iter().map(|s| json!([s.span.start.0, s.span.end.0, s.text]));
    json!([name, texts.collect::<Vec<_>>()])
}

fn tier_of_words<'a>(name: &str, segments: impl IntoIterator<Item = &'a Segment>) -> Value {
    let words = segments.into_iter().flat_map(|s| &s.words);
    let texts = words.map(|w| json!([w.span.start.0, w.span.end.0, w.text]));
    json!([name, texts.collect::<Vec<_>>()])
}

#[test]
fn elan_and_praat() {
    let folder = tempfile::tempdir().unwrap();
    let interview = interview();
    let style = Style { media: Some("../ton/sitzung & mehr.m4a".into()), ..Style::default() };
    write_with(&style, &interview, folder.path());
    let seen = reader("tiers", folder.path());
    let said = &interview.segments;
    let gaps = json!(["Lücken", [[9600, 11_800, "unverständlich 00:09–00:11"]]]);
    let voices = [
        ("Anna Meyer", vec![&said[0], &said[1], &said[3]]),
        ("Bob: \"B\"", vec![&said[2]]),
        ("Sprecher 3", vec![&said[4]]),
        ("Gesprochenes", vec![&said[5]]),
    ];
    let mut segments: Vec<Value> = voices.iter().map(|(name, said)| tier(name, said.iter().copied())).collect();
    let mut all: Vec<Value> = Vec::new();
    for (name, said) in &voices {
        all.push(tier(name, said.iter().copied()));
        all.push(tier_of_words(&format!("{name} - Wörter"), said.iter().copied()));
    }
    segments.push(gaps.clone());
    all.push(gaps);
    let names: Vec<&Value> = segments.iter().map(|tier| &tier[0]).collect();
    assert_eq!(seen["pympi"]["participants"], json!(names));
    assert_eq!(seen["pympi"]["media"], json!(["../ton/sitzung & mehr.m4a"]));
    assert_eq!(seen["pympi"]["tiers"], json!(segments));
    for reader in ["praatio", "praat"] {
        assert_eq!(seen[reader], json!({"tiers": all, "end": 3_700_000}), "{reader}");
    }
}

#[test]
fn no_text_is_lost_where_times_are_muddled() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&muddle(), folder.path());
    let seen = reader("tiers", folder.path());
    let one =
        json!([[0, 2000, "Eins zwei"], [2000, 2001, "sechs"], [3000, 8000, "drei \"vier\""], [8000, 8001, "fünf"]]);
    let two = json!([[20_000, 21_000, "sieben"]]);
    assert_eq!(seen["pympi"]["tiers"], json!([["Speaker 1", one], ["Speaker 2", two]]));
    for reader in ["praatio", "praat"] {
        assert_eq!(seen[reader]["end"], 21_000, "{reader}");
        assert_eq!(seen[reader]["tiers"][0], json!(["Speaker 1", one]), "{reader}");
        let words = seen[reader]["tiers"][1][1].as_array().unwrap();
        assert_eq!(words.len(), 6, "{reader}: {words:?}");
    }
}

#[test]
fn nothing_said_is_a_tier_of_silence() {
    let folder = tempfile::tempdir().unwrap();
    write_all(&Transcript::default(), folder.path());
    let seen = reader("tiers", folder.path());
    assert_eq!(seen["pympi"]["tiers"], json!([]));
    assert_eq!(seen["praat"]["tiers"], json!([["Speech", []]]));
}
