//! Places with recordings in them, and what becomes of these.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use transcribe::audio::{self, Selection};

use crate::run::{Done, Place, SECRET, says, talk, turn, write_wav};

/// A place with a recording of 11 s as `jfk.wav`; the script has a line early, one late.
pub(crate) fn with_sound() -> Place {
    let place = Place::new();
    place.script("script.json", &says(&[(500, 2_000), (9_000, 10_000)]));
    place.recording("jfk.flac", "jfk.flac");
    let mut recording = audio::open(&place.path("jfk.flac"), Selection::default()).unwrap();
    let mut sound = Vec::new();
    while let Some(samples) = recording.read().unwrap() {
        sound.extend_from_slice(&samples);
    }
    write_wav(&place.path("jfk.wav"), &sound);
    place
}

/// Transcribes `name` into the folder `out`, where nothing may be left but whole files.
pub(crate) fn transcribe(place: &Place, arguments: &str, name: &str) -> Done {
    let done = place.scripted(&format!("-o out {arguments} {name}"));
    assert!(!done.stderr.contains("internal error"), "{name}: {}", done.stderr);
    assert!(done.stderr.contains(name), "{name} is not named: {}", done.stderr);
    let left = place.files("out");
    let stem = Path::new(name).file_stem().unwrap().to_string_lossy();
    let whole = [format!("{stem}.json"), format!("{stem}.srt")];
    let own: Vec<&String> = left.iter().filter(|f| f.starts_with('.') || f.starts_with(&format!("{stem}."))).collect();
    match done.code {
        Some(0) => assert_eq!(own, whole.iter().collect::<Vec<_>>(), "{name}"),
        _ => assert!(own.is_empty(), "{name}: {own:?}"),
    }
    done
}

pub(crate) fn json_of(place: &Place, name: &str) -> Value {
    place.json(&format!("out/{}.json", Path::new(name).file_stem().unwrap().to_string_lossy()))
}

/// The messages of a recording's warnings.
pub(crate) fn warnings(json: &Value) -> Vec<String> {
    let all = json["transcribe"]["warnings"].as_array().unwrap();
    all.iter().map(|w| w["message"].as_str().unwrap().to_owned()).collect()
}

/// A folder `in` with recordings of one clip each, whose names are given.
pub(crate) fn with(names: &[&str]) -> Place {
    let place = Place::new();
    talk(&place, "talk.wav", 1);
    for name in names {
        let path = place.path("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(place.path("talk.wav"), path).unwrap();
    }
    fs::remove_file(place.path("talk.wav")).unwrap();
    place
}

/// A recording of four turns, `talk.wav`, and what is said in them.
pub(crate) fn four_turns() -> Place {
    turns(4)
}

/// The same with so many turns.
pub(crate) fn turns(count: usize) -> Place {
    let place = Place::new();
    talk(&place, "talk.wav", count);
    let line =
        |n: u64| json!({"start": turn(n) + 400, "end": turn(n) + 2_200, "text": format!("{SECRET} is told {n} times")});
    place.script("script.json", &(0..count as u64).map(line).collect());
    place
}

/// What is said in these turns of [`four_turns`], a line each.
pub(crate) fn lines(range: std::ops::Range<u64>) -> String {
    range.map(|n| format!("{SECRET} is told {n} times\n")).collect()
}
