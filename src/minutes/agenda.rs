//! Where each item of the agenda begins: the best way through all cues, by dynamic programming.
//!
//! A cue speaks for an item by its number, by words of its title, by a paper, or as the next one. Going on to the next item costs
//! nothing, skipping and stepping back cost a little. What people say by hand wins.

use std::collections::BTreeMap;

use super::cues::{AgendaCues, Cues};
use super::numbers;
use super::sentences::Sentence;
use super::stretches::{Boundary, by_publicity};
use super::title::Titles;
use super::{Certainty, Chair, Evidence, Item, Origin};
use crate::meeting::{Meeting, Role, number_key};
use crate::{MarkerKind, Millis, Transcript};

/// What a cue must be worth to begin an item.
const THRESHOLD: f32 = 1.6;
/// What a call with a number is worth, one without a verb, a word for the next item, a whole title, and a paper.
const CALL: f32 = 4.0;
const MENTION: f32 = 0.8;
const NEXT: f32 = 2.0;
const TITLE: f32 = 3.2;
const PAPER: f32 = 1.5;
/// What all signs together are worth at most, so that the first of two calls is taken.
const MOST: f32 = 4.5;
/// What it costs to skip an item, all of them at most, and to step back.
const SKIP: f32 = 0.1;
const MOST_SKIPS: f32 = 0.8;
const BACK: f32 = 1.0;
/// Sentences after a call in which words of the title count.
const WINDOW: usize = 4;
/// Words around a call that may say it is none.
const AROUND: usize = 10;
/// So near to what was set by hand, nothing else begins, in milliseconds.
const BY_HAND: u64 = 3_000;

/// A place where an item may begin.
struct Candidate {
    sentence: usize,
    /// What speaks for which item.
    scores: BTreeMap<usize, f32>,
    /// Called at the same time.
    together: Vec<usize>,
    /// What speaks for whatever comes next.
    next: f32,
    back: bool,
    /// Whether somebody says that an item begins, not only its number; or marked it.
    called: bool,
}

/// The items, with those that are called and not on the agenda, and where they begin, each with whether what follows is not public.
pub(super) fn boundaries(
    transcript: &Transcript,
    meeting: &Meeting,
    sentences: &[Sentence],
    cues: &Cues,
    chair: Chair,
) -> (Vec<Item>, Vec<(Boundary, bool)>) {
    let mut items: Vec<Item> = meeting.agenda.iter().map(Item::of_agenda).collect();
    let titles = Titles::new(&items);
    let search = Search { sentences, cues, titles: &titles, any: chair == Chair::Unknown };
    let mut candidates = search.candidates(&mut items);
    markers(transcript, sentences, &mut candidates);
    let fixed = by_hand(meeting, sentences);
    candidates.retain(|candidate| {
        let at = sentences[candidate.sentence].span.start.0;
        let is_set = |(_, start, end): &(usize, Millis, Option<Millis>)| {
            at.abs_diff(start.0) < BY_HAND || end.is_some_and(|end| (start.0..end.0).contains(&at))
        };
        !fixed.iter().any(is_set)
    });
    for candidate in &mut candidates {
        candidate.scores.retain(|item, _| !fixed.iter().any(|(other, ..)| other == item));
    }
    let mut found: Vec<Boundary> = best(&candidates, items.len())
        .into_iter()
        .map(|(at, item)| boundary(&candidates[at], item, sentences, chair, items.len()))
        .collect();
    found.extend(fixed.into_iter().map(|(item, start, end)| Boundary {
        items: vec![item],
        start,
        end,
        certainty: Certainty::Certain,
        origin: Origin::Hand,
        evidence: None,
        called: false,
    }));
    let found = by_publicity(found, sentences, cues, (&mut items, meeting, chair));
    (items, found)
}

struct Search<'a> {
    sentences: &'a [Sentence],
    cues: &'a Cues,
    titles: &'a Titles,
    /// Whether anybody may preside.
    any: bool,
}

