//! When each cue is shown: from its first word, long enough to be read, never together with another.

use super::super::Captions;
use super::Cue;
use crate::Span;

/// The time that a cue gets in any case, in milliseconds: less is not seen. Only where words have no time at all
/// does it shift the cues after it.
pub(super) const BLINK: u64 = 100;

/// Gives `cues`, whose spans are those of their words, the times at which they are shown. `duration`: of the
/// recording, in milliseconds; nothing lingers past it.
pub(super) fn settle(cues: &mut [Cue], duration: u64, rules: &Captions) {
    let mut free = 0;
    for n in 0..cues.len() {
        let next = cues.get(n + 1).map(|next| next.span.start.0);
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
