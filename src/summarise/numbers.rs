//! Numbers in a text, by their value: `1.200`, `12`, `zwölf` and `twelve hundred` alike; dates by day, month and year; votes by what they
//! are for.

mod words;

use std::collections::BTreeSet;

/// What is counted or dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// In thousandths.
    Number(i64),
    /// From 1 to 12.
    Month(u32),
    /// `Drittel`: 3.
    Part(u32),
    /// So many votes, in thousandths.
    Votes(Vote, i64),
}

/// What votes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Vote {
    Yes,
    No,
    Abstained,
}

/// How numbers are written: in German, a comma stands before the decimals, and a point between thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    German,
    English,
}

/// Whether all numbers that `claim` has are in `text`.
pub(super) fn are_in(claim: (&str, Writing), text: (&str, Writing)) -> bool {
    let mut known = values(&items(text.0, text.1, true), true);
    known.extend(values(&items(text.0, text.1, false), true));
    let counts = |vote: Vote| known.iter().any(|value| matches!(value, Value::Votes(other, _) if *other == vote));
    let is_other = |n: i64| known.iter().any(|value| matches!(value, Value::Votes(_, other) if *other == n));
    let is_known = |value: &Value| match *value {
        Value::Votes(vote, n) => known.contains(value) || !counts(vote) && !is_other(n),
        _ => known.contains(value),
    };
    // `214 000` may be one number or two.
    [true, false].into_iter().any(|joined| values(&items(claim.0, claim.1, joined), false).iter().all(is_known))
}

/// A word, or what it counts.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Number(f64),
    /// `zwölften`: perhaps a month.
    Ordinal(f64),
    Month(u32),
    Part(u32),
    /// "ein", "one": an article, or a number.
    One,
    /// "keine", "no", "ohne": a number before votes.
    Zero,
    Word(String),
}

/// The values of all numbers. `all`: also of what may be none, such as articles.
fn values(items: &[Item], all: bool) -> BTreeSet<Value> {
    let mut found = BTreeSet::new();
    for (n, item) in items.iter().enumerate() {
        let vote = vote(&items[n + 1..]);
        let mut add = |number: f64| {
            found.insert(Value::Number(thousandths(number)));
            found.extend(vote.map(|vote| Value::Votes(vote, thousandths(number))));
        };
        match item {
            Item::Number(number) => add(*number),
            Item::Ordinal(number) => {
                add(*number);
                if all && (1.0..=12.0).contains(number) {
                    found.insert(Value::Month(*number as u32));
                }
            }
            Item::One if all || vote.is_some() || matches!(items.get(n + 1), Some(Item::Part(_))) => add(1.0),
            Item::Zero if all || vote.is_some() => add(0.0),
            Item::Month(month) => found.extend([Value::Month(*month)]),
            Item::Part(part) => found.extend([Value::Part(*part)]),
            Item::Word(word) if all && ["einstimmig", "unanimous"].iter().any(|stem| word.starts_with(stem)) => {
                found.extend([Value::Number(0), Value::Votes(Vote::No, 0)]);
            }
            _ => {}
        }
    }
    found
}

/// What the words behind a number say that it counts votes for.
fn vote(behind: &[Item]) -> Option<Vote> {
    let word = |n: usize| match behind.get(n) {
        Some(Item::Word(word)) => word.as_str(),
        _ => "",
    };
    match (word(0), word(1)) {
        ("in", "favour" | "favor") | ("dafür" | "ja" | "jastimme" | "jastimmen" | "ayes" | "yes", _) => {
            Some(Vote::Yes)
        }
        ("nein" | "neinstimme" | "neinstimmen" | "gegenstimme" | "gegenstimmen" | "dagegen", _)
        | ("against" | "noes" | "nays", _)
        | ("votes", "against") => Some(Vote::No),
        ("enthaltung" | "enthaltungen" | "stimmenthaltung" | "stimmenthaltungen", _)
        | ("abstention" | "abstentions" | "abstained", _) => Some(Vote::Abstained),
        _ => None,
    }
}

