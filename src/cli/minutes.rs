//! `transcribe minutes`: a draft of minutes, and what was found, from a transcript.

use std::path::{Path, PathBuf};

use transcribe::app::UsageError;
use transcribe::app::store::{Readers, beside, link, named_file, stem, write_whole};
use transcribe::edits::Edits;
use transcribe::format::{DocumentFormat, Style, write_document};
use transcribe::meeting::{self, Meeting};
use transcribe::minutes::{self, Cues, DraftOptions, Kind, Minutes, Part, draft};
use transcribe::{Error, Millis, Transcript};

use super::Exit;
use super::args::{self, MinutesFormat};
use super::progress::Reporter;
use super::public::{settle_language, unplaced};
use super::transcripts::{read, told};

/// What a draft is made of.
struct Source<'a> {
    args: &'a args::Minutes,
    path: &'a Path,
    transcript: Transcript,
    /// When each of several recordings begins.
    begins: Vec<Millis>,
    meeting: Meeting,
    minutes: Minutes,
}

pub(super) fn run(args: args::Minutes) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    let outcome = match args.transcripts.first() {
        _ if args.init => init(&args, reporter).map(Ok),
        Some(path) => written(&args, path, reporter),
        None => Ok(Ok(())),
    };
    match outcome {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(misuse)) => reporter.misused(&misuse),
        Err(error) => {
            reporter.failed(None, &error);
            Exit::Failed
        }
    }
}

/// A file to fill in.
fn init(args: &args::Minutes, reporter: Reporter) -> Result<(), Error> {
    let folder = args.files.output_dir.as_deref().unwrap_or(Path::new(""));
    let place = folder.join("meeting.toml");
    write_whole(meeting::TEMPLATE.as_bytes(), &place, args.files.overwrite, Readers::AsUsual)?;
    reporter.note(&format!("{}: fill it in, then `transcribe minutes TRANSCRIPT --meeting`", place.display()));
    Ok(())
}

fn written(args: &args::Minutes, path: &Path, reporter: Reporter) -> Result<Result<(), UsageError>, Error> {
    let parts = args.transcripts.iter().map(|path| Ok(read(path, reporter)?.0)).collect::<Result<_, Error>>()?;
    let (mut transcript, begins) = minutes::joined(parts);
    let meeting = args.meeting.as_deref().map(Meeting::read).transpose()?.unwrap_or_default();
    if let Err(misuse) = settle_language(&mut transcript, &meeting, reporter) {
        return Ok(Err(misuse));
    }
    let cues = Cues::read(&transcript.language, args.cues.as_deref())?;
    let edits = args.edits.as_deref().map(Edits::read).transpose()?.unwrap_or_default().minutes;
    let (meeting, ambiguous) = minutes::with_beginnings(meeting, &edits);
    for number in ambiguous {
        reporter.note(&format!("warning: several items have the number `{number}`: where it begins is not known"));
    }
    let mut minutes = minutes::find(&transcript, &meeting, &cues);
    for id in minutes::decide(&mut minutes, &transcript, &edits) {
        reporter.note(&format!("warning: nothing is found there any more: `{id}`"));
    }
    let source = Source { args, path, transcript, begins, meeting, minutes };
    if let Err(misuse) = source.check() {
        return Ok(Err(misuse));
    }
    let files = source.files()?;
    let mut sources = args.transcripts.clone();
    sources.extend([&args.meeting, &args.cues, &args.edits].into_iter().flatten().cloned());
    args.files.free(&sources, &mut Vec::new(), files.iter().map(|(place, _)| place))?;
    for (place, content) in &files {
        write_whole(content, place, args.files.overwrite, Readers::Of(&args.transcripts))?;
    }
    told(reporter, path, files.iter().map(|(place, _)| place));
    Ok(Ok(()))
}

