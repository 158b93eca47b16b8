//! Votes and decisions: what whoever presides calls and announces.

use super::counts::{Counts, counts};
use super::cues::Cues;
use super::sentences::Sentence;
use super::{Certainty, Chair, Details, Evidence, Finding, VoteFound};
use crate::SpeakerId;
use crate::meeting::{Outcome, Role, VoteKind};
use regex::RegexSet;
use std::collections::BTreeSet;

/// Sentences of the chair, and words of others, that may be between the call for a vote and its result.
const SENTENCES: usize = 14;
const WORDS: usize = 60;
/// Words of a sentence with which somebody is called up, or votes.
const SHORT: usize = 3;
/// Sentences in which a second result belongs to the same vote.
const SAME: usize = 3;
/// Sentences after the last call in which there may be a result if nobody knows who presides.
const UNKNOWN: usize = 4;
/// Sentences between an announcement and its result.
const NEAR: usize = 1;
/// Sentences before a call in which its subject is named.
const BEFORE: usize = 3;
/// Sentences of the chair in which words of votes add up, and how many different ones are a call.
const PASSAGE: usize = 3;
const WORDS_OF_VOTES: usize = 2;

/// What a sentence says about a vote.
#[derive(Clone, Debug, Default)]
struct Signs {
    call: bool,
    announce: bool,
    /// Whether it announces a vote that comes at once.
    soon: bool,
    /// A result that stands alone.
    result: Option<Outcome>,
    /// One that counts only after a call.
    weak: Option<Outcome>,
    unanimous: bool,
    /// Whether it asks for the other votes, once the result is said.
    others: bool,
    /// Whether it says that the result is the same as before, of another vote.
    again: bool,
    /// Words that are hardly said but where votes are taken, by their numbers.
    typical: Vec<usize>,
    counts: Counts,
}

fn signs(text: &str, cues: &Cues) -> Signs {
    let vote = &cues.vote;
    let counts = counts(text, &cues.counts);
    if vote.unless.is_match(text) {
        return Signs::default();
    }
    let of = |tied: &[&RegexSet], rejected: &RegexSet, accepted: &RegexSet| {
        let is = |sets: &[&RegexSet]| sets.iter().any(|set| set.is_match(text));
        match () {
            () if is(tied) => Some(Outcome::Tied),
            () if is(&[rejected]) => Some(Outcome::Rejected),
            () if is(&[accepted]) => Some(Outcome::Accepted),
            () => None,
        }
    };
    let is_question = text.ends_with('?');
    let strong = of(&[&vote.tied], &vote.rejected, &vote.accepted).filter(|_| !is_question);
    let result = strong.or(counts.outcome());
    Signs {
        call: vote.call.is_match(text),
        announce: vote.announce.is_match(text),
        soon: vote.soon.is_match(text),
        result,
        weak: of(&[], &vote.rejected_weak, &vote.accepted_weak).filter(|_| !is_question && result.is_none()),
        unanimous: vote.unanimous.is_match(text),
        others: vote.others.is_match(text),
        again: vote.again.is_match(text),
        typical: vote.typical.matches(text),
        counts,
    }
}

/// Whether somebody may call votes and say how they end: if nobody knows who presides, everybody but moderators.
fn presides(sentence: &Sentence, chair: Chair) -> bool {
    match sentence.role {
        Some(Role::Chair) => true,
        Some(Role::Moderator) => false,
        _ => chair == Chair::Unknown,
    }
}

/// A vote that was called, and has no result yet.
struct Open {
    /// The sentence.
    call: usize,
    /// Whether it was called, not just announced.
    strong: bool,
    /// Whether it was said to come at once.
    soon: bool,
    /// Sentences of the chair, and words of others, since.
    sentences: usize,
    words: usize,
    counts: Counts,
}

/// All votes, in order. `starts` are sentences in which another item begins.
pub(super) fn votes(sentences: &[Sentence], cues: &Cues, chair: Chair, starts: &[usize]) -> Vec<Finding> {
    let mut search =
        Search { sentences, cues, chair, open: None, found: Vec::new(), last: None, begin: 0, passage: Vec::new() };
    for (at, sentence) in sentences.iter().enumerate() {
        if starts.contains(&at) {
            search.give_up();
            search.last = None;
            search.begin = at;
            search.passage.clear();
        }
        if presides(sentence, chair) {
            let mut signs = signs(&sentence.plain, cues);
            // It may be of anything if nobody knows that a chair says it.
            if chair == Chair::Unknown {
                signs.weak = signs.result.take().or(signs.weak);
            }
            search.hear(at, signs);
        } else if let Some(open) = &mut search.open {
            // Answers to a roll call may be many.
            let words = Some(sentence.words()).filter(|words| !(open.strong && *words <= SHORT));
            open.words += words.unwrap_or_default();
            if open.words > WORDS {
                search.give_up();
            }
        }
    }
    search.give_up();
    search.found
}

