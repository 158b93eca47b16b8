//! The page for hearing and correcting a transcript, in a real browser, opened from a file as people do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use transcribe::format::{Format, Style, write};
use transcribe::{
    Correction, Gap, GapReason, Marker, MarkerKind, Millis, ModelId, RecordingId, Removal, RemovalReason, Segment,
    Span, SpeakerId, Transcript, Warning, WarningKind, Word,
};

use crate::browser::Browser;
use crate::run::Place;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Words share the time by their length; those with a `?` before them are uncertain.
fn said(start: u64, end: u64, speaker: u16, text: &str) -> Segment {
    let total: usize = text.split_whitespace().map(|word| word.chars().count()).sum();
    let at = |n: usize| start + (end - start) * n as u64 / total as u64;
    let mut done = 0;
    let word = |text: &str| {
        let from = done;
        done += text.chars().count();
        Word {
            span: Span::new(at(from), at(done)),
            text: text.trim_start_matches('?').to_owned(),
            spaced: true,
            confidence: if text.starts_with('?') { 0.2 } else { 0.95 },
        }
    };
    let words: Vec<Word> = text.split_whitespace().map(word).collect();
    Segment {
        span: Span::new(start, end),
        text: words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" "),
        words,
        speaker: Some(SpeakerId(speaker)),
        language: "en".into(),
        avg_logprob: -0.1,
        ..Segment::default()
    }
}

/// `examples/recordings/jfk.flac`, as if two had said it.
fn address() -> Transcript {
    Transcript {
        language: "en".into(),
        duration: Millis(11_000),
        segments: vec![
            said(320, 2_200, 1, "And so my fellow Americans,"),
            said(3_500, 4_500, 1, "ask ?not"),
            said(5_280, 7_960, 2, "what your country can do for you,"),
            said(8_200, 10_500, 1, "ask what you can do for ?your country."),
        ],
        gaps: vec![Gap { span: Span::new(2_400, 3_200), reason: GapReason::Unrecognised }],
        markers: vec![Marker { at: Millis(8_100), kind: MarkerKind::Decision }],
        removed: vec![Removal {
            span: Span::new(4_600, 5_000),
            text: "Thanks for watching!".into(),
            reason: RemovalReason::HallucinationNoSpeech,
            uncertain: false,
        }],
        corrections: vec![Correction {
            span: Span::new(1_000, 2_000),
            from: "Amerikans".into(),
            to: "Americans".into(),
        }],
        warnings: vec![Warning::new(Some(Millis(3_000)), WarningKind::PacketDamaged { detail: "bad checksum".into() })],
        recording: RecordingId {
            name: "jfk.flac".into(),
            size: 1,
            sha256: "0f".repeat(32),
            parts: Vec::new(),
            tracks: vec![],
            started: None,
        },
        model: ModelId { file: "ggml-base-q8_0.bin".into(), sha256: "c5".repeat(32) },
        ..Transcript::default()
    }
}

/// Where a test's page lies, and its pictures.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The page's URL; the recording lies beside it.
fn page(name: &str, transcript: &Transcript) -> String {
    let folder = folder(name);
    fs::copy(format!("{HERE}/examples/recordings/jfk.flac"), folder.join("jfk.flac")).unwrap();
    write_page(&folder, transcript, &Style::default())
}

fn write_page(folder: &Path, transcript: &Transcript, style: &Style) -> String {
    let file = folder.join("talk.html");
    write(Format::Html, transcript, style, &mut fs::File::create(&file).unwrap()).unwrap();
    format!("file://{}", file.display())
}

const ALL_TEXT: &str = "h1, .origin, .warnings li, .said a, .who .name, .who time, .gap, .mark, .note, button, summary, output, \
    #panel label, #notices p, .group > span, .menu label, dialog th, dialog td, dialog p, kbd";

/// Whether the page has stored something.
const STORED: &str = "Object.keys(localStorage).some(key => key.startsWith('transcribe-edits-2 '))";

/// Tells what was encrypted last, and how much is not stored yet.
const WATCH: &str = "window.encrypting = 0; const encrypt = window.SubtleCrypto?.prototype.encrypt; \
    if (encrypt) SubtleCrypto.prototype.encrypt = async function (algorithm, key, content) { \
      window.encrypting++; window.encrypted = new TextDecoder().decode(content); \
      try { return await encrypt.call(this, algorithm, key, content) } finally { setTimeout(() => { window.encrypting-- }) } }";

impl Browser {
    fn open(&mut self, url: &str) {
        self.tell("open", url);
        self.until("document.documentElement.classList.contains('live')");
    }

    fn press(&mut self, keys: &[&str]) {
        self.tell("press", json!(keys));
    }

    /// All segments, as `VOICE: text`.
    fn texts(&mut self) -> Vec<String> {
        let all = "[...document.querySelectorAll('.said a')].map(a => a.name.split('_')[3] + ': ' + a.textContent)";
        serde_json::from_value(self.script(all)).unwrap()
    }

    /// The point of the window where a word is.
    fn place(&mut self, word: &str) -> Value {
        let script = format!(
            "(() => {{ for (const a of document.querySelectorAll('.said a')) {{ \
               const at = a.textContent.indexOf({word}); if (at < 0) continue; \
               a.scrollIntoView({{block: 'center'}}); \
               const range = document.createRange(); range.setStart(a.firstChild, at + 1); range.setEnd(a.firstChild, at + 2); \
               const box = range.getBoundingClientRect(); return [box.left + 1, box.top + box.height / 2] }} }})()",
            word = json!(word)
        );
        self.script(&script)
    }

