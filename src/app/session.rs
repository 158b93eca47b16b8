//! Live sessions: sound in, captions out while people speak, and the files of the transcript.
//!
//! Three threads beside those of the library's session: `capture` has the sound and its clock, `writer` has the disk, and the
//! caller's thread runs the session and passes on what it gives.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Zoned;

use self::capture::{Capture, Captured};
use self::log::{Entry, Header, VERSION};
use self::source::AudioSource;
use self::writer::SessionWriter;
use super::jobs::{CaptionReport, Summary, identify};
use super::models::{LoadedModel, SelectedModel};
use super::store::{Key, file_name, is_name};
use super::{AppEvent, CancelToken, Listener, Outcome, Settings};
use crate::audio::Saver;
use crate::live::{SessionUpdate, State, session};
use crate::speakers::Networks;
use crate::{Error, Event, Millis, Observer, PartialReason, RecordingId, Transcript};

mod capture;
mod event;
mod log;
mod recovery;
mod refine;
mod source;
mod writer;

pub use capture::{Action, Status};
pub use event::SessionEvent;
pub use recovery::{journal_of, journal_pattern, recover, recover_all};
pub use source::microphones;
#[cfg(not(feature = "microphone"))]
pub use source::no_microphones;

/// Cores for a session whose settings allow so many: two workers for captions and one for the transcript, or one each.
pub fn threads(allowed: Option<u16>) -> u16 {
    if allowed == Some(1) { 2 } else { 3 }
}

fn tell(listener: &dyn Listener, event: SessionEvent<'_>) {
    listener.event(&AppEvent::Session(event));
}

/// What a session is made of.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// Folder of the files; empty: the current one.
    pub folder: PathBuf,
    /// Name of the files without extension; `None`: `live-` with date and time.
    pub name: Option<String>,
    /// Name of the microphone or a part of it; `None`: the system's default.
    pub device: Option<String>,
    /// A recording in place of the microphone; `-`: raw sound from standard input.
    pub input: Option<PathBuf>,
    /// How fast that recording plays, in times real time; 0: as fast as the captions can.
    pub speed: Option<f64>,
    /// File to save the sound to; `None`: it is not saved.
    pub save_audio: Option<PathBuf>,
    /// What the speakers 1, 2, … are called whom [`Action::Speaker`] names.
    pub names: Vec<String>,
}

/// Cancels the phases of a session one by one.
#[derive(Clone, Debug, Default)]
pub struct SessionTokens {
    /// Ends the capture; the transcript is finished then.
    pub capture: CancelToken,
    /// Leaves what is missing of the transcript to the captions.
    pub finish: CancelToken,
    /// Leaves the first transcript as it is, where the saved sound is transcribed once more.
    pub refine: CancelToken,
    /// Leaves its voices as they are.
    pub voices: CancelToken,
}

/// A session whose files are reserved, and whose model and source are not open yet. Dropping it gives the files up.
pub struct PreparedSession {
    options: SessionOptions,
    settings: Settings,
    writer: Option<SessionWriter>,
    /// Why it can't be recovered on its own if it is killed; `None`: it can.
    no_key: Option<Error>,
}

impl PreparedSession {
    /// Reserves the files of a session with this model.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Busy`], [`Error::Write`], [`Error::Model`].
    pub fn new(options: SessionOptions, settings: Settings, model: &SelectedModel) -> Result<PreparedSession, Error> {
        let folder = &options.folder;
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
        }
        let name = options.name.clone().unwrap_or_else(|| Zoned::now().strftime("live-%Y-%m-%d-%H%M%S").to_string());
        if !is_name(&name) {
            let source = std::io::Error::other("it is no name of a file");
            return Err(Error::Write { path: name.into(), source });
        }
        let recording_name = options.save_audio.as_deref().map_or_else(|| name.clone(), file_name);
        let header = Header {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").into(),
            name,
            formats: settings.formats.iter().map(ToString::to_string).collect(),
            words: settings.words,
            captions: settings.style.captions,
            model: model.id(),
            settings: settings.transcribe.clone(),
            recording: RecordingId { name: recording_name, ..RecordingId::default() },
            names: options.names.clone(),
        };
        let (key, no_key) = Key::of_user().map_or_else(|error| (None, Some(error)), |key| (Some(key), None));
        let writer = SessionWriter::begin(folder, header, key, settings.overwrite, &settings.inputs)?;
        Ok(PreparedSession { options, settings, writer: Some(writer), no_key })
    }

    /// Loads the model and opens the source. If the sound is saved, its voices are told apart at the end, as the settings ask.
    ///
    /// # Errors
    /// Those of the models, of the microphone and of the file for the sound.
    pub fn open(mut self, model: SelectedModel, listener: &dyn Listener) -> Result<Session, Error> {
        let SessionOptions { device, input, speed, save_audio, .. } = &self.options;
        let open = |input| AudioSource::open(device.as_deref(), input, speed.unwrap_or(1.0));
        // A recording that can't be opened is known before the model is loaded; a microphone listens as soon as it is open.
        let recording = input.as_deref().map(|input| open(Some(input))).transpose()?;
        let mut model = model.load(&self.settings)?;
        if save_audio.is_some() {
            model = model.with_networks(&self.settings, listener)?;
        }
        let source = recording.map_or_else(|| open(None), Ok)?;
        // Last, for the file would be in the way of the next try.
        let saver = save_audio.as_deref().map(Saver::create).transpose()?;
        let Some(mut writer) = self.writer.take() else { return Err(Error::Cancelled) };
        writer.started(Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        let (to_capture, actions) = channel();
        let status = Status { recording: saver.is_some(), ..Status::default() };
        let controls = Controls { to_capture, status: Arc::new(Mutex::new(status)) };
        let (options, settings, no_key) =
            (std::mem::take(&mut self.options), self.settings.clone(), self.no_key.take());
        Ok(Session { options, settings, model, source, saver, writer, no_key, controls, actions })
    }
}

