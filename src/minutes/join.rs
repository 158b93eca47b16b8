//! Several recordings of one meeting as one transcript.

use jiff::Timestamp;

use crate::{Completeness, Millis, Segment, Span, SpeakerId, Transcript};

/// The transcripts one after the other, on one clock, with the time at which each begins. Each begins when its recording did, if that is
/// known of it and the one before; else when that ends. Speakers with one name are one; those without a name are not. If several are
/// incomplete, the first says where it ends.
pub fn joined(transcripts: Vec<Transcript>) -> (Transcript, Vec<Millis>) {
    let mut parts = transcripts.into_iter();
    let mut whole = parts.next().unwrap_or_default();
    let first = started(&whole);
    let mut begins = vec![Millis(0)];
    let mut next = whole.speakers().last().map_or(1, |last| last.0.saturating_add(1));
    for part in parts {
        let last = whole.segments.iter().map(|segment| segment.span.end).max().unwrap_or_default();
        let end = whole.duration.max(last);
        let later =
            started(&part).zip(first).and_then(|(own, first)| own.duration_since(first).as_millis().try_into().ok());
        let begin = later.map_or(end, |later| Millis(later).max(end));
        let ids: Vec<(SpeakerId, SpeakerId)> =
            part.speakers().into_iter().map(|id| (id, matching(&mut whole, &part, id, &mut next))).collect();
        let moved = |span: Span| Span { start: span.start + begin, end: span.end + begin };
        whole.segments.extend(part.segments.into_iter().map(|mut segment: Segment| {
            segment.span = moved(segment.span);
            segment.speaker =
                segment.speaker.and_then(|id| ids.iter().find(|(old, _)| *old == id).map(|(_, new)| *new));
            segment.words.iter_mut().for_each(|word| word.span = moved(word.span));
            segment
        }));
        whole.gaps.extend(part.gaps.into_iter().map(|mut gap| {
            gap.span = moved(gap.span);
            gap
        }));
        whole.markers.extend(part.markers.into_iter().map(|mut marker| {
            marker.at = marker.at + begin;
            marker
        }));
        whole.duration = begin + part.duration;
        if let (Completeness::Complete, Completeness::Partial { until, reason }) =
            (&whole.completeness, part.completeness)
        {
            whole.completeness = Completeness::Partial { until: begin + until, reason };
        }
        begins.push(begin);
    }
    (whole, begins)
}

fn started(transcript: &Transcript) -> Option<Timestamp> {
    transcript.recording.started.as_deref()?.parse().ok()
}

/// The speaker of the whole who has this name, or a new one.
fn matching(whole: &mut Transcript, part: &Transcript, id: SpeakerId, next: &mut u16) -> SpeakerId {
    let name = part.names.get(&id);
    let known = name.and_then(|name| whole.names.iter().find(|(_, other)| *other == name).map(|(id, _)| *id));
    known.unwrap_or_else(|| {
        let new = SpeakerId(*next);
        *next = next.saturating_add(1);
        whole.names.extend(name.map(|name| (new, name.clone())));
        new
    })
}
