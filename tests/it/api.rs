//! OpenAI's audio API: what programs get that speak it, as they were watched to ask.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use transcribe::app::library::{JobKey, JobSettings, JobState, Library, Queue, Requester, Runner, Tokens};
use transcribe::models::Store;
use transcribe::web::{ApiOptions, Server, WebOptions};

use crate::app_server::{AppServer, Reply, raw, reply};
use crate::gate::Gate;
use crate::run::{Place, RECORDINGS, write_wav};
use crate::running::{LIMIT, wait_until};

const SAID: &str = "Geheimnis at 500 Geheimnis at 3300";
const TRANSCRIPTIONS: &str = "/v1/audio/transcriptions";

fn jfk() -> Vec<u8> {
    fs::read(format!("{RECORDINGS}/jfk.flac")).unwrap()
}

/// The API, served by this process.
struct Api {
    server: Option<Server>,
    queue: Arc<Queue>,
    at: SocketAddr,
    token: String,
}

impl Api {
    fn start(place: &Place) -> Api {
        Api::with(place, ApiOptions::default())
    }

    fn with(place: &Place, api: ApiOptions) -> Api {
        Api::that_keeps(Duration::from_secs(86_400), place, api)
    }

    fn that_keeps(keep: Duration, place: &Place, api: ApiOptions) -> Api {
        let folder = place.path("data");
        let tokens = Tokens::of(&folder);
        tokens.revoke("test").ok();
        let token = tokens.add("test").unwrap();
        let runner = Runner {
            program: env!("CARGO_BIN_EXE_transcribe").into(),
            arguments: vec!["--scripted".into(), place.path("script.json").into()],
            needs_model: false,
            most_at_once: Some(1),
            keep_uploads: keep,
        };
        let queue = Queue::start(Arc::new(Library::open(&folder).unwrap()), runner).unwrap();
        let options = WebOptions { api_only: true, api, ..WebOptions::default() };
        let server = Server::start("127.0.0.1:0".parse().unwrap(), &queue, options).unwrap();
        let at = server.root().trim_start_matches("http://").parse().unwrap();
        Api { server: Some(server), queue, at, token }
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    fn ask(&self, method: &str, path: &str, head: &[&str], body: &[u8]) -> Reply {
        raw(self.at, method, path, &[&["Host: transcribe.example", &*self.bearer()], head].concat(), body)
    }

    fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    fn post(&self, path: &str, parts: &[Part<'_>]) -> Reply {
        self.ask("POST", path, &[EDGE], &form(parts))
    }

    /// A request of which nothing is read yet.
    fn begin(&self, path: &str, parts: &[Part<'_>]) -> TcpStream {
        let mut stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let body = form(parts);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\n{}\r\n{EDGE}\r\nContent-Length: {}\r\n\r\n",
            self.bearer(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        stream
    }

    /// Waits until this holds of the jobs of the library, which are told by their states.
    #[track_caller]
    fn until(&self, states: &[(JobState, usize)]) {
        let library = self.queue.library();
        let counts = || states.iter().map(|(state, _)| library.count(&[*state]).unwrap()).collect::<Vec<_>>();
        let wanted: Vec<usize> = states.iter().map(|(_, count)| *count).collect();
        wait_until(|| format!("{states:?}, but {:?}", counts()), || counts() == wanted);
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.take();
        self.queue.close();
    }
}

/// Holds recognisers at this line, wherever they run.
fn gate(place: &Place, line: usize) -> Gate {
    let gate = Gate::at(place, [line]);
    place.change(line, "gate", &*place.path("home/gate").to_string_lossy());
    gate
}

/// Name, file name, content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

const EDGE: &str = "Content-Type: multipart/form-data; boundary=edge";

fn text<'a>(name: &'a str, value: &'a str) -> Part<'a> {
    (name, None, value.as_bytes())
}

fn file(content: &[u8]) -> Part<'_> {
    ("file", Some("talk.flac"), content)
}

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        write!(body, "--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").unwrap();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) -> Value {
    assert_eq!(reply.code, status, "{}: {}", reply.head, reply.text());
    let error = reply.json()["error"].take();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].is_string() && error["type"].is_string(), "{error}");
    let retry = reply.head.contains("x-should-retry: false");
    assert_eq!(retry, ![429, 503].contains(&status), "{}", reply.head);
    error
}

