//! Which shard this process is: from the command line, or from Slurm or Kubernetes.

use transcribe::app::UsageError;
use transcribe::app::batch::Shard;

use super::args::ShardArg;

/// The shard of this process, from the option or from the variables that Slurm or Kubernetes set in `environment`; `None`: there
/// is only one.
///
/// # Errors
/// If it is unknown, with the way out.
pub(super) fn shard(
    given: Option<ShardArg>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Option<Shard>, UsageError> {
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
        Some(ShardArg { index: Some(index), count }) => (index, count),
        Some(ShardArg { index: None, count }) => match index {
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
        true => Ok((count > 1).then_some(Shard { index, count })),
        false => Err(UsageError::new(format!("this is task {index} of {count}"), "count the tasks without holes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(given: Option<ShardArg>, environment: &[(&str, &str)]) -> Result<Option<(u32, u32)>, UsageError> {
        let environment = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        shard(given, environment).map(|shard| shard.map(|s| (s.index, s.count)))
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
        assert_eq!(from(Some(ShardArg { index: None, count: 4 }), &kubernetes), Ok(Some((1, 4))));
        assert!(from(None, &kubernetes).is_err());
        assert_eq!(from(Some(ShardArg { index: Some(2), count: 2 }), &slurm), Ok(Some((2, 2))));
        assert_eq!(from(Some(ShardArg { index: Some(1), count: 1 }), &slurm), Ok(None));
        assert!(from(Some(ShardArg { index: None, count: 4 }), &[]).is_err());
        assert!(from(Some(ShardArg { index: None, count: 2 }), &[("JOB_COMPLETION_INDEX", "2")]).is_err());
        assert_eq!(from(None, &[]), Ok(None));
        let holes = [
            ("SLURM_ARRAY_TASK_ID", "2"),
            ("SLURM_ARRAY_TASK_MIN", "2"),
            ("SLURM_ARRAY_TASK_MAX", "5"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ];
        assert!(from(None, &holes).is_err());
    }
}
