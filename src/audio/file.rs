//! One file, decoded to 16 kHz streams on its own clock. Its position in a recording of several files is not known here.

use std::path::{Path, PathBuf};

use super::codecs::OpenError;
use super::decode::{Block, Decoder};
use super::ffmpeg::{self, Ffmpeg, Mixer};
use super::resample::Resampler;
use super::selection::{Channels, Layout, Selection};
use super::{RATE, duration, samples_before};
use crate::{DecodeErrorKind, Error, Millis, Warning, WarningKind, files};

/// An open file, read once from front to back.
pub(super) struct OpenFile {
    path: PathBuf,
    track: Option<u16>,
    channels: Channels,
    /// Where ffmpeg decodes.
    mixer: Mixer,
    source: Source,
    /// Number of streams of each read.
    streams: usize,
    /// `None` if only ffmpeg knows.
    layout: Option<Layout>,
    length: Option<Millis>,
    exact_length: Option<Millis>,
    /// 16 kHz samples before the next one, from the start of the file.
    position: u64,
    warnings: Vec<Warning>,
    any_sound: bool,
}

enum Source {
    Symphonia(Box<Symphonia>),
    Ffmpeg(Ffmpeg),
    Ended,
}

struct Symphonia {
    decoder: Decoder,
    /// One for each stream, with the rate that they were made for; `None` before the first block and after the last.
    resamplers: Option<(u32, Vec<Resampler>)>,
    /// Sound that waits until the silence before it is returned.
    held: Option<Block>,
}

/// A panic in a decoder is an error of the file: decoders are foreign code, and files come from anywhere.
fn catch_panics<T>(work: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(OpenError::new("the decoder crashed on it")))
}

impl OpenFile {
    /// Opens the file at `path` at its start; the times of `selection` are ignored.
    ///
    /// # Errors
    /// [`Error::Read`] if the file does not exist or can't be read; [`Error::Decode`] if neither this library nor an
    /// installed `ffmpeg` can decode audio in it, or if the track or channel does not exist.
    pub(super) fn open(path: &Path, selection: &Selection) -> Result<OpenFile, Error> {
        let read = |source| Error::Read { path: path.into(), source };
        let file = files::open_regular(path).map_err(read)?;
        let length = file.metadata().map_err(read)?.len();
        let mut this = OpenFile {
            path: path.into(),
            track: selection.track,
            channels: selection.channels,
            mixer: Mixer::Ffmpeg,
            source: Source::Ended,
            streams: 1,
            layout: None,
            length: None,
            exact_length: None,
            position: 0,
            warnings: Vec::new(),
            any_sound: false,
        };
        if length == 0 {
            return Err(this.error("the file is empty", DecodeErrorKind::Empty));
        }
        match catch_panics(|| Decoder::open(file, path, selection)) {
            Ok(decoder) => {
                (this.length, this.exact_length) = (decoder.length(), decoder.exact_length());
                (this.layout, this.streams) = (Some(decoder.layout()), decoder.streams());
                this.source = Source::Symphonia(Box::new(Symphonia { decoder, resamplers: None, held: None }));
            }
            Err(OpenError { reason, permanent: Some(kind) }) => return Err(this.error(reason, kind)),
            Err(OpenError { reason, permanent: None }) => this.open_ffmpeg(reason)?,
        }
        Ok(this)
    }

