//! Numbers as people say them, in German and English: of items, and of votes.

const UNITS: [(&str, &str, u32); 20] = [
    ("null", "zero", 0),
    ("ein", "one", 1),
    ("zwei", "two", 2),
    ("drei", "three", 3),
    ("vier", "four", 4),
    ("fünf", "five", 5),
    ("sechs", "six", 6),
    ("sieben", "seven", 7),
    ("acht", "eight", 8),
    ("neun", "nine", 9),
    ("zehn", "ten", 10),
    ("elf", "eleven", 11),
    ("zwölf", "twelve", 12),
    ("dreizehn", "thirteen", 13),
    ("vierzehn", "fourteen", 14),
    ("fünfzehn", "fifteen", 15),
    ("sechzehn", "sixteen", 16),
    ("siebzehn", "seventeen", 17),
    ("achtzehn", "eighteen", 18),
    ("neunzehn", "nineteen", 19),
];

const TENS: [(&str, &str, u32); 8] = [
    ("zwanzig", "twenty", 20),
    ("dreißig", "thirty", 30),
    ("vierzig", "forty", 40),
    ("fünfzig", "fifty", 50),
    ("sechzig", "sixty", 60),
    ("siebzig", "seventy", 70),
    ("achtzig", "eighty", 80),
    ("neunzig", "ninety", 90),
];

/// The number that a word is, from 0 to 99 in words, or in digits.
pub(super) fn value(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    if let Ok(number) = word.parse::<u32>() {
        return Some(number);
    }
    match word.as_str() {
        "keine" | "kein" | "keiner" | "keinen" | "no" | "none" => return Some(0),
        "eins" | "eine" | "einer" | "einen" | "einem" | "a" => return Some(1),
        "zwo" => return Some(2),
        _ => {}
    }
    let unit = |text: &str| UNITS.iter().find(|(de, en, _)| *de == text || *en == text).map(|(.., value)| *value);
    if let Some(value) = unit(&word) {
        return Some(value);
    }
    let (de, en, ten) = TENS.iter().find(|(de, en, _)| word.ends_with(de) || word.starts_with(en))?;
    if let Some(before) = word.strip_suffix(de) {
        return if before.is_empty() {
            Some(*ten)
        } else {
            unit(before.strip_suffix("und")?).filter(|n| *n < 10).map(|n| n + ten)
        };
    }
    let rest = word.strip_prefix(en)?;
    if rest.is_empty() { Some(*ten) } else { unit(rest.trim_start_matches('-')).filter(|n| *n < 10).map(|n| n + ten) }
}

/// The number that an ordinal is: `vierten`, `4.`, `fourth`.
fn ordinal(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    if let Some(number) = word.strip_suffix('.') {
        return number.parse().ok();
    }
    let stem = word.trim_end_matches(['n', 'r', 's', 'm']).trim_end_matches('e');
    match stem {
        "erst" | "first" => return Some(1),
        "second" => return Some(2),
        "dritt" | "third" => return Some(3),
        "siebt" => return Some(7),
        "acht" if word != "acht" => return Some(8),
        "fifth" => return Some(5),
        "eighth" => return Some(8),
        "ninth" => return Some(9),
        "twelfth" => return Some(12),
        _ => {}
    }
    let base = stem.strip_suffix("st").or_else(|| stem.strip_suffix("th")).or_else(|| stem.strip_suffix('t'))?;
    value(base).filter(|number| *number > 0)
}

/// The number before an item's name: `zum vierten` → `4`.
pub(super) fn before(text: &str) -> Option<String> {
    ordinal(text.trim_end().rsplit(' ').next()?).map(|number| number.to_string())
}

/// The numbers at the beginning of `text`, which follows an item's name: `14 a bis 14 c und 14 f`, `3.1.2a, 3.2`, `vier`.
pub(super) fn list(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut words = text.trim_start_matches([' ', ':', ',']).split(' ').filter(|word| !word.is_empty()).peekable();
    // Whether another number may follow.
    let mut between = true;
    while let Some(word) = words.next() {
        let plain = word.trim_end_matches(ENDS).trim_start_matches(['(', '„', '"']);
        let mut last = word;
        if let Some(number) = number(plain).filter(|_| between) {
            let letter = words.peek().and_then(|next| letter(next)).filter(|_| !word.ends_with([',', ':']));
            if letter.is_some() {
                last = words.next().unwrap_or_default();
            }
            found.push(letter.map_or_else(|| number.clone(), |letter| format!("{number}{letter}")));
            between = last.ends_with(',');
        } else if let (Some(letter), Some(number), true) = (letter(word), found.last(), between) {
            let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned();
            found.push(format!("{digits}{letter}"));
            between = word.ends_with(',');
        } else if is_between(plain) {
            between = true;
        } else {
            break;
        }
        let ends = last.ends_with(['!', '?', ';'])
            || last.ends_with('.') && !last[..last.len() - 1].ends_with(|c: char| c.is_ascii_digit());
        if ends {
            break;
        }
    }
    found
}

