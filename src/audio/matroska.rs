//! What Symphonia leaves out of Matroska and WebM files: which tracks are the default, and whether the file ends where an
//! element ends. What browsers record has no sizes and no length, so only the latter tells a whole file from one that is cut
//! off; and what was appended. EBML: RFC 8794, sections 5 and 6; elements: RFC 9559, section 5.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use super::mp4::edits::TrackHeader;

const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK_ENTRY: u64 = 0xae;
const TRACK_NUMBER: u64 = 0xd7;
const FLAG_DEFAULT: u64 = 0x88;

/// Whether the last element of `file` is complete; `None` if that can't be read.
pub(super) fn is_whole(file: File) -> Option<bool> {
    let length = file.metadata().ok()?.len();
    let mut reader = BufReader::new(file);
    reader.rewind().ok()?;
    walk(&mut reader, 0..length, |id, _| [SEGMENT, CLUSTER].contains(&id), |_, _, _| true)
}

/// Where the next file begins that was appended to the one at `from`.
pub(super) fn appended(file: &mut File, from: u64) -> Option<u64> {
    let length = file.metadata().ok()?.len();
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(from)).ok()?;
    let mut next = None;
    let without_size = |id: u64, unknown: bool| unknown && [SEGMENT, CLUSTER].contains(&id);
    walk(&mut reader, from..length, without_size, |(id, at), _, _| {
        next = (id == EBML && at > from).then_some(at);
        next.is_none()
    });
    next
}

/// The tracks of a file that begins with `head`, as far as they are there; none in other files.
pub(super) fn tracks(head: &[u8]) -> Vec<TrackHeader> {
    let mut tracks = Vec::new();
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        let mut reader = Cursor::new(head);
        let enters = |id: u64, _| [SEGMENT, TRACKS, TRACK_ENTRY].contains(&id);
        walk(&mut reader, 0..head.len() as u64, enters, |(id, _), reader, size| {
            match id {
                // What is not said is yes.
                TRACK_ENTRY => tracks.push(TrackHeader::new(0, true)),
                TRACK_NUMBER | FLAG_DEFAULT => {
                    let Some((track, value)) = tracks.last_mut().zip(unsigned(reader, size)) else { return true };
                    match id {
                        TRACK_NUMBER => track.id = u32::try_from(value).unwrap_or(0),
                        _ => track.enabled = value != 0,
                    }
                }
                _ => {}
            }
            true
        });
    }
    tracks
}

/// Passes from element to element in these bytes of the file, at the first of which `reader` is, and enters those for which `enters` says
/// so, given the ID and whether the size is unknown: `each` gets the element's ID and where it begins, the reader at the first byte of
/// what is in it, and its size, and says whether to go on. Returns whether the last one ends at the end; `None` if that can't be read.
fn walk<R: Read + Seek>(
    reader: &mut R,
    bytes: Range<u64>,
    enters: impl Fn(u64, bool) -> bool,
    mut each: impl FnMut((u64, u64), &mut R, u64) -> bool,
) -> Option<bool> {
    let (mut at, length) = (bytes.start, bytes.end);
    while at < length {
        let now = reader.stream_position().ok()?;
        reader.seek_relative(i64::try_from(i128::from(at) - i128::from(now)).ok()?).ok()?;
        let Some((id, _)) = number(reader, true) else { return Some(false) };
        let Some((size, unknown)) = number(reader, false) else { return Some(false) };
        let begin = std::mem::replace(&mut at, reader.stream_position().ok()?);
        if !each((id, begin), reader, size) {
            return None;
        }
        // Only segments and clusters may have no size.
        if !enters(id, unknown) {
            at = if unknown { return None } else { at.checked_add(size)? };
        }
    }
    Some(at == length)
}

/// A whole number of at most 8 bytes.
fn unsigned(reader: &mut impl Read, size: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    let place = bytes.len().checked_sub(usize::try_from(size).ok()?)?;
    reader.read_exact(&mut bytes[place..]).ok()?;
    Some(u64::from_be_bytes(bytes))
}

/// A number of variable length, with its marker if `marked`, and whether all its bits are set, which means "unknown". `None`
/// at the end of the file.
fn number(reader: &mut impl Read, marked: bool) -> Option<(u64, bool)> {
    let mut byte = [0];
    reader.read_exact(&mut byte).ok()?;
    let more = byte[0].leading_zeros();
    let mut value = u64::from(byte[0]);
    if !marked {
        value &= 0x7f_u64.checked_shr(more).unwrap_or(0);
    }
    for _ in 0..more.min(8) {
        reader.read_exact(&mut byte).ok()?;
        value = value << 8 | u64::from(byte[0]);
    }
    Some((value, value == (1 << (7 * (more + 1).min(8))) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn whole(bytes: &[u8]) -> Option<bool> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("room");
        file.seek(std::io::SeekFrom::Start(0)).expect("a file");
        is_whole(file)
    }

    #[test]
    fn a_file_without_sizes_is_whole_if_its_last_element_is() {
        // EBML header; segment and cluster of unknown size; time stamp 0; a block of 4 bytes.
        let file = [
            &[0x1a, 0x45, 0xdf, 0xa3, 0x82, 1, 2][..],
            &[0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x81, 0],
            &[0xa3, 0x40, 4, 1, 2, 3, 4],
        ]
        .concat();
        assert_eq!(whole(&file), Some(true));
        for cut in 1..7 {
            assert_eq!(whole(&file[..file.len() - cut]), Some(false), "{cut}");
        }
        assert_eq!(whole(&file[..file.len() - 7]), Some(true));
        // Only a segment or a cluster has no size.
        assert_eq!(whole(&[&file[..27], &[0xa3, 0xff, 1]].concat()), None);
    }

    #[test]
    fn a_track_is_the_default_unless_the_file_says_no() {
        let head = |flags: [&[u8]; 3]| {
            let entries = flags
                .iter()
                .zip(1..)
                .map(|(flag, number)| [&[0xae, 0x80 | (3 + flag.len()) as u8, 0xd7, 0x81, number][..], flag].concat());
            let entries: Vec<u8> = entries.flatten().collect();
            let start = [0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 0xff, 0x16, 0x54, 0xae, 0x6b];
            [&start[..], &[0x80 | entries.len() as u8], &entries, &[0x1f, 0x43, 0xb6, 0x75, 0xff]].concat()
        };
        let found: Vec<(u32, bool)> = tracks(&head([&[0x88, 0x81, 0], &[], &[0x88, 0x82, 0, 1]]))
            .into_iter()
            .map(|track| (track.id, track.enabled))
            .collect();
        assert_eq!(found, [(1, false), (2, true), (3, true)]);
        assert!(tracks(b"RIFF").is_empty());
    }
}
