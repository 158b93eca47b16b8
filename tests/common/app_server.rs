//! The web application in a process of its own, and a client for it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::run::Place;
use crate::running::{Running, wait_until};

/// What is said by whoever is asked, at most so long after.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running application.
pub(crate) struct AppServer {
    running: Running,
    /// The link.
    pub(crate) url: String,
    pub(crate) at: SocketAddr,
    /// `/token/`.
    pub(crate) base: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Reply {
        assert!(self.code < 400, "{}: {}", self.head, self.text());
        self
    }
}

impl AppServer {
    /// Starts it with the answers in `script.json`, and its data in the folder `data`.
    pub(crate) fn start(place: &Place) -> AppServer {
        AppServer::of(&mut place.command("app --no-open --data-dir data --scripted script.json"))
    }

    pub(crate) fn of(command: &mut Command) -> AppServer {
        let mut running = Running::start(command);
        let url = running.printed(0);
        let (at, _) = url.trim_start_matches("http://").split_once('/').unwrap();
        let at: SocketAddr = at.parse().unwrap();
        let base = url[url.find(&at.to_string()).unwrap() + at.to_string().len()..].to_owned();
        AppServer { running, url, at, base }
    }

    /// Ends it in order.
    pub(crate) fn end(self) {
        self.running.signal(Signal::TERM);
        let done = self.running.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    }

    /// As a crash or the system would.
    pub(crate) fn kill(self) {
        self.running.signal(Signal::KILL);
        assert!(!self.running.output().status.success());
    }

    /// Waits for its end, which somebody else has asked for.
    pub(crate) fn ended(self) {
        assert_eq!(self.running.done().code, Some(0));
    }

    /// A request; `path` behind the token. `Host` is added.
    pub(crate) fn ask(&self, method: &str, path: &str, head: &[&str], body: &[u8]) -> Reply {
        self.raw(method, &format!("{}{path}", self.base), &[&[&*format!("Host: {}", self.at)], head].concat(), body)
    }

    /// A request as it is.
    pub(crate) fn raw(&self, method: &str, path: &str, head: &[&str], body: &[u8]) -> Reply {
        raw(self.at, method, path, head, body)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Reply {
        self.ask("POST", path, &[], body)
    }

    /// Sends a recording as a browser does.
    pub(crate) fn upload(&self, name: &str, content: &[u8], settings: &Value) -> Reply {
        let (kind, body) = form(name, content, settings);
        self.ask("POST", "recordings", &[&kind], &body)
    }

    /// Sends it, and waits until its job has ended; the number of the job.
    pub(crate) fn transcribe(&self, name: &str, content: &[u8]) -> i64 {
        let job =
            self.upload(name, content, &json!({"options": {"language": "en"}})).ok().json()["job"].as_i64().unwrap();
        self.until_listed(&format!("id=\"job-{job}\""), "data-state=\"done\"");
        job
    }

    /// Waits until the row with `part` in its first tag has `other`, too.
    pub(crate) fn until_listed(&self, part: &str, other: &str) -> String {
        let row = || {
            let list = self.get("list").ok().text();
            list.split("<li").find(|row| row.contains(part)).unwrap_or_default().to_owned()
        };
        wait_until(|| format!("`{other}` is not in the row of `{part}`: {}", row()), || row().contains(other));
        row()
    }
}

/// What the page of a live session is told, as it comes.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    pub(crate) fn of(app: &AppServer) -> Events {
        let mut stream = TcpStream::connect(app.at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {}live/events HTTP/1.1\r\nHost: {}\r\n\r\n", app.base, app.at).unwrap();
        Events(BufReader::new(stream))
    }

    /// The data of the next event for which this holds.
    pub(crate) fn until(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "it does not come");
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the events ended before");
            let data = line.strip_prefix("data: ").map(|data| serde_json::from_str(data).unwrap());
            if let Some(data) = data.filter(&is) {
                return data;
            }
        }
    }

    pub(crate) fn until_status(&mut self, field: &str, value: impl Into<Value>) -> Value {
        let value = value.into();
        self.until(|data| data["clock"].is_string() && data[field] == value)
    }
}

/// A form as a browser sends it: its header, and its body.
pub(crate) fn form(name: &str, content: &[u8], settings: &Value) -> (String, Vec<u8>) {
    // As the standard has it for what would end the name.
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"settings\"\r\n\r\n{settings}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: audio/flac\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
    ("Content-Type: multipart/form-data; boundary=edge".to_owned(), body)
}

/// A request as it is; its length is added unless it comes in chunks.
pub(crate) fn raw(at: SocketAddr, method: &str, path: &str, head: &[&str], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = format!("Content-Length: {}", body.len());
    let chunked = head.iter().any(|line| line.starts_with("Transfer-Encoding"));
    let added = if chunked { vec!["Connection: close"] } else { vec![&*length, "Connection: close"] };
    let lines = [head, &added].concat().join("\r\n");
    stream.write_all(format!("{method} {path} HTTP/1.1\r\n{lines}\r\n\r\n").as_bytes()).unwrap();
    // It may be refused before all of it is sent.
    stream.write_all(body).ok();
    reply(stream)
}

/// The answer to what was sent.
pub(crate) fn reply(mut stream: TcpStream) -> Reply {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("an answer");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = answer[end + 4..].to_vec();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = whole(&body);
    }
    Reply { code, head, body }
}

/// A body that came in chunks.
fn whole(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunked.windows(2).position(|part| part == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&chunked[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunked[end + 2..end + 2 + size]);
        chunked = &chunked[end + 2 + size + 2..];
    }
}

/// Opens a folder with the transcript of the example, its meeting, and a recording of another one.
pub(crate) fn open_council(app: &AppServer, place: &Place) {
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/council");
    std::fs::create_dir(place.path("council")).unwrap();
    for name in ["sitzung.vtt", "meeting.toml"] {
        place.write(&format!("council/{name}"), std::fs::read(from.join(name)).unwrap());
    }
    place.run("import -q council/sitzung.vtt").ok();
    std::fs::remove_file(place.path("council/sitzung.vtt")).unwrap();
    let mut transcript = place.json("council/sitzung.json");
    transcript["transcribe"]["recording"]["name"] = json!("sitzung.flac");
    place.write("council/sitzung.json", transcript.to_string());
    place.recording("jfk.flac", "council/sitzung.flac");
    let folder = std::fs::canonicalize(place.path("council")).unwrap();
    let path = folder.to_str().unwrap().replace('/', "%2F");
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    assert_eq!(app.ask("POST", "folder", &form, format!("path={path}&also=false").as_bytes()).code, 303);
}
