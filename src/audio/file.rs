//! One file, decoded to 16 kHz streams on its own clock. Its position in a recording of several files is not known here.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::codecs::OpenError;
use super::decode::Decoder;
use super::level::Leveller;
use super::selection::{Channels, Layout, Selection};
use super::source::{Source, Symphonia, catch_panics};
use super::{container, duration, ffmpeg, samples_before, tracks};
use crate::{DecodeErrorKind, Error, Millis, Warning, WarningKind, files};

/// How far is read ahead, in 16 kHz samples of all streams together: half a minute of one, in 2 MB. So it is known how loud
/// the sound gets, and whether it can be decoded.
const AHEAD: usize = 480_000;

/// An open file, read once from front to back.
pub(super) struct OpenFile {
    path: PathBuf,
    track: Option<u16>,
    channels: Channels,
    source: Source,
    by_ffmpeg: bool,
    /// Why our own decoder, which knows the codec, could not decode most of it, before ffmpeg was tried.
    doubt: Option<String>,
    /// Number of streams of each read.
    streams: usize,
    /// `None` if only ffmpeg knows.
    layout: Option<Layout>,
    length: Option<Millis>,
    exact_length: Option<Millis>,
    /// 16 kHz samples before the next one, from the start of the file.
    position: u64,
    /// Where the file must have ended, by its size.
    longest: u64,
    ahead: Ahead,
    warnings: Vec<Warning>,
    any_sound: bool,
}

