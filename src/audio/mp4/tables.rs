//! Tables of samples that Symphonia reads wrongly, or too slowly (ISO/IEC 14496-12, 8.6.1 and 8.7).

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use super::{Found, TRACKS, all, bytes, find, is_mp4};

/// Steps that Symphonia may take through the table of times of all tracks: some seconds. It begins at its start for each sample.
const MOST_STEPS: u64 = 2_000_000_000;
/// Entries that are gone through soon enough, however many samples there are.
const FEW_ENTRIES: u64 = 1_000;

/// Why Symphonia can't read the sound of an MP4 file of `length` bytes that begins with `head`; `None` if it may, or in other files.
/// The position in the file is at its start afterwards.
pub(in crate::audio) fn unreadable(file: &mut File, head: &[u8], length: u64) -> Option<&'static str> {
    if !is_mp4(head) {
        return None;
    }
    let tracks = sample_tables(file, length);
    let sound: Vec<&Found> = tracks.iter().filter(|track| track.is_sound).map(|track| &track.samples).collect();
    let steps = sound.iter().fold(0_u64, |sum, samples| sum.saturating_add(steps(file, samples)));
    let is_scattered = sound.iter().any(|samples| is_scattered(file, samples).unwrap_or(false));
    match file.rewind() {
        Err(_) => None,
        Ok(()) if steps > MOST_STEPS => Some("its table of times is too long"),
        Ok(()) if is_scattered => Some("its parts do not lie in their order"),
        Ok(()) => None,
    }
}

/// What hides tracks without sound that would keep Symphonia busy: four bytes each, with their position in the file.
pub(super) fn slow_pictures(file: &mut File, length: u64) -> Vec<(u64, [u8; 4])> {
    let pictures: Vec<Table> = sample_tables(file, length).into_iter().filter(|track| !track.is_sound).collect();
    let slow = pictures.iter().filter(|track| steps(file, &track.samples) > MOST_STEPS);
    slow.map(|track| (track.start + 4, *b"free")).collect()
}

/// The tables of a track.
struct Table {
    /// Where the box of the track begins.
    start: u64,
    is_sound: bool,
    /// The box with the tables.
    samples: Found,
}

/// Those of all tracks; none of a file in fragments, whose tables are short, and which must keep its tracks.
fn sample_tables(file: &mut File, length: u64) -> Vec<Table> {
    let Some(moov) = find(file, 0, length, b"moov") else { return Vec::new() };
    let moov = Found { end: moov.end.min(length), ..moov };
    if find(file, moov.body, moov.end, b"mvex").is_some() {
        return Vec::new();
    }
    let tracks = all(file, &moov, b"trak", TRACKS);
    tracks
        .iter()
        .filter_map(|track| {
            let media = find(file, track.body, track.end, b"mdia")?;
            let information = find(file, media.body, media.end, b"minf")?;
            let samples = find(file, information.body, information.end, b"stbl")?;
            Some(Table { start: track.start, is_sound: super::is_sound(file, track), samples })
        })
        .collect()
}

/// Steps through the table of times that Symphonia takes for all samples of a track.
fn steps(file: &mut File, samples: &Found) -> u64 {
    let entries = find(file, samples.body, samples.end, b"stts").and_then(|found| count(file, &found, (4, 8)));
    let sizes = [b"stsz", b"stz2"].iter().find_map(|kind| find(file, samples.body, samples.end, kind));
    // Behind version and flags, and a size. They need not have sizes of their own.
    let sizes = sizes.and_then(|found| bytes(file, found.body + 8)).map(|count| u64::from(u32::from_be_bytes(count)));
    match entries.zip(sizes) {
        Some((entries, samples)) if entries > FEW_ENTRIES => entries.saturating_mul(samples),
        _ => 0,
    }
}

