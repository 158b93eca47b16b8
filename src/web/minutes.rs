//! What was found for minutes in a transcript, to accept, reject or correct; drafts follow.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::{Answer, Failed, aside};
use super::shell;
use super::site::Site;
use super::{drafts, words};
use crate::app::language_code;
use crate::app::library::{LibraryError, Recording, RecordingKey};
use crate::meeting::{Meeting, Outcome};
use crate::minutes::{self, Certainty, Chair, Cues, Details, Evidence, Finding, Minutes, State as Decided};
use crate::wording::app::{AppTexts, filled};
use crate::wording::{Language, MinutesText, minutes as texts_of_minutes};
use crate::{Error, Transcript};

const OUTCOMES: [Outcome; 7] = [
    Outcome::Accepted,
    Outcome::Rejected,
    Outcome::Tied,
    Outcome::Noted,
    Outcome::Referred,
    Outcome::Postponed,
    Outcome::Withdrawn,
];

/// What is found in a transcript, with what is known of the meeting and what people have decided. A transcript whose language is not known
/// has that of the meeting.
pub(super) fn found(recording: &Recording, transcript: &mut Transcript) -> Result<(Option<Meeting>, Minutes), Error> {
    let known = recording.meeting()?;
    let spoken = known.iter().flat_map(|meeting| &meeting.languages).find_map(|name| language_code(name).ok()?);
    if let Some(language) = spoken.filter(|_| transcript.language.is_empty()) {
        transcript.language = language;
    }
    let decided = recording.decisions()?;
    let (meeting, _) = minutes::with_beginnings(known.clone().unwrap_or_default(), &decided);
    let mut found = minutes::find(transcript, &meeting, &Cues::read(&transcript.language, None)?);
    minutes::decide(&mut found, transcript, &decided);
    Ok((known.map(|_| meeting), found))
}

/// `GET recordings/7/minutes`.
pub(super) async fn page(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    shell::of_recording(site, key, headers, move |site, recording, language| {
        let mut transcript = site.library().current(recording.key)?.transcript;
        let (_, found) = found(recording, &mut transcript).map_err(LibraryError::from)?;
        let texts = AppTexts::of(language);
        let body = html! {
            (shell::back_to(recording))
            h1 { (texts.minutes) }
            p { (texts.drafts_what) " " a href="meeting" { (texts.meeting) } }
            @if recording.media_path().is_file() { audio #player controls preload="metadata" src="media" {} }
            div #findings { (list(key, &found, &transcript, language)) }
            h2 { (texts.drafts) }
            p.buttons { (drafts::links(".", texts)) }
        };
        Ok((texts.minutes.to_owned(), body))
    })
    .await
}

/// What the forms of a finding send. What is left empty stays as it was found.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    id: String,
    /// `accept`, `reject`, `edit`; `open` takes a decision back.
    decision: String,
    text: String,
    subject: String,
    outcome: String,
    yes: String,
    no: String,
    abstained: String,
    who: String,
    until: String,
    /// What `until` was: the same words keep their day.
    until_before: String,
}

impl Entered {
    /// As an entry of a file of edits; `None`: nothing is decided.
    fn entry(&self) -> Result<Option<Value>, Failed> {
        if self.decision == "open" {
            return Ok(None);
        }
        let mut entry = Map::new();
        entry.insert("decision".into(), self.decision.as_str().into());
        entry.insert("id".into(), self.id.as_str().into());
        if self.decision == "edit" {
            let until = if self.until == self.until_before { "" } else { &self.until };
            let texts = [("text", &*self.text), ("subject", &self.subject), ("outcome", &self.outcome)];
            for (name, text) in texts.into_iter().chain([("who", &*self.who), ("until", until)]) {
                if !text.trim().is_empty() {
                    entry.insert(name.into(), text.trim().into());
                }
            }
            for (name, text) in [("yes", &self.yes), ("no", &self.no), ("abstained", &self.abstained)] {
                if !text.trim().is_empty() {
                    let count: u32 = text.trim().parse().map_err(|_| Failed::request("a count is expected"))?;
                    entry.insert(name.into(), count.into());
                }
            }
        }
        Ok(Some(entry.into()))
    }
}

