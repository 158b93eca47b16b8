//! What `ffmpeg` says on standard error.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::Sender;

use crate::Millis;

/// Bytes that are kept of the beginning and of the end of messages.
const KEPT: usize = 4_000;
const KEPT_FIRST: usize = 64_000;
/// Bytes that are read of a line at once; ffmpeg's have at most 1,024.
const LINE: u64 = 4_096;

/// The first and the last lines. `start` gets each number that is told as information: when the sound begins, in seconds.
/// Reads all the time, since a full pipe would stop `ffmpeg`: a damaged recording of an hour
/// gives more messages than a pipe holds.
pub(super) fn last_messages(stderr: impl Read, start: &Sender<f64>) -> String {
    let (mut first, mut last, mut length) = (Vec::new(), VecDeque::new(), 0);
    for line in lines(stderr) {
        if let Some(time) = number(&String::from_utf8_lossy(&line), "[info] ") {
            // Whoever does not listen knows it already.
            let _ = start.send(time);
        }
        if last.is_empty() && first.len() + line.len() <= KEPT {
            first.extend(line);
            continue;
        }
        length += line.len();
        last.push_back(line);
        while length > KEPT
            && let Some(oldest) = last.pop_front()
        {
            length -= oldest.len();
        }
    }
    first.extend(last.into_iter().flatten());
    String::from_utf8_lossy(&first).into_owned()
}

/// The first lines.
pub(super) fn first_messages(stderr: impl Read) -> String {
    let mut kept = Vec::new();
    for line in lines(stderr) {
        if kept.len() + line.len() <= KEPT_FIRST {
            kept.extend(line);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Each with its end.
fn lines(from: impl Read) -> impl Iterator<Item = Vec<u8>> {
    let mut reader = BufReader::new(from);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LINE).read_until(b'\n', &mut line);
        read.ok().filter(|count| *count > 0).map(|_| line)
    })
}

/// What tells a user something in ffmpeg's messages about the file of this `name`; `None` if there is no error among them.
pub(super) fn complaint(messages: &str, name: &str) -> Option<String> {
    if messages.contains("matches no streams") {
        return Some("it finds no sound in it".into());
    }
    if messages.contains("Format not on whitelist") {
        return Some("it is a list of other files, or a stream, not a recording".into());
    }
    // Our own message names the path already.
    let path = format!("{name}: ");
    errors(messages)
        .rfind(|text| !text.is_empty())
        .map(|text| text.split_once(&path).map_or(text, |(_, text)| text).to_owned())
}

/// The texts of all errors.
fn errors(messages: &str) -> impl DoubleEndedIterator<Item = &str> {
    // `[ac3 @ 0x55f8b81d9e00] [error] incomplete frame`
    messages.lines().filter_map(|line| {
        ["[error] ", "[fatal] ", "[panic] "]
            .iter()
            .find_map(|level| line.split_once(level))
            .map(|(_, text)| text.trim())
    })
}

/// Whether there is a number alone in a line: by how much we have set the clock.
pub(super) fn clock_was_set(messages: &str) -> bool {
    messages.lines().any(|line| number(line, "[verbose] ").is_some())
}

/// The number that is alone in a line, printed at this level.
fn number(line: &str, level: &str) -> Option<f64> {
    // `[verbose] 487310.000000`, `[Eval @ 0x55f8b81d9e00] [verbose] 487310.000000`
    line.rsplit_once(level)?.1.trim().parse().ok()
}

/// The share of the packets of the sound that could be decoded; 1 if it is not told.
pub(super) fn decoded_share(messages: &str) -> f64 {
    // `[verbose]   Input stream #0:0 (audio): 345 packets read (76543 bytes); 300 frames decoded (345600 samples);`
    let count = |line: &str, what: &str| -> Option<u64> {
        line.split_once(what)?.0.rsplit([' ', ';']).find(|word| !word.is_empty())?.parse().ok()
    };
    let input = |line: &&str| line.contains("Input stream #") && line.contains("(audio)");
    let share = |line: &str| {
        let (packets, frames) = count(line, " packets read").zip(count(line, " frames decoded"))?;
        (packets > 0).then(|| frames as f64 / packets as f64)
    };
    messages.lines().filter(input).filter_map(share).fold(1.0, f64::min)
}

/// Whether sound of the length `read` is less than half of what a file without other streams should hold.
pub(super) fn is_much_shorter(read: Millis, messages: &str) -> bool {
    let (streams, _) = input_streams(messages);
    // `[info]   Duration: 00:00:11.01, start: 0.000000, bitrate: 64 kb/s`
    let length = messages.split_once("  Duration: ").and_then(|(_, rest)| {
        let mut parts = rest.split(',').next()?.trim().split(':').map(|part| part.parse::<f64>().ok());
        let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
        Some(hours * 3600.0 + minutes * 60.0 + seconds)
    });
    streams.len() == 1 && length.is_some_and(|length| 2.0 * read.seconds() < length)
}

/// The streams of the input in ffmpeg's messages, and those among them that are audio. The output is listed after the input.
fn input_streams(messages: &str) -> (Vec<&str>, Vec<&str>) {
    let input = messages.lines().take_while(|line| !line.ends_with("Stream mapping:"));
    let streams: Vec<&str> =
        input.filter(|line| line.strip_prefix("[info] ").unwrap_or(line).starts_with("  Stream #0:")).collect();
    let audio = streams.iter().copied().filter(|line| line.contains(": Audio: ")).collect();
    (streams, audio)
}

