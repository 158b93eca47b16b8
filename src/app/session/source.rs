//! The source of a session's sound: a microphone, or a recording or a pipe in its place.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::app::jobs::is_stdin;
#[cfg(feature = "microphone")]
use crate::audio::microphone::{Microphone, Sound};
use crate::audio::{self, PipedSound, RATE, Recording, Selection};
use crate::{DecodeErrorKind, Error, GapReason, Millis, Samples, Warning, WarningKind};

/// Samples of a block: 50 ms.
const BLOCK: usize = RATE as usize / 20;

/// How long to wait for the last sound.
#[cfg(feature = "microphone")]
const LAST_WAIT: Duration = Duration::from_millis(300);

/// What a source gives.
pub(super) enum SourceEvent {
    Sound(Samples),
    /// Time has passed of which there is no sound.
    #[cfg_attr(not(feature = "microphone"), expect(dead_code))]
    Missed(Millis, GapReason),
    /// No sound yet.
    Nothing,
    /// The source has ended.
    End,
}

#[cfg(feature = "microphone")]
impl From<Sound> for SourceEvent {
    fn from(sound: Sound) -> SourceEvent {
        match sound {
            Sound::Samples(samples) => SourceEvent::Sound(samples),
            Sound::Gap { length, reason } => SourceEvent::Missed(length, reason),
        }
    }
}

pub(super) enum AudioSource {
    #[cfg(feature = "microphone")]
    Microphone(Box<Microphone>),
    Recording(Box<Player>),
    /// Sound from standard input, and what is to be known about it.
    Piped(Receiver<Result<PipedBlock, Error>>, Vec<WarningKind>),
}

/// Samples, and the warnings since those before.
type PipedBlock = (Samples, Vec<WarningKind>);

/// Plays a recording.
pub(super) struct Player {
    recording: Recording,
    path: PathBuf,
    /// Times real time; 0: as fast as it is read.
    speed: f64,
    begun: Option<Instant>,
    given: u64,
    /// Decoded and not yet given.
    rest: Vec<f32>,
}

impl AudioSource {
    /// # Errors
    /// Those of [`audio::open`], [`Error::Microphone`].
    pub(super) fn open(device: Option<&str>, input: Option<&Path>, speed: f64) -> Result<AudioSource, Error> {
        match input {
            Some(path) if is_stdin(path) => Ok(AudioSource::Piped(piped(), Vec::new())),
            Some(path) => {
                let recording = audio::open(path, Selection::default())?;
                let player = Player { recording, path: path.into(), speed, begun: None, given: 0, rest: Vec::new() };
                Ok(AudioSource::Recording(Box::new(player)))
            }
            None => open_microphone(device),
        }
    }

    /// The name of the source, for people.
    pub(super) fn name(&self) -> String {
        match self {
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => microphone.name().to_owned(),
            AudioSource::Recording(player) => player.path.display().to_string(),
            AudioSource::Piped(..) => "standard input".into(),
        }
    }

    /// The next sound; waits at most `wait` for it.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Decode`]; the source has ended then.
    pub(super) fn read(&mut self, wait: Duration) -> Result<SourceEvent, Error> {
        match self {
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => Ok(match microphone.read(wait) {
                Some(sound) => sound.into(),
                None => SourceEvent::Nothing,
            }),
            AudioSource::Recording(player) => player.read(wait),
            AudioSource::Piped(blocks, warnings) => match blocks.recv_timeout(wait) {
                Ok(block) => block.map(|(samples, new)| {
                    warnings.extend(new);
                    SourceEvent::Sound(samples)
                }),
                Err(RecvTimeoutError::Timeout) => Ok(SourceEvent::Nothing),
                Err(RecvTimeoutError::Disconnected) => Ok(SourceEvent::End),
            },
        }
    }

    /// The warnings since the last call; `now` is the session's clock.
    pub(super) fn take_warnings(&mut self, now: Millis) -> Vec<Warning> {
        let kinds = match self {
            AudioSource::Recording(player) => return player.recording.take_warnings(),
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => microphone.take_warnings(),
            AudioSource::Piped(_, warnings) => std::mem::take(warnings),
        };
        kinds.into_iter().map(|kind| Warning::new(Some(now), kind)).collect()
    }

    /// Stops the source and gives what was captured and not read yet.
    pub(super) fn close(&mut self) -> Vec<SourceEvent> {
        match self {
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => {
                microphone.pause();
                std::iter::from_fn(|| microphone.read(LAST_WAIT)).map(SourceEvent::from).collect()
            }
            AudioSource::Recording(_) | AudioSource::Piped(..) => Vec::new(),
        }
    }