/// A word before numbers are put together.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// In words, with how much a number behind it may add: `twenty` takes up to 9.
    Spelled(f64, f64),
    Digits(f64),
    Scale(f64),
    /// `half a million`.
    Half,
    And,
    Other(Item),
}

fn items(text: &str, writing: Writing, joined: bool) -> Vec<Item> {
    let pieces = pieces(text, writing, joined);
    let (mut items, mut at) = (Vec::new(), 0);
    while let Some(piece) = pieces.get(at) {
        if let Some((number, used)) = phrase(&pieces[at..]) {
            items.push(Item::Number(number));
            at += used;
            continue;
        }
        items.push(match piece {
            Piece::Other(item) => item.clone(),
            Piece::Half => Item::Part(2),
            _ => Item::Word("und".to_owned()),
        });
        at += 1;
    }
    // `ein Drittel` is a number with a part; the city has a `Viertel`.
    let is_number = |item: &Item| matches!(item, Item::Number(_) | Item::One);
    let alone =
        |n: &usize| matches!(items[*n], Item::Part(part) if part > 2) && (*n == 0 || !is_number(&items[*n - 1]));
    let alone: Vec<usize> = (0..items.len()).filter(alone).collect();
    for n in alone {
        items[n] = Item::Word("teil".to_owned());
    }
    items
}

/// The number that begins here, and how many pieces it has: `two hundred and twenty-one`, `zwei Millionen dreihunderttausend`.
fn phrase(pieces: &[Piece]) -> Option<(f64, usize)> {
    let multiplied = |at: usize| matches!(pieces.get(at), Some(Piece::Scale(_)));
    let article = |at: usize| matches!(pieces.get(at), Some(Piece::Other(Item::One)));
    let (mut group, mut room, mut at) = match pieces.first()? {
        Piece::Spelled(number, room) => (*number, *room, 1),
        Piece::Digits(number) => (*number, 0.0, 1),
        Piece::Scale(_) => (1.0, 0.0, 0),
        Piece::Other(Item::One) if multiplied(1) => (1.0, 0.0, 1),
        Piece::Half if multiplied(1) => (0.5, 0.0, 1),
        Piece::Half if article(1) && multiplied(2) => (0.5, 0.0, 2),
        _ => return None,
    };
    let (mut total, mut largest) = (0.0, f64::INFINITY);
    loop {
        match pieces.get(at) {
            Some(Piece::Scale(scale)) if *scale <= 100.0 && group > 0.0 => {
                (group, room) = (group * scale, if *scale == 100.0 { 100.0 } else { 0.0 });
            }
            Some(Piece::Scale(scale)) if *scale < largest && group > 0.0 => {
                (total, group, room, largest) = (total + group * scale, 0.0, *scale, *scale);
            }
            next => {
                let and = usize::from(matches!(next, Some(Piece::And)) && (100.0..=1000.0).contains(&room));
                let more = match pieces.get(at + and) {
                    Some(Piece::Spelled(number, after)) if *number < room => Some((*number, *after)),
                    Some(Piece::Digits(number)) if *number < room && room > 1000.0 && number % 1000.0 == 0.0 => {
                        Some((*number, 0.0))
                    }
                    Some(Piece::Other(Item::One)) if room == 10.0 => Some((1.0, 0.0)),
                    _ => None,
                };
                let Some((number, after)) = more else { break };
                (group, room) = (group + number, after);
                at += and;
            }
        }
        at += 1;
    }
    Some((total + group, at))
}

/// Words before "acht" with an ending where it is the number; "achten" is a verb, too.
const BEFORE_ORDINALS: [&str; 14] =
    ["der", "die", "das", "dem", "den", "des", "am", "im", "zum", "zur", "vom", "beim", "seine", "ihre"];

