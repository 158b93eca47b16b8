//! Which runs are of one speaker: agglomerative clustering of their vectors.
//!
//! Two groups are as far apart as the similarity within them is above that between them. What counts is the similarity of the
//! voices, as far as it can be told from the vectors: one of a piece of `d` seconds has, in the square, a share of `d / (d + 1)` of
//! the voice in it, the rest is chance (measured on speech of 30 voices, 0.4 to 4 s). So short pieces are not far from everything,
//! voices that are close to each other are kept apart as long as each is closer to itself, and a voice that varies stays whole.

use super::split::split;
use super::{FRAMES_PER_SECOND, Run};
use crate::diarization::SpeakerCount;
use crate::embedding::{VALUES, Vector};

/// Groups that are nearer than the first are one speaker, those that are farther than the last are two. In between it is where the
/// distances of this recording have their largest gap, since voices are more alike in some recordings than in others; with few pieces,
/// of which the distances say little, it is the middle.
const DISTANCES: [f32; 3] = [0.2, 0.34, 0.4];

/// Fewer pieces than this are few: half a minute of speech.
const FEW: usize = 24;

/// The similarity within a group of one piece.
const WITHIN: f32 = 0.85;

/// How much that counts in larger groups, in square seconds.
const PRIOR: f32 = 2.0;

/// The shortest run that founds a speaker, in seconds.
const FOUNDS: f32 = 0.8;

/// Groups that are clustered at once: their distances take 36 MB.
const MOST: usize = 3000;

/// Runs that are clustered first if there are more than [`MOST`].
const BLOCK: usize = 1500;

/// Speakers who talk less than this, in seconds, and less than this share of all, are taken for others: their speech is noise.
const LEAST: f32 = 2.0;
const LEAST_SHARE: f32 = 0.005;

/// A piece of speech of one voice.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) vector: &'a Vector,
    /// Its length.
    pub(super) seconds: f32,
}

/// Pieces that are taken for one speaker.
#[derive(Clone)]
pub(super) struct Group {
    /// Their places, in order.
    pub(super) members: Vec<usize>,
    /// The sum of their vectors, each weighted so that it stands for its seconds of the voice.
    sum: Vector,
    seconds: f32,
    /// The part of the square of `sum`, and of `seconds`, that is of pieces with themselves.
    own: f32,
    own_seconds: f32,
}

impl<'a> Piece<'a> {
    pub(super) fn new(run: &'a Run) -> Piece<'a> {
        Piece { vector: &run.vector, seconds: run.frames.len() as f32 / FRAMES_PER_SECOND }
    }

    /// The weight of the vector that stands for one second of the voice.
    pub(super) fn scale(&self) -> f32 {
        ((self.seconds + 1.0) / self.seconds).sqrt()
    }
}

impl Group {
    pub(super) fn new(pieces: &[Piece], members: Vec<usize>) -> Group {
        let mut group = Group { members, sum: [0.0; VALUES], seconds: 0.0, own: 0.0, own_seconds: 0.0 };
        for piece in group.members.iter().map(|member| &pieces[*member]) {
            let weight = piece.seconds * piece.scale();
            group.sum.iter_mut().zip(piece.vector).for_each(|(sum, value)| *sum += weight * value);
            group.seconds += piece.seconds;
            group.own += weight * weight;
            group.own_seconds += piece.seconds * piece.seconds;
        }
        group
    }

    /// The length of all its pieces.
    pub(super) fn seconds(&self) -> f32 {
        self.seconds
    }

    /// The direction of the voice.
    pub(super) fn centre(&self) -> Vector {
        let length = dot(&self.sum, &self.sum).sqrt().max(f32::MIN_POSITIVE);
        self.sum.map(|value| value / length)
    }

    /// How similar the voice of a piece is to that of the group's other pieces; `member` says whether the piece is one of them.
    pub(super) fn similarity(&self, piece: Piece, member: bool) -> f32 {
        let (mut product, mut seconds) = (piece.scale() * dot(piece.vector, &self.sum), self.seconds);
        if member {
            product -= piece.seconds * piece.scale() * piece.scale();
            seconds -= piece.seconds;
        }
        product / seconds
    }

    fn absorb(&mut self, other: Group) {
        self.members.extend(other.members);
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, value)| *sum += value);
        self.seconds += other.seconds;
        self.own += other.own;
        self.own_seconds += other.own_seconds;
    }
}

