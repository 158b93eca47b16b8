//! Jobs of several tracks: the tracks one after the other, each like a recording of its own, then all of them as one transcript.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::slice;
use std::sync::Mutex;

use super::observer::{JobObserver, TrackObserver, of_file};
use super::recording;
use super::run::Run;
use crate::app::store::{file_name, stem, text_of};
use crate::app::{Align, CancelToken, KnownSpeakers, Settings};
use crate::audio::{Channels, Recording, Selection};
use crate::import::Voices;
use crate::multitrack::{self, Clock, Levels, Measured, Track, TrackNames, Unaligned, track_names};
use crate::wording::{self, Language};
use crate::{
    CheckpointRecord, Completeness, Error, Event, Millis, Observer as _, PartialReason, SpeakerId, TrackId, Transcript,
    Warning, WarningKind,
};

/// What is to be transcribed.
pub(super) enum Sound {
    /// A recording as it is, and what a reader must know.
    Whole(Box<Recording>, Vec<Warning>),
    /// Several tracks.
    Tracks(Tracks),
}

/// The tracks of a job.
#[derive(Default)]
pub(super) struct Tracks {
    tracks: Vec<OpenTrack>,
    names: BTreeMap<SpeakerId, String>,
    /// What a reader must know.
    warnings: Vec<Warning>,
    /// Why some can't be read.
    errors: Vec<Error>,
    by_ffmpeg: bool,
}

/// A track that can be transcribed.
struct OpenTrack {
    parts: Vec<PathBuf>,
    selection: Selection,
    /// The stream that is read of several.
    stream: Option<usize>,
    /// The name of its file, if the tracks have several.
    file: Option<String>,
    speaker: Option<SpeakerId>,
    clock: Clock,
    levels: Levels,
}

/// A transcript, and what went wrong.
pub(super) type Made = (Transcript, Vec<Error>);

impl Sound {
    /// The recording in `parts` with these settings.
    ///
    /// # Errors
    /// Those of [`audio::open`](crate::audio::open).
    pub(super) fn open(parts: &[PathBuf], settings: &Settings, cancel: &CancelToken) -> Result<Sound, Error> {
        let selection = settings.selection();
        match selection.channels {
            Channels::Split => split(parts, settings, cancel),
            _ => Ok(Sound::Whole(Box::new(recording::open(parts, selection)?), Vec::new())),
        }
    }

    /// Whether an installed ffmpeg decodes any of it.
    pub(super) fn is_by_ffmpeg(&self) -> bool {
        match self {
            Sound::Whole(recording, _) => recording.is_by_ffmpeg(),
            Sound::Tracks(tracks) => tracks.by_ffmpeg,
        }
    }

    /// Where what is transcribed begins.
    pub(super) fn begin(&self, settings: &Settings) -> Millis {
        let from = settings.selection().from;
        match self {
            Sound::Whole(recording, _) => recording.position().max(from),
            Sound::Tracks(_) => from,
        }
    }

    /// Transcribes all of it.
    ///
    /// # Errors
    /// An error without a transcript if nothing was finished.
    pub(super) fn transcribe(
        self,
        run: &Run<'_, '_>,
        records: Vec<(usize, CheckpointRecord)>,
        observer: &JobObserver<'_, '_>,
    ) -> Result<Made, Error> {
        let settings = &run.queued.settings;
        match self {
            Sound::Whole(recording, warnings) => {
                warnings.iter().for_each(|warning| observer.event(Event::Warning(warning)));
                let records = records.into_iter().map(|(_, record)| record).collect();
                let (workers, glossary) = (run.queue.workers, settings.glossary.as_ref());
                let made = workers.transcribe(*recording, &settings.transcribe, glossary, records, observer);
                let (mut transcript, failure) = made?;
                transcript.warnings.splice(0..0, warnings);
                Ok((transcript, Vec::from_iter(failure)))
            }
            Sound::Tracks(tracks) => tracks.transcribe(run, records, observer),
        }
    }

    /// The tracks in `files`, one for each person. One that can't be read is left out, and told.
    pub(super) fn open_tracks(files: &[PathBuf], settings: &Settings, cancel: &CancelToken) -> Sound {
        let whole = Selection { from: Millis(0), to: None, channels: Channels::Mix, ..settings.selection() };
        let stems: Vec<String> = files.iter().map(|file| text_of(stem(file))).collect();
        let TrackNames { names, of_call } = track_names(&stems);
        let given = |file: &PathBuf| settings.known.of_file(file);
        let names: Vec<Option<&str>> =
            files.iter().zip(&names).map(|(file, name)| given(file).or(name.as_deref())).collect();
        let (speakers, names) = speakers(&names);
        let mut tracks = Tracks { names, ..Tracks::default() };
        for (at, file) in files.iter().enumerate() {
            let name = file_name(file);
            let mut warn = |kind| tracks.warnings.push(Warning { at: None, file: Some(name.clone()), kind });
            let first = (0..at).find(|other| speakers[*other] == speakers[at]);
            first.into_iter().for_each(|other| warn(WarningKind::SpeakerShared { of: file_name(&files[other]) }));
            let levels = match recording::open(slice::from_ref(file), whole) {
                Ok(recording) => {
                    tracks.by_ffmpeg |= recording.is_by_ffmpeg();
                    multitrack::measure(recording, &|| cancel.is_cancelled()).levels.pop().unwrap_or_default()
                }
                Err(error) => {
                    warn(WarningKind::TrackMissing { detail: error.to_string() });
                    tracks.errors.push(error);
                    continue;
                }
            };
            if levels.length() > Millis(0) && levels.is_silent() {
                warn(WarningKind::NothingHeard);
            }
            let clock = Clock { offset: settings.known.offset(file).unwrap_or_default(), drift: 0.0 };
            let (parts, speaker, file) = (vec![file.clone()], speakers[at], Some(name));
            tracks.tracks.push(OpenTrack { parts, selection: whole, stream: None, file, speaker, clock, levels });
        }
        let align = settings.known.aligns(of_call.contains(&true));
        if align != Align::Never && !cancel.is_cancelled() {
            tracks.align(align, &settings.known);
        }
        tracks.set_clock(settings.selection());
        Sound::Tracks(tracks)
    }
}

