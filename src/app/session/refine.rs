//! The saved sound once more, with a better model, when there is time.

use std::path::PathBuf;
use std::time::Instant;

use super::writer::SessionWriter;
use super::{SessionEvent, tell};
use crate::app::jobs::{Summary, recording};
use crate::app::models::SelectedModel;
use crate::app::{AppEvent, CancelToken, JobEvent, Listener, Settings, jobs::JobId};
use crate::audio::Selection;
use crate::{Error, Event, Millis, Observer, pipeline};

/// Replaces the transcript by that of `model`; markers and speakers stay. Until that is done, and if it fails, the first
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
) -> Result<(), Error> {
    let model = model.load(settings)?;
    let recording = recording::open(saved, Selection::default())?;
    let name = writer.log.header.name.clone();
    let observer = RefineObserver { name: &name, cancel, listener };
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
    Ok(())
}

struct RefineObserver<'a> {
    name: &'a str,
    cancel: &'a CancelToken,
    listener: &'a dyn Listener,
}

impl RefineObserver<'_> {
    fn tell(&self, event: JobEvent<'_>) {
        self.listener.event(&AppEvent::Job { id: JobId(0), name: self.name, event });
    }
}

impl Observer for RefineObserver<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Opened(end) => self.tell(JobEvent::Opened { begin: Millis(0), end }),
            Event::Reached(position) => self.tell(JobEvent::Progress { position, resumed: false }),
            Event::Warning(warning) => self.tell(JobEvent::Warning(warning)),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