/// Paths of all files of recordings, whole or on their way.
fn kept(place: &Place) -> Vec<String> {
    let own = place.files("data/recordings").into_iter();
    own.flat_map(|folder| place.files(&format!("data/recordings/{folder}")))
        .chain(place.files("data/incoming"))
        .collect()
}

#[test]
fn each_response_format_has_what_clients_expect() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    let ask = |fields: &[(&str, &str)]| {
        let mut parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| text(name, value)).collect();
        parts.push(file(&recording));
        api.post(TRANSCRIPTIONS, &parts).ok()
    };
    let plain = ask(&[("model", "whisper-1")]);
    assert!(plain.head.contains("content-type: application/json"), "{}", plain.head);
    assert_eq!(plain.json(), json!({"text": SAID, "usage": {"type": "duration", "seconds": 11}}));
    assert_eq!(ask(&[("response_format", "json"), ("temperature", "0")]).json()["text"], SAID);
    let words = ask(&[("response_format", "text")]);
    assert_eq!(words.text(), format!("{SAID}\n"));
    assert!(words.head.contains("content-type: text/plain; charset=utf-8"), "{}", words.head);
    let srt = ask(&[("response_format", "srt")]).text();
    assert!(srt.starts_with("1\n00:00:00,500 --> ") && srt.contains("Geheimnis at 500"), "{srt}");
    let vtt = ask(&[("response_format", "vtt")]);
    assert!(vtt.text().starts_with("WEBVTT\n") && vtt.head.contains("content-type: text/vtt"), "{}", vtt.text());

    let verbose = ask(&[("response_format", "verbose_json")]).json();
    assert_eq!(verbose["task"], "transcribe");
    assert_eq!(verbose["language"], "english");
    assert_eq!(verbose["text"], SAID);
    assert!(verbose["duration"].as_f64().unwrap() > 10.9 && verbose.get("words").is_none());
    let segments = verbose["segments"].as_array().unwrap();
    let names: Vec<&str> = segments[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "seek",
        "start",
        "end",
        "text",
        "tokens",
        "temperature",
        "avg_logprob",
        "compression_ratio",
        "no_speech_prob",
    ];
    assert_eq!(names, expected);
    assert_eq!((&segments[0]["start"], &segments[0]["text"]), (&json!(0.5), &json!(" Geheimnis at 500")));

    let words = ask(&[
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
    ]);
    let words = words.json()["words"].take();
    assert_eq!(words[0], json!({"word": "Geheimnis", "start": 0.5, "end": 1.0}));
    assert_eq!(words.as_array().unwrap().len(), 6);

    let diarized = ask(&[("response_format", "diarized_json"), ("model", "gpt-4o-transcribe-diarize")]).json();
    assert_eq!(diarized["segments"][0]["type"], "transcript.text.segment");
    assert_eq!((&diarized["segments"][0]["id"], &diarized["text"]), (&json!("seg_0"), &json!(SAID)));
    assert!(diarized["segments"][0]["speaker"].is_string());

    let translated =
        api.post("/v1/audio/translations", &[file(&recording), text("response_format", "verbose_json")]).ok();
    let translated = translated.json();
    assert_eq!((&translated["task"], &translated["language"]), (&json!("translate"), &json!("english")));
    // One job each for transcribing, telling voices apart, translating.
    api.until(&[(JobState::Done, 3)]);
}

