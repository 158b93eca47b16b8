//! One part of the work of many machines. Each comes to the same parts by itself, from the lengths of the recordings.

use std::cmp::Reverse;

use transcribe::Millis;
use transcribe::app::UsageError;

use crate::cli::args::Shard;

/// The `index`th of `count` parts, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) index: u32,
    pub(super) count: u32,
}

/// Which part is ours, as the options say, or as Slurm or Kubernetes do in `environment`.
///
/// # Errors
/// If it can't be told, with the way out.
pub(super) fn part(
    given: Option<Shard>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<Part>, UsageError> {
    let number = |name: &str| environment(name).and_then(|text| text.trim().parse::<u32>().ok());
    // Kubernetes counts from 0, Slurm from whatever the user said.
    let index = match (number("SLURM_ARRAY_TASK_ID"), number("JOB_COMPLETION_INDEX")) {
        (Some(id), _) => {
            let step = number("SLURM_ARRAY_TASK_STEP").filter(|step| *step > 0).unwrap_or(1);
            let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(u32::from(id > 0));
            Some(id.saturating_sub(first) / step + 1)
        }
        (None, index) => index.map(|index| index + 1),
    };
    let (index, count) = match given {
        Some(Shard { index: Some(index), count }) => (index, count),
        Some(Shard { index: None, count }) => match index {
            Some(index) => (index, count),
            None => {
                return Err(UsageError::new(
                    format!(
                        "which of the {count} shards is this? \
                         Neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set"
                    ),
                    format!("`--shard 1/{count}` is the first"),
                ));
            }
        },
        None => match (index, number("SLURM_ARRAY_TASK_COUNT")) {
            (None, _) => return Ok(None),
            (Some(index), Some(count)) => {
                // `--array=2,5` has two tasks, and no way to tell that 5 is the second.
                let holes =
                    number("SLURM_ARRAY_TASK_MAX").zip(number("SLURM_ARRAY_TASK_MIN")).is_some_and(|(max, min)| {
                        max.saturating_sub(min) / number("SLURM_ARRAY_TASK_STEP").unwrap_or(1).max(1) + 1 != count
                    });
                if holes {
                    return Err(UsageError::new(
                        "the numbers of the array's tasks have holes",
                        "`--array=1-8`, without commas; or `--shard I/N`",
                    ));
                }
                (index, count)
            }
            (Some(_), None) => {
                return Err(UsageError::new(
                    "this is one of several tasks, but how many are there?",
                    "`--shard 8` if there are 8; `--shard 1/1` if this one is to do all",
                ));
            }
        },
    };
    match index <= count {
        true => Ok((count > 1).then_some(Part { index, count })),
        false => Err(UsageError::new(format!("this is task {index} of {count}"), "count the tasks without holes")),
    }
}

/// Which of `lengths` are in the part: the longest first, each to the part that has the least so far.
pub(super) fn split(lengths: &[Millis], part: Part) -> Vec<bool> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|n| (Reverse(lengths[*n]), *n));
    let mut loads = std::collections::BTreeSet::from_iter((1..=part.count).map(|index| (Millis(0), index)));
    let mut ours = vec![false; lengths.len()];
    for number in order {
        let Some((load, index)) = loads.pop_first() else { break };
        ours[number] = index == part.index;
        // One without a length is still some work.
        loads.insert((load + lengths[number].max(Millis(1)), index));
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from(given: Option<Shard>, environment: &[(&str, &str)]) -> Result<Option<(u32, u32)>, UsageError> {
        let environment = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        part(given, environment).map(|part| part.map(|p| (p.index, p.count)))
    }

    #[test]
    fn options_count_more_than_the_environment() {
        let slurm = [("SLURM_ARRAY_TASK_ID", "5"), ("SLURM_ARRAY_TASK_MIN", "4"), ("SLURM_ARRAY_TASK_COUNT", "3")];
        assert_eq!(from(None, &slurm), Ok(Some((2, 3))));
        assert_eq!(from(None, &[("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_ARRAY_TASK_COUNT", "3")]), Ok(Some((1, 3))));
        let steps =
            [slurm[2], ("SLURM_ARRAY_TASK_ID", "10"), ("SLURM_ARRAY_TASK_MIN", "0"), ("SLURM_ARRAY_TASK_STEP", "5")];
        assert_eq!(from(None, &steps), Ok(Some((3, 3))));
        let kubernetes = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(from(Some(Shard { index: None, count: 4 }), &kubernetes), Ok(Some((1, 4))));
        assert!(from(None, &kubernetes).is_err());
        assert_eq!(from(Some(Shard { index: Some(2), count: 2 }), &slurm), Ok(Some((2, 2))));
        assert_eq!(from(Some(Shard { index: Some(1), count: 1 }), &slurm), Ok(None));
        assert!(from(Some(Shard { index: None, count: 4 }), &[]).is_err());
        assert!(from(Some(Shard { index: None, count: 2 }), &[("JOB_COMPLETION_INDEX", "2")]).is_err());
        assert_eq!(from(None, &[]), Ok(None));
        let holes = [
            ("SLURM_ARRAY_TASK_ID", "2"),
            ("SLURM_ARRAY_TASK_MIN", "2"),
            ("SLURM_ARRAY_TASK_MAX", "5"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ];
        assert!(from(None, &holes).is_err());
    }

    proptest! {
        #[test]
        fn each_recording_is_in_one_part_and_the_parts_are_about_equal(
            lengths in proptest::collection::vec(1_u64..10_000, 0..60),
            count in 1_u32..9,
        ) {
            let lengths: Vec<Millis> = lengths.into_iter().map(Millis).collect();
            let parts: Vec<Vec<bool>> = (1..=count).map(|index| split(&lengths, Part { index, count })).collect();
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