impl Search<'_> {
    fn candidates(&self, items: &mut Vec<Item>) -> Vec<Candidate> {
        let on_agenda = items.len();
        let presides = |sentence: &&Sentence| self.any || sentence.role == Some(Role::Chair);
        let mut found = Vec::new();
        for (at, sentence) in self.sentences.iter().enumerate().filter(|(_, sentence)| presides(sentence)) {
            let text = &sentence.plain;
            let called = called(&self.cues.agenda, text);
            let is_none = called.is_none() && self.cues.agenda.unless.is_match(text);
            let mut candidate = Candidate {
                sentence: at,
                scores: BTreeMap::new(),
                together: Vec::new(),
                next: 0.0,
                back: self.cues.agenda.back.is_match(text),
                called: self.is_called(sentence),
            };
            let worth = if candidate.back { MENTION } else { CALL };
            for number in called.iter().flatten() {
                let matching = matching(items, on_agenda, number, !candidate.back);
                for item in &matching {
                    candidate.scores.insert(*item, worth);
                }
                candidate.together.extend(matching.first());
            }
            let begin = || self.cues.agenda.begin.is_match(text) && !self.cues.agenda.begin_unless.is_match(text);
            let begins = called.is_some() || !is_none && begin();
            if !is_none && called.as_ref().is_none_or(Vec::is_empty) && self.cues.agenda.next.is_match(text) {
                candidate.next = NEXT;
            }
            if called.is_none() {
                for number in mentioned(&self.cues.agenda, text) {
                    for item in matching(items, on_agenda, &number, false) {
                        candidate.scores.insert(item, MENTION);
                    }
                }
            }
            if begins || candidate.next > 0.0 {
                self.add_titles(at, items, &mut candidate.scores);
            }
            if !candidate.scores.is_empty() || candidate.next > 0.0 {
                found.push(candidate);
            }
        }
        found
    }

    /// Whether a sentence says by a verb that an item begins; if anybody may preside, by the words of a chair.
    fn is_called(&self, sentence: &Sentence) -> bool {
        let (cues, text) = (&self.cues.agenda, &sentence.plain);
        match self.any && sentence.speaker.is_some() {
            true => cues.presides.is_match(text),
            false => cues.call.iter().any(|cue| numbered(cue, cues, text).is_some()),
        }
    }

    /// What words of titles, and papers, say for items.
    fn add_titles(&self, at: usize, items: &[Item], scores: &mut BTreeMap<usize, f32>) {
        let speaker = self.sentences[at].speaker;
        let window = self.sentences[at..].iter().take(WINDOW).take_while(|sentence| sentence.speaker == speaker);
        let text: String = window.map(|sentence| sentence.plain.as_str()).collect::<Vec<_>>().join(" ");
        for (item, share) in self.titles.shares(&text) {
            *scores.entry(item).or_default() += TITLE * share;
        }
        for (n, item) in items.iter().enumerate() {
            if item.papers.iter().any(|paper| paper.contains('/') && text.contains(paper.as_str())) {
                *scores.entry(n).or_default() += PAPER;
            }
        }
    }
}

/// The numbers that a sentence calls; empty if it calls something without a number, `None` if nothing.
fn called(cues: &AgendaCues, text: &str) -> Option<Vec<String>> {
    let lists = cues.call.iter().chain(&cues.heading);
    let mut matches = lists.filter_map(|cue| numbered(cue, cues, text)).peekable();
    matches.peek()?;
    let together = cues.together.iter().filter_map(|cue| numbered(cue, cues, text));
    let mut all: Vec<String> = Vec::new();
    for number in matches.chain(together).flat_map(|(end, word)| numbers_at(text, end, &word)) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    Some(all)
}

fn mentioned(cues: &AgendaCues, text: &str) -> Vec<String> {
    let matches = cues.mention.iter().filter_map(|cue| numbered(cue, cues, text));
    matches.flat_map(|(end, word)| numbers_at(text, end, &word)).collect()
}

/// Where the match of a cue ends, and its last word: what an item is called. `None` if the words around it say that it is no call.
fn numbered(cue: &regex::Regex, cues: &AgendaCues, text: &str) -> Option<(usize, String)> {
    let found = cue.captures(text)?.get(1)?;
    let start = text[..found.start()].rmatch_indices(' ').nth(AROUND).map_or(0, |(at, _)| at);
    let end = text[found.end()..].match_indices(' ').nth(AROUND).map_or(text.len(), |(at, _)| found.end() + at);
    if cues.unless.is_match(text[start..end].trim()) {
        return None;
    }
    let word = found.as_str().rsplit(' ').next().unwrap_or_default().to_lowercase();
    Some((found.end(), word))
}

/// The numbers after a match, or before its last word; those of additional items begin with `z`.
fn numbers_at(text: &str, end: usize, word: &str) -> Vec<String> {
    let mut found = numbers::list(&text[end..]);
    if found.is_empty() {
        found.extend(numbers::before(&text[..end - word.len().min(end)]));
    }
    if word.starts_with("zusatz") {
        found.iter_mut().for_each(|number| *number = format!("z{number}"));
    }
    found
}

/// The items that a number is of. If it is of none and may be new, it becomes one.
fn matching(items: &mut Vec<Item>, on_agenda: usize, number: &str, may_be_new: bool) -> Vec<usize> {
    let key = number_key(number);
    let all = |key: &str, items: &[Item]| -> Vec<usize> {
        (0..items.len()).filter(|at| number_key(&items[*at].number) == key).collect()
    };
    let exact = all(&key, items);
    if !exact.is_empty() {
        return exact;
    }
    let base = key.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let of_base = all(base, items);
    if base.len() < key.len() && !of_base.is_empty() {
        return of_base;
    }
    // `14` where the agenda has `14a` and `14b`.
    let parts = (0..items.len()).find(|at| {
        let own = number_key(&items[*at].number);
        own.strip_prefix(&key).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
    });
    if let Some(part) = parts {
        return vec![part];
    }
    if !may_be_new {
        return Vec::new();
    }
    let base = if on_agenda == 0 && !base.is_empty() { base } else { &key };
    items.push(Item::called(base));
    vec![items.len() - 1]
}

