//! An installed `ffmpeg` for what Symphonia can't decode.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use self::messages::{
    audio_tracks, clock_was_set, complaint, decoded_share, first_messages, is_much_shorter, last_messages, sample_rate,
};
use super::RATE;
use super::decode::{Block, LONGEST_GAP};
use super::mix::StreamMaker;
use super::outliers::{self, Outliers};
use super::selection::{Channels, Layout};
use crate::{Millis, WarningKind};

mod messages;

/// Header of a Sun AU file: magic number, offset of the sound, its size, encoding, rate, channels; big-endian.
const AU_HEADER: usize = 24;
/// Frames that are judged together whether they are sound: 20 ms.
const PIECE: usize = RATE as usize / 50;
/// Bytes that ffmpeg may allocate at once.
const MOST_MEMORY: &str = "1000000000";
/// A clock that goes back by more than a second is set: what follows comes after what was there, or it would be dropped. Numbers that
/// are stored, in units of the clock: 0 is added to the times, 1 is the length of the last frame, 2 by how much the clock was set at
/// it. That is printed one frame later, since the end of the file is no frame.
const SET_CLOCK: &str = "asetpts='if(gt(ld(2),0),print(ld(2),40));\
                         st(2,if(lt(PTS+ld(0),PREV_OUTPTS-1/TB),PREV_OUTPTS+ld(1)-PTS-ld(0),0));\
                         st(0,ld(0)+ld(2));st(1,NB_SAMPLES/SR/TB);PTS+ld(0)'";
/// Prints the time of the first frame, as information.
const TELL_START: &str = "asetpts='if(eq(N,0),print(T,32));PTS'";
/// Longest AU header that is read, with its annotation.
const AU_LONGEST: usize = 1 << 16;

/// Containers that hold their sound themselves, by ffmpeg's names. Not among them are playlists (`hls`, `dash`, `concat`,
/// `imf`, …), descriptions of streams (`sdp`, `rtsp`), sequences of files (`image2`), and devices: they make other files or the
/// network a part of the recording.
const CONTAINERS: &str = "aac,ac3,ac4,adx,aea,aiff,alaw,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,avr,caf,codec2,daud,dsf,dss,dts,\
                          dtshd,dv,eac3,epaf,flac,flv,g722,g723_1,g726,g726le,g729,gsm,gxf,hcom,iff,ilbc,ircam,kux,live_flv,\
                          loas,matroska,mlp,mmf,mov,mp3,mpc,mpc8,mpeg,mpegts,mulaw,mxf,nistsphere,nsv,nut,nuv,ogg,oma,paf,\
                          pva,qcp,rm,rso,sbc,sds,shn,sln,sox,spdif,swf,tak,truehd,tta,ty,voc,vqf,w64,wav,wsd,wtv,wv,xwma";

/// A running `ffmpeg` that writes 16 kHz sound to a pipe: all channels, as a Sun AU file, because its header tells how many
/// there are.
pub(super) struct Ffmpeg {
    child: Child,
    stdout: ChildStdout,
    /// The recording, as it is called in ffmpeg's messages.
    name: String,
    /// Reads ffmpeg's messages: the end of them, when it is done.
    stderr: Option<JoinHandle<String>>,
    /// Gets the time of the first frame, in seconds, before there is any sound.
    start: Receiver<f64>,
    /// Frames of silence before the first frame that were not returned yet.
    silence: u64,
    /// Frames that come before time zero and were not dropped yet.
    early: u64,
    warning: Option<WarningKind>,
    /// Whether there was a warning about a clock that jumps.
    has_jumped: bool,
    /// The share of the sound that was lost; 0 before the end.
    lost: f64,
    track: u16,
    selection: Channels,
    streams: StreamMaker,
    /// Channels of the track; `None` until the header was read.
    channels: Option<u16>,
    /// Frames that were decoded so far.
    read: u64,
    /// Sound that is not known to be any yet.
    outliers: Outliers,
    /// Pieces that were returned, and how many of them are garbage.
    pieces: u64,
    garbage: u64,
    ended: bool,
    /// Bytes that are not decoded yet.
    rest: Vec<u8>,
    /// Streams that were read already and are returned again.
    pending: Vec<Vec<f32>>,
}

