//! What captions look like: a set of rules, and limits that replace single ones of it.

use serde::Deserialize;

use crate::format::Captions;
use crate::options::{Group, Kind, OptionSpec};

use super::{UsageError, Values};

const RULES: Kind = Kind::Choice(&[
    ("web", "What most guidelines share: 42 characters, 2 lines, 17 characters a second"),
    ("ard", "ARD, ORF, SRF and ZDF: 37 characters, 2 lines, 15 characters a second"),
    ("bbc", "BBC: 37 characters, 2 lines, 15 characters a second"),
    ("netflix-de", "Netflix in German: 42 characters, 2 lines, 17 characters a second"),
    ("none", "One caption a segment, undivided"),
]);

const fn option(name: &'static str, value_name: &'static str, kind: Kind, help: &'static str) -> OptionSpec {
    OptionSpec::new(Group::Captions, name, value_name, kind, help)
}

pub(super) const OPTIONS: &[OptionSpec] = &[
    option("captions", "RULES", RULES, "Rules that captions follow").default("web"),
    option(
        "max-line-width",
        "N",
        Kind::Integer(10, 500),
        "Characters per line at most, {range}, instead of what the rules say",
    ),
    option("max-line-count", "N", Kind::Integer(1, 3), "Lines per caption at most, {range}"),
    option(
        "max-cps",
        "N",
        Kind::Number(5.0, 100.0),
        "Characters per second at most, {range}; no word is left out for it",
    ),
    option(
        "min-duration",
        "TIME",
        Kind::Duration { longest: 5.0, examples: "1.2, 1.2s or 833ms" },
        "Shortest time that a caption is shown, if the pause after it allows: {range}, e.g. 1.2 or 833ms",
    ),
    option(
        "min-gap",
        "TIME",
        Kind::Duration { longest: 1.0, examples: "0.08, 0.08s or 83ms" },
        "Shortest time between two captions: {range}, e.g. 0.08 or 83ms",
    ),
    option("report", "", Kind::Flag, "Report on standard error how many captions keep to the rules"),
];

/// The set of rules, and the single limits. `None`: those of the rules.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CaptionOptions {
    captions: Rules,
    max_line_width: Option<usize>,
    max_line_count: Option<usize>,
    max_cps: Option<f64>,
    /// In seconds, as the next one.
    min_duration: Option<f64>,
    min_gap: Option<f64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rules {
    #[default]
    Web,
    Ard,
    Bbc,
    NetflixDe,
    None,
}

/// The limits that the options about captions ask for.
///
/// # Errors
/// Limits although captions are not divided.
pub(super) fn captions(values: &Values) -> Result<Captions, UsageError> {
    let options: CaptionOptions = values.read()?;
    let rules = match options.captions {
        Rules::Web => Captions::web(),
        Rules::Ard => Captions::ard(),
        Rules::Bbc => Captions::bbc(),
        Rules::NetflixDe => Captions::netflix_de(),
        Rules::None => Captions::none(),
    };
    let captions = Captions {
        line_width: options.max_line_width.unwrap_or(rules.line_width),
        line_count: options.max_line_count.unwrap_or(rules.line_count),
        reading_speed: options.max_cps.unwrap_or(rules.reading_speed),
        shortest: options.min_duration.map_or(rules.shortest, crate::Millis::from_seconds),
        gap: options.min_gap.map_or(rules.gap, crate::Millis::from_seconds),
        ..rules
    };
    if captions != rules && !rules.divide {
        return Err(UsageError::new(
            "with `--captions none` captions are not divided",
            "leave the other options about them out, or name other rules, e.g. `--captions web`",
        ));
    }
    Ok(captions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Millis;
    use serde_json::json;

    fn values(pairs: &[(&str, serde_json::Value)]) -> Values {
        pairs.iter().fold(Values::default(), |values, (name, value)| values.with(name, value.clone()))
    }

    #[test]
    fn single_limits_replace_those_of_the_rules() {
        let ard = values(&[("captions", json!("ard")), ("max-line-width", json!(32))]);
        assert_eq!(captions(&ard), Ok(Captions { line_width: 32, ..Captions::ard() }));
        assert_eq!(captions(&Values::default()), Ok(Captions::web()));
        let gap = values(&[("min-gap", json!(0.083))]);
        assert_eq!(captions(&gap), Ok(Captions { gap: Millis(83), ..Captions::web() }));
        let none = values(&[("captions", json!("none"))]);
        assert_eq!(captions(&none), Ok(Captions::none()));
        assert!(captions(&none.with("max-line-width", json!(32))).is_err_and(|error| error.hint.is_some()));
    }
}
