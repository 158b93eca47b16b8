//! Compares the measures of participation with those of a reference implementation: test vectors, each a JSON file with `segments`
//! (`[speaker, start, end]` in milliseconds), perhaps `persons`, `exclude`, `T0` and `T1`, and `expected`.
//!
//! ```sh
//! cargo run --release --example participation -- FOLDER
//! ```

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use transcribe::participation::{Measures, Parameters, Person, Scope, Stretch, measure};
use transcribe::{Millis, Span};

/// How far a number that is not whole may be off.
const NEAR: f64 = 1e-9;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: participation FOLDER")?;
    let mut vectors: Vec<PathBuf> =
        std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    vectors.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    vectors.sort();
    let mut wrong = 0;
    for path in &vectors {
        let found = compared(path)?;
        println!(
            "{:30} {}",
            path.file_stem().unwrap_or_default().to_string_lossy(),
            found.as_deref().unwrap_or("as expected")
        );
        wrong += usize::from(found.is_some());
    }
    println!("{} of {} as expected", vectors.len() - wrong, vectors.len());
    Ok(if wrong == 0 && !vectors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What differs; `None`: nothing.
fn compared(path: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let vector: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |name: &str| vector[name].as_array().cloned().unwrap_or_default();
    let stretch = |segment: &Value| Stretch {
        who: text(&segment[0]).unwrap_or_default(),
        span: Span::new(segment[1].as_u64().unwrap_or_default(), segment[2].as_u64().unwrap_or_default()),
        words: 0,
    };
    let person = |person: &Value| Person {
        name: text(&person["id"]).unwrap_or_default(),
        role: text(&person["role"]),
        group: text(&person["group"]),
        present: person["present"].as_bool().unwrap_or(true),
    };
    let stretches: Vec<Stretch> = list("segments").iter().map(stretch).collect();
    let persons: Vec<Person> = list("persons").iter().map(person).collect();
    let kept = |one: &&Stretch| {
        let role = persons.iter().find(|person| person.name == one.who).and_then(|person| person.role.clone());
        role.is_none_or(|role| !list("exclude").contains(&role.into()))
    };
    let edge = |name: &str, of: Option<u64>| vector[name].as_u64().or(of).unwrap_or_default();
    let starts = stretches.iter().filter(kept).map(|one| one.span.start.0).min();
    let ends = stretches.iter().filter(kept).map(|one| one.span.end.0).max();
    let scope = Scope {
        window: Some(Span::new(edge("T0", starts), edge("T1", ends))),
        excluded: list("exclude").iter().filter_map(text).collect::<BTreeSet<_>>(),
        ..Scope::default()
    };
    let found = flat(&shown(&measure(&stretches, &persons, &scope)));
    let expected = flat(&vector["expected"]);
    let differs = |(name, value): (&String, &Value)| {
        let same = match (value.as_f64(), found.get(name).and_then(Value::as_f64)) {
            (Some(one), Some(other)) => (one - other).abs() <= NEAR,
            _ => found.get(name) == Some(value),
        };
        (!same).then(|| format!("{name} is {:?} and not {value}", found.get(name)))
    };
    Ok(expected.iter().find_map(differs).or_else(|| {
        found.keys().find(|name| !expected.contains_key(*name)).map(|name| format!("{name} is not expected"))
    }))
}

/// As the reference prints it.
fn shown(measures: &Measures) -> Value {
    let ms = |time: Millis| time.0;
    let speakers: Map<String, Value> = measures
        .speakers
        .iter()
        .map(|(name, one)| {
            let facts = json!({
                "talk_ms": ms(one.talk), "share": one.share, "turns": one.turns,
                "longest_turn_ms": ms(one.longest_turn), "backchannels": one.backchannels,
            });
            (name.clone(), facts)
        })
        .collect();
    let matrix: Map<String, Value> =
        measures.takeovers.iter().map(|((by, from), count)| (format!("{by}>{from}"), json!(count))).collect();
    let parameters = Parameters::default();
    json!({
        "params": {
            "GAP": ms(parameters.gap), "BC": ms(parameters.backchannel), "TERM": ms(parameters.terminal),
            "HOLD": ms(parameters.hold),
        },
        "window_ms": ms(measures.window.length()),
        "speech_ms": ms(measures.speech),
        "overlap_ms": ms(measures.overlap),
        "overlap_excess_ms": ms(measures.overlap_excess),
        "silence_ms": ms(measures.silence),
        "total_talk_ms": ms(measures.talk),
        "gini_spoke": measures.spoke.gini,
        "n_spoke": measures.spoke.count,
        "evenness_spoke": measures.spoke.evenness,
        "gini_present": measures.present.and_then(|present| present.gini),
        "n_present": measures.present.map(|present| present.count),
        "coverage": measures.coverage,
        "turns": measures.turns,
        "backchannels": measures.backchannels,
        "transfers": measures.transfers,
        "bso": measures.overlapped_transfers,
        "latency_ms": measures.latency.and_then(|latency| latency.median).map(ms),
        "latency_n": measures.latency.map(|latency| latency.count),
        "interruptions": measures.takeovers.values().sum::<usize>(),
        "attempts": measures.attempts.values().sum::<usize>(),
        "matrix": matrix,
        "speakers": speakers,
    })
}

/// The values of nested objects, by the way to each.
fn flat(value: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    let Some(object) = value.as_object() else { return all };
    for (name, value) in object {
        match value.is_object() {
            true => all.extend(flat(value).into_iter().map(|(inner, value)| (format!("{name}.{inner}"), value))),
            false => drop(all.insert(name.clone(), value.clone())),
        }
    }
    all
}
