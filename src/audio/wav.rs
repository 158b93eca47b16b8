//! WAV files with headers that are wrong, or that Symphonia can't read: recorders that lost power leave sizes of zero, and
//! beyond 4 GiB the sizes are elsewhere (RF64, EBU Tech 3306). The sound is complete, so the decoder gets a repaired header.
//! Reading the sound is left to the decoder.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::io::MediaSource;

/// The size that means "to the end of the file".
const UNKNOWN: [u8; 4] = [0xff; 4];

/// Places that are looked at to know whether there is something else than zeros.
const PLACES: u64 = 1_000;

/// Bytes after the sound that some programs append without saying what they are.
const MOST_APPENDED: u64 = 4_096;

/// What the decoder reads instead of the file's own header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Repair {
    /// Four bytes each, with their position in the file.
    patches: Vec<(u64, [u8; 4])>,
    /// Where the sound ends, if a 64-bit header tells.
    end: Option<u64>,
    /// Whether the header was wrong, as after a crash of the recorder; `false` for RF64 and for streamed files.
    pub(super) damaged: bool,
    /// Bytes of sound that the header claims and the file does not have.
    pub(super) missing: u64,
}

impl Repair {
    /// A repair with these patches alone.
    pub(super) fn of(patches: Vec<(u64, [u8; 4])>) -> Repair {
        Repair { patches, ..Repair::default() }
    }
}

/// A chunk: its tag, where it begins, and the size that it claims.
type Chunk = ([u8; 4], usize, u32);

/// The chunks of a WAV file in its first bytes, up to that with the sound; none in other files.
fn chunks(head: &[u8]) -> impl Iterator<Item = Chunk> {
    let is_wav = matches!(head.get(..4), Some(b"RIFF" | b"RF64" | b"BW64")) && head.get(8..12) == Some(b"WAVE");
    let mut next = is_wav.then_some(12);
    std::iter::from_fn(move || {
        let at = next.take()?;
        let tag: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
        let size = u32::from_le_bytes(head.get(at + 4..at + 8)?.try_into().ok()?);
        let end = (at as u64 + 8) + u64::from(size) + u64::from(size & 1);
        next = usize::try_from(end).ok().filter(|_| tag != *b"data");
        Some((tag, at, size))
    })
}

/// A number of two bytes in the format of a WAV file, at this place of it.
fn format(head: &[u8], place: usize) -> Option<u16> {
    let (_, at, _) = chunks(head).find(|(tag, ..)| tag == b"fmt ")?;
    Some(u16::from_le_bytes(head.get(at + 8 + place..at + 10 + place)?.try_into().ok()?))
}

/// Number of channels of a WAV file that begins with `head`; `None` if it is none, or its format does not come in its first bytes.
pub(super) fn channels(head: &[u8]) -> Option<u16> {
    format(head, 2)
}

/// The repair of a file of `length` bytes that begins with `head`; `None` if there is nothing to repair. `at` reads bytes of it.
pub(super) fn repair(head: &[u8], length: u64, at: impl FnMut(u64) -> Option<[u8; 8]>) -> Option<Repair> {
    let wide = matches!(head.get(..4)?, b"RF64" | b"BW64");
    let long = |at: usize| head.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    let wide_size = chunks(head).find(|(tag, ..)| tag == b"ds64").and_then(|(_, at, _)| long(at + 16));
    let (_, place, size) = chunks(head).find(|(tag, ..)| tag == b"data")?;
    let mut repair = data_chunk(head, length, (place, size), wide.then_some(wide_size), at)?;
    repair.patches.extend(padded_samples(head));
    (!repair.patches.is_empty()).then_some(repair)
}

