//! Telling speakers apart, once the text is written.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::changes::is_changed;
use super::recording;
use super::run::Run;
use crate::app::JobEvent;
use crate::app::models::cores;
use crate::audio::Recording;
use crate::edits::{Edits, EditsSpeaker};
use crate::format::Format;
use crate::speakers::{Diarization, Networks, SpeakerCount, diarize};
use crate::transcript::SpeakerTimes;
use crate::{
    Completeness, Error, Event, GapReason, Millis, Observer, Segment, Span, SpeakerId, Transcript, Warning, WarningKind,
};

/// How speakers are told apart.
pub struct TellApart<'a> {
    /// What tells them apart.
    pub networks: &'a Networks,
    /// How many there are.
    pub count: SpeakerCount,
    /// Processor cores to use; `None`: all.
    pub threads: Option<u16>,
    /// Hears how far the recording is read, and can end the work early.
    pub observer: &'a dyn Observer,
}

impl TellApart<'_> {
    /// Gives a transcript of the recording its speakers, if there are several voices, and whether it did. A voice gets the name of who
    /// spoke at its times in the transcript until now; segments that people wrote keep their speaker.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and what reading the recording gives.
    pub fn tell(&self, recording: Recording, transcript: &mut Transcript) -> Result<bool, Error> {
        let threads = usize::from(self.threads.unwrap_or_else(cores));
        let Diarization { times, voices } = diarize(recording, self.networks, self.count, threads, self.observer)?;
        let first = times.first().map(|(_, speaker)| *speaker);
        // A name for the only voice says nothing.
        if times.iter().all(|(_, speaker)| Some(*speaker) == first) {
            return Ok(false);
        }
        let last = times.iter().map(|(_, speaker)| speaker.0).max().unwrap_or_default();
        let before = transcript.clone();
        let by_people = |segment: &Segment| segment.edited && segment.speaker.is_some();
        let (mut kept, free): (Vec<Segment>, _) =
            std::mem::take(&mut transcript.segments).into_iter().partition(by_people);
        let times = SpeakerTimes::new(times);
        transcript.segments = times.assign(free);
        let mut now = matched(&before, transcript);
        let mut next = last;
        for segment in &mut kept {
            let Some(old) = segment.speaker else { continue };
            segment.speaker = Some(*now.entry(old).or_insert_with(|| {
                next = next.saturating_add(1);
                SpeakerId(next)
            }));
        }
        transcript.segments.extend(kept);
        transcript.segments.sort_by_key(|segment| segment.span.start);
        add_unheard(&times, transcript);
        let renamed = |old: &SpeakerId| now.get(old).copied();
        transcript.names = before.names.iter().filter_map(|(old, name)| Some((renamed(old)?, name.clone()))).collect();
        let former = before.former_names.iter().filter_map(|(old, names)| Some((renamed(old)?, names.clone())));
        transcript.former_names = former.collect();
        transcript.voices = voices;
        estimated(transcript);
        Ok(true)
    }
}

/// Names where a voice speaks of which the text has nothing, unless that is a gap anyway.
fn add_unheard(times: &SpeakerTimes, transcript: &mut Transcript) {
    transcript.gaps.retain(|gap| gap.reason != GapReason::Overlapped);
    let known: Vec<Span> = transcript.gaps.iter().map(|gap| gap.span).collect();
    let unheard = times.unheard(&transcript.segments).into_iter();
    transcript.gaps.extend(unheard.filter(|gap| 2 * shared(&known, &[gap.span]) < gap.span.length().0));
    transcript.gaps.sort_by_key(|gap| gap.span.start);
}

/// Says in the transcript that its speakers are an estimate.
fn estimated(transcript: &mut Transcript) {
    transcript.warnings.retain(|warning| warning.kind != WarningKind::SpeakersEstimated);
    transcript.warnings.push(Warning::new(None, WarningKind::SpeakersEstimated));
}

/// Gives a transcript the speakers of an earlier one of the same recording, by time, so that their names are not lost before its voices
/// are told apart, or if they never are.
pub(super) fn carry_speakers(earlier: &Transcript, transcript: &mut Transcript) {
    let times = spoken(earlier);
    if times.is_empty() {
        return;
    }
    transcript.segments = SpeakerTimes::new(times).assign(std::mem::take(&mut transcript.segments));
    transcript.names = earlier.names.clone();
    transcript.former_names = earlier.former_names.clone();
    if earlier.is_speaker_estimate() {
        estimated(transcript);
    }
}

