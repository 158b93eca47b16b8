//! Who speaks when in a transcript.

use super::pieces::joined;
use super::{Person, Stretch};
use crate::meeting::{Attendance, Meeting};
use crate::minutes::{self, Minutes};
use crate::transcript::count_words;
use crate::wording::{self, Language};
use crate::{Channels, Completeness, Millis, PartialReason, Segment, Span, SpeakerId, Transcript};
use std::collections::{BTreeMap, BTreeSet};

/// One recording, as participation sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// What it is called, such as a table of an assembly.
    pub name: String,
    /// Who speaks when.
    pub stretches: Vec<Stretch>,
    /// When somebody speaks of whom nobody knows who it is.
    pub unassigned: Vec<Span>,
    /// When something was said that is left out, since it is not public; in order.
    pub left_out: Vec<Span>,
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
    /// The names under which the parts of all speakers are counted.
    pub fn names(&self, transcript: &Transcript) -> BTreeMap<SpeakerId, String> {
        let mut names = BTreeMap::new();
        for speaker in transcript.segments.iter().filter_map(|segment| segment.speaker) {
            names.entry(speaker).or_insert_with(|| self.name_of(transcript, speaker));
        }
        names
    }

    /// One name; it takes as long as there are persons.
    fn name_of(&self, transcript: &Transcript, speaker: SpeakerId) -> String {
        let given = transcript.names.get(&speaker);
        let label = wording::speaker(speaker.0, Language::of(&transcript.language));
        let plain = transcript.name(speaker);
        let called = [given.map_or(&*label, String::as_str), &label, &plain];
        let person = self.meeting.and_then(|meeting| called.into_iter().find_map(|name| meeting.person(name)));
        match (person, given) {
            (Some(person), _) => person.name.clone(),
            (None, Some(given)) => given.clone(),
            (None, None) if self.several => format!("{}, {label}", self.name),
            (None, None) => label,
        }
    }
}