#[test]
fn without_a_token_nothing_is_told() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    let lines =
        ["", "Authorization: Bearer", "Authorization: Bearer x", &format!("Authorization: Basic {}", api.token)];
    for (method, path) in [
        ("POST", TRANSCRIPTIONS),
        ("POST", "/v1/audio/translations"),
        ("GET", "/v1/models"),
        ("GET", "/v1/models/whisper-1"),
        ("GET", "/v1/nothing"),
        ("OPTIONS", "/v1/models"),
    ] {
        for line in lines {
            let head = ["Host: x", EDGE, line];
            let head = &head[..if line.is_empty() { 2 } else { 3 }];
            let answer = raw(api.at, method, path, head, &form(&[file(&recording)]));
            let error = refused(&answer, 401, "invalid_api_key");
            assert_eq!(error["type"], "invalid_request_error");
            assert!(answer.head.contains("www-authenticate: Bearer") && !answer.text().contains(&api.token));
        }
    }
    assert_eq!(kept(&place), [""; 0]);
    refused(&raw(api.at, "GET", "/", &["Host: x"], b""), 401, "invalid_api_key");
    assert_eq!(api.get("/").code, 404, "there are no pages");
    let token = api.token.clone();
    assert_eq!(
        raw(api.at, "GET", "/v1/models", &["Host: x", &format!("authorization: bearer {token}")], b"").code,
        200
    );
    Tokens::of(&place.path("data")).revoke("test").unwrap();
    refused(&api.get("/v1/models"), 401, "invalid_api_key");
}

#[test]
fn models_are_the_installed_ones_and_the_usual_name() {
    let place = Place::new();
    let api = Api::start(&place);
    let models = api.get("/v1/models").ok().json();
    assert_eq!(models["object"], "list");
    let usual = models["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&usual["id"], &usual["object"], &usual["owned_by"]),
        (&json!("whisper-1"), &json!("model"), &json!("transcribe"))
    );
    assert!(usual["created"].is_u64());
    assert_eq!(api.get("/v1/models/whisper-1").ok().json(), usual);
    refused(&api.get("/v1/models/whisper-9"), 404, "model_not_found");
    refused(&api.get("/v1/chat/completions"), 404, "not_found");
    refused(&api.ask("PUT", TRANSCRIPTIONS, &[], b""), 405, "method_not_allowed");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_field() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    for (name, value, param, code) in [
        ("model", "invalid-model", "model", "model_not_found"),
        ("model", "../../etc/passwd", "model", "model_not_found"),
        ("response_format", "yaml", "response_format", "invalid_value"),
        ("language", "klingon", "language", "invalid_value"),
        ("languages[]", "auto", "languages", "invalid_value"),
        ("temperature", "1.5", "temperature", "invalid_value"),
        ("temperature", "NaN", "temperature", "invalid_value"),
        ("stream", "maybe", "stream", "invalid_value"),
        ("timestamp_granularities[]", "hour", "timestamp_granularities", "invalid_value"),
        ("known_speaker_names[]", "Anna", "known_speaker_names", "invalid_value"),
        ("prompt", &"x".repeat(8_001), "prompt", "invalid_value"),
        ("file", "", "file", "invalid_value"),
    ] {
        // Before the recording and behind it.
        for parts in [[text(name, value), file(&recording)], [file(&recording), text(name, value)]] {
            let error = refused(&api.post(TRANSCRIPTIONS, &parts), 400, code);
            assert_eq!(error["param"], param);
        }
    }
    refused(&api.post(TRANSCRIPTIONS, &[text("model", "whisper-1")]), 400, "invalid_value");
    refused(&api.post(TRANSCRIPTIONS, &[file(b"")]), 400, "invalid_value");
    let both = [text("stream", "true"), text("response_format", "srt"), file(&recording)];
    refused(&api.post(TRANSCRIPTIONS, &both), 400, "invalid_value");
    let both = [text("language", "de"), text("languages[]", "en"), file(&recording)];
    refused(&api.post(TRANSCRIPTIONS, &both), 400, "invalid_value");
    for (kind, body) in [("application/json", "{}"), ("multipart/form-data", ""), ("text/plain", "x")] {
        let kind = format!("Content-Type: {kind}");
        refused(&api.ask("POST", TRANSCRIPTIONS, &[&kind], body.as_bytes()), 400, "invalid_form");
    }
    refused(&api.ask("POST", TRANSCRIPTIONS, &[], b"file=talk"), 400, "invalid_form");
    let cut = form(&[file(&recording)]);
    refused(&api.ask("POST", TRANSCRIPTIONS, &[EDGE], &cut[..cut.len() - 20]), 400, "request");
    assert_eq!(kept(&place), [""; 0]);
    // What is no recording is the request's fault, and told without a file of this computer.
    let no_sound = api.post(TRANSCRIPTIONS, &[file(b"this is no recording")]);
    let error = refused(&no_sound, 400, no_sound.json()["error"]["code"].as_str().unwrap());
    assert_eq!(error["param"], "file");
    assert!(!no_sound.text().contains(&*place.path("").to_string_lossy()), "{error}");
}

