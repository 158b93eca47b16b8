//! The web application over HTTP: from a recording to a transcript that is corrected, saved and deleted, and who can't hurt it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::app_server::{AppServer, form, open_council};
use crate::gate::Gate;
use crate::run::{Place, RECORDINGS, done};
use crate::running::wait_until;

fn jfk() -> Vec<u8> {
    fs::read(format!("{RECORDINGS}/jfk.flac")).unwrap()
}

/// Paths of all files in `data/recordings` and `data/incoming`.
fn kept(place: &Place) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec!["data/recordings".to_owned(), "data/incoming".to_owned()];
    while let Some(folder) = folders.pop() {
        for name in place.files(&folder) {
            let path = format!("{folder}/{name}");
            if place.path(&path).is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Changes of the first and the second segment, as a window sends them.
fn changes(place: &Place, texts: [Option<&str>; 2], names: &Value) -> Vec<u8> {
    let transcript = place.json("data/recordings/1 talk/talk.json");
    let recording = &transcript["transcribe"]["recording"];
    let places = [(0.5, 2.0, "Geheimnis at 500"), (3.3, 4.8, "Geheimnis at 3300")];
    let edit = |((start, end, before), text): ((f64, f64, &str), Option<&str>)| {
        let segment = json!({"start": start, "end": end, "text": text?});
        Some(json!({"start": start, "end": end, "before": before, "segments": [segment]}))
    };
    let edits: Vec<Value> = places.into_iter().zip(texts).filter_map(edit).collect();
    let recording = json!({"name": recording["name"], "sha256": recording["sha256"]});
    json!({"transcribe_edits": 1, "recording": recording, "names": names, "edits": edits}).to_string().into_bytes()
}

fn edits(place: &Place, text: &str) -> Vec<u8> {
    changes(place, [Some(text), None], &json!({}))
}

fn texts(place: &Place) -> Vec<String> {
    let transcript = place.json("data/recordings/1 talk/talk.json");
    let segments = transcript["segments"].as_array().unwrap().iter();
    segments.map(|segment| segment["text"].as_str().unwrap().trim().to_owned()).collect()
}

fn text(place: &Place) -> String {
    texts(place).remove(0)
}

#[test]
fn from_a_recording_to_a_file_and_to_nothing() {
    let place = Place::new();
    let app = AppServer::start(&place);
    assert!(app.get("").ok().text().contains("<h1>From recordings to text</h1>"));
    app.transcribe("talk.flac", &jfk());
    assert_eq!(kept(&place), ["data/recordings/1 talk/talk.flac", "data/recordings/1 talk/talk.json"]);
    let page = app.get("recordings/1").ok();
    assert!(page.text().contains("Geheimnis at 500") && page.text().contains("\"save\":\"1/edits?version="));
    // A player asks for parts.
    let part = app.ask("GET", "recordings/1/media", &["Range: bytes=4-99"], b"");
    assert_eq!((part.code, &part.body[..]), (206, &jfk()[4..100]));
    assert!(part.head.contains("content-type: audio/flac"), "{}", part.head);
    assert_eq!(app.get("recordings/1/media").ok().body, jfk());
    let draft = app.get("recordings/1/drafts/results.docx").ok();
    assert!(draft.body.starts_with(b"PK") && draft.head.contains("talk%2Eresults%2Edocx"), "{}", draft.head);
    let shares = app.get("recordings/1/drafts/participation.html").ok();
    assert!(shares.text().contains("talk.flac") && shares.text().contains("0:00:00–0:00:04"), "{}", shares.text());
    // What is not public is not counted.
    let closed = "[[agenda]]\nnumber = \"1\"\ntitle = \"Geheimes\"\npublic = false\nstart = \"0:00:03\"\n";
    fs::write(place.path("data/recordings/1 talk/meeting.toml"), closed).unwrap();
    let shares = app.get("recordings/1/drafts/participation.html").ok();
    assert!(shares.text().contains("0:00:00–0:00:02") && !shares.text().contains("Geheimes"), "{}", shares.text());
    assert_eq!(app.get("recordings/1/drafts/other.docx").code, 400);
    fs::write(place.path("data/recordings/1 talk/meeting.toml"), "persons = 3").unwrap();
    let broken = app.get("recordings/1/drafts/course.docx");
    assert_eq!((broken.code, &broken.json()["error"]["code"]), (400, &json!("meeting")), "{}", broken.text());
    // A draft is of the public part: nothing is written if nobody knows where the other is.
    let closed = "[[agenda]]\nnumber = 7\ntitle = \"Grundstück\"\npublic = false\n";
    fs::write(place.path("data/recordings/1 talk/meeting.toml"), closed).unwrap();
    for draft in ["results.docx", "verbatim.docx", "participation.html"] {
        let refused = app.get(&format!("recordings/1/drafts/{draft}"));
        assert!(refused.code != 200 && refused.text().contains("item `7`"), "{}", refused.text());
    }
    let known = format!("{closed}start = \"9:00:00\"\n");
    fs::write(place.path("data/recordings/1 talk/meeting.toml"), known).unwrap();
    assert!(!app.get("recordings/1/drafts/participation.html").ok().text().contains("Grundstück"));
    fs::remove_file(place.path("data/recordings/1 talk/meeting.toml")).unwrap();
    let word = app.get("recordings/1/export/docx").ok();
    assert!(word.body.starts_with(b"PK") && word.head.contains("filename*=UTF-8''talk%2Edocx"), "{}", word.head);
    assert!(app.get("recordings/1/export/srt").ok().text().starts_with("1\n00:00:00,500"));
    assert!(app.get("recordings/1/export/html").ok().text().contains("src=\"data:audio/ogg"));
    assert!(app.get("search?q=HEIMNIS").ok().text().contains("Ge<mark>heimnis</mark> at 500"));
    let what = app.get("recordings/1/delete").ok().text();
    assert!(what.contains("talk.flac") && what.contains("talk.json"), "{what}");
    assert_eq!(app.post("recordings/1/delete", b"").code, 303);
    assert_eq!(kept(&place), [""; 0]);
    assert!(!app.get("search?q=heimnis").ok().text().contains("Ge<mark>"));
    assert_eq!(app.get("recordings/1").code, 404);
    app.end();
    // Nothing of what was said is left in the database.
    for file in place.files("data").iter().filter(|name| name.starts_with("library")) {
        let bytes = fs::read(place.path(format!("data/{file}"))).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"Geheimnis"), "{file}");
    }
}