/// The number of audio tracks of the input in ffmpeg's messages, and that of the default track, counted from 1.
pub(super) fn audio_tracks(messages: &str) -> (u16, u16) {
    let (_, tracks) = input_streams(messages);
    let number = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
    (number(tracks.len()), number(tracks.iter().position(|line| line.contains(" (default)")).unwrap_or(0) + 1))
}

/// The sample rate of an audio track of the input, counted from 1, in ffmpeg's messages.
pub(super) fn sample_rate(messages: &str, track: u16) -> Option<u32> {
    // `  Stream #0:0: Audio: pcm_s16be, 16000 Hz, mono, s16, 256 kb/s`
    let (_, tracks) = input_streams(messages);
    tracks.get(usize::from(track).checked_sub(1)?)?.split(", ").find_map(|part| part.strip_suffix(" Hz")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn of_many_messages_whole_lines_are_kept() {
        let line = |n: usize| format!("[mp3float @ 0x{n:08x}] [verbose] line {n}\n");
        let all: String = (0..10_000).map(line).collect();
        let last_messages = |from: &[u8]| last_messages(from, &mpsc::channel().0);
        let last = last_messages(all.as_bytes());
        assert!(last.starts_with(&line(0)) && last.ends_with(&line(9_999)) && last.len() <= 2 * KEPT);
        let numbers: Vec<usize> =
            last.lines().map(|line| line.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("whole")).collect();
        assert_eq!(last, numbers.iter().map(|n| line(*n)).collect::<String>());
        let first = first_messages(all.as_bytes());
        assert!(all.starts_with(&first) && first.ends_with('\n') && first.len() > KEPT_FIRST - 100);
        assert_eq!(last_messages(b"no end"), "no end");
        assert_eq!(last_messages(&[b'x'; 1_000_000]).len() % LINE as usize, 1_000_000 % LINE as usize);
    }

    #[test]
    fn tracks_of_the_input_are_counted() {
        let messages = "Input #0, matroska,webm, from 'file:a.mkv':\n  Stream #0:0: Video: h264\n  Stream #0:1(eng): Audio: \
                        opus, 48000 Hz, stereo\n      title           : Stream #0:9: Audio: x\n  Stream #0:2: Audio: ac3\n\
                        Stream mapping:\n  Stream #0:2 -> #0:0\n  Stream #0:0: Audio: pcm_f32be\n";
        assert_eq!(audio_tracks(messages), (2, 1));
        assert_eq!(audio_tracks(&messages.replace(": ac3", ": ac3, 48000 Hz, mono (default)")), (2, 2));
        assert_eq!(audio_tracks(""), (0, 1));
    }

    #[test]
    fn of_the_messages_the_last_error_is_told() {
        let told = |messages: &str| complaint(messages, "file:a: b.mkv");
        assert_eq!(told("[info] Stream\n[verbose] done\n"), None);
        let damage = "[ac3 @ 0x5] [error] incomplete frame\n[error] \n[verbose] 3 packets\n";
        assert_eq!(told(damage).as_deref(), Some("incomplete frame"));
        assert_eq!(told("[error] file:a: b.mkv: Invalid data").as_deref(), Some("Invalid data"));
        let playlist = "[hls @ 0x5] [error] Format not on whitelist 'aac'\n[error] file:a: b.mkv: Invalid argument\n";
        assert_eq!(told(playlist).as_deref(), Some("it is a list of other files, or a stream, not a recording"));
    }

    #[test]
    fn the_start_of_the_sound_is_told_apart_from_other_numbers() {
        let messages = b"[info]   Duration: 00:00:11.01\n[verbose] 7.5\n[Eval @ 0x5] [info] 20.023222\n[info] 31.0\n";
        let (sender, start) = mpsc::channel();
        assert_eq!(last_messages(&messages[..], &sender).len(), messages.len());
        assert_eq!(start.try_iter().collect::<Vec<_>>(), [20.023222, 31.0]);
        assert!(clock_was_set("[Eval @ 0x5] [verbose] 7.5\n") && !clock_was_set("[info] 7.5\n[verbose] done\n"));
    }

    #[test]
    fn decoded_frames_are_compared_with_packets() {
        let line = |packets: u64, frames: u64| {
            format!(
                "[info] x\n[verbose]   Input stream #0:1 (audio): {packets} packets read (7 bytes); {frames} frames decoded \
                 (5 samples); \n"
            )
        };
        for (packets, frames, share) in [(100, 100, 1.0), (100, 49, 0.49), (100, 0, 0.0), (0, 0, 1.0), (100, 101, 1.0)]
        {
            assert_eq!(decoded_share(&line(packets, frames)), share, "{packets} {frames}");
        }
        assert_eq!(decoded_share(""), 1.0);
        let input = "[info] Input #0, ac3, from 'a.ac3':\n[info]   Duration: 00:01:40.00, start: 0.000000\n[info]   Stream #0:0: \
                     Audio: ac3, 48000 Hz\n";
        let end = "[info] Stream mapping:\n[info]   Stream #0:0: Audio: pcm_f32be\n";
        let shorter = |seconds: u64, messages: &str| is_much_shorter(Millis(seconds * 1000), messages);
        assert!(shorter(49, &[input, end].concat()) && !shorter(50, &[input, end].concat()));
        assert!(!shorter(49, &[input, "[info]   Stream #0:1: Video: h264\n", end].concat()) && !shorter(1, end));
    }
}
