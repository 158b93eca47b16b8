//! An installed `ffmpeg` for what Symphonia can't decode.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::RATE;
use super::selection::{Channels, Layout};
use crate::Millis;

/// Header of a Sun AU file: magic number, offset of the sound, its size, encoding, rate, channels; big-endian.
const AU_HEADER: usize = 24;
/// Longest AU header that is read, with its annotation.
const AU_LONGEST: usize = 1 << 16;

/// What mixes channels to mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixer {
    /// ffmpeg, with the weights of surround channels.
    Ffmpeg,
    /// This library, by the mean: for more channels than ffmpeg can mix.
    Ours,
}

/// A running `ffmpeg` that writes 16 kHz sound to a pipe.
///
/// Mono comes as raw samples. All channels come as a Sun AU file, because its header tells how many there are.
pub(super) struct Ffmpeg {
    child: Child,
    stdout: ChildStdout,
    /// The recording, as it is called in ffmpeg's messages.
    name: String,
    /// Reads ffmpeg's messages: the end of them, when it is done.
    stderr: Option<JoinHandle<String>>,
    warning: Option<String>,
    selection: Channels,
    /// Whether all channels come, or their mix.
    all_channels: bool,
    /// Channels of the track; `None` until the header was read, and if the mix comes.
    channels: Option<u16>,
    /// Bytes that are not decoded yet.
    rest: Vec<u8>,
    /// Streams that were read already and are returned again.
    pending: Vec<Vec<f32>>,
}

impl Ffmpeg {
    /// Starts it at `from`, with `mixer` for [`Channels::Mix`]. `None` if no `ffmpeg` is installed.
    pub(super) fn start(
        path: &Path,
        track: Option<u16>,
        selection: Channels,
        mixer: Mixer,
        from: Millis,
    ) -> Option<Ffmpeg> {
        let all_channels = selection != Channels::Mix || mixer == Mixer::Ours;
        let mut command = command(path, track, &["-v", "error"], from);
        // Gaps between packets become silence, as with our own decoder.
        command.args(["-af", "aresample=async=1", "-ar", &RATE.to_string()]);
        match all_channels {
            false => command.args(["-ac", "1", "-f", "f32le", "-"]),
            true => command.args(["-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "-"]),
        };
        let mut child = command.spawn().ok()?;
        let stdout = child.stdout.take()?;
        let stderr = child.stderr.take().map(|stderr| thread::spawn(move || last_messages(stderr)));
        let name = format_path(path).to_string_lossy().into_owned();
        Some(Ffmpeg {
            child,
            stdout,
            name,
            stderr,
            warning: None,
            selection,
            all_channels,
            channels: None,
            rest: Vec::new(),
            pending: Vec::new(),
        })
    }

    /// Channels of the track; `None` before the first [`read`](Self::read), or if ffmpeg mixes them.
    pub(super) fn channels(&self) -> Option<u16> {
        self.channels
    }

    /// The next samples of each stream; no stream at the end.
    ///
    /// # Errors
    /// ffmpeg's message if it failed, or the reason if the selected channel does not exist.
    pub(super) fn read(&mut self) -> Result<Vec<Vec<f32>>, String> {
        if !self.pending.is_empty() {
            return Ok(std::mem::take(&mut self.pending));
        }
        loop {
            let ended = !self.fill()?;
            if self.all_channels && self.channels.is_none() && !self.read_header()? && !ended {
                continue;
            }
            let frame = 4 * usize::from(self.channels.unwrap_or(1));
            let whole = self.rest.len() / frame * frame;
            if whole > 0 {
                let bytes: Vec<u8> = self.rest.drain(..whole).collect();
                return self.decode(&bytes);
            }
            if ended {
                return self.finish();
            }
        }
    }

    /// Returns `streams` once more at the next read.
    pub(super) fn with_pending(mut self, streams: Vec<Vec<f32>>) -> Ffmpeg {
        self.pending = streams;
        self
    }

    /// What ffmpeg complained about although it came to the end. `None` before the end, or if there was nothing.
    pub(super) fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Reads more bytes; `false` at the end.
    fn fill(&mut self) -> Result<bool, String> {
        let mut bytes = vec![0; 64 * 1024];
        let count = loop {
            match self.stdout.read(&mut bytes) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| e.to_string())?,
            }
        };
        self.rest.extend_from_slice(&bytes[..count]);
        Ok(count > 0)
    }