#[test]
fn only_who_knows_the_token_and_this_address_is_let_in() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let host = format!("Host: {}", app.at);
    let token = app.base.trim_matches('/');
    for path in ["/", "/list", "/x/", &format!("/{}/", "0".repeat(32)), &format!("/{token}0/"), &format!("//{token}/")]
    {
        let answer = app.raw("GET", path, &[&host], b"");
        assert!([403, 404].contains(&answer.code), "{path}: {}", answer.head);
        assert!(!answer.text().contains(token));
    }
    let (kind, body) = form("talk.flac", &jfk(), &json!({}));
    for (lines, expected) in [
        (vec!["Host: evil.example"], 403),
        (vec!["Host: 127.0.0.1:1"], 403),
        (vec![&*host, "Origin: http://evil.example"], 403),
        (vec![&*host, "Origin: null"], 403),
        (vec![&*host, "Sec-Fetch-Site: cross-site"], 403),
        (vec![&*host, "Sec-Fetch-Site: same-site"], 403),
    ] {
        let lines = [lines, vec![&*kind]].concat();
        assert_eq!(app.raw("POST", &format!("{}recordings", app.base), &lines, &body).code, expected, "{lines:?}");
        assert_eq!(app.raw("POST", &format!("{}stop", app.base), &lines, b"").code, expected, "{lines:?}");
    }
    assert_eq!(kept(&place), [""; 0]);
    for path in ["", "list", "about", "models", "folder", "search?q=abc", "nothing"] {
        let answer = app.get(path);
        for line in [
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin",
            "frame-ancestors 'none'",
            "cache-control: no-store",
        ] {
            assert!(answer.head.contains(line), "{path}: {}", answer.head);
        }
        assert!(!answer.head.contains("unsafe-inline"), "{path}");
    }
    app.end();
}

#[test]
fn the_same_recording_is_transcribed_once() {
    let place = Place::new();
    let gate = Gate::at(&place, [0]);
    let app = AppServer::start(&place);
    let settings = json!({"options": {"language": "en"}});
    let first = app.upload("talk.flac", &jfk(), &settings).ok().json();
    let again = app.upload("other name.flac", &jfk(), &settings).ok().json();
    assert_eq!([&first["joined"], &again["joined"]], [&json!(false), &json!(true)]);
    assert_eq!(first["job"], again["job"]);
    let other = app.upload("talk.flac", &jfk(), &json!({"options": {"language": "de"}})).ok().json();
    assert_ne!(first["job"], other["job"]);
    drop(gate);
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    assert_eq!(app.upload("talk.flac", &jfk(), &settings).ok().json(), json!({"job": 1, "joined": true}));
    assert_eq!(kept(&place).len(), 4, "{:?}", kept(&place));
    app.end();
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let (kind, body) = form("talk.flac", &jfk(), &json!({}));
    let head = format!(
        "POST {}recordings HTTP/1.1\r\nHost: {}\r\n{kind}\r\nContent-Length: {}\r\n\r\n",
        app.base,
        app.at,
        body.len()
    );
    let mut stream = TcpStream::connect(app.at).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body[..body.len() / 2]).unwrap();
    wait_until(|| "nothing came in".into(), || !kept(&place).is_empty());
    drop(stream);
    wait_until(|| format!("{:?}", kept(&place)), || kept(&place).is_empty());
    assert!(app.get("list").ok().text().contains("No transcripts yet."));
    app.end();
}

