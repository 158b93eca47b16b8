//! The web application in a real browser: from a recording to a corrected document, as people do it.

use std::fs;
use std::io::Read as _;
use std::time::Instant;

use serde_json::{Value, json};

use crate::app_server::{AppServer, open_council};
use crate::browser::Browser;
use crate::disk::command_on_small_disk;
use crate::gate::Gate;
use crate::run::Place;
use crate::running::{LIMIT, wait_until};

impl Browser {
    pub(crate) fn go(&mut self, url: &str) {
        self.tell("open", url);
        self.until("document.readyState === 'complete' && !!document.body");
    }

    /// Clicks as a person does: where the element is seen.
    pub(crate) fn click_on(&mut self, selector: &str) {
        let selector = json!(selector);
        // Where it stays: what comes above it moves it.
        let place = self.until(&format!(
            "(e => {{ if (!e || e.disabled || !e.checkVisibility()) return false; e.scrollIntoView({{block: 'center'}}); \
               const box = e.getBoundingClientRect(); const now = [box.left + box.width / 2, box.top + box.height / 2]; \
               const before = window.placeBefore; window.placeBefore = String(now); return before === String(now) && now \
             }})(document.querySelector({selector}))"
        ));
        self.tell("click", place);
    }

    pub(crate) fn has(&mut self, selector: &str) {
        self.until(&format!("!!document.querySelector({})", json!(selector)));
    }

    pub(crate) fn text_of(&mut self, selector: &str) -> String {
        self.has(selector);
        self.script(&format!("document.querySelector({}).textContent", json!(selector))).as_str().unwrap().to_owned()
    }

    /// Nothing was asked of anybody but the application, and the browser complains of nothing.
    pub(crate) fn clean(&mut self, app: &AppServer) {
        let requests: Vec<String> = serde_json::from_value(self.tell("requests", ())).unwrap();
        let own = [format!("http://{}/", app.at), "data:".into(), "blob:".into(), "about:".into(), "chrome".into()];
        let foreign = |url: &&String| !own.iter().any(|own| url.starts_with(own));
        assert_eq!(requests.iter().find(foreign), None);
        let log: Vec<String> = serde_json::from_value(self.tell("log", ())).unwrap();
        assert_eq!(log, Vec::<String>::new());
    }
}

/// Drops files on the page, as a file manager does.
const DROP: &str = "(() => { const data = new DataTransfer(); \
    for (const [name, text] of FILES) data.items.add(new File([text], name)); \
    document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) })()";

fn start() -> (Place, AppServer) {
    let place = Place::new();
    place.recording("jfk.flac", "Sitzung.flac");
    let app = AppServer::start(&place);
    (place, app)
}

#[test]
fn the_whole_way_in_chromium() {
    for language in ["de", "en"] {
        let mut browser = Browser::new();
        browser.tell("language", language);
        whole_way(browser, "chromium", language);
    }
}

/// As somebody does who opens the application for the first time, with a model that is there: clicks in the page are counted where they come,
/// and choosing the file in the dialog of the system, which is no part of it, is one more.
#[test]
fn a_new_user_has_text_after_four_clicks() {
    let place = Place::new();
    place.recording("jfk.flac", "Sitzung.flac");
    let mut browser = Browser::new();
    let begun = Instant::now();
    let app = AppServer::start(&place);
    browser.go(&app.url);
    browser.script(
        "addEventListener('click', ({isTrusted}) => { if (isTrusted) localStorage.clicks = 1 + +(localStorage.clicks ?? 0) }, true)",
    );
    // The button opens the dialog; what is chosen in it comes as the browser gives it.
    browser.script("document.getElementById('files').addEventListener('click', (event) => event.preventDefault())");
    browser.click_on("#choose");
    browser.tell("choose", json!(["#files", place.path("Sitzung.flac").to_str().unwrap()]));
    browser.click_on("#start");
    browser.click_on("#lists li[data-state=done] a.name");
    browser.until("document.querySelector('.said a')?.checkVisibility()");
    let seconds = begun.elapsed().as_secs_f64();
    assert!(browser.text_of(".said a").contains("Geheimnis at 500"));
    let clicks = 1 + browser.script("Number(localStorage.clicks)").as_u64().unwrap();
    println!("from the start of the application to the first text: {clicks} clicks, {seconds:.1} s");
    assert_eq!(clicks, 4, "the button, the file, the start, and the transcript");
    browser.clean(&app);
    drop(browser);
    app.end();
}

