//! Opening a recording and reading it as a stream of [`Samples`].

use std::fs::File;
use std::path::{Path, PathBuf};

use super::codecs::Refusal;
use super::decode::{Block, Decoder};
use super::ffmpeg::Ffmpeg;
use super::resample::Resampler;
use super::{Samples, duration, samples_before};
use crate::{Error, Millis, Warning};

/// Which part of which track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Audio track, counted from 1; `None`: the first that can be decoded.
    pub track: Option<u16>,
    /// Where to begin.
    pub from: Millis,
    /// Where to end; `None`: at the recording's end.
    pub to: Option<Millis>,
}

/// An open recording, read once from front to back.
pub struct Recording {
    path: PathBuf,
    source: Source,
    part: Part,
    length: Option<Millis>,
    /// 16 kHz samples before the next one, from the recording's start.
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

/// Opens the recording at `path`.
///
/// # Errors
/// [`Error::Read`] if it is not there or may not be read; [`Error::Decode`] if it holds no sound that we or an
/// installed `ffmpeg` can decode.
pub fn open(path: &Path, part: Part) -> Result<Recording, Error> {
    let read = |source| Error::Read { path: path.into(), source };
    let file = File::open(path).map_err(read)?;
    let meta = file.metadata().map_err(read)?;
    if meta.is_dir() {
        return Err(read(std::io::ErrorKind::IsADirectory.into()));
    }
    let mut recording = Recording {
        path: path.into(),
        source: Source::Ended,
        part,
        length: None,
        position: samples_before(part.from),
        warnings: Vec::new(),
        heard_any: false,
    };
    if meta.is_file() && meta.len() == 0 {
        let hint = "it holds no byte; copy it again from where it was recorded".into();
        return Err(recording.error("the file is empty".into(), Some(hint)));
    }
    match guard(|| Decoder::open(file, path, part.track)) {
        Ok(mut decoder) => {
            recording.length = decoder.length();
            if let Some(length) = decoder.exact_length().filter(|l| *l <= part.from && part.from.0 > 0) {
                let reason = format!("it ends at {length}, before the start that was asked for");
                return Err(recording.error(reason, None));
            }
            let mut held = None;
            if part.from.0 > 0 {
                match decoder.skip_to(part.from) {
                    Some((start, block)) => (recording.position, held) = (samples_before(start), Some(block)),
                    None => recording.position = samples_before(part.from),
                }
            }
            recording.source = Source::Symphonia(Box::new(Symphonia { decoder, resampler: None, held }));
        }
        Err(refusal) => recording.ask_ffmpeg(refusal)?,
    }
    Ok(recording)
}

/// Decoders are other people's code, and files come from anywhere: what panics there is a bad file here.
fn guard<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Refusal { reason: "the decoder crashed on it".into(), elsewhere: true }))
}

impl Recording {
    /// Does it end before the recording does?
    pub fn is_part(&self) -> bool {
        self.part.to.is_some()
    }

    /// Has [`read`](Self::read) returned everything?
    pub fn is_ended(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    /// Its whole length, if the container tells.
    pub fn length(&self) -> Option<Millis> {
        self.length
    }

    /// Where [`read`](Self::read) will end, as far as the container tells.
    pub fn end(&self) -> Option<Millis> {
        match (self.length, self.part.to) {
            (Some(length), Some(to)) => Some(length.min(to)),
            (length, to) => length.or(to),
        }
    }

    /// Where the next samples begin.
    pub fn position(&self) -> Millis {
        duration(self.position)
    }

    /// Is it decoded by an installed `ffmpeg`, since our own decoders can't?
    pub fn is_by_ffmpeg(&self) -> bool {
        matches!(self.source, Source::Ffmpeg(_))
    }

    /// What was noticed since the last call.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// The next samples, at most a few seconds of them; `None` at the end. The first begin at
    /// [`position`](Self::position), each next where the last ended.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded; later damage is a [`Warning`].
    pub fn read(&mut self) -> Result<Option<Samples>, Error> {
        let end = self.part.to.map_or(u64::MAX, samples_before);
        let begin = samples_before(self.part.from);
        while self.position < end {
            let Some(mut samples) = self.step()? else { break };
            let start = self.position;
            self.position += samples.len() as u64;
            samples.truncate(usize::try_from(end - start).unwrap_or(usize::MAX));
            let early = usize::try_from(begin.saturating_sub(start)).unwrap_or(usize::MAX).min(samples.len());
            samples.drain(..early);
            if !samples.is_empty() {
                self.heard_any = true;
                return Ok(Some(Samples::from_mono_16k(samples)));
            }
        }
        self.source = Source::Ended;
        Ok(None)
    }

    fn step(&mut self) -> Result<Option<Vec<f32>>, Error> {
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
                    if let Some(reason) = self.nothing_but_damage() {
                        return Err(self.error(reason, None));
                    }
                    self.source = Source::Ended;
                }
                Ok(made)
            }
            Err(reason) if self.heard_any => {
                self.source = Source::Ended;
                let message = format!("the rest of the file can't be decoded: {reason}");
                self.warnings.push(Warning { at: Some(self.position()), message });
                Ok(None)
            }
            Err(reason) => Err(self.error(reason, None)),
        }
    }

    /// A file that could not be read to its end and gave no sound at all is no empty recording.
    fn nothing_but_damage(&self) -> Option<String> {
        match &self.source {
            Source::Symphonia(source) if !self.heard_any && self.part.from.0 == 0 => source.decoder.damage(),
            _ => None,
        }
    }

    fn ask_ffmpeg(&mut self, refusal: Refusal) -> Result<(), Error> {
        let Refusal { reason, elsewhere } = refusal;
        if !elsewhere {
            return Err(self.error(reason, Some("`--track 1` is the first".into())));
        }
        let convert = format!("convert it first, e.g. `ffmpeg -i {} -vn recording.flac`", self.path.display());
        let Some(mut ffmpeg) = Ffmpeg::start(&self.path, self.part.track, self.part.from) else {
            return Err(self.error(reason, Some(format!("{convert}, or install ffmpeg: it is then used by itself"))));
        };
        self.position = samples_before(self.part.from);
        // Only its first sound tells whether it can do better than we.
        match ffmpeg.read() {
            Ok(first) if !first.is_empty() => {
                self.source = Source::Ffmpeg(ffmpeg.with_pending(&first));
                Ok(())
            }
            Ok(_) => Err(self.error(reason, Some("ffmpeg finds no sound in it either".into()))),
            Err(said) => Err(self.error(reason, Some(format!("ffmpeg can't decode it either: {said}")))),
        }
    }

    fn error(&self, reason: String, hint: Option<String>) -> Error {
        Error::Decode { path: self.path.clone(), reason, hint }
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