#[test]
fn a_form_without_an_end_takes_little_memory() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let head = format!(
        "POST {}recordings HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 1000000000\r\n\r\n",
        app.base, app.at
    );
    let field = "--edge\r\nContent-Disposition: form-data; name=\"other\"\r\n";
    for (begin, code) in [("--edge\r\nX: ".to_owned(), 400), (format!("{field}\r\n"), 400), (String::new(), 400)] {
        let mut stream = TcpStream::connect(app.at).unwrap();
        stream.set_read_timeout(Some(crate::running::LIMIT)).unwrap();
        stream.set_write_timeout(Some(crate::running::LIMIT)).unwrap();
        stream.write_all(format!("{head}{begin}").as_bytes()).unwrap();
        // The server hangs up long before a hundred of them.
        let refused = (0..100).find_map(|_| stream.write_all(&vec![b'a'; 1 << 20]).err()).expect(&begin);
        let waits = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut];
        assert!(!waits.contains(&refused.kind()), "it neither reads nor hangs up: {begin}");
        let mut answer = Vec::new();
        // Where it has hung up with something unread, the answer may be lost.
        if stream.read_to_end(&mut answer).is_ok() && !answer.is_empty() {
            assert!(answer.starts_with(format!("HTTP/1.1 {code}").as_bytes()), "{}", String::from_utf8_lossy(&answer));
        }
    }
    assert_eq!(kept(&place), [""; 0]);
    app.transcribe("talk.flac", &jfk());
    app.end();
}

#[test]
fn what_is_no_recording_costs_only_itself() {
    let place = Place::new();
    let app = AppServer::start(&place);
    for (name, content) in [("empty.wav", &b""[..]), ("text.wav", b"this is no sound at all, but text")] {
        let job =
            app.upload(name, content, &json!({"options": {"language": "en"}})).ok().json()["job"].as_i64().unwrap();
        let row = app.until_listed(&format!("id=\"job-{job}\""), "data-state=\"failed\"");
        assert!(row.contains("class=\"problem\"") && row.contains("Try again"), "{row}");
    }
    app.transcribe("talk.flac", &jfk());
    for wrong in [
        json!({"options": {"language": "klingon"}}),
        json!({"options": {"output-dir": "/tmp"}}),
        json!({"options": {"model": "../x"}}),
        json!({"options": {"nonsense": "1"}}),
        json!({"options": 7}),
        json!("settings"),
    ] {
        let answer = app.upload("talk.flac", &jfk(), &wrong);
        assert_eq!(answer.code, 400, "{wrong}: {}", answer.text());
    }
    assert_eq!(app.post("jobs/1/explode", b"").code, 400);
    assert_eq!(app.post("jobs/99/resume", b"").code, 404);
    app.end();
}

#[test]
fn hostile_names_are_only_names() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let names = ["../../../talk.flac", "<img src=x onerror=alert(1)>.flac", "a\"b\r\nX: y.flac", "CON.flac", ".."];
    for (n, name) in names.iter().enumerate() {
        // Other bytes, or it would be the same recording.
        app.transcribe(name, &[&jfk()[..], &vec![0; n]].concat());
    }
    assert!(kept(&place).iter().all(|path| path.starts_with("data/recordings/")), "{:?}", kept(&place));
    assert_eq!(kept(&place).len(), 2 * names.len());
    assert_eq!(place.files(""), ["data", "script.json"]);
    let list = app.get("").ok().text();
    assert!(!list.contains("<img") && list.contains("&lt;img src=x"), "{list}");
    assert!(app.get("recordings/2/export/txt").ok().head.contains("filename*=UTF-8''"));
    app.end();
}

#[test]
fn changes_are_saved_as_they_are_made_and_earlier_versions_stay() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.transcribe("talk.flac", &jfk());
    let save =
        |window: &str, text: &str| app.post(&format!("recordings/1/edits?session={window}"), &edits(&place, text));
    // A window goes on with its own version.
    for text in ["Ask", "Ask not", "Ask not what"] {
        let saved = save("a", text).ok().json();
        assert_eq!((&saved["elsewhere"], &saved["conflicts"]), (&json!(false), &json!(0)));
    }
    assert_eq!(text(&place), "Ask not what");
    let versions = app.get("recordings/1/versions").ok().text();
    assert_eq!(versions.matches("<li class=").count(), 2, "{versions}");
    // Another window, which had read the version before, has changed the same place.
    let other = save("b", "Something else").ok().json();
    assert_eq!(other["conflicts"], json!(1));
    assert_eq!(text(&place), "Ask not what", "nobody's work is lost");
    let first = versions.rsplit("versions/").next().unwrap().split('"').next().unwrap();
    assert_eq!(app.post(&format!("recordings/1/versions/{first}"), b"").code, 303);
    assert_eq!(text(&place), "Geheimnis at 500");
    // Whatever is sent that is no list of changes changes nothing.
    for (window, body) in [("a", &b"{}"[..]), ("a", b"no json"), ("a", b"\xff"), ("", b"{}"), ("a b", b"{}")] {
        let answer = app.post(&format!("recordings/1/edits?session={}", window.replace(' ', "%20")), body);
        assert_eq!(answer.code, 400, "{}", answer.text());
    }
    assert_eq!(text(&place), "Geheimnis at 500");
    app.end();
}

