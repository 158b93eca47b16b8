//! What can be done with transcripts that are there: `export`, `import` and `apply`. No model is needed.
//!
//! Each file is read, and its results written, by itself: one that is broken costs the others nothing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use transcribe::edits::{Applied, Edits};
use transcribe::format::{self, Format, Style};
use transcribe::import::{self, Source};
use transcribe::{Error, Span, Transcript, TranscriptErrorKind, audio};

use super::args::{Apply, Export, Files, Import};
use super::progress::Reporter;
use super::{Outcome, captions, embed, options, output, paths, source};

/// `transcribe export`.
pub(super) fn export(args: Export) -> Outcome {
    let reporter = Reporter::new(None, args.files.quiet, false);
    if args.stdout.is_some() && args.transcripts.len() > 1 {
        reporter.misused("`--stdout` takes one transcript\nhint: `-f` writes files");
        return Outcome::Unusable;
    }
    if args.media.as_ref().is_some_and(|media| media.to_string_lossy().contains("://")) {
        reporter.misused("`--media` takes a file\nhint: a page may fetch nothing from a network; get the recording, and name its file");
        return Outcome::Unusable;
    }
    let captions = match options::for_stdout(args.stdout).and_then(|()| captions::rules(&args.captions)) {
        Ok(captions) => captions,
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
    };
    let mut written = Vec::new();
    all(&args.transcripts, reporter, |path| {
        let (transcript, _) = read(path, reporter)?;
        let folder = args.files.folder(path);
        let beside = || paths::folder_of(path).join(&transcript.recording.name);
        let named = !transcript.recording.name.is_empty();
        let recording = args.media.clone().or_else(|| named.then(beside));
        let media = recording.as_ref().and_then(|recording| paths::link(recording, folder));
        let style = Style { media, captions, line_numbers: args.documents.line_numbers };
        let parts = match (recording, &transcript.recording.parts) {
            (Some(_), parts) if args.media.is_none() && parts.len() > 1 => {
                parts.iter().map(|part| paths::folder_of(path).join(part)).collect()
            }
            (recording, _) => Vec::from_iter(recording),
        };
        let embed = Some(&*parts).filter(|_| args.documents.embed_audio);
        let content = |format| embed::written(format, &transcript, &style, embed);
        let mut formats = args.output_format.clone();
        formats.sort();
        formats.dedup();
        let stem = path.file_stem().unwrap_or_default();
        let places: Vec<(Format, PathBuf)> =
            formats.into_iter().map(|format| (format, paths::file(folder, stem, format))).collect();
        args.files.free(&args.transcripts, &mut written, places.iter().map(|(_, place)| place))?;
        for (format, place) in &places {
            output::write(&content(*format)?, place, args.files.overwrite)?;
        }
        if let Some(format) = args.stdout {
            let written = match io::stdout().write_all(&content(format)?).and_then(|()| io::stdout().flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
                _ => Ok(()),
            };
            written.map_err(|source| Error::Write { path: "standard output".into(), source })?;
        }
        told(reporter, path, places.iter().map(|(_, place)| place));
        if args.captions.report {
            let (text, facts) = captions::report(&output::name_of(path), &transcript, &captions);
            reporter.answer(&text, facts);
        }
        Ok(())
    })
}

/// `transcribe import`.
pub(super) fn import(args: Import) -> Outcome {
    let reporter = Reporter::new(None, args.files.quiet, false);
    if args.recording.is_some() && args.transcripts.len() > 1 {
        reporter.misused("`--recording` is about one file\nhint: import them one by one");
        return Outcome::Unusable;
    }
    let language = match args.language.as_deref().map(options::language).transpose() {
        Ok(language) => language.flatten(),
        Err(text) => {
            reporter.misused(&text);
            return Outcome::Unusable;
        }
    };
    let mut written = Vec::new();
    all(&args.transcripts, reporter, |path| {
        let (mut transcript, _) = read(path, reporter)?;
        if let Some(recording) = &args.recording {
            let parts = [recording.clone()];
            let unreadable = |source| Error::Read { path: recording.clone(), source };
            transcript.recording = source::identify(output::name_of(recording), &parts).map_err(unreadable)?;
            let length = audio::open(recording, audio::Selection::default())?.length();
            transcript.duration = transcript.duration.max(length.unwrap_or_default());
        }
        if let Some(language) = language.as_ref().filter(|_| transcript.language.is_empty()) {
            transcript.language.clone_from(language);
            transcript.segments.iter_mut().for_each(|segment| segment.language.clone_from(language));
        }
        let (folder, stem) = (args.files.folder(path), path.file_stem().unwrap_or_default());
        let mut place = paths::file(folder, stem, Format::Json);
        if is_same(&place, path) {
            let mut stem = stem.to_owned();
            stem.push("-imported");
            place = paths::file(folder, &stem, Format::Json);
        }
        args.files.free(&args.transcripts, &mut written, [&place])?;
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = format::write(Format::Json, &transcript, &Style::default(), &mut content);
        output::write(&content, &place, args.files.overwrite)?;
        told(reporter, path, [&place]);
        Ok(())
    })
}