    /// Skips what is before `time`, or less; [`position`](Self::position) tells. In a file that ends before `time` it
    /// stays before the end, so that reading on finds out where that is. To be called before the first read.
    ///
    /// # Errors
    /// [`Error::Decode`] if the decoder crashes.
    pub(super) fn skip_to(&mut self, time: Millis) -> Result<(), Error> {
        match &mut self.source {
            Source::Symphonia(source) => match catch_panics(|| Ok(source.decoder.skip_to(time))) {
                Ok(Some((start, block))) => {
                    self.position = start * u64::from(RATE) / u64::from(block.rate);
                    source.held = Some(block);
                }
                Ok(None) => {}
                Err(error) => return Err(self.error(error.reason, DecodeErrorKind::Other)),
            },
            Source::Ffmpeg(_) => {
                // If it finds nothing at `time`, the one that reads from the start stays.
                if let Some(mut there) = self.start_ffmpeg(time)
                    && let Ok(first) = there.read()
                    && !first.is_empty()
                {
                    self.source = Source::Ffmpeg(there.with_pending(first));
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

    /// How many tracks the file and channels the track has; `None` if [`ffmpeg_layout`] must be asked.
    pub(super) fn layout(&self) -> Option<Layout> {
        self.layout
    }

    /// Number of streams of each read.
    pub(super) fn streams(&self) -> usize {
        self.streams
    }

    /// The length according to the container, perhaps an estimate.
    pub(super) fn length(&self) -> Option<Millis> {
        self.length
    }

    /// The length according to the container; `None` if it is an estimate.
    pub(super) fn exact_length(&self) -> Option<Millis> {
        self.exact_length
    }

    /// Number of 16 kHz samples before the next one.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether an installed `ffmpeg` decodes it, since this library can't.
    pub(super) fn is_by_ffmpeg(&self) -> bool {
        matches!(self.source, Source::Ffmpeg(_))
    }

    /// The warnings since the last call, on the file's own clock.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// The next samples of each stream, all of the same length: at most a few seconds, perhaps none. `None` at the end.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded; later damage is a [`Warning`]. [`Error::Read`] if the disk
    /// fails.
    pub(super) fn read(&mut self) -> Result<Option<Vec<Vec<f32>>>, Error> {
        let read = match &mut self.source {
            Source::Ended => return Ok(None),
            Source::Symphonia(source) => {
                let read = catch_panics(|| source.read());
                self.warnings.extend(source.decoder.take_warnings());
                read.map_err(|error| error.reason)
            }
            Source::Ffmpeg(ffmpeg) => {
                let read = ffmpeg.read().map(|streams| Some(streams).filter(|streams| !streams.is_empty()));
                let warning = |detail| Warning::new(None, WarningKind::FfmpegDamage { detail });
                self.warnings.extend(ffmpeg.take_warning().map(warning));
                read
            }
        };
        match read {
            Ok(streams) => {
                if streams.is_none() {
                    if let Some(source) = self.take_failure() {
                        return Err(Error::Read { path: self.path.clone(), source });
                    }
                    if let Some(reason) = self.nothing_but_damage() {
                        return Err(self.error(reason, DecodeErrorKind::Other));
                    }
                    self.source = Source::Ended;
                }
                let count = streams.as_ref().and_then(|streams| streams.first()).map_or(0, Vec::len);
                self.position += count as u64;
                self.any_sound |= count > 0;
                Ok(streams)
            }
            Err(reason) if self.any_sound => {
                self.source = Source::Ended;
                let kind = WarningKind::RestUndecodable { detail: reason };
                self.warnings.push(Warning::new(Some(duration(self.position)), kind));
                Ok(None)
            }
            Err(reason) => Err(self.error(reason, DecodeErrorKind::Other)),
        }
    }

    /// The error of the disk or the network drive, if it failed.
    fn take_failure(&mut self) -> Option<std::io::Error> {
        match &mut self.source {
            Source::Symphonia(source) => source.decoder.take_failure(),
            _ => None,
        }
    }

    /// Why the file could not be read, if it gave no sound at all: that is not an empty recording.
    fn nothing_but_damage(&self) -> Option<String> {
        match &self.source {
            Source::Symphonia(source) if !self.any_sound => source.decoder.damage(),
            _ => None,
        }
    }

    /// Lets an installed `ffmpeg` decode the file, which this library can't for this `reason`.
    fn open_ffmpeg(&mut self, reason: String) -> Result<(), Error> {
        let Some(mut ffmpeg) = self.start_ffmpeg(Millis(0)) else {
            return Err(self.error(reason, DecodeErrorKind::NoFfmpeg));
        };
        // Only its first sound tells whether it can decode it.
        let mut first = ffmpeg.read();
        if first.is_err() && self.channels == Channels::Mix {
            // It can't mix tracks with very many channels, but decode them.
            self.mixer = Mixer::Ours;
            if let Some(mut unmixed) = self.start_ffmpeg(Millis(0))
                && let Ok(streams) = unmixed.read()
            {
                (ffmpeg, first) = (unmixed, Ok(streams));
            }
        }
        if let Some(available) = ffmpeg.channels() {
            let streams = self.channels.streams(available);
            self.streams = streams.map_err(|reason| self.error(reason, DecodeErrorKind::NoSuchChannel))?;
        }
        match first {
            Ok(first) if !first.is_empty() => {
                self.source = Source::Ffmpeg(ffmpeg.with_pending(first));
                Ok(())
            }
            Ok(_) => Err(self.error(reason, DecodeErrorKind::NoAudio)),
            Err(message) => Err(self.error(reason, DecodeErrorKind::FfmpegFailed(message))),
        }
    }

    fn start_ffmpeg(&self, from: Millis) -> Option<Ffmpeg> {
        Ffmpeg::start(&self.path, self.track, self.channels, self.mixer, from)
    }

    fn error(&self, reason: impl Into<String>, kind: DecodeErrorKind) -> Error {
        Error::Decode { path: self.path.clone(), reason: reason.into(), kind }
    }
}

/// The layout of a file that ffmpeg decodes; one track and channel if it can't tell.
pub(super) fn ffmpeg_layout(path: &Path, track: Option<u16>) -> Layout {
    ffmpeg::layout(path, track).unwrap_or(Layout { tracks: 1, channels: 1 })
}

impl Symphonia {
    /// The next packet, or one second of silence, through decoder and resamplers; `None` after the last.
    fn read(&mut self) -> Result<Option<Vec<Vec<f32>>>, OpenError> {
        let mut out = vec![Vec::new(); self.decoder.streams()];
        let Some(mut block) = self.held.take().or_else(|| self.decoder.next()) else {
            return Ok(self.resamplers.take().map(|(_, resamplers)| {
                finish(resamplers, &mut out);
                out
            }));
        };
        let resamplers = match self.resamplers.take() {
            Some((rate, resamplers)) if rate == block.rate => resamplers,
            other => {
                if let Some((_, old)) = other {
                    finish(old, &mut out);
                }
                let new: Result<_, String> = out.iter().map(|_| Resampler::new(block.rate)).collect();
                new.map_err(|reason| OpenError::permanent(reason, DecodeErrorKind::Other))?
            }
        };
        let (_, resamplers) = self.resamplers.insert((block.rate, resamplers));
        let silence = vec![0.0; usize::try_from(block.gap.min(block.rate.into())).unwrap_or(0)];
        block.gap -= silence.len() as u64;
        for ((resampler, stream), out) in resamplers.iter_mut().zip(&block.streams).zip(&mut out) {
            resampler.push(&silence, out);
            if block.gap == 0 {
                resampler.push(stream, out);
            }
        }
        if block.gap > 0 {
            self.held = Some(block);
        }
        Ok(Some(out))
    }
}

/// Appends what the resamplers still hold to their streams.
fn finish(resamplers: Vec<Resampler>, out: &mut [Vec<f32>]) {
    resamplers.into_iter().zip(out).for_each(|(resampler, out)| resampler.finish(out));
}
