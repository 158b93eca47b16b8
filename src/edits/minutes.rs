//! What people decide about a draft of minutes: whether what was found is right, and what is to be there.

use serde::Deserialize;
use std::path::Path;

use super::line;
use crate::import::{misplaced, span};
use crate::meeting::Outcome;
use crate::{Error, Millis};

/// What is to become of something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is right.
    Accept,
    /// It is wrong, or does not belong into the minutes.
    Reject,
    /// It is right with other words or values.
    Edit,
    /// It was not found.
    Add,
}

/// A decision about a draft of minutes. Values that are not given stay as they were found.
#[derive(Clone, Debug, PartialEq)]
pub struct MinutesEdit {
    /// What is decided.
    pub decision: Decision,
    /// The finding: its kind, and when it begins in milliseconds (`vote@754320`); empty for what is added.
    pub id: String,
    /// The kind of what is added: that of a finding, or `item` for where an item of the agenda begins.
    pub kind: String,
    /// When what is added is said.
    pub start: Option<Millis>,
    /// Number of the item that begins.
    pub number: String,
    /// What is to be written.
    pub text: Option<String>,
    /// Of a vote: on what.
    pub subject: Option<String>,
    /// Of a vote or decision: how it ended.
    pub outcome: Option<Outcome>,
    /// Of a vote: in favour.
    pub yes: Option<u32>,
    /// Of a vote: against.
    pub no: Option<u32>,
    /// Of a vote: abstentions.
    pub abstained: Option<u32>,
    /// Of a task: who is to do it.
    pub who: Option<String>,
    /// Of a task: until when.
    pub until: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileMinutes {
    decision: Decision,
    #[serde(default)]
    id: String,
    #[serde(default)]
    kind: String,
    start: Option<f64>,
    #[serde(default)]
    number: String,
    text: Option<String>,
    subject: Option<String>,
    outcome: Option<String>,
    yes: Option<u32>,
    no: Option<u32>,
    abstained: Option<u32>,
    who: Option<String>,
    until: Option<String>,
}

/// What can be added.
const KINDS: [&str; 7] = ["vote", "decision", "task", "motion", "objection", "question", "item"];

impl FileMinutes {
    /// The entry with this number, if it says what it is about.
    pub(super) fn checked(self, n: usize, path: &Path) -> Result<MinutesEdit, Error> {
        let wrong = |field: &str, reason: &str| Err(misplaced(path, format!("`minutes[{n}].{field}`"), reason));
        let start = match self.start.map(|start| span(start, start)) {
            Some(None) => return wrong("start", "that is no time in seconds"),
            start => start.flatten().map(|span| span.start),
        };
        let adds = self.decision == Decision::Add;
        let kind = if adds { &self.kind } else { self.id.split('@').next().unwrap_or_default() };
        let outcome = self.outcome.as_deref().map(|outcome| Outcome::of(&line(outcome)));
        let accepts = self.decision == Decision::Accept;
        match () {
            () if !adds && self.id.is_empty() => return wrong("id", "it is empty"),
            () if adds && !KINDS.contains(&self.kind.as_str()) => return wrong("kind", "it is none that can be added"),
            () if adds && start.is_none() => return wrong("start", "what is added needs a time"),
            () if self.kind == "item" && self.number.is_empty() => return wrong("number", "it is empty"),
            () if outcome == Some(None) => return wrong("outcome", "it is no outcome, such as `accepted`"),
            () if adds && kind == "decision" && outcome.is_none() => return wrong("outcome", "a decision needs one"),
            () => {}
        }
        if let Some(field) = self.values().into_iter().find(|(_, kinds)| accepts || !kinds.contains(&kind)) {
            return wrong(
                field.0,
                "nothing of this kind has it, or `accept` leaves all as it is: `edit` changes values",
            );
        }
        let text = |text: Option<String>| text.map(|text| line(&text));
        Ok(MinutesEdit {
            decision: self.decision,
            id: self.id,
            kind: self.kind,
            start,
            number: line(&self.number),
            text: text(self.text),
            subject: text(self.subject),
            outcome: outcome.flatten(),
            yes: self.yes,
            no: self.no,
            abstained: self.abstained,
            who: text(self.who),
            until: text(self.until),
        })
    }

    /// The names of the values that are given, each with the kinds of findings that have it.
    fn values(&self) -> Vec<(&'static str, &'static [&'static str])> {
        let given = [
            ("text", self.text.is_some(), &KINDS[..6]),
            ("subject", self.subject.is_some(), &["vote"]),
            ("outcome", self.outcome.is_some(), &["vote", "decision"]),
            ("yes", self.yes.is_some(), &["vote"]),
            ("no", self.no.is_some(), &["vote"]),
            ("abstained", self.abstained.is_some(), &["vote"]),
            ("who", self.who.is_some(), &["task"]),
            ("until", self.until.is_some(), &["task"]),
        ];
        given.into_iter().filter(|(_, given, _)| *given).map(|(name, _, kinds)| (name, kinds)).collect()
    }
}
