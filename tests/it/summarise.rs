//! `transcribe summarise` with servers that answer well, badly and not at all.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::run::{Done, Place};

const TALK: &str = "WEBVTT

00:00:00.000 --> 00:00:09.000
<v Anna Lang>Geheimnis: Wir haben zwölf Ja-Stimmen. Damit ist der Antrag angenommen.

00:00:10.000 --> 00:00:19.000
<v Bert Koch>Der Rat soll beschließen, drei Bäume zu pflanzen.
";

/// A server that answers requests one after the other, by a function of path and body, and keeps what was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

/// Status and body; `None`: nothing is answered, and the connection stays open.
type Answer = Option<(u16, String)>;

impl Server {
    fn new(answer: impl Fn(&str, &Value, usize) -> Answer + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            let mut silent = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let Some((path, body)) = request(&connection) else { continue };
                let count = seen.lock().unwrap().iter().filter(|(other, _): &&(String, Value)| *other == path).count();
                seen.lock().unwrap().push((path.clone(), body.clone()));
                match answer(&path, &body, count) {
                    Some((status, text)) => {
                        let length = text.len();
                        write!(
                            connection,
                            "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
                        )
                        .ok();
                    }
                    None => silent.push(connection),
                }
            }
        });
        Server { url, asked }
    }

    /// One that is Ollama, and writes these sentences.
    fn ollama(sentences: Value) -> Server {
        Server::new(move |path, body, _| {
            Some(match path {
                "/api/version" => (200, json!({"version": "0.9"}).to_string()),
                "/api/show" => (200, json!({"details": {}}).to_string()),
                _ => (200, chat(body, &sentences)),
            })
        })
    }

    fn asked(&self, path: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(other, _)| other == path).map(|(_, body)| body.clone()).collect()
    }
}

fn request(connection: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(connection);
    let (mut head, mut line) = (Vec::new(), String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        head.push(line.trim().to_owned());
        line.clear();
    }
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let length = head
        .iter()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).unwrap_or_default()))
}

/// The code that stands at the beginning of the prompt.
fn code(body: &Value) -> String {
    let prompt = body["messages"][0]["content"].as_str().unwrap();
    prompt.lines().next().unwrap().strip_prefix("code: ").unwrap().to_owned()
}

fn content(body: &Value, sentences: &Value) -> String {
    json!({"code": code(body), "sentences": sentences}).to_string()
}

fn chat(body: &Value, sentences: &Value) -> String {
    json!({"message": {"content": content(body, sentences)}, "done_reason": "stop"}).to_string()
}

fn completion(content: &str) -> (u16, String) {
    (200, json!({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}).to_string())
}

fn good() -> Value {
    json!([{"text": "Der Antrag ist mit 12 Ja-Stimmen angenommen.", "segments": [1], "quote": ""}])
}

fn summarised(server: &str, options: &str) -> (Place, Done) {
    let place = Place::new();
    place.write("talk.vtt", TALK);
    let model = if options.contains("--model") { "" } else { "--model m" };
    let done = place.run(&format!("summarise talk.vtt --server {server} {model} --ui-language de {options}"));
    assert!(!done.stderr.contains("Geheimnis") && !done.stderr.contains("Ja-Stimmen"), "{}", done.stderr);
    (place, done)
}

fn failed(server: &Server, options: &str, what: &str) {
    let (place, done) = summarised(&server.url, options);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stderr.contains(what), "{}", done.stderr);
    assert!(!place.path("talk.summary.md").exists());
}

#[test]
fn a_good_server_gets_what_it_needs() {
    let server = Server::ollama(good());
    let (place, done) = summarised(&server.url, "-f md,html,docx");
    assert_eq!(done.code, Some(0), "{done:?}");
    let text = place.read("talk.summary.md");
    assert!(text.contains("- Der Antrag ist mit 12 Ja-Stimmen angenommen. (0:00:00 Anna Lang)"), "{text}");
    assert!(text.contains("Von einem Sprachmodell geschrieben") && !text.contains("nicht belegt"), "{text}");
    assert!(place.path("talk.summary.docx").exists() && place.path("talk.summary.html").exists());
    let [body] = &server.asked("/api/chat")[..] else { panic!("one request") };
    assert_eq!((&body["options"]["num_ctx"], &body["options"]["temperature"]), (&4_096.into(), &0.into()));
    assert_eq!((&body["stream"], &body["format"]["type"]), (&false.into(), &"object".into()));
    let prompt = body["messages"][0]["content"].as_str().unwrap();
    assert!(prompt.contains("[2] Bert Koch: Der Rat soll beschließen"), "{prompt}");
}

