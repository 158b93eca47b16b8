//! Numbers in a text, by their value: `1.200`, `12`, `zwölf` and `twelve hundred` alike.

use std::collections::BTreeSet;

/// German and English words of numbers, lower case. "ein" and "one" are no numbers here: they are articles and pronouns, too.
const UNITS: [(&str, f64); 60] = [
    ("null", 0.0),
    ("eins", 1.0),
    ("zwei", 2.0),
    ("zwo", 2.0),
    ("drei", 3.0),
    ("vier", 4.0),
    ("fünf", 5.0),
    ("sechs", 6.0),
    ("sieben", 7.0),
    ("acht", 8.0),
    ("neun", 9.0),
    ("zehn", 10.0),
    ("elf", 11.0),
    ("zwölf", 12.0),
    ("dreizehn", 13.0),
    ("vierzehn", 14.0),
    ("fünfzehn", 15.0),
    ("sechzehn", 16.0),
    ("siebzehn", 17.0),
    ("achtzehn", 18.0),
    ("neunzehn", 19.0),
    ("zwanzig", 20.0),
    ("dreißig", 30.0),
    ("vierzig", 40.0),
    ("fünfzig", 50.0),
    ("sechzig", 60.0),
    ("siebzig", 70.0),
    ("achtzig", 80.0),
    ("neunzig", 90.0),
    ("anderthalb", 1.5),
    ("eineinhalb", 1.5),
    ("dutzend", 12.0),
    ("zero", 0.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("dozen", 12.0),
];
/// German ordinals whose stem is another, without their ending: "erst" alone is no number.
const GERMAN_ORDINALS: [(&str, f64); 4] = [("erst", 1.0), ("dritt", 3.0), ("siebt", 7.0), ("acht", 8.0)];
/// English ordinals whose stem is another.
const ENGLISH_ORDINALS: [(&str, f64); 10] = [
    ("first", 1.0),
    ("second", 2.0),
    ("third", 3.0),
    ("fifth", 5.0),
    ("eighth", 8.0),
    ("ninth", 9.0),
    ("twelfth", 12.0),
    ("twentieth", 20.0),
    ("thirtieth", 30.0),
    ("fortieth", 40.0),
];
/// Words that multiply what stands before them.
const SCALES: [(&str, f64); 14] = [
    ("hundert", 1e2),
    ("tausend", 1e3),
    ("million", 1e6),
    ("millionen", 1e6),
    ("mio", 1e6),
    ("milliarde", 1e9),
    ("milliarden", 1e9),
    ("mrd", 1e9),
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("millions", 1e6),
    ("billion", 1e9),
    ("billions", 1e9),
    ("tsd", 1e3),
];

/// The values of all numbers in a text, in thousandths. `german`: a comma stands before the decimals, and a point between thousands.
pub(super) fn values(text: &str, german: bool) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    let mut before: Option<f64> = None;
    for word in words(text) {
        let scale = SCALES.iter().find(|(name, _)| *name == word).map(|(_, scale)| *scale);
        let value = match (scale, before) {
            (Some(scale), Some(number)) => Some(number * scale),
            (Some(scale), None) => Some(scale),
            (None, _) => number(&word, german),
        };
        if let Some(value) = value {
            if scale.is_some() && before.is_some() {
                // `zwölf Millionen` is one number.
                before.map(|number| found.remove(&thousandths(number)));
            }
            found.insert(thousandths(value));
        }
        before = value;
    }
    found
}

/// The words that could be numbers, in lower case, without what stands around them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | '\'' | '’');
    let words =
        text.split(move |c| !part(c)).map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    words.filter(|word| !word.is_empty())
}

fn number(word: &str, german: bool) -> Option<f64> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return digits(word, german);
    }
    spelled(word)
}

/// `1.200`, `1,5`, `12th`, `3.5.2026` (which is its first number only: dates are compared by their parts elsewhere).
fn digits(word: &str, german: bool) -> Option<f64> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’'))).unwrap_or(word.len());
    let word = word[..end].trim_end_matches(['.', ',', '\'', '’']);
    let (thousands, decimal) = if german { ('.', ',') } else { (',', '.') };
    let groups: Vec<&str> = word.split([thousands, '\'', '’']).collect();
    let grouped =
        groups.len() > 1 && groups[1..].iter().all(|group| group.split(decimal).next().is_some_and(|g| g.len() == 3));
    let plain = match grouped || groups.len() == 1 {
        true => groups.concat().replace(decimal, "."),
        false => word.replace(',', "."),
    };
    plain.parse().ok().or_else(|| word.split(['.', ',']).next()?.parse().ok())
}

