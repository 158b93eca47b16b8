//! Live sessions of the web application, with a recording for the microphone and a scripted recogniser.

use serde_json::{Value, json};

use crate::app_server::{AppServer, Events, Reply};
use crate::gate::Gate;
use crate::recordings::{four_turns, lines};
use crate::run::{Place, talk, valid};
use crate::running::wait_until;

/// The application, whose microphone is `talk.wav`, so many times faster than in reality.
fn start(place: &Place, speed: &str) -> AppServer {
    let arguments = "app --no-open --data-dir data --scripted script.json --input talk.wav --speed";
    AppServer::of(&mut place.command(&format!("{arguments} {speed}")))
}

fn begin(app: &AppServer, request: &Value) -> Reply {
    app.post("live", request.to_string().as_bytes())
}

fn english(name: &str) -> Value {
    json!({"name": name, "settings": {"options": {"language": "en"}}})
}

fn texts(json: &Value) -> String {
    let segments = json["segments"].as_array().unwrap();
    segments.iter().map(|segment| segment["text"].as_str().unwrap().trim().to_owned() + "\n").collect()
}

#[test]
fn a_session_becomes_a_recording() {
    let place = four_turns();
    let mut gate = Gate::at(&place, [3]);
    let app = start(&place, "0");
    assert!(app.get("live").ok().text().contains("id=\"begin\""));
    begin(&app, &english(" Council 3/4: budget ")).ok();
    gate.reached();
    // There is one, wherever it is looked for.
    assert!(app.get("live").ok().text().contains(">Council 3-4: budget</h1>"));
    app.until_listed("data-state=\"live\"", "href=\"live\"");
    let second = begin(&app, &english("another"));
    assert_eq!((second.code, &second.json()["error"]["code"]), (409, &json!("session_running")));
    assert!(app.post("recordings/1/delete", b"").code >= 400, "it is being made");
    // What could slow it down waits.
    let other = app.upload("other.wav", b"no sound", &json!({})).ok().json()["job"].as_i64().unwrap();
    assert_eq!(other, 2);
    app.until_listed("id=\"job-2\"", "data-state=\"waiting\"");
    assert!(app.get("list").ok().text().contains("During the live session, nothing new begins."));
    let mut events = Events::of(&app);
    events.until(|data| data["captions"].is_array());
    drop(gate);
    assert_eq!(events.until_status("recording", 1)["failed"], Value::Null);
    let row = app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    assert!(row.contains("href=\"recordings/1\"") && row.contains("20 words"), "{row}");
    let folder = "data/recordings/1 Council 3-4_ budget";
    assert_eq!(place.files(folder), ["Council 3-4_ budget.flac", "Council 3-4_ budget.json"]);
    let json = place.json(&format!("{folder}/Council 3-4_ budget.json"));
    valid(&json);
    assert_eq!(texts(&json), lines(0..4));
    assert_eq!(json["transcribe"]["complete"], true);
    // It is a recording as any other.
    assert!(app.get("recordings/1").ok().text().contains("is told 3 times"));
    assert!(app.get("recordings/1/media").ok().body.starts_with(b"fLaC"));
    assert!(app.get("recordings/1/export/srt").ok().text().contains("is told 2 times"));
    assert!(app.get("search?q=told+1").ok().text().contains("recordings/1"));
    assert!(app.get("live").ok().text().contains("id=\"begin\""), "the next one can begin");
    assert_eq!(app.get("live/events").code, 204);
    assert_eq!(app.post("live/stop", b"").code, 409);
    app.until_listed("id=\"job-2\"", "data-state=\"failed\"");
    for recording in ["1", "2"] {
        app.post(&format!("recordings/{recording}/delete"), b"").ok();
    }
    assert_eq!(place.files("data/recordings"), [""; 0]);
    app.end();
}

