//! Findings for programs; `docs/minutes.schema.json` describes them.

use super::{Details, Evidence, Finding, Item, Minutes, Origin, Stretch};
use crate::Transcript;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Raised only if something changes its meaning.
const VERSION: u32 = 1;

/// Writes what was found as JSON.
///
/// # Errors
/// Those of `out`.
pub fn write(minutes: &Minutes, transcript: &Transcript, out: &mut impl Write) -> io::Result<()> {
    let whole = json!({
        "transcribe_minutes": VERSION,
        "recording": { "name": transcript.recording.name, "sha256": transcript.recording.sha256 },
        "chair": minutes.chair.code(),
        "items": minutes.items.iter().map(item).collect::<Vec<_>>(),
        "stretches": minutes.stretches.iter().map(|one| stretch(one, transcript)).collect::<Vec<_>>(),
        "findings": minutes.findings.iter().map(|one| finding(one, transcript)).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

fn item(item: &Item) -> Value {
    let Item { number, title, closed, papers, on_agenda, id, .. } = item;
    json!({ "number": number, "title": title, "public": !closed, "papers": papers, "on_agenda": on_agenda, "id": id })
}

fn stretch(stretch: &Stretch, transcript: &Transcript) -> Value {
    json!({
        "items": stretch.items,
        "public": !stretch.closed,
        "start": stretch.span.start.seconds(),
        "end": stretch.span.end.seconds(),
        "certainty": stretch.certainty.code(),
        "by_hand": stretch.origin == Origin::Hand,
        "back": stretch.back,
        "evidence": stretch.evidence.as_ref().map(|one| evidence(one, transcript)),
    })
}

fn finding(finding: &Finding, transcript: &Transcript) -> Value {
    let mut value = json!({
        "id": finding.id(),
        "kind": finding.details.code(),
        "item": finding.item,
        "start": finding.start().seconds(),
        "certainty": finding.certainty.code(),
        "state": finding.state.code(),
        "text": finding.text,
        "evidence": finding.evidence.iter().map(|one| evidence(one, transcript)).collect::<Vec<_>>(),
    });
    let details = match &finding.details {
        Details::Vote(vote) => json!({
            "subject": vote.subject,
            "vote_kind": vote.kind.code(),
            "outcome": vote.outcome.map(|outcome| outcome.code()),
            "unanimous": vote.unanimous,
            "yes": vote.counts.yes,
            "no": vote.counts.no,
            "abstained": vote.counts.abstained,
            "rest": vote.counts.rest.map(|yes| if yes { "yes" } else { "no" }),
        }),
        Details::Decision(outcome) => json!({ "outcome": outcome.code() }),
        Details::Task(task) => {
            json!({ "who": task.who, "until": task.until, "due": task.due.map(|day| day.to_string()) })
        }
        Details::Motion | Details::Objection | Details::Question => json!({}),
    };
    if let (Some(value), Value::Object(details)) = (value.as_object_mut(), details) {
        value.extend(details);
    }
    value
}

fn evidence(evidence: &Evidence, transcript: &Transcript) -> Value {
    json!({
        "segment": evidence.segment,
        "start": evidence.span.start.seconds(),
        "end": evidence.span.end.seconds(),
        "speaker": evidence.speaker.map(|speaker| transcript.name(speaker).into_owned()),
        "quote": evidence.quote,
    })
}
