//! Until when something is to be done, as people say it, and the day that is meant.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::calendar::{month, ordinal, weekday};
use super::numbers::value;

/// Words that begin a deadline; the last three a span of time.
const UNTIL: [&str; 8] = ["bis", "spätestens", "by", "until", "before", "innerhalb", "binnen", "within"];
const SPANS: [&str; 3] = ["innerhalb", "binnen", "within"];
/// Words that stand between those and the day.
const FILLERS: [&str; 17] = [
    "zum",
    "zur",
    "zu",
    "den",
    "dem",
    "der",
    "die",
    "das",
    "am",
    "spätestens",
    "the",
    "of",
    "des",
    "in",
    "im",
    "von",
    "on",
];
/// Words that begin a range, of which only the other end is named as a deadline is.
const FROM: [&str; 4] = ["von", "vom", "from", "zwischen"];
/// What has no day of its own: ends of words.
const UNDATED: [&str; 18] = [
    "sitzung",
    "ausschuss",
    "gemeinderat",
    "haushalt",
    "sommer",
    "herbst",
    "winter",
    "frühjahr",
    "frühling",
    "pause",
    "ferien",
    "beratungen",
    "quartal",
    "quartals",
    "meeting",
    "summer",
    "budget",
    "quarter",
];
/// The same as whole words.
const UNDATED_WORDS: [&str; 3] = ["spring", "fall", "wochenende"];
/// What a number with a full stop in it is of, if it is no day.
const MEASURES: [&str; 9] = ["uhr", "euro", "prozent", "%", "millionen", "milliarden", "meter", "kilometer", "percent"];

/// The words of a deadline, and its day if that can be told from the day of the meeting; `None` if there is no deadline, or only one
/// that was over then.
pub(super) fn deadline(text: &str, meeting: Option<Date>) -> Option<(String, Option<Date>)> {
    let words: Vec<&str> = text.split(' ').collect();
    let plain: Vec<String> = (words.iter())
        .map(|word| word.trim_matches([',', ';', '!', '?', '(', ')', ':', '\'']).to_lowercase())
        .collect();
    plain.iter().enumerate().filter(|(_, word)| UNTIL.contains(&word.as_str())).find_map(|(at, word)| {
        if is_range(&plain[..at], meeting) {
            return None;
        }
        let mut reader = Reader { words: &plain[at + 1..], at: 0, meeting, span: SPANS.contains(&word.as_str()) };
        let day = reader.day().filter(|day| day.zip(meeting).is_none_or(|(day, meeting)| day >= meeting))?;
        let said = words[at..=at + reader.at].join(" ");
        Some((said.trim_end_matches([',', ';', '!', '?', '.', ':']).to_owned(), day))
    })
}

/// Whether the words before `bis` are the beginning of a range: `von Montag`, `vom 3.`.
fn is_range(before: &[String], meeting: Option<Date>) -> bool {
    let from = before.len().saturating_sub(4);
    before[from..].iter().rposition(|word| FROM.contains(&word.as_str())).is_some_and(|at| {
        let words = &before[from + at + 1..];
        let mut reader = Reader { words, at: 0, meeting, span: false };
        let is_day = reader.day().is_some() && reader.at == words.len();
        is_day || words.len() == 1 && (ordinal(&words[0]).is_some() || value(&words[0]).is_some())
    })
}

/// Reads a day from words, and stands behind what was read.
struct Reader<'a> {
    words: &'a [String],
    at: usize,
    meeting: Option<Date>,
    /// Whether what follows is how long something takes.
    span: bool,
}

/// Reads one kind of day, of which a part may be meant, so many weeks, months or years ahead.
type Reading<'a> = fn(&mut Reader<'a>, Part, Option<i64>) -> Option<Option<Date>>;

/// Which part of a week, month or year is meant.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    Begin,
    Middle,
    End,
}

impl<'a> Reader<'a> {
    /// The next word, without its full stop.
    fn word(&self) -> &str {
        self.words.get(self.at).map_or("", |word| word.trim_end_matches('.'))
    }

    /// Goes on if the next word is one of these.
    fn skip(&mut self, words: &[&str]) -> bool {
        let is_one = words.contains(&self.word());
        self.at += usize::from(is_one);
        is_one
    }

    /// Goes on behind articles and prepositions; whether `in` was one of them.
    fn fillers(&mut self) -> bool {
        let mut within = false;
        while FILLERS.contains(&self.word()) {
            within |= self.word() == "in";
            self.at += 1;
        }
        within
    }

    /// How many weeks, months or years ahead: `diese` is 0, `nächste` 1, `übernächste` 2; `None` if nothing says it.
    fn ahead(&mut self) -> Option<i64> {
        let stem = self.word().trim_end_matches(['n', 'r', 's', 'm']);
        let ahead = match stem {
            "diese" | "laufende" | "thi" => 0,
            "nächste" | "kommende" | "folgende" | "next" | "coming" => 1,
            "übernächste" => 2,
            _ => return None,
        };
        self.at += 1;
        Some(ahead)
    }