impl Source<'_> {
    /// Whether what is asked for can be done without giving away what is not public.
    fn check(&self) -> Result<(), UsageError> {
        let hidden = self.minutes.closed_and_not_found();
        if self.args.public_only
            && let Some(item) = hidden.first().map(|item| &self.minutes.items[*item])
        {
            let hint = "`start` of the item in meeting.toml says it; a time after the end if it was not recorded";
            return Err(unplaced(&item.number, "the recording", hint));
        }
        if self.args.per_item && self.minutes.items.is_empty() {
            return Err(UsageError::new("no item of an agenda is known", "`--meeting` takes the agenda"));
        }
        let oparl = self.args.output_format.contains(&MinutesFormat::Oparl);
        if oparl && self.meeting.oparl.is_none() {
            return Err(UsageError::new(
                "there is no meeting of OParl",
                "`--meeting` takes it, or `oparl_file` in meeting.toml",
            ));
        }
        if oparl && self.meeting.clock(Millis(0)).is_none() {
            let hint = "`recording_starts` and `date` in meeting.toml";
            return Err(UsageError::new("it is not known when the recording begins", hint));
        }
        Ok(())
    }

    /// All files, with what is in them.
    fn files(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        let mut formats = self.args.output_format.clone();
        formats.sort();
        formats.dedup();
        let mut files = Vec::new();
        for format in formats {
            let format = match format {
                MinutesFormat::Docx => DocumentFormat::Docx,
                MinutesFormat::Html => DocumentFormat::Html,
                MinutesFormat::Md => DocumentFormat::Md,
                MinutesFormat::Json => {
                    files.push((self.place("findings.json"), self.findings()));
                    continue;
                }
                MinutesFormat::Oparl => {
                    files.extend(self.oparl()?);
                    continue;
                }
            };
            for kind in self.kinds() {
                files.extend(self.parts().into_iter().map(|(part, name)| self.document(format, kind, part, &name)));
            }
        }
        Ok(files)
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for kind in self.args.kind.iter().map(|kind| Kind::from(*kind)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// The parts of which each has a file, with how their names end.
    fn parts(&self) -> Vec<(Part, String)> {
        let items = &self.minutes.items;
        if self.args.per_item {
            let wanted = |at: &usize| !(items[*at].closed && self.args.public_only);
            let name = |at: usize| {
                let number: String = items[at].number.chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
                let closed = if items[at].closed { ".closed" } else { "" };
                format!(".{:02}-{}{closed}", at + 1, number.trim_matches('.'))
            };
            return (0..items.len()).filter(wanted).map(|at| (Part::Item(at), name(at))).collect();
        }
        let mut parts = vec![(Part::Public, String::new())];
        let closed =
            items.iter().any(|item| item.closed) || self.minutes.stretches.iter().any(|stretch| stretch.closed);
        if !self.args.public_only && closed {
            parts.push((Part::Closed, ".closed".into()));
        }
        parts
    }

    fn place(&self, ending: &str) -> PathBuf {
        named_file(self.args.files.folder(self.path), stem(self.path), ending)
    }

    fn document(&self, format: DocumentFormat, kind: Kind, part: Part, name: &str) -> (PathBuf, Vec<u8>) {
        let extension = match format {
            DocumentFormat::Docx => "docx",
            DocumentFormat::Html => "html",
            DocumentFormat::Md => "md",
        };
        let page = named_file(beside(self.path), stem(self.path), "html");
        let one = self.begins.len() == 1;
        let page = if one && page.is_file() { link(&page, self.args.files.folder(self.path)) } else { None };
        let options = DraftOptions { kind, part, land: self.args.land, page, begins: self.begins.clone() };
        let document = draft(&self.transcript, &self.meeting, &self.minutes, &options);
        let style = Style { line_numbers: true, page_numbers: true, ..Style::default() };
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = write_document(format, &document, &style, &mut content);
        (self.place(&format!("{}{name}.{extension}", kind.code())), content)
    }

    /// What was found; without what is not public if that is asked for.
    fn findings(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let public = self.args.public_only.then(|| self.minutes.public());
        // Writing into memory does not fail.
        let _ = minutes::write_json(public.as_ref().unwrap_or(&self.minutes), &self.transcript, &mut content);
        content
    }

    /// The meeting of OParl with the times of its items; without what is not public if that is asked for.
    fn oparl(&self) -> Result<Option<(PathBuf, Vec<u8>)>, Error> {
        let Some((path, bytes)) = &self.meeting.oparl else { return Ok(None) };
        let items = &self.minutes.items;
        let public = self.args.public_only.then(|| self.minutes.public());
        let minutes = public.as_ref().unwrap_or(&self.minutes);
        let times: Vec<_> = (items.iter().enumerate())
            .filter(|(_, item)| !item.id.is_empty())
            .filter_map(|(at, item)| {
                let span = minutes.span(at)?;
                Some((item.id.clone(), self.meeting.clock(span.start)?, self.meeting.clock(span.end)?))
            })
            .collect();
        let mut written = meeting::with_times(bytes, path, &times)?;
        if self.args.public_only {
            let closed: Vec<String> =
                items.iter().filter(|item| item.closed && !item.id.is_empty()).map(|item| item.id.clone()).collect();
            written = meeting::without_closed(&written, path, &closed)?;
        }
        Ok(Some((self.place("oparl.json"), written)))
    }
}
