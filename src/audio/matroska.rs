//! Whether a Matroska or WebM file ends where an element ends. What browsers record has no sizes and no length, so only this
//! tells a whole file from one that is cut off. EBML: RFC 8794, sections 5 and 6.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _};

/// Elements that consist of elements and may have no size.
const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;

/// Whether the last element of `file` is complete; `None` if that can't be read.
pub(super) fn is_whole(file: File) -> Option<bool> {
    let length = file.metadata().ok()?.len();
    let mut reader = BufReader::new(file);
    reader.rewind().ok()?;
    let mut at = 0;
    while at < length {
        let now = reader.stream_position().ok()?;
        reader.seek_relative(i64::try_from(at.checked_sub(now)?).ok()?).ok()?;
        let Some((id, _)) = number(&mut reader, true) else { return Some(false) };
        let Some((size, unknown)) = number(&mut reader, false) else { return Some(false) };
        at = reader.stream_position().ok()?;
        // Segments and clusters are entered, everything else is passed over.
        if !matches!(id, SEGMENT | CLUSTER) {
            at = if unknown { return None } else { at.checked_add(size)? };
        }
    }
    Some(at == length)
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
    Some((value, value + 1 == 1 << (7 * (more + 1).min(8))))
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
        // A block of unknown size is none.
        assert_eq!(whole(&[&file[..27], &[0xa3, 0xff, 1]].concat()), None);
    }
}
