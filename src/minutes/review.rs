//! What people decided about findings.

use super::{Certainty, Details, Evidence, Finding, Minutes, State, Task, VoteFound};
use crate::edits::{Decision, MinutesEdit};
use crate::meeting::{Meeting, Outcome};
use crate::{Millis, Span, Transcript};

/// So far may a finding move when a recording is transcribed again, in milliseconds.
const NEAR: u64 = 3_000;

/// The meeting with the beginnings of items that people set. Those of numbers that the agenda does not have are left out.
pub fn with_beginnings(mut meeting: Meeting, edits: &[MinutesEdit]) -> Meeting {
    for edit in edits.iter().filter(|edit| edit.decision == Decision::Add && edit.kind == "item") {
        if let Some(item) = meeting.item(&edit.number) {
            meeting.agenda[item].start = edit.start;
        }
    }
    meeting
}

/// Applies what people decided. What they say of findings that are not there any more is returned, by their ids.
pub fn decide(minutes: &mut Minutes, transcript: &Transcript, edits: &[MinutesEdit]) -> Vec<String> {
    let mut unknown = Vec::new();
    for edit in edits.iter().filter(|edit| edit.kind != "item") {
        if edit.decision == Decision::Add {
            minutes.findings.extend(added(minutes, transcript, edit));
            continue;
        }
        let Some(finding) = place(minutes, &edit.id).map(|at| &mut minutes.findings[at]) else {
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
    minutes.findings.sort_by_key(Finding::start);
    unknown
}

/// The finding with this id, or the nearest one of its kind.
fn place(minutes: &Minutes, id: &str) -> Option<usize> {
    let (kind, at) = id.split_once('@')?;
    let at: u64 = at.parse().ok()?;
    let distance = |finding: &Finding| finding.start().0.abs_diff(at);
    let same = minutes.findings.iter().enumerate().filter(|(_, finding)| finding.details.code() == kind);
    let nearest = same.min_by_key(|(_, finding)| distance(finding))?;
    Some(nearest.0).filter(|_| distance(nearest.1) <= NEAR)
}

fn change(finding: &mut Finding, edit: &MinutesEdit) {
    finding.text.clone_from(&edit.text);
    let outcome = edit.outcome.as_deref().and_then(Outcome::of);
    match &mut finding.details {
        Details::Vote(vote) => {
            vote.subject = edit.subject.clone().unwrap_or(std::mem::take(&mut vote.subject));
            vote.unanimous &= outcome.is_none() || outcome == vote.outcome;
            vote.outcome = outcome.or(vote.outcome);
            vote.counts.yes = edit.yes.or(vote.counts.yes);
            vote.counts.no = edit.no.or(vote.counts.no);
            vote.counts.abstained = edit.abstained.or(vote.counts.abstained);
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
        "decision" => Details::Decision(edit.outcome.as_deref().and_then(Outcome::of).unwrap_or(Outcome::Accepted)),
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
