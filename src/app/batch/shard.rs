//! Shards: equal parts of a batch for several machines. Each machine computes the same split from the lengths of all recordings,
//! without a server.

use std::cmp::Reverse;

use crate::Millis;

/// The `index`-th of `count` shards, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// In `1..=count`.
    pub index: u32,
    /// At least 1.
    pub count: u32,
}

/// Which of `lengths` belong to `shard`: the longest first, each to the shard that has the least so far.
pub(super) fn split(lengths: &[Millis], shard: Shard) -> Vec<bool> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|n| (Reverse(lengths[*n]), *n));
    let mut loads = std::collections::BTreeSet::from_iter((1..=shard.count).map(|index| (Millis(0), index)));
    let mut ours = vec![false; lengths.len()];
    for number in order {
        let Some((load, index)) = loads.pop_first() else { break };
        ours[number] = index == shard.index;
        // An unknown length is still some work.
        loads.insert((load + lengths[number].max(Millis(1)), index));
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_recording_is_in_one_shard_and_shards_are_about_equal(
            lengths in proptest::collection::vec(1_u64..10_000, 0..60),
            count in 1_u32..9,
        ) {
            let lengths: Vec<Millis> = lengths.into_iter().map(Millis).collect();
            let parts: Vec<Vec<bool>> = (1..=count).map(|index| split(&lengths, Shard { index, count })).collect();
            for number in 0..lengths.len() {
                prop_assert_eq!(parts.iter().filter(|part| part[number]).count(), 1);
            }
            let loads = parts.iter().map(|part| lengths.iter().zip(part).filter(|(_, ours)| **ours).map(|(l, _)| l.0).sum::<u64>());
            let loads: Vec<u64> = loads.collect();
            let longest = lengths.iter().map(|l| l.0).max().unwrap_or_default();
            prop_assert!(loads.iter().max() <= loads.iter().min().map(|least| least + longest).as_ref());
        }
    }
}
