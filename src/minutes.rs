//! What a transcript says about a meeting: where items of the agenda begin, votes, decisions, tasks, motions, objections and
//! questions; and a draft of minutes.
//!
//! Nothing is invented: each finding has the words that it was found in, and their time. All are candidates that people accept or
//! reject. What is looked for is data ([`Cues`]), and all functions here are pure. `docs/minutes.md` says how well it works.

mod agenda;
mod calendar;
mod counts;
mod cues;
mod dates;
mod draft;
mod join;
mod json;
mod land;
mod misheard;
mod numbers;
mod public;
mod review;
mod roles;
mod sentences;
mod stretches;
mod tasks;
mod title;
mod votes;

use crate::meeting::{AgendaItem, Meeting, Outcome, VoteKind};
use crate::{Millis, Span, SpeakerId, Transcript};
use sentences::Sentence;

pub use counts::Counts;
pub use cues::Cues;
#[cfg(feature = "app")]
pub(crate) use draft::table::outcome_name;
pub use draft::{DraftOptions, Kind, Part, draft};
pub use join::joined;
pub use json::write as write_json;
pub use land::Land;
pub use public::public_transcript;
pub use review::{decide, with_beginnings};
pub use roles::Chair;

/// What was found in a transcript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minutes {
    /// The agenda, and what is called besides.
    pub items: Vec<Item>,
    /// The meeting from its beginning to its end, by item.
    pub stretches: Vec<Stretch>,
    /// In order of time.
    pub findings: Vec<Finding>,
    /// How it is known who presides.
    pub chair: Chair,
}

impl Minutes {
    /// Items that are not public, and of which nobody knows where they are.
    pub fn closed_and_not_found(&self) -> Vec<usize> {
        let found = |item: usize| self.stretches.iter().any(|stretch| stretch.items.contains(&item));
        (0..self.items.len())
            .filter(|item| self.items[*item].closed && !self.items[*item].placed && !found(*item))
            .collect()
    }

    /// From the first beginning of an item to its last end; `None` if it was not found.
    pub fn span(&self, item: usize) -> Option<Span> {
        let mut stretches =
            self.stretches.iter().filter(|stretch| stretch.items.contains(&item)).map(|stretch| stretch.span);
        let first = stretches.next()?;
        Some(stretches.fold(first, |all, one| Span { start: all.start, end: all.end.max(one.end) }))
    }
}

/// An item of the agenda, or one that is called and not on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The number as people write it; may be empty.
    pub number: String,
    /// What it is about; empty if not known.
    pub title: String,
    /// Whether it is not public.
    pub closed: bool,
    /// Numbers of its papers.
    pub papers: Vec<String>,
    /// Whether the agenda has it.
    pub on_agenda: bool,
    /// Whether somebody says where it begins, be it after the recording.
    pub placed: bool,
    /// Its address in a council system; empty if it has none.
    pub id: String,
}

impl Item {
    fn of_agenda(item: &AgendaItem) -> Item {
        let AgendaItem { number, title, public, papers, id, start, .. } = item.clone();
        Item { number, title, closed: public == Some(false), papers, on_agenda: true, placed: start.is_some(), id }
    }

    /// One that is called by a number that the agenda does not have.
    fn called(key: &str) -> Item {
        let number = key.strip_prefix('z').map_or_else(|| key.to_owned(), |rest| format!("Zusatzpunkt {rest}"));
        Item { number, ..Item::default() }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It may be wrong.
    #[default]
    Unsure,
    /// One sign speaks for it.
    Likely,
    /// Several do.
    Certain,
}

impl Certainty {
    /// Its name in files.
    pub fn code(self) -> &'static str {
        match self {
            Certainty::Unsure => "unsure",
            Certainty::Likely => "likely",
            Certainty::Certain => "certain",
        }
    }

    fn lower(self) -> Certainty {
        if self == Certainty::Certain { Certainty::Likely } else { Certainty::Unsure }
    }

    /// As it is where it is only guessed, or not known, who presides.
    fn given(self, chair: Chair) -> Certainty {
        match chair {
            Chair::Known => self,
            Chair::Guessed => self.lower(),
            Chair::Unknown => Certainty::Unsure,
        }
    }
}

/// The words that something was found in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The number of the segment in which they begin, from 0.
    pub segment: usize,
    /// When they are said.
    pub span: Span,
    /// Who says them.
    pub speaker: Option<SpeakerId>,
    /// What is said.
    pub quote: String,
    /// The first and the last of the sentences.
    sentence: usize,
    last: usize,
}

impl Evidence {
    /// What is said from `first` to `last`, by one speaker.
    fn of(sentences: &[Sentence], first: usize, last: usize) -> Evidence {
        let Sentence { segment, span, speaker, .. } = sentences[first];
        let said: Vec<&str> = sentences[first..=last].iter().map(|sentence| sentence.text.as_str()).collect();
        let span = Span::new(span.start.0, sentences[last].span.end.0);
        Evidence { segment, span, speaker, quote: said.join(" "), sentence: first, last }
    }

    /// What the speakers of `first` and `last` say from there to here; where others speak between, there are several.
    fn between(sentences: &[Sentence], first: usize, last: usize) -> Vec<Evidence> {
        let own = [sentences[first].speaker, sentences[last].speaker];
        let mut found: Vec<(usize, usize)> = Vec::new();
        for at in (first..=last).filter(|at| own.contains(&sentences[*at].speaker)) {
            match found.last_mut() {
                Some((begin, end)) if *end + 1 == at && sentences[*begin].speaker == sentences[at].speaker => *end = at,
                _ => found.push((at, at)),
            }
        }
        found.into_iter().map(|(first, last)| Evidence::of(sentences, first, last)).collect()
    }
}

