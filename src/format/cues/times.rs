//! When each cue is shown: from its first word, long enough to be read, never together with another.

use super::super::text::width;
use super::{Cue, LONGEST, SHORTEST};
use crate::Span;

/// The time that a cue gets in any case, in milliseconds: less is not seen. Only where words have no time at all
/// does it shift the cues after it.
const BLINK: u64 = 100;
/// How long a cue may stay after its last word, in milliseconds, so that it can be read to its end.
const LINGER: u64 = 1500;
/// The reading speed that a cue lingers for, in columns a second: Netflix's for German and English adults.
const READING: u64 = 17;

/// Gives `cues`, whose spans are those of their words, the times at which they are shown. `duration`: of the
/// recording, in milliseconds; nothing lingers past it.
pub(super) fn settle(cues: &mut [Cue], duration: u64) {
    let mut free = 0;
    for n in 0..cues.len() {
        let next = cues.get(n + 1).map(|next| next.span.start.0);
        let cue = &mut cues[n];
        let start = cue.span.start.0.max(free);
        let spoken = cue.span.end.0.clamp(start + BLINK, start + LONGEST);
        let columns: usize = cue.lines.iter().map(|line| width(line)).sum();
        let read = start + (columns as u64 * 1000 / READING).min(LONGEST);
        let wish = spoken.max(start + SHORTEST).max(read.min(spoken + LINGER));
        // Never before the last word is over, unless the next cue has begun.
        let end = match next {
            Some(next) => wish.min(next.max(start + BLINK)),
            None if duration > 0 => wish.min(duration.max(spoken)),
            None => wish,
        };
        cue.span = Span::new(start, end);
        free = end;
    }
}
