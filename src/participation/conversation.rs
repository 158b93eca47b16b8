//! Who speaks when in a transcript.

use super::pieces::joined;
use super::{Person, Stretch};
use crate::meeting::{Attendance, Meeting};
use crate::transcript::count_words;
use crate::wording::{self, Language};
use crate::{Channels, Completeness, MarkerKind, Millis, PartialReason, Segment, Span, SpeakerId, Transcript};

/// One recording, as participation sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// What it is called, such as a table of an assembly.
    pub name: String,
    /// Who speaks when.
    pub stretches: Vec<Stretch>,
    /// When somebody speaks of whom nobody knows who it is.
    pub unassigned: Vec<Span>,
    /// Items of the agenda, in order; empty if it is not known where they begin.
    pub items: Vec<Item>,
    /// Whether each person has a microphone, so that it is certain who speaks.
    pub separate: bool,
    /// Where and why the transcript ends early; `None`: it does not.
    pub ends: Option<(Millis, PartialReason)>,
}

/// An item of the agenda, in the recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Its number and title; empty if neither is known.
    pub name: String,
    /// From its beginning to that of the next.
    pub span: Span,
}

/// Where the names of speakers come from.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// The recording's own name.
    pub name: &'a str,
    /// Who is expected; `None`: not known.
    pub meeting: Option<&'a Meeting>,
    /// Whether there are several recordings, so that speakers without a name need that of theirs.
    pub several: bool,
}

impl Naming<'_> {
    /// The name under which a speaker's part is counted.
    pub fn of(&self, transcript: &Transcript, speaker: SpeakerId) -> String {
        let given = transcript.names.get(&speaker).cloned();
        let label = wording::speaker(speaker.0, Language::of(&transcript.language));
        let called = [given.as_deref(), Some(&*label), Some(&*transcript.name(speaker))].into_iter().flatten();
        let person = self.meeting.and_then(|meeting| called.into_iter().find_map(|name| meeting.person(name)));
        match (person, given) {
            (Some(person), _) => person.name.clone(),
            (None, Some(given)) => given,
            (None, None) if self.several => format!("{}, {label}", self.name),
            (None, None) => label,
        }
    }
}

impl Conversation {
    /// Who speaks when in a transcript. Within a segment, a pause of more than `gap` between two words is none of its speech.
    pub fn of(transcript: &Transcript, naming: &Naming<'_>, gap: Millis) -> Conversation {
        let (mut stretches, mut unassigned) = (Vec::new(), Vec::new());
        for segment in &transcript.segments {
            let runs = runs(segment, gap);
            match segment.speaker {
                Some(speaker) => {
                    let who = naming.of(transcript, speaker);
                    stretches.extend(runs.map(|(span, words)| Stretch { who: who.clone(), span, words }));
                }
                None => unassigned.extend(runs.map(|(span, _)| span)),
            }
        }
        let ends = match &transcript.completeness {
            Completeness::Complete => None,
            Completeness::Partial { until, reason } => Some((*until, reason.clone())),
        };
        let split = transcript.settings.channels == Channels::Split;
        let mut conversation = Conversation {
            name: naming.name.to_owned(),
            stretches,
            unassigned,
            items: Vec::new(),
            separate: split || !transcript.recording.tracks.is_empty(),
            ends,
        };
        conversation.items = items(transcript, naming.meeting.filter(|_| !naming.several), conversation.window());
        conversation
    }

    /// From the first sound of anybody to the last.
    pub fn window(&self) -> Span {
        let spans = || self.stretches.iter().map(|stretch| stretch.span).chain(self.unassigned.iter().copied());
        let start = spans().map(|span| span.start.0).min().unwrap_or_default();
        Span::new(start, spans().map(|span| span.end.0).max().unwrap_or_default())
    }

