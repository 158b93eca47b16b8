//! `transcribe participation`: who takes part in a meeting, and how much.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use transcribe::app::UsageError;
use transcribe::app::store::{Readers, named_file, stem, text_of, write_whole};
use transcribe::format::{self, DocumentFormat, Style};
use transcribe::meeting::Meeting;
use transcribe::participation::{self, Conversation, Naming, Parameters, Participation, Person};
use transcribe::wording::Language;
use transcribe::{Error, Transcript};

use super::args::{Participation as Arguments, ReportFormat};
use super::progress::Reporter;
use super::public::{Public, all_public};
use super::transcripts::{is_same, read, told};
use super::{Exit, output};

/// Names of recordings in a title.
const MOST_NAMES: usize = 3;

pub(super) fn run(args: Arguments) -> Exit {
    let reporter = Reporter::new(None, args.files.quiet, false);
    if let Err(misuse) = check(&args) {
        return reporter.misused(&misuse);
    }
    let participation = match measured(&args, reporter) {
        Ok(Ok(participation)) => participation,
        Ok(Err(misuse)) => return reporter.misused(&misuse),
        Err(error) => return failed(reporter, &error),
    };
    match write(&args, &participation, reporter) {
        Ok(()) => Exit::Done,
        Err(error) => failed(reporter, &error),
    }
}

pub(super) fn failed(reporter: Reporter, error: &Error) -> Exit {
    reporter.failed(None, error);
    Exit::Failed
}

/// No transcript is named twice.
pub(super) fn check_names(transcripts: &[PathBuf]) -> Result<(), UsageError> {
    for (n, path) in transcripts.iter().enumerate() {
        if transcripts[..n].iter().any(|other| is_same(other, path)) {
            let hint = "what is said in it would count twice";
            return Err(UsageError::new(format!("`{}` is named twice", path.display()), hint));
        }
    }
    Ok(())
}

fn check(args: &Arguments) -> Result<(), UsageError> {
    check_names(&args.transcripts)?;
    match args.stdout {
        Some(ReportFormat::Docx) if output::stdout_is_terminal() => {
            Err(UsageError::new("`docx` is not text, a terminal cannot show it", "`-f docx` writes a file"))
        }
        _ => Ok(()),
    }
}

fn measured(args: &Arguments, reporter: Reporter) -> Result<Result<Participation, UsageError>, Error> {
    let meeting = args.meeting.as_deref().map(Meeting::read).transpose()?;
    let transcripts: Vec<Transcript> =
        args.transcripts.iter().map(|path| Ok(read(path, reporter)?.0)).collect::<Result<_, Error>>()?;
    let persons = meeting.as_ref().map(participation::persons).unwrap_or_default();
    let excluded = match excluded(&args.exclude_role, &persons) {
        Ok(excluded) if excluded.is_empty() => participation::MODERATION.map(str::to_owned).into(),
        Ok(excluded) => excluded,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let parameters = parameters(args);
    let names = names(&args.transcripts);
    let found = match all_public(transcripts, meeting.as_ref(), args.include_closed, reporter)? {
        Ok(found) => found,
        Err(misuse) => return Ok(Err(misuse)),
    };
    let language = found.iter().map(|one| &one.transcript.language).find(|code| !code.is_empty());
    let language = args.ui_language.or(language.map(|code| Language::of(code))).unwrap_or_default();
    let conversation = |(name, found): (&String, Public)| {
        let naming = Naming { name, meeting: meeting.as_ref(), several: names.len() > 1 };
        let items = if names.len() > 1 { Vec::new() } else { participation::items(&found.minutes) };
        let conversation = Conversation::of(&found.transcript, &naming, parameters.gap);
        Conversation { items, left_out: found.left_out, ..conversation }
    };
    let conversations: Vec<Conversation> = names.iter().zip(found).map(conversation).collect();
    let title = title(meeting.as_ref(), &names);
    Ok(Ok(Participation::new(title, language, conversations, persons, (excluded, parameters))))
}

fn parameters(args: &Arguments) -> Parameters {
    let usual = Parameters::default();
    Parameters {
        gap: args.turn_gap.unwrap_or(usual.gap),
        backchannel: args.backchannel.unwrap_or(usual.backchannel),
        terminal: args.terminal_overlap.unwrap_or(usual.terminal),
        hold: args.hold.unwrap_or(usual.hold),
    }
}

/// The roles that were asked for, if somebody has them.
pub(super) fn excluded(roles: &[String], persons: &[Person]) -> Result<BTreeSet<String>, UsageError> {
    let known: BTreeSet<&str> = persons.iter().filter_map(|person| person.role.as_deref()).collect();
    match roles.iter().find(|role| !known.contains(role.as_str())) {
        None => Ok(roles.iter().cloned().collect()),
        Some(role) => {
            let known: Vec<String> = known.iter().map(|role| format!("`{role}`")).collect();
            let hint = match known.is_empty() {
                true => "`--meeting FILE` names a file that says who has which role".to_owned(),
                false => format!("there are {}", known.join(", ")),
            };
            Err(UsageError::new(format!("nobody has the role `{role}`"), hint))
        }
    }
}

/// What each recording is called: by its file, and no two alike.
pub(super) fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for path in paths {
        let name = text_of(stem(path));
        let mut free = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name} ({n})") });
        names.extend(free.find(|name| !names.contains(name)));
    }
    names
}