impl Ffmpeg {
    /// Starts it with the track of this number, counted from 1. `None` if no `ffmpeg` is installed.
    pub(super) fn start(path: &Path, track: u16, selection: Channels) -> Option<Ffmpeg> {
        let mut command = command(path, track, &["-hide_banner", "-nostats", "-v", "level+verbose"]);
        // Gaps between packets become silence, as with our own decoder. ffmpeg makes all of it at once, so it does that at the
        // low rate. It would make silence before the first packet, too, but again wherever the number of channels changes.
        command.args(["-af", &format!("{TELL_START},{SET_CLOCK},aresample={RATE},aresample={RATE}:async=1")]);
        command.args(["-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "-"]);
        let mut child = command.spawn().ok()?;
        let stdout = child.stdout.take()?;
        let (sender, start) = mpsc::channel();
        let stderr = child.stderr.take().map(|stderr| thread::spawn(move || last_messages(stderr, &sender)));
        let name = format_path(path).to_string_lossy().into_owned();
        Some(Ffmpeg {
            child,
            stdout,
            name,
            stderr,
            start,
            silence: 0,
            early: 0,
            warning: None,
            has_jumped: false,
            lost: 0.0,
            track,
            selection,
            streams: StreamMaker::new(selection),
            channels: None,
            read: 0,
            outliers: Outliers::new(),
            pieces: 0,
            garbage: 0,
            ended: false,
            rest: Vec::new(),
            pending: Vec::new(),
        })
    }

    /// Number of the track, counted from 1.
    pub(super) fn track(&self) -> u16 {
        self.track
    }

    /// Channels of the track; `None` before the first [`read`](Self::read).
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
            if self.silence > 0 {
                return Ok(self.silent_streams());
            }
            if let Some((mut piece, is_outlier)) = self.outliers.pop(self.ended, self.is_damaged()) {
                if is_outlier {
                    self.garbage += 1;
                    piece.silence();
                }
                return Ok(piece.streams);
            }
            if self.ended {
                return self.finish();
            }
            self.ended = !self.fill()?;
            if self.channels.is_none() && !self.read_header()? {
                continue;
            }
            let frame = 4 * usize::from(self.channels.unwrap_or(1));
            let bytes: Vec<u8> = self.rest.drain(..self.rest.len() / frame * frame).collect();
            self.decode(&bytes)?;
        }
    }

    /// Returns `streams` once more at the next read.
    pub(super) fn with_pending(mut self, streams: Vec<Vec<f32>>) -> Ffmpeg {
        self.pending = streams;
        self
    }

    /// The warnings since the last call: about the sound, and at the end what ffmpeg complained about.
    pub(super) fn take_warnings(&mut self) -> Vec<WarningKind> {
        self.streams.take_warnings().chain(self.warning.take()).collect()
    }

    /// Whether less than half of the sound could be decoded. `false` before the end.
    pub(super) fn most_failed(&self) -> bool {
        self.lost > 0.5
    }

    /// Whether more of the sound so far was lost than is rare.
    pub(super) fn is_damaged(&self) -> bool {
        self.lost > outliers::RARE || outliers::is_damaged(self.garbage, self.pieces)
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
        // It is told before anything is written.
        let start = self.start.recv().unwrap_or_default();
        let frames = (start.abs() * f64::from(RATE)).round() as u64;
        match start > 0.0 {
            true if start > LONGEST_GAP.seconds() => self.has_jumped = true,
            true => self.silence = frames,
            false => self.early = frames,
        }
        self.selection.streams(header.channels)?;
        Ok(true)
    }

    /// At most a second of the silence before the first frame.
    fn silent_streams(&mut self) -> Vec<Vec<f32>> {
        let length = self.silence.min(RATE.into());
        self.silence -= length;
        self.read += length;
        let streams = self.selection.streams(self.channels.unwrap_or(1)).unwrap_or(1);
        vec![vec![0.0; length as usize]; streams]
    }

