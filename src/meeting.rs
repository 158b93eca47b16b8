//! What is known of a meeting beside its recording: body, persons, agenda, votes. From `meeting.toml`, tables, or OParl.
//!
//! `docs/minutes.md` describes the files. Everything is optional: a meeting without an agenda has minutes, too.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

use crate::{Error, Millis, files};

mod file;
mod oparl;
mod people;
mod table;
mod values;

pub use file::TEMPLATE;
pub use oparl::{with_times, without_closed};
pub use values::{Attendance, Outcome, Role, Sitting, VoteKind};

/// What is known of a meeting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meeting {
    /// The council or committee; empty if not known, as all text here.
    pub body: String,
    /// Whether people meet in a room.
    pub sitting: Option<Sitting>,
    /// What the meeting is called.
    pub title: String,
    /// Its number, as people write it.
    pub number: String,
    /// The day on which it begins.
    pub date: Option<Date>,
    /// Where.
    pub place: String,
    /// When it was opened, on a clock of the room.
    pub begin: Option<Time>,
    /// When it was closed.
    pub end: Option<Time>,
    /// What a clock in the room shows at 00:00 of the recording.
    pub recording_starts: Option<Time>,
    /// The time zone of that clock, as IANA calls it; `None`: `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Who signs the minutes beside the chair.
    pub clerk: String,
    /// Languages spoken, as codes or names.
    pub languages: Vec<String>,
    /// Names and words that a model does not know, as the lines of a glossary.
    pub glossary: Vec<String>,
    /// Everybody who is known, in the order of the file.
    pub persons: Vec<Person>,
    /// The agenda, in its order.
    pub agenda: Vec<AgendaItem>,
    /// Results that people or a voting system entered.
    pub votes: Vec<Vote>,
    /// What is odd, and was read all the same.
    pub remarks: Vec<Remark>,
    /// The file of OParl that it is from, and its content; `None` if there is none.
    pub oparl: Option<(PathBuf, Vec<u8>)>,
}

/// Somebody who takes part, or should.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// The name; never empty.
    pub name: String,
    /// In what role; `None`: not known.
    pub role: Option<Role>,
    /// What the person is called besides (`Stadtkämmerin`).
    pub office: String,
    /// Parliamentary group, party, or department; empty if there is none.
    pub group: String,
    /// What the speaker is called in a transcript, if not by the name.
    pub aliases: Vec<String>,
    /// Whether the person was there; `None`: not known.
    pub attendance: Option<Attendance>,
    /// Why the person was not, or not all of the time.
    pub reason: String,
    /// When the person came, if later than the others.
    pub from: Option<Time>,
    /// When the person left, if earlier.
    pub until: Option<Time>,
}

/// An item of the agenda.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgendaItem {
    /// The number as people write it: `3.1.2a`, `Zusatzpunkt 2`; empty if it has none.
    pub number: String,
    /// What it is about; empty if not known.
    pub title: String,
    /// Whether it is public; `None`: not known, which counts as public.
    pub public: Option<bool>,
    /// Numbers of its papers (`2019/0733`).
    pub papers: Vec<String>,
    /// Where it begins in the recording, if somebody says so. It wins over what is found.
    pub start: Option<Millis>,
    /// Where it ends, if somebody says so.
    pub end: Option<Millis>,
    /// Its address in a council system; empty if it has none.
    pub id: String,
}

/// A vote, as people or a voting system enter it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vote {
    /// The number of the item.
    pub item: String,
    /// What was voted on; empty: the item itself.
    pub subject: String,
    /// What kind of question it was.
    pub kind: VoteKind,
    /// Votes in favour.
    pub yes: Option<u32>,
    /// Votes against.
    pub no: Option<u32>,
    /// Abstentions.
    pub abstained: Option<u32>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// What is odd in the data, and was read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Several items have one number.
    SameNumber {
        /// The number.
        number: String,
    },
    /// An item has no title.
    NoTitle {
        /// Its number.
        number: String,
    },
    /// A vote names an item that there is not.
    NoSuchItem {
        /// The number that it names.
        number: String,
    },
    /// Several persons have one name.
    SameName {
        /// The name.
        name: String,
    },
}

impl Meeting {
    /// Reads `meeting.toml`, with the tables that it names beside it; or a meeting as OParl 1.1 has it, as JSON.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Meeting`], with line and field.
    pub fn read(path: &Path) -> Result<Meeting, Error> {
        let bytes = files::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
        Meeting::of(&bytes, path, path.parent().or(Some(Path::new(""))))
    }