impl Drop for PreparedSession {
    fn drop(&mut self) {
        self.writer.take().into_iter().for_each(SessionWriter::close);
    }
}

/// Controls a running session from other threads.
#[derive(Clone)]
pub struct Controls {
    to_capture: Sender<Action>,
    status: Arc<Mutex<Status>>,
}

impl Controls {
    /// Carries out an action; ignored when the session is over.
    pub fn act(&self, action: Action) {
        let _ = self.to_capture.send(action);
    }

    /// The state of the session now.
    pub fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A session that is ready to run.
pub struct Session {
    options: SessionOptions,
    settings: Settings,
    model: LoadedModel,
    source: AudioSource,
    saver: Option<Saver>,
    writer: SessionWriter,
    no_key: Option<Error>,
    controls: Controls,
    actions: Receiver<Action>,
}

/// What is left when all threads of a session have ended.
struct Ended {
    made: Result<(Transcript, Option<Error>), Error>,
    captured: Captured,
    /// `None`: the writer has crashed.
    writer: Option<SessionWriter>,
    /// What tells the voices of the saved sound apart.
    networks: Option<Networks>,
    elapsed: Duration,
}

impl Session {
    /// Controls for this session.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Runs the session to its end. With `refine`, the saved sound is transcribed again by that model.
    pub fn run(
        self,
        refine: Option<(SelectedModel, Settings)>,
        tokens: &SessionTokens,
        listener: &dyn Listener,
    ) -> Outcome {
        self.no_key.iter().for_each(|error| listener.event(&AppEvent::NoKey(error)));
        let settings = self.settings.clone();
        let mut ended = self.capture_and_transcribe(tokens, listener);
        tell(listener, SessionEvent::TranscriptEnded);
        if let Ended { captured: Captured { is_empty: true, error: Some(error), saved }, writer, .. } = &mut ended {
            // A transcript of nothing would look like one of silence.
            listener.event(&AppEvent::Failed(error));
            saved.iter().for_each(|file| drop(std::fs::remove_file(file)));
            writer.take().into_iter().for_each(SessionWriter::close);
            return Outcome::Failed;
        }
        let networks = ended.networks.take();
        let (mut writer, mut transcript, saved, end) = match write_transcript(ended, &settings, listener) {
            Ok(written) => written,
            Err(error) => {
                listener.event(&AppEvent::Failed(&error));
                return Outcome::Failed;
            }
        };
        // Whoever leaves the text as it is still has its voices told apart.
        let mut voices = end == Outcome::Done;
        let end = match refine {
            Some((model, settings)) if end == Outcome::Done => {
                match refine::refine(model, &settings, &saved, &mut writer, &tokens.refine, listener) {
                    Ok(refined) => {
                        transcript = refined;
                        Outcome::Done
                    }
                    Err(error) => {
                        voices = matches!(error, Error::Cancelled);
                        after_failure(&error, SessionEvent::RefineFailed, listener)
                    }
                }
            }
            Some(_) => {
                tell(listener, SessionEvent::NotRefined);
                end
            }
            None => end,
        };
        let end = match &networks {
            Some(networks) if voices && !saved.is_empty() && !tokens.voices.is_cancelled() => {
                let to = (&tokens.voices, listener);
                match refine::tell_voices_apart(networks, &settings, &saved, &mut transcript, &mut writer, to) {
                    Ok(()) => end,
                    Err(error) => after_failure(&error, SessionEvent::VoicesFailed, listener),
                }
            }
            _ => end,
        };
        writer.close();
        end
    }