#[test]
fn fields_become_settings_of_the_job() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    let parts = [
        file(&recording),
        text("languages[0]", "de"),
        text("languages[1]", "english, fr"),
        text("keywords[]", "Frau Özdemir"),
        text("keywords[]", "Bürgerrat: Bürger Rat\nzwei"),
        text("prompt", "--overwrite\n"),
        text("temperature", "0.2"),
        text("chunking_strategy[type]", "server_vad"),
        text("include[]", "logprobs"),
    ];
    api.post(TRANSCRIPTIONS, &parts).ok();
    let job = api.queue.library().ended_jobs(0, 1).unwrap().remove(0);
    let options = job.settings.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    // Which model is best depends on what is installed here.
    let options: Vec<(&str, &str)> = options.filter(|(name, _)| *name != "model").collect();
    let expected = [("languages", "de,en,fr"), ("prompt", "--overwrite"), ("speakers", "off"), ("temperature", "0.2")];
    assert_eq!(options, expected);
    assert_eq!(job.settings.glossary, "Frau Özdemir\nBürgerrat: Bürger Rat zwei");
    assert_eq!(job.recording.name, "talk.flac");
}

#[test]
fn nextcloud_finds_speech_recognition_and_gets_segments() {
    let place = Place::new();
    let api = Api::start(&place);
    // `integration_openai` takes anything but 404 and 401 for a yes.
    let probe = api.post("/v1/audio/translations", &[text("model", "invalid-model"), text("file", "a")]);
    refused(&probe, 400, "model_not_found");
    let recording = jfk();
    let parts = [
        text("model", "whisper-1"),
        ("file", Some("file.mp3"), &recording[..]),
        text("response_format", "verbose_json"),
        text("language", "en"),
    ];
    let head = ["User-Agent: Nextcloud OpenAI/LocalAI integration", "Accept-Encoding: gzip", EDGE];
    let answer = api.ask("POST", TRANSCRIPTIONS, &head, &form(&parts)).ok().json();
    assert_eq!(answer["text"], SAID);
    assert_eq!(answer["segments"].as_array().unwrap().len(), 2);
}

#[test]
fn open_webui_sends_chunks_without_a_length() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    let body = form(&[text("model", "whisper-1"), ("file", Some("5f0c.wav"), &recording[..])]);
    let mut chunked = Vec::new();
    for chunk in body.chunks(10_007) {
        write!(chunked, "{:x}\r\n", chunk.len()).unwrap();
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    let broken = chunked.clone();
    chunked.extend_from_slice(b"0\r\n\r\n");
    let head = ["User-Agent: python-requests/2.32", "Accept: */*", "Transfer-Encoding: chunked", EDGE];
    assert_eq!(api.ask("POST", TRANSCRIPTIONS, &head, &chunked).ok().json()["text"], SAID);
    // One that breaks off leaves nothing behind.
    let before = kept(&place);
    let mut stream = TcpStream::connect(api.at).unwrap();
    let lines = [&["Host: x", &*api.bearer()], &head[..]].concat().join("\r\n");
    write!(stream, "POST {TRANSCRIPTIONS} HTTP/1.1\r\n{lines}\r\n\r\n").unwrap();
    stream.write_all(&broken[..broken.len() / 2]).unwrap();
    wait_until(|| "nothing comes in".into(), || !place.files("data/incoming").is_empty());
    drop(stream);
    wait_until(|| format!("{:?}", kept(&place)), || kept(&place) == before);
}

