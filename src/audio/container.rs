//! Containers that this library does not read, recognised by their first bytes. Otherwise bytes of their pictures would be
//! taken for MPEG audio.

use super::decode::LONGEST_GAP;
use crate::Millis;

/// Bytes of a packet of an MPEG transport stream; in M2TS files (Blu-ray, camcorders) with a time stamp before it, in some
/// broadcasts with a checksum after it.
const PACKETS: [usize; 3] = [188, 192, 204];
/// So many packets in a row must begin with [`SYNC`]; chance would need 2⁶⁴ files.
const IN_A_ROW: usize = 8;
const SYNC: u8 = 0x47;

/// The name of the container that only `ffmpeg` reads and that begins with `head`; `None` if it is none of these.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    match head {
        // ISO/IEC 13818-1: pack header, and a system header or packet if the first pack is cut off; also VOB.
        [0, 0, 1, 0xba | 0xbb | 0xbd..=0xef, ..] => Some("an MPEG program stream"),
        [b'F', b'L', b'V', 1, ..] => Some("a Flash video"),
        _ if is_transport_stream(head) => Some("an MPEG transport stream"),
        _ => None,
    }
}

/// The name of the container or codec that begins so, as far as sound without a header never begins so.
pub(super) fn encoded(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'f', b'L', b'a', b'C', ..] => Some("FLAC"),
        [b'O', b'g', b'g', b'S', ..] => Some("Ogg"),
        [b'I', b'D', b'3', 2..=4, ..] => Some("MP3"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("Matroska or WebM"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("MP4"),
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', ..] => Some("AIFF"),
        [b'c', b'a', b'f', b'f', ..] => Some("CAF"),
        [b'r', b'i', b'f', b'f', ..] => Some("Wave64"),
        [b'.', b's', b'n', b'd', ..] => Some("AU"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("AMR"),
        [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => Some("Windows Media"),
        _ => foreign(head),
    }
}

/// A recording may begin within a packet.
fn is_transport_stream(head: &[u8]) -> bool {
    PACKETS
        .into_iter()
        .any(|size| (0..size).any(|start| (0..IN_A_ROW).all(|packet| head.get(start + packet * size) == Some(&SYNC))))
}

/// How long the sound in a file of so many bytes may be: 6 hours, and more than any codec makes of the bytes, at 64 bits a
/// second. What claims to be longer would keep the computer busy for days.
pub(super) fn longest(bytes: u64) -> Millis {
    LONGEST_GAP + Millis(bytes.saturating_mul(125))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(size: usize, start: usize, packets: usize) -> Vec<u8> {
        (0..start + packets * size).map(|at| if at % size == start % size { SYNC } else { at as u8 | 0x80 }).collect()
    }

    #[test]
    fn broadcasts_and_discs_are_recognised() {
        for (size, start) in [(188, 0), (188, 100), (192, 4), (204, 0)] {
            assert_eq!(foreign(&stream(size, start, 8)), Some("an MPEG transport stream"), "{size} {start}");
        }
        assert_eq!(foreign(&stream(188, 0, 7)[..7 * 188]), None);
        assert_eq!(foreign(&stream(190, 0, 50)), None);
        assert_eq!(foreign(b"\0\0\x01\xba\x44"), Some("an MPEG program stream"));
        assert_eq!(foreign(b"FLV\x01\x05"), Some("a Flash video"));
        for other in [&b"RIFF\0\0\0\0WAVE"[..], b"\xff\xfb\x90\0", b"ID3\x04", b"OggS", b"\0\0\0\x20ftyp", b"FLVx", b""]
        {
            assert_eq!(foreign(other), None);
        }
    }
}
