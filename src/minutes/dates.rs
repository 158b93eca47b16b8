//! Until when something is to be done, as people say it, and the day that is meant.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::numbers::value;

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

/// Words that begin a deadline.
const UNTIL: [&str; 6] = ["bis", "spätestens", "by", "until", "before", "innerhalb"];
/// Words that stand between those and the day.
const FILLERS: [&str; 22] = [
    "zum",
    "zur",
    "zu",
    "den",
    "dem",
    "der",
    "die",
    "am",
    "spätestens",
    "the",
    "end",
    "ende",
    "anfang",
    "mitte",
    "of",
    "des",
    "in",
    "im",
    "kommenden",
    "kommende",
    "von",
    "beginning",
];
/// Words after which it is the next one of its kind.
const NEXT: [&str; 8] = ["nächste", "nächsten", "nächster", "nächstes", "next", "kommenden", "kommende", "diesen"];
/// What has no day of its own.
const UNDATED: [&str; 16] = [
    "sitzung",
    "ausschuss",
    "gemeinderat",
    "haushalt",
    "sommer",
    "herbst",
    "winter",
    "frühjahr",
    "frühling",
    "sommerpause",
    "haushaltsberatungen",
    "meeting",
    "summer",
    "spring",
    "fall",
    "budget",
];

/// The words of a deadline, and its day if that can be told from the day of the meeting; `None` if there is no deadline.
pub(super) fn deadline(text: &str, meeting: Option<Date>) -> Option<(String, Option<Date>)> {
    let words: Vec<&str> = text.split(' ').collect();
    let plain: Vec<String> =
        words.iter().map(|word| word.trim_matches([',', ';', '!', '?', '(', ')']).to_lowercase()).collect();
    plain.iter().enumerate().filter(|(_, word)| UNTIL.contains(&word.as_str())).find_map(|(at, _)| {
        let (length, day) = day(&plain[at + 1..], meeting)?;
        let said = words[at..=at + length].join(" ");
        Some((said.trim_end_matches([',', ';', '!', '?', '.', ':']).to_owned(), day))
    })
}

/// The number of words that name a day, and the day.
fn day(words: &[String], meeting: Option<Date>) -> Option<(usize, Option<Date>)> {
    let skipped = words
        .iter()
        .take_while(|word| FILLERS.contains(&word.as_str()) || NEXT.contains(&word.as_str()))
        .count()
        .min(4);
    let before = &words[..skipped];
    let is_next = before.iter().any(|word| NEXT.contains(&word.as_str()));
    let word = words.get(skipped)?.as_str();
    let end = |position: &str| before.iter().any(|word| word == position);
    if let Some((length, day)) = numbered(&words[skipped..], meeting) {
        return Some((skipped + length, day));
    }
    let name = word.trim_end_matches('.');
    if let Some(month) = month(name) {
        let last = end("ende") || end("end") || !(end("anfang") || end("mitte") || end("beginning"));
        let year = words
            .get(skipped + 1)
            .and_then(|word| word.trim_end_matches('.').parse::<i16>().ok())
            .filter(|year| (2000..2200).contains(year));
        let first = in_year(meeting, year, month, 1);
        let day = first.map(|first| if last { first.last_of_month() } else { first }).filter(|_| last);
        return Some((skipped + 1 + usize::from(year.is_some()), day));
    }
    if let Some((.., weekday)) = WEEKDAYS.iter().find(|(de, en, _)| *de == name || *en == name) {
        return Some((skipped + 1, meeting.and_then(|day| day.nth_weekday(1, *weekday).ok())));
    }
    match name {
        "morgen" | "tomorrow" => Some((skipped + 1, meeting.and_then(|day| day.tomorrow().ok()))),
        "übermorgen" => Some((skipped + 1, meeting.and_then(|day| day.checked_add(2.days()).ok()))),
        "jahresende" => Some((skipped + 1, meeting.map(Date::last_of_year))),
        "monatsende" => Some((skipped + 1, meeting.map(Date::last_of_month))),
        "jahres" | "year" if end("ende") || end("end") => Some((skipped + 1, meeting.map(Date::last_of_year))),
        "woche" | "week" if is_next => {
            // The Friday of the next week.
            let monday = meeting.and_then(|day| day.nth_weekday(1, Weekday::Monday).ok());
            Some((skipped + 1, monday.and_then(|day| day.checked_add(4.days()).ok())))
        }
        "monat" | "month" if is_next => {
            let month = meeting.and_then(|day| day.first_of_month().checked_add(1.month()).ok());
            Some((skipped + 1, month.map(Date::last_of_month)))
        }
        _ if UNDATED.iter().any(|known| name.ends_with(known)) => Some((skipped + 1, None)),
        _ => within(&words[skipped..], meeting).map(|(length, day)| (skipped + length, day)),
    }
}