/// Events as programs read them that drop those without a line `event:`.
fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty() && *block != ":");
    let event = |block: &str| {
        let (name, data) = block.split_once('\n').unwrap();
        let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        (name.strip_prefix("event: ").unwrap().to_owned(), data)
    };
    blocks.map(event).collect()
}

#[test]
fn subtitle_edit_gets_events_with_their_names_and_segments_at_the_end() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    let parts = [
        ("file", Some("part1.flac"), &recording[..]),
        text("model", "whisper-1"),
        text("language", "en"),
        text("response_format", "verbose_json"),
        text("stream", "true"),
        text("timestamp_granularities[]", "word"),
    ];
    let answer = api.ask("POST", TRANSCRIPTIONS, &["Accept: text/event-stream", EDGE], &form(&parts)).ok();
    assert!(answer.head.contains("content-type: text/event-stream"), "{}", answer.head);
    let events = events(&answer.text());
    let (last, deltas) = events.split_last().unwrap();
    let told: String = deltas.iter().map(|(_, data)| data["delta"].as_str().unwrap()).collect();
    assert!(deltas.iter().all(|(name, data)| name == "transcript.text.delta" && data["type"] == name.as_str()));
    assert_eq!((told.as_str(), deltas.len()), (SAID, 2));
    let (name, done) = last;
    assert_eq!((name.as_str(), &done["type"]), ("transcript.text.done", &json!("transcript.text.done")));
    assert_eq!(done["text"], SAID);
    assert_eq!((&done["segments"][1]["start"], done["words"].as_array().unwrap().len()), (&json!(3.3), 6));
    let parts = [text("stream", "True"), text("response_format", "diarized_json"), file(&recording)];
    let answer = api.post(TRANSCRIPTIONS, &parts).ok().text();
    assert!(answer.contains("event: transcript.text.segment\ndata: {\"id\":\"seg_0\""), "{answer}");
}

#[test]
fn librechat_and_n8n_are_answered() {
    let place = Place::new();
    let api = Api::start(&place);
    let recording = jfk();
    // The file first, under a name with blanks; a browser's recorder as its kind.
    let mut body = Vec::new();
    body.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio rec.webm\"\r\n");
    body.extend_from_slice(b"Content-Type: audio/webm;codecs=opus\r\n\r\n");
    body.extend_from_slice(&recording);
    body.extend_from_slice(
        b"\r\n--edge\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--edge--\r\n",
    );
    let head = ["User-Agent: axios/1.7.7", "Accept: application/json, text/plain, */*", EDGE];
    assert_eq!(api.ask("POST", TRANSCRIPTIONS, &head, &body).ok().json()["text"], SAID);
    let parts = [text("model", "whisper-1"), text("temperature", "0"), ("file", Some("data.mp3"), &recording[..])];
    let head = ["User-Agent: n8n", "Accept: application/json", EDGE];
    assert_eq!(api.ask("POST", TRANSCRIPTIONS, &head, &form(&parts)).ok().json()["text"], SAID);
}

#[test]
fn obsidian_alone_may_ask_as_a_page() {
    let place = Place::new();
    let api = Api::start(&place);
    let preflight = |origin: &str| {
        let origin = format!("Origin: {origin}");
        let head = [
            "Host: x",
            &*origin,
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization",
        ];
        raw(api.at, "OPTIONS", TRANSCRIPTIONS, &head, b"")
    };
    let allowed = preflight("app://obsidian.md");
    assert_eq!(allowed.code, 204);
    assert!(allowed.head.contains("access-control-allow-origin: app://obsidian.md"), "{}", allowed.head);
    assert!(allowed.head.contains("access-control-allow-headers: authorization"), "{}", allowed.head);
    let models = |origin: &str| api.ask("GET", "/v1/models", &[&format!("Origin: {origin}")], b"").ok().head;
    assert!(models("app://obsidian.md").contains("access-control-allow-origin: app://obsidian.md"));
    for other in ["http://evil.example", "null", "app://obsidian.md.evil.example", "*"] {
        let refused = preflight(other);
        assert_eq!(refused.code, 401, "{other}");
        assert!(!refused.head.contains("access-control-allow") && !models(other).contains("access-control-allow"));
    }
}