/// Samples of 24 bits that lie in four bytes each are numbers of 32 bits.
fn padded_samples(head: &[u8]) -> Option<(u64, [u8; 4])> {
    let (_, at, _) = chunks(head).find(|(tag, ..)| tag == b"fmt ")?;
    let [kind, channels, block, bits] = [0, 2, 12, 14].map(|place| format(head, place));
    let is_padded = kind == Some(1) && bits == Some(24) && block == channels.and_then(|count| count.checked_mul(4));
    let [low, high] = block.filter(|_| is_padded)?.to_le_bytes();
    Some((at as u64 + 8 + 12, [low, high, 32, 0]))
}

/// The repair of the data chunk at `place`, which claims `size` bytes; `wide` is what `ds64` claims in an RF64 file.
fn data_chunk(
    head: &[u8],
    length: u64,
    (place, size): (usize, u32),
    wide: Option<Option<u64>>,
    mut at: impl FnMut(u64) -> Option<[u8; 8]>,
) -> Option<Repair> {
    let riff = u32::from_le_bytes(head.get(4..8)?.try_into().ok()?);
    let body = place as u64 + 8;
    let rest = length.saturating_sub(body);
    let none = size == 0 && rest > 8 && !is_chunk(head.get(place + 8..)?, rest);
    // A recorder that crashed has left an old size. Some programs leave out the byte that makes it even.
    let mut ends = [0, u64::from(size & 1)].map(|pad| u64::from(size) + pad).into_iter();
    let mut is_sound = |end: u64| {
        let bytes = at(body + end);
        bytes.is_some_and(|bytes| !is_appended(bytes)) || bytes == Some([0; 8]) && !is_zero(body + end..length, &mut at)
    };
    let is_old = wide.is_none()
        && !matches!(size, 0 | u32::MAX)
        && rest.saturating_sub(u64::from(size)) > MOST_APPENDED
        && ends.all(&mut is_sound);
    // It is written when the recorder stops.
    let is_unfilled = wide == Some(Some(0)) && size == u32::MAX && rest > 8 && !is_chunk(head.get(place + 8..)?, rest);
    let claimed = match wide {
        Some(Some(claimed)) if size == u32::MAX && !is_unfilled => claimed,
        _ if none || is_old || size == u32::MAX => rest,
        _ => u64::from(size),
    };
    let real = claimed.min(rest);
    let mut patches = Vec::new();
    if wide.is_some() {
        patches.push((0, *b"RIFF"));
    }
    if u64::from(size) != real {
        patches.push((body - 4, u32::try_from(real).map_or(UNKNOWN, u32::to_le_bytes)));
    }
    if wide.is_some() || (riff != u32::MAX && u64::from(riff) + 8 < body + real) {
        patches.push((4, UNKNOWN));
    }
    let streamed = size == u32::MAX && riff == u32::MAX;
    Some(Repair {
        end: (wide.is_some() && body + real < length).then_some(body + real),
        damaged: is_unfilled || !patches.is_empty() && wide.is_none() && !streamed,
        missing: claimed - real,
        patches,
    })
}

/// Whether a part of the file holds nothing but zeros, judged by bytes at places all over it.
pub(super) fn is_zero(part: Range<u64>, mut at: impl FnMut(u64) -> Option<[u8; 8]>) -> bool {
    let step = usize::try_from((part.end - part.start) / PLACES).unwrap_or(usize::MAX).max(8);
    part.step_by(step).all(|place| at(place).is_none_or(|bytes| bytes == [0; 8]))
}

/// Whether these bytes begin something that was appended to the sound: a chunk, the tags of other formats (`ID3`, `APETAGEX`), or zeros
/// that fill up a block.
fn is_appended(bytes: [u8; 8]) -> bool {
    let is_tag = bytes[..4].iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    is_tag || bytes.starts_with(b"ID3") || bytes == [0; 8]
}

/// Whether a chunk begins here that fits into the rest of the file.
fn is_chunk(bytes: &[u8], rest: u64) -> bool {
    let size = bytes.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    bytes.get(..4).is_some_and(|tag| tag.iter().all(|b| b.is_ascii_graphic() || *b == b' '))
        && size.is_some_and(|s| u64::from(s) + 8 <= rest)
}

