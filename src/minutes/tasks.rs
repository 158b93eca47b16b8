//! Tasks, motions, objections and questions: single sentences.

use super::cues::{Cues, List};
use super::dates::deadline;
use super::sentences::Sentence;
use super::{Certainty, Chair, Details, Evidence, Finding, Task};
use crate::meeting::{Meeting, Role};
use crate::{SpeakerId, Transcript};

/// What single sentences are looked for with.
pub(super) struct Search<'a> {
    pub(super) transcript: &'a Transcript,
    pub(super) meeting: &'a Meeting,
    pub(super) sentences: &'a [Sentence],
    pub(super) cues: &'a Cues,
    pub(super) chair: Chair,
    /// Sentences with which items begin.
    pub(super) starts: &'a [usize],
}

/// Tasks that whoever presides, or somebody of the administration, takes on.
pub(super) fn tasks(search: &Search) -> Vec<Finding> {
    let sentences = search.sentences;
    let may = |role: Option<Role>| match role {
        Some(Role::Chair | Role::Moderator | Role::Staff | Role::Clerk) => true,
        Some(Role::Member | Role::Guest) => false,
        None => search.chair != Chair::Known,
    };
    let task = |(first, last): (usize, usize)| {
        let text = text_of(&sentences[first..=last]);
        let (until, due) = deadline(&text, search.meeting.date).unwrap_or_default();
        let certainty = match sentences[first].role {
            Some(_) if !sentences[first].uncertain => Certainty::Likely,
            _ => Certainty::Unsure,
        };
        let who = search.who(&text, sentences[first].speaker).unwrap_or_default();
        let evidence = vec![Evidence::of(sentences, first, last)];
        Finding::new(Details::Task(Task { who, until, due }), evidence, search.certainty(certainty))
    };
    let whole = wholes(sentences, search.starts, may);
    whole.filter(|range| is_match(&search.cues.task, sentences, *range)).map(task).collect()
}

impl Search<'_> {
    /// If nobody knows who presides, roles say nothing.
    fn certainty(&self, certainty: Certainty) -> Certainty {
        if self.chair == Chair::Unknown { Certainty::Unsure } else { certainty }
    }

    /// Who is to do what a sentence says; `None` if it does not say that.
    fn who(&self, text: &str, speaker: Option<SpeakerId>) -> Option<String> {
        if self.cues.task_own.is_match(text) {
            return speaker.map(|speaker| self.transcript.name(speaker).into_owned());
        }
        let part = || Some(self.cues.task_who.iter().find_map(|cue| cue.captures(text)?.get(2))?.as_str().to_owned());
        person(text, self.meeting).or_else(part)
    }
}

/// Motions, objections and questions of everybody but whoever presides.
pub(super) fn others(search: &Search) -> Vec<Finding> {
    let Search { sentences, cues, starts, .. } = *search;
    let lists =
        [(&cues.motion, Details::Motion), (&cues.objection, Details::Objection), (&cues.question, Details::Question)];
    let mut found: Vec<Finding> = Vec::new();
    for (first, last) in wholes(sentences, starts, |role| role != Some(Role::Chair)) {
        let Some((_, details)) = lists.iter().find(|(list, _)| is_match(list, sentences, (first, last))) else {
            continue;
        };
        // What is moved often stands in the next sentence.
        let more = *details == Details::Motion && text_of(&sentences[first..=last]).ends_with(':');
        let goes_on = sentences.get(last + 1).is_some_and(|next| next.speaker == sentences[last].speaker);
        let last = if more && goes_on && !starts.contains(&(last + 1)) { last + 1 } else { last };
        let certainty = match sentences[first].role {
            Some(_) if !sentences[first].uncertain => Certainty::Likely,
            _ => Certainty::Unsure,
        };
        let evidence = vec![Evidence::of(sentences, first, last)];
        found.push(Finding::new(details.clone(), evidence, search.certainty(certainty)));
    }
    found
}

/// The first and the last part of each whole sentence that somebody with such a role says. None goes on across one of `starts`, with
/// which items begin.
fn wholes(
    sentences: &[Sentence],
    starts: &[usize],
    may: impl Fn(Option<Role>) -> bool,
) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = at;
        let number = sentences.get(first)?.number;
        let goes_on = |at: &usize| sentences[*at].number == number && (*at == first || !starts.contains(at));
        let parts = (first..sentences.len()).take_while(goes_on).count();
        at += parts;
        Some((first, first + parts - 1))
    })
    .filter(move |(first, _)| may(sentences[*first].role))
}

fn is_match(list: &List, sentences: &[Sentence], (first, last): (usize, usize)) -> bool {
    list.is_match(&text_of(&sentences[first..=last]))
}

fn text_of(parts: &[Sentence]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A person of the meeting who is named with a title before the name. A name alone may be a common word.
fn person(text: &str, meeting: &Meeting) -> Option<String> {
    const TITLES: [&str; 10] =
        ["Herr", "Herrn", "Frau", "Kollege", "Kollegen", "Kollegin", "Dr.", "Mr.", "Ms.", "Mrs."];
    let words: Vec<&str> = text.split(' ').collect();
    let named = words.windows(2).enumerate().find_map(|(at, pair)| {
        let is_title = TITLES.contains(&pair[0])
            || pair[0].to_lowercase().ends_with("meister")
            || pair[0].to_lowercase().ends_with("meisterin");
        if !is_title {
            return None;
        }
        let longest =
            words[at + 1..].iter().take(3).map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'));
        let words: Vec<&str> = longest.collect();
        (1..=words.len()).rev().find_map(|count| meeting.person(&words[..count].join(" ")))
    });
    named.map(|person| person.name.clone())
}