#[test]
fn two_windows_lose_nothing_of_each_other() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.transcribe("talk.flac", &jfk());
    let save = |window: &str, texts: [Option<&str>; 2], names: &Value| {
        let saved = app.post(&format!("recordings/1/edits?session={window}"), &changes(&place, texts, names));
        let saved = saved.ok().json();
        (saved["elsewhere"] == json!(true), saved["conflicts"].as_u64().unwrap())
    };
    let none = json!({});
    assert_eq!(save("a", [Some("Ask"), None], &none), (false, 0));
    // However often another window types in the same place, nothing of the first is overwritten, and it is told.
    for text in ["Some", "Something", "Something else"] {
        assert_eq!(save("b", [Some(text), None], &none), (false, 1));
        assert_eq!(texts(&place), ["Ask", "Geheimnis at 3300"]);
    }
    // One window after the other, each in a place of its own, and back.
    assert_eq!(save("c", [None, Some("Second")], &none), (false, 0));
    assert_eq!(save("a", [Some("Ask not"), None], &none), (true, 0));
    assert_eq!(texts(&place), ["Ask not", "Second"]);
    assert_eq!(save("a", [Some("Ask not what"), None], &none), (false, 0));
    assert_eq!(save("c", [None, Some("Second one")], &none), (true, 0));
    assert_eq!(texts(&place), ["Ask not what", "Second one"]);
    // Undone: the first place is as it was recognised, the second is not touched.
    assert_eq!(save("a", [None, None], &none), (true, 0));
    assert_eq!(texts(&place), ["Geheimnis at 500", "Second one"]);
    let first = place.json("data/recordings/1 talk/talk.json")["segments"][0].take();
    assert_eq!(first.get("edited"), None, "{first}");
    app.end();
}

#[test]
fn a_change_on_the_command_line_is_a_version_and_a_lost_file_comes_back() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.transcribe("talk.flac", &jfk());
    let file = place.path("data/recordings/1 talk/talk.json");
    place.write("edits.json", edits(&place, "From outside"));
    done(place.command("apply -q edits.json").arg(&file)).ok();
    assert!(app.get("recordings/1").ok().text().contains("From outside"));
    assert!(app.get("search?q=outside").ok().text().contains("From <mark>outside</mark>"));
    assert_eq!(app.get("recordings/1/versions").ok().text().matches("<li class=").count(), 2);
    fs::remove_file(&file).unwrap();
    let gone = app.get("recordings/1");
    assert_eq!(gone.code, 404);
    let restore = gone.text().split("action=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(app.post(&format!("recordings/{restore}"), b"").code, 303);
    assert_eq!(text(&place), "From outside");
    app.end();
}

#[test]
fn jobs_are_paused_cancelled_and_go_on() {
    let place = Place::new();
    let gate = Gate::at(&place, [1]);
    let app = AppServer::start(&place);
    let settings = json!({"options": {"language": "en"}});
    for n in 0..3 {
        app.upload(&format!("talk {n}.flac"), &[&jfk()[..], &vec![0; n]].concat(), &settings).ok();
    }
    app.until_listed("id=\"job-1\"", "data-state=\"running\"");
    app.post("jobs/3/first", b"").ok();
    app.post("jobs/2/cancel", b"").ok();
    app.post("queue/hold", b"").ok();
    app.until_listed("id=\"job-2\"", "data-state=\"cancelled\"");
    app.post("jobs/1/pause", b"").ok();
    drop(gate);
    app.until_listed("id=\"job-1\"", "data-state=\"paused\"");
    app.until_listed("id=\"job-3\"", "data-state=\"waiting\"");
    app.post("queue/go", b"").ok();
    app.until_listed("id=\"job-3\"", "data-state=\"done\"");
    app.post("jobs/1/resume", b"").ok();
    app.post("jobs/2/resume", b"").ok();
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    // Deleting ends the work.
    place.change(0, "endless", true);
    app.upload("talk 4.flac", &[&jfk()[..], b"4"].concat(), &settings).ok();
    app.until_listed("id=\"job-4\"", "data-state=\"running\"");
    assert_eq!(app.post("recordings/4/delete", b"").code, 303);
    app.until_listed("id=\"job-3\"", "data-state=\"done\"");
    assert!(!app.get("list").ok().text().contains("talk 4"));
    assert_eq!(kept(&place).len(), 6, "{:?}", kept(&place));
    app.end();
}

#[test]
fn after_a_crash_everything_goes_on_once() {
    let place = Place::new();
    let gate = Gate::at(&place, [1]);
    let app = AppServer::start(&place);
    let settings = json!({"options": {"language": "en"}});
    app.upload("one.flac", &jfk(), &settings).ok();
    app.upload("two.flac", &[&jfk()[..], b"x"].concat(), &settings).ok();
    app.until_listed("id=\"job-1\"", "data-state=\"running\"");
    let former = app.base.clone();
    app.kill();
    drop(gate);
    let app = AppServer::start(&place);
    // Whoever had the port in between may have been told the former token by a page that was open.
    assert_ne!(app.base, former);
    assert_eq!(app.raw("GET", &former, &[&format!("Host: {}", app.at)], b"").code, 403);
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    assert_eq!(kept(&place).len(), 4, "{:?}", kept(&place));
    app.end();
}

