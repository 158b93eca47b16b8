//! What is done with the saved sound when the session is over: transcribed once more, with a better model, and its voices told apart.

use std::path::PathBuf;
use std::time::Instant;

use super::writer::SessionWriter;
use super::{SessionEvent, tell};
use crate::app::jobs::{Summary, TellApart, recording};
use crate::app::models::SelectedModel;
use crate::app::{AppEvent, CancelToken, JobEvent, Listener, Settings, jobs::JobId};
use crate::audio::Selection;
use crate::speakers::Networks;
use crate::{Error, Event, Millis, Observer, Transcript, pipeline};

/// Replaces the transcript by that of `model`, which is returned; markers and speakers stay. Until that is done, and if it fails, the first
/// transcript stands.
///
/// # Errors
/// Those of the model, of reading the saved sound and of writing.
pub(super) fn refine(
    model: SelectedModel,
    settings: &Settings,
    saved: &[PathBuf],
    writer: &mut SessionWriter,
    cancel: &CancelToken,
    listener: &dyn Listener,
) -> Result<Transcript, Error> {
    tell(listener, SessionEvent::Refining);
    let model = model.load(settings)?;
    let recording = recording::open(saved, Selection::default())?;
    let name = writer.log.header.name.clone();
    let observer = SavedObserver { name: &name, voices: false, cancel, listener };
    let mut recognisers = model.recognisers(settings.transcribe.languages.len() != 1);
    let started = Instant::now();
    let made =
        pipeline::transcribe(recording, &mut recognisers, &settings.transcribe, settings.glossary.as_ref(), &observer);
    let elapsed = started.elapsed();
    let error = made.as_ref().map_or_else(Some, |(_, failure)| failure.as_ref());
    let transcribed = made.as_ref().map_or(Millis(0), |(transcript, _)| transcript.duration);
    observer.tell(JobEvent::Ended { error, transcribed });
    let (mut transcript, failure) = made?;
    failure.map_or(Ok(()), Err)?;
    writer.log.header.model = model.id();
    writer.log.complete(&mut transcript);
    writer.write(&transcript)?;
    let times = [transcript.duration, Millis(0)];
    let summary = Summary::new(&name, &transcript, times, elapsed, writer.existing_files());
    tell(listener, SessionEvent::Transcribed { summary: &summary, captions: None });
    Ok(transcript)
}

/// Tells the voices of the saved sound apart and writes the transcript again, unless somebody said by keys who speaks.
///
/// # Errors
/// [`Error::Cancelled`], and those of reading the saved sound and of writing; the transcript without speakers stands then.
pub(super) fn tell_voices_apart(
    networks: &Networks,
    settings: &Settings,
    saved: &[PathBuf],
    transcript: &mut Transcript,
    writer: &mut SessionWriter,
    (cancel, listener): (&CancelToken, &dyn Listener),
) -> Result<(), Error> {
    if transcript.segments.is_empty() || !transcript.speakers().is_empty() {
        return Ok(());
    }
    let recording = recording::open(saved, Selection::default())?;
    let name = writer.log.header.name.clone();
    let observer = SavedObserver { name: &name, voices: true, cancel, listener };
    let (count, threads) = (settings.known.count(), settings.threads);
    let told = TellApart { networks, count, threads, observer: &observer }.tell(recording, transcript);
    observer.tell(JobEvent::Ended { error: told.as_ref().err(), transcribed: transcript.duration });
    if told? {
        writer.write(transcript)?;
        let count = transcript.speakers().len();
        tell(listener, SessionEvent::SpeakersFound { count });
    }
    Ok(())
}

struct SavedObserver<'a> {
    name: &'a str,
    /// Voices are told apart, not words recognised.
    voices: bool,
    cancel: &'a CancelToken,
    listener: &'a dyn Listener,
}

impl SavedObserver<'_> {
    fn tell(&self, event: JobEvent<'_>) {
        self.listener.event(&AppEvent::Job { id: JobId(0), name: self.name, event });
    }
}

impl Observer for SavedObserver<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Opened(end) => self.tell(JobEvent::Opened { begin: Millis(0), end }),
            Event::Reached(position) if self.voices => self.tell(JobEvent::TellingSpeakersApart { position }),
            Event::Reached(position) => self.tell(JobEvent::Progress { position, resumed: false }),
            Event::Warning(warning) => self.tell(JobEvent::Warning(warning)),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