/// What may stand behind a number.
const ENDS: [char; 9] = ['.', '!', '?', ';', ')', '“', '"', ',', ':'];

/// `3`, `3.1.2a`, `vier`; no more than three digits each, for others are years and papers.
fn number(word: &str) -> Option<String> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &word[digits.len()..];
    if !digits.is_empty() {
        let parts =
            digits.split('.').all(|part| matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_digit()));
        return (parts && letters.len() <= 1).then(|| word.to_lowercase());
    }
    // `a` and `keine` are no numbers of items.
    let is_word = word.chars().count() > 2
        && !matches!(
            word.to_lowercase().as_str(),
            "ein" | "eine" | "einen" | "einem" | "einer" | "keine" | "kein" | "none" | "one"
        );
    let value = value(word).filter(|number| is_word && *number > 0);
    value
        .or_else(|| (word.eq_ignore_ascii_case("one") || word.eq_ignore_ascii_case("eins")).then_some(1))
        .map(|number| number.to_string())
}

/// One letter, as in `14 a`.
fn letter(word: &str) -> Option<char> {
    let plain = word.trim_end_matches(ENDS);
    let mut chars = plain.chars();
    chars.next().filter(|c| c.is_ascii_lowercase() && chars.next().is_none())
}

/// What may stand between the numbers of a list.
fn is_between(word: &str) -> bool {
    let word = word.to_lowercase();
    let known = [
        "und",
        "bis",
        "sowie",
        "mit",
        "zusammen",
        "gemeinsam",
        "den",
        "dem",
        "die",
        "and",
        "to",
        "through",
        "with",
        "auch",
        "nr",
        "nummer",
        "number",
        "–",
        "-",
    ];
    known.contains(&word.as_str())
        || ["tagesordnungspunkt", "zusatzpunkt", "top", "punkt", "item"]
            .iter()
            .any(|item| word.starts_with(item) && word.len() <= item.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words_and_digits() {
        for (word, number) in [
            ("fünfundvierzig", 45),
            ("zwölf", 12),
            ("Zwanzig", 20),
            ("eine", 1),
            ("keine", 0),
            ("7", 7),
            ("forty-five", 45),
            ("twentyone", 21),
        ] {
            assert_eq!(value(word), Some(number), "{word}");
        }
        assert_eq!([value("und"), value("zwanzigund"), value("Haus")], [None; 3]);
        for (text, number) in [
            ("zum vierten", "4"),
            ("der 3.", "3"),
            ("zum ersten", "1"),
            ("dem zwölften", "12"),
            ("the fourth", "4"),
            ("zum achten", "8"),
        ] {
            assert_eq!(before(text).as_deref(), Some(number), "{text}");
        }
        assert_eq!(before("zum nächsten"), None);
    }

    #[test]
    fn lists_of_items() {
        let cases: [(&str, &[&str]); 12] = [
            (" 4 auf", &["4"]),
            (" 14 a bis 14 c und 14 f:", &["14a", "14c", "14f"]),
            (" 6 und 7:", &["6", "7"]),
            (" 10 d: 19 Petitionen", &["10d"]),
            (" 70: und mit Tagesordnungspunkt 103:", &["70", "103"]),
            (" 4, 5 und 6", &["4", "5", "6"]),
            (" 3a und 3b sowie 4 auf", &["3a", "3b", "4"]),
            (" 3.1.2a, 3.2 auf", &["3.1.2a", "3.2"]),
            (" vier auf", &["4"]),
            (" 9 a und b", &["9a", "9b"]),
            (" 5 gemeinsam mit Tagesordnungspunkt 70", &["5", "70"]),
            (" 2019 war", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(list(text), expected, "{text}");
        }
    }
}
