//! Who presides, and in which role the others speak.

use std::collections::BTreeMap;

use super::cues::Cues;
use super::sentences::Sentence;
use crate::meeting::{Meeting, Role};
use crate::{SpeakerId, Transcript};

/// Cues that a speaker must say to be taken for the chair, and the share of all that are said.
const CUES: usize = 3;
const SHARE: f64 = 0.6;

/// How it is known who presides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chair {
    /// By the data of the meeting, or by what the speaker is called.
    Known,
    /// One speaker says most of what a chair says.
    Guessed,
    /// Not at all: whoever says something may preside.
    #[default]
    Unknown,
}

impl Chair {
    /// Its name in files.
    pub fn code(self) -> &'static str {
        match self {
            Chair::Known => "known",
            Chair::Guessed => "guessed",
            Chair::Unknown => "unknown",
        }
    }
}

/// The roles that are known of speakers, by the data of the meeting, or by what they are called.
pub(super) fn roles(transcript: &Transcript, meeting: &Meeting, cues: &Cues) -> BTreeMap<SpeakerId, Role> {
    let role = |id: SpeakerId| {
        let name = transcript.name(id);
        let given = meeting.person(&name).and_then(|person| person.role);
        let labels = [(&cues.moderator, Role::Moderator), (&cues.chair, Role::Chair)];
        let called = || labels.into_iter().find(|(label, _)| label.is_match(&name)).map(|(_, role)| role);
        given.or_else(called).map(|role| (id, role))
    };
    transcript.speakers().into_iter().filter_map(role).collect()
}

/// How the chair is known; whoever is guessed to preside becomes the chair in `sentences`.
pub(super) fn chair(sentences: &mut [Sentence], cues: &Cues) -> Chair {
    takes_over(sentences, cues);
    if sentences.iter().any(|sentence| sentence.role == Some(Role::Chair)) {
        return Chair::Known;
    }
    let mut said: BTreeMap<SpeakerId, usize> = BTreeMap::new();
    for sentence in sentences.iter() {
        let text = &sentence.plain;
        let is_cue = cues.vote.call.is_match(text) || cues.agenda.call.iter().any(|cue| cue.is_match(text));
        // Whoever has a role is known not to preside.
        if let Some(speaker) = sentence.speaker.filter(|_| is_cue && sentence.role.is_none()) {
            *said.entry(speaker).or_default() += 1;
        }
    }
    let all: usize = said.values().sum();
    let Some((speaker, count)) = said.into_iter().max_by_key(|(_, count)| *count) else { return Chair::Unknown };
    if count < CUES || (count as f64) < SHARE * all as f64 {
        return Chair::Unknown;
    }
    sentences.iter_mut().filter(|sentence| sentence.speaker == Some(speaker)).for_each(|s| s.role = Some(Role::Chair));
    Chair::Guessed
}

/// Deputies preside, too: whoever calls items as nobody else does.
fn takes_over(sentences: &mut [Sentence], cues: &Cues) {
    let mut said: BTreeMap<SpeakerId, usize> = BTreeMap::new();
    let deputy = |role: Role| !matches!(role, Role::Chair | Role::Moderator);
    for sentence in sentences.iter().filter(|sentence| sentence.role.is_some_and(deputy)) {
        if let Some(speaker) = sentence.speaker.filter(|_| cues.agenda.presides.is_match(&sentence.plain)) {
            *said.entry(speaker).or_default() += 1;
        }
    }
    let preside = |sentence: &&mut Sentence| sentence.speaker.is_some_and(|id| said.get(&id).is_some_and(|n| *n > 1));
    sentences.iter_mut().filter(preside).for_each(|sentence| sentence.role = Some(Role::Chair));
}
