//! Reads a day from words.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::minutes::calendar::{month, ordinal, weekday};
use crate::minutes::numbers::value;

/// Words that stand between the beginning of a deadline and its day.
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

/// Reads a day from words, and stands behind what was read.
pub(super) struct Reader<'a> {
    pub(super) words: &'a [String],
    pub(super) at: usize,
    pub(super) meeting: Option<Date>,
    /// Whether what follows is how long something takes.
    pub(super) span: bool,
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
    pub(super) fn day(&mut self) -> Option<Option<Date>> {
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
