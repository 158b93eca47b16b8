//! Opening a recording of one file or several, and reading it as streams of [`Samples`].

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::file::{OpenFile, ffmpeg_layout};
use super::mix::Mixer;
use super::selection::{Layout, Selection};
use super::{RATE, Samples, duration, samples_before};
use crate::{DecodeErrorKind, Error, Millis, Warning, WarningKind};

/// An open recording, read once from front to back: one file, or several that follow each other.
pub struct Recording {
    /// The file that is being read; `None` after the last.
    file: Option<OpenFile>,
    /// Sound that arrives while it is read, instead of files.
    arriving: Option<Box<dyn Iterator<Item = Samples> + Send>>,
    /// The files after the current one, not open yet.
    later: VecDeque<PathBuf>,
    /// 16 kHz samples before `file`, from the start of the recording.
    offset: u64,
    selection: Selection,
    /// Number of streams: that of the file with the most.
    streams: usize,
    /// All files, and what is known of their layout.
    layouts: Vec<(PathBuf, Option<Layout>)>,
    length: Option<Millis>,
    by_ffmpeg: bool,
    /// Whether the sound is as loud as it was recorded.
    keep_level: bool,
    /// The stream that [`read`](Self::read) returns; `None`: their mix.
    only: Option<usize>,
    mixer: Mixer,
    warnings: Vec<Warning>,
}

/// Opens the recording at `path`.
///
/// Each channel by itself, on one clock:
///
/// ```
/// use std::path::Path;
/// use transcribe::audio::{self, Channels, Selection};
///
/// # fn main() -> Result<(), transcribe::Error> {
/// let selection = Selection { channels: Channels::Split, ..Selection::default() };
/// let mut recording = audio::open(Path::new("examples/recordings/jfk.flac"), selection)?;
/// let mut peaks = vec![0.0_f32; recording.channels().into()];
/// while let Some(streams) = recording.read_channels()? {
///     for (peak, samples) in peaks.iter_mut().zip(&streams) {
///         *peak = samples.iter().fold(*peak, |peak, sample| peak.max(sample.abs()));
///     }
/// }
/// assert!(peaks.iter().all(|peak| *peak > 0.1), "no channel is silent");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Read`] if the file does not exist or can't be read; [`Error::Decode`] if neither this library nor an installed
/// `ffmpeg` can decode audio in it, or if the selected track or channel does not exist.
pub fn open(path: &Path, selection: Selection) -> Result<Recording, Error> {
    join(&[path.into()], selection)
}

/// Opens a recording that consists of several files: the second begins where the first really ends, and so on. The times of
/// `selection` count from the start of the first file; its track and channels are those of each file. Without a path, it is a
/// recording without sound.
///
/// With [`Channels::Split`](super::Channels::Split) there are as many streams as the file with the most channels has; in the
/// other files, those that are missing are silent.
///
/// Each file is opened once here and, except for the first, again when it is its turn.
///
/// # Errors
/// As [`open()`], with the path of the file that causes it.
pub fn join(paths: &[PathBuf], selection: Selection) -> Result<Recording, Error> {
    let mut recording = Recording { selection, length: Some(Millis(0)), ..Recording::empty() };
    let (mut first, mut exact) = (None, Some(Millis(0)));
    for path in paths {
        let file = OpenFile::open(path, &selection)?;
        let sum = |all: Option<Millis>, one: Option<Millis>| Some(all? + one?);
        (recording.length, exact) = (sum(recording.length, file.length()), sum(exact, file.exact_length()));
        recording.by_ffmpeg |= file.is_by_ffmpeg();
        recording.streams = recording.streams.max(file.streams());
        recording.layouts.push((path.clone(), file.layout()));
        first.get_or_insert(file);
    }
    if let (Some(end), Some(last)) = (exact, paths.last())
        && end <= selection.from
        && selection.from.0 > 0
    {
        let reason = format!("it ends at {end}, before the start that was asked for");
        return Err(Error::Decode { path: last.clone(), reason, kind: DecodeErrorKind::Other });
    }
    recording.later = paths.iter().skip(1).cloned().collect();
    if let Some(first) = first {
        recording.begin(first)?;
    }
    Ok(recording)
}