    /// Decodes whole frames; their sound waits to be returned.
    fn decode(&mut self, bytes: &[u8]) -> Result<(), String> {
        let channels = self.channels.unwrap_or(1);
        let streams = self.selection.streams(channels)?;
        let (samples, _) = bytes.as_chunks::<4>();
        let mut interleaved: Vec<f32> = samples.iter().map(|b| f32::from_be_bytes(*b)).collect();
        let early = self.early.min((interleaved.len() / usize::from(channels)) as u64);
        interleaved.drain(..early as usize * usize::from(channels));
        self.early -= early;
        for piece in interleaved.chunks_mut(PIECE * usize::from(channels)) {
            // A few may be those of an encoder that loses nothing.
            if 4 * outliers::count_garbage(piece) > piece.len() {
                piece.fill(0.0);
                self.garbage += 1;
            }
            self.pieces += 1;
            let streams = self.streams.make(piece, channels.into(), streams, RATE);
            let block = Block { rate: RATE, start: self.read, gap: 0, streams };
            self.read += block.len() as u64;
            self.outliers.push(block);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Vec<f32>>, String> {
        let messages = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let complaint = complaint(&messages, &self.name);
        let status = self.child.wait().map_err(|e| e.to_string())?;
        let read = Millis(self.read * 1000 / u64::from(RATE));
        // Above a share of errors it also fails itself.
        let failed = complaint.is_some() || !status.success();
        if self.read > 0 {
            let sound = 1.0 - self.garbage as f64 / self.pieces.max(1) as f64;
            let is_short = failed && is_much_shorter(read, &messages);
            self.lost = if is_short { 1.0 } else { 1.0 - decoded_share(&messages) * sound };
        }
        if !status.success() && !self.most_failed() {
            return Err(complaint.unwrap_or_else(|| "it gave no reason".into()));
        }
        // A gap of hours, for whose silence there was no memory, or a clock that goes back.
        let jumps =
            self.has_jumped || messages.contains("Failed to compensate for timestamp") || clock_was_set(&messages);
        self.warning = match jumps {
            true => Some(WarningKind::TimesJump),
            false => {
                let garbage = (self.garbage > 0).then(|| outliers::GARBAGE.to_owned());
                complaint.or(garbage).map(|detail| WarningKind::FfmpegDamage { detail })
            }
        };
        Ok(Vec::new())
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What ffmpeg finds in a file.
pub(super) struct Found {
    pub(super) layout: Layout,
    /// Number of the default track, counted from 1.
    pub(super) default: u16,
    /// Sample rate of the selected track, in Hz; `None` if it is not told.
    pub(super) rate: Option<u32>,
}

/// What the file at `path` holds, and its selected track. `None` if ffmpeg can't tell.
pub(super) fn find(path: &Path, track: Option<u16>) -> Option<Found> {
    let mut command = command(path, track.unwrap_or(1), &["-hide_banner", "-v", "info"]);
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
    let (tracks, default) = audio_tracks(&messages);
    let rate = sample_rate(&messages, track.unwrap_or(default));
    Some(Found { layout: Layout { tracks: tracks.max(1), channels }, default, rate })
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
fn command(path: &Path, track: u16, messages: &[&str]) -> Command {
    let mut command = Command::new("ffmpeg");
    // A signal to us, from a keyboard or a job's end, must not stop it before we do.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .arg("-nostdin")
        .args(messages)
        // A playlist in disguise must not make another file, or something on the network, a part of this recording.
        .args(["-protocol_whitelist", "file", "-format_whitelist", CONTAINERS])
        // What a header claims must not exhaust memory.
        .args(["-max_alloc", MOST_MEMORY])
        // Otherwise it would take a gap of 10 s in a broadcast for a broken clock.
        .args(["-dts_delta_threshold", &format!("{}", LONGEST_GAP.seconds())])
        // Without an offset it would take the start of the sound for that of a broadcast, even if the picture begins earlier.
        .args(["-itsoffset", "0.000001"])
        .arg("-i")
        .arg(format_path(path))
        .args(["-map", &format!("0:a:{}", track.max(1) - 1), "-vn", "-sn", "-dn"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
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
}
