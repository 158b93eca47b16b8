//! The application without the command line: jobs that are driven by a listener and tokens alone.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use transcribe::app::jobs::{Job, JobHandle, with_queue};
use transcribe::app::models::SelectedModel;
use transcribe::app::{AppEvent, CancelToken, JobEvent, Listener, Settings};
use transcribe::format::Format;
use transcribe::{Completeness, Error, Line, Scripted, import};

/// No test waits longer for an event.
const LIMIT: Duration = Duration::from_secs(60);

/// Holds one job back when its recording is open, until it is told to go on.
struct Gate {
    job: &'static str,
    opened: Sender<()>,
    go_on: Mutex<Receiver<()>>,
    ended: Mutex<Vec<String>>,
}

impl Listener for Gate {
    fn event(&self, event: &AppEvent<'_>) {
        match event {
            AppEvent::Job { name, event: JobEvent::Opened { .. }, .. } if *name == self.job => {
                self.opened.send(()).expect("the test waits for it");
                self.go_on.lock().expect("unpoisoned").recv_timeout(LIMIT).expect("the test lets it go on");
            }
            AppEvent::Job { name, event: JobEvent::Ended { .. }, .. } => {
                self.ended.lock().expect("unpoisoned").push((*name).to_owned());
            }
            _ => {}
        }
    }
}

fn recording(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recordings/jfk.flac"), &path).expect("copied");
    path
}

#[test]
fn jobs_are_added_while_others_run_and_cancelled_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line { start: 300, end: 2_200, text: "And so, my fellow Americans".into(), ..Line::default() };
    let settings = Settings { formats: vec![Format::Json], ..Settings::default() };
    let model = SelectedModel::Scripted(Scripted::new(vec![line])).load(&settings).expect("a model");
    let settings = Arc::new(settings);
    let ((to_test, opened), (to_gate, go_on)) = (channel(), channel());
    let gate = Gate { job: "slow.flac", opened: to_test, go_on: Mutex::new(go_on), ended: Mutex::new(Vec::new()) };
    let job = |name: &str| Job::new(vec![recording(folder.path(), name)], &settings.formats, None);
    let finished = with_queue(&model, true, &CancelToken::new(), &gate, |queue| {
        let slow: JobHandle = queue.add(job("slow.flac"), &settings);
        let other = queue.add(job("other.flac"), &settings);
        opened.recv_timeout(LIMIT).expect("the first job opens its recording");
        let first = queue.next().expect("the other job ends while the first is held back");
        assert_eq!(first.id, other.id);
        let later = queue.add(job("later.flac"), &settings);
        slow.cancel();
        to_gate.send(()).expect("the first job waits");
        let mut rest = vec![queue.next().expect("two are left"), queue.next().expect("one is left")];
        assert!(queue.next().is_none(), "none is left");
        rest.sort_by_key(|finished| finished.id);
        assert_eq!([rest[0].id, rest[1].id], [slow.id, later.id]);
        rest.insert(1, first);
        rest
    });
    let [slow, other, later] = &finished[..] else { panic!("three jobs") };
    assert!(matches!(slow.error, Some(Error::Cancelled)), "{:?}", slow.error);
    for done in [other, later] {
        assert!(done.error.is_none(), "{:?}", done.error);
        let json = folder.path().join(&done.name).with_extension("json");
        let (transcript, _) = import::read(&json).expect("a transcript");
        assert_eq!(transcript.completeness, Completeness::Complete);
        assert_eq!(transcript.segments[0].text, "And so, my fellow Americans");
    }
    finished.into_iter().for_each(|finished| finished.close(true));
    let mut ended = gate.ended.into_inner().expect("unpoisoned");
    ended.sort();
    assert_eq!(ended, ["later.flac", "other.flac", "slow.flac"]);
    // Only what was cancelled keeps a checkpoint, if it had anything to resume.
    let checkpoints: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("checkpoint") && !name.contains("slow"))
        .collect();
    assert!(checkpoints.is_empty(), "{checkpoints:?}");
}

/// Panics when a job has ended.
struct Crashing;

impl Listener for Crashing {
    fn event(&self, event: &AppEvent<'_>) {
        assert!(!matches!(event, AppEvent::Job { event: JobEvent::Ended { .. }, .. }), "as a terminal might");
    }
}

#[test]
fn a_listener_that_crashes_costs_no_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = recording(folder.path(), "talk.flac");
    let (done, result) = channel();
    std::thread::spawn(move || {
        let settings = Settings { formats: vec![Format::Json], ..Settings::default() };
        let model = SelectedModel::Scripted(Scripted::default()).load(&settings).expect("a model");
        let settings = Arc::new(settings);
        let finished = with_queue(&model, false, &CancelToken::new(), &Crashing, |queue| {
            queue.add(Job::new(vec![path], &settings.formats, None), &settings);
            queue.next().expect("it ends")
        });
        done.send(finished.error.is_none()).expect("the test waits");
    });
    assert!(result.recv_timeout(LIMIT).expect("nobody waits for ever"));
}

#[test]
fn cancelling_the_queue_cancels_all_jobs() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings { formats: vec![Format::Json], ..Settings::default() };
    let model = SelectedModel::Scripted(Scripted::default()).load(&settings).expect("a model");
    let (settings, cancel) = (Arc::new(settings), CancelToken::new());
    cancel.cancel();
    with_queue(&model, true, &cancel, &(), |queue| {
        for name in ["a.flac", "b.flac"] {
            queue.add(Job::new(vec![recording(folder.path(), name)], &settings.formats, None), &settings);
        }
        while let Some(finished) = queue.next() {
            assert!(matches!(finished.error, Some(Error::Cancelled)));
            finished.close(false);
        }
    });
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "only the recordings");
}
