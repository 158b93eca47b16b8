//! `meeting.toml`.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, Time};
use serde::{Deserialize, Deserializer, de};

use super::values::{Attendance, Outcome, Role, Sitting, VoteKind, clock, date, recording_time};
use super::{AgendaItem, Meeting, Person, Vote, oparl, people, table, wrong};
use crate::{Error, Millis, files};

/// A file to fill in, with all fields and what they mean.
pub const TEMPLATE: &str = include_str!("template.toml");

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct File {
    body: String,
    kind: Option<Sitting>,
    title: String,
    number: Text,
    date: Option<Day>,
    place: String,
    begin: Option<Clock>,
    end: Option<Clock>,
    recording_starts: Option<Clock>,
    timezone: Option<Zone>,
    chair: Option<Names>,
    clerk: String,
    languages: Vec<String>,
    glossary: Vec<String>,
    persons_file: Option<PathBuf>,
    votes_file: Option<PathBuf>,
    oparl_file: Option<PathBuf>,
    person: Vec<FilePerson>,
    agenda: Vec<FileItem>,
    vote: Vec<FileVote>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePerson {
    name: Filled,
    role: Option<Role>,
    #[serde(default)]
    office: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    aliases: Vec<String>,
    attendance: Option<Attendance>,
    #[serde(default)]
    reason: String,
    from: Option<Clock>,
    until: Option<Clock>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct FileItem {
    number: Text,
    title: String,
    public: Option<bool>,
    papers: Vec<String>,
    start: Option<Moment>,
    end: Option<Moment>,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVote {
    item: Text,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    kind: VoteKind,
    yes: Option<u32>,
    no: Option<u32>,
    abstained: Option<u32>,
    outcome: Option<Outcome>,
}

/// One name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// A text, or a number: `number = 4` means `"4"`.
#[derive(Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Text;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a whole number (`3.1` needs quotes)")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.trim().to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Types that are read from text by a function which says what is wrong.
macro_rules! parsed {
    ($($name:ident($value:ty) = $parse:expr;)+) => {$(
        struct $name($value);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = Plain::deserialize(deserializer)?;
                $parse(&text.0).map($name).map_err(de::Error::custom)
            }
        }
    )+};
}

parsed! {
    Day(Date) = date;
    Clock(Time) = clock;
    Moment(Millis) = recording_time;
    Filled(String) = filled;
    Zone(String) = zone;
}

/// A text, or what TOML has a type of its own for: a day, a time, a number.
struct Plain(String);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plain, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Plain(text)),
            toml::Value::Datetime(time) => Ok(Plain(time.to_string())),
            toml::Value::Integer(number) => Ok(Plain(number.to_string())),
            toml::Value::Float(number) => Ok(Plain(number.to_string())),
            _ => Err(de::Error::custom("it is no text")),
        }
    }
}

fn filled(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty".into()),
        text => Ok(text.to_owned()),
    }
}

fn zone(text: &str) -> Result<String, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("it is no time zone, such as `Europe/Berlin`".into()),
    }
}

/// Reads the file, and those that it names in `folder`; `None`: it may name none.
pub(super) fn parse(bytes: &[u8], path: &Path, folder: Option<&Path>) -> Result<Meeting, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        wrong(path, Some(format!("line {line}")), "this is not UTF-8 text")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = of_toml(text, path)?;
    let named = [
        ("`oparl_file`", &file.oparl_file),
        ("`persons_file`", &file.persons_file),
        ("`votes_file`", &file.votes_file),
    ];
    if let (None, Some((field, _))) = (folder, named.into_iter().find(|(_, name)| name.is_some())) {
        let reason = "other files can't be read from here; write what they say into this one";
        return Err(wrong(path, Some(field.into()), reason));
    }
    let beside = |name: &PathBuf| folder.unwrap_or(Path::new("")).join(name);
    let read = |path: &Path| files::read(path).map_err(|source| Error::Read { path: path.into(), source });
    let mut meeting = match file.oparl_file.as_ref().map(beside) {
        Some(oparl) => oparl::parse(&read(&oparl)?, &oparl)?,
        None => Meeting::default(),
    };
    let persons = file.persons_file.as_ref().map(beside).map(|path| table::persons(&path)).transpose()?;
    let votes = file.votes_file.as_ref().map(beside).map(|path| table::votes(&path)).transpose()?;
    overlay(&mut meeting, file, persons.unwrap_or_default());
    meeting.votes.extend(votes.unwrap_or_default());
    Ok(meeting)
}