/// A file with a repaired header.
pub(super) struct Repaired {
    file: File,
    repair: Repair,
    at: u64,
    length: u64,
}

impl Repaired {
    /// Reads from the start of `file`, which has `length` bytes.
    pub(super) fn new(file: File, length: u64, repair: Repair) -> Repaired {
        let length = repair.end.unwrap_or(length);
        Repaired { file, repair, at: 0, length }
    }
}

impl Read for Repaired {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = to.len().min(left);
        let count = self.file.read(&mut to[..room])?;
        for (place, bytes) in &self.repair.patches {
            for (i, byte) in (*place..).zip(bytes) {
                if let Some(offset) = i.checked_sub(self.at).and_then(|o| usize::try_from(o).ok())
                    && offset < count
                {
                    to[offset] = *byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Repaired {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::End(offset) => SeekFrom::Start(self.length.saturating_add_signed(offset)),
            other => other,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl MediaSource for Repaired {
    fn is_seekable(&self) -> bool {
        true
    }
    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a file that is all in `head`.
    fn repaired(head: &[u8]) -> Option<Repair> {
        let at = |at: u64| head.get(at as usize..at as usize + 8)?.try_into().ok();
        repair(head, head.len() as u64, at)
    }

    fn header(marker: &[u8], riff: u32, chunks: &[(&[u8], u32, &[u8])]) -> Vec<u8> {
        let mut out = [marker, &riff.to_le_bytes(), b"WAVE"].concat();
        for (tag, size, body) in chunks {
            out.extend([tag, &size.to_le_bytes()[..], body].concat());
        }
        out
    }

    #[test]
    fn a_sound_header_is_left_alone() {
        let head = header(b"RIFF", 36 + 100, &[(b"fmt ", 16, &[0; 16]), (b"data", 100, &[1; 100])]);
        assert_eq!(repaired(&head), None);
        assert_eq!(repaired(b"OggS"), None);
    }

    #[test]
    fn sizes_of_zero_mean_the_rest_of_the_file() {
        let head = header(b"RIFF", 0, &[(b"fmt ", 16, &[0; 16]), (b"data", 0, &[1; 100])]);
        let found = repaired(&head).expect("a repair");
        assert!(found.damaged);
        assert_eq!(found.patches, [(40, 100_u32.to_le_bytes()), (4, UNKNOWN)]);
    }

    #[test]
    fn what_the_header_promises_and_the_file_lacks_is_counted() {
        let head = header(b"RIFF", 36 + 1_000, &[(b"fmt ", 16, &[0; 16]), (b"data", 1_000, &[1; 100])]);
        let found = repaired(&head).expect("a repair");
        assert_eq!((found.missing, found.patches), (900, vec![(40, 100_u32.to_le_bytes())]));
    }

    #[test]
    fn channels_are_those_of_the_format() {
        let format = [&1_u16.to_le_bytes()[..], &300_u16.to_le_bytes(), &[0; 12]].concat();
        assert_eq!(channels(&header(b"RIFF", 36, &[(b"fmt ", 16, &format)])), Some(300));
        assert_eq!(channels(&header(b"RIFF", 36, &[(b"JUNK", 3, &[0; 4]), (b"fmt ", 16, &format)])), Some(300));
        assert_eq!(channels(&header(b"RIFF", 36, &[(b"LIST", 16, &format)])), None);
        assert_eq!(channels(b"RIFF____WAVEfmt "), None);
    }

    #[test]
    fn no_sound_at_all_is_no_damage() {
        let head = header(b"RIFF", 36, &[(b"fmt ", 16, &[0; 16]), (b"data", 0, &[])]);
        assert_eq!(repaired(&head), None);
        let tail = header(b"RIFF", 48, &[(b"fmt ", 16, &[0; 16]), (b"data", 0, &[]), (b"LIST", 4, &[0; 4])]);
        assert_eq!(repaired(&tail), None);
    }

    #[test]
    fn an_old_size_is_not_the_end_of_the_sound() {
        let file = |size: u32, behind: &[u8]| {
            let sound = [&[1; 100][..], behind].concat();
            header(b"RIFF", 36 + size, &[(b"fmt ", 16, &[0; 16]), (b"data", size, &sound)])
        };
        let found = repaired(&file(100, &[2; 5_000])).expect("a repair");
        assert!(found.damaged);
        assert_eq!(found.patches, [(40, 5_100_u32.to_le_bytes()), (4, UNKNOWN)]);
        // Something that is appended, and zeros that fill up a block.
        let list = header(b"LIST", 9_988, &[(b"abcd", 4, &[9; 9_980])]);
        let tags = [&b"APETAGEX"[..], &[200; 5_000]].concat();
        for behind in [&list[..], &tags, &[2; 500], &[0; 5_000], &[&b"ID3"[..], &[4; 5_000]].concat()] {
            assert_eq!(repaired(&file(100, behind)), None);
        }
        // Silence in the middle of what was recorded.
        let found = repaired(&file(100, &[&[0; 3_200][..], &[2; 5_000]].concat())).expect("a repair");
        assert_eq!(found.patches, [(40, 8_300_u32.to_le_bytes()), (4, UNKNOWN)]);
        // With and without the byte that makes the size even.
        for pad in [&[0][..], &[]] {
            let sound = [&[1; 99][..], pad, &list].concat();
            let odd = header(b"RIFF", 36 + 99, &[(b"fmt ", 16, &[0; 16]), (b"data", 99, &sound)]);
            assert_eq!(repaired(&odd), None);
        }
    }

    #[test]
    fn samples_of_24_bits_in_four_bytes_are_numbers_of_32() {
        let file = |block: u16, bits: u16| {
            let format: Vec<u8> = [1, 2, 0, 0, 0, 0, block, bits].iter().flat_map(|n: &u16| n.to_le_bytes()).collect();
            header(b"RIFF", 36 + 80, &[(b"fmt ", 16, &format), (b"data", 80, &[1; 80])])
        };
        let found = repaired(&file(8, 24)).expect("a repair");
        assert_eq!((found.patches, found.damaged), (vec![(32, [8, 0, 32, 0])], false));
        assert_eq!(repaired(&file(6, 24)), None);
        assert_eq!(repaired(&file(8, 32)), None);
    }

    #[test]
    fn beyond_4_gib_the_end_comes_from_ds64() {
        let mut sizes = [0; 28];
        sizes[8..16].copy_from_slice(&5_000_000_000_u64.to_le_bytes());
        let chunks: [(&[u8], u32, &[u8]); 3] =
            [(b"ds64", 28, &sizes), (b"fmt ", 16, &[0; 16]), (b"data", u32::MAX, &[1; 8])];
        let head = header(b"RF64", u32::MAX, &chunks);
        let found = repair(&head, 6_000_000_000, |_| None).expect("a repair");
        assert!(!found.damaged);
        assert_eq!(found.end, Some(5_000_000_000 + 80));
    }

    #[test]
    fn sizes_in_ds64_that_were_never_written_mean_the_rest_of_the_file() {
        let file = |sound: &[u8]| {
            let chunks: [(&[u8], u32, &[u8]); 3] =
                [(b"ds64", 28, &[0; 28]), (b"fmt ", 16, &[0; 16]), (b"data", u32::MAX, sound)];
            repaired(&header(b"RF64", u32::MAX, &chunks)).expect("a repair")
        };
        let found = file(&[1; 100]);
        assert!(found.damaged && found.missing == 0 && found.end.is_none(), "{found:?}");
        assert_eq!(found.patches, [(0, *b"RIFF"), (76, 100_u32.to_le_bytes()), (4, UNKNOWN)]);
        // Nothing was recorded.
        for sound in [&[][..], &header(b"LIST", 4, &[])] {
            let found = file(sound);
            assert!(!found.damaged && found.patches.contains(&(76, [0; 4])), "{found:?}");
        }
    }
}
