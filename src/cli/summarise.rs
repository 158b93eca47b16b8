//! `transcribe summarise`: prose by a language model that the user runs on this computer.

use std::path::PathBuf;
use std::time::Duration;

use transcribe::app::UsageError;
use transcribe::app::store::{Readers, named_file, stem, write_whole};
use transcribe::format::{DocumentFormat, Style, write_document};
use transcribe::meeting::Meeting;
use transcribe::minutes::{self, Cues};
use transcribe::participation::{self, Item, Naming};
use transcribe::summarise::{Failure, Server, Source, Summary, Topic, Wish, report, summarise};
use transcribe::wording::Language;
use transcribe::{Error, Millis, Span, Transcript};

use super::Exit;
use super::args::{Summarise as Arguments, SummaryFormat};
use super::participation::{failed, names};
use super::progress::Reporter;
use super::transcripts::{read, told};

pub(super) fn run(args: Arguments) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    let places = places(&args);
    let prepared = args.files.free(std::slice::from_ref(&args.transcript), &mut Vec::new(), &places);
    let material = prepared.and_then(|()| Material::read(&args, reporter));
    let material = match material {
        Ok(material) => material,
        Err(error) => return failed(reporter, &error),
    };
    if material.topics.is_empty() {
        return reporter.misused(&UsageError::new("nobody speaks in this transcript", "there is nothing to summarise"));
    }
    let limit = Duration::from_secs(args.timeout);
    let server = match Server::new(&args.server, &args.model, args.api.map(Into::into), limit) {
        Ok(server) => server,
        Err(failure) => return reporter.misused(&misuse(&failure)),
    };
    let summary = material.summary(&args, &server, reporter);
    if summary.items.iter().all(|(_, written)| written.is_err()) {
        let first = summary.items.into_iter().find_map(|(_, written)| written.err());
        let failure = first.unwrap_or(Failure::Answer);
        reporter.misused(&misuse(&failure));
        return Exit::Failed;
    }
    match write(&args, &summary, &places) {
        Ok(()) => told(reporter, &args.transcript, &places),
        Err(error) => return failed(reporter, &error),
    }
    if summary.items.iter().any(|(_, written)| written.is_err()) { Exit::Failed } else { Exit::Done }
}

/// What is said, and what is known of the meeting.
struct Material {
    transcript: Transcript,
    meeting: Meeting,
    topics: Vec<Topic>,
}

impl Material {
    fn read(args: &Arguments, reporter: Reporter) -> Result<Material, Error> {
        let (transcript, _) = read(&args.transcript, reporter)?;
        let meeting = args.meeting.as_deref().map(Meeting::read).transpose()?.unwrap_or_default();
        let cues = Cues::read(&transcript.language, None)?;
        let items = participation::items(&minutes::find(&transcript, &meeting, &cues));
        let topics = topics(&transcript, &meeting, items);
        Ok(Material { transcript, meeting, topics })
    }

    fn summary(&self, args: &Arguments, server: &Server, reporter: Reporter) -> Summary {
        let language = args.ui_language.unwrap_or_else(|| Language::of(&self.transcript.language));
        let mut people: Vec<String> = self.meeting.persons.iter().map(|person| person.name.clone()).collect();
        people.extend(self.transcript.names.values().cloned());
        let wish = Wish { language, context: args.context, names: &people };
        let mut items = Vec::new();
        for (n, topic) in self.topics.iter().enumerate() {
            let written = summarise(topic, server, &wish);
            let ends = written.as_ref().is_err_and(Failure::is_final);
            match &written {
                Ok(sentences) => {
                    let doubtful = sentences.iter().filter(|sentence| !sentence.faults.is_empty()).count();
                    let doubt = if doubtful > 0 { format!(", {doubtful} not supported") } else { String::new() };
                    reporter.note(&format!("{} of {}: {} sentences{doubt}", n + 1, self.topics.len(), sentences.len()));
                }
                Err(failure) => reporter.note(&format!("{} of {}: {failure}", n + 1, self.topics.len())),
            }
            items.push((topic.title.clone(), written));
            if ends {
                break;
            }
        }
        let title = [&*self.meeting.body, &*self.meeting.title].map(str::trim).join(" ").trim().to_owned();
        let title = if title.is_empty() { names(std::slice::from_ref(&args.transcript)).concat() } else { title };
        Summary { title, language, model: server.model().to_owned(), items }
    }
}

/// What is said in each item; all of it if no items are known. What is said before the first is none.
fn topics(transcript: &Transcript, meeting: &Meeting, items: Vec<Item>) -> Vec<Topic> {
    let naming = Naming { name: "", meeting: Some(meeting), several: false };
    let said = |span: Span| {
        let within = transcript.segments.iter().filter(move |segment| {
            (span.start..span.end).contains(&segment.span.start) && !segment.text.trim().is_empty()
        });
        let source = |segment: &transcribe::Segment| Source {
            who: segment.speaker.map(|speaker| naming.of(transcript, speaker)),
            at: segment.span.start,
            text: segment.text.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        within.map(source).collect::<Vec<_>>()
    };
    let topics = items.into_iter().map(|item| Topic { sources: said(item.span), title: item.name });
    let mut topics: Vec<Topic> = topics.filter(|topic| !topic.sources.is_empty()).collect();
    if topics.is_empty() {
        let all = said(Span { start: Millis(0), end: Millis(u64::MAX) });
        topics.extend(Some(Topic { title: String::new(), sources: all }).filter(|topic| !topic.sources.is_empty()));
    }
    topics
}

/// What to do about a failure.
fn misuse(failure: &Failure) -> UsageError {
    let hint = match failure {
        Failure::NotLocal { .. } => "what was said stays on this computer: `--server http://127.0.0.1:11434`",
        Failure::Cloud { .. } => "take a model that runs on this computer; `ollama list` shows them",
        Failure::NoModel { .. } => "`--model` takes the name as the server lists it",
        Failure::Unreachable { .. } | Failure::Gone { .. } => "start the server, and name its address with `--server`",
        Failure::Slow { .. } => "`--timeout SECONDS` waits longer, and a smaller model is faster",
        Failure::PromptCut => "give the server a longer context, or take a smaller `--context`",
        _ => "another model may do better",
    };
    UsageError::new(failure.to_string(), hint)
}

fn places(args: &Arguments) -> Vec<PathBuf> {
    let folder = args.files.folder(&args.transcript);
    let place =
        |format: &SummaryFormat| named_file(folder, stem(&args.transcript), &format!("summary.{}", format.name()));
    args.output_format.iter().map(place).collect()
}

fn write(args: &Arguments, summary: &Summary, places: &[PathBuf]) -> Result<(), Error> {
    let document = report(summary);
    for (format, place) in args.output_format.iter().zip(places) {
        let format = match format {
            SummaryFormat::Docx => DocumentFormat::Docx,
            SummaryFormat::Html => DocumentFormat::Html,
            SummaryFormat::Md => DocumentFormat::Md,
        };
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = write_document(format, &document, &Style::default(), &mut content);
        write_whole(&content, place, args.files.overwrite, Readers::Of(std::slice::from_ref(&args.transcript)))?;
    }
    Ok(())
}
