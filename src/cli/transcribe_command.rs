//! `transcribe RECORDING...`: one recording after the other, each written as soon as it is done.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use transcribe::pipeline::Recognisers;
use transcribe::{Completeness, Error, Millis, RecordingId, Transcript, Warning, audio, models, pipeline};

use super::args::Transcribe;
use super::jobs::{self, Job};
use super::options::{Options, language_name};
use super::progress::Reporter;
use super::recognisers::Loaded;
use super::{Outcome, config, interrupt, output, report};

pub(super) fn run(mut args: Transcribe) -> Outcome {
    let prepared = config::fill_in(&mut args).and_then(|()| {
        let options = Options::of(&args)?;
        let jobs = jobs::plan(&args.recordings, &options.formats, args.output_dir.as_deref())?;
        Ok((options, jobs))
    });
    let reporter = Reporter::new(args.progress, args.quiet, args.verbose);
    let (options, jobs) = match prepared {
        Ok(prepared) => prepared,
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
    };
    let mut outcome = Outcome::Done;
    let mut ready = Vec::new();
    for job in &jobs {
        match check(job, &options, args.overwrite) {
            Ok(()) => ready.push(job),
            Err(error) => {
                reporter.failed(Some(&job.name()), &error);
                outcome = Outcome::Failed;
            }
        }
    }
    if ready.is_empty() {
        return outcome;
    }
    let loaded = match Loaded::of(&args, &options, &|text| reporter.note(&text)) {
        Ok(loaded) => loaded,
        Err(error) => {
            reporter.failed(None, &error);
            return Outcome::Unusable;
        }
    };
    let mut recognisers = loaded.recognisers(options.wishes.languages.len() != 1);
    reporter.detail(&format!("{} workers, {}", recognisers.workers.len(), transcribe::whisper::system_info()));
    interrupt::listen();
    let run = Run { options: &options, loaded: &loaded, reporter, overwrite: args.overwrite };
    for job in ready {
        match run.one(job, &mut recognisers) {
            Ok(()) => {}
            Err(error) => {
                reporter.failed(Some(&job.name()), &error);
                outcome = Outcome::Failed;
            }
        }
        if interrupt::stopping() {
            return Outcome::Interrupted;
        }
    }
    outcome
}

/// Whatever can be known to go wrong before the model is loaded.
fn check(job: &Job, options: &Options, overwrite: bool) -> Result<(), Error> {
    job.check(overwrite)?;
    match jobs::is_stdin(&job.recording) {
        true => Ok(()),
        false => audio::open(&job.recording, options.part).map(drop),
    }
}

struct Run<'a> {
    options: &'a Options,
    loaded: &'a Loaded,
    reporter: Reporter,
    overwrite: bool,
}

