//! Names of months and days, in German and English and small letters.

use jiff::civil::Weekday;

const MONTHS: [(&str, &str); 12] = [
    ("januar", "january"),
    ("februar", "february"),
    ("märz", "march"),
    ("april", "april"),
    ("mai", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("august", "august"),
    ("september", "september"),
    ("oktober", "october"),
    ("november", "november"),
    ("dezember", "december"),
];

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("montag", "monday", Weekday::Monday),
    ("dienstag", "tuesday", Weekday::Tuesday),
    ("mittwoch", "wednesday", Weekday::Wednesday),
    ("donnerstag", "thursday", Weekday::Thursday),
    ("freitag", "friday", Weekday::Friday),
    ("samstag", "saturday", Weekday::Saturday),
    ("sonntag", "sunday", Weekday::Sunday),
];

/// The number of a month, from 1.
pub(super) fn month(name: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|(de, en)| *de == name || *en == name)?;
    i8::try_from(at + 1).ok()
}

/// A day of the week.
pub(super) fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(de, en, _)| *de == name || *en == name).map(|(.., weekday)| *weekday)
}

/// `3.`, `3rd`.
pub(super) fn ordinal(word: &str) -> Option<i8> {
    let number = ["st", "nd", "rd", "th", "."].iter().find_map(|end| word.strip_suffix(end))?;
    number.parse().ok()
}
