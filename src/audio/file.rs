//! One file, opened and read as 16 kHz mono on its own clock. Where it stands in a recording is not known here.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::codecs::Refusal;
use super::decode::{Block, Decoder};
use super::ffmpeg::Ffmpeg;
use super::resample::Resampler;
use super::{RATE, duration, samples_before};
use crate::{DecodeErrorKind, Error, Millis, Warning};

/// An open file, read once from front to back.
pub(super) struct OpenFile {
    path: PathBuf,
    track: Option<u16>,
    source: Source,
    length: Option<Millis>,
    exact_length: Option<Millis>,
    /// 16 kHz samples before the next one, from the file's start.
    position: u64,
    warnings: Vec<Warning>,
    heard_any: bool,
}

enum Source {
    Symphonia(Box<Symphonia>),
    Ffmpeg(Ffmpeg),
    Ended,
}

struct Symphonia {
    decoder: Decoder,
    /// With the rate that it was made for.
    resampler: Option<(u32, Resampler)>,
    /// Sound that waits until the silence before it is given.
    held: Option<Block>,
}

/// Decoders are other people's code, and files come from anywhere: what panics there is a bad file here.
fn guard<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Refusal { reason: "the decoder crashed on it".into(), elsewhere: true }))
}

impl OpenFile {
    /// Opens `path` at its start.
    ///
    /// # Errors
    /// [`Error::Read`] if it is not there or may not be read; [`Error::Decode`] if it holds no sound that we or an
    /// installed `ffmpeg` can decode.
    pub(super) fn open(path: &Path, track: Option<u16>) -> Result<OpenFile, Error> {
        let read = |source| Error::Read { path: path.into(), source };
        let file = File::open(path).map_err(read)?;
        let meta = file.metadata().map_err(read)?;
        if meta.is_dir() {
            return Err(read(std::io::ErrorKind::IsADirectory.into()));
        }
        let mut this = OpenFile {
            path: path.into(),
            track,
            source: Source::Ended,
            length: None,
            exact_length: None,
            position: 0,
            warnings: Vec::new(),
            heard_any: false,
        };
        if meta.is_file() && meta.len() == 0 {
            return Err(this.error("the file is empty".into(), DecodeErrorKind::Empty));
        }
        match guard(|| Decoder::open(file, path, track)) {
            Ok(decoder) => {
                (this.length, this.exact_length) = (decoder.length(), decoder.exact_length());
                this.source = Source::Symphonia(Box::new(Symphonia { decoder, resampler: None, held: None }));
            }
            Err(refusal) => this.ask_ffmpeg(refusal)?,
        }
        Ok(this)
    }

    /// Passes over what lies before `time`, or over less; [`position`](Self::position) tells. In a file that ends
    /// before `time` it stays before the end, so that reading on finds out where that is. To be called first.
    ///
    /// # Errors
    /// [`Error::Decode`] if the decoder crashes.
    pub(super) fn skip_to(&mut self, time: Millis) -> Result<(), Error> {
        match &mut self.source {
            Source::Symphonia(source) => match guard(|| Ok(source.decoder.skip_to(time))) {
                Ok(Some((start, block))) => {
                    self.position = start * u64::from(RATE) / u64::from(block.rate);
                    source.held = Some(block);
                }
                Ok(None) => {}
                Err(refusal) => return Err(self.error(refusal.reason, DecodeErrorKind::Other)),
            },
            Source::Ffmpeg(_) => {
                // One that finds nothing there leaves the one that reads from the start.
                if let Some(mut there) = Ffmpeg::start(&self.path, self.track, time)
                    && let Ok(first) = there.read()
                    && !first.is_empty()
                {
                    self.source = Source::Ffmpeg(there.with_pending(&first));
                    self.position = samples_before(time);
                }
            }
            Source::Ended => {}
        }
        Ok(())
    }

    /// Its path, as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The length that the container tells, or an estimate.
    pub(super) fn length(&self) -> Option<Millis> {
        self.length
    }

    /// The length that the container tells, if it is no estimate.
    pub(super) fn exact_length(&self) -> Option<Millis> {
        self.exact_length
    }

    /// How many 16 kHz samples there are before the next one.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Is it decoded by an installed `ffmpeg`, since our own decoders can't?
    pub(super) fn is_by_ffmpeg(&self) -> bool {
        matches!(self.source, Source::Ffmpeg(_))
    }

