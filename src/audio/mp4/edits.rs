//! Edit lists: which parts of a track a player plays, and when (ISO/IEC 14496-12, 8.6.6). People cut recordings with them to
//! remove something, and encoders use them to leave out their own delay.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Seek as _;

use mp4_atom::{Elst, FourCC, Mvhd, Tkhd};
use symphonia::core::units::TimeBase;

use super::{Boxes, Found, TRACKS, all, bytes, find, is_mp4, read};
use crate::Millis;
use crate::audio::decode::frames;

/// Milliseconds by which parts may overlap, since their lengths are rounded.
const ROUNDED: i128 = 50;

/// What a file says about one of its tracks, and Symphonia does not.
pub(in crate::audio) struct TrackHeader {
    /// The track's number in the file.
    pub(in crate::audio) id: u32,
    /// Whether it is played unless another is chosen.
    pub(in crate::audio) enabled: bool,
    /// Whether its samples are numbers of more than two bytes, the highest first.
    pub(in crate::audio) is_big_endian: bool,
    /// `None` if all of it is played, from time zero on.
    list: Option<Elst>,
    /// Of the lengths in the list.
    movie: Option<TimeBase>,
}

/// The tracks of an MP4 file of `length` bytes, as far as they can be read; none in other files. The position in the file is at
/// its start afterwards.
pub(in crate::audio) fn tracks(file: &mut File, head: &[u8], length: u64) -> Vec<TrackHeader> {
    if !is_mp4(head) {
        return Vec::new();
    }
    let found = find(file, 0, length, b"moov").map(|moov| all_tracks(file, &moov, length)).unwrap_or_default();
    match file.rewind() {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}

fn all_tracks(file: &mut File, moov: &Found, length: u64) -> Vec<TrackHeader> {
    let end = moov.end.min(length);
    let header = find(file, moov.body, end, b"mvhd").and_then(|found| read::<Mvhd>(file, &found));
    let movie = header.and_then(|header| TimeBase::try_from_recip(header.timescale));
    let boxes = all(file, &Found { end, ..*moov }, b"trak", TRACKS);
    boxes.iter().filter_map(|track| one_track(file, track, movie)).collect()
}

fn one_track(file: &mut File, track: &Found, movie: Option<TimeBase>) -> Option<TrackHeader> {
    let header = find(file, track.body, track.end, b"tkhd").and_then(|found| read::<Tkhd>(file, &found))?;
    let edits = find(file, track.body, track.end, b"edts");
    let list = edits.and_then(|edits| find(file, edits.body, edits.end, b"elst"));
    let list = list.and_then(|list| read::<Elst>(file, &list)).filter(|list| !list.entries.is_empty());
    let is_big_endian = is_big_endian(file, track).unwrap_or(false);
    Some(TrackHeader { id: header.track_id, enabled: header.enabled, is_big_endian, list, movie })
}

/// Whether the samples of a track are whole numbers of 24 or 32 bits or floating point, and not said to be little-endian (QuickTime
/// File Format, "Sound sample descriptions" and "enda").
fn is_big_endian(file: &mut File, track: &Found) -> Option<bool> {
    let mut place = find(file, track.body, track.end, b"mdia")?;
    for kind in [b"minf", b"stbl", b"stsd"] {
        place = find(file, place.body, place.end, kind)?;
    }
    // Version, flags and number of the descriptions come first.
    let entry = Boxes::new(file, place.body + 8, place.end).next()?;
    if ![b"in24", b"in32", b"fl32", b"fl64"].iter().any(|kind| entry.kind == FourCC::new(kind)) {
        return Some(false);
    }
    let version: [u8; 2] = bytes(file, entry.body + 8)?;
    let fields = match version {
        [0, 0] => 28,
        [0, 1] => 44,
        _ => return Some(false),
    };
    let wave = find(file, entry.body + fields, entry.end, b"wave");
    let enda = wave.and_then(|wave| find(file, wave.body, wave.end, b"enda"));
    Some(enda.and_then(|enda| bytes(file, enda.body)) != Some([0, 1]))
}

impl TrackHeader {
    /// Of a track without an edit list.
    pub(in crate::audio) fn new(id: u32, enabled: bool) -> TrackHeader {
        TrackHeader { id, enabled, is_big_endian: false, list: None, movie: None }
    }

    /// Whether a list says what is played.
    pub(in crate::audio) fn has_edits(&self) -> bool {
        self.list.is_some()
    }
}

/// A part of a track that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// Where it begins in the track, in units of the track.
    media: i64,
    /// When it is played, in units of the whole file.
    start: i64,
    /// In units of the whole file; `None` for all the rest.
    length: Option<i64>,
}

