//! What a job transcribes: a recording as it is, its channels, or several files as tracks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::slice;

use super::observer::JobObserver;
use super::recording;
use super::run::Run;
use super::tracks::{OpenTrack, Tracks, missing};
use crate::app::store::checkpoint::TrackRecord;
use crate::app::store::{file_name, stem, text_of};
use crate::app::{Align, CancelToken, Settings};
use crate::audio::{Channels, Recording, Selection};
use crate::import::Voices;
use crate::multitrack::{self, Clock, Measured, TrackNames, track_names};
use crate::wording::{self, Language};
use crate::{DecodeErrorKind, Error, Event, Millis, Observer as _, SpeakerId, Transcript, Warning, WarningKind};

/// What is to be transcribed.
pub(super) enum Sound {
    /// A recording as it is, and what a reader must know.
    Whole(Box<Recording>, Vec<Warning>),
    /// Several tracks.
    Tracks(Tracks),
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
        records: Vec<TrackRecord>,
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
                    warn(missing(&error).kind);
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
    let named = settings.known.last_channel();
    if u64::from(named) > channels {
        let reason = format!("there is no channel {named} to be named: the track has {channels}");
        return Err(Error::Decode { path: parts[0].clone(), reason, kind: DecodeErrorKind::NoSuchChannel });
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