#[test]
fn the_address_of_an_application_that_was_killed_is_nobodys() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.kill();
    let serve = AppServer::of(&mut place.command("serve --listen 127.0.0.1:0 --data-dir data --scripted script.json"));
    assert_eq!(place.json("data/address.json")["process"], Value::Null);
    let second = place.run("serve --listen 127.0.0.1:0 --data-dir data");
    assert!(second.code == Some(2) && second.stderr.contains("works with"), "{}", second.stderr);
    serve.end();
}

#[test]
fn a_second_start_finds_the_first_and_another_ends_it() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let second = place.run("app --no-open --data-dir data");
    assert_eq!((second.code, second.stdout.trim()), (Some(0), &*app.url));
    let third = place.run("app --stop --data-dir data").ok();
    assert_eq!(third.stdout, "ended\n");
    app.ended();
    assert_eq!(place.run("app --stop --data-dir data").ok().stdout, "transcribe is not running\n");
    // What opens a browser gets a link that is good once.
    let app = AppServer::start(&place);
    let address = place.json("data/address.json");
    let address = transcribe::web::Address {
        url: address["url"].as_str().unwrap().into(),
        process: address["process"].as_u64().map(|number| number as u32),
    };
    let link = address.link_for_once();
    let path = link.strip_prefix(&format!("http://{}", app.at)).unwrap();
    let host = format!("Host: {}", app.at);
    let opened = app.raw("GET", path, &[&host], b"");
    assert!(opened.code == 303 && opened.head.contains(&format!("location: {}", app.base)), "{}", opened.head);
    assert_eq!(app.raw("GET", path, &[&host], b"").code, 403);
    app.end();
    // A port that is taken is an error only if it was asked for.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = place.run(&format!("app --no-open --data-dir data --port {port}"));
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--port PORT"), "{}", refused.stderr);
}

#[test]
fn a_folder_is_opened_where_it_is() {
    let place = Place::new();
    fs::create_dir(place.path("talks")).unwrap();
    place.recording("jfk.flac", "talks/one.flac");
    place.scripted("-q -l en -f json talks/one.flac").ok();
    place.recording("jfk.flac", "talks/two.flac");
    place.write("talks/other.json", "{\"a\": 1}");
    let app = AppServer::start(&place);
    let talks = fs::canonicalize(place.path("talks")).unwrap();
    let path = talks.to_str().unwrap().replace('/', "%2F");
    let page = app.get(&format!("folder?path={path}")).ok().text();
    assert!(page.contains("1 transcript, 1 recording without a transcript"), "{page}");
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let open = |also: &str| app.ask("POST", "folder", &form, format!("path={path}&also={also}").as_bytes());
    assert_eq!(open("false").code, 303);
    assert_eq!(open("false").code, 303, "once more changes nothing");
    assert!(app.get("recordings/1").ok().text().contains("Geheimnis at 500"));
    assert_eq!(app.get("list").ok().text().matches("<li class=").count(), 1);
    assert_eq!(open("true").code, 303);
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    assert_eq!(place.files("talks"), ["one.flac", "one.json", "other.json", "two.flac", "two.json"]);
    // Deleting leaves what is not ours.
    assert_eq!(app.post("recordings/1/delete", b"").code, 303);
    assert_eq!(place.files("talks").len(), 5);
    app.end();
}

#[test]
fn what_was_listened_to_again_stays_so_and_can_be_taken_back() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.transcribe("talk.flac", &jfk());
    let send = |window: &str, checked: &Value| {
        let mut told: Value = serde_json::from_slice(&changes(&place, [None, None], &json!({}))).unwrap();
        told["checked"] = checked.clone();
        app.post(&format!("recordings/1/edits?session={window}"), told.to_string().as_bytes())
    };
    let checked = || place.json("data/recordings/1 talk/talk.json")["transcribe"]["checked"].clone();
    let mark = |start: f64, done: bool| json!({"start": start, "end": start + 1.0, "done": done});
    send("a", &json!([mark(1.0, true), mark(2.0, true)])).ok();
    assert_eq!(checked(), json!([{"start": 1.0, "end": 2.0}, {"start": 2.0, "end": 3.0}]));
    // Another window marks another place; the first takes one of its own back.
    send("b", &json!([mark(5.0, true)])).ok();
    send("a", &json!([mark(2.0, true)])).ok();
    assert_eq!(checked(), json!([{"start": 2.0, "end": 3.0}, {"start": 5.0, "end": 6.0}]));
    assert!(app.get("recordings/1").ok().text().contains("\"checked\":[[2000,3000],[5000,6000]]"));
    send("c", &json!([mark(2.0, false)])).ok();
    assert_eq!(checked(), json!([{"start": 5.0, "end": 6.0}]));
    assert_eq!(send("d", &json!([{"start": -3, "end": 1, "done": true}])).code, 400);
    app.end();
}

/// A form with the field `text`, as a browser sends it.
fn entered(app: &AppServer, path: &str, text: &str) -> crate::app_server::Reply {
    let body: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    app.ask("POST", path, &["Content-Type: application/x-www-form-urlencoded"], format!("text={body}").as_bytes())
}