/// Whether a part of the sound lies before one that is played earlier: Symphonia takes the offsets of parts for ascending.
fn is_scattered(file: &mut File, samples: &Found) -> Option<bool> {
    let (table, width) = match find(file, samples.body, samples.end, b"stco") {
        Some(found) => (found, 4),
        None => (find(file, samples.body, samples.end, b"co64")?, 8),
    };
    let count = count(file, &table, (4, width as u64))?;
    file.seek(SeekFrom::Start(table.body + 8)).ok()?;
    let mut reader = BufReader::new(file);
    let mut last = 0;
    for _ in 0..count {
        let mut offset = [0; 8];
        reader.read_exact(&mut offset[8 - width..]).ok()?;
        if u64::from_be_bytes(offset) < std::mem::replace(&mut last, u64::from_be_bytes(offset)) {
            return Some(true);
        }
    }
    Some(false)
}

/// The number of entries that a table claims at this place, as far as there is room for them, each of so many bytes.
fn count(file: &mut File, table: &Found, (place, width): (u64, u64)) -> Option<u64> {
    let claimed = u64::from(u32::from_be_bytes(bytes(file, table.body + place)?));
    Some(claimed.min(table.end.saturating_sub(table.body + place + 4) / width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn boxed(name: &[u8], body: &[u8]) -> Vec<u8> {
        [&(8 + body.len() as u32).to_be_bytes()[..], name, body].concat()
    }

    fn numbers(all: &[u32]) -> Vec<u8> {
        all.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A track with so many entries in its table of times, samples, and these offsets.
    fn track(handler: &[u8; 4], entries: u32, samples: u32, offsets: &[u32]) -> Vec<u8> {
        let times = boxed(b"stts", &[&numbers(&[0, entries])[..], &vec![0; 8 * entries as usize]].concat());
        let sizes = boxed(b"stsz", &numbers(&[0, 4, samples]));
        let offsets = boxed(b"stco", &numbers(&[&[0, offsets.len() as u32], offsets].concat()));
        let tables = boxed(b"stbl", &[times, sizes, offsets].concat());
        let handler = boxed(b"hdlr", &[&[0; 8], &handler[..], &[0; 13]].concat());
        boxed(b"trak", &boxed(b"mdia", &[handler, boxed(b"minf", &tables)].concat()))
    }

    fn file(parts: &[Vec<u8>]) -> (File, Vec<u8>) {
        let all = [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moov", &parts.concat())].concat();
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&all).expect("room");
        (file, all)
    }

    fn refused(parts: &[Vec<u8>]) -> Option<&'static str> {
        let (mut file, all) = file(parts);
        unreadable(&mut file, &all, all.len() as u64)
    }

    #[test]
    fn sound_with_a_table_of_times_that_takes_hours_is_refused() {
        assert_eq!(refused(&[track(b"soun", 40_000, 40_000, &[10, 20])]), None);
        assert_eq!(refused(&[track(b"soun", 2, u32::MAX, &[10, 20])]), None, "as sound without a codec");
        let long = track(b"soun", 40_000, 40_000, &[10]);
        assert!(refused(&[long.clone(), long.clone()]).is_some_and(|reason| reason.contains("too long")));
        assert_eq!(refused(&[long.clone(), long, boxed(b"mvex", &[])]), None, "fragments");
        assert_eq!(refused(&[]), None);
    }

    #[test]
    fn pictures_with_such_a_table_are_hidden() {
        let parts = [track(b"soun", 2, 1_000_000, &[10]), track(b"vide", 100_000, 100_000, &[20])];
        assert_eq!(refused(&parts), None);
        let (mut file, all) = file(&parts);
        let place = all.windows(4).rposition(|name| name == b"trak").expect("a track") as u64;
        assert_eq!(slow_pictures(&mut file, all.len() as u64), [(place, *b"free")]);
    }

    #[test]
    fn sound_in_another_order_is_refused() {
        let lies = |handler, offsets: &[u32]| refused(&[track(handler, 1, 9, offsets)]).is_some();
        assert!(!lies(b"soun", &[10, 20, 20, 4_000_000_000]) && !lies(b"soun", &[]));
        assert!(lies(b"soun", &[10, 30, 20]));
        assert!(!lies(b"vide", &[10, 30, 20]));
    }
}
