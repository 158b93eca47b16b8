//! An installed `ffmpeg` for what Symphonia can't decode.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::RATE;
use crate::Millis;

/// A running `ffmpeg` that writes 16 kHz mono sound.
pub(super) struct Ffmpeg {
    child: Child,
    out: ChildStdout,
    /// The recording, as it is called in `ffmpeg`'s messages.
    name: String,
    /// Bytes that do not make a sample yet.
    rest: Vec<u8>,
}

impl Ffmpeg {
    /// Starts it at `from`. `None` if there is no `ffmpeg`.
    pub(super) fn start(path: &Path, track: Option<u16>, from: Millis) -> Option<Ffmpeg> {
        let map = format!("0:a:{}", track.unwrap_or(1).max(1) - 1);
        let mut child = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error"])
            // A playlist in disguise must not reach for the network.
            .args(["-protocol_whitelist", "file,pipe"])
            .args(["-ss", &format!("{}", from.seconds())])
            .arg("-i")
            .arg(format_path(path))
            .args(["-map", &map, "-vn", "-sn", "-dn"])
            // Gaps between packets become silence, as with our own decoder.
            .args(["-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", &RATE.to_string()])
            .args(["-f", "f32le", "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let out = child.stdout.take()?;
        Some(Ffmpeg { child, out, name: format_path(path).to_string_lossy().into_owned(), rest: Vec::new() })
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
            return self.finish().map(|()| Vec::new());
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

    fn finish(&mut self) -> Result<(), String> {
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.by_ref().take(10_000).read_to_string(&mut said);
        }
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
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
        reason.split_once(&path).map_or(reason, |(_, reason)| reason).to_owned()
    }
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
