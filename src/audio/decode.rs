//! Decoding with Symphonia: from packets to one channel of sound that stays on the container's clock.
//!
//! The clock is the point here. Each packet says when it is to be heard; what is missing between two of them
//! becomes silence, so that hours later a word still lies where a player puts it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _};
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Time, TimeBase};

use super::codecs::{Refusal, choose, is_mpeg_audio, refuse, tells_its_length};
use super::{mp4, wav};
use crate::{Millis, Warning, WarningKind, wording};

mod skip;

/// Containers round their times and some encoders wobble; only a difference beyond this is a gap. Half of the
/// 100 ms within which a word must be found again.
const TOLERANCE: Millis = Millis(50);
/// A longer gap than this is a broken clock and no pause.
const LONGEST_GAP: Millis = Millis(6 * 3_600_000);
/// Codecs build on the packets before: after a jump the first ones sound wrong.
const WARM_UP: Millis = Millis(1_000);
/// Packets that may be broken one after the other before we believe that nothing more will come.
const PATIENCE: u32 = 1_000;

/// Sound of one packet.
pub(super) struct Block {
    /// Frames a second.
    pub(super) rate: u32,
    /// Silence before it, in frames.
    pub(super) gap: u64,
    /// One channel: the mean of all.
    pub(super) mono: Vec<f32>,
}

/// An open recording.
pub(super) struct Decoder {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    time_base: TimeBase,
    rate: u32,
    /// Packets that were read to find the clock's start.
    ahead: VecDeque<Packet>,
    /// The clock's start, in frames of the container's time.
    origin: i128,
    /// Frames given so far, gaps included.
    position: i128,
    length: Option<Millis>,
    /// How long the sound should be at least, if the container tells rather than estimates it.
    promised: Option<Millis>,
    /// Why it could not be read to its end: the file is bad, or the disk is.
    damage: Option<String>,
    failure: Option<std::io::Error>,
    /// MPEG audio: its length may be an estimate, and parts that were put together have the length of the first.
    /// So its end is where no more sound comes.
    endless: bool,
    warnings: Vec<Warning>,
    /// After a jump, until the next packet says where we are.
    lost: bool,
    broken: u32,
    broken_in_a_row: u32,
    interleaved: Vec<f32>,
    ended: bool,
}

impl Decoder {
    /// Opens `file`, which lies at `path`, at its `track`th audio track counted from 1, or at the first that can
    /// be decoded.
    pub(super) fn open(mut file: File, path: &Path, track: Option<u16>) -> Result<Decoder, Refusal> {
        let mut warnings = Vec::new();
        let length = file.metadata().map(|m| m.len()).unwrap_or(0);
        let mut head = Vec::new();
        let read = file.by_ref().take(65_536).read_to_end(&mut head).and_then(|_| file.rewind());
        read.map_err(|e| Refusal::new(e.to_string()))?;
        let source: Box<dyn MediaSource> =
            match wav::repair(&head, length).or_else(|| mp4::repair(&mut file, &head, length)) {
                None => Box::new(file),
                Some(repair) => {
                    if repair.missing > 0 {
                        warnings.push(Warning::new(None, WarningKind::FileTruncated { expected: None }));
                    } else if repair.damaged {
                        warnings.push(Warning::new(None, WarningKind::HeaderDamaged));
                    }
                    Box::new(wav::Repaired::new(file, length, repair))
                }
            };
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(source, Default::default());
        let probe = symphonia::default::get_probe();
        let reader =
            probe.probe(&hint, stream, FormatOptions::default(), MetadataOptions::default()).map_err(refuse)?;
        let (chosen, decoder) = choose(&*reader, track)?;
        let rate =
            decoder.codec_params().sample_rate.filter(|r| *r > 0).ok_or_else(|| Refusal::new("no sample rate"))?;
        let time_base =
            chosen.time_base.or_else(|| TimeBase::try_from_recip(rate)).ok_or_else(|| Refusal::new("no time base"))?;
        let whole = reader.media_info();
        let millis = |time: Time| u64::try_from(time.as_millis()).ok().filter(|ms| *ms > 0).map(Millis);
        let own = chosen
            .duration
            .map(|d| time_base.calc_duration_saturating(d))
            .or_else(|| {
                chosen
                    .num_frames
                    .zip(TimeBase::try_from_recip(rate))
                    .map(|(n, tb)| tb.calc_duration_saturating(n.into()))
            })
            .and_then(millis);
        // Matroska tells only how long the longest track is.
        let longest = whole.time_base.zip(whole.duration).map(|(tb, d)| tb.calc_duration_saturating(d));
        let longest = longest.and_then(millis);
        let endless = is_mpeg_audio(reader.format_info().short_name);
        let length = own.or(longest);
        let promised = match reader.tracks() {
            _ if endless => own.filter(|_| tells_its_length(&head)),
            [_only] => length,
            _ => own,
        };
        let mut this = Decoder {
            track: chosen.id,
            reader,
            decoder,
            time_base,
            rate,
            ahead: VecDeque::new(),
            origin: 0,
            position: 0,
            length,
            promised,
            damage: None,
            failure: None,
            endless,
            warnings,
            lost: false,
            broken: 0,
            broken_in_a_row: 0,
            interleaved: Vec::new(),
            ended: false,
        };
        this.find_origin();
        Ok(this)
    }

    /// The length that the container tells, or an estimate.
    pub(super) fn length(&self) -> Option<Millis> {
        self.length
    }

    /// The length that the container tells, if it can be relied on.
    pub(super) fn exact_length(&self) -> Option<Millis> {
        self.length.filter(|_| !self.endless)
    }