    /// Takes the AU header off the bytes; `false` if they do not hold all of it yet.
    fn read_header(&mut self) -> Result<bool, String> {
        let Some(header) = au_header(&self.rest)? else { return Ok(false) };
        if self.rest.len() < header.length {
            return Ok(false);
        }
        self.rest.drain(..header.length);
        self.channels = Some(header.channels);
        Ok(true)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Vec<Vec<f32>>, String> {
        let (samples, _) = bytes.as_chunks::<4>();
        match self.channels {
            None => Ok(vec![samples.iter().map(|b| f32::from_le_bytes(*b)).collect()]),
            Some(channels) => {
                let streams = self.selection.streams(channels)?;
                let interleaved: Vec<f32> = samples.iter().map(|b| f32::from_be_bytes(*b)).collect();
                Ok(self.selection.apply(&interleaved, channels.into(), streams))
            }
        }
    }

    fn finish(&mut self) -> Result<Vec<Vec<f32>>, String> {
        let messages = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        match self.child.wait() {
            Ok(status) if status.success() => {
                self.warning = Some(messages.trim()).filter(|m| !m.is_empty()).map(|_| self.reason(&messages));
                Ok(Vec::new())
            }
            Ok(_) => Err(self.reason(&messages)),
            Err(e) => Err(e.to_string()),
        }
    }

    /// The line of ffmpeg's messages that tells a user something.
    fn reason(&self, messages: &str) -> String {
        if messages.contains("matches no streams") {
            return "it finds no sound in it".into();
        }
        let reason = messages.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or("it gave no reason");
        // Our own message names the path already.
        let path = format!("{}: ", self.name);
        let reason = reason.split_once(&path).map_or(reason, |(_, reason)| reason);
        // `[ac3 @ 0x55f8b81d9e00] incomplete frame`
        reason.strip_prefix('[').and_then(|r| r.split_once("] ")).map_or(reason, |(_, reason)| reason).to_owned()
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many tracks the file at `path` has, and channels its selected track. `None` if ffmpeg can't tell.
pub(super) fn layout(path: &Path, track: Option<u16>) -> Option<Layout> {
    let mut command = command(path, track, &["-hide_banner", "-v", "info"], Millis(0));
    command.args(["-frames:a", "1", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "-"]);
    let mut child = command.spawn().ok()?;
    let stderr = child.stderr.take()?;
    let messages = thread::spawn(move || first_messages(stderr));
    let mut sound = Vec::new();
    let read = child.stdout.take()?.take(AU_LONGEST as u64).read_to_end(&mut sound);
    // After a frame it ends by itself; where that is longer than what was read, it need not.
    let _ = child.kill();
    let _ = child.wait();
    let messages = messages.join().ok()?;
    read.ok()?;
    let channels = au_header(&sound).ok()??.channels;
    Some(Layout { tracks: audio_tracks(&messages).max(1), channels })
}

/// Counts the audio tracks of the input in ffmpeg's messages. The output is listed after the input.
fn audio_tracks(messages: &str) -> u16 {
    let input = messages.lines().take_while(|line| !line.starts_with("Stream mapping:"));
    let tracks = input.filter(|line| line.starts_with("  Stream #0:") && line.contains(": Audio: ")).count();
    u16::try_from(tracks).unwrap_or(u16::MAX)
}

struct AuHeader {
    /// In bytes; the sound follows.
    length: usize,
    channels: u16,
}

/// `None` if `bytes` do not hold the fixed part of the header yet.
fn au_header(bytes: &[u8]) -> Result<Option<AuHeader>, String> {
    let wrong = || "ffmpeg wrote something else than expected".to_owned();
    let Some(header) = bytes.get(..AU_HEADER) else { return Ok(None) };
    let (fields, _) = header.as_chunks::<4>();
    let field = |n: usize| u32::from_be_bytes(fields[n]);
    let length = usize::try_from(field(1)).map_err(|_| wrong())?;
    let channels = u16::try_from(field(5)).ok().filter(|channels| *channels > 0).ok_or_else(wrong)?;
    // 6: 32-bit floating point.
    match &fields[0] == b".snd" && (AU_HEADER..=AU_LONGEST).contains(&length) && field(3) == 6 {
        true => Ok(Some(AuHeader { length, channels })),
        false => Err(wrong()),
    }
}

/// `ffmpeg` with the input and the track, and pipes for its output and its messages.
fn command(path: &Path, track: Option<u16>, messages: &[&str], from: Millis) -> Command {
    let mut command = Command::new("ffmpeg");
    // A signal to us, from a keyboard or a job's end, must not stop it before we do.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .arg("-nostdin")
        .args(messages)
        // A playlist in disguise must not reach for the network.
        .args(["-protocol_whitelist", "file,pipe"])
        .args(["-ss", &format!("{}", from.seconds())])
        .arg("-i")
        .arg(format_path(path))
        .args(["-map", &format!("0:a:{}", track.unwrap_or(1).max(1) - 1), "-vn", "-sn", "-dn"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Bytes of messages that are kept.
const KEPT: usize = 4_000;
const KEPT_FIRST: usize = 64_000;

/// The end of the messages. Reads all the time, since a full pipe would stop `ffmpeg`: a damaged recording of an hour
/// gives more messages than a pipe holds.
fn last_messages(stderr: ChildStderr) -> String {
    messages(stderr, |kept| {
        kept.drain(..kept.len().saturating_sub(KEPT));
    })
}

/// The beginning of the messages.
fn first_messages(stderr: ChildStderr) -> String {
    messages(stderr, |kept| kept.truncate(KEPT_FIRST))
}

fn messages(mut stderr: ChildStderr, limit: impl Fn(&mut Vec<u8>)) -> String {
    let mut kept = Vec::new();
    let mut bytes = [0; 4_096];
    while let Ok(count @ 1..) = stderr.read(&mut bytes) {
        kept.extend_from_slice(&bytes[..count]);
        limit(&mut kept);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// `file:` keeps a name with a colon or a dash in front from being taken for a protocol or an option.
fn format_path(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(length: u32, encoding: u32, channels: u32) -> Vec<u8> {
        let fields = [length, u32::MAX, encoding, 16_000, channels];
        fields.iter().fold(b".snd".to_vec(), |all, field| [all, field.to_be_bytes().to_vec()].concat())
    }

    #[test]
    fn the_header_tells_the_channels() {
        let of = |bytes: &[u8]| au_header(bytes).map(|h| h.map(|h| (h.length, h.channels))).ok();
        assert_eq!(of(&header(32, 6, 32)), Some(Some((32, 32))));
        assert_eq!(of(&header(32, 6, 2)[..23]), Some(None));
        for wrong in
            [header(32, 3, 2), header(8, 6, 2), header(u32::MAX, 6, 2), header(32, 6, 0), header(32, 6, 70_000)]
        {
            assert_eq!(of(&wrong), None);
        }
        assert_eq!(of(b"RIFF____WAVEfmt ________"), None);
    }

    #[test]
    fn tracks_of_the_input_are_counted() {
        let messages = "Input #0, matroska,webm, from 'file:a.mkv':\n  Stream #0:0: Video: h264\n  Stream #0:1(eng): Audio: \
                        opus, 48000 Hz, stereo\n      title           : Stream #0:9: Audio: x\n  Stream #0:2: Audio: ac3\n\
                        Stream mapping:\n  Stream #0:2 -> #0:0\n  Stream #0:0: Audio: pcm_f32be\n";
        assert_eq!(audio_tracks(messages), 2);
        assert_eq!(audio_tracks(""), 0);
    }
}
