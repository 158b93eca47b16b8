//! `transcribe live`: arguments, terminal and page around a session of the application.

use std::io::{IsTerminal as _, stdin};
use std::path::Path;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use std::time::Duration;

use transcribe::Error;
use transcribe::app::models::SelectedModel;
use transcribe::app::session::{
    PreparedSession, Session, SessionEvent, SessionOptions, SessionTokens, journal_of, journal_pattern, recover,
    recover_all, threads,
};
use transcribe::app::store::is_name;
use transcribe::app::{AppEvent, CancelToken, Listener, Outcome, Settings, UsageError};
use transcribe::format::Format;
use transcribe::live::{Caption, State};
use transcribe::options::Scope;

use self::keys::Keys;
use self::page::Page;
use self::screen::Screen;
use super::args::Live;
use super::config::SettingsFile;
use super::display::Display;
use super::hints::hint;
use super::progress::Reporter;
use super::{Exit, captions, config, interrupt, model, output, summary};

mod keys;
mod lines;
mod page;
mod screen;

/// How often keys and status are looked at.
const TICK: Duration = Duration::from_millis(100);

pub(super) fn run(args: Live) -> Exit {
    let file = config::read(args.common.config.as_deref());
    let reporter = args.common.reporter(&file);
    let settings = match file.and_then(|file| prepare(&args, file)) {
        Ok(settings) => settings,
        Err(error) => return reporter.misused(&error),
    };
    if let Some(file) = &args.recover {
        return recover_one(file, reporter);
    }
    // One Ctrl-C leaves the transcript as it is, whatever is being done with it.
    let refine = CancelToken::new();
    let tokens = SessionTokens { voices: refine.clone(), refine, ..SessionTokens::default() };
    interrupt::cancels(&tokens.capture);
    match begin(&args, settings, reporter) {
        Ok(live) => live.run(&tokens).into(),
        // `--overwrite` replaces no sound.
        Err(Error::Exists { path }) if args.save_audio.as_ref() == Some(&path) => {
            let hint = "`--save-audio FILE` with another name";
            reporter.misused(&UsageError::new(Error::Exists { path }.to_string(), hint))
        }
        Err(error) => {
            reporter.failed(None, &error);
            Exit::untried(&error)
        }
    }
}

fn prepare(args: &Live, file: SettingsFile) -> Result<Settings, UsageError> {
    page::check(args)?;
    if args.name.as_deref().is_some_and(|name| !is_name(name)) {
        let message = "`--name` is the name of a file, without its folder";
        return Err(UsageError::new(message, "`-o FOLDER` names the folder"));
    }
    // A settings file may say where to compute; here `--device` is a microphone.
    let file = file.values.only(|spec| spec.scope == Scope::All);
    let values = args.options.values.clone().over(file);
    let mut settings = Settings::new(&values, None)?;
    if args.options.values.has("speakers") && settings.known.tells_voices_apart() && args.save_audio.is_none() {
        let message = "`--speakers` tells the voices of the saved sound apart, and none is saved";
        return Err(UsageError::new(
            message,
            "`--save-audio FILE` saves it; during the session, the keys 1 to 9 say who speaks",
        ));
    }
    // Captions in two kinds, unless formats are named.
    if !values.has("output-format") {
        settings.formats = vec![Format::Json, Format::Srt, Format::Vtt];
    }
    Ok(settings)
}

/// Finishes the session that `file` belongs to.
fn recover_one(file: &Path, reporter: Reporter) -> Exit {
    let Some(journal) = journal_of(file) else {
        return reporter.misused(&UsageError::new(
            format!("`{}` needs no recovery: there is no journal beside it", file.display()),
            format!("that of a session is called `{}`", journal_pattern()),
        ));
    };
    match recover(journal, &Notes(reporter)) {
        Ok(()) => Exit::Done,
        Err(error) => {
            reporter.failed(None, &error);
            Exit::Failed
        }
    }
}

/// A session that is ready to run, with what shows it.
struct LiveRun<'a> {
    args: &'a Live,
    reporter: Reporter,
    session: Session,
    page: Page,
    refine: Option<(SelectedModel, Settings)>,
}

