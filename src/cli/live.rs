//! `transcribe live`: ties source, session, screen, page and files together.
//!
//! Four threads beside those of the session: `capture` has the sound and its clock, `clerk` the disk, one the keys and the
//! status line, and the page its own. The caller's thread runs the session and passes on what it tells.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Zoned;
use transcribe::audio::Saver;
use transcribe::format::Format;
use transcribe::live::{Caption, SessionUpdate, State, session};
use transcribe::{Error, Event, Observer, PartialReason, RecordingId, Transcript};

use self::book::{Begin, Entry, VERSION};
use self::capture::{Capture, Captured, Status};
use self::clerk::SessionWriter;
use self::keys::Keys;
use self::screen::Screen;
use self::sound::AudioSource;
use super::args::{Live, Recorded};
use super::options;
use super::progress::Reporter;
use super::recognisers::{Loaded, SelectedModel};
use super::{Outcome, captions, config, interrupt, output, report, source};
use transcribe::app::Settings;

mod book;
mod capture;
mod clerk;
mod keys;
mod page;
mod recover;
mod refine;
mod screen;
mod sound;

/// Between two looks at keys and status.
const TICK: Duration = Duration::from_millis(100);

pub(super) fn run(mut args: Live) -> Outcome {
    let prepared = config::fill_in(&mut args.common, &mut Recorded::default(), true).and_then(|()| {
        page::check(&args)?;
        if args
            .name
            .as_deref()
            .is_some_and(|name| name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']))
        {
            return Err("`--name` is the name of a file, without its folder\nhint: `-o FOLDER` names the folder".into());
        }
        options::settings(&args.common, None, None)
    });
    let reporter = Reporter::new(args.common.progress, args.common.quiet, args.common.verbose);
    let options = match prepared {
        Ok(options) => options,
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
    };
    if let Some(file) = &args.recover {
        return recover::one(file, reporter);
    }
    match begin(&args, options, reporter) {
        Ok(live) => live.run(),
        Err(error) => {
            reporter.failed(None, &error);
            Outcome::Unusable
        }
    }
}

/// Everything that a session needs, opened.
struct Session<'a> {
    args: &'a Live,
    options: Settings,
    reporter: Reporter,
    loaded: Loaded,
    source: AudioSource,
    saver: Option<Saver>,
    clerk: SessionWriter,
    page: page::Page,
}

/// Whatever can go wrong goes wrong here, before anybody speaks.
fn begin(args: &Live, mut options: Settings, reporter: Reporter) -> Result<Session<'_>, Error> {
    interrupt::listen();
    let folder = args.common.output_dir.clone().unwrap_or_default();
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    }
    recover::all(&folder, reporter);
    // Two for captions, one for the record.
    options.threads = Some(if options.threads == Some(1) { 2 } else { 3 });
    let found = SelectedModel::of(&args.common, &options, &|text| reporter.note(&text))?;
    args.refine
        .as_deref()
        .map(|model| SelectedModel::named(Some(model), &args.common, &options, &|_| ()))
        .transpose()?;
    // Who asks for formats gets those; else captions in both kinds.
    if args.common.output_format.is_empty() {
        options.formats = vec![Format::Json, Format::Srt, Format::Vtt];
    }
    let now = Zoned::now();
    let name = args.name.clone().unwrap_or_else(|| now.strftime("live-%Y-%m-%d-%H%M%S").to_string());
    let recording = RecordingId {
        name: args.save_audio.as_deref().map_or_else(|| name.clone(), output::name_of),
        ..RecordingId::default()
    };
    let begin = Begin {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").into(),
        name,
        formats: options.formats.iter().map(ToString::to_string).collect(),
        words: options.words,
        captions: options.style.captions,
        model: found.id()?,
        settings: options.recorded(),
        recording,
    };
    let mut clerk = SessionWriter::begin(&folder, begin, options.overwrite, reporter)?;
    let rest = || -> Result<_, Error> {
        let page = page::Page::start(args, reporter)?;
        let open = |input| AudioSource::open(args.device.as_deref(), input, args.speed.unwrap_or(1.0));
        // A microphone hears from the moment at which it is opened.
        let input = args.input.as_deref().map(|input| open(Some(input))).transpose()?;
        let loaded = found.load(&options)?;
        let source = input.map_or_else(|| open(None), Ok)?;
        // Last, for what it makes would be in the way of the next try.
        let saver = args.save_audio.as_deref().map(Saver::create).transpose()?;
        Ok((page, loaded, source, saver))
    };
    match rest() {
        Ok((page, loaded, source, saver)) => {
            clerk.started(Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            Ok(Session { args, options, reporter, loaded, source, saver, clerk, page })
        }
        Err(error) => {
            clerk.close();
            Err(error)
        }
    }
}

