//! The captions' page over HTTP: who gets what, and who cannot hurt it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use transcribe::live::{Caption, State};
use transcribe::page::{CaptionFeed, PageOptions, Server};

use crate::captions_page::{settled, start, start_at, tentative};

/// How long something may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection on which this was said.
fn say(at: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // It may be closed in the middle of what is too much.
    stream.write_all(bytes).ok();
    stream
}

/// The whole answer to a request with these lines after the first one; without `Host:`, the right one is added.
fn ask(at: SocketAddr, method: &str, path: &str, lines: &[&str]) -> String {
    let own = format!("Host: {at}");
    let host = if lines.iter().any(|line| line.starts_with("Host:")) { None } else { Some(&own[..]) };
    let lines: Vec<&str> = host.into_iter().chain(lines.iter().copied()).collect();
    let mut answer = String::new();
    say(at, format!("{method} {path} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n")).as_bytes())
        .read_to_string(&mut answer)
        .unwrap();
    answer
}

/// With the token of [`start`].
fn known(path: &str) -> String {
    format!("{path}{}token={}", if path.contains('?') { "&" } else { "?" }, "a5".repeat(16))
}

fn code(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
}

/// An event as a browser has it.
#[derive(Debug, Default, PartialEq)]
struct Event {
    /// Empty unless it has one of its own.
    id: String,
    name: String,
    data: Value,
}

/// Somebody who reads events.
struct Viewer(BufReader<TcpStream>);

impl Viewer {
    /// HTTP/1.0, so that the answer is not cut into chunks.
    fn new(at: SocketAddr, path: &str, line: &str) -> Viewer {
        let stream = say(at, format!("GET {path} HTTP/1.0\r\nHost: {at}\r\n{line}\r\n").as_bytes());
        let mut reader = BufReader::new(stream);
        let head: Vec<String> = reader.by_ref().lines().map(Result::unwrap).take_while(|l| !l.is_empty()).collect();
        assert!(head[0].contains(" 200 "), "{head:?}");
        assert!(head.contains(&"content-type: text/event-stream".to_owned()), "{head:?}");
        Viewer(reader)
    }

    /// `None` at the end.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event::default();
        for line in self.0.by_ref().lines() {
            let line = line.unwrap();
            match line.split_once(": ") {
                Some(("id", id)) => event.id = id.into(),
                Some(("event", name)) => event.name = name.into(),
                Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                Some(("retry", _)) => {}
                _ if line == ":" => {}
                _ => {
                    assert_eq!(line, "", "no line of an event");
                    if event != Event::default() {
                        return Some(event);
                    }
                }
            }
        }
        None
    }

    /// Its ID, and what it says.
    fn data(&mut self) -> (String, Value) {
        let event = self.next().unwrap();
        assert_eq!(event.name, "");
        (event.id, event.data)
    }

    fn reset(&mut self) -> (String, Value) {
        let event = self.next().unwrap();
        assert_eq!(event.name, "reset");
        (event.id, event.data)
    }
}

#[test]
fn only_what_is_for_this_server_is_answered() {
    let (_server, at) = start(&CaptionFeed::new());
    let port = at.port();
    for path in ["/", "/events", "/captions.css", "/captions.js"] {
        let refused = |line: &str| {
            let answer = ask(at, "GET", &known(path), &[line]);
            assert_eq!(code(&answer), 403, "{path} {line}: {answer}");
            assert!(!answer.contains("<html"), "{answer}");
        };
        refused("Host: evil.example");
        refused(&format!("Host: evil.example:{port}"));
        refused(&format!("Host: 127.0.0.1:{}", port ^ 1));
        refused("Origin: http://evil.example");
        refused("Origin: null");
        refused(&format!("Origin: http://localhost:{port}"));
        refused("Sec-Fetch-Site: cross-site");
    }
    assert_eq!(code(&ask(at, "GET", &known(&format!("http://evil.example:{port}/")), &[])), 403);
    for name in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(code(&ask(at, "GET", &known("/"), &[&format!("Host: {name}:{port}")])), 200, "{name}");
    }
    assert_eq!(code(&ask(at, "GET", &known("/"), &[&format!("Origin: http://{at}")])), 200);
}

