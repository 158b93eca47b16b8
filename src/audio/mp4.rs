//! Truncated MP4 files, as incomplete downloads are: the box with the sound claims to be longer than the file, and Symphonia
//! would ignore all of it. The size in its header is replaced by what is there. Boxes: ISO/IEC 14496-12, 4.2.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use super::wav::Repair;

/// Most top-level boxes that are read; far more than a file has whose fragments last a second each.
const BOXES: usize = 200_000;

/// The repair of a file of `length` bytes that begins with `head`; `None` if there is nothing to repair. The position in the
/// file is at its start afterwards.
pub(super) fn repair(file: &mut File, head: &[u8], length: u64) -> Option<Repair> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    let found = last_box(file, length);
    file.rewind().ok()?;
    found
}

fn last_box(file: &mut File, length: u64) -> Option<Repair> {
    let mut at = 0;
    for _ in 0..BOXES {
        let mut header = [0; 16];
        file.seek(SeekFrom::Start(at)).ok()?;
        let there = usize::try_from(length.checked_sub(at)?.min(16)).ok()?;
        if there < 8 {
            return None;
        }
        file.read_exact(&mut header[..there]).ok()?;
        let short = u32::from_be_bytes(header[..4].try_into().ok()?);
        let size = match short {
            // "To the end of the file."
            0 => return None,
            1 => u64::from_be_bytes(header[8..].try_into().ok()?),
            short => u64::from(short),
        };
        if size < 8 {
            return None;
        }
        let rest = length - at;
        if size > rest && &header[4..8] == b"mdat" {
            let real = match short {
                1 => vec![(at + 8, high(rest)), (at + 12, low(rest))],
                _ => vec![(at, low(rest))],
            };
            return Some(Repair::of(real));
        }
        at = at.checked_add(size)?;
    }
    None
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
        assert_eq!(repaired(&[head, start(0, b"mdat"), vec![7; 50]].concat()), None);
        assert_eq!(repaired(b"RIFF"), None);
    }
}