/// Whatever can go wrong goes wrong here, before anybody speaks.
fn begin(args: &Live, settings: Settings, reporter: Reporter) -> Result<LiveRun<'_>, Error> {
    let listener = Notes(reporter);
    let folder = settings.output_dir.clone().unwrap_or_default();
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    }
    recover_all(&folder, &listener);
    let threads = Some(threads(settings.threads));
    let live_settings = Settings { threads, ..settings.clone() };
    let model = model::select(&args.common, &live_settings, &listener)?;
    let refine = match args.refine.as_deref() {
        Some(name) => Some((model::named(Some(name), &args.common, &settings, &listener)?, settings)),
        None => None,
    };
    let options = SessionOptions {
        folder,
        name: args.name.clone(),
        device: args.device.clone(),
        input: args.input.clone(),
        speed: args.speed,
        save_audio: args.save_audio.clone(),
        names: Vec::new(),
    };
    let style = live_settings.style.clone();
    let prepared = PreparedSession::new(options, live_settings, &model)?;
    let page = Page::start(args, &style, reporter)?;
    let session = prepared.open(model, &listener)?;
    Ok(LiveRun { args, reporter, session, page, refine })
}

impl LiveRun<'_> {
    fn run(self, tokens: &SessionTokens) -> Outcome {
        let LiveRun { args, reporter, session, page, refine } = self;
        let terminal = output::stdout_is_terminal() && output::stderr_is_terminal();
        // Keys only where it can be seen what they do.
        let shown = terminal && !args.common.quiet;
        let keys = (stdin().is_terminal() && shown).then(Keys::listen).flatten();
        let screen = Screen::new(shown, reporter);
        let in_step = args.speed == Some(0.0);
        let display = Display::new(reporter);
        let view = View { display: &display, reporter, screen: &screen, page: &page, tokens, terminal, in_step };
        let controls = session.controls();
        thread::scope(|scope| {
            let (running, ended) = channel::<()>();
            let screen = &screen;
            scope.spawn(move || {
                // Ends when the session's thread drops its end of the channel.
                while ended.try_recv() != Err(TryRecvError::Disconnected) {
                    match &keys {
                        Some(keys) => keys.pass_on(TICK, &controls),
                        None => thread::sleep(TICK),
                    }
                    screen.status(&controls.status());
                }
            });
            let outcome = session.run(refine, tokens, &view);
            drop(running);
            if screen.has_failed() { outcome.max(Outcome::Failed) } else { outcome }
        })
    }
}

/// Shows a session on terminal and page.
struct View<'a> {
    display: &'a Display,
    reporter: Reporter,
    screen: &'a Screen,
    page: &'a Page,
    tokens: &'a SessionTokens,
    /// Standard output and standard error are a terminal.
    terminal: bool,
    /// The sound is as fast as the captions.
    in_step: bool,
}

impl Listener for View<'_> {
    fn event(&self, event: &AppEvent<'_>) {
        let AppEvent::Session(session) = *event else { return self.display.event(event) };
        match session {
            SessionEvent::Caption(caption) => {
                self.screen.show(caption);
                self.page.publish(caption);
            }
            SessionEvent::State(state) => {
                let caption = Caption::State { state };
                self.page.publish(&caption);
                self.screen.show(&caption);
                self.state(state);
            }
            SessionEvent::CaptureEnded => {
                // The Ctrl-C that ended the capture has done its work.
                interrupt::cancels(&self.tokens.finish);
                if !self.in_step {
                    self.reporter.note(
                        "the session is over; finishing the transcript (Ctrl-C leaves the rest of it to the captions)",
                    );
                }
            }
            SessionEvent::TranscriptEnded => {
                self.screen.end();
                interrupt::cancels(&self.tokens.refine);
            }
            other => Notes(self.reporter).session(other),
        }
    }
}

