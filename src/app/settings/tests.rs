use super::*;
use crate::{Millis, VadOptions};
use serde_json::json;

fn settings(pairs: &[(&str, serde_json::Value)]) -> Settings {
    let values = pairs.iter().fold(Values::default(), |values, (name, value)| values.with(name, value.clone()));
    Settings::new(&values, None).expect("settings")
}

#[test]
fn each_option_is_declared_once() {
    let mut names: Vec<&str> = Settings::options().map(|spec| spec.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// What help texts call the default is what holds without the option.
#[test]
fn defaults_are_the_declared_ones() {
    let without = format!("{:?}", settings(&[]));
    let mut checked = 0;
    for spec in Settings::options() {
        let Ok(value) = spec.kind.parse(spec.default) else { continue };
        if matches!(
            spec.kind,
            crate::options::Kind::Text | crate::options::Kind::List { .. } | crate::options::Kind::Path
        ) {
            continue;
        }
        assert_eq!(format!("{:?}", settings(&[(spec.name, value)])), without, "{}", spec.name);
        checked += 1;
    }
    assert!(checked >= 10, "{checked}");
}

#[test]
fn values_reach_the_fields() {
    let made = settings(&[
        ("language", json!("German")),
        ("beam-size", json!(2)),
        ("vad-threshold", json!(0.6)),
        ("vad-max-speech-duration-s", json!(20)),
        ("from", json!(1.5)),
        ("output-format", json!(["vtt", "txt", "vtt"])),
        ("word-timestamps", json!(false)),
        ("line-numbers", json!(true)),
    ]);
    assert_eq!(made.transcribe.languages, ["de"]);
    assert_eq!((made.transcribe.beam_size, made.transcribe.from), (Some(2), Millis(1500)));
    let vad = VadOptions { onset: 0.6, max_chunk: Millis(20_000), ..VadOptions::default() };
    assert_eq!(made.transcribe.vad, vad);
    assert_eq!(made.formats, [Format::Vtt, Format::Txt]);
    assert!(!made.words && made.style.line_numbers);
    assert_eq!(settings(&[("vad", json!(false))]).transcribe.vad, VadOptions::everything());
}

#[test]
fn contradictions_are_mistakes() {
    let wrong = |pairs: &[(&str, serde_json::Value)]| {
        let values = pairs.iter().fold(Values::default(), |values, (name, value)| values.with(name, value.clone()));
        Settings::new(&values, None).expect_err("a mistake").message
    };
    assert_eq!(wrong(&[("from", json!(5.0)), ("to", json!(5.0))]), "`--from` (0:00:05) is not before `--to` (0:00:05)");
    assert_eq!(wrong(&[("languages", json!(["de", "auto"]))]), "`auto` is no language");
    let vad = [("vad", json!(false)), ("vad-threshold", json!(0.5))];
    assert_eq!(wrong(&vad), "with `--vad false` no speech is looked for");
}
