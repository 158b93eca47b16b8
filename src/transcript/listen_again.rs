//! Which places of a transcript to listen to again. Five places are checked in minutes; three hours are not.

use std::cmp::Reverse;

use serde::{Serialize, Serializer};

use super::{Gap, Millis, Segment, Span, Transcript};

/// Noises that are less than this apart are one place: a piece of music.
const NOISE_GAP: Millis = Millis(5_000);
/// Shorter noises are not named; the same limit as for gaps.
const SHORTEST_NOISE: Millis = Millis(1_000);

/// A place to listen to again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ListenAgain {
    /// Its start, in seconds in JSON.
    #[serde(serialize_with = "in_seconds")]
    pub start: Millis,
    /// Its end, in seconds in JSON.
    #[serde(serialize_with = "in_seconds")]
    pub end: Millis,
    /// Why.
    pub why: ListenReason,
}

fn in_seconds<S: Serializer>(time: &Millis, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.seconds())
}

/// Why to listen there again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenReason {
    /// Somebody speaks, and there is no text.
    NoText,
    /// Text was removed there, and somebody far away may be speaking.
    Removed,
    /// The model is not sure of the text.
    Uncertain,
}

impl Transcript {
    /// The worst places, at most `most`, in order of time: the longest gaps, then the longest stretches where text was removed that may
    /// have been somebody far away, at most `most_removed`, then the segments that the model is least sure of.
    pub fn listen_again(&self, most: usize, most_removed: usize) -> Vec<ListenAgain> {
        let longest_first = |mut spans: Vec<Span>| {
            spans.sort_by_key(|span| Reverse(span.length()));
            spans
        };
        let gaps = longest_first(self.without_text().map(|gap| gap.span).collect());
        let mut noises = longest_first(self.noises());
        noises.truncate(most_removed);
        let mut unsure: Vec<&Segment> = self.segments.iter().filter(|segment| segment.is_uncertain()).collect();
        unsure.sort_by(|a, b| a.confidence().total_cmp(&b.confidence()));
        let place = |why: ListenReason| move |span: Span| ListenAgain { start: span.start, end: span.end, why };
        let mut places: Vec<ListenAgain> = gaps.into_iter().map(place(ListenReason::NoText)).collect();
        places.extend(noises.into_iter().map(place(ListenReason::Removed)));
        places.extend(unsure.into_iter().map(|segment| segment.span).map(place(ListenReason::Uncertain)));
        places.truncate(most);
        places.sort_by_key(|place| place.start);
        places
    }

    /// Where text was removed that may have been somebody far away, outside of gaps.
    fn noises(&self) -> Vec<Span> {
        let mut noises: Vec<Span> = Vec::new();
        for removal in self.removed.iter().filter(|removal| removal.uncertain) {
            match noises.last_mut() {
                Some(last) if removal.span.start - last.end < NOISE_GAP => last.end = last.end.max(removal.span.end),
                _ => noises.push(removal.span),
            }
        }
        let in_gap =
            |noise: &Span| self.without_text().any(|gap| gap.span.start < noise.end && noise.start < gap.span.end);
        noises.retain(|noise| noise.length() >= SHORTEST_NOISE && !in_gap(noise));
        noises
    }

    /// Speech without text. What was not recorded at all can't be listened to again.
    pub(crate) fn without_text(&self) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().filter(|gap| gap.reason.is_speech())
    }
}
