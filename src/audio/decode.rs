//! Decoding with Symphonia: from packets to streams of sound on the container's clock.
//!
//! Each packet has a time. What is missing between two packets becomes silence, so that hours later a word still has the
//! time at which a player plays it.

use std::collections::VecDeque;
use std::io::ErrorKind;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

use super::codecs::check_rate;
use super::matroska;
use super::mix::StreamMaker;
use super::mp4::edits::{Edits, Piece};
use super::outliers::{self, Outliers};
use super::selection::{Channels, Layout};
use crate::{Millis, Warning, WarningKind, wording};

use appended::Joined;

mod appended;
mod damage;
mod open;
mod skip;

/// Only a larger difference than this is a gap, since containers round their times and some encoders are inexact. Half of
/// the 100 ms that the times of words may be off.
const TOLERANCE: Millis = Millis(50);
/// A longer gap than this is a broken clock.
pub(super) const LONGEST_GAP: Millis = Millis(6 * 3_600_000);
/// How much is decoded before the place that is skipped to, since codecs build on earlier packets.
const WARM_UP: Millis = Millis(1_000);
/// Sound of one packet.
pub(super) struct Block {
    /// Frames a second.
    pub(super) rate: u32,
    /// Frames before it, without the silence.
    pub(super) start: u64,
    /// Silence before it, in frames.
    pub(super) gap: u64,
    /// The streams of the selection, all of the same length and at least one.
    pub(super) streams: Vec<Vec<f32>>,
}

impl Block {
    /// Length in frames, without the gap.
    pub(super) fn len(&self) -> usize {
        self.streams.first().map_or(0, Vec::len)
    }

    /// Replaces its sound by silence.
    pub(super) fn silence(&mut self) {
        self.streams.iter_mut().for_each(|stream| stream.fill(0.0));
    }
}

/// An open recording.
pub(super) struct Decoder {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Number of the track among the audio tracks, counted from 1.
    number: u16,
    time_base: TimeBase,
    rate: u32,
    layout: Layout,
    selection: Channels,
    maker: StreamMaker,
    /// Streams that are made of each packet.
    streams: usize,
    /// What is played of the track, if the file has a list of that.
    edits: Option<Edits>,
    /// Packets that were read to find the start of the clock.
    ahead: VecDeque<Packet>,
    /// Sound that is not known to be any yet.
    outliers: Outliers,
    /// Whether it can decode to something else than was encoded, since the codec is lossy.
    is_lossy: bool,
    /// Sound that was not returned yet.
    waiting: VecDeque<Block>,
    /// The start of the clock, in frames of the container's time.
    origin: i128,
    /// Frames returned so far, with gaps.
    position: i128,
    /// How much more silence the container's clock may add.
    silence_left: Millis,
    length: Option<Millis>,
    /// How long the sound should be at least, if the container tells it exactly.
    promised: Option<Millis>,
    /// Why the file could not be read to its end.
    damage: Option<String>,
    /// Whether there is more in the file that can't be read.
    is_damaged: bool,
    /// The error of the disk, if it failed.
    failure: Option<std::io::Error>,
    /// MPEG audio: its length may be an estimate, and files that were concatenated have the length of the first one. It
    /// ends where no more sound comes.
    endless: bool,
    warnings: Vec<Warning>,
    /// After skipping, until a packet tells the position.
    lost: bool,
    /// Whether a new stream of a chain begins after the packets that were read ahead.
    is_reset: bool,
    /// Whether fragments are played later than those before them end, which the reader does not notice.
    has_gaps: bool,
    /// Packets of the track so far, and how many of them are damaged.
    packets: u64,
    broken: u64,
    broken_in_a_row: u32,
    /// The file, if what was appended to it has to be looked for.
    joined: Option<Joined>,
    /// Whether there was a warning about another number of channels.
    other_channels: bool,
    /// Whether there was a warning about a clock that jumps.
    has_jumped: bool,
    interleaved: Vec<f32>,
    /// Of MPEG audio: the form of the last frame.
    form: Option<[u8; 3]>,
    ended: bool,
}

impl Decoder {
    /// Number of the track, counted from 1.
    pub(super) fn number(&self) -> u16 {
        self.number
    }

    /// How many tracks the file and channels the track has.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of streams in each block.
    pub(super) fn streams(&self) -> usize {
        self.streams
    }

    /// The length according to the container, perhaps an estimate.
    pub(super) fn length(&self) -> Option<Millis> {
        self.length
    }