struct Search<'a> {
    sentences: &'a [Sentence],
    cues: &'a Cues,
    chair: Chair,
    open: Option<Open>,
    found: Vec<Finding>,
    /// The last sentence of the last vote.
    last: Option<usize>,
    /// The sentence with which the item begins.
    begin: usize,
    /// The last sentences of the chair since the last vote, each with the words of votes in it.
    passage: Vec<(usize, Vec<usize>)>,
}

impl Search<'_> {
    fn hear(&mut self, at: usize, mut signs: Signs) {
        self.passage.push((at, std::mem::take(&mut signs.typical)));
        self.passage.drain(..self.passage.len().saturating_sub(PASSAGE));
        if signs.others && self.open.is_none() && self.goes_on(at) {
            // The vote before is not over.
            self.last = Some(at);
            return;
        }
        if signs.call || signs.announce {
            match &mut self.open {
                // The same vote goes on: who is for it, who against.
                Some(open) if open.strong || !signs.call => {
                    let since = if self.chair == Chair::Unknown { 0 } else { SENTENCES / 2 };
                    open.sentences = open.sentences.min(since);
                }
                // What was announced long before is another vote, or none.
                Some(open) if open.sentences <= BEFORE => open.strong = true,
                _ => {
                    let Signs { call: strong, soon, .. } = signs;
                    self.open =
                        Some(Open { call: at, strong, soon, sentences: 0, words: 0, counts: Counts::default() });
                }
            }
        }
        let called = self.is_called_by(self.sentences[at].speaker);
        let adds_up = !called && signs.weak.is_some() && self.adds_up();
        let outcome = signs.result.or(signs.weak.filter(|_| called || adds_up));
        let Some(outcome) = outcome else {
            if let Some(open) = &mut self.open {
                open.counts = open.counts.with(&signs.counts);
                // Names that are called, and their votes, may be many.
                let is_short = self.chair != Chair::Unknown && self.sentences[at].words() <= SHORT;
                open.sentences += usize::from(!(open.strong && is_short));
                if open.sentences > SENTENCES {
                    self.give_up();
                }
            }
            return;
        };
        let result = Some((outcome, signs.unanimous));
        match self.open.take() {
            Some(Open { call, strong, counts, .. }) => {
                let certainty = if strong { Certainty::Certain } else { Certainty::Likely };
                self.add(call, at, result, counts.with(&signs.counts), certainty);
            }
            None if !signs.again && self.goes_on(at) => self.again(at, outcome, &signs),
            None if adds_up => {
                let first = self.passage.iter().find(|(_, words)| !words.is_empty()).map_or(at, |(first, _)| *first);
                self.add(first, at, result, signs.counts, Certainty::Likely);
            }
            None => self.add(at, at, result, signs.counts, Certainty::Likely),
        }
    }

    /// Whether different words of votes come together.
    fn adds_up(&self) -> bool {
        let words: BTreeSet<usize> = self.passage.iter().flat_map(|(_, words)| words).copied().collect();
        self.chair != Chair::Unknown && words.len() >= WORDS_OF_VOTES
    }

    /// Whether a vote was called, or just announced, and has no result yet; if nobody knows who presides, called by the same speaker.
    fn is_called_by(&self, speaker: Option<SpeakerId>) -> bool {
        self.open.as_ref().is_some_and(|open| match self.chair {
            Chair::Unknown => open.strong && open.sentences <= UNKNOWN && self.sentences[open.call].speaker == speaker,
            _ => open.strong || open.soon && (1..=NEAR).contains(&open.sentences),
        })
    }

    /// Whether a result at `at` is of the vote before.
    fn goes_on(&self, at: usize) -> bool {
        let near = |last: usize| {
            at - last <= SAME && self.sentences[last..at].iter().all(|s| s.speaker == self.sentences[at].speaker)
        };
        self.last.is_some_and(near)
    }

    /// A second result of the same vote: what the first leaves open.
    fn again(&mut self, at: usize, outcome: Outcome, signs: &Signs) {
        let Some(Finding { details: Details::Vote(vote), evidence, .. }) = self.found.last_mut() else { return };
        let first = vote.outcome.get_or_insert(outcome);
        if *first == outcome || *first == Outcome::Tied {
            vote.unanimous |= signs.unanimous;
        }
        vote.counts = vote.counts.with(&signs.counts);
        if let Some(first) = evidence.first().map(|first| first.sentence) {
            *evidence = Evidence::between(self.sentences, first, at);
        }
        self.last = Some(at);
    }

    /// A vote that was called counts without a result, too, if it is known who presides.
    fn give_up(&mut self) {
        let called = |open: &Open| open.strong && self.chair != Chair::Unknown;
        if let Some(Open { call, counts, .. }) = self.open.take().filter(called) {
            self.add(call, call, None, counts, Certainty::Unsure);
        }
    }

    fn add(&mut self, call: usize, end: usize, result: Option<(Outcome, bool)>, counts: Counts, certainty: Certainty) {
        let first = &self.sentences[call];
        let from = (call.saturating_sub(BEFORE).max(self.begin)..=call)
            .find(|at| self.sentences[*at].speaker == first.speaker && self.last.is_none_or(|last| *at > last));
        let of = [first.speaker, self.sentences[end].speaker];
        let around: Vec<&Sentence> = self.sentences[from.unwrap_or(call)..=end]
            .iter()
            .filter(|sentence| of.contains(&sentence.speaker))
            .collect();
        // The longest one says most.
        let named = |sentence: &Sentence| {
            let names = self.cues.vote.subject.iter();
            names
                .filter_map(|cue| Some(cue.captures(&sentence.text)?.get(1)?.as_str().to_owned()))
                .max_by_key(String::len)
        };
        let subject = around.iter().copied().filter_map(named).max_by_key(String::len);
        let is = |set: &RegexSet| around.iter().any(|sentence| set.is_match(&sentence.plain));
        let kind = match () {
            () if is(&self.cues.vote.procedural) => VoteKind::Procedural,
            () if is(&self.cues.vote.amendment) => VoteKind::Amendment,
            () => VoteKind::Main,
        };
        let uncertain = self.sentences[call].uncertain || self.sentences[end].uncertain;
        let certainty = if uncertain { certainty.lower() } else { certainty };
        let (outcome, unanimous) = result.map_or((None, false), |(outcome, unanimous)| (Some(outcome), unanimous));
        let vote = VoteFound { subject: subject.unwrap_or_default(), kind, outcome, unanimous, counts };
        let evidence = Evidence::between(self.sentences, call, end);
        self.found.push(Finding::new(Details::Vote(vote), evidence, certainty.given(self.chair)));
        self.last = Some(end);
        self.passage.clear();
    }
}

