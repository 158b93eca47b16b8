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

use super::codecs::choose;
use super::selection::{Channels, Layout};
use crate::{Millis, Warning, WarningKind, wording};

mod open;
mod skip;

/// Only a larger difference than this is a gap, since containers round their times and some encoders are inexact. Half of
/// the 100 ms that the times of words may be off.
const TOLERANCE: Millis = Millis(50);
/// A longer gap than this is a broken clock.
const LONGEST_GAP: Millis = Millis(6 * 3_600_000);
/// How much is decoded before the place that is skipped to, since codecs build on earlier packets.
const WARM_UP: Millis = Millis(1_000);
/// After so many damaged packets in a row, the rest of the file is given up.
const MOST_DAMAGED: u32 = 1_000;

/// Sound of one packet.
pub(super) struct Block {
    /// Frames a second.
    pub(super) rate: u32,
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
}

/// An open recording.
pub(super) struct Decoder {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    time_base: TimeBase,
    rate: u32,
    layout: Layout,
    selection: Channels,
    /// Streams that are made of each packet.
    streams: usize,
    /// Packets that were read to find the start of the clock.
    ahead: VecDeque<Packet>,
    /// The start of the clock, in frames of the container's time.
    origin: i128,
    /// Frames returned so far, with gaps.
    position: i128,
    length: Option<Millis>,
    /// How long the sound should be at least, if the container tells it exactly.
    promised: Option<Millis>,
    /// Why the file could not be read to its end.
    damage: Option<String>,
    /// The error of the disk, if it failed.
    failure: Option<std::io::Error>,
    /// MPEG audio: its length may be an estimate, and files that were concatenated have the length of the first one. It
    /// ends where no more sound comes.
    endless: bool,
    warnings: Vec<Warning>,
    /// After skipping, until a packet tells the position.
    lost: bool,
    broken: u32,
    broken_in_a_row: u32,
    /// Whether there was a warning about another number of channels.
    other_channels: bool,
    interleaved: Vec<f32>,
    ended: bool,
}

impl Decoder {
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

    /// The length according to the container; `None` if it is an estimate.
    pub(super) fn exact_length(&self) -> Option<Millis> {
        self.length.filter(|_| !self.endless)
    }

    /// Why the file could not be read to its end; `None` if it could, or before the end.
    pub(super) fn damage(&self) -> Option<String> {
        self.damage.clone()
    }

