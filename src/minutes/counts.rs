//! How many voted for and against, where somebody says so.

use super::cues::CountCues;
use super::numbers::value;
use crate::meeting::Outcome;
use regex::Regex;

/// Numbers of a vote, as far as they were said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In favour.
    pub yes: Option<u32>,
    /// Against.
    pub no: Option<u32>,
    /// Abstentions.
    pub abstained: Option<u32>,
    /// What all others did: `true` for in favour, `false` for against; `None`: not said.
    pub rest: Option<bool>,
}

impl Counts {
    /// These, and what they leave open from `others`.
    pub(super) fn with(&self, others: &Counts) -> Counts {
        Counts {
            yes: self.yes.or(others.yes),
            no: self.no.or(others.no),
            abstained: self.abstained.or(others.abstained),
            rest: self.rest.or(others.rest),
        }
    }

    /// How a vote with these numbers ends; `None` if they don't say it.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match (self.yes, self.no, self.rest) {
            (Some(yes), Some(no), _) if yes > no => Some(Outcome::Accepted),
            (Some(yes), Some(no), _) if yes < no => Some(Outcome::Rejected),
            (Some(_), Some(_), _) => Some(Outcome::Tied),
            (_, Some(_), Some(true)) | (Some(_), None, Some(true)) => Some(Outcome::Accepted),
            (Some(_), None, Some(false)) => Some(Outcome::Rejected),
            _ => None,
        }
    }
}

pub(super) fn counts(text: &str, cues: &CountCues) -> Counts {
    // The first word of a match is the number.
    let number = |list: &[Regex]| {
        list.iter().find_map(|cue| value(cue.captures(text)?.get(1)?.as_str().split([' ', '-']).next()?))
    };
    let rest = [(&cues.rest_yes, true), (&cues.rest_no, false)];
    Counts {
        yes: number(&cues.yes),
        no: number(&cues.no),
        abstained: number(&cues.abstained),
        rest: rest.iter().find(|(set, _)| set.is_match(text)).map(|(_, yes)| *yes),
    }
}
