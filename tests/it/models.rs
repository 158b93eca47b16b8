//! Downloads from servers that misbehave.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use transcribe::digest::Sha256;
use transcribe::models::download::{Options, Progress, get};
use transcribe::models::{Archive, Model, ModelKind, Store};
use transcribe::{DownloadErrorKind, Error};

use crate::run::{Place, done};

/// Answers the n-th request with the n-th of its answers, and the last one to all further ones; each closes its
/// connection. Raw bytes, for no decent server would say such things.
struct Server {
    url: String,
    /// The `Range` header of each request, or an empty string.
    ranges: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: Vec<Vec<u8>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/models/", listener.local_addr().unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ranges);
        thread::spawn(move || {
            let mut silent = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let range = range_of(&connection);
                let mut seen = seen.lock().unwrap();
                let answer = &answers[seen.len().min(answers.len() - 1)];
                seen.push(range);
                drop(seen);
                connection.write_all(answer).ok();
                // A silent server: the connection stays open.
                if answer.is_empty() {
                    silent.push(connection);
                }
            }
        });
        Server { url, ranges }
    }

    fn ranges(&self) -> Vec<String> {
        self.ranges.lock().unwrap().clone()
    }
}

fn range_of(connection: &TcpStream) -> String {
    let lines = BufReader::new(connection).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let file = head[0].strip_prefix("GET /models/").and_then(|rest| rest.split_once(' '));
    assert!(file.is_some_and(|(file, _)| ["ggml-test.bin", "ggml-base-q8_0.bin"].contains(&file)), "{}", head[0]);
    head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: ").map(str::to_owned)).unwrap_or_default()
}

/// An answer with these header lines and this body, whether they fit or not.
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").into_bytes();
    text.extend_from_slice(body);
    text
}

fn whole(body: &[u8]) -> Vec<u8> {
    answer("200 OK", &format!("Content-Length: {}\r\n", body.len()), body)
}

/// As [`whole`], but the connection breaks after `count` bytes of the body.
fn broken(body: &[u8], count: usize) -> Vec<u8> {
    answer("200 OK", &format!("Content-Length: {}\r\n", body.len()), &body[..count])
}

fn rest(body: &[u8], from: usize) -> Vec<u8> {
    let (end, size) = (body.len() - 1, body.len());
    let headers = format!("Content-Length: {}\r\nContent-Range: bytes {from}-{end}/{size}\r\n", size - from);
    answer("206 Partial Content", &headers, &body[from..])
}

struct Scene {
    folder: tempfile::TempDir,
    body: Vec<u8>,
    sha256: String,
}

