//! Opening a file with Symphonia: its container, the track, and what its header says of its length.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Time, TimeBase};

use super::appended::Joined;
use super::{Decoder, frames};
use crate::audio::codecs::{
    Chosen, OpenError, audio_tracks, check_rate, choose, is_lossy, is_mpeg_audio, open_error, tells_its_length,
};
use crate::audio::mix::StreamMaker;
use crate::audio::mp4::edits::{self, Edits, TrackHeader};
use crate::audio::outliers::Outliers;
use crate::audio::selection::{Channels, Layout, Selection};
use crate::audio::{container, matroska, mp4, wav};
use crate::{DecodeErrorKind, Millis, Warning, WarningKind};

/// Bytes at the beginning that are searched for damage.
const HEAD: u64 = 65_536;
/// No encoder delays the sound by so many samples, or fills up its end with them.
const MOST_DELAY: u64 = 16_384;
/// What an encoder's note of the length may differ by from that of the track.
const FITS: Millis = Millis(200);
/// Packets that are read to find the first one of the track.
const SEARCHED: usize = 500;

impl Decoder {
    /// Opens `file`, which is at `path`, at the selected track.
    pub(in crate::audio) fn open(mut file: File, path: &Path, selection: &Selection) -> Result<Decoder, OpenError> {
        let size = file.metadata().map(|m| m.len()).unwrap_or(0);
        let head = checked_head(&mut file, size)?;
        let headers = track_headers(&mut file, &head, size);
        let has_gaps = mp4::fragments::have_gaps(&mut file, &head, size);
        let copy = file.try_clone().ok();
        let (source, warnings) = repaired(file, &head, size);
        let (mut reader, joined) = probe_first(source, copy, path)?;
        let Chosen { number, track, decoder } = choose(&*reader, selection.track, &headers)?;
        let params = decoder.codec_params();
        let rate = sample_rate(params)?;
        let channels = u16::try_from(params.channels.as_ref().map_or(0, |all| all.count())).unwrap_or(u16::MAX);
        let time_base = time_base(&track, rate)?;
        let mut this = Decoder {
            track: track.id,
            number,
            time_base,
            rate,
            layout: Layout { tracks: audio_tracks(&*reader), channels },
            selection: selection.channels,
            maker: StreamMaker::new(selection.channels),
            streams: 1,
            edits: played(&mut *reader, &headers, &track, (time_base, rate))?,
            ahead: VecDeque::new(),
            outliers: Outliers::new(),
            is_lossy: is_lossy(&*decoder),
            waiting: VecDeque::new(),
            origin: 0,
            position: 0,
            silence_left: container::longest(size),
            length: None,
            promised: None,
            damage: None,
            is_damaged: false,
            failure: None,
            endless: is_mpeg_audio(reader.format_info().short_name),
            warnings,
            lost: false,
            is_reset: false,
            has_gaps,
            packets: 0,
            broken: 0,
            broken_in_a_row: 0,
            joined,
            other_channels: false,
            has_jumped: false,
            interleaved: Vec::new(),
            form: None,
            ended: false,
            reader,
            decoder,
        };
        this.find_origin();
        this.find_length(&track, &head);
        if this.layout.channels == 0 {
            this.layout.channels = this.channels_of_first_packet(number).unwrap_or(1);
        }
        this.streams = selection.channels.streams(this.layout.channels).map_err(no_channel)?;
        Ok(this)
    }

    /// Finds how long the sound is, according to the file, and if that is not how long it is played.
    fn find_length(&mut self, track: &Track, head: &[u8]) {
        // It would be that of the first of several.
        if self.joined.as_ref().is_some_and(|joined| !joined.is_matroska) {
            return;
        }
        let speed_changes = self.edits.as_ref().and_then(Edits::speed_changes);
        self.warnings.extend(speed_changes.map(|at| Warning::new(Some(at), WarningKind::SpeedChanged)));
        let own = track_length(track, self.time_base, self.rate);
        let own = match &self.edits {
            Some(edits) => edits.length(own.map(|length| length.0)).map(Millis),
            // It counts from zero, even if the first packet is later.
            None => own.map(|length| length - self.time(self.origin)),
        };
        self.length = own.or_else(|| longest_track(&*self.reader).map(|length| length - self.time(self.origin)));
        self.promised = match self.reader.tracks() {
            _ if self.endless => own.filter(|_| tells_its_length(head)),
            [_only] => self.length,
            _ => own,
        };
    }