/// Markers for the next item are as good as a call.
fn markers(transcript: &Transcript, sentences: &[Sentence], candidates: &mut Vec<Candidate>) {
    for marker in transcript.markers.iter().filter(|marker| marker.kind == MarkerKind::AgendaItem) {
        let Some(at) = sentences.iter().position(|sentence| sentence.span.end > marker.at) else { continue };
        let near = |candidate: &&mut Candidate| {
            let start = sentences[candidate.sentence].span.start;
            (start.0).abs_diff(marker.at.0) < 20_000 && candidate.sentence + 6 >= at
        };
        match candidates.iter_mut().find(near) {
            Some(candidate) => {
                candidate.called = true;
                candidate.scores.values_mut().chain([&mut candidate.next]).for_each(|score| *score += CALL);
            }
            None => candidates.push(Candidate {
                sentence: at,
                scores: BTreeMap::new(),
                together: Vec::new(),
                next: CALL,
                back: false,
                called: true,
            }),
        }
    }
    candidates.sort_by_key(|candidate| candidate.sentence);
}

/// Items whose beginning is set by hand, with beginning and end.
fn by_hand(meeting: &Meeting, sentences: &[Sentence]) -> Vec<(usize, Millis, Option<Millis>)> {
    let last = sentences.last().map_or(Millis(u64::MAX), |sentence| sentence.span.end);
    let set = meeting.agenda.iter().enumerate().filter_map(|(n, item)| Some((n, item.start?, item.end)));
    set.filter(|(_, start, _)| *start <= last).collect()
}

/// What it costs to go from one item to another; `None`: nothing was called before.
fn cost(from: Option<usize>, to: usize) -> f32 {
    let skipped = |n: usize| (SKIP * n as f32).min(MOST_SKIPS);
    match from {
        None => skipped(to),
        Some(from) if to > from => skipped(to - from - 1),
        Some(_) => BACK,
    }
}

/// The candidates of the best way, with their items.
fn best(candidates: &[Candidate], items: usize) -> Vec<(usize, usize)> {
    // The first state is that nothing was called; the others are items.
    let mut score = vec![f32::NEG_INFINITY; items + 1];
    score[0] = 0.0;
    let mut came_from: Vec<Vec<Option<usize>>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let mut next = score.clone();
        let mut from = vec![None; items + 1];
        let worth = |before: usize, item: usize| {
            let own = candidate.scores.get(&item).copied().unwrap_or_default();
            // Whatever comes next is the item after the one before.
            let follows = item == before;
            own + if follows || own > 0.0 && item + 1 != before { candidate.next } else { 0.0 }
        };
        for before in (0..=items).filter(|before| score[*before] > f32::NEG_INFINITY) {
            let is_likely =
                |item: &usize| candidate.scores.contains_key(item) || candidate.next > 0.0 && *item == before;
            for item in (0..items).filter(is_likely) {
                let value = if item + 1 == before {
                    // It goes on; that it is named again makes that likelier.
                    score[before]
                        + (candidate.scores.get(&item).copied().unwrap_or_default().min(CALL) - THRESHOLD).max(0.0)
                } else {
                    let earlier = before.checked_sub(1);
                    score[before] + worth(before, item).min(MOST) - THRESHOLD - cost(earlier, item)
                };
                if value > next[item + 1] {
                    next[item + 1] = value;
                    from[item + 1] = Some(before);
                }
            }
        }
        score = next;
        came_from.push(from);
    }
    let mut state = (0..=items).max_by(|a, b| score[*a].total_cmp(&score[*b])).unwrap_or_default();
    let mut way = Vec::new();
    for (at, from) in came_from.iter().enumerate().rev() {
        if let Some(before) = from[state] {
            if before != state {
                way.push((at, state - 1));
            }
            state = before;
        }
    }
    way.reverse();
    way
}

fn boundary(candidate: &Candidate, item: usize, sentences: &[Sentence], chair: Chair, items: usize) -> Boundary {
    let sentence = &sentences[candidate.sentence];
    let own = candidate.scores.get(&item).copied().unwrap_or_default();
    let others = candidate.scores.iter().filter(|(other, _)| **other != item && !candidate.together.contains(other));
    let other = others.map(|(_, score)| *score).fold(0.0, f32::max);
    let called =
        candidate.called && own + candidate.next >= CALL && other < own + candidate.next && !sentence.uncertain;
    let certainty = match own + candidate.next {
        _ if chair == Chair::Unknown => Certainty::Unsure,
        worth if worth >= CALL && other < worth && !sentence.uncertain => Certainty::Certain,
        worth if worth >= NEXT => Certainty::Likely,
        _ => Certainty::Unsure,
    };
    let mut all = vec![item];
    if candidate.together.contains(&item) {
        all.extend(candidate.together.iter().filter(|other| **other != item && **other < items));
        all.dedup();
    }
    Boundary {
        items: all,
        start: sentence.span.start,
        end: None,
        certainty: if chair == Chair::Guessed { certainty.lower() } else { certainty },
        origin: Origin::Found,
        called,
        evidence: Some(Evidence::of(sentences, candidate.sentence, candidate.sentence)),
    }
}
