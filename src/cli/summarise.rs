//! `transcribe summarise`: prose by a language model that the user runs on this computer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use transcribe::app::UsageError;
use transcribe::app::store::{Readers, named_file, stem, write_whole};
use transcribe::format::{DocumentFormat, Style, write_document};
use transcribe::meeting::Meeting;
use transcribe::minutes::Minutes;
use transcribe::participation::{Naming, item_name};
use transcribe::summarise::{
    Failure, Server, Source, Summary, SummaryOptions, Topic, outside_items, report, summarise,
};
use transcribe::wording::Language;
use transcribe::{Error, Transcript};

use super::Exit;
use super::args::{Summarise as Arguments, SummaryFormat};
use super::participation::{failed, names};
use super::progress::Reporter;
use super::public::Public;
use super::transcripts::{read, told};

pub(super) fn run(args: Arguments) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    let places = places(&args);
    let prepared = args.files.free(std::slice::from_ref(&args.transcript), &mut Vec::new(), &places);
    let material = match prepared.and_then(|()| Material::read(&args, reporter)) {
        Ok(Ok(material)) => material,
        Ok(Err(misuse)) => return reporter.misused(&misuse),
        Err(error) => return failed(reporter, &error),
    };
    if material.topics.is_empty() {
        return reporter.misused(&UsageError::new("nobody speaks in this transcript", "there is nothing to summarise"));
    }
    let limit = Duration::from_secs(args.timeout);
    let server = match Server::new(&args.server, &args.model, args.api.map(Into::into), limit) {
        Ok(server) => server,
        Err(failure) => {
            let misused = reporter.misused(&misuse(&failure));
            return if failure.is_final() { misused } else { Exit::Failed };
        }
    };
    if !server.is_checked() {
        reporter.note(
            "warning: this server cannot be asked whether it runs the model on this computer; make sure that it does",
        );
    }
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
    language: Language,
    spoken: Language,
    /// Names of persons.
    people: Vec<String>,
    title: String,
    topics: Vec<Topic>,
}

impl Material {
    fn read(args: &Arguments, reporter: Reporter) -> Result<Result<Material, UsageError>, Error> {
        let (transcript, _) = read(&args.transcript, reporter)?;
        let meeting = args.meeting.as_deref().map(Meeting::read).transpose()?.unwrap_or_default();
        let Public { transcript, minutes, .. } = match Public::of(transcript, &meeting, args.include_closed, reporter)?
        {
            Ok(public) => public,
            Err(misuse) => return Ok(Err(misuse)),
        };
        let known = Some(&transcript.language).filter(|code| !code.is_empty()).map(|code| Language::of(code));
        let language = args.ui_language.or(known).unwrap_or_default();
        let spoken = known.unwrap_or(language);
        let topics = topics(&transcript, &meeting, &minutes, language);
        let mut people: Vec<String> = meeting.persons.iter().map(|person| person.name.clone()).collect();
        people.extend(transcript.names.values().cloned());
        let title = [&*meeting.body, &*meeting.title].map(str::trim).join(" ").trim().to_owned();
        let title = if title.is_empty() { names(std::slice::from_ref(&args.transcript)).concat() } else { title };
        Ok(Ok(Material { language, spoken, people, title, topics }))
    }

    fn summary(self, args: &Arguments, server: &Server, reporter: Reporter) -> Summary {
        let Material { language, spoken, people, title, topics } = self;
        let options = SummaryOptions { language, spoken, context: args.context, names: &people };
        let (mut items, all) = (Vec::new(), topics.len());
        let mut ended: Option<Failure> = None;
        for (topic, n) in topics.into_iter().zip(1..) {
            let written = match &ended {
                Some(failure) => Err(failure.clone()),
                None => summarise(&topic, server, &options),
            };
            match &written {
                Ok(sentences) => {
                    let doubtful = sentences.iter().filter(|sentence| !sentence.faults.is_empty()).count();
                    let doubt = if doubtful > 0 { format!(", {doubtful} not supported") } else { String::new() };
                    reporter.note(&format!("{n} of {all}: {} sentences{doubt}", sentences.len()));
                }
                Err(failure) => reporter.note(&format!("{n} of {all}: {failure}")),
            }
            // Those that follow are not asked for, and stand in the summary all the same.
            ended = ended.or_else(|| written.as_ref().err().filter(|failure| failure.is_final()).cloned());
            items.push((topic.title, written));
        }
        Summary { title, language, model: server.model().to_owned(), items }
    }
}

/// What is said in each item, and outside of them, in order; all of it if no items are known.
fn topics(transcript: &Transcript, meeting: &Meeting, minutes: &Minutes, language: Language) -> Vec<Topic> {
    let naming = Naming { name: "", meeting: Some(meeting), several: false };
    let names = naming.names(transcript);
    let stretches = &minutes.stretches;
    let known = stretches.iter().any(|stretch| !stretch.items.is_empty());
    let title = |stretch: Option<usize>| match stretch.map(|n| item_name(minutes, &stretches[n])) {
        _ if !known => String::new(),
        Some(name) if !name.is_empty() => name,
        _ => outside_items(language).to_owned(),
    };
    // By stretch; what is in none comes last.
    let mut said: BTreeMap<usize, Vec<Source>> = BTreeMap::new();
    for segment in transcript.segments.iter().filter(|segment| !segment.text.trim().is_empty()) {
        let at = segment.span.start;
        let before = stretches.partition_point(|stretch| stretch.span.start <= at).checked_sub(1);
        let stretch = before.filter(|n| known && at < stretches[*n].span.end);
        said.entry(stretch.unwrap_or(stretches.len())).or_default().push(Source {
            who: segment.speaker.and_then(|speaker| names.get(&speaker)).cloned(),
            at,
            text: segment.text.split_whitespace().collect::<Vec<_>>().join(" "),
        });
    }
    let topic = |(n, sources)| Topic { title: title(Some(n).filter(|n| *n < stretches.len())), sources };
    said.into_iter().map(topic).collect()
}

/// What to do about a failure.
fn misuse(failure: &Failure) -> UsageError {
    let hint = match failure {
        Failure::NotLocal { .. } => "what was said stays on this computer: `--server http://127.0.0.1:11434`",
        Failure::Cloud { .. } => "take a model that runs on this computer; `ollama list` shows them",
        Failure::Unchecked { .. } => {
            "nothing was sent: start Ollama anew, or take a newer one; `--api openai` is for servers that are not Ollama, if you know where they run the model"
        }
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