/// `POST recordings/7/minutes`.
pub(super) async fn decide(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    Form(entered): Form<Entered>,
) -> Answer {
    aside(move || {
        let entry = entered.entry()?;
        site.library().decide(RecordingKey(key), &entered.id, entry).map_err(|error| match error {
            LibraryError::Other(Error::Transcript { .. }) => Failed::request(error.to_string()),
            error => error.into(),
        })?;
        Ok(Redirect::to(&format!("{}recordings/{key}/minutes#{}", site.base(), entered.id)).into_response())
    })
    .await
}

/// All findings in order of time; questions, of which a long meeting has many, after the others.
fn list(key: i64, found: &Minutes, transcript: &Transcript, language: Language) -> Markup {
    let place = format!("../{key}");
    let texts = AppTexts::of(language);
    let (questions, others): (Vec<&Finding>, Vec<&Finding>) =
        found.findings.iter().partition(|finding| matches!(finding.details, Details::Question));
    let open = found.findings.iter().filter(|finding| finding.state == Decided::Candidate).count();
    let counts = [("n", words::number(open, language)), ("all", words::number(found.findings.len(), language))];
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    let of_chair = match found.chair {
        Chair::Known => None,
        Chair::Guessed => Some(texts_of_minutes(language).chair_guessed),
        Chair::Unknown => Some(texts_of_minutes(language).chair_unknown),
    };
    let rows = |findings: &[&Finding]| {
        html! { ul.rows { @for finding in findings { (row(finding, &place, (found, transcript), language)) } } }
    };
    html! {
        @if found.findings.is_empty() { p.empty { (texts.findings_none) } }
        @else {
            p #open-findings role="status" { (filled(texts.findings_left, &counts)) }
            @if let Some(remark) = of_chair { p.quiet { (remark) } }
            @if !others.is_empty() { (rows(&others)) }
            @if !questions.is_empty() {
                h2 { (texts_of_minutes(language).questions) }
                p.quiet { (texts.questions_what) }
                (rows(&questions))
            }
        }
    }
}

/// `place`: the address of the transcript.
fn row(finding: &Finding, place: &str, (found, transcript): (&Minutes, &Transcript), language: Language) -> Markup {
    let (texts, text) = (AppTexts::of(language), texts_of_minutes(language));
    let (id, at) = (finding.id(), finding.start());
    let kind = match finding.details {
        Details::Vote(_) => texts.finding_vote,
        Details::Decision(_) => texts.finding_decision,
        Details::Task(_) => texts.finding_task,
        Details::Motion => texts.finding_motion,
        Details::Objection => texts.finding_objection,
        Details::Question => texts.finding_question,
    };
    let item = finding.item.map(|item| &found.items[item]);
    let item = item.map(|item| format!("{} {} {}", text.item, item.number, item.title));
    let state = match (finding.state, finding.certainty) {
        (Decided::Candidate, Certainty::Certain) => text.certain,
        (Decided::Candidate, Certainty::Likely) => text.likely,
        (Decided::Candidate, Certainty::Unsure) => text.unsure,
        (Decided::Accepted, _) => texts.finding_accepted,
        (Decided::Rejected, _) => texts.finding_rejected,
        (Decided::Edited | Decided::Added, _) => texts.finding_edited,
    };
    html! {
        li.row.finding id=(id) data-state=(finding.state.code()) {
            div.what {
                span.name id={ "name-" (id) } { (kind) " " (words::clock(at.seconds())) }
                span.state { (state) @if let Some(item) = &item { " · " span dir="auto" { (item) } } }
                @for fact in facts(finding, text) { span.fact dir="auto" { (fact) } }
                @for evidence in &finding.evidence { (quote(evidence, transcript)) }
            }
            (actions(finding, place, texts))
            @if finding.state != Decided::Added { (correction(finding, texts, text)) }
        }
    }
}

fn quote(evidence: &Evidence, transcript: &Transcript) -> Markup {
    html! {
        @if !evidence.quote.is_empty() {
            q.quiet dir="auto" {
                @if let Some(speaker) = evidence.speaker { (transcript.name(speaker)) ": " }
                (evidence.quote)
            }
        }
    }
}

