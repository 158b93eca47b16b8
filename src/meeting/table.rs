//! Persons and votes from tables. Commas, semicolons or tabs separate columns, which are found by their headings.

use std::path::Path;

use super::values::{Attendance, Outcome, Role, VoteKind, clock};
use super::{Person, Vote, wrong};
use crate::import::decoded;
use crate::names::folded;
use crate::{Error, files};

/// Most rows of a table.
const MAX_ROWS: usize = 10_000;

/// A column: what it is called in messages, and the headings that it may have, [`folded`].
type Column = (&'static str, &'static [&'static str]);

const PERSON: [Column; 9] = [
    ("name", &["name", "person", "mitglied"]),
    ("role", &["role", "rolle"]),
    ("office", &["office", "amt", "funktion"]),
    ("group", &["group", "party", "gruppe", "fraktion", "partei", "amtsbezeichnung"]),
    ("aliases", &["aliases", "alias", "speaker", "sprecher"]),
    ("attendance", &["attendance", "anwesenheit", "anwesend"]),
    ("reason", &["reason", "grund"]),
    ("from", &["from", "von", "ab"]),
    ("until", &["until", "to", "bis"]),
];

const VOTE: [Column; 7] = [
    ("item", &["item", "top", "tagesordnungspunkt", "nummer", "number"]),
    ("subject", &["subject", "gegenstand", "betreff"]),
    ("kind", &["kind", "art"]),
    ("yes", &["yes", "ja", "for", "dafur"]),
    ("no", &["no", "nein", "against", "dagegen"]),
    ("abstained", &["abstained", "abstentions", "enthaltung", "enthaltungen"]),
    ("outcome", &["outcome", "result", "ergebnis"]),
];

/// A row of a table, with what its errors need.
struct Row<'a> {
    path: &'a Path,
    line: u64,
    columns: &'a [Option<usize>],
    names: &'a [Column],
    cells: csv::StringRecord,
}

impl Row<'_> {
    /// The cell of a column; empty if there is none.
    fn text(&self, name: &str) -> &str {
        let at = self.names.iter().position(|(column, _)| *column == name);
        at.and_then(|at| self.columns[at]).and_then(|at| self.cells.get(at)).unwrap_or_default()
    }

    /// The value in a cell; `None` if the cell is empty.
    fn value<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Error> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some).map_err(|reason| self.wrong(name, reason))
    }

    fn wrong(&self, name: &str, reason: impl Into<String>) -> Error {
        wrong(self.path, Some(format!("line {}, `{name}`", self.line)), reason)
    }
}

pub(super) fn persons(path: &Path) -> Result<Vec<Person>, Error> {
    rows(path, &PERSON, |row| {
        if row.text("name").is_empty() {
            return Err(row.wrong("name", "it is empty"));
        }
        let aliases = row.text("aliases").split(['|', '/']).map(str::trim).filter(|alias| !alias.is_empty());
        Ok(Person {
            name: row.text("name").to_owned(),
            role: row.value("role", Role::parse)?,
            office: row.text("office").to_owned(),
            group: row.text("group").to_owned(),
            aliases: aliases.map(str::to_owned).collect(),
            attendance: row.value("attendance", attendance)?,
            reason: row.text("reason").to_owned(),
            from: row.value("from", clock)?,
            until: row.value("until", clock)?,
        })
    })
}

pub(super) fn votes(path: &Path) -> Result<Vec<Vote>, Error> {
    let count = |text: &str| text.parse().map_err(|_| "it is no number of votes".to_owned());
    rows(path, &VOTE, |row| {
        Ok(Vote {
            item: row.text("item").to_owned(),
            subject: row.text("subject").to_owned(),
            kind: row.value("kind", VoteKind::parse)?.unwrap_or_default(),
            yes: row.value("yes", count)?,
            no: row.value("no", count)?,
            abstained: row.value("abstained", count)?,
            outcome: row.value("outcome", Outcome::parse)?,
        })
    })
}

/// In a table, yes and no answer the question, too.
fn attendance(text: &str) -> Result<Attendance, String> {
    match text.to_lowercase().as_str() {
        "ja" | "yes" | "x" | "1" => Ok(Attendance::Present),
        "nein" | "no" | "0" => Ok(Attendance::Absent),
        _ => Attendance::parse(text),
    }
}

/// The rows of the table at `path`, of which `names` are the columns; the first of these must be there.
fn rows<T, R>(path: &Path, names: &[Column], mut read: R) -> Result<Vec<T>, Error>
where
    R: FnMut(&Row<'_>) -> Result<T, Error>,
{
    let bytes = files::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let text = decoded(&bytes).ok_or_else(|| wrong(path, None, "it holds no text"))?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = [b'\t', b';', b','].into_iter().find(|separator| first.contains(char::from(*separator)));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut columns: Option<Vec<Option<usize>>> = None;
    let mut found = Vec::new();
    for cells in reader.records() {
        let place = |line: u64| Some(format!("line {line}"));
        let cells = cells.map_err(|error| {
            wrong(path, place(error.position().map_or(0, csv::Position::line)), "it is no row of a table")
        })?;
        let line = cells.position().map_or(0, csv::Position::line);
        if cells.iter().all(str::is_empty) {
            continue;
        }
        if found.len() == MAX_ROWS {
            return Err(wrong(path, place(line), format!("there are more than {MAX_ROWS} rows")));
        }
        match &columns {
            None => columns = Some(headings(&cells, names).map_err(|reason| wrong(path, place(line), reason))?),
            Some(columns) => found.push(read(&Row { path, line, columns, names, cells })?),
        }
    }
    Ok(found)
}

/// Where the columns are.
fn headings(cells: &csv::StringRecord, names: &[Column]) -> Result<Vec<Option<usize>>, String> {
    let find = |(_, words): &Column| cells.iter().position(|cell| words.contains(&folded(cell).as_str()));
    let columns: Vec<Option<usize>> = names.iter().map(find).collect();
    match columns[0] {
        Some(_) => Ok(columns),
        None => {
            let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            Err(format!("it has no heading `{}`; the columns are {}", names[0].0, all.join(", ")))
        }
    }
}