/// A recording in progress: [`Recording::read`] waits for what `sound` yields next.
pub fn arriving(sound: impl Iterator<Item = Samples> + Send + 'static) -> Recording {
    Recording { arriving: Some(Box::new(sound)), ..Recording::empty() }
}

impl Recording {
    fn empty() -> Recording {
        Recording {
            file: None,
            arriving: None,
            later: VecDeque::new(),
            offset: 0,
            selection: Selection::default(),
            streams: 1,
            layouts: Vec::new(),
            length: None,
            by_ffmpeg: false,
            keep_level: false,
            only: None,
            mixer: Mixer::default(),
            warnings: Vec::new(),
        }
    }

    /// Whether an end was selected, so that it may end before the recording does.
    pub fn is_part(&self) -> bool {
        self.selection.to.is_some()
    }

    /// Whether [`read`](Self::read) has returned everything.
    pub fn is_ended(&self) -> bool {
        self.file.is_none() && self.arriving.is_none()
    }

    /// The length of the whole recording, according to the containers; `None` if they don't tell.
    pub fn length(&self) -> Option<Millis> {
        self.length
    }

    /// Where [`read`](Self::read) will end, according to the containers; `None` if they don't tell and no end was selected.
    pub fn end(&self) -> Option<Millis> {
        match (self.length, self.selection.to) {
            (Some(length), Some(to)) => Some(length.min(to)),
            (length, to) => length.or(to),
        }
    }

    /// Where the next samples begin.
    pub fn position(&self) -> Millis {
        // What is before the start is read and not returned.
        let begin = if self.file.is_some() { samples_before(self.selection.from) } else { 0 };
        duration(self.next_sample().max(begin).min(self.last_sample()))
    }

    /// Leaves the sound as loud as it was recorded: quiet sound is not made louder. To be called before the first read.
    pub(crate) fn keep_level(&mut self) {
        self.keep_level = true;
    }

    /// Lets [`read`](Self::read) return one of several streams instead of their mix; counted from 0.
    pub(crate) fn read_only(&mut self, stream: usize) {
        self.only = Some(stream);
    }

    /// Whether an installed `ffmpeg` decodes any of it, since this library can't.
    pub fn is_by_ffmpeg(&self) -> bool {
        self.by_ffmpeg
    }

    /// Number of audio tracks of which one can be selected: those of the file with the fewest. 1 without a file.
    ///
    /// Runs `ffmpeg` for files that it decodes.
    pub fn tracks(&self) -> u16 {
        self.layouts().map(|layout| layout.tracks).min().unwrap_or(1)
    }

    /// Number of channels of the selected track: those of the file with the most. 1 without a file.
    ///
    /// Runs `ffmpeg` for files that it decodes.
    pub fn channels(&self) -> u16 {
        self.layouts().map(|layout| layout.channels).max().unwrap_or(1)
    }