#[test]
fn a_waiting_client_hears_blanks_and_the_same_upload_joins_the_job() {
    let place = Place::new();
    let mut gate = gate(&place, 0);
    let quick = Duration::from_millis(20);
    let api = Api::with(&place, ApiOptions { hold: quick, beat: quick, ..ApiOptions::default() });
    let recording = jfk();
    let first = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    gate.reached();
    let second = api.begin(TRANSCRIPTIONS, &[text("model", "whisper-1"), text("temperature", "0.0"), file(&recording)]);
    let events = api.begin(TRANSCRIPTIONS, &[text("stream", "true"), file(&recording)]);
    let words = api.begin(TRANSCRIPTIONS, &[text("response_format", "text"), file(&recording)]);
    // Each hears something while nothing is ready.
    for (stream, beat) in [(&first, b"1\r\n "), (&second, b"1\r\n "), (&events, b"3\r\n:")] {
        let mut seen = Vec::new();
        let mut reader = stream.try_clone().unwrap();
        while !seen.windows(4).any(|part| part == b"\r\n\r\n") {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&seen));
        let mut heard = [0; 4];
        reader.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, beat);
    }
    drop(gate);
    let rest = |mut stream: TcpStream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    for stream in [first, second] {
        let text = rest(stream);
        assert!(text.contains(&format!("{{\"text\":\"{SAID}\"")) && text.ends_with("0\r\n\r\n"), "{text}");
    }
    let text = rest(events);
    assert!(text.contains("event: transcript.text.done\n"), "{text}");
    assert_eq!(reply(words).ok().text(), format!("{SAID}\n"), "no blanks before a text");
    api.until(&[(JobState::Done, 1), (JobState::Cancelled, 0)]);
}

#[test]
fn an_error_after_blanks_is_told_to_who_asks_again() {
    let place = Place::new();
    let mut gate = gate(&place, 0);
    place.change(1, "fail", "by the script");
    let quick = Duration::from_millis(20);
    let api = Api::with(&place, ApiOptions { hold: quick, beat: quick, ..ApiOptions::default() });
    let recording = jfk();
    let mut waiting = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    let events = api.begin(TRANSCRIPTIONS, &[text("stream", "true"), text("language", "en"), file(&recording)]);
    gate.reached();
    waiting.read_exact(&mut [0; 400]).unwrap();
    drop(gate);
    let mut rest = Vec::new();
    // Not the end of a whole answer, whether the system says so or not.
    let _ = waiting.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n") && !rest.contains(&b'{'), "{}", String::from_utf8_lossy(&rest));
    refused(&api.post(TRANSCRIPTIONS, &[file(&recording)]), 500, "recognition");
    let text = reply(events).text();
    assert!(text.contains("event: error\ndata: {\"error\":{"), "{text}");
    api.until(&[(JobState::Failed, 2)]);
}

#[test]
fn who_goes_away_cancels_a_job_that_nobody_else_waits_for() {
    let place = Place::new();
    let mut gate = gate(&place, 0);
    let api = Api::with(&place, ApiOptions { grace: Duration::from_millis(50), ..ApiOptions::default() });
    let recording = jfk();
    let first = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    gate.reached();
    let second = api.begin(TRANSCRIPTIONS, &[text("response_format", "text"), file(&recording)]);
    let other = api.begin(TRANSCRIPTIONS, &[text("language", "de"), file(&recording)]);
    api.until(&[(JobState::Running, 1), (JobState::Waiting, 1)]);
    drop(first);
    drop(other);
    api.until(&[(JobState::Running, 1), (JobState::Cancelled, 1)]);
    drop(gate);
    assert_eq!(reply(second).ok().text(), format!("{SAID}\n"));
    api.until(&[(JobState::Done, 1), (JobState::Cancelled, 1)]);
}

