//! What can be done with transcripts that are there: `export`, `import` and `apply`. No model is needed.
//!
//! Files are handled one by one: a broken one does not affect the others.

use std::path::{Path, PathBuf};
use std::slice;

use transcribe::app::jobs::{CaptionReport, Rendering, identify, render};
use transcribe::app::store::{Changing, Readers, beside, file_name, inside, link, output_file, stem, write_whole};
use transcribe::app::{self, CancelToken, UsageError};
use transcribe::edits::{Applied, Edits, OtherName};
use transcribe::format::{self, Format, Style};
use transcribe::import::{self, Source};
use transcribe::wording::{self, Language};
use transcribe::{Error, Span, Transcript, TranscriptErrorKind, audio};

use super::args::{Apply, Export, Files, Import};
use super::display::edits;
use super::progress::Reporter;
use super::{Exit, captions, output};

/// How the files look, if the arguments make sense.
fn check_export(args: &Export) -> Result<Style, UsageError> {
    if args.stdout.is_some() && args.transcripts.len() > 1 {
        return Err(UsageError::new("`--stdout` takes one transcript", "`-f` writes files"));
    }
    if args.media.as_ref().is_some_and(|media| media.to_string_lossy().contains("://")) {
        let hint = "a page may fetch nothing from a network; get the recording, and name its file";
        return Err(UsageError::new("`--media` takes a file", hint));
    }
    super::check_stdout(args.stdout)?;
    app::style(&args.options.values)
}

/// `transcribe export`.
pub(super) fn export(args: Export) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    let style = match check_export(&args) {
        Ok(style) => style,
        Err(error) => return reporter.misused(&error),
    };
    let mut written = Vec::new();
    all(&args.transcripts, reporter, |path| {
        let (transcript, _) = read(path, reporter)?;
        let folder = args.files.folder(path);
        let style = Style { media: media(&args, path, &transcript, folder), ..style.clone() };
        let html = args.output_format.contains(&Format::Html) || args.stdout == Some(Format::Html);
        let parts = match html && args.options.values.flag("embed-audio") {
            true => Some(embedded(&args, path, &transcript)?),
            false => None,
        };
        let rendering = Rendering { style: &style, word_times: true, embed: parts.as_deref() };
        let content = |format| render(format, &transcript, &rendering, &CancelToken::new());
        let mut formats = args.output_format.clone();
        formats.sort();
        formats.dedup();
        let stem = stem(path);
        let places: Vec<(Format, PathBuf)> =
            formats.into_iter().map(|format| (format, output_file(folder, stem, format))).collect();
        args.files.free(&args.transcripts, &mut written, places.iter().map(|(_, place)| place))?;
        // A page may contain the sound.
        let sources = [vec![path.to_owned()], parts.clone().unwrap_or_default()].concat();
        for (format, place) in &places {
            write_whole(&content(*format)?, place, args.files.overwrite, Readers::Of(&sources))?;
        }
        if let Some(format) = args.stdout {
            let fail = |source| Error::Write { path: "standard output".into(), source };
            output::print(&content(format)?).map_err(fail)?;
        }
        told(reporter, path, places.iter().map(|(_, place)| place));
        if args.options.values.flag("report") {
            let report = CaptionReport::new(&transcript, style.captions);
            let (text, facts) = captions::report(&file_name(path), &report);
            reporter.answer(&text, facts);
        }
        Ok(())
    })
}

/// How what is made in `folder` of the transcript at `path` links to the recording.
fn media(args: &Export, path: &Path, transcript: &Transcript, folder: &Path) -> Option<String> {
    let name = transcript.recording.media();
    let recording = args.media.clone().or_else(|| (!name.is_empty()).then(|| beside(path).join(name)));
    recording.and_then(|recording| link(&recording, folder))
}

/// The files of the recording that a page is to contain: what was asked for, or what the transcript names, beside it.
fn embedded(args: &Export, path: &Path, transcript: &Transcript) -> Result<Vec<PathBuf>, Error> {
    if let Some(media) = &args.media {
        return Ok(vec![media.clone()]);
    }
    let recording = &transcript.recording;
    let tracks: Vec<String> = recording.tracks.iter().map(|track| track.file.clone()).collect();
    let names = match () {
        () if !tracks.is_empty() => &tracks[..],
        () if recording.parts.len() > 1 => &recording.parts[..],
        () => slice::from_ref(&recording.name),
    };
    let folder = beside(path);
    let there = |name: &String| inside(folder, name).map_err(|source| Error::Read { path: folder.join(name), source });
    names.iter().filter(|name| !name.is_empty()).map(there).collect()
}

