//! A draft of minutes, as a document: what is known of the meeting, and what was found, each with its evidence. What nobody said or
//! entered is a field that is clearly empty.

mod head;
mod item;
pub(super) mod table;

use super::land::Land;
use super::public::Public;
use super::{Certainty, Evidence, Finding, Item, Minutes, State, Stretch};
use crate::document::{Block, Document, Link, Run};
use crate::meeting::Meeting;
use crate::wording::{self, Language, MinutesText};
use crate::{Millis, Span, Transcript, format};

/// What kind of minutes a draft is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// What was decided.
    #[default]
    Results,
    /// Who spoke when, as an outline.
    Course,
    /// All that was said.
    Verbatim,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::Results, Kind::Course, Kind::Verbatim];

    /// What it is called on the command line, and in names of files.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Results => "results",
            Kind::Course => "course",
            Kind::Verbatim => "verbatim",
        }
    }
}

/// Which items a draft has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Those that are public, with what belongs to none.
    #[default]
    Public,
    /// Those that are not.
    Closed,
    /// One, by its number in [`Minutes::items`].
    Item(usize),
}

/// What a draft is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftOptions {
    /// What kind of minutes.
    pub kind: Kind,
    /// Which items.
    pub part: Part,
    /// Whose law is to be kept; `None`: nobody asks.
    pub land: Option<Land>,
    /// The review page, as seen from the draft, for links; `None`: no links.
    pub page: Option<String>,
    /// When each of several recordings begins; one or none says nothing.
    pub begins: Vec<Millis>,
}

/// A draft. One of a public part, or of an item that is public, is made without knowing of the rest.
pub fn draft(transcript: &Transcript, meeting: &Meeting, minutes: &Minutes, options: &DraftOptions) -> Document {
    let text = wording::minutes(Language::of(&transcript.language));
    let closed = match options.part {
        Part::Public => false,
        Part::Closed => true,
        Part::Item(item) => minutes.items[item].closed,
    };
    let closed_not_found = minutes.closed_and_not_found();
    let withheld = (minutes.stretches.iter())
        .filter(|stretch| stretch.closed && !closed)
        .flat_map(|stretch| stretch.items.iter().copied())
        .collect();
    let public = (!closed).then(|| Public::new(transcript, meeting, minutes));
    let (transcript, meeting, minutes) =
        public.as_ref().map_or((transcript, meeting, minutes), |p| (&p.transcript, &p.meeting, &p.minutes));
    let draft = Draft { transcript, meeting, minutes, options, text, closed, closed_not_found, withheld };
    Document { language: transcript.language.clone(), blocks: draft.blocks() }
}

/// Where the mark for something to fill in is.
const EMPTY: &str = "________________";

struct Draft<'a> {
    transcript: &'a Transcript,
    meeting: &'a Meeting,
    minutes: &'a Minutes,
    options: &'a DraftOptions,
    text: &'static MinutesText,
    /// Whether it has what is not public, and that alone.
    closed: bool,
    /// Items that are not public, and of which nobody knows where they are.
    closed_not_found: Vec<usize>,
    /// Items that were dealt with where the meeting was not public, and are left out there.
    withheld: Vec<usize>,
}

