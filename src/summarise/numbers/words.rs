//! Words that are numbers, in German and English.

/// German and English words of numbers, lower case. "ein" and "one" are not among them: they are articles and pronouns, too.
const UNITS: [(&str, f64); 59] = [
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
    ("dreissig", 30.0),
    ("vierzig", 40.0),
    ("fünfzig", 50.0),
    ("sechzig", 60.0),
    ("siebzig", 70.0),
    ("achtzig", 80.0),
    ("neunzig", 90.0),
    ("anderthalb", 1.5),
    ("eineinhalb", 1.5),
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
const SCALES: [(&str, f64); 18] = [
    ("dutzend", 12.0),
    ("dozen", 12.0),
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
    ("bn", 1e9),
    ("mn", 1e6),
    ("billion", 1e9),
    ("billions", 1e9),
    ("tsd", 1e3),
];

/// Months, in German and English, by their number.
const MONTHS: [&[&str]; 12] = [
    &["januar", "jänner", "january"],
    &["februar", "feber", "february"],
    &["märz", "march"],
    &["april"],
    &["mai", "may"],
    &["juni", "june"],
    &["juli", "july"],
    &["august"],
    &["september"],
    &["oktober", "october"],
    &["november"],
    &["dezember", "december"],
];

/// What a word does to what stands before it: `million` multiplies; `None`: nothing.
pub(super) fn scale(word: &str) -> Option<f64> {
    SCALES.iter().find(|(name, _)| *name == word).map(|(_, scale)| *scale)
}

/// The number of a month, 1 to 12, that begins with a capital: "may" and "march" are verbs.
pub(super) fn month(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    let found = (1..).zip(MONTHS).find(|(_, names)| names.contains(&lower.as_str()));
    found.filter(|_| word.starts_with(char::is_uppercase)).map(|(number, _)| number)
}

/// English tens, which a unit may follow: `twenty-one`.
pub(super) fn is_tens(word: &str) -> bool {
    word.ends_with("ty") && known(word).is_some()
}

/// The third of `zwei Drittel` and `Zweidrittelmehrheit`, with how many there are if the word says so; `None`: it is no part of a whole.
pub(super) fn part(word: &str) -> Option<(Option<f64>, u32)> {
    if matches!(word, "hälfte" | "half" | "halves") {
        return Some((None, 2));
    }
    let parts = [("drittel", 3), ("viertel", 4), ("fünftel", 5), ("zehntel", 10), ("thirds", 3), ("quarters", 4)];
    parts.into_iter().find_map(|(name, part)| {
        let (before, _) = word.split_once(name)?;
        if before.is_empty() { Some((None, part)) } else { Some((Some(known(before)?), part)) }
    })
}

fn known(word: &str) -> Option<f64> {
    UNITS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// `einundzwanzig`, `zweihundertfünfzig`, `twenty`, `zwölfte`, `zweieinhalb`, `dreimal`, in lower case.
pub(super) fn spelled(word: &str) -> Option<f64> {
    if let Some(value) = known(word) {
        return Some(value);
    }
    if let Some(before) = word.strip_suffix("einhalb") {
        return known(before).map(|number| number + 0.5);
    }
    if let Some(before) = ["mal", "fach"].iter().find_map(|end| word.strip_suffix(end)) {
        return known(before).or_else(|| compound(before));
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
            let count = match before {
                "" | "ein" => 1.0,
                _ => compound(before).or_else(|| small(before))?,
            };
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
    if let Some(value) = known(word) {
        return Some(value);
    }
    let (unit, ten) = word.rsplit_once("und")?;
    let unit = if unit == "ein" { 1.0 } else { known(unit).filter(|unit| *unit < 10.0)? };
    known(ten).filter(|ten| *ten >= 20.0).map(|ten| ten + unit)
}

/// Whether a number, in lower case, says which one and not how many: `zwölften`, `twelfth`.
pub(super) fn is_ordinal(word: &str) -> bool {
    let counts = |word: &str| {
        known(word).is_some() || word.ends_with("einhalb") || word.ends_with("mal") || word.ends_with("fach")
    };
    !counts(word) && compound(word).is_none()
}