    /// How long somebody speaks within the window of whom nobody knows who it is, while nobody known does.
    pub fn unassigned_within(&self, window: Span) -> Millis {
        let length = |spans: Vec<(u64, u64)>| -> u64 { joined(spans).into_iter().map(|(start, end)| end - start).sum() };
        let within = |span: Span| (span.start.max(window.start).0, span.end.min(window.end).0);
        let known = self.stretches.iter().map(|stretch| within(stretch.span)).filter(|(start, end)| start < end);
        let known: Vec<(u64, u64)> = known.collect();
        let unknown = self.unassigned.iter().map(|span| within(*span)).filter(|(start, end)| start < end);
        let all: Vec<(u64, u64)> = known.iter().copied().chain(unknown).collect();
        Millis(length(all) - length(known))
    }

    /// Whether it can be known who speaks at the same time: each has a microphone, or the transcript says so somewhere.
    pub fn knows_overlaps(&self) -> bool {
        let mut latest: Option<(Millis, &str)> = None;
        let mut stretches: Vec<&Stretch> = self.stretches.iter().collect();
        stretches.sort_by_key(|stretch| stretch.span.start);
        self.separate
            || stretches.into_iter().any(|stretch| {
                let overlaps = latest.is_some_and(|(end, who)| stretch.span.start < end && who != stretch.who);
                latest = latest.max(Some((stretch.span.end, &stretch.who)));
                overlaps
            })
    }
}

/// Everybody who is expected, without roles that nobody gave. Who is not said to be absent is present.
pub fn persons(meeting: &Meeting) -> Vec<Person> {
    let mut persons: Vec<Person> = Vec::new();
    for person in &meeting.persons {
        if persons.iter().all(|other| other.name != person.name) {
            persons.push(Person {
                name: person.name.clone(),
                role: person.role.map(|role| role.code().to_owned()),
                group: Some(person.group.clone()).filter(|group| !group.is_empty()),
                present: !matches!(person.attendance, Some(Attendance::Excused | Attendance::Absent)),
            });
        }
    }
    persons
}

/// The parts of a segment without long pauses, and how many words each has.
fn runs(segment: &Segment, gap: Millis) -> impl Iterator<Item = (Span, usize)> + use<'_> {
    let runs = segment.words.chunk_by(move |a, b| b.span.start <= a.span.end + gap);
    let span = |words: &[crate::Word]| {
        let end = words.iter().map(|word| word.span.end.0).max().unwrap_or_default();
        Span::new(words[0].span.start.0, end)
    };
    let whole = segment.words.is_empty().then(|| (segment.span, count_words(&segment.text)));
    let counted = move |words: &[crate::Word]| {
        let text: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        (span(words), count_words(&text.join(" ")))
    };
    whole.into_iter().chain(runs.map(counted))
}

/// The items of the agenda, by the times that the meeting has, or else by the markers of a live session.
fn items(transcript: &Transcript, meeting: Option<&Meeting>, window: Span) -> Vec<Item> {
    let mut begins: Vec<(Millis, Option<Millis>, String)> = Vec::new();
    for item in meeting.iter().flat_map(|meeting| &meeting.agenda) {
        let name = [&*item.number, &*item.title].join(" ").trim().to_owned();
        begins.extend(item.start.map(|start| (start, item.end, name)));
    }
    if begins.is_empty() {
        let markers = transcript.markers.iter().filter(|marker| marker.kind == MarkerKind::AgendaItem);
        begins = (1..).zip(markers).map(|(n, marker)| (marker.at, None, format!("{n}"))).collect();
    }
    begins.sort_by_key(|(start, ..)| *start);
    let next = |n: usize| begins.get(n + 1).map_or(window.end.max(begins[n].0), |(start, ..)| *start);
    let item = |(n, (start, end, name)): (usize, &(Millis, Option<Millis>, String))| Item {
        name: name.clone(),
        span: Span::new(start.0, end.unwrap_or_else(|| next(n)).0),
    };
    begins.iter().enumerate().map(item).collect()
}
