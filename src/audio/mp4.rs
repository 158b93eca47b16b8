//! What Symphonia leaves out of MP4 files (ISO/IEC 14496-12).
//!
//! Truncated files, as incomplete downloads are: the box with the sound claims to be longer than the file, and Symphonia would
//! ignore all of it. The size in its header is replaced by what is there. Edit lists and flags of tracks: see [`edits`].

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use mp4_atom::{Atom, FourCC, Header, ReadFrom as _};

use super::wav::{Repair, is_zero};

pub(super) mod edits;
pub(super) mod fragments;
pub(super) mod tables;

/// Most boxes of a level that are read; far more than a file has whose fragments last a second each.
const BOXES: usize = 200_000;
/// Bytes of a box that is read whole: an edit list of 80,000 parts.
const LARGEST: u64 = 1 << 20;
/// Most tracks that are read.
const TRACKS: usize = 1_000;
/// Samples that are counted in less than a second. Incomplete downloads can have as many that are not there.
const SOON_COUNTED: u64 = 100_000_000;

/// The repair of a file of `length` bytes that begins with `head`; `None` if there is nothing to repair. The position in the
/// file is at its start afterwards.
pub(super) fn repair(file: &mut File, head: &[u8], length: u64) -> Option<Repair> {
    if !is_mp4(head) {
        return None;
    }
    let mut patches = tables::slow_pictures(file, length);
    patches.extend(last_box(file, length).unwrap_or_default());
    file.rewind().ok()?;
    (!patches.is_empty()).then(|| Repair::of(patches))
}

/// Whether zeros stand where a box should begin, and something else behind them: what is there is not read. The position in the file is
/// at its start afterwards.
pub(super) fn breaks_off(file: &mut File, head: &[u8], length: u64) -> bool {
    let last = is_mp4(head).then(|| Boxes::new(file, 0, length).last()).flatten();
    let rest = last.filter(|last| last.kind == FourCC::new(&[0; 4])).map(|last| last.start..length);
    let breaks_off = rest.is_some_and(|rest| !is_zero(rest, |at| bytes(file, at)));
    file.rewind().is_ok() && breaks_off
}

/// What the size of the last box has to be, if it claims more than the file has.
fn last_box(file: &mut File, length: u64) -> Option<Vec<(u64, [u8; 4])>> {
    let last = Boxes::new(file, 0, length).find(|found| found.end > length)?;
    let rest = length - last.start;
    match last.body - last.start {
        _ if last.kind != FourCC::new(b"mdat") => None,
        16 => Some(vec![(last.start + 8, high(rest)), (last.start + 12, low(rest))]),
        _ => Some(vec![(last.start, low(rest))]),
    }
}

/// Whether the fragments of a file of `length` bytes claim more samples than it has bytes, and than are soon counted: Symphonia counts
/// them one by one, up to ten seconds for each box of 24 bytes. The position in the file is at its start afterwards.
pub(super) fn claims_too_many_samples(file: &mut File, head: &[u8], length: u64) -> bool {
    if !is_mp4(head) {
        return false;
    }
    let whole = Found { kind: FourCC::new(b"file"), start: 0, body: 0, end: length };
    let mut runs = vec![whole];
    for kind in [b"moof", b"traf", b"trun"] {
        let inside = |outer: &Found| -> Vec<Found> {
            let boxes = Boxes::new(file, outer.body, outer.end.min(length));
            boxes.filter(|found| found.kind == FourCC::new(kind)).collect()
        };
        runs = runs.iter().flat_map(inside).collect();
    }
    // Behind version and flags.
    let counts =
        runs.iter().filter_map(|run| bytes(file, run.body + 4)).map(|count| u64::from(u32::from_be_bytes(count)));
    let samples: u64 = counts.sum();
    samples > length.max(SOON_COUNTED) || file.rewind().is_err()
}

/// Whether a file that begins with `head` is made of boxes: the first need not be that of the file's type.
fn is_mp4(head: &[u8]) -> bool {
    let kinds = [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp", b"sidx"];
    head.get(4..8).is_some_and(|kind| kinds.iter().any(|known| *known == kind))
}

/// The bytes of a file at a place.
pub(super) fn bytes<const N: usize>(file: &mut File, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// A box: positions in the file.
struct Found {
    kind: FourCC,
    start: u64,
    /// The first byte after the header.
    body: u64,
    /// The first byte after the box, as it claims.
    end: u64,
}

/// The boxes of a part of a file, one after the other, up to the first that can't be read.
struct Boxes<'a> {
    file: &'a mut File,
    at: u64,
    end: u64,
    left: usize,
}

impl Boxes<'_> {
    fn new(file: &mut File, start: u64, end: u64) -> Boxes<'_> {
        Boxes { file, at: start, end, left: BOXES }
    }
}