    /// Why it could not be read to its end; `None` if it could, or before the end.
    pub(super) fn damage(&self) -> Option<String> {
        self.damage.clone()
    }

    /// What the disk said, if it gave no more.
    pub(super) fn take_failure(&mut self) -> Option<std::io::Error> {
        self.failure.take()
    }

    /// What was noticed since the last call.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// A player starts its clock at the first thing that it plays: often this track, sometimes the picture.
    fn find_origin(&mut self) {
        let mut first: Option<i128> = None;
        for _ in 0..500 {
            let Ok(Some(packet)) = self.reader.next_packet() else { break };
            let base = self.reader.tracks().iter().find(|t| t.id == packet.track_id).and_then(|t| t.time_base);
            let start = frames(
                packet.pts.get().saturating_add_unsigned(packet.trim_start.get()),
                base.unwrap_or(self.time_base),
                self.rate,
            );
            first = Some(first.map_or(start, |f| f.min(start)));
            let ours = packet.track_id == self.track;
            if ours {
                self.ahead.push_back(packet);
                break;
            }
        }
        self.origin = first.unwrap_or(0).max(0);
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
                    Err(Fault::ResetRequired) => {
                        self.follow_new_track();
                        continue;
                    }
                    // Not the file is bad, but the disk, or the way to it.
                    Err(Fault::IoError(e)) if e.raw_os_error().is_some() => {
                        self.failure = Some(e);
                        self.end(None);
                        break;
                    }
                    Err(Fault::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                        self.end(Some(WarningKind::FileTruncated { expected: None }));
                        break;
                    }
                    Err(fault) => {
                        self.end(Some(WarningKind::RestDamaged { detail: fault.to_string() }));
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

    /// A chained stream goes on with new parameters, which are to be decoded anew.
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
            Err(refusal) => self.end(Some(WarningKind::RestUndecodable { detail: refusal.reason })),
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
        let start = frames(packet.pts.get(), self.time_base, self.rate) - self.origin;
        let whole = frames(packet.block_dur().get().try_into().unwrap_or(0), self.time_base, self.rate);
        let heard = packet.dur.saturating_add(if self.endless { packet.trim_end } else { Duration::ZERO });
        let heard = frames(heard.get().try_into().unwrap_or(0), self.time_base, self.rate);
        let trim = frames(packet.trim_start.get().try_into().unwrap_or(0), self.time_base, self.rate);
        let mut mono = match self.decoder.decode(packet) {
            Ok(sound) => {
                let channels = sound.spec().channels().count().max(1);
                if sound.spec().rate() != self.rate && sound.spec().rate() > 0 {
                    let rate = sound.spec().rate();
                    self.position = self.position * i128::from(rate) / i128::from(self.rate);
                    self.origin = self.origin * i128::from(rate) / i128::from(self.rate);
                    self.rate = rate;
                    return self.decode(packet);
                }
                sound.copy_to_vec_interleaved(&mut self.interleaved);
                self.broken_in_a_row = 0;
                mix(&self.interleaved, channels)
            }
            Err(Fault::ResetRequired) => {
                self.follow_new_track();
                return None;
            }
            Err(fault) => {
                self.broken += 1;
                self.broken_in_a_row += 1;
                if self.broken == 1 {
                    let kind = WarningKind::PacketDamaged { detail: fault.to_string() };
                    self.warnings.push(Warning::new(Some(self.now()), kind));
                }
                if self.broken_in_a_row > PATIENCE {
                    self.end(Some(WarningKind::RestDamaged { detail: String::new() }));
                    return None;
                }
                vec![0.0; usize::try_from(heard.clamp(0, i128::from(self.rate))).unwrap_or(0)]
            }
        };
        // Some decoders trim what the packet tells them to, others leave it to us.
        let untrimmed = trim > 0 && mono.len() as i128 == whole;
        let mut cut = if untrimmed { trim } else { 0 };
        let mut due = if trim > 0 { start + trim } else { start };
        if due < 0 {
            cut -= due;
            due = 0;
        }
        let cut = usize::try_from(cut).unwrap_or(0).min(mono.len());
        mono.drain(..cut);
        if untrimmed {
            mono.truncate(usize::try_from(heard).unwrap_or(0));
        }
        if self.lost {
            self.lost = mono.is_empty();
            self.position = due;
        }
        let gap = self.gap(due);
        self.position += i128::from(gap) + mono.len() as i128;
        Some(Block { rate: self.rate, gap, mono })
    }

    /// Silence before a packet that is due at this frame.
    fn gap(&mut self, due: i128) -> u64 {
        let limit = |time: Millis| i128::from(time.0) * i128::from(self.rate) / 1000;
        let ahead = due - self.position;
        if ahead.abs() <= limit(TOLERANCE) {
            return 0;
        }
        if (0..=limit(LONGEST_GAP)).contains(&ahead) {
            return u64::try_from(ahead).unwrap_or(0);
        }
        // Nothing is thrown away for a clock that jumps: it is set anew.
        self.warnings.push(Warning::new(Some(self.now()), WarningKind::TimesJump));
        self.origin += ahead;
        0
    }
}

/// A time of the container in frames.
fn frames(time: i64, base: TimeBase, rate: u32) -> i128 {
    i128::from(time) * i128::from(base.numer.get()) * i128::from(rate) / i128::from(base.denom.get())
}

/// The mean of all channels.
fn mix(interleaved: &[f32], channels: usize) -> Vec<f32> {
    match channels {
        1 => interleaved.to_vec(),
        2 => interleaved.chunks_exact(2).map(|pair| (pair[0] + pair[1]) * 0.5).collect(),
        n => interleaved.chunks_exact(n).map(|frame| frame.iter().sum::<f32>() / n as f32).collect(),
    }
}
