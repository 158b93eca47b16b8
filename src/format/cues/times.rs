//! When each cue is shown: from its first word, long enough to be read, and together with another only where two speakers talk at
//! the same time.

use super::super::Captions;
use super::Cue;
use crate::Span;

/// The shortest time of a cue, in milliseconds: less is not visible. It shifts the following cues only where words have no length.
pub(super) const BLINK: u64 = 100;

/// Gives the `cues` of a lane, whose spans are those of their words, the times at which they are shown. `others`: when cues of other
/// lanes begin, sorted; no cue stays on for longer than its words and the
/// shortest time when one of them comes. `duration`: of the recording, in milliseconds; nothing stays on past it, and 0 is not known.
pub(super) fn settle(cues: &mut [Cue], others: &[u64], duration: u64, rules: &Captions) {
    let mut free = 0;
    for n in 0..cues.len() {
        let start = cues[n].span.start.0.max(free);
        // Two who talk at the same time are shown at the same time, each long enough to be seen.
        let visible = start + rules.shortest.0 + rules.gap.0;
        let after = |time: u64| others.get(others.partition_point(|start| *start < time)).copied();
        let other = after(cues[n].span.end.0.max(visible));
        let own = cues.get(n + 1).map(|next| match is_crosstalk(&cues[n], next, others) {
            true => next.span.start.0.max(visible),
            false => next.span.start.0,
        });
        let next = own.into_iter().chain(other).min();
        let cue = &mut cues[n];
        let longest = start + rules.longest.0;
        let spoken = cue.span.end.0.clamp(start + BLINK, longest);
        let read = start + rules.reading(cue.columns());
        let wish = spoken.max(start + rules.shortest.0).max(read.min(spoken + rules.linger.0)).min(longest);
        // Never before the last word is over, unless the next cue has begun, or a gap before it.
        let end = match next {
            Some(next) => {
                let gap = rules.gap.0.min(next.saturating_sub(start) / 2);
                let latest = next.saturating_sub(gap).max(start + BLINK);
                if wish + rules.chain.0.max(gap) > next { latest.min(longest) } else { wish }
            }
            None if duration > 0 => wish.min(duration.max(spoken)),
            None => wish,
        };
        let overlaps = own.is_some_and(|own| own > cues[n + 1].span.start.0);
        cues[n].span = Span::new(start, end);
        free = if overlaps { cues[n + 1].span.start.0 } else { end };
    }
}

/// Whether two cues of a lane are of two speakers, while a third talks: then even they may be shown at the same time.
fn is_crosstalk(cue: &Cue, next: &Cue, others: &[u64]) -> bool {
    !others.is_empty() && cue.speaker.is_some() && next.speaker.is_some() && cue.speaker != next.speaker
}
