//! An installed `ffmpeg` for what Symphonia can't decode.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::RATE;
use crate::Millis;

/// A running `ffmpeg` that writes 16 kHz mono sound.
pub(super) struct Ffmpeg {
    child: Child,
    out: ChildStdout,
    /// The recording, as it is called in `ffmpeg`'s messages.
    name: String,
    /// Listens to what it says: the end of it, when it is done.
    said: Option<JoinHandle<String>>,
    complaint: Option<String>,
    /// Bytes that do not make a sample yet.
    rest: Vec<u8>,
}

impl Ffmpeg {
    /// Starts it at `from`. `None` if there is no `ffmpeg`.
    pub(super) fn start(path: &Path, track: Option<u16>, from: Millis) -> Option<Ffmpeg> {
        let map = format!("0:a:{}", track.unwrap_or(1).max(1) - 1);
        let mut command = Command::new("ffmpeg");
        // Whoever stops us, by a key or by ending a job, lets us stop it in order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(["-nostdin", "-v", "error"])
            // A playlist in disguise must not reach for the network.
            .args(["-protocol_whitelist", "file,pipe"])
            .args(["-ss", &format!("{}", from.seconds())])
            .arg("-i")
            .arg(format_path(path))
            .args(["-map", &map, "-vn", "-sn", "-dn"])
            // Gaps between packets become silence, as with our own decoder.
            .args(["-af", "aresample=async=1", "-ac", "1", "-ar", &RATE.to_string()])
            .args(["-f", "f32le", "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let out = child.stdout.take()?;
        let said = child.stderr.take().map(|stderr| thread::spawn(move || listen(stderr)));
        let name = format_path(path).to_string_lossy().into_owned();
        Some(Ffmpeg { child, out, name, said, complaint: None, rest: Vec::new() })
    }

    /// The next samples; empty at the end.
    ///
    /// # Errors
    /// What `ffmpeg` said, if it gave up.
    pub(super) fn read(&mut self) -> Result<Vec<f32>, String> {
        let mut bytes = vec![0; 64 * 1024];
        let count = loop {
            match self.out.read(&mut bytes) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| e.to_string())?,
            }
        };
        if count == 0 && self.rest.len() < 4 {
            return self.finish();
        }
        self.rest.extend_from_slice(&bytes[..count]);
        let (samples, _) = self.rest.as_chunks::<4>();
        let samples: Vec<f32> = samples.iter().map(|b| f32::from_le_bytes(*b)).collect();
        self.rest.drain(..samples.len() * 4);
        Ok(samples)
    }

    /// Gives `samples` once more.
    pub(super) fn with_pending(mut self, samples: &[f32]) -> Ffmpeg {
        let again: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        self.rest.splice(..0, again);
        self
    }

    /// What it complained about although it came to the end. `None` before the end, or if there was nothing.
    pub(super) fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    fn finish(&mut self) -> Result<Vec<f32>, String> {
        let said = self.said.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        match self.child.wait() {
            Ok(status) if status.success() => {
                self.complaint = Some(said.trim()).filter(|s| !s.is_empty()).map(|_| self.reason(&said));
                Ok(Vec::new())
            }
            Ok(_) => Err(self.reason(&said)),
            Err(e) => Err(e.to_string()),
        }
    }

    /// The line of `said` that tells a user something.
    fn reason(&self, said: &str) -> String {
        if said.contains("matches no streams") {
            return "it finds no sound in it".into();
        }
        let reason = said.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or("it gave no reason");
        // The path stands in our own message already.
        let path = format!("{}: ", self.name);
        let reason = reason.split_once(&path).map_or(reason, |(_, reason)| reason);
        // `[ac3 @ 0x55f8b81d9e00] incomplete frame`
        reason.strip_prefix('[').and_then(|r| r.split_once("] ")).map_or(reason, |(_, reason)| reason).to_owned()
    }
}

/// Reads all the time, for a full pipe would stop `ffmpeg`: a damaged recording of an hour says more than that holds.
fn listen(mut stderr: ChildStderr) -> String {
    const KEPT: usize = 4_000;
    let mut said = Vec::new();
    let mut bytes = [0; 4_096];
    while let Ok(count @ 1..) = stderr.read(&mut bytes) {
        said.extend_from_slice(&bytes[..count]);
        said.drain(..said.len().saturating_sub(KEPT));
    }
    String::from_utf8_lossy(&said).into_owned()
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `file:` keeps a name with a colon or a dash in front from being taken for a protocol or an option.
fn format_path(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}
