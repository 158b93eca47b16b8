//! Where the sound of a file comes from: our decoder with its resamplers, or an installed `ffmpeg`.

use super::RATE;
use super::codecs::OpenError;
use super::decode::{Block, Decoder};
use super::ffmpeg::Ffmpeg;
use super::resample::Resampler;
use crate::{DecodeErrorKind, Millis, Warning};

pub(super) enum Source {
    Symphonia(Box<Symphonia>),
    Ffmpeg(Box<Ffmpeg>),
    Ended,
}

pub(super) struct Symphonia {
    decoder: Decoder,
    /// One for each stream, with the rate that they were made for; `None` before the first block, within silence and after
    /// the last.
    resamplers: Option<(u32, Vec<Resampler>)>,
    /// Sound that waits until the silence before it is returned.
    held: Option<Block>,
    /// 16 kHz samples before the next one, from the start of the file.
    position: u64,
}

/// A panic in a decoder is an error of the file: decoders are foreign code, and files come from anywhere.
pub(super) fn catch_panics<T>(work: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(OpenError::new("the decoder crashed on it")))
}

impl Source {
    /// The next samples of each stream; `None` at the end.
    ///
    /// # Errors
    /// The reason why there are no more.
    pub(super) fn read(&mut self) -> Result<Option<Vec<Vec<f32>>>, String> {
        match self {
            Source::Ended => Ok(None),
            Source::Symphonia(source) => catch_panics(|| source.read()).map_err(|error| error.reason),
            Source::Ffmpeg(ffmpeg) => ffmpeg.read().map(|streams| Some(streams).filter(|streams| !streams.is_empty())),
        }
    }

    /// The warnings since the last call.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        match self {
            Source::Ended => Vec::new(),
            Source::Symphonia(source) => source.decoder.take_warnings(),
            Source::Ffmpeg(ffmpeg) => ffmpeg.take_warnings().into_iter().map(|kind| Warning::new(None, kind)).collect(),
        }
    }

    /// The error of the disk or the network drive, if it failed.
    pub(super) fn take_failure(&mut self) -> Option<std::io::Error> {
        match self {
            Source::Symphonia(source) => source.decoder.take_failure(),
            _ => None,
        }
    }

    /// Why the file could not be read to its end; `None` if it could, or before the end.
    pub(super) fn damage(&self) -> Option<String> {
        match self {
            Source::Symphonia(source) => source.decoder.damage(),
            _ => None,
        }
    }

    /// Whether our own decoder knows the codec, so that what it can't decode is damaged.
    pub(super) fn is_known(&self) -> bool {
        matches!(self, Source::Symphonia(source) if source.decoder.is_known())
    }

    /// Whether ffmpeg lost more of it than is rare; `false` of others.
    pub(super) fn is_damaged(&self) -> bool {
        matches!(self, Source::Ffmpeg(ffmpeg) if ffmpeg.is_damaged())
    }

    /// Why less than half of what was read could be decoded; `None` if that is not so.
    pub(super) fn most_failed(&self) -> Option<String> {
        match self {
            Source::Symphonia(source) => source.decoder.most_failed(),
            Source::Ffmpeg(ffmpeg) if ffmpeg.most_failed() => {
                Some("ffmpeg could not decode most of its packets".into())
            }
            _ => None,
        }
        .map(|detail| format!("most of it can't be decoded: {detail}"))
    }
}

impl Symphonia {
    pub(super) fn new(decoder: Decoder) -> Symphonia {
        Symphonia { decoder, resamplers: None, held: None, position: 0 }
    }

    /// Skips what is before `time`, or less; returns the number of 16 kHz samples before the next one, 0 if nothing was
    /// skipped.
    ///
    /// # Errors
    /// The reason, if the decoder crashes.
    pub(super) fn skip_to(&mut self, time: Millis) -> Result<u64, OpenError> {
        if let Some(block) = catch_panics(|| Ok(self.decoder.skip_to(time)))? {
            self.position = at_16k(block.start, block.rate);
            self.held = Some(block);
        }
        Ok(self.position)
    }

    fn read(&mut self) -> Result<Option<Vec<Vec<f32>>>, OpenError> {
        let streams = self.next()?;
        self.position += streams.as_ref().and_then(|streams| streams.first()).map_or(0, Vec::len) as u64;
        Ok(streams)
    }

    /// The next packet, or at most one second of silence, through decoder and resamplers; `None` after the last.
    fn next(&mut self) -> Result<Option<Vec<Vec<f32>>>, OpenError> {
        let mut out = vec![Vec::new(); self.decoder.streams()];
        let Some(mut block) = self.held.take().or_else(|| self.decoder.next()) else {
            let any = self.resamplers.is_some();
            self.finish(&mut out);
            return Ok(any.then_some(out));
        };
        if block.gap >= block.rate.into() {
            // Long silence is made at once, by the clock; a file can claim days of it.
            let due = at_16k(block.start + block.gap, block.rate);
            self.finish(&mut out);
            let made = self.position + out[0].len() as u64;
            let silence = due.saturating_sub(made).min(RATE.into());
            if made + silence == due {
                block = Block { gap: 0, ..block };
            }
            out.iter_mut().for_each(|out| out.resize(out.len() + silence as usize, 0.0));
            self.held = Some(block);
            return Ok(Some(out));
        }
        if self.resamplers.as_ref().is_none_or(|(rate, _)| *rate != block.rate) {
            self.finish(&mut out);
            let new: Result<_, String> = out.iter().map(|_| Resampler::new(block.rate)).collect();
            let new = new.map_err(|reason| OpenError::permanent(reason, DecodeErrorKind::Other))?;
            self.resamplers = Some((block.rate, new));
        }
        let silence = vec![0.0; block.gap as usize];
        for ((resampler, stream), out) in
            self.resamplers.iter_mut().flat_map(|(_, all)| all).zip(&block.streams).zip(&mut out)
        {
            resampler.push(&silence, out);
            resampler.push(stream, out);
        }
        Ok(Some(out))
    }

    /// Appends what the resamplers still hold to their streams.
    fn finish(&mut self, out: &mut [Vec<f32>]) {
        let resamplers = self.resamplers.take().map_or_else(Vec::new, |(_, resamplers)| resamplers);
        resamplers.into_iter().zip(out).for_each(|(resampler, out)| resampler.finish(out));
    }
}

/// The 16 kHz sample at which a frame begins.
fn at_16k(frame: u64, rate: u32) -> u64 {
    frame.saturating_mul(RATE.into()) / u64::from(rate)
}