const MEETING: &str =
    "body = \"Rat Lindenau\"\ndate = 2026-09-14\nglossary = [\"Geheimbund\"]\n[[person]]\nname = \"Anna Vogt\"\n";

#[test]
fn data_of_a_meeting_are_checked_kept_and_used() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let check = |text: &str| app.post("meeting", text.as_bytes());
    let known = check(MEETING).ok().json()["text"].as_str().unwrap().to_owned();
    assert_eq!(known, "Rat Lindenau · 14 Sep 2026 · 1 person · 2 names and terms");
    let oparl =
        r#"{"type": "https://schema.oparl.org/1.1/Meeting", "agendaItem": [{"number": "1", "name": "Haushalt"}]}"#;
    assert_eq!(check(oparl).ok().json()["text"], "1 item on the agenda");
    for (text, part) in [
        ("body = \"x\"\ndate = 1", "line 2, `date`"),
        ("persons_file = \"/etc/passwd\"", "`persons_file`"),
        ("oparl_file = \"x.json\"", "`oparl_file`"),
        ("languages = [\"klingon\"]", "klingon"),
        ("glossary = [\"A: B\", \"C: B\"]", "`glossary`"),
        ("{\"type\": 3", "meeting.toml"),
        (&format!("title = \"{}\"", "x".repeat(1 << 20)), "larger than"),
        ("\0", "line 1"),
    ] {
        let refused = check(text);
        let error = &refused.json()["error"];
        assert_eq!((refused.code, &error["code"]), (400, &json!("meeting")), "{}", refused.text());
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    let broken = app.upload("talk.flac", &jfk(), &json!({"meeting": "date = 1"}));
    assert_eq!((broken.code, kept(&place).len()), (400, 0), "{}", broken.text());
    app.upload("talk.flac", &jfk(), &json!({"options": {"language": "en"}, "meeting": MEETING})).ok();
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    let file = "data/recordings/1 talk/meeting.toml";
    assert_eq!(place.read(file), MEETING);
    let transcript = place.json("data/recordings/1 talk/talk.json");
    assert_eq!(transcript["transcribe"]["settings"]["glossary"]["file"], "meeting.toml", "{transcript}");
    let page = app.get("recordings/1/meeting").ok().text();
    assert!(page.contains("Rat Lindenau · 14 Sep 2026") && page.contains("Geheimbund"), "{page}");
    // What can't be used changes nothing, and is not lost.
    let refused = entered(&app, "recordings/1/meeting", "</textarea><script>\ndate = 1");
    assert_eq!((refused.code, place.read(file)), (400, MEETING.to_owned()));
    let text = refused.text();
    assert!(text.contains("line 1") && text.contains("&lt;/textarea&gt;&lt;script&gt;"), "{text}");
    assert_eq!(entered(&app, "recordings/1/meeting", "number = \"4\"\r\nbody = \"Rat\"\r\n").code, 303);
    assert_eq!(place.read(file), "number = \"4\"\nbody = \"Rat\"\n");
    // What is deleted is named first.
    let asked = entered(&app, "recordings/1/meeting", " ").ok().text();
    let path = fs::canonicalize(place.path(file)).unwrap();
    assert!(asked.contains(&format!("The file {} will be deleted.", path.display())), "{asked}");
    assert!(!asked.contains("all recordings in this folder") && place.path(file).exists());
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(app.ask("POST", "recordings/1/meeting", &form, b"text=&sure=true").code, 303);
    assert!(!place.path(file).exists());
    assert!(app.get("recordings/1/meeting").ok().text().contains("# body = "), "there is a form to fill in");
    assert_eq!(entered(&app, "recordings/9/meeting", "").code, 404);
    app.end();
}

#[test]
fn a_meeting_beside_a_recording_is_used_and_a_broken_one_is_named() {
    let place = Place::new();
    fs::create_dir(place.path("talks")).unwrap();
    place.recording("jfk.flac", "talks/one.flac");
    place.write("talks/meeting.toml", "date = 1");
    let app = AppServer::start(&place);
    let path = fs::canonicalize(place.path("talks")).unwrap().to_str().unwrap().replace('/', "%2F");
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(app.ask("POST", "folder", &form, format!("path={path}&also=true").as_bytes()).code, 303);
    let row = app.until_listed("id=\"job-1\"", "data-state=\"failed\"");
    assert!(row.contains("line 1, `date`"), "{row}");
    let page = app.get("recordings/1/meeting").ok().text();
    assert!(page.contains("id=\"wrong\"") && page.contains("date = 1"), "{page}");
    // In German, the reason is, too.
    let german = ["Accept-Language: de"];
    for page in ["", "recordings/1/meeting"].map(|path| app.ask("GET", path, &german, b"").ok().text()) {
        assert!(page.contains("Zeile 1, `date`: kein Tag, wie `2026-11-22` oder `22.11.2026`"), "{page}");
    }
    let told = app.ask("POST", "meeting", &german, b"kind = \"zoom\"");
    assert_eq!(
        told.json()["error"]["german"],
        "`meeting.toml`: Zeile 1, `kind`: möglich sind `presence`, `hybrid`, `video`"
    );
    assert_eq!(entered(&app, "recordings/1/meeting", MEETING).code, 303);
    app.post("jobs/1/resume", b"").ok();
    app.until_listed("id=\"job-1\"", "data-state=\"done\"");
    // The folder is not ours, and what is in it may be of others, too.
    let asked = entered(&app, "recordings/1/meeting", "").ok().text();
    assert!(asked.contains("It belongs to all recordings in this folder."), "{asked}");
    assert_eq!(place.read("talks/meeting.toml"), MEETING);
    app.end();
}