/// What was read and not returned yet.
#[derive(Default)]
struct Ahead {
    pieces: VecDeque<Vec<Vec<f32>>>,
    /// 16 kHz samples of one stream in them.
    samples: usize,
    leveller: Leveller,
    /// Why there is no more after them.
    error: Option<Error>,
    /// Whether it is known if most of it can be decoded.
    checked: bool,
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
            source: Source::Ended,
            by_ffmpeg: false,
            doubt: None,
            streams: 1,
            layout: None,
            length: None,
            exact_length: None,
            position: 0,
            longest: samples_before(container::longest(length)),
            ahead: Ahead::default(),
            warnings: Vec::new(),
            any_sound: false,
        };
        if length == 0 {
            return Err(this.error("the file is empty", DecodeErrorKind::Empty));
        }
        match catch_panics(|| tracks::open(file, path, selection)) {
            Ok(mut decoder) if decoder.has_gaps() => {
                if this.open_ffmpeg("its fragments do not follow each other".into()).is_err() {
                    decoder.warn(WarningKind::TimesJump);
                    this.decode_with(decoder);
                }
            }
            Ok(decoder) => this.decode_with(decoder),
            Err(OpenError { reason, permanent: Some(kind), .. }) => return Err(this.error(reason, kind)),
            Err(error) => {
                if let Err(failed) = this.open_ffmpeg(error.reason.clone()) {
                    this.decode_with(tracks::open_another(path, selection, &error).ok_or(failed)?);
                }
            }
        }
        Ok(this)
    }

    fn decode_with(&mut self, decoder: Decoder) {
        (self.length, self.exact_length) = (decoder.length(), decoder.exact_length());
        (self.layout, self.streams) = (Some(decoder.layout()), decoder.streams());
        self.source = Source::Symphonia(Box::new(Symphonia::new(decoder)));
    }

    /// Skips what is before `time`, or less; [`position`](Self::position) tells. In a file that ends before `time` it
    /// stays before the end, so that reading on finds out where that is. To be called before the first read.
    ///
    /// # Errors
    /// [`Error::Decode`] if the decoder crashes.
    pub(super) fn skip_to(&mut self, time: Millis) -> Result<(), Error> {
        match &mut self.source {
            Source::Symphonia(source) => match source.skip_to(time) {
                Ok(position) => self.position = position,
                Err(error) => return Err(self.error(error.reason, DecodeErrorKind::Other)),
            },
            // It decodes all from the start: where it lands when it seeks is not known.
            Source::Ffmpeg(_) | Source::Ended => {}
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
        self.by_ffmpeg
    }

    /// The warnings since the last call, on the file's own clock.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// The next samples of each stream, all of the same length: at most a few seconds, perhaps none. `None` at the end.
    /// `level`: sound beyond full scale becomes quieter, and very quiet sound louder.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded, or, at the end, if most of it could not; other damage is a
    /// [`Warning`]. [`Error::Read`] if the disk fails.
    pub(super) fn read(&mut self, level: bool) -> Result<Option<Vec<Vec<f32>>>, Error> {
        self.read_ahead();
        let Some(mut streams) = self.ahead.pieces.pop_front() else {
            return self.ahead.error.take().map_or(Ok(None), Err);
        };
        let count = streams.first().map_or(0, Vec::len);
        self.ahead.samples -= count;
        if level {
            self.ahead.leveller.level(&mut streams);
        }
        let warning = self.ahead.leveller.take_warning();
        self.warnings.extend(warning.map(|kind| Warning::new(Some(duration(self.position)), kind)));
        self.position += count as u64;
        Ok(Some(streams))
    }

    fn read_ahead(&mut self) {
        self.fill();
        if std::mem::replace(&mut self.ahead.checked, true) {
            return;
        }
        // Perhaps ffmpeg can decode what we can't, as long as nothing was returned.
        let Some(reason) = self.source_failed() else { return };
        let start = duration(self.position);
        let source = std::mem::replace(&mut self.source, Source::Ended);
        match self.open_ffmpeg(reason) {
            Ok(()) => {
                self.ahead = Ahead { checked: true, ..Ahead::default() };
                self.warnings.clear();
                (self.position, self.any_sound) = (0, false);
                if start.0 > 0 && self.skip_to(start).is_err() {
                    self.source = Source::Ended;
                }
                self.fill();
            }
            // Of what could not be decoded at all, the better reason is told.
            Err(error) => {
                self.source = source;
                if let Some(known) = &mut self.ahead.error {
                    *known = error;
                }
            }
        }
    }

    /// Why our decoder could not decode most of it so far; `None` if it could, or another decodes.
    fn source_failed(&mut self) -> Option<String> {
        match (&self.source, &self.ahead.error) {
            (Source::Symphonia(_), _) => self.most_failed(),
            (Source::Ended, Some(Error::Decode { reason, .. })) if !self.by_ffmpeg => Some(reason.clone()),
            _ => None,
        }
    }

    /// Why less than half of what was read could be decoded; `None` if that is not so.
    fn most_failed(&mut self) -> Option<String> {
        let reason = self.source.most_failed()?;
        self.doubt = Some(reason.clone()).filter(|_| self.source.is_known());
        Some(reason)
    }

    fn fill(&mut self) {
        while self.ahead.samples < AHEAD / self.streams && !matches!(self.source, Source::Ended) {
            match self.read_source() {
                Ok(Some(streams)) => {
                    self.ahead.leveller.hear(&streams);
                    self.ahead.samples += streams.first().map_or(0, Vec::len);
                    self.ahead.pieces.push_back(streams);
                }
                Ok(None) => self.source = Source::Ended,
                Err(error) => {
                    self.source = Source::Ended;
                    self.ahead.error = Some(error);
                }
            }
        }
    }

    /// The next samples of each stream, as they are decoded.
    fn read_source(&mut self) -> Result<Option<Vec<Vec<f32>>>, Error> {
        let read = self.source.read();
        self.warnings.extend(self.source.take_warnings());
        let end = self.position + self.ahead.samples as u64;
        let ended = |detail| Warning::new(Some(duration(end)), WarningKind::RestUndecodable { detail });
        match read {
            Ok(Some(_)) if end > self.longest => {
                self.warnings.push(ended("it claims to be longer than a file of its size can be".into()));
                Ok(None)
            }
            Ok(Some(streams)) => {
                self.any_sound |= streams.first().is_some_and(|stream| !stream.is_empty());
                Ok(Some(streams))
            }
            Ok(None) => {
                if let Some(source) = self.source.take_failure() {
                    return Err(Error::Read { path: self.path.clone(), source });
                }
                // Damage without any sound is not an empty recording.
                let nothing = self.source.damage().filter(|_| !self.any_sound);
                // ffmpeg must do better, not only complain less.
                let no_better = self.doubt.take().filter(|_| self.source.is_damaged());
                match nothing.or_else(|| self.most_failed()).or(no_better) {
                    Some(reason) => Err(self.error(reason, DecodeErrorKind::Other)),
                    None => Ok(None),
                }
            }
            Err(reason) if self.any_sound => {
                self.warnings.push(ended(reason));
                Ok(None)
            }
            Err(reason) => Err(self.error(reason, DecodeErrorKind::Other)),
        }
    }

    /// Lets an installed `ffmpeg` decode the file, which this library can't for this `reason`.
    fn open_ffmpeg(&mut self, reason: String) -> Result<(), Error> {
        let started = tracks::start_ffmpeg(&self.path, self.track, self.channels);
        let started = started.map_err(|reason| self.error(reason, DecodeErrorKind::Other))?;
        let Some(tracks::Started { ffmpeg, first, warnings }) = started else {
            return Err(self.error(reason, DecodeErrorKind::NoFfmpeg));
        };
        if let Some(available) = ffmpeg.channels() {
            let streams = self.channels.streams(available);
            self.streams = streams.map_err(|reason| self.error(reason, DecodeErrorKind::NoSuchChannel))?;
        }
        match first {
            Ok(first) if !first.is_empty() => {
                (self.track, self.by_ffmpeg) = (Some(ffmpeg.track()), true);
                self.source = Source::Ffmpeg(Box::new(ffmpeg.with_pending(first)));
                (self.layout, self.length, self.exact_length) = (None, None, None);
                self.warnings.extend(warnings);
                Ok(())
            }
            Ok(_) => Err(self.error(reason, DecodeErrorKind::NoAudio)),
            Err(message) => Err(self.error(reason, DecodeErrorKind::FfmpegFailed(message))),
        }
    }

    fn error(&self, reason: impl Into<String>, kind: DecodeErrorKind) -> Error {
        Error::Decode { path: self.path.clone(), reason: reason.into(), kind }
    }
}

/// The layout of a file that ffmpeg decodes; one track and channel if it can't tell.
pub(super) fn ffmpeg_layout(path: &Path, track: Option<u16>) -> Layout {
    ffmpeg::find(path, track).map_or(Layout { tracks: 1, channels: 1 }, |found| found.layout)
}