/// Decisions without a vote: sent to a committee, taken back, put off, taken note of. What a vote decides is left out.
pub(super) fn decisions(sentences: &[Sentence], cues: &Cues, chair: Chair, votes: &[Finding]) -> Vec<Finding> {
    let cues = &cues.decision;
    let lists = [
        (&cues.referred, Outcome::Referred),
        (&cues.postponed, Outcome::Postponed),
        (&cues.withdrawn, Outcome::Withdrawn),
        (&cues.noted, Outcome::Noted),
        (&cues.accepted, Outcome::Accepted),
    ];
    let mut found: Vec<Finding> = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        let counts = presides(sentence, chair);
        let in_vote = votes.iter().flat_map(|vote| &vote.evidence).any(|e| (e.sentence..=e.last).contains(&at));
        if !counts || in_vote || sentence.text.ends_with('?') || cues.unless.is_match(&sentence.plain) {
            continue;
        }
        if let Some((_, outcome)) = lists.iter().find(|(set, _)| set.is_match(&sentence.plain)) {
            let again = found.last().is_some_and(|last| {
                last.details == Details::Decision(*outcome) && last.evidence.iter().any(|e| e.last + SAME >= at)
            });
            if !again {
                let certainty = if sentence.uncertain { Certainty::Unsure } else { Certainty::Likely };
                let evidence = vec![Evidence::of(sentences, at, at)];
                found.push(Finding::new(Details::Decision(*outcome), evidence, certainty.given(chair)));
            }
        }
    }
    found
}
