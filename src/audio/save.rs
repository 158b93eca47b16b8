//! Saving sound as a file: mono, 16 kHz, 16 bits, readable at any time, also after the process was killed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{RATE, Samples, samples_before};
use crate::{Error, Millis};

mod flac;
#[cfg(test)]
mod tests;
mod wav;
use flac::Flac;
use wav::Wav;

/// Most samples of a WAV file, 36 hours; then the next part begins. Its header counts up to 4 GiB, which is 37 hours.
const WAV_LIMIT: u64 = 36 * 3600 * RATE as u64;

/// A second of silence.
static SILENCE: [i16; RATE as usize] = [0; RATE as usize];

/// Writes sound to a WAV or FLAC file as it arrives. Killing the process loses at most the last second.
///
/// Samples are rounded to 16 bits without dither: the rounding noise is 98 dB below full scale, far below the noise of any
/// room.
pub struct Saver {
    paths: Vec<PathBuf>,
    state: State,
    /// Samples for which the last file still has room.
    room: u64,
    limit: u64,
}

enum State {
    Wav(Wav),
    Flac(Box<Flac>),
    /// Why nothing more is written.
    Failed(io::ErrorKind, String),
}

impl Saver {
    /// Creates a new file at `path`, which ends in `.wav` or `.flac`.
    ///
    /// # Errors
    /// [`Error::Exists`] if the file exists already; [`Error::Write`] if it can't be created or has another ending.
    pub fn create(path: &Path) -> Result<Saver, Error> {
        Saver::with_limit(path, WAV_LIMIT)
    }

    fn with_limit(path: &Path, limit: u64) -> Result<Saver, Error> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
            _ => Error::Write { path: path.into(), source },
        };
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let (state, limit) = match ending.to_str() {
            Some("wav") => (State::Wav(begin(path, Wav::new).map_err(failed)?), limit),
            Some("flac") => (State::Flac(Box::new(begin(path, Flac::new).map_err(failed)?)), u64::MAX),
            _ => {
                let reason = "sound can be saved as `.wav` or `.flac`";
                return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, reason)));
            }
        };
        Ok(Saver { paths: vec![path.into()], state, room: limit, limit })
    }

    /// Appends sound.
    ///
    /// # Errors
    /// [`Error::Write`], e.g. on a full disk. What was written before stays readable, and each further call returns the same
    /// error.
    pub fn write(&mut self, samples: &Samples) -> Result<(), Error> {
        let rounded: Vec<i16> = samples.iter().map(|s| rounded(*s)).collect();
        self.append(&rounded)
    }

    /// Appends silence, e.g. for a pause. An hour takes at most a second, and on disk 115 MB as WAV, almost nothing as FLAC.
    ///
    /// # Errors
    /// As [`Saver::write`].
    pub fn silence(&mut self, length: Millis) -> Result<(), Error> {
        let mut left = samples_before(length);
        while left > 0 {
            let now = left.min(SILENCE.len() as u64);
            self.append(&SILENCE[..now as usize])?;
            left -= now;
        }
        Ok(())
    }

    /// Completes the file and returns all files in order: one, or several parts of a very long WAV.
    ///
    /// # Errors
    /// As [`Saver::write`].
    pub fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        self.attempt(|state| match state {
            State::Wav(wav) => wav.flush(),
            State::Flac(flac) => flac.finish(),
            State::Failed(..) => Ok(()),
        })?;
        Ok(std::mem::take(&mut self.paths))
    }

    /// The files so far: `meeting.wav`, `meeting-2.wav`.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    fn append(&mut self, mut samples: &[i16]) -> Result<(), Error> {
        while !samples.is_empty() {
            if self.room == 0 {
                self.next_part()?;
            }
            let now = samples.len().min(usize::try_from(self.room).unwrap_or(usize::MAX));
            self.attempt(|state| match state {
                State::Wav(wav) => wav.write(&samples[..now]),
                State::Flac(flac) => flac.write(&samples[..now]),
                State::Failed(..) => Ok(()),
            })?;
            self.room -= now as u64;
            samples = &samples[now..];
        }
        Ok(())
    }

    /// Completes this file and begins the next, under the first name that is not taken.
    fn next_part(&mut self) -> Result<(), Error> {
        let first = self.paths[0].clone();
        let mut path = PathBuf::new();
        self.attempt(|state| {
            let State::Wav(wav) = state else { return Ok(()) };
            wav.flush()?;
            for number in 2.. {
                path = part(&first, number);
                match begin(&path, Wav::new) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    begun => {
                        *wav = begun?;
                        break;
                    }
                }
            }
            Ok(())
        })?;
        self.paths.push(path);
        self.room = self.limit;
        Ok(())
    }

    /// Runs `what` on the file; after an error, the file is left readable and closed.
    fn attempt(&mut self, what: impl FnOnce(&mut State) -> io::Result<()>) -> Result<(), Error> {
        let source = match &self.state {
            State::Failed(kind, reason) => io::Error::new(*kind, reason.clone()),
            _ => match what(&mut self.state) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
        };
        let failed = State::Failed(source.kind(), source.to_string());
        match std::mem::replace(&mut self.state, failed) {
            State::Wav(wav) => wav.abandon(),
            State::Flac(flac) => flac.abandon(),
            State::Failed(..) => {}
        }
        let path = self.paths.last().cloned().unwrap_or_default();
        Err(Error::Write { path, source })
    }
}

/// The inverse of decoding: 32768 steps from silence to full scale.
fn rounded(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

/// A new file with a header, which only the user may read; after an error there is no file.
fn begin<T>(path: &Path, header: fn(File) -> io::Result<T>) -> io::Result<T> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.read(true).write(true).create_new(true).open(path)?;
    header(file).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

/// `meeting-2.wav` beside `meeting.wav`.
fn part(first: &Path, number: u32) -> PathBuf {
    let mut name = first.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}."));
    name.push(first.extension().unwrap_or_default());
    first.with_file_name(name)
}