    /// What was noticed since the last call, on the file's own clock.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// The next samples, at most a few seconds of them, perhaps none; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded; later damage is a [`Warning`]. [`Error::Read`] if the disk fails.
    pub(super) fn read(&mut self) -> Result<Option<Vec<f32>>, Error> {
        let made = match &mut self.source {
            Source::Ended => return Ok(None),
            Source::Symphonia(source) => {
                let made = guard(|| source.step());
                self.warnings.extend(source.decoder.take_warnings());
                made.map_err(|refusal| refusal.reason)
            }
            Source::Ffmpeg(ffmpeg) => {
                let made = ffmpeg.read().map(|s| Some(s).filter(|s| !s.is_empty()));
                let warning = |said| Warning { at: None, message: format!("ffmpeg found damage in it: {said}") };
                self.warnings.extend(ffmpeg.complaint().map(warning));
                made
            }
        };
        match made {
            Ok(made) => {
                if made.is_none() {
                    if let Some(source) = self.failure() {
                        return Err(Error::Read { path: self.path.clone(), source });
                    }
                    if let Some(reason) = self.nothing_but_damage() {
                        return Err(self.error(reason, DecodeErrorKind::Other));
                    }
                    self.source = Source::Ended;
                }
                let count = made.as_ref().map_or(0, Vec::len);
                self.position += count as u64;
                self.heard_any |= count > 0;
                Ok(made)
            }
            Err(reason) if self.heard_any => {
                self.source = Source::Ended;
                let message = format!("the rest of the file can't be decoded: {reason}");
                self.warnings.push(Warning { at: Some(duration(self.position)), message });
                Ok(None)
            }
            Err(reason) => Err(self.error(reason, DecodeErrorKind::Other)),
        }
    }

    /// What the disk or the network drive said when it gave no more.
    fn failure(&mut self) -> Option<std::io::Error> {
        match &mut self.source {
            Source::Symphonia(source) => source.decoder.take_failure(),
            _ => None,
        }
    }

    /// A file that could not be read to its end and gave no sound at all is no empty recording.
    fn nothing_but_damage(&self) -> Option<String> {
        match &self.source {
            Source::Symphonia(source) if !self.heard_any => source.decoder.damage(),
            _ => None,
        }
    }

    fn ask_ffmpeg(&mut self, refusal: Refusal) -> Result<(), Error> {
        let Refusal { reason, elsewhere } = refusal;
        if !elsewhere {
            return Err(self.error(reason, DecodeErrorKind::NoSuchTrack));
        }
        let Some(mut ffmpeg) = Ffmpeg::start(&self.path, self.track, Millis(0)) else {
            return Err(self.error(reason, DecodeErrorKind::NoFfmpeg));
        };
        // Only its first sound tells whether it can do better than we.
        match ffmpeg.read() {
            Ok(first) if !first.is_empty() => {
                self.source = Source::Ffmpeg(ffmpeg.with_pending(&first));
                Ok(())
            }
            Ok(_) => Err(self.error(reason, DecodeErrorKind::NoAudio)),
            Err(message) => Err(self.error(reason, DecodeErrorKind::FfmpegFailed(message))),
        }
    }

    fn error(&self, reason: String, kind: DecodeErrorKind) -> Error {
        Error::Decode { path: self.path.clone(), reason, kind }
    }
}

impl Symphonia {
    /// One packet, or one second of silence, through decoder and resampler; `None` after the last.
    fn step(&mut self) -> Result<Option<Vec<f32>>, Refusal> {
        let mut out = Vec::new();
        let Some(mut block) = self.held.take().or_else(|| self.decoder.next()) else {
            return Ok(self.resampler.take().map(|(_, resampler)| {
                resampler.finish(&mut out);
                out
            }));
        };
        let resampler = match self.resampler.take() {
            Some((rate, resampler)) if rate == block.rate => resampler,
            other => {
                if let Some((_, old)) = other {
                    old.finish(&mut out);
                }
                Resampler::new(block.rate).map_err(|reason| Refusal { reason, elsewhere: false })?
            }
        };
        let (_, resampler) = self.resampler.insert((block.rate, resampler));
        let silence = block.gap.min(block.rate.into());
        resampler.push(&vec![0.0; usize::try_from(silence).unwrap_or(0)], &mut out);
        block.gap -= silence;
        match block.gap {
            0 => resampler.push(&block.mono, &mut out),
            _ => self.held = Some(block),
        }
        Ok(Some(out))
    }
}
