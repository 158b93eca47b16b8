//! Values of options: from text or from a settings file, checked.

use serde_json::{Value, json};

use super::Kind;

impl Kind {
    /// The value that a text on the command line stands for. Times are in seconds. An item of a [list](Kind::List) is a text.
    ///
    /// # Errors
    /// Why it is not one, as a phrase: `9 is not in 1..=8`.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        match *self {
            Kind::Flag | Kind::Switch => boolean(text),
            Kind::Integer(low, high) => {
                let number: i64 = text.parse().map_err(|e: std::num::ParseIntError| e.to_string())?;
                let in_range = (low..=high).contains(&number);
                in_range.then(|| number.into()).ok_or_else(|| format!("{number} is not in {low}..={high}"))
            }
            Kind::Number(low, high) => {
                let number = text.parse().ok().filter(|number| (low..=high).contains(number));
                number.map(|number: f64| number.into()).ok_or_else(|| self.expected())
            }
            Kind::Choice(choices) => {
                let known = choices.iter().any(|(name, _)| *name == text);
                known.then(|| text.into()).ok_or_else(|| self.expected())
            }
            Kind::Name { value, .. } => value(text).map(Value::from),
            Kind::Time => time(text).map(Value::from).ok_or_else(|| self.expected()),
            Kind::Duration { longest, .. } => duration(text, longest).map(Value::from).ok_or_else(|| self.expected()),
            Kind::Text | Kind::Path => Ok(text.into()),
            Kind::List { item, .. } => item(text.trim()).map(Value::from),
            Kind::Pairs { value } => {
                // A file name may contain the sign, too.
                let (key, text) =
                    text.rsplit_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| self.expected())?;
                Ok(json!([key, value(text)?]))
            }
        }
    }

    /// The value that a settings file gives, which has types of its own.
    pub(super) fn check(&self, value: &Value) -> Result<Value, String> {
        match (self, value) {
            (Kind::Flag | Kind::Switch, Value::Bool(_)) => Ok(value.clone()),
            (Kind::Integer(..) | Kind::Number(..) | Kind::Duration { .. }, Value::Number(number)) => {
                self.parse(&number.to_string())
            }
            (Kind::List { .. }, Value::Array(items)) => {
                items.iter().map(|item| self.parse(item.as_str().ok_or_else(|| self.expected())?)).collect()
            }
            (Kind::List { .. }, Value::String(items)) => items.split(',').map(|item| self.parse(item)).collect(),
            (Kind::Pairs { .. }, Value::Array(pairs)) => {
                pairs.iter().map(|pair| self.parse(pair.as_str().ok_or_else(|| self.expected())?)).collect()
            }
            (Kind::Name { .. }, Value::Number(number)) => self.parse(&number.to_string()),
            (
                Kind::Choice(_) | Kind::Name { .. } | Kind::Time | Kind::Duration { .. } | Kind::Text | Kind::Path,
                Value::String(text),
            ) => self.parse(text),
            _ => Err(self.expected()),
        }
    }

    /// The range as help texts have it: `1 to 8`; empty if there is none.
    pub(super) fn range(&self) -> String {
        match self {
            Kind::Integer(low, high) => format!("{low} to {high}"),
            Kind::Number(low, high) => format!("{low} to {high}"),
            Kind::Duration { longest: 1.0, .. } => "up to 1 second".into(),
            Kind::Duration { longest, .. } => format!("up to {longest} seconds"),
            Kind::List { items, .. } => items(),
            Kind::Name { values, .. } => (*values).into(),
            _ => String::new(),
        }
    }

    fn expected(&self) -> String {
        match self {
            Kind::Flag | Kind::Switch => "expected true or false".into(),
            Kind::Integer(low, high) => format!("expected a whole number from {low} to {high}"),
            Kind::Number(low, high) => format!("expected a number from {low} to {high}"),
            Kind::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                format!("expected one of {}", names.join(", "))
            }
            Kind::Name { values, .. } => format!("expected {values}"),
            Kind::Time => "expected seconds, m:ss or h:mm:ss, up to 1000 hours".into(),
            Kind::Duration { examples, .. } => format!("expected {}, e.g. {examples}", self.range()),
            Kind::Text | Kind::Path => "expected a text".into(),
            Kind::List { .. } => "expected a list of texts".into(),
            Kind::Pairs { .. } => "expected two parts with `=` between them".into(),
        }
    }
}