impl Draft<'_> {
    fn blocks(&self) -> Vec<Block> {
        if let Part::Item(item) = self.options.part {
            return self.item(item, 1);
        }
        let mut blocks = self.head();
        blocks.extend(self.unassigned());
        for item in self.order() {
            blocks.extend(self.item(item, 2));
        }
        blocks.extend(self.signatures());
        blocks
    }

    /// The items of this part: those of the agenda in its order, others behind what was called before them.
    fn order(&self) -> Vec<usize> {
        let items = &self.minutes.items;
        let mut order: Vec<usize> = (0..items.len()).filter(|at| items[*at].on_agenda).collect();
        let calls: Vec<usize> =
            self.minutes.stretches.iter().flat_map(|stretch| stretch.items.iter().copied()).collect();
        for item in (0..items.len()).filter(|at| !items[*at].on_agenda) {
            let Some(at) = calls.iter().position(|called| *called == item) else { continue };
            let before = calls[..at].iter().rev().find_map(|called| order.iter().position(|other| other == called));
            order.insert(before.map_or(0, |before| before + 1), item);
        }
        // What is told in the closed part may be under an item that is public otherwise.
        let headings: Vec<usize> = self.parts().filter_map(|stretch| self.minutes.heading_of(stretch)).collect();
        order.retain(|item| items[*item].closed == self.closed || self.closed && headings.contains(item));
        order
    }

    /// The stretches that this draft is about.
    fn parts(&self) -> impl Iterator<Item = &Stretch> {
        self.minutes.stretches.iter().filter(|stretch| stretch.closed == self.closed)
    }

    /// Those of an item.
    fn stretches(&self, item: usize) -> impl Iterator<Item = &Stretch> {
        self.parts().filter(move |stretch| stretch.items.contains(&item))
    }

    /// What is said before the first item, and between items.
    fn unassigned(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for stretch in self.parts().filter(|stretch| stretch.items.is_empty()) {
            let content = self.content(None, std::slice::from_ref(stretch));
            let nothing = content.is_empty() && self.minutes.stretches.len() > 1;
            if !nothing {
                let begins = stretch.span.start == Millis(0) && !self.closed;
                let title = if begins { self.text.opening } else { self.text.between };
                blocks.push(Block::Heading {
                    level: 2,
                    text: format!("{title} ({}–{})", stretch.span.start, stretch.span.end),
                });
                blocks.extend(content);
            }
        }
        blocks
    }

    fn heading(&self, item: &Item) -> String {
        let number = match &*item.number {
            "" => String::new(),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => format!("{} {number}", self.text.item),
            number => number.to_owned(),
        };
        let closed = if item.closed { format!(" ({})", self.text.not_public) } else { String::new() };
        let title = line(&item.title);
        match (number.is_empty(), title.is_empty()) {
            (false, false) => format!("{number}: {title}{closed}"),
            (true, true) => format!("{} {EMPTY}{closed}", self.text.item),
            _ => format!("{number}{title}{closed}"),
        }
    }

    /// What was said in stretches, as blocks of a transcript.
    fn said(&self, stretches: &[Stretch]) -> Vec<Block> {
        let within = |span: Span| self.minutes.stretch_of(span).is_some_and(|stretch| stretches.contains(stretch));
        let marked = |marker: &&crate::Marker| within(Span { start: marker.at, end: marker.at });
        let part = Transcript {
            segments: self.transcript.segments.iter().filter(|segment| within(segment.span)).cloned().collect(),
            gaps: self.transcript.gaps.iter().filter(|gap| within(gap.span)).cloned().collect(),
            markers: self.transcript.markers.iter().filter(marked).copied().collect(),
            names: self.transcript.names.clone(),
            language: self.transcript.language.clone(),
            ..Transcript::default()
        };
        format::said(&part)
    }

    /// The time of some evidence, as a link if there is a page.
    fn time(&self, evidence: &Evidence) -> Run {
        let link =
            self.options.page.as_ref().zip(self.transcript.segments.get(evidence.segment)).map(|(page, segment)| {
                Link { path: page.clone(), anchor: Link::segment(segment.span, segment.speaker) }
            });
        Run { text: format!("[{}]", evidence.span.start), link, ..Run::default() }
    }

    /// Times and quotes, and how sure it is.
    fn all_evidence(&self, finding: &Finding) -> Vec<Run> {
        let mut runs = Vec::new();
        // What people want to be written is there once.
        let count = if finding.text.is_some() { 1 } else { finding.evidence.len() };
        for evidence in finding.evidence.iter().take(count) {
            let speaker = evidence.speaker.map(|speaker| format!(" {}:", line(&self.transcript.name(speaker))));
            runs.push(self.time(evidence));
            runs.push(Run::plain(format!("{}{} ", speaker.unwrap_or_default(), self.quote(finding, evidence))));
        }
        runs.push(Run::plain(format!("({})", self.status(finding))));
        runs
    }

    /// A day as people of the language write it.
    fn day(&self, day: jiff::civil::Date) -> String {
        let german = Language::of(&self.transcript.language) == Language::German;
        day.strftime(if german { "%d.%m.%Y" } else { "%Y-%m-%d" }).to_string()
    }

    /// What was said, or what people want to be written.
    fn quote(&self, finding: &Finding, evidence: &Evidence) -> String {
        match &finding.text {
            Some(text) => format!(" {}", line(text)),
            None if evidence.quote.is_empty() => String::new(),
            None => format!(" „{}“", shortened(&evidence.quote)),
        }
    }

    /// How sure it is, or what people decided.
    fn status(&self, finding: &Finding) -> &'static str {
        match finding.state {
            State::Candidate | State::Rejected => self.certainty(finding.certainty),
            State::Accepted => self.text.checked,
            State::Edited | State::Added => self.text.by_people,
        }
    }

    fn certainty(&self, certainty: Certainty) -> &'static str {
        match certainty {
            Certainty::Certain => self.text.certain,
            Certainty::Likely => self.text.likely,
            Certainty::Unsure => self.text.unsure,
        }
    }
}

/// Characters of a quote.
const QUOTE: usize = 320;

/// A quote of bearable length: its end, for results stand there.
fn shortened(quote: &str) -> String {
    let quote = line(quote);
    let count = quote.chars().count();
    if count <= QUOTE {
        return quote;
    }
    let (head, tail): (String, String) =
        (quote.chars().take(QUOTE / 4).collect(), quote.chars().skip(count - QUOTE * 3 / 4).collect());
    let cut = |text: &str, at: Option<usize>| at.map_or_else(|| text.to_owned(), |at| text[at..].to_owned());
    let head = head.rsplit_once(' ').map_or(&*head, |(head, _)| head).to_owned();
    format!("{head} … {}", cut(&tail, tail.find(' ').map(|at| at + 1)))
}

/// On one line, without control characters.
fn line(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
