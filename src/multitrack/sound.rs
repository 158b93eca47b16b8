//! What the levels of two tracks say about who is heard in which.

use super::{Levels, Track};
use crate::{Millis, Span};

/// Between two values of a series of levels.
const STEP: f64 = 0.02;
/// Levels that are further below the loudest of a series count as this.
const DEPTH: f32 = 40.0;
/// Stretches are widened to this for a comparison of their shape.
const SHORTEST: f64 = 0.6;
/// So many steps two tracks may be apart, beyond what is known: sound travels, and clocks are not quite aligned.
const LEEWAY: i32 = 5;
/// Two kinds of words are told apart by their levels if these differ by so much, in dB.
const APART: f32 = 10.0;
/// Bleed may be so much louder than it usually is between two tracks.
const LOUDER: f32 = 10.0;

/// By how many dB a word must be louder in the track that it belongs to.
pub(super) const MARGIN: f32 = 6.0;

/// By how many dB one track is louder than the other in `span`, a time of the conversation.
pub(super) fn difference(one: &Track, other: &Track, span: Span) -> f32 {
    level(one, span) - level(other, span)
}

/// The level of a track in `span` of the conversation.
pub(super) fn level(track: &Track, span: Span) -> f32 {
    track.levels.over(Span { start: track.clock.local(span.start), end: track.clock.local(span.end) })
}

/// How the levels of two tracks differ by who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Balance {
    /// The difference above which the first is speaking.
    middle: f32,
    /// The usual difference when the first is speaking.
    high: f32,
}

impl Balance {
    /// Of the [differences](difference) at all words of both tracks. If they are of one kind, only what is [`APART`] counts: the other
    /// one never speaks, or both always do.
    pub(super) fn of(mut differences: Vec<f32>) -> Balance {
        differences.sort_by(f32::total_cmp);
        let Some(last) = differences.len().checked_sub(1) else { return Balance::default() };
        let (mut low, mut high) = (differences[last / 10], differences[last - last / 10]);
        for _ in 0..10 {
            let (below, above) = differences.split_at(differences.partition_point(|d| *d < (low + high) / 2.0));
            (low, high) = (mean(below).unwrap_or(low), mean(above).unwrap_or(high));
        }
        match high - low >= APART {
            true => Balance { middle: (low + high) / 2.0, high },
            false => Balance { middle: APART - MARGIN, high: mean(&differences).unwrap_or_default() },
        }
    }

    /// Whether what is heard in the second track with this difference may be the first one's bleed.
    pub(super) fn may_be_bleed(&self, difference: f32) -> bool {
        difference >= self.middle + MARGIN && difference >= self.high - LOUDER
    }
}

fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

/// How much alike the levels of two tracks go up and down in `span`, a time of the second one's sound; in `-1.0..=1.0`. The first
/// is heard `lag` milliseconds earlier.
pub(super) fn likeness(first: &Track, second: &Track, span: Span, lag: i64) -> f32 {
    let (start, end) = (span.start.seconds(), span.end.seconds());
    let widen = ((SHORTEST - (end - start)) / 2.0).max(0.0);
    let count = ((end - start + 2.0 * widen) / STEP).ceil() as i32;
    let series = |track: &Track, from: f64, count: i32| -> Vec<f32> {
        let local = |step: i32| (from + f64::from(step) * STEP - track.clock.offset) / (1.0 + track.clock.drift * 1e-6);
        (0..count).map(|step| track.levels.at(local(step))).collect()
    };
    let later = series(second, start - widen, count);
    let from = start - widen - lag as f64 / 1000.0 - f64::from(LEEWAY) * STEP;
    let earlier = series(first, from, count + 2 * LEEWAY);
    earlier.windows(later.len()).map(|part| correlation(part, &later)).fold(-1.0, f32::max)
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let centred = |series: &[f32]| -> Vec<f32> {
        let floor = series.iter().copied().fold(f32::MIN, f32::max) - DEPTH;
        let shown: Vec<f32> = series.iter().map(|level| level.max(floor)).collect();
        let mean = mean(&shown).unwrap_or_default();
        shown.into_iter().map(|level| level - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let energy = (product(&a, &a) * product(&b, &b)).sqrt();
    if energy > 0.0 { product(&a, &b) / energy } else { 0.0 }
}

/// The middle of a stretch of time.
pub(super) fn middle(span: Span) -> Millis {
    Millis(span.start.0.midpoint(span.end.0))
}

impl Levels {
    /// Levels as a test states them, one every 20 ms.
    #[cfg(test)]
    pub(super) fn of(levels: impl IntoIterator<Item = f32>) -> Levels {
        let mut made = Levels::new(Millis(0));
        for level in levels {
            made.push(&[10_f32.powf(level / 20.0); 320]);
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_is_seen_where_levels_are_of_two_kinds() {
        // The first is 20 dB louder by its gain, and bleed is 15 dB down.
        let both = [vec![35.0; 20], vec![5.0; 30]].concat();
        let balance = Balance::of(both);
        assert_eq!(balance, Balance { middle: 20.0, high: 35.0 });
        assert!(balance.may_be_bleed(35.0) && !balance.may_be_bleed(5.0) && !balance.may_be_bleed(21.0));
        // Only one of them speaks.
        let alone = Balance::of(vec![14.0, 15.0, 16.0]);
        assert!(alone.may_be_bleed(15.0) && !alone.may_be_bleed(3.0));
        // Without bleed, a difference of 10 dB is two people at once.
        assert!(!Balance::of([vec![60.0; 9], vec![-60.0; 9]].concat()).may_be_bleed(10.0));
        assert!(!Balance::of(Vec::new()).may_be_bleed(1.0));
    }
}