#[test]
fn a_recording_is_transcribed_again_in_another_language() {
    for language in ["de", "en"] {
        let (place, app) = start();
        app.transcribe("Sitzung.flac", &fs::read(place.path("Sitzung.flac")).unwrap());
        let mut browser = Browser::new();
        browser.tell("language", language);
        browser.go(&format!("{}recordings/1", app.url));
        browser.until("document.documentElement.classList.contains('live')");
        correct(&mut browser, if language == "de" { "Gespeichert" } else { "Saved" });
        browser.click_on("header nav.app a[href$='/again']");
        browser.has("#transcribe-again");
        // As it was transcribed last, whatever was chosen elsewhere.
        browser.until("document.getElementById('language').value === 'en'");
        for dark in [true, false] {
            browser.tell("dark", dark);
            browser.accessible();
            assert!(browser.contrast("main, main *") >= 4.5, "{dark}");
        }
        browser.picture(&format!("app/again-{language}"));
        browser.script("document.getElementById('language').value = 'de'");
        browser.click_on("#transcribe-again .primary");
        browser.has("#lists li#job-2[data-state=done] a.name");
        browser.click_on("#lists li[data-state=done] a.name");
        browser.until("document.documentElement.classList.contains('live')");
        assert!(browser.text_of(".said a").contains("Geheimnis at 500, really"));
        let json = place.json("data/recordings/1 Sitzung/Sitzung.json");
        assert_eq!(json["transcribe"]["settings"]["languages"], json!(["de"]));
        browser.click_on("header nav.app a[href$='/versions']");
        browser.until("document.querySelectorAll('main li').length >= 3");
        browser.clean(&app);
        drop(browser);
        app.end();
    }
}

#[test]
fn the_whole_way_in_firefox() {
    for language in ["de", "en"] {
        whole_way(Browser::firefox(language), "firefox", language);
    }
}

/// Recording, text, correction, document, deletion; at most four clicks until there is text.
fn whole_way(mut browser: Browser, name: &str, language: &str) {
    let (saved, back) =
        if language == "de" { ("Gespeichert", "Alle Transkripte") } else { ("Saved", "All transcripts") };
    let picture = |what: &str| format!("app/{name}-{language}-{what}");
    let (place, app) = start();
    browser.go(&app.url);
    assert_eq!(browser.script("document.documentElement.lang"), language);
    browser.accessible();
    browser.picture(&picture("start"));
    let mut clicks = 1; // Opens the dialog of the system, which is not part of the page.
    browser.tell("choose", json!(["#files", place.path("Sitzung.flac").to_str().unwrap()]));
    browser.until("!document.getElementById('settings').hidden");
    browser.accessible();
    browser.picture(&picture("chosen"));
    browser.click_on("#start");
    browser.has("#lists a.name");
    browser.accessible();
    browser.picture(&picture("done"));
    browser.click_on("#lists li[data-state=done] a.name");
    clicks += 2;
    browser.until("document.documentElement.classList.contains('live')");
    assert!(browser.text_of(".said a").contains("Geheimnis at 500"));
    assert!(clicks <= 4);
    browser.until("document.querySelector('audio').duration > 10.9");
    browser.accessible();
    browser.picture(&picture("review"));
    correct(&mut browser, saved);
    let transcript = || place.json("data/recordings/1 Sitzung/Sitzung.json");
    assert!(transcript().to_string().contains("Geheimnis at 500, really"), "{}", transcript());
    // What is saved is there when the page is read again.
    browser.tell("open", format!("{}recordings/1", app.url));
    browser.until("document.documentElement.classList.contains('live')");
    assert!(browser.text_of(".said a").contains("really"));
    browser.click_on("header details summary");
    browser.accessible();
    browser.click_on("header .menu a[href$='/export/srt']");
    let file = browser.tell("downloaded", ());
    assert_eq!(file[0], "Sitzung.srt");
    assert!(file[1].as_str().unwrap().contains("really"));
    assert!(browser.text_of("header nav.app a").contains(back));
    browser.click_on("header nav.app a[href$='/delete']");
    browser.has(".filelist");
    browser.accessible();
    browser.picture(&picture("delete"));
    browser.click_on("button.danger");
    browser.has("#drop");
    browser.has("p.empty");
    assert_eq!(place.files("data/recordings"), [""; 0]);
    browser.clean(&app);
    drop(browser);
    app.end();
}