/// Who says where an item begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// It was found.
    #[default]
    Found,
    /// Somebody set it by hand.
    Hand,
}

/// A part of the meeting in which the same items are dealt with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// The items that were called together; none before the first is called.
    pub items: Vec<usize>,
    /// From its first instant to the first of the next.
    pub span: Span,
    /// Whether it is not public.
    pub closed: bool,
    /// How sure its beginning is.
    pub certainty: Certainty,
    /// Who says where it begins.
    pub origin: Origin,
    /// Whether its items were dealt with before.
    pub back: bool,
    /// The call; `None` before the first item, and if it was set by hand.
    pub evidence: Option<Evidence>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub details: Details,
    /// The item that it belongs to; `None` before the first.
    pub item: Option<usize>,
    /// How sure it is.
    pub certainty: Certainty,
    /// In order; never empty.
    pub evidence: Vec<Evidence>,
    /// What people decided about it.
    pub state: State,
    /// What people want to be written instead of the quote; `None`: nothing.
    pub text: Option<String>,
}

/// What people decided about a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    #[default]
    Candidate,
    /// It is right.
    Accepted,
    /// It does not belong into the minutes.
    Rejected,
    /// It is right with other words or values.
    Edited,
    /// It is theirs.
    Added,
}

impl State {
    /// Its name in files.
    pub fn code(self) -> &'static str {
        match self {
            State::Candidate => "candidate",
            State::Accepted => "accepted",
            State::Rejected => "rejected",
            State::Edited => "edited",
            State::Added => "added",
        }
    }
}

impl Finding {
    fn new(details: Details, evidence: Vec<Evidence>, certainty: Certainty) -> Finding {
        Finding { details, item: None, certainty, evidence, state: State::Candidate, text: None }
    }

    /// Where its first words begin.
    pub fn start(&self) -> Millis {
        self.evidence.first().map(|evidence| evidence.span.start).unwrap_or_default()
    }

    /// What it is called in files: its kind, and when it begins in milliseconds.
    pub fn id(&self) -> String {
        format!("{}@{}", self.details.code(), self.start().0)
    }
}

/// What a finding is.
#[derive(Clone, Debug, PartialEq)]
pub enum Details {
    /// A vote.
    Vote(VoteFound),
    /// A decision without a vote.
    Decision(Outcome),
    /// Somebody promises something.
    Task(Task),
    /// Somebody asks for a decision.
    Motion,
    /// Somebody objects, or wants something on record.
    Objection,
    /// Somebody asks something.
    Question,
}

impl Details {
    /// Its kind in files.
    pub fn code(&self) -> &'static str {
        match self {
            Details::Vote(_) => "vote",
            Details::Decision(_) => "decision",
            Details::Task(_) => "task",
            Details::Motion => "motion",
            Details::Objection => "objection",
            Details::Question => "question",
        }
    }
}

/// A vote, as far as it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoteFound {
    /// What was voted on, as it was said; empty if nobody said it.
    pub subject: String,
    /// What kind of question it was.
    pub kind: VoteKind,
    /// How it ended; `None`: nobody said it.
    pub outcome: Option<Outcome>,
    /// Whether nobody was against it.
    pub unanimous: bool,
    /// The numbers.
    pub counts: Counts,
}

/// Something that somebody promises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Who is to do it: the speaker who says `ich` or `wir`, or whom the sentence names; empty: it does not say that.
    pub who: String,
    /// Until when, as it was said; empty if nobody said it.
    pub until: String,
    /// The same as a day; `None` if it can't be told.
    pub due: Option<jiff::civil::Date>,
}

/// Finds what a transcript says about a meeting.
pub fn find(transcript: &Transcript, meeting: &Meeting, cues: &Cues) -> Minutes {
    let roles = roles::roles(transcript, meeting, cues);
    let breaks: Vec<Millis> = meeting.agenda.iter().filter_map(|item| item.start).collect();
    let mut sentences = sentences::sentences(transcript, &roles, &breaks);
    for sentence in &mut sentences {
        sentence.plain = cues.misheard.corrected(&sentence.text);
    }
    let chair = roles::chair(&mut sentences, cues);
    let (items, boundaries) = agenda::boundaries(transcript, meeting, &sentences, cues, chair);
    let starts: Vec<usize> = (boundaries.iter())
        .filter_map(|(boundary, _)| sentences.iter().position(|sentence| sentence.span.start >= boundary.start))
        .collect();
    let mut findings = votes::votes(&sentences, cues, chair, &starts);
    findings.extend(votes::decisions(&sentences, cues, chair, &findings));
    let search = tasks::Search { transcript, meeting, sentences: &sentences, cues, chair, starts: &starts };
    findings.extend(tasks::tasks(&search));
    findings.extend(tasks::others(&search));
    findings.sort_by_key(Finding::start);
    let stretches = stretches::stretches(&boundaries, transcript);
    let mut minutes = Minutes { items, stretches, findings: Vec::new(), chair };
    findings.iter_mut().for_each(|finding| finding.item = minutes.item_of(&finding.evidence));
    minutes.findings = findings;
    minutes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
