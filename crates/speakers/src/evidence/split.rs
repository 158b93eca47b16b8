//! Splits a group that is two speakers whose voices are alike.
//!
//! The distance alone can't tell them from one voice that varies. What can is the gap: if there are two, every piece is closer to the
//! other pieces of its own half than to the other half, and none lies in between.

use super::cluster::{Group, Piece, dot};
use crate::embedding::Vector;

/// The least number of pieces of a group that is split, and of each half; and the seconds of each half.
const PIECES: usize = 20;
const HALF_PIECES: usize = 3;
const HALF_SECONDS: f32 = 4.0;

/// How much closer a piece must be to its own half: the least of all, and the mean.
const GAP: f32 = 0.06;
const MEAN_GAP: f32 = 0.18;

/// Pieces from which a half is begun.
const SEEDS: usize = 60;

/// Rounds after which halves that still change are given up.
const ROUNDS: usize = 10;

/// The two halves of a group, if it is two speakers.
pub(super) fn split(group: &Group, pieces: &[Piece]) -> Option<[Group; 2]> {
    let members = &group.members;
    if members.len() < PIECES {
        return None;
    }
    // Tried from the pieces that are the least like the group.
    let centre = group.centre();
    let seeds = by_likeness(members, pieces, &centre);
    seeds.iter().take(SEEDS).find_map(|seed| {
        let near = by_likeness(members, pieces, pieces[*seed].vector);
        halves(members, pieces, &near[members.len() - HALF_PIECES..])
    })
}

/// The members of a group, those that are the most like a vector last.
fn by_likeness(members: &[usize], pieces: &[Piece], vector: &Vector) -> Vec<usize> {
    let mut all: Vec<(usize, f32)> = members.iter().map(|at| (*at, dot(pieces[*at].vector, vector))).collect();
    all.sort_by(|one, other| one.1.total_cmp(&other.1));
    all.into_iter().map(|(member, _)| member).collect()
}

/// Two halves with a gap in between, begun with some pieces for one of them.
fn halves(members: &[usize], pieces: &[Piece], begin: &[usize]) -> Option<[Group; 2]> {
    let mut far: Vec<bool> = members.iter().map(|member| begin.contains(member)).collect();
    for _ in 0..ROUNDS {
        let half = |side: bool| -> Vec<usize> {
            members.iter().zip(&far).filter(|(_, far)| **far == side).map(|(member, _)| *member).collect()
        };
        let sides = [Group::new(pieces, half(false)), Group::new(pieces, half(true))];
        if sides.iter().any(|side| side.members.len() < HALF_PIECES) {
            return None;
        }
        // How much closer each piece is to the far half.
        let closer = |(member, far): (&usize, &bool)| {
            let piece = pieces[*member];
            sides[1].similarity(piece, *far) - sides[0].similarity(piece, !far)
        };
        let gaps: Vec<f32> = members.iter().zip(&far).map(closer).collect();
        let next: Vec<bool> = gaps.iter().map(|gap| *gap > 0.0).collect();
        if next == far {
            let least = gaps.iter().fold(f32::INFINITY, |least, gap| least.min(gap.abs()));
            let mean = gaps.iter().map(|gap| gap.abs()).sum::<f32>() / gaps.len() as f32;
            let enough = sides.iter().all(|side| side.seconds() >= HALF_SECONDS);
            return (enough && least >= GAP && mean >= MEAN_GAP).then_some(sides);
        }
        far = next;
    }
    None
}
