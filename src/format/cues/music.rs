//! Cues that say that music plays.

use super::Cue;
use crate::format::{Captions, text};
use crate::{GapReason, Millis, Span, Transcript, wording};

/// Adds `[music]` for each stretch of music, as far as nothing else is shown then, for the longest time of a cue. `cues` are in order.
pub(super) fn add(cues: &mut Vec<Cue>, transcript: &Transcript, rules: &Captions) {
    let label = format!("[{}]", wording::gap(GapReason::Music, text::language(transcript)));
    let music = transcript.gaps.iter().filter(|gap| gap.reason == GapReason::Music);
    let spans: Vec<Span> = music.map(|gap| free(cues, gap.span, rules)).collect();
    cues.extend(spans.into_iter().filter(|span| span.length() >= rules.shortest.max(Millis(1))).map(|span| Cue {
        span,
        lines: vec![label.clone()],
        speaker: None,
        turn: false,
        label: String::new(),
        language: transcript.language.clone(),
    }));
    cues.sort_by_key(|cue| cue.span.start);
}

/// The first part of the span without a cue.
fn free(cues: &[Cue], span: Span, rules: &Captions) -> Span {
    let before = cues.iter().filter(|cue| cue.span.start <= span.start).map(|cue| cue.span.end + rules.gap).max();
    let start = span.start.max(before.unwrap_or_default());
    let next = cues.iter().map(|cue| cue.span.start).find(|next| *next > span.start);
    let end = next.map_or(span.end, |next| span.end.min(next - rules.gap)).min(start + rules.longest);
    Span { start, end: end.max(start) }
}

#[cfg(test)]
mod tests {
    use super::super::cues;
    use super::*;
    use crate::Gap;
    use crate::format::testing::council;

    #[test]
    fn music_is_shown_while_nothing_else_is() {
        let mut transcript = council();
        let last = cues(&transcript, &Captions::web()).last().expect("cues").span.end;
        let music = |start, end| Gap { span: Span::new(start, end), reason: GapReason::Music };
        transcript.gaps.extend([music(0, 3_000), music(last.0 - 500, last.0 + 20_000)]);
        transcript.duration = last + Millis(20_000);
        let shown = cues(&transcript, &Captions::web());
        let found: Vec<&Cue> = shown.iter().filter(|cue| cue.lines == ["[Musik]"]).collect();
        assert_eq!(found.len(), 1, "{shown:?}");
        assert!(found[0].span.start >= last && found[0].span.length() == Millis(7_000), "{found:?}");
        assert!(shown.windows(2).all(|two| two[0].span.end <= two[1].span.start || two[0].speaker != two[1].speaker));
    }
}