/// On this machine, too, which may have several users.
#[test]
fn everybody_needs_the_token() {
    for bound in ["0.0.0.0:0", "127.0.0.1:0"] {
        let feed = CaptionFeed::new();
        let server = Server::start(bound.parse().unwrap(), &feed, PageOptions::default()).unwrap();
        let (host, token) = server.url().trim_start_matches("http://").split_once("/?").map(own).unwrap();
        let port = host.rsplit(':').next().unwrap().parse().unwrap();
        let here = SocketAddr::from(([127, 0, 0, 1], port));
        for path in ["/", "/events"] {
            assert_eq!(code(&ask(here, "GET", path, &[])), 403);
            assert_eq!(code(&ask(here, "GET", &known(path), &[])), 403);
            assert_eq!(code(&ask(here, "GET", &format!("{path}?{token}"), &["Host: evil.example"])), 403);
        }
        assert_eq!(code(&ask(here, "GET", &format!("/?{token}"), &[])), 200);
        assert_eq!(code(&ask(here, "GET", &format!("/?overlay&{token}"), &[&format!("Host: {host}")])), 200);
        assert_eq!(Viewer::new(here, &format!("/events?{token}"), "").reset().1["captions"], json!([]));
    }
}

fn own((a, b): (&str, &str)) -> (String, String) {
    (a.into(), b.into())
}

#[test]
fn answers_are_what_browsers_are_told_to_trust() {
    let (_server, at) = start(&CaptionFeed::new());
    for (method, path, expected) in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/captions.css", 200),
        ("GET", "/captions.js", 200),
        ("HEAD", "/events", 200),
        ("GET", "/favicon.ico", 404),
        ("GET", "/../../etc/passwd", 404),
        ("POST", "/", 405),
        ("PUT", "/events", 405),
        ("DELETE", "/nowhere", 405),
        ("OPTIONS", "/", 405),
        ("BREW", "/", 405),
    ] {
        let answer = ask(at, method, &known(path), &["Content-Length: 0"]);
        assert_eq!(code(&answer), expected, "{method} {path}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
        ] {
            assert!(head.contains(line), "{method} {path}: {head}");
        }
        assert!(!head.contains("access-control"), "{head}");
        assert_eq!(body.is_empty(), method == "HEAD", "{method} {path}");
        assert_eq!(head.contains("allow: GET, HEAD"), expected == 405, "{head}");
    }
    let page = ask(at, "GET", &known("/"), &[]);
    assert!(!page.contains("//") || !page.split_once("\r\n\r\n").unwrap().1.contains("://"), "another host: {page}");
}

#[test]
fn who_comes_late_sees_how_things_are() {
    let feed = CaptionFeed::new();
    let (_server, at) = start(&feed);
    for line in 0..10 {
        feed.publish(&settled(line, "Guten"));
        feed.publish(&settled(line, " Tag."));
        feed.publish(&Caption::Done { line });
    }
    feed.publish(&Caption::State { state: State::Silent });
    feed.publish(&tentative(10, "Und"));
    let mut viewer = Viewer::new(at, &known("/events"), "");
    let (id, now) = viewer.reset();
    assert!(id.ends_with("-31"), "{id}");
    assert_eq!(now["state"], "silent");
    let captions = now["captions"].as_array().unwrap();
    assert_eq!(captions.len(), 4 * 3 + 1, "{captions:?}");
    assert_eq!(captions[0], json!({"kind": "settled", "line": 6, "text": "Guten", "speaker": null}));
    assert_eq!(captions[12], json!({"kind": "tentative", "line": 10, "text": "Und"}));
    feed.publish(&settled(10, "Nun"));
    assert_eq!(
        viewer.data(),
        (id.replace("-31", "-32"), json!({"kind": "settled", "line": 10, "text": "Nun", "speaker": null}))
    );
}