/// The channels of a recording as tracks.
fn split(parts: &[PathBuf], settings: &Settings, cancel: &CancelToken) -> Result<Sound, Error> {
    let selection = settings.selection();
    let recording = recording::open(parts, selection)?;
    let by_ffmpeg = recording.is_by_ffmpeg();
    let mixed = |kind| {
        let recording = recording::open(parts, Selection { channels: Channels::Mix, ..selection })?;
        Ok(Sound::Whole(Box::new(recording), vec![Warning::new(None, kind)]))
    };
    let Measured { levels, same_as } = multitrack::measure(recording, &|| cancel.is_cancelled());
    let channels = levels.len() as u64;
    match channels {
        // What can't be read is told by who transcribes it.
        0 => return Ok(Sound::Whole(Box::new(recording::open(parts, selection)?), Vec::new())),
        1 => return mixed(WarningKind::SingleChannel),
        _ if same_as.iter().all(|first| *first == 0) => return mixed(WarningKind::ChannelsAlike { channels }),
        _ => {}
    }
    let names: Vec<Option<&str>> = (1..=levels.len()).map(|number| settings.known.of_channel(number)).collect();
    let (speakers, names) = speakers(&names);
    let mut tracks = Tracks { names, by_ffmpeg, ..Tracks::default() };
    for (at, levels) in levels.into_iter().enumerate() {
        let channel = at as u64 + 1;
        if levels.is_silent() {
            tracks.warnings.push(Warning::new(None, WarningKind::ChannelSilent { channel }));
        } else if same_as[at] != at {
            let of = same_as[at] as u64 + 1;
            tracks.warnings.push(Warning::new(None, WarningKind::ChannelRepeated { channel, of }));
        } else {
            // Of several files, some may have fewer channels.
            let (channels, stream) =
                if parts.len() > 1 { (Channels::Split, Some(at)) } else { (Channels::Only(at as u16 + 1), None) };
            let selection = Selection { channels, ..selection };
            let (parts, clock, speaker) = (parts.to_vec(), Clock::default(), speakers[at]);
            tracks.tracks.push(OpenTrack { parts, selection, stream, file: None, speaker, clock, levels });
        }
    }
    Ok(Sound::Tracks(tracks))
}

/// Numbers for speakers with these names, and the names of those who have one. Who has none gets the number of the track, if it
/// is free. One name is one speaker.
fn speakers(names: &[Option<&str>]) -> (Vec<Option<SpeakerId>>, BTreeMap<SpeakerId, String>) {
    let unnamed = |at: usize| wording::speaker(at as u16 + 1, Language::English);
    let names: Vec<String> =
        (0..).zip(names).map(|(at, name)| name.map_or_else(|| unnamed(at), str::to_owned)).collect();
    let mut voices = Voices::default();
    names.iter().for_each(|name| voices.meet(name));
    let ids = names.iter().map(|name| voices.id(name)).collect();
    (ids, voices.names())
}

impl OpenTrack {
    /// Where what is transcribed of it ends, on its own clock.
    fn end(&self) -> Millis {
        self.levels.length().min(self.selection.to.unwrap_or(Millis(u64::MAX)))
    }

    /// How much of it is transcribed, in seconds.
    fn work(&self) -> f64 {
        (self.end() - self.selection.from).seconds()
    }

    /// What is recorded of it; `None` for a channel.
    fn id(&self) -> Option<TrackId> {
        let (file, drift) = (self.file.clone()?, (self.clock.drift * 1000.0).round() as i64);
        Some(TrackId { file, speaker: self.speaker, start: self.clock.time(Millis(0)), drift })
    }

    /// Transcribes it like a recording of its own.
    fn transcribe(
        &self,
        run: &Run<'_, '_>,
        records: Vec<CheckpointRecord>,
        observer: &TrackObserver<'_, '_, '_>,
    ) -> Result<(Transcript, Option<Error>), Error> {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        // It may be over before the part begins that was asked for.
        if self.selection.from > Millis(0) && self.end() <= self.selection.from {
            return Ok((Transcript { duration: self.levels.length(), ..Transcript::default() }, None));
        }
        let settings = &run.queued.settings;
        let (workers, glossary) = (run.queue.workers, settings.glossary.as_ref());
        workers.transcribe(self.open()?, &settings.transcribe, glossary, records, observer)
    }

