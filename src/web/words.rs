//! Numbers and times as people write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::wording::Language;
use crate::wording::app::{AppTexts, filled};

/// `1.234` in German, `1,234` in English.
pub(super) fn number(number: usize, language: Language) -> String {
    let separator = if language == Language::German { '.' } else { ',' };
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// How many: `one` for 1, and otherwise `many` with the number for its `{n}`.
pub(super) fn counted(count: usize, one: &str, many: &str, language: Language) -> String {
    if count == 1 { one.into() } else { filled(many, &[("n", &number(count, language))]) }
}

/// `1:05:00`, or `12:30` below an hour.
pub(super) fn clock(seconds: f64) -> String {
    let s = seconds.max(0.0) as u64;
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        h => format!("{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// How long something will take: `about 12 minutes left`.
pub(super) fn left(seconds: u64, texts: &AppTexts) -> String {
    match seconds.div_ceil(60) {
        _ if seconds < 20 => texts.left_seconds.into(),
        0 | 1 => texts.left_minute.into(),
        n @ 2..=90 => filled(texts.left_minutes, &[("n", &n.to_string())]),
        n => filled(texts.left_hours, &[("h", &(n / 60).to_string()), ("m", &(n % 60).to_string())]),
    }
}

/// A time on this computer's clock: `30.11.2026, 14:05`.
pub(super) fn date(time: Timestamp, language: Language) -> String {
    let form = if language == Language::German { "%-d.%-m.%Y, %H:%M" } else { "%-d %b %Y, %H:%M" };
    time.to_zoned(TimeZone::system()).strftime(form).to_string()
}

/// A day: `30.11.2026`.
pub(super) fn day(day: Date, language: Language) -> String {
    day.strftime(if language == Language::German { "%-d.%-m.%Y" } else { "%-d %b %Y" }).to_string()
}

/// `874 MB`.
pub(super) fn size(bytes: u64) -> String {
    crate::models::size_for_people(bytes)
}

/// How long an hour of recording takes, at this speed: `20 min`.
pub(super) fn per_hour(speed: f64) -> String {
    match (3600.0 / speed.max(0.001) / 60.0).round() as u64 {
        0 => "1 min".into(),
        minutes @ ..120 => format!("{minutes} min"),
        minutes => format!("{} h", minutes.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_as_people_do() {
        assert_eq!(number(1_234_567, Language::German), "1.234.567");
        assert_eq!([number(0, Language::English), number(1000, Language::English)], ["0", "1,000"]);
        let texts = AppTexts::of(Language::German);
        let words = [0, 1, 2_000].map(|n| counted(n, texts.words_one, texts.words, Language::German));
        assert_eq!(words, ["0 Wörter", "1 Wort", "2.000 Wörter"]);
        assert_eq!([clock(0.0), clock(750.9), clock(3_900.0)], ["0:00", "12:30", "1:05:00"]);
        let texts = AppTexts::of(Language::English);
        let said: Vec<String> = [5, 60, 61, 5_400, 5_401].map(|s| left(s, texts)).into();
        assert_eq!(
            said,
            [
                "done in a moment",
                "about 1 minute left",
                "about 2 minutes left",
                "about 90 minutes left",
                "about 1 h 31 min left"
            ]
        );
        assert_eq!([per_hour(3.0), per_hour(0.25)], ["20 min", "4 h"]);
    }
}