/// When each speaker says a word, or a segment without words, in order of the segments.
fn spoken(transcript: &Transcript) -> Vec<(Span, SpeakerId)> {
    let spoken = |segment: &Segment| -> Vec<(Span, SpeakerId)> {
        segment
            .speaker
            .map(|speaker| parts(segment).into_iter().map(|span| (span, speaker)).collect())
            .unwrap_or_default()
    };
    transcript.segments.iter().flat_map(spoken).collect()
}

/// When the words of a segment are said; when it is, if it has none.
fn parts(segment: &Segment) -> Vec<Span> {
    match segment.words.as_slice() {
        [] => vec![segment.span],
        words => words.iter().map(|word| word.span).collect(),
    }
}

/// Gives the speakers of channels, tracks or a list the names that people gave them in an earlier transcript of the same recording, and
/// makes those one whom people have made one. A speaker is known by the number and a name of before, or else by a name alone; without
/// a name of its own, by when it speaks. Names that are given now stay: `is_given` tells them.
pub(super) fn carry_known_names(earlier: &Transcript, transcript: &mut Transcript, is_given: impl Fn(&str) -> bool) {
    let (owners, by_time) = (earlier.speakers(), matched(earlier, transcript));
    let former = |owner: SpeakerId| earlier.former_names.get(&owner).cloned().unwrap_or_default();
    let only = |is: &dyn Fn(SpeakerId) -> bool| {
        let mut found = owners.iter().copied().filter(|owner| is(*owner));
        found.next().filter(|_| found.next().is_none())
    };
    let mut edits = Edits::default();
    for speaker in transcript.speakers() {
        let name = transcript.name(speaker).into_owned();
        let is_named = transcript.names.contains_key(&speaker);
        let is = |owner: SpeakerId| earlier.name(owner) == name;
        let was = |owner: SpeakerId| is(owner) || former(owner).contains(&name);
        let by_name = || only(&|owner| owner == speaker && was(owner)).or_else(|| only(&is)).or_else(|| only(&was));
        // The numbers of voices are other ones each time.
        let by_name = (is_named || !earlier.is_speaker_estimate()).then(by_name).flatten();
        let speaks = |owner: &SpeakerId| !is_named && by_time.get(owner) == Some(&speaker);
        let by_time = || owners.iter().copied().find(|owner| speaks(owner) && earlier.names.contains_key(owner));
        let Some(owner) = by_name.or_else(by_time).filter(|_| !is_given(&name)) else { continue };
        let (new, former_names) = (earlier.name(owner).into_owned(), former(owner));
        if new == name {
            transcript.former_names.insert(speaker, former_names);
        } else if !is_given(&new) {
            edits.speakers.insert(name.clone(), EditsSpeaker { id: speaker, former_names });
            edits.names.insert(name, new);
        }
    }
    edits.apply(transcript, true);
    transcript.former_names.retain(|_, names| !names.is_empty());
}

/// Shorter stretches do not count as different: the times of words are not the same each time.
const SHORTEST: Millis = Millis(500);
/// Words that lie less apart are of one stretch.
const ONE_STRETCH: Millis = Millis(1000);

/// Where somebody else speaks than in an earlier transcript of the same recording, in order. Places that people wrote do not count.
pub(super) fn differing(earlier: &Transcript, transcript: &Transcript) -> Vec<Span> {
    let voices = matched(earlier, transcript);
    let mut times = spoken(earlier);
    times.sort_by_key(|(span, _)| span.start);
    let longest = times.iter().map(|(span, _)| span.length()).max().unwrap_or_default();
    let differs = |part: &Span, speaker: Option<SpeakerId>| {
        let middle = Millis(part.start.0.midpoint(part.end.0));
        let from = times.partition_point(|(span, _)| span.start + longest < middle);
        let near = times[from..].iter().take_while(|(span, _)| span.start <= middle);
        let mut there = near.filter(|(span, _)| middle < span.end).map(|(_, owner)| *owner).peekable();
        let is_owner = |owner: SpeakerId| {
            let name = |speaker| earlier.name(owner) == transcript.name(speaker);
            speaker.is_some_and(|speaker| voices.get(&owner) == Some(&speaker) || name(speaker))
        };
        there.peek().is_some() && !there.any(is_owner)
    };
    let written = transcript.segments.iter().filter(|segment| !segment.edited);
    let found = written.flat_map(|segment| parts(segment).into_iter().filter(|part| differs(part, segment.speaker)));
    let mut found: Vec<Span> = found.collect();
    found.sort_by_key(|span| span.start);
    let mut stretches: Vec<Span> = Vec::new();
    for span in found {
        match stretches.last_mut() {
            Some(last) if span.start <= last.end + ONE_STRETCH => last.end = last.end.max(span.end),
            _ => stretches.push(span),
        }
    }
    stretches.retain(|span| span.length() >= SHORTEST);
    stretches
}