/// `transcribe apply`.
pub(super) fn apply(args: Apply) -> Outcome {
    let reporter = Reporter::new(None, args.quiet, false);
    match applied(&args, reporter) {
        Ok(applied) if applied.conflicts.is_empty() => Outcome::Done,
        Ok(_) => Outcome::Failed,
        Err(error) => {
            reporter.failed(None, &error);
            Outcome::Failed
        }
    }
}

fn applied(args: &Apply, reporter: Reporter) -> Result<Applied, Error> {
    let edits = Edits::read(&args.edits)?;
    let (mut transcript, source) = read(&args.transcript, reporter)?;
    let refused =
        |reason: String, kind| Err(Error::Transcript { path: args.transcript.clone(), place: None, reason, kind });
    if source != Source::Transcribe {
        return refused(format!("it is {source}"), TranscriptErrorKind::NotImported);
    }
    let other = [&edits.sha256, &transcript.recording.sha256];
    if other.iter().all(|sha256| !sha256.is_empty()) && other[0] != other[1] {
        let reason = format!("the edits are of another recording, `{}`", edits.recording);
        return refused(reason, TranscriptErrorKind::OtherRecording);
    }
    let applied = edits.apply(&mut transcript, args.overwrite);
    let Applied { done, known, conflicts, renamed } = &applied;
    if done + renamed > 0 {
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = format::write(Format::Json, &transcript, &Style::default(), &mut content);
        output::write(&content, &args.transcript, true)?;
    }
    let mut told = format!("{}: {} put in", args.transcript.display(), edits_in_words(*done));
    let counts = [
        (*known, if *known == 1 { "was in it already" } else { "were in it already" }),
        (*renamed, if *renamed == 1 { "voice renamed" } else { "voices renamed" }),
    ];
    counts.iter().filter(|(n, _)| *n > 0).for_each(|(n, what)| told.push_str(&format!(", {n} {what}")));
    reporter.note(&told);
    if !conflicts.is_empty() {
        let place = |span: &Span| format!("{}–{}", span.start, span.end);
        let places: Vec<String> = conflicts.iter().map(place).collect();
        let others = if conflicts.len() == 1 { "another is" } else { "others are" };
        let count = edits_in_words(conflicts.len());
        let text =
            format!("{count} left out, since {others} there, perhaps your own from before: {}", places.join(", "));
        reporter.misused(&format!("{text}\nhint: `--overwrite` replaces those"));
    }
    Ok(applied)
}

/// `1 edit`, `2 edits`.
pub(super) fn edits_in_words(count: usize) -> String {
    format!("{count} edit{}", if count == 1 { "" } else { "s" })
}

/// One after the other; what fails is told, and the rest goes on.
fn all(paths: &[PathBuf], reporter: Reporter, mut one: impl FnMut(&Path) -> Result<(), Error>) -> Outcome {
    let mut outcome = Outcome::Done;
    for path in paths {
        if let Err(error) = one(path) {
            reporter.failed(None, &error);
            outcome = Outcome::Failed;
        }
    }
    outcome
}

/// Warnings that are about the reading are told; those of the transcript itself were when it was made.
fn read(path: &Path, reporter: Reporter) -> Result<(Transcript, Source), Error> {
    let (transcript, source) = import::read(path)?;
    if source != Source::Transcribe {
        let tell = |message: &String| reporter.note(&format!("warning: {}: {message}", path.display()));
        transcript.warnings.iter().map(|warning| &warning.message).for_each(tell);
    }
    Ok((transcript, source))
}

fn told<'a>(reporter: Reporter, path: &Path, places: impl IntoIterator<Item = &'a PathBuf>) {
    let places: Vec<String> = places.into_iter().map(|place| place.display().to_string()).collect();
    if !places.is_empty() {
        reporter.note(&format!("{} → {}", path.display(), places.join(", ")));
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || std::fs::canonicalize(a).is_ok_and(|a| std::fs::canonicalize(b).is_ok_and(|b| a == b))
}

impl Files {
    /// Where what is made of `path` goes.
    fn folder<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.output_dir.as_deref().unwrap_or(paths::folder_of(path))
    }

    /// May all of them be written? What something is made from never, and nothing twice. They are added to `written`.
    fn free<'a>(
        &self,
        sources: &[PathBuf],
        written: &mut Vec<PathBuf>,
        places: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<(), Error> {
        for place in places {
            let ours = || sources.iter().chain(&*written).any(|other| is_same(other, place));
            if place.exists() && (!self.overwrite || ours()) {
                return Err(Error::Exists { path: place.clone() });
            }
            written.push(place.clone());
        }
        Ok(())
    }
}
