use super::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The scripts in a folder of `src`, without comments.
fn scripts(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let scripts = files.filter(|path| path.extension().is_some_and(|end| end == "js"));
    let text: String = scripts.map(|path| fs::read_to_string(path).unwrap()).collect();
    let code = |line: &str| line.split("// ").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The keys of texts that a script names: `undo` of `T.undo`, and those that it gets by a variable.
fn keys(script: &str, variable: &[&str]) -> BTreeSet<String> {
    let named = script.match_indices("T.").filter(|(at, _)| !script[..*at].ends_with(char::is_alphanumeric));
    let key = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
    let named = named.map(|(at, _)| key(&script[at + 2..]));
    named.chain(variable.iter().map(|key| (*key).to_owned())).collect()
}

fn all(texts: &Value) -> Vec<(&str, BTreeSet<String>)> {
    let keys = |texts: &Value| texts.as_object().unwrap().keys().cloned().collect();
    texts.as_object().unwrap().iter().map(|(code, texts)| (&**code, keys(texts))).collect()
}

#[test]
fn every_key_has_a_text_in_every_language_and_is_used() {
    let states = ["paused", "silent", "lost", "ended", "connection", "hidden", "noScript"];
    for (texts, used) in [
        (review(None), keys(&scripts("format/html"), &["start", "end"])),
        (live(None), keys(&scripts("page"), &states)),
    ] {
        let all = all(&texts);
        assert_eq!(all.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["de", "en"]);
        for (code, keys) in all {
            assert_eq!(keys, used, "{code}");
        }
        let strings = texts.as_object().unwrap().values().flat_map(|texts| texts.as_object().unwrap().values());
        assert!(strings.filter_map(Value::as_str).all(|text| !text.trim().is_empty()));
    }
    let reasons = review(None)["en"]["reasons"].as_object().unwrap().len();
    assert_eq!(reasons, RemovalReason::KNOWN.len());
    assert_eq!(all(&live(Some(Language::German))).len(), 1);
}

#[test]
fn texts_in_two_languages_have_the_same_places_to_fill_in() {
    let places =
        |text: &str| text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect::<BTreeSet<_>>().len();
    let texts = review(None);
    for (key, german) in texts["de"].as_object().unwrap() {
        let (german, english) = (german.as_str().unwrap_or_default(), texts["en"][key].as_str().unwrap_or_default());
        assert_eq!(places(german), places(english), "{key}");
    }
}

/// Two words in a row, or letters that are not English, are text for people.
fn is_text(literal: &str) -> bool {
    let word = |word: &str| word.len() > 1 && word.chars().all(char::is_alphabetic);
    let words: Vec<&str> = literal.split(' ').collect();
    literal.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
        || words.windows(2).any(|pair| word(pair[0]) && word(pair[1]))
}

#[test]
fn scripts_and_pages_hold_no_text_for_people() {
    for folder in ["format/html", "page"] {
        let script = scripts(folder);
        for literal in script.lines().flat_map(|line| line.split(['"', '`']).skip(1).step_by(2)) {
            assert!(!is_text(literal) || literal == "use strict", "{folder}: `{literal}`");
        }
    }
    let page = include_str!("../../page/captions.html");
    for text in page.split('>').filter_map(|part| part.split('<').next()) {
        let text = text.trim();
        assert!(text.len() < 2 || text.starts_with('{'), "captions.html: `{text}`");
    }
    assert!(is_text("Zeilen größer") && is_text("not found") && !is_text("aria-label") && !is_text("a.hit"));
}
