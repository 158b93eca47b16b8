//! Divides a chunk at its pauses, so that it can be decoded in another cut.

use crate::audio::duration;
use crate::speech::Chunk;
use crate::{Millis, Span};

/// Longest piece, unless there is no pause in it. With 6 or 10 s, more sentences that are said several times are left out
/// (docs/accuracy.md).
const MAX_PIECE: Millis = Millis(4_500);
/// Shortest piece; the model needs some sound to go by.
const MIN_PIECE: Millis = Millis(1_000);
/// Samples of the quietest place of a piece without a pause: 80 ms.
const QUIET: usize = 1_280;

/// The pieces of a chunk, in order: cut in the middle of its longest pauses until they are short. One if it has no pauses.
pub(super) fn pieces(chunk: &Chunk) -> Vec<Chunk> {
    let pauses: Vec<Span> = chunk.speech.windows(2).map(|two| Span { start: two[0].end, end: two[1].start }).collect();
    let mut rest = chunk.clone();
    let mut pieces = Vec::new();
    for cut in cuts(chunk.clip().span(), &pauses) {
        let (before, after) = rest.split(cut);
        pieces.push(before);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// The two halves of a piece: cut in the middle of its longest pause, or where it is quietest. `None` if one would be too short.
pub(super) fn halves(piece: Chunk) -> Option<(Chunk, Chunk)> {
    let whole = piece.clip().span();
    let pauses = piece.speech.windows(2).map(|two| Span { start: two[0].end, end: two[1].start });
    let fits = |at: &Millis| *at - whole.start >= MIN_PIECE && whole.end - *at >= MIN_PIECE;
    let longest = pauses.filter(|pause| fits(&middle(*pause))).max_by_key(|pause| pause.length());
    let quietest = || {
        let energy = |window: &[f32]| window.iter().map(|sample| sample * sample).sum::<f32>();
        let windows = piece.samples.windows(QUIET).step_by(QUIET / 4).enumerate();
        let middles =
            windows.map(|(n, window)| (whole.start + duration((n * (QUIET / 4) + QUIET / 2) as u64), energy(window)));
        middles.filter(|(at, _)| fits(at)).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
    };
    let cut = longest.map(middle).or_else(quietest)?;
    Some(piece.split(cut))
}

/// Where to cut `whole`, in order.
fn cuts(whole: Span, pauses: &[Span]) -> Vec<Millis> {
    let fits = |pause: &&Span| middle(**pause) - whole.start >= MIN_PIECE && whole.end - middle(**pause) >= MIN_PIECE;
    match pauses.iter().filter(fits).max_by_key(|pause| pause.length()) {
        Some(longest) if whole.length() > MAX_PIECE => {
            let cut = middle(*longest);
            let mut cuts_before = cuts(Span { end: cut, ..whole }, pauses);
            cuts_before.push(cut);
            cuts_before.extend(cuts(Span { start: cut, ..whole }, pauses));
            cuts_before
        }
        _ => Vec::new(),
    }
}

fn middle(span: Span) -> Millis {
    Millis((span.start.0 + span.end.0) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;
    use proptest::prelude::*;

    /// A chunk that begins at 1 s, with speech in these spans of milliseconds.
    fn chunk(speech: &[(u64, u64)], length: u64) -> Chunk {
        let samples = Samples::from_mono_16k(vec![0.0; length as usize * 16]);
        let speech = speech.iter().map(|(start, end)| Span::new(1_000 + start, 1_000 + end)).collect();
        Chunk { start: Millis(1_000), samples, speech, certain: true, ..Chunk::default() }
    }

    fn spans(speech: &[(u64, u64)], length: u64) -> Vec<(u64, u64)> {
        let pieces = pieces(&chunk(speech, length));
        pieces.iter().map(|piece| piece.clip().span()).map(|span| (span.start.0 - 1_000, span.end.0 - 1_000)).collect()
    }

    #[test]
    fn a_chunk_is_cut_at_its_longest_pauses() {
        let speech = [(0, 1_500), (1_800, 3_000), (4_000, 6_000), (6_300, 8_000)];
        assert_eq!(spans(&speech, 8_000), [(0, 3_500), (3_500, 8_000)]);
        assert_eq!(spans(&speech, 8_100), [(0, 3_500), (3_500, 6_150), (6_150, 8_100)]);
    }

    #[test]
    fn a_piece_is_halved_at_its_longest_pause_or_where_it_is_quietest() {
        let halved = |piece: Chunk| {
            halves(piece)
                .map(|(a, b)| [a, b].map(|half| half.clip().span()))
                .map(|[a, b]| (a.end.0 - 1_000, b.start.0 - 1_000))
        };
        assert_eq!(halved(chunk(&[(0, 500), (900, 1_800), (2_000, 4_000)], 4_000)), Some((1_900, 1_900)));
        let loud = |at: usize| if (40_000..41_280).contains(&at) { 0.01 } else { 0.5 };
        let samples = Samples::from_mono_16k((0..4_000 * 16).map(loud).collect());
        assert_eq!(halved(Chunk { samples, ..chunk(&[(0, 4_000)], 4_000) }), Some((2_540, 2_540)));
        assert_eq!(halved(chunk(&[(0, 1_900)], 1_900)), None);
    }

    #[test]
    fn a_piece_has_a_second_at_least() {
        assert_eq!(spans(&[(0, 500), (900, 5_000)], 5_000), [(0, 5_000)]);
        assert_eq!(spans(&[(0, 5_000)], 5_000), [(0, 5_000)]);
        assert_eq!(spans(&[], 5_000), [(0, 5_000)]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_doubled(steps in proptest::collection::vec((200_u64..3_000, 100_u64..4_000), 0..12)) {
            let mut at = 0;
            let step = |(pause, length): &(u64, u64)| {
                let start = at + pause;
                at = start + length;
                (start, at)
            };
            let speech: Vec<_> = steps.iter().map(step).collect();
            let whole = chunk(&speech, at + 300);
            let pieces = pieces(&whole);
            let sound: usize = pieces.iter().map(|piece| piece.samples.len()).sum();
            prop_assert_eq!(sound, whole.samples.len());
            prop_assert!(pieces.windows(2).all(|two| two[0].clip().end() == two[1].start));
            let found: Vec<Span> = pieces.iter().flat_map(|piece| piece.speech.clone()).collect();
            prop_assert_eq!(found, whole.speech);
        }
    }
}