impl Scene {
    fn new() -> Scene {
        let body: Vec<u8> = (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let sha256 = Sha256::of_bytes(&body).to_string();
        Scene { folder: tempfile::tempdir().unwrap(), body, sha256 }
    }

    fn model(&self) -> Model {
        Model {
            name: "test".into(),
            kind: ModelKind::Speech,
            file: "ggml-test.bin".into(),
            size: self.body.len() as u64,
            sha256: self.sha256.clone(),
            url: "http://127.0.0.1:1/models/ggml-test.bin".into(),
            licence: "MIT".into(),
            languages: 99,
            note: String::new(),
            archive: None,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ggml-test.bin")
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("ggml-test.bin.part")
    }

    fn get(&self, server: &Server) -> Result<PathBuf, Error> {
        self.get_with(&server.url, &mut |_| ControlFlow::Continue(()))
    }

    fn get_with(&self, url: &str, say: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>) -> Result<PathBuf, Error> {
        let options = Options {
            mirror: Some(url.into()),
            retries: 2,
            pause: Duration::from_millis(1),
            silence: Duration::from_millis(500),
            ..Options::default()
        };
        get(&self.model(), self.folder.path(), &options, say)
    }

    /// The whole file is there, and nothing half-done.
    fn assert_done(&self, result: Result<PathBuf, Error>) {
        assert_eq!(result.unwrap(), self.path());
        assert!(fs::read(self.path()).unwrap() == self.body);
        assert!(!self.part().exists());
    }

    /// No file has the final name; the part is as long as this.
    fn assert_failed(&self, result: Result<PathBuf, Error>, reason: &str, part: Option<u64>) {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Download { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!self.path().exists());
        assert_eq!(fs::metadata(self.part()).ok().map(|data| data.len()), part);
    }
}

fn kind(result: &Result<PathBuf, Error>) -> DownloadErrorKind {
    match result {
        Err(Error::Download { kind, .. }) => kind.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_model_is_fetched_once() {
    let scene = Scene::new();
    let server = Server::new(vec![whole(&scene.body)]);
    let (mut last, mut checked) = (0, 0);
    let result = scene.get_with(&server.url, &mut |step| {
        match step {
            Progress::Fetched(done, size) => {
                assert!(done >= last && size == 300_000);
                last = done;
            }
            Progress::Checked(done, _) => checked = done,
            Progress::Retrying(reason) => panic!("{reason}"),
        }
        ControlFlow::Continue(())
    });
    scene.assert_done(result);
    assert_eq!((last, checked), (300_000, 300_000));
    scene.assert_done(scene.get(&server));
    assert_eq!(server.ranges(), [""]);
}

/// The real one is in the catalogue; set-up makes the networks of it in the same way.
#[test]
fn an_archive_that_holds_no_model_leaves_none() {
    let scene = Scene::new();
    let server = Server::new(vec![whole(&scene.body)]);
    let archive = Archive { file: "test.whl".into(), size: 300_000, sha256: scene.sha256.clone() };
    let url = format!("{}ggml-test.bin", server.url);
    let model = Model { url, sha256: "0".repeat(64), archive: Some(archive), ..scene.model() };
    let result = get(&model, scene.folder.path(), &Options::default(), &mut |_| ControlFlow::Continue(()));
    scene.assert_failed(result, "no model could be made of what was downloaded: ", None);
    assert!(!scene.folder.path().join("test.whl").exists());
    // A mirror has the model itself.
    let options = Options { mirror: Some(server.url.clone()), ..Options::default() };
    let model = Model { sha256: scene.sha256.clone(), ..model };
    scene.assert_done(get(&model, scene.folder.path(), &options, &mut |_| ControlFlow::Continue(())));
    // What is there already is kept, and nothing is downloaded.
    scene.assert_done(get(&model, scene.folder.path(), &Options::default(), &mut |_| ControlFlow::Continue(())));
    assert_eq!(server.ranges().len(), 2);
}

#[test]
fn without_a_mirror_the_published_address_is_used() {
    // A variable that is set to nothing names none.
    for mirror in [None, Some(String::new())] {
        let scene = Scene::new();
        let server = Server::new(vec![whole(&scene.body)]);
        let model = Model { url: format!("{}ggml-test.bin", server.url), ..scene.model() };
        let options = Options { mirror, ..Options::default() };
        let result = get(&model, scene.folder.path(), &options, &mut |_| ControlFlow::Continue(()));
        scene.assert_done(result);
        assert_eq!(server.ranges(), [""]);
    }
}

#[test]
fn a_folder_is_made_and_a_wrong_file_replaced() {
    let scene = Scene::new();
    let server = Server::new(vec![whole(&scene.body)]);
    fs::remove_dir(scene.folder.path()).unwrap();
    scene.assert_done(scene.get(&server));
    fs::write(scene.path(), vec![7; scene.body.len()]).unwrap();
    scene.assert_done(scene.get(&server));
    assert_eq!(server.ranges(), ["", ""]);
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let scene = Scene::new();
    let server = Server::new(vec![broken(&scene.body, 100_000), rest(&scene.body, 100_000)]);
    let mut retries = Vec::new();
    let result = scene.get_with(&server.url, &mut |step| {
        if let Progress::Retrying(reason) = step {
            retries.push(reason.to_owned());
        }
        ControlFlow::Continue(())
    });
    scene.assert_done(result);
    assert_eq!(server.ranges(), ["", "bytes=100000-"]);
    assert_eq!(retries, ["the connection broke off"]);
}

#[test]
fn the_next_call_goes_on_too() {
    let scene = Scene::new();
    fs::write(scene.part(), &scene.body[..1234]).unwrap();
    let server = Server::new(vec![rest(&scene.body, 1234)]);
    scene.assert_done(scene.get(&server));
    assert_eq!(server.ranges(), ["bytes=1234-"]);
}

#[test]
fn a_whole_part_needs_no_server() {
    let scene = Scene::new();
    fs::write(scene.part(), &scene.body).unwrap();
    let server = Server::new(vec![whole(b"")]);
    scene.assert_done(scene.get(&server));
    assert_eq!(server.ranges(), [""; 0]);
}

#[test]
fn a_server_that_ignores_the_range_starts_anew() {
    let scene = Scene::new();
    fs::write(scene.part(), &scene.body[..1234]).unwrap();
    let server = Server::new(vec![whole(&scene.body)]);
    scene.assert_done(scene.get(&server));
    assert_eq!(server.ranges(), ["bytes=1234-"]);
}

#[test]
fn a_part_that_the_server_cannot_continue_starts_anew() {
    let other_place = |scene: &Scene| rest(&scene.body, 99);
    let refuses = |_: &Scene| answer("416 Range Not Satisfiable", "Content-Length: 0\r\n", b"");
    let other_size = |scene: &Scene| {
        answer("206 Partial Content", "Content-Range: bytes 1234-299999/999999\r\n", &scene.body[1234..])
    };
    let says_nothing = |scene: &Scene| answer("206 Partial Content", "", &scene.body[1234..]);
    for wrong in [&other_place as &dyn Fn(&Scene) -> Vec<u8>, &refuses, &other_size, &says_nothing] {
        let scene = Scene::new();
        fs::write(scene.part(), &scene.body[..1234]).unwrap();
        let server = Server::new(vec![wrong(&scene), whole(&scene.body)]);
        scene.assert_done(scene.get(&server));
        assert_eq!(server.ranges(), ["bytes=1234-", ""]);
    }
}

#[test]
fn a_part_of_something_else_is_thrown_away() {
    for length in [1234, 300_000, 300_001] {
        let scene = Scene::new();
        fs::write(scene.part(), vec![7; length]).unwrap();
        let answers =
            if length == 1234 { vec![rest(&scene.body, 1234), whole(&scene.body)] } else { vec![whole(&scene.body)] };
        let server = Server::new(answers);
        scene.assert_done(scene.get(&server));
    }
}

#[test]
fn a_server_that_keeps_breaking_off_is_given_up() {
    let scene = Scene::new();
    let server = Server::new(vec![broken(&scene.body, 1000), answer("503 Service Unavailable", "", b"")]);
    let result = scene.get(&server);
    assert_eq!(kind(&result), DownloadErrorKind::Interrupted { downloaded: 1000, size: 300_000 });
    scene.assert_failed(result, "503", Some(1000));
    assert_eq!(server.ranges(), ["", "bytes=1000-", "bytes=1000-"]);
}

#[test]
fn a_lie_about_the_length_is_seen() {
    let scene = Scene::new();
    for length in [299_999, 300_001, 0, u64::MAX] {
        let lie = answer("200 OK", &format!("Content-Length: {length}\r\n"), &scene.body);
        let reason = format!("offers {length} bytes instead of 300000");
        scene.assert_failed(scene.get(&Server::new(vec![lie])), &reason, None);
    }
    fs::write(scene.part(), &scene.body[..1234]).unwrap();
    let lie = answer("206 OK", "Content-Length: 5\r\nContent-Range: bytes 1234-299999/300000\r\n", b"12345");
    scene.assert_failed(scene.get(&Server::new(vec![lie])), "offers 1239 bytes instead of 300000", Some(1234));
}

#[test]
fn a_server_that_tells_no_length_may_not_send_more_or_less() {
    let scene = Scene::new();
    scene.assert_done(scene.get(&Server::new(vec![answer("200 OK", "", &scene.body)])));
    fs::remove_file(scene.path()).unwrap();

    let more = [&scene.body[..], b"!"].concat();
    scene.assert_failed(scene.get(&Server::new(vec![answer("200 OK", "", &more)])), "sends more", None);

    let less = answer("200 OK", "", &scene.body[..299_999]);
    scene.assert_failed(scene.get(&Server::new(vec![less])), "broke off", Some(299_999));
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let scene = Scene::new();
    let mut wrong = scene.body.clone();
    wrong[150_000] ^= 1;
    scene.assert_failed(scene.get(&Server::new(vec![whole(&wrong)])), "SHA-256", None);
    // And not after a try with what lay there, either.
    fs::write(scene.part(), &wrong[..200_000]).unwrap();
    let server = Server::new(vec![rest(&wrong, 200_000), whole(&wrong)]);
    scene.assert_failed(scene.get(&server), "SHA-256", None);
    assert_eq!(server.ranges(), ["bytes=200000-", ""]);
}

#[test]
fn a_refusal_is_told_at_once() {
    let scene = Scene::new();
    for (status, word) in [("404 Not Found", "404"), ("403 Forbidden", "403"), ("301 Moved", "")] {
        let server = Server::new(vec![answer(status, "Content-Length: 0\r\n", b"")]);
        scene.assert_failed(scene.get(&server), word, None);
        assert_eq!(server.ranges().len(), 1, "{status}");
    }
}

#[test]
fn no_server_and_no_address_are_told_at_once() {
    let scene = Scene::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let say = &mut |_: Progress<'_>| ControlFlow::Continue(());
    let refused = scene.get_with(&format!("http://{free}"), say);
    assert_eq!(kind(&refused), DownloadErrorKind::Unreachable);
    scene.assert_failed(refused, "refused", None);
    scene.assert_failed(scene.get_with("mirror/models", say), "no web address", None);
    scene.assert_failed(scene.get_with("http://", say), "", None);
}

#[test]
fn a_silent_server_is_given_up() {
    let scene = Scene::new();
    scene.assert_failed(scene.get(&Server::new(vec![Vec::new()])), "does not respond", None);
}

#[test]
fn what_was_fetched_before_a_stop_is_kept() {
    let scene = Scene::new();
    let server = Server::new(vec![broken(&scene.body, 1000), rest(&scene.body, 1000)]);
    let stopped = scene.get_with(&server.url, &mut |step| match step {
        Progress::Retrying(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(fs::metadata(scene.part()).unwrap().len(), 1000);
    scene.assert_done(scene.get(&server));
}

#[cfg(unix)]
#[test]
fn planted_links_and_pipes_are_not_written_to() {
    let scene = Scene::new();
    let server = Server::new(vec![whole(&scene.body), whole(&scene.body)]);
    let victim = scene.folder.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    for at in [scene.part(), scene.folder.path().join(".ggml-test.bin.lock")] {
        std::os::unix::fs::symlink(&victim, &at).unwrap();
        let link = scene.get(&server).unwrap_err().to_string();
        assert!(link.contains("it is a link, which is not followed; delete it"), "{link}");
        fs::remove_file(&at).unwrap();
        crate::gate::named_pipe(&at);
        let pipe = scene.get(&server).unwrap_err().to_string();
        assert!(pipe.contains("it is no regular file; delete it"), "{pipe}");
        fs::remove_file(&at).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    scene.assert_done(scene.get(&server));
    // A model is for everybody who may read new files of this user.
    fs::write(&victim, "new").unwrap();
    let names: Vec<_> = fs::read_dir(scene.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(fs::metadata(scene.path()).unwrap().permissions(), fs::metadata(&victim).unwrap().permissions());
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn two_at_once_do_not_mix() {
    let scene = Scene::new();
    let lock = fs::File::create(scene.folder.path().join(".ggml-test.bin.lock")).unwrap();
    lock.lock().unwrap();
    let server = Server::new(vec![whole(&scene.body)]);
    scene.assert_failed(scene.get(&server), "another program", None);
    drop(lock);

    let results: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| scene.get(&server))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(results.iter().any(Result::is_ok));
    assert!(fs::read(scene.path()).unwrap() == scene.body);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let scene = Scene::new();
    let file = scene.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let say = &mut |_: Progress<'_>| ControlFlow::Continue(());
    let result = get(&scene.model(), &file.join("models"), &Options::default(), say);
    assert_eq!(kind(&result), DownloadErrorKind::NotWritable);
    let error = result.unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
}

/// Its size alone does not tell that a copy is damaged.
#[test]
fn a_damaged_copy_is_downloaded_again_by_the_program() {
    let original = Store::of_user().find("base-q8_0").unwrap_or_else(|e| panic!("{e}: run `make test`, which gets it"));
    let published = fs::read(original).unwrap();
    let place = Place::new();
    let server = Server::new(vec![whole(&published)]);
    let get = || {
        let mut command = place.command(&format!("models get base-q8_0 -q --mirror {}", server.url));
        done(command.env("TRANSCRIBE_MODELS", place.path("models"))).ok().stdout
    };
    let mut changed = published.clone();
    changed[70_000_000] ^= 1;
    let path = format!("{}\n", place.path("models/ggml-base-q8_0.bin").display());
    for damaged in [&changed[..], &published[..1_000_000]] {
        fs::create_dir_all(place.path("models")).unwrap();
        place.write("models/ggml-base-q8_0.bin", damaged);
        assert_eq!(get(), path);
        assert!(fs::read(place.path("models/ggml-base-q8_0.bin")).unwrap() == published);
        assert_eq!(place.files("models"), ["ggml-base-q8_0.bin"]);
    }
    assert_eq!(get(), format!("base-q8_0 is installed already: {path}"));
    assert_eq!(server.ranges(), ["", ""]);
}
