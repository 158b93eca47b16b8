//! What people decided about findings.

use super::{Certainty, Details, Evidence, Finding, Minutes, State, Task, VoteFound};
use crate::edits::{Decision, MinutesEdit};
use crate::meeting::{AgendaItem, Meeting, Outcome, number_key};
use crate::{Millis, Span, Transcript};

/// So far may a finding move when a recording is transcribed again, in milliseconds.
const NEAR: u64 = 3_000;

/// The meeting with the beginnings of items that people set; items that the agenda does not have come behind the others. Numbers that
/// several items have say nothing, and are returned.
pub fn with_beginnings(mut meeting: Meeting, edits: &[MinutesEdit]) -> (Meeting, Vec<String>) {
    let mut ambiguous = Vec::new();
    for edit in edits.iter().filter(|edit| edit.decision == Decision::Add && edit.kind == "item") {
        let same = |item: &AgendaItem| number_key(&item.number) == number_key(&edit.number);
        match meeting.item(&edit.number) {
            Some(item) => meeting.agenda[item].start = edit.start,
            None if meeting.agenda.iter().any(same) => ambiguous.push(edit.number.clone()),
            None => {
                let (number, start) = (edit.number.clone(), edit.start);
                meeting.agenda.push(AgendaItem { number, start, ..AgendaItem::default() });
            }
        }
    }
    (meeting, ambiguous)
}

/// Applies what people decided. What they say of findings that are not there any more is returned, by their ids.
pub fn decide(minutes: &mut Minutes, transcript: &Transcript, edits: &[MinutesEdit]) -> Vec<String> {
    let mut unknown = Vec::new();
    let (adding, deciding): (Vec<&MinutesEdit>, Vec<&MinutesEdit>) =
        edits.iter().filter(|edit| edit.kind != "item").partition(|edit| edit.decision == Decision::Add);
    for (edit, place) in deciding.iter().zip(places(minutes, &deciding)) {
        let Some(finding) = place.map(|at| &mut minutes.findings[at]) else {
            unknown.push(edit.id.clone());
            continue;
        };
        finding.state = match edit.decision {
            Decision::Reject => State::Rejected,
            Decision::Edit => State::Edited,
            _ => State::Accepted,
        };
        if edit.decision == Decision::Edit {
            change(finding, edit);
        }
    }
    for edit in adding {
        minutes.findings.extend(added(minutes, transcript, edit));
    }
    minutes.findings.sort_by_key(Finding::start);
    unknown
}

/// The finding that each decision is about: the one with its id, else the nearest one of its kind that no other decision is about.
fn places(minutes: &Minutes, edits: &[&MinutesEdit]) -> Vec<Option<usize>> {
    let exact = |edit: &&MinutesEdit| minutes.findings.iter().position(|finding| finding.id() == edit.id);
    let mut places: Vec<Option<usize>> = edits.iter().map(exact).collect();
    for (at, edit) in edits.iter().enumerate() {
        if places[at].is_none() {
            places[at] = nearest(minutes, &edit.id, &places);
        }
    }
    places
}

fn nearest(minutes: &Minutes, id: &str, taken: &[Option<usize>]) -> Option<usize> {
    let (kind, at) = id.split_once('@')?;
    let at: u64 = at.parse().ok()?;
    let distance = |finding: &Finding| finding.start().0.abs_diff(at);
    let free = minutes.findings.iter().enumerate().filter(|(n, _)| !taken.contains(&Some(*n)));
    let same = free.filter(|(_, finding)| finding.details.code() == kind);
    let nearest = same.min_by_key(|(_, finding)| distance(finding))?;
    Some(nearest.0).filter(|_| distance(nearest.1) <= NEAR)
}

fn change(finding: &mut Finding, edit: &MinutesEdit) {
    finding.text.clone_from(&edit.text);
    let outcome = edit.outcome;
    match &mut finding.details {
        Details::Vote(vote) => {
            vote.subject = edit.subject.clone().unwrap_or(std::mem::take(&mut vote.subject));
            vote.unanimous &= (outcome.is_none() || outcome == vote.outcome) && edit.no.unwrap_or_default() == 0;
            vote.outcome = outcome.or(vote.outcome);
            vote.counts.yes = edit.yes.or(vote.counts.yes);
            vote.counts.no = edit.no.or(vote.counts.no);
            vote.counts.abstained = edit.abstained.or(vote.counts.abstained);
            // Who counts the others leaves no rest.
            let counted = if vote.counts.rest == Some(true) { edit.yes } else { edit.no };
            vote.counts.rest = vote.counts.rest.filter(|_| counted.is_none());
        }
        Details::Decision(decided) => *decided = outcome.unwrap_or(*decided),
        Details::Task(task) => {
            task.who = edit.who.clone().unwrap_or(std::mem::take(&mut task.who));
            if let Some(until) = &edit.until {
                (task.until, task.due) = (until.clone(), None);
            }
        }
        Details::Motion | Details::Objection | Details::Question => {}
    }
}

/// What people add, with the segment that is said then.
fn added(minutes: &Minutes, transcript: &Transcript, edit: &MinutesEdit) -> Option<Finding> {
    let at = edit.start?;
    let details = match edit.kind.as_str() {
        "vote" => Details::Vote(VoteFound::default()),
        "decision" => Details::Decision(edit.outcome.unwrap_or(Outcome::Accepted)),
        "task" => Details::Task(Task::default()),
        "motion" => Details::Motion,
        "objection" => Details::Objection,
        _ => Details::Question,
    };
    let segment = transcript.segments.iter().position(|segment| segment.span.end > at).unwrap_or_default();
    let speaker = transcript.segments.get(segment).and_then(|segment| segment.speaker);
    let span = Span { start: at, end: at + Millis(1) };
    let evidence = Evidence { segment, span, speaker, ..Evidence::default() };
    let mut finding = Finding::new(details, vec![evidence], Certainty::Certain);
    finding.item = minutes.item_of(&finding.evidence);
    finding.state = State::Added;
    change(&mut finding, edit);
    Some(finding)
}