    /// The error of the disk, if it failed.
    pub(super) fn take_failure(&mut self) -> Option<std::io::Error> {
        self.failure.take()
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
        while !self.ended {
            let packet = match self.ahead.pop_front() {
                Some(packet) => packet,
                None => match self.reader.next_packet() {
                    Ok(Some(packet)) => packet,
                    Ok(None) => {
                        self.end(None);
                        break;
                    }
                    Err(SymphoniaError::ResetRequired) => {
                        self.follow_new_track();
                        continue;
                    }
                    // The disk or the network failed, not the file.
                    Err(SymphoniaError::IoError(e)) if e.raw_os_error().is_some() => {
                        self.failure = Some(e);
                        self.end(None);
                        break;
                    }
                    Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                        self.end(Some(WarningKind::FileTruncated { expected: None }));
                        break;
                    }
                    Err(error) => {
                        self.end(Some(WarningKind::RestDamaged { detail: error.to_string() }));
                        break;
                    }
                },
            };
            if packet.track_id == self.track
                && let Some(block) = self.decode(&packet)
            {
                return Some(block);
            }
        }
        None
    }

    /// A chained stream continues with new parameters, which need a new decoder.
    fn follow_new_track(&mut self) {
        match choose(&*self.reader, None) {
            Ok((track, decoder)) => {
                self.track = track.id;
                self.time_base = track.time_base.unwrap_or(self.time_base);
                let rate = decoder.codec_params().sample_rate.filter(|r| *r > 0).unwrap_or(self.rate);
                self.position = self.position * i128::from(rate) / i128::from(self.rate);
                self.rate = rate;
                self.decoder = decoder;
                self.origin = -self.position;
            }
            Err(error) => self.end(Some(WarningKind::RestUndecodable { detail: error.reason })),
        }
    }

    /// `damage`: why there is no more, if the file has more.
    fn end(&mut self, damage: Option<WarningKind>) {
        self.ended = true;
        let now = self.now();
        if self.broken > 1 {
            let count = u64::from(self.broken);
            self.warnings.push(Warning::new(None, WarningKind::PacketsDamaged { count }));
        }
        if let Some(damage) = damage {
            self.damage = Some(wording::kind(&damage, wording::Language::English));
            self.warnings.push(Warning::new(Some(now), damage));
        } else if let Some(length) = self.promised.filter(|l| l.0 > now.0 + 1_000 + l.0 / 100) {
            let expected = Some(length);
            self.warnings.push(Warning::new(Some(now), WarningKind::FileTruncated { expected }));
        }
    }

    fn decode(&mut self, packet: &Packet) -> Option<Block> {
        let heard = packet.dur.saturating_add(if self.endless { packet.trim_end } else { Duration::ZERO });
        let mut streams = self.decode_streams(packet, heard)?;
        let in_frames = |time: i64| frames(time, self.time_base, self.rate);
        let start = in_frames(packet.pts.get()) - self.origin;
        let whole = in_frames(packet.block_dur().get().try_into().unwrap_or(0));
        let trim = in_frames(packet.trim_start.get().try_into().unwrap_or(0));
        let length = streams[0].len();
        // Some decoders trim what the packet tells them to, others leave it to us.
        let untrimmed = trim > 0 && length as i128 == whole;
        let mut cut = if untrimmed { trim } else { 0 };
        let mut due = if trim > 0 { start + trim } else { start };
        if due < 0 {
            cut -= due;
            due = 0;
        }
        let cut = usize::try_from(cut).unwrap_or(0).min(length);
        let kept = match untrimmed {
            true => usize::try_from(in_frames(heard.get().try_into().unwrap_or(0))).unwrap_or(0).min(length - cut),
            false => length - cut,
        };
        for stream in &mut streams {
            stream.drain(..cut);
            stream.truncate(kept);
        }
        if self.lost {
            self.lost = kept == 0;
            self.position = due;
        }
        let gap = self.gap(due);
        self.position += i128::from(gap) + kept as i128;
        Some(Block { rate: self.rate, gap, streams })
    }

    /// The sound of a packet, before anything is trimmed; silence of the length `heard` if it is damaged. Not empty.
    /// `None` if nothing comes of it.
    fn decode_streams(&mut self, packet: &Packet, heard: Duration) -> Option<Vec<Vec<f32>>> {
        match self.decoder.decode(packet) {
            Ok(sound) => {
                let channels = sound.spec().channels().count().max(1);
                let rate = sound.spec().rate();
                sound.copy_to_vec_interleaved(&mut self.interleaved);
                if rate != self.rate && rate > 0 {
                    self.position = self.position * i128::from(rate) / i128::from(self.rate);
                    self.origin = self.origin * i128::from(rate) / i128::from(self.rate);
                    self.rate = rate;
                }
                self.broken_in_a_row = 0;
                self.compare_channels(channels);
                Some(self.selection.apply(&self.interleaved, channels, self.streams))
            }
            Err(SymphoniaError::ResetRequired) => {
                self.follow_new_track();
                None
            }
            Err(error) => {
                self.broken += 1;
                self.broken_in_a_row += 1;
                if self.broken == 1 {
                    let kind = WarningKind::PacketDamaged { detail: error.to_string() };
                    self.warnings.push(Warning::new(Some(self.now()), kind));
                }
                if self.broken_in_a_row > MOST_DAMAGED {
                    self.end(Some(WarningKind::RestDamaged { detail: String::new() }));
                    return None;
                }
                let heard = frames(heard.get().try_into().unwrap_or(0), self.time_base, self.rate);
                let length = usize::try_from(heard.clamp(0, i128::from(self.rate))).unwrap_or(0);
                Some(vec![vec![0.0; length]; self.streams])
            }
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
        let limit = |time: Millis| i128::from(time.0) * i128::from(self.rate) / 1000;
        let ahead = due - self.position;
        if ahead.abs() <= limit(TOLERANCE) {
            return 0;
        }
        if (0..=limit(LONGEST_GAP)).contains(&ahead) {
            return u64::try_from(ahead).unwrap_or(0);
        }
        // No sound is dropped because of a clock that jumps; the clock is set instead.
        self.warnings.push(Warning::new(Some(self.now()), WarningKind::TimesJump));
        self.origin += ahead;
        0
    }
}

/// A time of the container in frames.
fn frames(time: i64, base: TimeBase, rate: u32) -> i128 {
    i128::from(time) * i128::from(base.numer.get()) * i128::from(rate) / i128::from(base.denom.get())
}