/// `transcribe import`.
pub(super) fn import(args: Import) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    if args.recording.is_some() && args.transcripts.len() > 1 {
        return reporter.misused(&UsageError::new("`--recording` is about one file", "import them one by one"));
    }
    let language = match args.language.as_deref().map(app::language_code).transpose() {
        Ok(language) => language.flatten(),
        Err(error) => return reporter.misused(&error),
    };
    let mut written = Vec::new();
    all(&args.transcripts, reporter, |path| {
        let (mut transcript, _) = read(path, reporter)?;
        if let Some(recording) = &args.recording {
            let parts = [recording.clone()];
            let unreadable = |source| Error::Read { path: recording.clone(), source };
            transcript.recording = identify(file_name(recording), &parts, &CancelToken::new()).map_err(unreadable)?;
            let length = audio::open(recording, audio::Selection::default())?.length();
            transcript.duration = transcript.duration.max(length.unwrap_or_default());
        }
        if let Some(language) = language.as_ref().filter(|_| transcript.language.is_empty()) {
            transcript.language.clone_from(language);
            transcript.segments.iter_mut().for_each(|segment| segment.language.clone_from(language));
        }
        let (folder, stem) = (args.files.folder(path), stem(path));
        let mut place = output_file(folder, stem, Format::Json);
        if is_same(&place, path) {
            let mut stem = stem.to_owned();
            stem.push("-imported");
            place = output_file(folder, &stem, Format::Json);
        }
        args.files.free(&args.transcripts, &mut written, [&place])?;
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = format::write(Format::Json, &transcript, &Style::default(), &mut content);
        let sources: Vec<PathBuf> = [path].into_iter().chain(args.recording.as_deref()).map(Path::to_owned).collect();
        write_whole(&content, &place, args.files.overwrite, Readers::Of(&sources))?;
        told(reporter, path, [&place]);
        Ok(())
    })
}

/// `transcribe apply`.
pub(super) fn apply(args: Apply) -> Exit {
    let reporter = Reporter::new(None, args.quiet, false);
    match applied(&args, reporter) {
        Ok(Applied { conflicts, unfitting, other_names, .. })
            if conflicts.is_empty() && unfitting.is_empty() && other_names.is_empty() =>
        {
            Exit::Done
        }
        Ok(_) => Exit::Failed,
        Err(error) => match swapped(&args) {
            Some(misuse) => reporter.misused(&misuse),
            None => {
                reporter.failed(None, &error);
                Exit::Failed
            }
        },
    }
}

/// What to say if a transcript comes first.
fn swapped(Apply { edits, transcript, .. }: &Apply) -> Option<UsageError> {
    if !matches!(import::read(edits), Ok((_, Source::Transcribe))) {
        return None;
    }
    let [first, second] = [edits, transcript].map(|path| path.display().to_string());
    Some(match Edits::read(transcript) {
        Ok(_) => UsageError::new(
            format!("`{first}` is the transcript and `{second}` has the edits, which come first"),
            format!("`transcribe apply {second} {first}`"),
        ),
        Err(_) => UsageError::new(
            format!("`{first}` is a transcript, and the file of edits comes first"),
            "`transcribe apply EDITS TRANSCRIPT`",
        ),
    })
}