    /// Finds the start of the clock. A player starts it at the first packet that it plays: often of this track, sometimes
    /// of the picture.
    fn find_origin(&mut self) {
        let mut first: Option<i128> = None;
        for _ in 0..SEARCHED {
            let Ok(Some(packet)) = self.reader.next_packet() else { break };
            let base = self.reader.tracks().iter().find(|t| t.id == packet.track_id).and_then(|t| t.time_base);
            let start = frames(
                packet.pts.get().saturating_add_unsigned(packet.trim_start.get()),
                base.unwrap_or(self.time_base),
                self.rate,
            );
            first = Some(first.map_or(start, |f| f.min(start)));
            if packet.track_id == self.track {
                self.ahead.push_back(packet);
                break;
            }
        }
        self.origin = first.unwrap_or(0).max(0);
    }

    /// The number of channels, where the header does not tell it: by decoding the first packet with a decoder of its own.
    fn channels_of_first_packet(&self, track: u16) -> Option<u16> {
        let mut decoder = choose(&*self.reader, Some(track), &[]).ok()?.decoder;
        let sound = decoder.decode(self.ahead.front()?).ok()?;
        u16::try_from(sound.spec().channels().count()).ok().filter(|channels| *channels > 0)
    }
}

/// The reader of a file, or of the first of several in it, and those, if their reader does not find them. `copy`: the same file.
fn probe_first(
    source: Box<dyn MediaSource>,
    copy: Option<File>,
    path: &Path,
) -> Result<(Box<dyn FormatReader>, Option<Joined>), OpenError> {
    let reader = probe(source, path)?;
    let joined = copy.and_then(|file| Joined::of(file, reader.format_info().short_name));
    match joined.as_ref().and_then(Joined::first) {
        Some(first) => Ok((probe(Box::new(first), path)?, joined)),
        None => Ok((reader, joined)),
    }
}

/// What the file of `length` bytes that begins with `head` says about its tracks, as far as Symphonia does not.
fn track_headers(file: &mut File, head: &[u8], length: u64) -> Vec<TrackHeader> {
    let mut headers = edits::tracks(file, head, length);
    headers.extend(matroska::tracks(head));
    headers
}

fn time_base(track: &Track, rate: u32) -> Result<TimeBase, OpenError> {
    let base = track.time_base.or_else(|| TimeBase::try_from_recip(rate));
    base.ok_or_else(|| OpenError::new("no time base"))
}

fn sample_rate(params: &AudioCodecParameters) -> Result<u32, OpenError> {
    let rate = params.sample_rate.ok_or_else(|| OpenError::new("no sample rate"))?;
    check_rate(rate).map_err(|reason| OpenError::permanent(reason, DecodeErrorKind::Other))
}

/// The beginning of a file of `length` bytes that this library may be able to decode. The position in the file is at its start afterwards.
fn checked_head(file: &mut File, length: u64) -> Result<Vec<u8>, OpenError> {
    let mut head = Vec::new();
    let read = file.by_ref().take(HEAD).read_to_end(&mut head).and_then(|_| file.rewind());
    read.map_err(|e| OpenError::new(e.to_string()))?;
    if let Some(kind) = container::foreign(&head) {
        return Err(OpenError::new(format!("it is {kind}, which only ffmpeg reads")));
    }
    // Neither Symphonia nor ffmpeg names the number if it is too high for them.
    wav::channels(&head).map_or(Ok(1), |count| Channels::Mix.streams(count)).map_err(no_channel)?;
    if mp4::claims_too_many_samples(file, &head, length) {
        return Err(OpenError::new("its fragments claim more samples than it has bytes"));
    }
    if let Some(reason) = mp4::tables::unreadable(file, &head, length) {
        return Err(OpenError::new(reason));
    }
    Ok(head)
}

fn no_channel(reason: String) -> OpenError {
    OpenError::permanent(reason, DecodeErrorKind::NoSuchChannel)
}

/// What is played of a track: by its edit list, or else by what iTunes says of its encoder's delay. `None` if that is all.
fn played(
    reader: &mut dyn FormatReader,
    headers: &[TrackHeader],
    track: &Track,
    (time_base, rate): (TimeBase, u32),
) -> Result<Option<Edits>, OpenError> {
    let header = headers.iter().find(|header| header.id == track.id);
    let edits = header.map_or(Ok(None), |header| Edits::of(header, time_base)).map_err(OpenError::new)?;
    if edits.is_some() || reader.format_info().short_name != "isomp4" {
        return Ok(edits);
    }
    let metadata = reader.metadata();
    let tags = metadata.current().map_or(&[][..], |revision| &revision.media.tags);
    let trim = tags.iter().find(|tag| tag.raw.key.contains("iTunSMPB")).map(|tag| tag.raw.value.to_string());
    let own = track_length(track, time_base, rate);
    let (delay, length) = match trim.and_then(|trim| believed(&trim, own, rate)) {
        Some(believed) => believed,
        None => return Ok(None),
    };
    Ok(Edits::trimmed(delay, length, time_base, rate))
}

