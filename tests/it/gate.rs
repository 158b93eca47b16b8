//! Holds the scripted recogniser at a line until the test lets it go on.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustix::fs::{CWD, Mode};
use serde_json::Value;

use crate::run::Place;
use crate::running::LIMIT;

/// A named pipe that the recogniser reads: see `gate` in `recognise/scripted.rs`. Whoever waits goes on when it is dropped.
pub(crate) struct Gate {
    path: PathBuf,
    /// The end to write to, as soon as somebody reads.
    reached: Receiver<File>,
    held: Option<File>,
}

impl Gate {
    /// A gate at these lines of `script.json`, counted from 0.
    pub(crate) fn at(place: &Place, lines: impl IntoIterator<Item = usize>) -> Gate {
        // Not among the files that tests look at.
        fs::create_dir_all(place.path("home")).unwrap();
        lines.into_iter().for_each(|n| place.change(n, "gate", "home/gate"));
        Gate::new(place.path("home/gate"))
    }

    /// A gate that is this file, whatever lies there.
    pub(crate) fn new(path: PathBuf) -> Gate {
        let _ = fs::remove_file(&path);
        named_pipe(&path);
        let (send, reached) = channel();
        let pipe = path.clone();
        // Opening waits for a reader.
        thread::spawn(move || send.send(File::options().write(true).open(pipe).unwrap()));
        Gate { path, reached, held: None }
    }

    /// Waits until a recogniser is at the gate.
    #[track_caller]
    pub(crate) fn reached(&mut self) {
        let end = self.reached.recv_timeout(LIMIT);
        self.held = Some(end.unwrap_or_else(|_| panic!("after {LIMIT:?} no recogniser has come to the gate")));
    }
}

impl Place {
    /// Changes a line of `script.json`, counted from 0.
    pub(crate) fn change(&self, line: usize, field: &str, value: impl Into<Value>) {
        let mut script: Value = self.json("script.json");
        script[line][field] = value.into();
        self.script("script.json", &script);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // Those that come later find an empty file; those that wait see the end of the pipe.
        let open = self.path.with_extension("open");
        let _ = fs::write(&open, "").and_then(|()| fs::rename(&open, &self.path));
    }
}

pub(crate) fn named_pipe(path: &Path) {
    let mode = Mode::RUSR | Mode::WUSR;
    #[cfg(not(target_vendor = "apple"))]
    rustix::fs::mknodat(CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    #[cfg(target_vendor = "apple")]
    rustix::fs::mkfifoat(CWD, path, mode).unwrap();
}