/// What the meeting is called.
fn title(meeting: Option<&Meeting>, names: &[String]) -> String {
    let known = meeting.map(|meeting| [&*meeting.body, &*meeting.title].map(str::trim)).unwrap_or_default();
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    match (known.is_empty(), names.len() > MOST_NAMES) {
        (false, _) => known.join(", "),
        (true, false) => names.join(", "),
        (true, true) => format!("{}, …", names[..MOST_NAMES].join(", ")),
    }
}

fn write(args: &Arguments, participation: &Participation, reporter: Reporter) -> Result<(), Error> {
    let first = &args.transcripts[0];
    let folder = args.files.folder(first);
    let mut formats = args.output_format.clone();
    if formats.is_empty() && args.stdout.is_none() {
        formats.push(ReportFormat::Html);
    }
    formats.sort();
    formats.dedup();
    let place = |format: &ReportFormat| place(folder, &args.transcripts, *format);
    let places: Vec<PathBuf> = formats.iter().map(place).collect();
    args.files.free(&args.transcripts, &mut Vec::new(), &places)?;
    for (format, place) in formats.iter().zip(&places) {
        let content = content(*format, participation);
        write_whole(&content, place, args.files.overwrite, Readers::Of(&args.transcripts))?;
    }
    if let Some(format) = args.stdout {
        let fail = |source| Error::Write { path: "standard output".into(), source };
        output::print(&content(format, participation)).map_err(fail)?;
    }
    told(reporter, first, &places);
    Ok(())
}

/// `council.participation.html`; for several recordings `participation.html`.
fn place(folder: &Path, transcripts: &[PathBuf], format: ReportFormat) -> PathBuf {
    match transcripts {
        [only] => named_file(folder, stem(only), &format!("participation.{}", format.name())),
        _ => named_file(folder, &OsString::from("participation"), format.name()),
    }
}

fn content(format: ReportFormat, participation: &Participation) -> Vec<u8> {
    let document = |format| {
        let mut content = Vec::new();
        // Writing into memory does not fail.
        let _ = format::write_document(format, &participation::report(participation), &Style::default(), &mut content);
        content
    };
    match format {
        ReportFormat::Html => document(DocumentFormat::Html),
        ReportFormat::Md => document(DocumentFormat::Md),
        ReportFormat::Docx => document(DocumentFormat::Docx),
        ReportFormat::Csv => {
            let mut content = Vec::new();
            let _ = format::write_table(&participation::rows(participation), &mut content);
            content
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn two_recordings_of_one_name_are_told_apart() {
        let paths: Vec<PathBuf> = ["a/table.json", "b/table.json", "c.json"].map(PathBuf::from).into();
        assert_eq!(names(&paths), ["table", "table (2)", "c"]);
        assert_eq!(place(Path::new("out"), &paths, ReportFormat::Md), Path::new("out/participation.md"));
        let one = place(Path::new("."), &paths[2..], ReportFormat::Csv);
        assert_eq!(one, Path::new("c.participation.csv"));
    }

    #[test]
    fn a_role_that_nobody_has_is_a_mistake() {
        let person = |role: &str| Person { name: "A".into(), role: Some(role.into()), ..Person::default() };
        let given = |role: &str| excluded(&[role.to_owned()], &[person("staff")]);
        assert_eq!(given("staff").unwrap(), BTreeSet::from(["staff".to_owned()]));
        assert_eq!(given("chairs").unwrap_err().hint.as_deref(), Some("there are `staff`"));
        assert_eq!(excluded(&[], &[]).unwrap(), BTreeSet::new());
    }
}