/// Types behind the first segment, and gives it a speaker.
fn correct(browser: &mut Browser, saved: &str) {
    let place = browser.script(
        "(a => { const box = a.getClientRects()[0]; return [box.right - 1, box.top + box.height / 2] })(document.querySelector('.said a'))",
    );
    // At its end, where Firefox without a window has no key for it.
    browser.tell("double click", place);
    browser.until("document.activeElement.isContentEditable");
    browser.tell("press", json!(["END"]));
    browser.tell("keys", ", really");
    browser.tell("press", json!(["ESCAPE"]));
    browser.until(&format!("document.getElementById('sent').textContent === {}", json!(saved)));
}

/// By Tab alone: everything that can be worked is reached in the order in which it is read, and seen when it is.
#[test]
fn by_keyboard_and_for_screen_readers() {
    let (_place, app) = start();
    app.transcribe("one.flac", &fs::read(format!("{}/jfk.flac", crate::run::RECORDINGS)).unwrap());
    let mut browser = Browser::new();
    browser.go(&app.url);
    browser.script("document.body.focus()");
    let mut order: Vec<String> = Vec::new();
    for _ in 0..30 {
        browser.tell("press", json!(["TAB"]));
        let here = browser.script(
            "(e => e === document.body ? '' : `${e.id || e.getAttribute('href') || e.tagName}`)(document.activeElement)",
        );
        let here = here.as_str().unwrap().to_owned();
        if here.is_empty() || order.first() == Some(&here) {
            break;
        }
        let seen = browser.script("(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))");
        assert_eq!(seen, true, "{here} shows no focus");
        order.push(here);
    }
    let base = &app.base;
    let expected = [
        "#main",
        base,
        "search",
        &format!("{base}live"),
        &format!("{base}models"),
        &format!("{base}about"),
        "choose",
        "choose-folder",
        "open-folder",
        "name-1",
        "delete-1",
    ];
    assert_eq!(order, expected);
    // The first link leads past the bar.
    browser.go(&app.url);
    browser.tell("press", json!(["TAB"]));
    browser.tell("press", json!(["ENTER"]));
    browser.until("document.activeElement.id === 'main'");
    for dark in [false, true] {
        browser.tell("dark", dark);
        for page in
            ["", "models", "folder", "about", "recordings/1/versions", "recordings/1/export", "search?q=Geheimnis"]
        {
            browser.go(&format!("{}{page}", app.url));
            browser.accessible();
            assert!(browser.contrast("main, main *, .top, .top *") >= 4.5, "{page} {dark}");
            browser.picture(&format!(
                "app/pages/{}-{}",
                page.split('?').next().unwrap().replace('/', "-"),
                if dark { "dark" } else { "light" }
            ));
        }
    }
    // As wide as a telephone, or as a window beside another.
    browser.tell("size", json!([360, 800]));
    for page in ["", "live", "models", "folder", "tokens", "recordings/1", "recordings/1/again", "recordings/1/delete"]
    {
        browser.go(&format!("{}{page}", app.url));
        let width = browser.script("innerWidth").as_u64().unwrap();
        assert!(width < 600, "{width}");
        let over = browser.script("(e => e.scrollWidth - e.clientWidth)(document.documentElement)");
        assert_eq!(over, 0, "something sticks out of {page:?}");
        browser.picture(&format!("app/narrow/{}", if page.is_empty() { "start" } else { page }));
    }
    browser.clean(&app);
    drop(browser);
    app.end();
}

