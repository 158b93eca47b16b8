//! Opening a recording, of one file or of several, and reading it as a stream of [`Samples`].

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::file::OpenFile;
use super::{Samples, duration, samples_before};
use crate::{DecodeErrorKind, Error, Millis, Warning};

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

/// An open recording, read once from front to back: one file, or several that follow each other.
pub struct Recording {
    /// The file that is being read; `None` after the last.
    file: Option<OpenFile>,
    /// What comes in while it is read, instead of files.
    arriving: Option<Box<dyn Iterator<Item = Samples> + Send>>,
    /// Those after it, closed until it is their turn.
    later: VecDeque<PathBuf>,
    /// 16 kHz samples before `file`, from the recording's start.
    offset: u64,
    part: Part,
    length: Option<Millis>,
    by_ffmpeg: bool,
    several: bool,
    warnings: Vec<Warning>,
}

/// Opens the recording at `path`.
///
/// # Errors
/// [`Error::Read`] if it is not there or may not be read; [`Error::Decode`] if it holds no sound that we or an
/// installed `ffmpeg` can decode.
pub fn open(path: &Path, part: Part) -> Result<Recording, Error> {
    join(&[path.into()], part)
}

/// Opens a recording that lies in several files: the second begins where the first really ends, and so on. `part`
/// counts from the start of the first, and its track is one of each file. No path: a recording without sound.
///
/// Each file is opened once here and, but for the first, again when it is its turn.
///
/// # Errors
/// As [`open`], with the path of the file that is in the way.
pub fn join(paths: &[PathBuf], part: Part) -> Result<Recording, Error> {
    let later = paths.iter().skip(1).cloned().collect();
    let (mut first, mut by_ffmpeg) = (None, false);
    let (mut length, mut exact) = (Some(Millis(0)), Some(Millis(0)));
    for path in paths {
        let file = OpenFile::open(path, part.track)?;
        let sum = |all: Option<Millis>, one: Option<Millis>| Some(all? + one?);
        (length, exact) = (sum(length, file.length()), sum(exact, file.exact_length()));
        by_ffmpeg |= file.is_by_ffmpeg();
        first.get_or_insert(file);
    }
    if let (Some(end), Some(last)) = (exact, paths.last())
        && end <= part.from
        && part.from.0 > 0
    {
        let reason = format!("it ends at {end}, before the start that was asked for");
        return Err(Error::Decode { path: last.clone(), reason, kind: DecodeErrorKind::Other });
    }
    let several = paths.len() > 1;
    let mut recording = Recording {
        file: None,
        arriving: None,
        later,
        offset: 0,
        part,
        length,
        by_ffmpeg,
        several,
        warnings: Vec::new(),
    };
    if let Some(first) = first {
        recording.begin(first)?;
    }
    Ok(recording)
}

/// A recording that is being made: [`Recording::read`] waits for what `sound` gives next.
pub fn arriving(sound: impl Iterator<Item = Samples> + Send + 'static) -> Recording {
    Recording {
        file: None,
        arriving: Some(Box::new(sound)),
        later: VecDeque::new(),
        offset: 0,
        part: Part::default(),
        length: None,
        by_ffmpeg: false,
        several: false,
        warnings: Vec::new(),
    }
}

impl Recording {
    /// Does it end before the recording does?
    pub fn is_part(&self) -> bool {
        self.part.to.is_some()
    }

    /// Has [`read`](Self::read) returned everything?
    pub fn is_ended(&self) -> bool {
        self.file.is_none() && self.arriving.is_none()
    }

    /// Its whole length, if the containers tell.
    pub fn length(&self) -> Option<Millis> {
        self.length
    }

    /// Where [`read`](Self::read) will end, as far as the containers tell.
    pub fn end(&self) -> Option<Millis> {
        match (self.length, self.part.to) {
            (Some(length), Some(to)) => Some(length.min(to)),
            (length, to) => length.or(to),
        }
    }

    /// Where the next samples begin.
    pub fn position(&self) -> Millis {
        duration(self.next_sample().min(self.last_sample()))
    }

    /// Is any of it decoded by an installed `ffmpeg`, since our own decoders can't?
    pub fn is_by_ffmpeg(&self) -> bool {
        self.by_ffmpeg
    }

    /// What was noticed since the last call.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        self.collect_warnings();
        std::mem::take(&mut self.warnings)
    }

    /// The next samples, at most a few seconds of them; `None` at the end. The first begin at
    /// [`position`](Self::position), each next where the last ended.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded; later damage is a [`Warning`]. [`Error::Read`] if the disk
    /// fails, or a later file is gone by now; what was read until then is good.
    pub fn read(&mut self) -> Result<Option<Samples>, Error> {
        if let Some(sound) = &mut self.arriving {
            let samples = sound.next();
            match &samples {
                Some(samples) => self.offset += samples.len() as u64,
                None => self.arriving = None,
            }
            return Ok(samples);
        }
        let (begin, end) = (samples_before(self.part.from), self.last_sample());
        loop {
            let start = self.next_sample();
            let Some(file) = self.file.as_mut().filter(|_| start < end) else { break };
            match file.read() {
                Ok(Some(mut samples)) => {
                    samples.truncate(usize::try_from(end - start).unwrap_or(usize::MAX));
                    let early = usize::try_from(begin.saturating_sub(start)).unwrap_or(usize::MAX);
                    samples.drain(..early.min(samples.len()));
                    if !samples.is_empty() {
                        return Ok(Some(Samples::from_mono_16k(samples)));
                    }
                }
                Ok(None) => self.go_on()?,
                Err(error @ Error::Read { .. }) => return Err(error),
                Err(error) => {
                    self.do_without(error)?;
                    self.go_on()?;
                }
            }
        }
        self.close();
        Ok(None)
    }

    /// 16 kHz samples before the next one.
    fn next_sample(&self) -> u64 {
        self.offset + self.file.as_ref().map_or(0, OpenFile::position)
    }

    /// 16 kHz samples before the place to end at.
    fn last_sample(&self) -> u64 {
        self.part.to.map_or(u64::MAX, samples_before)
    }

    /// Reads `file` from now on, from where its sound is wanted.
    fn begin(&mut self, mut file: OpenFile) -> Result<(), Error> {
        let from = duration(samples_before(self.part.from).saturating_sub(self.offset));
        if from.0 > 0 {
            file.skip_to(from)?;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Closes the file and begins with the next.
    fn go_on(&mut self) -> Result<(), Error> {
        self.close();
        match self.later.pop_front() {
            Some(path) => self.begin(OpenFile::open(&path, self.part.track)?),
            None => Ok(()),
        }
    }

    fn close(&mut self) {
        self.collect_warnings();
        self.offset = self.next_sample();
        self.file = None;
    }

    /// A file that gives no sound is an error only if there is no other.
    fn do_without(&mut self, error: Error) -> Result<(), Error> {
        if self.offset == 0 && self.later.is_empty() {
            return Err(error);
        }
        self.collect_warnings();
        self.warnings.push(Warning { at: Some(self.position()), message: error.to_string() });
        Ok(())
    }

    /// The file's warnings, put on the recording's clock.
    fn collect_warnings(&mut self) {
        let Some(file) = &mut self.file else { return };
        let before = duration(self.offset);
        for Warning { at, mut message } in file.take_warnings() {
            if self.several {
                let name = file.path().file_name().unwrap_or_default().display();
                message = format!("{name}: {message}");
            }
            self.warnings.push(Warning { at: at.map(|at| before + at), message });
        }
    }
}