impl Conversation {
    /// Who speaks when in a transcript. Within a segment, a pause of more than `gap` between two words is none of its speech.
    pub fn of(transcript: &Transcript, naming: &Naming<'_>, gap: Millis) -> Conversation {
        let (mut stretches, mut unassigned) = (Vec::new(), Vec::new());
        let names = naming.names(transcript);
        for segment in &transcript.segments {
            let runs = runs(segment, gap);
            match segment.speaker.and_then(|speaker| names.get(&speaker)) {
                Some(who) => {
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
        Conversation {
            name: naming.name.to_owned(),
            stretches,
            unassigned,
            left_out: Vec::new(),
            items: Vec::new(),
            separate: split || !transcript.recording.tracks.is_empty(),
            ends,
        }
    }

    /// From the first sound of anybody to the last.
    pub fn window(&self) -> Span {
        let spans = || self.stretches.iter().map(|stretch| stretch.span).chain(self.unassigned.iter().copied());
        let start = spans().map(|span| span.start.0).min().unwrap_or_default();
        Span::new(start, spans().map(|span| span.end.0).max().unwrap_or_default())
    }

    /// How long somebody speaks within the window of whom nobody knows who it is, while nobody known does.
    pub fn unassigned_within(&self, window: Span) -> Millis {
        let length =
            |spans: Vec<(u64, u64)>| -> u64 { joined(spans).into_iter().map(|(start, end)| end - start).sum() };
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
    let (mut persons, mut known) = (Vec::new(), BTreeSet::new());
    for person in &meeting.persons {
        if known.insert(&person.name) {
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

/// The items of the agenda, where they were found in the recording. One that is taken up again is there again.
pub fn items(minutes: &Minutes) -> Vec<Item> {
    let found = minutes.stretches.iter().filter(|stretch| !stretch.items.is_empty());
    found.map(|stretch| Item { name: item_name(minutes, stretch), span: stretch.span }).collect()
}

/// Number and title of what a stretch of the meeting is about, several with semicolons; empty if neither is known.
pub fn item_name(minutes: &Minutes, stretch: &minutes::Stretch) -> String {
    let name = |at: &usize| {
        let item = minutes.items.get(*at)?;
        Some([&*item.number, &*item.title].join(" ").trim().to_owned()).filter(|name| !name.is_empty())
    };
    stretch.items.iter().filter_map(name).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrackId;
    use crate::meeting::Person as Expected;
    use crate::transcript::words_of;

    fn said(start: u64, end: u64, speaker: Option<u16>) -> Segment {
        let speaker = speaker.map(SpeakerId);
        Segment { span: Span::new(start, end), text: "eins zwei drei".into(), speaker, ..Segment::default() }
    }

    fn talk() -> Transcript {
        Transcript {
            language: "de".into(),
            segments: vec![said(1_000, 4_000, Some(1)), said(3_000, 5_000, None), said(5_000, 8_000, Some(2))],
            names: [(SpeakerId(2), "Frau Koch".to_owned())].into(),
            ..Transcript::default()
        }
    }

    fn alone<'a>(meeting: Option<&'a Meeting>) -> Naming<'a> {
        Naming { name: "tisch-1", meeting, several: false }
    }

    #[test]
    fn who_is_not_known_is_nobody_and_no_silence() {
        let conversation = Conversation::of(&talk(), &alone(None), Millis(1_000));
        let who: Vec<_> = conversation.stretches.iter().map(|one| (&*one.who, one.span, one.words)).collect();
        assert_eq!(who, [("Sprecher 1", Span::new(1_000, 4_000), 3), ("Frau Koch", Span::new(5_000, 8_000), 3)]);
        assert_eq!(conversation.window(), Span::new(1_000, 8_000));
        assert_eq!(conversation.unassigned_within(conversation.window()), Millis(1_000));
        assert_eq!(conversation.unassigned_within(Span::new(4_500, 9_000)), Millis(500));
        assert!(!conversation.separate && !conversation.knows_overlaps());
        let tracks = vec![TrackId::default()];
        let separate = Transcript { recording: crate::RecordingId { tracks, ..Default::default() }, ..talk() };
        assert!(Conversation::of(&separate, &alone(None), Millis(1_000)).knows_overlaps());
        let crosstalk = Transcript { segments: vec![said(0, 9_000, Some(1)), said(3_000, 4_000, Some(2))], ..talk() };
        assert!(Conversation::of(&crosstalk, &alone(None), Millis(1_000)).knows_overlaps());
    }

    #[test]
    fn a_speaker_is_the_person_of_the_list_or_of_the_recording() {
        let expected =
            Expected { name: "Dr. Anna Lang".into(), aliases: vec!["Speaker 1".into()], ..Expected::default() };
        let koch = Expected { name: "Eva Koch".into(), ..Expected::default() };
        let meeting = Meeting { persons: vec![expected, koch.clone(), koch], ..Meeting::default() };
        let names = |naming: &Naming<'_>| naming.names(&talk()).into_values().collect::<Vec<_>>();
        assert_eq!(names(&alone(Some(&meeting))), ["Dr. Anna Lang", "Frau Koch"], "two are called Koch");
        assert_eq!(names(&Naming { several: true, ..alone(None) }), ["tisch-1, Sprecher 1", "Frau Koch"]);
        assert_eq!(persons(&meeting).len(), 2);
    }

    #[test]
    fn names_are_looked_up_once_for_each_speaker() {
        let person = Expected { name: "Anna Meyer".into(), ..Expected::default() };
        let meeting = Meeting { persons: vec![person], ..Meeting::default() };
        let segments = (0..1_000).map(|n| said(n * 1_000, n * 1_000 + 900, Some((n % 2) as u16 + 1))).collect();
        let names = [(SpeakerId(1), "Meyer".to_owned())].into();
        let transcript = Transcript { segments, names, ..talk() };
        let found = alone(Some(&meeting)).names(&transcript);
        assert_eq!(found.into_values().collect::<Vec<_>>(), ["Anna Meyer", "Sprecher 2"]);
    }

    #[test]
    fn a_long_pause_within_a_segment_is_silence() {
        let mut words = words_of(0, 500, "eins zwei");
        words.extend(words_of(3_000, 500, "drei"));
        let segment = Segment { speaker: Some(SpeakerId(1)), ..Segment::of_words(words).unwrap_or_default() };
        let transcript = Transcript { segments: vec![segment], ..Transcript::default() };
        let spans = |gap| {
            let stretches = Conversation::of(&transcript, &alone(None), Millis(gap)).stretches;
            stretches.into_iter().map(|one| (one.span, one.words)).collect::<Vec<_>>()
        };
        assert_eq!(spans(1_000), [(Span::new(0, 1_000), 2), (Span::new(3_000, 3_500), 1)]);
        assert_eq!(spans(2_000), [(Span::new(0, 3_500), 3)]);
    }

    #[test]
    fn items_are_where_they_were_found() {
        let item =
            |number: &str| minutes::Item { number: number.into(), title: "Haushalt".into(), ..Default::default() };
        let stretch = |items: &[usize], start, end| minutes::Stretch {
            items: items.into(),
            span: Span::new(start, end),
            ..Default::default()
        };
        let minutes = Minutes {
            items: vec![item("1"), item("2")],
            stretches: vec![stretch(&[], 0, 5), stretch(&[0, 1], 5, 9), stretch(&[0], 9, 12)],
            ..Minutes::default()
        };
        let found: Vec<_> = items(&minutes).into_iter().map(|item| (item.name, item.span)).collect();
        let expected = [("1 Haushalt; 2 Haushalt", Span::new(5, 9)), ("1 Haushalt", Span::new(9, 12))];
        assert_eq!(found, expected.map(|(name, span)| (name.to_owned(), span)));
    }
}