/// While it works: progress, pause and cancel; the row of a job keeps the focus.
#[test]
fn the_queue_is_alive() {
    let place = Place::new();
    place.recording("jfk.flac", "one.flac");
    let gate = Gate::at(&place, [1]);
    let app = AppServer::start(&place);
    let mut browser = Browser::new();
    browser.go(&app.url);
    let long = "x".repeat(150);
    let files =
        json!([["broken.wav", "no sound"], [format!("{long}.mp3"), "no sound either"], ["notes.docx", "no recording"]]);
    browser.script(&DROP.replace("FILES", &files.to_string()));
    browser.until("document.querySelectorAll('#chosen-files li').length === 2");
    assert!(browser.text_of("#left-out").starts_with('1'));
    browser.tell("choose", json!(["#files", place.path("one.flac").to_str().unwrap()]));
    browser.until("document.querySelectorAll('#chosen-files li').length === 3");
    browser.click_on("#start");
    browser.until("document.querySelectorAll('#lists .problem').length === 2");
    browser.has("#lists li[data-state=running] progress");
    browser.until("document.querySelector('#lists li[data-state=running] .state').textContent.includes('von')");
    browser.accessible();
    browser.picture("app/queue");
    browser.click_on("#lists li[data-state=running] button[id^=pause]");
    drop(gate);
    browser.has("#lists li[data-state=paused]");
    browser.click_on("#lists li[data-state=paused] button[id^=resume]");
    browser.has("#lists li[data-state=done] a.name");
    // The application ends: the page says so, and what is started then has a page of its own.
    app.end();
    browser.until("!document.getElementById('lost').hidden");
    browser.accessible();
    let app = AppServer::start(&place);
    browser.go(&app.url);
    browser.has("#lists li[data-state=done] a.name");
    browser.until("document.getElementById('lost').hidden");
    drop(browser);
    app.end();
}

/// What is written in one window is not lost to another.
#[test]
fn two_windows_of_one_transcript() {
    let (place, app) = start();
    app.transcribe("Sitzung.flac", &fs::read(place.path("Sitzung.flac")).unwrap());
    let mut browser = Browser::new();
    let page = format!("{}recordings/1", app.url);
    browser.tell("open", page.as_str());
    browser.until("document.documentElement.classList.contains('live')");
    browser.tell("window", page.as_str());
    browser.until("document.documentElement.classList.contains('live')");
    correct(&mut browser, "Gespeichert");
    browser.tell("switch", 0);
    let place_of = browser.script("(a => { const box = a.getClientRects()[0]; return [box.left + 10, box.top + box.height / 2] })(document.querySelector('.said a'))");
    browser.tell("double click", place_of);
    browser.until("document.activeElement.isContentEditable");
    browser.tell("press", json!(["END"]));
    browser.tell("keys", ", never");
    browser.tell("press", json!(["ESCAPE"]));
    browser.until("!!document.getElementById('notice-elsewhere')");
    browser.accessible();
    let text = place.json("data/recordings/1 Sitzung/Sitzung.json").to_string();
    assert!(text.contains("really") && !text.contains("never"), "{text}");
    browser.clean(&app);
    drop(browser);
    app.end();
}

/// What is undone while it is being saved is undone on the disk, too; and what can't be saved any more is there as a file.
#[test]
fn an_undo_during_a_save_is_saved() {
    let (place, app) = start();
    app.transcribe("Sitzung.flac", &fs::read(place.path("Sitzung.flac")).unwrap());
    let mut browser = Browser::new();
    browser.go(&format!("{}recordings/1", app.url));
    browser.until("document.documentElement.classList.contains('live')");
    // The first save waits until it is let go.
    browser.script(
        "(() => { const real = fetch, first = new Promise((go) => { globalThis.letGo = go }); \
           globalThis.fetch = (...all) => first.then(() => real(...all)) })()",
    );
    correct(&mut browser, "Wird gespeichert …");
    browser.tell("press", json!(["CONTROL", "z"]));
    browser.until("!document.querySelector('.said a').textContent.includes('really')");
    // The page has told its own part that there is nothing to save any more.
    browser.until("document.getElementById('download').textContent === 'Herunterladen'");
    browser.script("letGo()");
    browser.until("document.getElementById('sent').textContent === 'Gespeichert'");
    let text = place.json("data/recordings/1 Sitzung/Sitzung.json").to_string();
    assert!(text.contains("Geheimnis at 500") && !text.contains("really"), "{text}");
    let at = app.at;
    app.end();
    browser.tell("press", json!(["CONTROL", "y"]));
    browser.until("document.getElementById('notice-unsaved')?.textContent.includes('Änderungen öffnen')");
    assert_eq!(browser.script("document.getElementById('download').checkVisibility()"), true);
    browser.accessible();
    // Another program that has the port now is told neither the changes nor the token.
    let other = std::net::TcpListener::bind(at).unwrap();
    other.set_nonblocking(true).unwrap();
    let mut asked = None;
    wait_until(
        || "the page does not look whether the application is back".into(),
        || {
            asked = other.accept().ok();
            asked.is_some()
        },
    );
    let (mut stream, _) = asked.unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut head = [0; 11];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"GET /proof/");
    browser.script("addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)");
    drop(browser);
}