fn pieces(text: &str, writing: Writing, joined: bool) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before = String::new();
    // Digits before a blank: `214 000`.
    let mut thousands: Option<String> = None;
    for chunk in text.split_whitespace() {
        let core = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(first) = thousands.take().filter(|_| joined && core.len() == 3 && digits(core)) {
            pieces.pop();
            let number = [&first, core].concat();
            pieces.extend(number.parse().ok().map(Piece::Digits));
            thousands = chunk.ends_with(core).then_some(number);
            continue;
        }
        thousands = (chunk.ends_with(core) && digits(core) && core.len() <= 3).then(|| core.to_owned());
        if let Some(date) = iso_date(core) {
            pieces.extend(date.into_iter().map(Piece::Other));
            continue;
        }
        for raw in chunk.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | ',' | '\'' | '’'))) {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
            if !word.is_empty() {
                pieces.extend(piece(word, raw.ends_with('.'), &before, writing));
                before = word.to_lowercase();
            }
        }
    }
    pieces
}

/// What a word is; `dotted`: a point follows it.
fn piece(word: &str, dotted: bool, before: &str, writing: Writing) -> Vec<Piece> {
    let lower = word.to_lowercase();
    if word.contains(|c: char| c.is_ascii_digit()) {
        return digits(word, dotted, writing);
    }
    if let Some((count, part)) = words::part(&lower) {
        if lower == "half" {
            return vec![Piece::Half];
        }
        let count = count.map(|count| Piece::Other(Item::Number(count)));
        return count.into_iter().chain([Piece::Other(Item::Part(part))]).collect();
    }
    let is_verb =
        lower.starts_with("acht") && lower.len() > 4 && lower.len() <= 6 && !BEFORE_ORDINALS.contains(&before);
    vec![match lower.as_str() {
        "ein" | "eine" | "einer" | "einem" | "einen" | "eines" | "one" => Piece::Other(Item::One),
        "a" | "an" if writing == Writing::English => Piece::Other(Item::One),
        "kein" | "keine" | "keiner" | "keinem" | "keinen" | "ohne" | "no" | "none" | "without" => {
            Piece::Other(Item::Zero)
        }
        "halbe" | "halben" | "halber" => Piece::Half,
        "und" | "and" => Piece::And,
        _ if is_verb => Piece::Other(Item::Word(lower)),
        _ => match (words::scale(&lower), words::spelled(&lower), words::month(word)) {
            (Some(scale), ..) => Piece::Scale(scale),
            (_, Some(number), _) if words::is_ordinal(&lower) => Piece::Other(Item::Ordinal(number)),
            (_, Some(number), _) => Piece::Spelled(number, if words::is_tens(&lower) { 10.0 } else { 0.0 }),
            (_, _, Some(month)) => Piece::Other(Item::Month(month)),
            _ => Piece::Other(Item::Word(lower)),
        },
    }]
}

/// `2026-05-03`.
fn iso_date(text: &str) -> Option<[Item; 3]> {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let is_date = parts.next().is_none() && year >= 1000 && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then(|| [Item::Number(f64::from(year)), Item::Month(month), Item::Number(f64::from(day))])
}

/// `1.200`, `1,5`, `12th`, `B27`, `18.30`, `3.5.2026`.
fn digits(word: &str, dotted: bool, writing: Writing) -> Vec<Piece> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’');
    let mut found = Vec::new();
    for run in word.split(|c| !is_part(c)) {
        let core = run.trim_matches(|c: char| !c.is_ascii_digit());
        if core.is_empty() {
            continue;
        }
        match date(core, dotted && word.ends_with(core), writing) {
            Some(date) => found.extend(date.into_iter().map(Piece::Other)),
            None => match number(core, writing) {
                Some(number) => found.push(Piece::Digits(number)),
                // Hours and minutes, numbers of items.
                None => found.extend(
                    core.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).map(Piece::Digits),
                ),
            },
        }
    }
    found
}

