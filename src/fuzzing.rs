//! Targets for fuzzing: each takes damaged input of one kind, and panics if the library does anything else with it than reading
//! or refusing it. Only in tests, which replay `fuzz/seeds`, and in the fuzzer of `fuzz/`.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::Value;

use crate::app::store::Key;
use crate::app::store::checkpoint::{Checkpoint, Header as CheckpointHeader, Resume, SUFFIX};
use crate::app::store::journal::{Journal, Seal};
use crate::app::{batch, session};
use crate::audio::{self, Channels, Selection};
use crate::edits::{self, Edits};
use crate::format::{self, Format, Style};
use crate::models::{Header, Store, stored_weights};
use crate::whisper::Whisper;
use crate::{DecodingOptions, ModelId, Recogniser as _, RecordingId, TranscribeOptions, Transcript, import};

/// Takes an input.
pub type Target = fn(&[u8]);

/// All targets by their names, which are those of the folders in `fuzz/seeds`.
pub const TARGETS: &[(&str, Target)] = &[
    ("audio", audio),
    ("edits", edits),
    ("import", import),
    ("journals", journals),
    ("model", model),
    #[cfg(feature = "page")]
    ("page", page),
    ("weights", weights),
];

/// A small file can claim to last for days; so many samples (10 minutes) of it are read.
const MOST_SAMPLES: usize = 10 * 60 * audio::RATE as usize;

/// A folder of its own with this file in it.
fn folder_with(name: &str, content: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), content).expect("a file");
    folder
}

/// A recording: the first byte selects mix or channels, and where to begin.
fn audio(input: &[u8]) {
    let Some((how, content)) = input.split_first() else { return };
    let channels = if how & 1 == 0 { Channels::Mix } else { Channels::Split };
    let selection = Selection { channels, from: crate::Millis(u64::from(how >> 1) * 20), ..Selection::default() };
    let folder = folder_with("recording", content);
    let Ok(mut recording) = audio::open(&folder.path().join("recording"), selection) else { return };
    let mut count = 0;
    while count < MOST_SAMPLES
        && let Ok(Some(streams)) = recording.read_channels()
    {
        assert!(!streams.is_empty() && streams.iter().all(|samples| samples.len() == streams[0].len()));
        assert!(streams.iter().flat_map(|samples| samples.iter()).all(|sample| sample.abs() <= 1.0));
        count += streams[0].len();
    }
    drop(recording.take_warnings());
}

/// A model, as a file with holes: records of a hole's length (4 bytes), a length (2 bytes), and so many bytes.
fn model(input: &[u8]) {
    let folder = folder_with("model", b"");
    let path = folder.path().join("model");
    let mut file = fs::File::create(&path).expect("a file");
    let mut rest = input;
    while let Some((&[a, b, c, d, e, f], after)) = rest.split_first_chunk() {
        // The largest weight has 260 MB.
        let hole = u32::from_le_bytes([a, b, c, d]) & 0x0fff_ffff;
        let (bytes, after) = after.split_at(usize::from(u16::from_le_bytes([e, f])).min(after.len()));
        let end = file.seek(SeekFrom::Current(hole.into())).expect("a place");
        file.set_len(end).and_then(|()| file.write_all(bytes)).expect("written");
        rest = after;
    }
    drop(file);
    let Ok(header) = Header::read(&path) else { return };
    let weights = stored_weights(&path).expect("the weights of a valid file");
    assert!(weights.values().all(|weight| weight.offset + weight.bytes as u64 <= header.size));
    assert!(header.memory(1) > header.size);
}

/// The installed model with damaged weights, which must be refused or recognise something: pairs of a place in the file and
/// the 4 bytes that stand there.
fn weights(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model");
    let installed = Store::of_user().find("base-q8_0").expect("this model is installed: `make model`");
    fs::copy(installed, &path).expect("a copy");
    let mut file = fs::File::options().write(true).open(&path).expect("a file");
    let size = file.metadata().expect("a size").len();
    for pair in input.as_chunks::<8>().0 {
        let place = u64::from(u32::from_le_bytes([pair[0], pair[1], pair[2], pair[3]])) % (size - 4);
        file.seek(SeekFrom::Start(place)).and_then(|_| file.write_all(&pair[4..])).expect("written");
    }
    drop(file);
    let Ok(header) = Header::read(&path) else { return };
    let Ok(whisper) = Whisper::load(&path, &header, false) else { return };
    // A second of a tone that swells.
    let tone = (0..audio::RATE as usize).map(|n| (n as f32 * 0.1).sin() * n as f32 / 20_000.0).collect();
    let (samples, options) = (audio::Samples::from_mono_16k(tone), DecodingOptions::default());
    if let Ok(recognition) = whisper.worker(1).recognise(samples.clip(crate::Millis(0)), &options, &()) {
        assert!(recognition.segments.iter().all(|segment| segment.span.start <= segment.span.end));
    }
}