#[test]
fn who_comes_back_misses_nothing() {
    let feed = CaptionFeed::new();
    let (server, at) = start(&feed);
    let mut viewer = Viewer::new(at, &known("/events"), "");
    viewer.reset();
    feed.publish(&settled(0, "eins"));
    let (id, _) = viewer.data();
    // What is said while the server is away is there when it is back.
    drop(server);
    assert_eq!(viewer.next(), None);
    feed.publish(&settled(0, " zwei"));
    feed.publish(&Caption::Done { line: 0 });
    feed.publish(&tentative(1, "drei"));
    let server = start_at(at, &feed);
    for (path, line) in [
        ("/events".to_owned(), format!("Last-Event-ID: {id}\r\n")),
        (format!("/events?last={id}"), String::new()),
        // What the browser adds by itself is newer than the address.
        ("/events?last=elsewhere-7".to_owned(), format!("Last-Event-ID: {id}\r\n")),
    ] {
        let mut viewer = Viewer::new(at, &known(&path), &line);
        let all: Vec<Value> = (0..3).map(|_| viewer.data().1).collect();
        assert_eq!(all[0]["text"], " zwei", "{path}");
        assert_eq!(all[1], json!({"kind": "done", "line": 0}));
        assert_eq!(all[2]["text"], "drei");
    }
    drop(server);
    // Another run of the program: everything anew, under another ID.
    let feed = CaptionFeed::new();
    feed.publish(&settled(0, "anders"));
    let _server = start_at(at, &feed);
    let (new, now) = Viewer::new(at, &known("/events"), &format!("Last-Event-ID: {id}\r\n")).reset();
    assert_ne!(new, id);
    assert_eq!(now["captions"][0]["text"], "anders");
}

#[test]
fn the_last_words_are_seen_before_the_end() {
    let feed = CaptionFeed::new();
    let (server, at) = start(&feed);
    let mut viewer = Viewer::new(at, &known("/events"), "");
    viewer.reset();
    for _ in 0..500 {
        feed.publish(&settled(0, " Wort"));
    }
    feed.publish(&Caption::State { state: State::Ended });
    drop(server);
    let all: Vec<Event> = std::iter::from_fn(|| viewer.next()).collect();
    assert_eq!(all.len(), 501);
    assert_eq!(all[500].data, json!({"kind": "state", "state": "ended"}));
    assert_eq!(feed.viewers(), 0);
    assert!(TcpStream::connect(at).is_err());
}

#[test]
fn two_hundred_viewers_who_do_not_read_hold_up_nobody() {
    const CAPTIONS: usize = 5_000;
    let feed = CaptionFeed::new();
    let (_server, at) = start(&feed);
    let asleep: Vec<TcpStream> = (0..199)
        .map(|_| say(at, format!("GET {} HTTP/1.0\r\nHost: {at}\r\n\r\n", known("/events")).as_bytes()))
        .collect();
    let mut viewer = Viewer::new(at, &known("/events"), "");
    viewer.reset();
    // Who has the beginning of an answer is a viewer; it stays unread.
    for stream in &asleep {
        stream.peek(&mut [0]).unwrap();
    }
    assert_eq!(feed.viewers(), 200);
    let (read, is_read) = mpsc::channel();
    let reader = thread::spawn(move || {
        (0..CAPTIONS).map(|n| (viewer.data().1["text"].clone(), read.send(n).unwrap()).0).collect::<Vec<_>>()
    });
    let text = |n: usize| format!("{n} {}", "word ".repeat(100));
    for n in 0..CAPTIONS {
        // Never so far ahead that those who do read could fall out of the history.
        if n >= 1_000 {
            is_read.recv_timeout(PATIENCE).unwrap();
        }
        feed.publish(&settled(n as u64 / 10, &text(n)));
    }
    let seen = reader.join().unwrap();
    assert!(seen.iter().enumerate().all(|(n, seen)| *seen == text(n)));
    // They are still there, far behind, and get the last lines when they wake up.
    let mut late = BufReader::new(&asleep[0]);
    let mut line = String::new();
    while !line.contains(&text(CAPTIONS - 1)) {
        line.clear();
        assert!(late.read_line(&mut line).unwrap() > 0);
    }
}

