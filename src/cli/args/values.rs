//! What stands behind an option.

use transcribe::Millis;

/// `90`, `90.5`, `1:30` or `1:02:03.5`.
pub(super) fn parse_time(text: &str) -> Result<Millis, String> {
    let wrong = || "expected seconds, m:ss or h:mm:ss".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let (last, higher) = parts.split_last().ok_or_else(wrong)?;
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds: f64 = Some(*last).filter(|s| plain(s)).and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
    if higher.len() > 2 || (!higher.is_empty() && seconds >= 60.0) {
        return Err(wrong());
    }
    let mut minutes = 0_u64;
    for part in higher {
        let part: u32 = Some(*part).filter(|s| plain(s)).and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
        minutes = minutes * 60 + u64::from(part);
    }
    Ok(Millis(minutes * 60_000 + (seconds * 1000.0).round() as u64))
}

pub(super) fn parse_temperature(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|t| (0.0..=1.0).contains(t)).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub(super) fn parse_threshold(text: &str) -> Result<f32, String> {
    let expected = || "expected a number from 0.05 to 0.95".to_owned();
    text.parse().ok().filter(|t| (0.05..=0.95).contains(t)).ok_or_else(expected)
}

/// Times real time.
pub(super) fn parse_speed(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s| (0.0..=100.0).contains(s)).ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

/// As Python writes it, too.
pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
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
    fn times() {
        let ok = |text: &str| parse_time(text).map(|t| t.0);
        assert_eq!(ok("90"), Ok(90_000));
        assert_eq!(ok("90.5"), Ok(90_500));
        assert_eq!(ok("1:30"), Ok(90_000));
        assert_eq!(ok("1:02:03.25"), Ok(3_723_250));
        for bad in ["", ":", "1:", "1:60", "-5", "x", "1:2:3:4", "1e3", "inf", "1.5:00"] {
            assert!(ok(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shards() {
        assert_eq!(parse_shard("2/4"), Ok(ShardArg { index: Some(2), count: 4 }));
        assert_eq!(parse_shard("4"), Ok(ShardArg { index: None, count: 4 }));
        for bad in ["", "0/4", "5/4", "1/0", "/4", "1/", "a/b", "1/2/3"] {
            assert!(parse_shard(bad).is_err(), "{bad}");
        }
    }
}
