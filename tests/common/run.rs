//! Runs the program as a user does, in a folder of its own, where it finds no settings and no models of this user.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use transcribe::audio::{self, Selection};

use crate::running::Running;

/// Real recordings of the repository.
pub(crate) const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recordings");

/// What is said in a script; whatever else happens, it is found in no message.
pub(crate) const SECRET: &str = "Geheimnis";

/// A folder in which the program runs.
pub(crate) struct Place {
    folder: TempDir,
    /// Where the program finds others, e.g. ffmpeg.
    path: OsString,
}

/// How the program ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Done {
    /// Exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// A new folder; `path` becomes the variable `PATH` of the program.
    pub(crate) fn with_path(path: impl Into<OsString>) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), path: path.into() };
        place.script("script.json", &says(&[(500, 2_000), (3_300, 4_000)]));
        place
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// One of the repository's recordings, under a name of its own.
    pub(crate) fn recording(&self, from: &str, name: &str) {
        fs::copy(Path::new(RECORDINGS).join(from), self.path(name)).unwrap();
    }

    /// Lines for the scripted recogniser; see `recognise/scripted.rs`.
    pub(crate) fn script(&self, name: &str, lines: &Value) {
        self.write(name, lines.to_string());
    }

    /// Each line of `arguments` is cut at spaces.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_transcribe"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("PATH", &self.path);
        command.env("HOME", self.path("home")).env_remove("TRANSCRIBE_MODELS").env_remove("TRANSCRIBE_MODEL_MIRROR");
        command.env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
        for folder in ["CONFIG", "DATA", "CACHE", "STATE"] {
            command.env(format!("XDG_{folder}_HOME"), self.path("home").join(folder));
        }
        command
    }

    /// Runs it without a script.
    pub(crate) fn run(&self, arguments: &str) -> Done {
        done(&mut self.command(arguments))
    }

    /// Runs it with the lines in `script.json`. Nothing of them may be found in messages.
    pub(crate) fn scripted(&self, arguments: &str) -> Done {
        self.run(&format!("--scripted script.json {arguments}"))
    }

    /// Names of all files here and in `folder`, sorted; without the settings and the script.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).filter(|n| n != "home").collect();
        names.sort();
        names
    }
}

/// Runs a program to its end, within the limit of [`Running`].
pub(crate) fn done(command: &mut Command) -> Done {
    Running::start(command).done()
}

impl Done {
    /// Exit code and messages; what the program measured becomes `_`.
    pub(crate) fn told(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        let lines: Vec<String> = self.stderr.lines().map(timeless).collect();
        format!("exit {code}\n{}", lines.join("\n"))
    }

    /// For runs that must be perfect.
    pub(crate) fn ok(self) -> Done {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }
}

/// `in 0:00:00 (845.1×)` differs from run to run.
fn timeless(line: &str) -> String {
    let Some((before, rest)) = line.split_once(" in 0:00:") else { return line.to_owned() };
    let Some((_, after)) = rest.split_once("×)") else { return line.to_owned() };
    format!("{before} in _{after}")
}

/// Lines of a script that say the secret, with times in milliseconds.
pub(crate) fn says(spans: &[(u64, u64)]) -> Value {
    spans
        .iter()
        .map(|(start, end)| json!({"start": start, "end": end, "text": format!("{SECRET} at {start}")}))
        .collect()
}

/// Start of what [`talk`] says the n-th time, in milliseconds.
pub(crate) fn turn(n: u64) -> u64 {
    n * 6_000
}

/// Says "And so, my fellow Americans" `count` times, with pauses after which a new clip begins, one every 6 s.
pub(crate) fn talk(place: &Place, name: &str, count: usize) {
    let path = Path::new(RECORDINGS).join("jfk.flac");
    let part = Selection { to: Some(transcribe::Millis(2_250)), ..Selection::default() };
    let mut recording = audio::open(&path, part).unwrap();
    let mut sound = Vec::new();
    while let Some(samples) = recording.read().unwrap() {
        sound.extend_from_slice(&samples);
    }
    sound.resize(6 * 16_000, 0.0);
    write_wav(&place.path(name), &sound.repeat(count));
}

/// 16 kHz, mono, 16 bits.
pub(crate) fn write_wav(path: &Path, sound: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    sound.iter().for_each(|s| file.write_sample((s * 32_767.0) as i16).unwrap());
    file.finalize().unwrap();
}

/// By the contract in `docs/`.
pub(crate) fn valid(json: &Value) {
    let contract = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/transcript.schema.json")).unwrap();
    let contract: Value = serde_json::from_str(&contract).unwrap();
    let wrong: Vec<String> =
        jsonschema::validator_for(&contract).unwrap().iter_errors(json).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
