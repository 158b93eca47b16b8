//! Telling speakers apart, once the text is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::recording;
use super::run::Run;
use crate::app::JobEvent;
use crate::app::models::cores;
use crate::audio::Recording;
use crate::speakers::{Diarization, Networks, SpeakerCount, diarize};
use crate::transcript::SpeakerTimes;
use crate::{Completeness, Error, Event, Observer, Span, SpeakerId, Transcript, Warning, WarningKind};

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
    /// Gives a transcript of the recording its speakers, if there are several voices, and whether it did. Voices get the names that
    /// `earlier`, a transcript of the same recording, has for them.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and what reading the recording gives.
    pub fn tell(
        &self,
        recording: Recording,
        earlier: Option<&Transcript>,
        transcript: &mut Transcript,
    ) -> Result<bool, Error> {
        let threads = usize::from(self.threads.unwrap_or_else(cores));
        let Diarization { times, voices } = diarize(recording, self.networks, self.count, threads, self.observer)?;
        let first = times.first().map(|(_, speaker)| *speaker);
        // A name for the only voice says nothing.
        if times.iter().all(|(_, speaker)| Some(*speaker) == first) {
            return Ok(false);
        }
        transcript.segments = SpeakerTimes::new(times).assign(std::mem::take(&mut transcript.segments));
        transcript.names = earlier.map_or_else(BTreeMap::new, |earlier| matched(earlier, transcript));
        transcript.former_names.clear();
        transcript.voices = voices;
        transcript.warnings.retain(|warning| warning.kind != WarningKind::SpeakersEstimated);
        transcript.warnings.push(Warning::new(None, WarningKind::SpeakersEstimated));
        Ok(true)
    }
}

impl Run<'_, '_> {
    /// Tells the speakers of a complete transcript apart in which nobody is known, as the settings ask, and whether there are several.
    pub(super) fn tell_speakers_apart(
        &self,
        parts: &[PathBuf],
        earlier: Option<&Transcript>,
        transcript: &mut Transcript,
    ) -> Result<bool, Error> {
        let settings = &self.queued.settings;
        let Some(networks) = self.queue.model.networks() else { return Ok(false) };
        let whole = transcript.completeness == Completeness::Complete;
        if !whole || transcript.segments.is_empty() || !transcript.speakers().is_empty() {
            return Ok(false);
        }
        let recording = recording::open(parts, settings.selection())?;
        let count = settings.known.count();
        let observer = &Voices(self);
        TellApart { networks, count, threads: settings.threads, observer }.tell(recording, earlier, transcript)
    }
}

/// The names of one transcript for the voices of another of the same recording: each goes to the voice that speaks most while its
/// owner does, if that is most of what either says.
fn matched(earlier: &Transcript, transcript: &Transcript) -> BTreeMap<SpeakerId, String> {
    let said = |transcript: &Transcript, speaker: SpeakerId| -> Vec<Span> {
        transcript.segments.iter().filter(|s| s.speaker == Some(speaker)).map(|s| s.span).collect()
    };
    let length = |spans: &[Span]| spans.iter().map(|span| span.length().0).sum::<u64>();
    let mut names = BTreeMap::new();
    for (owner, name) in &earlier.names {
        let before = said(earlier, *owner);
        let best = transcript.speakers().into_iter().map(|voice| {
            let now = said(transcript, voice);
            (shared(&before, &now), length(&now), voice)
        });
        if let Some((together, now, voice)) = best.max()
            && 2 * together > length(&before).min(now)
        {
            names.entry(voice).or_insert_with(|| name.clone());
        }
    }
    names
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
    fn names_go_to_the_voices_that_speak_at_the_same_time() {
        let mut earlier = transcript(&[(0, 4_000, 1), (4_000, 9_000, 2), (9_000, 9_500, 3)]);
        earlier.names = [(1, "Anna"), (2, "Bert"), (3, "Cem")].map(|(id, name)| (SpeakerId(id), name.into())).into();
        let now = transcript(&[(0, 300, 1), (300, 4_100, 2), (4_100, 9_500, 3)]);
        let names = [(SpeakerId(2), "Anna".to_owned()), (SpeakerId(3), "Bert".to_owned())];
        assert_eq!(matched(&earlier, &now), BTreeMap::from(names));
        assert_eq!(shared(&[Span::new(0, 10), Span::new(20, 30)], &[Span::new(5, 25)]), 10);
    }
}