#[test]
fn rubbish_is_survived() {
    let feed = CaptionFeed::new();
    let (_server, at) = start(&feed);
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let long = format!("GET /{} HTTP/1.1\r\nHost: {at}\r\n\r\n", "a".repeat(1_000_000));
    let big = format!("GET / HTTP/1.1\r\nHost: {at}\r\nX: {}\r\n\r\n", "a".repeat(1_000_000));
    let many = format!("GET / HTTP/1.1\r\nHost: {at}\r\n{}\r\n", "X: a\r\n".repeat(10_000));
    let body = format!("POST / HTTP/1.1\r\nHost: {at}\r\nContent-Length: 18446744073709551615\r\n\r\nabc");
    let pairs = format!("GET / HTTP/1.1\r\nHost: {at}\r\nHost: {at}\r\n\r\n");
    let escaped = format!("GET /%00%ff?last=%0a&token&=&&last HTTP/1.1\r\nHost: {at}\r\n\r\n");
    let ids = format!("GET /events HTTP/1.1\r\nHost: {at}\r\nLast-Event-ID: \u{e4}\u{1f}-99999999999999999999\r\n\r\n");
    for rubbish in [
        &noise[..],
        b"",
        b"\r\n\r\n",
        b"\0",
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        long.as_bytes(),
        big.as_bytes(),
        many.as_bytes(),
        body.as_bytes(),
        pairs.as_bytes(),
        escaped.as_bytes(),
        ids.as_bytes(),
    ] {
        let stream = say(at, rubbish);
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        // A reset connection is an answer, too.
        stream.take(100_000).read_to_end(&mut answer).ok();
        let start = String::from_utf8_lossy(&answer[..answer.len().min(20)]).into_owned();
        assert!(!start.contains(" 200 "), "{}: {start}", String::from_utf8_lossy(&rubbish[..rubbish.len().min(60)]));
    }
    assert_eq!(code(&ask(at, "GET", &known("/"), &[])), 200);
}

#[test]
fn who_says_nothing_is_dropped_and_who_listens_hears_us() {
    let feed = CaptionFeed::new();
    let (_server, at) = start(&feed);
    let mut viewer = Viewer::new(at, &known("/events"), "");
    viewer.reset();
    // A request that never ends, over and over.
    let slow: Vec<TcpStream> = (0..50).map(|_| say(at, b"GET / HTTP/1.1\r\nX-A: b\r\n")).collect();
    assert_eq!(code(&ask(at, "GET", &known("/"), &[])), 200);
    for mut stream in slow {
        for _ in 0..3 {
            stream.write_all(b"X-A: b\r\n").ok();
        }
        // Dropped, or told so; never left waiting.
        assert!(!matches!(stream.read(&mut [0; 1]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock));
    }
    assert_eq!(viewer.next().unwrap().name, "beat");
}

/// More of them than there are places, and they come again and again; viewers have places of their own.
#[test]
fn who_has_no_token_keeps_nobody_out() {
    let feed = CaptionFeed::new();
    let (_server, at) = start(&feed);
    let mut viewer = Viewer::new(at, &known("/events"), "");
    viewer.reset();
    let mut idle: Vec<TcpStream> = (0..160).map(|_| say(at, b"GET / HTTP/1.1\r\n")).collect();
    let begun = Instant::now();
    for n in 0..20 {
        assert_eq!(code(&ask(at, "GET", &known("/"), &[])), 200);
        let mut late = Viewer::new(at, &known("/events"), "");
        late.reset();
        feed.publish(&settled(n, "Wort"));
        assert_eq!(late.data().1["line"], n);
        assert_eq!(viewer.data().1["line"], n);
        idle.drain(..20);
        idle.extend((0..20).map(|_| say(at, b"")));
    }
    // Nobody waited until the others had run out of time, 3 s for each.
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    // Who does not ask is dropped.
    let mut last = say(at, b"GET / HTTP/1.1\r\n");
    assert!(!matches!(last.read(&mut [0; 1]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock));
}