    /// Reads the content of such a file that comes from elsewhere, and may name no other files; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Meeting`], with line and field.
    pub fn parse(text: &str, path: &Path) -> Result<Meeting, Error> {
        Meeting::of(text.as_bytes(), path, None)
    }

    /// `folder`: where the files lie that it names; `None`: it may name none.
    fn of(bytes: &[u8], path: &Path, folder: Option<&Path>) -> Result<Meeting, Error> {
        let mut meeting = match is_json(bytes) {
            true => oparl::parse(bytes, path)?,
            false => file::parse(bytes, path, folder)?,
        };
        meeting.remarks = remarks(&meeting);
        Ok(meeting)
    }

    /// The item with this number, written in whatever way (`TOP 3`, `3.`); `None` if there is none, or several.
    pub fn item(&self, number: &str) -> Option<usize> {
        let key = number_key(number);
        let mut found = (0..self.agenda.len()).filter(|at| number_key(&self.agenda[*at].number) == key);
        found.next().filter(|_| found.next().is_none() && !key.is_empty())
    }

    /// The person who is meant by a speaker's name; `None` if nobody is, or several may be.
    pub fn person(&self, speaker: &str) -> Option<&Person> {
        people::find(&self.persons, speaker)
    }

    /// Day and time on the clock of the room at a time of the recording; `None` if it is not known when the recording begins.
    ///
    /// It goes on after midnight, and jumps where clocks are changed.
    pub fn clock(&self, at: Millis) -> Option<Zoned> {
        let zone = TimeZone::get(self.timezone.as_deref().unwrap_or("Europe/Berlin")).ok()?;
        let start = self.date?.to_datetime(self.recording_starts?).to_zoned(zone).ok()?;
        start.checked_add(i64::try_from(at.0).ok()?.milliseconds()).ok()
    }

    /// Names and words for recognition: the glossary, the names of persons, and those of their groups.
    pub fn terms(&self) -> Vec<String> {
        let names = self.persons.iter().map(|person| people::plain(&person.name));
        let groups = self.persons.iter().map(|person| person.group.clone());
        let mut terms: Vec<String> = Vec::new();
        for term in self.glossary.iter().cloned().chain(names).chain(groups) {
            if !term.trim().is_empty() && !terms.contains(&term) {
                terms.push(term);
            }
        }
        terms
    }
}

fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// A number as it is compared: `TOP 3.` and `3` are one, `3a` and `3 A`, too.
pub(crate) fn number_key(number: &str) -> String {
    let lower = number.to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || c == ')' || c == '(');
    let is_label = |word: &&str| {
        !["top", "punkt", "tagesordnungspunkt", "item", "ziffer", "nr.", "nr", "öffentlich", "ö"].contains(word)
    };
    let joined: String = words.filter(|word| !word.is_empty()).filter(is_label).collect();
    let joined = joined.replace("zusatztagesordnungspunkt", "z").replace("zusatzpunkt", "z");
    joined.trim_end_matches(['.', ':']).to_owned()
}

fn remarks(meeting: &Meeting) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, item) in meeting.agenda.iter().enumerate() {
        let key = number_key(&item.number);
        let earlier = meeting.agenda[..at].iter().filter(|other| number_key(&other.number) == key).count();
        if !key.is_empty() && earlier == 1 {
            remarks.push(Remark::SameNumber { number: item.number.clone() });
        }
        if item.title.is_empty() {
            remarks.push(Remark::NoTitle { number: item.number.clone() });
        }
    }
    for (at, person) in meeting.persons.iter().enumerate() {
        if meeting.persons[..at].iter().filter(|other| other.name == person.name).count() == 1 {
            remarks.push(Remark::SameName { name: person.name.clone() });
        }
    }
    let known = |number: &str| meeting.agenda.iter().any(|item| number_key(&item.number) == number_key(number));
    for vote in meeting.votes.iter().filter(|vote| !vote.item.is_empty() && !known(&vote.item)) {
        remarks.push(Remark::NoSuchItem { number: vote.item.clone() });
    }
    remarks
}

/// An error of the file at `path`.
fn wrong(path: &Path, place: Option<String>, reason: impl Into<String>) -> Error {
    Error::Meeting { path: PathBuf::from(path), place, reason: reason.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