    fn click_word(&mut self, word: &str) {
        let place = self.place(word);
        self.tell("click", place);
    }

    /// Begins to type in the segment that has this word.
    fn edit(&mut self, word: &str) {
        let place = self.place(word);
        self.tell("double click", place);
        self.until("document.activeElement.isContentEditable");
    }

    fn click_button(&mut self, selector: &str) {
        self.script(&format!("document.querySelector({}).click()", json!(selector)));
    }

    /// The text that a highlight is over, once what has come is drawn: the page highlights when it draws.
    fn marked(&mut self, highlight: &str) -> Vec<String> {
        self.still();
        let script = format!(
            "[...CSS.highlights.get('{highlight}') ?? []].map(one => {{ const range = document.createRange(); \
               range.setStart(one.startContainer, one.startOffset); range.setEnd(one.endContainer, one.endOffset); return range.toString() }})"
        );
        serde_json::from_value(self.script(&script)).unwrap()
    }

    /// Opens a page, and then sees what it encrypts.
    fn open_and_watch(&mut self, url: &str) {
        self.tell("before", WATCH);
        self.open(url);
    }

    /// What the browser keeps when the page is left; without what differs from run to run.
    fn kept(&mut self) -> Value {
        self.script("dispatchEvent(new Event('pagehide'))");
        self.until("window.encrypting === 0");
        let kept = self.script(&format!("{STORED} ? JSON.parse(window.encrypted).file : null"));
        // Nothing of it can be read there.
        let readable = "Object.values(localStorage).join().includes('segments') || Object.values(localStorage).join().includes('ask not')";
        assert_eq!(self.script(readable), false);
        without_time(kept)
    }

    fn time(&mut self) -> f64 {
        self.script("document.querySelector('audio').currentTime").as_f64().unwrap()
    }

    /// Nothing was asked of anybody but the page and the recording beside it, and no rule was broken.
    fn quiet(&mut self) {
        let requests: Vec<String> = serde_json::from_value(self.tell("requests", ())).unwrap();
        // The browser's own start page asks, too.
        let own = ["file:", "blob:", "data:", "about:", "chrome:", "chrome-untrusted:"];
        let foreign = |url: &&String| !own.iter().any(|own| url.starts_with(own));
        assert_eq!(requests.iter().find(foreign), None);
        let log: Vec<String> = serde_json::from_value(self.tell("log", ())).unwrap();
        let bad = |line: &&String| !line.contains("ERR_FILE_NOT_FOUND");
        assert_eq!(log.iter().find(bad), None);
    }
}

fn without_time(mut file: Value) -> Value {
    if let Some(saved) = file.get_mut("saved") {
        let time = saved.as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
        *saved = json!("");
    }
    file
}

fn file(names: Value, edits: Value) -> Value {
    let recording = json!({"name": "jfk.flac", "sha256": "0f".repeat(32)});
    let speakers = json!([{"id": 1, "name": "Speaker 1"}, {"id": 2, "name": "Speaker 2"}]);
    json!({"transcribe_edits": 1, "recording": recording, "saved": "", "speakers": speakers, "names": names, "edits": edits})
}

#[test]
fn it_plays_and_shows_the_word() {
    let mut browser = Browser::new();
    browser.open(&page("plays", &address()));
    browser.until("document.querySelector('audio').duration > 10.9");
    assert_eq!(browser.marked("unsure"), ["not", "your"]);
    browser.click_word("country can");
    assert!((browser.time() - 5.28).abs() < 1.5, "{}", browser.time());
    browser.until("CSS.highlights.get('now').size === 1");
    assert_eq!(browser.marked("now"), ["country"]);
    browser.picture("review/plays/light");
    // The keyboard plays it, and the highlight moves by itself.
    browser.press(&["CONTROL", "SPACE"]);
    browser.until("!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 6.6");
    let first = browser.marked("now");
    browser.until("document.querySelector('audio').currentTime > 7.5");
    assert_ne!(browser.marked("now"), first);
    browser.press(&["F4"]);
    browser.until("document.querySelector('audio').paused");
    let time = browser.time();
    browser.press(&["CONTROL", ","]);
    assert!((browser.time() - (time - 3.0)).abs() < 0.1, "{time} {}", browser.time());
    for key in ["<", "."] {
        browser.press(&["CONTROL", "SHIFT", key]);
    }
    browser.quiet();
}

