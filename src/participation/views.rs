//! Everything that a report shows: each recording, its items, and all together; with and without some roles.

use super::{Conversation, Item, Measures, Parameters, Person, Scope, combined, measure};
use crate::wording::Language;
use crate::{Millis, Span};
use std::collections::BTreeSet;

/// The participation in one recording, or in several of one assembly.
#[derive(Clone, Debug, PartialEq)]
pub struct Participation {
    /// What the meeting or the assembly is called.
    pub title: String,
    /// The language of reports.
    pub language: Language,
    /// Each recording.
    pub parts: Vec<Part>,
    /// All recordings together; `None` for a single one.
    pub together: Option<Views>,
    /// Everybody who is expected; empty if not known.
    pub persons: Vec<Person>,
    /// Roles that are left out in the second of two [views](Views).
    pub excluded: BTreeSet<String>,
    /// How it was measured.
    pub parameters: Parameters,
}

/// The participation in one recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Who speaks when.
    pub conversation: Conversation,
    /// The whole of it.
    pub whole: Views,
    /// Each item of the agenda.
    pub items: Vec<(Item, Views)>,
}

/// The same time with all speakers, and without those of some roles.
#[derive(Clone, Debug, PartialEq)]
pub struct Views {
    /// With all.
    pub all: Measures,
    /// Without some; `None` if nobody has one of these roles.
    pub without: Option<Measures>,
    /// How long somebody speaks of whom nobody knows who it is, while nobody known does. The measures take it for silence.
    pub unassigned: Millis,
}

impl Participation {
    /// Measures the recordings. Who of `persons` is present is known of all recordings together, and so of a single one.
    pub fn new(
        title: String,
        language: Language,
        conversations: Vec<Conversation>,
        persons: Vec<Person>,
        (excluded, parameters): (BTreeSet<String>, Parameters),
    ) -> Participation {
        let several = conversations.len() > 1;
        let absent = |person: &Person| Person { present: person.present && !several, ..person.clone() };
        let here: Vec<Person> = persons.iter().map(absent).collect();
        let known = |role: &String| persons.iter().any(|person| person.role.as_ref() == Some(role));
        let excluded: BTreeSet<String> = excluded.into_iter().filter(known).collect();
        let views = |conversation: &Conversation, window: Span| {
            let left_out = &conversation.left_out;
            let scope = |excluded| Scope { window: Some(window), excluded, left_out: left_out.clone(), parameters };
            let measured = |excluded| measure(&conversation.stretches, &here, &scope(excluded));
            let without = (!excluded.is_empty()).then(|| measured(excluded.clone()));
            Views { all: measured(BTreeSet::new()), without, unassigned: conversation.unassigned_within(window) }
        };
        let part = |conversation: Conversation| {
            let items = conversation.items.iter().map(|item| (item.clone(), views(&conversation, item.span))).collect();
            Part { whole: views(&conversation, conversation.window()), items, conversation }
        };
        let parts: Vec<Part> = conversations.into_iter().map(part).collect();
        let together = several.then(|| {
            let all: Vec<&Measures> = parts.iter().map(|part| &part.whole.all).collect();
            let without: Option<Vec<&Measures>> = parts.iter().map(|part| part.whole.without.as_ref()).collect();
            Views {
                all: combined(&all, &persons, &BTreeSet::new()),
                without: without.map(|parts| combined(&parts, &persons, &excluded)),
                unassigned: parts.iter().fold(Millis(0), |sum, part| sum + part.whole.unassigned),
            }
        });
        Participation { title, language, parts, together, persons, excluded, parameters }
    }

    /// All recordings, or the only one; `None` if there is none.
    pub fn whole(&self) -> Option<&Views> {
        self.together.as_ref().or(self.parts.first().map(|part| &part.whole))
    }

    /// Whether it can be known who speaks at the same time, in every recording.
    pub fn knows_overlaps(&self) -> bool {
        self.parts.iter().all(|part| part.conversation.knows_overlaps())
    }

    /// Those who speak and are not expected; empty if it is not known who is.
    pub fn unexpected(&self) -> Vec<&str> {
        let speakers = self.whole().into_iter().flat_map(|views| views.all.speakers.keys());
        let persons: BTreeSet<&str> = self.persons.iter().map(|person| &*person.name).collect();
        let expected = |name: &&String| persons.contains(name.as_str());
        speakers.filter(|name| !self.persons.is_empty() && !expected(name)).map(String::as_str).collect()
    }
}
