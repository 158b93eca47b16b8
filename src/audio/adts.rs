//! ADTS, a stream of AAC without a container: where the form of its frames changes, since Symphonia reads on with that of the first
//! (ISO/IEC 14496-3, 1.A.2.2).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Of the header of a frame what needs another decoder when it changes: profile and sample rate, and the number of channels.
type Form = [u8; 2];

/// Where behind the frame at `from` the first begins that has another form: that of a file that was appended. In a damaged file a header
/// can say anything, but two in a row do not say the same.
pub(super) fn appended(file: &mut File, from: u64) -> Option<u64> {
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(from)).ok()?;
    let (mut at, mut first, mut other) = (from, None, None);
    loop {
        let mut header = [0; 6];
        reader.read_exact(&mut header).ok()?;
        let Some((form, length)) = frame(header) else {
            reader.seek_relative(1 - header.len() as i64).ok()?;
            at += 1;
            other = None;
            continue;
        };
        match other {
            Some((begin, same)) if same == form => return Some(begin),
            _ if *first.get_or_insert(form) != form => other = Some((at, form)),
            _ => other = None,
        }
        reader.seek_relative(i64::from(length) - header.len() as i64).ok()?;
        at += u64::from(length);
    }
}

/// The form of a frame, and its length in bytes with the header; `None` if no frame begins so.
fn frame(header: [u8; 6]) -> Option<(Form, u16)> {
    let [0xff, second, third, fourth, fifth, sixth] = header else { return None };
    let length = u16::from(fourth & 3) << 11 | u16::from(fifth) << 3 | u16::from(sixth >> 5);
    let is_frame = second & 0xf6 == 0xf0 && third & 0x3c < 13 << 2 && length > 7;
    is_frame.then_some(([third & 0xfd, fourth & 0xc0], length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Frames of 107 bytes, with this index of the sample rate.
    fn frames(rate: u8, channels: u8, count: usize) -> Vec<u8> {
        let header =
            [0xff, 0xf1, 0x40 | rate << 2 | channels >> 2, channels << 6, 107 >> 3, (107 & 7) << 5 | 0x1f, 0xfc];
        [&header[..], &[0xaa; 100]].concat().repeat(count)
    }

    #[test]
    fn the_first_frame_of_another_form_is_found() {
        let found = |parts: &[&[u8]], from| {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&parts.concat()).expect("room");
            appended(&mut file, from)
        };
        let (slow, fast) = (frames(8, 1, 5), frames(3, 1, 5));
        assert_eq!(found(&[&slow, &slow], 0), None);
        assert_eq!(found(&[&slow, &fast], 0), Some(535));
        assert_eq!(found(&[&slow, &fast, &slow], 535), Some(1_070));
        assert_eq!(found(&[&slow, b"ID3 and more", &fast], 0), Some(547));
        assert_eq!(found(&[&slow, &frames(8, 2, 2)], 0), Some(535), "stereo");
        assert_eq!(found(&[&slow, &fast[..107], &slow], 0), None, "one header says nothing");
        assert_eq!(found(&[&slow, &fast[..107], b"x", &fast[..107], &slow], 0), None);
        assert_eq!(found(&[&slow, &fast[..5]], 0), None);
        assert_eq!(found(&[], 0), None);
    }
}