/// What is played of a track, from front to back.
pub(in crate::audio) struct Edits {
    parts: VecDeque<Part>,
    media: TimeBase,
    movie: TimeBase,
    /// When the first part begins that is played faster or slower, in units of the whole file.
    other_speed: Option<i64>,
}

/// A piece of a packet that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audio) struct Piece {
    /// First frame of the packet.
    pub(in crate::audio) from: usize,
    /// First frame that is not part of it.
    pub(in crate::audio) to: usize,
    /// Its frame on the clock of the player.
    pub(in crate::audio) due: i128,
}

impl Edits {
    /// Those of a track with the time base `media`; `None` if all of it is played.
    ///
    /// # Errors
    /// The reason, if parts of it are played twice or not in their order, which a stream can't follow.
    pub(in crate::audio) fn of(track: &TrackHeader, media: TimeBase) -> Result<Option<Edits>, &'static str> {
        let Some((list, movie)) = track.list.as_ref().zip(track.movie) else { return Ok(None) };
        let (mut parts, mut now, mut other_speed) = (VecDeque::new(), 0_i64, None);
        for (index, entry) in list.entries.iter().enumerate() {
            // In 65,536ths; whoever plays backwards plays the same.
            let rate = i128::from(entry.media_rate.integer()) << 16 | i128::from(entry.media_rate.decimal() as u16);
            // Nothing is played of a part that stands still. What is played faster is all read, at the speed of the recording.
            let (still, speed) = (rate == 0, if rate == 0 { 1 << 16 } else { rate.abs() });
            let length = i64::try_from((i128::from(entry.segment_duration) * speed) >> 16).unwrap_or(i64::MAX);
            // In a file of fragments the length is not known yet.
            let open = length == 0 && index + 1 == list.entries.len();
            let begin = entry.media_time.and_then(|time| i64::try_from(time).ok());
            if let Some(media) = begin.filter(|_| !still && (length > 0 || open)) {
                parts.push_back(Part { media, start: now, length: (!open).then_some(length) });
                other_speed = other_speed.or((speed != 1 << 16).then_some(now));
            }
            now = now.saturating_add(length);
        }
        let edits = Edits { parts, media, movie, other_speed };
        match edits.in_order() {
            true => Ok(Some(edits)),
            false => Err("its edit list plays parts of it twice or in another order"),
        }
    }

    /// Leaves out `delay` frames at the start, and plays `length` frames or all the rest, of a track at `rate` frames a second.
    pub(in crate::audio) fn trimmed(delay: u64, length: Option<u64>, media: TimeBase, rate: u32) -> Option<Edits> {
        let movie = TimeBase::try_from_recip(rate)?;
        let delay =
            i128::from(delay) * i128::from(media.denom.get()) / (i128::from(media.numer.get()) * i128::from(rate));
        let length = length.and_then(|length| i64::try_from(length).ok());
        let part = Part { media: i64::try_from(delay).ok()?, start: 0, length };
        Some(Edits { parts: [part].into(), media, movie, other_speed: None })
    }

    /// From when on times are not those of a player, since it plays faster or slower; `None` if it does not.
    pub(in crate::audio) fn speed_changes(&self) -> Option<Millis> {
        self.other_speed.map(|start| Millis(u64::try_from(frames(start, self.movie, 1000)).unwrap_or(0)))
    }

    fn in_order(&self) -> bool {
        let pairs = self.parts.iter().zip(self.parts.iter().skip(1));
        pairs.into_iter().all(|(one, next)| {
            let end = one.length.map(|length| frames(one.media, self.media, 1000) + frames(length, self.movie, 1000));
            end.is_some_and(|end| frames(next.media, self.media, 1000) >= end - ROUNDED)
        })
    }

    /// The pieces of a packet that are played: `start` is its frame in the track, `length` its number of frames, `rate` the
    /// number of frames a second. Packets must come in their order.
    pub(in crate::audio) fn pieces(&mut self, start: i128, length: usize, rate: u32) -> Vec<Piece> {
        let packet_end = start + length as i128;
        let mut pieces = Vec::new();
        while let Some(part) = self.parts.front() {
            let begin = frames(part.media, self.media, rate);
            let end = part.length.map_or(i128::MAX, |length| begin + frames(length, self.movie, rate));
            let (from, to) = (start.max(begin), packet_end.min(end));
            if from < to {
                let index = |frame: i128| usize::try_from(frame - start).unwrap_or(0);
                let due = frames(part.start, self.movie, rate) + from - begin;
                pieces.push(Piece { from: index(from), to: index(to), due });
            }
            if end > packet_end {
                break;
            }
            self.parts.pop_front();
        }
        pieces
    }

    /// The frame of the track that is played at the frame `due` of the player's clock, or next after it.
    pub(in crate::audio) fn frame_at(&self, due: i128, rate: u32) -> i128 {
        let begins = |part: &Part| frames(part.start, self.movie, rate);
        let ends =
            |part: &Part| part.length.map_or(i128::MAX, |length| begins(part) + frames(length, self.movie, rate));
        let Some(part) = self.parts.iter().find(|part| due < ends(part)) else { return i128::MAX };
        frames(part.media, self.media, rate) + (due - begins(part)).max(0)
    }

    /// Milliseconds on the player's clock, of a track that has so many itself; without the latter, `None` if the list does not
    /// tell.
    pub(in crate::audio) fn length(&self, own: Option<u64>) -> Option<u64> {
        let mut end = 0;
        for part in &self.parts {
            let there = own.map(|own| i128::from(own) - frames(part.media, self.media, 1000));
            let listed = part.length.map(|length| frames(length, self.movie, 1000));
            let length = [there, listed].into_iter().flatten().min()?;
            end = frames(part.start, self.movie, 1000) + length.max(0);
        }
        u64::try_from(end).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp4_atom::ElstEntry;

    /// Of a track at 1000 frames a second, in a file that counts tenths of a second.
    fn edits(entries: &[(u64, Option<u64>, i16)]) -> Result<Option<Edits>, &'static str> {
        let entry = |(length, time, rate): &(u64, Option<u64>, i16)| ElstEntry {
            segment_duration: *length,
            media_time: *time,
            media_rate: (*rate).into(),
        };
        let list = Some(Elst { entries: entries.iter().map(entry).collect() });
        let track =
            TrackHeader { id: 1, enabled: true, is_big_endian: false, list, movie: TimeBase::try_from_recip(10) };
        Edits::of(&track, TimeBase::try_from_recip(1000).expect("a rate"))
    }

    /// Frames of the track and when they are played, in packets of 300 frames.
    fn played(entries: &[(u64, Option<u64>, i16)], length: i128) -> Vec<(i128, i128, i128)> {
        let mut edits = edits(entries).expect("in order").expect("a list");
        let mut all: Vec<(i128, i128, i128)> = Vec::new();
        for start in (0..length).step_by(300) {
            for piece in edits.pieces(start, 300.min(length - start) as usize, 1000) {
                let (from, to) = (start + piece.from as i128, start + piece.to as i128);
                match all.last_mut() {
                    Some(last) if last.1 == from && last.2 + last.1 - last.0 == piece.due => last.1 = to,
                    _ => all.push((from, to, piece.due)),
                }
            }
        }
        all
    }

    #[test]
    fn what_a_player_does_not_play_is_left_out() {
        assert_eq!(played(&[(70, Some(4_000), 1)], 11_000), [(4_000, 11_000, 0)]);
        assert_eq!(played(&[(70, Some(4_000), 1)], 9_100), [(4_000, 9_100, 0)]);
        assert_eq!(played(&[(20, Some(0), 1), (30, Some(2_050), 1)], 9_000), [(0, 2_000, 0), (2_050, 5_050, 2_000)]);
        assert_eq!(played(&[(1, Some(10), 1), (1, Some(110), 1), (1, Some(250), 1)], 900).len(), 2);
    }

    #[test]
    fn a_delay_comes_before_the_first_sound() {
        assert_eq!(played(&[(30, None, 1), (50, Some(20), 1)], 8_000), [(20, 5_020, 3_000)]);
        let paused = [(10, Some(0), 1), (20, None, 1), (10, Some(1_000), 0), (0, Some(1_000), 1)];
        assert_eq!(played(&paused, 3_000), [(0, 1_000, 0), (1_000, 3_000, 4_000)]);
    }

    #[test]
    fn of_what_is_played_faster_or_slower_nothing_is_lost() {
        assert_eq!(played(&[(10, Some(0), 1), (20, Some(2_000), 2)], 9_000), [(0, 1_000, 0), (2_000, 6_000, 1_000)]);
        let list = |rates: [i16; 2]| {
            let list = edits(&[(10, Some(0), rates[0]), (20, Some(2_000), rates[1])]).expect("in order");
            list.map(|list| (list.speed_changes(), list.length(None)))
        };
        assert_eq!(list([1, 2]), Some((Some(Millis(1_000)), Some(5_000))));
        assert_eq!(list([1, -2]), Some((Some(Millis(1_000)), Some(5_000))));
        assert_eq!(list([2, 1]), Some((Some(Millis(0)), Some(4_000))));
        assert_eq!(list([1, 1]), Some((None, Some(3_000))));
        assert_eq!(list([1, 0]), Some((None, Some(1_000))));
    }

    #[test]
    fn what_a_stream_cannot_follow_is_refused() {
        assert!(edits(&[(10, Some(5_000), 1), (10, Some(0), 1)]).is_err());
        assert!(edits(&[(10, Some(0), 1), (10, Some(0), 1)]).is_err());
        // Lengths are rounded.
        assert!(edits(&[(10, Some(0), 1), (10, Some(960), 1)]).is_ok());
        assert!(edits(&[(u64::MAX, Some(u64::MAX), 1), (u64::MAX, None, 1)]).is_ok());
    }

    #[test]
    fn length_and_place_are_those_of_the_player() {
        let list =
            edits(&[(30, None, 1), (20, Some(1_000), 1), (20, Some(5_000), 1)]).expect("in order").expect("a list");
        assert_eq!((list.length(Some(60_000)), list.length(None)), (Some(7_000), Some(7_000)));
        assert_eq!(list.length(Some(6_000)), Some(6_000));
        let places = [0, 3_000, 4_999, 5_000, 7_000].map(|due| list.frame_at(due, 1000));
        assert_eq!(places, [1_000, 1_000, 2_999, 5_000, i128::MAX]);
    }

    #[test]
    fn a_delay_in_frames_is_trimmed() {
        let media = TimeBase::try_from_recip(44_100).expect("a rate");
        let mut edits = Edits::trimmed(2_112, Some(44_100), media, 44_100).expect("a rate");
        assert_eq!(edits.length(None), Some(1_000));
        assert_eq!(edits.pieces(2_048, 1_024, 44_100), [Piece { from: 64, to: 1_024, due: 0 }]);
    }
}