#[test]
fn corrections_are_kept_and_told() {
    let mut browser = Browser::new();
    let url = page("edits", &address());
    browser.open_and_watch(&url);
    assert_eq!(browser.kept(), Value::Null);
    let asks = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))";
    assert_eq!(browser.script(asks), false);

    // Text: undone and done again as one step.
    let untouched = browser.texts();
    browser.edit("fellow");
    browser.press(&["END"]);
    browser.press(&["BACKSPACE"]);
    browser.tell("keys", " &  friends:");
    let typed = "S1: And so my fellow Americans & friends:";
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.texts()[0], typed);
    browser.press(&["CONTROL", "z"]);
    assert_eq!(browser.texts(), untouched);
    assert_eq!(browser.kept(), Value::Null);
    browser.press(&["CONTROL", "y"]);
    assert_eq!(browser.texts()[0], typed);
    // It is kept without anything else being done.
    browser.until(STORED);
    assert_eq!(browser.script(asks), true, "what is not downloaded may be lost");
    let text = json!({"start": 0.32, "end": 2.2, "before": "And so my fellow Americans,", "segments": [
        {"start": 0.32, "end": 2.2, "speaker": "Speaker 1", "text": "And so my fellow Americans & friends:"}]});
    assert_eq!(browser.kept(), file(json!({}), json!([text])));

    // Split at the cursor, by the keyboard; each word keeps its time.
    browser.edit("can do for you,");
    browser.picture("review/edits/typing");
    browser.press(&["HOME"]);
    for _ in 0.."what your country".len() {
        browser.press(&["ARROW_RIGHT"]);
    }
    browser.press(&["ENTER"]);
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.texts()[2..4], ["S2: what your country", "S2: can do for you,"]);
    let halves = json!({"start": 5.28, "end": 7.96, "before": "what your country can do for you,", "segments": [
        {"start": 5.28, "end": 6.768, "speaker": "Speaker 2", "text": "what your country"},
        {"start": 6.768, "end": 7.96, "speaker": "Speaker 2", "text": "can do for you,"}]});
    assert_eq!(browser.kept(), file(json!({}), json!([text, halves])));

    // Join with what is before, over a change of voice.
    browser.edit("can do for you,");
    browser.press(&["HOME"]);
    browser.press(&["BACKSPACE"]);
    browser.press(&["HOME"]);
    browser.press(&["BACKSPACE"]);
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.texts()[1], "S1: ask not what your country can do for you,");
    let joined = json!({"start": 3.5, "end": 7.96, "before": "ask not what your country can do for you,", "segments": [
        {"start": 3.5, "end": 7.96, "speaker": "Speaker 1", "text": "ask not what your country can do for you,"}]});
    assert_eq!(browser.kept(), file(json!({}), json!([text, joined])));

    // Names: everywhere, and somebody new for one turn.
    let name = |browser: &mut Browser, turn: usize, scope: &str, name: &str| {
        browser.script(&format!("document.querySelectorAll('.name:not([hidden])')[{turn}].click()"));
        browser.click_button(&format!("#voice input[value={scope}]"));
        browser.script("document.querySelector('#voice input[name=called]').select()");
        browser.tell("keys", name);
        browser.picture("review/edits/voice");
        browser.tell("keys", "\u{e007}");
        browser.until("!document.querySelector('#voice').open");
    };
    name(&mut browser, 0, "everywhere", "John F. Kennedy");
    name(&mut browser, 2, "turn", "A. Nonymous");
    let named = json!({"Speaker 1": "John F. Kennedy"});
    let other = json!({"start": 8.2, "end": 10.5, "before": "ask what you can do for your country.", "segments": [
        {"start": 8.2, "end": 10.5, "speaker": "A. Nonymous", "text": "ask what you can do for your country."}]});
    let all = file(named.clone(), json!([text, joined, other]));
    assert_eq!(browser.kept(), all);
    let names = "[...document.querySelectorAll('.name:not([hidden])')].map(name => name.textContent)";
    assert_eq!(browser.script(names), json!(["John F. Kennedy", "John F. Kennedy", "A. Nonymous"]));
    browser.picture("review/edits/names");

    // It is still so after the page was opened again, and can be downloaded.
    let before = browser.texts();
    browser.tell("open", "about:blank");
    browser.open(&url);
    assert_eq!(browser.texts().len(), before.len());
    assert_eq!(browser.script(names), json!(["John F. Kennedy", "John F. Kennedy", "A. Nonymous"]));
    assert_eq!(browser.kept(), all);
    assert_eq!(browser.script(asks), true);
    browser.press(&["CONTROL", "s"]);
    let downloaded = browser.tell("downloaded", ());
    assert_eq!(downloaded[0], "jfk.edits.json");
    let content: Value = serde_json::from_str(downloaded[1].as_str().unwrap()).unwrap();
    assert_eq!(without_time(content), all);
    assert_eq!(browser.script(asks), false);

    // Times, only as far as the neighbours of the same voice; and deleted.
    browser.edit("ask not");
    let set = |browser: &mut Browser, side: usize, time: &str| {
        browser.script(&format!(
            "(() => {{ const input = document.querySelectorAll('#panel input')[{side}]; \
            input.value = '{time}'; input.dispatchEvent(new Event('change')) }})()"
        ));
    };
    let chosen = "document.querySelector('.chosen').name";
    set(&mut browser, 0, "1");
    assert_eq!(browser.script(chosen), "ts_2200_7960_S1");
    set(&mut browser, 0, "0:00:03,250");
    // Somebody else may begin to speak before.
    set(&mut browser, 1, "9");
    assert_eq!(browser.script(chosen), "ts_3250_9000_S1");
    set(&mut browser, 1, "8.2");
    assert_eq!(browser.script(chosen), "ts_3250_8200_S1");
    browser.press(&["ESCAPE"]);
    browser.edit("fellow");
    browser.press(&["ALT", "DELETE"]);
    assert_eq!(browser.texts().len(), 2);
    let gone = json!({"start": 0.32, "end": 2.2, "before": "And so my fellow Americans,", "segments": []});
    let mut moved = joined.clone();
    for (place, time) in [("start", 3.25), ("end", 8.2)] {
        moved[place] = json!(time);
        moved["segments"][0][place] = json!(time);
    }
    assert_eq!(browser.kept(), file(named.clone(), json!([gone, moved, other])));

    // Everything undone is nothing.
    for _ in 0..5 {
        browser.press(&["CONTROL", "z"]);
    }
    assert_eq!(browser.kept(), all);
    browser.quiet();
}