    /// Whether the device is gone.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => microphone.is_lost(),
            AudioSource::Recording(_) | AudioSource::Piped(..) => false,
        }
    }

    /// Whether it gives sound as fast as it is read, and loses none if nobody reads.
    pub(super) fn can_wait(&self) -> bool {
        matches!(self, AudioSource::Recording(player) if player.speed == 0.0)
    }

    /// Pauses or resumes the source. `true`: it keeps giving sound in the meantime, which nobody may hear.
    #[cfg_attr(not(feature = "microphone"), expect(unused_variables))]
    pub(super) fn pause(&mut self, pause: bool) -> bool {
        match self {
            #[cfg(feature = "microphone")]
            AudioSource::Microphone(microphone) => {
                if pause {
                    microphone.pause()
                } else {
                    microphone.resume()
                }
                false
            }
            AudioSource::Recording(_) | AudioSource::Piped(..) => true,
        }
    }
}

#[cfg(feature = "microphone")]
fn open_microphone(device: Option<&str>) -> Result<AudioSource, Error> {
    Microphone::open(device).map(Box::new).map(AudioSource::Microphone)
}

#[cfg(not(feature = "microphone"))]
fn open_microphone(_: Option<&str>) -> Result<AudioSource, Error> {
    Err(no_microphones())
}

/// The names of the microphones that can be used or are only busy, the system's default first.
///
/// # Errors
/// [`Error::Microphone`] if there is none.
#[cfg(feature = "microphone")]
pub fn microphones() -> Result<Vec<String>, Error> {
    let names: Vec<String> = audio::microphone::inputs()?.into_iter().map(|input| input.name).collect();
    let none =
        || Error::Microphone { reason: "no microphone was found".into(), kind: crate::MicrophoneErrorKind::NoneFound };
    if names.is_empty() { Err(none()) } else { Ok(names) }
}

/// The names of the microphones that can be used.
///
/// # Errors
/// [`Error::Microphone`], for there are none.
#[cfg(not(feature = "microphone"))]
pub fn microphones() -> Result<Vec<String>, Error> {
    Err(no_microphones())
}

/// What is said where the program was built without microphones.
#[cfg(not(feature = "microphone"))]
pub fn no_microphones() -> Error {
    Error::Microphone {
        reason: "this program was built without microphones".into(),
        kind: crate::MicrophoneErrorKind::NotSupported,
    }
}

impl Player {
    fn read(&mut self, wait: Duration) -> Result<SourceEvent, Error> {
        while self.rest.len() < BLOCK && !self.recording.is_ended() {
            if let Some(samples) = self.recording.read()? {
                self.rest.extend_from_slice(&samples);
            }
        }
        if self.rest.is_empty() {
            return Ok(SourceEvent::End);
        }
        let count = BLOCK.min(self.rest.len());
        if self.speed > 0.0 {
            // A block comes when its last sample has been played.
            let due = Duration::from_secs_f64((self.given + count as u64) as f64 / f64::from(RATE) / self.speed);
            let left = due.saturating_sub(self.begun.get_or_insert_with(Instant::now).elapsed());
            thread::sleep(left.min(wait));
            if left > wait {
                return Ok(SourceEvent::Nothing);
            }
        }
        self.given += count as u64;
        Ok(SourceEvent::Sound(Samples::from_mono_16k(self.rest.drain(..count).collect())))
    }
}

/// Sound from standard input, raw or WAV. As with any pipe, the writer waits if the session is slow. The thread ends with its
/// receiver, with the sound, or with the process.
fn piped() -> Receiver<Result<PipedBlock, Error>> {
    let (to, from) = sync_channel(20 * 60);
    thread::spawn(move || {
        let failed = |reason| Error::Decode { path: "-".into(), reason, kind: DecodeErrorKind::Other };
        let mut sound = match PipedSound::open(std::io::stdin()) {
            Ok(sound) => sound,
            Err(reason) => return drop(to.send(Err(failed(reason)))),
        };
        let mut any = false;
        while let Some(read) = sound.read().transpose() {
            let is_last = read.is_err();
            any |= read.as_ref().map_or(true, |samples| !samples.is_empty());
            if to.send(read.map(|samples| (samples, sound.take_warnings())).map_err(failed)).is_err() || is_last {
                break;
            }
        }
        if !any {
            let _ = to.send(Err(failed("no sound came".into())));
        }
    });
    from
}