#[test]
fn a_job_that_runs_is_cancelled_too_but_not_one_of_somebody_else() {
    let place = Place::new();
    place.change(0, "endless", true);
    let api = Api::with(&place, ApiOptions { grace: Duration::from_millis(50), ..ApiOptions::default() });
    let recording = jfk();
    let client = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    api.until(&[(JobState::Running, 1)]);
    drop(client);
    api.until(&[(JobState::Running, 0), (JobState::Cancelled, 1)]);
    // Who asks again has the same job go on.
    let client = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    api.until(&[(JobState::Running, 1), (JobState::Cancelled, 0)]);
    // As somebody who uses the application would, with the model that is best here.
    let model = Store::of_user().best().map(|best| best.model.name.clone()).unwrap_or_default();
    let settings = JobSettings::default().with("model", &model).with("speakers", "off");
    let mut incoming = api.queue.library().receive().unwrap();
    incoming.write(&recording).unwrap();
    let received = incoming.finish().unwrap();
    let own = api.queue.submit(received, "talk.flac", &settings, Requester::Person).unwrap();
    assert!(own.joined, "it is the same job");
    let events = api.begin(TRANSCRIPTIONS, &[text("language", "de"), file(&recording)]);
    api.until(&[(JobState::Running, 1), (JobState::Waiting, 1)]);
    drop(client);
    drop(events);
    api.until(&[(JobState::Cancelled, 1)]);
    assert_eq!(api.queue.status(own.key).unwrap().job.state, JobState::Running);
    assert_eq!(place.files("data/recordings").len(), 2, "nothing is there twice");
    api.queue.cancel(own.key).unwrap();
}

#[test]
fn what_programs_send_is_deleted_after_a_while_unless_somebody_keeps_it() {
    let place = Place::new();
    let api = Api::start(&place);
    let send = |api: &Api, more: &[u8]| {
        let recording = [&jfk()[..], more].concat();
        api.post(TRANSCRIPTIONS, &[file(&recording)]).ok();
    };
    send(&api, b"");
    send(&api, b"kept");
    send(&api, b"corrected");
    let job = |api: &Api, n: i64| api.queue.library().job(JobKey(n)).unwrap();
    let day = Timestamp::now().checked_add(Duration::from_secs(86_400)).unwrap();
    let deleted = job(&api, 1).recording.delete_at.unwrap();
    assert!(deleted <= day && day.duration_since(deleted).as_secs() < 600, "{deleted}");
    assert_eq!(place.files("data/recordings").len(), 3);
    let library = api.queue.library();
    library.keep(job(&api, 2).recording.key).unwrap();
    assert_eq!(job(&api, 2).recording.delete_at, None);
    let key = job(&api, 3).recording.key;
    library.restore(key, library.latest_version(key).unwrap()).unwrap();
    drop(api);
    let api = Api::that_keeps(Duration::ZERO, &place, ApiOptions::default());
    send(&api, b"short-lived");
    wait_until(|| format!("{:?}", api.queue.library().job(JobKey(4))), || api.queue.library().job(JobKey(4)).is_err());
    assert_eq!(place.files("data/recordings").len(), 3);
    assert_eq!(job(&api, 1).recording.delete_at, Some(deleted), "the day stays that was shown");
    assert_eq!(job(&api, 3).recording.key, key);
}

