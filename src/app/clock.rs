//! The clock of this computer, in its time zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Now, in the time zone of this computer.
pub(crate) fn now() -> Zoned {
    Timestamp::now().to_zoned(zone())
}

/// The time zone of this computer; UTC if it can't be told.
pub(crate) fn zone() -> TimeZone {
    let named = || of_variable(&std::env::var("TZ").ok()?);
    TimeZone::try_system().ok().or_else(named).unwrap_or(TimeZone::UTC)
}

/// The zones of `TZ` that jiff does not know: the two sets of files that some systems have, and a zone with summer time whose rules
/// POSIX leaves to the system. Europe's are taken east of Greenwich, and those of the United States west of it.
fn of_variable(variable: &str) -> Option<TimeZone> {
    let name = variable.trim_start_matches(':');
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let rules = if name.contains('-') { "M3.5.0,M10.5.0/3" } else { "M3.2.0,M11.1.0" };
    let posix = |text: &str| TimeZone::posix(text);
    TimeZone::get(name).or_else(|_| posix(name)).or_else(|_| posix(&format!("{name},{rules}"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_time_without_rules_is_that_of_the_continent() {
        let times = |variable: &str| {
            let zone = of_variable(variable)?;
            let at =
                |time: &str| time.parse::<Timestamp>().expect("a time").to_zoned(zone.clone()).offset().to_string();
            Some([at("2026-01-15T12:00:00Z"), at("2026-07-15T12:00:00Z"), at("2026-03-20T12:00:00Z")])
        };
        let berlin = times("Europe/Berlin");
        assert!(berlin.is_some());
        for variable in ["CET-1CEST", ":CET-1CEST", "posix/Europe/Berlin", "right/Europe/Berlin"] {
            assert_eq!(times(variable), berlin, "{variable}");
        }
        assert_eq!(times("EST5EDT"), times("America/New_York"));
        assert_eq!(times("nowhere"), None);
    }
}