/// Also as Python writes it.
fn boolean(text: &str) -> Result<Value, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true.into()),
        "false" | "no" | "off" | "0" => Ok(false.into()),
        _ => Err(Kind::Switch.expected()),
    }
}

/// The latest time, in seconds: 1,000 hours.
const LATEST: f64 = 3_600_000.0;

/// Seconds, in whole milliseconds, of `90`, `90.5`, `1:30` or `1:02:03.5`.
fn time(text: &str) -> Option<f64> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let last = parts.pop()?;
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds: f64 = Some(last).filter(|s| plain(s))?.parse().ok()?;
    if parts.len() > 2 || (!parts.is_empty() && seconds >= 60.0) {
        return None;
    }
    let mut minutes = 0_u64;
    for (n, part) in parts.into_iter().enumerate() {
        let part: u32 = Some(part).filter(|s| plain(s))?.parse().ok()?;
        // Behind hours there are at most 59 minutes.
        minutes = minutes * 60 + Some(u64::from(part)).filter(|part| n == 0 || *part < 60)?;
    }
    Some(minutes as f64 * 60.0 + rounded(seconds)).filter(|time| *time <= LATEST)
}

/// Seconds, in whole milliseconds, of `1`, `0.8`, `0.8s` or `800ms`.
fn duration(text: &str, longest: f64) -> Option<f64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.trim_end().parse::<f64>().ok()? / unit;
    (0.0..=longest).contains(&seconds).then(|| rounded(seconds))
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GAP: Kind = Kind::Duration { longest: 1.0, examples: "0.08, 0.08s or 83ms" };

    #[test]
    fn times() {
        let seconds = |text: &str| Kind::Time.parse(text).ok().and_then(|value| value.as_f64());
        for (text, expected) in [
            ("90", 90.0),
            ("90.5", 90.5),
            ("1:30", 90.0),
            ("75:00", 4_500.0),
            ("1:02:03.25", 3_723.25),
            ("1:59:00", 7_140.0),
            ("1000:00:00", 3_600_000.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        let bad = ["", ":", "1:", "1:60", "1:60:00", "1:75:00", "-5", "x", "1:2:3:4", "1e3", "inf", "1.5:00"];
        for bad in bad.into_iter().chain(["1000:00:01", "1000000:00:00", "99999999999999999999"]) {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, expected) in [("1", 1.0), ("0.08", 0.08), ("83ms", 0.083), ("0.5 s", 0.5), ("0", 0.0)] {
            assert_eq!(GAP.parse(text), Ok(json!(expected)), "{text}");
        }
        for bad in ["", "83", "1001ms", "-1", "x", "nan", "inf", "ms", "1m"] {
            assert_eq!(GAP.parse(bad), Err("expected up to 1 second, e.g. 0.08, 0.08s or 83ms".into()), "{bad}");
        }
    }

    #[test]
    fn numbers_have_ranges() {
        assert_eq!(Kind::Integer(1, 8).parse("9"), Err("9 is not in 1..=8".into()));
        assert_eq!(Kind::Integer(1, 8).parse("x"), Err("invalid digit found in string".into()));
        for bad in ["nan", "4", "101", ""] {
            assert_eq!(Kind::Number(5.0, 100.0).parse(bad), Err("expected a number from 5 to 100".into()), "{bad}");
        }
    }

    #[test]
    fn files_have_types() {
        assert_eq!(Kind::Integer(1, 8).check(&json!(3)), Ok(json!(3)));
        assert_eq!(Kind::Number(0.0, 1.0).check(&json!(1)), Ok(json!(1.0)));
        assert_eq!(GAP.check(&json!("83ms")), Ok(json!(0.083)));
        assert_eq!(Kind::Switch.check(&json!("true")), Err("expected true or false".into()));
        assert_eq!(Kind::Integer(1, 8).check(&json!("3")), Err("expected a whole number from 1 to 8".into()));
        let list = Kind::List { item: |text| Ok(text.to_uppercase()), items: String::new };
        assert_eq!(list.check(&json!("a, b")), Ok(json!(["A", "B"])));
        assert_eq!(list.check(&json!(["a"])), Ok(json!(["A"])));
        assert_eq!(list.check(&json!([1])), Err("expected a list of texts".into()));
    }
}
