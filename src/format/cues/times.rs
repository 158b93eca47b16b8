//! When each cue is shown: from its first word, long enough to be read, and together with another only where two speakers talk at
//! the same time.

use super::super::Captions;
use super::Cue;
use crate::Span;

/// The shortest time of a cue, in milliseconds: less is not visible. It shifts the following cues only where words have no length.
pub(super) const BLINK: u64 = 100;

/// Gives the `cues` of a lane, whose spans are those of their words, the times at which they are shown. `others`: when cues of other
/// lanes begin, sorted; no cue stays on for longer than its words when one of them comes. `duration`: of the recording, in
/// milliseconds; nothing stays on past it, and 0 is not known.
pub(super) fn settle(cues: &mut [Cue], others: &[u64], duration: u64, rules: &Captions) {
    let mut free = 0;
    for n in 0..cues.len() {
        let next = cues.get(n + 1).map(|next| next.span.start.0);
        let other = others.get(others.partition_point(|start| *start < cues[n].span.end.0)).copied();
        let next = next.into_iter().chain(other).min();
        let cue = &mut cues[n];
        let start = cue.span.start.0.max(free);
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
        cue.span = Span::new(start, end);
        free = end;
    }
}