#[test]
fn what_is_not_in_the_transcript_is_marked() {
    let lies = json!([
        {"text": "Der Antrag ist mit 13 Ja-Stimmen angenommen.", "segments": [1]},
        {"text": "Es wurde beschlossen, drei Bäume zu pflanzen.", "segments": [2]},
        {"text": "Herr Meyer ist dagegen.", "segments": [2]},
        {"text": "Er sagt: „Bäume sind teuer“.", "segments": [2], "quote": "Bäume sind teuer"},
        {"text": "Das ist alles.", "segments": [9]},
    ]);
    let (place, done) = summarised(&Server::ollama(lies).url, "");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("5 sentences, 5 not supported"), "{}", done.stderr);
    let text = place.read("talk.summary.md");
    for mark in ["Zahl", "Beschluss", "Name", "Zitat", "nennt keine Stelle"] {
        assert!(text.contains(&format!("nicht belegt: {mark}")), "{mark}: {text}");
    }
}

#[test]
fn a_server_that_drops_the_beginning_is_found_out() {
    let server = Server::new(|path, _, _| {
        Some(match path {
            "/v1/chat/completions" => completion(&json!({"code": "?", "sentences": good()}).to_string()),
            _ => (404, String::new()),
        })
    });
    failed(&server, "", "did not get the whole text");
    let cut = Server::new(|path, body, _| {
        Some(match path {
            "/v1/chat/completions" => (
                200,
                json!({"choices": [{"message": {"content": content(body, &good())}, "finish_reason": "length"}]})
                    .to_string(),
            ),
            _ => (404, String::new()),
        })
    });
    failed(&cut, "", "cut off");
}

#[test]
fn a_server_that_knows_no_schema_is_asked_otherwise() {
    let server = Server::new(|path, body, _| {
        Some(match (path, body["response_format"]["type"].as_str()) {
            ("/v1/chat/completions", Some("json_schema")) => (400, "{}".into()),
            ("/v1/chat/completions", Some("json_object")) => completion("Gern! Hier ist es: {\"code\":"),
            ("/v1/chat/completions", None) => completion(&format!("Gern:\n```json\n{}\n```", content(body, &good()))),
            _ => (404, String::new()),
        })
    });
    let (place, done) = summarised(&server.url, "");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(place.read("talk.summary.md").contains("12 Ja-Stimmen"));
    assert_eq!(server.asked("/v1/chat/completions").len(), 3);
}

#[test]
fn broken_answers_and_other_languages_are_no_summary() {
    let broken = Server::new(|path, _, _| {
        Some(match path {
            "/v1/chat/completions" => completion("{\"code\": [}"),
            _ => (404, String::new()),
        })
    });
    failed(&broken, "", "did not answer as it was asked to");
    let no_json =
        Server::new(|path, _, _| Some((if path == "/v1/chat/completions" { 200 } else { 404 }, "<html>".into())));
    failed(&no_json, "", "did not answer as it was asked to");
    let english = json!([{"text": "The motion was adopted with 12 votes and that is it.", "segments": [1]}]);
    failed(&Server::ollama(english), "", "another language");
    failed(&Server::new(|_, _, _| Some((500, String::new()))), "", "status 500");
}

#[test]
fn a_slow_server_and_one_that_is_gone_end_the_work() {
    let slow = Server::new(|path, _, _| (path != "/v1/chat/completions").then(|| (404, String::new())));
    failed(&slow, "--timeout 1", "takes too long");
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_, done) = summarised(&format!("http://{address}"), "");
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("no server answers at"), "{}", done.stderr);
}

#[test]
fn nothing_leaves_this_computer() {
    for server in ["http://192.168.0.10:11434", "https://api.example.org", "http://localhost.example.org"] {
        let (_, done) = summarised(server, "");
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.stderr.contains("no address of this computer"), "{}", done.stderr);
    }
    let server = Server::ollama(good());
    let (_, done) = summarised(&server.url, "--model gpt-oss:120b-cloud");
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("runs in a cloud") && server.asked("/api/version").is_empty(), "{}", done.stderr);
    // A model of a cloud under another name.
    let remote = Server::new(|path, _, _| {
        Some((
            200,
            match path {
                "/api/version" => json!({"version": "0.9"}).to_string(),
                _ => json!({"remote_host": "https://example.org", "remote_model": "x"}).to_string(),
            },
        ))
    });
    let (_, done) = summarised(&remote.url, "");
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("runs in a cloud"), "{}", done.stderr);
    assert!(remote.asked("/api/chat").is_empty());
    // Where the server says to go elsewhere, nobody goes.
    let elsewhere =
        Server::new(|path, _, _| Some((if path == "/v1/chat/completions" { 307 } else { 404 }, String::new())));
    failed(&elsewhere, "", "status 307");
}