/// A gate at the second line of the script, for the jobs that come.
fn hold(place: &Place) -> Gate {
    Gate::at(place, [1])
}

#[test]
fn what_is_transcribed_again_keeps_names_and_changes_and_costs_nothing_if_it_fails() {
    let place = Place::new();
    let app = AppServer::start(&place);
    app.transcribe("talk.flac", &jfk());
    let change = changes(&place, [Some("Geheimnis, corrected"), None], &json!({}));
    app.ask("POST", "recordings/1/edits?session=a", &[], &change).ok();
    let german = json!({"options": {"language": "de"}}).to_string();
    let language = || place.json("data/recordings/1 talk/talk.json")["transcribe"]["settings"]["languages"].clone();
    let versions = || app.get("recordings/1/versions").ok().text().matches("<li").count();
    let before = (language(), texts(&place), versions());
    assert_eq!(before.0, json!(["en"]));
    // It begins, and is cancelled in the middle: it goes on until it hears of it.
    place.change(1, "endless", true);
    let mut gate = hold(&place);
    assert_eq!(app.post("recordings/1/again", german.as_bytes()).ok().json()["job"], 2);
    gate.reached();
    let row = app.until_listed("id=\"job-2\"", "data-state=\"running\"");
    assert!(row.contains("href=\"recordings/1\""), "it can be read meanwhile: {row}");
    assert!(app.get("recordings/1/again").ok().text().contains("or waits for it"));
    let twice = app.post("recordings/1/again", german.as_bytes());
    assert_eq!((twice.code, &twice.json()["error"]["code"]), (409, &json!("busy")));
    app.post("jobs/2/cancel", b"").ok();
    drop(gate);
    let row = app.until_listed("id=\"job-2\"", "data-state=\"cancelled\"");
    assert!(row.contains("a complete text is there") && row.contains("href=\"recordings/1\""), "{row}");
    assert_eq!((language(), texts(&place), versions()), before);
    assert_eq!(app.get("list").ok().text().matches("<li class=").count(), 1, "it is one recording");
    place.change(1, "endless", false);
    // The application is killed in the middle; and what is changed meanwhile is not taken for the end of the work.
    let mut gate = hold(&place);
    app.post("jobs/2/resume", b"").ok();
    gate.reached();
    let change = changes(&place, [Some("Geheimnis, corrected"), Some("Geheimnis, too")], &json!({}));
    app.ask("POST", "recordings/1/edits?session=b", &[], &change).ok();
    app.kill();
    drop(gate);
    let app = AppServer::start(&place);
    app.until_listed("id=\"job-2\"", "data-state=\"done\"");
    assert_eq!(language(), json!(["de"]));
    assert_eq!(texts(&place)[..2], ["Geheimnis, corrected", "Geheimnis, too"]);
    assert!(app.get("recordings/1/versions").ok().text().matches("<li").count() > before.2);
    // What it was like before is asked for again, and is not what is there now.
    let english = json!({"options": {"language": "en"}});
    assert_eq!(app.upload("talk.flac", &jfk(), &english).ok().json()["joined"], false);
    let wrong = app.post("recordings/1/again", json!({"options": {"language": "x"}}).to_string().as_bytes());
    assert_eq!(wrong.code, 400);
    fs::remove_file(place.path("data/recordings/1 talk/talk.flac")).unwrap();
    assert_eq!(app.post("recordings/1/again", german.as_bytes()).json()["error"]["code"], "not_found");
    assert!(app.get("recordings/1/again").ok().text().contains("role=\"alert\""));
    app.end();
}