/// In Chromium, all pages that are files have one storage.
#[test]
fn other_pages_cannot_read_what_is_stored() {
    let mut browser = Browser::new();
    let url = page("private", &address());
    browser.open(&url);
    browser.edit("fellow");
    browser.press(&["END"]);
    browser.tell("keys", " Geheimnis");
    browser.press(&["ESCAPE"]);
    browser.until(STORED);
    let changed = browser.texts();
    // Another page, and one of a transcript that differs in a single time.
    let other = folder("private").join("other.html");
    fs::write(&other, "<!doctype html><title>other</title>").unwrap();
    browser.tell("open", format!("file://{}", other.display()));
    assert_eq!(browser.script(STORED), true, "the storage is shared");
    let all = browser.script("JSON.stringify(localStorage)");
    let all = all.as_str().unwrap();
    // Long enough not to occur in base64 by chance.
    let digest = "0f".repeat(8);
    assert!(!["Geheimnis", "fellow", "jfk.flac", &digest, "Speaker"].iter().any(|part| all.contains(part)), "{all}");
    let mut similar = address();
    similar.segments[0].words[0].span.end.0 += 1;
    browser.open(&page("similar", &similar));
    assert_eq!(
        browser.texts(),
        [
            "S1: And so my fellow Americans,",
            "S1: ask not",
            "S2: what your country can do for you,",
            "S1: ask what you can do for your country."
        ]
    );
    // What it changes there counts for nothing.
    browser.open(&url);
    browser.until("document.querySelector('.said a').textContent.includes('Geheimnis')");
    assert_eq!(browser.texts(), changed);
    browser.click_word("country");
    browser.tell("open", format!("file://{}", other.display()));
    browser.script("Object.keys(localStorage).forEach(key => { localStorage[key] = 'AAAAAAAAAAAAAAAA ' + localStorage[key].slice(17) })");
    browser.open(&url);
    assert_eq!(browser.texts()[0], "S1: And so my fellow Americans,");
    browser.quiet();
}

/// A page of a former version stored them as plain text.
#[test]
fn changes_that_were_stored_readable_are_taken_over_and_encrypted() {
    let mut browser = Browser::new();
    let url = page("former", &address());
    browser.open_and_watch(&url);
    let edit = json!({"start": 0.32, "end": 2.2, "before": "And so my fellow Americans,", "segments": [
        {"start": 0.32, "end": 2.2, "speaker": "Speaker 1", "text": "And so, Americans:"}]});
    let mut stored = file(json!({"Speaker 2": "Anna"}), json!([edit]));
    stored.as_object_mut().unwrap().remove("speakers");
    stored["saved"] = json!("2026-11-22T15:00:00Z");
    let key = format!("transcribe-edits {} f8f6f0db72f79fa1", "0f".repeat(32));
    let entry = json!({"downloaded": false, "file": stored}).to_string();
    browser.script(&format!("localStorage.setItem({}, {})", json!(key), json!(entry)));
    browser.open(&url);
    browser.until(STORED);
    assert_eq!(browser.script("Object.keys(localStorage).some(key => key.startsWith('transcribe-edits '))"), false);
    assert_eq!(browser.texts()[0], "S1: And so, Americans:");
    assert_eq!(browser.kept(), file(json!({"Speaker 2": "Anna"}), json!([edit])));
    browser.quiet();
}

/// Edits of a page from before somebody renamed the voices.
#[test]
fn a_page_knows_voices_by_former_names() {
    let mut renamed = address();
    renamed.names.insert(SpeakerId(1), "Anna".into());
    renamed.former_names.insert(SpeakerId(1), vec!["Speaker 1".into()]);
    let mut browser = Browser::new();
    browser.open(&page("renamed", &renamed));
    let mut edits = file(
        json!({"Speaker 1": "Frau Meyer", "Speaker 2": "Bert"}),
        json!([{"start": 5.28, "end": 7.96, "before": "what your country can do for you,", "segments": [
            {"start": 5.28, "end": 7.96, "speaker": "Speaker 1", "text": "what your country can"}]}]),
    );
    edits.as_object_mut().unwrap().remove("speakers");
    let place = folder("renamed").join("old.edits.json");
    fs::write(&place, edits.to_string()).unwrap();
    browser.tell("choose", json!([".menu input[type=file]", place.to_str().unwrap()]));
    browser.until("document.getElementById('say').textContent");
    assert_eq!(
        browser.script("document.getElementById('say').textContent.includes('1')"),
        true,
        "one name does not fit"
    );
    assert_eq!(browser.texts()[2], "S1: what your country can");
    let names = "[...document.querySelectorAll('.chip')].map(chip => chip.textContent)";
    assert_eq!(browser.script(names), json!(["Anna"]));
    browser.press(&["CONTROL", "z"]);
    assert_eq!(browser.script(names), json!(["Anna", "Speaker 2"]));
    browser.quiet();
}

