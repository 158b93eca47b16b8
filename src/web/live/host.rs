//! The live session of the application, of which there is one at a time, on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use axum::http::StatusCode;

use crate::app::library::{LibraryError, LiveRequest, LiveSession, Recording, RecordingKey};
use crate::app::session::{Controls, SessionEvent, SessionTokens, journal_of};
use crate::app::store::stem;
use crate::app::{AppEvent, JobEvent, Listener};
use crate::live::Caption;
use crate::page::{CaptionFeed, Server};
use crate::web::answer::Failed;
use crate::web::site::Site;
use crate::{Error, MicrophoneErrorKind, Millis};

/// How long the application waits at its end for the whole transcript, and then for what there is of it.
const PATIENCE: Duration = Duration::from_secs(8);

/// The live session, if there is one.
#[derive(Default)]
pub(in crate::web) struct Live(Mutex<Now>);

#[derive(Default)]
enum Now {
    #[default]
    Nothing,
    /// One is being opened.
    Opening,
    /// One runs, or was the last one.
    Session(Arc<Running>),
    /// The application ends: there will be none.
    Closed,
}

/// A session that runs, or has ended.
pub(super) struct Running {
    /// What its recording is called.
    pub(super) name: String,
    /// What the speakers 1, 2, … are called.
    pub(super) names: Vec<String>,
    pub(super) controls: Controls,
    tokens: SessionTokens,
    pub(super) heard: Heard,
    /// The page for a projector; `None`: it was not asked for.
    pub(super) projector: Mutex<Option<Server>>,
    /// `None` while it runs.
    end: Mutex<Option<End>>,
    ended: Condvar,
}

/// What has become of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It has made this recording.
    Recording(RecordingKey),
    /// It has made none: why, as a code.
    Nothing(&'static str),
}

/// What a session has told.
#[derive(Clone, Default)]
pub(super) struct Heard {
    pub(super) feed: CaptionFeed,
    told: Arc<Mutex<Told>>,
}

#[derive(Clone, Default)]
pub(super) struct Told {
    /// The sound is saved no longer.
    pub(super) not_saved: bool,
    /// What is said is in memory only.
    pub(super) not_written: bool,
    /// The transcript is what the captions show.
    pub(super) captions_only: bool,
    /// How far the sound is transcribed once more; `None`: it is not.
    pub(super) refined: Option<Millis>,
    /// That was asked for, and could not be done.
    pub(super) not_refined: bool,
    /// The voices of the saved sound could not be told apart.
    pub(super) no_voices: bool,
    failure: Option<&'static str>,
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn told(&self) -> Told {
        self.lock().clone()
    }
}

impl Listener for Heard {
    fn event(&self, event: &AppEvent<'_>) {
        match *event {
            AppEvent::Session(SessionEvent::Caption(caption)) => self.feed.publish(caption),
            AppEvent::Session(SessionEvent::State(state)) => self.feed.publish(&Caption::State { state }),
            AppEvent::Session(SessionEvent::SavingFailed(_)) => self.lock().not_saved = true,
            AppEvent::Session(SessionEvent::WritingFailed(_)) => self.lock().not_written = true,
            AppEvent::Session(SessionEvent::WritingAgain | SessionEvent::Transcribed { .. }) => {
                self.lock().not_written = false;
            }
            AppEvent::Session(SessionEvent::TranscriptFailed) => self.lock().captions_only = true,
            AppEvent::Session(SessionEvent::Refining) => self.lock().refined = Some(Millis(0)),
            AppEvent::Session(SessionEvent::NotRefined | SessionEvent::RefineFailed) => {
                let mut told = self.lock();
                (told.refined, told.not_refined) = (None, true);
            }
            AppEvent::Session(SessionEvent::VoicesFailed) => self.lock().no_voices = true,
            AppEvent::Job { event: JobEvent::Progress { position, .. }, .. } => self.lock().refined = Some(position),
            AppEvent::Job { event: JobEvent::Ended { .. }, .. } => self.lock().refined = None,
            AppEvent::Failed(error) => _ = self.lock().failure.get_or_insert(code(error)),
            _ => {}
        }
    }
}

impl Live {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that runs; `None`: there is none, or it has ended.
    pub(super) fn running(&self) -> Option<Arc<Running>> {
        match &*self.now() {
            Now::Session(running) if running.end().is_none() => Some(running.clone()),
            _ => None,
        }
    }

    /// Ends the session in order, for the application ends. What takes longer than [`PATIENCE`] is left to the captions.
    pub(in crate::web) fn close(&self) {
        let Now::Session(running) = std::mem::replace(&mut *self.now(), Now::Closed) else { return };
        running.tokens.capture.cancel();
        running.wait_for_end();
        running.tokens.finish.cancel();
        running.tokens.refine.cancel();
        running.tokens.voices.cancel();
        // What hangs is recovered at the next start.
        running.wait_for_end();
    }
}

