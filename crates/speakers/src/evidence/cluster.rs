//! Which runs are of one speaker: average-linkage clustering of their vectors at a cosine distance.

use super::{Run, Vector};
use crate::diarization::SpeakerCount;
use crate::embedding::VALUES;

/// The cosine distance at which two groups are two speakers.
const DISTANCE: f32 = 0.65;

/// The shortest run that founds a speaker, in frames: 1 s.
const LONG: usize = 59;

/// The speakers of a recording: for each the direction in which its vectors lie.
pub(super) struct Speakers {
    centres: Vec<Vector>,
}

impl Speakers {
    pub(super) fn count(&self) -> usize {
        self.centres.len()
    }

    /// How similar a vector is to each speaker, −1 to 1.
    pub(super) fn similarities(&self, vector: &Vector) -> Vec<f32> {
        self.centres.iter().map(|centre| dot(centre, vector)).collect()
    }
}

/// The speakers that the runs are of.
pub(super) fn speakers(runs: &[Run], count: SpeakerCount) -> Speakers {
    let known = |least: usize| runs.iter().filter(move |run| run.vector.is_some() && run.frames() >= least);
    let least = if known(LONG).count() < 2 { 0 } else { LONG };
    let points: Vec<(&Vector, f32)> =
        known(least).filter_map(|run| Some((run.vector.as_deref()?, run.frames() as f32))).collect();
    let vectors: Vec<&Vector> = points.iter().map(|(vector, _)| *vector).collect();
    let merges = average_linkage(&vectors);
    let labels = cut(&merges, vectors.len(), count);
    let groups = labels.iter().max().map_or(0, |most| most + 1);
    let mut centres = vec![[0.0; VALUES]; groups];
    for ((vector, weight), label) in points.iter().zip(&labels) {
        centres[*label].iter_mut().zip(*vector).for_each(|(sum, value)| *sum += value * weight);
    }
    for centre in &mut centres {
        let length = dot(centre, centre).sqrt().max(f32::MIN_POSITIVE);
        centre.iter_mut().for_each(|value| *value /= length);
    }
    Speakers { centres }
}

/// Merges of two groups, each named by one of its points, at a distance.
type Merge = (usize, usize, f32);

/// All merges of average linkage, the nearest first, by chains of nearest neighbours (Murtagh, 1983).
fn average_linkage(points: &[&Vector]) -> Vec<Merge> {
    let count = points.len();
    let mut distances = vec![0.0; count * count];
    for one in 0..count {
        for other in 0..one {
            let distance = 1.0 - dot(points[one], points[other]);
            distances[one * count + other] = distance;
            distances[other * count + one] = distance;
        }
    }
    let mut sizes = vec![1.0; count];
    let mut alive: Vec<usize> = (0..count).collect();
    let (mut merges, mut chain) = (Vec::new(), Vec::new());
    while alive.len() > 1 {
        if chain.is_empty() {
            chain.push(alive[0]);
        }
        let Some(&top) = chain.last() else { break };
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        let row = &distances[top * count..][..count];
        // The one before wins a tie, or the chain would go round.
        let mut nearest = before.unwrap_or(usize::MAX);
        let mut distance = before.map_or(f32::INFINITY, |other| row[other]);
        for &other in &alive {
            if other != top && row[other] < distance {
                (nearest, distance) = (other, row[other]);
            }
        }
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (kept, gone) = (top.min(nearest), top.max(nearest));
        merges.push((kept, gone, distance));
        alive.retain(|group| *group != gone);
        let (one, other) = (sizes[kept], sizes[gone]);
        for &group in &alive {
            let mean =
                (one * distances[kept * count + group] + other * distances[gone * count + group]) / (one + other);
            distances[kept * count + group] = mean;
            distances[group * count + kept] = mean;
        }
        sizes[kept] += other;
    }
    merges.sort_by(|one, other| one.2.total_cmp(&other.2));
    merges
}

/// The group of each point after the merges that `count` allows, numbered in the order of their first points.
fn cut(merges: &[Merge], points: usize, count: SpeakerCount) -> Vec<usize> {
    let near = merges.iter().filter(|merge| merge.2 <= DISTANCE).count();
    let groups = points.saturating_sub(near);
    let wanted = match count {
        SpeakerCount::Auto => groups,
        SpeakerCount::Exactly(count) => count.get(),
        SpeakerCount::Between(least, most) => groups.clamp(least.get(), most.get().max(least.get())),
    };
    let mut parents: Vec<usize> = (0..points).collect();
    let root = |parents: &[usize], mut point: usize| {
        while parents[point] != point {
            point = parents[point];
        }
        point
    };
    for (kept, gone, _) in &merges[..points.saturating_sub(wanted).min(merges.len())] {
        let (kept, gone) = (root(&parents, *kept), root(&parents, *gone));
        parents[kept.max(gone)] = kept.min(gone);
    }
    let mut numbers = vec![None; points];
    let mut next = 0;
    (0..points)
        .map(|point| {
            *numbers[root(&parents, point)].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

fn dot(one: &Vector, other: &Vector) -> f32 {
    // Eight sums, so that the compiler adds them side by side.
    let mut sums = [0.0f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        sums.iter_mut().zip(one.iter().zip(other)).for_each(|(sum, (one, other))| *sum += one * other);
    }
    sums.iter().sum()
}