fn applied(args: &Apply, reporter: Reporter) -> Result<Applied, Error> {
    let given = Edits::read(&args.edits)?;
    let _alone = Changing::wait(&args.transcript)?;
    let (mut transcript, source) = read(&args.transcript, reporter)?;
    let refused =
        |reason: String, kind| Err(Error::Transcript { path: args.transcript.clone(), place: None, reason, kind });
    if source != Source::Transcribe {
        return refused(format!("it is {source}"), TranscriptErrorKind::NotImported);
    }
    let are_of_it = given.are_of(&transcript);
    if are_of_it == Some(false) {
        let reason = format!("the edits are of another recording, `{}`", given.recording);
        return refused(reason, TranscriptErrorKind::OtherRecording);
    }
    let before = transcript.clone();
    let applied = match are_of_it {
        None if !args.overwrite => given.apply_fitting(&mut transcript),
        _ => given.apply(&mut transcript, args.overwrite),
    };
    let Applied { done, known, renamed, .. } = &applied;
    if transcript != before {
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = format::write(Format::Json, &transcript, &Style::default(), &mut content);
        write_whole(&content, &args.transcript, true, Readers::AsUsual)?;
    }
    let mut told = format!("{}: {} put in", args.transcript.display(), edits(*done));
    let counts = [
        (*known, if *known == 1 { "was in it already" } else { "were in it already" }),
        (*renamed, if *renamed == 1 { "voice renamed" } else { "voices renamed" }),
    ];
    counts.iter().filter(|(n, _)| *n > 0).for_each(|(n, what)| told.push_str(&format!(", {n} {what}")));
    reporter.note(&told);
    left_out(&applied, reporter);
    Ok(applied)
}

/// Tells what was not applied, and what may not be meant.
fn left_out(applied: &Applied, reporter: Reporter) {
    let Applied { conflicts, unfitting, other_names, united, .. } = applied;
    let both = |one: &OtherName| format!("`{}` is called `{}` in the edits", one.current, one.given);
    if !united.is_empty() {
        let names: Vec<String> = united.iter().map(both).collect();
        reporter.note(&format!("one voice now, since both have the same name: {}", names.join(", ")));
    }
    let hint = "`--overwrite` replaces those";
    let places = |spans: &[Span]| {
        let places: Vec<String> = spans.iter().map(|span| format!("{}–{}", span.start, span.end)).collect();
        places.join(", ")
    };
    if !unfitting.is_empty() {
        let (count, places) = (edits(unfitting.len()), places(unfitting));
        let text = format!("{count} left out, perhaps of another recording, since other text is there: {places}");
        reporter.misused(&UsageError::new(text, "`--overwrite` puts them in all the same"));
    }
    if !conflicts.is_empty() {
        let others = if conflicts.len() == 1 { "another is" } else { "others are" };
        let count = edits(conflicts.len());
        let places = places(conflicts);
        let text = format!("{count} left out, since {others} there, perhaps your own from before: {places}");
        reporter.misused(&UsageError::new(text, hint));
    }
    if !other_names.is_empty() {
        let names: Vec<String> = other_names.iter().map(both).collect();
        let text = format!("two names for one voice; the first one stays: {}", names.join(", "));
        reporter.misused(&UsageError::new(text, hint));
    }
}

/// One after the other; errors are reported, and the others are still handled.
fn all(paths: &[PathBuf], reporter: Reporter, mut one: impl FnMut(&Path) -> Result<(), Error>) -> Exit {
    let mut outcome = Exit::Done;
    for path in paths {
        if let Err(error) = one(path) {
            reporter.failed(None, &error);
            outcome = Exit::Failed;
        }
    }
    outcome
}

/// Warnings that are about the reading are told; those of the transcript itself were when it was made.
pub(super) fn read(path: &Path, reporter: Reporter) -> Result<(Transcript, Source), Error> {
    let (transcript, source) = import::read(path)?;
    if source != Source::Transcribe {
        let tell = |message: String| reporter.note(&format!("warning: {}: {message}", path.display()));
        transcript.warnings.iter().map(|warning| wording::warning(warning, Language::English)).for_each(tell);
    }
    Ok((transcript, source))
}

pub(super) fn told<'a>(reporter: Reporter, path: &Path, places: impl IntoIterator<Item = &'a PathBuf>) {
    let places: Vec<String> = places.into_iter().map(|place| place.display().to_string()).collect();
    if !places.is_empty() {
        reporter.note(&format!("{} → {}", path.display(), places.join(", ")));
    }
}

pub(super) fn is_same(a: &Path, b: &Path) -> bool {
    a == b || std::fs::canonicalize(a).is_ok_and(|a| std::fs::canonicalize(b).is_ok_and(|b| a == b))
}

impl Files {
    /// Where what is made of `path` goes.
    pub(super) fn folder<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.output_dir.as_deref().unwrap_or(beside(path))
    }

    /// May all of them be written? What something is made from never, and nothing twice. They are added to `written`.
    pub(super) fn free<'a>(
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
