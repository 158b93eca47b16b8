//! Until when something is to be done, as people say it, and the day that is meant.

mod reader;

use jiff::civil::Date;

use super::calendar::ordinal;
use super::numbers::value;
use reader::Reader;

/// Words that begin a deadline; the last three a span of time.
const UNTIL: [&str; 8] = ["bis", "spätestens", "by", "until", "before", "innerhalb", "binnen", "within"];
const SPANS: [&str; 3] = ["innerhalb", "binnen", "within"];
/// Words that begin a range, of which only the other end is named as a deadline is.
const FROM: [&str; 4] = ["von", "vom", "from", "zwischen"];
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