#[test]
fn it_is_paused_marked_and_ended() {
    let place = four_turns();
    // Longer than the test takes on a busy machine.
    talk(&place, "talk.wav", 60);
    let app = start(&place, "3");
    let people = json!({"people": "\n Ayşe  Öz\n<b>Bo</b>\n", "settings": {"options": {"language": "en"}}});
    begin(&app, &people).ok();
    assert!(app.get("live").ok().text().contains("2 &lt;b&gt;Bo&lt;/b&gt;"));
    let mut events = Events::of(&app);
    app.post("live/speaker-2", b"").ok();
    events.until_status("speaker", 2);
    let settled = events.until(|data| data["kind"] == "settled");
    assert_eq!(settled["speaker"], 2);
    for action in ["marker", "item", "decision", "pause", "pause"] {
        app.post(&format!("live/{action}"), b"").ok();
    }
    let paused = events.until_status("state", "paused");
    assert_eq!(paused["text"], "Paused: nothing is heard");
    events.until(|data| data["clock"].is_string() && data["clock"] != paused["clock"]);
    app.post("live/speaker-0", b"").ok();
    app.post("live/resume", b"").ok();
    events.until_status("state", "listening");
    assert_eq!(app.post("live/speaker-10", b"").code, 400);
    assert_eq!(app.post("live/nonsense", b"").code, 400);
    app.post("live/stop", b"").ok();
    events.until_status("recording", 1);
    let name = place.files("data/recordings").pop().unwrap();
    let file = format!("data/recordings/{name}/{}.json", name.strip_prefix("1 ").unwrap());
    let json = place.json(&file);
    valid(&json);
    assert!(name.starts_with("1 Live 20"), "{name}");
    assert_eq!(json["transcribe"]["complete"], true);
    let markers = json["transcribe"]["markers"].as_array().unwrap();
    let kinds: Vec<&Value> = markers.iter().map(|marker| &marker["kind"]).collect();
    assert_eq!(kinds, ["marker", "agenda_item", "decision"]);
    assert!(json["transcribe"].to_string().contains("\"paused\""), "{}", json["transcribe"]);
    assert!(json["segments"][0].to_string().contains("<b>Bo</b>"), "{}", json["segments"][0]);
    // What only the session knew stays if its sound is transcribed again.
    app.post("recordings/1/again", json!({"options": {"language": "de"}}).to_string().as_bytes()).ok();
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    let now = place.json(&file);
    valid(&now);
    assert_eq!(now["transcribe"]["settings"]["languages"], json!(["de"]));
    for kept in ["markers", "gaps"] {
        assert_eq!(now["transcribe"][kept], json["transcribe"][kept]);
    }
    assert_eq!(now["transcribe"]["recording"], json["transcribe"]["recording"]);
    assert_eq!(now["segments"][0]["speaker"], "<b>Bo</b>");
    app.end();
}

#[test]
fn the_sound_is_transcribed_once_more_if_that_was_asked_for() {
    let place = four_turns();
    // Long enough to be seen.
    (0..4).for_each(|n| place.change(n, "delay", 500));
    let app = start(&place, "0");
    let request = |name: &str| {
        let mut request = english(name);
        request["refine"] = json!("base");
        request
    };
    begin(&app, &request("Rat")).ok();
    let mut events = Events::of(&app);
    let told = events.until_status("refining", true);
    assert!(told["text"].as_str().unwrap().contains(" of 0:24"), "{told}");
    assert_eq!(told["recording"], Value::Null);
    // The first transcript is there already.
    assert_eq!(texts(&place.json("data/recordings/1 Rat/Rat.json")), lines(0..4));
    assert_eq!(events.until_status("recording", 1)["problems"], "");
    assert_eq!(texts(&place.json("data/recordings/1 Rat/Rat.json")), lines(0..4));
    // Somebody leaves it as it is, which is no fault.
    begin(&app, &request("Ausschuss")).ok();
    let mut events = Events::of(&app);
    events.until_status("refining", true);
    app.post("live/enough", b"").ok();
    assert_eq!(events.until_status("recording", 2)["problems"], "");
    let json = place.json("data/recordings/2 Ausschuss/Ausschuss.json");
    assert_eq!((texts(&json), &json["transcribe"]["complete"]), (lines(0..4), &json!(true)));
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    app.end();
}