#[test]
fn what_is_too_large_is_refused_and_not_kept() {
    let place = Place::new();
    let api = Api::with(&place, ApiOptions { largest: 300_000, ..ApiOptions::default() });
    let large = vec![0; 400_000];
    refused(&api.post(TRANSCRIPTIONS, &[file(&large)]), 413, "too_large");
    let huge = vec![0; 3_000_000];
    refused(&api.post(TRANSCRIPTIONS, &[file(&huge)]), 413, "too_large");
    assert_eq!(kept(&place), [""; 0]);
    let fields: Vec<String> = (0..10_001).map(|n| n.to_string()).collect();
    let mut parts: Vec<Part<'_>> = fields.iter().map(|value| text("keywords[]", value)).collect();
    parts.push(file(b"x"));
    drop(api);
    Tokens::of(&place.path("data")).revoke("test").unwrap();
    refused(&Api::start(&place).post(TRANSCRIPTIONS, &parts), 400, "too_large");
    // The recording alone counts.
    let recording = jfk();
    Tokens::of(&place.path("data")).revoke("test").unwrap();
    let api = Api::with(&place, ApiOptions { largest: recording.len() as u64, ..ApiOptions::default() });
    api.post(TRANSCRIPTIONS, &[text("keywords[]", "Geheimnis"), file(&recording)]).ok();
}

#[test]
fn tokens_are_made_listed_and_revoked_on_the_command_line_while_it_serves() {
    let place = Place::new();
    let mut serve = place.command("serve --listen 127.0.0.1:0 --data-dir data --scripted script.json");
    let serve = AppServer::of(&mut serve);
    assert_eq!(serve.url, format!("http://{}/v1", serve.at));
    let token = place.run("app token add Nextcloud --data-dir data").ok().stdout;
    let token = token.trim();
    let models = || {
        let bearer = format!("Authorization: Bearer {token}");
        serve.raw("GET", "/v1/models", &["Host: x", &bearer], b"").code
    };
    assert_eq!(models(), 200);
    let list = place.run("app token list --data-dir data").ok().stdout;
    assert!(list.ends_with("  Nextcloud\n") && list.lines().count() == 1 && !list.contains(token), "{list}");
    assert_eq!(place.run("app token add Nextcloud --data-dir data").code, Some(2));
    place.run("app token revoke Nextcloud --data-dir data").ok();
    assert_eq!(models(), 401);
    assert_eq!(place.run("app token revoke Nextcloud --data-dir data").code, Some(2));
    let again = place.run("serve --listen 127.0.0.1:0 --data-dir data");
    assert!(again.code == Some(2) && again.stderr.contains("works with"), "{}", again.stderr);
    serve.end();
}

#[test]
fn other_machines_are_served_only_if_that_was_allowed() {
    let place = Place::new();
    let refused = place.run("serve --listen 0.0.0.0:0 --data-dir data");
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--network"), "{}", refused.stderr);
    let mut command = place.command("serve --listen 0.0.0.0:0 --network --data-dir data --scripted script.json");
    let serve = AppServer::of(&mut command);
    assert!(serve.url.ends_with("/v1") && !serve.url.contains("0.0.0.0"), "{}", serve.url);
    serve.end();
}

#[test]
fn what_was_begun_when_it_ended_goes_on_at_the_next_start() {
    let place = Place::new();
    let mut gate = gate(&place, 1);
    let api = Api::start(&place);
    let recording = jfk();
    let waiting = api.begin(TRANSCRIPTIONS, &[file(&recording)]);
    gate.reached();
    let queue = api.queue.clone();
    let ending = std::thread::spawn(move || drop(api));
    let error = refused(&reply(waiting), 503, "stopping");
    assert_eq!(error["type"], "server_error");
    drop(gate);
    ending.join().unwrap();
    assert_eq!(queue.library().count(&[JobState::Waiting]).unwrap(), 1);
    drop(queue);
    Tokens::of(&place.path("data")).revoke("test").unwrap();
    let api = Api::start(&place);
    assert_eq!(api.post(TRANSCRIPTIONS, &[file(&recording)]).ok().json()["text"], SAID);
    api.until(&[(JobState::Done, 1)]);
}

#[test]
fn a_long_silence_is_no_error() {
    let place = Place::new();
    let api = Api::start(&place);
    write_wav(&place.path("silence.wav"), &vec![0.0; 16_000]);
    let silence = fs::read(place.path("silence.wav")).unwrap();
    let answer = api.post(TRANSCRIPTIONS, &[file(&silence), text("response_format", "verbose_json")]).ok().json();
    assert_eq!((&answer["text"], &answer["segments"]), (&json!(""), &json!([])));
}
