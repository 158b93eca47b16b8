//! What stands behind an option.

/// Times real time.
pub(super) fn parse_speed(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s| (0.0..=100.0).contains(s)).ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

/// Which part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShardArg {
    /// Counted from 1; `None`: the environment tells.
    pub(crate) index: Option<u32>,
    pub(crate) count: u32,
}

/// `2/4`, or `4`.
pub(super) fn parse_shard(text: &str) -> Result<ShardArg, String> {
    let (index, count) = match text.split_once('/') {
        Some((index, count)) => (Some(index), count),
        None => (None, text),
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| (1..=100_000).contains(n));
    let parsed = match index {
        Some(index) => number(index).zip(number(count)).map(|(index, count)| ShardArg { index: Some(index), count }),
        None => number(count).map(|count| ShardArg { index: None, count }),
    };
    let parsed = parsed.filter(|shard| shard.index.is_none_or(|index| index <= shard.count));
    parsed.ok_or_else(|| "expected I/N with I from 1 to N, e.g. 2/4".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards() {
        assert_eq!(parse_shard("2/4"), Ok(ShardArg { index: Some(2), count: 4 }));
        assert_eq!(parse_shard("4"), Ok(ShardArg { index: None, count: 4 }));
        for bad in ["", "0/4", "5/4", "1/0", "/4", "1/", "a/b", "1/2/3"] {
            assert!(parse_shard(bad).is_err(), "{bad}");
        }
    }
}