/// A disk that is full costs what came last.
#[test]
fn a_full_disk_is_told() {
    let place = Place::new();
    let program = place.command("app");
    let start = "cd disk && exec \"$0\" app --no-open --data-dir data --scripted ../script.json";
    let app = AppServer::of(&mut command_on_small_disk(&place, 2_000, start, &program));
    let jfk = fs::read(format!("{}/jfk.flac", crate::run::RECORDINGS)).unwrap();
    app.transcribe("one.flac", &jfk);
    let full = app.upload("two.flac", &vec![0; 4_000_000], &json!({}));
    assert_eq!((full.code, &full.json()["error"]["code"]), (507, &json!("disk_full")), "{}", full.text());
    // What was there is there, and there is room again.
    assert!(app.get("recordings/1").ok().text().contains("Geheimnis at 500"));
    app.transcribe("three.flac", &[&jfk[..], b"x"].concat());
    let mut browser = Browser::new();
    browser.go(&app.url);
    browser.script(
        "(() => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(4000000)], 'four.flac')); \
           document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) })()",
    );
    browser.click_on("#start");
    assert!(browser.text_of("#uploads .failed .state").contains("Die Festplatte ist voll"));
    browser.accessible();
    drop(browser);
    app.end();
}

/// Without a model, the first thing to do is to get one; if that fails, the page says why.
#[test]
fn without_a_model() {
    let place = Place::new();
    let app = AppServer::of(&mut place.command("app --no-open --data-dir data --mirror http://127.0.0.1:1/"));
    let mut browser = Browser::new();
    browser.go(&app.url);
    assert_eq!(browser.script("document.getElementById('drop').checkVisibility()"), false);
    browser.accessible();
    browser.picture("app/no-model");
    browser.click_on("a.primary[href=models]");
    browser.click_on("#get-base-q8_0");
    assert!(browser.text_of("#model-base-q8_0 .problem").contains("mit dem Internet verbunden"));
    browser.accessible();
    drop(browser);
    app.end();
}

/// Five thousand files are chosen at once; what is no recording is told.
#[test]
fn thousands_of_files_are_taken_in() {
    let (_place, app) = start();
    let mut browser = Browser::new();
    browser.go(&app.url);
    let begun = std::time::Instant::now();
    browser.script(
        "(() => { const data = new DataTransfer(); \
           for (let n = 0; n < 5000; n++) data.items.add(new File([`${n}`], `talk ${n}.mp3`)); \
           document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) })()",
    );
    browser.until("document.getElementById('chosen').textContent.includes('5.000')");
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    browser.accessible();
    browser.click_on("#start");
    // The page works while they come in.
    browser.until("document.querySelectorAll('#lists li[data-state]').length > 3");
    browser.click_on("#lists button");
    let rows: Value = browser.script("document.querySelectorAll('#uploads li').length");
    assert!(rows.as_u64().unwrap() < 20);
    // Leaving the page asks first; the test does not.
    browser.script("addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)");
    drop(browser);
    app.end();
}