    /// The warnings since the last call.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        self.collect_warnings();
        std::mem::take(&mut self.warnings)
    }

    /// The next samples, at most a few seconds, perhaps none; `None` at the end. The first ones begin at [`position`](Self::position),
    /// each further ones where the last ended. If several streams were selected, it is their mix.
    ///
    /// # Errors
    /// [`Error::Decode`] if nothing at all could be decoded; later damage is a [`Warning`]. [`Error::Read`] if the disk
    /// fails, or a later file does not exist any more; what was read until then is valid.
    pub fn read(&mut self) -> Result<Option<Samples>, Error> {
        let Some(mut streams) = self.read_channels()? else { return Ok(None) };
        if let Some(only) = self.only.filter(|only| *only < streams.len()) {
            return Ok(Some(streams.swap_remove(only)));
        }
        Ok(Some(match streams.len() {
            1 => streams.remove(0),
            _ => Samples::from_mono_16k(self.mixer.mix(&streams, RATE)),
        }))
    }

    /// The next samples of each selected stream, as [`read`](Self::read) returns those of one. They all have the same length,
    /// and their number never changes: one for each channel with [`Channels::Split`](super::Channels::Split), else one.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_channels(&mut self) -> Result<Option<Vec<Samples>>, Error> {
        if let Some(sound) = &mut self.arriving {
            let samples = sound.next();
            match &samples {
                Some(samples) => self.offset += samples.len() as u64,
                None => self.arriving = None,
            }
            return Ok(samples.map(|samples| vec![samples]));
        }
        let (begin, end) = (samples_before(self.selection.from), self.last_sample());
        loop {
            let start = self.next_sample();
            let Some(file) = self.file.as_mut().filter(|_| start < end) else { break };
            match file.read(!self.keep_level) {
                Ok(Some(mut streams)) => {
                    let before_end = usize::try_from(end - start).unwrap_or(usize::MAX);
                    let before_begin = usize::try_from(begin.saturating_sub(start)).unwrap_or(usize::MAX);
                    for stream in &mut streams {
                        stream.truncate(before_end);
                        stream.drain(..before_begin.min(stream.len()));
                    }
                    // Also without any: so whoever reads can end that while what is before the start is read.
                    let length = streams.first().map_or(0, Vec::len);
                    streams.resize(self.streams, vec![0.0; length]);
                    return Ok(Some(streams.into_iter().map(Samples::from_mono_16k).collect()));
                }
                Ok(None) => self.next_file()?,
                Err(error @ Error::Read { .. }) => return Err(error),
                Err(error) => {
                    self.skip_file(error)?;
                    self.next_file()?;
                }
            }
        }
        self.close();
        Ok(None)
    }

    fn layouts(&self) -> impl Iterator<Item = Layout> {
        self.layouts.iter().map(|(path, layout)| layout.unwrap_or_else(|| ffmpeg_layout(path, self.selection.track)))
    }

    /// Number of 16 kHz samples before the next one.
    fn next_sample(&self) -> u64 {
        self.offset + self.file.as_ref().map_or(0, OpenFile::position)
    }

    /// Number of 16 kHz samples before the selected end.
    fn last_sample(&self) -> u64 {
        self.selection.to.map_or(u64::MAX, samples_before)
    }

    /// Reads `file` from now on, beginning where the selection begins in it.
    fn begin(&mut self, mut file: OpenFile) -> Result<(), Error> {
        let from = duration(samples_before(self.selection.from).saturating_sub(self.offset));
        if from.0 > 0 {
            file.skip_to(from)?;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Closes the file and begins with the next.
    fn next_file(&mut self) -> Result<(), Error> {
        self.close();
        match self.later.pop_front() {
            Some(path) => self.begin(OpenFile::open(&path, &self.selection)?),
            None => Ok(()),
        }
    }

    fn close(&mut self) {
        self.collect_warnings();
        self.offset = self.next_sample();
        self.file = None;
    }

    /// Turns the error of a file without sound into a warning, unless there is no other file.
    fn skip_file(&mut self, error: Error) -> Result<(), Error> {
        if self.offset == 0 && self.later.is_empty() {
            return Err(error);
        }
        self.collect_warnings();
        let kind = WarningKind::FileSkipped { detail: error.to_string() };
        self.warnings.push(Warning::new(Some(self.position()), kind));
        Ok(())
    }

    /// Takes the warnings of the file, with their times on the recording's clock.
    fn collect_warnings(&mut self) {
        let Some(file) = &mut self.file else { return };
        let before = duration(self.offset);
        for warning in file.take_warnings() {
            let name = || file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (at, file) = (warning.at.map(|at| before + at), (self.layouts.len() > 1).then(name));
            self.warnings.push(Warning { at, file, ..warning });
        }
    }
}