/// A transcript of any program.
fn import(input: &[u8]) {
    if let Ok((transcript, _)) = import::parse(input, Path::new("input")) {
        exported(&transcript);
    }
}

/// Writes a transcript in all formats; what this program can read of them is read again, and our JSON is then the same.
fn exported(transcript: &Transcript) {
    let written = |format, transcript: &Transcript| {
        let mut content = Vec::new();
        format::write(format, transcript, &Style::default(), &mut content).expect("writing into memory");
        content
    };
    for format in Format::ALL {
        // Packing takes longer than everything else together.
        if format == Format::Docx && !transcript.duration.0.is_multiple_of(16) {
            continue;
        }
        let content = written(format, transcript);
        let readable = [Format::Json, Format::Whisper, Format::WhisperX, Format::WhisperCpp].contains(&format);
        if readable {
            let again = import::parse(&content, Path::new("input"));
            let (again, _) = again.unwrap_or_else(|error| panic!("{}: {error}", format.name()));
            if format == Format::Json {
                assert_eq!(String::from_utf8_lossy(&written(format, &again)), String::from_utf8_lossy(&content));
            }
        }
    }
}

/// A transcript as our JSON of it is read.
fn read_again(transcript: &Transcript) -> Transcript {
    let mut content = Vec::new();
    format::write(Format::Json, transcript, &Style::default(), &mut content).expect("writing into memory");
    import::parse(&content, Path::new("input")).expect("our own JSON").0
}

/// Edits and, behind a zero byte, the transcript that they are put into.
fn edits(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return };
    let Ok(text) = std::str::from_utf8(first) else { return };
    let (Ok(edits), Ok((old, _))) =
        (Edits::parse(text, Path::new("edits")), import::parse(second, Path::new("transcript")))
    else {
        return;
    };
    for over in [false, true] {
        let mut transcript = old.clone();
        edits.apply(&mut transcript, over);
        exported(&transcript);
        let mut newer = old.clone();
        edits::carry(&transcript, &mut newer);
        exported(&newer);
    }
}

/// Writes the lines to a checkpoint as if the program had written them: without its seals, none is read.
fn write_sealed(path: &Path, lines: &[u8]) {
    let seal = Some(Seal::new(Key::for_test(1), SUFFIX));
    let (mut journal, _) = Journal::open_locked::<Value>(path, seal).expect("a journal").expect("nobody else has it");
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(line @ Value::Object(_)) = serde_json::from_slice(line) {
            journal.append(&line).expect("a line");
        }
    }
}

/// What runs leave beside the transcripts. The first byte selects the checkpoint of a recording, the journal of a session, or
/// the manifest of a batch with its journal behind a zero byte. Nothing may be written outside their folder.
fn journals(input: &[u8]) {
    let Some((kind, content)) = input.split_first() else { return };
    let outside = tempfile::tempdir().expect("a folder");
    let folder = outside.path().join("deep/er");
    fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content).expect("a file");
    match kind % 3 {
        0 => {
            let (path, recording) = (folder.join(".talk.transcribe-checkpoint"), folder.join("talk.wav"));
            let (id, options) = (RecordingId::default(), TranscribeOptions::default());
            let header = CheckpointHeader::new(&recording, id, ModelId::default(), options);
            write_sealed(&path, content);
            if let Ok(mut checkpoint) = Checkpoint::open(path, &recording, Some(Key::for_test(1))) {
                let resumed = checkpoint.begin(header, true, false);
                let records =
                    |resumed: Resume| resumed.records.into_iter().map(|(_, record)| record).collect::<Vec<_>>();
                // Nobody but its user can seal a text whose words are others, and then it is read as it is written.
                let partial = resumed.map(|resumed| crate::pipeline::partial_transcript(&records(resumed)));
                drop(partial.map(|partial| exported(&read_again(&partial))));
                checkpoint.close(false);
            }
        }
        1 => {
            write(".talk.transcribe-live", content);
            drop(session::recover(folder.join(".talk.transcribe-live"), &()));
        }
        _ => {
            let mut parts = content.splitn(2, |byte| *byte == 0);
            write("transcribe-batch.1-of-2.json", parts.next().unwrap_or_default());
            write("transcribe-batch.1-of-2.journal.jsonl", parts.next().unwrap_or_default());
            drop(batch::merge(&folder));
        }
    }
    let names =
        |folder: &Path| -> Vec<_> { folder.read_dir().expect("read").flatten().map(|e| e.file_name()).collect() };
    assert_eq!((names(outside.path()), names(&outside.path().join("deep"))), (vec!["deep".into()], vec!["er".into()]));
}