    /// The day; the inner `None`: something is named that has no day, or it is not known when the meeting was.
    fn day(&mut self) -> Option<Option<Date>> {
        let is_up_to = self.words.first().is_some_and(|word| word == "zu");
        let mut within = self.fillers() || self.span;
        let part = match self.word() {
            "anfang" | "beginn" | "beginning" | "start" | "early" => Part::Begin,
            "mitte" | "middle" | "mid" => Part::Middle,
            "ende" | "end" => Part::End,
            _ => Part::Whole,
        };
        if part != Part::Whole {
            self.at += 1;
            within |= self.fillers();
        }
        let ahead = self.ahead();
        if let Some(span) = self.length() {
            // `bis zu drei Monate` is how long something takes.
            return (within && !is_up_to).then(|| self.meeting.and_then(|day| day.checked_add(span).ok()));
        }
        if let Some(day) = self.numbered() {
            return Some(day);
        }
        let readers: [Reading<'a>; 4] = [Self::month, Self::weekday, Self::week, Self::period];
        let known = readers.iter().find_map(|read| {
            let at = self.at;
            let found = read(self, part, ahead);
            self.at = if found.is_some() { self.at } else { at };
            found
        });
        known.or_else(|| self.other())
    }

    /// `zwei Wochen`, `14 Tagen`.
    fn length(&mut self) -> Option<jiff::Span> {
        let count = i64::from(value(self.words.get(self.at)?)?);
        let span = jiff::Span::new();
        let span = match self.words.get(self.at + 1)?.trim_end_matches(['.', '\'', '’']) {
            "tag" | "tage" | "tagen" | "day" | "days" => span.try_days(count),
            "woche" | "wochen" | "week" | "weeks" => span.try_weeks(count),
            "monat" | "monate" | "monaten" | "month" | "months" => span.try_months(count),
            "jahr" | "jahre" | "jahren" | "year" | "years" => span.try_years(count),
            _ => return None,
        };
        self.at += 2;
        span.ok()
    }

    /// `3. März`, `3.5.`, `15.03.2027`, `2027-03-15`, `March 3rd`, `the 3rd of March`.
    fn numbered(&mut self) -> Option<Option<Date>> {
        let first = self.words.get(self.at)?.clone();
        if let Ok(day) = first.trim_end_matches('.').parse::<Date>() {
            self.at += 1;
            return Some(Some(day));
        }
        let parts: Vec<&str> = first.trim_end_matches('.').split('.').collect();
        if let [day, month, rest @ ..] = &parts[..] {
            let (day, month) = (day.parse().ok()?, month.parse().ok()?);
            let is_day = (1..=31).contains(&day) && (1..=12).contains(&month);
            let is_measure = self.words.get(self.at + 1).is_some_and(|word| MEASURES.contains(&word.as_str()));
            if !is_day || is_measure {
                return None;
            }
            self.at += 1;
            let year = rest.first().and_then(|year| year.parse::<i16>().ok());
            return Some(self.in_year(
                year.map(|year| if year < 100 { year + 2000 } else { year }),
                month,
                day,
                |day| day,
            ));
        }
        let second = self.words.get(self.at + 1).map(|word| word.trim_end_matches('.'))?;
        let named = match second {
            "of" => self.words.get(self.at + 2).map_or("", |word| word.trim_end_matches('.')),
            word => word,
        };
        let (length, day, month) = match (month(named), month(first.trim_end_matches('.'))) {
            (Some(month), _) => {
                (if second == "of" { 3 } else { 2 }, ordinal(&first).or_else(|| first.parse().ok())?, month)
            }
            (None, Some(month)) => (2, ordinal(second).or_else(|| second.parse().ok())?, month),
            (None, None) => return None,
        };
        self.at += length;
        let year = self.year();
        Some(self.in_year(year, month, day, |day| day))
    }

    /// `2027`, `nächsten Jahres`; `None` if no year is named.
    fn year(&mut self) -> Option<i16> {
        let at = self.at;
        if let Some(year) = self.word().parse::<i16>().ok().filter(|year| (1900..2200).contains(year)) {
            self.at += 1;
            return Some(year);
        }
        self.fillers();
        let ahead = self.ahead().filter(|_| self.skip(&["jahr", "jahres", "year"]));
        let year = ahead.zip(self.meeting).and_then(|(ahead, day)| i16::try_from(i64::from(day.year()) + ahead).ok());
        self.at = if ahead.is_some() { self.at } else { at };
        year
    }

    fn month(&mut self, part: Part, _: Option<i64>) -> Option<Option<Date>> {
        let month = month(self.word())?;
        self.at += 1;
        let year = self.year();
        let last = self.in_year(year, month, 1, Date::last_of_month);
        Some(last.filter(|_| matches!(part, Part::Whole | Part::End)))
    }

    /// `Freitag`, `Freitag, den 18. Dezember`, `Montag in zwei Wochen`, `Mittwoch nächster Woche`.
    fn weekday(&mut self, _: Part, ahead: Option<i64>) -> Option<Option<Date>> {
        let weekday = weekday(self.word())?;
        self.at += 1;
        let at = self.at;
        self.fillers();
        if let Some(day) = self.numbered() {
            // If they don't go together, one of them is wrong.
            return Some(day.filter(|day| day.weekday() == weekday));
        }
        if let Some(number) = self.words.get(self.at).and_then(|word| ordinal(word)) {
            self.at += 1;
            return Some(self.of_month(number).filter(|day| day.weekday() == weekday));
        }
        let weeks = match self.length() {
            Some(span) => Some(i64::from(span.get_weeks()) + i64::from(span.get_days()) / 7).filter(|weeks| *weeks > 0),
            None => self.ahead().filter(|_| self.skip(&["woche", "week"])),
        };
        if let Some(weeks) = weeks {
            return Some(self.in_week(weeks, weekday));
        }
        self.at = at;
        let later = ahead.map_or(0, |ahead| (ahead - 1).max(0));
        let day = self.meeting.and_then(|day| day.nth_weekday(1, weekday).ok());
        Some(day.and_then(|day| day.checked_add(later.weeks()).ok()))
    }

    /// `nächste Woche`, `Ende der Woche`, `nächste Woche Mittwoch`.
    fn week(&mut self, part: Part, ahead: Option<i64>) -> Option<Option<Date>> {
        if !self.skip(&["woche", "week"]) || part == Part::Whole && ahead.is_none() {
            return None;
        }
        let weeks = ahead.unwrap_or_default();
        let at = self.at;
        self.fillers();
        if let Some(weekday) = weekday(self.word()) {
            self.at += 1;
            return Some(self.in_week(weeks, weekday));
        }
        self.at = at;
        let last = self.in_week(weeks, Weekday::Friday);
        let is_over = last.zip(self.meeting).is_some_and(|(last, meeting)| last < meeting);
        Some(match part {
            Part::Begin => None,
            Part::Middle => self.in_week(weeks, Weekday::Wednesday),
            Part::Whole | Part::End if is_over => self.in_week(weeks, Weekday::Sunday),
            Part::Whole | Part::End => last,
        })
    }

    /// `Ende des Monats`, `nächsten Monat`, `Ende nächsten Jahres`, `Ende 2027`.
    fn period(&mut self, part: Part, ahead: Option<i64>) -> Option<Option<Date>> {
        let is_named = part != Part::Whole || ahead.is_some();
        if is_named && self.skip(&["monat", "monats", "month"]) {
            let month = self.meeting?.first_of_month().checked_add(ahead.unwrap_or_default().months()).ok();
            return Some(month.map(Date::last_of_month).filter(|_| matches!(part, Part::Whole | Part::End)));
        }
        let year = match ahead {
            _ if is_named && self.skip(&["jahr", "jahres", "year"]) => {
                i16::try_from(i64::from(self.meeting?.year()) + ahead.unwrap_or_default()).ok()
            }
            _ => Some(self.year()?),
        };
        let last = year.and_then(|year| Date::new(year, 12, 31).ok());
        let is_over = last.zip(self.meeting).is_some_and(|(last, meeting)| last < meeting);
        Some(last.filter(|_| part == Part::End || is_over))
    }

    /// What is named by one word.
    fn other(&mut self) -> Option<Option<Date>> {
        self.skip(&[
            "ersten", "zweiten", "dritten", "vierten", "letzten", "first", "second", "third", "fourth", "last",
        ]);
        let day = match self.word() {
            "morgen" | "tomorrow" => self.meeting.and_then(|day| day.tomorrow().ok()),
            "übermorgen" => self.meeting.and_then(|day| day.checked_add(2.days()).ok()),
            "jahresende" => self.meeting.map(Date::last_of_year),
            "monatsende" => self.meeting.map(Date::last_of_month),
            word if UNDATED_WORDS.contains(&word) || UNDATED.iter().any(|known| word.ends_with(known)) => None,
            _ => return None,
        };
        self.at += 1;
        Some(day)
    }

    /// A day of the week that is so many weeks after that of the meeting.
    fn in_week(&self, weeks: i64, weekday: Weekday) -> Option<Date> {
        let meeting = self.meeting?;
        let days = i64::from(weekday.to_monday_zero_offset() - meeting.weekday().to_monday_zero_offset());
        meeting.checked_add((weeks * 7 + days).days()).ok()
    }

    /// The next day with this number.
    fn of_month(&self, number: i8) -> Option<Date> {
        let meeting = self.meeting?;
        let of = |date: Date| Date::new(date.year(), date.month(), number).ok();
        let next = || of(meeting.first_of_month().checked_add(1.month()).ok()?);
        of(meeting).filter(|day| *day >= meeting).or_else(next)
    }

    /// The day that is `meant` by a date in that year, or the next one of this date from the meeting on.
    fn in_year(&self, year: Option<i16>, month: i8, day: i8, meant: impl Fn(Date) -> Date) -> Option<Date> {
        let date = |year| Date::new(year, month, day).ok().map(&meant);
        match (year, self.meeting) {
            (Some(year), _) => date(year),
            (None, Some(meeting)) => {
                date(meeting.year()).filter(|day| *day >= meeting).or_else(|| date(meeting.year() + 1))
            }
            (None, None) => None,
        }
    }
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
            ("bis Freitag, den 18. Dezember, berichten", "bis Freitag, den 18. Dezember", Some("2026-12-18")),
            ("bis Freitag, den 18.", "bis Freitag, den 18", Some("2026-12-18")),
            ("bis Freitag, den 17. Dezember", "bis Freitag, den 17. Dezember", None),
            ("bis zum 3. November", "bis zum 3. November", Some("2027-11-03")),
            ("bis Ende November", "bis Ende November", Some("2026-11-30")),
            ("bis Oktober", "bis Oktober", Some("2027-10-31")),
            ("bis Ende nächsten Jahres", "bis Ende nächsten Jahres", Some("2027-12-31")),
            ("bis Anfang nächsten Jahres", "bis Anfang nächsten Jahres", None),
            ("bis Ende Mai nächsten Jahres", "bis Ende Mai nächsten Jahres", Some("2027-05-31")),
            ("bis Ende 2027", "bis Ende 2027", Some("2027-12-31")),
            ("bis zum Ende des Monats", "bis zum Ende des Monats", Some("2026-11-30")),
            ("bis Ende der Woche", "bis Ende der Woche", Some("2026-12-04")),
            ("bis nächste Woche Mittwoch berichten", "bis nächste Woche Mittwoch", Some("2026-12-09")),
            ("bis Mittwoch nächster Woche", "bis Mittwoch nächster Woche", Some("2026-12-09")),
            ("bis Mitte nächster Woche klären", "bis Mitte nächster Woche", Some("2026-12-09")),
            ("bis Anfang nächster Woche", "bis Anfang nächster Woche", None),
            ("bis spätestens Montag in zwei Wochen", "bis spätestens Montag in zwei Wochen", Some("2026-12-14")),
            ("bis übernächsten Freitag", "bis übernächsten Freitag", Some("2026-12-11")),
            ("spätestens in der übernächsten Woche", "spätestens in der übernächsten Woche", Some("2026-12-18")),
            ("bis zum 31. Februar", "bis zum 31. Februar", None),
            ("bis zum ersten Quartal", "bis zum ersten Quartal", None),
            ("die Antwort von Herrn Koch bis Freitag", "bis Freitag", Some("2026-12-04")),
            ("by the 3rd of March, 2027", "by the 3rd of March, 2027", Some("2027-03-03")),
            ("by Friday, December 18", "by Friday, December 18", Some("2026-12-18")),
            ("by the end of next week", "by the end of next week", Some("2026-12-11")),
            ("by 2027-01-15.", "by 2027-01-15", Some("2027-01-15")),
            ("within two weeks", "within two weeks", Some("2026-12-14")),
            ("innerhalb von 9999 Jahren", "innerhalb von 9999 Jahren", None),
        ];
        for (text, said, day) in cases {
            let found = deadline(text, meeting).map(|(said, day)| (said, day.map(|day| day.to_string())));
            assert_eq!(found, Some((said.to_owned(), day.map(str::to_owned))), "{text}");
        }
        assert_eq!(deadline("bis zum 15. März", None), Some(("bis zum 15. März".into(), None)));
    }

    #[test]
    fn what_is_no_deadline() {
        let meeting = Date::new(2026, 11, 30).ok();
        for text in [
            "von fünf bis sechs Monaten mehr",
            "Die Prüfung dauert bis zu drei Monate",
            "in zwei bis drei Wochen",
            "bis zur Halskrause belegt",
            "bis heute nicht",
            "die Antifa bis zur CDU",
            "von Montag bis Freitag geöffnet",
            "vom 3. bis 5. Mai",
            "galt bis zum 31.12.2019",
            "galt bis Ende 2019",
            "bis 18.30 Uhr",
            "bis zum Ernstfall",
            "innerhalb von 99999999 Tagen",
            "innerhalb von 20000 Jahren",
        ] {
            assert_eq!(deadline(text, meeting), None, "{text}");
        }
    }
}
