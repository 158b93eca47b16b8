use super::super::{Format, testing::*};
use super::*;
use serde_json::{Value, json};

const CONTRACT: &str = include_str!("../../../docs/transcript.schema.json");

fn read(transcript: &Transcript) -> Value {
    serde_json::from_str(&written(Format::Json, transcript)).unwrap()
}

/// Fails on a field that the contract has no description for, wherever it lies.
fn described(value: &Value, schema: &Value, root: &Value, path: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(to) => root.pointer(&to[1..]).unwrap_or_else(|| panic!("{path}: no {to}")),
        None => schema,
    };
    match value {
        Value::Object(fields) => {
            assert_ne!(schema["additionalProperties"], json!(false), "{path}: fields may be added");
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                let field = &schema["properties"][name];
                let text = field["description"].as_str().unwrap_or_default();
                assert!(text.len() > 10, "{path} is not described");
                described(value, field, root, &path);
            }
        }
        Value::Array(values) => {
            values.iter().for_each(|value| described(value, &schema["items"], root, &format!("{path}[]")));
        }
        _ => {}
    }
}

#[test]
fn german_and_english() {
    let mut short = council();
    short.segments.truncate(1);
    short.segments[0].words.truncate(3);
    insta::assert_snapshot!(written(Format::Json, &short), @r#"
    {
      "text": " Guten Abend, meine Damen und Herren.",
      "language": "de",
      "duration": 20.48,
      "segments": [
        {"id": 0, "start": 0.34, "end": 2.4, "text": " Guten Abend, meine Damen und Herren.", "avg_logprob": -0.1875, "no_speech_prob": 0.01, "temperature": 0.0, "compression_ratio": 1.32, "language": "de", "speaker": "Speaker 1", "words": [
          {"word": " Guten", "start": 0.34, "end": 0.672, "probability": 0.95, "score": 0.95},
          {"word": " Abend,", "start": 0.672, "end": 1.07, "probability": 0.95, "score": 0.95},
          {"word": " meine", "start": 1.07, "end": 1.403, "probability": 0.95, "score": 0.95}
        ]}
      ],
      "word_segments": [
        {"word": "Guten", "start": 0.34, "end": 0.672, "score": 0.95, "speaker": "Speaker 1"},
        {"word": "Abend,", "start": 0.672, "end": 1.07, "score": 0.95, "speaker": "Speaker 1"},
        {"word": "meine", "start": 1.07, "end": 1.403, "score": 0.95, "speaker": "Speaker 1"}
      ],
      "transcribe": {
        "schema": 2,
        "version": "0.1.0",
        "model": {
          "file": "ggml-base-q8_0.bin",
          "sha256": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        },
        "recording": {
          "name": "ratssitzung.m4a",
          "size": 327680,
          "sha256": "abababababababababababababababababababababababababababababababab",
          "duration": 20.48
        },
        "settings": {
          "language": null,
          "languages": [],
          "translate": false,
          "prompt": "",
          "beam_size": 5,
          "temperature": 0.0,
          "vad": null,
          "from": 0.0,
          "to": null,
          "track": null
        },
        "coverage": {
          "speech": 15.0,
          "with_text": 12.8
        },
        "gaps": [
          {"start": 9.6, "end": 11.8, "reason": "unrecognised"}
        ],
        "removed": [
          {"start": 18.0, "end": 20.0, "text": "Vielen Dank.", "reason": "hallucination_no_speech"}
        ],
        "corrections": [
          {"start": 16.0, "end": 16.5, "from": "Führt", "to": "Fürth"}
        ],
        "speakers": [
          {"id": 1, "name": "Speaker 1"}
        ],
        "warnings": [
          {"time": 9.5, "code": "packet_damaged", "detail": "bad checksum", "message": "a damaged packet was skipped: bad checksum"},
          {"code": "other", "message": "the file is shorter than its header says"}
        ],
        "complete": true
      }
    }
    "#);
}

#[test]
fn the_contract_holds_for_everything_we_write() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let validator = jsonschema::validator_for(&contract).unwrap();
    let mut all = vec![Transcript::default(), council(), interrupted(council()), vile(), japanese(), numberless()];
    all.push(wordless(council()));
    for transcript in &all {
        let value = read(transcript);
        let faults: Vec<_> = validator.iter_errors(&value).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        described(&value, &contract, &contract, "");
    }
}

#[test]
fn the_contract_refuses_what_is_not_ours() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let validator = jsonschema::validator_for(&contract).unwrap();
    let mut value = read(&council());
    value["later"] = json!("fields may be added");
    assert!(validator.is_valid(&value));
    for (path, wrong) in [
        ("/segments/0/start", json!("0")),
        ("/segments/0/words/0/probability", json!(1.5)),
        ("/transcribe/schema", json!(1)),
        ("/transcribe/complete", json!(false)),
        ("/word_segments", json!(null)),
    ] {
        let mut value = value.clone();
        *value.pointer_mut(path).unwrap() = wrong;
        assert!(!validator.is_valid(&value), "{path}");
    }
}

#[test]
fn numbers_that_are_none_do_not_get_out() {
    let value = read(&numberless());
    let segment = &value["segments"][0];
    assert_eq!(segment["avg_logprob"], json!(-100.0));
    assert_eq!(segment["no_speech_prob"], json!(0.0));
    assert_eq!(segment["compression_ratio"], json!(1e6));
    assert_eq!(segment["words"][0]["probability"], json!(0.0));
    assert_eq!(rounded(0.9, 0.0, 1.0).to_string(), "0.9");
    assert_eq!(rounded(-0.00001, -100.0, 0.0).to_string(), "0");
}

#[test]
fn joining_gives_the_text() {
    for transcript in [council(), japanese()] {
        let value = read(&transcript);
        let segments = value["segments"].as_array().unwrap();
        let texts: String = segments.iter().map(|s| s["text"].as_str().unwrap()).collect();
        assert_eq!(value["text"], json!(texts));
        for segment in segments {
            let words = segment["words"].as_array().unwrap();
            let joined: String = words.iter().map(|w| w["word"].as_str().unwrap()).collect();
            assert_eq!(segment["text"], json!(joined));
        }
    }
    assert!(read(&council())["text"].as_str().unwrap().starts_with(" Guten Abend, meine Damen und Herren. "));
    assert_eq!(
        read(&japanese())["text"],
        json!("それでは会議を始めたいと思います。本日の議題は来年度の予算案についてです。")
    );
}

#[test]
fn words_are_in_all_segments_or_in_none() {
    let mut mixed = council();
    mixed.segments[1].words.clear();
    assert_eq!(read(&mixed)["segments"][1]["words"], json!([]));
    assert_eq!(read(&wordless(council()))["segments"][1].get("words"), None);
    assert_eq!(read(&wordless(council()))["word_segments"], json!([]));
}