/// A request for the page of live captions, as it comes over the network from somebody who does not have the link.
#[cfg(feature = "page")]
fn page(input: &[u8]) {
    use crate::live::Caption;
    use crate::page::{CaptionFeed, PageOptions, Server};
    use std::io::Read as _;
    use std::net::{Shutdown, TcpStream};
    use std::sync::LazyLock;
    use std::time::Duration;

    static SERVER: LazyLock<(Server, u16)> = LazyLock::new(|| {
        let feed = CaptionFeed::new();
        feed.publish(&Caption::Settled { line: 0, text: "confidential".into(), speaker: None });
        let everywhere = "0.0.0.0:0".parse().expect("an address");
        let server = Server::start(everywhere, &feed, PageOptions::default()).expect("a server");
        let url = server.url();
        let port = url.trim_start_matches("http://").split([':', '/']).nth(1).and_then(|port| port.parse().ok());
        (server, port.expect("a port"))
    });
    // `{port}` stands for the server's own.
    let port = SERVER.1.to_string();
    let mut request = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.windows(6).position(|six| six == b"{port}") {
        request.extend_from_slice(&rest[..at]);
        request.extend_from_slice(port.as_bytes());
        rest = &rest[at + 6..];
    }
    request.extend_from_slice(rest);
    let mut stream = TcpStream::connect(("127.0.0.1", SERVER.1)).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(15))).expect("a limit");
    // The server may answer and close before it has read everything.
    drop(stream.write_all(&request).and_then(|()| stream.shutdown(Shutdown::Write)));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "no answer: {error}"),
        Ok(_) => assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.")),
    }
    let text = String::from_utf8_lossy(&answer);
    assert!(!text.contains("confidential") && !text.contains("event-stream"), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// The seed whole, cut off at some places, and with single bytes changed there; fewer where each takes long.
    fn variants(name: &str, seed: &[u8]) -> Vec<Vec<u8>> {
        let eighths = match name {
            "weights" => 0..0,
            // Many of them start ffmpeg.
            "audio" => 5..6,
            _ => 1..8,
        };
        let places = eighths.map(|eighth| seed.len() * eighth / 8);
        let cut = places.clone().map(|at| seed[..at].to_vec());
        let changed = places.filter(|at| *at < seed.len()).map(|at| {
            let mut seed = seed.to_vec();
            seed[at] ^= 0x81;
            seed
        });
        std::iter::once(seed.to_vec()).chain(cut).chain(changed).collect()
    }

    fn replay(name: &'static str) {
        let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let mut seeds: Vec<_> = folder.read_dir().expect("seeds").map(|seed| seed.expect("a seed").path()).collect();
        seeds.sort();
        assert!(!seeds.is_empty());
        for seed in seeds {
            let content = fs::read(&seed).expect("a seed");
            let (done, ended) = mpsc::channel();
            let work = move || {
                variants(name, &content).iter().for_each(|input| target(input));
                done.send(()).expect("somebody waits");
            };
            let thread = thread::spawn(work);
            match ended.recv_timeout(Duration::from_secs(60)) {
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("{}: no end", seed.display()),
                _ => assert!(thread.join().is_ok(), "{}", seed.display()),
            }
        }
    }

    #[test]
    fn seeds_of_audio() {
        replay("audio");
    }

    #[test]
    fn seeds_of_edits() {
        replay("edits");
    }

    #[test]
    fn seeds_of_import() {
        replay("import");
    }

    #[test]
    fn seeds_of_journals() {
        replay("journals");
    }

    #[test]
    fn seeds_of_model() {
        replay("model");
    }

    #[cfg(feature = "page")]
    #[test]
    fn seeds_of_page() {
        replay("page");
    }

    #[test]
    fn seeds_of_weights() {
        replay("weights");
    }
}