/// Passes the steps of the record on to the clerk. Who is in a hurry at the end need not wait for it.
struct Steps<'a> {
    clerk: Mutex<Sender<Entry>>,
    ended: &'a AtomicBool,
}

impl Observer for Steps<'_> {
    fn event(&self, event: Event<'_>) {
        if let (Event::Checkpoint(step), Ok(clerk)) = (event, self.clerk.lock()) {
            let _ = clerk.send(Entry::CheckpointRecord(step.clone()));
        }
    }

    fn cancelled(&self) -> bool {
        self.ended.load(Ordering::Relaxed) && interrupt::stopping()
    }
}

impl Session<'_> {
    fn run(self) -> Outcome {
        let Session { args, mut options, reporter, loaded, source, saver, clerk, page } = self;
        let terminal = stdout().is_terminal() && stderr().is_terminal();
        // Keys only where it is to be seen what they did.
        let shown = terminal && !args.common.quiet;
        let keys = (stdin().is_terminal() && shown).then(Keys::listen).flatten();
        let screen = Screen::new(shown, super::colour());
        reporter.note(&format!("listening to {}", source.name()));
        let status = Mutex::new(Status { recording: saver.is_some(), ..Status::default() });
        let (feed, session) = session();
        let (to_clerk, entries) = channel();
        let (to_capture, actions) = channel();
        let changed = |state| {
            let caption = Caption::State { state };
            page.publish(&caption);
            screen.show(&caption);
            tell(state, terminal, reporter);
        };
        let capture = Capture {
            source,
            feed,
            saver,
            clerk: to_clerk.clone(),
            actions,
            status: &status,
            reporter,
            captured: Captured::default(),
            changed: &changed,
        };
        let started = Instant::now();
        let over = AtomicBool::new(false);
        let (made, captured, mut clerk) = thread::scope(|scope| {
            let clerk = scope.spawn(|| clerk.work(entries));
            let capture = scope.spawn(|| {
                let saved = capture.run();
                // The Ctrl-C that ended it has done its work.
                interrupt::begin_anew();
                over.store(true, Ordering::Relaxed);
                changed(State::Ended);
                if args.speed != Some(0.0) {
                    reporter.note(
                        "the session is over; finishing the record (Ctrl-C leaves the rest of it to the captions)",
                    );
                }
                status.lock().map(|mut status| status.state = State::Ended).ok();
                saved
            });
            let (ended, ending) = channel::<()>();
            let (screen, status, page) = (&screen, &status, &page);
            scope.spawn(move || {
                // Ends when the session's thread lets go of its end.
                while ending.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
                    match &keys {
                        Some(keys) => keys.pass_on(TICK, &to_capture),
                        None => thread::sleep(TICK),
                    }
                    // Drawing may take its time.
                    let now = status.lock().map(|status| status.clone());
                    now.iter().for_each(|now| screen.status(now));
                }
            });
            let steps = Steps { clerk: Mutex::new(to_clerk.clone()), ended: &over };
            let crew = loaded.crew(options.transcribe.languages.len() != 1);
            let in_step = args.speed == Some(0.0);
            let made = session.run(crew, &options.transcribe, in_step, &steps, &mut |told| match told {
                SessionUpdate::Caption(caption) => {
                    screen.show(caption);
                    page.publish(caption);
                }
                SessionUpdate::RecordFailed => {
                    reporter
                        .note("warning: the record has failed; from here on the transcript is what the captions show");
                }
                SessionUpdate::Line(segment) => {
                    screen.line(segment);
                    let _ = to_clerk.send(Entry::Line(segment.clone()));
                }
            });
            drop((ended, steps, to_clerk));
            let crashed = |_| {
                let error = Error::Recognise("the program made a mistake while it listened".into());
                Captured { saved: Vec::new(), error: Some(error) }
            };
            (made, capture.join().unwrap_or_else(crashed), clerk.join().ok())
        });
        screen.end();
        // Who stopped it may stop what comes now, too.
        interrupt::begin_anew();
        let Some(mut clerk) = clerk.take() else {
            reporter.failed(None, &Error::Recognise("the program made a mistake while it wrote".into()));
            return Outcome::Failed;
        };
        let cancelled = matches!(&made, Ok((_, Some(Error::Cancelled))) | Err(Error::Cancelled));
        let mut outcome = if cancelled { Outcome::Interrupted } else { Outcome::Done };
        let mut failed = |error: &Error| {
            reporter.failed(None, error);
            outcome = Outcome::Failed;
        };
        let mut transcript = match made {
            Ok((mut transcript, None)) => {
                clerk.book.complete(&mut transcript);
                transcript
            }
            Ok((_, Some(Error::Cancelled))) | Err(Error::Cancelled) => {
                clerk.book.so_far(PartialReason::SessionUnfinished)
            }
            Ok((_, Some(error))) | Err(error) => {
                failed(&error);
                clerk.book.so_far(PartialReason::Failed(error.to_string()))
            }
        };
        captured.error.iter().for_each(&mut failed);
        let saved = captured.saved;
        // Its memory may be needed for a better one.
        drop(loaded);
        identify(&mut clerk, &saved, &mut transcript, reporter);
        if let Err(error) = clerk.write(&transcript) {
            // The journal stays, from which the files can be written when there is room.
            failed(&error);
            return outcome;
        }
        summarise(&clerk, &transcript, &saved, started.elapsed(), reporter);
        if options.report {
            let (text, facts) = captions::report(&clerk.book.begin.name, &transcript, &options.style.captions);
            reporter.answer(&text, facts);
        }
        match args.refine.as_deref() {
            Some(model) if outcome == Outcome::Done => {
                options.threads = args.common.threads;
                if let Err(error) = refine::run(model, args, &options, &saved, &mut clerk, reporter) {
                    reporter.failed(None, &error);
                    reporter.note("the transcript of the session stays as it is");
                    outcome = match error {
                        Error::Cancelled => Outcome::Interrupted,
                        _ => Outcome::Failed,
                    };
                }
            }
            Some(_) => reporter.note("the sound is not transcribed again, since not all went well"),
            None => {}
        }
        clerk.close();
        outcome
    }
}

