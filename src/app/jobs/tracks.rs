//! Jobs of several tracks: the tracks one after the other, each like a recording of its own, then all of them as one transcript.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use super::observer::{JobObserver, TrackObserver, of_file};
use super::recording;
use super::run::Run;
use super::sound::Made;
use crate::app::store::checkpoint::TrackRecord;
use crate::app::{Align, JobEvent, KnownSpeakers};
use crate::audio::{Recording, Selection};
use crate::multitrack::{self, Clock, Levels, Track, Unaligned};
use crate::{
    CheckpointRecord, Completeness, Error, Event, Millis, Observer as _, PartialReason, SpeakerId, TrackId, Transcript,
    Warning, WarningKind,
};

/// The tracks of a job.
#[derive(Default)]
pub(super) struct Tracks {
    pub(super) tracks: Vec<OpenTrack>,
    pub(super) names: BTreeMap<SpeakerId, String>,
    /// What a reader must know.
    pub(super) warnings: Vec<Warning>,
    /// Why some can't be read.
    pub(super) errors: Vec<Error>,
    /// Whether their clocks were found by their sound.
    pub(super) aligned: bool,
    pub(super) by_ffmpeg: bool,
}

/// A track that can be transcribed.
pub(super) struct OpenTrack {
    pub(super) parts: Vec<PathBuf>,
    pub(super) selection: Selection,
    /// The stream that is read of several.
    pub(super) stream: Option<usize>,
    /// The name of its file, if the tracks have several.
    pub(super) file: Option<String>,
    pub(super) speaker: Option<SpeakerId>,
    pub(super) clock: Clock,
    pub(super) levels: Levels,
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
        let is_silent = self.levels.length() > Millis(0) && self.levels.is_silent();
        // It may be over before the part begins that was asked for.
        if is_silent || self.selection.from > Millis(0) && self.end() <= self.selection.from {
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
    pub(super) fn align(&mut self, align: Align, known: &KnownSpeakers) {
        let given = |track: &OpenTrack| known.offset(&track.parts[0]).map(|_| track.clock);
        let opens: Vec<_> = self.tracks.iter().map(|track| || track.open()).collect();
        let unaligned: Vec<Unaligned<'_>> = (self.tracks.iter().zip(&opens))
            .map(|(track, open)| Unaligned { levels: &track.levels, open, clock: given(track) })
            .collect();
        let found = multitrack::align(&unaligned);
        let is_far = |(at, clock): (&Unaligned<'_>, &Option<Clock>)| {
            at.clock.is_none() && clock.is_some_and(|clock| clock.offset.abs() > ECHO)
        };
        if align == Align::FarApart && !unaligned.iter().zip(&found).any(is_far) {
            return;
        }
        self.aligned = true;
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
    pub(super) fn set_clock(&mut self, part: Selection) {
        let first = self.tracks.iter().map(|track| track.clock).min_by(|a, b| a.offset.total_cmp(&b.offset));
        let first = first.unwrap_or_default();
        for track in &mut self.tracks {
            track.clock = track.clock.relative_to(&first);
            let (from, to) = (track.clock.local(part.from), part.to.map(|to| track.clock.local(to)));
            track.selection = Selection { from, to, ..track.selection };
        }
    }

    /// Transcribes one after the other.
    ///
    /// # Errors
    /// An error without a transcript if nothing was finished.
    pub(super) fn transcribe(
        self,
        run: &Run<'_, '_>,
        records: Vec<TrackRecord>,
        observer: &JobObserver<'_, '_>,
    ) -> Result<Made, Error> {
        self.tell_aligned(run);
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
            let (job, share, told) = (observer, 1.0 / total, &told);
            let observer = TrackObserver { job, track: number, file, begin, before, share, length, told };
            before += track.work() / total;
            ids.extend(track.id());
            match track.transcribe(run, records, &observer) {
                Ok((mut transcript, failure)) => {
                    errors.extend(failure);
                    transcript.warnings.iter_mut().for_each(|warning| *warning = of_file(warning, file));
                    made.push(Track { transcript, speaker: track.speaker, clock: track.clock, levels: track.levels });
                }
                Err(error) => {
                    match error {
                        Error::Cancelled => not_begun = true,
                        _ => warnings.push(of_file(&missing(&error), file)),
                    }
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

    /// Tells how the tracks lie in time, if that was found.
    fn tell_aligned(&self, run: &Run<'_, '_>) {
        for TrackId { file, start, drift, .. } in self.tracks.iter().filter(|_| self.aligned).filter_map(OpenTrack::id)
        {
            run.tell(JobEvent::TrackAligned { file: &file, start, drift: drift as f64 / 1000.0 });
        }
    }
}

/// That a track could not be transcribed.
pub(super) fn missing(error: &Error) -> Warning {
    Warning::new(None, WarningKind::TrackMissing { detail: error.to_string() })
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