/// Nothing is being opened any more, whatever came of it.
struct Opening<'a>(&'a Live);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut now = self.0.now();
        if matches!(*now, Now::Opening) {
            *now = Now::Nothing;
        }
    }
}

/// Opens a session and lets it run. Takes as long as the model needs to be loaded.
///
/// # Errors
/// If one runs, or it can't be opened.
pub(super) fn start(site: &Arc<Site>, request: &LiveRequest) -> Result<(), Failed> {
    {
        let mut now = site.live.now();
        let busy = match &*now {
            Now::Nothing => false,
            Now::Session(running) => running.end().is_none(),
            Now::Opening | Now::Closed => true,
        };
        if busy {
            let message = "a live session runs already".into();
            return Err(Failed { status: StatusCode::CONFLICT, code: "session_running", message });
        }
        *now = Now::Opening;
    }
    let opening = Opening(&site.live);
    let heard = Heard::default();
    let session = site.library().open_session(request, site.stand_in(), &heard).map_err(failed)?;
    let running = Arc::new(Running {
        name: stem(session.name().as_ref()).to_string_lossy().into_owned(),
        names: session.names().to_owned(),
        controls: session.controls(),
        tokens: SessionTokens::default(),
        heard,
        projector: Mutex::default(),
        end: Mutex::default(),
        ended: Condvar::new(),
    });
    let (own, of_thread) = (running.clone(), site.clone());
    thread::Builder::new().name("live".into()).spawn(move || own.run(&of_thread, session))?;
    let mut now = site.live.now();
    match *now {
        Now::Opening => *now = Now::Session(running),
        // Nobody would end it.
        _ => running.tokens.capture.cancel(),
    }
    drop((now, opening));
    site.changed();
    Ok(())
}

impl Running {
    /// What has become of it; `None` while it runs.
    pub(super) fn end(&self) -> Option<End> {
        *self.locked_end()
    }

    fn locked_end(&self) -> MutexGuard<'_, Option<End>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has ended, at most for [`PATIENCE`].
    fn wait_for_end(&self) {
        let runs = |end: &mut Option<End>| end.is_none();
        drop(self.ended.wait_timeout_while(self.locked_end(), PATIENCE, runs));
    }

    fn run(&self, site: &Site, session: LiveSession) {
        // Whatever happens, nobody waits for its end for ever.
        let end = match catch_unwind(AssertUnwindSafe(|| session.run(&self.tokens, &self.heard))) {
            Ok(Ok(Some(key))) => {
                // What is left to be finished could not be written, whatever was written after the last failure.
                let journal = |recording: Recording| journal_of(&recording.transcript_path());
                self.heard.lock().not_written = site.library().recording(key).is_ok_and(|it| journal(it).is_some());
                End::Recording(key)
            }
            Ok(Ok(None)) => End::Nothing(self.heard.lock().failure.unwrap_or("crashed")),
            Ok(Err(error)) => End::Nothing(error.code()),
            Err(_) => End::Nothing("crashed"),
        };
        *self.locked_end() = Some(end);
        self.ended.notify_all();
        site.changed();
        // Its viewers have heard of the end.
        drop(self.projector());
    }

    /// Leaves the transcript as it is, where the sound is transcribed once more.
    pub(super) fn leave_as_it_is(&self) {
        self.tokens.refine.cancel();
    }

    /// Whether somebody has asked for that.
    pub(super) fn is_left_as_it_is(&self) -> bool {
        self.tokens.refine.is_cancelled()
    }

    /// Takes the server of the page for a projector, which ends when it is dropped.
    pub(super) fn projector(&self) -> Option<Server> {
        self.projector.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What went wrong when a session was opened.
fn failed(error: LibraryError) -> Failed {
    match &error {
        LibraryError::Other(inner) => Failed { code: code(inner), ..error.into() },
        _ => error.into(),
    }
}

/// A code for an error, which tells apart why there is no microphone.
pub(super) fn code(error: &Error) -> &'static str {
    use MicrophoneErrorKind::{Ambiguous, Busy, NoneFound, NotAllowed, NotSupported, Unknown};
    match error {
        Error::Microphone { kind: NoneFound | Unknown { .. } | Ambiguous { .. } | NotSupported, .. } => {
            "microphone_none"
        }
        Error::Microphone { kind: Busy, .. } => "microphone_busy",
        Error::Microphone { kind: NotAllowed, .. } => "microphone_denied",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_for_silence_has_a_text_of_its_own() {
        use MicrophoneErrorKind::{Busy, NoneFound, NotAllowed, Unusable};
        let of = |kind| code(&Error::Microphone { reason: "r".into(), kind });
        let kinds = [NoneFound, Busy, NotAllowed, Unusable];
        assert_eq!(kinds.map(of), ["microphone_none", "microphone_busy", "microphone_denied", "microphone"]);
    }
}
