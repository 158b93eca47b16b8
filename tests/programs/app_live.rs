//! A live session in a real browser, with a recording for the microphone.

use std::fs;

use serde_json::json;

use crate::app_server::{AppServer, Events};
use crate::browser::Browser;
use crate::disk::command_on_small_disk;
use crate::recordings::{four_turns, turns};
use crate::run::talk;

#[test]
fn from_listening_to_the_transcript_in_chromium() {
    for language in ["de", "en"] {
        let mut browser = Browser::new();
        browser.tell("language", language);
        from_listening_to_the_transcript(browser, "chromium", language);
    }
}

#[test]
fn from_listening_to_the_transcript_in_firefox() {
    from_listening_to_the_transcript(Browser::firefox("de"), "firefox", "de");
}

fn from_listening_to_the_transcript(mut browser: Browser, name: &str, language: &str) {
    // Longer than this takes on a slow machine.
    let place = turns(60);
    let arguments = "app --no-open --data-dir data --scripted script.json --input talk.wav --speed 2";
    let app = AppServer::of(&mut place.command(arguments));
    let picture = format!("app/live-{name}-{language}");
    browser.go(&app.url);
    browser.click_on(".top nav a[href$='/live']");
    browser.has("#begin");
    browser.accessible();
    browser.picture(&format!("{picture}-begin"));
    browser.click_on("#name");
    browser.tell("keys", "Rat");
    browser.click_on("#begin summary");
    browser.click_on("#people");
    browser.tell("keys", "Anna");
    browser.tell("press", json!(["ENTER"]));
    browser.tell("keys", "Bela");
    browser.click_on("#listen");
    browser.has("#session");
    in_a_session(&mut browser, &picture);
    browser.until("document.documentElement.classList.contains('live')");
    let transcript = place.json("data/recordings/1 Rat/Rat.json");
    let segments = transcript["segments"].as_array().unwrap();
    assert!(segments.iter().any(|segment| segment["speaker"] == "Bela"), "{transcript}");
    assert_eq!(browser.text_of(".said a").trim(), segments[0]["text"].as_str().unwrap().trim());
    browser.clean(&app);
    drop(browser);
    app.end();
}