/// What the window with all speakers shows: name, time, and the colour.
const PEOPLE: &str = "[...document.querySelectorAll('#speakers tr')].slice(1).map(row => \
    [row.querySelector('input').value, row.cells[2].textContent, row.querySelector('.dot').className])";

#[test]
fn all_speakers_are_heard_named_and_made_one() {
    let mut browser = Browser::new();
    browser.tell("language", "en");
    browser.open_and_watch(&page("people", &address()));
    browser.press(&["v"]);
    browser.until("document.getElementById('speakers').open");
    let people = json!([["Speaker 1", "0:00:05 (66 %)", "dot v1"], ["Speaker 2", "0:00:02 (34 %)", "dot v2"]]);
    assert_eq!(browser.script(PEOPLE), people);
    browser.accessible();
    browser.picture("review/people/window");
    // The sample of the second voice plays to its end.
    browser.script("document.querySelectorAll('#speakers tr button')[1].click()");
    browser.until("!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 5.2");
    browser.until("document.querySelector('audio').paused");
    let end = browser.time();
    // A busy browser tells later that it is over.
    assert!((7.9..10.9).contains(&end), "{end}");
    // Both get a name; then they swap them, which is one step.
    let give = |browser: &mut Browser, names: [&str; 2]| {
        for (row, name) in names.iter().enumerate() {
            let set = format!("document.querySelectorAll('#speakers input')[{row}].value = {}", json!(name));
            browser.script(&set);
        }
        browser.script("document.querySelector('#speakers input').dispatchEvent(new Event('input', {bubbles: true}))");
        browser.click_button("#speakers button[type=submit]");
        browser.until("!document.getElementById('speakers').open");
    };
    let names = "[...document.querySelectorAll('.chip')].map(chip => chip.textContent)";
    give(&mut browser, ["Anna", "Bert"]);
    assert_eq!(browser.script(names), json!(["Anna", "Bert"]));
    browser.press(&["v"]);
    give(&mut browser, ["Bert", "Anna"]);
    assert_eq!(browser.kept(), file(json!({"Speaker 1": "Bert", "Speaker 2": "Anna"}), json!([])));
    browser.press(&["CONTROL", "z"]);
    assert_eq!(browser.script(names), json!(["Anna", "Bert"]));
    browser.press(&["v"]);
    give(&mut browser, ["Anna", "Anna"]);
    assert_eq!(browser.script(names), json!(["Anna"]));
    browser.press(&["CONTROL", "z"]);
    browser.quiet();
}

#[test]
fn several_segments_get_another_speaker_together() {
    let mut browser = Browser::new();
    browser.open_and_watch(&page("several", &address()));
    browser.click_word("not");
    browser.press(&["SHIFT", "ARROW_DOWN"]);
    browser.press(&["SHIFT", "ARROW_DOWN"]);
    assert_eq!(browser.script("document.querySelectorAll('.picked').length"), 3);
    browser.press(&["SHIFT", "ARROW_UP"]);
    // What a filter hides is not selected.
    browser.press(&["ESCAPE"]);
    browser.click_button(".chip");
    browser.click_word("not");
    browser.press(&["SHIFT", "ARROW_DOWN"]);
    assert_eq!(
        browser.script("[...document.querySelectorAll('.picked')].map(a => a.textContent.slice(0, 8))"),
        json!(["ask not", "ask what"])
    );
    browser.press(&["ESCAPE"]);
    browser.click_button(".all");
    browser.click_word("not");
    browser.press(&["SHIFT", "ARROW_DOWN"]);
    browser.press(&["ALT", "n"]);
    browser.tell("keys", "Cem");
    browser.press(&["ENTER"]);
    let expected = [
        "S1: And so my fellow Americans,",
        "new-1: ask not",
        "new-1: what your country can do for you,",
        "S1: ask what you can do for your country.",
    ];
    assert_eq!(browser.texts(), expected);
    assert_eq!(browser.script("document.querySelectorAll('.picked').length"), 0);
    let edits = browser.kept();
    let said: Vec<&str> =
        edits["edits"].as_array().unwrap().iter().flat_map(|edit| edit["segments"][0]["speaker"].as_str()).collect();
    assert_eq!(said, ["Cem", "Cem"]);
    browser.press(&["CONTROL", "z"]);
    assert_eq!(browser.texts()[1], "S1: ask not");
    browser.quiet();
}

#[test]
fn everything_can_be_undone() {
    let mut browser = Browser::new();
    browser.open_and_watch(&page("undo", &address()));
    let (texts, body) = (browser.texts(), "document.querySelector('main').innerText");
    let before = browser.script(body);
    browser.edit("ask not");
    browser.press(&["ENTER"]);
    browser.tell("keys", "x");
    browser.press(&["ALT", "j"]);
    browser.press(&["ALT", "DELETE"]);
    browser.press(&["CONTROL", "ARROW_DOWN"]);
    browser.press(&["ALT", "DELETE"]);
    browser.press(&["ALT", "DELETE"]);
    let after = browser.texts();
    assert_ne!(after, texts);
    for _ in 0..12 {
        browser.press(&["CONTROL", "z"]);
    }
    assert_eq!(browser.texts(), texts);
    assert_eq!(browser.script(body), before);
    assert_eq!(browser.kept(), Value::Null);
    for _ in 0..12 {
        browser.press(&["CONTROL", "SHIFT", "z"]);
    }
    assert_eq!(browser.texts(), after);
    // A page without any segment is no problem.
    for _ in 0..6 {
        browser.press(&["F2"]);
        browser.press(&["ALT", "DELETE"]);
    }
    assert_eq!(browser.texts().len(), 0);
    for _ in 0..20 {
        browser.press(&["CONTROL", "z"]);
    }
    assert_eq!(browser.script(body), before);
    browser.quiet();
}