    /// The length according to the container; `None` if it is an estimate, or that of the first stream of a chain.
    pub(super) fn exact_length(&self) -> Option<Millis> {
        self.length.filter(|_| !self.endless && self.reader.format_info().short_name != "ogg")
    }

    /// Whether what follows gaps in the file comes too early, so that another decoder is better.
    pub(super) fn has_gaps(&self) -> bool {
        self.has_gaps
    }

    /// Why the file could not be read to its end; `None` if it could, or before the end.
    pub(super) fn damage(&self) -> Option<String> {
        self.damage.clone()
    }

    /// The error of the disk, if it failed.
    pub(super) fn take_failure(&mut self) -> Option<std::io::Error> {
        self.failure.take()
    }

    /// Adds a warning about the whole.
    pub(super) fn warn(&mut self, kind: WarningKind) {
        self.warnings.push(Warning::new(None, kind));
    }

    /// The warnings since the last call.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    fn time(&self, frames: i128) -> Millis {
        Millis(u64::try_from(frames * 1000 / i128::from(self.rate)).unwrap_or(0))
    }

    fn now(&self) -> Millis {
        self.time(self.position)
    }

    /// The next sound; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Block> {
        loop {
            if let Some(block) = self.waiting.pop_front() {
                return Some(block);
            }
            if self.ended {
                return None;
            }
            let packet = match self.ahead.pop_front() {
                Some(packet) => packet,
                None if std::mem::take(&mut self.is_reset) => {
                    self.follow_new_track();
                    continue;
                }
                None => match self.reader.next_packet() {
                    Ok(Some(packet)) => packet,
                    Ok(None) | Err(SymphoniaError::DecodeError(_) | SymphoniaError::Unsupported(_))
                        if self.next_file() =>
                    {
                        continue;
                    }
                    Ok(None) => {
                        self.end(None);
                        continue;
                    }
                    Err(SymphoniaError::ResetRequired) => {
                        self.follow_new_track();
                        continue;
                    }
                    // The disk or the network failed, not the file.
                    Err(SymphoniaError::IoError(e)) if e.raw_os_error().is_some() => {
                        self.failure = Some(e);
                        self.end(None);
                        continue;
                    }
                    Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                        if self.next_file() {
                            continue;
                        }
                        let matroska = self.joined.take().filter(|joined| joined.is_matroska);
                        let whole = matroska.and_then(|joined| matroska::is_whole(joined.file)) == Some(true);
                        self.end((!whole).then_some(WarningKind::FileTruncated { expected: None }));
                        continue;
                    }
                    Err(error) => {
                        self.end(Some(WarningKind::RestDamaged { detail: error.to_string() }));
                        continue;
                    }
                },
            };
            if packet.track_id == self.track {
                self.decode(&packet);
            }
        }
    }

    /// `damage`: why there is no more, if the file has more.
    fn end(&mut self, damage: Option<WarningKind>) {
        self.ended = true;
        self.judge(true);
        let now = self.now();
        if self.broken > 1 {
            self.warnings.push(Warning::new(None, WarningKind::PacketsDamaged { count: self.broken }));
        }
        if let Some(damage) = damage {
            self.is_damaged = !matches!(damage, WarningKind::FileTruncated { .. });
            self.damage = Some(wording::kind(&damage, wording::Language::English));
            self.warnings.push(Warning::new(Some(now), damage));
        } else if let Some(length) = self.promised.filter(|l| l.0 > now.0 + 1_000 + l.0 / 100) {
            let expected = Some(length);
            self.warnings.push(Warning::new(Some(now), WarningKind::FileTruncated { expected }));
        }
    }

    /// Decodes a packet; its sound waits to be returned.
    fn decode(&mut self, packet: &Packet) {
        let heard = packet.dur.saturating_add(if self.endless { packet.trim_end } else { Duration::ZERO });
        self.packets += 1;
        let Some(streams) = self.decode_streams(packet, heard) else { return };
        let length = streams[0].len();
        let start = frames(packet.pts.get(), self.time_base, self.rate);
        let pieces = match &mut self.edits {
            Some(edits) => edits.pieces(start, length, self.rate),
            None => vec![self.trim(packet, heard, start - self.origin, length)],
        };
        for Piece { from, to, due } in pieces {
            if self.lost {
                self.lost = from == to;
                self.position = due;
            }
            let gap = self.gap(due);
            let start = u64::try_from(self.position).unwrap_or(0);
            self.position += i128::from(gap) + (to - from) as i128;
            let streams = streams.iter().map(|stream| stream[from..to].to_vec()).collect();
            self.outliers.push(Block { rate: self.rate, start, gap, streams });
        }
        self.judge(!self.is_lossy);
    }

    /// What is played of a packet of `length` frames that begins at `start`, as its container says.
    fn trim(&self, packet: &Packet, heard: Duration, start: i128, length: usize) -> Piece {
        let in_frames = |time: Duration| frames(time.get().try_into().unwrap_or(0), self.time_base, self.rate);
        let (whole, trim) = (in_frames(packet.block_dur()), in_frames(packet.trim_start));
        // Some decoders trim what the packet tells them to, others leave it to us, as those of MPEG audio are told to.
        let untrimmed = trim > 0 && (self.endless || length as i128 == whole);
        let mut cut = if untrimmed { trim } else { 0 };
        let mut due = if trim > 0 { start + trim } else { start };
        if due < 0 {
            cut -= due;
            due = 0;
        }
        let from = usize::try_from(cut).unwrap_or(0).min(length);
        let to = match untrimmed {
            true => length.min(from + usize::try_from(in_frames(heard)).unwrap_or(0)),
            false => length,
        };
        Piece { from, to, due }
    }

    /// The sound of a packet, before anything is trimmed; silence of the length `heard` if it is damaged. Not empty.
    /// `None` if nothing comes of it.
    fn decode_streams(&mut self, packet: &Packet, heard: Duration) -> Option<Vec<Vec<f32>>> {
        self.follow_new_form(packet);
        match self.decoder.decode(packet) {
            Ok(sound) => {
                let channels = sound.spec().channels().count().max(1);
                let rate = sound.spec().rate();
                sound.copy_to_vec_interleaved(&mut self.interleaved);
                if let Err(detail) = check_rate(rate) {
                    self.end(Some(WarningKind::RestUndecodable { detail }));
                    return None;
                }
                if outliers::is_garbage(&self.interleaved, self.is_lossy) {
                    return self.damaged(outliers::GARBAGE, heard);
                }
                if rate != self.rate {
                    self.position = self.position * i128::from(rate) / i128::from(self.rate);
                    self.origin = self.origin * i128::from(rate) / i128::from(self.rate);
                    self.rate = rate;
                }
                self.broken_in_a_row = 0;
                self.compare_channels(channels);
                let streams = self.maker.make(&mut self.interleaved, channels, self.streams, self.rate);
                let now = self.now();
                self.warnings.extend(self.maker.take_warnings().map(|kind| Warning::new(Some(now), kind)));
                Some(streams)
            }
            Err(SymphoniaError::ResetRequired) => {
                self.follow_new_track();
                None
            }
            Err(error) => self.damaged(&error.to_string(), heard),
        }
    }

    /// Warns if channels are read one by one and there are more or fewer than at the beginning.
    fn compare_channels(&mut self, channels: usize) {
        let first = usize::from(self.layout.channels);
        if channels != first && self.selection != Channels::Mix && !self.other_channels {
            self.other_channels = true;
            let kind = WarningKind::ChannelsChanged { from: first as u64, to: channels as u64 };
            self.warnings.push(Warning::new(Some(self.now()), kind));
        }
    }

    /// Frames of silence before a packet whose time is the frame `due`.
    fn gap(&mut self, due: i128) -> u64 {
        // Its times are counted frames, and those of appended files are of another length.
        if self.endless {
            return 0;
        }
        let limit = |time: Millis| i128::from(time.0) * i128::from(self.rate) / 1000;
        let ahead = due - self.position;
        if ahead.abs() <= limit(TOLERANCE) {
            return 0;
        }
        if (0..=limit(LONGEST_GAP.min(self.silence_left))).contains(&ahead) {
            if self.reader.format_info().short_name == "flac" {
                self.count_damage("frames are missing", self.now());
            }
            self.silence_left = self.silence_left - self.time(ahead);
            return u64::try_from(ahead).unwrap_or(0);
        }
        // No sound is dropped because of a clock that jumps; the clock is set instead.
        if !std::mem::replace(&mut self.has_jumped, true) {
            self.warnings.push(Warning::new(Some(self.now()), WarningKind::TimesJump));
        }
        self.origin += ahead;
        self.promised = None;
        0
    }
}

/// A time of the container in frames.
pub(super) fn frames(time: i64, base: TimeBase, rate: u32) -> i128 {
    i128::from(time) * i128::from(base.numer.get()) * i128::from(rate) / i128::from(base.denom.get())
}