impl View<'_> {
    /// Says what somebody must know who does not see the status line.
    fn state(&self, state: State) {
        let note = |text| self.reporter.note(text);
        match state {
            State::Silent => note("warning: no signal for 5 s: is the microphone on, and the right one?"),
            State::Lost => note("warning: the microphone is gone; looking for it, and going on when it is back"),
            State::Listening if !self.terminal => note("listening"),
            State::Paused if !self.terminal => note("paused: nothing is heard"),
            _ => {}
        }
    }
}

/// Says in words what happens in a session.
struct Notes(Reporter);

impl Listener for Notes {
    fn event(&self, event: &AppEvent<'_>) {
        match *event {
            AppEvent::Session(event) => self.session(event),
            _ => Display::new(self.0).event(event),
        }
    }
}

impl Notes {
    fn session(&self, event: SessionEvent<'_>) {
        let Notes(reporter) = self;
        let with_hint = |error: &Error| {
            let hint = hint(error).map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("warning: {error}{hint}")
        };
        match event {
            SessionEvent::Listening { source } => reporter.note(&format!("listening to {source}")),
            SessionEvent::Warning { source, warning } => reporter.warning(source, warning),
            SessionEvent::TranscriptFailed => {
                reporter.note("warning: the transcript has failed; from here on it is what the captions show")
            }
            SessionEvent::WritingFailed(error) => reporter.note(&format!(
                "{}: what is said from now on is in memory only until that can be done",
                with_hint(error)
            )),
            SessionEvent::WritingAgain => reporter.note("what is said can be written again"),
            SessionEvent::SetAside { stays, file } => reporter.note(&format!(
                "warning: somebody else wrote `{}`, which stays; this session's is `{}`",
                stays.display(),
                file.display()
            )),
            SessionEvent::SavingFailed(error) => {
                reporter.note(&format!("warning: {error}: from now on the sound is NOT saved; captions go on"))
            }
            SessionEvent::Transcribed { summary: done, captions: report } => {
                reporter.done(&summary::text(done), summary::event(done));
                if let Some(report) = report {
                    let (text, event) = captions::report(&done.name, report);
                    reporter.answer(&text, event);
                }
            }
            SessionEvent::SpeakersFound { count } => {
                reporter.note(&format!("{count} voices were told apart; `transcribe speakers` shows and names them"));
            }
            SessionEvent::NotRefined => {
                reporter.note("the sound is not transcribed again, since not all went well");
            }
            SessionEvent::RefineFailed => reporter.note("the transcript of the session stays as it is"),
            SessionEvent::VoicesFailed => reporter.note("voices are not told apart; the text stays as it is"),
            SessionEvent::Recovered { duration, files, is_verified } => {
                let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                reporter.note(&format!("recovered a session that was killed, {duration}: {}", files.join(", ")));
                if !is_verified {
                    reporter.note("warning: its journal is not sealed with your key, so others may have written in it");
                }
            }
            _ => {}
        }
    }
}

/// `transcribe devices`
pub(super) fn devices() -> Exit {
    #[cfg(feature = "microphone")]
    match transcribe::audio::microphone::inputs() {
        Ok(inputs) => return super::print(table(&inputs).as_bytes()),
        Err(error) => super::report(&error),
    }
    #[cfg(not(feature = "microphone"))]
    super::report(&transcribe::app::session::no_microphones());
    Exit::Unusable
}

#[cfg(feature = "microphone")]
fn table(inputs: &[transcribe::audio::microphone::Input]) -> String {
    let mut text = String::new();
    for input in inputs {
        let mark = if input.is_default { "*" } else { " " };
        let format = match &input.format {
            Ok(format) => {
                let rates = match format.rates {
                    (low, high) if low == high => String::new(),
                    (low, high) => format!(" ({low} to {high})"),
                };
                let channels =
                    if format.channels == 1 { "mono".into() } else { format!("{} channels", format.channels) };
                format!("{} Hz{rates}, {channels}, {}", format.rate, format.sample)
            }
            Err(reason) => format!("cannot be used: {reason}"),
        };
        text.push_str(&format!("{mark} {}: {format}\n", input.name));
    }
    text.push_str("\n* is heard unless `--device NAME` says another; a part of a name is enough\n");
    text
}