#[test]
fn a_missing_recording_can_be_chosen() {
    let folder = folder("missing");
    let mut browser = Browser::new();
    browser.open(&write_page(&folder, &address(), &Style { media: Some("gone/jfk.flac".into()), ..Style::default() }));
    browser.until("document.querySelector('#notice-missing') !== null");
    let said = browser.script("document.querySelector('#notice-missing').textContent");
    assert!(said.as_str().unwrap().contains("„jfk.flac“ wurde nicht gefunden"), "{said}");
    browser.picture("review/missing/notice");
    // The text can be read and changed without it.
    browser.click_word("country can");
    assert_eq!(browser.marked("now"), ["country"]);
    browser.edit("fellow");
    browser.press(&["ESCAPE"]);
    browser.tell("choose", json!(["#notice-missing input", format!("{HERE}/examples/recordings/jfk.flac")]));
    browser.until("document.querySelector('audio').duration > 10.9 && !document.querySelector('#notice-missing')");
    browser.press(&["CONTROL", "SPACE"]);
    browser.until("!document.querySelector('audio').paused");
    browser.quiet();

    // In the page itself it is never missing: silence of a second, as 8-bit WAV.
    let header = "UklGRmQfAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YUAf";
    let media =
        format!("data:audio/wav;base64,{header}AAC{}", "AgICAgICA".repeat(8000 * 4 / 3 / 9).get(..10656).unwrap());
    browser.open(&write_page(&folder, &address(), &Style { media: Some(media), ..Style::default() }));
    browser.until("document.querySelector('audio').duration > 0.9");
    assert_eq!(browser.script("document.querySelector('meta[name=audio_source]').content"), "jfk.flac");
}

#[test]
fn it_is_found_shown_and_left_out() {
    let mut browser = Browser::new();
    browser.open(&page("search", &address()));
    browser.press(&["CONTROL", "f"]);
    browser.tell("keys", "COUNTRY");
    assert_eq!(browser.script("document.getElementById('hits').textContent"), "1 von 2");
    assert_eq!(browser.marked("hit"), ["country", "country"]);
    browser.press(&["ENTER"]);
    assert_eq!(browser.script("document.getElementById('hits').textContent"), "2 von 2");
    assert_eq!(browser.marked("hit-now"), ["country"]);
    browser.picture("review/search/found");
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.marked("hit"), [""; 0]);
    // Uncertain places, and the gap, one after the other.
    browser.click_word("And so");
    browser.press(&["ALT", "ARROW_DOWN"]);
    assert!((browser.time() - 2.4).abs() < 0.01);
    browser.press(&["ALT", "ARROW_DOWN"]);
    assert_eq!(browser.marked("place"), ["not"]);
    browser.press(&["ALT", "ARROW_DOWN"]);
    assert_eq!(browser.marked("place"), ["your"]);
    browser.press(&["ALT", "ARROW_UP"]);
    assert_eq!(browser.marked("place"), ["not"]);
    // Turns.
    browser.press(&["ALT", "SHIFT", "ARROW_DOWN"]);
    assert!((browser.time() - 5.28).abs() < 0.01);
    // One voice only.
    browser.click_button(".chip");
    let seen = "[...document.querySelectorAll('.said a')].filter(a => a.checkVisibility()).length";
    assert_eq!(browser.script(seen), 3);
    browser.click_button(".all");
    assert_eq!(browser.script(seen), 4);
    // What the program took out and put right, and what it is unsure of, can be left out of sight.
    let notes =
        "[...document.querySelectorAll('.note')].filter(note => note.checkVisibility()).map(note => note.textContent)";
    assert_eq!(
        browser.script(notes),
        json!([
            "[Americans, statt: Amerikans]",
            "Thanks for watching! (bekannte Erfindung des Modells, und dort spricht niemand)"
        ])
    );
    for option in ["1", "2"] {
        browser.click_button(&format!(".menu label:nth-of-type({option}) input"));
    }
    assert_eq!(browser.script(notes), json!([]));
    browser.quiet();
}