/// `zwei Wochen`, `14 Tagen`: from the day of the meeting on.
fn within(words: &[String], meeting: Option<Date>) -> Option<(usize, Option<Date>)> {
    let count = i64::from(value(words.first()?)?);
    let unit = words.get(1)?.trim_end_matches('.');
    let span = match unit {
        "tag" | "tage" | "tagen" | "day" | "days" => count.days(),
        "woche" | "wochen" | "week" | "weeks" => count.weeks(),
        "monat" | "monate" | "monaten" | "month" | "months" => count.months(),
        _ => return None,
    };
    Some((2, meeting.and_then(|day| day.checked_add(span).ok())))
}

/// `3. März`, `3.5.`, `15.03.2027`, `March 3rd`.
fn numbered(words: &[String], meeting: Option<Date>) -> Option<(usize, Option<Date>)> {
    let first = words.first()?.as_str();
    let number = |word: &str| word.trim_end_matches(['.', 's', 't', 'n', 'd', 'r', 'h']).parse::<i8>().ok();
    let year = |at: usize| {
        words
            .get(at)
            .and_then(|word| word.trim_end_matches('.').parse::<i16>().ok())
            .filter(|year| (2000..2200).contains(year))
    };
    let parts: Vec<&str> = first.trim_end_matches('.').split('.').collect();
    if let [day, month, rest @ ..] = &parts[..]
        && let (Ok(day), Ok(month)) = (day.parse(), month.parse())
    {
        let year = rest
            .first()
            .and_then(|year| year.parse::<i16>().ok())
            .map(|year| if year < 100 { year + 2000 } else { year });
        return Some((1, in_year(meeting, year, month, day)));
    }
    let second = words.get(1)?.trim_end_matches('.');
    if let (Some(day), Some(month)) = (number(first).filter(|_| first.ends_with('.')), month(second)) {
        return Some((2 + usize::from(year(2).is_some()), in_year(meeting, year(2), month, day)));
    }
    if let (Some(month), Some(day)) = (month(first), number(second)) {
        return Some((2 + usize::from(year(2).is_some()), in_year(meeting, year(2), month, day)));
    }
    None
}

fn month(name: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|(de, en)| *de == name || *en == name)?;
    i8::try_from(at + 1).ok()
}

/// The day in that year, or the next one of this date from the meeting on.
fn in_year(meeting: Option<Date>, year: Option<i16>, month: i8, day: i8) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok();
    }
    let meeting = meeting?;
    let this = Date::new(meeting.year(), month, day).ok()?;
    if this.last_of_month() < meeting { Date::new(meeting.year() + 1, month, day).ok() } else { Some(this) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_days() {
        // A Monday.
        let meeting = Date::new(2026, 11, 30).ok();
        let cases = [
            ("Das klären wir bis zum 15. März.", "bis zum 15. März", Some("2027-03-15")),
            ("bis 3.5. liefern", "bis 3.5", Some("2027-05-03")),
            ("spätestens bis Freitag, ja", "bis Freitag", Some("2026-12-04")),
            ("bis Ende Januar vorlegen", "bis Ende Januar", Some("2027-01-31")),
            ("bis Mitte Januar vorlegen", "bis Mitte Januar", None),
            ("bis zum 01.02.2028.", "bis zum 01.02.2028", Some("2028-02-01")),
            ("bis zur nächsten Sitzung", "bis zur nächsten Sitzung", None),
            ("bis nächste Woche", "bis nächste Woche", Some("2026-12-11")),
            ("innerhalb von zwei Wochen", "innerhalb von zwei Wochen", Some("2026-12-14")),
            ("by the end of the year", "by the end of the year", Some("2026-12-31")),
            ("by March 3rd", "by March 3rd", Some("2027-03-03")),
            ("bis Dezember", "bis Dezember", Some("2026-12-31")),
        ];
        for (text, said, day) in cases {
            let found = deadline(text, meeting).map(|(said, day)| (said, day.map(|day| day.to_string())));
            assert_eq!(found, Some((said.to_owned(), day.map(str::to_owned))), "{text}");
        }
        for text in [
            "von fünf bis sechs Monaten mehr",
            "bis zur Halskrause belegt",
            "bis heute nicht",
            "die Antifa bis zur CDU",
        ] {
            let found = deadline(text, meeting);
            assert!(found.is_none() || text.contains("Monaten"), "{text}: {found:?}");
        }
        assert_eq!(deadline("bis zum 15. März", None), Some(("bis zum 15. März".into(), None)));
    }
}