fn of_toml(text: &str, path: &Path) -> Result<File, Error> {
    let at = |error: &toml::de::Error, field: Option<String>| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let line = line.map(|line| format!("line {line}"));
        let field = field.filter(|field| field != "." && field != "?").map(|field| format!("`{field}`"));
        let place = [line, field].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let reason = error.message().lines().next().unwrap_or_default().to_owned();
        wrong(path, Some(place).filter(|place| !place.is_empty()), reason)
    };
    let toml = toml::Deserializer::parse(text).map_err(|error| at(&error, None))?;
    serde_path_to_error::deserialize(toml).map_err(|error| {
        let field = error.path().to_string();
        at(error.inner(), Some(field))
    })
}

/// What the file says wins over what OParl and the table of `persons` say.
fn overlay(meeting: &mut Meeting, file: File, persons: Vec<Person>) {
    let set = |to: &mut String, text: String| {
        if !text.is_empty() {
            *to = text;
        }
    };
    set(&mut meeting.body, file.body);
    set(&mut meeting.title, file.title);
    set(&mut meeting.number, file.number.0);
    set(&mut meeting.place, file.place);
    set(&mut meeting.clerk, file.clerk);
    meeting.sitting = file.kind.or(meeting.sitting);
    meeting.date = file.date.map(|day| day.0).or(meeting.date);
    meeting.begin = file.begin.map(|time| time.0).or(meeting.begin);
    meeting.end = file.end.map(|time| time.0).or(meeting.end);
    meeting.recording_starts = file.recording_starts.map(|time| time.0);
    meeting.timezone = file.timezone.map(|zone| zone.0);
    meeting.languages = file.languages;
    meeting.glossary = file.glossary;
    meeting.persons = united(persons, file.person.into_iter().map(person).collect());
    let chairs = match file.chair {
        Some(Names::One(name)) => vec![name],
        Some(Names::Several(names)) => names,
        None => Vec::new(),
    };
    for name in chairs.into_iter().filter(|name| !name.trim().is_empty()) {
        // Of several who have this name, the first.
        let found = people::find(&meeting.persons, &name).or_else(|| meeting.persons.iter().find(|p| p.name == name));
        let found = found.and_then(|found| meeting.persons.iter().position(|person| std::ptr::eq(person, found)));
        match found {
            Some(at) => meeting.persons[at].role = Some(Role::Chair),
            None => meeting.persons.insert(0, Person { name, role: Some(Role::Chair), ..Person::default() }),
        }
    }
    if !file.agenda.is_empty() {
        meeting.agenda = file.agenda.into_iter().map(item).collect();
    }
    meeting.votes = file.vote.into_iter().map(vote).collect();
}

/// The persons of a table, and after them those whom only the file names. What it says of somebody in the table wins, field by field.
fn united(table: Vec<Person>, file: Vec<Person>) -> Vec<Person> {
    let listed = table.len();
    let mut all = table;
    for person in file {
        let Some(known) = all[..listed].iter_mut().find(|known| known.name == person.name) else {
            all.push(person);
            continue;
        };
        let Person { name, role, office, group, aliases, attendance, reason, from, until } = person;
        let filled = |new: String, old: &str| if new.is_empty() { old.to_owned() } else { new };
        *known = Person {
            name,
            role: role.or(known.role),
            office: filled(office, &known.office),
            group: filled(group, &known.group),
            aliases: if aliases.is_empty() { std::mem::take(&mut known.aliases) } else { aliases },
            attendance: attendance.or(known.attendance),
            reason: filled(reason, &known.reason),
            from: from.or(known.from),
            until: until.or(known.until),
        };
    }
    all
}

fn person(person: FilePerson) -> Person {
    let FilePerson { name, role, office, group, aliases, attendance, reason, from, until } = person;
    let [from, until] = [from, until].map(|time| time.map(|time| time.0));
    Person { name: name.0, role, office, group, aliases, attendance, reason, from, until }
}

fn item(item: FileItem) -> AgendaItem {
    let FileItem { number, title, public, papers, start, end, id } = item;
    let [start, end] = [start, end].map(|time| time.map(|time| time.0));
    AgendaItem { number: number.0, title: title.trim().to_owned(), public, papers, start, end, id }
}

fn vote(vote: FileVote) -> Vote {
    let FileVote { item, subject, kind, yes, no, abstained, outcome } = vote;
    Vote { item: item.0, subject, kind, yes, no, abstained, outcome }
}