    fn open(&self) -> Result<Recording, Error> {
        let mut recording = recording::open(&self.parts, self.selection)?;
        if let Some(stream) = self.stream {
            recording.read_only(stream);
        }
        Ok(recording)
    }
}

/// Tracks that lie less apart, in seconds, may begin together, and what is heard in both be an echo.
const ECHO: f64 = 1.0;

impl Tracks {
    /// Finds by their sound how tracks lie in time whose offset was not given.
    fn align(&mut self, align: Align, known: &KnownSpeakers) {
        let given = |track: &OpenTrack| known.offset(&track.parts[0]).map(|_| track.clock);
        let opens: Vec<_> = self.tracks.iter().map(|track| || track.open()).collect();
        let unaligned: Vec<Unaligned<'_>> = (self.tracks.iter().zip(&opens))
            .map(|(track, open)| Unaligned { levels: &track.levels, open, clock: given(track) })
            .collect();
        let found = multitrack::align(&unaligned);
        let is_far = |clock: &Clock| clock.offset.abs() > ECHO;
        if align == Align::FarApart && !found.iter().flatten().any(is_far) {
            return;
        }
        for (track, clock) in self.tracks.iter_mut().zip(found) {
            match clock {
                Some(clock) => track.clock = clock,
                None if track.levels.is_silent() => {}
                None => {
                    let kind = WarningKind::TrackUnaligned;
                    self.warnings.push(Warning { at: None, file: track.file.clone(), kind });
                }
            }
        }
    }

    /// Makes the clock of the track that begins first that of the conversation, and selects in each the same part of it.
    fn set_clock(&mut self, part: Selection) {
        let first = self.tracks.iter().map(|track| track.clock).min_by(|a, b| a.offset.total_cmp(&b.offset));
        let first = first.unwrap_or_default();
        for track in &mut self.tracks {
            track.clock = track.clock.relative_to(&first);
            let (from, to) = (track.clock.local(part.from), part.to.map(|to| track.clock.local(to)));
            track.selection = Selection { from, to, ..track.selection };
        }
    }

    fn transcribe(
        self,
        run: &Run<'_, '_>,
        records: Vec<(usize, CheckpointRecord)>,
        observer: &JobObserver<'_, '_>,
    ) -> Result<Made, Error> {
        let Tracks { tracks, names, mut warnings, mut errors, .. } = self;
        warnings.iter().for_each(|warning| observer.event(Event::Warning(warning)));
        let total = tracks.iter().map(OpenTrack::work).sum::<f64>().max(0.001);
        let end = tracks.iter().map(|track| track.clock.time(track.end())).max().unwrap_or_default();
        observer.event(Event::Opened(Some(end)));
        let (told, mut before) = (Mutex::new(warnings.clone()), 0.0);
        let (mut made, mut ids, mut not_begun) = (Vec::new(), Vec::new(), false);
        for (number, track) in tracks.into_iter().enumerate() {
            let records = records.iter().filter(|(of, _)| *of == number).map(|(_, record)| record.clone()).collect();
            let (begin, length) = (track.selection.from, end - observer.begin());
            let file = track.file.as_deref();
            let observer = TrackObserver {
                job: observer,
                track: number,
                file,
                begin,
                before,
                share: 1.0 / total,
                length,
                told: &told,
            };
            before += track.work() / total;
            ids.extend(track.id());
            match track.transcribe(run, records, &observer) {
                Ok((mut transcript, failure)) => {
                    errors.extend(failure);
                    transcript.warnings.iter_mut().for_each(|warning| *warning = of_file(warning, file));
                    made.push(Track { transcript, speaker: track.speaker, clock: track.clock, levels: track.levels });
                }
                Err(error) => {
                    not_begun |= matches!(error, Error::Cancelled);
                    let kind = WarningKind::TrackMissing { detail: error.to_string() };
                    warnings.push(of_file(&Warning::new(None, kind), file));
                    errors.push(error);
                }
            }
        }
        once(&mut errors);
        if made.is_empty() {
            return Err(errors.pop().unwrap_or(Error::Cancelled));
        }
        let mut transcript = multitrack::merge(made);
        transcript.warnings.splice(0..0, warnings);
        if not_begun {
            let (until, reason) = (observer.begin(), PartialReason::Interrupted);
            transcript.completeness = Completeness::Partial { until, reason };
        }
        transcript.recording.tracks = ids;
        let speaking = transcript.speakers();
        transcript.names = names.into_iter().filter(|(id, _)| speaking.contains(id)).collect();
        Ok((transcript, errors))
    }
}

/// Each error once: all channels of a file tell the same.
fn once(errors: &mut Vec<Error>) {
    let mut told = Vec::new();
    errors.retain(|error| {
        let text = error.to_string();
        let is_new = !told.contains(&text);
        told.push(text);
        is_new
    });
}
