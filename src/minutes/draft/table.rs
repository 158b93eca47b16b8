//! Votes and tasks as tables.

use super::{Draft, EMPTY, line};
use crate::document::{Block, Run};
use crate::meeting::{Outcome, Vote, VoteKind, number_key};
use crate::minutes::{Counts, Details, Finding, VoteFound};
use crate::wording::MinutesText;

impl Draft<'_> {
    /// What people entered comes before what was found.
    pub(super) fn votes(&self, item: Option<usize>, found: &[&Finding]) -> Vec<Block> {
        let text = self.text;
        let entered = self.meeting.votes.iter().filter(|vote| item.is_some() && self.item_of(vote) == item);
        let mut rows: Vec<Vec<Vec<Run>>> = entered.map(|vote| self.entered(vote)).collect();
        rows.extend(found.iter().filter_map(|finding| match &finding.details {
            Details::Vote(vote) => Some(self.found(vote, finding)),
            _ => None,
        }));
        if rows.is_empty() {
            return Vec::new();
        }
        let head = [text.subject, text.outcome, text.yes, text.no, text.abstained, text.evidence].map(str::to_owned);
        vec![Block::Paragraph(vec![Run::strong(text.votes)]), Block::Table { head: head.into(), rows }]
    }

    /// The item that people entered a vote for; of several with this number, the first that this draft has.
    fn item_of(&self, vote: &Vote) -> Option<usize> {
        let key = number_key(&vote.item);
        let mut same = self.order().into_iter().filter(|at| number_key(&self.minutes.items[*at].number) == key);
        same.next().filter(|_| !key.is_empty())
    }

    fn entered(&self, vote: &Vote) -> Vec<Vec<Run>> {
        let subject = if vote.subject.is_empty() { self.kind(vote.kind).to_owned() } else { line(&vote.subject) };
        let outcome = vote.outcome.map_or(EMPTY, |outcome| self.outcome(outcome));
        let count =
            |count: Option<u32>| vec![Run::plain(count.map_or_else(|| EMPTY.to_owned(), |count| count.to_string()))];
        vec![
            vec![Run::plain(subject)],
            vec![Run::strong(outcome)],
            count(vote.yes),
            count(vote.no),
            count(vote.abstained),
            vec![Run::plain(self.text.entered)],
        ]
    }

    fn found(&self, vote: &VoteFound, finding: &Finding) -> Vec<Vec<Run>> {
        let text = self.text;
        let subject = if vote.subject.is_empty() { self.kind(vote.kind).to_owned() } else { line(&vote.subject) };
        let outcome = match vote.outcome {
            Some(outcome) if vote.unanimous => format!("{} {}", text.unanimous, self.outcome(outcome)),
            Some(outcome) => self.outcome(outcome).to_owned(),
            None => text.not_said.to_owned(),
        };
        let Counts { yes, no, abstained, rest } = vote.counts;
        let count = |count: Option<u32>, of_rest: Option<bool>| {
            let rest = (rest.is_some() && rest == of_rest).then(|| text.rest.to_owned());
            vec![Run::plain(count.map(|count| count.to_string()).or(rest).unwrap_or_default())]
        };
        let evidence = self.all_evidence(finding);
        vec![
            vec![Run::plain(subject)],
            vec![Run::strong(outcome)],
            count(yes, Some(true)),
            count(no, Some(false)),
            count(abstained, None),
            evidence,
        ]
    }

    pub(super) fn outcome(&self, outcome: Outcome) -> &'static str {
        outcome_name(self.text, outcome)
    }

    fn kind(&self, kind: VoteKind) -> &'static str {
        match kind {
            VoteKind::Main => self.text.main,
            VoteKind::Amendment => self.text.amendment,
            VoteKind::Procedural => self.text.procedural,
        }
    }

    pub(super) fn tasks(&self, found: &[&Finding]) -> Vec<Block> {
        let text = self.text;
        let row = |finding: &&Finding| {
            let Details::Task(task) = &finding.details else { return None };
            let evidence = finding.evidence.first()?;
            let who = if task.who.is_empty() { EMPTY.to_owned() } else { line(&task.who) };
            let due = match (&*task.until, task.due) {
                ("", _) => EMPTY.to_owned(),
                (until, Some(day)) => format!("{} ({})", line(until), self.day(day)),
                (until, None) => line(until),
            };
            let what = format!("{} ({})", self.quote(finding, evidence), self.status(finding));
            Some(vec![vec![Run::plain(who)], vec![self.time(evidence), Run::plain(what)], vec![Run::plain(due)]])
        };
        let rows: Vec<Vec<Vec<Run>>> = found.iter().filter_map(row).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let head = [text.who, text.what, text.due].map(str::to_owned);
        vec![Block::Paragraph(vec![Run::strong(text.tasks)]), Block::Table { head: head.into(), rows }]
    }
}

/// What an outcome is called.
pub(crate) fn outcome_name(text: &MinutesText, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => text.accepted,
        Outcome::Rejected => text.rejected,
        Outcome::Tied => text.tied,
        Outcome::Noted => text.noted,
        Outcome::Referred => text.referred,
        Outcome::Postponed => text.postponed,
        Outcome::Withdrawn => text.withdrawn,
    }
}