impl Iterator for Boxes<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        self.left = self.left.checked_sub(1)?;
        if self.end.checked_sub(self.at)? < 8 {
            return None;
        }
        self.file.seek(SeekFrom::Start(self.at)).ok()?;
        let header = Header::read_from(self.file).ok()?;
        let (start, body) = (self.at, self.file.stream_position().ok()?);
        // Without a size it goes to the end.
        let end = header.size.map_or(Some(self.end), |size| body.checked_add(size as u64))?;
        self.at = end;
        Some(Found { kind: header.kind, start, body, end })
    }
}

/// The first box of this kind in a part of the file.
fn find(file: &mut File, start: u64, end: u64, kind: &[u8; 4]) -> Option<Found> {
    Boxes::new(file, start, end).find(|found| found.kind == FourCC::new(kind))
}

/// All boxes of this kind in another, at most so many.
fn all(file: &mut File, outer: &Found, kind: &[u8; 4], most: usize) -> Vec<Found> {
    Boxes::new(file, outer.body, outer.end).filter(|found| found.kind == FourCC::new(kind)).take(most).collect()
}

/// A box that is small enough to be read whole.
fn read<T: Atom>(file: &mut File, found: &Found) -> Option<T> {
    let size = found.end.checked_sub(found.body).filter(|size| *size <= LARGEST)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(found.body)).ok()?;
    file.take(size).read_to_end(&mut bytes).ok()?;
    T::decode_body(&mut bytes.as_slice()).ok()
}

/// Whether a track is one of sound.
fn is_sound(file: &mut File, track: &Found) -> bool {
    let media = find(file, track.body, track.end, b"mdia");
    let handler = media.and_then(|media| find(file, media.body, media.end, b"hdlr"));
    // Behind version, flags and an older type.
    handler.and_then(|handler| bytes(file, handler.body + 8)) == Some(*b"soun")
}

fn high(size: u64) -> [u8; 4] {
    ((size >> 32) as u32).to_be_bytes()
}

fn low(size: u64) -> [u8; 4] {
    (size as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn repaired(bytes: &[u8]) -> Option<Repair> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("room");
        repair(&mut file, &bytes[..bytes.len().min(100)], bytes.len() as u64)
    }

    fn start(size: u32, name: &[u8]) -> Vec<u8> {
        [&size.to_be_bytes(), name].concat()
    }

    #[test]
    fn a_box_that_is_longer_than_the_file_gets_the_size_that_is_there() {
        let head = [start(12, b"ftyp"), vec![0; 4]].concat();
        let cut = [head.clone(), start(1_000, b"mdat"), vec![7; 50]].concat();
        assert_eq!(repaired(&cut), Some(Repair::of(vec![(12, [0, 0, 0, 58])])));
        let wide = [head.clone(), start(1, b"mdat"), 9_000_000_000_u64.to_be_bytes().to_vec(), vec![7; 50]].concat();
        assert_eq!(repaired(&wide), Some(Repair::of(vec![(20, [0; 4]), (24, [0, 0, 0, 66])])));
        let whole = [head.clone(), start(58, b"mdat"), vec![7; 50]].concat();
        assert_eq!(repaired(&whole), None);
        let free = [start(12, b"free"), vec![0; 4], start(1_000, b"mdat"), vec![7; 50]].concat();
        assert_eq!(repaired(&free), Some(Repair::of(vec![(12, [0, 0, 0, 58])])));
        assert_eq!(repaired(&[head, start(0, b"mdat"), vec![7; 50]].concat()), None);
        assert_eq!(repaired(b"RIFF"), None);
    }

    #[test]
    fn zeros_between_boxes_hide_what_follows() {
        let breaks = |rest: &[u8]| {
            let all = [&start(12, b"ftyp")[..], &[0; 4], &start(58, b"mdat"), &[7; 50], rest].concat();
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&all).expect("room");
            breaks_off(&mut file, &all, all.len() as u64)
        };
        assert!(!breaks(&[]) && !breaks(&[0; 3_000]) && !breaks(&start(0, b"mdat")));
        assert!(breaks(&[&[0; 3_000][..], &start(58, b"moof"), &[7; 50]].concat()));
    }

    #[test]
    fn fragments_with_endless_samples_are_refused() {
        let boxed = |name: &[u8], body: &[u8]| [&start(8 + body.len() as u32, name)[..], body].concat();
        let claims = |counts: &[u32]| {
            let runs = counts.iter().map(|count| boxed(b"trun", &[&[0; 4], &count.to_be_bytes()[..]].concat()));
            let traf = boxed(b"traf", &runs.collect::<Vec<_>>().concat());
            let moof = boxed(b"moof", &[boxed(b"mfhd", &[0; 8]), traf].concat());
            let all = [boxed(b"ftyp", &[0; 4]), moof, boxed(b"mdat", &[7; 50])].concat();
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&all).expect("room");
            (claims_too_many_samples(&mut file, &all, all.len() as u64), file.stream_position().expect("a place"))
        };
        assert_eq!(claims(&[20, 30]), (false, 0));
        assert!(!claims(&[1_000]).0, "cut off");
        assert!(claims(&[u32::MAX]).0 && claims(&[60_000_000; 2]).0 && claims(&[u32::MAX; 9]).0);
    }
}
