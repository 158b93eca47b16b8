//! A live session in a real browser, with a recording for the microphone.

use serde_json::json;

use crate::app_server::AppServer;
use crate::browser::Browser;
use crate::recordings::four_turns;

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
    let place = four_turns();
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
    assert!(browser.text_of(".said a").contains("is told 0 times"));
    assert_eq!(place.json("data/recordings/1 Rat/Rat.json")["segments"][0]["speaker"], "Bela");
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