#[test]
fn everybody_can_work_with_it() {
    let mut browser = Browser::new();
    browser.open(&page("everybody", &address()));
    browser.press(&["F1"]);
    browser.picture("review/everybody/help");
    browser.press(&["ESCAPE"]);
    browser.edit("fellow");
    for dark in [false, true] {
        browser.tell("dark", dark);
        browser.still();
        assert!(browser.contrast(".said a, h1") >= 7.0, "{dark}");
        assert!(browser.contrast(ALL_TEXT) >= 4.5, "{dark}");
        browser.picture(if dark { "review/everybody/dark" } else { "review/everybody/light" });
    }
    // By Tab alone: no trap, and everything that can be worked has a name.
    browser.press(&["ESCAPE"]);
    let unnamed = "[...document.querySelectorAll('button, input, summary, audio, [role]')].filter(e => e.checkVisibility() && e.tagName !== 'AUDIO' && \
        !(e.ariaLabel || e.textContent.trim() || e.closest('label') || e.ariaLive || e.role === 'status')).map(e => e.outerHTML)";
    assert_eq!(browser.script(unnamed), json!([]));
    browser.script("document.querySelector('.said a').focus()");
    for _ in 0..3 {
        browser.press(&["TAB"]);
    }
    assert_eq!(browser.script("document.activeElement !== document.querySelector('.said a')"), true);
    browser.tell("size", json!([500, 900]));
    browser.still();
    assert_eq!(browser.script("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out");
    browser.picture("review/everybody/narrow");
    browser.quiet();
}

#[test]
fn the_worst_places_are_a_list_to_work_through() {
    let mut transcript = address();
    transcript.segments[1].words[0].confidence = 0.2;
    transcript.removed[0].span = Span::new(4_600, 5_700);
    transcript.removed[0].uncertain = true;
    let url = page("again", &transcript);
    let mut browser = Browser::new();
    browser.open_and_watch(&url);
    browser.until("document.querySelector('audio').duration > 10.9");
    let button = "document.getElementById('listen-again').textContent";
    assert_eq!(browser.script(button), "Noch einmal hören (3)");
    // The first is played, with a second around it, and no further.
    browser.press(&["w"]);
    assert_eq!(
        browser.script("[...document.querySelectorAll('#again time')].map(time => time.textContent)"),
        json!(["0:00:02", "0:00:03", "0:00:04"])
    );
    browser.until("document.querySelector('audio').paused && document.querySelector('audio').currentTime > 4.1");
    assert!(browser.time() < 5.0, "{}", browser.time());
    browser.picture("review/again/list");
    let current = "document.querySelector('#again [aria-current]').id";
    assert_eq!(browser.script(current), "again-0");
    browser.press(&["d"]);
    assert_eq!([browser.script(button), browser.script(current)], ["Noch einmal hören (2)", "again-1"]);
    assert_eq!(browser.script("document.querySelectorAll('#again .settled').length"), 1);
    assert_eq!(browser.script("document.querySelector('#again-2 .excerpt').textContent"), "Thanks for watching!");
    // Who corrects a place has listened to it; the keys work there, too.
    browser.press(&["F2"]);
    browser.until("document.activeElement.isContentEditable");
    browser.press(&["x"]);
    browser.press(&["ALT", "PAGE_DOWN"]);
    assert_eq!([browser.script(button), browser.script(current)], ["Noch einmal hören (1)", "again-2"]);
    browser.press(&["ALT", "ENTER"]);
    assert_eq!(browser.script(button), "Alles gehört");
    let checked = json!([{"start": 2.4, "end": 3.2, "done": true}, {"start": 4.6, "end": 5.7, "done": true}]);
    assert_eq!(browser.kept()["checked"], checked);
    browser.quiet();
    browser.open(&url);
    assert_eq!(browser.script(button), "Alles gehört");
    // What is marked in the transcript can be taken back.
    transcript.checked = vec![Span::new(2_400, 3_200)];
    // Nothing is stored of this one.
    transcript.recording.sha256 = "1f".repeat(32);
    browser.open(&page("again", &transcript));
    assert_eq!(browser.script(button), "Noch einmal hören (2)");
    browser.click_button("#listen-again");
    browser.click_button("#again-done-0");
    assert_eq!(browser.script(button), "Noch einmal hören (3)");
    assert_eq!(browser.kept()["checked"], json!([{"start": 2.4, "end": 3.2, "done": false}]));
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.script("document.getElementById('again').hidden"), true);
}

#[test]
fn nothing_is_inaccessible() {
    let mut transcript = address();
    transcript.names.insert(SpeakerId(2), "Anna".into());
    transcript.segments[3].speaker = None;
    let url = page("accessible", &transcript);
    for language in ["de", "en"] {
        let mut browser = Browser::new();
        browser.tell("language", language);
        browser.open(&url);
        assert_eq!(browser.script("document.getElementById('bar').lang"), language);
        for dark in [false, true] {
            browser.tell("dark", dark);
            browser.accessible();
            browser.click_button("summary");
            browser.accessible();
            browser.click_button("summary");
            browser.click_button("#listen-again");
            browser.accessible();
            browser.click_button("#listen-again");
            browser.press(&["F1"]);
            browser.accessible();
            browser.press(&["ESCAPE"]);
            browser.click_button(".pen");
            browser.accessible();
            browser.press(&["ESCAPE"]);
            browser.edit("fellow");
            browser.accessible();
            browser.picture(&format!("review/accessible/{language}-{}", if dark { "dark" } else { "light" }));
            browser.press(&["ESCAPE"]);
        }
        browser.quiet();
    }
}