#[test]
fn findings_are_decided_and_drafts_and_the_command_line_follow() {
    let place = Place::new();
    let app = AppServer::start(&place);
    open_council(&app, &place);
    let page = || app.get("recordings/1/minutes").ok().text();
    let draft = || app.get("recordings/1/drafts/results.docx").ok().body;
    let state = |id: &str| {
        let page = page();
        let row = page.split("<li").find(|row| row.contains(&format!("id=\"{id}\""))).expect("the finding").to_owned();
        row.split("data-state=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let decide = |fields: &str| {
        let form = ["Content-Type: application/x-www-form-urlencoded"];
        app.ask("POST", "recordings/1/minutes", &form, fields.replace('@', "%40").as_bytes())
    };
    assert!(page().contains("10 of 10 findings"), "{}", page());
    // Questions are decided like all others.
    let question =
        page().split("id=\"name-question@").nth(1).expect("a question").split('"').next().unwrap().to_owned();
    let question = format!("question@{question}");
    assert!(page().contains("<h2>Questions</h2>") && page().contains(">Question "), "{}", page());
    assert_eq!(decide(&format!("id={question}&decision=edit&text=Was+kostet+es%3F")).code, 303);
    assert_eq!(state(&question), "edited");
    assert!(page().contains(">Was kostet es?<"));
    assert_eq!(decide(&format!("id={question}&decision=open")).code, 303);
    let before = draft();
    assert_eq!(decide("id=vote@94240&decision=reject").code, 303);
    assert_eq!(decide("id=task@154040&decision=accept").code, 303);
    assert_eq!([state("vote@94240"), state("task@154040")], ["rejected", "accepted"]);
    assert!(page().contains("8 of 10 findings"));
    assert_ne!(draft(), before);
    let corrected =
        "id=vote@107640&decision=edit&subject=Vorlage+<b>&outcome=rejected&yes=9&no=12&abstained=&text=&who=";
    assert_eq!(decide(corrected).code, 303);
    assert!(page().contains("Subject: Vorlage &lt;b&gt;") && page().contains("No: 12"), "{}", page());
    // What does not change keeps its day.
    assert_eq!(
        decide("id=task@74480&decision=edit&who=Bauhof&until=bis+Ende+September&until_before=bis+Ende+September").code,
        303
    );
    place.run("minutes -q council/sitzung.json --meeting council/meeting.toml --edits council/sitzung.decisions.json -f json").ok();
    let findings = place.json("council/sitzung.findings.json");
    let of = |id: &str| findings["findings"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert_eq!(of("vote@94240")["state"], "rejected");
    let vote = of("vote@107640");
    assert_eq!(
        [&vote["outcome"], &vote["yes"], &vote["no"], &vote["subject"]],
        [&json!("rejected"), &json!(9), &json!(12), &json!("Vorlage <b>")]
    );
    assert_eq!([&of("task@74480")["who"], &of("task@74480")["due"]], ["Bauhof", "2026-09-30"]);
    // What is no decision changes nothing.
    let kept = place.read("council/sitzung.decisions.json");
    for wrong in [
        "id=vote@94240&decision=maybe",
        "id=&decision=accept",
        "decision=reject",
        "id=vote@1&decision=edit&no=-1",
        "id=vote@1&decision=edit&outcome=lost",
    ] {
        assert_eq!(decide(wrong).code, 400, "{wrong}");
    }
    assert_eq!(place.read("council/sitzung.decisions.json"), kept);
    for id in ["vote@94240", "task@154040", "vote@107640", "task@74480"] {
        assert_eq!(decide(&format!("id={id}&decision=open")).code, 303);
    }
    assert_eq!(draft(), before, "all is taken back");
    // What somebody has broken is not replaced.
    place.write("council/sitzung.decisions.json", "{");
    assert!(decide("id=vote@94240&decision=reject").code >= 400 && app.get("recordings/1/minutes").code >= 400);
    assert_eq!(place.read("council/sitzung.decisions.json"), "{");
    for strange in [r#"{"transcribe_edits": 1, "edits": [], "minutes": {"vote@94240": "reject"}}"#, "[]"] {
        place.write("council/sitzung.decisions.json", strange);
        let answer = decide("id=vote@94240&decision=reject");
        assert!(answer.code >= 400 && answer.text().contains("sitzung.decisions.json"), "{}", answer.text());
        assert_eq!(place.read("council/sitzung.decisions.json"), strange);
    }
    app.end();
}

#[test]
fn a_token_is_shown_once_lets_a_program_in_and_is_revoked() {
    let place = Place::new();
    let app = AppServer::start(&place);
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let send = |path: &str, body: &str| app.ask("POST", path, &form, body.as_bytes());
    let models = |token: &str| {
        let head = [format!("Host: {}", app.at), format!("Authorization: Bearer {token}")];
        app.raw("GET", "/v1/models", &head.each_ref().map(String::as_str), b"").code
    };
    assert!(app.get("about").ok().text().contains("href=\"tokens\""));
    assert!(app.get("tokens").ok().text().contains(&format!("http://{}/v1", app.at)));
    let made = send("tokens", "name=+n8n+%3Cb%3E").ok().text();
    let token = made.split("id=\"token\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(token.starts_with("transcribe-") && made.contains("n8n &lt;b&gt;"), "{made}");
    assert_eq!(models(&token), 200);
    let page = app.get("tokens").ok().text();
    assert!(page.contains("n8n &lt;b&gt;") && !page.contains(&token));
    for name in ["n8n+%3Cb%3E", "", "%0A", &"x".repeat(61)] {
        let refused = send("tokens", &format!("name={name}"));
        assert!(refused.code == 400 && refused.text().contains("id=\"refused\""), "{name}: {}", refused.code);
    }
    assert_eq!(send("tokens/revoke", "name=n8n+%3Cb%3E").code, 303);
    assert_eq!(send("tokens/revoke", "name=n8n+%3Cb%3E").code, 303, "once more changes nothing");
    assert_eq!(models(&token), 401);
    assert!(app.get("tokens").ok().text().contains("No program has access."));
    app.end();
}
