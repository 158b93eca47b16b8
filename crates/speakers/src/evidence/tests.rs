//! Speakers from made-up vectors, and from the voice of a recording at two speeds.
#![allow(clippy::unwrap_used)]

use std::num::NonZeroUsize;

use super::*;
use crate::Listener;
use crate::embedding::VALUES;
use crate::testing::{faster, networks, phone};

const AUTO: SpeakerCount = SpeakerCount::Auto;

fn exactly(count: usize) -> SpeakerCount {
    SpeakerCount::Exactly(NonZeroUsize::new(count).unwrap())
}

/// A vector of length 1 with `own` in one direction, `common` in another, and pseudo-random values that fill it up.
fn vector(voice: usize, own: f32, common: f32, seed: usize) -> Vector {
    let mut state = seed as u32 * 747_796_405 + 2_891_336_453;
    let mut noise = [0.0; VALUES].map(|_: f32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    });
    (noise[0], noise[voice + 1]) = (0.0, 0.0);
    let length = dot(&noise, &noise).sqrt();
    let rest = (1.0 - own * own - common * common).sqrt() / length;
    let mut vector = noise.map(|value| value * rest);
    (vector[0], vector[voice + 1]) = (common, own);
    vector
}

/// The voice of each piece as it is grouped.
fn grouped(vectors: &[Vector], seconds: f32, count: SpeakerCount) -> Vec<Vec<usize>> {
    let pieces: Vec<Piece> = vectors.iter().map(|vector| Piece { vector, seconds }).collect();
    cluster::groups(&pieces, count).into_iter().map(|group| group.members).collect()
}

#[test]
fn as_many_groups_as_voices_or_as_requested() {
    let vectors: Vec<Vector> = (0..30).map(|at| vector(at % 3, 0.8, 0.1, at)).collect();
    let wanted: Vec<Vec<usize>> = (0..3).map(|voice| (0..10).map(|at| 3 * at + voice).collect()).collect();
    assert_eq!(grouped(&vectors, 2.0, AUTO), wanted);
    for count in 1..=30 {
        let groups = grouped(&vectors, 2.0, exactly(count));
        assert_eq!(groups.len(), count);
        assert_eq!(groups, grouped(&vectors, 2.0, exactly(count)));
    }
    assert_eq!(grouped(&vectors, 2.0, exactly(99)).len(), 30);
    let between =
        |least, most| SpeakerCount::Between(NonZeroUsize::new(least).unwrap(), NonZeroUsize::new(most).unwrap());
    assert_eq!(grouped(&vectors, 2.0, between(1, 8)), wanted);
    assert_eq!(grouped(&vectors, 2.0, between(5, 8)).len(), 5);
    assert_eq!(grouped(&vectors, 2.0, between(1, 2)).len(), 2);
    assert_eq!(grouped(&[], 2.0, AUTO).len(), 0);
    assert_eq!(grouped(&vectors[..1], 0.5, AUTO), [[0]]);
}

#[test]
fn voices_that_are_alike_are_several_where_there_is_a_gap() {
    // Six voices of which each pair has a distance of 0.33, and pieces of one have none.
    let alike: Vec<Vector> = (0..36).map(|at| vector(at % 6, 0.469, 0.7, at)).collect();
    assert_eq!(grouped(&alike, 2.0, AUTO).len(), 6);
    // Of few pieces it may be chance.
    assert_eq!(grouped(&alike[..18], 2.0, AUTO).len(), 1);
    // As far from each other as two of one voice may be.
    let near: Vec<Vector> = (0..36).map(|at| vector(at % 6, 0.35, 0.7, at)).collect();
    assert_eq!(grouped(&near, 2.0, AUTO).len(), 1);
}

#[test]
fn two_voices_that_are_alike_are_split_at_the_gap() {
    // Between the voices 0.5, within them 0.72.
    let alike: Vec<Vector> = (0..24).map(|at| vector(usize::from(at % 4 == 3), 0.47, 0.71, at)).collect();
    let groups = grouped(&alike, 2.5, AUTO);
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[1], [3, 7, 11, 15, 19, 23]);
    // One that varies as much, with pieces in between.
    let varies: Vec<Vector> = (0..24)
        .map(|at| {
            let (one, other) = (vector(0, 0.47, 0.71, at), vector(1, 0.47, 0.71, at));
            let share = at as f32 / 23.0;
            let mixed: Vec<f32> =
                one.iter().zip(&other).map(|(one, other)| (1.0 - share) * one + share * other).collect();
            let length = mixed.iter().map(|value| value * value).sum::<f32>().sqrt();
            std::array::from_fn(|at| mixed[at] / length)
        })
        .collect();
    assert_eq!(grouped(&varies, 2.5, AUTO).len(), 1);
}