#[test]
fn data_of_a_meeting_come_with_the_recording_or_later() {
    let (place, app) = start();
    let file = |name: &str, content: &[u8]| place.write(name, content).to_str().unwrap().to_owned();
    // As an editor on Windows saves it.
    let good = file("good.toml", b"body = \"Rat L\xfcndenau\"\n[[agenda]]\nnumber = 1\ntitle = \"Haushalt\"\n");
    let broken = file("broken.toml", b"body = \"Rat\"\ndate = 1\n");
    let mut browser = Browser::new();
    browser.tell("language", "de");
    browser.go(&app.url);
    browser.tell("choose", json!(["#files", place.path("Sitzung.flac").to_str().unwrap()]));
    browser.click_on("#meeting-details summary");
    browser.tell("choose", json!(["#meeting-file", broken]));
    browser.until("document.querySelector('#meeting-told.problem')?.textContent.includes('Zeile 2, `date`')");
    browser.accessible();
    browser.tell("choose", json!(["#meeting-file", good]));
    browser.until("document.querySelector('#meeting-told:not(.problem)')?.textContent === 'good.toml: Rat Lündenau · 1 Tagesordnungspunkt'");
    browser.accessible();
    browser.picture("app/meeting-chosen");
    browser.click_on("#start");
    browser.click_on("#lists li[data-state=done] a.name");
    browser.until("document.documentElement.classList.contains('live')");
    browser.click_on("header nav.app a[href$='/meeting']");
    assert_eq!(browser.text_of("#known"), "Rat Lündenau · 1 Tagesordnungspunkt");
    browser.accessible();
    browser.picture("app/meeting");
    browser.tell("choose", json!(["#meeting-file", broken]));
    browser.until("document.querySelector('#meeting-text').value.includes('date = 1')");
    browser.click_on("#meeting .primary");
    assert!(browser.text_of("#wrong").contains("Zeile 2, `date`"));
    browser.accessible();
    assert!(place.read("data/recordings/1 Sitzung/meeting.toml").contains("Lündenau"));
    browser.click_on("#remove");
    assert!(browser.text_of("main .card").contains("meeting.toml"));
    browser.accessible();
    browser.picture("app/meeting-remove");
    browser.click_on("main .card a.button");
    browser.has("#meeting-text");
    assert!(place.path("data/recordings/1 Sitzung/meeting.toml").exists());
    browser.click_on("#remove");
    browser.click_on("main .card .danger");
    browser.until("!document.querySelector('#remove') && !!document.querySelector('#meeting-text')");
    assert_eq!(place.files("data/recordings/1 Sitzung"), ["Sitzung.flac", "Sitzung.json"]);
    // The browser tells that the form was refused.
    let log: Vec<String> = serde_json::from_value(browser.tell("log", ())).unwrap();
    assert!(log.iter().all(|line| line.contains("400")), "{log:?}");
    drop(browser);
    app.end();
}

#[test]
fn findings_are_heard_and_decided() {
    for language in ["de", "en"] {
        let place = Place::new();
        let app = AppServer::start(&place);
        open_council(&app, &place);
        let mut browser = Browser::new();
        browser.tell("language", language);
        browser.go(&format!("{}recordings/1", app.url));
        browser.until("document.documentElement.classList.contains('live')");
        browser.click_on("header nav.app a[href$='/minutes']");
        browser.has("#findings .finding");
        browser.accessible();
        let state = "document.getElementById('vote@94240').dataset.state";
        // By the keyboard; the focus stays where it was.
        browser.script("document.getElementById('reject-vote@94240').focus()");
        browser.tell("press", json!(["ENTER"]));
        browser.until(&format!("{state} === 'rejected'"));
        assert_eq!(browser.script("document.activeElement.id"), "reject-vote@94240");
        browser.script("document.getElementById('open-vote@94240').focus()");
        browser.tell("press", json!(["ENTER"]));
        browser.until(&format!("{state} === 'candidate'"));
        assert_eq!(browser.script("document.activeElement.id"), "accept-vote@94240");
        browser.click_on("[id='hear-vote@94240']");
        browser.until("document.getElementById('player').currentTime > 10");
        browser.click_on("[id='correct-vote@107640']");
        browser.accessible();
        browser.picture(&format!("app/minutes-{language}"));
        browser.script("document.querySelector('[id=\"vote@107640\"] input[name=no]').value = '4'");
        browser.click_on("[id='save-vote@107640']");
        browser.until("document.getElementById('vote@107640').dataset.state === 'edited'");
        assert!(place.read("council/sitzung.decisions.json").contains("\"no\": 4"));
        browser.accessible();
        browser.clean(&app);
        drop(browser);
        app.end();
    }
}

#[test]
fn tokens_are_made_and_revoked_by_hand() {
    for language in ["de", "en"] {
        let (_place, app) = start();
        let mut browser = Browser::new();
        browser.tell("language", language);
        browser.go(&format!("{}about", app.url));
        browser.click_on("main a[href='tokens']");
        browser.has("#name");
        browser.accessible();
        browser.script("document.getElementById('name').value = 'Nextcloud'");
        browser.click_on("main .primary");
        assert!(browser.text_of("#token").starts_with("transcribe-"));
        browser.accessible();
        browser.picture(&format!("app/tokens-{language}"));
        browser.click_on("#revoke-0");
        browser.has("p.empty");
        assert_eq!(browser.script("!!document.querySelector('#revoke-0, #token')"), false);
        browser.clean(&app);
        drop(browser);
        app.end();
    }
}