impl Run<'_, '_> {
    /// Tells where somebody else speaks now than people have said.
    pub(super) fn tell_other_speakers(&self, earlier: &Transcript, transcript: &Transcript) {
        let json = self.queued.job.file(Format::Json);
        if transcript.speakers().is_empty() || !is_changed(&json, earlier) {
            return;
        }
        let places = differing(earlier, transcript);
        if !places.is_empty() {
            self.tell(JobEvent::SpeakersDiffer { places: &places, transcript: &json });
        }
    }

    /// Tells the speakers of a complete transcript apart in which the recording itself does not say who speaks, as the settings ask,
    /// and whether there are several.
    pub(super) fn tell_speakers_apart(&self, parts: &[PathBuf], transcript: &mut Transcript) -> Result<bool, Error> {
        let settings = &self.queued.settings;
        let Some(networks) = self.queue.model.networks() else { return Ok(false) };
        if transcript.completeness != Completeness::Complete || transcript.segments.is_empty() {
            return Ok(false);
        }
        let recording = recording::open(parts, settings.selection())?;
        let count = settings.known.count();
        let observer = &Voices(self);
        TellApart { networks, count, threads: settings.threads, observer }.tell(recording, transcript)
    }
}

/// Gives voices the names of those who speak at their times in another transcript of the same recording; whether any changes.
#[cfg(feature = "app")]
pub(crate) fn carry_names(from: &Transcript, transcript: &mut Transcript) -> bool {
    let mut any = false;
    for (owner, voice) in matched(from, transcript) {
        if let Some(name) = from.names.get(&owner) {
            any |= transcript.names.insert(voice, name.clone()).as_ref() != Some(name);
        }
    }
    any
}

/// Which voice of one transcript speaks when a speaker of another of the same recording does, for most of the time of the voice: those
/// who share the most time first, and no voice for two.
fn matched(earlier: &Transcript, transcript: &Transcript) -> BTreeMap<SpeakerId, SpeakerId> {
    let said = |transcript: &Transcript, speaker: SpeakerId| -> Vec<Span> {
        transcript.segments.iter().filter(|s| s.speaker == Some(speaker)).map(|s| s.span).collect()
    };
    let mut pairs: Vec<(u64, SpeakerId, SpeakerId)> = Vec::new();
    for voice in transcript.speakers() {
        let now = said(transcript, voice);
        let length: u64 = now.iter().map(|span| span.length().0).sum();
        for owner in earlier.speakers() {
            let together = shared(&said(earlier, owner), &now);
            if 2 * together > length {
                pairs.push((together, owner, voice));
            }
        }
    }
    pairs.sort_by_key(|(together, ..)| Reverse(*together));
    let mut found: BTreeMap<SpeakerId, SpeakerId> = BTreeMap::new();
    for (_, owner, voice) in pairs {
        if !found.values().any(|taken| *taken == voice) {
            found.entry(owner).or_insert(voice);
        }
    }
    found
}

/// Milliseconds that two lists of spans, in order of start, have in common.
fn shared(a: &[Span], b: &[Span]) -> u64 {
    let mut from = 0;
    let mut sum = 0;
    for span in a {
        while b.get(from).is_some_and(|other| other.end <= span.start) {
            from += 1;
        }
        let here = b[from..].iter().take_while(|other| other.start < span.end);
        sum += here.map(|other| (span.end.min(other.end) - span.start.max(other.start)).0).sum::<u64>();
    }
    sum
}

