//! Fragments say when they are played (ISO/IEC 14496-12, 8.8.12). Symphonia takes each for the continuation of the one before it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Seek as _;

use mp4_atom::{Mdhd, Tkhd, Traf, Trex, Trun, TrunSamples};

use super::{BOXES, Found, TRACKS, all, find, is_mp4, read};

/// What may be missing between two fragments, in milliseconds: as between two packets.
const TOLERANCE: i128 = 50;
/// How much later than the picture sound may begin, in milliseconds.
const LATE: i128 = 500;

/// What is known of a track before its next fragment.
struct Track {
    is_sound: bool,
    /// Units a second.
    scale: i128,
    /// Length of a sample that says nothing else.
    usual: u32,
    /// When the first fragment begins.
    first: Option<i128>,
    /// Length of what was there so far.
    sum: i128,
    /// Whether a fragment begins at another time than at the end of the one before it.
    jumps: bool,
}

/// Whether sound in the fragments of an MP4 file of `length` bytes that begins with `head` is played at other times than one after the
/// other. The position in the file is at its start afterwards.
pub(in crate::audio) fn have_gaps(file: &mut File, head: &[u8], length: u64) -> bool {
    let found = is_mp4(head).then(|| gaps(file, length)).flatten().unwrap_or(false);
    file.rewind().is_ok() && found
}

fn gaps(file: &mut File, length: u64) -> Option<bool> {
    let moov = find(file, 0, length, b"moov")?;
    let extends = find(file, moov.body, moov.end.min(length), b"mvex")?;
    let usual: BTreeMap<u32, u32> = all(file, &extends, b"trex", TRACKS)
        .iter()
        .filter_map(|found| read::<Trex>(file, found))
        .map(|trex| (trex.track_id, trex.default_sample_duration))
        .collect();
    let mut tracks = BTreeMap::new();
    for found in all(file, &moov, b"trak", TRACKS) {
        let id = find(file, found.body, found.end, b"tkhd").and_then(|header| read::<Tkhd>(file, &header))?.track_id;
        let media = find(file, found.body, found.end, b"mdia")?;
        let header = find(file, media.body, media.end, b"mdhd").and_then(|header| read::<Mdhd>(file, &header))?;
        let is_sound = super::is_sound(file, &found);
        let usual = usual.get(&id).copied().unwrap_or(0);
        let scale = i128::from(header.timescale.max(1));
        tracks.insert(id, Track { is_sound, scale, usual, first: None, sum: 0, jumps: false });
    }
    let whole = Found { kind: moov.kind, start: 0, body: 0, end: length };
    for fragment in all(file, &whole, b"moof", BOXES) {
        for part in all(file, &fragment, b"traf", TRACKS) {
            if let Some(part) = read::<Traf>(file, &part)
                && let Some(track) = tracks.get_mut(&part.tfhd.track_id)
            {
                track.add(&part);
            }
        }
    }
    // All tracks are played from the time at which the first begins.
    let begins = |track: &Track| track.first.map(|first| first * 1000 / track.scale);
    let start = tracks.values().filter_map(begins).min()?;
    let is_late = |track: &Track| begins(track).is_some_and(|begin| begin - start > LATE);
    Some(tracks.values().any(|track| track.is_sound && (track.jumps || is_late(track))))
}

impl Track {
    fn add(&mut self, part: &Traf) {
        if let Some(time) = part.tfdt.as_ref().map(|time| i128::from(time.base_media_decode_time)) {
            let first = *self.first.get_or_insert(time - self.sum);
            self.jumps |= (time - first - self.sum).abs() * 1000 > TOLERANCE * self.scale;
        }
        let usual = part.tfhd.default_sample_duration.unwrap_or(self.usual);
        self.sum += part.trun.iter().map(|run| run_length(run, usual)).sum::<i128>();
    }
}

fn run_length(run: &Trun, usual: u32) -> i128 {
    match &run.samples {
        TrunSamples::Inherited { count, .. } => i128::from(*count) * i128::from(usual),
        TrunSamples::Explicit(entries) => entries.iter().map(|entry| i128::from(entry.duration.unwrap_or(usual))).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp4_atom::Tfdt;

    fn part(time: Option<u64>, samples: u32) -> Traf {
        let runs = TrunSamples::Inherited { count: samples, first_flags: None };
        Traf {
            tfdt: time.map(|time| Tfdt { base_media_decode_time: time }),
            trun: vec![Trun { data_offset: None, samples: runs }],
            ..Traf::default()
        }
    }

    #[test]
    fn a_fragment_that_is_missing_is_noticed() {
        let jumps = |parts: &[(Option<u64>, u32)]| {
            let mut track = Track { is_sound: true, scale: 48_000, usual: 1_024, first: None, sum: 0, jumps: false };
            parts.iter().for_each(|(time, samples)| track.add(&part(*time, *samples)));
            (track.jumps, track.first)
        };
        assert_eq!(jumps(&[(Some(0), 10), (Some(10_240), 10), (Some(20_480), 5)]), (false, Some(0)));
        assert_eq!(jumps(&[(Some(5_000), 10), (Some(15_240), 10)]), (false, Some(5_000)));
        // Encoders round.
        assert_eq!(jumps(&[(Some(0), 10), (Some(10_240 + 2_400), 10)]), (false, Some(0)));
        assert_eq!(jumps(&[(Some(0), 10), (Some(10_240 + 2_401), 10)]), (true, Some(0)));
        assert_eq!(jumps(&[(Some(0), 10), (Some(5_120), 10)]), (true, Some(0)));
        assert_eq!(jumps(&[(None, 10), (Some(10_240), 10), (None, 10), (Some(40_960), 10)]), (true, Some(0)));
    }
}