/// `einundzwanzig`, `zweihundertfünfzig`, `twenty`, `zwölfte`.
fn spelled(word: &str) -> Option<f64> {
    let known = |text: &str| UNITS.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    if let Some(value) = known(word) {
        return Some(value);
    }
    let stem = ["er", "es", "en", "em", "e"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    let german = GERMAN_ORDINALS.iter().filter(|_| stem != word).find(|(name, _)| *name == stem);
    if let Some((_, value)) = german.or(ENGLISH_ORDINALS.iter().find(|(name, _)| *name == word)) {
        return Some(*value);
    }
    let cardinal = stem
        .strip_suffix("st")
        .or(stem.strip_suffix('t'))
        .or(word.strip_suffix("th"))
        .filter(|_| stem != word || word.ends_with("th"));
    if let Some(value) = cardinal.and_then(|cardinal| known(cardinal).or_else(|| compound(cardinal))) {
        return Some(value);
    }
    compound(word)
}

/// German numbers in one word.
fn compound(word: &str) -> Option<f64> {
    for (name, scale) in [("tausend", 1e3), ("hundert", 1e2)] {
        if let Some((before, after)) = word.split_once(name) {
            let count = if before.is_empty() || before == "ein" { 1.0 } else { small(before)? };
            let rest = after.strip_prefix("und").unwrap_or(after);
            let rest = if rest.is_empty() {
                0.0
            } else if rest == "ein" || rest == "eins" {
                1.0
            } else {
                compound(rest).or_else(|| small(rest))?
            };
            return Some(count * scale + rest);
        }
    }
    small(word).filter(|_| word.contains("und"))
}

/// Below a hundred.
fn small(word: &str) -> Option<f64> {
    let known = |text: &str| UNITS.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    if let Some(value) = known(word) {
        return Some(value);
    }
    let (unit, ten) = word.rsplit_once("und")?;
    let unit = if unit == "ein" { 1.0 } else { known(unit).filter(|unit| *unit < 10.0)? };
    known(ten).filter(|ten| *ten >= 20.0).map(|ten| ten + unit)
}

fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn de(text: &str) -> Vec<f64> {
        values(text, true).into_iter().map(|value| value as f64 / 1000.0).collect()
    }

    #[test]
    fn words_and_digits_have_one_value() {
        for (text, expected) in [
            ("zwölf Ja-Stimmen", 12.0),
            ("12 Ja-Stimmen", 12.0),
            ("1.200 Euro", 1_200.0),
            ("tausendzweihundert Euro", 1_200.0),
            ("1,5 Millionen", 1_500_000.0),
            ("anderthalb Millionen", 1_500_000.0),
            ("einundzwanzig", 21.0),
            ("zweihundertfünfzig", 250.0),
            ("dreitausendvierhundertzwölf", 3_412.0),
            ("die zwölfte Sitzung", 12.0),
            ("die 12. Sitzung", 12.0),
            ("im dritten Anlauf", 3.0),
            ("zum zwanzigsten Mal", 20.0),
            ("14 %", 14.0),
        ] {
            assert_eq!(de(text), [expected], "{text}");
        }
        let en = |text: &str| values(text, false).into_iter().map(|value| value as f64 / 1000.0).collect::<Vec<_>>();
        assert_eq!(en("1,200.5 dollars"), [1_200.5]);
        assert_eq!(en("twelve votes"), [12.0]);
        assert_eq!(en("two million"), [2_000_000.0]);
        assert_eq!(en("the third and the 12th"), [3.0, 12.0]);
    }

    #[test]
    fn what_is_no_number_has_no_value() {
        assert_eq!(
            de("ein Antrag, eine Frage, die Verwaltung, das Wunder, der Hund, die Stunde, gemacht, erst danach"),
            Vec::<f64>::new()
        );
        assert_eq!(values("one of them, no one", false), BTreeSet::new());
    }

    #[test]
    fn two_numbers_are_two() {
        assert_eq!(de("mit zwölf gegen drei Stimmen bei 2 Enthaltungen"), [2.0, 3.0, 12.0]);
    }
}
