//! Telling speakers apart, once the text is written.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::recording;
use super::run::Run;
use crate::app::JobEvent;
use crate::app::models::cores;
use crate::audio::Recording;
use crate::speakers::{Diarization, Networks, SpeakerCount, diarize};
use crate::transcript::SpeakerTimes;
use crate::{
    Completeness, Error, Event, GapReason, Observer, Segment, Span, SpeakerId, Transcript, Warning, WarningKind,
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
    let spoken = |segment: &Segment| -> Vec<(Span, SpeakerId)> {
        let Some(speaker) = segment.speaker else { return Vec::new() };
        match segment.words.as_slice() {
            [] => vec![(segment.span, speaker)],
            words => words.iter().map(|word| (word.span, speaker)).collect(),
        }
    };
    let times: Vec<(Span, SpeakerId)> = earlier.segments.iter().flat_map(spoken).collect();
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

impl Run<'_, '_> {
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