/// `3.5.2026`, and `3.5.` with the point behind it.
fn date(text: &str, dotted: bool, writing: Writing) -> Option<Vec<Item>> {
    let short = |text: &&str| text.len() <= 2;
    let parts: Vec<&str> = text.split('.').collect();
    let (day, month, year) = match parts[..] {
        [day, month] if dotted => (day, month, None),
        [day, month, year] if matches!(year.len(), 2 | 4) => (day, month, Some(year.parse::<u32>().ok()?)),
        _ => return None,
    };
    let number = |text: &str, most: u32| text.parse::<u32>().ok().filter(|n| (1..=most).contains(n));
    let (day, month) = (Some(day).filter(short).and_then(|day| number(day, 31))?, number(month, 12)?);
    let year = year.map(|year| Item::Number(f64::from(if year < 100 { 2000 + year } else { year })));
    let date = [Item::Number(f64::from(day)), Item::Month(month)].into_iter().chain(year);
    (writing == Writing::German).then(|| date.collect())
}

/// `1.200,50`; `None` if it is no single number.
fn number(text: &str, writing: Writing) -> Option<f64> {
    let (separator, decimal) = if writing == Writing::German { ('.', ',') } else { (',', '.') };
    let (whole, rest) = text.split_once(decimal).unwrap_or((text, ""));
    let mut groups = whole.split([separator, '\'', '’']);
    let first = groups.next()?;
    let groups: Vec<&str> = groups.collect();
    let grouped = groups.is_empty() || first.len() <= 3 && groups.iter().all(|group| group.len() == 3);
    if grouped && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{first}{}.{rest}0", groups.concat()).parse().ok();
    }
    // `0.5` is a decimal in German, too.
    text.strip_prefix("0.").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DE: Writing = Writing::German;
    const EN: Writing = Writing::English;

    fn numbers(text: &str, writing: Writing) -> Vec<f64> {
        let of = |value: Value| match value {
            Value::Number(n) => Some(n as f64 / 1000.0),
            _ => None,
        };
        values(&items(text, writing, true), false).into_iter().filter_map(of).collect()
    }

    #[test]
    fn words_and_digits_have_one_value() {
        for (text, expected) in [
            ("zwölf Ja-Stimmen", 12.0),
            ("12 Ja-Stimmen", 12.0),
            ("1.200 Euro", 1_200.0),
            ("1.200,00 Euro", 1_200.0),
            ("1 200 Euro", 1_200.0),
            ("2 000\u{a0}000 Euro", 2_000_000.0),
            ("1’200 Franken", 1_200.0),
            ("tausendzweihundert Euro", 1_200.0),
            ("1,5 Millionen", 1_500_000.0),
            ("anderthalb Millionen", 1_500_000.0),
            ("eine halbe Million", 500_000.0),
            ("zwei Millionen dreihunderttausend", 2_300_000.0),
            ("zwei Dutzend", 24.0),
            ("ein Dutzend", 12.0),
            ("zweieinhalb Jahre", 2.5),
            ("einundzwanzig", 21.0),
            ("zweihundertfünfzig", 250.0),
            ("dreihundertfünfzigtausend", 350_000.0),
            ("dreitausendvierhundertzwölf", 3_412.0),
            ("zweitausendsechsundzwanzig", 2_026.0),
            ("die zwölfte Sitzung", 12.0),
            ("die 12. Sitzung", 12.0),
            ("im dritten Anlauf", 3.0),
            ("die achte Sitzung", 8.0),
            ("zum zwanzigsten Mal", 20.0),
            ("dreimal", 3.0),
            ("14 %", 14.0),
            ("12€", 12.0),
            ("die B27", 27.0),
            ("0,5", 0.5),
        ] {
            assert_eq!(numbers(text, DE), [expected], "{text}");
        }
        for (text, expected) in [
            ("1,200.5 dollars", 1_200.5),
            ("twelve votes", 12.0),
            ("twenty-one votes", 21.0),
            ("two million", 2_000_000.0),
            ("half a million", 500_000.0),
            ("one hundred and twenty", 120.0),
            ("two thousand three hundred and five", 2_305.0),
            ("a dozen", 12.0),
        ] {
            assert_eq!(numbers(text, EN), [expected], "{text}");
        }
        assert_eq!(numbers("the third and the 12th", EN), [3.0, 12.0]);
    }

    #[test]
    fn what_is_no_number_has_no_value() {
        let text = "ein Antrag, eine Frage, keine Antwort, die Verwaltung, das Wunder, der Hund, die Stunde, gemacht, erst danach, \
                    wir achten auf das Stadtviertel";
        assert_eq!(numbers(text, DE), Vec::<f64>::new());
        assert_eq!(numbers("one of them, no one, a plan", EN), Vec::<f64>::new());
    }

    #[test]
    fn two_numbers_are_two() {
        assert_eq!(numbers("mit zwölf gegen drei Stimmen bei 2 Enthaltungen", DE), [2.0, 3.0, 12.0]);
        assert_eq!(numbers("13 Räte sind für 13 Millionen", DE), [13.0, 13_000_000.0]);
        assert_eq!(numbers("zwölf und drei", DE), [3.0, 12.0]);
        assert_eq!(numbers("zwei Millionen und drei Bäume", DE), [3.0, 2_000_000.0]);
    }

    #[test]
    fn dates_are_days_months_and_years() {
        let is = |claim: &str, text: &str| are_in((claim, DE), (text, DE));
        for (claim, text) in [
            ("am 3.5.2026", "am dritten Mai 2026"),
            ("am 03.05.26", "am 3. Mai zweitausendsechsundzwanzig"),
            ("am 3. Mai", "am dritten Fünften"),
            ("am 3. Mai", "bis zum 3.5. ist Zeit"),
            ("am 2026-05-03", "am 3. Mai 2026"),
            ("um 18.30 Uhr", "um 18:30 Uhr"),
        ] {
            assert!(is(claim, text), "{claim}: {text}");
        }
        for (claim, text) in [
            ("am 3.5.2026", "drei Bäume"),
            ("am 3.6.2026", "am 3. Mai 2026"),
            ("im Oktober", "im November"),
            ("5 Bäume", "im Mai pflanzen wir Bäume"),
        ] {
            assert!(!is(claim, text), "{claim}: {text}");
        }
        assert!(are_in(("We may march on", EN), ("We go on", EN)), "verbs are no months");
    }

    #[test]
    fn votes_are_for_what_they_are_for() {
        let is = |claim: &str, text: &str| are_in((claim, DE), (text, DE));
        let said = "Zwölf Ja-Stimmen, drei Gegenstimmen, eine Enthaltung.";
        for claim in ["12 Ja-Stimmen", "3 Nein-Stimmen", "bei einer Enthaltung", "bei 1 Enthaltung", "zwölf Stimmen"] {
            assert!(is(claim, said), "{claim}");
        }
        for claim in ["12 Gegenstimmen", "3 Enthaltungen", "ohne Enthaltungen", "keine Gegenstimme", "13 Ja-Stimmen"] {
            assert!(!is(claim, said), "{claim}");
        }
        assert!(is("ohne Gegenstimme", "Das ist einstimmig.") && is("keine Enthaltung", "Enthaltungen? Keine."));
        assert!(!is("bei zwei Enthaltungen", "Der Antrag ist angenommen."));
        assert!(!is("Eine Enthaltung gab es", "Der Antrag ist angenommen."));
    }

    #[test]
    fn parts_of_a_whole_are_compared() {
        let is = |claim: &str, text: &str| are_in((claim, DE), (text, DE));
        assert!(is("eine Zweidrittelmehrheit", "zwei Drittel der Stimmen") && is("ein Drittel", "ein Drittel"));
        assert!(!is("ein Drittel", "zwei Viertel") && !is("die Hälfte", "ein Drittel"));
    }

    #[test]
    fn each_text_is_read_as_it_is_written() {
        assert!(are_in(("1,200 euros", EN), ("1.200 Euro", DE)));
        assert!(!are_in(("1.2 euros", EN), ("1.200 Euro", DE)));
    }
}