#[test]
fn hostile_text_is_only_text() {
    let mut vile = address();
    let texts = [
        "</script><script>window.hurt = 1</script> <!-- x -->",
        "<img src=x onerror='window.hurt = 2'> \u{202e}&amp; \u{2028}",
        "مرحبا بالعالم، 👩‍👩‍👧 كيف حالكم؟",
    ];
    for (segment, text) in vile.segments.iter_mut().zip(texts) {
        *segment = Segment { words: Vec::new(), text: text.into(), ..segment.clone() };
    }
    vile.names.insert(SpeakerId(1), "<b onclick=\"hurt()\">x</b></script>".into());
    vile.removed[0].text = "</script><img src=x onerror='window.hurt = 3'>".into();
    let mut browser = Browser::new();
    browser.open(&page("hostile", &vile));
    let shown = browser.texts();
    assert_eq!(shown[0], format!("S1: {}", texts[0]));
    assert_eq!(shown[2], format!("S2: {}", texts[2]));
    assert_eq!(browser.script("document.querySelector('.name').textContent"), "<b onclick=\"hurt()\">x</b></script>");
    assert_eq!(browser.script("typeof window.hurt"), "undefined");
    // What is pasted is text, on one line.
    browser.edit("مرحبا");
    browser.press(&["END"]);
    browser.script(
        "(() => { const data = new DataTransfer(); data.setData('text/plain', ' <i>a</i>\\n\\nb'); \
           document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) })()",
    );
    browser.press(&["ESCAPE"]);
    assert_eq!(browser.texts()[2], format!("S2: {} <i>a</i> b", texts[2]));
    browser.picture("review/hostile/page");
    // No rule lets a script in that comes later.
    browser.script(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hurt = 4'}))",
    );
    assert_eq!(browser.script("typeof window.hurt"), "undefined");
}

#[test]
fn on_paper_it_is_the_text() {
    let mut browser = Browser::new();
    browser.open(&page("paper", &address()));
    let pages = browser.tell("print", folder("paper").join("talk.pdf").to_str().unwrap());
    let text = pages[0].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["Speaker 1", "0:00:05", "what your country can do for you,", "[inaudible 00:02–00:03]", "Decision"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in ["Herunterladen", "Thanks for watching", "Suchen"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
    assert_eq!(pages.as_array().unwrap().len(), 1);
}

#[test]
fn thousands_of_segments_open_at_once() {
    let text = "Der Ausschuss hat den ?Antrag in seiner letzten Sitzung angenommen.";
    let segments = (0..6000).map(|n| said(n * 3500, n * 3500 + 3300, (n / 3 % 5) as u16 + 1, text)).collect();
    let long = Transcript { segments, duration: Millis(6000 * 3500), ..address() };
    let url = page("long", &long);
    let mut browser = Browser::new();
    browser.tell("open", "about:blank");
    let start = Instant::now();
    browser.open(&url);
    browser.still();
    let took = start.elapsed();
    // What takes a time for each pair of segments takes many minutes.
    assert!(took.as_secs() < 60, "{took:?}");
    let size = fs::metadata(folder("long").join("talk.html")).unwrap().len();
    let frames = browser.script(
        "new Promise(done => { const times = []; let last; const frame = now => { \
           if (last) times.push(now - last); last = now; scrollBy(0, 120); \
           if (times.length < 100) requestAnimationFrame(frame); \
           else { times.sort((a, b) => a - b); done(`${(times.reduce((a, b) => a + b) / 100).toFixed(1)} ms a frame, 95 % under \
             ${times[94].toFixed(1)}, worst ${times[99].toFixed(1)}`) } }; requestAnimationFrame(frame) })",
    );
    eprintln!("60,000 words, {size} bytes: opened in {took:?}; scrolled at {frames}");
    browser.quiet();
}

/// From the command line to the page, and back.
#[test]
fn what_the_page_saves_goes_into_the_transcript() {
    let place = Place::new();
    place.recording("jfk.flac", "jfk.flac");
    assert_eq!(place.scripted("-q -l en -f json,html --embed-audio jfk.flac").code, Some(0));
    fs::remove_file(place.path("jfk.flac")).unwrap();
    let mut browser = Browser::new();
    browser.open(&format!("file://{}", place.path("jfk.html").display()));
    // The sound is in the page.
    browser.until("Math.abs(document.querySelector('audio').duration - 11) < 0.1");
    let said = browser.texts()[0].trim_start_matches([':', ' ']).to_owned();
    browser.edit(said.split(' ').next().unwrap());
    browser.press(&["END"]);
    browser.tell("keys", " – really");
    browser.press(&["ESCAPE"]);
    browser.press(&["CONTROL", "s"]);
    let downloaded = browser.tell("downloaded", ());
    place.write("edits.json", downloaded[1].as_str().unwrap());
    let done = place.run("apply -q edits.json jfk.json");
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let text = place.json("jfk.json")["segments"][0]["text"].as_str().unwrap().trim().to_owned();
    assert_eq!(text, format!("{said} – really"));
    // A page of the new transcript shows it as somebody's work.
    assert_eq!(place.run("export -q --overwrite -f html jfk.json").code, Some(0));
    browser.open(&format!("file://{}", place.path("jfk.html").display()));
    assert_eq!(browser.script("document.querySelector('.said a.edited').textContent"), json!(text));
    // Without the recording there is nothing to put into it.
    let done = place.run("export --overwrite -f html --embed-audio jfk.json");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.contains("cannot read `./jfk.flac`"), "{}", done.stderr);
    browser.quiet();
}