#[test]
fn a_long_meeting_is_clustered_in_blocks() {
    let vectors: Vec<Vector> = (0..4000).map(|at| vector(at / 7 % 5, 0.8, 0.2, at)).collect();
    let groups = grouped(&vectors, 2.0, AUTO);
    assert_eq!(groups.len(), 5);
    for (voice, group) in groups.iter().enumerate() {
        assert!(group.iter().all(|at| at / 7 % 5 == voice), "{voice}");
    }
    assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 4000);
}

#[test]
fn runs_end_where_somebody_joins_and_are_cut_where_they_are_long() {
    // Nobody, the first alone for 300 frames, with the second, the second alone.
    let mut classes = vec![0u8; 10];
    classes.extend([1; 300]);
    classes.extend([4; 20]);
    classes.extend([2; 30]);
    assert_eq!(alone(&classes, 1000, true), [1010..1110, 1110..1210, 1210..1310, 1330..1360]);
    // Later the middle of a long one must do.
    assert_eq!(alone(&classes, 1000, false), [1010..1310, 1330..1360]);
    assert_eq!(alone(&classes[100..], 1100, false), [1100..1205, 1205..1310, 1330..1360]);
}

/// Turns of 4 s by two voices, with half a second of silence between them, and their ends in seconds.
fn conversation() -> (Vec<f32>, Vec<(f32, f32)>) {
    let low = phone();
    let high = faster(&low, 1.3);
    let (mut samples, mut turns) = (Vec::new(), Vec::new());
    for turn in 0..6 {
        let from = (2 + 3 * turn) * 16_000;
        let voice = if turn % 2 == 0 { &low } else { &high };
        let begin = samples.len() as f32 / 16_000.0;
        samples.extend(voice[from..].iter().take(4 * 16_000));
        turns.push((begin, samples.len() as f32 / 16_000.0));
        samples.extend([0.0; 8000]);
    }
    (samples, turns)
}

#[test]
fn two_voices_in_turn_are_two_speakers() {
    let (samples, turns) = conversation();
    let mut listener = Listener::new(networks());
    listener.push(&samples);
    let evidence = listener.finish();
    let found = evidence.diarize(AUTO);
    assert_eq!(found.speakers.len(), 2, "{found:?}");
    let mut talk = [0.0; 2];
    for (number, (from, to)) in turns.iter().enumerate() {
        for turn in &found.turns {
            let common = (turn.end as f32 / 1000.0).min(*to) - (turn.start as f32 / 1000.0).max(*from);
            talk[(turn.speaker + number) % 2] += common.max(0.0);
        }
    }
    let [right, wrong] = talk;
    assert!(right > 18.0 && wrong < 0.05 * right, "{talk:?}");
    assert_eq!(evidence.diarize(exactly(1)).speakers.len(), 1);
    assert_eq!(evidence.diarize(exactly(2)), evidence.diarize(exactly(2)));

    // In pieces of any length it is the same.
    let mut listener = Listener::new(networks());
    samples.chunks(7777).for_each(|piece| listener.push(piece));
    assert_eq!(listener.finish().diarize(AUTO), found);
}

#[test]
fn nothing_and_silence_have_no_speakers() {
    for samples in [&[][..], &[0.0; 1], &[0.0; 159_999], &[0.0; 700_000], &[f32::NAN; 20_000]] {
        let mut listener = Listener::new(networks());
        listener.push(samples);
        let evidence = listener.finish();
        for count in [AUTO, exactly(3)] {
            let found = evidence.diarize(count);
            assert_eq!((found.turns.len(), found.speakers.len()), (0, 0), "{} samples", samples.len());
        }
    }
}

#[test]
fn a_word_has_one_speaker() {
    let mut listener = Listener::new(networks());
    listener.push(&phone()[4 * 16_000..][..24_000]);
    let found = listener.finish().diarize(exactly(4));
    assert_eq!(found.speakers.len(), 1, "{found:?}");
    assert!(found.turns.iter().all(|turn| turn.end <= 1500), "{found:?}");
}
