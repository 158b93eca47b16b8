//! What each person contributes, in pieces that programs for deliberation work with: turns, joined where only a "mhm" was in between,
//! and split at the ends of sentences where they are long.
//!
//! [`Preset`] writes them as one of these programs reads them. Nothing is summarised, and nothing is changed but what a program would
//! refuse.

mod fillers;
mod presets;
mod split;
mod turns;

pub use presets::{Limits, Preset, Written};

use std::collections::BTreeMap;

use crate::participation::{Naming, Person};
use crate::{Span, Transcript};
use split::split;
use turns::turns;

/// The usual length of a contribution, in UTF-16 units: what a language model reads best at once.
pub const USUAL_LENGTH: usize = 2_000;
/// The shortest that can be asked for: some words.
pub const SHORTEST_LENGTH: usize = 100;

/// A part of what one person says in a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    /// The name of the recording.
    pub recording: String,
    /// Who says it; the name of the recording if that is not known.
    pub who: String,
    /// The role of that person; `None`: not known.
    pub role: Option<String>,
    /// The group of that person; `None`: not known.
    pub group: Option<String>,
    /// The turn that it is a part of, counted from 1 in each recording.
    pub turn: usize,
    /// When it is said.
    pub span: Span,
    /// On one line; never empty.
    pub text: String,
    /// Whether it is nothing but words such as "mhm" and "genau".
    pub filler: bool,
}

/// The contributions of a recording in order of time, none longer than `longest` UTF-16 units. A turn goes on over fillers of others.
pub fn contributions(
    transcript: &Transcript,
    naming: &Naming<'_>,
    persons: &[Person],
    longest: usize,
) -> Vec<Contribution> {
    let persons: BTreeMap<&str, &Person> = persons.iter().map(|person| (&*person.name, person)).collect();
    let names = naming.names(transcript);
    let mut found = Vec::new();
    for (turn, n) in turns(transcript).into_iter().zip(1..) {
        let who = turn.speaker.and_then(|speaker| names.get(&speaker)).map_or(naming.name, String::as_str).to_owned();
        let person = persons.get(&*who);
        let contribution = Contribution {
            recording: naming.name.to_owned(),
            role: person.and_then(|person| person.role.clone()),
            group: person.and_then(|person| person.group.clone()),
            turn: n,
            filler: turn.filler,
            who,
            ..Contribution::default()
        };
        let parts = split(turn.tokens, &turn.language, longest).into_iter();
        found.extend(parts.map(|(span, text)| Contribution { span, text, ..contribution.clone() }));
    }
    found.sort_by_key(|one| one.span.start);
    found
}

/// The length of a text in UTF-16 units, as scripts in browsers count.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