/// Delay and length in frames that iTunes has noted of a track at `rate` frames a second, as far as they can be those of this track,
/// which has the length `own`: the note may be that of another file, or from before this one was cut.
fn believed(note: &str, own: Option<Millis>, rate: u32) -> Option<(u64, Option<u64>)> {
    // ` 00000000 00000840 000001CA 00000000003F31F6 …`: delay, padding, length.
    let number = |place: usize| u64::from_str_radix(note.split_whitespace().nth(place)?, 16).ok();
    let (delay, padding) = (number(1).filter(|delay| *delay < MOST_DELAY)?, number(2)?);
    let fits = |length: &u64| {
        let whole = (delay + padding).saturating_add(*length).saturating_mul(1000) / u64::from(rate);
        *length > 0 && padding < MOST_DELAY && own.is_some_and(|own| own.0.abs_diff(whole) < FITS.0)
    };
    Some((delay, number(3).filter(fits)))
}

/// The file with a repaired header, if it needs that, and warnings about damage.
fn repaired(mut file: File, head: &[u8], length: u64) -> (Box<dyn MediaSource>, Vec<Warning>) {
    let breaks_off = mp4::breaks_off(&mut file, head, length);
    let rest = breaks_off.then(|| Warning::new(None, WarningKind::RestDamaged { detail: String::new() }));
    let found =
        wav::repair(head, length, |at| mp4::bytes(&mut file, at)).or_else(|| mp4::repair(&mut file, head, length));
    let Some(repair) = found.filter(|_| file.rewind().is_ok()) else {
        return (Box::new(file), rest.into_iter().collect());
    };
    let kind = match &repair {
        repair if repair.missing > 0 => Some(WarningKind::FileTruncated { expected: None }),
        repair if repair.damaged => Some(WarningKind::HeaderDamaged),
        _ => None,
    };
    let warnings = kind.map(|kind| Warning::new(None, kind)).into_iter().chain(rest).collect();
    (Box::new(wav::Repaired::new(file, length, repair)), warnings)
}

pub(super) fn probe(source: Box<dyn MediaSource>, path: &Path) -> Result<Box<dyn FormatReader>, OpenError> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let probe = symphonia::default::get_probe();
    probe.probe(&hint, stream, FormatOptions::default(), MetadataOptions::default()).map_err(open_error)
}

fn track_length(track: &Track, time_base: TimeBase, rate: u32) -> Option<Millis> {
    let frames = || track.num_frames.zip(TimeBase::try_from_recip(rate));
    let length = track
        .duration
        .map(|duration| time_base.calc_duration_saturating(duration))
        .or_else(|| frames().map(|(frames, base)| base.calc_duration_saturating(frames.into())));
    length.and_then(positive)
}

/// Matroska only tells the length of the longest track.
fn longest_track(reader: &dyn FormatReader) -> Option<Millis> {
    let whole = reader.media_info();
    let length = whole.time_base.zip(whole.duration).map(|(base, duration)| base.calc_duration_saturating(duration));
    length.and_then(positive)
}

fn positive(time: Time) -> Option<Millis> {
    u64::try_from(time.as_millis()).ok().filter(|ms| *ms > 0).map(Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_the_length_counts_as_far_as_it_can_be_of_this_track() {
        let of = |note: &str, own: Option<u64>| believed(note, own.map(Millis), 44_100);
        let minute = Some(60_000);
        // 2,112 frames before a minute, and 448 after it.
        let right = " 00000000 00000840 000001C0 0000000000285FF0 00000000";
        assert_eq!(of(right, Some(60_058)), Some((2_112, Some(2_646_000))));
        // Cut, of another file, or of unknown length: the delay is the same for whatever the encoder made.
        for own in [Some(20_000), Some(90_000), None] {
            assert_eq!(of(right, own), Some((2_112, None)), "{own:?}");
        }
        assert_eq!(of(" 00000000 00000840 FFFFFFFFFFFFFFFF 0000000000285FF0", minute), Some((2_112, None)));
        assert_eq!(of(" 00000000 00000840 00000000 FFFFFFFFFFFFFFFF", minute), Some((2_112, None)));
        for wrong in [" 00000000 FFFFFFFF 00000000 0000000000285FF0", " 00000000 00015888 00000000 0", "iTunes", ""] {
            assert_eq!(of(wrong, minute), None, "{wrong}");
        }
    }
}