#[test]
fn after_a_kill_it_is_there_and_its_sound_is_transcribed() {
    let place = four_turns();
    let gate = Gate::at(&place, [2]);
    let app = start(&place, "3");
    begin(&app, &english("Rat")).ok();
    let journal =
        || std::fs::read_to_string(place.path("data/recordings/1 Rat/.Rat.transcribe-live")).unwrap_or_default();
    wait_until(
        || format!("two lines are not in the journal: {}", journal()),
        || journal().matches("{\"line\":").count() >= 2,
    );
    app.kill();
    drop(gate);
    let app = start(&place, "0");
    let row = app.until_listed("id=\"job-1\"", "data-state=\"failed\"");
    assert!(row.contains("href=\"recordings/1\"") && row.contains("did not end properly"), "{row}");
    assert_eq!(place.files("data/recordings/1 Rat"), ["Rat.flac", "Rat.json"]);
    assert_eq!(texts(&place.json("data/recordings/1 Rat/Rat.json")), lines(0..2));
    assert!(app.get("recordings/1").ok().text().contains("is told 1 times"));
    assert!(app.get("live").ok().text().contains("id=\"begin\""));
    app.post("jobs/1/resume", b"").ok();
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    let json = place.json("data/recordings/1 Rat/Rat.json");
    assert_eq!(json["transcribe"]["complete"], true);
    assert!(texts(&json).starts_with(&lines(0..2)), "{}", texts(&json));
    app.end();
}

#[test]
fn the_end_of_the_application_is_the_end_of_the_session() {
    let place = four_turns();
    let app = start(&place, "2");
    begin(&app, &english("Rat")).ok();
    Events::of(&app).until(|data| data["kind"] == "settled");
    app.end();
    // On a busy machine, the application does not wait for the last word.
    assert_eq!(place.files("data/recordings/1 Rat"), ["Rat.flac", "Rat.json"]);
    let json = place.json("data/recordings/1 Rat/Rat.json");
    // The sound ends where it was heard last, perhaps within a line.
    assert!(lines(0..4).starts_with(texts(&json).trim()) && !texts(&json).is_empty(), "{}", texts(&json));
    let app = start(&place, "0");
    app.until_listed("id=\"job-1\"", "href=\"recordings/1\"");
    app.end();
}

#[test]
fn what_cannot_begin_leaves_nothing() {
    let place = four_turns();
    let app = AppServer::start(&place);
    let none = begin(&app, &json!({"device": "no microphone of this name"}));
    assert_eq!((none.code, &none.json()["error"]["code"]), (500, &json!("microphone_none")));
    let long = json!({"people": "x".repeat(64)}).to_string();
    for request in [long, "no request".into(), json!({"settings": {"options": {"output-dir": "/tmp"}}}).to_string()] {
        assert_eq!(app.post("live", request.as_bytes()).code, 400, "{request}");
    }
    assert_eq!(place.files("data/recordings"), [""; 0]);
    assert!(!app.get("list").ok().text().contains("<li"));
    app.end();
    let sound = std::fs::read(place.path("talk.wav")).unwrap();
    place.write("talk.wav", "no sound");
    let app = start(&place, "1");
    assert!(begin(&app, &english("Rat")).code >= 400);
    assert_eq!(place.files("data/recordings"), [""; 0]);
    // Nothing stands in the way of the next try.
    place.write("talk.wav", &sound);
    begin(&app, &english("Rat")).ok();
    app.end();
}

#[test]
fn captions_for_a_projector() {
    let place = four_turns();
    let gate = Gate::at(&place, [1]);
    let app = start(&place, "0");
    begin(&app, &english("Rat")).ok();
    let mut events = Events::of(&app);
    app.post("live/projector-here", b"").ok();
    let told = events.until(|data| data["projector"].is_string());
    let url = told["projector"].as_str().unwrap();
    let (at, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    assert!(at.starts_with("127.0.0.1:"), "{url}");
    let page = crate::app_server::raw(at.parse().unwrap(), "GET", &format!("/{path}"), &[&format!("Host: {at}")], b"");
    assert!(page.ok().text().contains("captions.js"));
    // It knows the token of the captions, and not that of the application.
    assert!(!url.contains(app.base.trim_matches('/')));
    drop(gate);
    events.until_status("recording", 1);
    app.end();
}