/// The groups of pieces that are of one speaker each, ordered by their first pieces.
pub(super) fn groups(pieces: &[Piece], count: SpeakerCount) -> Vec<Group> {
    let long = pieces.iter().filter(|piece| piece.seconds >= FOUNDS).count();
    let founds = |piece: &Piece| long < 2 || piece.seconds >= FOUNDS;
    let mut groups: Vec<Group> =
        (0..pieces.len()).filter(|at| founds(&pieces[*at])).map(|at| Group::new(pieces, vec![at])).collect();
    if groups.len() > MOST {
        // Long meetings: first what is close in time and in voice, so that memory does not grow with them.
        let share = MOST as f32 / groups.len() as f32;
        let blocks = groups.chunks(BLOCK).map(|block| {
            let target = (block.len() as f32 * share) as usize;
            merge(block.to_vec(), |left, distance| left > target || distance < 0.0)
        });
        groups = blocks.flatten().collect();
    }
    let (least, most) = match count {
        SpeakerCount::Auto => (1, usize::MAX),
        SpeakerCount::Exactly(count) => (count.get(), count.get()),
        SpeakerCount::Between(least, most) => (least.get(), most.get().max(least.get())),
    };
    groups = merge(groups, |left, distance| left > most || (left > least && distance < DISTANCES[0]));
    let limit = if long < FEW { DISTANCES[1] } else { limit(groups.clone()) };
    groups = merge(groups, |left, distance| left > most || (left > least && distance < limit));
    let all: f32 = groups.iter().map(|group| group.seconds).sum();
    let tiny = |group: &Group| group.seconds < LEAST && group.seconds < LEAST_SHARE * all;
    while groups.len() > least
        && let Some(at) = groups.iter().position(tiny)
    {
        groups.remove(at);
    }
    let mut room = most.saturating_sub(groups.len());
    groups = groups
        .into_iter()
        .flat_map(|group| {
            // Each once: of one voice, the halves are soon as far apart as two voices.
            let halves = if room > 0 { split(&group, pieces) } else { None };
            room -= usize::from(halves.is_some());
            halves.map_or_else(|| vec![group], Vec::from)
        })
        .collect();
    groups.iter_mut().for_each(|group| group.members.sort_unstable());
    groups.sort_by_key(|group| group.members[0]);
    groups
}

/// The distance from which on two of the groups are two speakers: the end of the largest gap between those that are merged one after
/// the other.
fn limit(groups: Vec<Group>) -> f32 {
    let [mut before, _, most] = DISTANCES;
    let mut largest = (0.0, most);
    let mut gap = |distance: f32| {
        // One that is less than an earlier one is no reason to stop between them.
        let distance = distance.clamp(before, most);
        if distance - before > largest.0 {
            largest = (distance - before, distance);
        }
        before = distance;
        distance < most
    };
    merge(groups, |_, distance| gap(distance));
    gap(most);
    largest.1
}

/// Merges the two groups that are nearest to each other, as long as `go_on` says so of the number of groups and their distance.
fn merge(mut groups: Vec<Group>, mut go_on: impl FnMut(usize, f32) -> bool) -> Vec<Group> {
    let count = groups.len();
    let mut products = vec![0.0; count * count];
    for one in 0..count {
        for other in 0..=one {
            let product = dot(&groups[one].sum, &groups[other].sum);
            products[one * count + other] = product;
            products[other * count + one] = product;
        }
    }
    let mut alive: Vec<usize> = (0..count).collect();
    let mut nearest: Vec<(usize, f32)> =
        alive.iter().map(|group| find_nearest(*group, &groups, &products, &alive)).collect();
    while alive.len() > 1 {
        let first = alive.iter().copied().min_by(|one, other| nearest[*one].1.total_cmp(&nearest[*other].1));
        let Some(one) = first.filter(|one| go_on(alive.len(), nearest[*one].1)) else { break };
        let (kept, gone) = (one.min(nearest[one].0), one.max(nearest[one].0));
        alive.retain(|group| *group != gone);
        let absorbed = groups[gone].clone();
        groups[kept].absorb(absorbed);
        products[kept * count + kept] += products[gone * count + gone] + 2.0 * products[kept * count + gone];
        for &group in alive.iter().filter(|group| **group != kept) {
            let product = products[kept * count + group] + products[gone * count + group];
            products[kept * count + group] = product;
            products[group * count + kept] = product;
        }
        for &group in &alive {
            if group == kept || nearest[group].0 == kept || nearest[group].0 == gone {
                nearest[group] = find_nearest(group, &groups, &products, &alive);
            } else {
                let distance = distance(group, kept, &groups, &products);
                if distance < nearest[group].1 {
                    nearest[group] = (kept, distance);
                }
            }
        }
    }
    alive.into_iter().map(|group| groups[group].clone()).collect()
}

/// The group that is nearest to a group, and its distance.
fn find_nearest(group: usize, groups: &[Group], products: &[f32], alive: &[usize]) -> (usize, f32) {
    let others = alive.iter().filter(|other| **other != group);
    let distances = others.map(|other| (*other, distance(group, *other, groups, products)));
    distances.fold((usize::MAX, f32::INFINITY), |best, one| if one.1 < best.1 { one } else { best })
}

/// How much the mean similarity within two groups is above that between them; `products` are those of their sums.
fn distance(one: usize, other: usize, groups: &[Group], products: &[f32]) -> f32 {
    let count = groups.len();
    let between = products[one * count + other] / (groups[one].seconds * groups[other].seconds);
    let within = |at: usize| {
        let group = &groups[at];
        let seconds = group.seconds * group.seconds - group.own_seconds;
        (products[at * count + at] - group.own + PRIOR * WITHIN) / (seconds + PRIOR)
    };
    (within(one) + within(other)) / 2.0 - between
}

pub(super) fn dot(one: &Vector, other: &Vector) -> f32 {
    // Eight sums, so that the compiler adds them side by side.
    let mut sums = [0.0f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        sums.iter_mut().zip(one.iter().zip(other)).for_each(|(sum, (one, other))| *sum += one * other);
    }
    sums.iter().sum()
}