/// What is known of it, beside the quote.
fn facts(finding: &Finding, text: &MinutesText) -> Vec<String> {
    let label = |label: &str, value: &str| (!value.is_empty()).then(|| format!("{label}: {value}"));
    let own = finding.text.clone();
    let more: Vec<Option<String>> = match &finding.details {
        Details::Vote(vote) => {
            let outcome = vote.outcome.map_or(text.not_said, |outcome| minutes::outcome_name(text, outcome));
            let counts =
                [(text.yes, vote.counts.yes), (text.no, vote.counts.no), (text.abstained, vote.counts.abstained)];
            let counts = counts.into_iter().map(|(name, count)| label(name, &count?.to_string()));
            [label(text.subject, &vote.subject), label(text.outcome, outcome)].into_iter().chain(counts).collect()
        }
        Details::Decision(outcome) => vec![label(text.outcome, minutes::outcome_name(text, *outcome))],
        Details::Task(task) => vec![label(text.who, &task.who), label(text.due, &task.until)],
        Details::Motion | Details::Objection | Details::Question => Vec::new(),
    };
    own.into_iter().chain(more.into_iter().flatten()).collect()
}

fn actions(finding: &Finding, place: &str, texts: &AppTexts) -> Markup {
    let id = finding.id();
    let button = |name: &str, decision: &str, text: &str, pressed: Option<bool>| {
        html! {
            button type="submit" id={ (name) "-" (id) } name="decision" value=(decision) aria-pressed=[pressed.map(|on| on.to_string())]
                aria-describedby={ "name-" (id) } { (text) }
        }
    };
    let is = |state| Some(finding.state == state);
    html! {
        form.actions method="post" {
            input type="hidden" name="id" value=(id);
            a.button href={ (place) "#t=" (finding.start().0) } data-at=(finding.start().0) id={ "hear-" (id) }
                aria-describedby={ "name-" (id) } { (texts.finding_hear) }
            @if finding.state != Decided::Added {
                (button("accept", "accept", texts.accept, is(Decided::Accepted)))
                (button("reject", "reject", texts.reject, is(Decided::Rejected)))
            }
            @if !matches!(finding.state, Decided::Candidate | Decided::Added) { (button("open", "open", texts.reopen, None)) }
        }
    }
}

/// The form in which a finding is corrected.
fn correction(finding: &Finding, texts: &AppTexts, text: &MinutesText) -> Markup {
    let id = finding.id();
    let line = |name: &str, label: &str, value: &str| {
        html! { label { (label) input type="text" name=(name) value=(value) autocomplete="off" dir="auto"; } }
    };
    let count = |name: &str, label: &str, value: Option<u32>| {
        html! { label { (label) input type="number" name=(name) min="0" max=(u32::MAX) value=[value]; } }
    };
    let outcome = |now: Option<Outcome>| {
        html! {
            label { (text.outcome)
                select name="outcome" {
                    @if now.is_none() { option value="" { (text.not_said) } }
                    @for one in OUTCOMES {
                        option value=(one.code()) selected[now == Some(one)] { (minutes::outcome_name(text, one)) }
                    }
                }
            }
        }
    };
    html! {
        details.correction {
            summary id={ "correct-" (id) } aria-describedby={ "name-" (id) } { (texts.correct) }
            form method="post" {
                input type="hidden" name="id" value=(id);
                div.fields {
                    @match &finding.details {
                        Details::Vote(vote) => {
                            (line("subject", text.subject, &vote.subject)) (outcome(vote.outcome))
                            (count("yes", text.yes, vote.counts.yes)) (count("no", text.no, vote.counts.no))
                            (count("abstained", text.abstained, vote.counts.abstained))
                        }
                        Details::Decision(now) => (outcome(Some(*now))),
                        Details::Task(task) => {
                            (line("who", text.who, &task.who)) (line("until", text.due, &task.until))
                            input type="hidden" name="until_before" value=(task.until);
                        }
                        Details::Motion | Details::Objection | Details::Question => {}
                    }
                    (line("text", texts.finding_text, finding.text.as_deref().unwrap_or_default()))
                }
                p.buttons { button type="submit" id={ "save-" (id) } name="decision" value="edit" { (texts.save) } }
            }
        }
    }
}