/// Passes on how far the second reading of a job's recording is.
struct Voices<'r, 'a, 'w>(&'r Run<'a, 'w>);

impl Observer for Voices<'_, '_, '_> {
    fn event(&self, event: Event<'_>) {
        if let Event::Reached(position) = event {
            self.0.tell(JobEvent::TellingSpeakersApart { position });
        }
    }

    fn cancelled(&self) -> bool {
        self.0.queued.cancel.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;

    fn transcript(said: &[(u64, u64, u16)]) -> Transcript {
        let segment = |(start, end, speaker): &(u64, u64, u16)| Segment {
            span: Span::new(*start, *end),
            text: "Ja.".into(),
            speaker: Some(SpeakerId(*speaker)),
            ..Segment::default()
        };
        Transcript { segments: said.iter().map(segment).collect(), ..Transcript::default() }
    }

    #[test]
    fn who_shares_the_most_time_with_a_voice_is_it() {
        let ids = |pairs: &[(u16, u16)]| -> BTreeMap<SpeakerId, SpeakerId> {
            pairs.iter().map(|(owner, voice)| (SpeakerId(*owner), SpeakerId(*voice))).collect()
        };
        let earlier = transcript(&[(0, 4_000, 1), (4_000, 9_000, 2), (9_000, 9_500, 3)]);
        let now = transcript(&[(0, 300, 1), (300, 4_100, 2), (4_100, 9_500, 3)]);
        assert_eq!(matched(&earlier, &now), ids(&[(1, 2), (2, 3)]));
        // Who says one word within what another says does not become that voice, whatever the number.
        let earlier = transcript(&[(0, 500, 1), (500, 9_000, 2), (9_000, 15_000, 3)]);
        let now = transcript(&[(0, 9_000, 1), (9_000, 15_000, 2)]);
        assert_eq!(matched(&earlier, &now), ids(&[(2, 1), (3, 2)]));
        assert_eq!(shared(&[Span::new(0, 10), Span::new(20, 30)], &[Span::new(5, 25)]), 10);
    }

    #[test]
    fn a_voice_without_text_is_a_gap_once() {
        let mut talk = transcript(&[(0, 9_000, 1), (9_000, 12_000, 2)]);
        let gap = |start, end, reason| crate::Gap { span: Span::new(start, end), reason };
        let known = gap(6_000, 8_000, GapReason::Unrecognised);
        talk.gaps = vec![gap(1_000, 2_000, GapReason::Overlapped), known.clone()];
        let says = |start, end, speaker| (Span::new(start, end), SpeakerId(speaker));
        let times = [says(0, 9_000, 1), says(3_000, 4_500, 2), says(6_000, 7_500, 2), says(9_000, 12_000, 2)];
        for _ in 0..2 {
            add_unheard(&SpeakerTimes::new(times.to_vec()), &mut talk);
            assert_eq!(talk.gaps, [gap(3_000, 4_500, GapReason::Overlapped), known.clone()]);
        }
    }

    /// `transcript` with names, and others that speakers had before.
    fn named(transcript: Transcript, names: &[(u16, &str)], former: &[(u16, &str)]) -> Transcript {
        let names = names.iter().map(|(id, name)| (SpeakerId(*id), (*name).to_owned())).collect();
        let mut former_names: BTreeMap<SpeakerId, Vec<String>> = BTreeMap::new();
        for (id, name) in former {
            former_names.entry(SpeakerId(*id)).or_default().push((*name).to_owned());
        }
        Transcript { names, former_names, ..transcript }
    }

    /// The names after [`carry_known_names`], if `Dora` is given now.
    fn carried(earlier: &Transcript, mut now: Transcript) -> Vec<String> {
        carry_known_names(earlier, &mut now, |name| name == "Dora");
        now.segments.iter().filter_map(|segment| Some(now.name(segment.speaker?).into_owned())).collect()
    }

    #[test]
    fn known_speakers_keep_the_names_that_people_gave() {
        let talk = || transcript(&[(0, 4_000, 1), (4_000, 9_000, 2), (9_000, 9_500, 3)]);
        let renamed = named(talk(), &[(1, "Anna"), (2, "Bert")], &[(1, "Speaker 1"), (2, "Speaker 2")]);
        assert_eq!(carried(&renamed, talk()), ["Anna", "Bert", "Speaker 3"]);
        let mut now = talk();
        carry_known_names(&renamed, &mut now, |_| false);
        assert_eq!(now.former_names, renamed.former_names);
        // Once more.
        assert_eq!(carried(&now, talk()), ["Anna", "Bert", "Speaker 3"]);
        // What is given now stays, and nobody else gets it.
        assert_eq!(carried(&renamed, named(talk(), &[(1, "Dora")], &[])), ["Dora", "Bert", "Speaker 3"]);
        let dora = named(talk(), &[(1, "Dora")], &[(1, "Speaker 1")]);
        assert_eq!(carried(&dora, named(talk(), &[(2, "Dora")], &[])), ["Speaker 1", "Dora", "Speaker 3"]);
        // Names of files or lists are known without numbers, also if they have changed places.
        let files = || named(talk(), &[(1, "anna"), (2, "bert"), (3, "cem")], &[]);
        let other = named(talk(), &[(1, "cem"), (2, "Anna"), (3, "bert")], &[(2, "anna")]);
        assert_eq!(carried(&other, files()), ["Anna", "bert", "cem"]);
        let swapped = named(talk(), &[(1, "bert"), (2, "anna"), (3, "cem")], &[(1, "anna"), (2, "bert")]);
        assert_eq!(carried(&swapped, files()), ["bert", "anna", "cem"]);
        // Two who were made one.
        let merged = transcript(&[(0, 4_000, 1), (4_000, 9_000, 1), (9_000, 9_500, 3)]);
        let merged = named(merged, &[(1, "Anna")], &[(1, "Speaker 1"), (1, "Speaker 2")]);
        assert_eq!(carried(&merged, talk()), ["Anna", "Anna", "Speaker 3"]);
        // Numbers of voices mean nothing, times do.
        let mut voices = transcript(&[(0, 4_000, 2), (4_000, 9_000, 1), (9_000, 9_500, 3)]);
        voices = named(voices, &[(1, "Bert"), (2, "Anna")], &[(1, "Speaker 1"), (2, "Speaker 2")]);
        estimated(&mut voices);
        assert_eq!(carried(&voices, talk()), ["Anna", "Bert", "Speaker 3"]);
        assert_eq!(carried(&voices, files()), ["anna", "bert", "cem"]);
    }

    #[test]
    fn places_with_another_speaker_than_before_are_found() {
        let earlier = named(transcript(&[(0, 4_000, 1), (4_000, 9_000, 2), (9_000, 9_400, 1)]), &[(1, "Anna")], &[]);
        assert_eq!(differing(&earlier, &earlier), []);
        // The same with other numbers, and a change that is too short.
        let same = named(transcript(&[(0, 4_000, 2), (4_000, 9_000, 1), (9_000, 9_400, 1)]), &[(2, "Anna")], &[]);
        assert_eq!(differing(&earlier, &same), []);
        let said = [(0, 2_500, 1), (2_500, 4_000, 3), (4_000, 9_000, 2), (9_500, 9_900, 4)];
        let mut other = named(transcript(&said), &[(1, "Anna")], &[]);
        assert_eq!(differing(&earlier, &other), [Span::new(2_500, 4_000)]);
        other.segments[1].speaker = None;
        assert_eq!(differing(&earlier, &other), [Span::new(2_500, 4_000)]);
        other.segments[1].edited = true;
        assert_eq!(differing(&earlier, &other), []);
    }

    #[test]
    fn speakers_of_an_earlier_transcript_stay_by_time() {
        let mut earlier = transcript(&[(0, 4_000, 2), (4_000, 9_000, 5)]);
        earlier.names = [(SpeakerId(5), "Anna".to_owned())].into();
        let mut now = transcript(&[(100, 3_900, 1), (4_200, 8_000, 1)]);
        now.segments.iter_mut().for_each(|segment| segment.speaker = None);
        carry_speakers(&earlier, &mut now);
        assert_eq!(now.segments.iter().map(|s| s.speaker.map(|id| id.0)).collect::<Vec<_>>(), [Some(2), Some(5)]);
        assert_eq!(now.name(SpeakerId(5)), "Anna");
        assert!(!now.is_speaker_estimate(), "people have said who speaks");
        estimated(&mut earlier);
        carry_speakers(&earlier, &mut now);
        assert!(now.is_speaker_estimate());
    }
}