/// What somebody must know who does not see the status line.
fn tell(state: State, terminal: bool, reporter: Reporter) {
    match state {
        State::Silent => reporter.note("warning: no signal for 5 s: is the microphone on, and the right one?"),
        State::Lost => reporter.note("warning: the microphone is gone; looking for it, and going on when it is back"),
        State::Listening if !terminal => reporter.note("listening"),
        State::Paused if !terminal => reporter.note("paused: nothing is heard"),
        _ => {}
    }
}

/// The saved sound is the recording.
fn identify(clerk: &mut SessionWriter, saved: &[PathBuf], transcript: &mut Transcript, reporter: Reporter) {
    let Some(first) = saved.first() else { return };
    let started = clerk.book.begin.recording.started.clone();
    match source::identify(output::name_of(first), saved) {
        Ok(id) => {
            transcript.recording = RecordingId { started, ..id };
            clerk.book.begin.recording = transcript.recording.clone();
        }
        Err(source) => reporter.failed(None, &Error::Read { path: first.clone(), source }),
    }
}

fn summarise(clerk: &SessionWriter, transcript: &Transcript, saved: &[PathBuf], took: Duration, reporter: Reporter) {
    let mut files = clerk.names();
    files.extend(saved.iter().map(|path: &PathBuf| path.display().to_string()));
    let name = &clerk.book.begin.name;
    let length = transcript.duration;
    let done = report::Done { name, transcript, length, known: transcribe::Millis(0), took, files };
    reporter.done(&done.summary(), done.facts());
}

/// `transcribe devices`
pub(super) fn devices() -> Outcome {
    #[cfg(feature = "microphone")]
    match transcribe::audio::microphone::inputs() {
        Ok(inputs) => return super::print(table(&inputs).as_bytes()),
        Err(error) => super::report(&error),
    }
    #[cfg(not(feature = "microphone"))]
    if let Err(error) = AudioSource::open(None, None, 1.0) {
        super::report(&error);
    }
    Outcome::Unusable
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