/// Captions come, keys and buttons say who speaks, the page is left and found again, and the session is ended.
fn in_a_session(browser: &mut Browser, picture: &str) {
    browser.tell("press", json!(["2"]));
    browser.until("document.getElementById('live-speaker-2').ariaPressed === 'true'");
    browser.until("document.getElementById('captions').textContent.includes('Bela: Geheimnis is told')");
    browser.until("document.getElementById('session-level').value > 0");
    browser.click_on("#live-item");
    browser.until("document.getElementById('noted').textContent.length > 8");
    browser.until("document.getElementById('session-more').textContent.includes('1')");
    browser.tell("press", json!(["p"]));
    browser.until("document.getElementById('session').dataset.state === 'paused'");
    browser.accessible();
    browser.picture(&format!("{picture}-paused"));
    // Keys can be turned off.
    browser.click_on("#keys");
    browser.tell("press", json!(["3"]));
    browser.click_on("#live-resume");
    browser.until("document.getElementById('session').dataset.state === 'listening'");
    assert_eq!(browser.script("document.getElementById('live-speaker-2').ariaPressed"), "true");
    browser.click_on(".mark");
    browser.click_on("#lists li[data-state=live] a");
    browser.until("document.getElementById('captions')?.textContent.includes('is told')");
    browser.click_on("#session details summary");
    browser.click_on("#live-projector-here");
    browser.until("document.querySelector('#projector a').href.startsWith('http://127.0.0.1')");
    for dark in [true, false] {
        if picture.contains("chromium") {
            browser.tell("dark", dark);
        }
        browser.accessible();
        assert!(browser.contrast("main, main *") >= 4.5, "{dark}");
    }
    browser.picture(picture);
    if picture.contains("chromium") {
        browser.tell("size", json!([480, 900]));
        assert_eq!(browser.script("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out");
        browser.tell("size", json!([1280, 720]));
    }
    browser.click_on("#live-end");
    browser.until("document.getElementById('sure').open");
    browser.accessible();
    browser.click_on("#live-back");
    browser.until("!document.getElementById('sure').open");
    browser.click_on("#live-end");
    browser.click_on("#live-stop");
}

/// As many windows as there is room for: one more says that it gets nothing, waits, and goes on when there is room.
#[test]
fn a_window_that_finds_no_room_is_not_loaded_for_ever() {
    let place = four_turns();
    talk(&place, "talk.wav", 100);
    let arguments = "app --no-open --data-dir data --scripted script.json --input talk.wav --speed 1";
    let app = AppServer::of(&mut place.command(arguments));
    app.post("live", json!({"settings": {"options": {"language": "en"}}}).to_string().as_bytes()).ok();
    let mut windows: Vec<Events> = (0..32).map(|_| Events::of(&app)).collect();
    windows.iter_mut().for_each(|window| drop(window.until(|data| data["clock"].is_string())));
    assert_eq!(app.get("live/events").code, 503);
    let mut browser = Browser::new();
    browser.go(&format!("{}live", app.url));
    browser.script("globalThis.same = true");
    browser.until("!document.getElementById('lost').hidden");
    drop(windows);
    browser.until("document.getElementById('session-clock').textContent.length > 0");
    browser.until("document.getElementById('lost').hidden");
    assert_eq!(browser.script("globalThis.same"), true, "the page was loaded again");
    drop(browser);
    app.post("live/stop", b"").ok();
    app.end();
}

/// The application on a small disk of its own, and what fills that at the first call and empties it at the second.
fn on_a_small_disk(place: &crate::run::Place) -> (AppServer, impl Fn()) {
    let program = place.command("app");
    crate::gate::named_pipe(&place.path("turn"));
    // Who sees that disk waits for its turn, and not for ever.
    let fill = "read -r _ <../turn; head -c 9999999 /dev/zero >fill; read -r _ <../turn; rm fill";
    let start = "app --no-open --data-dir data --scripted ../script.json --input ../talk.wav --speed 2";
    let script = format!("cd disk && {{ timeout 120 sh -c '{fill}' >/dev/null 2>&1 & }} && exec \"$0\" {start}");
    let app = AppServer::of(&mut command_on_small_disk(place, 3_000, &script, &program));
    let pipe = place.path("turn");
    (app, move || fs::write(&pipe, "now\n").unwrap())
}

#[test]
fn a_full_disk_during_a_session_is_told_and_costs_no_text() {
    let place = four_turns();
    talk(&place, "talk.wav", 100);
    let (app, turn) = on_a_small_disk(&place);
    let request = json!({"name": "Rat", "settings": {"options": {"language": "en"}}});
    app.post("live", request.to_string().as_bytes()).ok();
    let mut browser = Browser::new();
    browser.tell("language", "de");
    browser.go(&format!("{}live", app.url));
    browser.until("document.getElementById('captions').textContent.includes('is told 0')");
    turn();
    browser.until(
        "document.getElementById('session-problem').textContent.includes('Der Ton wird nicht mehr gespeichert')",
    );
    browser.until("document.getElementById('session-problem').textContent.includes('nur im Arbeitsspeicher')");
    browser.until("document.getElementById('captions').textContent.includes('is told 3')");
    browser.accessible();
    browser.picture("app/live-full");
    // There is room again: the text is there to the last word, and the page still says that the sound is not.
    turn();
    browser.until("!document.getElementById('session-problem').textContent.includes('nur im Arbeitsspeicher')");
    app.post("live/stop", b"").ok();
    browser.until("!document.getElementById('session-end').hidden");
    assert!(browser.text_of("#session-problem").contains("Der Ton wird nicht mehr gespeichert"));
    browser.accessible();
    browser.click_on("#session-end a");
    browser.until("document.documentElement.classList.contains('live')");
    assert!(browser.script("document.body.textContent").as_str().unwrap().contains("is told 3 times"));
    drop(browser);
    app.end();
}

#[test]
fn a_session_that_ends_on_a_full_disk_is_there_when_there_is_room() {
    let place = four_turns();
    let (app, turn) = on_a_small_disk(&place);
    let request = json!({"name": "Rat", "settings": {"options": {"language": "en"}}});
    app.post("live", request.to_string().as_bytes()).ok();
    let mut events = Events::of(&app);
    events.until(|data| data["kind"] == "settled");
    turn();
    events.until(|data| data["problems"].as_str().is_some_and(|told| told.contains("only in memory")));
    app.post("live/stop", b"").ok();
    let end = events.until(|data| data["recording"].is_i64() || data["failed"].is_string());
    // What could not be written, the text or the entry about it, depends on the last blocks; the page says so in any case.
    assert!(
        end["failed"].as_str().is_some_and(|why| why.contains("room on the disk") || why.contains("disk is full")),
        "{end}"
    );
    turn();
    let row = app.until_listed("id=\"job-1\"", "href=\"recordings/1\"");
    assert!(!row.contains("data-state=\"live\""), "{row}");
    let page = app.get("recordings/1").ok().text();
    assert!(page.contains("is told 0 times"), "{page}");
    app.end();
}

/// Without a microphone, the page says what to do. The program finds none, whatever this computer has.
#[test]
fn without_a_microphone() {
    let place = crate::run::Place::new();
    // An empty configuration of ALSA has no devices.
    place.write("asound.conf", "");
    let mut command = place.command("app --no-open --data-dir data --scripted script.json");
    let app = AppServer::of(command.env("ALSA_CONFIG_PATH", place.path("asound.conf")));
    let mut browser = Browser::new();
    browser.go(&format!("{}live", app.url));
    assert!(browser.text_of("section .notice[role=alert]").contains("kein Mikrofon gefunden"));
    browser.has("#again");
    browser.accessible();
    browser.picture("app/live-no-microphone");
    drop(browser);
    app.end();
}