    /// Runs all threads until the transcript is finished. The model is released, for its memory may be needed for a better one.
    fn capture_and_transcribe(self, tokens: &SessionTokens, listener: &dyn Listener) -> Ended {
        let Session { options, settings, model, source, saver, writer, controls, actions, .. } = self;
        tell(listener, SessionEvent::Listening { source: &source.name() });
        let (feed, session) = session();
        let session = session.with_glossary(settings.glossary.clone());
        let (entries, to_writer) = channel();
        let capture = Capture {
            source,
            feed,
            saver,
            entries: entries.clone(),
            actions,
            status: &controls.status,
            listener,
            stop: &tokens.capture,
            captured: Captured::default(),
        };
        let in_step = options.speed == Some(0.0);
        let started = Instant::now();
        let (made, captured, writer) = thread::scope(|scope| {
            let writer = scope.spawn(|| writer.run(to_writer, listener));
            let capture = scope.spawn(|| {
                let captured = capture.run();
                tell(listener, SessionEvent::State(State::Ended));
                tell(listener, SessionEvent::CaptureEnded);
                controls.status.lock().unwrap_or_else(PoisonError::into_inner).state = State::Ended;
                captured
            });
            let observer = TranscriptObserver { entries: Mutex::new(entries.clone()), cancel: &tokens.finish };
            let recognisers = model.live_recognisers(settings.transcribe.languages.len() != 1);
            let made = session.run(recognisers, &settings.transcribe, in_step, &observer, &mut |update| match update {
                SessionUpdate::Caption(caption) => tell(listener, SessionEvent::Caption(caption)),
                SessionUpdate::TranscriptFailed => tell(listener, SessionEvent::TranscriptFailed),
                SessionUpdate::Line(line) => drop(entries.send(Entry::Line(line.clone()))),
            });
            drop((observer, entries));
            let crashed = |_| Captured { error: Some(internal_error("while it listened")), ..Captured::default() };
            (made, capture.join().unwrap_or_else(crashed), writer.join().ok())
        });
        Ended { made, captured, writer, networks: model.into_networks(), elapsed: started.elapsed() }
    }
}

/// Tells that something failed after the transcript was written, which stays as it is.
fn after_failure(error: &Error, event: SessionEvent<'_>, listener: &dyn Listener) -> Outcome {
    listener.event(&AppEvent::Failed(error));
    tell(listener, event);
    if matches!(error, Error::Cancelled) { Outcome::Cancelled } else { Outcome::Failed }
}

fn internal_error(when: &str) -> Error {
    Error::Recognise(format!("internal error {when}"))
}

/// Passes the pieces of the transcript to the writer.
struct TranscriptObserver<'a> {
    entries: Mutex<Sender<Entry>>,
    cancel: &'a CancelToken,
}

impl Observer for TranscriptObserver<'_> {
    fn event(&self, event: Event<'_>) {
        if let (Event::Checkpoint(record), Ok(entries)) = (event, self.entries.lock()) {
            let _ = entries.send(Entry::Record(record.clone()));
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Writes the transcript of a session that has ended. Gives the writer, the transcript and the files of the sound.
///
/// # Errors
/// If it could not be written; the journal stays, from which the files can be recovered.
fn write_transcript(
    ended: Ended,
    settings: &Settings,
    listener: &dyn Listener,
) -> Result<(SessionWriter, Transcript, Vec<PathBuf>, Outcome), Error> {
    let Ended { made, captured, writer, elapsed, .. } = ended;
    let Some(mut writer) = writer else { return Err(internal_error("while it wrote")) };
    let (mut transcript, mut end) = match made {
        Ok((mut transcript, None)) => {
            writer.log.complete(&mut transcript);
            (transcript, Outcome::Done)
        }
        Ok((_, Some(Error::Cancelled))) | Err(Error::Cancelled) => {
            (writer.log.partial(PartialReason::SessionUnfinished), Outcome::Cancelled)
        }
        Ok((_, Some(error))) | Err(error) => {
            listener.event(&AppEvent::Failed(&error));
            (writer.log.partial(PartialReason::Failed(error.to_string())), Outcome::Failed)
        }
    };
    let identified = identify_saved(&captured.saved, &mut writer, &mut transcript).err();
    for error in captured.error.iter() {
        listener.event(&AppEvent::Failed(error));
        end = Outcome::Failed;
    }
    identified.iter().for_each(|error| listener.event(&AppEvent::Failed(error)));
    writer.write_at_end(&transcript, listener)?;
    let mut files = writer.existing_files();
    files.extend(captured.saved.iter().cloned());
    let times = [transcript.duration, Millis(0)];
    let summary = Summary::new(&writer.log.header.name, &transcript, times, elapsed, files);
    let captions = settings.report.then(|| CaptionReport::new(&transcript, settings.style.captions));
    tell(listener, SessionEvent::Transcribed { summary: &summary, captions: captions.as_ref() });
    Ok((writer, transcript, captured.saved, end))
}

/// Records the saved sound as the recording.
fn identify_saved(saved: &[PathBuf], writer: &mut SessionWriter, transcript: &mut Transcript) -> Result<(), Error> {
    let Some(first) = saved.first() else { return Ok(()) };
    let header = &mut writer.log.header;
    let identified = identify(file_name(first), saved, &CancelToken::new());
    let id = identified.map_err(|source| Error::Read { path: first.clone(), source })?;
    header.recording = RecordingId { started: header.recording.started.clone(), ..id };
    transcript.recording = header.recording.clone();
    Ok(())
}
