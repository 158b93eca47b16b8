//! Several tracks of one conversation, each with the sound of one person: channels of a recording, or files of their own.
//!
//! Each track is transcribed for itself. Here their transcripts become one: by time, with a speaker for each track, without what
//! one person's microphone hears of another. Pure, but for measuring how loud a track is.

use crate::transcript::main_language;
use crate::{Completeness, Correction, Gap, Millis, Removal, SpeakerId, Transcript, Warning};

mod align;
mod bleed;
mod clock;
mod levels;
mod mix;
mod names;
mod sound;

pub use align::{Unaligned, align};
pub use clock::Clock;
pub use levels::{Levels, Measured, measure};
pub use mix::mixed;
pub use names::{TrackNames, are_of_one_call, track_names};

/// A track that was transcribed.
#[derive(Clone, Debug)]
pub struct Track {
    /// What is said in it, with the times of its own clock and without speakers.
    pub transcript: Transcript,
    /// Who speaks; tracks of one person share a number. `None`: not known.
    pub speaker: Option<SpeakerId>,
    /// Its clock.
    pub clock: Clock,
    /// How loud it is, by its own clock.
    pub levels: Levels,
}

/// The transcript of the conversation: what all tracks say, in order of time; segments overlap where several speak at once. What is
/// only bleed of another track is in [`removed`](Transcript::removed). It is complete up to where all tracks are. Names,
/// recording, model and settings are left to the caller.
pub fn merge(mut tracks: Vec<Track>) -> Transcript {
    tracks.iter_mut().for_each(on_the_clock);
    let mut merged = Transcript { removed: bleed::resolve(&mut tracks), ..Transcript::default() };
    for Track { transcript, .. } in tracks {
        merged.duration = merged.duration.max(transcript.duration);
        merged.segments.extend(transcript.segments);
        merged.gaps.extend(transcript.gaps);
        merged.removed.extend(transcript.removed);
        merged.corrections.extend(transcript.corrections);
        merged.coverage.speech = merged.coverage.speech + transcript.coverage.speech;
        merged.coverage.with_text = merged.coverage.with_text + transcript.coverage.with_text;
        // Each channel tells what is wrong with its file.
        for warning in transcript.warnings {
            if !merged.warnings.contains(&warning) {
                merged.warnings.push(warning);
            }
        }
        merged.completeness = earlier(merged.completeness, transcript.completeness);
    }
    merged.segments.sort_by_key(|segment| segment.span.start);
    merged.gaps.sort_by_key(|gap: &Gap| gap.span.start);
    merged.removed.sort_by_key(|removal: &Removal| removal.span.start);
    merged.corrections.sort_by_key(|correction: &Correction| correction.span.start);
    merged.warnings.sort_by_key(|warning: &Warning| warning.at);
    merged.language = main_language(&merged.segments);
    merged
}

/// Gives what a track says its speaker, and the times of the conversation.
fn on_the_clock(track: &mut Track) {
    let Track { transcript, speaker, clock, .. } = track;
    for segment in &mut transcript.segments {
        segment.speaker = *speaker;
        segment.span = clock.span(segment.span);
        segment.words.iter_mut().for_each(|word| word.span = clock.span(word.span));
    }
    transcript.gaps.iter_mut().for_each(|gap| gap.span = clock.span(gap.span));
    transcript.removed.iter_mut().for_each(|removal| removal.span = clock.span(removal.span));
    transcript.corrections.iter_mut().for_each(|correction| correction.span = clock.span(correction.span));
    transcript.warnings.iter_mut().for_each(|warning| warning.at = warning.at.map(|at| clock.time(at)));
    transcript.duration = clock.time(transcript.duration);
    if let Completeness::Partial { until, .. } = &mut transcript.completeness {
        *until = clock.time(*until);
    }
}

/// The one that ends first.
fn earlier(one: Completeness, other: Completeness) -> Completeness {
    let end = |completeness: &Completeness| match completeness {
        Completeness::Complete => Millis(u64::MAX),
        Completeness::Partial { until, .. } => *until,
    };
    if end(&other) < end(&one) { other } else { one }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::transcript::words_of;
    use crate::{Coverage, PartialReason, Segment, Span, WarningKind};

    fn track(speaker: u16, clock: Clock, start: u64, text: &str) -> Track {
        let segment = Segment { language: "de".into(), ..Segment::of_words(words_of(start, 500, text)).unwrap() };
        let transcript = Transcript {
            duration: Millis(60_000),
            segments: vec![segment],
            gaps: vec![Gap { span: Span::new(30_000, 31_000), ..Gap::default() }],
            coverage: Coverage { speech: Millis(2_000), with_text: Millis(1_000) },
            warnings: vec![Warning::new(None, WarningKind::HeaderDamaged)],
            ..Transcript::default()
        };
        Track { transcript, speaker: Some(SpeakerId(speaker)), clock, levels: Levels::default() }
    }

    #[test]
    fn tracks_are_one_conversation_in_order_of_time() {
        let late = Clock { offset: 10.0, drift: 0.0 };
        let merged = merge(vec![
            track(2, Clock::default(), 5_000, "Wir beginnen nun mit Punkt drei"),
            track(1, late, 1_000, "Ich habe eine Frage"),
            track(1, Clock { offset: -4.0, drift: 0.0 }, 9_500, "Ja"),
        ]);
        let said: Vec<_> = merged.segments.iter().map(|s| (s.span.start.0, s.speaker.unwrap().0, &*s.text)).collect();
        let (beginning, question) = ("Wir beginnen nun mit Punkt drei", "Ich habe eine Frage");
        assert_eq!(said, [(5_000, 2, beginning), (5_500, 1, "Ja"), (11_000, 1, question)]);
        assert_eq!(merged.segments[2].words[1].span, Span::new(11_500, 12_000));
        assert_eq!((merged.duration, &*merged.language), (Millis(70_000), "de"));
        assert_eq!(merged.coverage, Coverage { speech: Millis(6_000), with_text: Millis(3_000) });
        assert_eq!(merged.gaps.iter().map(|gap| gap.span.start.0).collect::<Vec<_>>(), [26_000, 30_000, 40_000]);
        assert_eq!(merged.warnings.len(), 1, "told once");
        assert_eq!(merged.completeness, Completeness::Complete);
    }

    #[test]
    fn it_is_complete_up_to_where_all_tracks_are() {
        let mut tracks = [1, 2, 3].map(|speaker| track(speaker, Clock::default(), 0, "a")).to_vec();
        for (track, until) in tracks.iter_mut().zip([40_000, 20_000]) {
            let reason = PartialReason::Interrupted;
            track.transcript.completeness = Completeness::Partial { until: Millis(until), reason };
        }
        assert!(matches!(merge(tracks).completeness, Completeness::Partial { until: Millis(20_000), .. }));
    }
}
