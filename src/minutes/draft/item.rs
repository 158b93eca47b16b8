//! What a draft has of one item of the agenda.

use super::{Draft, EMPTY, Kind, line, shortened};
use crate::document::{Block, Link, Run};
use crate::minutes::{Certainty, Details, Finding, State, Stretch};
use crate::{Millis, Segment};

/// Shorter turns are left out of an outline, in milliseconds.
const TURN: u64 = 3_000;

impl Draft<'_> {
    /// One item, with its heading at `level`.
    pub(super) fn item(&self, item: usize, level: u8) -> Vec<Block> {
        let text = self.text;
        let known = &self.minutes.items[item];
        let mut blocks = vec![Block::Heading { level, text: self.heading(known) }];
        let stretches: Vec<Stretch> = self.stretches(item).cloned().collect();
        let mut facts = Vec::new();
        if !stretches.is_empty() {
            facts.push((text.time.to_owned(), self.times(&stretches)));
        }
        if !known.papers.is_empty() {
            facts.push((text.papers.to_owned(), line(&known.papers.join(", "))));
        }
        let together: Vec<String> = (stretches.iter().filter(|stretch| !stretch.back))
            .flat_map(|stretch| stretch.items.iter().filter(|other| **other != item))
            .map(|other| self.heading(&self.minutes.items[*other]))
            .collect();
        if !together.is_empty() {
            facts.push((text.together.to_owned(), together.join("; ")));
        }
        if !facts.is_empty() {
            blocks.push(Block::Facts(facts));
        }
        let notice = |text: &str| Block::Notice { text: text.to_owned(), strong: false };
        if !known.on_agenda {
            blocks.push(notice(text.not_on_agenda));
        }
        if stretches.first().is_some_and(|stretch| stretch.certainty == Certainty::Unsure) {
            blocks.push(notice(text.begins_unsure));
        }
        if self.withheld.contains(&item) {
            blocks.push(notice(text.in_closed));
        } else if stretches.is_empty() {
            blocks.push(notice(text.not_found));
        }
        // What was called together is under one of them.
        let own: Vec<Stretch> =
            stretches.into_iter().filter(|stretch| self.minutes.heading_of(stretch) == Some(item)).collect();
        blocks.extend(self.content(Some(item), &own));
        blocks
    }

    fn times(&self, stretches: &[Stretch]) -> String {
        let clock = |at: Millis| self.meeting.clock(at).map(|clock| clock.strftime("%H:%M").to_string());
        let one = |stretch: &Stretch| {
            let again = if stretch.back { format!("{} ", self.text.again) } else { String::new() };
            let recorded = format!("{}–{}", stretch.span.start, stretch.span.end);
            match clock(stretch.span.start).zip(clock(stretch.span.end)) {
                Some((start, end)) => format!("{again}{start}–{end} ({} {recorded})", self.text.recording),
                None => format!("{again}{recorded}"),
            }
        };
        stretches.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// What was found in the stretches of an item, or what was said.
    pub(super) fn content(&self, item: Option<usize>, stretches: &[Stretch]) -> Vec<Block> {
        if self.options.kind == Kind::Verbatim {
            return self.said(stretches);
        }
        let within = |finding: &&Finding| {
            self.minutes.stretch_of_evidence(&finding.evidence).is_some_and(|stretch| stretches.contains(stretch))
        };
        let wanted = |finding: &&Finding| finding.state != State::Rejected;
        let found: Vec<&Finding> = self.minutes.findings.iter().filter(within).filter(wanted).collect();
        let mut blocks = Vec::new();
        if self.options.kind == Kind::Course {
            blocks.extend(self.turns(stretches));
        } else {
            blocks.extend(self.speakers(stretches));
        }
        let of = |kind: &str| -> Vec<&Finding> { found.iter().copied().filter(|f| f.details.code() == kind).collect() };
        blocks.extend(self.listed(self.text.motion, &of("motion")));
        if item.is_some() {
            let empty = Run::plain(format!(" {EMPTY}"));
            blocks.push(Block::Paragraph(vec![Run::strong(format!("{}:", self.text.wording_of_decision)), empty]));
        }
        blocks.extend(self.votes(item, &of("vote")));
        blocks.extend(self.listed(self.text.decisions, &of("decision")));
        blocks.extend(self.tasks(&of("task")));
        blocks.extend(self.listed(self.text.objections, &of("objection")));
        if self.options.kind == Kind::Course {
            blocks.extend(self.listed(self.text.questions, &of("question")));
        }
        if item.is_none() && found.is_empty() && self.options.kind == Kind::Results { Vec::new() } else { blocks }
    }

    fn label(&self, text: &str) -> Block {
        Block::Paragraph(vec![Run::strong(text)])
    }

    /// Findings under a label.
    fn listed(&self, label: &str, findings: &[&Finding]) -> Vec<Block> {
        if findings.is_empty() {
            return Vec::new();
        }
        let one = |finding: &&Finding| {
            let mut runs = Vec::new();
            if let Details::Decision(outcome) = finding.details {
                runs.push(Run::strong(format!("{} ", self.outcome(outcome))));
            }
            runs.extend(self.all_evidence(finding));
            runs
        };
        vec![self.label(label), Block::List(findings.iter().map(one).collect())]
    }

    /// What the segments of the stretches are, as turns: segments of one speaker without another between them.
    fn turns_of(&self, stretches: &[Stretch]) -> Vec<Vec<&Segment>> {
        let within = |segment: &&Segment| {
            self.minutes.stretch_of(segment.span).is_some_and(|stretch| stretches.contains(stretch))
        };
        let mut turns: Vec<Vec<&Segment>> = Vec::new();
        for segment in self.transcript.segments.iter().filter(within) {
            match turns.last_mut().filter(|turn| turn[0].speaker == segment.speaker) {
                Some(turn) => turn.push(segment),
                None => turns.push(vec![segment]),
            }
        }
        turns
    }

    /// Who spoke, in order, and for how long.
    fn speakers(&self, stretches: &[Stretch]) -> Option<Block> {
        let mut times: Vec<(String, u64)> = Vec::new();
        for turn in self.turns_of(stretches) {
            let Some(speaker) = turn[0].speaker else { continue };
            let name = line(&self.transcript.name(speaker));
            let length = turn.iter().map(|segment| segment.span.length().0).sum::<u64>();
            match times.iter_mut().find(|(other, _)| *other == name) {
                Some((_, time)) => *time += length,
                None => times.push((name, length)),
            }
        }
        let names: Vec<String> = times.iter().map(|(name, time)| format!("{name} ({})", Millis(*time))).collect();
        let runs = || vec![Run::strong(format!("{}: ", self.text.speakers)), Run::plain(names.join(", "))];
        (!names.is_empty()).then(|| Block::Paragraph(runs()))
    }

    /// Who spoke when and for how long, with the beginning of what was said.
    fn turns(&self, stretches: &[Stretch]) -> Vec<Block> {
        let mut items = Vec::new();
        for turn in self.turns_of(stretches) {
            let first = turn[0];
            let length = turn.iter().map(|segment| segment.span.length().0).sum::<u64>();
            if length < TURN {
                continue;
            }
            let link = self
                .options
                .page
                .as_ref()
                .map(|page| Link { path: page.clone(), anchor: Link::segment(first.span, first.speaker) });
            let name = first.speaker.map(|speaker| line(&self.transcript.name(speaker))).unwrap_or_default();
            let said: String = turn.iter().map(|segment| segment.text.trim()).take(3).collect::<Vec<_>>().join(" ");
            let begin = shortened_begin(&said);
            items.push(vec![
                Run { text: format!("[{}]", first.span.start), link, ..Run::default() },
                Run::strong(format!(" {name} ")),
                Run::plain(format!("({}): „{begin}“", Millis(length))),
            ]);
        }
        if items.is_empty() { Vec::new() } else { vec![self.label(self.text.speakers), Block::List(items)] }
    }
}

/// The first words of a turn.
fn shortened_begin(said: &str) -> String {
    const CHARACTERS: usize = 160;
    let said = line(said);
    if said.chars().count() <= CHARACTERS {
        return shortened(&said);
    }
    let head: String = said.chars().take(CHARACTERS).collect();
    format!("{} …", head.rsplit_once(' ').map_or(&*head, |(head, _)| head))
}