impl Run<'_> {
    fn one(&self, job: &Job, recognisers: &mut Recognisers<'_>) -> Result<(), Error> {
        let name = job.name();
        let spooled = jobs::is_stdin(&job.recording).then(|| spool(&job.folder)).transpose()?;
        let path = spooled.as_ref().map_or(job.recording.as_path(), |file| file.path());
        let recording = audio::open(path, self.options.part)?;
        if recording.is_by_ffmpeg() {
            self.reporter.detail(&format!("{name}: decoded by the installed ffmpeg"));
        }
        let begin = recording.position().max(self.options.part.from);
        let follower = self.reporter.follow(&name, begin);
        let (made, id) = std::thread::scope(|scope| {
            // Reading it a second time costs less than a percent, and nothing while the model works.
            let id = scope.spawn(|| identify(path, name.clone()));
            let made = pipeline::transcribe(recording, recognisers, &self.options.wishes, &follower);
            (made, id.join())
        });
        let took = follower.finish();
        let (mut transcript, mut failure) = made?;
        transcript.recording = match id {
            Ok(Ok(id)) => id,
            // It was taken away while we worked; what was heard stays.
            _ => {
                let message = "the recording could not be read again for its SHA-256".to_owned();
                transcript.warnings.push(Warning { at: None, message });
                RecordingId { name: name.clone(), size: 0, sha256: "0".repeat(64) }
            }
        };
        transcript.model = self.loaded.id();
        transcript.settings = self.options.settings();
        for (format, file) in &job.files {
            if let Err(error) = self.write(&transcript, *format, file) {
                // The others may still find room.
                self.keep(&mut failure, error, &name);
            }
        }
        if let Some(format) = self.options.stdout {
            let mut text = Vec::new();
            let shown = self.shown(&transcript, format);
            let written = transcribe::format::write(format, &shown, &mut text);
            let written =
                written.and_then(|()| std::io::stdout().write_all(&text)).and_then(|()| std::io::stdout().flush());
            match written {
                Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
                    self.keep(&mut failure, Error::Write { path: "standard output".into(), source }, &name);
                }
                _ => {}
            }
        }
        self.summarise(job, &transcript, begin, took);
        failure.map_or(Ok(()), Err)
    }

    /// Two failures: the first is told at once, the last is returned.
    fn keep(&self, failure: &mut Option<Error>, error: Error, name: &str) {
        if let Some(earlier) = failure.replace(error) {
            self.reporter.failed(Some(name), &earlier);
        }
    }

    fn write(&self, transcript: &Transcript, format: transcribe::format::Format, file: &Path) -> Result<(), Error> {
        output::write(&self.shown(transcript, format), format, file, self.overwrite)
    }

    /// Captions always need the times of words; JSON has them if they are wanted.
    fn shown(&self, transcript: &Transcript, format: transcribe::format::Format) -> Transcript {
        let mut shown = transcript.clone();
        if format == transcribe::format::Format::Json && !self.options.words {
            shown.segments.iter_mut().for_each(|s| s.words.clear());
        }
        shown
    }

    fn summarise(&self, job: &Job, transcript: &Transcript, begin: Millis, took: Duration) {
        let seconds = took.as_secs_f64().max(0.001);
        let (partial, end) = match &transcript.completeness {
            Completeness::Complete => {
                (String::new(), transcript.duration.min(self.options.part.to.unwrap_or(transcript.duration)))
            }
            Completeness::Partial { until, reason } => (format!(", only up to {until} ({reason})"), *until),
        };
        let length = end - begin;
        let speed = length.seconds() / seconds;
        let words: usize = transcript.segments.iter().map(|s| s.text.split_whitespace().count()).sum();
        let language = match transcript.language.as_str() {
            "" => "no speech".to_owned(),
            code => format!("{}, {words} words", language_name(code)),
        };
        let files: Vec<PathBuf> = job.files.iter().map(|(_, file)| file.clone()).filter(|f| f.is_file()).collect();
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        let arrow = if names.is_empty() { String::new() } else { format!(" → {}", names.join(", ")) };
        let name = job.name();
        let took = Millis(took.as_millis() as u64);
        let mut summary = format!("{name}: {length} in {took} ({speed:.1}×), {language}{partial}{arrow}");
        for line in report::lines(transcript) {
            summary.push_str(&format!("\n  {line}"));
        }
        let facts = json!({
            "event": "done", "recording": name, "duration": transcript.duration.seconds(), "elapsed": seconds,
            "speed": (speed * 10.0).round() / 10.0, "language": transcript.language, "words": words,
            "complete": partial.is_empty(), "warnings": transcript.warnings.len(), "check": report::facts(transcript),
            "files": names,
        });
        self.reporter.done(&summary, facts);
    }
}

fn identify(path: &Path, name: String) -> Result<RecordingId, Error> {
    let read = |source| Error::Read { path: path.into(), source };
    let size = std::fs::metadata(path).map_err(read)?.len();
    let sha256 = models::sha256(path).map_err(read)?;
    Ok(RecordingId { name, size, sha256 })
}

/// Containers want to be read back and forth, so standard input first goes into a file beside the output.
fn spool(folder: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let write = |source| Error::Write { path: folder.into(), source };
    let mut file = tempfile::Builder::new().prefix(".transcribe-stdin-").tempfile_in(folder).map_err(write)?;
    interrupt::forget_with(file.path().into());
    std::io::copy(&mut std::io::stdin().lock(), &mut file).map_err(write)?;
    Ok(file)
}
